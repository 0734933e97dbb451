//! The engine's language: messages in frames, as docs/protocol.md describes them.
//!
//! A frame is a length (u32, big-endian), then the length of its head (u32, big-endian), the head in JSON, and sound as
//! f32 in little-endian to the frame's end. Foreign bytes end in [`Broken`], and none is allocated for before its length
//! was looked at.

use super::memory::Limits;
use super::work::{Answer, Event, Work};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

/// Counted up with every change that an older half would not understand.
pub const VERSION: u32 = 2;
/// The longest frame: a megabyte of text with every character escaped, or four times the longest chunk of a recording.
pub const MOST_BYTES: usize = 8 << 20;
/// Sound of an utterance is sent in pieces of at most so many samples.
pub const MOST_SAMPLES: usize = 1 << 18;

/// What the program tells its engine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum ToEngine {
    /// Always first.
    Hello {
        protocol: u32,
        version: String,
        /// Take the machine to have so many bytes of memory.
        memory: Option<u64>,
    },
    Work {
        /// Above zero, and never used twice.
        job: u64,
        work: Work,
    },
    Cancel {
        job: u64,
    },
    Quit,
}

/// What the engine tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum FromEngine {
    /// Always first, whatever the program's versions are.
    Hello {
        protocol: u32,
        version: String,
    },
    /// The networks can be used.
    Ready {
        limits: Option<Limits>,
    },
    /// Once a second. `pulse` changes whenever the work got on.
    Beat {
        pulse: u64,
    },
    Event {
        job: u64,
        event: Event,
    },
    Done {
        job: u64,
        answer: Answer,
    },
    Failed {
        job: u64,
        error: Failure,
        /// The engine is of no more use: what comes next needs another one.
        spent: bool,
    },
}

/// An error on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: String,
    pub message: String,
    pub hint: String,
}

impl From<&crate::Error> for Failure {
    fn from(e: &crate::Error) -> Self {
        Self {
            kind: e.kind().into(),
            message: e.to_string(),
            hint: e.hint().into(),
        }
    }
}

impl From<Failure> for crate::Error {
    fn from(f: Failure) -> Self {
        crate::Error::told(&f.kind, f.message, f.hint)
    }
}

/// A message, and the sound that goes with it.
pub trait Message: Serialize + DeserializeOwned {
    fn sound(&self) -> &[f32];
    /// Where the sound belongs; None if there is no place for any.
    fn put_sound(&mut self, sound: Vec<f32>) -> Option<()>;
}

impl Message for ToEngine {
    fn sound(&self) -> &[f32] {
        match self {
            ToEngine::Work {
                work: Work::Hear { samples, .. },
                ..
            } => samples,
            _ => &[],
        }
    }

    fn put_sound(&mut self, sound: Vec<f32>) -> Option<()> {
        match self {
            ToEngine::Work {
                work: Work::Hear { samples, .. },
                ..
            } => *samples = sound.into(),
            _ => return sound.is_empty().then_some(()),
        }
        Some(())
    }
}

impl Message for FromEngine {
    fn sound(&self) -> &[f32] {
        match self {
            FromEngine::Event {
                event: Event::Sound { samples },
                ..
            } => samples,
            _ => &[],
        }
    }

    fn put_sound(&mut self, sound: Vec<f32>) -> Option<()> {
        match self {
            FromEngine::Event {
                event: Event::Sound { samples },
                ..
            } => *samples = sound,
            _ => return sound.is_empty().then_some(()),
        }
        Some(())
    }
}

/// What ends a conversation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    #[error("the pipe broke: {0}")]
    Pipe(#[from] std::io::Error),
    #[error("what came is not the protocol: {0}")]
    Garbage(String),
}

impl Broken {
    pub(super) fn garbage(why: impl std::fmt::Display) -> Self {
        Broken::Garbage(why.to_string())
    }
}

/// Frames with messages in them, for both directions.
pub struct Frames<In, Out> {
    frames: LengthDelimitedCodec,
    messages: PhantomData<fn(Out) -> In>,
}

impl<In, Out> Default for Frames<In, Out> {
    fn default() -> Self {
        Self {
            frames: LengthDelimitedCodec::builder()
                .max_frame_length(MOST_BYTES)
                .new_codec(),
            messages: PhantomData,
        }
    }
}

impl<In: Message, Out> Decoder for Frames<In, Out> {
    type Item = In;
    type Error = Broken;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<In>, Broken> {
        let frame = self.frames.decode(bytes).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidData => Broken::garbage(e),
            _ => e.into(),
        })?;
        let Some(mut frame) = frame else {
            return Ok(None);
        };
        let head = frame.try_get_u32().map_err(Broken::garbage)? as usize;
        if head > frame.len() {
            return Err(Broken::garbage("a head is longer than its frame"));
        }
        let head = frame.split_to(head);
        let mut message: In = serde_json::from_slice(&head).map_err(Broken::garbage)?;
        if !frame.len().is_multiple_of(4) {
            return Err(Broken::garbage("a sample is cut off"));
        }
        let sound = frame
            .chunks_exact(4)
            .map(|mut bytes| bytes.get_f32_le())
            .collect();
        message
            .put_sound(sound)
            .ok_or_else(|| Broken::garbage("sound came with a message that has none"))?;
        Ok(Some(message))
    }
}

impl<In, Out: Message> Encoder<Out> for Frames<In, Out> {
    type Error = Broken;

    fn encode(&mut self, message: Out, to: &mut BytesMut) -> Result<(), Broken> {
        let frame = to_frame(&message)?;
        self.frames.encode(frame, to).map_err(Broken::garbage)
    }
}

/// A message without its length in front.
fn to_frame(message: &impl Message) -> Result<Bytes, Broken> {
    let head = serde_json::to_vec(message).map_err(Broken::garbage)?;
    let sound = message.sound();
    let length = u32::try_from(head.len()).map_err(Broken::garbage)?;
    let mut frame = BytesMut::with_capacity(4 + head.len() + 4 * sound.len());
    frame.put_u32(length);
    frame.put_slice(&head);
    sound.iter().for_each(|&s| frame.put_f32_le(s));
    Ok(frame.freeze())
}

/// Whether a message can be sent at all.
pub fn fits(message: &impl Message) -> bool {
    to_frame(message).is_ok_and(|frame| frame.len() <= MOST_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hear::{DecodeOptions, Task};
    use crate::host::{EarModel, VoiceModel};
    use crate::speak::{Prior, Reference, Request};
    use proptest::prelude::*;
    use std::os::unix::ffi::OsStrExt;

    fn there<M: Message>(message: M) -> M {
        let mut bytes = BytesMut::new();
        Frames::<M, M>::default()
            .encode(message, &mut bytes)
            .unwrap();
        let read = Frames::<M, M>::default().decode(&mut bytes).unwrap();
        assert!(bytes.is_empty());
        read.unwrap()
    }

    #[test]
    fn a_request_arrives_to_the_last_bit() {
        let odd = std::ffi::OsStr::from_bytes(b"/tmp/\xff\n.wav");
        let mut request = Request::new("Zeile 1\n\"zwei\" 早");
        request.max_seconds = 0.1 + 0.2;
        request.sampling.temperature = 0.7;
        request.sampling.exclude = Some(3..9);
        request.seed = u64::MAX;
        request.trace = Some(odd.into());
        request.prior = Some(Prior {
            text: "vorher".into(),
            frames: vec![vec![0, 7], vec![i32::MAX, -1]],
        });
        request.references.push(Reference {
            audio: odd.into(),
            transcript: "a = b".into(),
        });
        let message = ToEngine::Work {
            job: 7,
            work: Work::Speak {
                model: VoiceModel {
                    dir: odd.into(),
                    codec: None,
                    partial: false,
                },
                request: Box::new(request.clone()),
            },
        };
        let ToEngine::Work {
            job: 7,
            work: Work::Speak {
                model,
                request: got,
            },
        } = there(message)
        else {
            panic!("another message");
        };
        assert_eq!(model.dir, odd);
        assert_eq!(got.max_seconds.to_bits(), request.max_seconds.to_bits());
        assert_eq!(format!("{got:?}"), format!("{request:?}"));
    }

    #[test]
    fn sound_travels_as_bytes() {
        let samples: Vec<f32> = vec![0.0, -0.0, 1.0, f32::MIN_POSITIVE, f32::NAN, -0.3];
        let bits = |s: &[f32]| s.iter().map(|s| s.to_bits()).collect::<Vec<_>>();
        let got = there(FromEngine::Event {
            job: 1,
            event: Event::Sound {
                samples: samples.clone(),
            },
        });
        assert_eq!(bits(got.sound()), bits(&samples));
        let got = there(ToEngine::Work {
            job: 1,
            work: Work::Hear {
                model: EarModel {
                    dir: "ear".into(),
                    words: true,
                    max_cache_len: 9,
                    partial: false,
                },
                task: Task::Ask("Who?".into()),
                decode: Box::new(DecodeOptions::default()),
                capture: false,
                samples: samples.clone().into(),
            },
        });
        assert_eq!(bits(got.sound()), bits(&samples));
    }

    #[test]
    fn what_is_no_message_is_refused_before_it_takes_memory() {
        let refused = |bytes: &[u8]| {
            let mut bytes = BytesMut::from(bytes);
            let read = Frames::<FromEngine, ToEngine>::default().decode(&mut bytes);
            match read {
                Err(Broken::Garbage(why)) => why,
                other => panic!("{other:?}"),
            }
        };
        refused(b"Segmentation fault\n");
        refused(&[0, 0, 0, 2, 1, 1]);
        refused(&[0, 0, 0, 6, 0, 0, 0, 9, b'{', b'}']);
        refused(b"\0\0\0\x06\0\0\0\x02{}");
        let beat = br#"{"say":"beat","pulse":1}"#;
        let with = |tail: &[u8]| {
            let mut frame = vec![0, 0, 0, (4 + beat.len() + tail.len()) as u8];
            frame.extend([0, 0, 0, beat.len() as u8]);
            frame.extend(beat);
            frame.extend(tail);
            frame
        };
        assert!(refused(&with(&[0; 3])).contains("cut off"));
        assert!(refused(&with(&[0; 4])).contains("has none"));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200), length: u8) {
            let mut framed = vec![0, 0, 0, length];
            framed.extend(bytes);
            for bytes in [&framed[..], &framed[4..]] {
                let mut bytes = BytesMut::from(bytes);
                let mut frames = Frames::<FromEngine, ToEngine>::default();
                while let Ok(Some(_)) = frames.decode(&mut bytes) {}
            }
        }
    }
}

//! What a file is: container, track, decoder.

use super::AGAIN;
use super::edits::{self, Edit};
use crate::{Error, Result};
use std::fs::File;
use std::io::Seek;
use std::path::Path;
use std::sync::OnceLock;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_OPUS;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as Broken;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::{
    FORMAT_ID_AIFF, FORMAT_ID_CAF, FORMAT_ID_FLAC, FORMAT_ID_ISOMP4, FORMAT_ID_MP3, FORMAT_ID_WAVE,
};
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{
    MediaSource, MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource,
};
use symphonia::core::meta::MetadataOptions;

pub(super) struct Opened {
    pub format: Box<dyn FormatReader>,
    pub decoder: Box<dyn AudioDecoder>,
    pub track: u32,
    pub tick: f64,
    pub edit: Edit,
}

/// Symphonia's decoders, and libopus.
fn codecs() -> &'static CodecRegistry {
    static CODECS: OnceLock<CodecRegistry> = OnceLock::new();
    CODECS.get_or_init(|| {
        let mut registry = CodecRegistry::new();
        symphonia::default::register_enabled_codecs(&mut registry);
        registry.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
        registry
    })
}

fn probe(source: Box<dyn MediaSource>) -> Result<Box<dyn FormatReader>, Broken> {
    symphonia::default::get_probe().probe(
        &Hint::new(),
        MediaSourceStream::new(source, MediaSourceStreamOptions::default()),
        FormatOptions::default(),
        MetadataOptions::default(),
    )
}

pub(super) fn open(path: &Path, file: File) -> Result<Opened> {
    let again = file.try_clone();
    let looked_at = file.try_clone();
    let format = probe(Box::new(file))
        .or_else(|e| {
            // A file that is cut off has no table of contents at its end; read forwards, it may still be heard.
            let mut file = again.map_err(|_| e)?;
            file.rewind()?;
            probe(Box::new(ReadOnlySource::new(file)))
        })
        .map_err(|e| match e {
            Broken::IoError(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => {
                Error::audio(path, format!("cannot be read ({e})"), AGAIN)
            }
            Broken::DecodeError(why) => Error::audio(path, format!("is damaged ({why})"), AGAIN),
            Broken::LimitError(why) => Error::audio(path, format!("is damaged ({why})"), AGAIN),
            _ => Error::audio(
                path,
                "is not audio or video that Myna can read, or is cut off",
                "wav, mp3, m4a, flac, ogg, opus, aiff, caf, mp4, mov, mkv and webm are read.",
            ),
        })?;
    // The track that players would choose; if its coding is unknown, another one.
    let mut tracks: Vec<&Track> = format
        .tracks()
        .iter()
        .filter(|t| t.track_type() == Some(TrackType::Audio))
        .collect();
    if let Some(default) = format.default_track(TrackType::Audio) {
        tracks.sort_by_key(|t| t.id != default.id);
    }
    if tracks.is_empty() {
        return Err(Error::audio(
            path,
            "has no audio track",
            "Choose a file with sound.",
        ));
    }
    let mut failure = None;
    for track in tracks {
        match decoder(path, track) {
            Ok(decoder) => {
                let (track, tick) = (track.id, tick(track));
                // Opus brings its delay along, and its decoder leaves it out.
                let edited = format.format_info().format == FORMAT_ID_ISOMP4
                    && decoder.codec_params().codec != CODEC_ID_OPUS;
                let edit = match looked_at {
                    Ok(file) if edited => edits::of(&file, track),
                    _ => Edit::default(),
                };
                return Ok(Opened {
                    format,
                    decoder,
                    track,
                    tick,
                    edit,
                });
            }
            Err(e) => {
                failure.get_or_insert(e);
            }
        }
    }
    Err(failure.unwrap_or_else(|| Error::audio(path, "has no audio track", AGAIN)))
}

pub(super) fn decoder(path: &Path, track: &Track) -> Result<Box<dyn AudioDecoder>> {
    let Some(CodecParameters::Audio(params)) = &track.codec_params else {
        return Err(Error::audio(
            path,
            "has an audio track without a description",
            AGAIN,
        ));
    };
    codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|e| {
            Error::audio(
                path,
                format!("has sound in a coding that is not read ({e})"),
                "Convert it, for example to m4a or flac.",
            )
        })
}

/// Seconds in a tick of a track's clock.
pub(super) fn tick(track: &Track) -> f64 {
    track.time_base.map_or(0.0, |base| {
        f64::from(base.numer.get()) / f64::from(base.denom.get())
    })
}

/// How long the track is, as far as the header says.
pub(super) fn expected_seconds(opened: &Opened) -> Option<f64> {
    let track = opened
        .format
        .tracks()
        .iter()
        .find(|t| t.id == opened.track)?;
    let info = opened.format.media_info();
    let seconds = match (
        track.duration,
        track.num_frames,
        info.duration,
        info.time_base,
    ) {
        (Some(ticks), ..) if opened.tick > 0.0 => ticks.get() as f64 * opened.tick,
        (_, Some(frames), ..) if opened.tick > 0.0 => frames as f64 * opened.tick,
        (.., Some(ticks), Some(base)) => {
            ticks.get() as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get())
        }
        _ => return None,
    };
    (seconds.is_finite() && seconds > 0.0).then_some(seconds)
}

/// Whether a container's length is a promise. Elsewhere it is an estimate, or missing, or includes silence that is not
/// stored; there the end of the file itself tells whether it was cut.
pub(super) fn is_exact(opened: &Opened, expected: Option<f64>) -> bool {
    match opened.format.format_info().format {
        FORMAT_ID_AIFF | FORMAT_ID_CAF | FORMAT_ID_FLAC => true,
        FORMAT_ID_WAVE => !is_endless(opened, expected),
        // The encoder's own header tells its delay and the length.
        FORMAT_ID_MP3 => opened
            .format
            .tracks()
            .iter()
            .any(|t| t.id == opened.track && t.delay.is_some()),
        _ => false,
    }
}

/// Programs that write a WAV into a pipe do not know its length and say two gigabytes or more.
fn is_endless(opened: &Opened, expected: Option<f64>) -> bool {
    const PLACEHOLDER: f64 = 2_147_000_000.0;
    let params = opened.decoder.codec_params();
    let frame = params.channels.as_ref().map_or(0, Channels::count) as u32
        * params
            .bits_per_coded_sample
            .or(params.bits_per_sample)
            .unwrap_or(0)
        / 8;
    let bytes = f64::from(frame) * f64::from(params.sample_rate.unwrap_or(0));
    expected.unwrap_or(0.0) * bytes >= PLACEHOLDER
}

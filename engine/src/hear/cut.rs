//! Cutting at pauses: speech goes into chunks that end where nobody speaks.
//!
//! A chunk begins shortly before speech and ends after a long pause or, when it is full, in the longest pause of
//! its later part. Where somebody speaks on without any, two chunks overlap and each answers for its half of the
//! overlap. A short file without very long pauses is one chunk, less the silence around it, which a recogniser may fill with
//! words of its own or take for the end. Pure arithmetic over samples and yes-or-no frames; memory follows the limit. Speech is in exactly one chunk's own range, and no chunk is longer than the limit.

use super::chunk::Chunk;
use super::vad::{FRAME, Heard, Vad};
use std::ops::Range;

/// Frames kept before and after speech: 0.24 s. Soft beginnings and ends are below any threshold.
const PAD: usize = 15;
/// A pause of this many frames (2 s) ends a chunk.
const LONG_PAUSE: usize = 125;
/// A short file with a longer pause than this (3 s) between its words is not left whole.
const WHOLE_PAUSE: usize = 188;
/// A pause of this many frames (0.16 s) can be cut in.
const PAUSE: usize = 10;
/// Longer ones (0.64 s) are not better to cut in, later ones are.
const GOOD_PAUSE: usize = 40;
/// What is this much quieter than the loudest sample of a short file (34 dB) is silence around its speech.
const AUDIBLE: f32 = 0.02;
/// Frames that two chunks share where there is no pause: 1.5 s.
const OVERLAP: usize = 94;

pub struct Cutter {
    /// Frames of a chunk at most.
    limit: usize,
    vad: Vad,
    /// Sound that may still be needed, and whether each of its frames is speech. A last incomplete frame has none.
    samples: Vec<f32>,
    speech: Vec<bool>,
    /// Whether a frame is speech beyond doubt.
    sure: Vec<bool>,
    /// Frames that were let go; positions below count from the beginning of the file.
    gone: usize,
    chunk: Option<Open>,
    /// Frames before this belong to chunks that are finished.
    done: usize,
    /// Frames that were looked at by `step`.
    seen: usize,
    /// Everything so far is kept: it may become one chunk.
    whole: bool,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    start: usize,
    own: usize,
    overlaps: bool,
}

impl Cutter {
    /// `limit` in samples.
    pub fn new(limit: usize) -> Self {
        Self {
            limit: (limit / FRAME).max(4 * PAUSE),
            vad: Vad::default(),
            samples: Vec::new(),
            speech: Vec::new(),
            sure: Vec::new(),
            gone: 0,
            chunk: None,
            done: 0,
            seen: 0,
            whole: true,
        }
    }

    pub fn push(&mut self, samples: &[f32], out: &mut Vec<Chunk>) {
        self.samples.extend_from_slice(samples);
        let waiting = self.speech.len() * FRAME;
        let frames: Vec<Heard> = self.samples[waiting..]
            .as_chunks::<FRAME>()
            .0
            .iter()
            .map(|frame| self.vad.push(frame))
            .collect();
        for heard in frames {
            self.frame(heard, out);
        }
    }

    /// The next frame is there.
    fn frame(&mut self, heard: Heard, out: &mut Vec<Chunk>) {
        self.mark(heard);
        self.advance(out);
    }

    /// The rest, after the last sample.
    pub fn finish(mut self, out: &mut Vec<Chunk>) {
        let rest = self.samples.len() - self.speech.len() * FRAME;
        if rest > 0 {
            let mut last = [0.0; FRAME];
            last[..rest].copy_from_slice(&self.samples[self.samples.len() - rest..]);
            let heard = self.vad.push(&last);
            self.mark(heard);
        }
        if self.whole {
            // The last frame, which may be incomplete, was not counted before.
            if let Some(whole) = self.stays_whole() {
                self.chunk = Some(Open {
                    start: whole.start,
                    own: whole.start,
                    overlaps: false,
                });
                self.close(whole.end, whole.end, out);
                return;
            }
            self.whole = false;
        }
        while self.seen < self.frames() {
            self.seen += 1;
            self.step(out);
        }
        if let Some(open) = self.chunk {
            let last = self.last_speech(self.frames());
            if !self.is_answered(open, last) {
                let end = (last + PAD).min(self.frames());
                self.close(end, end, out);
            }
        }
    }

    /// Frames since the beginning of the file.
    fn frames(&self) -> usize {
        self.gone + self.speech.len()
    }

    fn mark(&mut self, heard: Heard) {
        self.speech.push(false);
        self.sure.push(heard.sure);
        let n = self.speech.len();
        self.speech[n - heard.newest.min(n)..].fill(true);
    }

    fn advance(&mut self, out: &mut Vec<Chunk>) {
        if self.whole {
            if self.frames() <= self.limit {
                return;
            }
            self.whole = false;
        }
        while self.seen < self.frames() {
            self.seen += 1;
            self.step(out);
        }
    }

    /// Where the sound of a short file is that is better left alone: there is speech, and no long pause in it. What is as loud as
    /// speech stays, whatever it is.
    fn stays_whole(&self) -> Option<Range<usize>> {
        let peak = |samples: &[f32]| samples.iter().fold(0.0f32, |most, s| most.max(s.abs()));
        let audible = peak(&self.samples) * AUDIBLE;
        let sounds = |frame: &usize| {
            let end = ((frame + 1) * FRAME).min(self.samples.len());
            self.speech[*frame] || peak(&self.samples[frame * FRAME..end]) > audible
        };
        let first = self.speech.iter().position(|&s| s)?;
        let last = self.speech.iter().rposition(|&s| s)?;
        let mut pauses = self.speech[first..=last].split(|&s| s).map(<[bool]>::len);
        let start = (0..first).find(sounds).unwrap_or(first);
        let end = (last..self.frames()).rfind(sounds).unwrap_or(last) + 1;
        let whole = start.saturating_sub(PAD)..(end + PAD).min(self.frames());
        (self.frames() <= self.limit && pauses.all(|pause| pause < WHOLE_PAUSE)).then_some(whole)
    }

    /// Looks at the frames up to `seen`.
    fn step(&mut self, out: &mut Vec<Chunk>) {
        let Some(open) = self.chunk else {
            match self.first_speech() {
                Some(first) => {
                    let start = first.saturating_sub(PAD).max(self.done);
                    self.chunk = Some(Open {
                        start,
                        own: start,
                        overlaps: false,
                    });
                }
                // Speech is known a few frames late; the padding reaches back further.
                None => self.forget(self.seen.saturating_sub(2 * PAD)),
            }
            return;
        };
        let last = self.last_speech(self.seen);
        if self.seen - last >= LONG_PAUSE {
            if self.is_answered(open, last) {
                return;
            }
            let end = (last + PAD).min(open.start + self.limit);
            self.close(end, end, out);
        } else if self.seen - open.start >= self.limit {
            self.cut(open, out);
        }
    }

    /// Lets an overlapping chunk go whose speech ended within the part that the chunk before answers for.
    fn is_answered(&mut self, open: Open, last: usize) -> bool {
        let answered = last <= open.own && open.overlaps;
        if answered {
            self.chunk = None;
        }
        answered
    }

    /// The chunk is full.
    fn cut(&mut self, open: Open, out: &mut Vec<Chunk>) {
        let end = open.start + self.limit;
        match self.best_pause(open.start + self.limit / 3..end) {
            Some(pause) => {
                let middle = pause.start + pause.len() / 2;
                let until = middle.min(pause.start + PAD);
                self.close(until, until, out);
            }
            None => {
                let overlap = OVERLAP.min(self.limit / 4);
                let from = self.quietest(end - overlap * 4 / 3..end - overlap * 2 / 3);
                let own = from + (end - from) / 2;
                self.close(end, own, out);
                self.done = own;
                self.chunk = Some(Open {
                    start: from,
                    own,
                    overlaps: true,
                });
            }
        }
    }

    /// Gives the open chunk away, up to `end`; it answers for what is before `own`.
    fn close(&mut self, end: usize, own: usize, out: &mut Vec<Chunk>) {
        let Some(open) = self.chunk.take() else {
            return;
        };
        let at = |frame: usize| ((frame - self.gone) * FRAME).min(self.samples.len());
        let owned = open.own - self.gone..own - self.gone;
        let sure = self.sure[owned.clone()].contains(&true);
        let flags = &self.speech[owned];
        let absolute = |frame: usize| (self.gone * FRAME + at(frame)) as u64;
        let mut speech = (flags.iter().filter(|&&s| s).count() * FRAME) as u64;
        // The last frame of a file may be incomplete.
        speech = speech.min(absolute(own) - absolute(open.own));
        out.push(Chunk {
            start: absolute(open.start),
            samples: self.samples[at(open.start)..at(end)].to_vec(),
            own: absolute(open.own)..absolute(own),
            speech,
            doubtful: !sure,
            overlaps: open.overlaps,
        });
        self.done = own;
        // The next chunk may reach back by an overlap.
        self.forget(end.saturating_sub(2 * OVERLAP).min(own));
        // Frames after the end are looked at again, by the next chunk.
        self.seen = self.seen.min(end).max(self.gone);
    }

    fn forget(&mut self, before: usize) {
        let frames = before.saturating_sub(self.gone).min(self.speech.len());
        // Not for every frame: moving what stays costs more than keeping it.
        if frames > self.limit / 4 {
            self.speech.drain(..frames);
            self.sure.drain(..frames);
            self.samples
                .drain(..(frames * FRAME).min(self.samples.len()));
            self.gone += frames;
        }
    }

    fn first_speech(&self) -> Option<usize> {
        // Older frames were looked at before.
        let from = self
            .done
            .max(self.gone)
            .max(self.seen.saturating_sub(2 * PAD));
        (from..self.seen).find(|&f| self.speech[f - self.gone])
    }

    /// The frame after the last one of speech before `until`, in the open chunk.
    fn last_speech(&self, until: usize) -> usize {
        let from = self
            .chunk
            .map_or(self.done, |open| open.start)
            .max(self.gone);
        (from..until)
            .rev()
            .find(|&f| self.speech[f - self.gone])
            .map_or(from, |f| f + 1)
    }

    /// The pause to cut in: long enough, and of those the latest.
    fn best_pause(&self, within: Range<usize>) -> Option<Range<usize>> {
        let mut best: Option<Range<usize>> = None;
        let mut start = None;
        for frame in within.start..=within.end {
            let speaking = frame == within.end || self.speech[frame - self.gone];
            match (speaking, start) {
                (false, None) => start = Some(frame),
                (true, Some(from)) => {
                    let pause = from..frame;
                    let worth = |p: &Range<usize>| p.len().min(GOOD_PAUSE);
                    if pause.len() >= PAUSE
                        && best.as_ref().is_none_or(|b| worth(&pause) >= worth(b))
                    {
                        best = Some(pause);
                    }
                    start = None;
                }
                _ => {}
            }
        }
        best
    }

    fn quietest(&self, within: Range<usize>) -> usize {
        let energy = |frame: usize| -> f32 {
            let at = (frame - self.gone) * FRAME;
            self.samples[at..at + FRAME].iter().map(|s| s * s).sum()
        };
        let first = within.start;
        within
            .map(|f| (energy(f), f))
            .reduce(|a, b| if b.0 < a.0 { b } else { a })
            .map_or(first, |(_, f)| f)
    }
}

#[cfg(test)]
mod tests;

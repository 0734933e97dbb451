//! Chunk arithmetic over frames of known kind.

use super::*;
use proptest::prelude::*;

/// Runs frames of known kind through the cutter; every sample is its own position.
fn cut(limit_frames: usize, speech: &[bool], tail: usize) -> Vec<Chunk> {
    cut_of(limit_frames, speech, tail, |_| 1.0)
}

/// The same with silence where nobody speaks.
fn hushed(limit_frames: usize, speech: &[bool], tail: usize) -> Vec<Chunk> {
    cut_of(limit_frames, speech, tail, f32::from)
}

fn cut_of(limit_frames: usize, speech: &[bool], tail: usize, gain: fn(bool) -> f32) -> Vec<Chunk> {
    let mut cutter = Cutter::new(limit_frames * FRAME);
    let mut out = Vec::new();
    for (i, &speaking) in speech.iter().enumerate() {
        let samples = (i * FRAME..(i + 1) * FRAME).map(|s| s as f32 * gain(speaking));
        cutter.samples.extend(samples);
        cutter.frame(heard(speaking), &mut out);
    }
    let end = speech.len() * FRAME;
    let rest = (end..end + tail).map(|s| s as f32 * gain(false));
    cutter.samples.extend(rest);
    cutter.finish(&mut out);
    out
}

fn heard(speaking: bool) -> Heard {
    Heard {
        newest: usize::from(speaking),
        sure: speaking,
    }
}

fn frames(runs: &[(bool, usize)]) -> Vec<bool> {
    runs.iter()
        .flat_map(|&(speaking, n)| std::iter::repeat_n(speaking, n))
        .collect()
}

fn owns(chunks: &[Chunk]) -> Vec<Range<u64>> {
    let frame = FRAME as u64;
    chunks
        .iter()
        .map(|c| c.own.start / frame..c.own.end.div_ceil(frame))
        .collect()
}

#[test]
fn short_files_stay_whole_and_silence_is_nothing() {
    let clip = frames(&[
        (false, 20),
        (true, 50),
        (false, 100),
        (true, 30),
        (false, 130),
    ]);
    // One chunk, and of the silence around it only what soft sounds may hide in.
    assert_eq!(owns(&hushed(1562, &clip, 0)), vec![5..215; 1]);
    assert_eq!(owns(&hushed(1562, &clip, 100)), vec![5..215; 1]);
    let close = frames(&[(false, 4), (true, 50), (false, 100), (true, 30)]);
    assert_eq!(owns(&hushed(1562, &close, 0)), vec![0..184; 1]);
    assert_eq!(
        hushed(1562, &close, 100)[0].samples.len(),
        184 * FRAME + 100
    );
    // What is as loud as the speech is left where it is.
    assert_eq!(owns(&cut(1562, &clip, 0)), vec![0..330; 1]);
    assert_eq!(cut(1562, &clip, 100)[0].samples.len(), 330 * FRAME + 100);
    // Silence before and after, however long, does not count as a pause.
    let late = frames(&[
        (false, 300),
        (true, 20),
        (false, 187),
        (true, 5),
        (false, 300),
    ]);
    assert_eq!(owns(&hushed(1562, &late, 0)), vec![285..527; 1]);
    let apart = frames(&[(true, 20), (false, 188), (true, 5)]);
    assert_eq!(cut(1562, &apart, 0).len(), 2);
    assert_eq!(cut(1562, &frames(&[(false, 1000)]), 7), []);
    assert_eq!(cut(1562, &frames(&[(false, 10_000)]), 7), []);
}

#[test]
fn a_file_longer_than_the_limit_by_one_sample_is_cut() {
    let clip = frames(&[(false, 28), (true, 163)]);
    assert_eq!(cut(191, &clip, 0).len(), 1);
    let chunks = cut(191, &clip, 1);
    let longest = chunks.iter().map(|c| c.samples.len()).max();
    assert!(longest <= Some(191 * FRAME), "{longest:?}");
    let speech: u64 = chunks.iter().map(|c| c.speech).sum();
    assert_eq!(speech, 163 * FRAME as u64);
}

#[test]
fn long_pauses_end_chunks_and_are_left_out() {
    let talk = frames(&[
        (false, 400),
        (true, 100),
        (false, 60),
        (true, 40),
        (false, 500),
        (true, 10),
    ]);
    assert_eq!(owns(&cut(1562, &talk, 0)), [385..615, 1085..1110]);
}

#[test]
fn full_chunks_end_in_their_best_pause() {
    let talk = frames(&[
        (true, 500),
        (false, 45),
        (true, 400),
        (false, 20),
        (true, 900),
    ]);
    let chunks = cut(1000, &talk, 0);
    // The longer pause, although the shorter one is later; 15 frames of it stay on either side.
    assert_eq!(owns(&chunks)[0], 0..515);
    assert_eq!(owns(&chunks)[1], 530..955);
    assert!(chunks.iter().all(|c| !c.overlaps));
}

#[test]
fn speech_without_pauses_overlaps_and_is_counted_once() {
    let chunks = cut(1000, &vec![true; 2500], 0);
    assert_eq!(chunks.len(), 3);
    assert!(!chunks[0].overlaps && chunks[1].overlaps && chunks[2].overlaps);
    for pair in chunks.windows(2) {
        assert_eq!(pair[0].own.end, pair[1].own.start);
        let shared = pair[0].end() - pair[1].start;
        assert!((15_000..33_000).contains(&shared), "{shared}");
    }
    assert_eq!(
        chunks.iter().map(|c| c.speech).sum::<u64>(),
        2500 * FRAME as u64
    );
}

#[test]
fn ten_hours_do_not_drift() {
    // A word every 13 seconds, in frames that share no factor with anything.
    let mut cutter = Cutter::new(400_000);
    let mut out = Vec::new();
    let every = 811;
    for i in 0..2_250_000usize {
        cutter.samples.resize(cutter.samples.len() + FRAME, 0.0);
        cutter.frame(heard(i % every < 40), &mut out);
        assert!(cutter.samples.len() < 1_000_000, "memory grows");
    }
    assert_eq!(out.len(), 2_250_000 / every + 1);
    for (i, chunk) in out.iter().enumerate() {
        let word = i * every;
        assert_eq!(chunk.start, (word.saturating_sub(PAD) * FRAME) as u64);
        assert_eq!(chunk.end(), ((word + 40 + PAD) * FRAME) as u64);
    }
}

proptest! {
    #[test]
    fn speech_is_in_one_chunk_each_and_chunks_keep_the_limit(
        limit in 40usize..700,
        runs in proptest::collection::vec((1usize..400, 1usize..300), 0..14),
        tail in 0usize..FRAME,
    ) {
        let speech: Vec<bool> = runs
            .iter()
            .flat_map(|&(quiet, loud)| frames(&[(false, quiet), (true, loud)]))
            .collect();
        let chunks = cut(limit, &speech, tail);
        let total = speech.len() * FRAME + tail;
        let mut before = 0;
        let mut answered = vec![0; speech.len() + 1];
        for chunk in &chunks {
            prop_assert!(chunk.samples.len() <= limit * FRAME);
            prop_assert!(chunk.samples.len() >= 1600 || total < 1600);
            prop_assert!(chunk.start <= chunk.own.start && chunk.own.end <= chunk.end());
            prop_assert!(chunk.own.start >= before && chunk.end() <= total as u64);
            prop_assert_eq!(chunk.samples.first().copied(), Some(chunk.start as f32));
            prop_assert_eq!(chunk.samples.last().copied(), Some((chunk.end() - 1) as f32));
            let own = chunk.own.start as usize / FRAME..chunk.own.end as usize / FRAME;
            answered[own].iter_mut().for_each(|n| *n += 1);
            before = chunk.own.end;
        }
        for (i, &speaking) in speech.iter().enumerate() {
            prop_assert!(answered[i] <= 1 && (!speaking || answered[i] == 1), "frame {}", i);
        }
        let found = speech.iter().filter(|&&s| s).count() * FRAME;
        prop_assert_eq!(chunks.iter().map(|c| c.speech).sum::<u64>(), found as u64);
    }
}

#[test]
fn ten_hours_end_on_the_same_sample_as_they_began() {
    // 4.8 s of speech, 8 s of silence, over and over.
    let (period, speaking, frames) = (800, 300, 2_250_400);
    let mut cutter = Cutter::new(1562 * FRAME);
    let (mut out, mut count, mut held) = (Vec::new(), 0, 0);
    for i in 0..frames {
        cutter.samples.extend([0.0; FRAME]);
        cutter.frame(heard(i % period < speaking), &mut out);
        held = held.max(cutter.samples.len());
        for chunk in out.drain(..) {
            let begin = (count * period * FRAME) as u64;
            let pad = (PAD * FRAME) as u64;
            let end = begin + (speaking * FRAME) as u64 + pad;
            assert_eq!(chunk.own, begin.saturating_sub(pad)..end, "chunk {count}");
            assert_eq!(chunk.speech, (speaking * FRAME) as u64);
            count += 1;
        }
    }
    assert_eq!(count, frames / period);
    assert!(held < 3 * 1562 * FRAME, "{held} samples held at once");
}

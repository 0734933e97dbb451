//! Streams, piece by piece as the reference cuts them, and what they keep.

use super::*;

/// As the golden was fed: 25 codes and three to look ahead to, the last piece marked.
const PIECES: [(usize, usize); 4] = [(0, 28), (25, 53), (50, 78), (75, 90)];

#[test]
fn every_piece_of_a_stream_agrees() {
    let g = golden("stream");
    let all = codes(&g, "tokens");
    for layout in ["pytorch", "mlx"] {
        let mut model = load(layout);
        let mut stream = model.stream(&mut voice()).expect("a stream");
        for (i, (from, to)) in PIECES.into_iter().enumerate() {
            let piece = &all[from..to];
            let (mel, remembered) = stream.mel_of(&mut model, piece, i == 3).expect("a mel");
            let expected = frames_first(g.f32(&format!("chunk{i}_mel")), 80);
            close(&format!("{layout} piece {i}"), &mel, &expected, 2e-3);
            // The prompt's 24 frames and 50 of each piece, until 124 are there.
            assert_eq!(remembered, [74, 124, 124, 124][i]);
        }
    }
}

#[test]
fn streamed_sound_agrees_however_the_codes_come() {
    let g = golden("stream");
    let all = codes(&g, "tokens");
    let expected: Vec<f32> = (0..4)
        .flat_map(|i| g.ints(&format!("chunk{i}_pcm")))
        .map(|&s| s as f32 / 32767.0)
        .collect();
    let peak = expected.iter().fold(0.0f32, |a, s| a.max(s.abs()));
    let mut model = load("pytorch");
    let mut voice = voice();
    for size in [90, 28, 7, 1] {
        let mut stream = model.stream(&mut voice).expect("a stream");
        let (mut wave, mut sizes) = (Vec::new(), Vec::new());
        for codes in all.chunks(size) {
            let samples = stream.push(&mut model, codes).expect("samples");
            if !samples.is_empty() {
                sizes.push(samples.len());
            }
            wave.extend(samples);
        }
        assert_eq!(stream.waiting(), 15, "after the last whole piece");
        wave.extend(stream.finish(&mut model).expect("the rest"));
        if size < 28 {
            assert_eq!(sizes, [20160, 24000, 24000], "codes by {size}");
        }
        assert_eq!(wave.len(), 86400, "960 samples a code");
        // pcm within 1 % of its peak, and the integers' own rounding.
        assert_close(
            &format!("codes by {size}"),
            &wave,
            &expected,
            0.01 * peak + 1.0 / 32767.0,
        );
        close("waveform", &wave, &expected, WAVE);
    }
}

#[test]
fn short_utterances_and_none() {
    let mut model = load("pytorch");
    let mut voice = voice();
    for n in [0usize, 1, 2, 25, 27, 28, 29] {
        let codes: Vec<u32> = (0..n as u32).map(|i| 37 * i % 6561).collect();
        let mut stream = model.stream(&mut voice).expect("a stream");
        let mut wave = stream.push(&mut model, &codes).expect("samples");
        wave.extend(stream.finish(&mut model).expect("the rest"));
        assert_eq!(wave.len(), 960 * n, "{n} codes streamed");
        if n > 0 {
            refusal(stream.push(&mut model, &[1]), Kind::BadInput, "over");
        }
        assert!(wave.iter().all(|s| s.is_finite()));
        let whole = model.speak(&voice, &codes).expect("sound");
        assert_eq!(whole.len(), 960 * n, "{n} codes at once");
    }
}

#[test]
fn streams_do_not_disturb_each_other() {
    let g = golden("stream");
    let all = codes(&g, "tokens");
    let mut model = load("pytorch");
    let mut voice = voice();
    let alone = {
        let mut stream = model.stream(&mut voice).expect("a stream");
        stream.push(&mut model, &all[..60]).expect("samples")
    };
    let mut first = model.stream(&mut voice).expect("a stream");
    let mut second = model.stream(&mut voice).expect("a stream");
    let mut wave = first.push(&mut model, &all[..30]).expect("samples");
    second.push(&mut model, &all[30..]).expect("samples");
    model.speak(&voice, &all[..9]).expect("sound");
    wave.extend(first.push(&mut model, &all[30..60]).expect("samples"));
    assert_eq!(wave, alone);
}

#[test]
fn refused_codes_leave_a_stream_as_it_was() {
    let g = golden("stream");
    let all = codes(&g, "tokens");
    let mut model = load("pytorch");
    let mut voice = voice();
    let mut stream = model.stream(&mut voice).expect("a stream");
    stream.push(&mut model, &all[..20]).expect("samples");
    refusal(stream.push(&mut model, &[5, 6561]), Kind::BadInput, "6561");
    assert_eq!(stream.waiting(), 20);
    let wave = stream.push(&mut model, &all[20..30]).expect("samples");
    assert_eq!(wave.len(), 20160);
}

/// The conformer forgets what is older than its table of positions was, the estimator much earlier.
#[test]
fn what_a_stream_keeps_stops_growing() {
    let mut model = load("pytorch");
    let mut stream = model.stream(&mut voice()).expect("a stream");
    let codes: Vec<u32> = (0..3).map(|i| 1000 * i).cycle().take(28).collect();
    let mut sizes = Vec::new();
    // 2500 codes are remembered, the prompt's twelve among them.
    for _ in 0..104 {
        let (mel, frames) = stream.mel_of(&mut model, &codes, false).expect("a mel");
        assert!(mel.iter().all(|v| v.is_finite()) && frames <= 124);
        sizes.push(stream.memory_bytes());
    }
    assert!(sizes[97] < sizes[99], "it still grows: {sizes:?}");
    assert!(sizes[100..].iter().all(|s| *s == sizes[100]), "{sizes:?}");
}

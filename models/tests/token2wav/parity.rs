//! Every network and every stage, whole utterances.

use super::*;

#[test]
fn features_equal_the_reference() {
    let g = golden("prompt_features");
    let (low, high) = (clip("prompt_16k"), clip("prompt_24k"));
    let (heard, expected) = (fbank(&low), g.f32("kaldi_fbank_minus_mean"));
    close("Kaldi features", &heard, expected, 1e-5);
    // In one nearly empty band the reference's own f32 is 2.6e-4 away from the exact value.
    assert_close("Kaldi features", &heard, expected, 3e-4);
    let mel = MelFrontEnd::new(128, 0).compute(&low);
    assert_close("log-mel", &mel.bands_first(), g.f32("s3_log_mel"), 1e-4);
    let expected = frames_first(g.f32("prompt_mel_24k"), 80);
    assert_close("voice mel", &voice_mel(&high), &expected, 1e-4);
}

#[test]
fn codes_of_a_recording_are_exact() {
    let (g, dir) = (golden("s3tokenizer"), folder("pytorch"));
    let mut tokenizer = SpeechTokenizer::load(dir.path(), Precision::F32).expect("a tokenizer");
    let mel = frames_first(g.f32("mel"), 128);
    let (states, digits, from_mel) = tokenizer.stages(&mel).expect("stages");
    close("states", &states, g.f32("hidden"), CLOSE);
    close("digits", &digits, g.f32("fsq_pre_round"), CLOSE);
    let expected = codes(&g, "codes");
    assert_eq!(from_mel, expected);
    let heard = tokenizer.encode(&clip("prompt_16k")).expect("codes");
    assert_eq!(heard, expected, "from the recording itself");
}

#[test]
fn long_recordings_are_heard_in_windows() {
    let dir = folder("pytorch");
    let mut tokenizer = SpeechTokenizer::load(dir.path(), Precision::F32).expect("a tokenizer");
    let clip = clip("prompt_16k");
    let long: Vec<f32> = clip.iter().cycle().take(31 * 16_000).copied().collect();
    let all = tokenizer.encode(&long).expect("codes");
    // 25 a second; 100 codes are heard twice, of which each window gives half.
    assert_eq!(all.len(), 31 * 25);
    let first = tokenizer.encode(&long[..30 * 16_000]).expect("codes");
    let same = all
        .iter()
        .zip(&first)
        .take(690)
        .filter(|(a, b)| a == b)
        .count();
    assert!(same > 600, "{same} of 690 codes of the first window");
}

#[test]
fn speaker_vectors_agree_for_short_and_long_recordings() {
    let (g, dir) = (golden("campplus"), folder("pytorch"));
    let mut encoder = SpeakerEncoder::load(dir.path(), Precision::F32).expect("an encoder");
    for (features, expected) in [("fbank", "embedding"), ("fbank_long", "embedding_long")] {
        let got = encoder.embed_features(g.f32(features)).expect("a vector");
        close(expected, &got, g.f32(expected), CLOSE);
    }
    let heard = encoder.embed(&clip("prompt_16k")).expect("a vector");
    close("from the recording", &heard, g.f32("embedding"), 1e-3);
    assert!(similarity(&heard, g.f32("embedding")) > 0.9999);
}

#[test]
fn times_and_the_grid_agree() {
    let pieces = golden("flow_pieces");
    let mut model = load("pytorch");
    let times = model.flow().times(pieces.f32("t_in")).expect("embeddings");
    close("times", &times, pieces.f32("t_emb"), CLOSE);
    let g = golden("flow_offline");
    assert_close("grid", &Flow::grid(), g.f32("t_span"), 1e-6);
}

#[test]
fn every_stage_of_the_flow_agrees_in_both_layouts() {
    let g = golden("flow_offline");
    for layout in ["pytorch", "mlx"] {
        let stages = load(layout)
            .stages(&voice(), &codes(&g, "token"))
            .expect("stages");
        for (name, got) in stages {
            let expected = g.f32(name);
            let what = format!("{layout} {name}");
            let (bands, batch) = (80, g.shape(name)[0]);
            match name {
                "encoder_out" | "mu" => close(&what, &got, expected, CLOSE),
                // The golden holds the noisy mel twice, once for each velocity.
                "step0_x" | "step9_x" => {
                    let half = &expected[..expected.len() / batch];
                    close(&what, &got, &frames_first(half, bands), CLOSE);
                }
                _ => {
                    let each = expected.chunks(expected.len() / batch);
                    let turned: Vec<f32> = each.flat_map(|v| frames_first(v, bands)).collect();
                    close(&what, &got, &turned, CLOSE);
                }
            }
        }
    }
}

#[test]
fn every_stage_of_the_vocoder_agrees_in_both_layouts() {
    let g = golden("hift");
    let mel = frames_first(g.f32("mel"), 80);
    for layout in ["pytorch", "mlx"] {
        let model = load(layout);
        let mut silent = Noise::given(&[0.0; 80]).expect("noise");
        let stages = model.vocoder().stages(&mel, &mut silent).expect("stages");
        for (name, got) in stages {
            let what = format!("{layout} {name}");
            match name {
                "f0" => close(&what, &got, g.f32("f0"), CLOSE),
                "conv_pre" => close(&what, &got, &frames_first(g.f32("conv_pre"), 16), CLOSE),
                "source" => close(&what, &got, g.f32("source_noise_free"), 1e-3),
                "wav" => close(&what, &got, g.f32("wav_noise_free"), 1e-3),
                _ => {
                    // The golden keeps the first 160 frames, real and imaginary parts apart.
                    let parts = ["source_stft_real", "source_stft_imag"];
                    let turned = parts.map(|part| frames_first(g.f32(part), 9));
                    let expected: Vec<f32> = (0..160)
                        .flat_map(|t| turned.iter().flat_map(move |p| &p[9 * t..9 * (t + 1)]))
                        .copied()
                        .collect();
                    close(&what, &got[..160 * 18], &expected, 1e-3);
                }
            }
        }
    }
}

#[test]
fn the_whole_call_gives_the_reference_s_waveform() {
    let g = golden("token2wav_call");
    let mut model = load("pytorch");
    let wave = model.speak(&voice(), &codes(&g, "tokens")).expect("sound");
    close("waveform", &wave, g.f32("wav_noise_free"), WAVE);
    let whole = golden("stream");
    let all = codes(&whole, "tokens");
    let mel = {
        let stages = model.stages(&voice(), &all).expect("stages");
        let (_, mel) = stages.into_iter().last().expect("a mel");
        mel
    };
    close(
        "ninety codes",
        &mel,
        &frames_first(whole.f32("offline_mel"), 80),
        2e-3,
    );
}

#[test]
fn a_seed_names_a_waveform() {
    let g = golden("token2wav_call");
    let tokens = codes(&g, "tokens");
    let mut model = load("pytorch");
    let mut with = |seed: u64| {
        let prompt = voice().prompt().clone();
        let voice = Voice::new(prompt, Noise::seeded(seed));
        model.speak(&voice, &tokens).expect("sound")
    };
    let (a, again, b) = (with(1), with(1), with(2));
    assert_eq!(a, again);
    assert!(relative_l2(&a, &b) > 0.01, "another seed, another waveform");
    assert!(a.iter().all(|s| s.abs() <= 0.99));
}

#[test]
fn a_recording_becomes_a_voice() {
    let dir = folder("pytorch");
    let mut listeners = PromptEncoder::load(dir.path(), Precision::F32).expect("listeners");
    let prompt = listeners
        .encode(&clip("prompt_16k"), &clip("prompt_24k"))
        .expect("a prompt");
    let (s3, features) = (golden("s3tokenizer"), golden("prompt_features"));
    assert_eq!(prompt.codes(), codes(&s3, "codes"));
    assert_eq!(prompt.frames(), 46);
    let mel = frames_first(features.f32("prompt_mel_24k"), 80);
    assert_close("mel", &prompt.mel()[..mel.len()], &mel, 1e-4);
    // 23 frames of the recording, the last one repeated up to two for each code.
    assert_eq!(prompt.mel()[45 * 80..], prompt.mel()[22 * 80..23 * 80]);
}

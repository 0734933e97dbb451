//! What cannot serve is refused by name, and nothing panics.

use super::*;

#[test]
fn what_is_not_there_or_not_converted_is_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let loaded = || Token2Wav::load(dir.path(), Precision::F32);
    refusal(loaded(), Kind::ModelMissing, "hift.safetensors");
    std::fs::write(dir.path().join("hift.pt"), b"PK\x03\x04").expect("a pickle");
    let error = loaded().expect_err("a pickle is never opened");
    assert_eq!(error.kind(), Kind::ModelMissing);
    assert!(error.to_string().contains("hift.pt"), "{error}");
    assert!(
        error.hint().contains("tools/convert/token2wav.py"),
        "{}",
        error.hint()
    );
    let listeners = PromptEncoder::load(dir.path(), Precision::F32);
    refusal(listeners, Kind::ModelMissing, "s3tokenizer.safetensors");
}

#[test]
fn damaged_files_are_refused() {
    let dir = folder("pytorch");
    let path = dir.path().join("flow.safetensors");
    let whole = std::fs::read(&path).expect("the file");
    for cut in [0, 7, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).expect("a cut file");
        let loaded = Flow::load(dir.path(), Precision::F32);
        refusal(loaded, Kind::ModelRefused, "flow.safetensors");
    }
    let mut nan = whole.clone();
    let at = whole.len() - 8;
    nan[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&path, nan).expect("a file with a NaN");
    let loaded = Flow::load(dir.path(), Precision::F32);
    refusal(loaded, Kind::ModelRefused, "not a number");
    // Another network's file.
    std::fs::copy(dir.path().join("hift.safetensors"), &path).expect("a copy");
    let loaded = Flow::load(dir.path(), Precision::F32);
    refusal(loaded, Kind::ModelRefused, "input_embedding");
}

#[test]
fn codes_that_are_no_speech_are_refused() {
    let mut model = load("pytorch");
    let spoken = model.speak(&voice(), &[0, 6561]);
    refusal(spoken, Kind::BadInput, "6561");
    // The golden's noise holds 208 frames, 24 of them for the prompt.
    let spoken = model.speak(&voice(), &[1; 93]);
    refusal(spoken, Kind::BadInput, "at once");
}

#[test]
fn recordings_that_are_no_voice_are_refused() {
    let dir = folder("pytorch");
    let mut listeners = PromptEncoder::load(dir.path(), Precision::F32).expect("listeners");
    let (low, high) = (clip("prompt_16k"), clip("prompt_24k"));
    for n in [0, 1, 200, 399, 1599] {
        let prompt = listeners.encode(&low[..n], &high);
        refusal(prompt, Kind::BadInput, "samples");
    }
    let prompt = listeners.encode(&low, &high[..500]);
    refusal(prompt, Kind::BadInput, "too short");
    let minute = vec![0.1; 60 * 16_000];
    let prompt = listeners.encode(&minute, &high);
    refusal(prompt, Kind::BadInput, "60 s");
    let mut broken = low.clone();
    broken[5000] = f32::NAN;
    refusal(listeners.encode(&broken, &high), Kind::BadInput, "samples");
    let mut broken = high.clone();
    broken[5000] = f32::INFINITY;
    refusal(listeners.encode(&low, &broken), Kind::BadInput, "numbers");
    let loud = vec![f32::MAX; 16_000];
    refusal(listeners.encode(&loud, &high), Kind::BadInput, "samples");
    // Silence is sound.
    let silence = listeners.encode(&[0.0; 16_000], &[0.0; 24_000]);
    silence.expect("silence has codes, too");
}

#[test]
fn the_shortest_recordings_that_are_sound() {
    let dir = folder("pytorch");
    let mut speaker = SpeakerEncoder::load(dir.path(), Precision::F32).expect("an encoder");
    let low = clip("prompt_16k");
    for n in [1600, 1601, 1777, 2000] {
        let vector = speaker.embed(&low[..n]).expect("a vector");
        assert!(vector.len() == SPEAKER_WIDTH && vector.iter().all(|v| v.is_finite()));
    }
    let mut tokenizer = SpeechTokenizer::load(dir.path(), Precision::F32).expect("a tokenizer");
    for (n, codes) in [(201, 1), (320, 1), (641, 1), (800, 2)] {
        assert_eq!(
            tokenizer.encode(&low[..n]).expect("codes").len(),
            codes,
            "{n}"
        );
    }
}

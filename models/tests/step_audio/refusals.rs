//! Audio, tokenizers and checkpoints that must be refused, with the reason.

use super::*;

#[test]
fn audio_that_cannot_be_heard_is_refused() {
    let mut model = load("rand");
    assert_eq!(model.max_samples(), 479_680);
    assert!(model.encode_audio(&vec![0.0; 479_680]).is_ok());
    assert_eq!(
        kind(model.encode_audio(&vec![0.0; 479_681])),
        Kind::BadInput
    );
    assert!(model.encode_audio(&[0.1; 321]).is_ok());
    assert_eq!(kind(model.encode_audio(&[0.1; 320])), Kind::BadInput);
    assert_eq!(kind(model.encode_audio(&[])), Kind::BadInput);
    let mut broken = vec![0.1; 16_000];
    broken[77] = f32::NAN;
    assert_eq!(kind(model.encode_audio(&broken)), Kind::BadInput);
    assert_eq!(kind(model.encode_audio(&[1e30; 16_000])), Kind::BadInput);
    // A prompt for other audio than is given.
    let audio = [model.encode_audio(&[0.1; 16_000]).expect("audio")];
    let prompt = Prompt::transcription(7).expect("a prompt");
    assert_eq!(
        kind(model.reply(&prompt, &audio, &ReplyOptions::default(), &mut go)),
        Kind::BadInput
    );
}

fn refusal(dir: &std::path::Path) -> (Kind, String) {
    match StepAudio::load(dir, Precision::F32) {
        Ok(_) => panic!("must be refused"),
        Err(e) => (e.kind(), e.to_string()),
    }
}

#[test]
fn broken_tokenizers_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    expand_into("rand", dir.path());
    let path = dir.path().join("tokenizer.json");
    let good = std::fs::read_to_string(&path).expect("a tokenizer");
    let put = |text: &str| std::fs::write(&path, text).expect("written");

    std::fs::remove_file(&path).expect("removed");
    let (kind, message) = refusal(dir.path());
    assert_eq!(kind, Kind::ModelMissing);
    assert!(message.contains("tokenizer.json"), "{message}");

    put("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12684784\n");
    let (kind, message) = refusal(dir.path());
    assert!(
        kind == Kind::ModelRefused && message.contains("LFS"),
        "{message}"
    );

    put(&good[..good.len() / 2]);
    assert_eq!(refusal(dir.path()).0, Kind::ModelRefused);

    put(&good.replace("<|EOT|>", "<|END|>"));
    let (kind, message) = refusal(dir.path());
    assert!(
        kind == Kind::ModelRefused && message.contains("<|EOT|>"),
        "{message}"
    );
}

#[test]
fn broken_checkpoints_are_refused_with_the_reason() {
    let dir = tempfile::tempdir().expect("a folder");
    expand_into("rand", dir.path());
    let (weights, config) = (
        dir.path().join("model.safetensors"),
        dir.path().join("config.json"),
    );
    let (bytes, text) = (
        std::fs::read(&weights).expect("weights"),
        std::fs::read_to_string(&config).expect("config"),
    );

    std::fs::write(&weights, &bytes[..bytes.len() - 1000]).expect("written");
    let (kind, message) = refusal(dir.path());
    assert!(
        kind == Kind::ModelRefused && message.contains("cut off"),
        "{message}"
    );
    std::fs::write(&weights, &bytes).expect("written");

    std::fs::write(&config, text.replace("158720", "158721")).expect("written");
    let (kind, message) = refusal(dir.path());
    assert!(
        kind == Kind::ModelRefused && message.contains("model.embed_tokens.weight"),
        "{message}"
    );
    std::fs::write(&config, text.replace("158720", "1000")).expect("written");
    assert_eq!(refusal(dir.path()).0, Kind::ModelRefused);
    std::fs::write(&config, "{}").expect("written");
    let (kind, message) = refusal(dir.path());
    assert!(
        kind == Kind::ModelRefused && message.contains("audio_encoder_config"),
        "{message}"
    );
    std::fs::write(&config, &text).expect("written");

    // A tensor under another name: missing where it is needed, surplus where it is.
    let name = b"adapter.conv.bias";
    let at = bytes
        .windows(name.len())
        .position(|w| w == name)
        .expect("the name stands in the header");
    let mut renamed = bytes.clone();
    renamed[at..at + name.len()].copy_from_slice(b"adapter.conv.bi_s");
    std::fs::write(&weights, &renamed).expect("written");
    let opened = open(dir.path(), Precision::F32).expect("headers are fine");
    assert_eq!(opened.weights.problems(&opened.specs).len(), 1);
    let (kind, message) = refusal(dir.path());
    assert!(
        kind == Kind::ModelRefused && message.contains("missing: adapter.conv.bias"),
        "{message}"
    );

    // A scalar where a convolution should be.
    let (name, shape) = ("encoder.conv1.weight", "[16,128,3]");
    let text = String::from_utf8_lossy(&bytes[8..]).into_owned();
    let entry = text.find(name).expect("the name stands in the header");
    let at = 8 + entry + text[entry..].find(shape).expect("its shape follows");
    let mut scalar = bytes.clone();
    scalar[at..at + shape.len()].copy_from_slice(b"[]        ");
    std::fs::write(&weights, &scalar).expect("written");
    assert_eq!(refusal(dir.path()).0, Kind::ModelRefused);
}

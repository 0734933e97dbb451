//! Models that are not there, not whole, or cut off.

use super::*;

#[test]
fn models_that_are_not_there_or_not_whole() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let codec = "tests/fixtures/mimi-tiny/kyutai";
    let mut t = Transcript::new(&scratch);
    let mut refuse = |model: &str, more: &[&str]| {
        let output = t.run(&[&["speak", "Hello.", "--model", model, "-o", &out], more].concat());
        assert_eq!(output.status.code(), Some(3), "{model}");
    };
    refuse("no-such-model", &[]);
    refuse("../tests/fixtures/nowhere", &[]);
    refuse("tests/fixtures/mimi-tiny/golden", &[]);
    refuse("tests/fixtures/csm-tiny/mlx", &[]);
    refuse(codec, &[]);
    refuse(HF, &["--codec", "nowhere"]);
    refuse("tests/fixtures/csm-tiny/k32/sesame", &["--codec", codec]);

    let dir = scratch.copy("csm-tiny/mlx", "no-tokenizer");
    std::fs::remove_file(dir.join("tokenizer.json")).unwrap();
    refuse(dir.to_str().unwrap(), &["--codec", codec]);

    let dir = scratch.copy("csm-tiny/mlx", "no-config");
    std::fs::remove_file(dir.join("config.json")).unwrap();
    refuse(dir.to_str().unwrap(), &["--codec", codec]);

    let dir = scratch.copy("csm-tiny/mlx", "pointer");
    std::fs::write(
        dir.join("model.safetensors"),
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    )
    .unwrap();
    refuse(dir.to_str().unwrap(), &["--codec", codec]);

    let dir = scratch.copy("csm-tiny/mlx", "nan");
    overwrite(
        &dir.join("model.safetensors"),
        "model.backbone.layers.1.mlp.up_proj.weight",
        &[0xc0, 0x7f],
    );
    refuse(dir.to_str().unwrap(), &["--codec", codec]);
    t.run(&["models", "check", dir.to_str().unwrap()]);

    let dir = scratch.copy("csm-tiny/mlx", "wrong-config");
    let config = std::fs::read_to_string(dir.join("config.json")).unwrap();
    std::fs::write(
        dir.join("config.json"),
        config.replace("\"intermediate_size\": 192", "\"intermediate_size\": 200"),
    )
    .unwrap();
    t.run(&["models", "check", dir.to_str().unwrap()]);
    t.run(&["models", "check", "nowhere"]);
    t.check("models.txt");
}

#[test]
fn a_checkpoint_cut_anywhere_is_refused() {
    let scratch = Scratch::new();
    let dir = scratch.copy("csm-tiny/hf", "cut");
    let file = dir.join("model.safetensors");
    let whole = std::fs::read(&file).unwrap();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    let cuts = [
        0,
        1,
        7,
        8,
        9,
        header / 2,
        header - 1,
        header,
        header + 1,
        whole.len() / 3,
        whole.len() / 2,
        whole.len() - 1,
    ];
    for cut in cuts {
        std::fs::write(&file, &whole[..cut]).unwrap();
        let check = run(&["models", "check", dir.to_str().unwrap(), "--json"]);
        let said = String::from_utf8(check.stderr).unwrap();
        assert_eq!(check.status.code(), Some(3), "{cut}: {said}");
        let error: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(error["kind"], "model-refused", "{cut}: {said}");
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("model.safetensors"),
            "{cut}: {said}"
        );
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{cut}");
    }
    let out = scratch.path("a.wav");
    let speak = run(&[
        "speak",
        "Hello.",
        "--model",
        dir.to_str().unwrap(),
        "-o",
        &out,
    ]);
    assert_eq!(speak.status.code(), Some(3));
}

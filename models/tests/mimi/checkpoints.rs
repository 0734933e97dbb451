//! Files and configs: what loads, what is refused, and what it says.

use super::*;

/// A copy of the tiny codec, changed, in a folder of its own.
struct Copy(tempfile::TempDir);

impl Copy {
    fn of(layout: &str, change: impl Fn(&str, Array) -> Vec<(String, Array)>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let config = if layout.ends_with("kyutai") {
            "mimi_config.json"
        } else {
            "config.json"
        };
        std::fs::copy(fixture(layout).join(config), dir.path().join(config)).expect("a config");
        let stored = Checkpoint::open(&fixture(layout)).expect("a codec");
        let tensors: Vec<(String, Array)> = stored
            .names()
            .flat_map(|n| change(n, stored.read(n).expect("a tensor")))
            .collect();
        let named: Vec<(&str, Array)> = tensors
            .iter()
            .map(|(n, a)| (n.as_str(), a.clone()))
            .collect();
        write_safetensors(&dir.path().join("model.safetensors"), &named, &[]).expect("written");
        Self(dir)
    }

    fn load(&self) -> Result<Mimi, Error> {
        Mimi::load(self.0.path(), Precision::F32)
    }
}

fn keep(name: &str, tensor: Array) -> Vec<(String, Array)> {
    vec![(name.to_owned(), tensor)]
}

#[test]
fn missing_and_misshapen_tensors_are_named() {
    for (layout, name, reported) in [
        (
            "mimi-tiny/kyutai",
            "decoder.model.5.convtr.convtr.bias",
            "decoder.model.5.convtr.convtr.bias",
        ),
        (
            "mimi-tiny/kyutai",
            "quantizer.rvq_rest.vq.layers.2._codebook.cluster_usage",
            "layers.2._codebook.cluster_usage",
        ),
        (
            "mimi-tiny/transformers",
            "decoder_transformer.layers.1.self_attn.k_proj.weight",
            "layers.1.self_attn.in_proj_weight: part 2 of 3",
        ),
        (
            "mimi-tiny/transformers",
            "upsample.conv.weight",
            "upsample.convtr.convtr.convtr.weight",
        ),
    ] {
        let without = Copy::of(layout, |n, a| if n == name { vec![] } else { keep(n, a) });
        refusal(without.load(), Kind::ModelRefused, reported);
        let cut = Copy::of(layout, |n, a| {
            let mut shape = a.shape().to_vec();
            shape[0] += 1;
            keep(
                n,
                if n == name {
                    Array::zeros::<f32>(&shape).expect("zeros")
                } else {
                    a
                },
            )
        });
        refusal(
            cut.load(),
            Kind::ModelRefused,
            reported.split(':').next().expect("a name"),
        );
    }
    let integers = Copy::of("mimi-tiny/kyutai", |n, a| {
        keep(
            n,
            if n == "encoder.model.0.conv.conv.bias" {
                a.as_dtype(Dtype::Int32).expect("integers")
            } else {
                a
            },
        )
    });
    refusal(
        integers.load(),
        Kind::ModelRefused,
        "encoder.model.0.conv.conv.bias",
    );
    let nan = Copy::of("mimi-tiny/kyutai", |n, a| {
        let nan = Array::from_slice(&[f32::NAN; 3], &[3]);
        keep(
            n,
            if n == "encoder.model.0.conv.conv.bias" {
                nan
            } else {
                a
            },
        )
    });
    refusal(
        nan.load(),
        Kind::ModelRefused,
        "encoder.model.0.conv.conv.bias",
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole =
        std::fs::read(fixture("mimi-tiny/kyutai/tokenizer-tiny.safetensors")).expect("a file");
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("tokenizer-cut.safetensors");
    for len in [0, 4, 8, 100, 20_000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).expect("written");
        refusal(
            Mimi::load(&path, Precision::F32),
            Kind::ModelRefused,
            "tokenizer-cut",
        );
    }
}

#[test]
fn folders_without_a_codec_say_so() {
    for model in ["csm-tiny/mlx", "csm-tiny/k32/sesame"] {
        refusal(
            Mimi::load(&fixture(model), Precision::F32),
            Kind::ModelMissing,
            "no Mimi codec",
        );
    }
    let nowhere = Mimi::load(Path::new("nowhere.safetensors"), Precision::F32);
    refusal(nowhere, Kind::ModelMissing, "nowhere");
}

#[test]
fn weight_norm_is_folded() {
    let golden = golden();
    // A weight w stands as direction 3·w and gain |w|, per first axis, in both spellings of PyTorch.
    for (g, v) in [
        ("weight_g", "weight_v"),
        (
            "parametrizations.weight.original0",
            "parametrizations.weight.original1",
        ),
    ] {
        let split = Copy::of("mimi-tiny/kyutai", |n, a| {
            let Some(stem) = n
                .strip_suffix("conv.weight")
                .filter(|_| n.starts_with("encoder.model"))
            else {
                return keep(n, a);
            };
            let rows = a.shape()[0];
            let squares = a
                .square()
                .and_then(|s| s.reshape(&[rows, -1]))
                .expect("squares");
            let gain = squares
                .sum_axis(1, true)
                .and_then(|s| s.sqrt())
                .and_then(|s| s.reshape(&[rows, 1, 1]));
            let direction = a.multiply(Array::from_f32(3.0)).expect("a multiple");
            vec![
                (format!("{stem}conv.{g}"), gain.expect("norms")),
                (format!("{stem}conv.{v}"), direction),
            ]
        });
        assert_eq!(
            split
                .load()
                .expect("a codec")
                .encode(&wav("a"), K)
                .expect("codes"),
            codes(&golden, "codes_a")
        );
        let lost = Copy::of("mimi-tiny/kyutai", |n, a| {
            if n == "encoder.model.3.conv.conv.weight" {
                vec![(format!("encoder.model.3.conv.conv.{v}"), a)]
            } else {
                keep(n, a)
            }
        });
        refusal(
            lost.load(),
            Kind::ModelRefused,
            "encoder.model.3.conv.conv.weight",
        );
    }
}

#[test]
fn half_precision_weights_come_close() {
    let golden = golden();
    let half = Copy::of("mimi-tiny/transformers", |n, a| {
        keep(n, a.as_dtype(Dtype::Bfloat16).expect("halves"))
    });
    for precision in [Precision::F32, Precision::Stored] {
        let mut mimi = Mimi::load(half.0.path(), precision).expect("a codec");
        let decoded = mimi.decode(&codes(&golden, "codes_a")).expect("samples");
        let off = relative_l2(&decoded, golden.f32("decoded_a"));
        assert!(off < 5e-2, "{precision:?}: {off}");
        assert_eq!(mimi.encode(&wav("b"), K).expect("codes").frames(), 7);
    }
}

fn config(json: &str) -> Result<Option<Config>, Error> {
    Config::parse(Path::new("config.json"), json.as_bytes())
}

#[test]
fn configs_are_taken_or_refused() {
    assert_eq!(
        config(r#"{"model_type": "mimi"}"#).expect("a config"),
        Some(Config::genuine())
    );
    let moved =
        r#"{"codec_config": {"model_type": "mimi", "rope_parameters": {"rope_theta": 5000.0}}}"#;
    assert_eq!(
        config(moved).expect("a config").map(|c| c.rope_base),
        Some(5000.0)
    );
    assert_eq!(
        config(r#"{"model_type": "csm", "hidden_size": 2048}"#).expect("another config"),
        None
    );
    for (field, word) in [
        (r#""sampling_rate": 16000"#, "ratios"),
        (r#""sampling_rate": 48000, "frame_rate": 25.0"#, "48000"),
        (r#""upsampling_ratios": [0]"#, "ratios"),
        (r#""upsampling_ratios": []"#, "ratios"),
        (r#""upsampling_ratios": [4294967296, 4294967296]"#, "ratios"),
        (r#""upsampling_ratios": 8"#, "upsampling_ratios"),
        (r#""hidden_size": -1"#, "hidden_size"),
        (r#""hidden_size": 513"#, "hidden_size"),
        (r#""hidden_size": 1e300"#, "hidden_size"),
        (r#""num_attention_heads": 0"#, "hidden_size"),
        (r#""codebook_size": 0"#, "codebook_size"),
        (r#""num_quantizers": 1"#, "num_quantizers"),
        (r#""num_residual_layers": 2"#, "num_residual_layers"),
        (r#""use_causal_conv": false"#, "use_causal_conv"),
        (r#""hidden_act": "gelu_pytorch_tanh""#, "hidden_act"),
        (r#""compress": 65"#, "compress"),
        (r#""sliding_window": 0"#, "sliding_window"),
    ] {
        refusal(
            config(&format!(r#"{{"model_type": "mimi", {field}}}"#)),
            Kind::ModelRefused,
            word,
        );
    }
    refusal(config("{"), Kind::ModelRefused, "config.json");
}

/// A codec with 64-wide heads, small enough to write in a moment.
fn narrow() -> Config {
    Config {
        filters: 4,
        ratios: vec![4, 3],
        downsample: 160,
        hidden: 128,
        heads: 2,
        layers: 2,
        mlp: 96,
        codebooks: 3,
        codebook_size: 16,
        codebook_dim: 8,
        ..Config::genuine()
    }
}

fn write_narrow(dir: &Path) -> PathBuf {
    let path = dir.join("tokenizer-narrow.safetensors");
    write_random(&path, &Mimi::specs(&narrow()), Dtype::Float32, None, "", 7).expect("written");
    path
}

#[test]
fn sizes_come_from_shapes_where_no_config_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = write_narrow(dir.path());
    assert_eq!(
        Mimi::load(&path, Precision::F32).expect("a codec").config(),
        &narrow()
    );
    // The language model's config that lies beside kyutai's codec says nothing about the codec.
    std::fs::write(
        dir.path().join("config.json"),
        r#"{"dim": 4096, "num_heads": 32}"#,
    )
    .expect("written");
    assert_eq!(
        Mimi::load(dir.path(), Precision::F32)
            .expect("a codec")
            .config(),
        &narrow()
    );
    // 24 channels cannot be told apart into heads.
    let bare = dir.path().join("bare.safetensors");
    std::fs::copy(
        fixture("mimi-tiny/kyutai/tokenizer-tiny.safetensors"),
        &bare,
    )
    .expect("copied");
    std::fs::remove_file(dir.path().join("config.json")).expect("removed");
    refusal(
        Mimi::load(&bare, Precision::F32),
        Kind::ModelRefused,
        "width 24",
    );
}

#[test]
fn the_genuine_codec_has_the_published_tensors() {
    let specs = Mimi::specs(&myna_models::mimi::genuine());
    let shape = |name: &str| {
        specs
            .iter()
            .find(|s| s.name == name)
            .map(|s| s.shape.clone())
    };
    assert_eq!(
        shape("decoder.model.2.convtr.convtr.weight"),
        Some(vec![1024, 512, 16])
    );
    assert_eq!(
        shape("encoder.model.12.conv.conv.weight"),
        Some(vec![1024, 512, 16])
    );
    assert_eq!(
        shape("encoder_transformer.transformer.layers.7.self_attn.in_proj_weight"),
        Some(vec![1536, 512])
    );
    assert_eq!(
        shape("quantizer.rvq_rest.vq.layers.30._codebook.embedding_sum"),
        Some(vec![2048, 256])
    );
    assert_eq!(
        shape("downsample.conv.conv.conv.weight"),
        Some(vec![512, 512, 4])
    );
    let bytes: usize = specs
        .iter()
        .map(|s| 4 * s.shape.iter().product::<usize>())
        .sum();
    assert!(
        (380_000_000..390_000_000).contains(&bytes),
        "{bytes} bytes, the published file has 0.385 GB"
    );
}

//! Other layouts of the same weights: shards, MLX's order of axes, quantised by us.

use super::*;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::collections::HashMap;
use std::path::Path;

/// Stored tensors by name: dtype, shape, bytes.
type Tensors = HashMap<String, (safetensors::Dtype, Vec<usize>, Vec<u8>)>;

fn read(dir: &Path) -> Tensors {
    let data = std::fs::read(dir.join("model.safetensors")).expect("weights");
    let file = SafeTensors::deserialize(&data).expect("a checkpoint");
    file.iter()
        .map(|(name, v)| {
            (
                name.to_owned(),
                (v.dtype(), v.shape().to_vec(), v.data().to_vec()),
            )
        })
        .collect()
}

fn write(path: &Path, tensors: &Tensors) {
    let views: HashMap<&String, TensorView<'_>> = tensors
        .iter()
        .map(|(name, (dtype, shape, data))| {
            (
                name,
                TensorView::new(*dtype, shape.clone(), data).expect("a tensor"),
            )
        })
        .collect();
    safetensors::serialize_to_file(views, None, path).expect("written");
}

fn adapter_out(dir: &Path) -> Vec<f32> {
    let mut model = StepAudio::load(dir, Precision::F32).expect("loads");
    let (segment, capture) = model
        .transcribe_captured(&clip("blip"), &Task::Transcribe, &greedy_only(), &mut go)
        .expect("a segment");
    assert_eq!(segment.text, "Okay.");
    capture.adapter_out.values
}

#[test]
fn shards_and_mlx_axes_give_the_same_numbers() {
    let dir = expanded("trained");
    let mut tensors = read(dir.path());
    for (name, (_, shape, data)) in &mut tensors {
        let [outputs, inputs, kernel] = shape[..] else {
            continue;
        };
        assert!(name.contains("conv"), "{name}");
        let mut turned = Vec::with_capacity(data.len());
        for o in 0..outputs {
            for k in 0..kernel {
                for i in 0..inputs {
                    let at = 2 * ((o * inputs + i) * kernel + k);
                    turned.extend(&data[at..at + 2]);
                }
            }
        }
        (*shape, *data) = (vec![outputs, kernel, inputs], turned);
    }
    std::fs::remove_file(dir.path().join("model.safetensors")).expect("removed");
    let (a, b): (Tensors, Tensors) = tensors
        .into_iter()
        .partition(|(name, _)| name.contains('1'));
    let mut map = serde_json::Map::new();
    for (file, part) in [
        ("model-00001-of-00002.safetensors", &a),
        ("model-00002-of-00002.safetensors", &b),
    ] {
        write(&dir.path().join(file), part);
        map.extend(part.keys().map(|name| (name.clone(), Value::from(file))));
    }
    let index = serde_json::json!({ "metadata": {}, "weight_map": map });
    std::fs::write(
        dir.path().join("model.safetensors.index.json"),
        index.to_string(),
    )
    .expect("written");

    let golden = Golden::open(&format!("{FIXTURES}/trained/golden/blip.safetensors"));
    close(
        "adapter",
        &adapter_out(dir.path()),
        golden.f32("adapter_out_alone_0"),
    );

    // A shard that is not there is named.
    std::fs::remove_file(dir.path().join("model-00002-of-00002.safetensors")).expect("removed");
    let missing = StepAudio::load(dir.path(), Precision::F32).expect_err("must be refused");
    assert!(
        missing
            .to_string()
            .contains("model-00002-of-00002.safetensors"),
        "{missing}"
    );
}

#[test]
fn quantising_keeps_the_audio_parts_and_the_words() {
    let (dir, out) = (expanded("trained"), tempfile::tempdir().expect("a folder"));
    quantize(dir.path(), 8, out.path()).expect("quantised");
    let (before, after) = (read(dir.path()), read(out.path()));
    for (name, tensor) in &before {
        // Of these tiny widths only the encoder's four-fold and the adapter's fit groups of 64, and those stay.
        if name.starts_with("encoder.") || name.starts_with("adapter.") {
            assert_eq!(after.get(name), Some(tensor), "{name}");
        }
    }
    adapter_out(out.path());
    assert_eq!(kind(quantize(dir.path(), 3, out.path())), Kind::BadInput);
    assert_eq!(kind(quantize(dir.path(), 4, dir.path())), Kind::BadInput);
    let quantised = expanded("trained-4bit");
    assert_eq!(
        kind(quantize(quantised.path(), 4, out.path())),
        Kind::BadInput
    );
}

#[test]
fn a_synthetic_checkpoint_is_quantised_where_widths_allow() {
    let mut config = Config::mini();
    let (a, t) = (&mut config.audio, &mut config.text);
    (
        a.n_audio_state,
        a.n_audio_head,
        a.n_audio_layer,
        a.n_audio_ctx,
    ) = (64, 2, 1, 100);
    (
        a.llm_dim,
        a.adapter_inner,
        t.hidden_size,
        t.intermediate_size,
    ) = (64, 32, 64, 128);
    (
        t.num_attention_heads,
        t.num_key_value_heads,
        t.num_hidden_layers,
    ) = (4, 2, 1);
    let (dir, out) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let path = dir.path().join("model.safetensors");
    myna_models::weights::write_random(
        &path,
        &specs(&config),
        mlx_rs::Dtype::Bfloat16,
        None,
        "",
        7,
    )
    .expect("written");
    std::fs::write(dir.path().join("config.json"), config.to_json().to_string()).expect("written");
    std::fs::copy(
        fixture(&format!("{FIXTURES}/tokenizer.json")),
        dir.path().join("tokenizer.json"),
    )
    .expect("copied");

    quantize(dir.path(), 4, out.path()).expect("quantised");
    let tensors = read(out.path());
    assert_eq!(tensors["lm_head.weight"].1, [158_720, 8]);
    assert_eq!(tensors["model.layers.0.mlp.down_proj.scales"].1, [64, 2]);
    assert!(!tensors.contains_key("encoder.blocks.0.mlp.0.scales"));
    let mut model = StepAudio::load(out.path(), Precision::F32).expect("loads");
    assert!(model.surplus().is_empty());
    let segment =
        model.transcribe_chunk(&vec![0.1; 8000], &Task::Transcribe, &greedy_only(), &mut go);
    assert!(segment.is_ok(), "{segment:?}");
    // Sizes that the positional table has no room for are told in seconds.
    assert_eq!(kind(model.encode_audio(&vec![0.1; 40_000])), Kind::BadInput);
}

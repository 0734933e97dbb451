//! Every weight is needed, under its name, in its shape; both public layouts hold all of them and nothing else.

use super::*;
use myna_models::weights::{Checkpoint, TensorSpec, write_random};

fn specs(file: File, dir: &Path) -> Vec<TensorSpec> {
    let (_, w) = file.open(dir, Precision::Stored).expect("the file opens");
    match file {
        File::Flow => Flow::specs(&FlowSizes::from_shapes(&w).expect("sizes")),
        File::Hift => Hift::specs(&HiftSizes::from_shapes(&w).expect("sizes")),
        File::Tokenizer => SpeechTokenizer::specs(&TokenizerSizes::from_shapes(&w).expect("sizes")),
        File::Speaker => SpeakerEncoder::specs(&SpeakerSizes::from_shapes(&w).expect("sizes")),
    }
}

#[test]
fn both_layouts_hold_every_tensor_and_nothing_else() {
    for layout in ["pytorch", "mlx"] {
        let dir = folder(layout);
        for file in File::ALL {
            let specs = specs(file, dir.path());
            let (_, w) = file
                .open(dir.path(), Precision::Stored)
                .expect("the file opens");
            let problems = w.problems(&specs);
            assert!(problems.is_empty(), "{layout} {file:?}: {problems:?}");
            assert_eq!(w.surplus(), &[] as &[String], "{layout} {file:?}");
            assert_eq!(w.beyond(&specs), [] as [String; 0], "{layout} {file:?}");
        }
    }
}

/// Takes each tensor away in turn, then gives it another shape.
#[test]
fn a_missing_or_mis_shaped_tensor_is_named() {
    let dir = folder("mlx");
    for file in File::ALL {
        let specs = specs(file, dir.path());
        let path = dir.path().join(file.names()[0]);
        let whole = std::fs::read(&path).expect("the file");
        let names: Vec<String> = {
            let checkpoint = Checkpoint::open(&path).expect("a checkpoint");
            checkpoint.names().map(str::to_owned).collect()
        };
        // Every seventh: the largest file has 500 tensors.
        for name in names.iter().step_by(7) {
            for damage in [without, flattened] {
                let Some(damaged) = damage(&whole, name) else {
                    continue;
                };
                std::fs::write(&path, damaged).expect("the damaged file");
                let (_, w) = file
                    .open(dir.path(), Precision::Stored)
                    .expect("the file opens");
                let loaded = match file {
                    File::Flow => Flow::load(dir.path(), Precision::F32).map(drop),
                    File::Hift => Hift::load(dir.path(), Precision::F32).map(drop),
                    File::Tokenizer => SpeechTokenizer::load(dir.path(), Precision::F32).map(drop),
                    File::Speaker => SpeakerEncoder::load(dir.path(), Precision::F32).map(drop),
                };
                match w.problems(&specs).first().map(ToString::to_string) {
                    // "missing: NAME [shape]", "wrong shape: NAME is …"
                    Some(problem) => {
                        let name = problem.split(": ").nth(1).expect("a name");
                        let name = name.split(' ').next().expect("a name");
                        // Sizes are read from shapes: where the damaged tensor tells one, it is the others that do not fit.
                        let others =
                            matches!(&loaded, Err(e) if e.to_string().contains("wrong shape"));
                        let word = if others { "wrong shape" } else { name };
                        refusal(loaded, Kind::ModelRefused, word);
                    }
                    // Constants that MLX's form stores are not needed.
                    None => loaded.unwrap_or_else(|e| panic!("{name}: {e}")),
                }
            }
        }
        std::fs::write(&path, whole).expect("the file as it was");
    }
}

type Tensors = serde_json::Map<String, serde_json::Value>;

/// The header's tensors, and the data behind it.
fn parts(file: &[u8]) -> (Tensors, &[u8]) {
    let len = u64::from_le_bytes(file[..8].try_into().expect("eight bytes")) as usize;
    let header = serde_json::from_slice(&file[8..8 + len]).expect("a header");
    (header, &file[8 + len..])
}

fn joined(header: &Tensors, data: &[u8]) -> Vec<u8> {
    let mut json = serde_json::to_vec(header).expect("a header");
    json.resize(json.len().next_multiple_of(8), b' ');
    [&(json.len() as u64).to_le_bytes()[..], &json, data].concat()
}

/// The tensor under a name that nobody knows.
fn without(file: &[u8], name: &str) -> Option<Vec<u8>> {
    let (mut header, data) = parts(file);
    let tensor = header.remove(name)?;
    header.insert("nobody.knows.this".into(), tensor);
    Some(joined(&header, data))
}

/// The tensor with all its axes in one; nothing where it has one only.
fn flattened(file: &[u8], name: &str) -> Option<Vec<u8>> {
    let (mut header, data) = parts(file);
    let shape = header.get_mut(name)?.get_mut("shape")?;
    let axes: Vec<u64> = serde_json::from_value(shape.clone()).ok()?;
    if axes.len() < 2 {
        return None;
    }
    *shape = serde_json::json!([axes.iter().product::<u64>()]);
    Some(joined(&header, data))
}

#[test]
fn the_published_sizes_have_the_published_numbers_of_parameters() {
    let millions = |specs: &[TensorSpec]| {
        let values: usize = specs
            .iter()
            .map(|s| s.shape.iter().product::<usize>())
            .sum();
        values as f64 / 1e6
    };
    for (specs, expected) in [
        (Flow::specs(&FlowSizes::genuine()), 156.0),
        (Hift::specs(&HiftSizes::genuine()), 20.8),
        (SpeechTokenizer::specs(&TokenizerSizes::genuine()), 124.0),
        (SpeakerEncoder::specs(&SpeakerSizes::genuine()), 6.9),
    ] {
        let found = millions(&specs);
        assert!(
            (found / expected - 1.0).abs() < 0.02,
            "{found} for {expected}"
        );
    }
}

#[test]
fn a_checkpoint_s_folder_stands_for_the_token2wav_inside() {
    let (inner, outer) = (folder("pytorch"), tempfile::tempdir().expect("a folder"));
    assert!(!is_token2wav(outer.path()));
    std::os::unix::fs::symlink(inner.path(), outer.path().join("token2wav")).expect("a link");
    assert!(is_token2wav(outer.path()) && is_token2wav(inner.path()));
    Token2Wav::load(outer.path(), Precision::F32).expect("it loads");
}

/// Random weights of other sizes load and speak: nothing is tied to the sizes of the fixture.
#[test]
fn other_sizes_load_alike() {
    let dir = tempfile::tempdir().expect("a folder");
    let flow = FlowSizes {
        width: 24,
        heads: 3,
        mlp: 10,
        layers: 1,
        up_layers: 3,
        dit_width: 12,
        dit_heads: 2,
        dit_head_dim: 10,
        dit_mlp: 20,
        dit_blocks: 1,
        ..FlowSizes::genuine()
    };
    let hift = HiftSizes {
        channels: 8,
        pitch_channels: 5,
        harmonics: 4,
        kernels: vec![3, 5],
        ..HiftSizes::genuine()
    };
    let write = |name: &str, specs: &[TensorSpec]| {
        let path = dir.path().join(name);
        let dtype = myna_models::weights::Dtype::Float32;
        write_random(&path, specs, dtype, None, "", 1).expect("weights");
    };
    write("flow.safetensors", &Flow::specs(&flow));
    write("hift.safetensors", &Hift::specs(&hift));
    let mut model = Token2Wav::load(dir.path(), Precision::F32).expect("it loads");
    let wave = model.speak(&voice(), &[1, 2, 3, 4, 5]).expect("sound");
    assert_eq!(wave.len(), 4800);
    assert!(wave.iter().all(|s| s.is_finite()));
}

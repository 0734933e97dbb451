//! Traces come back as they were written, cut off or not, and what is no trace is refused by name.

use myna_models::Kind;
use myna_models::csm::{Config, Prompt, Record, Taken};
use myna_models::trace::{
    Layout, Stages, Tensor, TensorFile, Trace, TraceWriter, prompt_of, read_noise, read_prompt,
    write,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

const K: usize = 3;
const V: usize = 8;

/// The numbers of frame n: recognisable, all different.
struct Numbers {
    codes: Vec<i32>,
    logits: Vec<f32>,
    probabilities: Vec<f32>,
    noise: Vec<f32>,
    hidden: Vec<f32>,
}

fn numbers(n: usize, end: bool) -> Numbers {
    let row = |from: f32| {
        (0..K * V)
            .map(|i| from + n as f32 * 100.0 + i as f32 / 7.0)
            .collect()
    };
    Numbers {
        codes: (0..K as i32)
            .map(|k| if end { 0 } else { k + n as i32 })
            .collect(),
        logits: row(1.0),
        probabilities: vec![1.0 / V as f32; K * V],
        noise: row(3.0),
        hidden: vec![n as f32; 5],
    }
}

fn config() -> Config {
    Config::read(Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/csm-tiny/hf"
    )))
    .unwrap()
}

fn prompt() -> Prompt {
    // Two rows of text for the five codebooks of the fixture.
    let (mut tokens, mut mask) = (vec![0; 12], vec![false; 12]);
    (tokens[5], tokens[11], mask[5], mask[11]) = (7, 9, true, true);
    Prompt::from_rows(tokens, mask, &config()).unwrap()
}

fn writer(path: &Path, top: Option<usize>) -> TraceWriter {
    let layout = Layout {
        codebooks: K,
        vocabulary: V,
        hidden: 5,
        stages: Stages {
            top,
            ..Stages::all()
        },
        greedy: false,
        excludes: true,
    };
    let metadata = [
        ("seed", "7"),
        ("temperature", "0.9"),
        ("top_k", "50"),
        ("exclude", "1..3"),
    ];
    let metadata = metadata.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    TraceWriter::create(path, layout, &prompt(), &metadata).unwrap()
}

fn record(writer: &mut TraceWriter, n: usize, end: bool) {
    let all = numbers(n, end);
    writer
        .frame(&Taken {
            codes: &all.codes,
            logits: &all.logits,
            probabilities: &all.probabilities,
            noise: &all.noise,
            unexcluded: &[1, 2, 2],
            hidden: &all.hidden,
            time: Duration::from_millis(20 + n as u64),
        })
        .unwrap();
}

/// Two frames and the end frame.
fn whole(path: &Path, top: Option<usize>) {
    let mut writer = writer(path, top);
    for n in 0..3 {
        record(&mut writer, n, n == 2);
    }
    writer.finish(&[("stopped_by", "eos")]).unwrap();
}

#[test]
fn comes_back_as_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    whole(&path, None);
    let trace = Trace::open(&path).unwrap();
    assert_eq!(
        (
            trace.frames(),
            trace.entries(),
            trace.codebooks(),
            trace.vocabulary()
        ),
        (2, 3, K, V)
    );
    assert_eq!(
        (trace.note("stopped_by"), trace.note("format")),
        (Some("eos"), Some("myna-trace-2"))
    );
    assert_eq!(trace.sampling().unwrap().exclude, Some(1..3));
    assert_eq!(prompt_of(&trace, &config()).unwrap(), Some(prompt()));
    for n in 0..3 {
        let (entry, expected) = (trace.entry(n).unwrap(), numbers(n, n == 2));
        assert_eq!(entry.hidden.as_deref(), Some(&expected.hidden[..]));
        assert_eq!(entry.milliseconds, Some(20.0 + n as f32));
        for (k, draw) in entry.draws.iter().enumerate() {
            let row = k * V..(k + 1) * V;
            assert_eq!(draw.token as i32, expected.codes[k]);
            assert_eq!(draw.unexcluded, Some([1, 2, 2][k]));
            assert_eq!(draw.logits.as_deref(), Some(&expected.logits[row.clone()]));
            assert_eq!(draw.noise.as_deref(), Some(&expected.noise[row.clone()]));
            assert_eq!(
                draw.probabilities.as_deref(),
                Some(&expected.probabilities[row])
            );
        }
    }
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing but the trace is left");
}

#[test]
fn any_safetensors_reader_reads_it_in_the_agreed_shapes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    whole(&path, None);
    let data = std::fs::read(&path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&data).unwrap();
    for (name, shape) in [
        ("frames", &[2, K][..]),
        ("c0_logits", &[3, V]),
        ("depth_logits", &[3, K - 1, V]),
        ("noise", &[3, K, V]),
        ("hidden", &[3, 5]),
        ("milliseconds", &[3]),
        ("tokens", &[2, 6]),
        ("mask", &[2, 6]),
    ] {
        let view = file.tensor(name).unwrap();
        assert_eq!(view.shape(), shape, "{name}");
        // Numbers of four bytes lie where programs that map the file can use them in place.
        let from = view.data().as_ptr() as usize - data.as_ptr() as usize;
        assert!(name == "mask" || from.is_multiple_of(4), "{name}");
    }
    let table = TensorFile::read(&path)
        .unwrap()
        .floats("depth_logits")
        .unwrap();
    assert_eq!(table.values[..2 * V], numbers(0, false).logits[V..]);
}

#[test]
fn the_best_candidates_alone_say_the_same_of_them() {
    let dir = tempfile::tempdir().unwrap();
    let (whole_path, top_path) = (
        dir.path().join("w.safetensors"),
        dir.path().join("t.safetensors"),
    );
    whole(&whole_path, None);
    whole(&top_path, Some(4));
    let (all, top) = (
        Trace::open(&whole_path).unwrap(),
        Trace::open(&top_path).unwrap(),
    );
    for n in 0..3 {
        for (a, b) in all
            .entry(n)
            .unwrap()
            .draws
            .iter()
            .zip(&top.entry(n).unwrap().draws)
        {
            // The logits grow with the id.
            assert_eq!(b.ids, Some(vec![7, 6, 5, 4]));
            for (at, &id) in b.ids.iter().flatten().enumerate() {
                let id = id as usize;
                assert_eq!(
                    a.logits.as_ref().unwrap()[id],
                    b.logits.as_ref().unwrap()[at]
                );
                assert_eq!(a.noise.as_ref().unwrap()[id], b.noise.as_ref().unwrap()[at]);
            }
            assert!((a.log_sum_exp.unwrap() - b.log_sum_exp.unwrap()).abs() < 1e-4);
            let (x, y) = (a.log_probability().unwrap(), b.log_probability().unwrap());
            assert!((x - y).abs() < 1e-3, "{x} {y}");
        }
    }
    assert!(
        std::fs::metadata(top_path).unwrap().len() < std::fs::metadata(whole_path).unwrap().len()
    );
}

#[test]
fn a_cut_off_capture_keeps_its_finished_frames() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    let mut killed = writer(&path, None);
    record(&mut killed, 0, false);
    record(&mut killed, 1, false);
    // As if the process had ended here, in the middle of the third frame.
    std::mem::forget(killed);
    let records = dir.path().join("t.safetensors.capture");
    let mut data = std::fs::read(&records).unwrap();
    data.extend([1, 2, 3]);
    let error = Trace::open(&path).unwrap_err();
    assert_eq!(error.kind(), Kind::BadInput);
    assert!(
        error.to_string().contains("cut off") && error.hint().contains("t.safetensors.capture")
    );
    let trace = Trace::from_bytes(&records, data.clone()).unwrap();
    assert!(trace.is_cut_off());
    assert_eq!((trace.frames(), trace.entries()), (2, 2));
    assert_eq!(trace.entry(1).unwrap().draws[2].token, 3);
    assert_eq!(
        trace.entry(1).unwrap().draws[2].logits.as_deref(),
        Some(&numbers(1, false).logits[2 * V..])
    );
    assert_eq!(prompt_of(&trace, &config()).unwrap(), Some(prompt()));
    for cut in 0..data.len() {
        // An answer, whatever is left.
        _ = Trace::from_bytes(&records, data[..cut].to_vec()).map(|t| t.frames());
    }
}

#[test]
fn a_capture_without_a_frame_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    drop(writer(&dir.path().join("t.safetensors"), None));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn tables_that_disagree_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    let f32 = |name, shape: &[usize]| Tensor::f32(name, shape, &vec![0.5; shape.iter().product()]);
    let good = |frames: i32| {
        vec![
            Tensor::i32("frames", &[2, 3], &[frames; 6]),
            f32("c0_logits", &[3, 4]),
            f32("depth_logits", &[3, 2, 4]),
            f32("hidden", &[3, 5]),
        ]
    };
    let put = |tensors: &[Tensor], format: &str| {
        let metadata = BTreeMap::from([("format".to_owned(), format.to_owned())]);
        write(&path, tensors, &metadata).unwrap();
        Trace::open(&path).and_then(|trace| trace.entry(1).map(|_| ()))
    };
    put(&good(3), "myna-trace-1").unwrap();
    let with = |n: usize, tensor: Tensor| {
        let mut all = good(3);
        all[n] = tensor;
        all
    };
    for bad in [
        with(0, Tensor::i32("frames", &[6], &[1; 6])),
        with(1, f32("c0_logits", &[4, 3])),
        with(2, f32("depth_logits", &[3, 4, 2])),
        with(2, f32("noise", &[3, 3, 4])),
        with(3, f32("hidden", &[5, 3])),
        good(4),
        good(-1),
        with(1, Tensor::f32("c0_logits", &[3, 4], &[f32::NAN; 12])),
    ] {
        let error = put(&bad, "myna-trace-2").unwrap_err();
        assert_eq!(error.kind(), Kind::BadInput);
        assert!(error.to_string().contains("t.safetensors"), "{error}");
    }
    let error = put(&good(3), "myna-trace-3").unwrap_err();
    assert!(error.to_string().contains("newer"), "{error}");
}

#[test]
fn any_cut_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    whole(&path, Some(2));
    let whole = std::fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        assert!(
            Trace::from_bytes(&path, whole[..cut].to_vec()).is_err(),
            "{cut}"
        );
    }
}

#[test]
fn prompts_and_noise_must_fit_the_model() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("p.safetensors");
    let config = Config::named("csm-1b").unwrap();
    let put = |tensors: &[Tensor]| write(&path, tensors, &BTreeMap::new()).unwrap();
    let mut row = vec![0; 33];
    let mut mask = vec![0; 33];
    (row[32], mask[32]) = (128_000, 1);
    put(&[
        Tensor::i32("tokens", &[1, 33], &row),
        Tensor::i32("mask", &[1, 33], &mask),
    ]);
    assert_eq!(read_prompt(&path, &config).unwrap().rows(), 1);
    row[32] = 128_256;
    put(&[
        Tensor::i32("tokens", &[1, 33], &row),
        Tensor::i32("mask", &[1, 33], &mask),
    ]);
    assert!(read_prompt(&path, &config).is_err());
    put(&[
        Tensor::i32("tokens", &[33], &row),
        Tensor::i32("mask", &[33], &mask),
    ]);
    assert!(read_prompt(&path, &config).is_err());
    put(&[Tensor::f32("noise", &[1, 2, 3], &[1.0; 6])]);
    assert!(read_noise(&path, &config).is_err());
}

#[test]
fn traces_name_the_library_that_is_linked() {
    let lock = include_str!("../../Cargo.lock");
    let (name, version) = myna_models::backend::LIBRARY.split_once(' ').unwrap();
    assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
}

//! Traces come back as they were written, and what is no trace is refused by name.

use myna_models::Kind;
use myna_models::csm::{Capture, Config};
use myna_models::trace::{Tensor, Trace, read_noise, read_prompt, write};
use std::collections::BTreeMap;

/// Two frames of three codebooks out of four, and the end frame's logits.
fn trace() -> Trace {
    let floats = |n: usize| (0..n).map(|i| i as f32 / 7.0).collect::<Vec<_>>();
    let capture = Capture {
        hidden: floats(3 * 5),
        c0_logits: floats(3 * 4),
        depth_logits: floats(3 * 2 * 4),
        noise: floats(3 * 3 * 4),
        entries: 3,
    };
    let metadata = BTreeMap::from([("seed".to_owned(), "7".to_owned())]);
    Trace::new(&[1, 2, 3, 0, 1, 2], 3, 4, capture, metadata).unwrap()
}

#[test]
fn comes_back_as_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    trace().write(&path).unwrap();
    let read = Trace::read(&path).unwrap();
    assert_eq!(read, trace());
    assert_eq!(read.frames.shape, [2, 3]);
    let mut greedy = trace();
    greedy.noise = None;
    greedy.write(&path).unwrap();
    assert_eq!(Trace::read(&path).unwrap(), greedy);
}

#[test]
fn tables_that_disagree_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    let spoil: [fn(&mut Trace); 4] = [
        |t| t.c0_logits.shape = vec![4, 3],
        |t| t.depth_logits.shape = vec![3, 4, 2],
        |t| t.hidden.shape = vec![5, 3],
        |t| t.frames.shape = vec![6],
    ];
    for spoil in spoil {
        let mut bad = trace();
        spoil(&mut bad);
        bad.write(&path).unwrap();
        let error = Trace::read(&path).unwrap_err();
        assert_eq!(error.kind(), Kind::BadInput);
        assert!(error.to_string().contains("t.safetensors"), "{error}");
    }
}

#[test]
fn any_cut_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("t.safetensors");
    trace().write(&path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert!(Trace::read(&path).is_err(), "{cut}");
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

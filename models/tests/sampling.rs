//! The sampler and its random stream against PyTorch, bit for bit where bits are promised.

mod common;

use common::{Golden, fixture};
use mlx_rs::Array;
use myna_models::sampling::{Sampler, Sampling, TorchStream};
use myna_models::trace::{ChiSquare, two_sided};
use serde_json::Value;

fn facts() -> Value {
    serde_json::from_slice(&std::fs::read(fixture("sampling/sampling.json")).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[test]
fn streams_equal_pytorch_bit_for_bit() {
    let golden = Golden::open("sampling/torch_streams.safetensors");
    for seed in [
        7u64,
        99_991,
        0,
        1,
        2024,
        (1 << 31) + 5,
        (1 << 32) - 2,
        (1 << 40) + 3,
    ] {
        let expected = golden.f32(&format!("seed{seed}.exp"));
        let got = TorchStream::new(seed).exponentials(expected.len());
        let different = got
            .iter()
            .zip(expected)
            .position(|(a, b)| a.to_bits() != b.to_bits());
        assert_eq!(different, None, "seed {seed}");
        let mut stream = TorchStream::new(seed);
        let raw: Vec<i64> = (0..700).map(|_| i64::from(stream.next_u32())).collect();
        assert_eq!(raw, golden.ints(&format!("seed{seed}.u32")), "seed {seed}");
    }
}

#[test]
fn calls_of_both_kinds_share_one_stream() {
    let golden = Golden::open("sampling/torch_streams.safetensors");
    for case in facts()["mixed"].as_array().unwrap() {
        let seed = case["seed"].as_u64().unwrap();
        let mut stream = TorchStream::new(seed);
        for (i, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            let (kind, n) = (text(step, "kind"), step["n"].as_u64().unwrap() as usize);
            let got: Vec<f32> = match kind {
                "exp" => stream.exponentials(n),
                _ => (0..n).map(|_| stream.uniform()).collect(),
            };
            let expected = golden.f32(&format!("mixed{seed}.{i}.{kind}"));
            assert_eq!(got, expected, "seed {seed}, call {i}");
        }
    }
}

fn sampler(case: &Value, vocab: usize) -> Sampler {
    let sampling = Sampling {
        temperature: case["temperature"].as_f64().unwrap() as f32,
        top_k: case["top_k"].as_u64().unwrap() as usize,
        exclude: None,
    };
    Sampler::new(&sampling, vocab).unwrap()
}

#[test]
fn given_noise_names_pytorchs_token_ties_included() {
    let golden = Golden::open("sampling/noise_cases.safetensors");
    let facts = facts();
    let cases = facts["noise_cases"].as_array().unwrap();
    assert_eq!(cases.len(), 51);
    for case in cases {
        let key = text(case, "key");
        let logits = golden.f32(&format!("{key}.logits"));
        let vocab = logits.len();
        let row = |values: &[f32]| Array::from_slice(values, &[1, vocab as i32]);
        let sampler = sampler(case, vocab);
        let noise = row(golden.f32(&format!("{key}.noise")));
        let token = sampler
            .pick(&row(logits), Some(&noise))
            .unwrap()
            .to_vec_exact::<u32>()
            .unwrap();
        assert_eq!(
            u64::from(token[0]),
            case["expected"].as_u64().unwrap(),
            "{key}"
        );
        if sampler.needs_noise() {
            let p = sampler
                .probabilities(&row(logits))
                .unwrap()
                .to_vec_exact::<f32>()
                .unwrap();
            let kept = golden.ints(&format!("{key}.kept"));
            // A kept token far below the others may round to probability 0; a dropped one is always exactly 0.
            assert!(
                p.iter().zip(kept).all(|(&p, &kept)| kept == 1 || p == 0.0),
                "{key}: a dropped token has weight"
            );
        }
    }
}

#[test]
fn draws_follow_the_exact_probabilities() {
    const DRAWS: usize = 20_000;
    const BATCH: usize = 500;
    let golden = Golden::open("sampling/chi_square.safetensors");
    let facts = facts();
    for case in facts["chi_square"].as_array().unwrap() {
        let name = text(case, "name");
        let logits = golden.f32(&format!("{name}.logits"));
        let probs = golden.f64(&format!("{name}.probs"));
        let vocab = logits.len();
        let sampler = sampler(case, vocab);
        let exact = sampler
            .probabilities(&Array::from_slice(logits, &[1, vocab as i32]))
            .unwrap()
            .to_vec_exact::<f32>()
            .unwrap();
        let worst = exact
            .iter()
            .zip(probs)
            .map(|(&a, &b)| (f64::from(a) - b).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-6, "{name}: probabilities differ by {worst}");

        let mut counts = vec![0u64; vocab];
        let mut stream = TorchStream::new(20_261_121);
        let batch: Vec<f32> = logits.iter().copied().cycle().take(vocab * BATCH).collect();
        let batch = Array::from_slice(&batch, &[BATCH as i32, vocab as i32]);
        for _ in 0..DRAWS / BATCH {
            let noise = Array::from_slice(
                &stream.exponentials(vocab * BATCH),
                &[BATCH as i32, vocab as i32],
            );
            for token in sampler
                .pick(&batch, Some(&noise))
                .unwrap()
                .to_vec_exact::<u32>()
                .unwrap()
            {
                counts[token as usize] += 1;
            }
        }
        let statistic = chi_square(&counts, probs, DRAWS as f64);
        let limit = case["limit_p_1e_6"].as_f64().unwrap();
        assert!(
            statistic < limit,
            "{name}: chi-square {statistic} is beyond {limit}"
        );
        assert!(
            counts.iter().zip(probs).all(|(&n, &p)| n == 0 || p > 0.0),
            "{name}: a dropped token was drawn"
        );
    }
}

/// Cells expected below 8 are merged into one.
fn chi_square(counts: &[u64], probs: &[f64], draws: f64) -> f64 {
    let (mut statistic, mut rest_seen, mut rest_expected) = (0.0, 0.0, 0.0);
    for (&n, &p) in counts.iter().zip(probs) {
        let expected = p * draws;
        if expected < 8.0 {
            rest_seen += n as f64;
            rest_expected += expected;
        } else {
            statistic += (n as f64 - expected).powi(2) / expected;
        }
    }
    if rest_expected > 0.0 {
        statistic + (rest_seen - rest_expected).powi(2) / rest_expected
    } else {
        statistic
    }
}

#[test]
fn excluded_tokens_are_never_drawn_and_others_keep_their_weight() {
    let sampling = Sampling {
        temperature: 1.0,
        top_k: 8,
        exclude: Some(1..4),
    };
    let sampler = Sampler::new(&sampling, 8).unwrap();
    let p = sampler
        .probabilities(&Array::from_slice(&[0f32; 8], &[1, 8]))
        .unwrap()
        .to_vec_exact::<f32>()
        .unwrap();
    assert_eq!(p[1..4], [0.0; 3]);
    assert!((p[0] - 0.2).abs() < 1e-6 && (p[7] - 0.2).abs() < 1e-6);
    let greedy = Sampler::new(
        &Sampling {
            temperature: 0.0,
            top_k: 8,
            exclude: Some(0..2),
        },
        3,
    )
    .unwrap();
    let token = greedy
        .pick(&Array::from_slice(&[9f32, 8.0, 1.0], &[1, 3]), None)
        .unwrap()
        .to_vec_exact::<u32>()
        .unwrap();
    assert_eq!(token, [2]);
}

#[test]
fn senseless_settings_are_refused_with_a_hint() {
    let with = |temperature, top_k, exclude| Sampling {
        temperature,
        top_k,
        exclude,
    };
    for bad in [
        with(-1.0, 50, None),
        with(f32::NAN, 50, None),
        with(0.9, 0, None),
        with(0.9, 50, Some(5..5)),
        with(0.9, 50, Some(0..99)),
        with(0.9, 5, Some(0..10)),
    ] {
        let error = Sampler::new(&bad, 10).unwrap_err();
        assert_eq!(error.kind(), myna_models::Kind::BadInput, "{bad:?}");
        assert!(!error.hint().is_empty(), "{bad:?}");
    }
}

const MILLION: usize = 1_000_000;

/// Twenty tokens: a few likely ones, low ids among them, pairs of equals at every threshold, a tail.
fn twenty() -> Vec<f32> {
    (0..20u16)
        .map(|i| f32::from(i * 7 % 20 / 2) * 0.5)
        .collect()
}

/// A million draws of one row of logits at each setting, from the same noise: counts, and what the sampler's own
/// probabilities expect.
fn million(settings: &[(f32, usize)]) -> Vec<(Vec<u64>, Vec<f64>)> {
    const BATCH: usize = 50_000;
    let logits = twenty();
    let vocab = logits.len();
    let shape = [BATCH as i32, vocab as i32];
    let rows: Vec<f32> = logits.iter().copied().cycle().take(vocab * BATCH).collect();
    let rows = Array::from_slice(&rows, &shape);
    let row = Array::from_slice(&logits, &[1, vocab as i32]);
    let samplers: Vec<Sampler> = settings
        .iter()
        .map(|&(temperature, top_k)| {
            let exclude = None;
            let sampling = Sampling {
                temperature,
                top_k,
                exclude,
            };
            Sampler::new(&sampling, vocab).unwrap()
        })
        .collect();
    let mut counts = vec![vec![0u64; vocab]; settings.len()];
    let mut stream = TorchStream::new(20_261_121);
    for _ in 0..MILLION / BATCH {
        let noise = Array::from_slice(&stream.exponentials(vocab * BATCH), &shape);
        for (sampler, counts) in samplers.iter().zip(&mut counts) {
            let tokens = sampler.pick(&rows, Some(&noise)).unwrap();
            for token in tokens.to_vec_exact::<u32>().unwrap() {
                counts[token as usize] += 1;
            }
        }
    }
    let expected = samplers.iter().map(|sampler| {
        let p = sampler.probabilities(&row).unwrap();
        let p = p.to_vec_exact::<f32>().unwrap();
        p.iter().map(|&p| f64::from(p) * MILLION as f64).collect()
    });
    counts.into_iter().zip(expected).collect()
}

#[test]
fn a_million_draws_follow_the_probabilities_at_every_setting() {
    let settings = [
        (0.5, 1),
        (0.5, 20),
        (0.7, 10),
        (0.9, 3),
        (0.9, 20),
        (1.2, 5),
        (1.5, 2),
        (1.5, 20),
    ];
    for ((temperature, top_k), (counts, expected)) in settings.iter().zip(million(&settings)) {
        let impossible = counts.iter().zip(&expected).filter(|(_, e)| **e == 0.0);
        let impossible = impossible.map(|(n, _)| n).sum();
        let test = ChiSquare::test(&counts, &expected, impossible).unwrap();
        assert!(test.p > 0.001, "T {temperature}, k {top_k}: {test:?}");
    }
}

#[test]
fn a_sampler_that_rewrites_low_tokens_is_caught() {
    let (mut counts, expected) = million(&[(0.9, 20)]).remove(0);
    // What some programs do with tokens 1 to 31, "for quality"; here with 1 to 5, which are rarer still.
    let rewritten: u64 = counts[1..6].iter_mut().map(std::mem::take).sum();
    counts[0] += rewritten;
    let test = ChiSquare::test(&counts, &expected, 0).unwrap();
    assert!(test.p < 1e-12, "{test:?}");
    let of_range: f64 = expected[1..6].iter().sum();
    let variance = of_range * (1.0 - of_range / MILLION as f64);
    assert!(two_sided(0, of_range, variance) < 1e-12);
}

#[test]
fn normals_equal_pytorch_within_the_last_places() {
    let golden = Golden::open("sampling/normals.safetensors");
    for seed in [7u64, 2024, 0] {
        let mut stream = TorchStream::new(seed);
        for (i, kind) in ["normal", "normal", "normal", "normal", "uniform", "normal"]
            .into_iter()
            .enumerate()
        {
            let expected = golden.f32(&format!("seed{seed}.{i}.{kind}"));
            if kind == "uniform" {
                // The stream stands exactly where PyTorch's stands, whatever blocks were drawn before.
                let got: Vec<f32> = expected.iter().map(|_| stream.uniform()).collect();
                assert_eq!(got, expected, "seed {seed}, call {i}");
            } else {
                let got = stream.normals(expected.len());
                common::assert_close(&format!("seed {seed}, call {i}"), &got, expected, 4e-6);
            }
        }
    }
    let big = TorchStream::new(7).normals(80 * 30_000);
    let corner: Vec<f32> = [78, 79]
        .iter()
        .flat_map(|row| &big[row * 30_000 + 29_900..(row + 1) * 30_000])
        .copied()
        .collect();
    let expected = golden.f32("seed7.big_last_rows");
    common::assert_close("a large draw", &corner, expected, 4e-6);
}

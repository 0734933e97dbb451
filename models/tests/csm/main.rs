//! CSM against transformers' goldens: every layout, greedy and with given noise.

#[path = "../common/mod.rs"]
mod common;
mod texts;

use common::{Golden, assert_close, fixture, max_difference};
use myna_models::backend::Precision;
use myna_models::csm::{Config, Csm, Generated, Noise, Options, Prompt, Record, StoppedBy, Taken};
use myna_models::sampling::Sampling;
use std::ops::ControlFlow;

fn load(dir: &str) -> Csm {
    Csm::load(&fixture(dir), Precision::F32).unwrap()
}

fn prompt(golden: &Golden, config: &Config) -> Prompt {
    let tokens = golden.ints("tokens").iter().map(|&t| t as i32).collect();
    let mask = golden.ints("mask").iter().map(|&m| m != 0).collect();
    Prompt::from_rows(tokens, mask, config).unwrap()
}

fn options(csm: &Csm, golden: &Golden, sampling: Sampling) -> Options {
    Options {
        noise: if golden.has("noise") {
            Noise::Given(golden.f32("noise").to_vec())
        } else {
            Noise::Seed(0)
        },
        sampling,
        codebooks: csm.codebooks(),
        max_frames: golden.shape("frames")[0] + usize::from(stopped(golden)),
    }
}

fn stopped(golden: &Golden) -> bool {
    golden.has("stopped") && golden.ints("stopped")[0] != 0
}

/// What went into every frame, the end frame too.
#[derive(Default)]
struct Kept {
    hidden: Vec<f32>,
    c0_logits: Vec<f32>,
    depth_logits: Vec<f32>,
}

impl Record for Kept {
    fn frame(&mut self, taken: &Taken) -> myna_models::Result<()> {
        let vocab = taken.logits.len() / taken.codes.len();
        self.hidden.extend(taken.hidden);
        self.c0_logits.extend(&taken.logits[..vocab]);
        self.depth_logits.extend(&taken.logits[vocab..]);
        Ok(())
    }
}

fn run(csm: &mut Csm, prompt: &Prompt, options: &Options) -> (Vec<i64>, Generated, Kept) {
    let (mut frames, mut kept) = (Vec::new(), Kept::default());
    let mut on_frame = |codes: &[i32]| {
        frames.extend(codes.iter().map(|&c| i64::from(c)));
        ControlFlow::Continue(())
    };
    let generated = csm
        .generate_recorded(prompt, options, &mut on_frame, &mut kept)
        .unwrap();
    (frames, generated, kept)
}

/// One case in one layout: prompt states, frames, logits, hidden states, the stop.
/// The prompt stands in one golden of the folder, the expected numbers in the same or another.
fn check(
    csm: &mut Csm,
    (folder, prompt_of): (&str, &str),
    case: &str,
    sampling: Sampling,
    tolerance: f32,
) {
    let golden = Golden::open(&format!("{folder}/{case}.safetensors"));
    let prompt = prompt(
        &Golden::open(&format!("{folder}/{prompt_of}.safetensors")),
        csm.config(),
    );
    if golden.has("prefill_hidden") {
        assert_close(
            &format!("{case} prefill"),
            &csm.prompt_states(&prompt).unwrap(),
            golden.f32("prefill_hidden"),
            tolerance,
        );
    }
    let options = options(csm, &golden, sampling);
    let (frames, generated, capture) = run(csm, &prompt, &options);
    assert_eq!(frames, golden.ints("frames"), "{case}: frames");
    assert_close(
        &format!("{case} c0_logits"),
        &capture.c0_logits,
        golden.f32("c0_logits"),
        tolerance,
    );
    assert_close(
        &format!("{case} depth_logits"),
        &capture.depth_logits,
        golden.f32("depth_logits"),
        tolerance,
    );
    if golden.has("hidden") {
        assert_close(
            &format!("{case} hidden"),
            &capture.hidden,
            golden.f32("hidden"),
            tolerance,
        );
    }
    assert_eq!(
        generated.stopped_by == StoppedBy::Eos,
        stopped(&golden),
        "{case}: stop"
    );
}

#[test]
fn every_layout_equals_the_reference_in_every_greedy_case() {
    for layout in ["hf", "sesame", "mlx"] {
        let mut csm = load(&format!("csm-tiny/{layout}"));
        for case in ["plain", "ctx", "ctx2", "match", "long"] {
            check(
                &mut csm,
                ("csm-tiny/golden", case),
                case,
                Sampling::greedy(),
                2e-4,
            );
        }
    }
}

#[test]
fn given_noise_gives_the_references_frames_in_every_layout() {
    for layout in ["hf", "sesame", "mlx"] {
        let mut csm = load(&format!("csm-tiny/{layout}"));
        let k20 = Sampling {
            temperature: 0.9,
            top_k: 20,
            exclude: None,
        };
        check(
            &mut csm,
            ("csm-tiny/golden", "ctx"),
            "sampled_k20",
            k20,
            2e-4,
        );
        let all = Sampling {
            temperature: 0.7,
            top_k: 500,
            exclude: None,
        };
        check(
            &mut csm,
            ("csm-tiny/golden", "plain"),
            "sampled_all",
            all,
            2e-4,
        );
    }
}

#[test]
fn thirty_two_codebooks_equal_the_reference() {
    let mut csm = load("csm-tiny/k32/sesame");
    for case in ["plain", "ctx"] {
        check(
            &mut csm,
            ("csm-tiny/k32/golden", case),
            case,
            Sampling::greedy(),
            2e-4,
        );
    }
    let k10 = Sampling {
        temperature: 0.8,
        top_k: 10,
        exclude: None,
    };
    check(
        &mut csm,
        ("csm-tiny/k32/golden", "ctx"),
        "sampled_k10",
        k10,
        2e-4,
    );
}

#[test]
fn four_bit_weights_stay_within_their_tolerance() {
    let mut csm = load("csm-tiny/mlx-4bit");
    let (k, vocab) = (csm.codebooks(), csm.audio_vocab());
    for case in ["plain", "ctx"] {
        let golden = Golden::open(&format!("csm-tiny/golden/mlx-4bit/{case}.safetensors"));
        let prompt = prompt(
            &Golden::open(&format!("csm-tiny/golden/{case}.safetensors")),
            csm.config(),
        );
        let options = options(&csm, &golden, Sampling::greedy());
        let (frames, generated, capture) = run(&mut csm, &prompt, &options);
        assert_eq!(frames, golden.ints("frames"), "{case}: frames");
        assert_eq!(generated.stopped_by, StoppedBy::Eos);
        // These two goldens hold the heads' outputs in the order of their calls (codebook 0 to K-1 of frame 0,
        // then of frame 1 …): `depth_logits` begins with the second call and ends before the last frame's do.
        let expected = [
            &golden.f32("c0_logits")[..vocab],
            golden.f32("depth_logits"),
        ]
        .concat();
        let in_order: Vec<f32> = capture
            .c0_logits
            .chunks(vocab)
            .zip(capture.depth_logits.chunks((k - 1) * vocab))
            .flat_map(|(c0, depth)| [c0, depth].concat())
            .collect();
        assert_close(
            &format!("4 bit {case}"),
            &in_order[..expected.len()],
            &expected,
            2e-2,
        );
    }
}

#[test]
fn either_copy_of_the_audio_embedding_will_do() {
    use myna_models::csm::keys::map;
    use myna_models::weights::Mapped;
    let config = Config::named("csm-1b").unwrap();
    assert_eq!(
        map(
            "backbone_model.embed_tokens.embed_audio_tokens.weight",
            &config
        ),
        Mapped::To("audio_embeddings.weight".into())
    );
    assert_eq!(
        map("depth_decoder.model.embed_tokens.weight", &config),
        Mapped::Twin("audio_embeddings.weight".into())
    );
}

#[test]
fn rope_frequencies_equal_the_reference() {
    use myna_models::nn::{RopeScaling, inverse_frequencies};
    let golden = Golden::open("csm-tiny/golden/rope.safetensors");
    let spellings = [
        (1.0, 4.0, 8192.0),
        (0.125, 0.5, 1024.0),
        (0.001953125, 0.0078125, 16.0),
    ];
    for dims in [16, 64, 128] {
        for (low_freq_factor, high_freq_factor, original_max_position) in spellings {
            let scaling = RopeScaling {
                factor: 32.0,
                low_freq_factor,
                high_freq_factor,
                original_max_position,
            };
            let got: Vec<f32> = inverse_frequencies(dims, 500_000.0, Some(scaling))
                .iter()
                .map(|&f| f as f32)
                .collect();
            let expected = golden.f32(&format!("inv_freq_{dims}"));
            for (a, b) in got.iter().zip(expected) {
                assert!((a - b).abs() <= b * 1e-6, "{dims}: {a} against {b}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_frames_and_another_gives_others_watched_or_not() {
    let mut csm = load("csm-tiny/sesame");
    let prompt = csm.prompt(&[], 0, "Good morning, Ada.", false).unwrap();
    let mut frames = |seed| {
        let options = Options {
            sampling: Sampling::default(),
            noise: Noise::Seed(seed),
            codebooks: 5,
            max_frames: 8,
        };
        run(&mut csm, &prompt, &options).0
    };
    let first = frames(7);
    assert_eq!(first, frames(7));
    assert_ne!(first, frames(8));
    let options = Options {
        sampling: Sampling::default(),
        noise: Noise::Seed(7),
        codebooks: 5,
        max_frames: 8,
    };
    let mut unwatched = Vec::new();
    csm.generate(&prompt, &options, &mut |codes| {
        unwatched.extend(codes.iter().map(|&c| i64::from(c)));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(first, unwatched);
}

#[test]
fn fewer_codebooks_keep_the_first_frames_leading_codes() {
    let mut csm = load("csm-tiny/sesame");
    let prompt = csm.prompt(&[], 0, "Good morning, Ada.", false).unwrap();
    let mut frames = |codebooks| {
        let options = Options {
            sampling: Sampling::greedy(),
            noise: Noise::Seed(0),
            codebooks,
            max_frames: 3,
        };
        run(&mut csm, &prompt, &options).0
    };
    let (all, three) = (frames(5), frames(3));
    assert_eq!(three.len(), 9);
    assert_eq!(all[..3], three[..3]);
}

#[test]
fn the_caller_can_stop_after_any_frame() {
    let mut csm = load("csm-tiny/sesame");
    let prompt = csm.prompt(&[], 0, "Good morning, Ada.", false).unwrap();
    let options = Options {
        sampling: Sampling::default(),
        noise: Noise::Seed(1),
        codebooks: 5,
        max_frames: 50,
    };
    let mut seen = 0;
    let generated = csm
        .generate(&prompt, &options, &mut |_| {
            seen += 1;
            if seen == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .unwrap();
    assert_eq!(
        (generated.frames, generated.stopped_by),
        (3, StoppedBy::Cancelled)
    );
}

#[test]
fn a_half_precision_run_stays_near_the_reference() {
    // What a GPU does: weights as stored. Not comparable bit by bit, but the first logits must be close.
    let mut csm = Csm::load(&fixture("csm-tiny/sesame"), Precision::Stored).unwrap();
    let golden = Golden::open("csm-tiny/golden/plain.safetensors");
    let prompt = prompt(&golden, csm.config());
    let options = Options {
        max_frames: 1,
        ..options(&csm, &golden, Sampling::greedy())
    };
    let capture = run(&mut csm, &prompt, &options).2;
    let (worst, _) = max_difference(&capture.c0_logits, &golden.f32("c0_logits")[..67]);
    assert!(worst < 1.0, "bf16 logits differ by {worst}");
}

#[test]
fn configs_with_senseless_numbers_are_refused() {
    let good: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fixture("csm-tiny/hf/config.json")).unwrap())
            .unwrap();
    assert!(Config::parse(&good).is_ok());
    for (key, value) in [
        ("rms_norm_eps", serde_json::json!(1e-85)),
        ("rms_norm_eps", serde_json::json!(-1.0)),
        ("rope_theta", serde_json::json!("many")),
        ("hidden_size", serde_json::json!(0)),
        ("num_hidden_layers", serde_json::json!(1u64 << 40)),
        ("num_key_value_heads", serde_json::json!(3)),
        ("head_dim", serde_json::json!(7)),
        ("num_codebooks", serde_json::json!(1)),
        ("vocab_size", serde_json::json!(-5)),
        ("text_vocab_size", serde_json::Value::Null),
        ("attention_bias", serde_json::json!(true)),
        ("rope_scaling", serde_json::json!({ "rope_type": "yarn" })),
    ] {
        let mut bad = good.clone();
        bad[key] = value.clone();
        assert!(Config::parse(&bad).is_err(), "{key} = {value}");
    }
}

//! Why two traces part: every cause, made on purpose.

use myna_models::csm::{Config, Prompt, Record, Taken};
use myna_models::sampling::TorchStream;
use myna_models::trace::{
    Cause, Comparison, Divergence, Layout, Stages, Trace, TraceWriter, compare,
};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

const K: usize = 3;
const V: usize = 8;
const FRAMES: usize = 6;

/// What one side is to do.
#[derive(Clone)]
struct Run {
    logits: Vec<f32>,
    noise: Vec<f32>,
    text: i32,
    stages: Stages,
    /// Per draw: another token than the drawn one.
    rewrite: Option<(usize, i32)>,
}

impl Run {
    /// Everything recorded, no surprises: the same numbers for every seed.
    fn new(seed: u64) -> Self {
        let n = FRAMES * K * V;
        let mut stream = TorchStream::new(seed);
        Self {
            logits: stream.exponentials(n).iter().map(|x| x * 2.0).collect(),
            noise: stream.exponentials(n),
            text: 7,
            stages: Stages::all(),
            rewrite: None,
        }
    }

    /// p / q of a draw.
    fn quotients(&self, draw: usize) -> Vec<f32> {
        let row = draw * V..(draw + 1) * V;
        let noise = &self.noise[row.clone()];
        probabilities(&self.logits[row])
            .iter()
            .zip(noise)
            .map(|(p, q)| p / q)
            .collect()
    }

    fn token(&self, draw: usize) -> i32 {
        let quotients = self.quotients(draw);
        let most = quotients.iter().copied().fold(0.0, f32::max);
        match self.rewrite {
            Some((at, token)) if at == draw => token,
            _ => quotients.iter().position(|&x| x == most).unwrap() as i32,
        }
    }

    /// The two best candidates, best first.
    fn best(&self, draw: usize) -> (usize, usize) {
        let quotients = self.quotients(draw);
        let mut ids: Vec<usize> = (0..V).collect();
        ids.sort_by(|&a, &b| quotients[b].total_cmp(&quotients[a]));
        (ids[0], ids[1])
    }

    fn write(&self, path: &Path) -> Trace {
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/csm-tiny/hf");
        let config = Config::read(Path::new(config)).unwrap();
        let mut mask = vec![false; 6];
        mask[5] = true;
        let prompt = Prompt::from_rows(vec![0, 0, 0, 0, 0, self.text], mask, &config).unwrap();
        let layout = Layout {
            codebooks: K,
            vocabulary: V,
            hidden: 4,
            stages: self.stages.clone(),
            greedy: false,
            excludes: false,
        };
        let metadata = [("temperature", "1"), ("top_k", "50"), ("dtype", "f32")];
        let metadata = metadata.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let mut writer = TraceWriter::create(path, layout, &prompt, &metadata).unwrap();
        for frame in 0..FRAMES {
            let draws = frame * K..(frame + 1) * K;
            let row = draws.start * V..draws.end * V;
            let logits = &self.logits[row.clone()];
            let codes: Vec<i32> = draws.map(|draw| self.token(draw)).collect();
            let p: Vec<f32> = logits.chunks(V).flat_map(probabilities).collect();
            writer
                .frame(&Taken {
                    codes: &codes,
                    logits,
                    probabilities: &p,
                    noise: &self.noise[row],
                    unexcluded: &[],
                    hidden: &[1.0; 4],
                    time: Duration::ZERO,
                })
                .unwrap();
        }
        writer.finish(&[]).unwrap();
        Trace::open(path).unwrap()
    }
}

fn probabilities(logits: &[f32]) -> Vec<f32> {
    let sum: f32 = logits.iter().map(|x| x.exp()).sum();
    logits.iter().map(|x| x.exp() / sum).collect()
}

fn compared(a: &Run, b: &Run) -> Comparison {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (
        a.write(&dir.path().join("a")),
        b.write(&dir.path().join("b")),
    );
    compare(&a, &b, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn parted(a: &Run, b: &Run) -> Divergence {
    compared(a, b).divergence.unwrap()
}

#[test]
fn a_run_equals_itself_whole_or_in_candidates() {
    let run = Run::new(1);
    let mut few = run.clone();
    few.stages.top = Some(V);
    for other in [&run, &few] {
        let c = compared(&run, other);
        assert_eq!(
            (c.match_rate, c.frames_matched, c.shared.draws),
            (1.0, FRAMES, (FRAMES * K) as u64)
        );
        assert!(c.shared.similarity().unwrap() > 1.0 - 1e-6 && c.shared.kl().unwrap() < 1e-9);
        assert!(c.divergence.is_none() && c.beyond_rounding.is_none());
        assert_eq!(
            (c.a.contradictions.found, c.b.contradictions.checked),
            (0, (FRAMES * K) as u64)
        );
        assert!(
            c.codebooks
                .iter()
                .all(|k| k.histogram_similarity > 1.0 - 1e-12 && k.token_overlap == 1.0)
        );
    }
}

#[test]
fn other_noise_is_named_with_the_token_that_has_it() {
    let a = Run::new(1);
    let mut b = a.clone();
    // The second best candidate of draw 7 gets so little noise that it wins.
    let (_, second) = a.best(7);
    b.noise[7 * V + second] = 1e-4;
    let d = parted(&a, &b);
    assert_eq!(
        (d.frame, d.codebook, d.token_b as usize, d.cause),
        (2, 1, second, Cause::Noise)
    );
    assert!(
        d.explanation.contains(&format!("token {second}")),
        "{}",
        d.explanation
    );
}

#[test]
fn a_lead_within_the_reach_of_rounding_is_rounding_and_a_larger_one_is_not() {
    let mut a = Run::new(1);
    let (first, second) = a.best(4);
    // The second catches up but for a hair, by its noise.
    let quotients = a.quotients(4);
    a.noise[4 * V + second] *= quotients[second] / quotients[first] * (1.0 + 4e-5);
    let mut b = a.clone();
    b.logits[4 * V + second] += 6e-5;
    assert_eq!(
        (a.token(4), b.token(4)),
        (first as i32, second as i32),
        "the hair decides"
    );
    let d = parted(&a, &b);
    assert_eq!(
        (d.frame, d.codebook, d.cause),
        (1, 1, Cause::Rounding),
        "{}",
        d.explanation
    );
    assert!(d.margin_a.choice.unwrap() < 1e-4);

    let mut b = a.clone();
    b.logits[4 * V + second] += 0.5;
    let c = compared(&a, &b);
    assert_eq!(c.divergence.unwrap().cause, Cause::Model);
    let place = c.beyond_rounding.unwrap();
    assert_eq!(
        (place.frame, place.codebook, place.state_alike),
        (1, Some(1), true)
    );
    assert!(c.shared.logit_distance.unwrap() > 0.49);
}

#[test]
fn a_rewritten_token_and_another_prompt_are_told_apart_from_numbers() {
    let a = Run::new(3);
    let mut b = a.clone();
    let (_, other) = a.best(2);
    b.rewrite = Some((2, other as i32));
    assert_eq!(parted(&a, &b).cause, Cause::SamplerB);
    assert_eq!(parted(&b, &a).cause, Cause::SamplerA);
    let mut b = Run::new(4);
    b.text = 9;
    let c = compared(&a, &b);
    assert_eq!(c.divergence.unwrap().cause, Cause::Prompt);
    assert!(c.differences.iter().any(|d| d.key == "prompt"));
}

#[test]
fn without_noise_nobody_can_tell() {
    let mut a = Run::new(1);
    let mut b = a.clone();
    let (_, second) = a.best(7);
    b.noise[7 * V + second] = 1e-4;
    (a.stages.noise, b.stages.noise) = (false, false);
    let d = parted(&a, &b);
    assert_eq!((d.cause, d.margin_a.choice), (Cause::Unknown, None));
    assert!(d.margin_a.logits.unwrap() > 0.0);
}

#[test]
fn a_caller_can_break_off() {
    let dir = tempfile::tempdir().unwrap();
    let trace = Run::new(1).write(&dir.path().join("t"));
    let error = compare(&trace, &trace, &mut |_| ControlFlow::Break(())).unwrap_err();
    assert_eq!(error.kind(), myna_models::Kind::Cancelled);
}

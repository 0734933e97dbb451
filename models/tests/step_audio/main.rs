//! Step-Audio 2 against the published modelling code: prompts, every stage, greedy ids, transcripts, and what is
//! refused.

#[path = "../common/mod.rs"]
mod common;
mod layouts;
mod parity;
mod prompts;
mod refusals;
mod transcripts;

use common::expand::{FIXTURES, expand_into, expanded};
use common::{Golden, fixture, pcm16, relative_l2, row_ids};
use myna_models::backend::Precision;
use myna_models::step_audio::*;
use myna_models::{Kind, Result};
use serde_json::Value;
use std::ops::ControlFlow;

/// The largest relative L2 error of any stage; the goldens allow 2e-3, computing in f32 gives this.
const CLOSE: f64 = 1e-5;

fn json(path: &str) -> Value {
    let text = std::fs::read(fixture(&format!("{FIXTURES}/{path}"))).expect("the fixture is there");
    serde_json::from_slice(&text).expect("the fixture is JSON")
}

/// A clip or a slice of long.wav by its name in the goldens.
fn clip(name: &str) -> Vec<f32> {
    let wave = |name: &str| pcm16(&format!("{FIXTURES}/audio/{name}.wav"));
    let slices = &json("clips.json")["slices_of_long_wav"];
    match slices.get(name) {
        Some(range) => {
            let at = |i: usize| range[i].as_u64().expect("a sample") as usize;
            wave("long")[at(0)..at(1)].to_vec()
        }
        None => wave(name),
    }
}

fn load(checkpoint: &str) -> StepAudio {
    let dir = expanded(checkpoint);
    StepAudio::load(dir.path(), Precision::F32).expect("the checkpoint loads")
}

fn go(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Turns of a stored conversation, with the audio pieces cut as the reference cuts them, and the kind of answer.
fn conversation(messages: &Value) -> (Vec<Turn>, Vec<Vec<f32>>, Answer) {
    let (mut turns, mut pieces, mut answer) = (Vec::new(), Vec::new(), Answer::Text);
    for message in messages.as_array().expect("messages") {
        let role = match message["role"].as_str() {
            Some("system") => Role::System,
            Some("human") => Role::Human,
            _ => {
                if message["content"] == "<tts_start>" {
                    answer = Answer::Speech;
                }
                continue;
            }
        };
        let mut parts = Vec::new();
        match &message["content"] {
            Value::String(text) => parts.push(Part::Text(text.clone())),
            content => {
                for part in content.as_array().expect("parts") {
                    if let Some(text) = part["text"].as_str() {
                        parts.push(Part::Text(text.into()));
                        continue;
                    }
                    for piece in clip(part["audio"].as_str().expect("a clip")).chunks(400_000) {
                        parts.push(Part::Audio(audio_tokens((piece.len() + 479) / 160)));
                        pieces.push(piece.to_vec());
                    }
                }
            }
        }
        turns.push(Turn { role, parts });
    }
    (turns, pieces, answer)
}

fn ids(value: &Value) -> Vec<u32> {
    let list = value.as_array().expect("a list of ids");
    list.iter()
        .map(|id| id.as_u64().expect("an id") as u32)
        .collect()
}

fn small(ids: &[i64]) -> Vec<u32> {
    ids.iter().map(|&id| id as u32).collect()
}

fn close(what: &str, got: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(got.len(), expected.len(), "{what}: lengths differ");
    let error = relative_l2(got, expected);
    assert!(error <= CLOSE, "{what}: relative L2 {error:.2e}");
    error
}

/// One attempt, nothing distrusted: what the stored outputs were made with.
fn greedy_only() -> DecodeOptions {
    DecodeOptions {
        temperatures: vec![0.0],
        ..Default::default()
    }
}

fn kind<T>(result: Result<T>) -> Kind {
    match result {
        Ok(_) => panic!("must fail"),
        Err(e) => {
            assert!(!e.to_string().is_empty());
            e.kind()
        }
    }
}

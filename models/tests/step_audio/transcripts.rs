//! What recognition makes of whole clips: exact words, loops marked, limits told.

use super::*;

fn transcribe(model: &mut StepAudio, name: &str) -> Segment {
    model
        .transcribe_chunk(
            &clip(name),
            &Task::Transcribe,
            &DecodeOptions::default(),
            &mut go,
        )
        .expect("a segment")
}

fn transcripts(checkpoint: &str) {
    let mut model = load(checkpoint);
    let facts = json("clips.json");
    for name in [
        "rain", "row", "tally", "morning", "quiet", "blip", "long_a", "long_b", "long15_0",
        "long15_1",
    ] {
        if checkpoint == "trained-4bit"
            && !["rain", "row", "morning", "quiet", "long_a", "long_b"].contains(&name)
        {
            continue;
        }
        let segment = transcribe(&mut model, name);
        assert_eq!(
            segment.text,
            facts["transcripts"][name].as_str().expect("text"),
            "{name}"
        );
        assert_eq!(
            (segment.finish_reason, segment.uncertain, segment.attempts),
            (FinishReason::Stop, false, 1),
            "{name}"
        );
    }
    // The loop is seen after six rounds of four tokens, in every attempt, and one round is kept.
    let mut most = 0;
    let stuck = model
        .transcribe_chunk(
            &clip("stuck"),
            &Task::Transcribe,
            &DecodeOptions::default(),
            &mut |p| {
                most = most.max(p.tokens);
                ControlFlow::Continue(())
            },
        )
        .expect("a segment");
    assert_eq!(
        (stuck.text.as_str(), stuck.finish_reason, stuck.uncertain),
        (" and so on,", FinishReason::Loop, true)
    );
    assert_eq!(stuck.token_ids, [323, 773, 389, 11]);
    assert!(most <= most_tokens_in(2.5), "{most} tokens");
}

#[test]
fn transcripts_are_exact_and_the_loop_is_marked() {
    transcripts("trained");
}

#[test]
fn four_bit_transcripts_are_exact_and_the_loop_is_marked() {
    transcripts("trained-4bit");
}

#[test]
fn translation_cancelling_and_a_short_cache() {
    let mut model = load("trained");
    let chinese = Task::Translate(Target::Chinese);
    let translated = model
        .transcribe_chunk(&clip("rain"), &chinese, &DecodeOptions::default(), &mut go)
        .expect("a segment");
    assert_eq!(translated.text, "雨落在古老的石桥上。");

    let mut seen = 0;
    let cancelled = model.transcribe_chunk(
        &clip("stuck"),
        &Task::Transcribe,
        &DecodeOptions::default(),
        &mut |p| {
            seen = p.tokens;
            if p.tokens == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    );
    assert_eq!((kind(cancelled), seen), (Kind::Cancelled, 3));

    // Two seconds do not fit: an error. Twenty-five do not fit either, but can be heard in halves.
    let short = DecodeOptions {
        max_cache_len: 40,
        ..Default::default()
    };
    assert_eq!(
        kind(model.transcribe_chunk(&clip("rain"), &Task::Transcribe, &short, &mut go)),
        Kind::BadInput
    );
    let half = DecodeOptions {
        max_cache_len: 250,
        ..Default::default()
    };
    let mut attempts = 0;
    let joined = model
        .transcribe_chunk(&clip("long_a"), &Task::Transcribe, &half, &mut |p| {
            attempts = attempts.max(p.attempt);
            ControlFlow::Continue(())
        })
        .expect("halves");
    assert!(attempts >= 2 && joined.attempts == attempts, "{joined:?}");
    // A description may be as long as it likes; the ceiling is told, not hidden.
    let brief = DecodeOptions {
        max_tokens: 2,
        temperatures: vec![0.0],
        ..Default::default()
    };
    let cut = model
        .transcribe_chunk(&clip("rain"), &Task::Transcribe, &brief, &mut go)
        .expect("a segment");
    assert_eq!(
        (cut.finish_reason, cut.uncertain, cut.token_ids.len()),
        (FinishReason::Length, true, 2)
    );
}

#[test]
fn a_trace_file_holds_every_stage() {
    let dir = expanded("trained");
    let mut model = StepAudio::load_without_tokenizer(dir.path(), Precision::F32).expect("loads");
    let (segment, capture) = model
        .transcribe_captured(
            &clip("blip"),
            &Task::Transcribe,
            &DecodeOptions::default(),
            &mut go,
        )
        .expect("a segment");
    let shown: Vec<String> = segment.token_ids.iter().map(u32::to_string).collect();
    assert_eq!(
        segment.text,
        shown.join(" "),
        "without a tokenizer the text is the ids"
    );
    assert_eq!(
        kind(model.transcribe_chunk(&clip("blip"), &Task::Describe, &greedy_only(), &mut go)),
        Kind::ModelMissing
    );

    let path = dir.path().join("trace.safetensors");
    write_captures(
        &path,
        &[capture.clone(), capture],
        &[("task", "transcribe")],
    )
    .expect("written");
    let data = std::fs::read(&path).expect("readable");
    let file = safetensors::SafeTensors::deserialize(&data).expect("a trace");
    let shape = |name: &str| file.tensor(name).expect("a tensor").shape().to_vec();
    assert_eq!(shape("mel.0"), [128, 42]);
    assert_eq!(shape("encoder_out.1"), [10, 24]);
    assert_eq!(shape("adapter_out.0"), [5, 32]);
    assert_eq!(shape("first_logits.0"), [158_720]);
    assert_eq!(shape("prompt_ids.0"), [28]);
    assert_eq!(shape("greedy_ids.1"), [3]);
}

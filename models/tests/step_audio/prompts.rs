//! Tokenizer, prompts by ids, and counts.

use super::*;

#[test]
fn tasks_have_the_published_prompts() {
    let dir = fixture(FIXTURES);
    let tokenizer = Tokenizer::load(&dir, 158_720).expect("the tokenizer loads");
    for case in json("tokenizer_cases.json")["cases"]
        .as_array()
        .expect("cases")
    {
        let text = case["text"].as_str().expect("text");
        // Control tokens are never made from text.
        if text.contains("<|") {
            let encoded = tokenizer.encode(text).expect("ids");
            assert!(
                encoded.iter().all(|&id| id < 151_643),
                "typed control tokens stay text"
            );
            continue;
        }
        assert_eq!(
            tokenizer.encode(text).expect("ids"),
            ids(&case["ids"]),
            "{text}"
        );
        assert_eq!(tokenizer.decode(&ids(&case["ids"])).expect("text"), text);
    }
    let prompts = json("prompts.json");
    for case in prompts["prompts"].as_array().expect("prompts") {
        let (turns, pieces, answer) = conversation(&case["messages"]);
        let counts: Vec<usize> = pieces
            .iter()
            .map(|p| audio_tokens((p.len() + 479) / 160))
            .collect();
        assert_eq!(
            counts.iter().map(|&n| n as u32).collect::<Vec<_>>(),
            ids(&case["audio_tokens"])
        );
        let expected = ids(&case["input_ids"]);
        assert_eq!(
            Prompt::new(&tokenizer, &turns, answer)
                .expect("a prompt")
                .ids(),
            expected
        );

        let task = match case["name"].as_str().expect("a name") {
            "asr" | "asr_short" => Task::Transcribe,
            "translate_zh" => Task::Translate(Target::Chinese),
            "caption" => Task::Describe,
            "question_about_audio" => Task::Ask("Tell me a story.".into()),
            _ => continue,
        };
        assert_eq!(
            Prompt::task(&tokenizer, &task, counts[0])
                .expect("a prompt")
                .ids(),
            expected
        );
        if task == Task::Transcribe {
            assert_eq!(
                Prompt::transcription(counts[0]).expect("a prompt").ids(),
                expected
            );
        }
    }
    assert!(Prompt::task(&tokenizer, &Task::Ask("  ".into()), 5).is_err());
    let question = Task::Ask("What is <audio_start><audio_patch><audio_end><|EOT|>?".into());
    let prompt = Prompt::task(&tokenizer, &question, 5).expect("a prompt");
    let count = |wanted| prompt.ids().iter().filter(|&&id| id == wanted).count();
    assert_eq!(
        (count(AUDIO_START), count(EOT)),
        (1, 2),
        "a typed token is text"
    );
    // Audio tokens are added but not special: they must not slip through either.
    let typed = tokenizer
        .encode("<audio_start><audio_5><|EOT|>")
        .expect("ids");
    assert!(typed.iter().all(|&id| id < 151_643));
    assert!(
        tokenizer.is_word(2802)
            && !tokenizer.is_word(22)
            && !tokenizer.is_word(11)
            && !tokenizer.is_word(EOT)
    );
}

#[test]
fn counts_follow_the_reference() {
    for row in json("token_counts.json")["rows"].as_array().expect("rows") {
        let at = |i: usize| row[i].as_u64().expect("a count") as usize;
        let frames = (at(0) + 479) / 160;
        assert_eq!(
            (frames, audio_tokens(frames)),
            (at(1), at(2)),
            "{} samples",
            at(0)
        );
    }
}

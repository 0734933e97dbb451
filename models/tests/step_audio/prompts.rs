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
            "s2st" => Task::Interpret(Target::Chinese),
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
fn reading_aloud_has_its_instruction_the_text_and_no_turns() {
    let tokenizer = Tokenizer::load(&fixture(FIXTURES), 158_720).expect("the tokenizer loads");
    let text = "Rain fell on the old stone bridge.";
    let prompt = Prompt::read_aloud(&tokenizer, text).expect("a prompt");
    let (words, start) = prompt.ids().split_at(prompt.len() - 1);
    assert_eq!(start, [151_693], "<tts_start>");
    assert!(prompt.audio().is_empty());
    assert_eq!(
        tokenizer.decode(words).expect("text"),
        format!("以自然的语速读出下面的文字。\n{text}")
    );
    assert!(words.ends_with(&tokenizer.encode(text).expect("ids")));
    let typed = Prompt::read_aloud(&tokenizer, "<tts_end><|EOT|>").expect("a prompt");
    let controls = typed.ids().iter().filter(|&&id| id >= 151_643).count();
    assert_eq!(controls, 1, "a typed token is text");
}

/// The stored reply, id by id: words and codes as the reference splits them, fillers left out.
#[test]
fn spoken_replies_come_apart_by_their_ids() {
    let facts = json("trained/golden/speak.json");
    let all = ids(&facts["greedy_ids"]);
    let of = |id: &u32| Spoken::of(*id);
    let words: Vec<u32> = all
        .iter()
        .filter_map(|id| match of(id) {
            Spoken::Text(id) => Some(id),
            _ => None,
        })
        .collect();
    assert_eq!(words, ids(&facts["text_ids"]));
    let codes: Vec<u32> = all
        .iter()
        .filter_map(|id| match of(id) {
            Spoken::Code(code) => Some(code),
            _ => None,
        })
        .collect();
    let mut expected = ids(&facts["audio_codes"]);
    expected.retain(|&code| code < SPEECH_CODES);
    assert_eq!((codes.len(), codes), (11, expected));
    assert_eq!(of(&all[all.len() - 2]), Spoken::End, "<tts_end>");
    assert_eq!(of(&all[all.len() - 1]), Spoken::End, "<|EOT|>");
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

#[test]
fn a_conversation_forgets_its_oldest_exchanges_whole() {
    let mut model = load("trained");
    let mut chat = Chat::new("You are a helpful assistant.");
    let options = ReplyOptions {
        max_tokens: 8,
        max_cache_len: 120,
        ..Default::default()
    };
    assert_eq!(
        kind(chat.reply(&mut model, &options, &mut go)),
        Kind::BadInput,
        "nothing was said"
    );
    for round in 0..8 {
        // Thirteen tokens of audio, and words.
        let audio = model.encode_audio(&clip("rain")[..16_000]).expect("audio");
        chat.say(vec![audio], &format!("What is this, number {round}?"));
        let reply = chat.reply(&mut model, &options, &mut go).expect("a reply");
        assert!(reply.ids.len() <= 8);
        let turns: Vec<&Turn> = chat.turns().collect();
        assert_eq!(turns[0].role, Role::System);
        assert_eq!(turns[1].role, Role::Human, "an answer never comes first");
        assert_eq!(turns.last().map(|t| t.role), Some(Role::Assistant));
        let asked = &turns[turns.len() - 2].parts;
        assert_eq!(asked[0], Part::Audio(13), "the audio goes with its turn");
        assert_eq!(
            asked[1],
            Part::Text(format!("What is this, number {round}?"))
        );
        assert!(turns.len() <= 7, "{} turns in 120 positions", turns.len());
    }
    assert!(chat.turns().count() > 3, "what fits is remembered");
    let tiny = ReplyOptions {
        max_cache_len: 30,
        ..options
    };
    chat.say(Vec::new(), &"and so on ".repeat(20));
    assert_eq!(kind(chat.reply(&mut model, &tiny, &mut go)), Kind::BadInput);
}

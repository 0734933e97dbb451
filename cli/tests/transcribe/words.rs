//! Exact words of the trained fixture, and what is told beside them.

use super::*;

fn transcripts_are_exact(checkpoint: &str) {
    let ear = Ear::new(checkpoint);
    let names = ["rain", "row", "morning", "quiet", "stuck"];
    let files = names.map(clip);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let results = ear.json(&files);
    let texts: Vec<&str> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["text"].as_str().unwrap())
        .collect();
    let expected = [
        RAIN,
        "Row, row, row, row, row, row your boat.",
        "早上好，朋友。",
        "",
        "and so on,",
    ];
    assert_eq!(texts, expected, "{checkpoint}");
    for (result, name) in results.as_array().unwrap().iter().zip(names) {
        let [_, transcribed, uncertain, failed] = adds_up(result);
        let segments = result["segments"].as_array().unwrap();
        match name {
            "quiet" => assert_eq!((segments.len(), transcribed + uncertain), (0, 0.0)),
            "stuck" => {
                assert_eq!(segments[0]["finish_reason"], "loop");
                assert_eq!(segments[0]["uncertain"], true);
                assert!(uncertain > 0.0 && transcribed == 0.0);
            }
            _ => {
                assert_eq!(segments.len(), 1, "{name}");
                assert_eq!(segments[0]["finish_reason"], "stop");
                assert!(transcribed > 1.0 && uncertain == 0.0, "{name}");
            }
        }
        assert_eq!(failed, 0.0);
    }
    // In order and complete over two chunks.
    let long = ear.json(&[&clip("long"), "--no-vad"]);
    assert_eq!(
        long["text"],
        "harbor lights fade slowly after midnight good night"
    );
    let times: Vec<_> = long["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["start"].as_f64().unwrap(), s["end"].as_f64().unwrap()))
        .collect();
    assert_eq!(times, [(0.0, 25.0), (25.0, 27.25)]);
}

#[test]
fn transcripts_of_bf16_are_exact() {
    transcripts_are_exact("trained");
}

#[test]
fn transcripts_of_four_bit_are_exact() {
    transcripts_are_exact("trained-4bit");
}

#[test]
fn digits_short_clips_tasks_and_other_cuts() {
    let ear = Ear::new("trained");
    assert_eq!(
        ear.text(&[&clip("tally")]),
        "Seat 7 7 7, row 2 9, gate 7 7 7.\n"
    );
    assert_eq!(ear.text(&[&clip("blip")]), "Okay.\n");
    assert_eq!(
        ear.text(&[
            &clip("rain"),
            "--task",
            "translate",
            "--language-target",
            "zh"
        ]),
        "雨落在古老的石桥上。\n"
    );
    assert_eq!(
        ear.text(&[&clip("long"), "--no-vad", "--chunk-seconds", "15"]),
        "harbor lights fade slowly after midnight good night\n"
    );
    let ids = ear.text(&[&clip("rain"), "--no-tokenizer"]);
    assert!(
        ids.split_whitespace().all(|id| id.parse::<u32>().is_ok()) && ids.len() > 10,
        "{ids}"
    );
}

#[test]
fn reports_the_fields_that_scripts_rely_on() {
    let ear = Ear::new("trained");
    let result = ear.json(&[&clip("rain")]);
    let keys = |value: &Value| {
        let object = value.as_object().unwrap();
        object.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(&result), "file text segments coverage model seconds");
    assert_eq!(
        keys(&result["segments"][0]),
        "start end text finish_reason uncertain"
    );
    assert_eq!(
        keys(&result["coverage"]),
        "speech transcribed uncertain failed"
    );
    assert_eq!(result["file"], clip("rain"));
}

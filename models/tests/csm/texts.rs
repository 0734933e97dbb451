//! Texts as tokens, against transformers' tokeniser.

use super::common::fixture;
use myna_models::csm::TextTokenizer;

#[test]
fn text_blocks_have_exactly_one_begin_and_one_end() {
    let cases: serde_json::Value = serde_json::from_slice(
        &std::fs::read(fixture("csm-tiny/golden/tokenizer_cases.json")).unwrap(),
    )
    .unwrap();
    for (kind, dirs) in [
        (
            "llama",
            &["csm-tiny/hf", "csm-tiny/sesame", "csm-tiny/mlx"][..],
        ),
        (
            "smollm",
            &[
                "csm-tiny/tokenizers/smollm_template",
                "csm-tiny/tokenizers/smollm_plain",
            ][..],
        ),
    ] {
        for dir in dirs {
            let tokenizer = TextTokenizer::load(&fixture(dir), 50_000).unwrap();
            for case in cases[kind].as_array().unwrap() {
                let ids = tokenizer
                    .encode(
                        case["speaker"].as_u64().unwrap() as u32,
                        case["text"].as_str().unwrap(),
                    )
                    .unwrap();
                let expected: Vec<u32> = case["ids"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|v| v.as_u64().unwrap() as u32)
                    .collect();
                assert_eq!(ids, expected, "{dir}: {}", case["text"]);
            }
        }
    }
}

#[test]
fn specials_written_in_the_text_are_plain_text() {
    let tokenizer = TextTokenizer::load(&fixture("csm-tiny/sesame"), 384).unwrap();
    let ids = tokenizer
        .encode(0, "a <|end_of_text|> b <|AUDIO|>")
        .unwrap();
    assert_eq!(ids.iter().filter(|&&id| id >= 380).count(), 2, "{ids:?}");
}

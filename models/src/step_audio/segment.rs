//! What a chunk became, and joining pieces of text.

use super::guard::FinishReason;

/// The text of one chunk.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// As generated, spaces at its ends included; empty where nothing was said.
    pub text: String,
    /// Text and codes as generated, without the token that ended them.
    pub token_ids: Vec<u32>,
    pub finish_reason: FinishReason,
    /// The plain greedy attempt was not trusted: a retry, halves, or one period of a loop stand here.
    pub uncertain: bool,
    /// Attempts at decoding, those of halves included.
    pub attempts: usize,
    /// Mean log-probability per token; of halves the lower one.
    pub mean_logprob: f32,
}

impl Segment {
    /// Two halves of a chunk as one segment.
    pub(super) fn joined(a: Self, b: Self) -> Self {
        let finish_reason = if a.finish_reason == FinishReason::Stop {
            b.finish_reason
        } else {
            a.finish_reason
        };
        Self {
            text: join_text(&a.text, &b.text),
            token_ids: [a.token_ids, b.token_ids].concat(),
            finish_reason,
            uncertain: a.uncertain || b.uncertain,
            attempts: a.attempts + b.attempts,
            mean_logprob: a.mean_logprob.min(b.mean_logprob),
        }
    }
}

/// Puts two stretches of text after one another as their script wants it: a space, or none beside Chinese and
/// Japanese characters.
pub fn join_text(a: &str, b: &str) -> String {
    let (left, right) = (a.trim_end(), b.trim_start());
    match (left.chars().next_back(), right.chars().next()) {
        (None, _) => right.to_owned(),
        (_, None) => left.to_owned(),
        (Some(x), Some(y)) if is_unspaced(x) || is_unspaced(y) => format!("{left}{right}"),
        _ => format!("{left} {right}"),
    }
}

/// Han, kana, and their punctuation and wide forms. Hangul is written with spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3000}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff9f}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_decide_about_spaces() {
        assert_eq!(
            join_text("harbor lights ", " good night"),
            "harbor lights good night"
        );
        assert_eq!(join_text("早上好，", "朋友。"), "早上好，朋友。");
        assert_eq!(join_text("좋은 아침", "친구"), "좋은 아침 친구");
        assert_eq!(join_text("", " a"), "a");
        assert_eq!(join_text("a ", ""), "a");
    }

    #[test]
    fn the_worse_half_speaks_for_both() {
        let half = |text: &str, reason, uncertain| Segment {
            text: text.into(),
            token_ids: vec![1],
            finish_reason: reason,
            uncertain,
            attempts: 1,
            mean_logprob: -0.5,
        };
        let both = Segment::joined(
            half("a", FinishReason::Loop, true),
            half("b", FinishReason::Stop, false),
        );
        assert_eq!(
            (both.text.as_str(), both.finish_reason, both.uncertain),
            ("a b", FinishReason::Loop, true)
        );
        assert_eq!((both.attempts, both.token_ids.len()), (2, 2));
    }
}

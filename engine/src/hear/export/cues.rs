//! Segments as subtitles: at most two lines of 42 columns and seven seconds at a time.
//!
//! The model gives no times of words; within a segment time is shared out by the number of characters. Lines break
//! between words, between characters where no spaces are written, and inside a word only if it is longer than a
//! line. A cue that would stand longer than seven seconds is shortened at its end.

use crate::hear::Segment;
use crate::hear::stitch::is_alone;

/// Columns of a line; wide characters take two.
pub const COLUMNS: usize = 42;
pub const LINES: usize = 2;
pub const LONGEST: f64 = 7.0;

/// What is shown at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Cue {
    pub start: f64,
    pub end: f64,
    pub lines: Vec<String>,
}

/// All segments' cues in order; empty segments have none.
pub fn cues(segments: &[Segment]) -> Vec<Cue> {
    segments.iter().flat_map(of_segment).collect()
}

fn of_segment(segment: &Segment) -> Vec<Cue> {
    let pieces = pieces(&segment.text);
    let total: usize = pieces.iter().map(|p| p.width()).sum();
    let length = (segment.end - segment.start).max(0.0);
    let time = |done: usize| segment.start + length * done as f64 / total.max(1) as f64;
    let mut cues: Vec<Cue> = Vec::new();
    let (mut done, mut begun) = (0, 0);
    let mut lines: Vec<String> = Vec::new();
    for piece in &pieces {
        let after = done + piece.width();
        let too_long = time(after) - time(begun) > LONGEST;
        if !lines.is_empty() && (too_long || !fits(&lines, piece)) {
            cues.push(cue(time(begun), time(done), std::mem::take(&mut lines)));
            begun = done;
        }
        put(&mut lines, piece);
        done = after;
    }
    if !lines.is_empty() {
        cues.push(cue(time(begun), time(done), lines));
    }
    cues
}

fn cue(start: f64, end: f64, lines: Vec<String>) -> Cue {
    Cue {
        start,
        end: end.min(start + LONGEST),
        lines,
    }
}

/// A word, or one character of a script without spaces.
struct Piece<'a> {
    text: &'a str,
    /// A space stands before it.
    spaced: bool,
}

impl Piece<'_> {
    fn width(&self) -> usize {
        width(self.text) + usize::from(self.spaced)
    }
}

fn fits(lines: &[String], piece: &Piece) -> bool {
    lines.len() < LINES
        || lines
            .last()
            .is_none_or(|line| width(line) + piece.width() <= COLUMNS)
}

fn put(lines: &mut Vec<String>, piece: &Piece) {
    if let Some(line) = lines.last_mut()
        && width(line) + piece.width() <= COLUMNS
    {
        if piece.spaced {
            line.push(' ');
        }
        line.push_str(piece.text);
        return;
    }
    lines.push(piece.text.to_owned());
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        let mut spaced = !all.is_empty();
        let mut from = 0;
        let mut columns = 0;
        let mut alone = false;
        for (at, c) in word.char_indices() {
            let next = is_alone(c);
            let wide = columns + width_of(c) > COLUMNS;
            // Punctuation stays with the character before it.
            if at > from && (wide || next || (alone && c.is_alphanumeric())) {
                all.push(Piece {
                    text: &word[from..at],
                    spaced,
                });
                (from, columns, spaced) = (at, 0, false);
            }
            columns += width_of(c);
            alone = next || (alone && !c.is_alphanumeric());
        }
        all.push(Piece {
            text: &word[from..],
            spaced,
        });
    }
    all
}

fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// Columns on a screen: East Asian letters and wide forms take two, marks that sit on others none.
fn width_of(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn segment(start: f64, end: f64, text: &str) -> Segment {
        Segment {
            start,
            end,
            text: text.into(),
            finish_reason: "stop",
            uncertain: false,
        }
    }

    #[test]
    fn time_is_shared_out_and_long_words_are_broken() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen";
        let cues = cues(&[segment(10.0, 20.0, text)]);
        assert!(cues.len() == 2 && cues[0].lines.len() == 2, "{cues:?}");
        assert_eq!((cues[0].start, cues[1].end), (10.0, 20.0));
        assert_eq!(cues[0].end, cues[1].start);
        let broken = super::cues(&[segment(0.0, 2.0, &"x".repeat(100))]);
        let lengths: Vec<_> = broken
            .iter()
            .flat_map(|c| &c.lines)
            .map(String::len)
            .collect();
        assert_eq!(lengths, [42, 42, 16]);
        let slow = super::cues(&[segment(0.0, 25.0, "Hm.")]);
        assert_eq!((slow.len(), slow[0].end), (1, 7.0));
        assert_eq!(super::cues(&[segment(0.0, 2.0, " ")]), []);
    }

    #[test]
    fn scripts_without_spaces_break_between_characters() {
        let cues = cues(&[segment(0.0, 6.0, &"早上好，朋友。".repeat(8))]);
        for line in cues.iter().flat_map(|c| &c.lines) {
            assert!(
                width(line) <= COLUMNS && !line.starts_with(['，', '。']),
                "{line}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_word_is_shown_within_the_limits(
            words in proptest::collection::vec("[a-zé早上。,]{1,60}", 0..60),
            seconds in 0.0f64..30.0,
        ) {
            let text = words.join(" ");
            let cues = cues(&[segment(3.0, 3.0 + seconds, &text)]);
            let letters = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let shown: String = cues.iter().flat_map(|c| &c.lines).map(|l| letters(l)).collect();
            prop_assert_eq!(shown, letters(&text));
            let mut at = 3.0;
            for cue in &cues {
                prop_assert!(cue.lines.len() <= LINES && cue.lines.iter().all(|l| width(l) <= COLUMNS));
                prop_assert!(cue.start >= at - 1e-9 && cue.end >= cue.start);
                prop_assert!(cue.end - cue.start <= LONGEST + 1e-9);
                at = cue.end;
            }
        }
    }
}

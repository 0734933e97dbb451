//! The text of one block as the rules read it, and where every byte of it came from.
//!
//! Markup is gone, and what is the same to an ear is the same letter: typographic quotes, ligatures, full-width and
//! foreign figures, odd spaces. Each stretch remembers the bytes of the source it was made from.

use std::ops::Range;

/// A line break that the writer meant.
pub(super) const LINE: char = '\u{2028}';
/// A space that a number may hold: `1 000 000`.
pub(super) const NARROW: char = '\u{a0}';

/// What a stretch of a block is, where that decides how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Code,
    Image,
    Citation,
}

#[derive(Debug, Default)]
pub(super) struct Flat {
    pub text: String,
    pub styles: Vec<(Range<usize>, Style)>,
    /// Where a `\n` is a line's end that the writer meant.
    pub lines: Vec<usize>,
    parts: Vec<Part>,
}

/// From `at` to the next part's.
#[derive(Debug)]
struct Part {
    at: usize,
    source: Range<usize>,
    /// Byte for byte.
    same: bool,
}

impl Flat {
    /// Adds a stretch of the source as it stands there.
    pub fn push(&mut self, text: &str, source: usize) {
        for (at, c) in text.char_indices() {
            let from = source + at..source + at + c.len_utf8();
            let mut buffer = [0; 4];
            match alike(c) {
                Some(other) => self.push_as(other, from),
                None => self.add(c.encode_utf8(&mut buffer), from, true),
            }
        }
    }

    /// Adds what is read in place of a stretch of the source.
    pub fn push_as(&mut self, text: &str, source: Range<usize>) {
        self.add(text, source, false);
    }

    /// What `add` adds is of a style.
    pub fn styled(&mut self, style: Style, add: impl FnOnce(&mut Self)) {
        let from = self.text.len();
        add(self);
        if self.text.len() > from {
            self.styles.push((from..self.text.len(), style));
        }
    }

    fn add(&mut self, text: &str, source: Range<usize>, same: bool) {
        let at = self.text.len();
        self.text.push_str(text);
        if let Some(last) = self.parts.last_mut()
            && (last.same && same)
            && last.source.end == source.start
        {
            last.source.end = source.end;
        } else if at < self.text.len() {
            self.parts.push(Part { at, source, same });
        }
    }

    /// The bytes of the source that a stretch of the text was made from.
    pub fn source(&self, range: Range<usize>) -> Range<usize> {
        let last = range.end.max(range.start + 1) - 1;
        let start = self.part(range.start).map_or(0, |p| {
            p.source.start + if p.same { range.start - p.at } else { 0 }
        });
        let end = self.part(last).map_or(start, |p| {
            if p.same {
                p.source.start + (range.end - p.at)
            } else {
                p.source.end
            }
        });
        start..end.max(start)
    }

    fn part(&self, at: usize) -> Option<&Part> {
        let next = self.parts.partition_point(|p| p.at <= at);
        self.parts.get(next.checked_sub(1)?)
    }

    /// The style that begins at a place, with its end.
    pub fn style_at(&self, at: usize) -> Option<(usize, Style)> {
        let i = self
            .styles
            .binary_search_by_key(&at, |(r, _)| r.start)
            .ok()?;
        let (range, style) = &self.styles[i];
        Some((range.end, *style))
    }

    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// What is read in place of a character, if not itself.
fn alike(c: char) -> Option<&'static str> {
    const FIGURES: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    // The zeros of the scripts whose figures people mix with Latin text.
    const ZEROS: [u32; 5] = [0x660, 0x6f0, 0x966, 0x9e6, 0xff10];
    if c.is_ascii() && c != '\r' && c != '\t' {
        return None;
    }
    if let Some(figure) = ZEROS
        .iter()
        .find_map(|zero| FIGURES.get((c as u32).checked_sub(*zero)? as usize))
    {
        return Some(figure);
    }
    Some(match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{ff07}' | '\u{b4}' => "'",
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ab}' | '\u{bb}' => "\"",
        '\u{2010}' | '\u{2011}' => "-",
        '\u{2013}' | '\u{2012}' => "\u{2013}",
        '\u{2014}' | '\u{2015}' => "\u{2014}",
        '\u{2212}' | '\u{fe63}' => "\u{2212}",
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' => "\u{a0}",
        '\t' | '\u{2000}'..='\u{2006}' | '\u{2008}' | '\u{200a}' | '\u{205f}' | '\u{3000}' => " ",
        '\u{2029}' | '\u{85}' => "\u{2028}",
        // Soft hyphens, zero widths, marks of direction.
        '\r'
        | '\u{ad}'
        | '\u{200b}'
        | '\u{200c}'
        | '\u{2060}'
        | '\u{feff}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => "",
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        '\u{2044}' | '\u{2215}' => "/",
        '\u{3002}' | '\u{ff0e}' => ". ",
        '\u{ff0c}' | '\u{3001}' => ", ",
        '\u{ff1f}' => "? ",
        '\u{ff01}' => "! ",
        '\u{ff1a}' => ": ",
        '\u{ff1b}' => "; ",
        '\u{ff08}' => "(",
        '\u{ff09}' => ")",
        '\u{b5}' => "\u{3bc}",
        '\u{2126}' => "\u{3a9}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stretch_knows_where_it_came_from() {
        let source = "A **b\u{fb01}t** \u{2019}o &amp; x";
        let mut flat = Flat::default();
        flat.push("A ", 0);
        flat.push("b\u{fb01}t", 4);
        flat.push(" \u{2019}o ", 11);
        flat.push_as("&", 17..22);
        flat.push(" x", 22);
        assert_eq!(flat.text, "A bfit 'o & x");
        let from = |part: &str| {
            let at = flat.text.find(part).unwrap();
            &source[flat.source(at..at + part.len())]
        };
        assert_eq!(from("bfit"), "b\u{fb01}t");
        assert_eq!(from("fi"), "\u{fb01}");
        assert_eq!(from("'o"), "\u{2019}o");
        assert_eq!(from("&"), "&amp;");
        assert_eq!(from("& x"), "&amp; x");
        assert_eq!(from("A bfit"), "A **b\u{fb01}t");
    }
}

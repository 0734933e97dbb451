//! A text as blocks: paragraphs, headings, items, rows of tables, code; Markdown parsed, or plain paragraphs.
//!
//! Markup has no sound: stars, brackets and addresses behind links are gone, the words are all there. Numbers of list
//! items are words to be said, because people follow steps by them. Indented "code" is prose: most indented text is
//! a quotation or a letter. Nothing fails: every text is Markdown.

use super::flat::{Flat, LINE, Style};
use super::policy::Markup;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

#[derive(Debug)]
pub(super) enum Block {
    /// Sentences.
    Prose(Flat),
    /// One row of a table, cells apart by commas.
    Row(Flat),
    Code {
        /// As the writer named it, or empty.
        language: String,
        text: Flat,
    },
}

/// The blocks of a text in their order.
pub(super) fn blocks(source: &str, markup: Markup) -> Vec<Block> {
    match markup {
        Markup::Markdown => markdown(source),
        Markup::Plain => plain(source),
    }
}

fn plain(source: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (mut flat, mut at) = (Flat::default(), 0);
    for line in source.split_inclusive('\n') {
        if line.trim().is_empty() {
            finish(&mut flat, &mut blocks, Block::Prose);
        } else {
            flat.push(line, at);
        }
        at += line.len();
    }
    finish(&mut flat, &mut blocks, Block::Prose);
    blocks
}

fn finish(flat: &mut Flat, blocks: &mut Vec<Block>, block: fn(Flat) -> Block) {
    let mut done = std::mem::take(flat);
    if !done.is_empty() {
        done.mark_lines();
        blocks.push(block(done));
    }
}

fn markdown(source: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut walk = Walk {
        source,
        ..Walk::default()
    };
    for (event, range) in Parser::new_ext(source, options).into_offset_iter() {
        walk.step(event, range);
    }
    walk.end_prose();
    walk.blocks
}

#[derive(Default)]
struct Walk<'a> {
    source: &'a str,
    blocks: Vec<Block>,
    flat: Flat,
    /// The next number of every list around, None for bullets.
    lists: Vec<Option<u64>>,
    fence: Option<String>,
    in_row: bool,
    in_image: bool,
    /// Front matter: about the text, not of it.
    aside: bool,
}

impl Walk<'_> {
    fn step(&mut self, event: Event, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text, range),
            Event::Code(code) => self.styled(Style::Code, &code, range),
            Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.styled(Style::Code, &text, range);
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(&html, range),
            Event::FootnoteReference(name) => self.styled(Style::Citation, &name, range),
            Event::SoftBreak => self.flat.push_as("\n", range),
            Event::HardBreak => self.flat.push_as(&LINE.to_string(), range),
            Event::Rule => self.end_prose(),
            Event::TaskListMarker(done) => {
                let word = if done { "done, " } else { "to do, " };
                self.flat.push_as(word, range);
            }
        }
    }

    fn start(&mut self, tag: Tag, range: Range<usize>) {
        match tag {
            Tag::Paragraph
            | Tag::Heading { .. }
            | Tag::BlockQuote(_)
            | Tag::HtmlBlock
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition => {
                // The first paragraph of an item goes on behind the item's number.
                if !self.only_number() {
                    self.end_prose();
                }
            }
            Tag::FootnoteDefinition(name) => {
                self.end_prose();
                let marker = marker(self.source, range, &[':']);
                self.styled(Style::Citation, &name, marker);
            }
            Tag::List(first) => {
                self.end_prose();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_prose();
                if let Some(Some(number)) = self.lists.last_mut() {
                    let marker = marker(self.source, range, &['.', ')']);
                    self.flat.push_as(&format!("{number}, "), marker);
                    *number = number.saturating_add(1);
                }
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                self.end_prose();
                let language = info.split([' ', ',', '{']).next().unwrap_or_default();
                self.fence = Some(language.to_owned());
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => self.end_prose(),
            Tag::TableHead | Tag::TableRow => {
                self.end_prose();
                self.in_row = true;
            }
            Tag::Image { .. } => self.in_image = true,
            Tag::MetadataBlock(_) => {
                self.end_prose();
                self.aside = true;
            }
            Tag::Table(_)
            | Tag::TableCell
            | Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Link { .. } => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::List(_) => {
                self.end_prose();
                self.lists.pop();
            }
            TagEnd::CodeBlock => match self.fence.take() {
                Some(language) => {
                    let text = std::mem::take(&mut self.flat);
                    if !text.is_empty() {
                        self.blocks.push(Block::Code { language, text });
                    }
                }
                None => self.end_prose(),
            },
            TagEnd::TableCell => {
                let end = self.flat.source(0..self.flat.text.len()).end;
                self.flat.push_as(", ", end..end);
            }
            TagEnd::TableHead | TagEnd::TableRow => {
                finish(&mut self.flat, &mut self.blocks, Block::Row);
                self.in_row = false;
            }
            TagEnd::Image => self.in_image = false,
            TagEnd::MetadataBlock(_) => {
                self.flat = Flat::default();
                self.aside = false;
            }
            TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::BlockQuote(_)
            | TagEnd::HtmlBlock
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition => self.end_prose(),
            TagEnd::Table
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Link => {}
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        if self.in_image {
            self.styled(Style::Image, text, range);
        } else {
            add(&mut self.flat, self.source, text, range);
        }
    }

    fn styled(&mut self, style: Style, text: &str, range: Range<usize>) {
        let source = self.source;
        self.flat
            .styled(style, |flat| add(flat, source, text, range));
    }

    /// The words between tags; `<br>` is a line's end.
    fn html(&mut self, html: &str, range: Range<usize>) {
        let same = self.source.get(range.clone()) == Some(html);
        let part = |at: usize, length: usize| match same {
            true => range.start + at..range.start + at + length,
            false => range.clone(),
        };
        let mut at = 0;
        while at < html.len() {
            let rest = &html[at..];
            let length = match rest.find('<') {
                Some(0) => {
                    let end = if rest.starts_with("<!--") { "-->" } else { ">" };
                    let length = rest.find(end).map_or(rest.len(), |i| i + end.len());
                    if rest[..length].to_ascii_lowercase().starts_with("<br") {
                        self.flat.push_as(&LINE.to_string(), part(at, length));
                    }
                    length
                }
                Some(length) => length,
                None => rest.len(),
            };
            if !rest.starts_with('<') {
                add(
                    &mut self.flat,
                    self.source,
                    &rest[..length],
                    part(at, length),
                );
            }
            at += length;
        }
    }

    /// Whether nothing stands yet but the number of an item.
    fn only_number(&self) -> bool {
        self.flat
            .text
            .strip_suffix(", ")
            .is_some_and(|t| t.chars().all(|c| c.is_ascii_digit()))
    }

    fn end_prose(&mut self) {
        if self.aside || self.fence.is_some() {
            return;
        }
        let block = if self.in_row {
            Block::Row
        } else {
            Block::Prose
        };
        finish(&mut self.flat, &mut self.blocks, block);
    }
}

/// Adds the text of an event, byte for byte if the source has it so.
fn add(flat: &mut Flat, source: &str, text: &str, range: Range<usize>) {
    let written = source.get(range.clone()).unwrap_or_default();
    match written.find(text) {
        Some(at) if !text.is_empty() => flat.push(text, range.start + at),
        _ => flat.push_as(text, range),
    }
}

/// `12.` at the beginning of an item, `[^a]:` of a note.
fn marker(source: &str, item: Range<usize>, ends: &[char]) -> Range<usize> {
    let written = source.get(item.clone()).unwrap_or_default();
    let length = written.find(ends).map_or(0, |i| i + 1);
    item.start..item.start + length
}

impl Flat {
    /// Tells line breaks that the writer meant from those where the line was full: a line was full if the first word
    /// of the next had no room in it. No paragraph is narrower than forty letters.
    fn mark_lines(&mut self) {
        const NARROWEST: usize = 40;
        let lines: Vec<&str> = self.text.split('\n').collect();
        let width = |line: &str| line.trim().chars().count();
        let widest = lines.iter().map(|l| width(l)).max().unwrap_or(0);
        let mut at = 0;
        let mut meant = Vec::new();
        for pair in lines.windows(2) {
            at += pair[0].len();
            let word = pair[1].split_whitespace().next().unwrap_or_default();
            if width(pair[0]) + 1 + width(word) <= widest.max(NARROWEST) {
                meant.push(at);
            }
            at += 1;
        }
        self.lines = meant;
    }
}

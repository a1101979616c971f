//! Plain text: merging, reading as a page, writing from one.

use super::data::Scope;
use super::field::{Piece, Token, pieces};
use super::page::{Block, Page, Paragraph, Table};
use super::regions::{LINE_BREAK, crossed, fill, unclosed, unopened};
use super::{Data, Fault, Locale, MAX_OUTPUT, too_large};

/// Regions nest at most this deep.
const MAX_DEPTH: usize = 32;

/// Merges a template. A line that holds nothing but a tag goes with the tag.
pub(super) fn merge(template: &str, data: &Data, locale: &Locale) -> Result<String, Fault> {
    data.scoped(|scope| {
        let mut merged = String::new();
        repeat(template, scope, locale, 0, &mut merged)?;
        Ok(merged.replace(LINE_BREAK, "\n"))
    })
}

fn repeat(
    template: &str,
    scope: &Scope<'_>,
    locale: &Locale,
    depth: usize,
    merged: &mut String,
) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(Fault::new(format!(
            "regions nest more than {MAX_DEPTH} deep"
        )));
    }
    let mut rest = template;
    while let Some(region) = Region::first(rest)? {
        merged.push_str(&fill(region.before, scope, locale)?);
        for row in scope.rows(&region.name) {
            repeat(region.inner, &scope.within(row), locale, depth + 1, merged)?;
            if merged.len() > MAX_OUTPUT {
                return Err(too_large());
            }
        }
        rest = region.after;
    }
    merged.push_str(&fill(rest, scope, locale)?);
    Ok(())
}

/// The first region of a text.
struct Region<'a> {
    name: String,
    before: &'a str,
    inner: &'a str,
    after: &'a str,
}

impl<'a> Region<'a> {
    fn first(text: &'a str) -> Result<Option<Self>, Fault> {
        let mut open: Vec<String> = Vec::new();
        let mut start = 0..0;
        let mut at = 0;
        for piece in pieces(text) {
            let (Piece::Text(part) | Piece::Token(part)) = piece;
            let place = at..at + part.len();
            at = place.end;
            let Piece::Token(token) = piece else {
                continue;
            };
            match Token::parse(token)? {
                Token::Field(_) => {}
                Token::Start(name) => {
                    if open.is_empty() {
                        start = place;
                    }
                    open.push(name);
                }
                Token::End(name) => {
                    let opened = open.pop().ok_or_else(|| unopened(&name))?;
                    if !opened.eq_ignore_ascii_case(&name) {
                        return Err(crossed(&opened, &name));
                    }
                    if open.is_empty() {
                        let (before, inner) = cut(text, start);
                        let (inner, after) = cut_within(inner, text, place);
                        return Ok(Some(Self {
                            name,
                            before,
                            inner,
                            after,
                        }));
                    }
                }
            }
        }
        match open.first() {
            Some(name) => Err(unclosed(name)),
            None => Ok(None),
        }
    }
}

/// What is before and after a tag; a line of its own goes with it.
fn cut(text: &str, tag: std::ops::Range<usize>) -> (&str, &str) {
    let before = text.get(..tag.start).unwrap_or_default();
    let after = text.get(tag.end..).unwrap_or_default();
    let starts_line = before.is_empty() || before.ends_with('\n');
    let rest = after
        .strip_prefix("\r\n")
        .or_else(|| after.strip_prefix('\n'));
    match rest {
        Some(rest) if starts_line => (before, rest),
        _ => (before, after),
    }
}

/// The inner text of a region and what follows, where `inner` is the text from the region's start on.
fn cut_within<'a>(
    inner: &'a str,
    text: &'a str,
    tag: std::ops::Range<usize>,
) -> (&'a str, &'a str) {
    let start = text.len() - inner.len();
    let (before, after) = cut(text, tag);
    (before.get(start..).unwrap_or_default(), after)
}

/// Reads a text: each line is a paragraph, a form feed a new page.
pub(super) fn read(text: &str) -> Page {
    let mut page = Page::default();
    for (at, sheet) in text.split('\u{c}').enumerate() {
        if at > 0 {
            page.blocks.push(Block::PageBreak);
        }
        let lines = sheet.lines().map(|line| {
            let mut paragraph = Paragraph::of(line.trim_end_matches('\r'));
            paragraph.is_tight = true;
            Block::Paragraph(paragraph)
        });
        page.blocks.extend(lines);
    }
    page
}

/// Writes the text of a page; cells are set apart by tabs.
pub(super) fn write(page: &Page) -> String {
    let mut text = String::new();
    for block in &page.blocks {
        match block {
            Block::Paragraph(paragraph) => {
                text.push_str(&paragraph.text());
                text.push('\n');
            }
            Block::Table(table) => write_table(table, &mut text),
            Block::PageBreak => text.push('\u{c}'),
        }
    }
    text
}

fn write_table(table: &Table, text: &mut String) {
    for row in &table.rows {
        let cells = row.cells.iter().map(|cell| {
            let paragraphs: Vec<String> = cell.paragraphs.iter().map(Paragraph::text).collect();
            paragraphs.join(" ")
        });
        text.push_str(&cells.collect::<Vec<_>>().join("\t"));
        text.push('\n');
    }
}

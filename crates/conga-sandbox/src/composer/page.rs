//! What a document says and how it looks, whatever format it came in.

use chrono::{DateTime, Utc};

/// A document.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub(super) sheet: Sheet,
    pub(super) blocks: Vec<Block>,
    pub(super) title: Option<String>,
}

/// The paper, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sheet {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) top: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
    pub(super) left: f32,
}

impl Default for Sheet {
    /// A4 with margins of an inch.
    fn default() -> Self {
        Self {
            width: 595.3,
            height: 841.9,
            top: 72.0,
            right: 72.0,
            bottom: 72.0,
            left: 72.0,
        }
    }
}

/// What follows one another on the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Block {
    Paragraph(Paragraph),
    Table(Table),
    PageBreak,
}

/// A paragraph.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Paragraph {
    pub(super) role: Role,
    pub(super) align: Align,
    pub(super) runs: Vec<Run>,
    /// Whether the next paragraph follows without space.
    pub(super) is_tight: bool,
}

/// What a paragraph is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Role {
    #[default]
    Body,
    /// A heading, from 1.
    Heading(u8),
    /// An entry of a list: its depth from 0, and its bullet or number.
    Entry { depth: u8, marker: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Align {
    #[default]
    Left,
    Center,
    Right,
}

/// Text that looks alike. `\n` is a line break within the paragraph.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) is_bold: bool,
    pub(super) is_italic: bool,
    /// In points; that of the paragraph's role unless given.
    pub(super) size: Option<f32>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    /// The widths of the columns in any unit; even unless given.
    pub(super) widths: Vec<f32>,
    pub(super) is_bordered: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Row {
    pub(super) cells: Vec<TableCell>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TableCell {
    pub(super) paragraphs: Vec<Paragraph>,
    /// How many columns it takes; at least one.
    pub(super) span: usize,
}

/// What is added to the looks of a document. Only a PDF shows it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Looks {
    /// Stands at the top of every page.
    pub(crate) header: Option<String>,
    /// Stands at the foot of every page.
    pub(crate) footer: Option<String>,
    /// Whether the foot also tells the page's number.
    pub(crate) page_numbers: bool,
    /// Stands large and pale across every page.
    pub(crate) watermark: Option<String>,
    /// When the document is made. It stands in the file only, and PDF/A cannot do without.
    pub(crate) made: Option<DateTime<Utc>>,
}

impl Page {
    /// Adds the blocks of another document, from a new page on.
    pub(super) fn append(&mut self, other: Self) {
        self.blocks.push(Block::PageBreak);
        self.blocks.extend(other.blocks);
    }
}

impl Paragraph {
    /// A paragraph of plain text.
    pub(super) fn of(text: &str) -> Self {
        Self {
            runs: vec![Run {
                text: text.to_owned(),
                ..Run::default()
            }],
            ..Self::default()
        }
    }

    /// Its text, with the marker of a list's entry.
    pub(super) fn text(&self) -> String {
        let text: String = self.runs.iter().map(|run| run.text.as_str()).collect();
        match &self.role {
            Role::Entry { depth, marker } => {
                format!("{}{marker} {text}", "  ".repeat(usize::from(*depth)))
            }
            _ => text,
        }
    }

    /// Whether there is nothing to see.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.iter().all(|run| run.text.trim().is_empty())
    }
}

impl Looks {
    /// Whether nothing is added that would be seen.
    pub(crate) fn is_plain(&self) -> bool {
        *self
            == Self {
                made: self.made,
                ..Self::default()
            }
    }
}

/// Blocks as paragraphs: the cells of a table's row become one line.
pub(super) fn as_paragraphs(blocks: Vec<Block>) -> Vec<Paragraph> {
    let mut paragraphs = Vec::new();
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => paragraphs.push(paragraph),
            Block::PageBreak => {}
            Block::Table(table) => paragraphs.extend(table.rows.into_iter().map(|row| {
                let cells = row.cells.iter().map(|cell| {
                    let texts: Vec<String> = cell.paragraphs.iter().map(Paragraph::text).collect();
                    texts.join(" ")
                });
                Paragraph::of(&cells.collect::<Vec<_>>().join("  "))
            })),
        }
    }
    paragraphs
}

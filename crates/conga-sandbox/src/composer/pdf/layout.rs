//! Lines and tables on sheets.

use super::super::Fault;
use super::super::page::{Block, Page, Paragraph, Role, Row, Sheet, Table};
use super::MAX_PAGES;
use super::font::{Face, Fonts};
use super::lines::{Line, break_lines};

/// Space around the text of a cell, in points.
const PADDING: f32 = 4.0;

/// Space before a heading, in points.
const BEFORE_HEADING: f32 = 8.0;

/// Space before and after a table, in points.
const AROUND_TABLE: f32 = 6.0;

/// What is drawn on a sheet. `y` grows downwards.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    /// Text whose letters stand on `y`.
    Text {
        x: f32,
        y: f32,
        face: Face,
        size: f32,
        text: String,
    },
    Line {
        from: (f32, f32),
        to: (f32, f32),
    },
}

/// Puts a page's blocks onto sheets.
pub(super) fn lay_out(page: &Page, fonts: &Fonts) -> Result<Vec<Vec<Item>>, Fault> {
    let mut layout = Layout {
        fonts,
        sheet: page.sheet,
        sheets: vec![Vec::new()],
        y: page.sheet.top,
    };
    for block in &page.blocks {
        match block {
            Block::Paragraph(paragraph) => layout.paragraph(paragraph)?,
            Block::Table(table) => layout.table(table)?,
            Block::PageBreak => layout.next_sheet()?,
        }
    }
    Ok(layout.sheets)
}

struct Layout<'a> {
    fonts: &'a Fonts,
    sheet: Sheet,
    sheets: Vec<Vec<Item>>,
    /// Where the next line starts.
    y: f32,
}

impl Layout<'_> {
    fn width(&self) -> f32 {
        self.sheet.width - self.sheet.left - self.sheet.right
    }

    fn left(&self) -> f32 {
        self.sheet.height - self.sheet.bottom - self.y
    }

    fn is_at_top(&self) -> bool {
        self.y <= self.sheet.top
    }

    fn next_sheet(&mut self) -> Result<(), Fault> {
        if self.sheets.len() >= MAX_PAGES {
            return Err(Fault::new(format!(
                "the document has more than {MAX_PAGES} pages"
            )));
        }
        self.sheets.push(Vec::new());
        self.y = self.sheet.top;
        Ok(())
    }

    fn push(&mut self, item: Item) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.push(item);
        }
    }

    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<(), Fault> {
        let lines = break_lines(paragraph, self.width(), self.fonts);
        if matches!(paragraph.role, Role::Heading(_)) {
            if !self.is_at_top() {
                self.y += BEFORE_HEADING;
            }
            // A heading is not left alone at the foot of a sheet.
            let height: f32 = lines.iter().map(|line| line.height).sum();
            if self.left() < height + 40.0 && !self.is_at_top() {
                self.next_sheet()?;
            }
        }
        for line in lines {
            if self.left() < line.height && !self.is_at_top() {
                self.next_sheet()?;
            }
            self.line(&line, self.sheet.left, self.y);
            self.y += line.height + line.after;
        }
        Ok(())
    }

    fn line(&mut self, line: &Line, left: f32, top: f32) {
        let mut x = left + line.x;
        for span in &line.spans {
            x += span.lead;
            let item = Item::Text {
                x,
                y: top + line.ascent,
                face: span.face,
                size: span.size,
                text: span.text.clone(),
            };
            x += self.fonts.get(span.face).width(&span.text, span.size);
            if !span.text.trim().is_empty() {
                self.push(item);
            }
        }
    }

    fn table(&mut self, table: &Table) -> Result<(), Fault> {
        let edges = edges(table, self.sheet.left, self.width());
        if !self.is_at_top() {
            self.y += AROUND_TABLE;
        }
        for row in &table.rows {
            self.row(row, &edges, table.is_bordered)?;
        }
        self.y += AROUND_TABLE;
        Ok(())
    }

    /// A row goes to the next sheet if it does not fit; one that fits on none is cut.
    fn row(&mut self, row: &Row, edges: &[f32], is_bordered: bool) -> Result<(), Fault> {
        let mut cells = Vec::new();
        let mut column = 0;
        for cell in &row.cells {
            let (left, right) = (edge(edges, column), edge(edges, column + cell.span));
            column += cell.span;
            let width = (right - left - 2.0 * PADDING).max(8.0);
            let lines: Vec<Line> = cell
                .paragraphs
                .iter()
                .flat_map(|paragraph| break_lines(paragraph, width, self.fonts))
                .collect();
            cells.push((left, right, lines));
        }
        let height = cells
            .iter()
            .map(|(_, _, lines)| lines.iter().map(|line| line.height).sum())
            .fold(0.0_f32, f32::max)
            + 2.0 * PADDING;
        if height > self.left() && !self.is_at_top() {
            self.next_sheet()?;
        }
        loop {
            let room = self.left() - 2.0 * PADDING;
            let top = self.y;
            let mut tallest = 0.0_f32;
            for (left, _, lines) in &mut cells {
                let mut used = 0.0;
                let mut taken = 0;
                for line in lines.iter() {
                    // On an empty sheet one line is taken however tall.
                    let is_first = taken == 0 && self.is_at_top();
                    if used + line.height > room && !is_first {
                        break;
                    }
                    self.line(line, *left + PADDING, top + PADDING + used);
                    used += line.height;
                    taken += 1;
                }
                lines.drain(..taken);
                tallest = tallest.max(used);
            }
            let bottom = top + tallest + 2.0 * PADDING;
            if is_bordered {
                for (left, right, _) in &cells {
                    self.frame(*left, top, *right, bottom);
                }
            }
            self.y = bottom;
            if cells.iter().all(|(_, _, lines)| lines.is_empty()) {
                return Ok(());
            }
            self.next_sheet()?;
        }
    }

    fn frame(&mut self, left: f32, top: f32, right: f32, bottom: f32) {
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        for (at, from) in corners.iter().enumerate() {
            if let Some(to) = corners.get((at + 1) % corners.len()) {
                self.push(Item::Line {
                    from: *from,
                    to: *to,
                });
            }
        }
    }
}

/// Where the columns of a table start, and where the last ends.
fn edges(table: &Table, left: f32, width: f32) -> Vec<f32> {
    let spans = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cell.span).sum::<usize>());
    let count = spans.max().unwrap_or(1).max(1);
    let total: f32 = table.widths.iter().sum();
    let fits = table.widths.len() == count && table.widths.iter().all(|width| *width > 0.0);
    let mut edges = vec![left];
    let mut x = left;
    for column in 0..count {
        x += match table.widths.get(column) {
            Some(part) if fits => width * part / total,
            _ => width / count as f32,
        };
        edges.push(x);
    }
    edges
}

fn edge(edges: &[f32], column: usize) -> f32 {
    let last = edges.last().copied().unwrap_or_default();
    edges.get(column).copied().unwrap_or(last)
}

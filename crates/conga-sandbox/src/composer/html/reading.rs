//! A tree of HTML as a page.

use super::super::Fault;
use super::super::page::{
    Align, Block, Page, Paragraph, Role, Row, Run, Table, TableCell, as_paragraphs,
};
use super::super::tree::{Element, Node};
use super::markup;

/// Reads HTML as a page.
pub(in super::super) fn read(html: &str) -> Result<Page, Fault> {
    let nodes = markup::parse(html);
    let mut reader = Reader::default();
    reader.nodes(&nodes, Style::default());
    reader.end_paragraph();
    Ok(Page {
        blocks: reader.blocks,
        title: reader.title.filter(|title| !title.is_empty()),
        ..Page::default()
    })
}

/// How text looks where the reader is.
#[derive(Debug, Clone, Copy, Default)]
struct Style {
    is_bold: bool,
    is_italic: bool,
    is_preformatted: bool,
    align: Align,
    /// How deep in lists.
    depth: u8,
}

#[derive(Debug, Default)]
struct Reader {
    blocks: Vec<Block>,
    title: Option<String>,
    /// The paragraph that is being read.
    runs: Vec<Run>,
    role: Role,
    align: Align,
}

impl Reader {
    fn nodes(&mut self, nodes: &[Node], style: Style) {
        for node in nodes {
            match node {
                Node::Raw(_) => {}
                Node::Text(text) => self.text(text, style),
                Node::Element(element) => self.element(element, style),
            }
        }
    }

    fn element(&mut self, element: &Element, style: Style) {
        let css = element
            .attribute("style")
            .unwrap_or_default()
            .replace(' ', "");
        if css.contains("break-before:page")
            || css.contains("page-break-before:always")
            || element.attribute("class") == Some("page-break")
        {
            self.end_paragraph();
            self.blocks.push(Block::PageBreak);
        }
        let mut style = style;
        style.is_bold |= css.contains("font-weight:bold");
        style.is_italic |= css.contains("font-style:italic");
        let align = element.attribute("align").unwrap_or_default();
        if css.contains("text-align:center") || align == "center" {
            style.align = Align::Center;
        } else if css.contains("text-align:right") || align == "right" {
            style.align = Align::Right;
        }
        match element.name.as_str() {
            "head" => {
                let title = element.child("title").map(text_of);
                self.title = title.map(|title| title.trim().to_owned());
            }
            "title" | "script" | "style" => {}
            "br" => self.push_text("\n", style),
            "hr" => self.end_paragraph(),
            "b" | "strong" => self.inline(
                element,
                Style {
                    is_bold: true,
                    ..style
                },
            ),
            "i" | "em" => self.inline(
                element,
                Style {
                    is_italic: true,
                    ..style
                },
            ),
            "ul" | "ol" => self.list(element, style),
            "table" => {
                self.end_paragraph();
                let table = table(element, style);
                if !table.rows.is_empty() {
                    self.blocks.push(Block::Table(table));
                }
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = element
                    .name
                    .as_bytes()
                    .get(1)
                    .map_or(1, |digit| digit - b'0');
                self.block(element, Role::Heading(level), style);
            }
            "pre" => {
                let style = Style {
                    is_preformatted: true,
                    ..style
                };
                self.block(element, Role::Body, style);
            }
            name if is_block(name) => self.block(element, Role::Body, style),
            _ => self.inline(element, style),
        }
        if css.contains("break-after:page") || css.contains("page-break-after:always") {
            self.end_paragraph();
            self.blocks.push(Block::PageBreak);
        }
    }

    fn inline(&mut self, element: &Element, style: Style) {
        self.nodes(&element.children, style);
    }

    fn block(&mut self, element: &Element, role: Role, style: Style) {
        self.end_paragraph();
        self.role = role;
        self.align = style.align;
        self.nodes(&element.children, style);
        self.end_paragraph();
    }

    fn list(&mut self, list: &Element, style: Style) {
        self.end_paragraph();
        let mut number = 0;
        for entry in list.elements() {
            if entry.name == "li" {
                number += 1;
                let marker = match list.name.as_str() {
                    "ol" => format!("{number}."),
                    _ => "•".to_owned(),
                };
                let role = Role::Entry {
                    depth: style.depth,
                    marker,
                };
                let style = Style {
                    depth: style.depth.saturating_add(1),
                    ..style
                };
                self.block(entry, role, style);
            } else {
                self.element(entry, style);
            }
        }
    }

    /// Adds text, its white space folded as browsers do.
    fn text(&mut self, text: &str, style: Style) {
        if style.is_preformatted {
            self.push_text(text, style);
            return;
        }
        let mut folded = String::with_capacity(text.len());
        let mut after_space = self.ends_in_space();
        for c in text.chars() {
            let is_space = matches!(c, ' ' | '\n' | '\r' | '\t');
            if !(is_space && after_space) {
                folded.push(if is_space { ' ' } else { c });
            }
            after_space = is_space;
        }
        self.push_text(&folded, style);
    }

    fn push_text(&mut self, text: &str, style: Style) {
        if !text.is_empty() {
            self.runs.push(Run {
                text: text.to_owned(),
                is_bold: style.is_bold,
                is_italic: style.is_italic,
                size: None,
            });
        }
    }

    fn ends_in_space(&self) -> bool {
        self.runs
            .last()
            .is_none_or(|run| run.text.ends_with([' ', '\n']))
    }

    fn end_paragraph(&mut self) {
        let role = std::mem::take(&mut self.role);
        let align = std::mem::take(&mut self.align);
        let mut runs = std::mem::take(&mut self.runs);
        if let Some(last) = runs.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
        }
        let is_tight = matches!(role, Role::Entry { .. });
        let paragraph = Paragraph {
            role,
            align,
            runs,
            is_tight,
        };
        if !paragraph.is_empty() {
            self.blocks.push(Block::Paragraph(paragraph));
        }
    }
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "main"
            | "blockquote"
            | "body"
            | "html"
            | "dl"
            | "dt"
            | "dd"
            | "address"
            | "form"
            | "center"
            | "figure"
            | "nav"
            | "aside"
            | "li"
    )
}

/// Reads a table; a table within a cell becomes paragraphs.
fn table(element: &Element, style: Style) -> Table {
    let mut rows = Vec::new();
    collect_rows(element, style, &mut rows);
    Table {
        rows,
        widths: Vec::new(),
        is_bordered: element
            .attribute("border")
            .is_none_or(|border| border != "0"),
    }
}

fn collect_rows(element: &Element, style: Style, rows: &mut Vec<Row>) {
    for child in element.elements() {
        match child.name.as_str() {
            "tr" => {
                let cells = child
                    .elements()
                    .filter_map(|cell| match cell.name.as_str() {
                        "td" => Some(table_cell(cell, style)),
                        "th" => Some(table_cell(
                            cell,
                            Style {
                                is_bold: true,
                                ..style
                            },
                        )),
                        _ => None,
                    });
                let cells: Vec<TableCell> = cells.collect();
                if !cells.is_empty() {
                    rows.push(Row { cells });
                }
            }
            "thead" | "tbody" | "tfoot" => collect_rows(child, style, rows),
            _ => {}
        }
    }
}

fn table_cell(cell: &Element, style: Style) -> TableCell {
    // As a block of its own: the style of the cell counts, its name does not.
    let block = Element {
        name: "div".to_owned(),
        ..cell.clone()
    };
    let mut reader = Reader::default();
    reader.element(&block, style);
    let span = cell.attribute("colspan").and_then(|span| span.parse().ok());
    TableCell {
        paragraphs: as_paragraphs(reader.blocks),
        span: span.unwrap_or(1).clamp(1, 64),
    }
}

fn text_of(element: &Element) -> String {
    let texts = element.children.iter().map(|child| match child {
        Node::Text(text) => text.clone(),
        Node::Element(element) => text_of(element),
        Node::Raw(_) => String::new(),
    });
    texts.collect()
}

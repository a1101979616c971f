//! A document as a page.

use super::super::Fault;
use super::super::page::{
    Align, Block, Page, Paragraph, Role, Row, Run, Sheet, Table, TableCell, as_paragraphs,
};
use super::super::tree::{Element, Node};
use super::package::Package;
use super::styles::{Lists, Styles, is_on, list, size, value};
use super::xml;

/// The paper of a document is between these, in points; what lies outside is taken for a mistake.
const PAPER: std::ops::RangeInclusive<f32> = 144.0..=2_000.0;

/// Reads a document as a page: what its body says. Headers, footers, images and notes are left out.
pub(in super::super) fn read(document: &[u8]) -> Result<Page, Fault> {
    let package = Package::open(document)?;
    let part = "word/document.xml";
    let nodes = xml::parse(package.text(part).unwrap_or_default(), part)?;
    let root = nodes.iter().find_map(|node| node.named("w:document"));
    let body = root
        .and_then(|root| root.child("w:body"))
        .ok_or_else(|| Fault::new("the document has no body"))?;
    let mut reader = Reader {
        styles: Styles::of(&package)?,
        lists: Lists::of(&package)?,
        blocks: Vec::new(),
    };
    reader.body(body);
    Ok(Page {
        sheet: sheet(body.child("w:sectPr")),
        blocks: reader.blocks,
        title: title(&package),
    })
}

struct Reader {
    styles: Styles,
    lists: Lists,
    blocks: Vec<Block>,
}

impl Reader {
    fn body(&mut self, element: &Element) {
        for child in element.elements() {
            match child.name.as_str() {
                "w:p" => self.paragraph(child),
                "w:tbl" => {
                    let table = self.table(child);
                    if !table.rows.is_empty() {
                        self.blocks.push(Block::Table(table));
                    }
                }
                "w:sectPr" | "w:pPr" => {}
                // Content controls, tracked insertions, custom markup.
                _ => self.body(child),
            }
        }
    }

    fn paragraph(&mut self, element: &Element) {
        let properties = element.child("w:pPr");
        let property = |name| properties.and_then(|properties| properties.child(name));
        let style = self
            .styles
            .get(value(property("w:pStyle")).unwrap_or_default());
        if is_on(property("w:pageBreakBefore")) {
            self.blocks.push(Block::PageBreak);
        }
        let role = match (style.heading, list(properties).or(style.list)) {
            (Some(level), _) => Role::Heading(level),
            // The list 0 takes a paragraph out of its style's.
            (None, Some((0, _)) | None) => Role::Body,
            (None, Some((id, depth))) => Role::Entry {
                depth,
                marker: self.lists.next_marker(id, depth),
            },
        };
        let align = match value(property("w:jc")) {
            Some("center") => Align::Center,
            Some("right" | "end") => Align::Right,
            _ => Align::Left,
        };
        let base = Run {
            is_bold: style.is_bold,
            size: style.size,
            ..Run::default()
        };
        let mut paragraph = Paragraph {
            is_tight: matches!(role, Role::Entry { .. }),
            role,
            align,
            runs: Vec::new(),
        };
        self.inline(element, &base, &mut paragraph);
        self.blocks.push(Block::Paragraph(paragraph));
        if property("w:sectPr").is_some_and(starts_page) {
            self.blocks.push(Block::PageBreak);
        }
    }

    /// Reads what is within a paragraph. A page break in its midst cuts it in two.
    fn inline(&mut self, element: &Element, base: &Run, paragraph: &mut Paragraph) {
        for child in element.elements() {
            match child.name.as_str() {
                "w:r" => self.run(child, base, paragraph),
                "w:pPr" | "w:del" | "w:moveFrom" => {}
                _ => self.inline(child, base, paragraph),
            }
        }
    }

    fn run(&mut self, element: &Element, base: &Run, paragraph: &mut Paragraph) {
        let properties = element.child("w:rPr");
        let property = |name| properties.and_then(|properties| properties.child(name));
        if is_on(property("w:vanish")) {
            return;
        }
        let mut run = Run {
            text: String::new(),
            is_bold: property("w:b").map_or(base.is_bold, |bold| is_on(Some(bold))),
            is_italic: is_on(property("w:i")),
            size: size(properties).or(base.size),
        };
        for child in element.elements() {
            match child.name.as_str() {
                "w:t" => run
                    .text
                    .extend(child.children.iter().map(|child| match child {
                        Node::Text(text) => text.as_str(),
                        _ => "",
                    })),
                "w:tab" => run.text.push('\t'),
                "w:noBreakHyphen" => run.text.push('-'),
                "w:cr" => run.text.push('\n'),
                "w:br" if child.attribute("w:type") == Some("page") => {
                    let text = std::mem::take(&mut run.text);
                    paragraph.runs.push(Run {
                        text,
                        ..run.clone()
                    });
                    let before = std::mem::take(&mut paragraph.runs);
                    if before.iter().any(|run| !run.text.is_empty()) {
                        self.blocks.push(Block::Paragraph(Paragraph {
                            runs: before,
                            ..paragraph.clone()
                        }));
                    }
                    self.blocks.push(Block::PageBreak);
                }
                "w:br" => run.text.push('\n'),
                _ => {}
            }
        }
        if !run.text.is_empty() {
            paragraph.runs.push(run);
        }
    }

    fn table(&mut self, element: &Element) -> Table {
        let columns = element.child("w:tblGrid").into_iter();
        let columns = columns.flat_map(Element::elements);
        let widths = columns.map(|column| twips(column.attribute("w:w")).unwrap_or(0.0));
        let mut rows = Vec::new();
        self.rows(element, &mut rows);
        Table {
            rows,
            widths: widths.collect(),
            is_bordered: is_bordered(element),
        }
    }

    fn rows(&mut self, element: &Element, rows: &mut Vec<Row>) {
        for child in element.elements() {
            match child.name.as_str() {
                "w:tr" => {
                    let mut cells = Vec::new();
                    self.cells(child, &mut cells);
                    if !cells.is_empty() {
                        rows.push(Row { cells });
                    }
                }
                "w:tblPr" | "w:tblGrid" => {}
                _ => self.rows(child, rows),
            }
        }
    }

    fn cells(&mut self, element: &Element, cells: &mut Vec<TableCell>) {
        for child in element.elements() {
            match child.name.as_str() {
                "w:tc" => {
                    let outer = std::mem::take(&mut self.blocks);
                    self.body(child);
                    let inner = std::mem::replace(&mut self.blocks, outer);
                    let span = value(child.find(&["w:tcPr", "w:gridSpan"]));
                    let span = span.and_then(|span| span.parse().ok());
                    cells.push(TableCell {
                        paragraphs: as_paragraphs(inner),
                        span: span.unwrap_or(1).clamp(1, 64),
                    });
                }
                "w:trPr" | "w:tblPrEx" => {}
                _ => self.cells(child, cells),
            }
        }
    }
}

/// Whether a table shows its borders: by its own properties, or by a style that is not the plain one.
fn is_bordered(table: &Element) -> bool {
    match table.find(&["w:tblPr", "w:tblBorders"]) {
        Some(borders) => borders
            .elements()
            .any(|border| !matches!(border.attribute("w:val"), Some("nil" | "none") | None)),
        None => value(table.find(&["w:tblPr", "w:tblStyle"]))
            .is_some_and(|style| style != "TableNormal"),
    }
}

fn starts_page(section: &Element) -> bool {
    value(section.child("w:type")) != Some("continuous")
}

fn sheet(section: Option<&Element>) -> Sheet {
    let default = Sheet::default();
    let measure = |path: &[&str], name| {
        let element = section.and_then(|section| section.find(path));
        twips(element.and_then(|element| element.attribute(name)))
    };
    let (size, margin) = (&["w:pgSz"], &["w:pgMar"]);
    let sheet = Sheet {
        width: measure(size, "w:w").unwrap_or(default.width),
        height: measure(size, "w:h").unwrap_or(default.height),
        top: measure(margin, "w:top").unwrap_or(default.top),
        right: measure(margin, "w:right").unwrap_or(default.right),
        bottom: measure(margin, "w:bottom").unwrap_or(default.bottom),
        left: measure(margin, "w:left").unwrap_or(default.left),
    };
    let has_room = sheet.left.min(sheet.right).min(sheet.top).min(sheet.bottom) >= 0.0
        && sheet.width - sheet.left - sheet.right >= 72.0
        && sheet.height - sheet.top - sheet.bottom >= 72.0;
    if PAPER.contains(&sheet.width) && PAPER.contains(&sheet.height) && has_room {
        sheet
    } else {
        default
    }
}

/// A measure in twentieths of a point.
fn twips(text: Option<&str>) -> Option<f32> {
    let twips: f32 = text?.parse().ok()?;
    Some(twips / 20.0).filter(|points| points.is_finite())
}

fn title(package: &Package) -> Option<String> {
    let part = "docProps/core.xml";
    let nodes = xml::parse(package.text(part)?, part).ok()?;
    let title = nodes.iter().find_map(Node::element)?.child("dc:title")?;
    match title.children.first() {
        Some(Node::Text(title)) => Some(title.clone()),
        _ => None,
    }
}

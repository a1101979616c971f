//! HTML: merging, reading as a page, writing from one.
//!
//! | room | what lives there |
//! |---|---|
//! | [`markup`] | HTML as a tree, and back |
//! | [`reading`] | a tree as a page |

mod markup;
mod reading;

use super::page::{Align, Block, Page, Paragraph, Role, Run, Table};
use super::regions::{self, Dialect, LINE_BREAK};
use super::tree::{Element, Node};
use super::{Data, Fault, Locale};

pub(super) use reading::read;

/// HTML.
const HTML: Dialect = Dialect {
    is_paragraph: |name| {
        repeats_whole(name) || matches!(name, "td" | "th" | "div" | "body" | "title" | "blockquote")
    },
    repeats_whole,
    is_row: |name| name == "tr",
    is_table: |name| matches!(name, "table" | "tbody" | "thead" | "tfoot"),
    is_opaque: markup::is_raw,
    is_visible: |name| matches!(name, "img" | "hr" | "input" | "svg"),
    split: |_| None,
};

fn repeats_whole(name: &str) -> bool {
    matches!(
        name,
        "p" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "dd" | "pre"
    )
}

/// Merges a template. Values are text: markup in them is shown, not obeyed.
pub(super) fn merge(template: &str, data: &Data, locale: &Locale) -> Result<String, Fault> {
    let nodes = markup::parse(template);
    let mut merged = data.scoped(|scope| regions::merge(nodes, scope, &HTML, locale))?;
    break_lines(&mut merged);
    Ok(markup::write(&merged))
}

/// Turns the line breaks of values into elements.
fn break_lines(nodes: &mut Vec<Node>) {
    let broken = std::mem::take(nodes)
        .into_iter()
        .flat_map(|node| match node {
            Node::Text(text) if text.contains(LINE_BREAK) => {
                let mut parts = Vec::new();
                for (at, line) in text.split(LINE_BREAK).enumerate() {
                    if at > 0 {
                        parts.push(Node::Element(Element::new("br", Vec::new())));
                    }
                    parts.push(Node::Text(line.to_owned()));
                }
                parts
            }
            Node::Element(mut element) => {
                break_lines(&mut element.children);
                vec![Node::Element(element)]
            }
            node => vec![node],
        });
    *nodes = broken.collect();
}

/// Writes a page.
pub(super) fn write(page: &Page) -> String {
    let title = page.title.clone().unwrap_or_default();
    let head = vec![
        Node::Element(Element::new("meta", Vec::new()).with("charset", "utf-8")),
        element("title", vec![Node::Text(title)]),
    ];
    let mut body = Vec::new();
    for block in &page.blocks {
        body.push(match block {
            Block::Paragraph(paragraph) => Node::Element(paragraph_element(paragraph)),
            Block::Table(table) => table_element(table),
            Block::PageBreak => {
                Node::Element(Element::new("div", Vec::new()).with("style", "break-before: page"))
            }
        });
        body.push(Node::Text("\n".to_owned()));
    }
    let html = vec![element("head", head), element("body", body)];
    format!(
        "<!DOCTYPE html>\n{}\n",
        markup::write(&[element("html", html)])
    )
}

fn paragraph_element(paragraph: &Paragraph) -> Element {
    let mut children = Vec::new();
    let name = match &paragraph.role {
        Role::Body => "p".to_owned(),
        Role::Heading(level) => format!("h{}", level.clamp(&1, &6)),
        Role::Entry { marker, .. } => {
            children.push(Node::Text(format!("{marker} ")));
            "p".to_owned()
        }
    };
    children.extend(paragraph.runs.iter().flat_map(run_nodes));
    let element = Element::new(&name, children);
    match paragraph.align {
        Align::Left => element,
        Align::Center => element.with("style", "text-align: center"),
        Align::Right => element.with("style", "text-align: right"),
    }
}

fn run_nodes(run: &Run) -> Vec<Node> {
    let mut nodes = vec![Node::Text(run.text.replace('\n', &LINE_BREAK.to_string()))];
    break_lines(&mut nodes);
    if run.is_italic {
        nodes = vec![element("em", nodes)];
    }
    if run.is_bold {
        nodes = vec![element("strong", nodes)];
    }
    nodes
}

fn table_element(table: &Table) -> Node {
    let rows = table.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| {
            let paragraphs = cell.paragraphs.iter();
            let inner = paragraphs.map(|paragraph| Node::Element(paragraph_element(paragraph)));
            let element = Element::new("td", inner.collect());
            Node::Element(match cell.span {
                0 | 1 => element,
                span => element.with("colspan", span.to_string()),
            })
        });
        element("tr", cells.collect())
    });
    Node::Element(Element::new("table", rows.collect()).with("border", "1"))
}

fn element(name: &str, children: Vec<Node>) -> Node {
    Node::Element(Element::new(name, children))
}

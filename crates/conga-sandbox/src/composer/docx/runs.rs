//! Word's merge fields, torn runs, line breaks.

use super::super::field::{Piece, pieces};
use super::super::regions::{LINE_BREAK, has_tag};
use super::super::tree::{Element, Node};

/// Turns Word's own merge fields into tokens: `MERGEFIELD Name \* Upper` becomes `{{Name \* Upper}}`. Other fields stay,
/// and so do merge fields within them.
pub(super) fn plain_fields(nodes: &mut Vec<Node>) {
    for node in nodes.iter_mut() {
        if let Node::Element(element) = node {
            plain_fields(&mut element.children);
        }
    }
    simple_fields(nodes);
    complex_fields(nodes);
}

/// A field that is one element, `w:fldSimple`.
fn simple_fields(nodes: &mut [Node]) {
    for node in nodes {
        let Some(field) = node.named("w:fldSimple") else {
            continue;
        };
        let token = field.attribute("w:instr").and_then(token);
        if let Some(token) = token {
            let properties = field.child("w:r").and_then(|run| run.child("w:rPr"));
            *node = text_run(properties.cloned(), &token);
        }
    }
}

/// A field whose parts are runs: begin, instruction, separator, result, end.
fn complex_fields(nodes: &mut Vec<Node>) {
    let mut at = 0;
    while at < nodes.len() {
        let Some(end) = field_end(nodes, at) else {
            at += 1;
            continue;
        };
        let mut instruction = String::new();
        let mut properties = None;
        for run in nodes.get(at..=end).unwrap_or_default() {
            let Some(run) = run.named("w:r") else {
                continue;
            };
            for child in run.elements().filter(|child| child.name == "w:instrText") {
                instruction.extend(child.children.iter().map(|child| match child {
                    Node::Text(text) => text.as_str(),
                    _ => "",
                }));
            }
            properties = run.child("w:rPr").or(properties);
        }
        if let Some(token) = token(&instruction) {
            let run = text_run(properties.cloned(), &token);
            nodes.splice(at..=end, [run]);
        }
        at += 1;
    }
}

/// Where the field ends that begins at a run; none if none begins, or if another is within it.
fn field_end(nodes: &[Node], at: usize) -> Option<usize> {
    let kind = |node: &Node| {
        let mark = node.named("w:r")?.child("w:fldChar")?;
        mark.attribute("w:fldCharType").map(str::to_owned)
    };
    if kind(nodes.get(at)?).as_deref() != Some("begin") {
        return None;
    }
    for (end, node) in nodes.iter().enumerate().skip(at + 1) {
        match kind(node).as_deref() {
            Some("begin") => return None,
            Some("end") => return Some(end),
            _ => {}
        }
    }
    None
}

/// The token of an instruction, if it is a merge field.
fn token(instruction: &str) -> Option<String> {
    let instruction = instruction.trim();
    let (kind, rest) = instruction.split_once(char::is_whitespace)?;
    if !kind.eq_ignore_ascii_case("MERGEFIELD") {
        return None;
    }
    let rest = rest.trim();
    let (name, switches) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
    };
    Some(format!("{{{{{name} {}}}}}", switches.trim()))
}

/// Cuts a run around the tags in its text, so that each has a run of its own, which looks the same.
pub(super) fn split(run: &Element) -> Option<Vec<Node>> {
    if run.name != "w:r" {
        return None;
    }
    let texts = run.elements().filter(|child| child.name == "w:t");
    let has_tags = texts
        .flat_map(|text| &text.children)
        .any(|child| matches!(child, Node::Text(text) if has_tag(text)));
    if !has_tags {
        return None;
    }
    let properties = run.child("w:rPr").cloned();
    let mut parts = Vec::new();
    for child in &run.children {
        match child {
            Node::Element(text) if text.name == "w:t" => {
                for text in &text.children {
                    let Node::Text(text) = text else {
                        continue;
                    };
                    for piece in pieces(text) {
                        let (Piece::Text(part) | Piece::Token(part)) = piece;
                        parts.push(text_run(properties.clone(), part));
                    }
                }
            }
            Node::Element(element) if element.name == "w:rPr" => {}
            other => parts.push(run_of(properties.clone(), vec![other.clone()])),
        }
    }
    Some(parts)
}

/// Writes the line breaks and tabs of values as Word does, and keeps white space at the ends of texts.
pub(super) fn finish(nodes: &mut Vec<Node>) {
    let finished = std::mem::take(nodes)
        .into_iter()
        .flat_map(|node| match node {
            Node::Element(text) if text.name == "w:t" => finish_text(text),
            Node::Element(mut element) => {
                finish(&mut element.children);
                // A run that held nothing but a tag is of no more use.
                let is_empty = element.elements().all(|child| child.name == "w:rPr");
                if element.name == "w:r" && is_empty {
                    return Vec::new();
                }
                vec![Node::Element(element)]
            }
            node => vec![node],
        });
    *nodes = finished.collect();
}

fn finish_text(element: Element) -> Vec<Node> {
    let text: String = element
        .children
        .into_iter()
        .map(|child| match child {
            Node::Text(text) => text,
            _ => String::new(),
        })
        .collect();
    let mut parts = Vec::new();
    for (at, line) in text.split(LINE_BREAK).enumerate() {
        if at > 0 {
            parts.push(Node::Element(Element::new("w:br", Vec::new())));
        }
        for (at, piece) in line.split('\t').enumerate() {
            if at > 0 {
                parts.push(Node::Element(Element::new("w:tab", Vec::new())));
            }
            if !piece.is_empty() {
                parts.push(text_element(piece));
            }
        }
    }
    parts
}

/// A run of one text.
pub(super) fn text_run(properties: Option<Element>, text: &str) -> Node {
    run_of(properties, vec![text_element(text)])
}

fn run_of(properties: Option<Element>, mut children: Vec<Node>) -> Node {
    if let Some(properties) = properties {
        children.insert(0, Node::Element(properties));
    }
    Node::Element(Element::new("w:r", children))
}

fn text_element(text: &str) -> Node {
    let element = Element::new("w:t", vec![Node::Text(text.to_owned())]);
    Node::Element(element.with("xml:space", "preserve"))
}

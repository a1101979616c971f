//! The merge itself, on a tree: regions that repeat, fields that are filled in.
//!
//! Editors tear tokens apart: Word may put `{{NA` and `ME}}` into two runs. So the merge first gathers each token in the
//! text where it begins, and gives the tags of regions a node of their own. Then it walks down. A list of nodes in which
//! a region opens and closes is what repeats; a row repeats if the region goes from cell to cell or is all of its only cell, and a
//! paragraph if the region is all of it.

use std::cell::Cell;

use serde_json::Value;

use super::data::Scope;
use super::field::{Piece, Token, pieces};
use super::tree::{Element, Node};
use super::{Fault, Locale, picture, too_large};

/// A merged document has at most this many nodes.
const MAX_NODES: usize = 1_000_000;

/// Stands for a line break within a value, until the dialect writes its own.
pub(super) const LINE_BREAK: char = '\u{2028}';

/// How a format marks what the merge must tell apart.
pub(super) struct Dialect {
    /// Elements whose text is one run of words: a token does not cross their ends.
    pub(super) is_paragraph: fn(&str) -> bool,
    /// Those of them that repeat as a whole if a region is all of their text.
    pub(super) repeats_whole: fn(&str) -> bool,
    pub(super) is_row: fn(&str) -> bool,
    pub(super) is_table: fn(&str) -> bool,
    /// Elements whose text the merge leaves alone.
    pub(super) is_opaque: fn(&str) -> bool,
    /// Elements that are there to be seen without text.
    pub(super) is_visible: fn(&str) -> bool,
    /// Cuts an element of text in two or three around the tags in it, if the format needs that above the text itself.
    pub(super) split: fn(&Element) -> Option<Vec<Node>>,
}

/// The tag of a region.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tag {
    Start(String),
    End(String),
}

/// Merges the nodes of a document.
pub(super) fn merge(
    nodes: Vec<Node>,
    scope: &Scope<'_>,
    dialect: &Dialect,
    locale: &Locale,
) -> Result<Vec<Node>, Fault> {
    let mut nodes = nodes;
    for node in &mut nodes {
        prepare(node, dialect);
    }
    let merge = Merge {
        dialect,
        locale,
        nodes: Cell::new(0),
    };
    merge.list(nodes, scope, None)
}

/// Fills in the fields of a text without regions.
pub(super) fn fill(text: &str, scope: &Scope<'_>, locale: &Locale) -> Result<String, Fault> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Token(token) => match Token::parse(token)? {
                Token::Field(field) => {
                    let value = scope.value(&field.name).unwrap_or(&Value::Null);
                    let value = picture::write(value, &field, locale);
                    let value = value.replace("\r\n", "\n");
                    filled.extend(value.chars().map(|c| match c {
                        '\n' | '\r' => LINE_BREAK,
                        c => c,
                    }));
                }
                Token::Start(name) => return Err(unclosed(&name)),
                Token::End(name) => return Err(unopened(&name)),
            },
        }
    }
    Ok(filled)
}

/// That a region is not closed.
pub(super) fn unclosed(name: &str) -> Fault {
    Fault::new(format!(
        "{{{{TableStart:{name}}}}} has no {{{{TableEnd:{name}}}}} in the same row, cell or text"
    ))
}

/// That a region was not opened.
pub(super) fn unopened(name: &str) -> Fault {
    Fault::new(format!(
        "{{{{TableEnd:{name}}}}} has no {{{{TableStart:{name}}}}} before it in the same row, cell or text"
    ))
}

/// That a region is closed under another name.
pub(super) fn crossed(start: &str, end: &str) -> Fault {
    Fault::new(format!(
        "{{{{TableStart:{start}}}}} is closed by {{{{TableEnd:{end}}}}}; both must name one data set"
    ))
}

struct Merge<'a> {
    dialect: &'a Dialect,
    locale: &'a Locale,
    /// How many nodes were written.
    nodes: Cell<usize>,
}

impl Merge<'_> {
    /// Merges the children of an element; `parent` is its name.
    fn list(
        &self,
        nodes: Vec<Node>,
        scope: &Scope<'_>,
        parent: Option<&str>,
    ) -> Result<Vec<Node>, Fault> {
        let mut merged = Vec::with_capacity(nodes.len());
        let mut nodes = nodes.into_iter();
        while let Some(node) = nodes.next() {
            let mut open = Vec::new();
            self.follow(&node, &mut open)?;
            let Some(name) = open.first().cloned() else {
                self.node(node, scope, &mut merged)?;
                continue;
            };
            if parent.is_some_and(self.dialect.is_table) {
                return Err(Fault::new(format!(
                    "{{{{TableStart:{name}}}}} and its end are in different rows; put both into one row, or around the table"
                )));
            }
            let mut region = vec![node];
            while !open.is_empty() {
                let node = nodes.next().ok_or_else(|| unclosed(&name))?;
                self.follow(&node, &mut open)?;
                region.push(node);
            }
            self.repeat(region, scope, parent, &mut merged)?;
        }
        Ok(merged)
    }

    /// Follows the tags in a node; `open` are the regions that are open before and after it.
    fn follow(&self, node: &Node, open: &mut Vec<String>) -> Result<(), Fault> {
        let was_open = !open.is_empty();
        let mut was_closed = false;
        for tag in tags(node, self.dialect)? {
            match tag {
                Tag::Start(name) => {
                    if was_open && was_closed {
                        return Err(Fault::new(format!(
                            "{{{{TableStart:{name}}}}} begins where another region ends; give each a paragraph of its own"
                        )));
                    }
                    open.push(name);
                }
                Tag::End(name) => match open.pop() {
                    None => return Err(unopened(&name)),
                    Some(start) if !start.eq_ignore_ascii_case(&name) => {
                        return Err(crossed(&start, &name));
                    }
                    Some(_) => was_closed |= open.is_empty(),
                },
            }
        }
        Ok(())
    }

    /// Merges a node in which every region that opens is closed.
    fn node(&self, node: Node, scope: &Scope<'_>, merged: &mut Vec<Node>) -> Result<(), Fault> {
        let written = self.nodes.get() + 1;
        self.nodes.set(written);
        if written > MAX_NODES {
            return Err(too_large());
        }
        match node {
            Node::Raw(raw) => merged.push(Node::Raw(raw)),
            Node::Text(text) => merged.push(Node::Text(fill(&text, scope, self.locale)?)),
            Node::Element(element) if (self.dialect.is_opaque)(&element.name) => {
                merged.push(Node::Element(element));
            }
            Node::Element(element) => {
                if self.is_whole_region(&element)? {
                    return self.repeat(vec![Node::Element(element)], scope, None, merged);
                }
                let Element {
                    name,
                    attributes,
                    children,
                } = element;
                let had_rows = self.has_rows(&name, &children);
                let children = self.list(children, scope, Some(&name))?;
                if had_rows && !self.has_rows(&name, &children) {
                    // A table whose rows all went goes with them.
                    return Ok(());
                }
                merged.push(Node::Element(Element {
                    name,
                    attributes,
                    children,
                }));
            }
        }
        Ok(())
    }

    /// Whether a region repeats a whole element: a row, if it goes from cell to cell or is all of its only cell; a
    /// paragraph, if it is all of it.
    fn is_whole_region(&self, element: &Element) -> Result<bool, Fault> {
        if (self.dialect.is_row)(&element.name) {
            for cell in element.elements() {
                if self.depths(cell)?.last().is_some_and(|depth| *depth > 0) {
                    return Ok(true);
                }
            }
            let cells = element
                .elements()
                .filter(|cell| !(self.dialect.is_opaque)(&cell.name));
            return Ok(cells.count() == 1 && self.is_all_region(element)?);
        }
        Ok((self.dialect.repeats_whole)(&element.name) && self.is_all_region(element)?)
    }

    /// Whether all text of an element is in one region.
    fn is_all_region(&self, element: &Element) -> Result<bool, Fault> {
        let mut text = String::new();
        all_text(element, self.dialect, &mut text);
        let pieces = pieces(text.trim());
        let ends_in_tags = pieces.first().is_some_and(|piece| is_tag(*piece))
            && pieces.last().is_some_and(|piece| is_tag(*piece));
        let depths = self.depths(element)?;
        Ok(ends_in_tags && depths.iter().filter(|depth| **depth == 0).count() == 1)
    }

    /// How many regions are open after each tag in an element.
    fn depths(&self, element: &Element) -> Result<Vec<i32>, Fault> {
        let mut depth = 0;
        let tags = element_tags(element, self.dialect)?;
        let depths = tags.iter().map(|tag| {
            depth += match tag {
                Tag::Start(_) => 1,
                Tag::End(_) => -1,
            };
            depth
        });
        Ok(depths.collect())
    }

    /// Merges the nodes of a region once for each row of its data set, without its two tags.
    fn repeat(
        &self,
        mut region: Vec<Node>,
        scope: &Scope<'_>,
        parent: Option<&str>,
        merged: &mut Vec<Node>,
    ) -> Result<(), Fault> {
        let name = self.take_tags(&mut region)?;
        // What carried nothing but a tag is not repeated.
        if region.len() > 1 {
            for at in [region.len() - 1, 0] {
                if region.get(at).is_some_and(|node| self.is_blank(node)) {
                    region.remove(at);
                }
            }
        }
        for row in scope.rows(&name) {
            let within = scope.within(row);
            merged.extend(self.list(region.clone(), &within, parent)?);
        }
        Ok(())
    }

    /// Takes away the tags of the region that reaches the end; gives the name of its data set.
    fn take_tags(&self, region: &mut [Node]) -> Result<String, Fault> {
        let mut open = Vec::new();
        let mut outermost = None;
        let mut at = 0;
        for node in region.iter() {
            for tag in tags(node, self.dialect)? {
                match tag {
                    Tag::Start(name) => open.push((at, name)),
                    Tag::End(end) => {
                        let (start, name) = open.pop().ok_or_else(|| unopened(&end))?;
                        if open.is_empty() {
                            outermost = Some((start, at, name));
                        }
                    }
                }
                at += 1;
            }
        }
        let Some((start, end, name)) = outermost else {
            return Err(Fault::new("a region has no end"));
        };
        let mut at = 0;
        for node in region {
            take(node, self.dialect, &mut at, &[start, end]);
        }
        Ok(name)
    }

    fn is_blank(&self, node: &Node) -> bool {
        match node {
            Node::Raw(_) => true,
            Node::Text(text) => text.trim().is_empty(),
            Node::Element(element) => {
                !(self.dialect.is_visible)(&element.name)
                    && element.children.iter().all(|child| self.is_blank(child))
            }
        }
    }

    fn has_rows(&self, name: &str, children: &[Node]) -> bool {
        let mut elements = children.iter().filter_map(Node::element);
        (self.dialect.is_table)(name) && elements.any(|child| (self.dialect.is_row)(&child.name))
    }
}

/// Gathers torn tokens in every paragraph, and gives the tags of regions nodes of their own.
fn prepare(node: &mut Node, dialect: &Dialect) {
    let Node::Element(element) = node else {
        return;
    };
    if (dialect.is_opaque)(&element.name) {
        return;
    }
    if (dialect.is_paragraph)(&element.name) {
        gather(element, dialect);
    }
    for child in &mut element.children {
        prepare(child, dialect);
    }
    let children = std::mem::take(&mut element.children);
    for child in children {
        match &child {
            Node::Text(text) if has_tag(text) => {
                let parts = pieces(text).into_iter().map(|piece| match piece {
                    Piece::Text(text) | Piece::Token(text) => Node::Text(text.to_owned()),
                });
                element.children.extend(parts);
            }
            Node::Element(inner) => match (dialect.split)(inner) {
                Some(parts) => element.children.extend(parts),
                None => element.children.push(child),
            },
            _ => element.children.push(child),
        }
    }
}

/// Whether a text holds the tag of a region.
pub(super) fn has_tag(text: &str) -> bool {
    pieces(text).iter().any(|piece| is_tag(*piece))
}

fn is_tag(piece: Piece<'_>) -> bool {
    match piece {
        Piece::Text(_) => false,
        Piece::Token(token) => {
            let inner = token.trim_start_matches('{').trim_start();
            let tag = inner.split(':').next().unwrap_or_default();
            ["TableStart", "TableEnd"]
                .iter()
                .any(|name| tag.eq_ignore_ascii_case(name))
        }
    }
}

/// Puts each token into the text where it begins.
fn gather(paragraph: &mut Element, dialect: &Dialect) {
    let mut whole = String::new();
    gather_text(paragraph, dialect, &mut whole);
    let mut tokens = Vec::new();
    let mut at = 0;
    for piece in pieces(&whole) {
        let (Piece::Text(text) | Piece::Token(text)) = piece;
        if matches!(piece, Piece::Token(_)) {
            tokens.push(at..at + text.len());
        }
        at += text.len();
    }
    if tokens.is_empty() {
        return;
    }
    let mut at = 0;
    each_text(&mut paragraph.children, dialect, &mut |text| {
        let (start, end) = (at, at + text.len());
        at = end;
        let mut gathered = String::with_capacity(text.len());
        let mut from = start;
        for token in &tokens {
            if token.end <= from || token.start >= end {
                continue;
            }
            if token.start >= from {
                gathered.push_str(whole.get(from..token.end).unwrap_or_default());
            }
            from = token.end;
        }
        if from < end {
            gathered.push_str(whole.get(from..end).unwrap_or_default());
        }
        *text = gathered;
    });
}

/// The texts of a paragraph, without those of paragraphs within.
fn gather_text(element: &Element, dialect: &Dialect, whole: &mut String) {
    for child in &element.children {
        match child {
            Node::Text(text) => whole.push_str(text),
            Node::Element(inner) if !is_apart(inner, dialect) => {
                gather_text(inner, dialect, whole);
            }
            _ => {}
        }
    }
}

/// All text in an element.
fn all_text(element: &Element, dialect: &Dialect, whole: &mut String) {
    for child in &element.children {
        match child {
            Node::Text(text) => whole.push_str(text),
            Node::Element(inner) if !(dialect.is_opaque)(&inner.name) => {
                all_text(inner, dialect, whole);
            }
            _ => {}
        }
    }
}

fn each_text(nodes: &mut [Node], dialect: &Dialect, work: &mut impl FnMut(&mut String)) {
    for node in nodes {
        match node {
            Node::Text(text) => work(text),
            Node::Element(inner) if !is_apart(inner, dialect) => {
                each_text(&mut inner.children, dialect, work);
            }
            _ => {}
        }
    }
}

fn is_apart(element: &Element, dialect: &Dialect) -> bool {
    let name = element.name.as_str();
    (dialect.is_opaque)(name) || (dialect.is_paragraph)(name) || (dialect.is_table)(name)
}

/// The tags in a node, in their order.
fn tags(node: &Node, dialect: &Dialect) -> Result<Vec<Tag>, Fault> {
    match node {
        Node::Raw(_) => Ok(Vec::new()),
        Node::Text(text) => {
            let mut found = Vec::new();
            for piece in pieces(text) {
                if let Piece::Token(token) = piece {
                    match Token::parse(token)? {
                        Token::Start(name) => found.push(Tag::Start(name)),
                        Token::End(name) => found.push(Tag::End(name)),
                        Token::Field(_) => {}
                    }
                }
            }
            Ok(found)
        }
        Node::Element(element) => element_tags(element, dialect),
    }
}

fn element_tags(element: &Element, dialect: &Dialect) -> Result<Vec<Tag>, Fault> {
    let mut found = Vec::new();
    if !(dialect.is_opaque)(&element.name) {
        for child in &element.children {
            found.extend(tags(child, dialect)?);
        }
    }
    Ok(found)
}

/// Takes the tags away that have these places among all tags.
fn take(node: &mut Node, dialect: &Dialect, at: &mut usize, places: &[usize]) {
    match node {
        Node::Raw(_) => {}
        Node::Text(text) => {
            let mut kept = String::with_capacity(text.len());
            for piece in pieces(text) {
                let (Piece::Text(part) | Piece::Token(part)) = piece;
                let taken = is_tag(piece) && {
                    *at += 1;
                    places.contains(&(*at - 1))
                };
                if !taken {
                    kept.push_str(part);
                }
            }
            *text = kept;
        }
        Node::Element(element) if (dialect.is_opaque)(&element.name) => {}
        Node::Element(element) => {
            for child in &mut element.children {
                take(child, dialect, at, places);
            }
        }
    }
}

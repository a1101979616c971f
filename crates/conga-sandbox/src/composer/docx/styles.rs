//! What a document's styles and lists say.

use std::collections::HashMap;

use super::super::Fault;
use super::super::tree::{Element, Node};
use super::package::Package;
use super::xml;

/// What a style makes of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Style {
    /// The level of a heading.
    pub(super) heading: Option<u8>,
    pub(super) is_bold: bool,
    /// In points.
    pub(super) size: Option<f32>,
    /// The list that its paragraphs are entries of: its id, and the depth.
    pub(super) list: Option<(u32, u8)>,
}

/// The paragraph styles of a document, by id.
#[derive(Debug, Default)]
pub(super) struct Styles(HashMap<String, Style>);

/// The lists of a document, and how far each has been counted.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Whether the levels of a list are numbered, by the list's id.
    numbered: HashMap<u32, Vec<bool>>,
    counts: HashMap<(u32, u8), u32>,
}

impl Styles {
    /// Reads the styles of a document; without a part for them, there are none.
    pub(super) fn of(package: &Package) -> Result<Self, Fault> {
        let mut styles = HashMap::new();
        for style in children_of(package, "word/styles.xml", "w:style")? {
            let Some(id) = style.attribute("w:styleId") else {
                continue;
            };
            let name = value(style.child("w:name")).unwrap_or_default();
            let name = name.to_ascii_lowercase();
            let heading = match name.as_str() {
                "title" => Some(1),
                name => name
                    .strip_prefix("heading ")
                    .and_then(|level| level.parse().ok()),
            };
            let properties = style.child("w:rPr");
            let style = Style {
                heading: heading.filter(|level| (1..=9).contains(level)),
                is_bold: is_on(properties.and_then(|properties| properties.child("w:b"))),
                size: size(properties),
                list: list(style.child("w:pPr")),
            };
            styles.insert(id.to_owned(), style);
        }
        Ok(Self(styles))
    }

    /// What a style says; nothing, if the document does not define it, except for headings by their usual ids.
    pub(super) fn get(&self, id: &str) -> Style {
        self.0.get(id).copied().unwrap_or_else(|| Style {
            heading: id
                .strip_prefix("Heading")
                .and_then(|level| level.parse().ok()),
            ..Style::default()
        })
    }
}

impl Lists {
    /// Reads the lists of a document.
    pub(super) fn of(package: &Package) -> Result<Self, Fault> {
        let part = "word/numbering.xml";
        let mut kinds = HashMap::new();
        for list in children_of(package, part, "w:abstractNum")? {
            let levels = list.elements().filter(|child| child.name == "w:lvl");
            let numbered = levels.map(|level| value(level.child("w:numFmt")) != Some("bullet"));
            let id = list.attribute("w:abstractNumId").unwrap_or_default();
            kinds.insert(id.to_owned(), numbered.collect::<Vec<_>>());
        }
        let mut numbered = HashMap::new();
        for list in children_of(package, part, "w:num")? {
            let kind = value(list.child("w:abstractNumId")).unwrap_or_default();
            let id = list.attribute("w:numId").and_then(|id| id.parse().ok());
            if let (Some(id), Some(levels)) = (id, kinds.get(kind)) {
                numbered.insert(id, levels.clone());
            }
        }
        Ok(Self {
            numbered,
            counts: HashMap::new(),
        })
    }

    /// The marker of the next entry of a list.
    pub(super) fn next_marker(&mut self, id: u32, depth: u8) -> String {
        let levels = self.numbered.get(&id);
        let is_numbered = levels.and_then(|levels| levels.get(usize::from(depth)).copied());
        if !is_numbered.unwrap_or(false) {
            return "•".to_owned();
        }
        self.counts
            .retain(|(list, level), _| *list != id || *level <= depth);
        let count = self.counts.entry((id, depth)).or_insert(0);
        *count += 1;
        format!("{count}.")
    }
}

/// The list that a paragraph's properties make it an entry of, and the depth.
pub(super) fn list(properties: Option<&Element>) -> Option<(u32, u8)> {
    let list = properties?.child("w:numPr")?;
    let id = value(list.child("w:numId"))?.parse().ok()?;
    let depth = value(list.child("w:ilvl")).and_then(|depth| depth.parse().ok());
    Some((id, depth.unwrap_or(0)))
}

/// The `w:val` of an element.
pub(super) fn value(element: Option<&Element>) -> Option<&str> {
    element?.attribute("w:val")
}

/// Whether a property such as `w:b` is set.
pub(super) fn is_on(element: Option<&Element>) -> bool {
    element.is_some_and(|element| {
        !matches!(
            element.attribute("w:val"),
            Some("0" | "false" | "off" | "none")
        )
    })
}

/// The size of a run's text in points.
pub(super) fn size(properties: Option<&Element>) -> Option<f32> {
    let half_points: f32 = value(properties?.child("w:sz"))?.parse().ok()?;
    Some((half_points / 2.0).clamp(4.0, 96.0))
}

fn children_of(package: &Package, part: &str, name: &str) -> Result<Vec<Element>, Fault> {
    let Some(text) = package.text(part) else {
        return Ok(Vec::new());
    };
    let nodes = xml::parse(text, part)?;
    let root = nodes.into_iter().find_map(|node| match node {
        Node::Element(element) => Some(element),
        _ => None,
    });
    let children = root.map(|root| root.children).unwrap_or_default();
    let elements = children.into_iter().filter_map(|child| match child {
        Node::Element(element) if element.name == name => Some(element),
        _ => None,
    });
    Ok(elements.collect())
}

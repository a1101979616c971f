//! XML as a tree, and back.

use quick_xml::Reader;
use quick_xml::escape::{escape, partial_escape};
use quick_xml::events::{BytesStart, Event};

use super::super::Fault;
use super::super::tree::{Element, MAX_DEPTH, Node};

/// Reads a part of a document. `name` is that of the part, for messages.
pub(super) fn parse(xml: &str, name: &str) -> Result<Vec<Node>, Fault> {
    let broken = |what: &str| Fault::new(format!("{name} is not well-formed XML: {what}"));
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let mut nodes = Vec::new();
    loop {
        let event = reader
            .read_event()
            .map_err(|error| broken(&error.to_string()))?;
        let node = match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(broken("its elements nest too deep"));
                }
                open.push(element(&start).map_err(|error| broken(&error))?);
                continue;
            }
            Event::Empty(start) => Node::Element(element(&start).map_err(|error| broken(&error))?),
            Event::End(_) => match open.pop() {
                Some(element) => Node::Element(element),
                None => return Err(broken("an end tag has no start")),
            },
            Event::Text(text) => Node::Text(text.xml10_content().into_owned()),
            Event::CData(text) => Node::Text(text.xml10_content().into_owned()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    _ => match &*reference.xml10_content() {
                        "lt" => '<',
                        "gt" => '>',
                        "amp" => '&',
                        "quot" => '"',
                        "apos" => '\'',
                        _ => return Err(broken("it has an entity of its own")),
                    },
                };
                Node::Text(character.to_string())
            }
            Event::Decl(_) | Event::Comment(_) | Event::PI(_) => continue,
            Event::DocType(_) => return Err(broken("it has a document type")),
            Event::Eof => break,
        };
        let siblings = match open.last_mut() {
            Some(parent) => &mut parent.children,
            // White space around the root.
            None if matches!(node, Node::Text(_)) => continue,
            None => &mut nodes,
        };
        match (siblings.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
            (_, node) => siblings.push(node),
        }
    }
    if open.is_empty() {
        Ok(nodes)
    } else {
        Err(broken("it breaks off"))
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, String> {
    let mut element = Element::new(start.name().as_ref(), Vec::new());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value =
            quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
        let name = attribute.key.as_ref().to_owned();
        element.attributes.push((name, value.into_owned()));
    }
    Ok(element)
}

/// Writes a part of a document, with its declaration.
pub(super) fn write(nodes: &[Node]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n".to_owned();
    for node in nodes {
        write_node(node, &mut xml);
    }
    xml
}

fn write_node(node: &Node, xml: &mut String) {
    match node {
        Node::Raw(raw) => xml.push_str(raw),
        Node::Text(text) => xml.push_str(&partial_escape(clean(text))),
        Node::Element(element) => {
            xml.push('<');
            xml.push_str(&element.name);
            for (name, value) in &element.attributes {
                xml.push(' ');
                xml.push_str(name);
                xml.push_str("=\"");
                xml.push_str(&escape(clean(value)));
                xml.push('"');
            }
            if element.children.is_empty() {
                xml.push_str("/>");
                return;
            }
            xml.push('>');
            for child in &element.children {
                write_node(child, xml);
            }
            xml.push_str("</");
            xml.push_str(&element.name);
            xml.push('>');
        }
    }
}

/// Leaves out what XML 1.0 has no place for, such as NUL.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_comes_back() {
        let xml = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
             <w:p xmlns:w=\"urn:w\" a=\"1 &lt; &quot;2&quot;\"><w:t>a &amp; b &lt; €</w:t><w:br/></w:p>";
        let nodes = parse(xml, "part").unwrap();
        let text = nodes[0].element().unwrap().child("w:t").unwrap();
        assert_eq!(text.children, [Node::Text("a & b < €".to_owned())]);
        assert_eq!(write(&nodes), xml);
    }

    #[test]
    fn what_is_broken_is_a_fault() {
        let deep = "<a>".repeat(1_000);
        for xml in [
            "<a>",
            "<a></b>",
            "</a>",
            "<a b></a>",
            "<a>&unknown;</a>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            &deep,
        ] {
            assert!(parse(xml, "part").is_err(), "{xml}");
        }
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let nodes = [Node::Element(Element::new(
            "a",
            vec![Node::Text("x\0\u{b}y\u{fffe}".to_owned())],
        ))];
        assert!(write(&nodes).ends_with("<a>xy</a>"));
    }
}

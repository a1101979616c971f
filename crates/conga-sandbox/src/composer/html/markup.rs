//! HTML as a tree, and back.
//!
//! Whatever is sent becomes a tree: like a browser, the parser knows no faults. It closes what the markup leaves open
//! where the next element cannot be within, passes over ends that close nothing, and takes what lies too deep as
//! children of the last element that does not.

use super::super::tree::{Element, MAX_DEPTH, Node};

/// Elements that have no end.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

/// The longest entity that is looked for, in bytes, with its marks.
const LONGEST_ENTITY: usize = 12;

/// Elements whose content is no markup.
pub(super) fn is_raw(name: &str) -> bool {
    matches!(name, "script" | "style" | "textarea" | "xmp")
}

/// Reads HTML. Names of elements and attributes become lower case.
pub(super) fn parse(html: &str) -> Vec<Node> {
    let mut builder = Builder::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        builder.text(text);
        rest = match from.as_bytes().get(1) {
            Some(b'!' | b'?') => {
                let end = if from.starts_with("<!--") { "-->" } else { ">" };
                let (raw, after) = cut_after(from, end);
                // What is never closed goes to the end of the document.
                let end = if raw.ends_with(end) { "" } else { end };
                builder.push(Node::Raw(format!("{raw}{end}")));
                after
            }
            Some(b'/') => {
                let (tag, after) = cut_after(from, ">");
                let name = tag.trim_start_matches("</").trim_end_matches('>').trim();
                builder.close(&name.to_ascii_lowercase());
                after
            }
            Some(byte) if byte.is_ascii_alphabetic() => {
                let (element, is_closed, after) = start_tag(from);
                builder.open(element, is_closed, after)
            }
            _ => {
                builder.text("<");
                from.get(1..).unwrap_or_default()
            }
        };
    }
    builder.text(rest);
    builder.finish()
}

/// The elements that are open, and the nodes of the document.
#[derive(Default)]
struct Builder {
    open: Vec<Element>,
    nodes: Vec<Node>,
}

impl Builder {
    fn push(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(element) => element.children.push(node),
            None => self.nodes.push(node),
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Node::Text(unescape(text)));
        }
    }

    /// Opens an element; gives what follows it in the markup.
    fn open<'a>(&mut self, element: Element, is_closed: bool, after: &'a str) -> &'a str {
        while let Some(last) = self.open.last()
            && ends_at(&last.name, &element.name)
        {
            self.close_last();
        }
        if is_raw(&element.name) && !is_closed {
            let end = format!("</{}", element.name);
            let at = find_ignoring_case(after, &end).unwrap_or(after.len());
            let (content, rest) = after.split_at(at);
            let mut element = element;
            if !content.is_empty() {
                element.children.push(Node::Raw(content.to_owned()));
            }
            self.push(Node::Element(element));
            return cut_after(rest, ">").1;
        }
        let is_leaf = is_closed || VOID.contains(&element.name.as_str());
        if is_leaf || self.open.len() >= MAX_DEPTH {
            self.push(Node::Element(element));
        } else {
            self.open.push(element);
        }
        after
    }

    fn close(&mut self, name: &str) {
        if self.open.iter().any(|element| element.name == name) {
            while self.open.last().is_some_and(|last| last.name != name) {
                self.close_last();
            }
            self.close_last();
        }
    }

    fn close_last(&mut self) {
        if let Some(element) = self.open.pop() {
            self.push(Node::Element(element));
        }
    }

    fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.close_last();
        }
        self.nodes
    }
}

/// Whether an open element ends where another begins, though nothing closes it.
fn ends_at(open: &str, next: &str) -> bool {
    match open {
        "p" => matches!(
            next,
            "p" | "div" | "table" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr"
        ),
        "li" => next == "li",
        "td" | "th" => matches!(next, "td" | "th" | "tr"),
        "tr" => matches!(next, "tr" | "tbody" | "tfoot"),
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "option" => next == "option",
        _ => false,
    }
}

/// Reads a start tag; gives the element, whether it closes itself, and what follows.
fn start_tag(from: &str) -> (Element, bool, &str) {
    let body = from.get(1..).unwrap_or_default();
    let end = body
        .find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')
        .unwrap_or(body.len());
    let (name, mut rest) = body.split_at(end);
    let mut element = Element::new(&name.to_ascii_lowercase(), Vec::new());
    let mut is_closed = false;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        if rest.is_empty() {
            return (element, is_closed, "");
        }
        if let Some(after) = rest.strip_prefix('>') {
            return (element, is_closed, after);
        }
        if let Some(after) = rest.strip_prefix('/') {
            is_closed = true;
            rest = after;
            continue;
        }
        is_closed = false;
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'))
            .map_or(rest.len(), |(at, _)| at);
        let (key, after) = rest.split_at(end);
        rest = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let mut value = "";
        if let Some(given) = rest.strip_prefix('=') {
            let given = given.trim_start_matches(|c: char| c.is_ascii_whitespace());
            (value, rest) = attribute_value(given);
        }
        let attribute = (key.to_ascii_lowercase(), unescape(value));
        element.attributes.push(attribute);
    }
}

fn attribute_value(given: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = given.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = given
        .find(|c: char| c.is_ascii_whitespace() || c == '>')
        .unwrap_or(given.len());
    given.split_at(end)
}

/// What comes up to the end of `mark`, and what follows; all, if it is not there.
fn cut_after<'a>(text: &'a str, mark: &str) -> (&'a str, &'a str) {
    let end = text.find(mark).map_or(text.len(), |at| at + mark.len());
    text.split_at(end)
}

fn find_ignoring_case(text: &str, mark: &str) -> Option<usize> {
    let (text, mark) = (text.as_bytes(), mark.as_bytes());
    text.windows(mark.len())
        .position(|window| window.eq_ignore_ascii_case(mark))
}

/// Replaces the entities that are common; others stay as they stand.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        // No entity is longer; without a bound, a text of nothing but ampersands would take for ever.
        let end = from
            .bytes()
            .take(LONGEST_ENTITY)
            .position(|byte| byte == b';');
        let entity = end.and_then(|end| Some((from.get(1..end)?, from.get(end + 1..)?)));
        match entity.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((c, after)) => {
                plain.push(c);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let number = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(number).filter(|c| !c.is_control() || c.is_whitespace());
    }
    let named = [
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("quot", '"'),
        ("apos", '\''),
        ("nbsp", '\u{a0}'),
        ("shy", '\u{ad}'),
        ("copy", '©'),
        ("reg", '®'),
        ("trade", '™'),
        ("euro", '€'),
        ("pound", '£'),
        ("yen", '¥'),
        ("cent", '¢'),
        ("sect", '§'),
        ("deg", '°'),
        ("plusmn", '±'),
        ("times", '×'),
        ("micro", 'µ'),
        ("middot", '·'),
        ("bull", '•'),
        ("hellip", '…'),
        ("ndash", '–'),
        ("mdash", '—'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("bdquo", '„'),
        ("laquo", '«'),
        ("raquo", '»'),
        ("rarr", '→'),
        ("larr", '←'),
        ("auml", 'ä'),
        ("ouml", 'ö'),
        ("uuml", 'ü'),
        ("Auml", 'Ä'),
        ("Ouml", 'Ö'),
        ("Uuml", 'Ü'),
        ("szlig", 'ß'),
        ("eacute", 'é'),
        ("egrave", 'è'),
        ("agrave", 'à'),
        ("ccedil", 'ç'),
        ("ntilde", 'ñ'),
        ("oslash", 'ø'),
        ("aring", 'å'),
    ];
    let mut named = named.iter();
    named
        .find(|(name, _)| *name == entity)
        .map(|(_, character)| *character)
}

/// Writes a tree.
pub(super) fn write(nodes: &[Node]) -> String {
    let mut html = String::new();
    for node in nodes {
        write_node(node, &mut html);
    }
    html
}

fn write_node(node: &Node, html: &mut String) {
    match node {
        Node::Raw(raw) => html.push_str(raw),
        Node::Text(text) => escape(text, html),
        Node::Element(element) => {
            html.push('<');
            html.push_str(&element.name);
            for (name, value) in &element.attributes {
                html.push(' ');
                html.push_str(name);
                html.push_str("=\"");
                escape(value, html);
                html.push('"');
            }
            html.push('>');
            if VOID.contains(&element.name.as_str()) && element.children.is_empty() {
                return;
            }
            for child in &element.children {
                write_node(child, html);
            }
            html.push_str("</");
            html.push_str(&element.name);
            html.push('>');
        }
    }
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\u{a0}' => html.push_str("&nbsp;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round(html: &str) -> String {
        write(&parse(html))
    }

    #[test]
    fn well_formed_html_comes_back() {
        let html = "<!DOCTYPE html>\n<html><head><style>p > a { color: red }</style></head>\
             <body class=\"a &amp; b\"><!-- note --><p>1 &lt; 2<br>x</p></body></html>";
        assert_eq!(round(html), html);
    }

    #[test]
    fn what_is_left_open_is_closed() {
        let cases = [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
            (
                "<table><tr><td>a<td>b<tr><td>c</table>",
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            ("</b>a</p>", "a"),
            ("<b><i>a</b>b", "<b><i>a</i></b>b"),
            ("<IMG SRC=x Alt='y'>", "<img src=\"x\" alt=\"y\">"),
            ("a < b & c", "a &lt; b &amp; c"),
            (
                "<script>if (a<b) x()</script>",
                "<script>if (a<b) x()</script>",
            ),
            ("<div/>a", "<div></div>a"),
            ("<a href=", "<a href=\"\"></a>"),
            ("&euro;&#233;&#xe9;&unknown;&", "€éé&amp;unknown;&amp;"),
            ("<!-- never", "<!-- never-->"),
        ];
        for (html, expected) in cases {
            assert_eq!(round(html), expected, "{html}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let deep = "<div>".repeat(100_000);
        let nodes = parse(&deep);
        assert_eq!(nodes[0].count(), 100_000);
        assert!(write(&nodes).len() > 100_000);
    }

    proptest! {
        #[test]
        fn anything_becomes_a_tree_that_reads_the_same(html in "[ -~é<>/\"'=!&;-]{0,200}") {
            let once = round(&html);
            prop_assert_eq!(round(&once), once);
        }
    }
}

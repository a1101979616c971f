//! A document's markup as a tree, of XML or of HTML.

/// Elements nest at most this deep. Walks of the tree call themselves, and the stack is finite.
pub(super) const MAX_DEPTH: usize = 200;

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Element(Element),
    /// Unescaped.
    Text(String),
    /// A comment, a declaration, an instruction: as it stands, markup and all.
    Raw(String),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    /// With its prefix, as it stands.
    pub(super) name: String,
    /// Unescaped, in their order.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// The element, if it is one.
    pub(super) fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            _ => None,
        }
    }

    /// The element of this name, if it is one.
    pub(super) fn named(&self, name: &str) -> Option<&Element> {
        self.element().filter(|element| element.name == name)
    }

    /// How many nodes this is, with all within.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        let within = self.element().map_or(0, |element| {
            element.children.iter().map(Self::count).sum::<usize>()
        });
        1 + within
    }
}

impl Element {
    /// An element without attributes.
    pub(super) fn new(name: &str, children: Vec<Node>) -> Self {
        Self {
            name: name.to_owned(),
            attributes: Vec::new(),
            children,
        }
    }

    /// Adds an attribute.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        attributes
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The children that are elements.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(Node::element)
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name == name)
    }

    /// The first element that a path of names leads to.
    pub(super) fn find(&self, path: &[&str]) -> Option<&Element> {
        match path.split_first() {
            None => Some(self),
            Some((name, rest)) => self.child(name)?.find(rest),
        }
    }
}

//! DOCX: merging, reading as a page, writing from one.
//!
//! | room | what lives there |
//! |---|---|
//! | [`package`] | the parts of the file |
//! | [`xml`] | XML as a tree, and back |
//! | [`runs`] | Word's merge fields, torn runs, line breaks |
//! | [`reading`] | a document as a page |
//! | [`styles`] | what its styles and lists say |
//! | [`writing`] | a page as a document |
//! | [`protecting`] | protection against editing |

mod package;
mod protecting;
mod reading;
mod runs;
mod styles;
mod writing;
mod xml;

use super::regions::{self, Dialect};
use super::tree::{Element, Node};
use super::{Data, Fault, Locale};
use package::Package;

pub(crate) use protecting::{Protection, protect};
pub(super) use reading::read;
pub(super) use writing::write;

/// The markup of Word.
const WORD: Dialect = Dialect {
    is_paragraph: |name| name == "w:p",
    repeats_whole: |name| name == "w:p",
    is_row: |name| name == "w:tr",
    is_table: |name| name == "w:tbl",
    is_opaque: |name| {
        matches!(
            name,
            "w:instrText"
                | "w:delText"
                | "w:delInstrText"
                | "w:rPr"
                | "w:pPr"
                | "w:sectPr"
                | "w:tblPr"
                | "w:trPr"
                | "w:tcPr"
        )
    },
    is_visible: |name| {
        matches!(
            name,
            "w:drawing"
                | "w:pict"
                | "w:object"
                | "w:sectPr"
                | "w:br"
                | "w:fldChar"
                | "w:footnoteReference"
                | "w:endnoteReference"
                | "w:tbl"
                | "m:oMath"
                | "m:oMathPara"
        )
    },
    split: runs::split,
};

/// Merges a template: the document, its headers and footers, and its notes.
pub(super) fn merge(template: &[u8], data: &Data, locale: &Locale) -> Result<Vec<u8>, Fault> {
    let mut package = Package::open(template)?;
    let names: Vec<String> = package
        .names()
        .filter(|name| is_content(name))
        .map(str::to_owned)
        .collect();
    for name in names {
        let text = package
            .text(&name)
            .ok_or_else(|| Fault::new(format!("{name} is not UTF-8")))?;
        let mut nodes = xml::parse(text, &name)?;
        runs::plain_fields(&mut nodes);
        let mut merged = data.scoped(|scope| regions::merge(nodes, scope, &WORD, locale))?;
        runs::finish(&mut merged);
        keep_cells(&mut merged);
        package.set(&name, xml::write(&merged));
    }
    package.pack()
}

/// Whether a part holds what readers see.
fn is_content(name: &str) -> bool {
    let part = name
        .strip_prefix("word/")
        .and_then(|name| name.strip_suffix(".xml"));
    part.is_some_and(|part| {
        matches!(part, "document" | "footnotes" | "endnotes")
            || ["header", "footer"].iter().any(|kind| {
                part.strip_prefix(kind)
                    .is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
            })
    })
}

/// Word takes a cell without a paragraph at its end for damage.
fn keep_cells(nodes: &mut [Node]) {
    for node in nodes {
        let Node::Element(element) = node else {
            continue;
        };
        keep_cells(&mut element.children);
        if element.name == "w:tc" {
            let last = element.elements().last();
            if last.is_none_or(|last| last.name != "w:p") {
                let paragraph = Element::new("w:p", Vec::new());
                element.children.push(Node::Element(paragraph));
            }
        }
    }
}

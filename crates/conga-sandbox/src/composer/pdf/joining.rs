//! Several PDFs as one.
//!
//! Pages keep their content, fonts and annotations. What belongs to a whole document and not to its pages is left
//! behind: outlines, named destinations, forms, metadata.

use std::collections::HashSet;

use lopdf::{Dictionary, Document, Object, ObjectId, dictionary};

use super::super::Fault;
use super::{MAX_PAGES, opened, packed};

/// What a page has from the nodes above it, unless it says otherwise.
const INHERITED: [&[u8]; 4] = [b"MediaBox", b"CropBox", b"Resources", b"Rotate"];

/// Writes PDFs as one, each from a page of its own.
pub(in super::super) fn join(documents: &[Vec<u8>]) -> Result<Vec<u8>, Fault> {
    let mut whole = Document::with_version("1.7");
    let root = whole.new_object_id();
    let mut kids: Vec<Object> = Vec::new();
    for document in documents {
        let mut part = opened(document)?;
        // Before the numbers change: an entry that leads nowhere must not come to lead somewhere.
        for id in part.get_pages().into_values() {
            let page = on_its_own(&part, id)?;
            part.objects.insert(id, Object::Dictionary(page));
        }
        part.renumber_objects_with(whole.max_id + 1);
        whole.max_id = part.max_id;
        let pages: Vec<ObjectId> = part.get_pages().into_values().collect();
        if kids.len() + pages.len() > MAX_PAGES {
            return Err(Fault::new(format!(
                "the document has more than {MAX_PAGES} pages"
            )));
        }
        for id in pages {
            if let Ok(page) = part.get_dictionary_mut(id) {
                page.set("Parent", root);
                kids.push(Object::Reference(id));
            }
        }
        whole.objects.extend(part.objects);
    }
    let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
    let pages = dictionary! {"Type" => "Pages", "Kids" => kids, "Count" => count};
    whole.objects.insert(root, Object::Dictionary(pages));
    let catalog = whole.add_object(dictionary! {"Type" => "Catalog", "Pages" => root});
    whole.trailer.set("Root", catalog);
    whole.prune_objects();
    packed(whole)
}

/// A page with all that it has from the nodes above it.
fn on_its_own(document: &Document, id: ObjectId) -> Result<Dictionary, Fault> {
    let unreadable = |error| {
        Fault::new(format!(
            "a page of the PDF cannot be read: {error}; save it anew"
        ))
    };
    let mut page = document.get_dictionary(id).map_err(unreadable)?.clone();
    let mut seen = HashSet::from([id]);
    let mut above = page.get(b"Parent").and_then(Object::as_reference);
    while let Ok(node) = above {
        if !seen.insert(node) {
            break;
        }
        let node = document.get_dictionary(node).map_err(unreadable)?;
        for name in INHERITED {
            if !page.has(name)
                && let Ok(value) = node.get(name)
            {
                page.set(name, value.clone());
            }
        }
        above = node.get(b"Parent").and_then(Object::as_reference);
    }
    Ok(page)
}

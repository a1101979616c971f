//! A page as a document.

use super::super::Fault;
use super::super::page::{Align, Block, Page, Paragraph, Role, Run, Sheet, Table};
use super::super::regions::LINE_BREAK;
use super::super::tree::{Element, Node};
use super::package::Package;
use super::runs;
use super::xml;

const NAMESPACE: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// The sizes of headings 1 to 6, in half points.
const HEADINGS: [u32; 6] = [40, 32, 28, 24, 22, 22];

/// Writes a page as a document with the usual styles: headings, a grid for tables.
pub(in super::super) fn write(page: &Page) -> Result<Vec<u8>, Fault> {
    let mut body: Vec<Node> = Vec::new();
    for block in &page.blocks {
        match block {
            Block::Paragraph(paragraph) => body.push(paragraph_node(paragraph)),
            Block::Table(table) => {
                body.push(table_node(table, &page.sheet));
                // Tables side by side would become one.
                body.push(element("w:p", Vec::new()));
            }
            Block::PageBreak => {
                let page_break = Element::new("w:br", Vec::new()).with("w:type", "page");
                let run = element("w:r", vec![Node::Element(page_break)]);
                body.push(element("w:p", vec![run]));
            }
        }
    }
    runs::finish(&mut body);
    body.push(section(&page.sheet));
    let document = Element::new("w:document", vec![element("w:body", body)]);
    let mut package = Package::default();
    package.set("[Content_Types].xml", content_types());
    package.set("_rels/.rels", relations(&[(
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument",
        "word/document.xml",
    ), (
        "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties",
        "docProps/core.xml",
    )]));
    package.set(
        "docProps/core.xml",
        core(page.title.as_deref().unwrap_or_default()),
    );
    package.set(
        "word/_rels/document.xml.rels",
        relations(&[
            (
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles",
                "styles.xml",
            ),
            (
                "http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings",
                "settings.xml",
            ),
        ]),
    );
    package.set("word/styles.xml", styles());
    package.set("word/settings.xml", settings());
    let document = Node::Element(document.with("xmlns:w", NAMESPACE));
    package.set("word/document.xml", xml::write(&[document]));
    package.pack()
}

fn paragraph_node(paragraph: &Paragraph) -> Node {
    let mut properties = Vec::new();
    if let Role::Heading(level) = paragraph.role {
        let level = level.clamp(1, 6);
        properties.push(valued("w:pStyle", format!("Heading{level}")));
    }
    if paragraph.is_tight {
        let spacing = Element::new("w:spacing", Vec::new()).with("w:after", "0");
        properties.push(Node::Element(spacing));
    }
    if let Role::Entry { depth, .. } = paragraph.role {
        let left = 360 * (u32::from(depth) + 1);
        let indent = Element::new("w:ind", Vec::new())
            .with("w:left", left.to_string())
            .with("w:hanging", "360");
        properties.push(Node::Element(indent));
    }
    match paragraph.align {
        Align::Left => {}
        Align::Center => properties.push(valued("w:jc", "center")),
        Align::Right => properties.push(valued("w:jc", "right")),
    }
    let mut children = vec![element("w:pPr", properties)];
    if let Role::Entry { marker, .. } = &paragraph.role {
        children.push(runs::text_run(None, &format!("{marker}\t")));
    }
    children.extend(paragraph.runs.iter().map(run_node));
    element("w:p", children)
}

fn run_node(run: &Run) -> Node {
    let mut properties = Vec::new();
    if run.is_bold {
        properties.push(element("w:b", Vec::new()));
    }
    if run.is_italic {
        properties.push(element("w:i", Vec::new()));
    }
    if let Some(size) = run.size {
        properties.push(valued("w:sz", format!("{:.0}", size * 2.0)));
    }
    let text = run.text.replace('\n', &LINE_BREAK.to_string());
    runs::text_run(Some(Element::new("w:rPr", properties)), &text)
}

fn table_node(table: &Table, sheet: &Sheet) -> Node {
    let columns = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cell.span).sum());
    let columns: usize = columns.max().unwrap_or(1).max(1);
    let width = (sheet.width - sheet.left - sheet.right) * 20.0 / columns as f32;
    let mut properties = Vec::new();
    if table.is_bordered {
        properties.push(valued("w:tblStyle", "TableGrid"));
    }
    let full = Element::new("w:tblW", Vec::new())
        .with("w:w", "5000")
        .with("w:type", "pct");
    properties.push(Node::Element(full));
    let column = || {
        let column = Element::new("w:gridCol", Vec::new());
        Node::Element(column.with("w:w", format!("{width:.0}")))
    };
    let mut children = vec![
        element("w:tblPr", properties),
        element("w:tblGrid", (0..columns).map(|_| column()).collect()),
    ];
    children.extend(table.rows.iter().map(|row| {
        let cells = row.cells.iter().map(|cell| {
            let mut inner = Vec::new();
            if cell.span > 1 {
                let span = valued("w:gridSpan", cell.span.to_string());
                inner.push(element("w:tcPr", vec![span]));
            }
            if cell.paragraphs.is_empty() {
                inner.push(element("w:p", Vec::new()));
            }
            inner.extend(cell.paragraphs.iter().map(paragraph_node));
            element("w:tc", inner)
        });
        element("w:tr", cells.collect())
    }));
    element("w:tbl", children)
}

fn section(sheet: &Sheet) -> Node {
    let twips = |points: f32| format!("{:.0}", points * 20.0);
    let size = Element::new("w:pgSz", Vec::new())
        .with("w:w", twips(sheet.width))
        .with("w:h", twips(sheet.height));
    let margins = Element::new("w:pgMar", Vec::new())
        .with("w:top", twips(sheet.top))
        .with("w:right", twips(sheet.right))
        .with("w:bottom", twips(sheet.bottom))
        .with("w:left", twips(sheet.left))
        .with("w:header", "708")
        .with("w:footer", "708")
        .with("w:gutter", "0");
    element(
        "w:sectPr",
        vec![Node::Element(size), Node::Element(margins)],
    )
}

fn element(name: &str, children: Vec<Node>) -> Node {
    Node::Element(Element::new(name, children))
}

fn valued(name: &str, value: impl Into<String>) -> Node {
    Node::Element(Element::new(name, Vec::new()).with("w:val", value))
}

fn content_types() -> String {
    let part = |name: &str, kind: &str| {
        format!(
            "<Override PartName=\"{name}\" ContentType=\"application/vnd.openxmlformats-{kind}+xml\"/>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Default Extension=\"xml\" ContentType=\"application/xml\"/>{}{}{}{}</Types>",
        part(
            "/word/document.xml",
            "officedocument.wordprocessingml.document.main"
        ),
        part("/word/styles.xml", "officedocument.wordprocessingml.styles"),
        part(
            "/word/settings.xml",
            "officedocument.wordprocessingml.settings"
        ),
        part("/docProps/core.xml", "package.core-properties"),
    )
}

fn relations(targets: &[(&str, &str)]) -> String {
    let relations = targets.iter().enumerate().map(|(at, (kind, target))| {
        format!(
            "<Relationship Id=\"rId{}\" Type=\"{kind}\" Target=\"{target}\"/>",
            at + 1
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{}</Relationships>",
        relations.collect::<String>()
    )
}

fn core(title: &str) -> String {
    let title = element("dc:title", vec![Node::Text(title.to_owned())]);
    let core = Element::new("cp:coreProperties", vec![title])
        .with(
            "xmlns:cp",
            "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
        )
        .with("xmlns:dc", "http://purl.org/dc/elements/1.1/");
    xml::write(&[Node::Element(core)])
}

fn settings() -> String {
    let settings = Element::new("w:settings", vec![valued("w:defaultTabStop", "720")]);
    xml::write(&[Node::Element(settings.with("xmlns:w", NAMESPACE))])
}

fn styles() -> String {
    let mut styles = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <w:styles xmlns:w=\"{NAMESPACE}\"><w:docDefaults><w:rPrDefault><w:rPr>\
         <w:rFonts w:ascii=\"Calibri\" w:hAnsi=\"Calibri\"/><w:sz w:val=\"22\"/></w:rPr></w:rPrDefault>\
         <w:pPrDefault><w:pPr><w:spacing w:after=\"120\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/></w:style>"
    );
    for (at, size) in HEADINGS.iter().enumerate() {
        let level = at + 1;
        styles.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:pPr><w:keepNext/><w:outlineLvl w:val=\"{at}\"/></w:pPr>\
             <w:rPr><w:b/><w:sz w:val=\"{size}\"/></w:rPr></w:style>"
        ));
    }
    let border = |side: &str| {
        format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"auto\"/>")
    };
    let borders = ["top", "left", "bottom", "right", "insideH", "insideV"].map(border);
    styles.push_str(&format!(
        "<w:style w:type=\"table\" w:styleId=\"TableGrid\"><w:name w:val=\"Table Grid\"/>\
         <w:tblPr><w:tblBorders>{}</w:tblBorders></w:tblPr></w:style></w:styles>",
        borders.concat()
    ));
    styles
}

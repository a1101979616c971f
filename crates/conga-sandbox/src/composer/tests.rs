//! Templates merged, in each format.

use std::io::{Cursor, Write as _};

use lopdf::dictionary;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

fn data(value: Value) -> Data {
    Data::new().with_fields(value.as_object().unwrap())
}

fn quote() -> Data {
    data(json!({
        "Name": "Q-7", "Account": {"Name": "Müller & Söhne"}, "Note": "first\nsecond", "Total": 1234.5,
        "Lines": [
            {"Name": "Orbit <400>", "Price": 1000, "Parts": [{"Part": "lens"}, {"Part": "arm"}]},
            {"Name": "Pulse", "Price": 234.5, "Parts": []},
        ],
        "Empty": [],
    }))
}

/// A DOCX whose body is this XML.
fn docx_of(body: &str) -> Vec<u8> {
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
         <w:document xmlns:w=\"urn:w\"><w:body>{body}<w:sectPr/></w:body></w:document>"
    );
    let mut zip = ZipWriter::new(Cursor::default());
    for (name, content) in [
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", document.as_str()),
        (
            "word/header1.xml",
            "<w:hdr><w:p><w:r><w:t>{{Name}}</w:t></w:r></w:p></w:hdr>",
        ),
        (
            "word/settings.xml",
            "<w:settings><w:zoom/><w:compat/></w:settings>",
        ),
        ("word/media/image1.png", "\u{1}{{Name}}"),
    ] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn part(docx: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(docx)).unwrap();
    let mut text = String::new();
    let mut part = archive.by_name(name).unwrap();
    std::io::Read::read_to_string(&mut part, &mut text).unwrap();
    text
}

fn merge_docx(body: &str, data: &Data) -> Result<String, Fault> {
    let merged = merge(&docx_of(body), Format::Docx, data, &Locale::default())?;
    let document = part(&merged, "word/document.xml");
    let (_, body) = document.split_once("<w:body>").unwrap();
    let (body, _) = body.split_once("<w:sectPr/>").unwrap();
    Ok(body.replace(" xml:space=\"preserve\"", ""))
}

/// A paragraph of one run.
fn p(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A table of rows of cells.
fn table(rows: &[&[&str]]) -> String {
    let rows = rows.iter().map(|cells| {
        let cells = cells.iter().map(|cell| format!("<w:tc>{}</w:tc>", p(cell)));
        format!("<w:tr>{}</w:tr>", cells.collect::<String>())
    });
    format!("<w:tbl>{}</w:tbl>", rows.collect::<String>())
}

#[test]
fn fields_of_a_docx_are_filled_in() {
    let merged = merge_docx(
        &p(r"{{NAME}}: {{Account.Name}}, {{Total \# Currency}}, {{Nothing}}"),
        &quote(),
    );
    assert_eq!(merged.unwrap(), p("Q-7: Müller &amp; Söhne, $1,234.50, "));
    let merged = merge(&docx_of(""), Format::Docx, &quote(), &Locale::default()).unwrap();
    assert!(part(&merged, "word/header1.xml").contains(">Q-7<"));
    assert_eq!(part(&merged, "word/media/image1.png"), "\u{1}{{Name}}");
}

#[test]
fn a_field_torn_into_runs_is_found() {
    let torn = "<w:p><w:r><w:t>No. {</w:t></w:r><w:proofErr/><w:r><w:rPr><w:b/></w:rPr><w:t>{Na</w:t></w:r>\
         <w:r><w:t>me}} and {{Total</w:t></w:r><w:r><w:t xml:space=\"preserve\"> \\# 0}} x</w:t></w:r></w:p>";
    let merged = merge_docx(torn, &quote()).unwrap();
    assert_eq!(
        merged,
        "<w:p><w:r><w:t>No. Q-7</w:t></w:r><w:proofErr/>\
         <w:r><w:t> and 1235</w:t></w:r><w:r><w:t> x</w:t></w:r></w:p>"
    );
}

#[test]
fn a_line_break_in_a_value_is_one_in_the_document() {
    let merged = merge_docx(&p("{{Note}}"), &quote()).unwrap();
    assert_eq!(
        merged,
        "<w:p><w:r><w:t>first</w:t><w:br/><w:t>second</w:t></w:r></w:p>"
    );
}

#[test]
fn rows_of_a_table_repeat() {
    let template = table(&[
        &["Item", "Price"],
        &[
            "{{TableStart:Lines}}{{Name}}",
            r"{{Price \# 0.00}}{{TableEnd:Lines}}",
        ],
        &["Total", "{{Total}}"],
    ]);
    let expected = table(&[
        &["Item", "Price"],
        &["Orbit &lt;400&gt;", "1000.00"],
        &["Pulse", "234.50"],
        &["Total", "1234.5"],
    ]);
    assert_eq!(merge_docx(&template, &quote()).unwrap(), expected);
    let torn = template.replace(
        "{{TableEnd",
        "</w:t></w:r><w:r><w:t>{{Tab</w:t></w:r><w:r><w:t>leEnd",
    );
    let merged = merge_docx(&torn, &quote()).unwrap();
    assert_eq!(merged.matches("<w:tr>").count(), 4);
    assert!(!merged.contains("Table"), "{merged}");
}

#[test]
fn a_row_without_data_goes_and_a_table_without_rows_too() {
    let only: &[&str] = &["{{TableStart:Empty}}{{Name}}{{TableEnd:Empty}}"];
    assert_eq!(
        merge_docx(&table(&[&["Head"], only]), &quote()).unwrap(),
        table(&[&["Head"]])
    );
    let row: &[&str] = &["{{TableStart:Empty}}{{Name}}", "x{{TableEnd:Empty}}"];
    let merged = merge_docx(&table(&[&["Head", "er"], row]), &quote()).unwrap();
    assert_eq!(merged, table(&[&["Head", "er"]]));
    let merged = merge_docx(&format!("{}{}", table(&[row]), p("after")), &quote()).unwrap();
    assert_eq!(merged, p("after"));
}

#[test]
fn paragraphs_repeat_and_their_tags_leave_no_lines() {
    let around = [
        p("{{TableStart:Lines}}"),
        p("- {{Name}}"),
        p("{{TableEnd:Lines}}"),
    ]
    .concat();
    let expected = [p("- Orbit &lt;400&gt;"), p("- Pulse")].concat();
    assert_eq!(merge_docx(&around, &quote()).unwrap(), expected);
    let whole = p("{{TableStart:Lines}}- {{Name}}{{TableEnd:Lines}}");
    let merged = merge_docx(&whole, &quote()).unwrap();
    assert_eq!(merged.matches("<w:p>").count(), 2);
    assert!(merged.contains("Pulse"));
    let table_around = format!(
        "{}{}{}",
        p("{{TableStart:Lines}}"),
        table(&[&["{{Name}}"]]),
        p("{{TableEnd:Lines}}")
    );
    let merged = merge_docx(&table_around, &quote()).unwrap();
    assert_eq!(merged.matches("<w:tbl>").count(), 2);
}

#[test]
fn words_repeat_within_a_paragraph() {
    let merged = merge_docx(
        &p("Items: {{TableStart:Lines}}{{Name}}; {{TableEnd:Lines}}done"),
        &quote(),
    );
    let merged = merged.unwrap();
    assert_eq!(merged.matches("<w:p>").count(), 1);
    let text = merged.replace("</w:t></w:r><w:r><w:t>", "");
    assert_eq!(text, p("Items: Orbit &lt;400&gt;; Pulse; done"));
}

#[test]
fn regions_nest() {
    let template = [
        p("{{TableStart:Lines}}"),
        p("{{Name}}"),
        p("{{TableStart:Parts}}of {{Name}}: {{Part}}{{TableEnd:Parts}}"),
        p("{{TableEnd:Lines}}"),
    ];
    let merged = merge_docx(&template.concat(), &quote()).unwrap();
    let text = merged.replace("</w:t></w:r><w:r><w:t>", "");
    let expected = [
        p("Orbit &lt;400&gt;"),
        p("of Orbit &lt;400&gt;: lens"),
        p("of Orbit &lt;400&gt;: arm"),
        p("Pulse"),
    ];
    assert_eq!(text, expected.concat());
}

#[test]
fn the_main_set_is_the_data_itself() {
    let template = [
        p("{{TableStart:MAIN}}{{Name}}{{TableEnd:MAIN}}"),
        p("{{TableStart:PARTS}}{{Part}}{{TableEnd:PARTS}}"),
    ];
    let merged = merge_docx(&template.concat(), &quote()).unwrap();
    let text = merged.replace("</w:t></w:r><w:r><w:t>", "");
    assert_eq!(text, [p("Q-7"), p("lens"), p("arm")].concat());
}

#[test]
fn merge_fields_of_word_count_too() {
    let mark = |kind: &str| format!("<w:r><w:fldChar w:fldCharType=\"{kind}\"/></w:r>");
    let complex = format!(
        "<w:p>{}<w:r><w:instrText> MERGEFIELD  \"Name\" \\* Lower </w:instrText></w:r>{}\
         <w:r><w:rPr><w:b/></w:rPr><w:t>«Name»</w:t></w:r>{}</w:p>",
        mark("begin"),
        mark("separate"),
        mark("end")
    );
    assert_eq!(
        merge_docx(&complex, &quote()).unwrap(),
        "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>q-7</w:t></w:r></w:p>"
    );
    let simple = "<w:p><w:fldSimple w:instr=\" MERGEFIELD Total \"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>";
    assert_eq!(merge_docx(simple, &quote()).unwrap(), p("1234.5"));
    let page = format!(
        "<w:p>{}<w:r><w:instrText> PAGE </w:instrText></w:r>{}</w:p>",
        mark("begin"),
        mark("end")
    );
    assert_eq!(merge_docx(&page, &quote()).unwrap(), page);
}

#[test]
fn regions_that_do_not_match_are_faults() {
    let rows = table(&[&["{{TableStart:Lines}}a"], &["b{{TableEnd:Lines}}"]]);
    let cases = [
        (p("{{TableStart:Lines}}"), "has no {{TableEnd:Lines}}"),
        (p("{{TableEnd:Lines}}"), "has no {{TableStart:Lines}}"),
        (
            p("{{TableStart:Lines}}x{{TableEnd:Parts}}"),
            "is closed by {{TableEnd:Parts}}",
        ),
        (rows, "different rows"),
        (
            [
                p("{{TableStart:Lines}}"),
                p("{{TableEnd:Lines}}{{TableStart:Parts}}"),
                p("{{TableEnd:Parts}}"),
            ]
            .concat(),
            "begins where another region ends",
        ),
        (p("{{TableGroup:Lines:Family}}"), "TableGroup"),
    ];
    for (template, message) in cases {
        let fault = merge_docx(&template, &quote()).unwrap_err();
        assert!(fault.to_string().contains(message), "{fault}");
    }
}

#[test]
fn what_is_no_docx_is_a_fault() {
    let mut broken = docx_of("<w:p>");
    for bytes in [&b"plain text"[..], b"", b"PK\x03\x04", &broken] {
        assert!(merge(bytes, Format::Docx, &quote(), &Locale::default()).is_err());
    }
    broken.truncate(broken.len() / 2);
    assert!(read(&broken, Format::Docx).is_err());
    assert!(merge(b"%PDF-1.7", Format::Pdf, &quote(), &Locale::default()).is_err());
    assert!(merge(b"\xff", Format::Text, &quote(), &Locale::default()).is_err());
}

#[test]
fn a_merge_that_grows_without_end_is_stopped() {
    let rows: Vec<Value> = (0..200).map(|n| json!({"n": n})).collect();
    let data = data(json!({"a": rows, "b": rows, "c": rows, "d": rows}));
    let tags = |kind: &str| {
        let tags = ["a", "b", "c", "d"].map(|name| format!("{{{{Table{kind}:{name}}}}}"));
        tags.to_vec()
    };
    let ends: Vec<String> = tags("End").into_iter().rev().collect();
    let text = format!(
        "{}{}{}",
        tags("Start").concat(),
        "x".repeat(100),
        ends.concat()
    );
    let fault = merge(text.as_bytes(), Format::Text, &data, &Locale::default()).unwrap_err();
    assert!(fault.to_string().contains("too large"));
    let starts: String = tags("Start").iter().map(|tag| p(tag)).collect();
    let ends: String = ends.iter().map(|tag| p(tag)).collect();
    let fault = merge_docx(&format!("{starts}{}{ends}", p("x")), &data).unwrap_err();
    assert!(fault.to_string().contains("too large"));
}

#[test]
fn html_is_merged() {
    let merge = |template: &str| {
        let merged = merge(
            template.as_bytes(),
            Format::Html,
            &quote(),
            &Locale::default(),
        );
        String::from_utf8(merged.unwrap()).unwrap()
    };
    assert_eq!(
        merge("<p class=a>{{Account.Name}}<br>{{Note}}</p><script>{{Name}}</script>"),
        "<p class=\"a\">Müller &amp; Söhne<br>first<br>second</p><script>{{Name}}</script>"
    );
    assert_eq!(
        merge(
            "<table><tr><td>{{TableStart:Lines}}{{Name}}</td><td>{{Price}}{{TableEnd:Lines}}</td></tr></table>"
        ),
        "<table><tr><td>Orbit &lt;400&gt;</td><td>1000</td></tr><tr><td>Pulse</td><td>234.5</td></tr></table>"
    );
    assert_eq!(
        merge("<ul><li>{{TableStart:Lines}}{{Name}}{{TableEnd:Lines}}</li></ul>"),
        "<ul><li>Orbit &lt;400&gt;</li><li>Pulse</li></ul>"
    );
    assert_eq!(
        merge("<div>{{TableStart:Lines}}<h2>{{N<b>ame</b>}}</h2>{{TableEnd:Lines}}!</div>"),
        "<div><h2>Orbit &lt;400&gt;<b></b></h2><h2>Pulse<b></b></h2>!</div>"
    );
    assert_eq!(
        merge("<td>{{TableStart:Lines}}{{Name}},{{TableEnd:Lines}}</td>"),
        "<td>Orbit &lt;400&gt;,Pulse,</td>"
    );
}

#[test]
fn text_is_merged() {
    let template = "Quote {{Name}}\n{{TableStart:Lines}}\n* {{Name}}: {{TableStart:Parts}}{{Part}} {{TableEnd:Parts}}\n\
         {{TableEnd:Lines}}\n{{Note}}";
    let merged = merge(
        template.as_bytes(),
        Format::Text,
        &quote(),
        &Locale::default(),
    )
    .unwrap();
    assert_eq!(
        String::from_utf8(merged).unwrap(),
        "Quote Q-7\n* Orbit <400>: lens arm \n* Pulse: \nfirst\nsecond"
    );
    for template in [
        "{{TableStart:a}}",
        "{{TableEnd:a}}",
        "{{TableStart:a}}{{TableEnd:b}}",
    ] {
        assert!(
            merge(
                template.as_bytes(),
                Format::Text,
                &quote(),
                &Locale::default()
            )
            .is_err()
        );
    }
}

#[test]
fn a_document_is_written_in_every_format() {
    let html = "<h1>Angebot</h1><p>Grüße <b>fett</b></p><ol><li>eins<li>zwei</ol>\
         <table><tr><th>A<th>B<tr><td colspan=2>x y</table><div style='page-break-before: always'>Ende</div>";
    let plain = Looks::default();
    let to = |format| convert(html.as_bytes(), Format::Html, format, &plain).unwrap();
    assert_eq!(
        String::from_utf8(to(Format::Text)).unwrap(),
        "Angebot\nGrüße fett\n1. eins\n2. zwei\nA\tB\nx y\n\u{c}Ende\n"
    );
    assert_eq!(to(Format::Html), html.as_bytes());
    let docx = to(Format::Docx);
    let again = convert(&docx, Format::Docx, Format::Text, &plain).unwrap();
    let again = String::from_utf8(again).unwrap();
    assert_eq!(
        again.replace('\t', " "),
        "Angebot\nGrüße fett\n1.  eins\n2.  zwei\nA B\nx y\n\n\u{c}\nEnde\n".replace("  ", " ")
    );
    let pdf = to(Format::Pdf);
    assert!(pdf.starts_with(b"%PDF-1."));
    assert!(pdf.ends_with(b"%%EOF") || pdf.ends_with(b"%%EOF\n"));
    assert!(convert(&pdf, Format::Pdf, Format::Docx, &plain).is_err());
    assert_eq!(
        convert(&pdf, Format::Pdf, Format::Pdf, &plain).unwrap(),
        pdf
    );
}

#[test]
fn a_page_of_anything_becomes_a_pdf() {
    let long_word = "x".repeat(5_000);
    let wide = format!("<table><tr>{}</tr></table>", "<td>cell</td>".repeat(200));
    let tall = format!(
        "<table><tr><td>{}</td></tr></table>",
        "line<br>".repeat(300)
    );
    for html in [
        "",
        &long_word,
        "日本語 😀 \u{301}",
        &wide,
        &tall,
        "<h1></h1><table></table>",
        "<p>\u{0}\t</p>",
    ] {
        let looks = Looks {
            header: Some("Kopf".to_owned()),
            footer: Some("Fuß\nzeile".to_owned()),
            page_numbers: true,
            watermark: Some("ENTWURF".to_owned()),
            ..Looks::default()
        };
        let pdf = convert(html.as_bytes(), Format::Html, Format::Pdf, &looks).unwrap();
        assert!(pdf.starts_with(b"%PDF-1."), "{html}");
    }
}

#[test]
fn documents_are_joined() {
    let documents = [
        (b"one".to_vec(), Format::Text),
        (b"<p>two</p>".to_vec(), Format::Html),
        (docx_of(&p("three")), Format::Docx),
    ];
    let joined = join(&documents, Format::Text, &Looks::default()).unwrap();
    assert_eq!(
        String::from_utf8(joined).unwrap(),
        "one\n\u{c}two\n\u{c}three\n"
    );
}

/// A PDF whose pages have their size and resources from the node above, as other writers do it.
fn foreign_pdf(pages: usize) -> Vec<u8> {
    let mut pdf = lopdf::Document::with_version("1.4");
    let root = pdf.new_object_id();
    let kids: Vec<lopdf::Object> = (0..pages)
        .map(|_| {
            let content = lopdf::Stream::new(lopdf::Dictionary::new(), b"0 0 m".to_vec());
            let content = pdf.add_object(content);
            let page = dictionary! {"Type" => "Page", "Parent" => root, "Contents" => content};
            pdf.add_object(page).into()
        })
        .collect();
    let node = dictionary! {
        "Type" => "Pages", "Kids" => kids, "Count" => i64::try_from(pages).unwrap(), "Rotate" => 90,
        "MediaBox" => vec![0.into(), 0.into(), 200.into(), 100.into()],
    };
    pdf.objects.insert(root, node.into());
    let catalog = pdf.add_object(dictionary! {"Type" => "Catalog", "Pages" => root});
    pdf.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_pdf_is_joined_as_it_is() {
    let documents = [
        (b"one".to_vec(), Format::Text),
        (foreign_pdf(2), Format::Pdf),
        (docx_of(&p("three")), Format::Docx),
        (foreign_pdf(1), Format::Pdf),
    ];
    let joined = join(&documents, Format::Pdf, &Looks::default()).unwrap();
    let read = lopdf::Document::load_mem(&joined).unwrap();
    let boxes = read.page_iter().map(|id| {
        let page = read.get_dictionary(id).unwrap();
        let width = page.get(b"MediaBox").unwrap().as_array().unwrap();
        (
            width[2].as_float().unwrap().round(),
            page.get(b"Rotate")
                .is_ok_and(|angle| angle.as_i64().ok() == Some(90)),
        )
    });
    let a4 = (595.0, false);
    let foreign = (200.0, true);
    assert_eq!(
        boxes.collect::<Vec<_>>(),
        [a4, foreign, foreign, a4, foreign]
    );
    let kinds = read.objects.values();
    let catalogs = kinds.filter(|object| object.type_name().is_ok_and(|kind| kind == b"Catalog"));
    assert_eq!(catalogs.count(), 1);
    assert!(join(&documents, Format::Docx, &Looks::default()).is_err());
    for broken in [&b"%PDF-1.7"[..], b"", &joined[..joined.len() / 2]] {
        let broken = [(broken.to_vec(), Format::Pdf)];
        assert!(join(&broken, Format::Pdf, &Looks::default()).is_err());
    }
}

#[test]
fn pages_above_one_another_are_no_trap() {
    let pdf = foreign_pdf(1);
    let mut read = lopdf::Document::load_mem(&pdf).unwrap();
    let root = read
        .catalog()
        .unwrap()
        .get(b"Pages")
        .unwrap()
        .as_reference()
        .unwrap();
    read.get_dictionary_mut(root).unwrap().set("Parent", root);
    let mut looped = Vec::new();
    read.save_to(&mut looped).unwrap();
    let looped = [(looped, Format::Pdf)];
    assert!(join(&looped, Format::Pdf, &Looks::default()).is_ok());
}

#[test]
fn a_pdf_is_encrypted_once() {
    let plain = convert(b"words", Format::Text, Format::Pdf, &Looks::default()).unwrap();
    let locked = encrypt(&plain, Permissions::PRINTABLE, Some("owner")).unwrap();
    assert!(locked.windows(8).any(|bytes| bytes == b"/Encrypt"));
    // Anybody may open it.
    let read = lopdf::Document::load_mem(&locked).unwrap();
    assert!(read.was_encrypted());
    assert_eq!(read.get_pages().len(), 1);
    let again = encrypt(&locked, Permissions::all(), Some("owner"));
    assert!(again.unwrap_err().to_string().contains("is encrypted"));
    assert!(encrypt(b"words", Permissions::all(), None).is_err());
    assert!(encrypt(&plain, Permissions::all(), None).is_ok());
}

#[test]
fn a_pdf_for_archives_says_so() {
    let looks = Looks {
        made: "2026-03-01T09:30:00Z".parse().ok(),
        ..Looks::default()
    };
    assert!(looks.is_plain());
    let write = |text: &str| convert(text.as_bytes(), Format::Text, Format::PdfA, &looks);
    let archive = write("Größe 5 µm").unwrap();
    let text = String::from_utf8_lossy(&archive);
    assert!(text.contains("<pdfaid:part>2</pdfaid:part>"));
    assert!(text.contains("2026-03-01T09:30:00"));
    assert!(write("電気").is_ok());
    assert_eq!(Format::of_extension("pdf/a"), Ok(Format::PdfA));
    assert_eq!(Format::PdfA.extension(), "pdf");
}

#[test]
fn a_document_is_protected() {
    let document = docx_of(&p("x"));
    let settings = |protection, password| {
        let protected = protect(&document, protection, password).unwrap();
        part(&protected, "word/settings.xml")
    };
    let read_only = settings(Protection::ReadOnly, None);
    assert!(read_only.contains(
        "<w:zoom/><w:documentProtection w:edit=\"readOnly\" w:enforcement=\"1\"/><w:compat/>"
    ));
    assert!(settings(Protection::Comments, Some("secret")).contains("w:spinCount=\"100000\""));
    assert!(!settings(Protection::Nothing, None).contains("documentProtection"));
}

#[test]
fn lists_and_headings_of_a_docx_are_read() {
    let styled = |style: &str, text: &str| {
        format!(
            "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let entry = |text: &str| {
        format!(
            "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
        )
    };
    let body = [
        styled("Heading2", "Head"),
        entry("a"),
        "<w:p><w:r><w:t>b</w:t><w:br w:type=\"page\"/><w:t>c</w:t></w:r></w:p>".to_owned(),
        "<w:sdt><w:sdtContent><w:p><w:ins><w:r><w:t>d</w:t></w:r></w:ins><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p></w:sdtContent></w:sdt>".to_owned(),
    ];
    let document = docx_of(&body.concat());
    let text = convert(&document, Format::Docx, Format::Text, &Looks::default()).unwrap();
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "Head\n• a\nb\n\u{c}c\nd\n"
    );
    let html = convert(&document, Format::Docx, Format::Html, &Looks::default()).unwrap();
    assert!(String::from_utf8(html).unwrap().contains("<h2>Head</h2>"));
}

//! Tables as files: CSV, read and written, and XLSX, written.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use axum::http::StatusCode;
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::failure::Failure;
use crate::records::store::Record;

/// Columns that stand first, if there are any.
const FIRST: [&str; 2] = ["Id", "Name"];

/// A table.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) columns: Vec<String>,
    /// A row has no more cells than there are columns.
    pub(super) rows: Vec<Vec<String>>,
}

impl Sheet {
    /// Records as a table. Without columns it has all that any record has; the parts of a lookup stand apart.
    pub(super) fn of(records: &Value, columns: &[String]) -> Self {
        let records = records.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut rows = Vec::with_capacity(records.len());
        let mut all = BTreeSet::new();
        for record in records {
            let mut cells = Vec::new();
            if let Some(record) = record.as_object() {
                flatten("", record, &mut cells);
            }
            all.extend(cells.iter().map(|(path, _)| path.clone()));
            rows.push(cells);
        }
        let columns = if columns.is_empty() {
            let first = FIRST.iter().filter(|name| all.contains(**name));
            let first = first.map(|name| (*name).to_owned());
            let rest = all.iter().filter(|name| !FIRST.contains(&name.as_str()));
            first.chain(rest.cloned()).collect()
        } else {
            columns.to_vec()
        };
        let rows = rows.into_iter().map(|cells| {
            let cell = |column: &String| {
                // A lookup that is asked for as a whole shows its name.
                let name = format!("{column}.Name");
                let found = cells.iter().find(|(path, _)| path == column);
                let found = found.or_else(|| cells.iter().find(|(path, _)| *path == name));
                found.map_or_else(String::new, |(_, text)| text.clone())
            };
            columns.iter().map(cell).collect()
        });
        let rows = rows.collect();
        Self { columns, rows }
    }

    /// Reads a CSV file in UTF-8 whose first line names the columns. Lines without any text are left out.
    pub(super) fn read_csv(content: &[u8]) -> Result<Self, Failure> {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(content);
        let broken =
            |error: csv::Error| Failure::invalid(format!("the file is no CSV in UTF-8: {error}"));
        let texts = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let columns: Vec<String> = texts(reader.headers().map_err(broken)?);
        let mut rows: Vec<Vec<String>> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            if record.iter().any(|cell| !cell.is_empty()) {
                rows.push(texts(&record));
            }
        }
        Ok(Self { columns, rows })
    }

    /// The table as CSV: RFC 4180.
    pub(super) fn csv(&self) -> Result<Vec<u8>, Failure> {
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        let written = writer.write_record(&self.columns).and_then(|()| {
            self.rows
                .iter()
                .try_for_each(|row| writer.write_record(row))
        });
        written.map_err(unwritten)?;
        writer.into_inner().map_err(unwritten)
    }

    /// The table as the only sheet of a workbook.
    pub(super) fn xlsx(&self) -> Result<Vec<u8>, Failure> {
        self.pack().map_err(unwritten)
    }

    fn pack(&self) -> zip::result::ZipResult<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let sheet = self.markup();
        for (name, content) in PARTS.iter().chain(&[("xl/worksheets/sheet1.xml", &*sheet)]) {
            archive.start_file(*name, SimpleFileOptions::default())?;
            archive.write_all(content.as_bytes())?;
        }
        Ok(archive.finish()?.into_inner())
    }

    /// The sheet's markup. Every cell is text: a number of an id or a phone stays as it is.
    fn markup(&self) -> String {
        let mut xml = format!("{XML}<worksheet xmlns=\"{MAIN}\"><sheetData>");
        for row in std::iter::once(&self.columns).chain(&self.rows) {
            xml.push_str("<row>");
            for cell in row {
                // Writing to a string cannot fail.
                let _ = write!(
                    xml,
                    "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>",
                    escaped(cell)
                );
            }
            xml.push_str("</row>");
        }
        xml.push_str("</sheetData></worksheet>");
        xml
    }
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// The parts of a workbook that are the same for every table.
const PARTS: [(&str, &str); 4] = [
    (
        "[Content_Types].xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
         <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
         <Override PartName=\"/xl/workbook.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>\
         <Override PartName=\"/xl/worksheets/sheet1.xml\" \
         ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>",
    ),
    (
        "_rels/.rels",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>",
    ),
    (
        "xl/_rels/workbook.xml.rels",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/></Relationships>",
    ),
    (
        "xl/workbook.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\
         <workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"Export\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
    ),
];

/// The values of a record by their paths. Null has none; a list stands as JSON.
fn flatten(prefix: &str, record: &Record, cells: &mut Vec<(String, String)>) {
    for (name, value) in record {
        let path = format!("{prefix}{name}");
        match value {
            Value::Null => {}
            Value::Object(parts) => flatten(&format!("{path}."), parts, cells),
            Value::String(text) => cells.push((path, text.clone())),
            other => cells.push((path, other.to_string())),
        }
    }
}

/// Text in XML 1.0, which knows no control characters but three.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

fn unwritten(error: impl std::fmt::Display) -> Failure {
    Failure::Refused(
        StatusCode::INTERNAL_SERVER_ERROR,
        format!("the file could not be written: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use serde_json::json;

    use super::*;

    const ODD: &str = "Ünal \"the\" <b>, & \u{1}\nsecond line 👩";

    fn sheet() -> Sheet {
        Sheet::of(
            &json!([
                {"Name": "=1+1", "Account": {"Id": "007", "Name": ODD}, "Value": 1.5, "Gone": null},
                {"Name": "b", "Id": "x", "IsActive": true, "Tags": ["a", 1]},
            ]),
            &[],
        )
    }

    #[test]
    fn a_table_has_all_columns_and_lookups_in_parts() {
        let sheet = sheet();
        assert_eq!(
            sheet.columns,
            [
                "Id",
                "Name",
                "Account.Id",
                "Account.Name",
                "IsActive",
                "Tags",
                "Value"
            ]
        );
        assert_eq!(sheet.rows[0], ["", "=1+1", "007", ODD, "", "", "1.5"]);
        assert_eq!(sheet.rows[1], ["x", "b", "", "", "true", "[\"a\",1]", ""]);
        let rows = json!([{"Account": {"Id": "A1", "Name": "Acme"}}]);
        let named = Sheet::of(&rows, &["Account".to_owned(), "Name".to_owned()]);
        assert_eq!(named.rows[0], ["Acme", ""]);
    }

    #[test]
    fn csv_is_read_as_it_was_written() {
        let sheet = sheet();
        assert_eq!(Sheet::read_csv(&sheet.csv().unwrap()).unwrap(), sheet);
        let read =
            Sheet::read_csv(b"\xef\xbb\xbfName,Phone\r\n\"a, \"\"b\"\"\",1\n,\n\nc\n").unwrap();
        assert_eq!(read.columns, ["Name", "Phone"]);
        assert_eq!(read.rows, [vec!["a, \"b\"", "1"], vec!["c"]]);
        for bad in [&b"Name\n\xff\xfe\n"[..], &[0x50, 0x4b, 3, 4, 0xff, 0]] {
            assert!(Sheet::read_csv(bad).is_err());
        }
    }

    #[test]
    fn openpyxl_reads_the_workbook() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("export.xlsx");
        std::fs::write(&path, sheet().xlsx().unwrap()).unwrap();
        let program = "import json, sys\n\
            try: import openpyxl\n\
            except ImportError: sys.exit(9)\n\
            sheet = openpyxl.load_workbook(sys.argv[1]).active\n\
            print(json.dumps([[cell.value or '' for cell in row] for row in sheet.rows]))";
        // Debian's Python, which has Debian's packages.
        let ran = Command::new("/usr/bin/python3")
            .args(["-c", program])
            .arg(&path)
            .output();
        let Some(ran) = ran.ok().filter(|ran| ran.status.code() != Some(9)) else {
            assert!(std::env::var_os("CI").is_none(), "openpyxl is missing");
            println!("openpyxl is missing: not tested");
            return;
        };
        let errors = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{errors}");
        let mut expected = sheet();
        expected.rows[0][3] = ODD.replace('\u{1}', "\u{fffd}");
        let mut lines = vec![expected.columns];
        lines.extend(expected.rows);
        let read: Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert_eq!(read, json!(lines));
    }
}

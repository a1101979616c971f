//! Small valid files for answers that are not JSON.

/// A file of this media type whose text is `title`.
pub(super) fn sample(media: &str, title: &str) -> Vec<u8> {
    match media {
        "application/pdf" => pdf(title),
        "application/zip" | "application/x-zip-compressed" => zip("readme.txt", title.as_bytes()),
        "text/csv" | "application/csv" => {
            format!("Id,Name\r\n1,\"{}\"\r\n", title.replace('"', "\"\"")).into_bytes()
        }
        "application/xml" | "text/xml" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<title>{}</title>\n",
            escaped(title)
        )
        .into_bytes(),
        "text/html" => format!("<!doctype html>\n<title>{}</title>\n", escaped(title)).into_bytes(),
        _ => title.as_bytes().to_vec(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A PDF of one page with one line of text.
fn pdf(text: &str) -> Vec<u8> {
    let text: String = text
        .chars()
        .filter(|c| c.is_ascii_graphic() || *c == ' ')
        .filter(|c| !matches!(c, '(' | ')' | '\\'))
        .collect();
    let content = format!("BT /F1 14 Tf 72 770 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut file = String::from("%PDF-1.4\n");
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", index + 1));
    }
    let table = file.len();
    file.push_str(&format!(
        "xref\n0 {}\n0000000000 65535 f \n",
        objects.len() + 1
    ));
    for offset in offsets {
        file.push_str(&format!("{offset:010} 00000 n \n"));
    }
    file.push_str(&format!(
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    ));
    file.into_bytes()
}

/// A zip archive with one stored file, dated 1980-01-01 so that its bytes never change.
fn zip(name: &str, content: &[u8]) -> Vec<u8> {
    const DATE: u16 = 0x21;
    let crc = crc32(content);
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let name_length = u16::try_from(name.len()).unwrap_or(u16::MAX);
    // What the local header and the directory have in common: version to flags, method, time, date,
    // checksum, both sizes, name length, no extra field.
    let mut common = Vec::new();
    for field in [20_u16, 0, 0, 0, DATE] {
        common.extend(field.to_le_bytes());
    }
    for field in [crc, size, size] {
        common.extend(field.to_le_bytes());
    }
    common.extend(name_length.to_le_bytes());
    common.extend([0, 0]);

    let mut file = Vec::new();
    file.extend(b"PK\x03\x04");
    file.extend(&common);
    file.extend(name.as_bytes());
    file.extend(content);

    let directory = u32::try_from(file.len()).unwrap_or(u32::MAX);
    file.extend(b"PK\x01\x02\x14\x00");
    file.extend(&common);
    // No comment, first disk, no attributes, and the header at offset zero.
    file.extend([0; 14]);
    file.extend(name.as_bytes());
    let directory_size = u32::try_from(file.len()).unwrap_or(u32::MAX) - directory;

    file.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    file.extend(directory_size.to_le_bytes());
    file.extend(directory.to_le_bytes());
    file.extend([0, 0]);
    file
}

/// The checksum of zip files (IEEE 802.3), bit by bit: the files here are a line long.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn the_pdf_table_points_at_its_objects() {
        let file = String::from_utf8(pdf("Evidence (summary)")).unwrap();
        let entries = file.lines().filter(|line| line.ends_with(" 00000 n "));
        for (index, entry) in entries.enumerate() {
            let offset: usize = entry[..10].parse().unwrap();
            assert!(file[offset..].starts_with(&format!("{} 0 obj", index + 1)));
        }
        assert!(file.contains("(Evidence summary)"));
    }

    #[test]
    fn the_zip_directory_stands_where_its_end_says() {
        let file = zip("readme.txt", b"hello");
        let end = file.len() - 22;
        assert_eq!(&file[end..end + 4], b"PK\x05\x06");
        let offset = u32::from_le_bytes(file[end + 16..end + 20].try_into().unwrap()) as usize;
        let size = u32::from_le_bytes(file[end + 12..end + 16].try_into().unwrap()) as usize;
        assert_eq!(&file[offset..offset + 4], b"PK\x01\x02");
        assert_eq!(offset + size, end);
    }
}

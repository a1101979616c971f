//! Where in a JSON text a byte stands.
//!
//! serde_json tells line and column of what it could not decode. The path to it (`Data[1].Name`) is what a person needs. Finding it in the
//! text keeps it out of the decoder, which would otherwise be compiled a second time for every type that any operation answers.

/// The path to what ends before `line` and `column`, both from 1 as serde_json counts. Empty at the top, and where the text is no JSON.
pub(crate) fn path(raw: &[u8], line: usize, column: usize) -> String {
    let start: usize = raw
        .split_inclusive(|byte| *byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let end = raw.len().min(start + column);
    let mut open: Vec<Step> = Vec::new();
    let mut at = 0;
    while at < end {
        match raw[at] {
            b'{' => open.push(Step::Field(None)),
            b'[' => open.push(Step::Index(0)),
            b'}' | b']' => {
                open.pop();
            }
            b',' => match open.last_mut() {
                Some(Step::Index(index)) => *index += 1,
                Some(Step::Field(name)) => *name = None,
                None => {}
            },
            b'"' => {
                let text = string(&raw[at..]);
                if let Some(Step::Field(name @ None)) = open.last_mut() {
                    *name = serde_json::from_slice(text).ok();
                }
                at += text.len() - 1;
            }
            _ => {}
        }
        at += 1;
    }
    write(&open)
}

/// One step down from an object or an array.
enum Step {
    /// `None` before the name is read.
    Field(Option<String>),
    Index(usize),
}

/// The string that `raw` starts with, quotes included; to the end where it is not closed.
fn string(raw: &[u8]) -> &[u8] {
    let mut escaped = false;
    let close = raw.iter().skip(1).position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    close.map_or(raw, |at| &raw[..at + 2])
}

fn write(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Field(Some(name)) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Step::Field(None) => {}
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoding counts")]
    struct Answer {
        #[serde(rename = "Data")]
        data: Vec<Row>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoding counts")]
    struct Row {
        id: String,
        size: i32,
    }

    fn place(text: &str) -> String {
        let error = serde_json::from_str::<Answer>(text).unwrap_err();
        path(text.as_bytes(), error.line(), error.column())
    }

    #[test]
    fn the_path_leads_to_what_did_not_fit() {
        assert_eq!(
            place(r#"{"Data":[{"id":"a,]}\"[{","size":1},{"id":"b","size":"two"}]}"#),
            "Data[1].size"
        );
        assert_eq!(
            place("{\n  \"Data\": [\n    {\"id\": 7}\n  ]\n}"),
            "Data[0].id"
        );
        assert_eq!(place(r#"{"Other":{"x":[1,2]},"Data":"none"}"#), "Data");
        assert_eq!(place(r#"{"Data":[{"id":"a"}]}"#), "Data[0]");
        assert_eq!(place("7"), "");
    }

    #[test]
    fn odd_texts_have_no_path_and_do_no_harm() {
        for text in ["", "}", "]],", "\"open", "{\"a\\", "<html>\n"] {
            for column in 0..20 {
                path(text.as_bytes(), 1, column);
                path(text.as_bytes(), 9, column);
            }
        }
    }
}

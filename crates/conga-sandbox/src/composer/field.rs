//! Merge fields as they stand in a template.

use super::Fault;

/// What stands between `{{` and `}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A value.
    Field(Field),
    /// `TableStart:` and the name of a data set.
    Start(String),
    /// `TableEnd:` and the name of a data set.
    End(String),
}

/// A merge field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// What is looked up, such as `Account.Name`.
    pub(super) name: String,
    pub(super) switches: Vec<Switch>,
}

/// How a value is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Switch {
    /// `\#`: a picture of a number.
    Number(String),
    /// `\@`: a picture of a date.
    Date(String),
    /// `\*`: a format's name, such as `Upper`.
    Format(String),
}

/// A piece of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// With its braces.
    Token(&'a str),
}

/// Cuts a text into tokens and what is between them. Braces that are never closed are text.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (before, from) = rest.split_at(start);
        let Some(end) = from.find("}}") else {
            break;
        };
        let (token, after) = from.split_at(end + 2);
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Token(token));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

impl Token {
    /// Reads a token with its braces.
    ///
    /// # Errors
    ///
    /// For `TableGroup`, which is not carried out.
    pub(super) fn parse(token: &str) -> Result<Self, Fault> {
        let inner = token.trim_start_matches("{{").trim_end_matches("}}").trim();
        if let Some((tag, name)) = inner.split_once(':') {
            let name = name.trim().to_owned();
            if tag.eq_ignore_ascii_case("TableStart") {
                return Ok(Self::Start(name));
            }
            if tag.eq_ignore_ascii_case("TableEnd") {
                return Ok(Self::End(name));
            }
            if tag.eq_ignore_ascii_case("TableGroup") {
                return Err(Fault::new(
                    "TableGroup is not carried out by the sandbox; use TableStart and TableEnd",
                ));
            }
        }
        Ok(Self::Field(Field::parse(inner)))
    }
}

impl Field {
    /// Reads a field without its braces: a name, then switches.
    pub(super) fn parse(inner: &str) -> Self {
        let inner = inner.replace(['“', '”', '„'], "\"");
        let mut parts = inner.split('\\');
        let name = parts.next().unwrap_or_default();
        let name = name.trim_start_matches('=').trim().trim_matches('"');
        let switches = parts.filter_map(|part| {
            let mut chars = part.chars();
            let kind = chars.next()?;
            let picture = chars.as_str().trim().trim_matches('"').to_owned();
            match kind {
                '#' => Some(Switch::Number(picture)),
                '@' => Some(Switch::Date(picture)),
                '*' => Some(Switch::Format(picture)),
                _ => None,
            }
        });
        Self {
            name: name.to_owned(),
            switches: switches.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_tokens() {
        use Piece::{Text, Token};
        let cases: [(&str, &[Piece<'_>]); 6] = [
            ("", &[]),
            ("plain } {", &[Text("plain } {")]),
            (
                "Dear {{NAME}},",
                &[Text("Dear "), Token("{{NAME}}"), Text(",")],
            ),
            ("{{A}}{{B}}", &[Token("{{A}}"), Token("{{B}}")]),
            ("a {{never", &[Text("a {{never")]),
            ("ü{{é}}ß", &[Text("ü"), Token("{{é}}"), Text("ß")]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn tokens_are_read() {
        let parse = |token| Token::parse(token).unwrap();
        assert_eq!(
            parse("{{ TableStart : Lines }}"),
            Token::Field(Field {
                name: "TableStart : Lines".to_owned(),
                switches: Vec::new()
            })
        );
        assert_eq!(
            parse("{{tablestart: Lines }}"),
            Token::Start("Lines".to_owned())
        );
        assert_eq!(parse("{{TableEnd:Lines}}"), Token::End("Lines".to_owned()));
        assert!(Token::parse("{{TableGroup:Lines:Family}}").is_err());
    }

    #[test]
    fn switches_follow_the_name() {
        let field = Field::parse(r#"= Total \# "$#,##0.00;-$#,##0.00" \* Upper"#);
        assert_eq!(field.name, "Total");
        assert_eq!(
            field.switches,
            [
                Switch::Number("$#,##0.00;-$#,##0.00".to_owned()),
                Switch::Format("Upper".to_owned())
            ]
        );
        let field = Field::parse(r"CloseDate \@ “MMMM d, yyyy” \* MERGEFORMAT");
        assert_eq!(
            field.switches,
            [
                Switch::Date("MMMM d, yyyy".to_owned()),
                Switch::Format("MERGEFORMAT".to_owned())
            ]
        );
        assert_eq!(Field::parse("").name, "");
        assert_eq!(Field::parse(r"A \").switches, []);
    }
}

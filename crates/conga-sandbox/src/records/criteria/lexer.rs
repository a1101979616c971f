//! Characters to tokens.

use super::CriteriaError;

/// A token and where it starts, as an index of characters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// A keyword or a field.
    Word(String),
    /// Quoted text, without its quotes.
    Text(String),
    /// A bare number.
    Number(f64),
    /// A bare date or date-time.
    Date(String),
    /// An operator or a punctuation mark.
    Symbol(&'static str),
    /// After the last token.
    End,
}

impl Kind {
    /// Whether this is the keyword, in any case.
    pub(crate) fn is_word(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// How an error names the token.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("'{word}'"),
            Self::Text(_) => "a text".to_owned(),
            Self::Number(number) => format!("the number {number}"),
            Self::Date(date) => format!("the date {date}"),
            Self::Symbol(symbol) => format!("'{symbol}'"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Longer symbols first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 11] = ["<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",", ":"];

/// All tokens of the criteria; the last is [`Kind::End`].
pub(crate) fn tokens(criteria: &str) -> Result<Vec<Token>, CriteriaError> {
    let chars: Vec<char> = criteria.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let rest = chars.get(at..).unwrap_or_default();
        let (kind, length) = match c {
            '\'' | '"' => quoted(rest).ok_or_else(|| {
                CriteriaError::new(criteria, at, "this quote is never closed, opened")
            })?,
            _ if c.is_ascii_digit() || c == '-' => {
                number_or_date(rest).map_err(|message| CriteriaError::new(criteria, at, message))?
            }
            _ if c.is_ascii_alphabetic() || c == '_' => word(rest),
            _ => symbol(rest).ok_or_else(|| {
                let message = format!("unexpected character '{}'", c.escape_debug());
                CriteriaError::new(criteria, at, message)
            })?,
        };
        tokens.push(Token { kind, at });
        at += length;
    }
    tokens.push(Token {
        kind: Kind::End,
        at,
    });
    Ok(tokens)
}

/// Text up to the closing quote, which is doubled or escaped where it is part of the text; a
/// backslash before anything but a quote or a backslash stands for itself.
fn quoted(chars: &[char]) -> Option<(Kind, usize)> {
    let (&quote, rest) = chars.split_first()?;
    let mut text = String::new();
    let mut at = 0;
    loop {
        match (*rest.get(at)?, rest.get(at + 1)) {
            ('\\', Some(&next)) if matches!(next, '\'' | '"' | '\\') => {
                text.push(next);
                at += 2;
            }
            (c, Some(&next)) if c == quote && next == quote => {
                text.push(quote);
                at += 2;
            }
            (c, _) if c == quote => return Some((Kind::Text(text), at + 2)),
            (c, _) => {
                text.push(c);
                at += 1;
            }
        }
    }
}

fn number_or_date(chars: &[char]) -> Result<(Kind, usize), String> {
    let text: String = chars
        .iter()
        .take_while(|c| c.is_ascii_alphanumeric() || "-+.:_".contains(**c))
        .collect();
    let length = text.len();
    if let Some(number) = text.parse().ok().filter(|number: &f64| number.is_finite()) {
        return Ok((Kind::Number(number), length));
    }
    if super::Scalar::text(&text).instant.is_some() {
        return Ok((Kind::Date(text), length));
    }
    Err(format!(
        "'{text}' is neither a number nor a date; text needs quotes,"
    ))
}

fn word(chars: &[char]) -> (Kind, usize) {
    let word: String = chars
        .iter()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        .collect();
    let length = word.len();
    (Kind::Word(word), length)
}

fn symbol(chars: &[char]) -> Option<(Kind, usize)> {
    SYMBOLS
        .iter()
        .find(|symbol| symbol.chars().eq(chars.iter().copied().take(symbol.len())))
        .map(|symbol| (Kind::Symbol(symbol), symbol.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(criteria: &str) -> Vec<Kind> {
        tokens(criteria)
            .unwrap()
            .into_iter()
            .map(|token| token.kind)
            .collect()
    }

    #[test]
    fn quotes_double_or_follow_a_backslash() {
        let text = |text: &str| vec![Kind::Text(text.to_owned()), Kind::End];
        for (criteria, wanted) in [
            ("'O''Brien'", "O'Brien"),
            (r"'O\'Brien'", "O'Brien"),
            (r#""say \"hi\"""#, "say \"hi\""),
            (r#"'say "hi"'"#, "say \"hi\""),
            (r"'C:\temp\\x'", r"C:\temp\x"),
            (r"'50\%'", r"50\%"),
            ("''", ""),
            ("'''\u{0}😀'", "'\u{0}😀"),
        ] {
            assert_eq!(kinds(criteria), text(wanted), "{criteria}");
        }
    }

    #[test]
    fn bare_values() {
        assert_eq!(
            kinds("-1.5e3,2025-01-01,2025-01-01T10:00:00.5+02:00,true"),
            [
                Kind::Number(-1500.0),
                Kind::Symbol(","),
                Kind::Date("2025-01-01".to_owned()),
                Kind::Symbol(","),
                Kind::Date("2025-01-01T10:00:00.5+02:00".to_owned()),
                Kind::Symbol(","),
                Kind::Word("true".to_owned()),
                Kind::End,
            ]
        );
    }

    #[test]
    fn the_longest_symbol_wins() {
        let symbols = ["<=", "<>", "<", "=", ">=", "!="].map(Kind::Symbol);
        assert_eq!(kinds("<=<>< =>=!=")[..6], symbols);
    }
}

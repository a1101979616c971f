//! The patterns of `LIKE`.

use std::fmt;

use crate::records::value::fold;

/// A pattern: `%` stands for any run of characters, `_` for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<Piece>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Run,
    One,
    Char(char),
}

impl Pattern {
    /// Reads a pattern. A backslash before `%`, `_` or a backslash takes that character as it is.
    pub(crate) fn parse(text: &str) -> Self {
        let text = fold(text);
        let mut chars = text.chars().peekable();
        let mut pieces = Vec::new();
        while let Some(c) = chars.next() {
            pieces.push(match c {
                '%' => Piece::Run,
                '_' => Piece::One,
                '\\' => {
                    let taken = chars.next_if(|next| matches!(next, '%' | '_' | '\\'));
                    Piece::Char(taken.unwrap_or('\\'))
                }
                _ => Piece::Char(c),
            });
        }
        Self(pieces)
    }

    /// The pattern of all texts that contain this one.
    pub(crate) fn containing(text: &str) -> Self {
        let mut pattern = Self::ending(text);
        pattern.0.push(Piece::Run);
        pattern
    }

    /// The pattern of all texts that start with this one.
    pub(crate) fn starting(text: &str) -> Self {
        let chars = fold(text).chars().map(Piece::Char).collect();
        let mut pattern = Self(chars);
        pattern.0.push(Piece::Run);
        pattern
    }

    /// The pattern of all texts that end with this one.
    pub(crate) fn ending(text: &str) -> Self {
        let text = fold(text);
        let chars = text.chars().map(Piece::Char);
        Self(std::iter::once(Piece::Run).chain(chars).collect())
    }

    /// Where the folded texts that match lie in order: the first that may, and one that is past all of them. `None` where the
    /// pattern says nothing of how they start.
    pub(crate) fn range(&self) -> Option<(String, String)> {
        let start = self.0.iter().map_while(|piece| match piece {
            Piece::Char(c) => Some(*c),
            Piece::Run | Piece::One => None,
        });
        let start: String = start.collect();
        let last = start.chars().next_back()?;
        let next = (last..=char::MAX).nth(1)?;
        let end = format!("{}{next}", start.strip_suffix(last)?);
        Some((start, end))
    }

    /// Whether the whole of a folded text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut at, mut piece) = (0, 0);
        let mut run = None;
        loop {
            let fits = match self.0.get(piece) {
                Some(Piece::Run) => {
                    run = Some((at, piece + 1));
                    piece += 1;
                    continue;
                }
                Some(Piece::One) => at < text.len(),
                Some(Piece::Char(c)) => text.get(at) == Some(c),
                None if at == text.len() => return true,
                None => false,
            };
            (at, piece) = match run {
                _ if fits => (at + 1, piece + 1),
                Some((from, after)) if from < text.len() => {
                    run = Some((from + 1, after));
                    (from + 1, after)
                }
                _ => return false,
            };
        }
    }
}

/// As SQLite's `LIKE ... ESCAPE '\'` reads it.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Run => f.write_str("%"),
            Piece::One => f.write_str("_"),
            Piece::Char(c @ ('%' | '_' | '\\')) => write!(f, "\\{c}"),
            Piece::Char(c) => write!(f, "{c}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_single_characters() {
        for (pattern, text, matches) in [
            ("ac%", "acme", true),
            ("ac%", "mac", false),
            ("%c%e", "acme", true),
            ("_c__", "acme", true),
            ("_", "é", true),
            ("%", "", true),
            ("_", "", false),
            ("", "", true),
            ("", "a", false),
            ("%ab%ab", "abab", true),
            ("%ab%ab", "ab", false),
            (r"50\%", "50%", true),
            (r"50\%", "505", false),
            (r"a\b", r"a\b", true),
            (r"a\\%", r"a\bc", true),
            ("ÄC%", "äcme", true),
        ] {
            assert_eq!(
                Pattern::parse(pattern).matches(text),
                matches,
                "{pattern} {text}"
            );
        }
        assert!(Pattern::containing("5%_").matches("a5%_b"));
        assert!(!Pattern::containing("5%_").matches("a5xyb"));
    }

    #[test]
    fn what_matches_lies_in_the_range() {
        let range = |pattern| Pattern::parse(pattern).range();
        let of = |first: &str, end: &str| Some((first.to_owned(), end.to_owned()));
        assert_eq!(range("Ac%e"), of("ac", "ad"));
        assert_eq!(range(r"50\%_"), of("50%", "50&"));
        assert_eq!(range("acme"), of("acme", "acmf"));
        assert_eq!(range("a\u{d7ff}%"), of("a\u{d7ff}", "a\u{e000}"));
        for pattern in ["%c", "_c", "", "\u{10ffff}"] {
            assert_eq!(range(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn sqlite_gets_the_same_pattern() {
        assert_eq!(Pattern::parse(r"A\%b_%\\c\d").to_string(), r"a\%b_%\\c\\d");
    }
}

//! Where a reader of a list stands.

use serde::{Deserialize, Serialize};

use crate::Record;

/// Where a reader of a list stands: stored now, and picked up later, by another process too.
///
/// It goes with the list or query that it was taken from; give it to one of the same object and the same settings, by the `starting_at`
/// that all of them have ([`List::starting_at`](crate::records::List::starting_at) and so on). It holds no record, only the name of the
/// object and a place among its pages: a number of a page, a number of records, or the server's cursor, of which nobody says how long it
/// is good for. The page is read again, and its records that were taken are left out; so what moves between the two readings may be
/// missed or seen twice.
///
/// ```
/// let position: conga::Position = serde_json::from_str(r#"{"object":"Account","at":{"page":3},"passed":1000,"taken":12}"#)?;
/// assert_eq!(serde_json::to_value(&position)?["at"]["page"], 3);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Position {
    pub(super) object: String,
    pub(super) at: Place,
    /// The records before the page.
    pub(super) passed: u64,
    /// The records of the page that were taken.
    pub(super) taken: u64,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    /// At a page number, counted from 1.
    #[serde(rename = "page")]
    Number(u32),
    /// After so many records.
    Offset(u64),
    /// Where the page before said.
    Cursor(String),
}

impl Place {
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Number(_))
    }

    pub(super) fn is_cursor(&self) -> bool {
        matches!(self, Self::Cursor(_))
    }

    /// The body of a query for the page that starts here. `Skip` tells where; behind a cursor it would leave out further records.
    pub(crate) fn skipping(&self, body: &Record) -> Record {
        let mut body = body.clone();
        match self {
            Self::Offset(offset @ 1..) => {
                body.insert("Skip".to_owned(), (*offset).into());
            }
            Self::Cursor(_) => {
                body.remove("Skip");
            }
            Self::Offset(0) | Self::Number(_) => {}
        }
        body
    }
}

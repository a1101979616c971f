//! What every list that is being put together knows beside its call.

use conga_api::Call;
use serde::Serialize;
use serde_json::Value;

use super::{Pages, Position, Walk};
use crate::{Error, Record, request::Unwritable};

/// Where a list starts, and what was said of it that cannot be written: that is told once the list is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    start: Option<Position>,
    problem: Option<String>,
}

impl Draft {
    /// Goes on where a list like this one was left.
    pub(crate) fn start_at(&mut self, position: Position) {
        self.start = Some(position);
    }

    /// What can be written. What cannot keeps the call from being sent, by whichever way.
    pub(crate) fn written<V>(&mut self, call: &mut Call, value: Result<V, String>) -> Option<V> {
        let problem = match value {
            Ok(value) => return Some(value),
            Err(problem) => problem,
        };
        *call = call.clone().json(&Unwritable(&problem));
        self.problem.get_or_insert(problem);
        None
    }

    /// The body of a query, in place of the one that is there.
    pub(crate) fn body(
        &mut self,
        call: &mut Call,
        body: &(impl Serialize + ?Sized),
    ) -> Option<Record> {
        let body = match serde_json::to_value(body) {
            Ok(Value::Object(body)) => Ok(body),
            _ => Err("the body of a query is no JSON object".to_owned()),
        };
        self.written(call, body)
    }

    /// Whether the list can be asked for.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.problem
            .clone()
            .map_or(Ok(()), |problem| Err(Error::Request(problem)))
    }

    /// The pages of a walk, from where the list starts.
    pub(crate) fn pages<T: Send + 'static>(self, walk: Walk<T>) -> Pages<T> {
        let walk = self.check().and_then(|()| walk.resumed(self.start));
        Pages::new(walk)
    }
}

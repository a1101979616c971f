//! How calls are made where the caller says so: one call, or all calls of a client.

use std::{fmt, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::RetryPolicy;

/// Settings of calls, as a value: for one call ([`CallOptions::with_options`](crate::CallOptions::with_options)), or for all calls of a
/// view of a client ([`Transport::with`](crate::Transport::with)). What is not set stays as it is.
///
/// ```
/// use std::time::Duration;
///
/// use conga_api::{Options, RetryPolicy};
///
/// let patient = Options::new()
///     .timeout(Duration::from_secs(300))
///     .deadline(Duration::from_secs(900))
///     .retry(RetryPolicy::default().with_attempts(8))
///     .header("x-app", "nightly-sync");
/// # let _ = patient;
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Options {
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) idempotent: Option<bool>,
    /// The first header that could not be set; told when a call is sent.
    pub(crate) fault: Option<String>,
}

impl Options {
    /// The time for one attempt, unless told otherwise.
    pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

    /// Nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// The time for one attempt: from sending to the last byte of the answer, for streams to its head, and then from
    /// each piece to the next. Default 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The time for the call as a whole: signing in, waiting for its turn, all attempts and the waits between them. For a stream it ends
    /// when the stream begins. No wait is begun that would not end within it. Default: none.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// When requests are sent again. Default: [`RetryPolicy::default`].
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Whether sending a request twice has the effect of sending it once, where the caller knows better than the method or the table of
    /// operations. With `true` it is sent again also after failures that leave open whether it was processed.
    pub fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = Some(idempotent);
        self
    }

    /// A header, in place of the client's and the credential's own.
    pub fn header(mut self, name: &str, value: impl fmt::Display) -> Self {
        match header(name, value) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
            }
            Err(fault) => {
                self.fault.get_or_insert(fault);
            }
        }
        self
    }

    /// What is set in `options`, and where nothing is set these.
    pub fn with(self, options: &Self) -> Self {
        options.over(&self)
    }

    /// These, and where nothing is set those of `below`.
    pub(crate) fn over(&self, below: &Self) -> Self {
        let mut headers = below.headers.clone();
        cover(&mut headers, &self.headers);
        Self {
            headers,
            timeout: self.timeout.or(below.timeout),
            deadline: self.deadline.or(below.deadline),
            retry: self.retry.or(below.retry),
            idempotent: self.idempotent.or(below.idempotent),
            fault: below.fault.clone().or_else(|| self.fault.clone()),
        }
    }
}

/// Puts headers in place of those of the same names.
pub(crate) fn cover(headers: &mut HeaderMap, with: &HeaderMap) {
    let mut last = None;
    for (name, value) in with {
        // Further values of a name follow its first.
        if last.replace(name) == Some(name) {
            headers.append(name, value.clone());
        } else {
            headers.insert(name, value.clone());
        }
    }
}

/// A header from text.
pub(crate) fn header(
    name: &str,
    value: impl fmt::Display,
) -> Result<(HeaderName, HeaderValue), String> {
    match (
        HeaderName::try_from(name),
        HeaderValue::try_from(value.to_string()),
    ) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(format!(
            "the header `{name}` holds a character that no header can hold"
        )),
    }
}

/// Shows the names of headers only: their values may be secret.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("timeout", &self.timeout)
            .field("deadline", &self.deadline)
            .field("retry", &self.retry)
            .field("idempotent", &self.idempotent)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_stays_as_it_is() {
        let below = Options::new()
            .timeout(Duration::from_secs(1))
            .idempotent(true)
            .header("x-a", 1)
            .header("x-b", 1);
        let over = Options::new()
            .timeout(Duration::from_secs(2))
            .deadline(Duration::from_secs(3))
            .header("X-B", 2);
        let both = over.over(&below);
        assert_eq!(both.timeout, Some(Duration::from_secs(2)));
        assert_eq!(both.deadline, Some(Duration::from_secs(3)));
        assert_eq!((both.retry, both.idempotent), (None, Some(true)));
        assert_eq!(both.headers.len(), 2);
        assert_eq!(
            (&both.headers["x-a"], &both.headers["x-b"]),
            (&"1".parse().unwrap(), &"2".parse().unwrap())
        );
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", Options::new().header("x-token", "hunter2"));
        assert!(
            shown.contains("x-token") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}

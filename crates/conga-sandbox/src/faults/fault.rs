//! A fault, and how it is written.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::StatusCode;

/// The longest latency, the slowest drip and the longest delay of what is written: an hour.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Something that goes wrong with a call. As text, as the header `x-conga-sandbox-fault` and rules write it:
///
/// | text | what happens |
/// |---|---|
/// | `latency=250ms` | the answer comes so much later (`ms` or `s`, up to an hour) |
/// | `status=503` | that status (400 to 599), and the work is not done |
/// | `status=429,retry-after=2` | the same with `Retry-After`, in seconds |
/// | `status=502,html` | the same with an HTML page in place of the envelope, as a gateway answers |
/// | `status=504,after` | the same, but the work was done |
/// | `expired-token` | 401 as for an expired token, and the work is not done |
/// | `cut=before`, `cut=after` | the connection ends without an answer, before or after the work |
/// | `stall=before`, `stall=after` | no answer ever comes |
/// | `stall=body` | the work is done, half of the answer comes, and never the rest |
/// | `slow=50ms` | the answer comes in pieces of 64 bytes with such pauses between them |
/// | `truncated` | the connection ends in the middle of the answer |
/// | `malformed` | the answer's body is cut in half and sent as if it were whole |
/// | `wrong-type` | the answer is said to be `text/plain` |
/// | `twice` | the work is done twice, as when a gateway repeats a request; the second answer is sent |
/// | `stale=2s` | the call does not see what was written in that time, as when it asks a replica or an index that lags |
///
/// Several are separated by semicolons.
///
/// Staleness goes by the sandbox's clock. It holds for operations with behaviour that only read: those that write see
/// everything. Users, API connections and the contents of files are never stale, and neither is what was written before the
/// sandbox was started; beyond the latest 100,000 changes, or 32 MiB of them, one sees the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The answer comes later.
    Latency(Duration),
    /// Another status than the call would have.
    Status {
        /// The status, 400 to 599.
        status: StatusCode,
        /// Seconds for the header `Retry-After`.
        retry_after: Option<u64>,
        /// Whether the body is a page rather than the envelope.
        html: bool,
        /// Whether the work is done.
        moment: Moment,
    },
    /// The answer to an expired token.
    ExpiredToken,
    /// The connection ends without an answer.
    Cut(Moment),
    /// No answer comes.
    Stall(Moment),
    /// Half of the answer comes.
    StalledBody,
    /// The answer comes in small pieces with a pause between them.
    SlowBody(Duration),
    /// The connection ends in the middle of the answer.
    Truncated,
    /// The body is cut in half and sent as if it were whole.
    Malformed,
    /// The answer is said to be plain text.
    WrongType,
    /// The work is done twice.
    Twice,
    /// The call does not see what was written in this time.
    Stale(Duration),
}

/// When a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before the work: nothing was done.
    Before,
    /// After the work: it was done, and the client does not know.
    After,
}

/// A fault that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no fault; write latency=250ms, status=503[,retry-after=2][,html][,after], expired-token, \
     cut=before|after, stall=before|after|body, slow=50ms, truncated, malformed, wrong-type, twice or stale=2s"
)]
pub struct FaultError(String);

impl Fault {
    /// Reads faults that are separated by semicolons.
    ///
    /// # Errors
    ///
    /// [`FaultError`] names the first that cannot be read.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, FaultError> {
        let parts = text.split(';').map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::parse)
            .collect()
    }
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (text.trim(), None),
        };
        let fault = match (name, value) {
            ("latency", Some(value)) => duration(value).map(Self::Latency),
            ("status", Some(value)) => status(value),
            ("expired-token", None) => Some(Self::ExpiredToken),
            ("cut", Some(value)) => moment(value).map(Self::Cut),
            ("stall", Some("body")) => Some(Self::StalledBody),
            ("stall", Some(value)) => moment(value).map(Self::Stall),
            ("slow", Some(value)) => duration(value).map(Self::SlowBody),
            ("truncated", None) => Some(Self::Truncated),
            ("malformed", None) => Some(Self::Malformed),
            ("wrong-type", None) => Some(Self::WrongType),
            ("twice", None) => Some(Self::Twice),
            ("stale", Some(value)) => duration(value).map(Self::Stale),
            _ => None,
        };
        fault.ok_or_else(|| FaultError(text.chars().take(80).collect()))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(time) => write!(f, "latency={}ms", time.as_millis()),
            Self::Status {
                status,
                retry_after,
                html,
                moment,
            } => {
                write!(f, "status={}", status.as_u16())?;
                if let Some(seconds) = retry_after {
                    write!(f, ",retry-after={seconds}")?;
                }
                if *html {
                    f.write_str(",html")?;
                }
                match moment {
                    Moment::Before => Ok(()),
                    Moment::After => f.write_str(",after"),
                }
            }
            Self::ExpiredToken => f.write_str("expired-token"),
            Self::Cut(moment) => write!(f, "cut={moment}"),
            Self::Stall(moment) => write!(f, "stall={moment}"),
            Self::StalledBody => f.write_str("stall=body"),
            Self::SlowBody(pause) => write!(f, "slow={}ms", pause.as_millis()),
            Self::Truncated => f.write_str("truncated"),
            Self::Malformed => f.write_str("malformed"),
            Self::WrongType => f.write_str("wrong-type"),
            Self::Twice => f.write_str("twice"),
            Self::Stale(age) => write!(f, "stale={}ms", age.as_millis()),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

fn status(text: &str) -> Option<Fault> {
    let mut parts = text.split(',').map(str::trim);
    let status = StatusCode::from_bytes(parts.next()?.as_bytes()).ok()?;
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let (mut retry_after, mut html, mut moment) = (None, false, Moment::Before);
    for part in parts {
        match part.split_once('=') {
            Some(("retry-after", seconds)) => retry_after = Some(seconds.parse().ok()?),
            None if part == "html" => html = true,
            None => moment = self::moment(part)?,
            Some(_) => return None,
        }
    }
    Some(Fault::Status {
        status,
        retry_after,
        html,
        moment,
    })
}

fn moment(text: &str) -> Option<Moment> {
    match text {
        "before" => Some(Moment::Before),
        "after" => Some(Moment::After),
        _ => None,
    }
}

fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let number = number.parse().ok()?;
    let duration = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => return None,
    };
    Some(duration).filter(|duration| *duration <= LONGEST)
}

/// Faults as the text of one field.
pub(super) mod text {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use super::Fault;

    pub(in crate::faults) fn serialize<S: Serializer>(
        faults: &[Fault],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let texts: Vec<_> = faults.iter().map(ToString::to_string).collect();
        serializer.serialize_str(&texts.join("; "))
    }

    pub(in crate::faults) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Fault>, D::Error> {
        let text = String::deserialize(deserializer)?;
        Fault::parse_all(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fault_is_written_as_it_is_read() {
        for text in [
            "latency=250ms",
            "status=503",
            "status=429,retry-after=2",
            "status=502,html",
            "status=504,retry-after=1,html,after",
            "expired-token",
            "cut=before",
            "cut=after",
            "stall=before",
            "stall=after",
            "stall=body",
            "slow=50ms",
            "truncated",
            "malformed",
            "wrong-type",
            "twice",
            "stale=2000ms",
        ] {
            let fault: Fault = text.parse().unwrap();
            assert_eq!(fault.to_string(), text);
        }
        assert_eq!(
            Fault::parse_all(" latency=2s ;; cut=after ").unwrap(),
            [
                Fault::Latency(Duration::from_secs(2)),
                Fault::Cut(Moment::After)
            ]
        );
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for text in [
            "",
            "lag=1s",
            "latency",
            "latency=1",
            "latency=ms",
            "latency=3601s",
            "status=200",
            "status=999999",
            "status=503,soon",
            "status=429,retry-after=x",
            "cut",
            "cut=during",
            "truncated=1",
            "slow=é",
            "stale",
            "stale=3601s",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            let _ = Fault::parse_all(&text);
        }
    }
}

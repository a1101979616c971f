//! The states of a contract and the moves between them: two tables, and nothing else decides.
//!
//! Published are the names of the states and, for most moves, where they start and where they end. What starts a
//! review or a signature, and what undoes one, is assumed.

use std::fmt;

use crate::failure::Failure;
use crate::records::store::{self, Record};

use Move::*;
use State::*;

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Requested,
    Submitted,
    InAmendment,
    InRenewal,
    Authoring,
    InReview,
    ReadyForSignature,
    OutForSignature,
    Declined,
    Signed,
    /// Stored as an executed document: active, and not yet filed.
    Filing,
    Active,
    BeingAmended,
    BeingRenewed,
    BeingTerminated,
    Superseded,
    Expired,
    Terminated,
    Cancelled,
}

/// A state, the `Status` and the `StatusCategory` that show it.
const STATES: &[(State, &str, &str)] = &[
    (Requested, "Request", "Request"),
    (Submitted, "Submitted Request", "Request"),
    (InAmendment, "In Amendment", "Request"),
    (InRenewal, "In Renewal", "Request"),
    (Authoring, "Author Contract", "In Authoring"),
    (InReview, "Other Party Review", "In Authoring"),
    (ReadyForSignature, "Ready for Signature", "In Signatures"),
    (OutForSignature, "Out for Signature", "In Signatures"),
    (Declined, "Signature Declined", "In Signatures"),
    (Signed, "Fully Signed", "In Signatures"),
    (Filing, "Activated", "In Filing"),
    (Active, "Activated", "In Effect"),
    (BeingAmended, "Being Amended", "In Effect"),
    (BeingRenewed, "Being Renewed", "In Effect"),
    (BeingTerminated, "Being Terminated", "In Effect"),
    (Superseded, "Superseded", "Amended"),
    (Expired, "Expired", "Expired"),
    (Terminated, "Terminated", "Terminated"),
    (Cancelled, "Cancelled Request", "Cancelled"),
];

/// What moves a contract from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    Submit,
    /// A first document is uploaded.
    Upload,
    /// A document is generated or imported.
    Author,
    SendForReview,
    CancelReview,
    EndReview,
    SendForSignature,
    Decline,
    Sign,
    Activate,
    Amend,
    Renew,
    /// Its amendment or renewal takes its place.
    Supersede,
    /// Its amendment or renewal is cancelled, and it goes back to the state it had before.
    Reinstate,
    Expire,
    /// Its end date passes.
    Lapse,
    Terminate,
    /// Notice is given: it ends on a later date.
    GiveNotice,
    /// The contract that it amends or renews is terminated, or its notice runs out.
    End,
    Cancel,
}

/// A move, the verb for it, where it starts (groups of states) and where it ends.
const MOVES: &[(Move, &str, &[&[State]], State)] = &[
    (
        Submit,
        "submit",
        &[&[Requested, InAmendment, InRenewal]],
        Submitted,
    ),
    (
        Upload,
        "upload a document to",
        &[BEFORE_AUTHORING],
        Authoring,
    ),
    (
        Author,
        "author",
        &[BEFORE_AUTHORING, &[Authoring, ReadyForSignature, Declined]],
        Authoring,
    ),
    (
        SendForReview,
        "send for review",
        &[&[Authoring, InReview, ReadyForSignature]],
        InReview,
    ),
    (
        CancelReview,
        "cancel the review of",
        &[&[InReview]],
        Authoring,
    ),
    (
        EndReview,
        "end the review of",
        &[&[InReview]],
        ReadyForSignature,
    ),
    (
        SendForSignature,
        "send for signature",
        &[&[Authoring, ReadyForSignature, OutForSignature, Declined]],
        OutForSignature,
    ),
    (Decline, "decline", &[&[OutForSignature]], Declined),
    (
        Sign,
        "sign",
        &[&[ReadyForSignature, OutForSignature]],
        Signed,
    ),
    (Activate, "activate", &[&[Signed]], Active),
    (Amend, "amend", &[RENEWABLE], BeingAmended),
    (Renew, "renew", &[RENEWABLE], BeingRenewed),
    (Supersede, "supersede", &[SUCCEEDED, &[Expired]], Superseded),
    (Reinstate, "reinstate", &[SUCCEEDED], Active),
    (Expire, "expire", &[RENEWABLE], Expired),
    (Lapse, "lapse", &[IN_FORCE], Expired),
    (Terminate, "terminate", &[&[Filing, Active]], Terminated),
    (
        GiveNotice,
        "give notice of",
        &[&[Filing, Active]],
        BeingTerminated,
    ),
    (
        End,
        "end",
        &[BEFORE_AUTHORING, AUTHORED, IN_FORCE],
        Terminated,
    ),
    (
        Cancel,
        "cancel",
        &[BEFORE_AUTHORING, AUTHORED, &[Filing]],
        Cancelled,
    ),
];

const BEFORE_AUTHORING: &[State] = &[Requested, Submitted, InAmendment, InRenewal];
/// There is a document, and it does not bind yet.
const AUTHORED: &[State] = &[
    Authoring,
    InReview,
    ReadyForSignature,
    OutForSignature,
    Declined,
    Signed,
];
const IN_FORCE: &[State] = &[Filing, Active, BeingAmended, BeingRenewed, BeingTerminated];
/// An amendment or renewal is on its way.
const SUCCEEDED: &[State] = &[BeingAmended, BeingRenewed];
const RENEWABLE: &[State] = &[Filing, Active, Superseded, BeingTerminated];

/// The moves that a caller makes, and may be told of.
const CALLS: &[Move] = &[
    Submit,
    Author,
    SendForReview,
    EndReview,
    SendForSignature,
    Decline,
    Sign,
    Activate,
    Amend,
    Renew,
    Expire,
    Terminate,
    Cancel,
];

/// The lifecycle actions by name, as other services report them, and the move that each is. The two names of
/// the reference are CREATE and GENERATE.
const ACTIONS: &[(&str, Option<Move>)] = &[
    ("CREATE", None),
    ("REGENERATE", None),
    ("SUBMIT_REQUEST", Some(Submit)),
    ("GENERATE", Some(Author)),
    ("AUTO_GENERATE", Some(Author)),
    ("CREATE_OFFLINE", Some(Author)),
    ("IMPORT_OFFLINE", Some(Author)),
    ("SEND_FOR_REVIEW", Some(SendForReview)),
    ("CANCEL_REVIEW", Some(CancelReview)),
    ("END_REVIEW", Some(EndReview)),
    ("SEND_FOR_SIGNATURE", Some(SendForSignature)),
    ("DECLINE", Some(Decline)),
    ("SIGN", Some(Sign)),
    ("ACTIVATE", Some(Activate)),
    ("EXPIRE", Some(Expire)),
    ("TERMINATE", Some(Terminate)),
    ("CANCEL", Some(Cancel)),
];

impl State {
    /// The state that a contract shows.
    pub(super) fn of(contract: &Record) -> Result<Self, Failure> {
        let (status, category) = (
            store::text(contract, "Status"),
            store::text(contract, "StatusCategory"),
        );
        Self::shown_as(status, category).ok_or_else(|| {
            Failure::invalid(format!(
                "the contract has the status '{}' of the category '{}', which the sandbox does not know",
                status.unwrap_or_default(),
                category.unwrap_or_default()
            ))
        })
    }

    /// The state that these words show.
    pub(super) fn shown_as(status: Option<&str>, category: Option<&str>) -> Option<Self> {
        STATES
            .iter()
            .find(|(_, a, b)| (Some(*a), Some(*b)) == (status, category))
            .map(|(state, ..)| *state)
    }

    /// The `Status`.
    pub(super) fn status(self) -> &'static str {
        self.words().0
    }

    /// The `StatusCategory`.
    pub(super) fn category(self) -> &'static str {
        self.words().1
    }

    /// Whether the contract binds, and so ends on its end date.
    pub(super) fn is_in_force(self) -> bool {
        IN_FORCE.contains(&self)
    }

    fn words(self) -> (&'static str, &'static str) {
        STATES
            .iter()
            .find(|(state, ..)| *state == self)
            .map_or(("", ""), |(_, status, category)| (status, category))
    }
}

impl Move {
    /// The state that the move leads to. If it does not start from this one, the failure says what does, and what
    /// may be done instead.
    pub(super) fn from(self, state: State) -> Result<State, Failure> {
        let (_, verb, starts, end) = self.row();
        if self.starts_from(state) {
            return Ok(end);
        }
        let needs = statuses(&starts.concat());
        let possible = CALLS
            .iter()
            .filter(|other| other.starts_from(state))
            .map(|other| other.row().1);
        let possible: Vec<&str> = possible.chain(["clone"]).collect();
        Err(Failure::invalid(format!(
            "cannot {verb} the contract: its status is {}, and this needs {needs}. From {} one can {}",
            state.status(),
            state.status(),
            possible.join(", ")
        )))
    }

    /// Whether the move starts from this state.
    pub(super) fn starts_from(self, state: State) -> bool {
        self.row().2.iter().any(|starts| starts.contains(&state))
    }

    /// The move that a lifecycle action is; `None` for one that leaves the status.
    pub(super) fn of_action(name: &str) -> Result<Option<Self>, Failure> {
        ACTIONS
            .iter()
            .find(|(action, _)| action.eq_ignore_ascii_case(name))
            .map(|(_, action)| *action)
            .ok_or_else(|| {
                let known: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
                Failure::invalid(format!(
                    "LifeCycleAction is one of {}, not '{name}'",
                    known.join(", ")
                ))
            })
    }

    fn row(self) -> (Self, &'static str, &'static [&'static [State]], State) {
        // Every move has a row; a test holds that.
        MOVES
            .iter()
            .find(|(row, ..)| *row == self)
            .copied()
            .unwrap_or((self, "", &[], Requested))
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// The statuses of some states, each once: `Fully Signed`, `A, B or C`.
fn statuses(states: &[State]) -> String {
    let mut words: Vec<&str> = states.iter().map(|state| state.status()).collect();
    words.dedup();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.join(""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ALL_MOVES: [Move; 20] = [
        Submit,
        Upload,
        Author,
        SendForReview,
        CancelReview,
        EndReview,
        SendForSignature,
        Decline,
        Sign,
        Activate,
        Amend,
        Renew,
        Supersede,
        Reinstate,
        Expire,
        Lapse,
        Terminate,
        GiveNotice,
        End,
        Cancel,
    ];

    #[test]
    fn every_move_has_one_row_and_every_state_one_pair_of_words() {
        assert_eq!(MOVES.len(), ALL_MOVES.len());
        for one in ALL_MOVES {
            assert_eq!(MOVES.iter().filter(|(row, ..)| *row == one).count(), 1);
        }
        for (state, status, category) in STATES {
            let contract = json!({"Status": status, "StatusCategory": category});
            assert_eq!(State::of(contract.as_object().unwrap()).unwrap(), *state);
            assert_eq!((state.status(), state.category()), (*status, *category));
        }
    }

    #[test]
    fn every_state_is_reached_from_the_first() {
        let mut reached = vec![Requested, Filing, InAmendment, InRenewal];
        let mut at = 0;
        while let Some(state) = reached.get(at).copied() {
            at += 1;
            for one in ALL_MOVES {
                if let Ok(next) = one.from(state)
                    && !reached.contains(&next)
                {
                    reached.push(next);
                }
            }
        }
        assert_eq!(reached.len(), STATES.len(), "{reached:?}");
    }

    #[test]
    fn a_refusal_says_what_is_needed_and_what_can_be_done() {
        let refusal = Activate.from(Authoring).unwrap_err().messages();
        assert_eq!(
            refusal,
            [
                "cannot activate the contract: its status is Author Contract, and this needs Fully Signed. \
                 From Author Contract one can author, send for review, send for signature, cancel, clone"
            ]
        );
        let refusal = Renew.from(Expired).unwrap_err().messages();
        assert_eq!(
            refusal,
            [
                "cannot renew the contract: its status is Expired, and this needs Activated, Superseded or Being \
                 Terminated. From Expired one can clone"
            ]
        );
    }
}

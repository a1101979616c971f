//! The moves of a contract's life. The server refuses (400) one that the contract's status does not allow.

use std::fmt;

use conga_api::operations::contracts as operations;

use super::Contracts;
use crate::{
    Request,
    answer::{Done, NewId},
};

impl<T> Contracts<T> {
    /// Submits a contract for processing, as the tenant's rules say. Refused as well where no rule fits (published).
    pub fn submit(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Done>(self.call_on(&operations::SUBMIT_CONTRACT, id))
    }

    /// Activates a fully signed contract. It needs valid `ContractStartDate` and `ContractEndDate` (published).
    ///
    /// **Documents that are not named are deleted** (published): `keep` has the ids of all that are to stay.
    pub fn activate(&self, id: impl fmt::Display, keep: &[impl AsRef<str>]) -> Request<()> {
        let keep: Vec<&str> = keep.iter().map(AsRef::as_ref).collect();
        Request::new::<Done>(self.call_on(&operations::ACTIVATE_CONTRACT, id).json(&keep))
    }

    /// Begins an amendment: gives the id of the new version. The contract must be Activated, Superseded or Being Terminated, and becomes
    /// Being Amended (published).
    pub fn amend(&self, id: impl fmt::Display) -> Request<String> {
        Request::new::<NewId>(self.call_on(&operations::AMEND_CONTRACT, id))
    }

    /// Begins a renewal: gives the id of the new version, which starts on the contract's end date. The contract must be Activated,
    /// Superseded or Being Terminated, and becomes Being Renewed (published).
    pub fn renew(&self, id: impl fmt::Display) -> Request<String> {
        Request::new::<NewId>(self.call_on(&operations::RENEW_CONTRACT, id))
    }

    /// Cancels a contract that is not in effect yet: of the status category Request, In Authoring, In Signatures or In Filing
    /// (published).
    pub fn cancel(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Done>(self.call_on(&operations::CANCEL_CONTRACT, id))
    }

    /// Marks a contract as expired. It must be Activated, Superseded or Being Terminated (published).
    pub fn expire(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Done>(self.call_on(&operations::EXPIRE_CONTRACT, id))
    }

    /// Terminates an activated contract, and its amendments and renewals with it (published).
    pub fn terminate(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Done>(self.call_on(&operations::TERMINATE_CONTRACT, id))
    }

    /// Copies a contract: gives the id of the copy. The contract stays as it is.
    pub fn clone_contract(&self, id: impl fmt::Display) -> Request<String> {
        Request::new::<NewId>(self.call_on(&operations::CLONE_CONTRACT, id))
    }
}

//! Contracts, and their way from request to expiry.
//!
//! | room | what lives there |
//! |---|---|
//! | `query` | asking for contracts, and for the documents of one |
//! | `lifecycle` | the moves of a contract's life |
//! | `import` | bringing many in from a file |

mod import;
mod lifecycle;
mod query;

use std::{fmt, marker::PhantomData};

use conga_api::{
    Call, Part, Transport,
    operations::{Operation, contracts as operations},
};
use serde::{Serialize, de::DeserializeOwned};

pub use import::{ImportBatch, ImportJob};
pub use query::ContractQuery;

use crate::{
    Record, Request,
    answer::{Deleted, OneRecord},
    composer::GenerateEach,
    documents::DocumentVersion,
    poller::Work,
};
use import::Queued;

/// The contracts, which the Contracts service keeps.
///
/// As with [`Records`](crate::Records), contracts are maps unless [`typed`](Self::typed) says otherwise. The service publishes no list;
/// a [query](Self::query) without criteria is one.
///
/// ```no_run
/// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
/// use conga::Criteria;
/// use serde_json::json;
///
/// let contracts = client.contracts();
/// let contract = contracts.create(&json!({"Name": "Supply 2026", "RecordType": "MSA"})).await?;
/// let mut ending = contracts.query().criteria(Criteria::lt("ContractEndDate", "2026-12-31")).stream();
/// while let Some(contract) = ending.try_next().await? {
///     let id = contract["Id"].as_str().unwrap_or_default();
///     let renewal = contracts.renew(id).await?;
///     println!("{:?} is renewed by {renewal}", contract["ContractNumber"]);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Contracts<T = Record> {
    transport: Transport,
    contract: PhantomData<fn() -> T>,
}

impl<T> Contracts<T> {
    pub(crate) fn new(transport: Transport) -> Self {
        Self {
            transport,
            contract: PhantomData,
        }
    }

    /// The same contracts, read as another type.
    pub fn typed<U>(&self) -> Contracts<U> {
        Contracts::new(self.transport.clone())
    }

    fn call(&self, operation: &'static Operation) -> Call {
        Call::new(&self.transport, operation)
    }

    fn call_on(&self, operation: &'static Operation, id: impl fmt::Display) -> Call {
        self.call(operation).path("contractId", id)
    }
}

impl<T: DeserializeOwned + Send + 'static> Contracts<T> {
    /// Creates a contract, and gives it as it is then. `Name` and `RecordType` are needed; the server sets `Status` and
    /// `StatusCategory` (published).
    pub fn create(&self, contract: &(impl Serialize + ?Sized)) -> Request<T> {
        Request::new::<OneRecord<T>>(self.call(&operations::CREATE_CONTRACT).json(contract))
    }

    /// The contract with this id, with all its fields.
    pub fn get(&self, id: impl fmt::Display) -> Request<T> {
        Request::new::<OneRecord<T>>(self.call_on(&operations::GET_CONTRACT, id))
    }

    /// Asks for contracts.
    pub fn query(&self) -> ContractQuery<T> {
        ContractQuery::new("contracts", self.call(&operations::QUERY_CONTRACTS))
    }

    /// Changes a contract, and gives it as it is then. `Name` and `RecordType` are needed here too (published); whether fields that are
    /// left out stay as they are is not.
    pub fn update(
        &self,
        id: impl fmt::Display,
        contract: &(impl Serialize + ?Sized),
    ) -> Request<T> {
        Request::new::<OneRecord<T>>(
            self.call_on(&operations::UPDATE_CONTRACT, id)
                .json(contract),
        )
    }

    /// Deletes a contract for good.
    pub fn delete(&self, id: impl fmt::Display) -> Request<()> {
        Request::new::<Deleted>(self.call_on(&operations::DELETE_CONTRACT, id))
    }

    /// Deletes several contracts for good, and gives the result of each by its id: the word `Success` or `Fail` (published). One that
    /// fails is no error of the call.
    pub fn delete_many(&self, ids: &[impl AsRef<str>]) -> Request<Record> {
        let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
        Request::new::<OneRecord<Record>>(self.call(&operations::DELETE_CONTRACTS).json(&ids))
    }

    /// Makes a document of each of these contracts, from one template. See [`GenerateEach`] for how failures are dealt with, and
    /// [`Client::contract_documents`](crate::Client::contract_documents) for what else can be made of one contract.
    pub fn generate_each<S: AsRef<str>>(
        &self,
        contract_ids: impl IntoIterator<Item = S>,
        template_id: impl Into<String>,
    ) -> GenerateEach {
        let ids = contract_ids.into_iter().map(|id| id.as_ref().to_owned());
        GenerateEach::new(self.transport.clone(), ids.collect(), template_id.into())
    }

    /// Brings contracts in from a file of comma-separated values, or accounts or contacts: their columns tell what they are. Rows that are
    /// not valid are skipped (published); what comes of the import tells them.
    ///
    /// ```no_run
    /// # async fn run(client: conga::Client) -> Result<(), conga::Error> {
    /// use conga::Part;
    ///
    /// let poller = client.contracts().import(Part::file("contracts.csv")).start().await?;
    /// for batch in poller.await? {
    ///     println!("{}", String::from_utf8_lossy(&batch.outcome.unwrap_or_default()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn import(&self, file: Part) -> Work<ImportJob> {
        let call = self.call(&operations::CREATE_IMPORT_JOB).part("file", file);
        Work::new(self.transport.clone(), Request::new::<Queued>(call))
    }

    /// What the contract knows of one of its documents.
    pub fn document(
        &self,
        contract_id: impl fmt::Display,
        document_id: impl fmt::Display,
    ) -> Request<Record> {
        let call = self.call_on(&operations::GET_CONTRACT_DOCUMENT, contract_id);
        Request::new::<OneRecord<Record>>(call.path("documentId", document_id))
    }

    /// Asks for what the contract knows of its documents.
    pub fn documents(&self, contract_id: impl fmt::Display) -> ContractQuery<Record> {
        let operation = &operations::QUERY_CONTRACT_DOCUMENTS;
        ContractQuery::new("contract documents", self.call_on(operation, contract_id))
    }

    /// Gives one of the contract's documents a new content: a new version, which this gives. Earlier ones are kept, and the document's
    /// id stays (published). A description of the version is the query parameter `description`
    /// ([`with_query`](crate::CallOptions::with_query)).
    pub fn update_document(
        &self,
        contract_id: impl fmt::Display,
        document_id: impl fmt::Display,
        file: Part,
    ) -> Request<DocumentVersion> {
        let call = self
            .call_on(&operations::UPDATE_CONTRACT_DOCUMENT, contract_id)
            .path("documentId", document_id)
            .part("file", file);
        Request::new::<OneRecord<DocumentVersion>>(call)
    }
}

impl<T> Clone for Contracts<T> {
    fn clone(&self) -> Self {
        self.typed()
    }
}

impl<T> fmt::Debug for Contracts<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contracts").finish_non_exhaustive()
    }
}

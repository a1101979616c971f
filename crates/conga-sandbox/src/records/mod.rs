//! Records: what is kept of every object of the platform, whichever service keeps it.
//!
//! | room | what lives there |
//! |---|---|
//! | [`objects`] | the objects: standard, custom, those that a service keeps for itself |
//! | [`definitions`] | their fields, picklists and rules |
//! | [`value`] | how field values compare |
//! | [`criteria`] | the criteria language |
//! | [`store`], [`log`] | SQLite, and when it is on disk |
//! | [`past`] | what it held a while ago |
//! | [`selection`] | which records, in what order, and the cursor to the next page |
//! | [`text`] | the words of records, for searches |
//! | [`writer`] | the rules of writing: `Id`, `ExternalId`, `ETag` |
//!
//! What the platform calls one thing in several services is one record here: a contract that the Contracts
//! service made is found by a search.

pub(crate) mod criteria;
pub(crate) mod definitions;
pub(crate) mod log;
pub(crate) mod objects;
mod past;
pub(crate) mod selection;
pub(crate) mod store;
pub(crate) mod text;
pub(crate) mod value;
pub(crate) mod writer;

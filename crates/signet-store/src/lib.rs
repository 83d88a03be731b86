//! What Signet remembers: persistence traits, the in-memory store and the conformance suite. No SQL.
//!
//! Each trait states ordering, absence and atomicity per method; what the text leaves open, the `conformance`
//! suite decides, and every backend passes it. Three rules hold everywhere:
//!
//! - **Absence** is `Ok(None)`, an empty list or `false`, never an error.
//! - **Atomicity**: a method that returns an error has changed nothing that a later call can see. The one exception is
//!   [`StoreError::Unavailable`] on a write: the connection may have broken after the change was made. The caller may
//!   repeat the call (every write is safe to repeat, but an append to the decision log may then be there twice).
//!   A call whose future is dropped may have been carried out or not, but never in part.
//! - **Durability**: what a write returned `Ok` for survives the end of the process and, in the stores on disk, the
//!   loss of power. A read that starts after that sees it, through any handle.

pub mod batching;
pub mod catalog;
pub mod change_signal;
#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod decision_log;
pub mod error;
pub mod health;
pub mod item_ids;
pub mod item_labels;
pub mod jobs;
pub mod memory;
pub mod uploads;

pub use batching::{BatchingDecisionLog, DecisionQueue};
pub use catalog::{
    CatalogStore, Change, CommitOutcome, Expected, NewRevision, RevisionSummary, StoredRevision, TenantSummary,
};
pub use change_signal::ChangeSignal;
pub use decision_log::{DecisionFilter, DecisionLog};
pub use error::StoreError;
pub use health::{StoreConnections, StoreHealth};
pub use item_ids::{ItemIdCandidate, ItemIdRow, ItemIdStore};
pub use item_labels::{ContentVersion, ItemLabelRow, ItemLabelStore, ItemOutcome, PutOutcome};
pub use jobs::{Enqueued, JobEnd, JobKey, JobRow, JobState, JobStore, NewJob};
pub use memory::MemoryStore;
pub use uploads::{UploadRow, UploadStore};

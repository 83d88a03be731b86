//! What each Signet service promises, as async traits over domain values, with its errors and deadlines.
//!
//! Services meet only through these traits. Behind each stands either the service itself, in process, or a client
//! that carries the call over the network; a caller cannot tell which. No transport is named here.

pub mod catalog;
pub mod content;
pub mod context;
pub mod error;
pub mod evaluation;
pub mod extraction;
pub mod permission;
pub mod subject;

pub use catalog::{Catalog, CatalogAdministration, PolicyDistribution, SnapshotLease};
pub use content::DriveContent;
pub use context::{CallContext, Caller, CallerKind, Credential, PermissionSet, Subject};
pub use error::{ContractError, ServiceError};
pub use evaluation::{DecisionLogReader, Evaluation};
pub use extraction::Extraction;
pub use permission::Operation;

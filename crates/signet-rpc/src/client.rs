//! The clients: traits of the contract over a connection to another process.
//!
//! A client carries the caller's token, deadline, ids and trace; the other side verifies the token again. Calls that
//! leave a trace of their own are never repeated unless no replica began them; reads are repeated once when the
//! connection was lost.

mod administration;
mod bulk;
mod catalog;
mod connection;
mod content;
mod decision_log;
mod distribution;
mod evaluation;
mod extraction;
mod macros;
mod upstream;

pub use self::administration::CatalogAdministrationClient;
pub use self::catalog::CatalogClient;
pub use self::connection::{ClientOptions, Connection, InvalidEndpoint};
pub use self::content::DriveContentClient;
pub use self::decision_log::DecisionLogClient;
pub use self::distribution::PolicyDistributionClient;
pub use self::evaluation::EvaluationClient;
pub use self::extraction::ExtractionClient;
pub use self::upstream::{Resolver, SystemResolver, Upstream, UpstreamOptions};

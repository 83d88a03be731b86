//! Names of span and event fields. Dotted, the same everywhere, unit at the end.
//!
//! `tracing` macros take literal names (`tenant.id = %tenant`); these constants are for code that records by name
//! (`span.record(fields::DURATION_MS, …)`) or reads logs, and are the list to choose from.

/// Our id of a request, one through all services.
pub const REQUEST_ID: &str = "request.id";
/// The caller's own id of the request.
pub const CLIENT_REQUEST_ID: &str = "client.request.id";
/// The tenant of the verified token.
pub const TENANT_ID: &str = "tenant.id";
/// Object id of the user or service principal.
pub const PRINCIPAL_ID: &str = "principal.id";
/// The calling application.
pub const APPLICATION_ID: &str = "application.id";
/// A sensitivity label.
pub const LABEL_ID: &str = "label.id";
/// A drive.
pub const DRIVE_ID: &str = "drive.id";
/// An item of a drive.
pub const ITEM_ID: &str = "item.id";
/// A tenant's policy revision.
pub const REVISION: &str = "revision";
/// The service that acts.
pub const SERVICE: &str = "service";
/// Route template of a request, never the path itself.
pub const HTTP_ROUTE: &str = "http.route";
/// HTTP status answered.
pub const HTTP_STATUS: &str = "http.status";
/// Stable code of an error.
pub const ERROR_CODE: &str = "error.code";
/// How long something took, in milliseconds.
pub const DURATION_MS: &str = "duration_ms";
/// Size of what is handled, in bytes.
pub const SIZE_BYTES: &str = "size_bytes";
/// Size of a document, in bytes.
pub const DOCUMENT_SIZE_BYTES: &str = "document.size_bytes";
/// Which attempt this is, from 1.
pub const ATTEMPT: &str = "attempt";

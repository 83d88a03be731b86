//! Time and identifiers as arguments.

use jiff::Timestamp;
use uuid::Uuid;

/// Tells the time. Services hold one; tests hold a fixed one.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Gives fresh identifiers, the same in no two calls.
pub trait IdSource: Send + Sync {
    /// A new random GUID.
    fn next_id(&self) -> Uuid;
}

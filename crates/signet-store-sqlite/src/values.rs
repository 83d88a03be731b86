//! Numbers and instants as columns hold them.

use jiff::Timestamp;
use signet_domain::ids::{Revision, TenantId};
use signet_store::StoreError;
use uuid::Uuid;

/// A count for a column. Numbers no column can hold become the largest it can, which is above everything stored.
pub(crate) fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count from a column.
pub(crate) fn from_column(number: i64, what: &str) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt(what))
}

/// A revision from a column.
pub(crate) fn revision(number: i64) -> Result<Revision, StoreError> {
    from_column(number, "revision number").map(Revision)
}

/// A tenant's id from a column.
pub(crate) fn tenant_id(text: &str) -> Result<TenantId, StoreError> {
    TenantId::parse(text).map_err(|_| StoreError::corrupt("tenant id"))
}

/// An instant from a column of RFC 3339 text.
pub(crate) fn instant(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::corrupt("time"))
}

/// Nanoseconds since 1970. Instants before 1677 or after 2262 become the earliest or latest of that time.
pub(crate) fn nanoseconds(time: Timestamp) -> i64 {
    let exact = time.as_nanosecond();
    i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX })
}

/// The instant of [`nanoseconds`].
pub(crate) fn from_nanoseconds(nanoseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_nanosecond(nanoseconds.into()).map_err(|_| StoreError::corrupt("time"))
}

/// An id as 16 bytes.
pub(crate) fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

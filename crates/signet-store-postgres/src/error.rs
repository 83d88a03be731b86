//! What a failure of PostgreSQL means to the caller.

use signet_store::StoreError;

/// Translates a failure. Whatever is neither a full disk nor damage may be over when the call is repeated.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::ColumnDecode { index, .. } = &error {
        return StoreError::corrupt(format!("column {index}"));
    }
    match code(&error).as_deref() {
        // Source: PostgreSQL, appendix A: disk_full, data_corrupted, index_corrupted.
        Some("53100") => StoreError::Full,
        Some("XX001" | "XX002") => StoreError::corrupt("database"),
        _ => StoreError::unavailable(error),
    }
}

/// The server undid the statement because of others and says so: serialization_failure, deadlock_detected.
pub(crate) fn is_rolled_back(error: &sqlx::Error) -> bool {
    matches!(code(error).as_deref(), Some("40001" | "40P01"))
}

/// The connection is of no use any more; whether the statement was carried out is not known. Shutdowns, crashes, a server
/// that is starting or has no room for connections, a former primary that became a standby (25006).
pub(crate) fn is_broken(error: &sqlx::Error) -> bool {
    match code(error).as_deref() {
        Some(code) => code.starts_with("08") || matches!(code, "57P01" | "57P02" | "57P03" | "53300" | "25006"),
        None => matches!(error, sqlx::Error::Io(_) | sqlx::Error::Protocol(_)),
    }
}

/// A row with the same key is there.
pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation())
}

/// SQLSTATE.
fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

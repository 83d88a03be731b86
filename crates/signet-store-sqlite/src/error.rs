//! What a failure of SQLite means to the caller.

use signet_store::StoreError;

/// Primary result codes. Source: sqlite.org/rescode.html.
const SQLITE_BUSY: i32 = 5;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_MISMATCH: i32 = 20;
const SQLITE_NOTADB: i32 = 26;

/// Translates a failure. Whatever is neither a full disk nor damage may be over when the call is repeated.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match (primary_code(&error), &error) {
        (Some(SQLITE_FULL), _) => StoreError::Full,
        (Some(SQLITE_CORRUPT | SQLITE_NOTADB | SQLITE_MISMATCH), _) => StoreError::corrupt("database file"),
        (_, sqlx::Error::ColumnDecode { index, .. }) => StoreError::corrupt(format!("column {index}")),
        _ => StoreError::unavailable(error),
    }
}

/// Another connection holds the file.
pub(crate) fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(SQLITE_BUSY)
}

/// The file is of another kind.
pub(crate) fn is_not_a_database(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(SQLITE_NOTADB)
}

/// The result code without its extension: `SQLITE_IOERR_FSYNC` is an `SQLITE_IOERR`.
fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let extended: i32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(extended & 0xff)
}

//! What a failure of SQLite means to the caller.

use signet_store::StoreError;
use sqlx::error::DatabaseError;

/// Primary result codes. Source: sqlite.org/rescode.html.
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_MISMATCH: i32 = 20;
const SQLITE_NOTADB: i32 = 26;

/// Translates a failure. Whatever is neither a full disk nor damage may be over when the call is repeated.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(database) => match primary_code(&**database) {
            Some(SQLITE_FULL) => StoreError::Full,
            Some(SQLITE_CORRUPT | SQLITE_NOTADB | SQLITE_MISMATCH) => StoreError::corrupt("database file"),
            _ => StoreError::unavailable(error),
        },
        sqlx::Error::ColumnDecode { index, .. } => StoreError::corrupt(format!("column {index}")),
        _ => StoreError::unavailable(error),
    }
}

/// The result code without its extension: `SQLITE_IOERR_FSYNC` is an `SQLITE_IOERR`.
pub(crate) fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    let extended: i32 = error.code()?.parse().ok()?;
    Some(extended & 0xff)
}

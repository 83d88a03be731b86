//! Why a store could not do what was asked.

use std::error::Error;

/// A failure of a store. Absence and lost races are not failures.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store did not answer, or could not read or write now. Repeating the call later may succeed.
    #[error("the store does not answer")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// There is no room left; nothing was written. Reads go on, writes succeed again when there is room.
    #[error("the store is full, make room and try again")]
    Full,
    /// Something stored cannot be read back as what it was. Repeating the call does not help.
    #[error("the store holds a damaged {what}, restore it from a backup")]
    Corrupt {
        /// What is damaged: `revision 7 of tenant …`, `database file`.
        what: String,
    },
    /// The call contradicts something stored; nothing was written.
    #[error("{what} is already in use")]
    Conflict {
        /// What is taken: ``item id `…` ``.
        what: String,
    },
    /// The arguments contradict each other; nothing was written.
    #[error("{what}")]
    Invalid {
        /// What is wrong.
        what: String,
    },
}

impl StoreError {
    /// The store did not answer, because of `source`.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }

    /// A stored value of this description cannot be read back.
    pub fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }

    /// Repeating the same call later may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Full)
    }
}

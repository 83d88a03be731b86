//! Why a document gave no answer.

/// Why the labels of a document cannot be told.
///
/// None of these means "no label": a document without one is a [`crate::Report`] with an empty list.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Documents with this extension (lower case, without the dot, empty when the name has none) cannot carry a label.
    #[error("files of type `{extension}` cannot carry a sensitivity label")]
    NotSupported {
        /// The extension, lower case, without the dot, at most 32 characters.
        extension: String,
    },
    /// The content key is held by the customer (Double Key Encryption).
    #[error("the file is protected with double key encryption")]
    DoubleKeyEncrypted,
    /// The document is encrypted and shows no label in clear.
    #[error("the file is encrypted and its label cannot be read without decrypting it")]
    DecryptionNotSupported,
    /// The document was sound as far as it was read, but the budget of the call is used up; ask again with a larger one.
    #[error("the read budget of this call is used up")]
    BudgetExceeded,
    /// The document contradicts its format.
    #[error("the file is damaged: {what}")]
    Malformed {
        /// What contradicts the format; fixed text, nothing from the document.
        what: &'static str,
    },
    /// A structure of the document is larger than [`crate::Limits`] allows.
    #[error("the file exceeds a limit: {what}")]
    LimitExceeded {
        /// Which limit; fixed text, nothing from the document.
        what: &'static str,
    },
    /// The store did not answer, or answered with fewer bytes than it announced.
    #[error("reading the file failed")]
    Io(#[from] std::io::Error),
}

/// Shorthand for [`ReadError::Malformed`].
pub(crate) const fn malformed(what: &'static str) -> ReadError {
    ReadError::Malformed { what }
}

/// Shorthand for [`ReadError::LimitExceeded`].
pub(crate) const fn limit(what: &'static str) -> ReadError {
    ReadError::LimitExceeded { what }
}

//! Bytes of a document and the sensitivity-label marks inside it.

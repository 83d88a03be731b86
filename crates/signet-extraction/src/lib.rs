//! The extraction service: drives and items, labels inside files, cached item labels.

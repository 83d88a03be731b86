//! Logging, traces and metrics set-up, and the names of fields used in more than one crate.

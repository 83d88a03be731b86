//! Whole requests against the gateway.

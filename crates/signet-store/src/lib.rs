//! Persistence traits, the in-memory store and the conformance suite.

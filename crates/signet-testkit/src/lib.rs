//! Builders, fixed clock, golden-case loader and process runner for tests.

//! Builders, fixed clock, golden-case loader and process runner for tests.

#![expect(clippy::expect_used, reason = "a fault in a test helper should stop the test")]

pub mod calls;
pub mod cases;
pub mod environment;
pub mod fuzz;
pub mod matcher;
pub mod postgres;
pub mod proxy;

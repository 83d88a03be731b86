//! The Signet binary.
fn main() {}

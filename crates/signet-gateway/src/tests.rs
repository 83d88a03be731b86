//! Whole requests against the gateway, with the services behind it played by the decision core itself.

mod admission;
mod batch;
mod drives;
mod errors;
mod evaluation;
mod fake_content;
pub(crate) mod fake_drives;
pub(crate) mod fakes;
mod golden;
mod labels;
mod order;
mod protocol;
mod rights;
pub(crate) mod table;
mod transfers;
pub(crate) mod world;

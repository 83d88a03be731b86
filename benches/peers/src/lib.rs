//! The auto-labelling decision of Signet beside the same decision in general policy engines.
//!
//! Every engine gets the same rules and the same findings, prepared in the form it is fastest with, and must choose
//! the same label; only then is it measured.

pub mod cedar;
pub mod measure;
pub mod rego;
pub mod rules;
pub mod signet;

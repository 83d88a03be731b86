//! The verifier as a caller meets it. Tokens here are made by another implementation (`jsonwebtoken`), so that a mistake
//! of ours cannot cancel itself out.

mod cache;
mod claims;
mod hostile;
pub(crate) mod support;

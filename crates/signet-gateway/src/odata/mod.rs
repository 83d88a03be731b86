//! Query options: everything after the `?`, and the function call in the last path segment of
//! `computeInheritance(…)`.
//!
//! Text in, typed values out, nothing else: no request, no tenant, no clock. The entry points are in [`options`] and
//! [`compute_inheritance`]; each gives a struct with all a handler needs. [`page_token`] makes and checks page tokens.

pub(crate) mod compute_inheritance;
mod conditions;
pub(crate) mod error;
mod expand;
mod filter;
pub(crate) mod options;
mod orderby;
pub(crate) mod page_token;
pub(crate) mod paging;
mod policy_filter;
pub(crate) mod properties;
pub(crate) mod query_string;
pub(crate) mod rules;
mod search;
pub(crate) mod select;
pub(crate) mod shape;

pub use filter::FilterLimits;

#[cfg(test)]
mod fuzz_tests;
#[cfg(test)]
mod mutations;

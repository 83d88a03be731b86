//! What each route does: reads the request, asks a service, writes the answer.

pub(crate) mod assign;
pub(crate) mod batch;
pub(crate) mod compute;
pub(crate) mod count;
pub(crate) mod decisions;
pub(crate) mod drive;
pub(crate) mod evaluate;
pub(crate) mod expanded;
pub(crate) mod extract;
pub(crate) mod labels;
pub(crate) mod paging;
pub(crate) mod policy_labels;
pub(crate) mod rights;
pub(crate) mod scan;
pub(crate) mod service;
pub(crate) mod tickets;
pub(crate) mod upload;

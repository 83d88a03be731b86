//! Faults on demand, so that integrators can test their retries. Development only: a gateway has this only when its
//! configuration says so, and only `signet dev` does. The grammar is documented in
//! `docs/testing-your-application.md`.

mod fault;
mod rule;
mod series;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};

use http::HeaderName;
use http::request::Parts;
use signet_auth::Principal;

use self::fault::Fault;
pub use self::fault::InvalidFault;
pub use self::rule::FaultRule;
use self::series::Series;
use crate::graph::error::GraphError;

/// The header a caller asks with.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("signet-fault");

/// Rules, and how far each series of faults has got.
pub(crate) struct Faults {
    rules: Vec<FaultRule>,
    series: Series,
}

impl Faults {
    /// Faults by these rules, and by header.
    pub(crate) fn new(rules: Vec<FaultRule>) -> Self {
        Self {
            rules,
            series: Series::default(),
        }
    }

    /// The fault a request asks for, or that a rule has for it; its header goes before the rules.
    ///
    /// # Errors
    /// The fault, or 400 when the header is not one.
    pub(crate) async fn inject(&self, parts: &Parts, principal: &Principal) -> Result<(), GraphError> {
        let (source, fault) = match parts.headers.get(HEADER) {
            Some(value) => (0, asked(value)?),
            None => match self.ruled(parts) {
                Some(found) => found,
                None => return Ok(()),
            },
        };
        if let Some(times) = fault.times
            && !self.series.takes(identity(source, &fault, parts, principal), times)
        {
            return Ok(());
        }
        if !fault.delay.is_zero() {
            tokio::time::sleep(fault.delay).await;
        }
        fault.refusal().map_or(Ok(()), Err)
    }

    /// The first rule that matches, and its number from 1.
    fn ruled(&self, parts: &Parts) -> Option<(usize, Fault)> {
        let found = self.rules.iter().position(|rule| rule.matches(parts))?;
        self.rules.get(found).map(|rule| (found + 1, rule.fault.clone()))
    }
}

fn asked(value: &http::HeaderValue) -> Result<Fault, GraphError> {
    let refused =
        |error: InvalidFault| GraphError::invalid(format!("`Signet-Fault` is wrong: {error}")).at("Signet-Fault");
    value
        .to_str()
        .map_err(|_| refused(InvalidFault::unreadable()))?
        .parse()
        .map_err(refused)
}

/// What belongs to one series: the same caller sends the same request and meets the same fault.
fn identity(source: usize, fault: &Fault, parts: &Parts, principal: &Principal) -> u64 {
    let mut hasher = DefaultHasher::new();
    (source, fault, &parts.method, parts.uri.path_and_query()).hash(&mut hasher);
    (principal.tenant_id, principal.object_id, &principal.application_id).hash(&mut hasher);
    hasher.finish()
}

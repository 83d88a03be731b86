//! The service document and the interface description. Source: rest-api 7.3.

use http::request::Parts;

use crate::front::accept::{self, Written};
use crate::front::answer::{Answer, Content};
use crate::front::origin::{Connection, Origin};
use crate::gateway::Inner;
use crate::graph::context::Contexts;
use crate::graph::error::GraphError;
use crate::graph::metadata::{self, ServiceDocument};
use crate::odata::options;
use crate::routes::{Endpoint, Matched};

/// Answers either, to anybody.
pub(crate) fn answer(gateway: &Inner, parts: &Parts, matched: &Matched<'_>) -> Result<Answer, GraphError> {
    let query = parts.uri.query().unwrap_or_default();
    if matched.leaf.endpoint == Endpoint::Metadata {
        accept::check(&parts.headers, Written::Xml)?;
        options::parse_description(query)?;
        return Ok(Answer::new(
            http::StatusCode::OK,
            Content::Xml(metadata::description(matched.api)),
        ));
    }
    accept::check(&parts.headers, Written::Json)?;
    options::parse_without_options(query)?;
    let connection = parts.extensions.get::<Connection>();
    let origin = Origin::new(&gateway.config, connection, &parts.headers, &parts.uri);
    let contexts = Contexts {
        base: &origin.base,
        api: matched.api,
    };
    Answer::json(&ServiceDocument::new(&contexts, matched.api))
}

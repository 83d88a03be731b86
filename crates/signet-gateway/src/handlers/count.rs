//! `/$count` of label collections, as a number in plain text. Source: rest-api 5.1.

use http::StatusCode;
use signet_contract::catalog::{LabelFamily, ListLabelsRequest};

use crate::call::Call;
use crate::front::answer::{Answer, Content};
use crate::graph::error::GraphError;
use crate::handlers::labels::route_of;
use crate::odata::options;
use crate::routes::Endpoint;

/// Answers the number of entries of a collection.
pub(crate) async fn count(call: &Call<'_>) -> Result<Answer, GraphError> {
    let request = match read(call) {
        Ok(request) => request,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let response = call
        .gateway
        .services
        .catalog
        .list_labels(&call.context, request)
        .await?;
    let total = response.page.total.unwrap_or_default();
    Ok(Answer::new(StatusCode::OK, Content::Text(total.to_string()))
        .of_revision(response.revision)
        .localised(None))
}

fn read(call: &Call<'_>) -> Result<ListLabelsRequest, GraphError> {
    let mut request = ListLabelsRequest {
        family: LabelFamily::Policy,
        subject: call.matched.subject(),
        scoped: None,
        parent: None,
        nested: false,
        filter: None,
        search: Vec::new(),
        order: Vec::new(),
        skip: 0,
        top: 0,
        after: None,
        count: true,
        locale: call.locale(None),
    };
    if call.endpoint() == Endpoint::CountPolicyLabels {
        let options = options::parse_policy_count(call.filtered_query())?;
        request.filter = options.filter;
        request.search = options.search;
        return Ok(request);
    }
    let options = options::parse_governance_count(call.filtered_query(), route_of(call))?;
    request.family = LabelFamily::Governance;
    request.nested = true;
    request.scoped = options.filter.scoped;
    request.locale = call.locale(options.filter.locale.as_deref());
    request.filter = options.filter.prefilter;
    request.search = options.search;
    if let Some(parent) = call.matched.keys.label.as_deref() {
        request.parent = Some(call.label_key(Some(parent))?);
    }
    Ok(request)
}

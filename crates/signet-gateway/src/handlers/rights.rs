//! Usage rights of one label. Source: rest-api 4.5, labelling semantics G3.

use signet_contract::evaluation::UsageRightsRequest;

use super::labels::{keys, route_of, version_of};
use crate::call::Call;
use crate::front::answer::Answer;
use crate::graph::error::GraphError;
use crate::graph::rights::RightsAnswer;
use crate::odata::options::{self, RightsOptions};

/// Answers the rights of a user on a label.
pub(crate) async fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (request, options) = match read(call) {
        Ok(read) => read,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let response = call
        .gateway
        .services
        .evaluation
        .usage_rights(&call.context, request)
        .await;
    let response = response.map_err(|error| call.as_sampled(error.into()))?;
    let context = call.contexts().of("Collection(microsoft.graph.usageRight)");
    let answer = RightsAnswer {
        context: &context,
        rights: &response.rights,
        selection: &options.selection,
    };
    Ok(Answer::json(&answer)?.decided_by(response.decided_by).no_store())
}

fn read(call: &Call<'_>) -> Result<(UsageRightsRequest, RightsOptions), GraphError> {
    let (parent, label) = keys(call)?;
    let options = options::parse_rights(call.filtered_query(), route_of(call), version_of(call))?;
    let request = UsageRightsRequest {
        subject: call.matched.subject(),
        parent,
        label,
        owner_email: options.filter.owner_email.clone(),
        user_email: options.filter.user_email.clone(),
    };
    Ok((request, options))
}

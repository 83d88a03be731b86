//! assignSensitivityLabel and its monitor. Source: rest-api 9.5.

use axum::body::Body;
use http::StatusCode;
use signet_contract::ContractError;
use signet_contract::content::AssignRequest;

use super::drive::item_of;
use super::tickets::ticket_url;
use crate::call::Call;
use crate::front::answer::{Answer, Content};
use crate::graph::error::GraphError;
use crate::json::BodyText;
use crate::json::assign::{self, Assignment};
use crate::odata::options;

/// Accepts a label for a file.
pub(crate) async fn assign(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let item = item_of(call)?;
    let asked = match read(call, body).await {
        Ok(asked) => asked,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let request = AssignRequest {
        item,
        label_id: asked.label_id,
        method: asked.method,
        justification: asked.justification,
    };
    let ticket = call
        .gateway
        .services
        .content
        .assign_label(&call.context, request)
        .await
        .map_err(as_sent)?;
    let accepted = Answer::new(StatusCode::ACCEPTED, Content::Empty);
    Ok(accepted
        .located(ticket_url(&call.base, "operations", &ticket))
        .no_store())
}

/// A refusal that names the member of the body as Graph spells it.
fn as_sent(refusal: ContractError) -> ContractError {
    let target = match refusal.target.as_deref() {
        Some("label_id") => "sensitivityLabelId",
        Some("method") => "assignmentMethod",
        Some("justification") => "justificationText",
        _ => return refusal,
    };
    refusal.at(target)
}

async fn read(call: &Call<'_>, body: Body) -> Result<Assignment, GraphError> {
    let bytes = call.read_json(body).await?;
    options::parse_without_options(call.query())?;
    assign::assignment(&BodyText::new(&bytes)?)
}

//! extractSensitivityLabels. Source: rest-api 4.8, 9.5.

use axum::body::Body;

use super::drive::item_of;
use crate::call::Call;
use crate::front::answer::Answer;
use crate::graph::drive::ExtractAnswer;
use crate::graph::error::GraphError;
use crate::odata::options;

/// Answers the labels inside a file. The body means nothing.
pub(crate) async fn extract(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let item = item_of(call)?;
    if let Err(fault) = check_form(call, body).await {
        return Err(call.refuse(fault).await);
    }
    let response = call
        .gateway
        .services
        .extraction
        .extract_labels(&call.context, item)
        .await?;
    let context = call.contexts().of("microsoft.graph.extractSensitivityLabelsResult");
    Ok(Answer::json(&ExtractAnswer::new(&context, &response.labels))?.no_store())
}

async fn check_form(call: &Call<'_>, body: Body) -> Result<(), GraphError> {
    call.ignore_body(body).await?;
    options::parse_without_options(call.query())?;
    Ok(())
}

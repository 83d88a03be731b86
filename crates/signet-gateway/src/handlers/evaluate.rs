//! The four evaluation actions. Source: rest-api 1.2, 3.4, 4.4, 4.7.

use axum::body::Body;
use signet_contract::evaluation::{EvaluateRequest, EvaluateResponse};
use signet_domain::evaluation::Question;

use crate::call::Call;
use crate::front::accept;
use crate::front::answer::Answer;
use crate::graph::actions::{Actions, ActionsAnswer, ContentLabelAnswer};
use crate::graph::error::GraphError;
use crate::json::{self, BodyText};
use crate::odata::options;
use crate::routes::Endpoint;

/// Answers one of the four actions.
pub(crate) async fn evaluate(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let question = match read(call, body).await {
        Ok(question) => question,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let request = EvaluateRequest {
        subject: call.matched.subject(),
        question,
        locale: call.locale(None),
        explain: accept::wants_explanation(call.headers()),
    };
    let response = call
        .gateway
        .services
        .evaluation
        .evaluate(&call.context, request)
        .await?;
    let answer = match call.endpoint() {
        Endpoint::ExtractContentLabel => content_label(call, &response)?,
        _ => actions(call, &response)?,
    };
    Ok(answer.decided_by(response.decided_by).no_store().localised(None))
}

async fn read(call: &Call<'_>, body: Body) -> Result<Question, GraphError> {
    let bytes = call.read_json(body).await?;
    options::parse_without_options(call.query())?;
    let text = BodyText::new(&bytes)?;
    match call.endpoint() {
        Endpoint::EvaluateApplication => json::evaluate::application(&text),
        Endpoint::EvaluateClassificationResults => json::evaluate::classification(&text),
        Endpoint::EvaluateRemoval => json::evaluate::removal(&text),
        _ => json::evaluate::extraction(&text),
    }
}

fn actions(call: &Call<'_>, response: &EvaluateResponse) -> Result<Answer, GraphError> {
    let context = call
        .contexts()
        .of("Collection(microsoft.graph.security.informationProtectionAction)");
    Answer::json(&ActionsAnswer {
        context: &context,
        value: Actions(&response.actions),
        explanation: response.explanation.as_deref(),
    })
}

/// No label is an answer too: a null result. Source: labelling semantics F.
fn content_label(call: &Call<'_>, response: &EvaluateResponse) -> Result<Answer, GraphError> {
    let Some(label) = &response.content_label else {
        return Ok(Answer::no_content());
    };
    let context = call.contexts().of("microsoft.graph.security.contentLabel");
    Answer::json(&ContentLabelAnswer::new(
        &context,
        label,
        response.explanation.as_deref(),
    ))
}

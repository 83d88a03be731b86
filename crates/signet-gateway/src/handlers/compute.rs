//! computeInheritance and computeRightsAndInheritance. Source: rest-api 5.5, 4.6, labelling semantics G1, G2.

use axum::body::Body;
use signet_contract::CallerKind;
use signet_contract::evaluation::{InheritanceRequest, RightsAndInheritanceRequest};
use signet_domain::ids::LabelId;

use super::expanded;
use super::labels::version_of;
use crate::call::Call;
use crate::front::answer::Answer;
use crate::graph::error::GraphError;
use crate::graph::labels::GovernanceLabel;
use crate::graph::rights::ComputedAnswer;
use crate::json::{self, BodyText};
use crate::odata::compute_inheritance::{InheritanceOptions, parse_compute_inheritance};
use crate::odata::options;
use crate::odata::query_string::QueryString;
use crate::odata::shape::GovernanceShape;

/// Answers the most sensitive of several labels.
pub(crate) async fn inheritance(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (request, options) = match read_inheritance(call) {
        Ok(read) => read,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let response = call
        .gateway
        .services
        .evaluation
        .compute_inheritance(&call.context, request)
        .await?;
    let view = &response.label;
    let label_level = |_: LabelId| vec![None];
    let rights = expanded::rights(call, std::slice::from_ref(view), &options.shape, &label_level, None).await?;
    let context = call.contexts().inherited_label();
    let answer = Answer::json(&GovernanceLabel::new(view, &options.shape).standing_alone(&context, &rights))?;
    Ok(answer
        .decided_by(response.decided_by)
        .no_store()
        .localised(Some(view.locale.clone())))
}

fn read_inheritance(call: &Call<'_>) -> Result<(InheritanceRequest, InheritanceOptions), GraphError> {
    let parent = parent_of(call)?;
    let segment = call.matched.keys.function.unwrap_or_default();
    let options = parse_compute_inheritance(segment, call.query(), version_of(call))?;
    let request = InheritanceRequest {
        subject: call.matched.subject(),
        parent,
        label_ids: options.label_ids.clone(),
        formats: options.formats.clone(),
        locale: call.locale(options.locale.as_deref()),
    };
    Ok((request, options))
}

/// Answers rights per content and the label that flows on.
pub(crate) async fn rights_and_inheritance(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let request = match read_rights(call, body).await {
        Ok(request) => request,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let response = call
        .gateway
        .services
        .evaluation
        .compute_rights_and_inheritance(&call.context, request)
        .await?;
    let context = call.contexts().of("microsoft.graph.computeRightsAndInheritanceResult");
    let shape = GovernanceShape::parse(&QueryString::default(), version_of(call))?;
    let language = response.result.labels.first().map(|view| view.locale.clone());
    let answer = Answer::json(&ComputedAnswer::new(&context, &response.result, &shape))?;
    Ok(answer.decided_by(response.decided_by).no_store().localised(language))
}

async fn read_rights(call: &Call<'_>, body: Body) -> Result<RightsAndInheritanceRequest, GraphError> {
    let bytes = call.read_json(body).await?;
    let parent = parent_of(call)?;
    options::parse_without_options(call.query())?;
    let question = json::compute::rights_and_inheritance(&BodyText::new(&bytes)?)?;
    if question.delegated_user_email.is_none() && call.context.caller.kind == CallerKind::Application {
        let message =
            "`delegatedUserEmail` is required with an application token; name the user whose rights are asked";
        return Err(GraphError::invalid(message).at("delegatedUserEmail"));
    }
    Ok(RightsAndInheritanceRequest {
        subject: call.matched.subject(),
        parent,
        delegated_user_email: question.delegated_user_email,
        contents: question.contents,
        supported_formats: question.supported_formats,
        locale: call.locale(question.locale.as_deref()),
    })
}

/// The label among whose sublabels the answer is looked for, when the path names one.
fn parent_of(call: &Call<'_>) -> Result<Option<LabelId>, GraphError> {
    match call.matched.keys.label.as_deref() {
        Some(key) => call.label_key(Some(key)).map(Some),
        None => Ok(None),
    }
}

//! Labels and settings, first projection. Source: rest-api 1.1, 4.1, 4.9.

use signet_contract::catalog::{GetLabelRequest, GetLabelResponse, LabelFamily, ListLabelsRequest};
use signet_domain::ids::LabelId;
use signet_domain::view::LabelView;

use super::paging;
use crate::call::Call;
use crate::front::answer::Answer;
use crate::graph::error::GraphError;
use crate::graph::labels::{CollectionAnswer, PolicyLabel, PolicyLabels};
use crate::graph::settings::SettingsAnswer;
use crate::odata::options::{self, PolicyListOptions};
use crate::odata::shape::PolicyShape;

/// Answers the labels of a user, or of the organisation.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (options, request) = match read_list(call) {
        Ok(read) => read,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let locale = request.locale.clone();
    let response = call
        .gateway
        .services
        .catalog
        .list_labels(&call.context, request)
        .await?;
    let collection = call.contexts().policy_labels(&call.owner());
    let context = format!("{collection}{}", options.shape.selection.context_suffix());
    let answer = Answer::json(&CollectionAnswer {
        context: &context,
        count: response.page.total.filter(|_| options.paging.count),
        value: PolicyLabels {
            views: &response.page.labels,
            shape: &options.shape,
            collection: &collection,
        },
        next_link: paging::next_label_link(call, &options.query, response.page.next.as_ref()),
    })?;
    let etag = paging::etag(call, response.revision, &locale);
    Ok(answer
        .of_revision(response.revision)
        .localised(None)
        .with_etag(etag, call.headers()))
}

fn read_list(call: &Call<'_>) -> Result<(PolicyListOptions, ListLabelsRequest), GraphError> {
    let options = options::parse_policy_list(call.filtered_query())?;
    let request = ListLabelsRequest {
        family: LabelFamily::Policy,
        subject: call.matched.subject(),
        scoped: None,
        parent: None,
        nested: false,
        filter: options.filter.clone(),
        search: options.search.clone(),
        order: options.order.clone(),
        skip: options.paging.skip,
        top: options.paging.top,
        after: paging::after_label(call, &options.query, &options.paging)?,
        count: options.paging.count,
        locale: call.locale(None),
    };
    Ok((options, request))
}

/// Answers one label.
pub(crate) async fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (shape, response) = find(call).await?;
    one(call, &shape, &response, &response.label, |collection, suffix| {
        format!("{collection}{suffix}/$entity")
    })
}

/// Answers the parent of a label; there may be none.
pub(crate) async fn parent(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (shape, response) = find(call).await?;
    let Some(parent) = response.label.parent.as_deref() else {
        return Ok(Answer::no_content().of_revision(response.revision));
    };
    let child = response.label.id();
    one(call, &shape, &response, parent, |collection, suffix| {
        format!("{collection}('{child}')/parent{suffix}/$entity")
    })
}

async fn find(call: &Call<'_>) -> Result<(PolicyShape, GetLabelResponse), GraphError> {
    let (label, shape) = match read_get(call) {
        Ok(read) => read,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let request = GetLabelRequest {
        family: LabelFamily::Policy,
        subject: call.matched.subject(),
        parent: None,
        label,
        locale: call.locale(None),
    };
    Ok((
        shape,
        call.gateway.services.catalog.get_label(&call.context, request).await?,
    ))
}

fn read_get(call: &Call<'_>) -> Result<(LabelId, PolicyShape), GraphError> {
    let label = call.label_key(call.matched.keys.label.as_deref())?;
    Ok((label, options::parse_policy_get(call.query())?))
}

fn one(
    call: &Call<'_>,
    shape: &PolicyShape,
    response: &GetLabelResponse,
    view: &LabelView,
    context: impl Fn(&str, &str) -> String,
) -> Result<Answer, GraphError> {
    let collection = call.contexts().policy_labels(&call.owner());
    let context = context(&collection, &shape.selection.context_suffix());
    let answer = Answer::json(&PolicyLabel {
        view,
        shape,
        collection: &collection,
        context: Some(context.as_str()),
    })?;
    let etag = paging::etag(call, response.revision, &call.locale(None));
    Ok(answer
        .of_revision(response.revision)
        .localised(None)
        .with_etag(etag, call.headers()))
}

/// Answers the settings that bind a user, or the organisation.
pub(crate) async fn settings(call: &Call<'_>) -> Result<Answer, GraphError> {
    let selection = match options::parse_settings(call.query()) {
        Ok(selection) => selection,
        Err(fault) => return Err(call.refuse(fault.into()).await),
    };
    let subject = call.matched.subject();
    let response = call
        .gateway
        .services
        .catalog
        .get_policy_settings(&call.context, subject)
        .await?;
    let context = call.contexts().policy_settings(&call.owner());
    let answer = Answer::json(&SettingsAnswer {
        context: &format!("{context}{}", selection.context_suffix()),
        settings: &response.settings,
        selection: &selection,
    })?;
    Ok(answer.of_revision(response.revision))
}

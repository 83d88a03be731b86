//! Labels, second projection. Source: rest-api 1.3, 4.2, 5.3.

use signet_contract::catalog::{GetLabelRequest, LabelFamily, ListLabelsRequest};
use signet_contract::{ContractError, Subject};
use signet_domain::error::ErrorReason;
use signet_domain::ids::LabelId;
use signet_domain::view::LabelView;

use super::{expanded, paging};
use crate::call::Call;
use crate::front::answer::Answer;
use crate::graph::error::GraphError;
use crate::graph::labels::{CollectionAnswer, GovernanceLabel, GovernanceLabels};
use crate::odata::options::{self, GovernanceGetOptions, GovernanceListOptions};
use crate::odata::properties::ApiVersion;
use crate::odata::rules::Route;
use crate::routes::Api;

/// The version as the query language knows it.
pub(crate) fn version_of(call: &Call<'_>) -> ApiVersion {
    match call.matched.api {
        Api::V1 => ApiVersion::V1,
        Api::Beta | Api::Signet => ApiVersion::Beta,
    }
}

/// Whether the route is a user's or the tenant's.
pub(crate) fn route_of(call: &Call<'_>) -> Route {
    match call.matched.subject() {
        Subject::Organisation => Route::Tenant,
        Subject::Me | Subject::User(_) => Route::User,
    }
}

/// Answers labels, or the sublabels of one.
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
    let views = &response.page.labels;
    let owners = |label| {
        options
            .filter
            .owners_of(label)
            .into_iter()
            .map(|owner| owner.map(str::to_owned))
            .collect()
    };
    let rights = expanded::rights(call, views, &options.shape, &owners, options.filter.user_email.clone()).await?;
    let context = format!(
        "{}{}",
        call.contexts().labels(&call.owner()),
        options.shape.selection.context_suffix()
    );
    let mut answer = Answer::json(&CollectionAnswer {
        context: &context,
        count: response.page.total.filter(|_| options.paging.count),
        value: GovernanceLabels {
            views,
            shape: &options.shape,
            rights: Some(&rights),
        },
        next_link: paging::next_label_link(call, &options.query, response.page.next.as_ref()),
    })?;
    answer.no_store = options.shape.rights.is_some();
    let etag = paging::etag(call, response.revision, &locale);
    Ok(answer
        .of_revision(response.revision)
        .localised(languages(views))
        .with_etag(etag, call.headers()))
}

fn read_list(call: &Call<'_>) -> Result<(GovernanceListOptions, ListLabelsRequest), GraphError> {
    let parent = match call.matched.keys.label.as_deref() {
        Some(key) => Some(call.label_key(Some(key))?),
        None => None,
    };
    let options = options::parse_governance_list(call.filtered_query(), route_of(call), version_of(call))?;
    let request = ListLabelsRequest {
        family: LabelFamily::Governance,
        subject: call.matched.subject(),
        scoped: options.filter.scoped,
        parent,
        nested: true,
        filter: options.filter.prefilter.clone(),
        search: options.search.clone(),
        order: options.order.clone(),
        skip: options.paging.skip,
        top: options.paging.top,
        after: paging::after_label(call, &options.query, &options.paging)?,
        count: options.paging.count,
        locale: call.locale(options.filter.locale.as_deref()),
    };
    Ok((options, request))
}

/// Answers one label, or one sublabel of a label.
pub(crate) async fn get(call: &Call<'_>) -> Result<Answer, GraphError> {
    let (request, options) = match read_get(call) {
        Ok(read) => read,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let (label, locale) = (request.label, request.locale.clone());
    let response = call.gateway.services.catalog.get_label(&call.context, request).await?;
    if !options.filter.matches_key {
        return Err(not_found(label));
    }
    let view = &response.label;
    let owners = |_: LabelId| options.filter.owner_emails.clone();
    let views = std::slice::from_ref(view);
    let rights = expanded::rights(call, views, &options.shape, &owners, options.filter.user_email.clone()).await?;
    let context = call.contexts().labels(&call.owner());
    let context = format!("{context}{}/$entity", options.shape.selection.context_suffix());
    let mut answer = Answer::json(&GovernanceLabel::new(view, &options.shape).standing_alone(&context, &rights))?;
    answer.no_store = options.shape.rights.is_some();
    let etag = paging::etag(call, response.revision, &locale);
    let language = Some(view.locale.clone());
    Ok(answer
        .of_revision(response.revision)
        .localised(language)
        .with_etag(etag, call.headers()))
}

fn read_get(call: &Call<'_>) -> Result<(GetLabelRequest, GovernanceGetOptions), GraphError> {
    let (parent, label) = keys(call)?;
    let options = options::parse_governance_get(call.filtered_query(), route_of(call), version_of(call), label)?;
    let request = GetLabelRequest {
        family: LabelFamily::Governance,
        subject: call.matched.subject(),
        parent,
        label,
        locale: call.locale(options.filter.locale.as_deref()),
    };
    Ok((request, options))
}

/// The label a path names, and the parent it must have when the path names that too.
pub(crate) fn keys(call: &Call<'_>) -> Result<(Option<LabelId>, LabelId), GraphError> {
    let label = call.label_key(call.matched.keys.label.as_deref())?;
    match call.matched.keys.sublabel.as_deref() {
        Some(sublabel) => Ok((Some(label), call.label_key(Some(sublabel))?)),
        None => Ok((None, label)),
    }
}

fn not_found(label: LabelId) -> GraphError {
    let message = format!("the filter does not hold for the label `{label}`; leave it out or ask for another label");
    ContractError::new(ErrorReason::LabelNotFound, message).into()
}

/// The languages used, each once.
fn languages(views: &[LabelView]) -> Option<String> {
    let mut tags: Vec<&str> = Vec::new();
    for view in views {
        if !tags.contains(&view.locale.as_str()) {
            tags.push(&view.locale);
        }
    }
    (!tags.is_empty()).then(|| tags.join(", "))
}

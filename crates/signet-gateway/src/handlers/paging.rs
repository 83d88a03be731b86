//! Page tokens, next links and entity tags of collections. Source: rest-api 7.2, 9.2.

use std::fmt::Write as _;

use aws_lc_rs::digest;
use signet_domain::ids::Revision;
use signet_domain::locale::LocalePreference;
use signet_domain::query::PageKey;

use crate::call::Call;
use crate::graph::error::GraphError;
use crate::odata::page_token::Binding;
use crate::odata::paging::Paging;
use crate::odata::query_string::QueryString;

fn binding<'b>(call: &'b Call<'_>, query: &'b QueryString) -> Binding<'b> {
    Binding {
        tenant: call.context.caller.tenant,
        route: call.parts.uri.path(),
        query,
    }
}

/// The label a page starts after.
///
/// # Errors
/// A page token that is not of this list.
pub(crate) fn after_label(
    call: &Call<'_>,
    query: &QueryString,
    paging: &Paging,
) -> Result<Option<PageKey>, GraphError> {
    let Some(token) = &paging.skip_token else {
        return Ok(None);
    };
    let now = call.gateway.services.clock.now();
    Ok(Some(call.gateway.page_tokens.read_label(
        binding(call, query),
        token,
        now,
    )?))
}

/// The link to the page after a label.
pub(crate) fn next_label_link(call: &Call<'_>, query: &QueryString, next: Option<&PageKey>) -> Option<String> {
    let now = call.gateway.services.clock.now();
    let token = call.gateway.page_tokens.after_label(binding(call, query), next?, now);
    Some(call.next_link(&query.next_page(&token)))
}

/// The name a page of children starts after.
///
/// # Errors
/// A page token that is not of this folder.
pub(crate) fn after_name(call: &Call<'_>, query: &QueryString, paging: &Paging) -> Result<Option<String>, GraphError> {
    let Some(token) = &paging.skip_token else {
        return Ok(None);
    };
    let now = call.gateway.services.clock.now();
    Ok(Some(call.gateway.page_tokens.read_name(
        binding(call, query),
        token,
        now,
    )?))
}

/// The link to the page of children after a name.
pub(crate) fn next_name_link(call: &Call<'_>, query: &QueryString, next: Option<&str>) -> Option<String> {
    let now = call.gateway.services.clock.now();
    let token = call.gateway.page_tokens.after_name(binding(call, query), next?, now);
    Some(call.next_link(&query.next_page(&token)))
}

/// The link to further children of a folder whose first ones were expanded inside it.
pub(crate) fn further_children_link(call: &Call<'_>, drive: &str, folder: &str, after: &str) -> String {
    let route = format!("/{}/drives/{drive}/items/{folder}/children", call.matched.api.root());
    let query = QueryString::default();
    let binding = Binding {
        tenant: call.context.caller.tenant,
        route: &route,
        query: &query,
    };
    let now = call.gateway.services.clock.now();
    let token = call.gateway.page_tokens.after_name(binding, after, now);
    format!("{}{route}?{}", call.base, query.next_page(&token))
}

/// The tag of a label answer: revision, caller, language and the whole request target.
pub(crate) fn etag(call: &Call<'_>, revision: Revision, locale: &LocalePreference) -> String {
    let caller = &call.context.caller;
    let mut context = digest::Context::new(&digest::SHA256);
    let parts = [
        caller.tenant.as_uuid().as_bytes().as_slice(),
        caller.object_id.as_uuid().as_bytes(),
        &revision.0.to_be_bytes(),
        call.base.as_bytes(),
        call.parts.uri.path().as_bytes(),
        call.query().as_bytes(),
        locale.0.join(",").as_bytes(),
    ]
    .map(<[u8]>::to_vec);
    for part in parts {
        context.update(&part.len().to_be_bytes());
        context.update(&part);
    }
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in context.finish().as_ref().iter().take(16) {
        let _infallible = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

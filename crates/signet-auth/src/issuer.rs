//! Which issuers are trusted, and how an `iss` claim is held against them.

use std::sync::Arc;

use crate::KeySource;

/// Stands in [`IssuerConfig::issuer`] for the tenant of the token.
pub const TENANT_PLACEHOLDER: &str = "{tid}";

/// How providers with many tenants write the placeholder in what they publish.
const PUBLISHED_PLACEHOLDER: &str = "{tenantid}";

/// One trusted issuer with its keys.
#[derive(Clone)]
pub struct IssuerConfig {
    /// The exact `iss`, for example `https://login.microsoftonline.com/{tid}/v2.0`: `{tid}`, once, stands for the
    /// claim `tid`, so that a tenant's key cannot vouch for another tenant.
    pub issuer: String,
    /// Where this issuer's keys come from. A key is trusted for this issuer only.
    pub keys: Arc<dyn KeySource>,
}

/// Whether `issuer` is what `template` says for a token of the tenant `tenant` (the text of the claim).
pub(crate) fn matches_template(template: &str, issuer: &str, tenant: &str) -> bool {
    match template.split_once(TENANT_PLACEHOLDER) {
        None => template == issuer,
        Some((before, after)) => issuer
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|middle| middle == tenant),
    }
}

/// A template as providers or configurations write it, with the tenant filled in.
pub(crate) fn with_tenant(template: &str, tenant: &str) -> String {
    template
        .replace(PUBLISHED_PLACEHOLDER, tenant)
        .replace(TENANT_PLACEHOLDER, tenant)
}

/// Whether a provider that publishes `published` as its issuer is the one configured as `template`: the same text, or the
/// same with a tenant filled in.
pub(crate) fn is_published_by(template: &str, published: &str) -> bool {
    let published = published.replace(PUBLISHED_PLACEHOLDER, TENANT_PLACEHOLDER);
    if published == template {
        return true;
    }
    let Some((before, after)) = template.split_once(TENANT_PLACEHOLDER) else {
        return false;
    };
    let tenant = published.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    tenant.is_some_and(|tenant| uuid::Uuid::try_parse(tenant).is_ok())
}

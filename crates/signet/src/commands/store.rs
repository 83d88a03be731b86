//! The store a command works on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use signet_catalog::{Catalog, CatalogConfig};
use signet_contract::{CallContext, Caller, CallerKind, PermissionSet};
use signet_domain::environment::IdSource;
use signet_domain::ids::{TenantId, UserId};
use signet_store::{CatalogStore, TenantSummary};

use crate::cli::StoreArgs;
use crate::environment::{RandomIds, SystemClock};
use crate::store::Place;

/// File of the embedded store in a data directory.
pub(crate) const STORE_FILE: &str = "signet.db";

/// Tenants read at once.
const PAGE: u32 = 500;

/// The store a command works on: the configured one, or that of `signet dev`.
pub(super) fn place(args: &StoreArgs) -> anyhow::Result<Place> {
    let section = super::config::read(&args.config, Vec::new())?.config.store;
    let configured = Place::configured(&section)?;
    Ok(configured.unwrap_or_else(|| Place::File(args.data_dir.join(STORE_FILE))))
}

/// A catalogue over the store, for one command.
pub(super) fn catalog(store: Arc<dyn CatalogStore>) -> Catalog {
    Catalog::new(store, Arc::new(SystemClock), CatalogConfig::default())
}

/// The operator acts for the tenant he names.
pub(crate) fn operator(tenant: TenantId) -> CallContext {
    CallContext {
        caller: Caller {
            tenant,
            kind: CallerKind::Service,
            object_id: UserId::from_uuid(tenant.as_uuid()),
            user_principal_name: None,
            application_id: None,
            permissions: PermissionSet::default(),
        },
        credential: None,
        deadline: Instant::now() + Duration::from_secs(60),
        request_id: RandomIds.next_id().to_string().into(),
        client_request_id: None,
        at_least_revision: None,
        client_ip: None,
        user_agent: None,
    }
}

/// Every tenant of a store.
pub(crate) async fn tenants(store: &dyn CatalogStore) -> anyhow::Result<Vec<TenantSummary>> {
    let mut all: Vec<TenantSummary> = Vec::new();
    loop {
        let page = store.list_tenants(all.last().map(|last| last.id), PAGE).await?;
        let complete = page.len() < PAGE as usize;
        all.extend(page);
        if complete {
            return Ok(all);
        }
    }
}

/// The tenants a person means: by id, key or domain; all of them when nothing is said.
pub(crate) async fn named(store: &dyn CatalogStore, wanted: Option<&str>) -> anyhow::Result<Vec<TenantSummary>> {
    let all = tenants(store).await?;
    if all.is_empty() {
        bail!("the store has no tenant; run `signet dev` once, or `signet tenant apply FILE`");
    }
    let Some(wanted) = wanted else { return Ok(all) };
    let mut found = Vec::new();
    for tenant in all {
        let by_name = tenant.id.to_string().eq_ignore_ascii_case(wanted) || tenant.key.as_deref() == Some(wanted);
        if by_name || has_domain(store, tenant.id, wanted).await? {
            found.push(tenant);
        }
    }
    if found.is_empty() {
        bail!("the store has no tenant `{wanted}`; give its id, key or one of its domains");
    }
    Ok(found)
}

async fn has_domain(store: &dyn CatalogStore, tenant: TenantId, domain: &str) -> anyhow::Result<bool> {
    let stored = store.get_revision(tenant, None).await?;
    Ok(stored.is_some_and(|stored| {
        stored
            .document
            .domains
            .iter()
            .any(|known| known.eq_ignore_ascii_case(domain))
    }))
}

/// Exactly one tenant.
pub(super) async fn only(store: &dyn CatalogStore, wanted: Option<&str>) -> anyhow::Result<TenantSummary> {
    let found = named(store, wanted).await?;
    let several = found.len() > 1;
    let first = found.into_iter().next().context("the store has no tenant")?;
    if several {
        bail!("several tenants fit; name one with --tenant");
    }
    Ok(first)
}

//! `signet token`: a token of the development issuer. Talks to no server.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, bail};
use signet_auth::{DevelopmentIssuer, Subject, TokenRequest};
use signet_domain::directory::User;
use signet_domain::environment::{Clock, IdSource};
use signet_domain::ids::TenantId;
use signet_store::CatalogStore;
use signet_store_sqlite::{OpenOptions, SqliteStore};

use super::store::{STORE_FILE, named};
use crate::cli::TokenArgs;
use crate::dev::ISSUER_KEY_FILE;
use crate::environment::{RandomIds, SystemClock};
use crate::output::outln;

pub(super) async fn run(args: TokenArgs) -> anyhow::Result<ExitCode> {
    let key_file = args.data_dir.join(ISSUER_KEY_FILE);
    let key = fs::read(&key_file).with_context(|| {
        format!(
            "cannot read {}; run `signet dev --data-dir {}` once",
            key_file.display(),
            args.data_dir.display()
        )
    })?;
    let issuer = DevelopmentIssuer::from_pem(&key).context("the issuer key")?;
    let path = args.data_dir.join(STORE_FILE);
    let store = SqliteStore::open(
        &path,
        OpenOptions {
            create: false,
            migrate: false,
        },
    )
    .await
    .with_context(|| format!("cannot open {}", path.display()))?;
    let (tenant, subject) = subject(&store, &args).await?;
    let request = TokenRequest {
        tenant_id: tenant.as_uuid(),
        subject,
        audience: args.audience,
        expires_in: args.expires.0,
        now: SystemClock.now(),
        token_id: RandomIds.next_id(),
    };
    outln!("{}", issuer.mint(&request)?)?;
    Ok(ExitCode::SUCCESS)
}

async fn subject(store: &dyn CatalogStore, args: &TokenArgs) -> anyhow::Result<(TenantId, Subject)> {
    let tenants = named(store, args.tenant.as_deref()).await?;
    let Some(name) = &args.user else {
        let client_id = args.app.clone().context("--user or --app is needed")?;
        let Some(tenant) = tenants.first() else {
            bail!("the store has no tenant")
        };
        if tenants.len() > 1 {
            bail!("the store has several tenants; name one with --tenant");
        }
        let roles = args
            .role
            .iter()
            .flat_map(|role| role.split_whitespace())
            .map(str::to_owned)
            .collect();
        return Ok((tenant.id, Subject::Application { client_id, roles }));
    };
    let mut found: Vec<(TenantId, User)> = Vec::new();
    for tenant in &tenants {
        let Some(stored) = store.get_revision(tenant.id, None).await? else {
            continue;
        };
        let user = stored.document.users.iter().find(|user| is(user, name));
        found.extend(user.map(|user| (tenant.id, user.clone())));
    }
    let several = found.len() > 1;
    let Some((tenant, user)) = found.into_iter().next() else {
        bail!("no tenant of the store has a user `{name}`; see `signet tenant export`");
    };
    if several {
        bail!("several tenants have a user `{name}`; name one with --tenant");
    }
    let scopes = args.scope.split_whitespace().map(str::to_owned).collect();
    let subject = Subject::User {
        object_id: user.id.as_uuid(),
        user_principal_name: user.user_principal_name,
        display_name: Some(user.display_name).filter(|name| !name.is_empty()),
        client_id: args.client_id.clone(),
        scopes,
    };
    Ok((tenant, subject))
}

fn is(user: &User, name: &str) -> bool {
    user.id.to_string().eq_ignore_ascii_case(name) || user.addresses().any(|address| address.eq_ignore_ascii_case(name))
}

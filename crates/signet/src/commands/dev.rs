//! `signet dev`: everything in one process, with sample data, a local CA and a token issuer.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::json;
use signet_auth::{DevelopmentIssuer, TokenEndpoint, Verifier, VerifierConfig, default_audiences};
use signet_contract::CatalogAdministration;
use signet_contract::catalog::{ExpectedRevision, TenantJson};
use signet_domain::drive::Drive;
use signet_domain::tenant::TenantDocument;
use signet_store::CatalogStore;
use signet_store_sqlite::{OpenOptions, SqliteStore};

use super::process::{Listen, Origins, Process};
use super::serve::random_key;
use super::store::{STORE_FILE, catalog, operator, tenants};
use super::tenant::read_checked;
use crate::cli::DevArgs;
use crate::config::{Service, SignetConfig};
use crate::dev::banner::Banner;
use crate::dev::issuer::{IssuerState, application_permissions, delegated_permissions, router};
use crate::dev::{ISSUER_KEY_FILE, drives, faults, sample};
use crate::environment::token_clock;
use crate::output::{private_folder, write_private};
use crate::tls::DevelopmentCa;
use crate::wiring::Parts;

/// File with the key of page tokens in the data directory.
const PAGE_KEY_FILE: &str = "page-token.key";

/// File that keeps a second process out of the data directory.
const LOCK_FILE: &str = "dev.lock";

/// Application id tokens of the development issuer are for.
const APPLICATION_ID: &str = "00000003-0000-0000-c000-000000000000";

pub(super) async fn run(args: DevArgs) -> anyhow::Result<ExitCode> {
    if !args.address.is_loopback() && !args.allow_remote {
        bail!(
            "{} can be reached by other machines, and anybody gets tokens of the development issuer; \
             use a loopback address, or pass --allow-remote",
            args.address
        );
    }
    private_folder(&args.data_dir)?;
    let data_dir = args.data_dir.canonicalize().context("the data directory")?;
    let _lock = lock(&data_dir)?;
    let ca = DevelopmentCa::open(&data_dir)?;
    let issuer = issuer(&data_dir)?;
    let store = Arc::new(
        SqliteStore::open(
            &data_dir.join(STORE_FILE),
            OpenOptions {
                create: true,
                migrate: true,
            },
        )
        .await?,
    );
    let loaded = load_tenants(&args, &data_dir, &store).await?;
    let config = config(&args, &loaded);
    let faults = args.fault_rules.as_deref().map_or(Ok(Vec::new()), faults::read)?;
    let process = Process::start(&config.telemetry, "signet-dev")?;

    let verifier = Arc::new(verifier(&issuer)?);
    let parts = Parts {
        store: Some(store.clone()),
        verifier,
        cluster_token: None,
        grpc_tls: None,
        client_tls: None,
        page_token_key: page_token_key(&data_dir)?,
        ticket_key: page_token_key(&data_dir)?,
        authorization_endpoint: "https://localhost/common/oauth2/v2.0/authorize".to_owned(),
        resource_app_id: APPLICATION_ID.to_owned(),
        loopback_pages: true,
        faults: Some(faults),
    };
    let ca_file = ca.file.clone();
    let first = loaded.first().map(|tenant| tenant.id.to_string());
    let listen = Listen {
        config: &config,
        tls: Some(ca.server_config(args.address)?),
        ready_file: args.ready_file.clone(),
        facts: json!({"caFile": ca_file, "tenantId": first}),
    };
    let password = args.password.clone();
    let endpoints = |rest: axum::Router, origins: &Origins| {
        rest.merge(router(Arc::new(IssuerState {
            issuer,
            endpoint: token_endpoint(origins, args.password.clone()),
            store,
            base_url: origins.https.clone().unwrap_or_default(),
        })))
    };
    let banner = |origins: &Origins| {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("signet"));
        let banner = Banner {
            https: origins.https.as_deref().unwrap_or_default(),
            http: origins.http.as_deref().unwrap_or_default(),
            grpc: origins.grpc.as_deref().unwrap_or_default(),
            admin: &origins.admin,
            ca_file: &ca_file,
            data_dir: &data_dir,
            program: &program,
            tenants: &loaded,
            password: &password,
        };
        banner.text()
    };
    process.run(listen, parts, endpoints, banner).await
}

/// One process per data directory.
fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let path = data_dir.join(LOCK_FILE);
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    if file.try_lock().is_err() {
        bail!(
            "another `signet dev` works in {}; stop it, or pass another --data-dir",
            data_dir.display()
        );
    }
    Ok(file)
}

fn issuer(data_dir: &Path) -> anyhow::Result<DevelopmentIssuer> {
    let path = data_dir.join(ISSUER_KEY_FILE);
    if path.exists() {
        return DevelopmentIssuer::from_pem(&fs::read(&path)?).with_context(|| format!("{}", path.display()));
    }
    let (issuer, pem) = DevelopmentIssuer::generate()?;
    write_private(&path, pem.as_bytes())?;
    Ok(issuer)
}

fn page_token_key(data_dir: &Path) -> anyhow::Result<[u8; 32]> {
    let path = data_dir.join(PAGE_KEY_FILE);
    if let Some(key) = fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok()) {
        return Ok(key);
    }
    let key = random_key();
    write_private(&path, &key)?;
    Ok(key)
}

fn audiences() -> Vec<String> {
    default_audiences([APPLICATION_ID])
}

fn verifier(issuer: &DevelopmentIssuer) -> anyhow::Result<Verifier> {
    let mut accepted = audiences();
    accepted.extend(["https://localhost", "https://127.0.0.1"].map(str::to_owned));
    Ok(Verifier::new(
        VerifierConfig::new(vec![issuer.issuer_config()?], accepted),
        token_clock(),
    ))
}

fn token_endpoint(origins: &Origins, password: String) -> TokenEndpoint {
    let mut accepted = audiences();
    accepted.extend(["https://localhost", "https://127.0.0.1"].map(str::to_owned));
    accepted.extend(origins.https.clone());
    TokenEndpoint {
        audiences: accepted,
        application_permissions: application_permissions(),
        delegated_permissions: delegated_permissions(),
        password,
    }
}

/// Brings the tenants and drives of the command line into the store and returns what is in force.
async fn load_tenants(
    args: &DevArgs,
    data_dir: &Path,
    store: &Arc<SqliteStore>,
) -> anyhow::Result<Vec<TenantDocument>> {
    let mut documents = Vec::new();
    for file in &args.tenant_file {
        let (document, warnings) = read_checked(file)?;
        for warning in warnings {
            eprintln!("warning: {}: {}: {}", file.display(), warning.path, warning.message);
        }
        if documents.iter().any(|known: &TenantDocument| known.id == document.id) {
            bail!(
                "two tenant files have the id {}; start a `signet dev` for each",
                document.id
            );
        }
        documents.push(document);
    }
    let mut drive_dir = args.drive_dir.clone();
    if documents.is_empty() {
        documents = stored(store).await?;
        if documents.is_empty() {
            documents.push(sample::tenant()?);
            if drive_dir.is_none() {
                drive_dir = Some(sample::write_drive(data_dir)?);
            }
        }
    }
    if let Some(folder) = &drive_dir {
        for orphan in drives::assign(folder, &mut documents)? {
            eprintln!("warning: no tenant has an owner for the folder {orphan}");
        }
    }
    apply(store, &documents).await?;
    Ok(documents)
}

async fn stored(store: &Arc<SqliteStore>) -> anyhow::Result<Vec<TenantDocument>> {
    let mut documents = Vec::new();
    for tenant in tenants(&**store).await? {
        if let Some(stored) = store.get_revision(tenant.id, None).await? {
            documents.push((*stored.document).clone());
        }
    }
    Ok(documents)
}

async fn apply(store: &Arc<SqliteStore>, documents: &[TenantDocument]) -> anyhow::Result<()> {
    let catalog = catalog(store.clone());
    for document in documents {
        let json = TenantJson(serde_json::to_string(document)?);
        catalog
            .apply_tenant(&operator(document.id), json, ExpectedRevision::Any, None)
            .await?;
    }
    Ok(())
}

fn config(args: &DevArgs, tenants: &[TenantDocument]) -> SignetConfig {
    let address = |port| SocketAddr::from((args.address, port));
    let mut config = SignetConfig {
        services: Service::ALL.to_vec(),
        ..SignetConfig::default()
    };
    config.gateway.http = Some(address(args.http_port));
    config.gateway.https = Some(address(args.https_port));
    config.grpc.listen = Some(address(args.grpc_port));
    config.admin.listen = address(args.admin_port);
    config.gateway.requests_per_second = args.requests_per_second;
    config.telemetry.filter = args.log.clone();
    config.telemetry.otlp_endpoint = args.otlp_endpoint.clone();
    config.extraction.allowed_roots = tenants
        .iter()
        .flat_map(|tenant| &tenant.drives)
        .filter_map(folder)
        .collect();
    config
}

fn folder(drive: &Drive) -> Option<PathBuf> {
    drive.source.strip_prefix("file://").map(PathBuf::from)
}

//! Servers on free ports of this machine, clients of them, tokens.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use signet_auth::{DevelopmentIssuer, Subject, TokenRequest, Verifier, VerifierConfig};
use signet_contract::{CallContext, Caller, CallerKind, Credential, PermissionSet};
use signet_domain::environment::IdSource;
use signet_domain::ids::{Revision, TenantId, UserId};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::{Uuid, uuid};

use super::fake::Fake;
use super::services::Services;
use crate::client::{
    CatalogAdministrationClient, CatalogClient, ClientOptions, Connection, DecisionLogClient, DriveContentClient,
    EvaluationClient, ExtractionClient, PolicyDistributionClient, UpstreamOptions,
};
use crate::cluster::ClusterToken;
use crate::server::{GrpcServer, Health, ServeError, ServerOptions};

pub(crate) const TENANT: Uuid = uuid!("00000000-0000-4000-8000-00000000000a");
pub(crate) const USER: Uuid = uuid!("00000000-0000-4000-8000-00000000000b");
pub(crate) const REQUEST: &str = "00000000-0000-4000-8000-00000000000c";
const AUDIENCE: &str = "https://graph.microsoft.com";
const NOW: &str = "2026-11-20T12:00:00Z";

static ISSUER: LazyLock<DevelopmentIssuer> = LazyLock::new(|| DevelopmentIssuer::generate().unwrap().0);

/// A token of a user, minted at a time.
pub(crate) fn token_at(time: &str) -> String {
    let request = TokenRequest {
        tenant_id: TENANT,
        subject: Subject::User {
            object_id: USER,
            user_principal_name: "bob@contoso.example".to_owned(),
            display_name: None,
            client_id: "client-1".to_owned(),
            scopes: vec!["InformationProtectionPolicy.Read".to_owned(), "Files.Read".to_owned()],
        },
        audience: AUDIENCE.to_owned(),
        expires_in: Duration::from_secs(3600),
        now: time.parse().unwrap(),
        token_id: Uuid::nil(),
    };
    ISSUER.mint(&request).unwrap()
}

pub(crate) fn token() -> String {
    token_at(NOW)
}

fn verifier() -> Arc<Verifier> {
    let now: Timestamp = NOW.parse().unwrap();
    let config = VerifierConfig::new(vec![ISSUER.issuer_config().unwrap()], vec![AUDIENCE.to_owned()]);
    Arc::new(Verifier::new(config, Arc::new(move || now)))
}

/// Counts.
struct Ids(AtomicU64);

impl IdSource for Ids {
    fn next_id(&self) -> Uuid {
        Uuid::from_u64_pair(0xF00D, self.0.fetch_add(1, Ordering::SeqCst))
    }
}

pub(crate) fn cluster_token() -> ClusterToken {
    ClusterToken::new("the-cluster-token-of-tests").unwrap()
}

/// A server with the fake behind every service.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) fake: Fake,
    pub(crate) health: Health,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

pub(crate) fn options() -> ServerOptions {
    ServerOptions {
        cluster_token: Some(cluster_token()),
        ..ServerOptions::default()
    }
}

pub(crate) async fn start() -> Running {
    start_with(options()).await
}

pub(crate) async fn start_with(options: ServerOptions) -> Running {
    start_at(TcpListener::bind("127.0.0.1:0").await.unwrap(), options)
}

pub(crate) fn start_at(listener: TcpListener, options: ServerOptions) -> Running {
    let fake = Fake::new();
    let services = Services::in_process(&fake);
    let server = GrpcServer::new(verifier(), Arc::new(Ids(AtomicU64::new(1))), options)
        .catalog(services.catalog)
        .administration(services.administration)
        .distribution(services.distribution)
        .evaluation(services.evaluation)
        .decision_log(services.decision_log)
        .extraction(services.extraction)
        .content(services.content);
    let health = server.health();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(server.serve(listener, async {
        let _dropped = stopped.await;
    }));
    Running {
        address,
        fake,
        health,
        stop,
        served,
    }
}

impl Running {
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Clients that know the cluster token.
    pub(crate) fn services(&self) -> Services {
        clients(&self.endpoint(), &client_options())
    }
}

pub(crate) fn client_options() -> ClientOptions {
    ClientOptions {
        cluster_token: Some(cluster_token()),
        upstream: UpstreamOptions {
            connections: 1,
            ..UpstreamOptions::default()
        },
        ..ClientOptions::default()
    }
}

pub(crate) fn clients(endpoint: &str, options: &ClientOptions) -> Services {
    services_over(&Connection::open("tests", &[endpoint], options).unwrap())
}

pub(crate) fn services_over(connection: &Connection) -> Services {
    Services {
        catalog: Arc::new(CatalogClient::new(connection.clone())),
        administration: Arc::new(CatalogAdministrationClient::new(connection.clone())),
        distribution: Arc::new(PolicyDistributionClient::new(connection.clone())),
        evaluation: Arc::new(EvaluationClient::new(connection.clone())),
        decision_log: Arc::new(DecisionLogClient::new(connection.clone())),
        extraction: Arc::new(ExtractionClient::new(connection.clone())),
        content: Arc::new(DriveContentClient::new(connection.clone())),
    }
}

/// The context of a call of the user, good for a minute.
pub(crate) fn context() -> CallContext {
    CallContext {
        caller: Caller {
            tenant: TenantId::from_uuid(TENANT),
            kind: CallerKind::Delegated,
            object_id: UserId::from_uuid(USER),
            user_principal_name: Some("bob@contoso.example".into()),
            application_id: Some("client-1".into()),
            permissions: PermissionSet::new(["InformationProtectionPolicy.Read", "Files.Read"]),
        },
        credential: Some(Credential::new(&token())),
        deadline: Instant::now() + Duration::from_secs(60),
        request_id: Arc::from(REQUEST),
        client_request_id: Some(Arc::from("the caller's own ~ id")),
        at_least_revision: Some(Revision(7)),
        client_ip: Some(Arc::from("203.0.113.7")),
        user_agent: Some(Arc::from("Wörd/16.0 (test)")),
    }
}

/// A context with little time.
pub(crate) fn hurried(time: Duration) -> CallContext {
    CallContext {
        deadline: Instant::now() + time,
        ..context()
    }
}

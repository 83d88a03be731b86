//! Which object stands behind each trait of the contract: the service itself, or its client over the network.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context, bail};
use futures::FutureExt;
use signet_auth::Verifier;
use signet_catalog::{Catalog, CatalogConfig, Distribution};
use signet_contract as contract;
use signet_contract::PolicyDistribution;
use signet_distribution::FollowedPolicies;
use signet_evaluation::{Evaluation, EvaluationConfig, EvaluationDependencies};
use signet_extraction::{DecisionLogSink, Extraction, ExtractionDependencies};
use signet_gateway::{CorsOrigins, FaultRule, FilterLimits, Gateway, GatewayConfig, GatewayServices, ThrottleConfig};
use signet_rpc::server::{GrpcServer, ServerOptions};
use signet_rpc::{ClientTls, ClusterToken, ServerTls};
use signet_store::{BatchingDecisionLog, DecisionLog};

use crate::clients::Clients;
use crate::config::{EvaluationSection, Service, SignetConfig};
use crate::environment::{RandomIds, SystemClock};
use crate::listeners::{Readiness, Tasks};
use crate::observe;
use crate::ready::{Announced, Reached};
use crate::store::Store;

/// Calls that may wait for the decision log.
const DECISION_QUEUE: usize = 10_000;

/// The burst where only a rate is configured, in seconds of that rate.
const TWICE: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// What a process is put together from besides its configuration.
pub(crate) struct Parts {
    /// The store, when a service of this process needs one.
    pub(crate) store: Option<Arc<dyn Store>>,
    /// Who is calling.
    pub(crate) verifier: Arc<Verifier>,
    /// What services of one installation trust each other by.
    pub(crate) cluster_token: Option<ClusterToken>,
    /// Certificate of gRPC; absent: without TLS.
    pub(crate) grpc_tls: Option<ServerTls>,
    /// Certificates for calls to services elsewhere; absent: without TLS.
    pub(crate) client_tls: Option<ClientTls>,
    /// Signs page tokens.
    pub(crate) page_token_key: [u8; 32],
    /// Signs the URLs of downloads, uploads and monitors.
    pub(crate) ticket_key: [u8; 32],
    /// Where clients get tokens.
    pub(crate) authorization_endpoint: String,
    /// Application id tokens are for.
    pub(crate) resource_app_id: String,
    /// Pages of this machine may call.
    pub(crate) loopback_pages: bool,
    /// Faults callers may ask for; only `signet dev` has any.
    pub(crate) faults: Option<Vec<FaultRule>>,
}

/// A process, ready to listen.
pub(crate) struct Assembled {
    /// The REST surface, when the gateway is of this process.
    pub(crate) rest: Option<Gateway>,
    /// The gRPC services of this process.
    pub(crate) grpc: GrpcServer,
    /// Whether the process can answer.
    pub(crate) readiness: Readiness,
    /// What it says of that.
    pub(crate) announced: Announced,
    /// Ends when every decision queued is written.
    pub(crate) decisions_written: Option<tokio::task::JoinHandle<()>>,
}

/// Puts a process together.
///
/// # Errors
/// When an endpoint or a file is wrong.
pub(crate) fn assemble(config: &SignetConfig, parts: Parts, tasks: &Tasks) -> anyhow::Result<Assembled> {
    let clients = Clients::new(config, parts.cluster_token.clone(), parts.client_tls.clone());
    if let Some(store) = &parts.store {
        observe::store(store);
    }
    let catalog = local_catalog(config, &parts, tasks)?;
    let followed = clients.followed_policies(tasks)?;
    let policies: Option<Arc<dyn PolicyDistribution>> = match (&catalog, &followed) {
        (Some(catalog), _) => Some(catalog.clone()),
        (None, Some(followed)) => Some(followed.clone()),
        (None, None) => None,
    };
    let (decisions, decisions_written) = decision_log(config, &parts);
    let evaluation = match (&policies, &decisions) {
        (Some(policies), Some(decisions)) if config.runs(Service::Evaluation) => {
            let service = local_evaluation(&config.evaluation, policies.clone(), decisions.clone());
            Some(Arc::new(service))
        }
        _ => None,
    };
    let extraction = match (&policies, &decisions, &parts.store) {
        (Some(policies), Some(decisions), Some(store)) if config.runs(Service::Extraction) => Some(Arc::new(
            local_extraction(config, &parts, policies.clone(), decisions.clone(), store.clone())?,
        )),
        _ => None,
    };
    if let Some(extraction) = &extraction {
        observe::jobs(extraction);
        let worker = Extraction::clone(extraction);
        tasks.background(async move { worker.work().await });
    }
    let options = ServerOptions {
        max_deadline: config.grpc.max_deadline.0,
        max_calls: config.grpc.max_calls,
        drain: config.shutdown.limit.0,
        service_names: config.cluster.service_names.clone(),
        cluster_token: parts.cluster_token.clone(),
        tls: parts.grpc_tls.clone(),
        ..ServerOptions::default()
    };
    let mut grpc = GrpcServer::new(parts.verifier.clone(), Arc::new(RandomIds), options);
    if let Some(catalog) = &catalog {
        grpc = grpc
            .catalog(catalog.clone())
            .administration(catalog.clone())
            .distribution(Arc::new(Distribution(catalog.clone())));
    }
    if let Some(evaluation) = &evaluation {
        grpc = grpc.evaluation(evaluation.clone()).decision_log(evaluation.clone());
    }
    if let Some(extraction) = &extraction {
        grpc = grpc.extraction(extraction.clone()).content(extraction.clone());
    }
    let behind = match config.runs(Service::Gateway) {
        true => Some(services_behind(&clients, catalog, evaluation, extraction)?),
        false => None,
    };
    // A process without a gateway needs no other but the catalogue, and that only through the policies it follows.
    observe_all(&clients, followed.as_ref());
    let upstreams = behind.as_ref().map(|_| clients.upstreams()).unwrap_or_default();
    let readiness = readiness(parts.store.clone(), followed, Arc::new(Reached::new(upstreams)));
    let announced = Announced::follow(readiness.clone(), grpc.health(), tasks);
    observe::process(&announced);
    let rest = match behind {
        Some(behind) => Some(gateway(config, &parts, behind, announced.clone())?),
        None => None,
    };
    Ok(Assembled {
        rest,
        grpc,
        readiness,
        announced,
        decisions_written,
    })
}

fn observe_all(clients: &Clients<'_>, followed: Option<&Arc<FollowedPolicies>>) {
    let upstreams: Vec<_> = clients.upstreams().into_iter().map(|(_, upstream)| upstream).collect();
    observe::upstreams(&upstreams);
    if let Some(followed) = followed {
        observe::policies(followed);
    }
}

/// The services behind the gateway: those of this process, and clients of the others.
struct Behind {
    catalog: Arc<dyn contract::Catalog>,
    evaluation: Arc<dyn contract::Evaluation>,
    decision_log: Arc<dyn contract::DecisionLogReader>,
    extraction: Arc<dyn contract::Extraction>,
    content: Arc<dyn contract::DriveContent>,
}

fn services_behind(
    clients: &Clients<'_>,
    catalog: Option<Arc<Catalog>>,
    evaluation: Option<Arc<Evaluation>>,
    extraction: Option<Arc<Extraction>>,
) -> anyhow::Result<Behind> {
    Ok(Behind {
        catalog: match catalog {
            Some(catalog) => catalog,
            None => clients.catalog()?,
        },
        decision_log: match &evaluation {
            Some(evaluation) => evaluation.clone(),
            None => clients.decision_log()?,
        },
        evaluation: match evaluation {
            Some(evaluation) => evaluation,
            None => clients.evaluation()?,
        },
        content: match &extraction {
            Some(extraction) => extraction.clone(),
            None => clients.drive_content()?,
        },
        extraction: match extraction {
            Some(extraction) => extraction,
            None => clients.extraction()?,
        },
    })
}

fn gateway(config: &SignetConfig, parts: &Parts, behind: Behind, announced: Announced) -> anyhow::Result<Gateway> {
    let services = GatewayServices {
        catalog: behind.catalog,
        evaluation: behind.evaluation,
        decision_log: behind.decision_log,
        extraction: behind.extraction,
        content: behind.content,
        verifier: parts.verifier.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        ready: Arc::new(move || announced.is_ready()),
    };
    Ok(Gateway::new(services, gateway_config(config, parts)?))
}

fn local_catalog(config: &SignetConfig, parts: &Parts, tasks: &Tasks) -> anyhow::Result<Option<Arc<Catalog>>> {
    if !config.runs(Service::Catalog) {
        return Ok(None);
    }
    let Some(store) = &parts.store else {
        bail!("the catalogue needs a store; set `store.path` or `store.url`")
    };
    let settings = CatalogConfig {
        poll_interval: config.catalog.poll_interval.0,
        ..CatalogConfig::default()
    };
    let catalog = Arc::new(Catalog::new(store.clone(), Arc::new(SystemClock), settings));
    let kept = catalog.clone();
    observe::revisions(
        "signet.catalog.revision",
        "revision given out, by tenant",
        move |most| kept.revisions(most),
    );
    let following = catalog.clone();
    tasks.background(async move { following.follow_store().await });
    Ok(Some(catalog))
}

/// The log with a queue in front; the handle ends once nobody writes any more and everything is written.
fn decision_log(
    config: &SignetConfig,
    parts: &Parts,
) -> (Option<Arc<dyn DecisionLog>>, Option<tokio::task::JoinHandle<()>>) {
    let needed = config.runs(Service::Evaluation) || config.runs(Service::Extraction);
    let Some(store) = parts.store.clone().filter(|_| needed) else {
        return (None, None);
    };
    let (log, written) = BatchingDecisionLog::start(store, DECISION_QUEUE);
    observe::decisions(log.queue());
    (Some(Arc::new(log)), Some(written))
}

fn local_evaluation(
    section: &EvaluationSection,
    policies: Arc<dyn PolicyDistribution>,
    decisions: Arc<dyn DecisionLog>,
) -> Evaluation {
    let dependencies = EvaluationDependencies {
        policies,
        decisions,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    let settings = EvaluationConfig {
        limits: section.limits(),
        ..EvaluationConfig::default()
    };
    Evaluation::new(dependencies, settings)
}

fn local_extraction(
    config: &SignetConfig,
    parts: &Parts,
    policies: Arc<dyn PolicyDistribution>,
    decisions: Arc<dyn DecisionLog>,
    store: Arc<dyn Store>,
) -> anyhow::Result<Extraction> {
    let dependencies = ExtractionDependencies {
        policies,
        item_labels: store.clone(),
        item_ids: store.clone(),
        jobs: store.clone(),
        uploads: store,
        ticket_key: parts.ticket_key,
        decisions: Some(Arc::new(DecisionLogSink(decisions))),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    Ok(Extraction::new(dependencies, config.extraction.settings()?))
}

/// Ready: the store answers, policies may be decided by, and services elsewhere are reached.
fn readiness(
    store: Option<Arc<dyn Store>>,
    followed: Option<Arc<FollowedPolicies>>,
    reached: Arc<Reached>,
) -> Readiness {
    Arc::new(move || {
        let store = store.clone();
        let followed = followed.clone();
        let reached = reached.clone();
        async move {
            if let Some(store) = store {
                store.ping().await.map_err(|_| "the store does not answer".to_owned())?;
            }
            if followed.is_some_and(|followed| !followed.is_usable()) {
                return Err("the catalogue has not answered, or not for too long".to_owned());
            }
            reached.check()
        }
        .boxed()
    })
}

fn gateway_config(config: &SignetConfig, parts: &Parts) -> anyhow::Result<GatewayConfig> {
    let section = &config.gateway;
    let mut settings = GatewayConfig::new(
        parts.authorization_endpoint.clone(),
        parts.resource_app_id.clone(),
        parts.page_token_key,
    );
    settings.public_base_url = section.public_url.clone();
    settings.trusted_proxies = section
        .trusted_proxies
        .iter()
        .map(|range| range.parse().with_context(|| "`gateway.trusted_proxies`"))
        .collect::<anyhow::Result<_>>()?;
    settings.max_body_bytes = usize::try_from(section.max_body.0).unwrap_or(usize::MAX);
    settings.filter_limits = FilterLimits {
        bytes: usize::try_from(section.max_filter.0).unwrap_or(usize::MAX),
        clauses: section.max_filter_clauses.to_usize(),
    };
    settings.max_batch_requests = section.max_batch_requests.to_usize();
    settings.request_deadline = section.request_deadline.0;
    settings.cors = CorsOrigins {
        allowed: section.cors_origins.clone(),
        loopback: parts.loopback_pages,
    };
    settings.legacy_routes = section.legacy_routes;
    settings.strict_delegated_labels = section.strict_delegated_labels;
    settings.throttle = section.requests_per_second.map(|rate| ThrottleConfig {
        requests_per_second: rate.0,
        burst: section.burst.map_or(rate.0.saturating_mul(TWICE), |burst| burst.0),
    });
    settings.max_concurrent_requests = section.max_concurrent_requests.to_usize();
    settings.faults = parts.faults.clone();
    Ok(settings)
}

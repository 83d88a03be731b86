//! How soon what is published decides everywhere.

use std::time::{Duration, Instant};

use signet_contract::{CallContext, CatalogAdministration as _, Credential};
use signet_domain::ids::TenantId;
use signet_e2e::{Caller, Cluster, Trust, wait_for};
use signet_rpc::client::{CatalogAdministrationClient, ClientOptions, Connection};
use signet_testkit::calls::application;

use super::load::{Load, RECOVERY, decisions};
use super::{revision, setup};
use crate::support::{contoso, contoso_with_corpus};

/// Revisions published, so that one in a hundred is a number.
const PUBLICATIONS: u64 = 100;

/// Within this time a revision decides at every evaluator, in ninety-nine of a hundred cases. Source: the contract.
const PROMISED: Duration = Duration::from_secs(1);

/// The promise is made for machines with room; a whole cluster, its database and its callers on one machine get so much
/// more.
const CROWDED: u32 = 3;

const EVALUATORS: [&str; 3] = ["evaluation-1", "evaluation-2", "evaluation-3"];

/// When revisions were accepted, in milliseconds, by the clock of who accepted them.
async fn accepted(cluster: &Cluster) -> Vec<(u64, i64)> {
    let connection = Connection::open("catalog", &[cluster.grpc("catalog-2")], &ClientOptions::default());
    let client = CatalogAdministrationClient::new(connection.expect("an address"));
    let token = cluster.token(&Caller::application(&contoso(), "Signet.Catalog.Read"));
    let context = CallContext {
        credential: Some(Credential::new(token.as_str())),
        deadline: Instant::now() + Duration::from_secs(30),
        ..application(TenantId::parse(&contoso().id()).expect("a GUID"), &[])
    };
    let revisions = client.list_revisions(&context, None, 1_000).await.expect("a list");
    revisions
        .iter()
        .map(|info| (info.revision.0, info.at.as_millisecond()))
        .collect()
}

#[test]
fn what_is_published_decides_everywhere_within_a_second() {
    let (contoso, _drive) = contoso_with_corpus();
    let cluster = Cluster::start(&setup(&contoso), Trust::Token);
    let load = Load::start(&cluster, 0);
    load.wait_for_answers(300);
    for number in 2..=1 + PUBLICATIONS {
        cluster.apply(&revision(&contoso, number));
        load.wait_for_answers(10);
    }
    load.wait_for_answers(300);
    load.finish().check_answers();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let accepted = runtime.block_on(accepted(&cluster));
    let decided: Vec<(u64, i64)> = decisions(&cluster)
        .iter()
        .map(|record| (record.revision.0, record.time.as_millisecond()))
        .collect();
    // The last decision of any evaluator by an older revision, after a newer one was accepted.
    let delay = |(number, at): &(u64, i64)| {
        let stale = decided.iter().filter(|(by, time)| by < number && time > at);
        stale.map(|(_, time)| time - at).max().unwrap_or_default()
    };
    let mut delays: Vec<i64> = accepted.iter().filter(|(number, _)| *number > 1).map(delay).collect();
    delays.sort_unstable();
    let at = |percent: usize| delays[(delays.len() * percent).div_ceil(100) - 1];
    println!(
        "{} publications, {} decisions, milliseconds until none is by an older revision: half {}, 99 % {}, all {}",
        delays.len(),
        decided.len(),
        at(50),
        at(99),
        at(100)
    );
    assert_eq!(u64::try_from(delays.len()), Ok(PUBLICATIONS));
    let allowed = i64::try_from((PROMISED * CROWDED).as_millis()).expect("a time");
    assert!(at(99) <= allowed, "{delays:?}");
}

/// The revision a process decides by, as it tells Prometheus.
fn decides_by(cluster: &Cluster, name: &str) -> Option<u64> {
    let metrics = cluster.metrics(name);
    let line = metrics
        .lines()
        .find(|line| line.starts_with("signet_policy_snapshot_revision{") && line.contains(&contoso().id()));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
}

#[test]
fn a_catalogue_that_hangs_keeps_no_evaluator_from_what_is_published() {
    let (contoso, _drive) = contoso_with_corpus();
    let mut cluster = Cluster::start(&setup(&contoso), Trust::Certificates);
    let load = Load::start(&cluster, 1);
    for name in EVALUATORS {
        wait_for("a revision", || decides_by(&cluster, name));
    }
    for (turn, hanging) in ["catalog-1", "catalog-2"].into_iter().enumerate() {
        cluster.freeze(hanging);
        let began = Instant::now();
        let number = 2 + u64::try_from(turn).expect("a number");
        cluster.apply(&revision(&contoso, number));
        for name in EVALUATORS {
            wait_for("the revision", || {
                decides_by(&cluster, name).filter(|known| *known >= number)
            });
        }
        let took = began.elapsed();
        println!("with {hanging} hanging all evaluators follow after {took:?}");
        assert!(took < RECOVERY + Duration::from_secs(1), "{took:?}");
        cluster.thaw(hanging);
    }
    load.finish().check_answers();
}

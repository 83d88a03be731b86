//! Several replicas behind one name: which of them is asked.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::join_all;
use signet_domain::error::ErrorReason;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::fake::Behaviour;
use super::harness::{Running, client_options, context, services_over, start, start_with};
use super::proxy::{Proxy, until};
use super::services::Services;
use crate::client::{ClientOptions, Connection, Resolver, UpstreamOptions};
use crate::server::ServerOptions;

/// A resolver that is told what to say.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<BTreeSet<SocketAddr>>>);

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        assert_eq!((host, port), ("evaluation.test", 8081));
        Ok(self.0.lock().unwrap().iter().copied().collect())
    }
}

impl Names {
    fn add(&self, address: SocketAddr) {
        self.0.lock().unwrap().insert(address);
    }

    fn remove(&self, address: SocketAddr) {
        self.0.lock().unwrap().remove(&address);
    }
}

struct Bed {
    servers: Vec<Running>,
    names: Names,
    connection: Connection,
    services: Services,
}

fn quick() -> UpstreamOptions {
    UpstreamOptions {
        resolve_interval: Duration::from_millis(5),
        patience: Duration::from_millis(200),
        ..UpstreamOptions::default()
    }
}

async fn bed(count: usize, upstream: UpstreamOptions) -> Bed {
    let names = Names::default();
    let mut servers = Vec::new();
    for _ in 0..count {
        let server = start().await;
        server.fake.will(Behaviour::Answer(1));
        names.add(server.address);
        servers.push(server);
    }
    let options = ClientOptions {
        upstream: UpstreamOptions {
            resolver: Arc::new(names.clone()),
            ..upstream
        },
        ..client_options()
    };
    let connection = Connection::open("evaluation", &["http://evaluation.test:8081"], &options).unwrap();
    let services = services_over(&connection);
    let bed = Bed {
        servers,
        names,
        connection,
        services,
    };
    bed.answering(count).await;
    bed
}

impl Bed {
    /// Waits until as many replicas answer.
    async fn answering(&self, count: usize) {
        until(|| self.connection.upstream().replicas().1 == count).await;
    }

    async fn ask(&self, method: &str) -> Result<String, ErrorReason> {
        let (_, answer) = self.services.exchange(method, &context(), 1).await;
        answer.map_err(|error| error.reason)
    }

    /// Calls made at a time, `rounds` times; all must be answered.
    async fn load(&self, at_a_time: usize, rounds: usize) {
        for _ in 0..rounds {
            let calls = (0..at_a_time).map(|_| self.ask("evaluate_application"));
            for answer in join_all(calls).await {
                answer.unwrap();
            }
        }
    }

    fn calls(&self) -> Vec<usize> {
        self.servers.iter().map(|server| server.fake.calls()).collect()
    }
}

fn is_even(calls: &[usize]) -> bool {
    let mean = calls.iter().sum::<usize>() / calls.len();
    calls.iter().all(|calls| calls.abs_diff(mean) * 5 <= mean)
}

#[tokio::test]
async fn calls_spread_evenly_over_all_replicas() {
    let bed = bed(3, quick()).await;
    bed.load(1, 60).await;
    assert!(is_even(&bed.calls()), "one after the other: {:?}", bed.calls());
    bed.load(30, 20).await;
    assert!(is_even(&bed.calls()), "at the same time: {:?}", bed.calls());
}

#[tokio::test]
async fn several_endpoints_are_one_service() {
    let (one, two) = (start().await, start().await);
    let endpoints = [one.endpoint(), two.endpoint()];
    let connection = Connection::open("evaluation", &endpoints, &client_options()).unwrap();
    until(|| connection.upstream().replicas() == (2, 2)).await;
    let services = services_over(&connection);
    for _ in 0..20 {
        services.exchange("get_label", &context(), 1).await.1.unwrap();
    }
    assert!(is_even(&[one.fake.calls(), two.fake.calls()]));
}

#[tokio::test]
async fn a_busy_replica_gets_fewer_calls() {
    let bed = bed(2, quick()).await;
    bed.servers[0].fake.will(Behaviour::Hang);
    let calls = (0..40).map(|_| {
        let services = bed.services.clone();
        tokio::spawn(async move { services.exchange("evaluate_application", &context(), 1).await })
    });
    let busy: Vec<_> = calls.collect();
    until(|| busy.iter().filter(|call| call.is_finished()).count() == 20).await;
    assert_eq!(bed.calls(), [20, 20]);
    bed.load(1, 20).await;
    let before = bed.servers[0].fake.calls();
    bed.load(1, 20).await;
    assert_eq!(
        bed.servers[0].fake.calls(),
        before,
        "it has calls under way, the other has none"
    );
    for call in busy {
        call.abort();
    }
}

#[tokio::test]
async fn a_dead_replica_is_not_asked_and_comes_back() {
    let mut bed = bed(3, quick()).await;
    let dead = bed.servers.remove(0);
    let address = dead.address;
    dead.served.abort();
    let _ended = dead.served.await;
    bed.answering(2).await;
    bed.load(6, 20).await;
    assert!(is_even(&bed.calls()), "{:?}", bed.calls());

    let listener = TcpListener::bind(address).await.unwrap();
    let reborn = super::harness::start_at(listener, super::harness::options());
    reborn.fake.will(Behaviour::Answer(1));
    bed.servers.push(reborn);
    bed.answering(3).await;
    bed.load(6, 20).await;
    assert!(bed.servers[2].fake.calls() > 20, "{:?}", bed.calls());
}

#[tokio::test]
async fn replicas_come_and_go_as_the_resolver_says() {
    let mut bed = bed(1, quick()).await;
    bed.load(1, 10).await;
    let new = start().await;
    new.fake.will(Behaviour::Answer(1));
    bed.names.add(new.address);
    bed.servers.push(new);
    bed.answering(2).await;
    bed.load(1, 20).await;
    assert_eq!(bed.calls()[1], 10);

    bed.servers[0].fake.will(Behaviour::Hold);
    let under_way = bed.services.clone();
    let under_way = tokio::spawn(async move {
        let context = context();
        let both = (0..2).map(|_| under_way.exchange("get_label", &context, 1));
        join_all(both).await
    });
    until(|| bed.calls() == [21, 11]).await;
    bed.names.remove(bed.servers[0].address);
    until(|| bed.connection.upstream().replicas().0 == 1).await;
    bed.load(1, 10).await;
    assert_eq!(bed.calls(), [21, 21], "one that left is not asked");
    bed.servers[0].fake.release();
    for (_, answer) in under_way.await.unwrap() {
        answer.unwrap();
    }
}

#[tokio::test]
async fn a_resolver_that_knows_nothing_takes_nothing_away() {
    let bed = bed(2, quick()).await;
    for server in &bed.servers {
        bed.names.remove(server.address);
    }
    bed.load(1, 20).await;
    assert_eq!(bed.connection.upstream().replicas(), (2, 2));
}

#[tokio::test]
async fn a_process_that_only_accepts_connections_is_not_asked() {
    let bed = bed(1, quick()).await;
    let hung = TcpListener::bind("127.0.0.1:0").await.unwrap();
    bed.names.add(hung.local_addr().unwrap());
    until(|| bed.connection.upstream().replicas().0 == 2).await;
    let _accepted = hung.accept().await.unwrap();
    bed.load(5, 10).await;
    assert_eq!(bed.connection.upstream().replicas(), (2, 1));
}

#[tokio::test]
async fn calls_at_a_replica_that_hangs_are_given_up() {
    let server = start().await;
    server.fake.will(Behaviour::Hang);
    let proxy = Proxy::before(server.address).await;
    let options = ClientOptions {
        upstream: UpstreamOptions {
            probe_interval: Duration::from_millis(50),
            ..quick()
        },
        ..client_options()
    };
    let connection = Connection::open("evaluation", &[proxy.endpoint()], &options).unwrap();
    let services = services_over(&connection);
    let call = tokio::spawn(async move { services.exchange("evaluate_application", &context(), 1).await.1 });
    until(|| server.fake.calls() == 1).await;
    proxy.hold();
    // Its time would be over much later, for another reason.
    let given_up = call.await.unwrap().map_err(|error| error.reason);
    assert_eq!(given_up, Err(ErrorReason::ServiceUnavailable));
}

#[tokio::test]
async fn a_replica_that_does_not_welcome_calls_gets_them_only_when_all_do_not() {
    let upstream = UpstreamOptions {
        probe_interval: Duration::from_millis(100),
        ..quick()
    };
    let bed = bed(2, upstream).await;
    bed.servers[0].health.set_serving(false);
    let asked_less = || async {
        let before = bed.servers[0].fake.calls();
        bed.load(1, 4).await;
        bed.servers[0].fake.calls() == before
    };
    while !asked_less().await {}
    assert!(bed.connection.upstream().is_usable());
    bed.servers[1].health.set_serving(false);
    until(|| !bed.connection.upstream().is_usable()).await;
    bed.load(2, 10).await;
}

#[tokio::test]
async fn calls_beyond_what_replicas_may_have_are_turned_away_at_once() {
    let upstream = UpstreamOptions {
        max_calls: 2,
        ..quick()
    };
    let bed = bed(2, upstream).await;
    for server in &bed.servers {
        server.fake.will(Behaviour::Hang);
    }
    let services = bed.services.clone();
    let busy = tokio::spawn(async move {
        let context = context();
        join_all((0..4).map(|_| services.exchange("get_label", &context, 1))).await
    });
    until(|| bed.calls() == [2, 2]).await;
    let (_, answer) = bed.services.exchange("get_label", &context(), 1).await;
    let error = answer.unwrap_err();
    assert_eq!(error.reason, ErrorReason::Overloaded);
    assert!(error.retry_after.is_some());
    busy.abort();
    for server in &bed.servers {
        server.fake.will(Behaviour::Answer(1));
    }
    let _cancelled = busy.await;
    bed.load(1, 1).await;
}

#[tokio::test]
async fn no_call_fails_when_a_replica_stops_in_order() {
    let bed = bed(2, quick()).await;
    // It ends because its callers leave, long before it would cut them off.
    let patient = ServerOptions {
        drain: Duration::from_secs(600),
        ..super::harness::options()
    };
    let stopping = start_with(patient).await;
    stopping.fake.will(Behaviour::Answer(1));
    bed.names.add(stopping.address);
    bed.answering(3).await;
    let stop = async {
        until(|| stopping.fake.calls() > 20).await;
        stopping.stop.send(()).unwrap();
        timeout(Duration::from_secs(60), stopping.served)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    };
    tokio::join!(stop, bed.load(30, 20));
}

#[tokio::test]
async fn callers_wait_a_moment_for_the_first_replica_but_not_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let names = Names::default();
    names.add(address);
    let options = ClientOptions {
        upstream: UpstreamOptions {
            resolver: Arc::new(names),
            patience: Duration::from_secs(20),
            ..quick()
        },
        ..client_options()
    };
    let connection = Connection::open("evaluation", &["http://evaluation.test:8081"], &options).unwrap();
    let services = services_over(&connection);
    let early = tokio::spawn(async move { services.exchange("evaluate_application", &context(), 1).await.1 });
    let server = super::harness::start_at(TcpListener::bind(address).await.unwrap(), super::harness::options());
    early.await.unwrap().unwrap();
    assert_eq!(server.fake.calls(), 1);
}

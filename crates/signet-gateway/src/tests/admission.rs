//! Throttling, room, and faults on demand, through the whole gateway.

use std::num::NonZeroU32;
use std::time::Duration;

use super::world::{Ask, Reply, TENANT_A, TENANT_B, Token, World};
use crate::{FaultRule, GatewayConfig, ThrottleConfig};

const LABELS: &str = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";

fn throttled(rate: u32, burst: u32) -> World {
    World::with(|config| {
        config.throttle = Some(ThrottleConfig {
            requests_per_second: NonZeroU32::new(rate).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        });
    })
}

fn too_many(reply: &Reply, wait: &str) {
    reply.refused(429, "activityLimitReached", "throttledRequest");
    assert_eq!(reply.header("retry-after"), Some(wait));
    assert!(reply.header("request-id").is_some());
}

#[tokio::test(start_paused = true)]
async fn an_application_that_sends_too_much_is_told_when_to_come_back() {
    let world = throttled(1, 2);
    for _ in 0..2 {
        world.get(LABELS).send().await.ok();
    }
    too_many(&world.get(LABELS).send().await, "1");
    tokio::time::advance(Duration::from_secs(1)).await;
    world.get(LABELS).send().await.ok();
    too_many(&world.get(LABELS).send().await, "1");
}

#[tokio::test(start_paused = true)]
async fn only_the_verified_token_chooses_the_bucket() {
    let world = throttled(1, 1);
    world.get(LABELS).send().await.ok();
    let claims = world
        .get(LABELS)
        .header("x-forwarded-for", "203.0.113.7")
        .header("user-agent", "Another/1.0")
        .header("client-request-id", "another");
    too_many(&claims.send().await, "1");
    // Requests without a token that holds are counted for nobody.
    for _ in 0..3 {
        let reply = world.get(LABELS).anonymous().send().await;
        reply.refused(401, "InvalidAuthenticationToken", "unauthenticated");
    }
    // The same application for another tenant.
    let reply = world.get(LABELS).token(Token::application(TENANT_B).all()).send().await;
    reply.ok();
}

#[tokio::test(start_paused = true)]
async fn unknown_paths_count_and_descriptions_do_not() {
    let world = throttled(1, 1);
    let reply = world.get("/v1.0/nothing").send().await;
    reply.refused(400, "BadRequest", "");
    too_many(&world.get("/v1.0/nothing").send().await, "1");
    for _ in 0..3 {
        assert_eq!(world.get("/v1.0/$metadata").send().await.status.as_u16(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_and_each_of_its_requests_count() {
    let world = throttled(1, 3);
    let requests: Vec<String> = (0..4)
        .map(|id| {
            format!(r#"{{"id":"{id}","method":"GET","url":"/security/dataSecurityAndGovernance/sensitivityLabels"}}"#)
        })
        .collect();
    let body = format!(r#"{{"requests":[{}]}}"#, requests.join(","));
    let answers = world.post("/v1.0/$batch", &body).send().await.ok();
    let responses = answers["responses"].as_array().unwrap();
    let statuses: Vec<u64> = responses.iter().map(|one| one["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 429, 429]);
    assert_eq!(responses[2]["headers"]["Retry-After"], "1");
    assert_eq!(responses[2]["body"]["error"]["code"], "activityLimitReached");
    too_many(&world.post("/v1.0/$batch", &body).send().await, "1");
}

#[tokio::test]
async fn without_room_a_request_is_refused_at_once() {
    let world = World::with(|config| config.max_concurrent_requests = 0);
    let reply = world.get(LABELS).send().await;
    reply.refused(503, "serviceNotAvailable", "");
    assert_eq!(reply.header("retry-after"), Some("1"));
    assert!(world.calls().is_empty());
    let world = World::with(|config| config.max_concurrent_requests = 1);
    for _ in 0..3 {
        world.get(LABELS).send().await.ok();
    }
}

fn development(rules: &[(&str, &str)]) -> impl FnOnce(&mut GatewayConfig) {
    let rules = rules
        .iter()
        .map(|(requests, fault)| FaultRule::parse(requests, fault).unwrap())
        .collect();
    |config| config.faults = Some(rules)
}

fn asking<'w>(world: &'w World, fault: &str) -> Ask<'w> {
    world.get(LABELS).header("signet-fault", fault)
}

#[tokio::test]
async fn a_header_brings_a_fault_for_some_calls_and_then_the_real_answer() {
    let world = World::with(development(&[]));
    for _ in 0..2 {
        for _ in 0..2 {
            too_many(&asking(&world, "429;retry-after=3;times=2").send().await, "3");
        }
        asking(&world, "429;retry-after=3;times=2").send().await.ok();
    }
    for _ in 0..3 {
        let reply = asking(&world, "402").send().await;
        reply.refused(402, "paymentRequired", "");
    }
    let reply = asking(&world, "503").send().await;
    reply.refused(503, "serviceNotAvailable", "");
    assert_eq!(reply.header("retry-after"), Some("5"));
    let reply = asking(&world, "423;retry-after=2").send().await;
    reply.refused(423, "fileDecryptionDeferred", "fileDecryptionDeferred");
    assert_eq!(reply.header("retry-after"), Some("2"));
    world.get(LABELS).send().await.ok();
}

#[tokio::test]
async fn series_are_apart_by_caller_request_and_name() {
    let world = World::with(development(&[]));
    let fault = "429;times=1";
    too_many(&asking(&world, fault).send().await, "1");
    too_many(&asking(&world, "429;times=1;series=x").send().await, "1");
    let other = world.get("/beta/security/dataSecurityAndGovernance/sensitivityLabels");
    too_many(&other.header("signet-fault", fault).send().await, "1");
    let bob = asking(&world, fault).token(Token::bob(TENANT_A).all());
    too_many(&bob.send().await, "1");
    asking(&world, fault).send().await.ok();
}

#[tokio::test]
async fn a_fault_that_is_none_is_refused() {
    let world = World::with(development(&[]));
    let reply = asking(&world, "418").send().await;
    reply.refused(400, "invalidRequest", "invalidParameterFormat");
    assert_eq!(reply.json()["error"]["target"], "Signet-Fault");
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_time_and_counts_against_the_deadline() {
    let world = World::with(development(&[]));
    let before = tokio::time::Instant::now();
    asking(&world, "delay;delay=2s").send().await.ok();
    assert_eq!(before.elapsed(), Duration::from_secs(2));
    let reply = asking(&world, "delay;delay=60s").send().await;
    reply.refused(504, "generalException", "gatewayTimeout");
}

#[tokio::test]
async fn rules_bring_faults_unasked_and_the_header_goes_first() {
    let world = World::with(development(&[
        ("GET /v1.0/security/**", "503;times=1"),
        ("* /v1.0/**", "402"),
    ]));
    let reply = world.get(LABELS).send().await;
    reply.refused(503, "serviceNotAvailable", "");
    too_many(&asking(&world, "429").send().await, "1");
    world.get(LABELS).send().await.ok();
    let reply = world.get("/v1.0/drive").send().await;
    reply.refused(402, "paymentRequired", "");
    world
        .get("/beta/security/dataSecurityAndGovernance/sensitivityLabels")
        .send()
        .await
        .ok();
    // Who is nobody meets no faults.
    let reply = world.get(LABELS).anonymous().send().await;
    reply.refused(401, "InvalidAuthenticationToken", "unauthenticated");
}

#[tokio::test]
async fn requests_of_a_batch_ask_for_themselves() {
    let world = World::with(development(&[]));
    let body = r#"{"requests":[
        {"id":"1","method":"GET","url":"/security/dataSecurityAndGovernance/sensitivityLabels","headers":{"Signet-Fault":"429;times=1"}},
        {"id":"2","method":"GET","url":"/security/dataSecurityAndGovernance/sensitivityLabels"}]}"#;
    let answers = world.post("/v1.0/$batch", body).send().await.ok();
    let status = |at: usize| answers["responses"][at]["status"].as_u64().unwrap();
    assert_eq!((status(0), status(1)), (429, 200));
}

#[tokio::test]
async fn outside_development_the_header_means_nothing() {
    let world = World::new();
    for fault in ["429", "503;times=3", "402", "delay;delay=60s", "nonsense"] {
        asking(&world, fault).send().await.ok();
    }
}

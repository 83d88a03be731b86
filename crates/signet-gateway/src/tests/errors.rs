//! What clients see when something behind the gateway, or the gateway itself, fails.

use std::time::Duration;

use signet_contract::ContractError;
use signet_domain::error::ErrorReason;

use super::world::{TENANT_A, Token, World};

const REMOVAL: &str = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels/evaluateRemoval";
const BODY: &str = r#"{"contentInfo": {}}"#;

#[tokio::test]
async fn services_that_do_not_answer() {
    let world = World::new();
    let fail = |error: ContractError| *world.fakes.next_failure.lock().unwrap() = Some(error);
    fail(ContractError::new(
        ErrorReason::SnapshotTooOld,
        "the policy is older than 15 minutes; try again",
    ));
    let reply = world.post(REMOVAL, BODY).send().await;
    reply.refused(503, "serviceNotAvailable", "");
    assert_eq!(reply.header("retry-after"), Some("5"));
    fail(ContractError::new(ErrorReason::Overloaded, "full").retry_after(Duration::from_millis(2100)));
    let reply = world.post(REMOVAL, BODY).send().await;
    reply.refused(429, "activityLimitReached", "throttledRequest");
    assert_eq!(reply.header("retry-after"), Some("3"));
    fail(ContractError::new(ErrorReason::Internal, "secret cause"));
    let reply = world.post(REMOVAL, BODY).send().await;
    reply.refused(500, "generalException", "");
    assert!(!reply.text().contains("secret"));
}

#[tokio::test]
async fn a_panic_ends_one_request_only() {
    let world = World::new();
    *world.fakes.panics.lock().unwrap() = true;
    let reply = world.post(REMOVAL, BODY).send().await;
    reply.refused(500, "generalException", "");
    assert!(reply.header("request-id").is_some());
    // The poisoned lock of the fake is not the gateway's.
    assert_eq!(
        world.get("/v1.0/$metadata").anonymous().send().await.status.as_u16(),
        200
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_past_the_deadline() {
    let world = World::with(|config| config.request_deadline = Duration::from_secs(2));
    *world.fakes.delay.lock().unwrap() = Some(Duration::from_secs(60));
    let began = tokio::time::Instant::now();
    let reply = world.post(REMOVAL, BODY).send().await;
    reply.refused(504, "generalException", "gatewayTimeout");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    let world = World::with(|config| config.request_deadline = Duration::from_secs(2));
    let endless = futures::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
    let reply = world
        .post(REMOVAL, "")
        .body(axum::body::Body::from_stream(endless))
        .send()
        .await;
    reply.refused(408, "invalidRequest", "");
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let world = World::new();
    let pieces = [Ok(bytes::Bytes::from_static(b"{")), Err(std::io::Error::other("gone"))];
    let broken = axum::body::Body::from_stream(futures::stream::iter(pieces));
    world
        .post(REMOVAL, "")
        .body(broken)
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
}

#[tokio::test]
async fn a_revision_that_is_none() {
    let world = World::new();
    for value in ["x", "-1", "+1", "1.0", "", "99999999999999999999999"] {
        let reply = world
            .post(REMOVAL, BODY)
            .header("signet-at-least-revision", value)
            .send()
            .await;
        reply.refused(400, "invalidRequest", "invalidParameterFormat");
        assert_eq!(reply.json()["error"]["target"], "Signet-At-Least-Revision");
    }
    let reply = world
        .post(REMOVAL, BODY)
        .header("signet-at-least-revision", "7")
        .send()
        .await;
    assert_eq!(reply.status.as_u16(), 200);
    let context = world.fakes.last_context.lock().unwrap().clone().expect("a call");
    assert_eq!(context.at_least_revision, Some(signet_domain::ids::Revision(7)));
}

#[tokio::test]
async fn every_refusal_has_the_envelope() {
    let world = World::new();
    let reply = world
        .get("/v1.0/nothing")
        .header("client-request-id", "mine")
        .send()
        .await;
    let id = reply.header("request-id").expect("an id").to_owned();
    assert_eq!(reply.header("client-request-id"), Some("mine"));
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(
        reply.text(),
        format!(
            "{{\"error\":{{\"code\":\"BadRequest\",\"message\":\"Resource not found for the segment 'nothing'.\",\"innerError\":{{\"date\":\"2026-03-04T05:06:07\",\"request-id\":\"{id}\",\"client-request-id\":\"mine\"}}}}}}"
        )
    );
    let own = world.get("/v1.0/nothing").send().await;
    assert_eq!(own.header("client-request-id"), own.header("request-id"));
}

#[tokio::test]
async fn tokens_that_grant_nothing_or_are_none() {
    let world = World::new();
    let nothing = world
        .get("/v1.0/me/drive")
        .header("authorization", "Bearer x.y.z")
        .send()
        .await;
    nothing.refused(401, "InvalidAuthenticationToken", "unauthenticated");
    let basic = world
        .get("/v1.0/me/drive")
        .header("authorization", "Basic eDp5")
        .send()
        .await;
    assert_eq!(basic.json()["error"]["message"], "Access token is empty.");
    let scopeless = Token::application(TENANT_A);
    let reply = world.get("/v1.0/drive").token(scopeless).send().await;
    reply.refused(403, "accessDenied", "Authorization_RequestDenied");
}

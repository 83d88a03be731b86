//! Every method over a connection, compared with the service itself.

use std::time::{Duration, Instant};

use signet_contract::{CallContext, ContractError};
use signet_domain::error::ErrorReason;

use super::fake::Behaviour;
use super::harness::{context, start};
use super::sample::Sample;
use super::services::{METHODS, Services};

#[tokio::test]
async fn every_method_carries_questions_and_answers_as_they_are() {
    let server = start().await;
    let (near, far) = (Services::in_process(&server.fake), server.services());
    for method in METHODS {
        for seed in 0..20 {
            server.fake.will(Behaviour::Answer(seed));
            let (question, expected) = near.exchange(method, &context(), seed).await;
            let (_, answer) = far.exchange(method, &context(), seed).await;
            assert_eq!(server.fake.seen().1, question, "{method} {seed}");
            assert_eq!(answer, expected, "{method} {seed}");
        }
    }
}

#[tokio::test]
async fn every_method_carries_refusals_as_they_are() {
    let server = start().await;
    let far = server.services();
    for (seed, method) in METHODS.iter().enumerate() {
        let error = Sample::new(seed as u64).error();
        server.fake.will(Behaviour::Refuse(error.clone()));
        let (_, answer) = far.exchange(method, &context(), 1).await;
        assert_eq!(answer, Err(error), "{method}");
    }
}

/// What a context says besides its deadline.
fn described(context: &CallContext) -> String {
    let deadline = Instant::now();
    format!(
        "{:?} {:?}",
        CallContext {
            deadline,
            ..context.clone()
        },
        context.credential.as_ref().map(|c| c.expose())
    )
    .replace(&format!("{deadline:?}"), "")
}

#[tokio::test]
async fn every_method_carries_what_belongs_to_the_call() {
    let server = start().await;
    let far = server.services();
    for method in METHODS {
        let mut sent = context();
        let _answer = far.exchange(method, &sent, 1).await;
        let Some(seen) = server.fake.seen().0 else {
            assert!(["get_snapshot", "watch_changes"].contains(&method), "{method}");
            continue;
        };
        if seen.at_least_revision.is_none() {
            let administration = METHODS.iter().skip_while(|name| **name != "plan_tenant");
            let mut unrevisioned = administration.take_while(|name| **name != "get_snapshot");
            let of_log = ["list_decisions", "follow_decisions", "scan"].contains(&method);
            assert!(of_log || unrevisioned.any(|name| *name == method), "{method}");
            sent.at_least_revision = None;
        }
        assert_eq!(described(&seen), described(&sent), "{method}");
    }
}

#[tokio::test]
async fn the_service_is_told_a_deadline_no_later_than_the_callers() {
    let server = start().await;
    let sent = super::harness::hurried(Duration::from_secs(2));
    let _answer = server.services().exchange("get_label", &sent, 1).await;
    let seen = server.fake.seen().0.unwrap();
    assert!(seen.deadline <= sent.deadline);
    assert!(seen.deadline + Duration::from_secs(1) >= sent.deadline);
}

#[tokio::test]
async fn a_call_without_a_revision_asks_for_none() {
    let server = start().await;
    let sent = CallContext {
        at_least_revision: None,
        client_request_id: None,
        ..context()
    };
    for method in ["list_labels", "evaluate_application", "evaluate_many"] {
        let _answer = server.services().exchange(method, &sent, 1).await;
        assert_eq!(server.fake.seen().0.unwrap().at_least_revision, None, "{method}");
    }
}

#[tokio::test]
async fn panics_are_internal_errors_and_the_server_lives_on() {
    let server = start().await;
    let far = server.services();
    for method in METHODS {
        server.fake.will(Behaviour::Panic);
        let error = far.exchange(method, &context(), 1).await.1.unwrap_err();
        assert_eq!(error.reason, ErrorReason::Internal, "{method}");
        assert!(!error.message.contains("told to"));
    }
    server.fake.will(Behaviour::Answer(1));
    assert!(far.exchange("get_label", &context(), 1).await.1.is_ok());
}

#[tokio::test]
async fn a_stream_of_the_contract_that_ends_with_an_error_ends_so_over_the_network() {
    let server = start().await;
    server.fake.will(Behaviour::Refuse(ContractError::new(
        ErrorReason::StoreUnavailable,
        "the store is away",
    )));
    let opened = server.services().distribution.watch_changes(None).await;
    assert_eq!(opened.err().unwrap().reason, ErrorReason::StoreUnavailable);
}

//! Time, size and number.

use std::time::{Duration, Instant};

use signet_contract::catalog::TenantJson;
use signet_contract::evaluation::{DecisionQuery, EvaluateRequest};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::Question;

use super::fake::Behaviour;
use super::harness::{context, hurried, options, start, start_with};
use super::sample::Sample;
use super::services::METHODS;
use crate::server::ServerOptions;

#[tokio::test]
async fn every_method_ends_at_its_deadline() {
    let server = start().await;
    let far = server.services();
    server.fake.will(Behaviour::Hang);
    for method in METHODS.iter().filter(|method| **method != "watch_changes") {
        let begun = Instant::now();
        let (_, answer) = far.exchange(method, &hurried(Duration::from_millis(100)), 1).await;
        assert_eq!(answer.unwrap_err().reason, ErrorReason::DeadlineExceeded, "{method}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{method}");
    }
}

#[tokio::test]
async fn the_server_gives_up_by_itself() {
    let server = start_with(ServerOptions {
        max_deadline: Duration::from_millis(100),
        ..options()
    })
    .await;
    let far = server.services();
    server.fake.will(Behaviour::Hang);
    for method in METHODS {
        let error = far.exchange(method, &context(), 1).await.1.unwrap_err();
        assert_eq!(error.reason, ErrorReason::DeadlineExceeded, "{method}");
    }
}

#[tokio::test]
async fn a_wait_until_the_deadline_still_says_what_it_waited_for() {
    let server = start().await;
    let far = server.services();
    server.fake.will(Behaviour::WaitForDeadline);
    for method in ["get_snapshot", "get_label", "evaluate_application"] {
        let (_, answer) = far.exchange(method, &hurried(Duration::from_millis(500)), 1).await;
        assert_eq!(answer.unwrap_err().reason, ErrorReason::RevisionNotReached, "{method}");
    }
}

#[tokio::test]
async fn time_that_is_over_is_not_spent() {
    let server = start().await;
    let (_, answer) = server
        .services()
        .exchange("get_label", &hurried(Duration::ZERO), 1)
        .await;
    assert_eq!(answer.unwrap_err().reason, ErrorReason::DeadlineExceeded);
}

#[tokio::test]
async fn large_requests_are_refused_and_large_documents_are_not() {
    let server = start().await;
    let far = server.services();
    let mut request: EvaluateRequest = Sample::new(1).evaluate_request(3);
    let Question::Extraction { content } = &mut request.question else {
        unreachable!()
    };
    content.identifier = Some("x".repeat(4 * 1024 * 1024));
    let error = far.evaluation.evaluate(&context(), request).await.unwrap_err();
    assert_eq!(error.reason, ErrorReason::InvalidArgument, "{error}");
    assert_eq!(server.fake.calls(), 0);

    let document = TenantJson("x".repeat(8 * 1024 * 1024));
    assert!(
        far.administration
            .plan_tenant(&context(), document.clone())
            .await
            .is_ok()
    );
    assert_eq!(server.fake.seen().1, format!("{document:?}"));
}

#[tokio::test]
async fn too_many_calls_are_turned_away() {
    let server = start_with(ServerOptions {
        max_calls: 2,
        max_streams: 1,
        ..options()
    })
    .await;
    let far = server.services();
    server.fake.will(Behaviour::Hang);
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let far = far.clone();
            tokio::spawn(async move { far.exchange("get_label", &context(), 1).await })
        })
        .collect();
    while server.fake.calls() < 2 {
        tokio::task::yield_now().await;
    }
    let error = far.exchange("list_drives", &context(), 1).await.1.unwrap_err();
    assert_eq!(error.reason, ErrorReason::Overloaded);
    assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
    for call in busy {
        call.abort();
    }
    server.fake.will(Behaviour::Answer(1));
    while far.exchange("list_drives", &context(), 1).await.1.is_err() {
        tokio::task::yield_now().await;
    }

    let open = far.distribution.watch_changes(None).await.unwrap();
    assert_eq!(
        far.distribution.watch_changes(None).await.err().unwrap().reason,
        ErrorReason::Overloaded
    );
    drop(open);
    while far.distribution.watch_changes(None).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = start_with(ServerOptions {
        max_connections: 1,
        ..options()
    })
    .await;
    let first = server.services();
    assert!(first.exchange("get_label", &context(), 1).await.1.is_ok());
    let second = server.services();
    let (_, answer) = second
        .exchange("get_label", &hurried(Duration::from_millis(100)), 1)
        .await;
    assert_eq!(answer.unwrap_err().reason, ErrorReason::DeadlineExceeded);
    drop(first);
    assert!(second.exchange("get_label", &context(), 1).await.1.is_ok());
}

#[tokio::test]
async fn pages_are_bounded() {
    let server = start().await;
    let far = server.services();
    for limit in [0, 1001] {
        let error = far
            .administration
            .list_revisions(&context(), None, limit)
            .await
            .unwrap_err();
        assert_eq!(error.target.as_deref(), Some("page_size"));
        let query = DecisionQuery {
            limit,
            ..Default::default()
        };
        let error = far
            .decision_log
            .list_decisions(&context(), query.clone())
            .await
            .unwrap_err();
        assert_eq!(error.target.as_deref(), Some("query.page_size"));
        assert!(far.decision_log.follow_decisions(&context(), query).await.is_ok());
    }
}

//! Who is let in, and whose word is taken.

use std::sync::Arc;

use signet_contract::{CallContext, Credential};
use signet_domain::error::ErrorReason;

use super::harness::{REQUEST, client_options, clients, context, options, start, start_with, token_at};
use super::services::METHODS;
use crate::client::ClientOptions;
use crate::cluster::ClusterToken;
use crate::server::ServerOptions;

const FOR_SERVICES: [&str; 2] = ["get_snapshot", "watch_changes"];

fn with_credential(credential: Option<&str>) -> CallContext {
    CallContext {
        credential: credential.map(Credential::new),
        ..context()
    }
}

#[tokio::test]
async fn every_method_wants_a_good_token() {
    let server = start().await;
    let far = server.services();
    let (expired, early) = (token_at("2026-11-20T01:00:00Z"), token_at("2026-11-20T23:00:00Z"));
    let cases = [
        (None, ErrorReason::TokenMissing),
        (Some("junk"), ErrorReason::TokenInvalid),
        (Some(expired.as_str()), ErrorReason::TokenExpired),
        (Some(early.as_str()), ErrorReason::TokenInvalid),
    ];
    for (credential, reason) in cases {
        for method in METHODS.iter().filter(|method| !FOR_SERVICES.contains(method)) {
            let (_, answer) = far.exchange(method, &with_credential(credential), 1).await;
            assert_eq!(answer.unwrap_err().reason, reason, "{method} {credential:?}");
        }
    }
    assert_eq!(server.fake.calls(), 0);
}

#[tokio::test]
async fn policies_are_distributed_to_services_only() {
    let server = start().await;
    let stranger = clients(&server.endpoint(), &ClientOptions::default());
    let wrong = ClusterToken::new("some-other-cluster-token").unwrap();
    let mistaken = clients(
        &server.endpoint(),
        &ClientOptions {
            cluster_token: Some(wrong),
            ..Default::default()
        },
    );
    for method in FOR_SERVICES {
        let refusal = stranger.exchange(method, &context(), 1).await.1.unwrap_err();
        assert_eq!(refusal.reason, ErrorReason::TokenMissing, "{method}");
        let refusal = mistaken.exchange(method, &context(), 1).await.1.unwrap_err();
        assert_eq!(refusal.reason, ErrorReason::TokenInvalid, "{method}");
    }
    assert_eq!(server.fake.calls(), 0);
    for method in FOR_SERVICES {
        assert!(
            server
                .services()
                .exchange(method, &with_credential(None), 1)
                .await
                .1
                .is_ok(),
            "{method}"
        );
    }
}

#[tokio::test]
async fn without_a_cluster_token_nobody_is_a_service() {
    let server = start_with(ServerOptions {
        cluster_token: None,
        ..options()
    })
    .await;
    let far = clients(&server.endpoint(), &client_options());
    let refusal = far.exchange("get_snapshot", &context(), 1).await.1.unwrap_err();
    assert_eq!(refusal.reason, ErrorReason::TokenMissing);
}

#[tokio::test]
async fn a_wrong_cluster_token_is_noticed_by_every_method() {
    let server = start().await;
    let wrong = ClusterToken::new("some-other-cluster-token").unwrap();
    let mistaken = clients(
        &server.endpoint(),
        &ClientOptions {
            cluster_token: Some(wrong),
            ..Default::default()
        },
    );
    let refusal = mistaken.exchange("get_label", &context(), 1).await.1.unwrap_err();
    assert_eq!(refusal.reason, ErrorReason::TokenInvalid);
}

#[tokio::test]
async fn a_strangers_word_about_the_client_is_not_taken() {
    let server = start().await;
    let stranger = clients(&server.endpoint(), &ClientOptions::default());
    assert!(stranger.exchange("get_label", &context(), 1).await.1.is_ok());
    let seen = server.fake.seen().0.unwrap();
    assert_eq!(seen.client_ip.as_deref(), Some("127.0.0.1"));
    assert!(
        seen.user_agent.as_deref().unwrap().starts_with("signet/"),
        "{:?}",
        seen.user_agent
    );
    assert_ne!(&*seen.request_id, REQUEST);
    assert_eq!(seen.client_request_id, context().client_request_id);
}

#[tokio::test]
async fn ids_of_callers_are_bounded() {
    let server = start().await;
    for (id, kept) in [
        ("x".repeat(128), true),
        ("x".repeat(129), false),
        (String::new(), false),
        ("é".to_owned(), false),
    ] {
        let sent = CallContext {
            client_request_id: Some(Arc::from(id.as_str())),
            ..context()
        };
        assert!(server.services().exchange("get_label", &sent, 1).await.1.is_ok());
        let seen = server.fake.seen().0.unwrap();
        assert_eq!(seen.client_request_id.is_some(), kept, "{id}");
    }
}

#[tokio::test]
async fn a_service_that_brings_no_request_id_gets_one() {
    let server = start().await;
    let sent = CallContext {
        request_id: Arc::from("not a GUID"),
        ..context()
    };
    assert!(server.services().exchange("get_label", &sent, 1).await.1.is_ok());
    let seen = server.fake.seen().0.unwrap();
    assert!(
        seen.request_id.starts_with("00000000-0000-f00d-"),
        "{}",
        seen.request_id
    );
}

#[test]
fn cluster_tokens_are_long_printable_and_secret() {
    for bad in [
        "",
        "short",
        "fifteen-chars-x",
        "with a space inside it",
        "ünprintable-in-ascii",
    ] {
        assert!(ClusterToken::new(bad).is_err(), "{bad}");
    }
    let token = ClusterToken::new(" sixteen-chars-xy\n").unwrap();
    assert!(token.matches(b"sixteen-chars-xy"));
    assert!(!token.matches(b"sixteen-chars-xz"));
    assert!(!token.matches(b"sixteen-chars-x"));
    assert!(!format!("{token:?}").contains("sixteen"));
}

//! Calls that are authorised by a ticket: they carry it, and only services make them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use signet_contract::DriveContent;
use signet_contract::content::{ContentRange, Ticket, TicketCall, UploadChunk};
use signet_domain::error::ErrorReason;

use super::fake::Behaviour;
use super::harness::{client_options, clients, start};
use super::services::Services;
use crate::client::ClientOptions;

fn call() -> TicketCall {
    TicketCall {
        ticket: Ticket::new("the-ticket"),
        deadline: Instant::now() + Duration::from_secs(60),
        request_id: Arc::from("request"),
    }
}

/// Every answer as text, in order.
async fn ask(content: &dyn DriveContent) -> Vec<String> {
    let range = ContentRange {
        offset: 7,
        length: 11,
        c_tag: Some("tag".to_owned()),
    };
    let chunk = UploadChunk {
        offset: 3,
        total: Some(9),
        bytes: vec![1, 2, 3],
    };
    vec![
        format!("{:?}", content.get_operation(call()).await),
        format!("{:?}", content.read_content(call(), range).await),
        format!("{:?}", content.get_upload(call()).await),
        format!("{:?}", content.write_upload(call(), chunk).await),
        format!("{:?}", content.commit_upload(call()).await),
        format!("{:?}", content.cancel_upload(call()).await),
    ]
}

#[tokio::test]
async fn tickets_carry_questions_and_answers_as_they_are() {
    let server = start().await;
    let near = Services::in_process(&server.fake);
    let far = server.services();
    for seed in 0..20 {
        server.fake.will(Behaviour::Answer(seed));
        let expected = ask(&*near.content).await;
        assert_eq!(ask(&*far.content).await, expected, "{seed}");
    }
    let bytes = UploadChunk {
        offset: 3,
        total: None,
        bytes: vec![1, 2, 3],
    };
    far.content.write_upload(call(), bytes).await.unwrap();
    let (context, question) = server.fake.seen();
    assert!(context.is_none());
    assert_eq!(question, r#"("the-ticket", (3, None, [1, 2, 3]))"#);
}

#[tokio::test]
async fn only_services_of_the_installation_hand_tickets_on() {
    let server = start().await;
    let stranger = ClientOptions {
        cluster_token: None,
        ..client_options()
    };
    let far = clients(&server.endpoint(), &stranger);
    let refused = far.content.get_upload(call()).await.unwrap_err();
    assert_ne!(refused.reason, ErrorReason::Internal);
    assert!(far.content.get_operation(call()).await.is_err());
}

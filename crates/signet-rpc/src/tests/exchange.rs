//! Short calls that share a stream: that they do, and every way it can end.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use prost::Message;
use signet_domain::error::ErrorReason;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status, Streaming};

use super::fake::Behaviour;
use super::harness::{
    Running, client_options, cluster_token, context, options, services_over, start, start_with, token,
};
use super::proxy::until;
use super::sample::Sample;
use crate::client::{ClientOptions, Connection};
use crate::proto::evaluation::evaluate_many_request::item::Question;
use crate::proto::transport as pb;
use crate::proto::transport::exchange_service_client::ExchangeServiceClient;
use crate::server::ServerOptions;

const EVALUATE: &str = "/signet.evaluation.v1.EvaluationService/EvaluateRemoval";

#[tokio::test]
async fn short_calls_share_a_stream_and_others_do_not() {
    let server = start().await;
    let connection = Connection::open("tests", &[server.endpoint()], &client_options()).unwrap();
    let far = services_over(&connection);
    for method in ["evaluate_application", "evaluate_removal", "usage_rights", "get_label"] {
        far.exchange(method, &context(), 1).await.1.unwrap();
    }
    assert_eq!(connection.upstream().shared(), 4);
    for method in ["get_snapshot", "list_labels", "export_tenant"] {
        far.exchange(method, &context(), 1).await.1.unwrap();
    }
    assert_eq!(connection.upstream().shared(), 4);
}

#[tokio::test]
async fn without_the_cluster_token_calls_go_alone() {
    let server = start().await;
    let stranger = ClientOptions {
        cluster_token: None,
        ..client_options()
    };
    let connection = Connection::open("tests", &[server.endpoint()], &stranger).unwrap();
    let far = services_over(&connection);
    far.exchange("evaluate_application", &context(), 1).await.1.unwrap();
    assert_eq!(connection.upstream().shared(), 0);
    assert_eq!(open(&server, None).await.unwrap_err().code(), Code::Unauthenticated);
    let wrong = Some("another-token-of-tests");
    assert_eq!(open(&server, wrong).await.unwrap_err().code(), Code::Unauthenticated);
}

#[tokio::test]
async fn a_call_nobody_waits_for_any_more_is_given_up() {
    let server = start_with(ServerOptions {
        max_calls: 1,
        ..options()
    })
    .await;
    let far = server.services();
    server.fake.will(Behaviour::Hang);
    let call = tokio::spawn(async move {
        far.exchange("evaluate_application", &context(), 1).await.1.ok();
    });
    until(|| server.fake.calls() == 1).await;
    call.abort();
    server.fake.will(Behaviour::Answer(1));
    let far = server.services();
    // There is room for one call only.
    loop {
        match far.exchange("evaluate_application", &context(), 1).await.1 {
            Ok(_) => break,
            Err(error) => assert_eq!(error.reason, ErrorReason::Overloaded),
        }
    }
}

#[tokio::test]
async fn a_server_that_stops_answers_what_it_has_begun_and_is_done() {
    let server = start_with(ServerOptions {
        drain: Duration::from_secs(60),
        ..options()
    })
    .await;
    let connection = Connection::open("tests", &[server.endpoint()], &client_options()).unwrap();
    let far = services_over(&connection);
    server.fake.will(Behaviour::Hold);
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let far = far.clone();
            tokio::spawn(async move { far.exchange("evaluate_application", &context(), 1).await.1 })
        })
        .collect();
    until(|| server.fake.calls() == 20).await;
    server.stop.send(()).unwrap();
    server.fake.release();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(connection.upstream().shared(), 20);
    drop((far, connection));
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_panic_is_told_to_its_caller_alone() {
    let server = start().await;
    let far = server.services();
    server.fake.will(Behaviour::Panic);
    let error = far.exchange("evaluate_application", &context(), 1).await.1.unwrap_err();
    assert_eq!(error.reason, ErrorReason::Internal);
    server.fake.will(Behaviour::Answer(1));
    far.exchange("evaluate_application", &context(), 1).await.1.unwrap();
}

#[tokio::test]
async fn what_does_not_answer_once_is_refused() {
    let server = start().await;
    let (send, mut answers) = open(&server, Some(cluster_token().expose())).await.unwrap();
    for method in [
        "/signet.evaluation.v1.EvaluationService/EvaluateMany",
        "/signet.catalog.v1.PolicyDistributionService/WatchChanges",
        "/signet.transport.v1.ExchangeService/Exchange",
        "/signet.evaluation.v1.EvaluationService/Unknown",
        "signet.evaluation.v1.EvaluationService/EvaluateRemoval",
        "/",
    ] {
        send.send(call(1, method, &[])).await.unwrap();
        assert_eq!(status_of(&mut answers).await, Some(Code::Unimplemented), "{method}");
    }
    assert_eq!(server.fake.calls(), 0);
}

#[tokio::test]
async fn each_call_is_checked_like_any_other() {
    let server = start().await;
    let (send, mut answers) = open(&server, Some(cluster_token().expose())).await.unwrap();
    let bearer = format!("Bearer {}", token());
    for (headers, expected) in [
        (vec![], Code::Unauthenticated),
        (vec![("authorization", "Bearer junk")], Code::Unauthenticated),
        (
            vec![
                ("authorization", &*bearer),
                ("signet-cluster-token", "wrong-token-of-tests"),
            ],
            Code::Unauthenticated,
        ),
        (vec![("authorization", &*bearer)], Code::Ok),
    ] {
        send.send(call(1, EVALUATE, &headers)).await.unwrap();
        assert_eq!(status_of(&mut answers).await, Some(expected));
    }
    server.fake.will(Behaviour::Hang);
    let hurried = [("authorization", &*bearer), ("grpc-timeout", "1m")];
    send.send(call(1, EVALUATE, &hurried)).await.unwrap();
    assert_eq!(status_of(&mut answers).await, Some(Code::DeadlineExceeded));
}

#[tokio::test]
async fn a_number_used_twice_at_a_time_ends_the_stream() {
    let server = start().await;
    server.fake.will(Behaviour::Hang);
    let (send, mut answers) = open(&server, Some(cluster_token().expose())).await.unwrap();
    let bearer = format!("Bearer {}", token());
    for _ in 0..2 {
        send.send(call(7, EVALUATE, &[("authorization", &bearer)]))
            .await
            .unwrap();
    }
    assert!(answers.next().await.is_none());
}

async fn open(
    server: &Running,
    token: Option<&str>,
) -> Result<(mpsc::Sender<pb::ExchangeRequest>, Streaming<pb::ExchangeResponse>), Status> {
    let channel = Endpoint::from_shared(server.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let (send, receive) = mpsc::channel(16);
    let mut request = Request::new(ReceiverStream::new(receive));
    if let Some(token) = token {
        let value = token.parse().unwrap();
        request.metadata_mut().insert("signet-cluster-token", value);
    }
    let answers = ExchangeServiceClient::new(channel).exchange(request).await?;
    Ok((send, answers.into_inner()))
}

fn call(number: u64, method: &str, headers: &[(&str, &str)]) -> pb::ExchangeRequest {
    let removal = |seed| match Question::from(Sample::new(1).evaluate_request(seed)) {
        Question::Removal(question) => Some(question.encode_to_vec()),
        _ => None,
    };
    let message = (0..4).find_map(removal).unwrap();
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend(message);
    let headers = [("content-type", "application/grpc"), ("te", "trailers")]
        .iter()
        .chain(headers)
        .map(|(name, value)| pb::Header {
            name: (*name).to_owned(),
            value: Bytes::copy_from_slice(value.as_bytes()),
        });
    pb::ExchangeRequest {
        call: number,
        method: method.to_owned(),
        headers: headers.collect(),
        body: body.into(),
    }
}

async fn status_of(answers: &mut Streaming<pb::ExchangeResponse>) -> Option<Code> {
    let answer = answers.message().await.unwrap().unwrap();
    let status = answer.headers.iter().find(|header| header.name == "grpc-status")?;
    Some(Code::from_bytes(&status.value))
}

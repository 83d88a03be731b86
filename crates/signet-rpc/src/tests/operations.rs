//! Health, reflection, TLS, lost connections, endpoints.

use futures::StreamExt;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use signet_domain::error::ErrorReason;
use tokio::net::TcpListener;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use super::fake::Behaviour;
use super::harness::{client_options, clients, context, options, start, start_with};
use super::proxy::{Proxy, until};
use crate::client::{ClientOptions, Connection, InvalidEndpoint};
use crate::server::ServerOptions;
use crate::tls::{ClientTls, Clients, Identity, ServerTls};

const SERVICES: [&str; 8] = [
    "signet.catalog.v1.CatalogAdministrationService",
    "signet.catalog.v1.CatalogService",
    "signet.catalog.v1.PolicyDistributionService",
    "signet.evaluation.v1.DecisionLogService",
    "signet.evaluation.v1.EvaluationService",
    "signet.extraction.v1.DriveContentService",
    "signet.extraction.v1.ExtractionService",
    "signet.transport.v1.ExchangeService",
];

#[tokio::test]
async fn health_is_told_for_every_service_and_turns() {
    let server = start().await;
    let channel = Endpoint::from_shared(server.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut client = HealthClient::new(channel);
    for service in SERVICES.iter().chain(&[""]) {
        let request = HealthCheckRequest {
            service: (*service).to_owned(),
        };
        let mut changes = client.watch(request).await.unwrap().into_inner();
        server.health.set_serving(true);
        while changes.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}
        server.health.set_serving(false);
        assert_eq!(
            changes.message().await.unwrap().unwrap().status(),
            ServingStatus::NotServing,
            "{service}"
        );
    }
}

#[tokio::test]
async fn health_turns_by_itself_when_the_server_stops() {
    let server = start_with(ServerOptions {
        drain: std::time::Duration::from_millis(500),
        ..options()
    })
    .await;
    let channel = Endpoint::from_shared(server.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut client = HealthClient::new(channel);
    let request = HealthCheckRequest { service: String::new() };
    let mut changes = client.watch(request).await.unwrap().into_inner();
    while changes.message().await.unwrap().unwrap().status() != ServingStatus::Serving {}
    server.stop.send(()).unwrap();
    assert_eq!(
        changes.message().await.unwrap().unwrap().status(),
        ServingStatus::NotServing
    );
}

#[tokio::test]
async fn reflection_lists_what_is_served() {
    let server = start().await;
    let channel = Endpoint::from_shared(server.endpoint())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut client = ServerReflectionClient::new(channel);
    let request = |message| ServerReflectionRequest {
        host: String::new(),
        message_request: Some(message),
    };
    let questions = futures::stream::iter([
        request(MessageRequest::ListServices(String::new())),
        request(MessageRequest::FileContainingSymbol(
            "signet.evaluation.v1.EvaluationService".to_owned(),
        )),
        request(MessageRequest::FileContainingSymbol("google.rpc.ErrorInfo".to_owned())),
        request(MessageRequest::FileContainingSymbol("google.rpc.BadRequest".to_owned())),
    ]);
    let answers = client.server_reflection_info(questions).await.unwrap().into_inner();
    let answers: Vec<ServerReflectionResponse> = answers.map(Result::unwrap).collect().await;
    let Some(MessageResponse::ListServicesResponse(list)) = &answers[0].message_response else {
        panic!("{answers:?}")
    };
    let mut names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    names.sort_unstable();
    let mut expected = vec!["grpc.health.v1.Health"];
    expected.extend(SERVICES);
    assert_eq!(names, expected);
    for answer in &answers[1..] {
        let response = &answer.message_response;
        assert!(
            matches!(response, Some(MessageResponse::FileDescriptorResponse(_))),
            "{response:?}"
        );
    }
}

#[tokio::test]
async fn calls_cross_tls() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let identity = Identity {
        certificate_pem: cert.pem().into_bytes(),
        key_pem: signing_key.serialize_pem().into_bytes(),
    };
    let tls = ServerTls::new(&identity, &Clients::Anybody).unwrap();
    let server = start_with(ServerOptions {
        tls: Some(tls),
        ..options()
    })
    .await;
    let endpoint = format!("https://localhost:{}", server.address.port());
    let trusting = ClientOptions {
        tls: Some(ClientTls::new(cert.pem().as_bytes(), None).unwrap()),
        ..client_options()
    };
    assert!(
        clients(&endpoint, &trusting)
            .exchange("get_label", &context(), 1)
            .await
            .1
            .is_ok()
    );

    let other = generate_simple_self_signed(["localhost".to_owned()])
        .unwrap()
        .cert
        .pem()
        .into_bytes();
    let distrusting = ClientOptions {
        tls: Some(ClientTls::new(&other, None).unwrap()),
        ..client_options()
    };
    let error = clients(&endpoint, &distrusting)
        .exchange("get_label", &context(), 1)
        .await
        .1
        .unwrap_err();
    assert_eq!(error.reason, ErrorReason::ServiceUnavailable);
    let error = server
        .services()
        .exchange("get_label", &context(), 1)
        .await
        .1
        .unwrap_err();
    assert_eq!(
        error.reason,
        ErrorReason::ServiceUnavailable,
        "plain text to a server with TLS"
    );
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let far = clients(&endpoint, &client_options());
    for method in ["get_label", "evaluate_application", "get_snapshot", "evaluate_many"] {
        let error = far.exchange(method, &context(), 1).await.1.unwrap_err();
        assert_eq!(error.reason, ErrorReason::ServiceUnavailable, "{method}");
    }
}

/// Makes a call whose connection is cut while the server has it, and tells what the caller was told.
async fn cut_off(method: &'static str, served: &super::harness::Running) -> Result<String, ErrorReason> {
    served.fake.will(Behaviour::Hang);
    let before = served.fake.calls();
    let proxy = Proxy::before(served.address).await;
    let far = clients(&proxy.endpoint(), &client_options());
    let call = tokio::spawn(async move { far.exchange(method, &context(), 1).await.1 });
    until(|| served.fake.calls() > before).await;
    served.fake.will(Behaviour::Answer(1));
    proxy.cut();
    call.await.unwrap().map_err(|error| error.reason)
}

#[tokio::test]
async fn reads_are_repeated_once_when_the_connection_was_lost() {
    let server = start().await;
    for method in [
        "list_labels",
        "resolve_subject",
        "get_snapshot",
        "watch_changes",
        "list_decisions",
        "get_item",
    ] {
        let answer = cut_off(method, &server).await;
        assert!(answer.is_ok(), "{method}: {answer:?}");
    }
}

#[tokio::test]
async fn what_leaves_a_trace_is_not_repeated_once_it_has_begun() {
    let server = start().await;
    for method in [
        "evaluate_application",
        "compute_inheritance",
        "usage_rights",
        "apply_tenant",
        "rollback_tenant",
        "create_label",
        "update_label",
        "delete_label",
        "reorder_labels",
        "extract_labels",
    ] {
        let before = server.fake.calls();
        assert_eq!(
            cut_off(method, &server).await,
            Err(ErrorReason::ServiceUnavailable),
            "{method}"
        );
        assert_eq!(server.fake.calls(), before + 1, "{method}");
    }
}

#[tokio::test]
async fn endpoints_are_checked_before_they_are_used() {
    let open = |endpoint: &str, options: &ClientOptions| {
        Connection::open("tests", &[endpoint], options).map(|_| ()).unwrap_err()
    };
    let plain = ClientOptions::default();
    for endpoint in [
        "",
        "catalog",
        "catalog:8081",
        "ftp://catalog:8081",
        "unix:///run/x",
        "http://a/b",
        "http://u@a",
    ] {
        assert_eq!(open(endpoint, &plain), InvalidEndpoint::Address(endpoint.to_owned()));
    }
    assert_eq!(
        Connection::open::<&str>("tests", &[], &plain).unwrap_err(),
        InvalidEndpoint::Missing
    );
    assert!(matches!(
        open("https://catalog:8081", &plain),
        InvalidEndpoint::NoCertificates(_)
    ));
    assert!(Connection::open("tests", &["http://catalog:8081", "http://[::1]:1"], &plain).is_ok());
}

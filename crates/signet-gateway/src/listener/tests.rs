//! Real connections. Time is tokio's and stands still until nothing else can happen, so no test waits for it.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::{Lanes, ListenerConfig, serve};
use crate::Front;
use crate::tests::world::{TENANT_A, Token, World};

struct Listening {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

/// On lanes, as in a process.
async fn listen(world: &World, tls: Option<Arc<rustls::ServerConfig>>, config: ListenerConfig) -> Listening {
    listen_on(Lanes::start().unwrap(), world, tls, config).await
}

/// On the runtime of the test, whose time can stand still.
async fn listen_here(world: &World, tls: Option<Arc<rustls::ServerConfig>>, config: ListenerConfig) -> Listening {
    listen_on(Lanes::none(), world, tls, config).await
}

async fn listen_on(
    lanes: Lanes,
    world: &World,
    tls: Option<Arc<rustls::ServerConfig>>,
    config: ListenerConfig,
) -> Listening {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let front = Front::new(world.gateway.clone(), world.gateway.router());
    let task = tokio::spawn(serve(listener, tls, front, config, Arc::new(lanes), stop.clone()));
    Listening { address, stop, task }
}

fn token() -> String {
    Token::application(TENANT_A).all().mint()
}

/// Sends bytes and reads until the server closes.
async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";

#[tokio::test]
async fn documented_calls_with_raw_quotes_are_admitted() {
    let world = World::new();
    let listening = listen(&world, None, ListenerConfig::default()).await;
    let prefix = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels/computeInheritance";
    for target in [
        format!("{prefix}(labelIds=[\"{GENERAL}\"],locale='en-US',contentFormats=[\"File\"])"),
        format!("{prefix}(labelIds=@l,locale=@x,contentFormats=@c)?@l=[\"{GENERAL}\"]&@x='en-US'&@c=[\"File\"]"),
    ] {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
            token()
        );
        let answer = exchange(listening.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(
            answer.contains("\"name\":\"General\"") && answer.contains("\r\ndate: "),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn kept_connections_answer_one_request_after_the_other() {
    let world = World::new();
    let listening = listen(&world, None, ListenerConfig::default()).await;
    let body = r#"{"contentInfo": {"identifier": "GET /x?\" HTTP/1.1\r\n\r\n"}}"#;
    let path = "/beta/security/informationProtection/sensitivityLabels/evaluateRemoval";
    let post = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        token(),
        body.len()
    );
    let last = format!(
        "GET /v1.0/nothing?\"<> HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\r\n",
        token()
    );
    let answer = exchange(listening.address, &format!("{post}{post}{last}")).await;
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|rest| &rest[..3]).collect();
    assert_eq!(statuses, ["200", "200", "400"], "{answer}");
    assert!(answer.contains("Resource not found for the segment 'nothing'."));
}

#[tokio::test]
async fn a_request_says_which_host_it_is_for() {
    let world = World::with(|config| config.public_base_url = None);
    let listening = listen(&world, None, ListenerConfig::default()).await;
    for (head, status) in [
        ("GET /v1.0/ HTTP/1.1\r\nHost: h", "200"),
        ("GET http://t/v1.0/ HTTP/1.1\r\nHost: h", "200"),
        ("GET /healthz HTTP/1.0", "200"),
        ("GET /v1.0/ HTTP/1.1", "400"),
        ("GET /healthz HTTP/1.1", "400"),
        ("GET /v1.0/ HTTP/1.1\r\nHost: h\r\nHost: h", "400"),
        ("GET /v1.0/ HTTP/1.1\r\nHost: a/b", "400"),
        ("GET /v1.0/ HTTP/1.1\r\nHost:", "400"),
    ] {
        let answer = exchange(listening.address, &format!("{head}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(&answer[9..12], status, "{head}: {answer}");
        let told = answer.contains("\"target\":\"Host\"") && answer.contains("\r\nrequest-id: ");
        assert_eq!(told, status == "400", "{head}: {answer}");
        if head.contains("//t") {
            assert!(answer.contains("http://t/v1.0/$metadata"), "{answer}");
        }
    }
}

/// Where such a body ends nobody can know, so that what follows must not be taken for a request.
#[tokio::test]
async fn a_body_without_a_known_end_ends_the_connection() {
    let world = World::new();
    let listening = listen(&world, None, ListenerConfig::default()).await;
    for framing in [
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity\r\nContent-Length: 2",
        "Content-Length: 2\r\nContent-Length: 3",
    ] {
        let next = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        let request = format!("POST /v1.0/$batch HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n{{}}{next}");
        let answer = exchange(listening.address, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{framing}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{framing}: {answer}");
    }
}

fn certificate() -> (Arc<rustls::ServerConfig>, rustls::RootCertStore) {
    let issued = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(issued.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![issued.cert.der().clone()], key)
        .unwrap();
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut roots = rustls::RootCertStore::empty();
    roots.add(issued.cert.der().clone()).unwrap();
    (Arc::new(server), roots)
}

async fn connect(
    address: std::net::SocketAddr,
    roots: &rustls::RootCertStore,
    alpn: &[u8],
) -> tokio_rustls::client::TlsStream<TcpStream> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots.clone())
        .with_no_client_auth();
    client.alpn_protocols = vec![alpn.to_vec()];
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(client))
        .connect("localhost".try_into().unwrap(), stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn encrypted_connections_speak_both_versions() {
    let world = World::with(|config| config.public_base_url = None);
    let (server, roots) = certificate();
    let listening = listen(&world, Some(server), ListenerConfig::default()).await;
    let stream = connect(listening.address, &roots, b"h2").await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("https://localhost:8443/v1.0/")
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), response.version()),
        (200, http::Version::HTTP_2)
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("https://localhost:8443/v1.0/$metadata"));
    let mut stream = connect(listening.address, &roots, b"http/1.1").await;
    stream
        .write_all(b"GET /v1.0/ HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _closed_without_goodbye = stream.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn http2_without_encryption_needs_no_upgrade() {
    let world = World::new();
    let listening = listen(&world, None, ListenerConfig::default()).await;
    let stream = TcpStream::connect(listening.address).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = http::Request::get("http://h/healthz")
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    assert_eq!(sender.send_request(request).await.unwrap().status().as_u16(), 200);
}

#[tokio::test(start_paused = true)]
async fn clients_that_stand_still_are_cut_off() {
    let world = World::new();
    let (server, _) = certificate();
    let plain = listen_here(&world, None, ListenerConfig::default()).await;
    let encrypted = listen_here(&world, Some(server), ListenerConfig::default()).await;
    for (address, sent, limit) in [
        (plain.address, "", 120),
        (plain.address, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 120),
        (plain.address, "PRI * HTT", 120),
        (plain.address, "GET /v1.0/ HTTP/1.1\r\nHost: h\r\n", 10),
        (plain.address, "GE", 10),
        (encrypted.address, "", 10),
    ] {
        let began = tokio::time::Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _reset_or_closed = stream.read_to_end(&mut answer).await;
        let took = began.elapsed().as_secs_f64();
        assert!(
            took > f64::from(limit) - 1.0 && took < f64::from(limit) + 1.0,
            "`{sent}`: {took} s"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_trickles_is_cut_off() {
    let world = World::new();
    let listening = listen_here(&world, None, ListenerConfig::default()).await;
    let began = tokio::time::Instant::now();
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    stream.write_all(b"GET /v1.0/ HTTP/1.1\r\nX: ").await.unwrap();
    let mut byte = [0];
    while began.elapsed() < Duration::from_secs(60) {
        let next = tokio::time::timeout(Duration::from_secs(3), stream.read(&mut byte)).await;
        match next {
            Ok(_) => break,
            Err(_) => drop(stream.write_all(b"x").await),
        }
    }
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
}

#[tokio::test]
async fn requests_under_way_end_before_the_listener_does() {
    let world = World::new();
    let listening = listen(&world, None, ListenerConfig::default()).await;
    *world.fakes.delay.lock().unwrap() = Some(Duration::from_millis(300));
    let path = "/beta/security/informationProtection/sensitivityLabels/evaluateRemoval";
    let body = r#"{"contentInfo": {}}"#;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        token(),
        body.len()
    );
    let address = listening.address;
    let client = tokio::spawn(async move { exchange(address, &request).await });
    while world.calls().is_empty() {
        tokio::task::yield_now().await;
    }
    listening.stop.cancel();
    let answer = client.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    listening.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn further_connections_wait_for_room() {
    let world = World::new();
    let config = ListenerConfig {
        max_connections: 1,
        ..ListenerConfig::default()
    };
    let listening = listen(&world, None, config).await;
    let request = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    let first = TcpStream::connect(listening.address).await.unwrap();
    let mut second = TcpStream::connect(listening.address).await.unwrap();
    second.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let waiting = tokio::time::timeout(Duration::from_millis(100), second.read_to_string(&mut answer)).await;
    assert!(waiting.is_err(), "{answer}");
    drop(first);
    second.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

//! The HTTPS client against a server of its own.

use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::source::KeySourceConfigError;
use crate::source::fetch::{Fetch, FetchError, HttpsFetch};

struct Server {
    url: String,
    certificate: String,
}

/// Answers every request on every connection with these bytes, then closes.
async fn serve(answer: Vec<u8>) -> Server {
    // A second call finds it installed already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(tls.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/document", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(socket).await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        }
    });
    Server {
        url,
        certificate: own.cert.pem(),
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn trusting(server: &Server) -> HttpsFetch {
    HttpsFetch::new(Some(server.certificate.as_bytes())).unwrap()
}

#[tokio::test]
async fn a_document_comes_over_https_from_an_authority_added_by_configuration() {
    let server = serve(ok(b"{}")).await;
    assert_eq!(trusting(&server).fetch(&server.url).await.unwrap(), b"{}");
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_not_believed() {
    let server = serve(ok(b"{}")).await;
    let another = serve(ok(b"{}")).await;
    assert!(matches!(
        trusting(&another).fetch(&server.url).await,
        Err(FetchError::Request(_))
    ));
}

#[tokio::test]
async fn plain_http_is_refused() {
    let server = serve(ok(b"{}")).await;
    let plain = server.url.replace("https:", "http:");
    assert!(matches!(
        trusting(&server).fetch(&plain).await,
        Err(FetchError::NotHttps(_))
    ));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server =
        serve(b"HTTP/1.1 302 Found\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    assert!(matches!(
        trusting(&server).fetch(&server.url).await,
        Err(FetchError::Status(302))
    ));
}

#[tokio::test]
async fn a_document_without_end_is_cut_off() {
    let body = vec![b'x'; 512 * 1024 + 1];
    let endless = [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".as_slice(), &body].concat();
    for answer in [ok(&body), endless] {
        let server = serve(answer).await;
        assert!(matches!(
            trusting(&server).fetch(&server.url).await,
            Err(FetchError::TooLarge)
        ));
    }
}

#[tokio::test]
async fn authorities_must_be_certificates() {
    let server = serve(ok(b"{}")).await;
    for pem in [
        "",
        "not a certificate",
        &server.certificate.replace("CERTIFICATE", "PRIVATE KEY"),
    ] {
        let refused = HttpsFetch::new(Some(pem.as_bytes()));
        assert!(
            matches!(refused, Err(KeySourceConfigError::InvalidCertificates)),
            "{pem}"
        );
    }
}

//! An HTTP client for the tests.

use std::path::Path;
use std::sync::Once;

use reqwest::blocking::{Client as Http, ClientBuilder};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Method};

use crate::PATIENCE;
use crate::request::{Answer, Request};

/// Sends requests to one origin.
#[derive(Clone)]
pub struct Client {
    origin: String,
    http: Http,
}

impl Client {
    /// Over plain HTTP/1.1.
    pub fn plain(origin: &str) -> Self {
        Self::build(origin, builder().http1_only())
    }

    /// Over TLS, trusting only the certificates of a file; HTTP/2 where the server offers it.
    pub fn trusting(origin: &str, ca_file: &Path) -> Self {
        Self::build(origin, trusting(ca_file))
    }

    /// Over TLS with HTTP/1.1 only.
    pub fn trusting_http1(origin: &str, ca_file: &Path) -> Self {
        Self::build(origin, trusting(ca_file).http1_only())
    }

    fn build(origin: &str, builder: ClientBuilder) -> Self {
        Self {
            origin: origin.to_owned(),
            http: builder.build().expect("a client can be built"),
        }
    }

    /// Where requests go.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Sends a request with this token.
    ///
    /// # Panics
    /// When no answer comes.
    #[track_caller]
    pub fn send(&self, request: &Request, token: Option<&str>) -> Answer {
        self.try_send(request, token)
            .unwrap_or_else(|error| panic!("{}: {error:?}", request.name()))
    }

    /// Sends a request with this token.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn try_send(&self, request: &Request, token: Option<&str>) -> Result<Answer, reqwest::Error> {
        let method = Method::from_bytes(request.method.as_bytes()).expect("a method");
        let mut prepared = self.http.request(method, format!("{}{}", self.origin, request.path));
        for (name, value) in &request.headers {
            prepared = prepared.header(name, value);
        }
        if let Some(token) = token {
            prepared = prepared.header("Authorization", format!("Bearer {token}"));
        }
        if let Some(body) = &request.body {
            prepared = prepared.body(body.clone());
        }
        let answer = prepared.send()?;
        Ok(Answer {
            status: answer.status().as_u16(),
            version: format!("{:?}", answer.version()),
            headers: answer.headers().clone(),
            body: answer.bytes()?.to_vec(),
        })
    }
}

fn builder() -> ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .expect("the only provider of cryptography");
    });
    Http::builder().timeout(PATIENCE).redirect(Policy::none()).no_proxy()
}

fn trusting(ca_file: &Path) -> ClientBuilder {
    let pem = std::fs::read(ca_file).expect("the CA file can be read");
    let authorities = Certificate::from_pem_bundle(&pem).expect("the CA file holds certificates");
    builder().tls_certs_only(authorities).https_only(true)
}

//! One bounded HTTPS GET.

use std::time::Duration;

use async_trait::async_trait;

/// Largest discovery document or key set taken, in bytes.
const MAX_DOCUMENT_BYTES: usize = 512 * 1024;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(8);

/// A key source that cannot be set up as configured.
#[derive(Debug, thiserror::Error)]
pub enum KeySourceConfigError {
    /// Only `https` is safe: who answers the discovery request decides who is trusted.
    #[error("the discovery address `{url}` is not an https URL")]
    NotHttps {
        /// The address as configured.
        url: String,
    },
    /// The additional certificate authorities are not PEM certificates.
    #[error("the additional certificate authorities are not PEM certificates")]
    InvalidCertificates,
    /// The process has chosen no TLS implementation yet; the binary does that first of all.
    #[error("no TLS crypto provider is installed in this process")]
    NoCryptoProvider,
    /// The TLS client could not be built, for example because the machine has no trusted certificates at all.
    #[error("the HTTPS client could not be set up, check the trusted certificates of the machine")]
    Client(#[source] reqwest::Error),
}

/// Why a document could not be had. For the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the address `{0}` is not an https URL")]
    NotHttps(String),
    #[error("the request failed")]
    Request(#[from] reqwest::Error),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the answer is larger than {MAX_DOCUMENT_BYTES} bytes")]
    TooLarge,
}

/// Gets a document. A trait so that rotation and outages can be tested without a network.
#[async_trait]
pub(crate) trait Fetch: Send + Sync {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError>;
}

/// Follows no redirects, uses no proxy, speaks nothing but HTTPS.
pub(crate) struct HttpsFetch(reqwest::Client);

impl HttpsFetch {
    /// - `additional_authorities`: PEM certificates trusted beside the machine's own.
    pub(crate) fn new(additional_authorities: Option<&[u8]>) -> Result<Self, KeySourceConfigError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(KeySourceConfigError::NoCryptoProvider);
        }
        let mut builder = reqwest::Client::builder()
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .user_agent(concat!("signet/", env!("CARGO_PKG_VERSION")));
        if let Some(pem) = additional_authorities {
            builder = builder.tls_certs_merge(certificates(pem)?);
        }
        builder.build().map(Self).map_err(KeySourceConfigError::Client)
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, KeySourceConfigError> {
    match reqwest::Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(KeySourceConfigError::InvalidCertificates),
    }
}

#[async_trait]
impl Fetch for HttpsFetch {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        if !is_https(url) {
            return Err(FetchError::NotHttps(url.to_owned()));
        }
        let mut answer = self.0.get(url).header("accept", "application/json").send().await?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(answer.status().as_u16()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if document.len() + chunk.len() > MAX_DOCUMENT_BYTES {
                return Err(FetchError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok(document)
    }
}

pub(crate) fn is_https(url: &str) -> bool {
    reqwest::Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.has_host())
}

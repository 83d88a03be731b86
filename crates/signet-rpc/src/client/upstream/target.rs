//! Where replicas of a service are to be found, as it is configured.

use http::uri::{Authority, Scheme};
use http::{HeaderValue, Uri};
use rustls::pki_types::ServerName;

/// An endpoint as configured: all addresses behind its host are replicas.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    pub(super) host: String,
    pub(super) port: u16,
    /// What the certificate of a replica must say; absent without TLS.
    pub(super) server_name: Option<ServerName<'static>>,
}

impl Target {
    /// Reads `http://host:port` or `https://host:port`; `None` when it is neither.
    pub(crate) fn parse(endpoint: &str) -> Option<Self> {
        let uri: Uri = endpoint.parse().ok()?;
        let scheme = uri.scheme()?.clone();
        let authority = uri.authority()?.clone();
        let port = match (authority.port_u16(), scheme.as_str()) {
            (Some(port), "http" | "https") => port,
            (None, "http") => 80,
            (None, "https") => 443,
            _ => return None,
        };
        let plain_path = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
        if !plain_path || authority.as_str().contains('@') || HeaderValue::from_str(authority.as_str()).is_err() {
            return None;
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let server_name = match scheme == Scheme::HTTPS {
            true => Some(ServerName::try_from(host.clone()).ok()?),
            false => None,
        };
        Some(Self {
            scheme,
            authority,
            host,
            port,
            server_name,
        })
    }

    /// Crosses the network encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.server_name.is_some()
    }
}

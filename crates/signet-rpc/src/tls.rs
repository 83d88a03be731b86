//! Certificates of both ends of a connection. They can be replaced while the process runs; connections made from then
//! on use the new ones.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// The protocol gRPC speaks.
const HTTP2: &[u8] = b"h2";

/// Certificates or a key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidTls {
    /// Not PEM, or nothing of the kind in it.
    #[error("{0} cannot be read; check that the file is PEM")]
    Pem(&'static str),
    /// Certificate and key do not go together, or no authority can be used.
    #[error("the certificates cannot be used: {0}")]
    Unusable(String),
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate chain, leaf first.
    pub certificate_pem: Vec<u8>,
    /// The private key.
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    fn parse(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), InvalidTls> {
        let chain = certificates(&self.certificate_pem, "the certificate")?;
        let key = PrivateKeyDer::from_pem_slice(&self.key_pem).map_err(|_| InvalidTls::Pem("the private key"))?;
        Ok((chain, key))
    }
}

/// Who may connect to a server.
#[derive(Debug, Clone)]
pub enum Clients {
    /// Anybody; no certificate is asked for.
    Anybody,
    /// Anybody, but a certificate that is shown must come from these authorities (PEM).
    Verified(Vec<u8>),
    /// Only who shows a certificate of these authorities (PEM).
    Only(Vec<u8>),
}

/// Certificate and key of a server, and whose clients it takes. Clones share what is in force.
#[derive(Clone)]
pub struct ServerTls(Arc<ArcSwap<ServerConfig>>);

impl ServerTls {
    /// A server that shows this identity.
    ///
    /// # Errors
    /// [`InvalidTls`] when it cannot be used.
    pub fn new(identity: &Identity, clients: &Clients) -> Result<Self, InvalidTls> {
        Ok(Self(Arc::new(ArcSwap::from_pointee(server_config(identity, clients)?))))
    }

    /// Puts another identity and other authorities in force for connections to come.
    ///
    /// # Errors
    /// [`InvalidTls`]; what was in force stays so.
    pub fn replace(&self, identity: &Identity, clients: &Clients) -> Result<(), InvalidTls> {
        self.0.store(Arc::new(server_config(identity, clients)?));
        Ok(())
    }

    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.0.load_full()
    }
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls(…)")
    }
}

/// Authorities a client trusts, and the identity it shows. Clones share what is in force.
#[derive(Clone)]
pub struct ClientTls(Arc<ArcSwap<ClientConfig>>);

impl ClientTls {
    /// A client that trusts these authorities (PEM) and shows this identity, if any.
    ///
    /// # Errors
    /// [`InvalidTls`] when they cannot be used.
    pub fn new(authorities_pem: &[u8], identity: Option<&Identity>) -> Result<Self, InvalidTls> {
        let config = client_config(authorities_pem, identity)?;
        Ok(Self(Arc::new(ArcSwap::from_pointee(config))))
    }

    /// Puts others in force for connections to come.
    ///
    /// # Errors
    /// [`InvalidTls`]; what was in force stays so.
    pub fn replace(&self, authorities_pem: &[u8], identity: Option<&Identity>) -> Result<(), InvalidTls> {
        self.0.store(Arc::new(client_config(authorities_pem, identity)?));
        Ok(())
    }

    pub(crate) fn current(&self) -> Arc<ClientConfig> {
        self.0.load_full()
    }
}

impl fmt::Debug for ClientTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientTls(…)")
    }
}

/// The names (DNS and URI) in a certificate whose chain was verified.
pub(crate) fn names_of(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else {
        return Vec::new();
    };
    let names = certificate.valid_dns_names().chain(certificate.valid_uri_names());
    names.map(str::to_owned).collect()
}

fn server_config(identity: &Identity, clients: &Clients) -> Result<ServerConfig, InvalidTls> {
    let (chain, key) = identity.parse()?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = |authorities: &[u8]| {
        let roots = Arc::new(authorities_of(authorities)?);
        Ok::<_, InvalidTls>(WebPkiClientVerifier::builder_with_provider(
            roots,
            Arc::clone(&provider),
        ))
    };
    let verifier = match clients {
        Clients::Anybody => None,
        Clients::Verified(authorities) => Some(verifier(authorities)?.allow_unauthenticated()),
        Clients::Only(authorities) => Some(verifier(authorities)?),
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = match verifier {
        None => builder.with_no_client_auth(),
        Some(verifier) => builder.with_client_cert_verifier(verifier.build().map_err(unusable)?),
    };
    let mut config = builder.with_single_cert(chain, key).map_err(unusable)?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

fn client_config(authorities_pem: &[u8], identity: Option<&Identity>) -> Result<ClientConfig, InvalidTls> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(authorities_of(authorities_pem)?);
    let mut config = match identity.map(Identity::parse).transpose()? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).map_err(unusable)?,
    };
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, InvalidTls> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or(InvalidTls::Pem(what))
}

fn authorities_of(pem: &[u8]) -> Result<RootCertStore, InvalidTls> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, "the certificates to trust")? {
        roots.add(certificate).map_err(unusable)?;
    }
    Ok(roots)
}

fn unusable(error: impl fmt::Display) -> InvalidTls {
    InvalidTls::Unusable(error.to_string())
}

//! Certificates: the configured one, or those of a local CA made for development.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, anyhow};
use arc_swap::ArcSwap;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use signet_rpc::Identity;

use crate::output::write_private;

/// Makes aws-lc-rs the one provider of cryptography.
///
/// # Errors
/// When another one was installed before.
pub(crate) fn install_provider() -> anyhow::Result<()> {
    let installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    installed.map_err(|_| anyhow!("a second provider of cryptography is in the program"))
}

/// The certificate and key HTTPS shows; others can be put in their place while it serves.
#[derive(Debug)]
pub(crate) struct ReplaceableIdentity(ArcSwap<CertifiedKey>);

impl ReplaceableIdentity {
    /// Shows this one.
    ///
    /// # Errors
    /// When certificate or key cannot be used.
    pub(crate) fn new(identity: &Identity) -> anyhow::Result<Self> {
        Ok(Self(ArcSwap::from_pointee(certified(identity)?)))
    }

    /// Shows another one on connections to come.
    ///
    /// # Errors
    /// When certificate or key cannot be used; nothing changes then.
    pub(crate) fn replace(&self, identity: &Identity) -> anyhow::Result<()> {
        self.0.store(Arc::new(certified(identity)?));
        Ok(())
    }

    /// A server configuration that shows whichever is in force; HTTP/2 is offered before HTTP/1.1.
    pub(crate) fn server_config(self: &Arc<Self>) -> Arc<ServerConfig> {
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(self) as _;
        with_protocols(
            ServerConfig::builder()
                .with_no_client_auth()
                .with_cert_resolver(resolver),
        )
    }
}

impl ResolvesServerCert for ReplaceableIdentity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn certified(identity: &Identity) -> anyhow::Result<CertifiedKey> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&identity.certificate_pem)
        .collect::<Result<_, _>>()
        .context("the certificate is not PEM")?;
    let key = PrivateKeyDer::from_pem_slice(&identity.key_pem).context("the private key is not PEM")?;
    Ok(CertifiedKey::from_der(
        chain,
        key,
        &rustls::crypto::aws_lc_rs::default_provider(),
    )?)
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> anyhow::Result<Arc<ServerConfig>> {
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(with_protocols(config))
}

fn with_protocols(mut config: ServerConfig) -> Arc<ServerConfig> {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

/// The development CA in a folder: made on first use, kept afterwards.
pub(crate) struct DevelopmentCa {
    /// PEM file clients trust.
    pub(crate) file: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

impl DevelopmentCa {
    /// Opens or makes the CA of a data directory.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("ca.pem");
        let key_file = folder.join("ca.key");
        if file.exists() && key_file.exists() {
            let key = KeyPair::from_pem(&fs::read_to_string(&key_file)?).context("the CA key")?;
            let issuer = Issuer::from_ca_cert_pem(&fs::read_to_string(&file)?, key).context("the CA certificate")?;
            return Ok(Self { file, issuer });
        }
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Signet development CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        write_private(&key_file, key.serialize_pem().as_bytes())?;
        fs::write(&file, certificate.pem()).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(Self {
            file,
            issuer: Issuer::new(params, key),
        })
    }

    /// A server certificate for this machine, made anew at every start.
    ///
    /// # Errors
    /// When the certificate cannot be made.
    pub(crate) fn server_config(&self, address: IpAddr) -> anyhow::Result<Arc<ServerConfig>> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        for ip in ["127.0.0.1", "::1"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .chain([address])
        {
            let name = SanType::IpAddress(ip);
            if !params.subject_alt_names.contains(&name) {
                params.subject_alt_names.push(name);
            }
        }
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|error| anyhow!("the server key: {error}"))?;
        server_config(vec![certificate.der().clone()], key)
    }
}

//! Certificates from files, put in force again when the files change.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use signet_rpc::{ClientTls, Clients, Identity, ServerTls};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::SignetConfig;
use crate::tls::ReplaceableIdentity;

/// Everything of a process that shows or trusts certificates.
pub(crate) struct Certificates {
    files: Files,
    known: Contents,
    /// HTTPS; absent: no certificate is configured.
    pub(crate) https: Option<Arc<ReplaceableIdentity>>,
    /// gRPC; absent: without TLS.
    pub(crate) grpc: Option<ServerTls>,
    /// Calls to other services; absent: no authority is configured.
    pub(crate) clients: Option<ClientTls>,
}

/// Where they come from.
struct Files {
    server: Option<(PathBuf, PathBuf)>,
    shown: Option<(PathBuf, PathBuf)>,
    authorities: Option<PathBuf>,
    require_client: bool,
    encrypts_grpc: bool,
}

/// What the files say.
#[derive(PartialEq)]
struct Contents {
    server: Option<Pair>,
    shown: Option<Pair>,
    authorities: Option<Vec<u8>>,
}

#[derive(PartialEq)]
struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Pair {
    fn read(files: &Option<(PathBuf, PathBuf)>) -> anyhow::Result<Option<Self>> {
        let Some((certificate, key)) = files else {
            return Ok(None);
        };
        Ok(Some(Self {
            certificate: read(certificate)?,
            key: read(key)?,
        }))
    }

    fn identity(&self) -> Identity {
        Identity {
            certificate_pem: self.certificate.clone(),
            key_pem: self.key.clone(),
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

impl Files {
    fn of(config: &SignetConfig) -> Self {
        let pair = |certificate: &Option<PathBuf>, key: &Option<PathBuf>| certificate.clone().zip(key.clone());
        let server = pair(&config.tls.certificate_file, &config.tls.key_file);
        let own = pair(&config.cluster.certificate_file, &config.cluster.key_file);
        Self {
            shown: own.or_else(|| server.clone()),
            server,
            authorities: config.cluster.ca_file.clone(),
            require_client: config.cluster.require_client_certificate,
            encrypts_grpc: config.encrypts_grpc(),
        }
    }

    fn read(&self) -> anyhow::Result<Contents> {
        Ok(Contents {
            server: Pair::read(&self.server)?,
            shown: Pair::read(&self.shown)?,
            authorities: self.authorities.as_deref().map(read).transpose()?,
        })
    }

    /// Whose gRPC clients are taken.
    fn clients(&self, contents: &Contents) -> Clients {
        match (&contents.authorities, self.require_client) {
            (Some(authorities), true) => Clients::Only(authorities.clone()),
            (Some(authorities), false) => Clients::Verified(authorities.clone()),
            (None, _) => Clients::Anybody,
        }
    }
}

impl Certificates {
    /// Reads what a configuration names.
    ///
    /// # Errors
    /// Names the file that cannot be used.
    pub(crate) fn load(config: &SignetConfig) -> anyhow::Result<Self> {
        let files = Files::of(config);
        let known = files.read()?;
        let server = known.server.as_ref().map(Pair::identity);
        let https = server.as_ref().map(ReplaceableIdentity::new).transpose();
        let https = https
            .context("`tls.certificate_file` and `tls.key_file`")?
            .map(Arc::new);
        let encrypted = server.as_ref().filter(|_| files.encrypts_grpc);
        let grpc = encrypted.map(|identity| ServerTls::new(identity, &files.clients(&known)));
        let shown = known.shown.as_ref().map(Pair::identity);
        let clients = known
            .authorities
            .as_ref()
            .map(|authorities| ClientTls::new(authorities, shown.as_ref()));
        Ok(Self {
            https,
            grpc: grpc.transpose().context("`tls.certificate_file`, `tls.key_file`")?,
            clients: clients
                .transpose()
                .context("`cluster.ca_file`, `cluster.certificate_file`")?,
            files,
            known,
        })
    }

    /// Looks at the files again and again, and at SIGHUP, until dropped.
    pub(crate) async fn follow(mut self, interval: Duration) {
        let Ok(mut told) = signal(SignalKind::hangup()) else {
            tracing::warn!("SIGHUP cannot be listened to; certificates are not renewed");
            return;
        };
        loop {
            tokio::select! {
                _told = told.recv() => {}
                () = tokio::time::sleep(interval) => {}
            }
            self.renew();
        }
    }

    /// Puts what the files say now in force; what cannot be used changes nothing and is said once.
    fn renew(&mut self) {
        let contents = match self.files.read() {
            Ok(contents) if contents == self.known => return,
            Ok(contents) => contents,
            Err(error) => return tracing::warn!(error = format!("{error:#}"), "certificates cannot be read again"),
        };
        match self.put_in_force(&contents) {
            Ok(()) => tracing::info!("certificates were renewed"),
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the new certificates cannot be used; those before stay in force"
            ),
        }
        self.known = contents;
    }

    fn put_in_force(&self, contents: &Contents) -> anyhow::Result<()> {
        let server = contents.server.as_ref().map(Pair::identity);
        if let (Some(https), Some(identity)) = (&self.https, &server) {
            https.replace(identity)?;
        }
        if let (Some(grpc), Some(identity)) = (&self.grpc, &server) {
            grpc.replace(identity, &self.files.clients(contents))?;
        }
        if let (Some(clients), Some(authorities)) = (&self.clients, &contents.authorities) {
            clients.replace(authorities, contents.shown.as_ref().map(Pair::identity).as_ref())?;
        }
        Ok(())
    }
}

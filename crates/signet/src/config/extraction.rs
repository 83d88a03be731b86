//! Settings of the extraction service.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_extraction::{BucketConfig, BucketKeys, ExtractionConfig, Secret};

use super::units::{ByteSize, HumanDuration};

/// Extraction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ExtractionSection {
    /// Where the service runs, e.g. `http://extraction:8081`; all addresses behind the name are its replicas. Absent, as
    /// `endpoints`: in this process.
    pub(crate) endpoint: Option<String>,
    /// More places where replicas of the service run.
    pub(crate) endpoints: Vec<String>,
    /// Folders that may be served as drives, with everything below them; a drive elsewhere is refused.
    pub(crate) allowed_roots: Vec<PathBuf>,
    /// Buckets that may be served as drives; a drive in another one is refused.
    pub(crate) buckets: Vec<BucketSection>,
    /// Read kinds beyond Office and PDF: Visio, images, mail, …
    pub(crate) extended_kinds: bool,
    /// File with the key that signs download, upload and monitor URLs, the same on every replica; absent: random at start.
    pub(crate) ticket_key_file: Option<PathBuf>,
    /// Bytes of a file read while its caller waits; a file that needs more is finished in the background.
    pub(crate) inline_bytes: ByteSize,
    /// Time a file may take while its caller waits.
    pub(crate) inline_time: HumanDuration,
    /// How long work of a process that died waits for another one.
    pub(crate) job_lease: HumanDuration,
    /// Largest file that may be uploaded.
    pub(crate) max_upload: ByteSize,
    /// How long a download URL is good.
    pub(crate) download_lifetime: HumanDuration,
    /// How long an upload session may pause.
    pub(crate) upload_lifetime: HumanDuration,
    /// Refuse assignSensitivityLabel with 402, as a service that is metered and not paid does.
    pub(crate) assign_needs_payment: bool,
}

impl Default for ExtractionSection {
    fn default() -> Self {
        let settings = ExtractionConfig::default();
        Self {
            endpoint: None,
            endpoints: Vec::new(),
            allowed_roots: Vec::new(),
            buckets: Vec::new(),
            extended_kinds: true,
            ticket_key_file: None,
            inline_bytes: ByteSize(settings.inline.bytes),
            inline_time: HumanDuration(settings.inline.wall_time),
            job_lease: HumanDuration(settings.job_lease),
            max_upload: ByteSize(settings.max_upload_bytes),
            download_lifetime: HumanDuration(settings.download_lifetime),
            upload_lifetime: HumanDuration(settings.upload_lifetime),
            assign_needs_payment: false,
        }
    }
}

/// A bucket. Keys come from files or from `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`; without any, from the role
/// of the machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BucketSection {
    /// `s3://bucket` or `s3://bucket/prefix`; everything below may be served.
    pub(crate) url: String,
    /// `https://host:port` of an S3-compatible server; absent: Amazon's.
    pub(crate) endpoint: Option<String>,
    /// Region; absent: `us-east-1`.
    pub(crate) region: Option<String>,
    /// The endpoint may be `http`.
    pub(crate) allow_http: bool,
    /// The bucket is part of the host name.
    pub(crate) virtual_hosted: bool,
    /// File with the access key id.
    pub(crate) access_key_id_file: Option<PathBuf>,
    /// File with the secret access key.
    pub(crate) secret_access_key_file: Option<PathBuf>,
}

impl ExtractionSection {
    /// What the service is told.
    ///
    /// # Errors
    /// A bucket's address or file that cannot be used.
    pub(crate) fn settings(&self) -> anyhow::Result<ExtractionConfig> {
        let mut settings = ExtractionConfig {
            allowed_roots: self.allowed_roots.clone(),
            buckets: self.buckets.iter().map(bucket).collect::<anyhow::Result<_>>()?,
            extended_kinds: self.extended_kinds,
            job_lease: self.job_lease.0.max(Duration::from_millis(100)),
            max_upload_bytes: self.max_upload.0,
            download_lifetime: self.download_lifetime.0,
            upload_lifetime: self.upload_lifetime.0,
            assign_needs_payment: self.assign_needs_payment,
            ..ExtractionConfig::default()
        };
        settings.inline.bytes = self.inline_bytes.0;
        settings.inline.wall_time = self.inline_time.0;
        Ok(settings)
    }
}

fn bucket(section: &BucketSection) -> anyhow::Result<BucketConfig> {
    let Some(place) = section.url.strip_prefix("s3://").filter(|place| !place.is_empty()) else {
        bail!(
            "`{}` is no bucket; write `extraction.buckets[].url` like `s3://bucket/prefix`",
            section.url
        )
    };
    let (name, prefix) = place.split_once('/').unwrap_or((place, ""));
    Ok(BucketConfig {
        bucket: name.to_owned(),
        prefix: prefix.trim_matches('/').to_owned(),
        endpoint: section.endpoint.clone(),
        region: section.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
        allow_http: section.allow_http,
        virtual_hosted: section.virtual_hosted,
        keys: keys(section)?,
    })
}

fn keys(section: &BucketSection) -> anyhow::Result<Option<BucketKeys>> {
    let files = (&section.access_key_id_file, &section.secret_access_key_file);
    let (id, secret, session) = match files {
        (Some(id), Some(secret)) => (Some(read(id)?), Some(read(secret)?), None),
        (None, None) => (
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
            variable("AWS_SESSION_TOKEN"),
        ),
        _ => bail!("`{}` has only one of its two key files; name both", section.url),
    };
    Ok(id.zip(secret).map(|(access_key_id, secret)| BucketKeys {
        access_key_id,
        secret_access_key: Secret::new(secret),
        session_token: session.map(Secret::new),
    }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the names every program for S3 knows its keys by"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn read(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim().to_owned())
}

//! Settings of the extraction service.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_domain::ids::TenantId;
use signet_extraction::{BucketConfig, BucketKeys, BudgetConfig, ExtractionConfig, LabelInfo, Secret};

use super::reading::{BackgroundSection, LimitsSection, count};
use super::units::{ByteSize, Count, HumanDuration};

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
    /// Requests to the drive's source for a file while its caller waits.
    pub(crate) inline_requests: Count,
    /// Time a file may take while its caller waits.
    pub(crate) inline_time: HumanDuration,
    /// Of that, time spent outside of requests to the source.
    pub(crate) inline_processor_time: HumanDuration,
    /// What a file may cost for which no caller waits any more.
    pub(crate) background: BackgroundSection,
    /// A deferred file has an answer after this time at the latest.
    pub(crate) defer_max: HumanDuration,
    /// Bounds on the structures of a file.
    pub(crate) limits: LimitsSection,
    /// Texts that mark a double-key licence when they stand, without regard to case, in an attribute `id`, `name` or
    /// `type` of it.
    pub(crate) dke_markers: Vec<String>,
    /// Answer with the labels a double-key protected file shows in clear, instead of refusing it.
    pub(crate) dke_return_clear_labels: bool,
    /// By tenant id: whether Office files of the tenant keep labels in the LabelInfo part (`on`), in properties (`off`),
    /// or as the file suggests (`infer`, the default).
    pub(crate) label_info: BTreeMap<String, LabelInfoPractice>,
    /// When a label is written: keep properties a tenant has beside its LabelInfo part up to date. Absent: for tenants
    /// with `infer`.
    pub(crate) sync_custom_properties: Option<bool>,
    /// How long work of a process that died waits for another one.
    pub(crate) job_lease: HumanDuration,
    /// Files that may wait to be read before callers are turned away.
    pub(crate) queue: Count,
    /// Files of one tenant that may wait to be finished in the background.
    pub(crate) background_queue: Count,
    /// Files of one tenant that may wait for a label.
    pub(crate) assign_queue: Count,
    /// Upload sessions of one tenant at a time.
    pub(crate) max_uploads: Count,
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
            inline_requests: count(u64::from(settings.inline.requests)),
            inline_time: HumanDuration(settings.inline.wall_time),
            inline_processor_time: HumanDuration(settings.inline.processor_time),
            background: BackgroundSection::default(),
            defer_max: HumanDuration(settings.defer_max),
            limits: LimitsSection::default(),
            dke_markers: settings.dke_markers,
            dke_return_clear_labels: settings.dke_return_clear_labels,
            label_info: BTreeMap::new(),
            sync_custom_properties: None,
            job_lease: HumanDuration(settings.job_lease),
            queue: count(settings.queue as u64),
            background_queue: count(settings.background_queue as u64),
            assign_queue: count(settings.assign_queue as u64),
            max_uploads: count(settings.max_uploads),
            max_upload: ByteSize(settings.max_upload_bytes),
            download_lifetime: HumanDuration(settings.download_lifetime),
            upload_lifetime: HumanDuration(settings.upload_lifetime),
            assign_needs_payment: false,
        }
    }
}

/// Where a tenant keeps labels of Office files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LabelInfoPractice {
    /// In the LabelInfo part.
    On,
    /// In custom properties.
    Off,
    /// As the file suggests.
    Infer,
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
    /// A bucket's address or file that cannot be used, or a key of `label_info` that is no tenant id.
    pub(crate) fn settings(&self) -> anyhow::Result<ExtractionConfig> {
        let mut settings = ExtractionConfig {
            allowed_roots: self.allowed_roots.clone(),
            buckets: self.buckets.iter().map(bucket).collect::<anyhow::Result<_>>()?,
            extended_kinds: self.extended_kinds,
            job_lease: self.job_lease.0.max(Duration::from_millis(100)),
            queue: self.queue.to_usize(),
            background_queue: self.background_queue.to_usize(),
            assign_queue: self.assign_queue.to_usize(),
            max_uploads: self.max_uploads.0.get().into(),
            max_upload_bytes: self.max_upload.0,
            download_lifetime: self.download_lifetime.0,
            upload_lifetime: self.upload_lifetime.0,
            assign_needs_payment: self.assign_needs_payment,
            background: self.background.settings(),
            defer_max: self.defer_max.0,
            limits: self.limits.settings(),
            dke_markers: self.dke_markers.clone(),
            dke_return_clear_labels: self.dke_return_clear_labels,
            label_info: self.label_info.iter().map(practice).collect::<anyhow::Result<_>>()?,
            sync_custom_properties: self.sync_custom_properties,
            ..ExtractionConfig::default()
        };
        settings.inline = BudgetConfig {
            bytes: self.inline_bytes.0,
            requests: self.inline_requests.0.get(),
            processor_time: self.inline_processor_time.0,
            wall_time: self.inline_time.0,
        };
        Ok(settings)
    }
}

fn practice((tenant, practice): (&String, &LabelInfoPractice)) -> anyhow::Result<(TenantId, LabelInfo)> {
    let Ok(id) = TenantId::parse(tenant) else {
        bail!("`{tenant}` in `extraction.label_info` is no tenant id; write the GUID of the tenant")
    };
    let practice = match practice {
        LabelInfoPractice::On => LabelInfo::On,
        LabelInfoPractice::Off => LabelInfo::Off,
        LabelInfoPractice::Infer => LabelInfo::Infer,
    };
    Ok((id, practice))
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

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "13bd51e1-1a32-557a-b8dd-622f0d55b30c";

    #[test]
    fn every_setting_reaches_the_service() {
        let text = format!(
            r#"
            inline_bytes = "1MiB"
            inline_requests = 3
            inline_processor_time = "1s"
            defer_max = "2h"
            dke_markers = ["two keys"]
            dke_return_clear_labels = true
            sync_custom_properties = false
            label_info = {{ "{TENANT}" = "off" }}
            limits = {{ xml_depth = 7, part_bytes = "1KiB" }}
            background = {{ bytes = "2MiB", time = "9s" }}
            "#
        );
        let section: ExtractionSection = toml::from_str(&text).unwrap();
        let settings = section.settings().unwrap();
        assert_eq!((settings.inline.bytes, settings.inline.requests), (1 << 20, 3));
        assert_eq!(settings.inline.processor_time, Duration::from_secs(1));
        assert_eq!(settings.defer_max, Duration::from_secs(7200));
        assert_eq!(settings.dke_markers, ["two keys"]);
        assert!(settings.dke_return_clear_labels);
        assert_eq!(settings.sync_custom_properties, Some(false));
        let tenant = TenantId::parse(TENANT).unwrap();
        assert_eq!(settings.label_info.get(&tenant), Some(&LabelInfo::Off));
        assert_eq!((settings.limits.xml_depth, settings.limits.part_bytes), (7, 1024));
        assert_eq!(settings.background.bytes, 2 << 20);
        assert_eq!(settings.background.wall_time, Duration::from_secs(9));
    }

    #[test]
    fn what_is_not_set_is_as_the_service_has_it() {
        let settings = ExtractionSection::default().settings().unwrap();
        assert_eq!(settings, ExtractionConfig::default());
    }

    #[test]
    fn a_tenant_that_is_none_is_named() {
        let section = ExtractionSection {
            label_info: BTreeMap::from([("contoso".to_owned(), LabelInfoPractice::On)]),
            ..ExtractionSection::default()
        };
        let error = section.settings().unwrap_err().to_string();
        assert!(
            error.contains("`contoso`") && error.contains("extraction.label_info"),
            "{error}"
        );
    }
}

//! Settings of the extraction service.

mod bucket;
mod limits;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use jiff::fmt::serde::unsigned_duration::friendly::compact::required as duration;
use serde::{Deserialize, Serialize};
use signet_docmeta::Options;
use signet_domain::ids::TenantId;

pub use self::bucket::{BucketConfig, BucketKeys, Secret};
pub use self::limits::ParserLimits;

/// Settings of the extraction service. Durations are written `"5s"`, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtractionConfig {
    /// Folders of the host that may be served as drives, with everything below them. None by default, so that a
    /// tenant document cannot open up the host.
    pub allowed_roots: Vec<PathBuf>,
    /// Buckets that may be served as drives. None by default. Never written out, because of their keys.
    #[serde(skip)]
    pub buckets: Vec<BucketConfig>,
    /// Also read Visio, XPS, Project, Publisher, Power BI, images and mail.
    pub extended_kinds: bool,
    /// Texts that mark a double-key licence. Source: file formats 4.3.
    pub dke_markers: Vec<String>,
    /// Answer with the labels a double-key protected file shows in clear instead of refusing it.
    pub dke_return_clear_labels: bool,
    /// Which tenants keep labels in the LabelInfo part; `infer` for all others.
    pub label_info: BTreeMap<TenantId, LabelInfo>,
    /// Writing a label keeps properties beside the LabelInfo part up to date. Absent: for tenants with `infer`. Source:
    /// file formats 11.
    pub sync_custom_properties: Option<bool>,
    /// Files read at a time; 0: two for each processor.
    pub concurrency: usize,
    /// Files that may wait to be read before callers are turned away.
    pub queue: usize,
    /// What a caller waits for at most.
    pub inline: BudgetConfig,
    /// What is spent on a file for which no caller waits any more.
    pub background: BudgetConfig,
    /// Files read for nobody at a time.
    pub background_concurrency: usize,
    /// Files of one tenant that may wait to be read for nobody.
    pub background_queue: usize,
    /// Files a label is written into at a time.
    pub assign_concurrency: usize,
    /// Files of one tenant that may wait for a label.
    pub assign_queue: usize,
    /// Assigning labels is metered and nobody pays: it is refused with 402. Source: rest-api 9.5.
    pub assign_needs_payment: bool,
    /// How long a worker that died keeps others from its job.
    #[serde(with = "duration")]
    pub job_lease: Duration,
    /// How often a worker looks for jobs of other processes.
    #[serde(with = "duration")]
    pub job_poll: Duration,
    /// After this time a deferred file is given up.
    #[serde(with = "duration")]
    pub defer_max: Duration,
    /// How often what is over is removed.
    #[serde(with = "duration")]
    pub tidy_interval: Duration,
    /// How long the result of an operation is kept.
    #[serde(with = "duration")]
    pub operation_lifetime: Duration,
    /// How long a download URL is good.
    #[serde(with = "duration")]
    pub download_lifetime: Duration,
    /// How long an upload may pause.
    #[serde(with = "duration")]
    pub upload_lifetime: Duration,
    /// Largest file that may be uploaded, in bytes.
    pub max_upload_bytes: u64,
    /// Uploads of one tenant at a time.
    pub max_uploads: u64,
    /// Files of one scan read at a time.
    pub scan_concurrency: usize,
    /// When a caller whose file is not ready is asked to come back.
    #[serde(with = "duration")]
    pub retry_after: Duration,
    /// Waiting for one answer of a drive's source.
    #[serde(with = "duration")]
    pub source_timeout: Duration,
    /// Threads that wait for one drive's folder at a time.
    pub source_concurrency: usize,
    /// Entries of a folder tree looked at by one search for a renamed file, or counted for one answer.
    pub scan_entries: usize,
    /// Extraction results kept in memory.
    pub cached_results: u64,
    /// Item ids kept in memory.
    pub cached_ids: u64,
    /// Bounds on the structures of a file.
    pub limits: ParserLimits,
}

/// Whether a tenant keeps labels in the LabelInfo part of Office files. Source: file formats 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelInfo {
    /// It does.
    On,
    /// It does not; only properties count.
    Off,
    /// As the file suggests.
    #[default]
    Infer,
}

/// What reading one file may cost. Source: file formats 10, first row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// Bytes fetched.
    pub bytes: u64,
    /// Requests to the source.
    pub requests: u32,
    /// Time spent outside of requests to the source.
    #[serde(with = "duration")]
    pub processor_time: Duration,
    /// Time in all.
    #[serde(with = "duration")]
    pub wall_time: Duration,
}

const MIB: u64 = 1024 * 1024;

impl Default for ExtractionConfig {
    fn default() -> Self {
        let options = Options::default();
        Self {
            allowed_roots: Vec::new(),
            buckets: Vec::new(),
            extended_kinds: options.extended_kinds,
            dke_markers: options.dke_markers,
            dke_return_clear_labels: options.dke_return_clear_labels,
            label_info: BTreeMap::new(),
            sync_custom_properties: None,
            concurrency: 0,
            queue: 256,
            inline: BudgetConfig {
                bytes: 16 * MIB,
                requests: 64,
                processor_time: Duration::from_secs(2),
                wall_time: Duration::from_secs(10),
            },
            background: BudgetConfig {
                bytes: 256 * MIB,
                requests: 4096,
                processor_time: Duration::from_secs(60),
                wall_time: Duration::from_secs(60),
            },
            background_concurrency: 1,
            background_queue: 256,
            assign_concurrency: 2,
            assign_queue: 1_000,
            assign_needs_payment: false,
            job_lease: Duration::from_secs(30),
            job_poll: Duration::from_secs(1),
            defer_max: Duration::from_secs(24 * 60 * 60),
            tidy_interval: Duration::from_secs(60),
            operation_lifetime: Duration::from_secs(60 * 60),
            download_lifetime: Duration::from_secs(15 * 60),
            upload_lifetime: Duration::from_secs(60 * 60),
            max_upload_bytes: 250 * MIB,
            max_uploads: 1_000,
            scan_concurrency: 4,
            retry_after: Duration::from_secs(5),
            source_timeout: Duration::from_secs(5),
            source_concurrency: 16,
            scan_entries: 200_000,
            cached_results: 100_000,
            cached_ids: 100_000,
            limits: ParserLimits::default(),
        }
    }
}

impl ExtractionConfig {
    /// Files read at a time, at least one.
    pub(crate) fn readers(&self) -> usize {
        if self.concurrency > 0 {
            return self.concurrency;
        }
        std::thread::available_parallelism()
            .map_or(2, NonZeroUsize::get)
            .saturating_mul(2)
    }

    /// The parser's options.
    pub(crate) fn parser_options(&self) -> Options {
        let modes = self.label_info.iter().map(|(tenant, mode)| {
            let tenant = signet_docmeta::Guid::from_bytes(*tenant.as_uuid().as_bytes());
            let mode = match mode {
                LabelInfo::On => signet_docmeta::LabelInfoMode::On,
                LabelInfo::Off => signet_docmeta::LabelInfoMode::Off,
                LabelInfo::Infer => signet_docmeta::LabelInfoMode::Infer,
            };
            (tenant, mode)
        });
        Options {
            extended_kinds: self.extended_kinds,
            dke_markers: self.dke_markers.clone(),
            dke_return_clear_labels: self.dke_return_clear_labels,
            label_info: modes.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_being_written_and_read() {
        let config = ExtractionConfig::default();
        let text = serde_json::to_string(&config).unwrap();
        assert!(text.contains(r#""source_timeout":"5s""#), "{text}");
        assert_eq!(serde_json::from_str::<ExtractionConfig>(&text).unwrap(), config);
    }

    #[test]
    fn unknown_keys_are_refused_at_every_depth() {
        for text in [
            r#"{"quue": 1}"#,
            r#"{"limits": {"xml_dept": 1}}"#,
            r#"{"label_info": {"x": "on"}}"#,
        ] {
            assert!(serde_json::from_str::<ExtractionConfig>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tenants_reach_the_parser() {
        let text = r#"{"label_info": {"13bd51e1-1a32-557a-b8dd-622f0d55b30c": "off"}}"#;
        let options = serde_json::from_str::<ExtractionConfig>(text).unwrap().parser_options();
        let tenant = signet_docmeta::Guid::parse("13bd51e1-1a32-557a-b8dd-622f0d55b30c").unwrap();
        assert_eq!(options.label_info_mode(&tenant), signet_docmeta::LabelInfoMode::Off);
    }
}

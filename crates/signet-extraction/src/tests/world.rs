//! A tenant with drives in a temporary folder, and everything the service depends on under the test's control.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::catalog::ChangeEvent;
use signet_contract::extraction::{DriveAddress, DriveItem, ExtractLabelsResponse, ItemAddress, ItemReference};
use signet_contract::{CallContext, ContractError, Extraction as _, PolicyDistribution, SnapshotLease};
use signet_docmeta::{
    FoundLabel, Guid, Kind, Limits, Method, Options, Origin, Protection, RangeRead, ReadError, ReadStats, Report,
};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_domain::record::DecisionRecord;
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use signet_store::{ItemIdStore, ItemLabelStore, MemoryStore};
use signet_testkit::calls;
use signet_testkit::environment::{FixedClock, SequentialIds};
use tempfile::TempDir;

use crate::readers::LabelReader;
use crate::{DecisionSink, Extraction, ExtractionConfig, ExtractionDependencies};

pub(crate) const TENANT: &str = "13bd51e1-1a32-557a-b8dd-622f0d55b30c";
pub(crate) const BOB: &str = "6e7b768e-07e2-4810-8459-485f84f8f201";
pub(crate) const CAROL: &str = "6e7b768e-07e2-4810-8459-485f84f8f203";
pub(crate) const DAVE: &str = "6e7b768e-07e2-4810-8459-485f84f8f204";
pub(crate) const GUEST: &str = "6e7b768e-07e2-4810-8459-485f84f8f208";
pub(crate) const FINANCE: &str = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e01";
pub(crate) const TREASURY: &str = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e02";
pub(crate) const LEGAL: &str = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e04";
pub(crate) const LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a02";
pub(crate) const LOW_LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a04";
pub(crate) const HIGH_LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a05";
/// Puts a text into the header of documents, which is not done at rest.
pub(crate) const MARKING_LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a06";
pub(crate) const DOUBLE_KEY_LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a03";

/// Folder of the host, drive id, owner.
const DRIVES: [(&str, &str, (&str, &str)); 7] = [
    ("bob", "b!bob", ("user", BOB)),
    ("carol", "b!carol", ("user", "carol@contoso.com")),
    ("finance", "b!finance", ("group", FINANCE)),
    ("treasury", "b!treasury", ("group", "treasury@contoso.com")),
    ("root", "b!root", ("site", "root")),
    ("team", "b!team", ("site", "team")),
    ("bob-archive", "b!bob-archive", ("user", "bob@contoso.com")),
];

pub(crate) struct World {
    /// Parent of all drives' folders and of things outside of them.
    pub(crate) host: TempDir,
    pub(crate) service: Extraction,
    pub(crate) reader: Arc<ScriptedReader>,
    pub(crate) records: Arc<Records>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) config: ExtractionConfig,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut ExtractionConfig)) -> Self {
        let host = tempfile::tempdir().unwrap();
        for (folder, _, _) in DRIVES {
            std::fs::create_dir(host.path().join(folder)).unwrap();
        }
        let mut config = ExtractionConfig {
            allowed_roots: vec![host.path().to_owned()],
            ..Default::default()
        };
        change(&mut config);
        let reader = Arc::new(ScriptedReader::default());
        let records = Arc::new(Records::default());
        let clock = Arc::new(FixedClock::default());
        let store = Arc::new(MemoryStore::default());
        let dependencies = dependencies(host.path(), &records, &clock, &store);
        let service = Extraction::with_reader(dependencies, config.clone(), reader.clone());
        Self {
            host,
            service,
            reader,
            records,
            clock,
            store,
            config,
        }
    }

    /// The service as after a restart: same store, nothing in memory.
    pub(crate) fn restart(&mut self) {
        self.restart_with(self.reader.clone());
    }

    pub(crate) fn restart_with(&mut self, reader: Arc<dyn LabelReader>) {
        self.service = Extraction::with_reader(self.dependencies(), self.config.clone(), reader);
    }

    /// The service as another replica, over other stores.
    pub(crate) fn restart_on(&mut self, item_ids: Arc<dyn ItemIdStore>, item_labels: Arc<dyn ItemLabelStore>) {
        let dependencies = ExtractionDependencies {
            item_ids,
            item_labels,
            ..self.dependencies()
        };
        self.service = Extraction::with_reader(dependencies, self.config.clone(), self.reader.clone());
    }

    fn dependencies(&self) -> ExtractionDependencies {
        dependencies(self.host.path(), &self.records, &self.clock, &self.store)
    }

    pub(crate) fn real(&self, path: &str) -> PathBuf {
        self.host.path().join(path)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, path: &str, content: &str) {
        std::fs::create_dir_all(self.real(path).parent().unwrap()).unwrap();
        std::fs::write(self.real(path), content).unwrap();
    }

    /// Saves as editors do: a new file takes the place of the old one.
    pub(crate) fn replace(&self, path: &str, content: &str) {
        let new = self.real("new file");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(new, self.real(path)).unwrap();
    }

    pub(crate) async fn item(&self, drive: &str, item: ItemAddress) -> Result<DriveItem, ContractError> {
        self.service.get_item(&everything(), reference(drive, item)).await
    }

    pub(crate) async fn id_of(&self, drive: &str, path: &str) -> String {
        self.item(drive, at(path)).await.unwrap().id
    }

    pub(crate) async fn extract(&self, drive: &str, item: ItemAddress) -> Result<ExtractLabelsResponse, ContractError> {
        self.service.extract_labels(&everything(), reference(drive, item)).await
    }

    /// Label ids found in a file, and whether they were known.
    pub(crate) async fn labels(&self, drive: &str, path: &str) -> Result<(Vec<String>, bool), ErrorReason> {
        let answer = self.extract(drive, at(path)).await.map_err(|error| error.reason)?;
        Ok((
            answer.labels.into_iter().map(|label| label.label_id).collect(),
            answer.from_cache,
        ))
    }
}

fn dependencies(
    host: &Path,
    records: &Arc<Records>,
    clock: &Arc<FixedClock>,
    store: &Arc<MemoryStore>,
) -> ExtractionDependencies {
    ExtractionDependencies {
        policies: Arc::new(Policies(Arc::new(snapshot(host)))),
        item_labels: store.clone(),
        item_ids: store.clone(),
        jobs: store.clone(),
        uploads: store.clone(),
        ticket_key: [7; 32],
        decisions: Some(records.clone()),
        clock: clock.clone(),
        ids: Arc::new(SequentialIds::default()),
    }
}

pub(crate) fn snapshot(host: &Path) -> PolicySnapshot {
    let drives: Vec<serde_json::Value> = DRIVES
        .iter()
        .map(|(folder, id, (kind, owner))| {
            let source = format!("file://{}", host.join(folder).display());
            serde_json::json!({"id": id, "owner": {(*kind): owner}, "source": source})
        })
        .chain([
            serde_json::json!({"id": "b!bucket", "name": "Bucket", "owner": {"site": "bucket"}, "source": "s3://b/p"}),
            serde_json::json!({"id": "b!etc", "owner": {"site": "etc"}, "source": "file:///etc"}),
            serde_json::json!({"id": "b!gone", "owner": {"site": "gone"}, "source": format!("file://{}/gone", host.display())}),
            serde_json::json!({"id": "b!left", "owner": {"user": "left@contoso.com"}, "source": format!("file://{}/bob", host.display())}),
        ])
        .collect();
    let document = serde_json::json!({
        "id": TENANT,
        "users": [
            {"id": BOB, "userPrincipalName": "bob@contoso.com", "displayName": "Bob Baker", "proxyAddresses": ["bb@contoso.com"]},
            {"id": CAROL, "userPrincipalName": "carol@contoso.com", "displayName": "Carol Chen"},
            {"id": DAVE, "userPrincipalName": "dave@contoso.com", "displayName": "Dave Diaz"},
            {"id": GUEST, "userPrincipalName": "pat@fabrikam.com", "displayName": "Pat Partner", "userType": "Guest"}
        ],
        "groups": [
            {"id": FINANCE, "displayName": "Finance", "mail": "finance@contoso.com", "members": ["carol@contoso.com", "treasury@contoso.com"]},
            {"id": TREASURY, "displayName": "Treasury", "mail": "treasury@contoso.com", "members": ["dave@contoso.com", "pat@fabrikam.com"]},
            {"id": LEGAL, "displayName": "Legal", "mail": "legal@contoso.com", "members": []}
        ],
        "drives": drives,
    });
    let mut document: TenantDocument = serde_json::from_value(document).unwrap();
    document.labels = vec![
        double_key_label(),
        plain_label(LOW_LABEL, 2),
        plain_label(HIGH_LABEL, 3),
        signet_domain::label::Label {
            header: Some(serde_json::from_value(serde_json::json!({"text": "Marked"})).unwrap()),
            ..plain_label(MARKING_LABEL, 4)
        },
    ];
    PolicySnapshot::compile(Arc::new(document), Revision(7))
}

fn plain_label(id: &str, sensitivity: u32) -> signet_domain::label::Label {
    let name = format!("Label {sensitivity}");
    let label = serde_json::json!({"id": id, "name": name, "sensitivity": sensitivity, "applicableTo": ["file"]});
    serde_json::from_value(label).unwrap()
}

fn double_key_label() -> signet_domain::label::Label {
    serde_json::from_value(serde_json::json!({
        "id": DOUBLE_KEY_LABEL,
        "name": "Two keys",
        "sensitivity": 1,
        "applicableTo": ["file"],
        "protection": {
            "type": "template",
            "templateId": "0e7fea72-7bba-4438-a070-95c292cd6f8c",
            "doubleKeyEncryptionUrl": "https://keys.contoso.com/key"
        }
    }))
    .unwrap()
}

pub(crate) fn tenant() -> TenantId {
    TenantId::parse(TENANT).unwrap()
}

/// An application that may do everything with drives.
pub(crate) fn everything() -> CallContext {
    calls::application(tenant(), &["Files.ReadWrite.All"])
}

pub(crate) fn person(user: &str, scopes: &[&str]) -> CallContext {
    calls::delegated(tenant(), UserId::parse(user).unwrap(), scopes)
}

pub(crate) fn reference(drive: &str, item: ItemAddress) -> ItemReference {
    ItemReference {
        drive: DriveAddress::Id(drive.to_owned()),
        item,
    }
}

/// An address by path; empty: the root.
pub(crate) fn at(path: &str) -> ItemAddress {
    match path {
        "" => ItemAddress::Root,
        path => ItemAddress::Path(path.split('/').map(str::to_owned).collect()),
    }
}

/// Reads "labels" of files whose content is a script: the words in it, line by line, say what happens.
///
/// | word | effect |
/// |---|---|
/// | a GUID | a label of the tenant |
/// | `protected` | the content is rights-managed |
/// | `malformed`, `limit`, `locked`, `doublekey`, `budget`, `io`, `panic` | the failure of that name |
#[derive(Default)]
pub(crate) struct ScriptedReader {
    calls: AtomicUsize,
    hook: Mutex<Option<Hook>>,
    fails_next: AtomicBool,
}

type Hook = Arc<dyn Fn(usize) + Send + Sync>;

impl ScriptedReader {
    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// The next reading finds the file damaged, whatever is in it.
    pub(crate) fn fail_next(&self) {
        self.fails_next.store(true, Ordering::SeqCst);
    }

    /// Runs in the middle of every later reading; gets the number of the call, from 1.
    pub(crate) fn on_read(&self, hook: impl Fn(usize) + Send + Sync + 'static) {
        *self.hook.lock().unwrap() = Some(Arc::new(hook));
    }
}

impl LabelReader for ScriptedReader {
    fn read_labels(
        &self,
        reader: &mut dyn RangeRead,
        _name: &str,
        _options: &Options,
        limits: &Limits,
    ) -> Result<Report, ReadError> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let length = usize::try_from(reader.len()).unwrap();
        let head = reader.read_at(0, length / 2)?;
        let hook = self.hook.lock().unwrap().clone();
        if let Some(hook) = hook {
            hook(call);
        }
        if self.fails_next.swap(false, Ordering::SeqCst) {
            return Err(ReadError::Malformed { what: "it was told to" });
        }
        let tail = reader.read_at(head.len() as u64, length)?;
        run_script(&String::from_utf8([head, tail].concat()).unwrap(), limits)
    }
}

fn run_script(script: &str, limits: &Limits) -> Result<Report, ReadError> {
    let mut report = Report {
        labels: Vec::new(),
        kind: Kind::OpenXml,
        protection: Protection::None,
        stats: ReadStats::default(),
    };
    for word in script.split_whitespace() {
        match word {
            "malformed" => return Err(ReadError::Malformed { what: "it says so" }),
            "limit" => return Err(ReadError::LimitExceeded { what: "it says so" }),
            "locked" => return Err(ReadError::DecryptionNotSupported),
            "doublekey" => return Err(ReadError::DoubleKeyEncrypted),
            "io" => return Err(ReadError::Io(std::io::Error::other("broken disk"))),
            "panic" => panic!("the script says so"),
            "budget" if limits.budget.when_spent == signet_docmeta::WhenSpent::Defer => {
                return Err(ReadError::BudgetExceeded);
            }
            "protected" => report.protection = Protection::RightsManaged,
            word => report.labels.extend(Guid::parse(word).ok().map(found)),
        }
    }
    Ok(report)
}

fn found(label_id: Guid) -> FoundLabel {
    FoundLabel {
        label_id,
        tenant_id: Guid::parse(TENANT).unwrap(),
        method: Method::Privileged,
        content_bits: None,
        origin: Origin::LabelInfo,
        set_date: None,
    }
}

/// Holds readings back until it is opened.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    pub(crate) fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }

    /// Waits until the gate is open, at most twenty seconds.
    pub(crate) fn pass(&self) {
        let closed = self.0.0.lock().unwrap();
        let waited = self
            .0
            .1
            .wait_timeout_while(closed, Duration::from_secs(20), |open| !*open)
            .unwrap();
        assert!(!waited.1.timed_out(), "the gate was never opened");
    }
}

pub(crate) struct Policies(pub(crate) Arc<PolicySnapshot>);

#[async_trait]
impl PolicyDistribution for Policies {
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        _at_least: Option<Revision>,
        _deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        let lease = SnapshotLease {
            snapshot: self.0.clone(),
            unconfirmed_for: None,
        };
        Ok((tenant == self.0.tenant_id()).then_some(lease))
    }

    async fn watch_changes(
        &self,
        _after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        Err(ContractError::new(ErrorReason::NotSupported, "not in this test"))
    }
}

/// Keeps records in memory, or refuses them.
#[derive(Default)]
pub(crate) struct Records {
    pub(crate) kept: Mutex<Vec<DecisionRecord>>,
    pub(crate) refuse: AtomicBool,
}

#[async_trait]
impl DecisionSink for Records {
    async fn record(&self, record: DecisionRecord) -> Result<(), ContractError> {
        if self.refuse.load(Ordering::SeqCst) {
            return Err(ContractError::new(ErrorReason::StoreUnavailable, "the log is away"));
        }
        self.kept.lock().unwrap().push(record);
        Ok(())
    }
}

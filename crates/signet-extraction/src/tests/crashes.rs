//! A process killed at every step of deferred work, of writing a label and of an upload, and another one that goes on
//! after it.
//!
//! Each killed process is a real one: this test's own program, started to be the victim. It works on a folder and on
//! the embedded store, and gets SIGKILL at one step: before and after each change of the store, before and after each
//! reading of the file, and at each step of putting the new file in its place.

mod stepping;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::SignedDuration;
use signet_contract::content::{
    AssignRequest, NameConflict, OperationStatus, Ticket, UploadChunk, UploadProgress, UploadRequest,
};
use signet_contract::{ContractError, DriveContent, Extraction as _};
use signet_docmeta::{Limits, MemoryRange, Options, read_labels};
use signet_domain::content::AssignmentMethod;
use signet_domain::environment::IdSource;
use signet_domain::error::ErrorReason::{FileDecryptionDeferred, UploadNotFound};
use signet_domain::ids::LabelId;
use signet_store_sqlite::{OpenOptions, SqliteStore};
use signet_testkit::environment::FixedClock;
use uuid::Uuid;

pub(crate) use self::stepping::step;
use self::stepping::{Stepping, SteppingReader, die_at};
use super::transfers::{call, request};
use super::world::{LOW_LABEL, Policies, at, everything, reference, snapshot};
use crate::deferred::EXTRACT;
use crate::workers::ASSIGN;
use crate::{Extraction, ExtractionConfig, ExtractionDependencies};

/// Set for the victim: the folder it works in, and the number of its last step.
const FOLDER: &str = "SIGNET_CRASH_FOLDER";
const STEP: &str = "SIGNET_CRASH_STEP";
const KILL: i32 = 9;
/// Files that are uploaded, the first of which is new.
const UPLOADS: [(&str, NameConflict); 2] = [("new.docx", NameConflict::Fail), ("a.docx", NameConflict::Replace)];
/// How much of a file is read while its caller waits. With nothing, every file is deferred.
const NOTHING: u64 = 1;
const ENOUGH: u64 = 1 << 20;
/// How much later another process comes: no lease is kept for so long.
const LATER: SignedDuration = SignedDuration::from_secs(60);

/// Documents without a label and with one, for each deed.
const BLANK: &[u8] = include_bytes!("../../../../tests/cases/extraction/corpus/blank.docx");
const CONTRACT: &[u8] = include_bytes!("../../../../tests/cases/extraction/corpus/contract.docx");

/// Ids no other process gives.
struct OwnIds(AtomicU64);

impl IdSource for OwnIds {
    fn next_id(&self) -> Uuid {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Uuid::from_u64_pair(u64::from(std::process::id()), number)
    }
}

/// A service over the folder and the store of a place, as a process that starts there has it.
async fn service(place: &Path, later: SignedDuration, inline_bytes: u64) -> Extraction {
    let options = OpenOptions {
        create: true,
        migrate: true,
    };
    let store = SqliteStore::open(&place.join("store.db"), options).await.unwrap();
    let store = Arc::new(Stepping(Arc::new(store)));
    let clock = FixedClock::default();
    clock.advance(later);
    let mut config = ExtractionConfig {
        allowed_roots: vec![place.to_owned()],
        ..ExtractionConfig::default()
    };
    config.inline.bytes = inline_bytes;
    let dependencies = ExtractionDependencies {
        policies: Arc::new(Policies(Arc::new(snapshot(place)))),
        item_labels: store.clone(),
        item_ids: store.clone(),
        jobs: store.clone(),
        uploads: store.clone(),
        ticket_key: [7; 32],
        decisions: Some(store),
        clock: Arc::new(clock),
        ids: Arc::new(OwnIds(AtomicU64::new(1))),
    };
    Extraction::with_reader(dependencies, config, Arc::new(SteppingReader))
}

async fn work(service: &Extraction, queue: &'static str) {
    while service.run_job(queue).await.unwrap() {}
}

/// Label ids of the file, or the refusal.
async fn labels(service: &Extraction) -> Result<Vec<String>, signet_domain::error::ErrorReason> {
    let answer = service
        .extract_labels(&everything(), reference("b!bob", at("a.docx")))
        .await;
    let answer = answer.map_err(|error| error.reason)?;
    Ok(answer.labels.into_iter().map(|label| label.label_id).collect())
}

async fn id(service: &Extraction) -> String {
    let item = service.get_item(&everything(), reference("b!bob", at("a.docx"))).await;
    item.unwrap().id
}

/// What the victim was told, so that it can be asked for after its death.
fn tell(place: &Path, what: &str, text: &str) {
    std::fs::write(place.join(what), text).unwrap();
}

fn told(place: &Path, what: &str) -> Option<String> {
    std::fs::read_to_string(place.join(what)).ok()
}

fn file(place: &Path) -> PathBuf {
    place.join("bob/a.docx")
}

/// Asks for labels, is told to come back, and does the work.
async fn extract(place: &Path) {
    let service = service(place, SignedDuration::ZERO, NOTHING).await;
    assert_eq!(labels(&service).await, Err(FileDecryptionDeferred));
    tell(place, "answered", "");
    work(&service, EXTRACT).await;
}

/// Asks for a label to be written, and writes it.
async fn assign(place: &Path) {
    let service = service(place, SignedDuration::ZERO, ENOUGH).await;
    let request = AssignRequest {
        item: reference("b!bob", at("a.docx")),
        label_id: LabelId::parse(LOW_LABEL).ok(),
        method: AssignmentMethod::Auto,
        justification: None,
    };
    tell(place, "id", &id(&service).await);
    let ticket = service.assign_label(&everything(), request).await.unwrap();
    tell(place, "answered", ticket.expose());
    work(&service, ASSIGN).await;
}

/// Uploads a new file, which must not be there, and one that takes the place of another.
async fn upload(place: &Path) {
    let service = service(place, SignedDuration::ZERO, ENOUGH).await;
    tell(place, "id", &id(&service).await);
    for (name, conflict) in UPLOADS {
        let upload = UploadRequest {
            conflict,
            size: Some(CONTRACT.len() as u64),
            ..request("b!bob", at(name))
        };
        let upload = service.create_upload(&everything(), upload).await.unwrap();
        tell(place, name, upload.ticket.expose());
        send(&service, &upload.ticket, 0).await.unwrap();
    }
}

async fn send(service: &Extraction, ticket: &Ticket, from: usize) -> Result<UploadProgress, ContractError> {
    let chunk = UploadChunk {
        offset: from as u64,
        total: None,
        bytes: CONTRACT[from..].to_vec(),
    };
    service.write_upload(call(ticket), chunk).await
}

/// The part of the victim. True: this process is one, and it is over.
async fn is_victim(deed: impl AsyncFnOnce(&Path)) -> bool {
    let (Some(place), Some(last)) = (std::env::var_os(FOLDER), std::env::var_os(STEP)) else {
        return false;
    };
    let place = PathBuf::from(place);
    die_at(last.to_str().unwrap().parse().unwrap());
    deed(&place).await;
    true
}

/// Runs the test of this name as a victim.
fn run_victim(test: &str, place: &Path, last: usize) -> ExitStatus {
    let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--nocapture"])
        .env(FOLDER, place)
        .env(STEP, last.to_string())
        .output()
        .unwrap();
    let is_expected = output.status.success() || output.status.signal() == Some(KILL);
    assert!(
        is_expected,
        "{} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output.status
}

fn place(content: &[u8]) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::create_dir(place.path().join("bob")).unwrap();
    std::fs::write(file(place.path()), content).unwrap();
    place
}

/// Kills the test of this name at each of its steps, and looks at what is left each time.
async fn kill_at_every_step(test: &str, content: &[u8], look: impl AsyncFn(&Path)) {
    let mut number = 0;
    loop {
        number += 1;
        let place = place(content);
        let status = run_victim(test, place.path(), number);
        println!("step {number}: {status}");
        look(place.path()).await;
        if status.success() {
            break;
        }
    }
    assert!(number > 15, "only {number} steps were found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_is_whole_or_not_there_whenever_its_process_is_killed() {
    if is_victim(upload).await {
        return;
    }
    let test = "an_upload_is_whole_or_not_there_whenever_its_process_is_killed";
    kill_at_every_step(test, BLANK, async |place: &Path| {
        let content = |name: &str| std::fs::read(place.join("bob").join(name)).ok();
        assert!(content("new.docx").is_none_or(|content| content == CONTRACT));
        assert!(content("a.docx").is_some_and(|content| content == CONTRACT || content == BLANK));
        let service = service(place, LATER, ENOUGH).await;
        // Who sent the bytes goes on where the upload is.
        for (name, _) in UPLOADS {
            let Some(ticket) = told(place, name) else { continue };
            let ticket = Ticket::new(&ticket);
            match service.get_upload(call(&ticket)).await {
                Ok(status) => {
                    let from = usize::try_from(status.received).unwrap() % CONTRACT.len();
                    let done = send(&service, &ticket, from).await.unwrap();
                    assert!(matches!(done, UploadProgress::Done(item) if item.item.name == name));
                }
                Err(over) => assert_eq!(over.reason, UploadNotFound),
            }
            assert!(content(name).is_some_and(|content| content == CONTRACT), "{name}");
        }
        if let Some(before) = told(place, "id") {
            assert_eq!(id(&service).await, before);
        }
        let mut names = visible(place);
        names.sort();
        assert_eq!(names.first().map(String::as_str), Some("a.docx"));
        assert!(names.len() == 1 || names[1..] == ["new.docx"], "{names:?}");
    })
    .await;
}

/// What an independent reading of the file finds, which it must allow.
fn labels_inside(place: &Path) -> Vec<String> {
    let bytes = std::fs::read(file(place)).unwrap();
    let mut reader = MemoryRange::new(&bytes);
    let report = read_labels(&mut reader, "a.docx", &Options::default(), &Limits::default());
    let labels = report.expect("the file is whole").labels;
    labels.iter().map(|label| label.label_id.to_string()).collect()
}

fn visible(place: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(place.join("bob")).unwrap().flatten();
    let names = entries.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| !name.starts_with('.')).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn deferred_work_is_finished_whenever_its_process_is_killed() {
    if is_victim(extract).await {
        return;
    }
    let test = "deferred_work_is_finished_whenever_its_process_is_killed";
    let expected = labels_inside(place(CONTRACT).path());
    assert!(!expected.is_empty());
    kill_at_every_step(test, CONTRACT, async |place: &Path| {
        let service = service(place, LATER, NOTHING).await;
        work(&service, EXTRACT).await;
        let known = labels(&service).await;
        if told(place, "answered").is_some() {
            // Who was told that the work is queued finds it done, without asking in between.
            assert_eq!(known.as_ref(), Ok(&expected));
        }
        if known == Err(FileDecryptionDeferred) {
            work(&service, EXTRACT).await;
        }
        assert_eq!(labels(&service).await.as_ref(), Ok(&expected));
        assert_eq!(std::fs::read(file(place)).unwrap(), CONTRACT);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_label_is_written_whole_or_not_whenever_its_process_is_killed() {
    if is_victim(assign).await {
        return;
    }
    let test = "a_label_is_written_whole_or_not_whenever_its_process_is_killed";
    kill_at_every_step(test, BLANK, async |place: &Path| {
        let before = labels_inside(place);
        assert!(before.is_empty() || before == [LOW_LABEL], "{before:?}");
        if before.is_empty() {
            assert_eq!(std::fs::read(file(place)).unwrap(), BLANK);
        }
        assert_eq!(visible(place), ["a.docx"]);
        let service = service(place, LATER, ENOUGH).await;
        assert_eq!(labels(&service).await, Ok(before));
        work(&service, ASSIGN).await;
        if let Some(ticket) = told(place, "answered") {
            let status = service.get_operation(call(&Ticket::new(&ticket))).await.unwrap();
            let item_id = told(place, "id").unwrap();
            assert_eq!(id(&service).await, item_id);
            assert_eq!(status, OperationStatus::Completed { item_id });
            assert_eq!(labels_inside(place), [LOW_LABEL]);
            let found = service
                .extract_labels(&everything(), reference("b!bob", at("a.docx")))
                .await;
            let method = found.unwrap().labels[0].assignment_method;
            assert_eq!(method, AssignmentMethod::Auto, "what the file cannot say");
        }
        assert_eq!(labels(&service).await, Ok(labels_inside(place)));
        assert_eq!(visible(place), ["a.docx"]);
    })
    .await;
}

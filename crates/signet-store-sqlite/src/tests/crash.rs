//! A process that is killed while it writes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use signet_domain::ids::Revision;
use signet_domain::record::DecisionRecord;
use signet_store::conformance::samples::{change, record, tenant};
use signet_store::{CatalogStore, CommitOutcome, DecisionFilter, DecisionLog, Expected};

use super::{EXISTING, Place, integrity};
use crate::SqliteStore;

/// Holds the store's path in the environment of a test that was started again as a child.
pub(super) const CHILD_VARIABLE: &str = "SIGNET_STORE_TEST_CHILD";

const ROUNDS: usize = 10;

/// What a child said before it was killed.
#[derive(Debug, Default)]
struct Acknowledged {
    sequence: u64,
    revision: u64,
}

#[tokio::test]
async fn acknowledged_writes_survive_being_killed() {
    if let Some(path) = std::env::var_os(CHILD_VARIABLE) {
        return write_forever(path.as_ref()).await;
    }
    let place = Place::new();
    place.create().await.close().await;
    for round in 0..ROUNDS {
        let mut child = start_child(&place.path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut acknowledged = Acknowledged::default();
        for _ in 0..3 + round * 7 {
            acknowledged.read(&lines.next().expect("the child ended by itself"));
        }
        // Another process reads while this one writes, as `signet token` does.
        let reader = place.reopen().await;
        assert!(reader.latest_sequence(tenant(1)).await.unwrap() >= acknowledged.sequence);
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(|line| acknowledged.read(&line));
        reader.close().await;
        check(&place.path, &acknowledged).await;
    }
}

fn start_child(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "tests::crash::acknowledged_writes_survive_being_killed",
            "--exact",
            "--nocapture",
        ])
        .env(CHILD_VARIABLE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

impl Acknowledged {
    fn read(&mut self, line: &str) {
        match line.split_once(' ') {
            Some(("appended", number)) => self.sequence = number.parse().unwrap(),
            Some(("committed", number)) => self.revision = number.parse().unwrap(),
            _ => {}
        }
    }
}

/// Everything acknowledged is there, in order; what was not may be there, but only whole.
async fn check(path: &Path, acknowledged: &Acknowledged) {
    let store = SqliteStore::open(path, EXISTING).await.unwrap();
    let records = store
        .list(tenant(1), &DecisionFilter::default(), 0, u32::MAX, false)
        .await
        .unwrap();
    let numbers: Vec<u64> = records.iter().map(|record| record.sequence).collect();
    assert_eq!(numbers, (1..=records.len() as u64).collect::<Vec<u64>>());
    assert!(
        records.len() as u64 >= acknowledged.sequence,
        "{} of {acknowledged:?}",
        records.len()
    );
    let mut rest = records.as_slice();
    while let Some(first) = rest.first() {
        let (size, whole) = batch_size_of(first);
        assert!(
            rest.len() >= size && rest[..size].iter().all(|record| &*record.request_id == whole),
            "{whole} is torn"
        );
        rest = &rest[size..];
    }

    let current = store.current_revision(tenant(1)).await.unwrap().unwrap_or_default();
    assert!(current.0 >= acknowledged.revision, "{current} of {acknowledged:?}");
    let changes = store.changes_after(0, u32::MAX).await.unwrap();
    let revisions: Vec<Revision> = changes.iter().map(|change| change.revision).collect();
    assert_eq!(revisions, (1..=current.0).map(Revision).collect::<Vec<_>>());
    for revision in revisions {
        assert!(store.get_revision(tenant(1), Some(revision)).await.unwrap().is_some());
    }
    assert_eq!(integrity(path).await, "ok");
    store.close().await;
}

/// Appends batches and commits revisions, saying so after each, until it is killed.
async fn write_forever(path: &Path) {
    let store = SqliteStore::open(path, EXISTING).await.unwrap();
    let mut next = store.latest_sequence(tenant(1)).await.unwrap() as u32 + 1;
    for round in 0..u32::MAX {
        let batch = batch(next, 1 + round % 40);
        next += batch.len() as u32;
        let given = store.append(batch).await.unwrap();
        say(&format!("appended {}", given.last().unwrap()));
        let name = format!("revision made at {next}");
        if let CommitOutcome::Committed(revision) = store.commit(change(tenant(1), Expected::Any, &name)).await.unwrap()
        {
            say(&format!("committed {revision}"));
        }
    }
}

/// Records that say which batch they are of.
fn batch(first: u32, size: u32) -> Vec<DecisionRecord> {
    let name = format!("{size} from {first}");
    let named = |n| DecisionRecord {
        request_id: name.as_str().into(),
        ..record(tenant(1), n)
    };
    (first..first + size).map(named).collect()
}

fn batch_size_of(record: &DecisionRecord) -> (usize, &str) {
    let (size, _) = record.request_id.split_once(" from ").unwrap();
    (size.parse().unwrap(), &record.request_id)
}

/// Appends until three calls were refused, checking after each that reads go on.
pub(super) async fn append_until_refused(path: &Path) {
    let store = SqliteStore::open(path, EXISTING).await.unwrap();
    let (mut acknowledged, mut refused) = (0, 0);
    for n in 0..10_000 {
        match store.append(batch(n * 100 + 1, 100)).await {
            Ok(given) => {
                acknowledged = *given.last().unwrap();
                say(&format!("acknowledged {acknowledged}"));
            }
            Err(error) => {
                assert!(error.is_transient(), "{error:?}");
                say(&format!("refused {error:?}"));
                refused += 1;
            }
        }
        assert_eq!(store.latest_sequence(tenant(1)).await.unwrap(), acknowledged);
        if refused == 3 {
            return;
        }
    }
    panic!("nothing was refused");
}

/// One line, at once: `println!` would be kept back while stdout is a pipe.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}").unwrap();
    stdout.flush().unwrap();
}

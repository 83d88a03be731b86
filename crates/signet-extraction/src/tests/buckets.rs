//! A drive that is a bucket: everything a folder does, over an object store in memory.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ListResult, ObjectStore, ObjectStoreExt};
use serde_json::Value;
use signet_contract::content::{AssignRequest, NameConflict, OperationStatus, UploadRequest};
use signet_contract::extraction::{ChildrenQuery, ItemAddress};
use signet_contract::{DriveContent, Extraction as _};
use signet_domain::content::AssignmentMethod;
use signet_domain::error::ErrorReason::{self, *};
use signet_domain::ids::LabelId;

use super::observed_bucket::ObservedBucket;
use super::transfers::{call, request, upload};
use super::world::{LABEL, LOW_LABEL, World, at, everything, reference, tenant};
use crate::readers::DocumentReader;
use crate::source::bucket::{BucketSource, Pages};
use crate::tags::DriveKey;
use crate::workers::ASSIGN;

const DRIVE: &str = "b!bucket";

struct MemoryPages(Arc<InMemory>);

#[async_trait]
impl Pages for MemoryPages {
    async fn page(
        &self,
        prefix: &str,
        _max: usize,
        _token: Option<String>,
    ) -> Result<(ListResult, Option<String>), object_store::Error> {
        let prefix = Path::parse(prefix).unwrap();
        Ok((self.0.list_with_delimiter(Some(&prefix)).await?, None))
    }
}

/// A world whose drive `b!bucket` is the prefix `p` of a bucket.
async fn world() -> (World, Arc<InMemory>) {
    let world = World::new();
    let bucket = Arc::new(InMemory::new());
    mount(&world, &bucket).await;
    (world, bucket)
}

async fn mount(world: &World, bucket: &Arc<InMemory>) {
    mount_through(world, bucket, bucket.clone()).await;
}

/// `objects`: the bucket as the service sees it.
async fn mount_through(world: &World, bucket: &Arc<InMemory>, objects: Arc<dyn ObjectStore>) {
    let pages = Arc::new(MemoryPages(Arc::clone(bucket)));
    let source = BucketSource::new(objects, pages, Path::from("p"), &world.config);
    let key = DriveKey {
        tenant: tenant(),
        drive_id: DRIVE.to_owned(),
    };
    let key = (Arc::new(key), "s3://b/p".to_owned());
    world.service.sources.insert(key, Arc::new(source)).await;
}

async fn put(bucket: &InMemory, name: &str, content: impl Into<Vec<u8>>) {
    let payload: Vec<u8> = content.into();
    bucket.put(&Path::parse(name).unwrap(), payload.into()).await.unwrap();
}

async fn content(bucket: &InMemory, name: &str) -> Option<Vec<u8>> {
    let found = bucket.get(&Path::parse(name).unwrap()).await.ok()?;
    Some(found.bytes().await.unwrap().into())
}

async fn children(world: &World, folder: ItemAddress, top: u32, after: Option<&str>) -> (Vec<String>, Option<String>) {
    let query = ChildrenQuery {
        top,
        after: after.map(str::to_owned),
        descending: false,
    };
    let page = world
        .service
        .list_children(&everything(), reference(DRIVE, folder), query)
        .await
        .unwrap();
    (page.items.into_iter().map(|item| item.name).collect(), page.next)
}

#[tokio::test]
async fn objects_and_their_folders_are_items() {
    let (world, bucket) = world().await;
    for name in ["p/b.txt", "p/A/x.txt", "p/A/y.txt", "p/.hidden", "p/c.txt", "q/outside"] {
        put(&bucket, name, "12345").await;
    }
    let (names, next) = children(&world, ItemAddress::Root, 2, None).await;
    assert_eq!(
        (names, next.as_deref()),
        (vec!["A".to_owned(), "b.txt".to_owned()], Some("b.txt"))
    );
    let (names, next) = children(&world, ItemAddress::Root, 2, Some("b.txt")).await;
    assert_eq!((names, next), (vec!["c.txt".to_owned()], None));
    let file = world.item(DRIVE, at("a/X.TXT")).await.unwrap();
    assert_eq!((file.name.as_str(), file.size), ("x.txt", 5));
    assert_eq!(file.parent.unwrap().path, "/A");
    let again = world.item(DRIVE, ItemAddress::Id(file.id.clone())).await.unwrap();
    assert_eq!((again.id, again.c_tag.clone()), (file.id, file.c_tag.clone()));
    put(&bucket, "p/A/x.txt", "54321").await;
    let changed = world.item(DRIVE, at("A/x.txt")).await.unwrap();
    assert_eq!(changed.id, again_id(&world).await);
    assert_ne!(changed.c_tag, file.c_tag);
    for path in [".hidden", "outside", "A/z.txt", "b.txt/c"] {
        assert_eq!(
            world.item(DRIVE, at(path)).await.unwrap_err().reason,
            ItemNotFound,
            "{path}"
        );
    }
}

async fn again_id(world: &World) -> String {
    world.item(DRIVE, at("A/x.txt")).await.unwrap().id
}

#[tokio::test]
async fn a_renamed_object_is_a_new_item() {
    let (world, bucket) = world().await;
    put(&bucket, "p/a.docx", LABEL).await;
    let before = world.id_of(DRIVE, "a.docx").await;
    bucket
        .rename(&Path::from("p/a.docx"), &Path::from("p/b.docx"))
        .await
        .unwrap();
    assert_ne!(world.id_of(DRIVE, "b.docx").await, before);
    let gone = world.item(DRIVE, ItemAddress::Id(before)).await.unwrap_err();
    assert_eq!(gone.reason, ItemNotFound);
}

#[tokio::test]
async fn labels_are_kept_by_entity_tag() {
    let (world, bucket) = world().await;
    put(&bucket, "p/a.docx", LABEL).await;
    assert_eq!(
        world.labels(DRIVE, "a.docx").await.unwrap(),
        (vec![LABEL.to_owned()], false)
    );
    assert_eq!(
        world.labels(DRIVE, "a.docx").await.unwrap(),
        (vec![LABEL.to_owned()], true)
    );
    put(&bucket, "p/a.docx", " ").await;
    assert_eq!(world.labels(DRIVE, "a.docx").await.unwrap(), (Vec::new(), false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_changes_under_the_reader_is_read_again() {
    let (world, bucket) = world().await;
    put(&bucket, "p/a.docx", format!("{LABEL} {LABEL}")).await;
    let handle = tokio::runtime::Handle::current();
    let changed = Arc::clone(&bucket);
    world.reader.on_read(move |number| {
        if number == 1 {
            handle.block_on(put(&changed, "p/a.docx", "          "));
        }
    });
    assert_eq!(world.labels(DRIVE, "a.docx").await.unwrap().0, Vec::<String>::new());
    assert_eq!(world.reader.calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_not_mixed_where_the_server_minds_no_conditions() {
    let (world, bucket) = world().await;
    let observed = ObservedBucket::new(&bucket, 0);
    observed.is_careless.store(true, Ordering::SeqCst);
    mount_through(&world, &bucket, observed).await;
    put(&bucket, "p/a.docx", format!("{LABEL} {LABEL}")).await;
    let handle = tokio::runtime::Handle::current();
    let changed = Arc::clone(&bucket);
    world.reader.on_read(move |number| {
        if number == 1 {
            let other = format!("{LOW_LABEL} {LOW_LABEL}");
            handle.block_on(put(&changed, "p/a.docx", other));
        }
    });
    for known in [false, true] {
        let labels = vec![LOW_LABEL.to_owned(); 2];
        assert_eq!(world.labels(DRIVE, "a.docx").await.unwrap(), (labels, known));
    }
    assert_eq!(world.reader.calls(), 2);
}

#[tokio::test]
async fn bytes_that_are_not_there_yet_are_no_change() {
    let (world, bucket) = world().await;
    let observed = ObservedBucket::new(&bucket, 0);
    mount_through(&world, &bucket, observed.clone()).await;
    put(&bucket, "p/a.docx", LABEL).await;
    observed.is_behind.store(true, Ordering::SeqCst);
    assert_eq!(world.labels(DRIVE, "a.docx").await.unwrap_err(), ContentUnavailable);
    observed.is_behind.store(false, Ordering::SeqCst);
    let labels = vec![LABEL.to_owned()];
    assert_eq!(world.labels(DRIVE, "a.docx").await.unwrap(), (labels, false));
}

#[tokio::test]
async fn a_bucket_that_may_only_be_read_says_so_at_once() {
    let (mut world, bucket) = world().await;
    world.restart_with(Arc::new(DocumentReader));
    let observed = ObservedBucket::new(&bucket, 0);
    mount_through(&world, &bucket, observed.clone()).await;
    put(&bucket, "p/a.docx", std::fs::read(folder().join("blank.docx")).unwrap()).await;
    observed.is_read_only.store(true, Ordering::SeqCst);
    let refused = upload(&world, request(DRIVE, at("b.txt")), "new").await.unwrap_err();
    assert_eq!((refused.reason, refused.retry_after), (DriveNotReachable, None));
    let ticket = world
        .service
        .assign_label(&everything(), assignment("a.docx"))
        .await
        .unwrap();
    assert!(world.service.run_job(ASSIGN).await.unwrap());
    let OperationStatus::Failed(error) = world.service.get_operation(call(&ticket)).await.unwrap() else {
        panic!("nothing can be written");
    };
    assert_eq!(error.reason, DriveNotReachable);
}

#[tokio::test]
async fn an_object_of_a_gibibyte_costs_six_requests_and_a_few_kilobytes() {
    let (mut world, bucket) = world().await;
    world.restart_with(Arc::new(DocumentReader));
    let observed = ObservedBucket::new(&bucket, 1 << 30);
    mount_through(&world, &bucket, observed.clone()).await;
    let presentation = std::fs::read(folder().join("merger.pptx")).unwrap();
    put(&bucket, "p/a.pptx", presentation).await;
    let (labels, known) = world.labels(DRIVE, "a.pptx").await.unwrap();
    assert_eq!((labels.len(), known), (2, false));
    let (requests, bytes) = observed.cost();
    assert!(requests <= 6 && bytes < 64 * 1024, "{requests} requests, {bytes} bytes");
    assert!(world.labels(DRIVE, "a.pptx").await.unwrap().1);
    assert_eq!(observed.cost(), (1, 0));
}

#[tokio::test]
async fn uploads_become_objects() {
    let (world, bucket) = world().await;
    put(&bucket, "p/F/old.txt", "old").await;
    let new = upload(&world, request(DRIVE, at("f/new.txt")), "new").await.unwrap();
    assert!(new.created);
    assert_eq!(content(&bucket, "p/F/new.txt").await.unwrap(), b"new");
    let replaced = upload(&world, request(DRIVE, at("F/OLD.txt")), "newer").await.unwrap();
    assert!(!replaced.created);
    assert_eq!(content(&bucket, "p/F/old.txt").await.unwrap(), b"newer");
    let fail = UploadRequest {
        conflict: NameConflict::Fail,
        ..request(DRIVE, at("F/old.txt"))
    };
    let reason = |error: signet_contract::ContractError| error.reason;
    assert_eq!(
        upload(&world, fail, "x").await.map_err(reason).unwrap_err(),
        NameAlreadyExists
    );
    let nowhere = upload(&world, request(DRIVE, at("G/a.txt")), "x").await;
    assert_eq!(nowhere.map_err(reason).unwrap_err(), ItemNotFound);
    let left: Vec<_> = futures::TryStreamExt::try_collect(bucket.list(Some(&Path::from("p/.signet"))))
        .await
        .unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn an_object_open_in_an_editor_is_locked() {
    let (mut world, bucket) = world().await;
    world.restart_with(Arc::new(DocumentReader));
    mount(&world, &bucket).await;
    put(
        &bucket,
        "p/F/contract.docx",
        std::fs::read(folder().join("blank.docx")).unwrap(),
    )
    .await;
    for owner in ["~$ntract.docx", "~$contract.docx", ".~lock.contract.docx#"] {
        let owner = Path::parse(format!("p/F/{owner}")).unwrap();
        bucket.put(&owner, "x".into()).await.unwrap();
        let refused = world
            .service
            .assign_label(&everything(), assignment("F/contract.docx"))
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.reason, ResourceLocked, "{owner}");
        assert_eq!(refused.fact_value("lock"), Some("fileCheckedOut"));
        bucket.delete(&owner).await.unwrap();
    }
    world
        .service
        .assign_label(&everything(), assignment("F/contract.docx"))
        .await
        .unwrap();
}

fn assignment(path: &str) -> AssignRequest {
    AssignRequest {
        item: reference(DRIVE, at(path)),
        label_id: LabelId::parse(LOW_LABEL).ok(),
        method: AssignmentMethod::Standard,
        justification: None,
    }
}

#[tokio::test]
async fn a_label_is_written_into_an_object() {
    let (mut world, bucket) = world().await;
    world.restart_with(Arc::new(DocumentReader));
    mount(&world, &bucket).await;
    let blank = std::fs::read(folder().join("blank.docx")).unwrap();
    put(&bucket, "p/a.docx", blank).await;
    let ticket = world
        .service
        .assign_label(&everything(), assignment("a.docx"))
        .await
        .unwrap();
    assert!(world.service.run_job(ASSIGN).await.unwrap());
    let status = world.service.get_operation(call(&ticket)).await.unwrap();
    assert!(matches!(status, OperationStatus::Completed { .. }), "{status:?}");
    assert_eq!(world.labels(DRIVE, "a.docx").await.unwrap().0, [LOW_LABEL]);
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction/corpus")
}

#[tokio::test]
async fn every_sample_in_a_bucket_answers_as_its_manifest_says() {
    let (mut world, bucket) = world().await;
    world.restart_with(Arc::new(DocumentReader));
    mount(&world, &bucket).await;
    let manifest = std::fs::read_to_string(folder().join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_str(&manifest).unwrap();
    for case in &manifest {
        let name = case["file"].as_str().unwrap();
        put(
            &bucket,
            &format!("p/{name}"),
            std::fs::read(folder().join(name)).unwrap(),
        )
        .await;
        let found = world.labels(DRIVE, name).await;
        let expected = &case["expect"];
        match found {
            Ok((labels, _)) => {
                let expected: Vec<&str> = expected["labels"]
                    .as_array()
                    .unwrap_or_else(|| panic!("{name}: labels {labels:?}, not {expected}"))
                    .iter()
                    .map(|label| label["sensitivityLabelId"].as_str().unwrap())
                    .collect();
                assert_eq!(labels, expected, "{name}");
            }
            Err(reason) => assert_eq!(expected["status"], status(reason), "{name} {reason}"),
        }
    }
}

fn status(reason: ErrorReason) -> u16 {
    match reason {
        FileTypeNotSupported => 400,
        FileDoubleKeyEncrypted | FileDecryptionNotSupported => 423,
        MalformedContent | ContentLimitExceeded => 422,
        _ => 500,
    }
}

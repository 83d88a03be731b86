//! Every extraction leaves a record before it is answered. Source: product.md, Decision log.

use std::sync::atomic::Ordering;

use signet_contract::Extraction as _;
use signet_contract::extraction::{DriveAddress, ItemAddress, ItemReference};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{Revision, UserId};
use signet_domain::record::{Operation, Outcome};

use super::world::*;

#[tokio::test]
async fn a_reading_is_recorded() {
    let world = World::new();
    world.write("bob/Folder/a.docx", LABEL);
    let context = person(BOB, &["Files.Read"]);
    let item = ItemReference {
        drive: DriveAddress::Me,
        item: at("folder/A.docx"),
    };
    world.service.extract_labels(&context, item).await.unwrap();
    let records = world.records.kept.lock().unwrap();
    let [record] = records.as_slice() else {
        panic!("{records:?}")
    };
    assert_eq!(
        (record.operation, record.outcome),
        (Operation::ExtractSensitivityLabels, Outcome::Read)
    );
    assert_eq!(record.reason, None);
    assert_eq!((record.tenant_id, record.revision), (tenant(), Revision(7)));
    assert_eq!(record.user_id, Some(UserId::parse(BOB).unwrap()));
    assert_eq!(record.user_principal_name.as_deref(), Some("bob@contoso.com"));
    assert_eq!(
        record.application_id.as_deref(),
        Some("11111111-aaaa-4bbb-8ccc-222222222222")
    );
    assert_eq!(record.application_name.as_deref(), Some("ContosoLOBApp"));
    assert_eq!(record.application_version.as_deref(), Some("1.0"));
    assert_eq!(
        record.content_identifier.as_deref(),
        Some("/drives/b!bob/root:/Folder/a.docx")
    );
    assert_eq!(
        record.label_before.map(|label| label.to_string()).as_deref(),
        Some(LABEL)
    );
    assert_eq!(record.label_after, None);
    assert_eq!(record.request_id, context.request_id);
}

#[tokio::test]
async fn refusals_are_recorded_with_their_reason() {
    let world = World::new();
    world.write("bob/a.docx", "malformed");
    let user = person(BOB, &["Files.Read"]);
    let unknown = ItemAddress::Id("01UNKNOWN".to_owned());
    for (context, drive, item, reason, identifier) in [
        (
            everything(),
            "b!bob",
            at("a.docx"),
            ErrorReason::MalformedContent,
            "/drives/b!bob/root:/a.docx",
        ),
        (
            everything(),
            "b!bob",
            at("b/c.docx"),
            ErrorReason::ItemNotFound,
            "/drives/b!bob/root:/b/c.docx",
        ),
        (
            everything(),
            "b!bob",
            unknown,
            ErrorReason::ItemNotFound,
            "/drives/b!bob/items/01UNKNOWN",
        ),
        (
            everything(),
            "b!bob",
            at(""),
            ErrorReason::ItemIsFolder,
            "/drives/b!bob/root:/",
        ),
        (
            user,
            "b!carol",
            at("x"),
            ErrorReason::DriveNotReachable,
            "/drives/b!carol/root:/x",
        ),
    ] {
        world.records.kept.lock().unwrap().clear();
        let refused = world
            .service
            .extract_labels(&context, reference(drive, item))
            .await
            .unwrap_err();
        assert_eq!(refused.reason, reason);
        let records = world.records.kept.lock().unwrap();
        let [record] = records.as_slice() else {
            panic!("{records:?}")
        };
        assert_eq!(record.outcome, Outcome::Refused);
        assert_eq!(record.reason.as_deref(), Some(reason.name()));
        assert_eq!(record.content_identifier.as_deref(), Some(identifier));
    }
}

#[tokio::test]
async fn nothing_is_answered_without_its_record() {
    let world = World::new();
    world.write("bob/a.docx", LABEL);
    world.records.refuse.store(true, Ordering::SeqCst);
    assert_eq!(
        world.labels("b!bob", "a.docx").await,
        Err(ErrorReason::StoreUnavailable)
    );
    assert_eq!(
        world.labels("b!bob", "missing.docx").await,
        Err(ErrorReason::StoreUnavailable)
    );
    world.records.refuse.store(false, Ordering::SeqCst);
    assert_eq!(world.labels("b!bob", "a.docx").await.unwrap().0, vec![LABEL.to_owned()]);
}

#[tokio::test]
async fn reading_drives_leaves_no_record() {
    let world = World::new();
    world.write("bob/a.docx", LABEL);
    world.item("b!bob", at("a.docx")).await.unwrap();
    assert!(world.records.kept.lock().unwrap().is_empty());
}

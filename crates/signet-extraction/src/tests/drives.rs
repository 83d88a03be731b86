//! Which drive an address names, and who reaches it. Source: rest-api 2 (rules), 8.3, 9.1.

use signet_contract::context::PERSONAL_TENANT;
use signet_contract::extraction::{DriveAddress, DriveOwnerInfo};
use signet_contract::{CallContext, Extraction as _, Operation};
use signet_domain::error::ErrorReason::{
    self, DelegatedCallerRequired, DriveNotFound, DriveNotReachable, InvalidArgument, PermissionMissing, TenantUnknown,
    UserNotFound,
};
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_domain::snapshot::PolicySnapshot;
use signet_testkit::calls;

use super::world::*;
use crate::drives::Drives;

fn id(drive: &str) -> DriveAddress {
    DriveAddress::Id(drive.to_owned())
}

fn user(user: &str) -> DriveAddress {
    DriveAddress::User(user.to_owned())
}

fn group(group: &str) -> DriveAddress {
    DriveAddress::Group(group.to_owned())
}

fn site(site: &str) -> DriveAddress {
    DriveAddress::Site(site.to_owned())
}

fn owned(owner: DriveAddress, drive: &str) -> DriveAddress {
    DriveAddress::Owned {
        owner: Box::new(owner),
        drive: drive.to_owned(),
    }
}

async fn check(context: &CallContext, address: DriveAddress, expected: Result<&str, ErrorReason>) {
    let world = World::new();
    let answer = world.service.get_drive(context, address.clone()).await;
    let answer = answer.map(|drive| drive.id).map_err(|error| error.reason);
    assert_eq!(
        answer,
        expected.map(str::to_owned),
        "{address:?} for {:?}",
        context.caller
    );
}

#[tokio::test]
async fn an_application_reaches_every_drive() {
    let app = everything();
    for (address, expected) in [
        (id("b!bob"), Ok("b!bob")),
        (id("B!BOB"), Err(DriveNotFound)),
        (id("b!unknown"), Err(DriveNotFound)),
        (id(""), Err(DriveNotFound)),
        (user(BOB), Ok("b!bob")),
        (user(&BOB.to_uppercase()), Ok("b!bob")),
        (user("bob@contoso.com"), Ok("b!bob")),
        (user("BB@Contoso.com"), Ok("b!bob")),
        (user("carol@contoso.com"), Ok("b!carol")),
        (user(DAVE), Err(DriveNotFound)),
        (user("nobody@contoso.com"), Err(UserNotFound)),
        (user("00000000-0000-4000-8000-000000000000"), Err(UserNotFound)),
        (user("bob"), Err(InvalidArgument)),
        (group(FINANCE), Ok("b!finance")),
        (group(TREASURY), Ok("b!treasury")),
        (group(LEGAL), Err(DriveNotFound)),
        (group("finance@contoso.com"), Err(DriveNotFound)),
        (group(BOB), Err(DriveNotFound)),
        (site("root"), Ok("b!root")),
        (site("team"), Ok("b!team")),
        (site("other"), Err(DriveNotFound)),
        (DriveAddress::Me, Err(DelegatedCallerRequired)),
        (DriveAddress::Default, Ok("b!root")),
        (owned(user(BOB), "b!bob-archive"), Ok("b!bob-archive")),
        (owned(user(BOB), "b!carol"), Err(DriveNotFound)),
        (owned(group(FINANCE), "b!finance"), Ok("b!finance")),
        (owned(site("team"), "b!root"), Err(DriveNotFound)),
        (owned(DriveAddress::Me, "b!bob"), Err(DelegatedCallerRequired)),
        (id("b!left"), Ok("b!left")),
    ] {
        check(&app, address, expected).await;
    }
}

#[tokio::test]
async fn files_read_reaches_the_own_drive_only() {
    for scope in ["Files.Read", "files.readwrite"] {
        let bob = person(BOB, &[scope]);
        for (address, expected) in [
            (DriveAddress::Me, Ok("b!bob")),
            (DriveAddress::Default, Ok("b!bob")),
            (id("b!bob"), Ok("b!bob")),
            (id("b!bob-archive"), Ok("b!bob-archive")),
            (owned(DriveAddress::Me, "b!bob-archive"), Ok("b!bob-archive")),
            (user("bob@contoso.com"), Ok("b!bob")),
            (user(CAROL), Err(DriveNotReachable)),
            (id("b!carol"), Err(DriveNotReachable)),
            (id("b!left"), Err(DriveNotReachable)),
            (group(FINANCE), Err(DriveNotReachable)),
            (site("root"), Err(DriveNotReachable)),
            (id("b!unknown"), Err(DriveNotFound)),
        ] {
            check(&bob, address, expected).await;
        }
    }
}

#[tokio::test]
async fn all_permissions_reach_what_the_person_reaches() {
    for scope in [
        "Files.Read.All",
        "Files.ReadWrite.All",
        "Group.Read.All",
        "Sites.Read.All",
        "Sites.ReadWrite.All",
    ] {
        for (caller, address, expected) in [
            (BOB, DriveAddress::Me, Ok("b!bob")),
            (BOB, id("b!carol"), Err(DriveNotReachable)),
            (BOB, group(FINANCE), Err(DriveNotReachable)),
            (BOB, site("root"), Ok("b!root")),
            (BOB, site("team"), Ok("b!team")),
            (CAROL, group(FINANCE), Ok("b!finance")),
            (CAROL, group(TREASURY), Err(DriveNotReachable)),
            (DAVE, group(TREASURY), Ok("b!treasury")),
            // Through the treasury, which is in the finance group.
            (DAVE, group(FINANCE), Ok("b!finance")),
            (DAVE, DriveAddress::Me, Err(DriveNotFound)),
            (GUEST, group(FINANCE), Ok("b!finance")),
            (GUEST, site("team"), Err(DriveNotReachable)),
            // Somebody who is no longer in the directory.
            (
                "6e7b768e-07e2-4810-8459-485f84f8f2ff",
                DriveAddress::Me,
                Err(DriveNotFound),
            ),
            (
                "6e7b768e-07e2-4810-8459-485f84f8f2ff",
                site("team"),
                Err(DriveNotReachable),
            ),
            (
                "6e7b768e-07e2-4810-8459-485f84f8f2ff",
                id("b!left"),
                Err(DriveNotReachable),
            ),
        ] {
            check(&person(caller, &[scope]), address, expected).await;
        }
    }
}

#[tokio::test]
async fn only_permissions_of_the_operation_widen_the_reach() {
    let world = World::new();
    world.write("root/a.docx", LABEL);
    let caller = person(BOB, &["Files.Read", "Group.Read.All"]);
    assert!(
        world
            .service
            .get_item(&caller, reference("b!root", at("a.docx")))
            .await
            .is_ok()
    );
    let refused = world
        .service
        .extract_labels(&caller, reference("b!root", at("a.docx")))
        .await;
    assert_eq!(refused.unwrap_err().reason, DriveNotReachable);
}

#[tokio::test]
async fn permissions_come_first() {
    for context in [
        person(BOB, &["User.Read"]),
        calls::application(tenant(), &["Files.Read"]),
        calls::application(tenant(), &[]),
    ] {
        check(&context, id("b!unknown"), Err(PermissionMissing)).await;
    }
    let world = World::new();
    let only_groups = person(BOB, &["Group.Read.All"]);
    let refused = world
        .service
        .extract_labels(&only_groups, reference("b!bob", at("a.docx")))
        .await;
    assert_eq!(refused.unwrap_err().reason, PermissionMissing);
}

#[tokio::test]
async fn another_tenant_sees_nothing() {
    let other = TenantId::parse("22222222-1a32-557a-b8dd-622f0d55b30c").unwrap();
    check(
        &calls::application(other, &["Files.Read.All"]),
        id("b!bob"),
        Err(TenantUnknown),
    )
    .await;
    check(
        &calls::delegated(other, UserId::parse(BOB).unwrap(), &["Files.Read.All"]),
        id("b!bob"),
        Err(TenantUnknown),
    )
    .await;
}

#[tokio::test]
async fn drives_of_an_owner_are_listed_in_order() {
    let world = World::new();
    for (context, owner, expected) in [
        (everything(), user(BOB), Ok(vec!["b!bob", "b!bob-archive"])),
        (everything(), group(LEGAL), Ok(vec![])),
        (everything(), site("team"), Ok(vec!["b!team"])),
        (everything(), DriveAddress::Default, Ok(vec!["b!root"])),
        (everything(), DriveAddress::Me, Err(DelegatedCallerRequired)),
        (
            person(BOB, &["Files.Read"]),
            DriveAddress::Me,
            Ok(vec!["b!bob", "b!bob-archive"]),
        ),
        (person(DAVE, &["Files.Read"]), DriveAddress::Me, Ok(vec![])),
        (person(BOB, &["Files.Read"]), user(CAROL), Err(DriveNotReachable)),
        (person(BOB, &["Files.Read"]), user("x@contoso.com"), Err(UserNotFound)),
    ] {
        let answer = world.service.list_drives(&context, owner.clone()).await;
        let answer = answer.map(|drives| drives.into_iter().map(|drive| drive.id).collect::<Vec<_>>());
        let expected = expected.map(|ids: Vec<&str>| ids.into_iter().map(str::to_owned).collect());
        assert_eq!(answer.map_err(|error| error.reason), expected, "{owner:?}");
    }
}

#[tokio::test]
async fn a_drive_says_whose_it_is() {
    let world = World::new();
    let bob = world.service.get_drive(&everything(), id("b!bob")).await.unwrap();
    assert_eq!(
        bob.owner,
        DriveOwnerInfo::User {
            id: BOB.to_owned(),
            display_name: "Bob Baker".to_owned()
        }
    );
    assert_eq!(bob.name, "Bob Baker");
    let treasury = world.service.get_drive(&everything(), id("b!treasury")).await.unwrap();
    assert_eq!(
        treasury.owner,
        DriveOwnerInfo::Group {
            id: TREASURY.to_owned(),
            display_name: "Treasury".to_owned()
        }
    );
    let bucket = world.service.get_drive(&everything(), id("b!bucket")).await.unwrap();
    assert_eq!(
        (bucket.name.as_str(), bucket.owner),
        (
            "Bucket",
            DriveOwnerInfo::Site {
                id: "bucket".to_owned()
            }
        )
    );
}

#[tokio::test]
async fn sources_that_cannot_be_served_say_so() {
    let world = World::new();
    for (drive, expected) in [
        ("b!bucket", ErrorReason::NotSupported),
        ("b!etc", ErrorReason::NotSupported),
        ("b!gone", ErrorReason::ContentUnavailable),
    ] {
        let error = world.item(drive, at("")).await.unwrap_err();
        assert_eq!(error.reason, expected, "{drive}");
        assert!(!error.message.contains('/'), "{}", error.message);
    }
}

#[test]
fn a_personal_account_has_its_own_drive() {
    let document = serde_json::json!({
        "id": PERSONAL_TENANT,
        "users": [{"id": BOB, "userPrincipalName": "bob@example.com"}, {"id": CAROL, "userPrincipalName": "carol@example.com"}],
        "drives": [
            {"id": "bobs", "owner": {"user": BOB}, "source": "file:///bob"},
            {"id": "carols", "owner": {"user": CAROL}, "source": "file:///carol"},
        ],
    });
    let document = serde_json::from_value(document).unwrap();
    let snapshot = PolicySnapshot::compile(std::sync::Arc::new(document), Revision(1));
    let tenant = TenantId::parse(PERSONAL_TENANT).unwrap();
    for operation in [Operation::ReadDrive, Operation::ExtractLabels] {
        for scope in ["Files.Read", "Files.ReadWrite.All"] {
            let bob = calls::delegated(tenant, UserId::parse(BOB).unwrap(), &[scope]).caller;
            operation.authorize(&bob).unwrap();
            let drives = Drives::new(&snapshot, &bob, operation);
            assert_eq!(drives.get(&DriveAddress::Me).unwrap().id, "bobs");
            assert!(drives.get(&id("carols")).is_err());
        }
        let bob = calls::delegated(tenant, UserId::parse(BOB).unwrap(), &["Sites.Read.All"]).caller;
        assert_eq!(operation.authorize(&bob).unwrap_err().reason, PermissionMissing);
    }
}

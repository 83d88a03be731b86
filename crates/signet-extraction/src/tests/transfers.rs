//! Downloads and uploads of a drive that is a folder.

use jiff::SignedDuration;
use signet_contract::content::{
    ContentRange, NameConflict, Ticket, TicketCall, UploadChunk, UploadProgress, UploadRequest, UploadStatus,
    UploadedItem,
};
use signet_contract::extraction::ItemAddress;
use signet_contract::{ContractError, DriveContent};
use signet_domain::error::ErrorReason::{self, *};

use super::closed::Closed;
use super::world::{BOB, World, at, everything, person, reference};

pub(super) fn call(ticket: &Ticket) -> TicketCall {
    TicketCall {
        ticket: ticket.clone(),
        deadline: std::time::Instant::now() + std::time::Duration::from_secs(20),
        request_id: "request".into(),
    }
}

pub(super) fn request(drive: &str, item: ItemAddress) -> UploadRequest {
    UploadRequest {
        item: reference(drive, item),
        conflict: NameConflict::Replace,
        size: None,
        defer_commit: false,
        if_match: Vec::new(),
        if_none_match: Vec::new(),
    }
}

async fn begin(world: &World, request: UploadRequest) -> Result<UploadStatus, ErrorReason> {
    let upload = world.service.create_upload(&everything(), request).await;
    upload.map_err(|error| error.reason)
}

async fn write(
    world: &World,
    upload: &UploadStatus,
    offset: u64,
    bytes: &str,
    total: u64,
) -> Result<UploadProgress, ErrorReason> {
    let chunk = UploadChunk {
        offset,
        total: Some(total),
        bytes: bytes.as_bytes().to_vec(),
    };
    let written = world.service.write_upload(call(&upload.ticket), chunk).await;
    written.map_err(|error| error.reason)
}

/// Uploads all at once.
pub(super) async fn upload(
    world: &World,
    request: UploadRequest,
    content: &str,
) -> Result<UploadedItem, ContractError> {
    let upload = world
        .service
        .create_upload(
            &everything(),
            UploadRequest {
                defer_commit: true,
                ..request
            },
        )
        .await?;
    if !content.is_empty() {
        let chunk = UploadChunk {
            offset: 0,
            total: None,
            bytes: content.as_bytes().to_vec(),
        };
        world.service.write_upload(call(&upload.ticket), chunk).await?;
    }
    world.service.commit_upload(call(&upload.ticket)).await
}

async fn refused(world: &World, request: UploadRequest) -> ErrorReason {
    upload(world, request, "x").await.unwrap_err().reason
}

fn leftovers(world: &World, drive: &str) -> usize {
    std::fs::read_dir(world.real(drive).join(".signet")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn a_new_file_appears_and_an_old_one_is_replaced_as_the_same_item() {
    let world = World::new();
    std::fs::create_dir(world.real("bob/F")).unwrap();
    let first = upload(&world, request("b!bob", at("f/a.txt")), "one").await.unwrap();
    assert!(first.created);
    assert_eq!((first.item.name.as_str(), first.item.size), ("a.txt", 3));
    let second = upload(&world, request("b!bob", at("F/A.TXT")), "three").await.unwrap();
    assert!(!second.created);
    assert_eq!(second.item.id, first.item.id);
    assert_ne!(second.item.c_tag, first.item.c_tag);
    assert_eq!(std::fs::read_to_string(world.real("bob/F/a.txt")).unwrap(), "three");
    let third = upload(&world, request("b!bob", ItemAddress::Id(first.item.id.clone())), "")
        .await
        .unwrap();
    assert_eq!((third.item.id, third.item.size), (first.item.id, 0));
    assert_eq!(leftovers(&world, "bob"), 0);
}

#[tokio::test]
async fn places_that_cannot_be_written_are_refused() {
    let world = World::new();
    world.write("bob/F/a.txt", "one");
    let outside = world.real("outside");
    std::fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, world.real("bob/link")).unwrap();
    for (path, reason) in [
        ("F", NameAlreadyExists),
        ("", NameAlreadyExists),
        ("nowhere/a.txt", ItemNotFound),
        ("F/a.txt/b", ItemNotFound),
        ("link/a.txt", ItemNotFound),
        (".hidden", InvalidPath),
        (".signet/a", InvalidPath),
        ("..", InvalidPath),
        ("F/../a", InvalidPath),
    ] {
        assert_eq!(refused(&world, request("b!bob", at(path))).await, reason, "{path}");
    }
    assert_eq!(std::fs::read_dir(outside).unwrap().count(), 0);
}

#[tokio::test]
async fn a_taken_name_is_replaced_refused_or_evaded_as_wished() {
    let world = World::new();
    world.write("bob/a.txt", "one");
    let wish = |conflict| UploadRequest {
        conflict,
        ..request("b!bob", at("a.txt"))
    };
    assert_eq!(refused(&world, wish(NameConflict::Fail)).await, NameAlreadyExists);
    for name in ["a 1.txt", "a 2.txt"] {
        let beside = upload(&world, wish(NameConflict::Rename), "two").await.unwrap();
        assert_eq!((beside.item.name.as_str(), beside.created), (name, true));
    }
    assert_eq!(std::fs::read_to_string(world.real("bob/a.txt")).unwrap(), "one");
}

#[tokio::test]
async fn conditions_hold_at_the_beginning_and_at_the_end() {
    let world = World::new();
    world.write("bob/a.txt", "one");
    let item = world.item("b!bob", at("a.txt")).await.unwrap();
    let only_if = |tag: &str| UploadRequest {
        if_match: vec![tag.to_owned()],
        defer_commit: true,
        ..request("b!bob", at("a.txt"))
    };
    assert_eq!(refused(&world, only_if("\"other\"")).await, PreconditionFailed);
    for tag in [item.e_tag.as_str(), item.c_tag.as_str(), "*"] {
        assert!(begin(&world, only_if(tag)).await.is_ok(), "{tag}");
    }
    let new_only = UploadRequest {
        if_none_match: vec!["*".to_owned()],
        ..request("b!bob", at("a.txt"))
    };
    assert_eq!(refused(&world, new_only).await, PreconditionFailed);
    let begun = begin(&world, only_if(&item.c_tag)).await.unwrap();
    write(&world, &begun, 0, "two", 3).await.unwrap();
    world.replace("bob/a.txt", "meanwhile");
    let ended = world.service.commit_upload(call(&begun.ticket)).await.unwrap_err();
    assert_eq!(ended.reason, PreconditionFailed);
    assert_eq!(std::fs::read_to_string(world.real("bob/a.txt")).unwrap(), "meanwhile");
}

#[tokio::test]
async fn a_session_takes_its_parts_in_order_and_survives_a_restart() {
    let mut world = World::new();
    let begun = begin(&world, request("b!bob", at("a.txt"))).await.unwrap();
    assert_eq!((begun.received, begun.total), (0, None));
    assert_eq!(write(&world, &begun, 3, "x", 6).await.unwrap_err(), InvalidRange);
    write(&world, &begun, 0, "one", 6).await.unwrap();
    assert_eq!(write(&world, &begun, 0, "one", 6).await.unwrap_err(), InvalidRange);
    assert_eq!(write(&world, &begun, 3, "two", 7).await.unwrap_err(), InvalidArgument);
    assert_eq!(write(&world, &begun, 3, "twoo", 6).await.unwrap_err(), InvalidArgument);
    world.restart();
    let status = world.service.get_upload(call(&begun.ticket)).await.unwrap();
    assert_eq!((status.received, status.total), (3, Some(6)));
    assert_eq!(world.item("b!bob", at("a.txt")).await.unwrap_err().reason, ItemNotFound);
    let UploadProgress::Done(done) = write(&world, &begun, 3, "two", 6).await.unwrap() else {
        panic!("the last bytes end the upload");
    };
    assert!(done.created);
    assert_eq!(std::fs::read_to_string(world.real("bob/a.txt")).unwrap(), "onetwo");
    assert_eq!(write(&world, &begun, 3, "two", 6).await.unwrap_err(), UploadNotFound);
    assert_eq!(leftovers(&world, "bob"), 0);
}

/// An upload to an item by its id, all bytes of which are there.
async fn complete(world: &World, id: &str, content: &str) -> UploadStatus {
    let asked = UploadRequest {
        defer_commit: true,
        ..request("b!bob", ItemAddress::Id(id.to_owned()))
    };
    let begun = begin(world, asked).await.unwrap();
    let total = content.len().try_into().unwrap();
    write(world, &begun, 0, content, total).await.unwrap();
    begun
}

async fn commit(world: &World, upload: &UploadStatus) -> Result<UploadedItem, ErrorReason> {
    let committed = world.service.commit_upload(call(&upload.ticket)).await;
    committed.map_err(|error| error.reason)
}

fn texts(world: &World, paths: &[&str]) -> Vec<Option<String>> {
    let text = |path: &&str| std::fs::read_to_string(world.real(&format!("bob/{path}"))).ok();
    paths.iter().map(text).collect()
}

#[tokio::test]
async fn an_item_that_is_renamed_during_an_upload_gets_the_content_and_nobody_else_does() {
    let world = World::new();
    let drive = Closed::over(&world, &[]).await;
    world.write("bob/a.txt", "one");
    let id = world.id_of("b!bob", "a.txt").await;
    let move_it = |from: &str, to: &str| {
        let (from, to) = (world.real(&format!("bob/{from}")), world.real(&format!("bob/{to}")));
        move || {
            std::fs::rename(&from, to).unwrap();
            std::fs::write(from, "another").unwrap();
        }
    };
    let begun = complete(&world, &id, "two").await;
    move_it("a.txt", "b.txt")();
    let done = commit(&world, &begun).await.unwrap();
    assert_eq!(
        (&done.item.id, done.item.name.as_str(), done.created),
        (&id, "b.txt", false)
    );
    let texts_of = |paths: &[&str]| texts(&world, paths).into_iter().map(Option::unwrap).collect::<Vec<_>>();
    assert_eq!(texts_of(&["a.txt", "b.txt"]), ["another", "two"]);
    // Between the last look and the place.
    let begun = complete(&world, &id, "three").await;
    drive.before_place(move_it("b.txt", "c.txt"));
    let done = commit(&world, &begun).await.unwrap();
    assert_eq!((&done.item.id, done.item.name.as_str()), (&id, "c.txt"));
    assert_eq!(texts_of(&["a.txt", "b.txt", "c.txt"]), ["another", "another", "three"]);
    // The answer to that was lost.
    let begun = complete(&world, &id, "four").await;
    move_it("c.txt", "d.txt")();
    drive.lose_answer();
    assert_eq!(commit(&world, &begun).await.unwrap_err(), ContentUnavailable);
    let done = commit(&world, &begun).await.unwrap();
    assert_eq!((&done.item.id, done.item.name.as_str()), (&id, "d.txt"));
    assert_eq!(texts_of(&["c.txt", "d.txt"]), ["another", "four"]);
    assert_eq!(leftovers(&world, "bob"), 0);
}

#[tokio::test]
async fn an_item_that_is_removed_during_an_upload_does_not_come_back() {
    let world = World::new();
    world.write("bob/a.txt", "one");
    let id = world.id_of("b!bob", "a.txt").await;
    let begun = complete(&world, &id, "two").await;
    let by_name = UploadRequest {
        defer_commit: true,
        ..request("b!bob", at("a.txt"))
    };
    let by_name = begin(&world, by_name).await.unwrap();
    write(&world, &by_name, 0, "three", 5).await.unwrap();
    std::fs::remove_file(world.real("bob/a.txt")).unwrap();
    assert_eq!(commit(&world, &begun).await.unwrap_err(), ItemNotFound);
    assert_eq!(texts(&world, &["a.txt"]), [None]);
    // Who named no item but a name gets a new one.
    assert!(commit(&world, &by_name).await.unwrap().created);
    assert_eq!(texts(&world, &["a.txt"]), [Some("three".to_owned())]);
}

/// An upload to a name that is taken is one to the item that has it.
#[tokio::test]
async fn an_item_found_by_its_name_is_followed_too() {
    let world = World::new();
    world.write("bob/a.txt", "one");
    let id = world.id_of("b!bob", "a.txt").await;
    let asked = UploadRequest {
        defer_commit: true,
        ..request("b!bob", at("a.txt"))
    };
    let begun = begin(&world, asked).await.unwrap();
    write(&world, &begun, 0, "two", 3).await.unwrap();
    std::fs::rename(world.real("bob/a.txt"), world.real("bob/b.txt")).unwrap();
    world.write("bob/a.txt", "another");
    let done = commit(&world, &begun).await.unwrap();
    assert_eq!((&done.item.id, done.created), (&id, false));
    let texts = texts(&world, &["a.txt", "b.txt"]);
    assert_eq!(texts, [Some("another".to_owned()), Some("two".to_owned())]);
}

#[tokio::test]
async fn a_folder_that_is_renamed_during_an_upload_gets_the_file() {
    let world = World::new();
    std::fs::create_dir_all(world.real("bob/F/G")).unwrap();
    let parent = world.id_of("b!bob", "F").await;
    let path = vec!["g".to_owned(), "a.txt".to_owned()];
    let asked = UploadRequest {
        defer_commit: true,
        ..request("b!bob", ItemAddress::Under { parent, path })
    };
    let begun = begin(&world, asked).await.unwrap();
    write(&world, &begun, 0, "one", 3).await.unwrap();
    std::fs::rename(world.real("bob/F"), world.real("bob/H")).unwrap();
    std::fs::create_dir_all(world.real("bob/F/G")).unwrap();
    let done = commit(&world, &begun).await.unwrap();
    assert!(done.created);
    assert_eq!(
        texts(&world, &["F/G/a.txt", "H/G/a.txt"]),
        [None, Some("one".to_owned())]
    );
}

#[tokio::test]
async fn an_upload_given_up_or_expired_leaves_nothing() {
    let world = World::new();
    let begun = begin(&world, request("b!bob", at("a.txt"))).await.unwrap();
    write(&world, &begun, 0, "one", 6).await.unwrap();
    assert_eq!(leftovers(&world, "bob"), 1);
    world.service.cancel_upload(call(&begun.ticket)).await.unwrap();
    assert_eq!(leftovers(&world, "bob"), 0);
    let begun = begin(&world, request("b!bob", at("a.txt"))).await.unwrap();
    write(&world, &begun, 0, "one", 6).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(write(&world, &begun, 3, "two", 6).await.unwrap_err(), UploadNotFound);
    world.service.remove_expired().await.unwrap();
    assert_eq!(leftovers(&world, "bob"), 0);
}

#[tokio::test]
async fn too_much_is_refused() {
    let world = World::with(|config| {
        config.max_upload_bytes = 5;
        config.max_uploads = 1;
    });
    let stated = UploadRequest {
        size: Some(6),
        ..request("b!bob", at("a.txt"))
    };
    assert_eq!(refused(&world, stated).await, ContentTooLarge);
    let begun = begin(&world, request("b!bob", at("a.txt"))).await.unwrap();
    assert_eq!(
        write(&world, &begun, 0, "123456", 6).await.unwrap_err(),
        ContentTooLarge
    );
    assert_eq!(
        begin(&world, request("b!bob", at("b.txt"))).await.unwrap_err(),
        Overloaded
    );
}

#[tokio::test]
async fn only_those_who_may_write_do() {
    let world = World::new();
    for (drive, scopes, expected) in [
        ("b!bob", &["Files.Read"][..], Err(PermissionMissing)),
        ("b!bob", &["Files.ReadWrite"], Ok(())),
        ("b!carol", &["Files.ReadWrite"], Err(DriveNotReachable)),
        ("b!carol", &["Files.ReadWrite.All"], Err(DriveNotReachable)),
        ("b!team", &["Files.ReadWrite.All"], Err(DriveNotReachable)),
    ] {
        let begun = world
            .service
            .create_upload(&person(BOB, scopes), request(drive, at("a.txt")))
            .await;
        let outcome = begun.map(drop).map_err(|error| error.reason);
        if drive == "b!team" {
            assert!(outcome.is_ok(), "members of the tenant reach its sites");
            continue;
        }
        assert_eq!(outcome, expected, "{drive} {scopes:?}");
    }
}

#[tokio::test]
async fn an_upload_ends_what_was_known_about_the_file() {
    let world = World::new();
    world.write("bob/a.docx", super::world::LABEL);
    assert_eq!(world.labels("b!bob", "a.docx").await.unwrap().0.len(), 1);
    upload(&world, request("b!bob", at("a.docx")), " ").await.unwrap();
    assert_eq!(world.labels("b!bob", "a.docx").await.unwrap(), (Vec::new(), false));
}

async fn bytes(world: &World, ticket: &Ticket, offset: u64, length: usize) -> Result<String, ErrorReason> {
    let range = ContentRange {
        offset,
        length,
        c_tag: None,
    };
    let chunk = world.service.read_content(call(ticket), range).await;
    chunk
        .map(|chunk| String::from_utf8(chunk.bytes).unwrap())
        .map_err(|error| error.reason)
}

#[tokio::test]
async fn a_ticket_opens_the_content_for_some_minutes() {
    let world = World::new();
    world.write("bob/F/a.txt", "hello");
    let reader = person(BOB, &["Files.Read"]);
    let file = reference("b!bob", at("F/a.txt"));
    let (ticket, item) = world.service.create_download(&reader, file).await.unwrap();
    assert_eq!(item.size, 5);
    for (offset, length, expected) in [(0, 5, "hello"), (1, 3, "ell"), (4, 9, "o"), (5, 9, ""), (0, 0, "")] {
        assert_eq!(bytes(&world, &ticket, offset, length).await.unwrap(), expected);
    }
    let stale = ContentRange {
        offset: 0,
        length: 1,
        c_tag: Some("\"other\"".to_owned()),
    };
    let changed = world.service.read_content(call(&ticket), stale).await.unwrap_err();
    assert_eq!(changed.reason, ContentChanged);
    world.clock.advance(SignedDuration::from_mins(16));
    assert_eq!(bytes(&world, &ticket, 0, 1).await.unwrap_err(), ItemNotFound);
    assert_eq!(bytes(&world, &Ticket::new("x"), 0, 1).await.unwrap_err(), ItemNotFound);
    let folder = world
        .service
        .create_download(&reader, reference("b!bob", at("F")))
        .await;
    assert_eq!(folder.unwrap_err().reason, ItemIsFolder);
}

#[tokio::test]
async fn a_ticket_of_one_sort_opens_nothing_else() {
    let world = World::new();
    world.write("bob/a.txt", "hello");
    let begun = begin(&world, request("b!bob", at("b.txt"))).await.unwrap();
    let item = world.item("b!bob", at("a.txt")).await.unwrap();
    let download = item.download.unwrap();
    assert_eq!(bytes(&world, &begun.ticket, 0, 1).await.unwrap_err(), ItemNotFound);
    let status = world.service.get_upload(call(&download)).await.unwrap_err();
    assert_eq!(status.reason, UploadNotFound);
    let status = world.service.get_operation(call(&download)).await.unwrap_err();
    assert_eq!(status.reason, ItemNotFound);
}

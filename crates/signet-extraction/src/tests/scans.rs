//! Scans of whole folders.

use futures::StreamExt;
use signet_contract::DriveContent;
use signet_contract::content::{ScanRequest, ScanResult};
use signet_contract::extraction::{ItemAddress, ItemKind};
use signet_domain::error::ErrorReason::{self, *};

use super::closed::Closed;
use super::world::{BOB, LABEL, World, at, everything, person, reference};

async fn scan(world: &World, item: ItemAddress, after: Option<&str>) -> Result<Vec<ScanResult>, ErrorReason> {
    let request = ScanRequest {
        item: reference("b!bob", item),
        after: after.map(str::to_owned),
    };
    let results = world
        .service
        .scan(&everything(), request)
        .await
        .map_err(|error| error.reason)?;
    let results: Vec<_> = results.collect().await;
    results
        .into_iter()
        .map(|result| result.map_err(|error| error.reason))
        .collect()
}

fn names(results: &[ScanResult]) -> Vec<&str> {
    results.iter().map(|result| result.item.name.as_str()).collect()
}

fn world() -> World {
    let world = World::new();
    for (path, content) in [
        ("bob/b/2.docx", LABEL),
        ("bob/b/1.docx", "malformed"),
        ("bob/a.docx", LABEL),
        ("bob/b/c/d/e.docx", ""),
        ("bob/Z.txt", "no label"),
        ("bob/.hidden/x.docx", LABEL),
    ] {
        world.write(path, content);
    }
    world
}

#[tokio::test]
async fn every_file_is_looked_at_in_the_order_of_names() {
    let world = world();
    let results = scan(&world, ItemAddress::Root, None).await.unwrap();
    assert_eq!(names(&results), ["a.docx", "1.docx", "2.docx", "e.docx", "Z.txt"]);
    let outcomes = results.iter().map(|result| match &result.labels {
        Ok(labels) => Ok(labels.len()),
        Err(error) => Err(error.reason),
    });
    let outcomes: Vec<_> = outcomes.collect();
    assert_eq!(
        outcomes,
        [Ok(1), Err(MalformedContent), Ok(1), Ok(0), Err(FileTypeNotSupported)]
    );
    assert_eq!(world.records.kept.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn a_scan_goes_on_after_any_result() {
    let world = world();
    let all = scan(&world, ItemAddress::Root, None).await.unwrap();
    for (at, result) in all.iter().enumerate() {
        let rest = scan(&world, ItemAddress::Root, Some(&result.cursor)).await.unwrap();
        assert_eq!(names(&rest), names(&all)[at + 1..], "after {}", result.item.name);
    }
    std::fs::remove_dir_all(world.real("bob/b")).unwrap();
    let rest = scan(&world, ItemAddress::Root, Some(&all[2].cursor)).await.unwrap();
    assert_eq!(names(&rest), ["Z.txt"]);
}

#[tokio::test]
async fn a_folder_or_a_file_is_scanned_alone() {
    let world = world();
    let below = scan(&world, at("b"), None).await.unwrap();
    assert_eq!(names(&below), ["1.docx", "2.docx", "e.docx"]);
    let one = scan(&world, at("b/2.docx"), None).await.unwrap();
    assert_eq!(names(&one), ["2.docx"]);
    let other = scan(&world, at("b/c"), Some(&below[0].cursor)).await;
    assert_eq!(other.unwrap_err(), InvalidArgument);
    for cursor in ["?", "AAAA", "Li4"] {
        assert_eq!(
            scan(&world, ItemAddress::Root, Some(cursor)).await.unwrap_err(),
            InvalidArgument
        );
    }
    assert_eq!(scan(&world, at("nowhere"), None).await.unwrap_err(), ItemNotFound);
}

#[tokio::test]
async fn links_that_lead_back_end() {
    let world = World::new();
    world.write("bob/a/x.docx", "");
    std::os::unix::fs::symlink("..", world.real("bob/a/up")).unwrap();
    std::os::unix::fs::symlink(".", world.real("bob/a/here")).unwrap();
    let results = scan(&world, ItemAddress::Root, None).await.unwrap();
    assert!(results.len() < 20, "{}", results.len());
}

#[tokio::test]
async fn nothing_is_read_that_nobody_takes() {
    let world = World::with(|config| config.scan_concurrency = 2);
    for number in 0..50 {
        world.write(&format!("bob/{number}.docx"), "");
    }
    let size = 9;
    for number in 0..50 {
        world.write(&format!("bob/{number}.docx"), &" ".repeat(size));
    }
    let request = ScanRequest {
        item: reference("b!bob", ItemAddress::Root),
        after: None,
    };
    let mut results = world.service.scan(&everything(), request).await.unwrap();
    for _ in 0..3 {
        results.next().await.unwrap().unwrap();
    }
    assert!(world.reader.calls() <= 6, "{}", world.reader.calls());
}

#[tokio::test]
async fn a_scan_needs_what_extraction_needs() {
    let world = World::new();
    let request = |drive: &str| ScanRequest {
        item: reference(drive, ItemAddress::Root),
        after: None,
    };
    for (drive, scope, expected) in [
        ("b!bob", "Files.Read", None),
        ("b!bob", "User.Read", Some(PermissionMissing)),
        ("b!carol", "Files.Read.All", Some(DriveNotReachable)),
    ] {
        let opened = world.service.scan(&person(BOB, &[scope]), request(drive)).await;
        assert_eq!(opened.err().map(|error| error.reason), expected, "{drive} {scope}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_listed_is_told_and_passed_over() {
    let world = world();
    Closed::over(&world, &["b/c"]).await;
    let results = scan(&world, ItemAddress::Root, None).await.unwrap();
    assert_eq!(names(&results), ["a.docx", "1.docx", "2.docx", "c", "Z.txt"]);
    let folder = &results[3];
    assert!(matches!(folder.item.kind, ItemKind::Folder { .. }));
    assert_eq!(folder.labels.as_ref().unwrap_err().reason, ContentUnavailable);
    assert_eq!(world.records.kept.lock().unwrap().len(), 4, "of files");
    for (at, result) in results.iter().enumerate() {
        let rest = scan(&world, ItemAddress::Root, Some(&result.cursor)).await.unwrap();
        assert_eq!(names(&rest), names(&results)[at + 1..], "after {}", result.item.name);
    }
    // In the middle of a folder that was closed meanwhile.
    let cursor = results[1].cursor.clone();
    Closed::over(&world, &["b"]).await;
    let rest = scan(&world, ItemAddress::Root, Some(&cursor)).await.unwrap();
    assert_eq!(names(&rest), ["b", "Z.txt"]);
}

#[tokio::test]
async fn a_scan_ends_where_nothing_of_the_drive_can_be_read() {
    let world = world();
    Closed::over(&world, &["b/c"]).await;
    assert_eq!(scan(&world, at("b/c"), None).await.unwrap_err(), ContentUnavailable);
    let closed = Closed::over(&world, &[]).await;
    let request = ScanRequest {
        item: reference("b!bob", ItemAddress::Root),
        after: None,
    };
    let mut results = world.service.scan(&everything(), request).await.unwrap();
    assert_eq!(results.next().await.unwrap().unwrap().item.name, "a.docx");
    closed.close(&["", "b"]);
    let rest: Vec<_> = results.collect().await;
    let reasons = rest.into_iter().map(|result| result.err().map(|error| error.reason));
    assert_eq!(reasons.collect::<Vec<_>>().last(), Some(&Some(ContentUnavailable)));
}

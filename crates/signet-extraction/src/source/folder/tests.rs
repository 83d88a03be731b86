use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::source::PageRequest;

fn path(text: &str) -> ItemPath {
    ItemPath::from_text(text).unwrap()
}

fn write(path: impl AsRef<Path>, content: &str) {
    std::fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// A host with a drive in `drive`, and things outside of it.
fn host(change: impl FnOnce(&mut ExtractionConfig)) -> (TempDir, FolderSource) {
    let host = tempfile::tempdir().unwrap();
    std::fs::create_dir(host.path().join("drive")).unwrap();
    let mut config = ExtractionConfig {
        allowed_roots: vec![host.path().to_owned()],
        ..Default::default()
    };
    change(&mut config);
    let source = FolderSource::new(host.path().join("drive"), &config);
    (host, source)
}

async fn key(source: &FolderSource, at: &str) -> String {
    source.find(&path(at)).await.unwrap().unwrap().entry.key
}

#[tokio::test]
async fn ranges_of_a_file() {
    let (host, source) = host(|_| {});
    write(host.path().join("drive/a"), "hello");
    let content = source.open(&path("a")).await.unwrap().unwrap();
    assert_eq!(content.entry().size, 5);
    for (offset, length, expected) in [
        (0, 5, "hello"),
        (1, 2, "el"),
        (3, 100, "lo"),
        (5, 1, ""),
        (u64::MAX, 9, ""),
    ] {
        assert_eq!(content.read(offset, length).await.unwrap(), expected.as_bytes());
    }
    assert!(content.is_current().await.unwrap());
    write(host.path().join("drive/a"), "hell");
    assert!(matches!(content.read(0, 5).await, Err(SourceError::Changed)));
    assert!(!content.is_current().await.unwrap());
}

#[tokio::test]
async fn only_files_are_opened() {
    let (host, source) = host(|_| {});
    write(host.path().join("outside"), "secret");
    std::fs::create_dir(host.path().join("drive/folder")).unwrap();
    symlink(host.path().join("outside"), host.path().join("drive/link")).unwrap();
    for name in ["folder", "link", "nothing", ""] {
        assert!(source.open(&path(name)).await.unwrap().is_none(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_exchanged_for_a_link_uncovers_nothing() {
    let (host, source) = host(|_| {});
    write(host.path().join("drive/real/a.docx"), "public");
    write(host.path().join("outside/a.docx"), "secret");
    write(host.path().join("outside/only outside"), "");
    let stop = Arc::new(AtomicBool::new(false));
    let exchanger = exchange_for_ever(host.path().to_owned(), Arc::clone(&stop));
    let (mut seen, folder, file) = (0, path("real"), path("real/a.docx"));
    let all = PageRequest {
        top: 10,
        after: None,
        descending: false,
    };
    for _ in 0..3000 {
        if let Some(content) = source.open(&file).await.unwrap_or_default() {
            assert_eq!(content.read(0, 6).await.unwrap(), b"public");
            seen += 1;
        }
        let listed = source.list(&folder, &all).await.unwrap_or_default();
        let names = listed.into_iter().flat_map(|page| page.entries);
        assert!(names.into_iter().all(|listed| listed.entry.path == file));
    }
    stop.store(true, Ordering::SeqCst);
    exchanger.join().unwrap();
    assert!(seen > 0);
}

/// Puts a link that leads outside in the place of a folder, and back.
fn exchange_for_ever(host: PathBuf, stop: Arc<AtomicBool>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (real, aside, link) = (
            host.join("drive/real"),
            host.join("drive/aside"),
            host.join("drive/.link"),
        );
        while !stop.load(Ordering::SeqCst) {
            symlink(host.join("outside"), &link).unwrap();
            std::fs::rename(&real, &aside).unwrap();
            std::fs::rename(&link, &real).unwrap();
            std::fs::remove_file(&real).unwrap();
            std::fs::rename(&aside, &real).unwrap();
        }
    })
}

#[tokio::test]
async fn a_drive_that_is_a_link_out_of_the_allowed_folders_is_not_served() {
    let (outside, _) = host(|_| {});
    let (host, source) = host(|_| {});
    write(outside.path().join("a"), "secret");
    std::fs::remove_dir(host.path().join("drive")).unwrap();
    symlink(outside.path(), host.path().join("drive")).unwrap();
    assert!(matches!(source.find(&path("a")).await, Err(SourceError::Failed(_))));
    std::fs::remove_file(host.path().join("drive")).unwrap();
    write(host.path().join("elsewhere/a"), "");
    symlink(host.path().join("elsewhere"), host.path().join("drive")).unwrap();
    assert!(source.find(&path("a")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_root_that_is_gone_is_a_failure_and_not_absence() {
    let (host, source) = host(|_| {});
    std::fs::remove_dir(host.path().join("drive")).unwrap();
    assert!(matches!(
        source.find(&ItemPath::root()).await,
        Err(SourceError::Failed(_))
    ));
    write(host.path().join("drive"), "a file");
    assert!(matches!(source.find(&path("a")).await, Err(SourceError::Failed(_))));
}

#[tokio::test]
async fn a_folder_that_hangs_is_given_up() {
    let (_host, source) = host(|config| {
        config.source_timeout = Duration::from_millis(30);
        config.source_concurrency = 1;
    });
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let hanging = source.run(move |_| {
        wait.recv_timeout(Duration::from_secs(20)).unwrap_or_default();
        Ok(())
    });
    assert!(matches!(hanging.await, Err(SourceError::TimedOut)));
    // Its only thread still hangs; the next caller waits no longer than the first.
    assert!(matches!(
        source.find(&ItemPath::root()).await,
        Err(SourceError::TimedOut)
    ));
    drop(go);
    while source.find(&ItemPath::root()).await.is_err() {}
}

#[tokio::test]
async fn objects_are_found_wherever_they_went() {
    let (host, source) = host(|_| {});
    for name in ["near/a", "near/b", "far/c", "gone"] {
        write(host.path().join("drive").join(name), "");
    }
    let keys = [
        key(&source, "near/a").await,
        key(&source, "near/b").await,
        key(&source, "gone").await,
        key(&source, "far").await,
        "not a key".to_owned(),
    ];
    let rename = |from: &str, to: &str| {
        std::fs::rename(host.path().join("drive").join(from), host.path().join("drive").join(to)).unwrap();
    };
    rename("near/a", "near/a2");
    rename("near/b", "far/b2");
    rename("far", "far2");
    rename("gone", "../gone");
    let outcome = source.search(&keys, &path("near")).await.unwrap();
    assert!(outcome.complete);
    let mut found: Vec<(usize, String)> = (0..)
        .zip(&keys)
        .filter_map(|(at, key)| outcome.found.get(key).map(|path| (at, path.to_text())))
        .collect();
    found.sort();
    let expected = [(0, "near/a2"), (1, "far2/b2"), (3, "far2")];
    assert_eq!(found, expected.map(|(at, path)| (at, path.to_owned())));
}

#[tokio::test]
async fn a_search_does_not_follow_links_and_says_when_it_gave_up() {
    let (host, source) = host(|config| config.scan_entries = 10);
    write(host.path().join("outside/a"), "");
    write(host.path().join("drive/b"), "");
    let inside = key(&source, "b").await;
    symlink(host.path().join("outside"), host.path().join("drive/link")).unwrap();
    symlink(".", host.path().join("drive/loop")).unwrap();
    std::fs::rename(host.path().join("drive/b"), host.path().join("outside/b")).unwrap();
    let nowhere = source
        .search(std::slice::from_ref(&inside), &ItemPath::root())
        .await
        .unwrap();
    assert_eq!((nowhere.found.len(), nowhere.complete), (0, true));
    for number in 0..20 {
        write(host.path().join(format!("drive/{number}")), "");
    }
    let given_up = source.search(&[inside], &ItemPath::root()).await.unwrap();
    assert_eq!((given_up.found.len(), given_up.complete), (0, false));
}

#[tokio::test]
async fn counting_stops_at_its_bound() {
    let (host, source) = host(|config| config.scan_entries = 7);
    for number in 0..20 {
        write(host.path().join(format!("drive/F/{number}")), "");
    }
    assert_eq!(source.count_children(&path("F")).await.unwrap(), 7);
    assert_eq!(source.count_children(&path("nothing")).await.unwrap(), 0);
}

#[tokio::test]
async fn what_dead_processes_left_is_removed_once_it_is_old() {
    let (host, source) = host(|_| {});
    let workshop = host.path().join("drive/.signet");
    let ours = workshop.join("6e7b768e-07e2-4810-8459-485f84f8f201.new");
    let upload = workshop.join("6e7b768e-07e2-4810-8459-485f84f8f202");
    let others = ["notes.new", "6e7b768e-07e2-4810-8459-485f84f8f203.old", "a.docx"];
    let before = |seconds| Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_secs(seconds);
    assert_eq!(source.sweep(before(0)).await.unwrap(), 0);
    std::fs::create_dir_all(&upload).unwrap();
    for file in [ours.clone(), upload.join("6e7b768e-07e2-4810-8459-485f84f8f204.new")] {
        write(file, "part of a fi");
    }
    for name in others {
        write(workshop.join(name), "not ours");
    }
    let changed = std::fs::metadata(&ours).unwrap().modified().unwrap();
    let changed = Timestamp::try_from(changed).unwrap().as_second();
    assert_eq!(source.sweep(before(changed - 1)).await.unwrap(), 0);
    assert!(ours.exists());
    assert_eq!(source.sweep(before(changed + 2)).await.unwrap(), 1);
    assert!(!ours.exists());
    assert_eq!(std::fs::read_dir(&upload).unwrap().count(), 1);
    assert!(others.iter().all(|name| workshop.join(name).exists()));
}

#[tokio::test]
async fn a_workshop_that_is_a_link_is_left_alone() {
    let (host, source) = host(|_| {});
    let outside = host.path().join("outside/6e7b768e-07e2-4810-8459-485f84f8f201.new");
    write(&outside, "somebody's");
    symlink(host.path().join("outside"), host.path().join("drive/.signet")).unwrap();
    assert_eq!(source.sweep(Timestamp::MAX).await.unwrap(), 0);
    assert!(outside.exists());
}

//! Every documented refusal of an extraction, and what is kept of it. Source: file formats 9, rest-api 6.3.

use crate::deferred::EXTRACT;
use crate::workers::ASSIGN;
use jiff::SignedDuration;
use signet_domain::environment::Clock;
use signet_store::JobStore;
use std::sync::Arc;
use uuid::Uuid;

use futures::StreamExt as _;
use signet_contract::extraction::ItemAddress;
use signet_domain::error::ErrorReason::{
    self, ContentLimitExceeded, ContentUnavailable, FileDecryptionDeferred, FileDecryptionNotSupported,
    FileDoubleKeyEncrypted, FileTypeNotSupported, Internal, ItemIsFolder, ItemNotFound, MalformedContent, Overloaded,
};

use super::world::*;

#[tokio::test]
async fn refusals_and_whether_they_are_kept() {
    for (content, reason, kept) in [
        ("malformed", MalformedContent, true),
        ("limit", ContentLimitExceeded, true),
        ("locked", FileDecryptionNotSupported, true),
        ("doublekey", FileDoubleKeyEncrypted, true),
        ("io", ContentUnavailable, false),
        ("panic", Internal, false),
    ] {
        let mut world = World::new();
        world.write("bob/a.docx", content);
        for _ in 0..2 {
            assert_eq!(world.labels("b!bob", "a.docx").await, Err(reason), "{content}");
        }
        world.restart();
        assert_eq!(world.labels("b!bob", "a.docx").await, Err(reason), "{content}");
        assert_eq!(world.reader.calls(), if kept { 1 } else { 3 }, "{content}");
    }
}

#[tokio::test]
async fn a_kept_refusal_says_the_same() {
    let mut world = World::new();
    world.write("bob/a.docx", "malformed");
    let first = world.extract("b!bob", at("a.docx")).await.unwrap_err();
    world.restart();
    assert_eq!(world.extract("b!bob", at("a.docx")).await.unwrap_err(), first);
    assert_eq!(first.message, "the file is damaged: it says so");
}

#[tokio::test]
async fn a_refusal_ends_with_the_content_it_was_for() {
    let world = World::new();
    world.write("bob/a.docx", "malformed");
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(MalformedContent));
    world.write("bob/a.docx", LABEL);
    assert_eq!(
        world.labels("b!bob", "a.docx").await,
        Ok((vec![LABEL.to_owned()], false))
    );
}

#[tokio::test]
async fn things_without_content_are_refused_before_anything_is_read() {
    let world = World::new();
    world.write("bob/folder.docx/a.txt", "x");
    world.write("bob/no extension", "x");
    world.write("bob/empty.txt", "");
    for (path, reason) in [
        ("", ItemIsFolder),
        ("folder.docx", ItemIsFolder),
        ("folder.docx/a.txt", FileTypeNotSupported),
        ("no extension", FileTypeNotSupported),
        ("empty.txt", FileTypeNotSupported),
        ("nothing.docx", ItemNotFound),
        ("folder.docx/a.txt/b.docx", ItemNotFound),
    ] {
        assert_eq!(world.labels("b!bob", path).await, Err(reason), "{path}");
    }
    let refused = world.extract("b!bob", at("folder.docx/a.txt")).await.unwrap_err();
    assert!(refused.message.contains("extension `txt`"), "{}", refused.message);
    assert_eq!(refused.fact_value("extension"), Some("txt"));
    let root = world.id_of("b!bob", "").await;
    let refused = world.extract("b!bob", ItemAddress::Id(root)).await.unwrap_err();
    assert_eq!(refused.reason, ItemIsFolder);
    assert_eq!(world.reader.calls(), 0);
}

#[tokio::test]
async fn an_empty_file_has_no_labels() {
    let world = World::new();
    world.write("bob/a.docx", "");
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((vec![], false)));
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((vec![], true)));
    assert_eq!(world.reader.calls(), 0);
}

#[tokio::test]
async fn extended_kinds_are_a_setting() {
    let mut world = World::new();
    world.write("bob/a.vsdx", LABEL);
    world.config.extended_kinds = false;
    world.restart();
    assert_eq!(world.labels("b!bob", "a.vsdx").await, Err(FileTypeNotSupported));
    world.config.extended_kinds = true;
    world.restart();
    assert!(world.labels("b!bob", "a.vsdx").await.is_ok());
}

#[tokio::test]
async fn a_protected_file_whose_label_needs_a_second_key_is_locked() {
    let mut world = World::new();
    world.write("bob/protected.docx", &format!("protected {DOUBLE_KEY_LABEL}"));
    world.write("bob/clear.docx", DOUBLE_KEY_LABEL);
    world.write("bob/one key.docx", &format!("protected {LABEL}"));
    for _ in 0..2 {
        assert_eq!(
            world.labels("b!bob", "protected.docx").await,
            Err(FileDoubleKeyEncrypted)
        );
        assert!(world.labels("b!bob", "clear.docx").await.is_ok());
        assert!(world.labels("b!bob", "one key.docx").await.is_ok());
        world.restart();
    }
    world.config.dke_return_clear_labels = true;
    world.restart();
    assert!(world.labels("b!bob", "protected.docx").await.is_ok());
}

#[tokio::test]
async fn a_spent_budget_defers_and_a_worker_finishes_the_file() {
    let world = World::new();
    world.write("bob/a.docx", &format!("budget {LABEL}"));
    let refused = world.extract("b!bob", at("a.docx")).await.unwrap_err();
    assert_eq!(refused.reason, FileDecryptionDeferred);
    assert_eq!(refused.retry_after, Some(world.config.retry_after));
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    assert_eq!(world.reader.calls(), 1);
    world.service.count_queues().await.unwrap();
    assert_eq!(world.service.unfinished_jobs(), [(EXTRACT, 1), (ASSIGN, 0)]);
    assert!(world.service.run_job(EXTRACT).await.unwrap());
    world.service.count_queues().await.unwrap();
    assert_eq!(world.service.unfinished_jobs(), [(EXTRACT, 0), (ASSIGN, 0)]);
    let labels = world.labels("b!bob", "a.docx").await;
    assert_eq!(labels, Ok((vec![LABEL.to_owned()], true)));
    assert_eq!(world.reader.calls(), 2);
    assert!(!world.service.run_job(EXTRACT).await.unwrap());
}

#[tokio::test]
async fn deferred_work_that_fails_is_answered_in_the_end() {
    let world = World::new();
    world.write("bob/a.docx", "budget limit");
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    world.service.run_job(EXTRACT).await.unwrap();
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(ContentLimitExceeded));
}

#[tokio::test]
async fn deferred_is_never_said_when_no_work_is_queued() {
    let world = World::with(|config| config.background_queue = 1);
    world.write("bob/a.docx", "budget");
    world.write("bob/b.docx", "budget");
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    assert_eq!(world.labels("b!bob", "b.docx").await, Err(Overloaded));
    world.service.run_job(EXTRACT).await.unwrap();
    assert_eq!(world.labels("b!bob", "b.docx").await, Err(FileDecryptionDeferred));
}

#[tokio::test]
async fn deferred_work_survives_a_restart() {
    let mut world = World::new();
    world.write("bob/a.docx", &format!("budget {LABEL}"));
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    world.restart();
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    assert!(world.service.run_job(EXTRACT).await.unwrap());
    assert!(world.labels("b!bob", "a.docx").await.is_ok());
}

#[tokio::test]
async fn a_worker_that_died_is_followed_by_another_one() {
    let world = World::new();
    world.write("bob/a.docx", &format!("budget {LABEL}"));
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    let now = world.clock.now();
    let until = now + SignedDuration::from_secs(30);
    let dead = world.store.lease_job(EXTRACT, Uuid::nil(), now, until).await.unwrap();
    assert!(dead.is_some());
    assert!(!world.service.run_job(EXTRACT).await.unwrap());
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    world.clock.advance(SignedDuration::from_secs(30));
    assert!(world.service.run_job(EXTRACT).await.unwrap());
    assert!(world.labels("b!bob", "a.docx").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_do_every_job_once() {
    const FILES: usize = 20;
    let mut world = World::new();
    for number in 0..FILES {
        let path = format!("{number}.docx");
        world.write(&format!("bob/{path}"), &format!("budget {LABEL}"));
        assert_eq!(world.labels("b!bob", &path).await, Err(FileDecryptionDeferred));
    }
    assert_eq!(world.reader.calls(), FILES);
    let mut workers = Vec::new();
    for _ in 0..3 {
        // Each as another process has it: the same store, nothing in memory.
        world.restart();
        let service = world.service.clone();
        workers.push(tokio::spawn(async move {
            let mut done = 0;
            while service.run_job(EXTRACT).await.unwrap() {
                done += 1;
            }
            done
        }));
    }
    let mut done = 0;
    for worker in workers {
        done += worker.await.unwrap();
    }
    assert_eq!((done, world.reader.calls()), (FILES, 2 * FILES));
    for number in 0..FILES {
        let labels = world.labels("b!bob", &format!("{number}.docx")).await;
        assert_eq!(labels, Ok((vec![LABEL.to_owned()], true)));
    }
}

#[tokio::test]
async fn a_file_that_takes_every_worker_down_is_given_up() {
    let world = World::new();
    world.write("bob/a.docx", &format!("budget {LABEL}"));
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    for _ in 0..5 {
        let now = world.clock.now();
        let until = now + SignedDuration::from_secs(30);
        assert!(
            world
                .store
                .lease_job(EXTRACT, Uuid::nil(), now, until)
                .await
                .unwrap()
                .is_some()
        );
        world.clock.advance(SignedDuration::from_secs(31));
    }
    assert!(world.service.run_job(EXTRACT).await.unwrap());
    assert_eq!(world.reader.calls(), 1);
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(ContentLimitExceeded));
}

/// A worker that says it must try again is no dead worker.
#[tokio::test]
async fn a_file_whose_drive_was_away_for_long_is_read_when_it_is_back() {
    let world = World::new();
    world.write("bob/a.docx", &format!("budget {LABEL}"));
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    std::fs::rename(world.real("bob"), world.real("away")).unwrap();
    for _ in 0..8 {
        assert!(world.service.run_job(EXTRACT).await.unwrap());
        world.clock.advance(SignedDuration::from_secs(301));
    }
    std::fs::rename(world.real("away"), world.real("bob")).unwrap();
    assert!(world.service.run_job(EXTRACT).await.unwrap());
    assert_eq!(
        world.labels("b!bob", "a.docx").await,
        Ok((vec![LABEL.to_owned()], true))
    );
}

#[tokio::test]
async fn a_deferred_file_that_is_gone_is_forgotten() {
    let world = World::new();
    world.write("bob/a.docx", "budget");
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    std::fs::remove_file(world.real("bob/a.docx")).unwrap();
    assert!(world.service.run_job(EXTRACT).await.unwrap());
    assert!(!world.service.run_job(EXTRACT).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_turns_callers_away() {
    let world = Arc::new(World::with(|config| {
        config.concurrency = 1;
        config.queue = 1;
    }));
    for number in 0..8 {
        world.write(&format!("bob/{number}.docx"), LABEL);
    }
    let gate = Gate::default();
    world.reader.on_read({
        let gate = gate.clone();
        move |_| gate.pass()
    });
    let callers: Vec<_> = (0..8)
        .map(|number| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.extract("b!bob", at(&format!("{number}.docx"))).await })
        })
        .collect();
    // Those turned away are answered at once; the other two wait for the reader.
    let mut callers = futures::stream::FuturesUnordered::from_iter(callers);
    for _ in 0..6 {
        let refused = callers.next().await.unwrap().unwrap().unwrap_err();
        assert_eq!(refused.reason, Overloaded);
        assert!(refused.retry_after.is_some());
    }
    gate.open();
    while let Some(answer) = callers.next().await {
        assert_eq!(answer.unwrap().unwrap().labels.len(), 1);
    }
}

#[tokio::test]
async fn a_panic_costs_only_its_own_request() {
    let world = World::with(|config| config.concurrency = 1);
    world.write("bob/bad.docx", "panic");
    world.write("bob/good.docx", LABEL);
    for _ in 0..5 {
        assert_eq!(world.labels("b!bob", "bad.docx").await, Err(Internal));
        assert!(world.labels("b!bob", "good.docx").await.is_ok());
    }
}

#[tokio::test]
async fn messages_say_what_was_wrong_and_reveal_nothing() {
    let world = World::new();
    world.write("bob/secret name.docx", "malformed");
    world.write("bob/secret name.txt", "");
    for path in ["secret name.docx", "secret name.txt", "secret other.docx"] {
        let error = world.extract("b!bob", at(path)).await.unwrap_err();
        assert!(!error.message.contains("secret"), "{}", error.message);
        assert!(!error.message.ends_with('.'), "{}", error.message);
        let reason: ErrorReason = error.reason;
        assert_ne!(reason, Internal);
    }
}

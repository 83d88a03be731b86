//! Every documented refusal of an extraction, and what is kept of it. Source: file formats 9, rest-api 6.3.

use std::sync::Arc;

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
async fn a_spent_budget_defers_and_the_work_is_done_meanwhile() {
    let world = World::new();
    world.write("bob/a.docx", &format!("budget {LABEL}"));
    let refused = world.extract("b!bob", at("a.docx")).await.unwrap_err();
    assert_eq!(refused.reason, FileDecryptionDeferred);
    assert_eq!(refused.retry_after, Some(world.config.retry_after));
    let labels = loop {
        match world.labels("b!bob", "a.docx").await {
            Err(FileDecryptionDeferred) => tokio::task::yield_now().await,
            answer => break answer,
        }
    };
    assert_eq!(labels, Ok((vec![LABEL.to_owned()], true)));
    assert_eq!(world.reader.calls(), 2);
}

#[tokio::test]
async fn deferred_work_that_fails_is_answered_in_the_end() {
    let world = World::new();
    world.write("bob/a.docx", "budget limit");
    let reason = loop {
        match world.labels("b!bob", "a.docx").await {
            Err(FileDecryptionDeferred) => tokio::task::yield_now().await,
            answer => break answer,
        }
    };
    assert_eq!(reason, Err(ContentLimitExceeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn deferred_is_never_said_when_no_work_is_queued() {
    let world = World::with(|config| config.background_queue = 1);
    world.write("bob/a.docx", "budget");
    world.write("bob/b.docx", "budget");
    let gate = Gate::default();
    // The second reading is the deferred one of the first file: it fills the queue.
    world.reader.on_read({
        let gate = gate.clone();
        move |call| {
            if call == 2 {
                gate.pass()
            }
        }
    });
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    while world.reader.calls() < 2 {
        tokio::task::yield_now().await;
    }
    // The queue is looked at before the file is, so the waiting file is not read a second time.
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(FileDecryptionDeferred));
    assert_eq!(world.reader.calls(), 2);
    assert_eq!(world.labels("b!bob", "b.docx").await, Err(Overloaded));
    gate.open();
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

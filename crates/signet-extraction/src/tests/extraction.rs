//! Stored labels hold as long as the content does. Source: rest-api 9.5, file formats 9 "Database cache".

use std::sync::Arc;
use std::time::Duration;

use signet_contract::Extraction as _;
use signet_contract::extraction::{ExtractedLabel, ItemAddress};
use signet_domain::content::AssignmentMethod;
use signet_domain::environment::Clock as _;
use signet_domain::error::ErrorReason;

use super::world::*;

const OTHER: &str = "0a508141-8fa2-5079-b148-5a24df214ed0";

fn labels(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[tokio::test]
async fn labels_are_read_once_and_then_known() {
    let mut world = World::new();
    world.write("bob/a.docx", LABEL);
    let first = world.extract("b!bob", at("a.docx")).await.unwrap();
    let label = ExtractedLabel {
        label_id: LABEL.to_owned(),
        assignment_method: AssignmentMethod::Privileged,
        tenant_id: TENANT.to_owned(),
    };
    assert_eq!((first.labels, first.from_cache), (vec![label.clone()], false));
    let second = world.extract("b!bob", at("a.docx")).await.unwrap();
    assert_eq!((second.labels, second.from_cache), (vec![label.clone()], true));
    world.restart();
    let third = world
        .extract("b!bob", ItemAddress::Id(world.id_of("b!bob", "a.docx").await))
        .await
        .unwrap();
    assert_eq!((third.labels, third.from_cache), (vec![label], true));
    assert_eq!(world.reader.calls(), 1);
}

#[tokio::test]
async fn changed_content_is_read_again() {
    let mut world = World::new();
    world.write("bob/a.docx", LABEL);
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), false)));
    world.write("bob/a.docx", OTHER);
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[OTHER]), false)));
    world.replace("bob/a.docx", LABEL);
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), false)));
    world.write("bob/a.docx", "none");
    world.restart();
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[]), false)));
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[]), true)));
}

#[tokio::test]
async fn a_rename_matters_only_when_the_extension_changes() {
    let world = World::new();
    world.write("bob/a.docx", LABEL);
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), false)));
    for (from, to, known) in [
        ("bob/a.docx", "bob/b.docx", true),
        ("bob/b.docx", "bob/b.DOCX", true),
        ("bob/b.DOCX", "bob/b.doc", false),
        ("bob/b.doc", "bob/c.doc", true),
    ] {
        std::fs::rename(world.real(from), world.real(to)).unwrap();
        assert_eq!(
            world.labels("b!bob", &to[4..]).await,
            Ok((labels(&[LABEL]), known)),
            "{to}"
        );
    }
}

#[tokio::test]
async fn other_settings_give_other_answers() {
    let mut world = World::new();
    world.write("bob/a.docx", LABEL);
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), false)));
    world.config.limits.labels = 7;
    world.restart();
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), false)));
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), true)));
}

#[tokio::test]
async fn an_answer_for_content_that_may_still_change_unseen_is_not_kept() {
    for (age_ms, nanosecond, kept) in [
        (0, 1, false),
        (49, 1, false),
        (60, 1, true),
        (60, 0, false),
        (3000, 0, true),
    ] {
        let world = World::new();
        world.write("bob/a.docx", LABEL);
        let whole_second = world.clock.now().as_second() - 10;
        let modified = jiff::Timestamp::new(whole_second, nanosecond).unwrap();
        let file = std::fs::File::options()
            .write(true)
            .open(world.real("bob/a.docx"))
            .unwrap();
        file.set_modified(std::time::SystemTime::from(modified)).unwrap();
        let now = modified + jiff::SignedDuration::from_millis(age_ms);
        world.clock.advance(now.duration_since(world.clock.now()));
        assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[LABEL]), false)));
        assert_eq!(
            world.labels("b!bob", "a.docx").await,
            Ok((labels(&[LABEL]), kept)),
            "{age_ms} {nanosecond}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_one_content_share_one_reading() {
    let world = Arc::new(World::new());
    world.write("bob/a.docx", LABEL);
    let gate = Gate::default();
    world.reader.on_read({
        let gate = gate.clone();
        move |_| gate.pass()
    });
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.labels("b!bob", "a.docx").await })
        })
        .collect();
    while world.reader.calls() == 0 {
        tokio::task::yield_now().await;
    }
    gate.open();
    for caller in callers {
        assert_eq!(caller.await.unwrap().unwrap().0, labels(&[LABEL]));
    }
    assert_eq!(world.reader.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_ends_even_when_its_caller_leaves() {
    let world = Arc::new(World::new());
    world.write("bob/a.docx", LABEL);
    let gate = Gate::default();
    world.reader.on_read({
        let gate = gate.clone();
        move |_| gate.pass()
    });
    let impatient = {
        let world = Arc::clone(&world);
        tokio::spawn(async move { world.labels("b!bob", "a.docx").await })
    };
    while world.reader.calls() == 0 {
        tokio::task::yield_now().await;
    }
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    gate.open();
    assert_eq!(world.labels("b!bob", "a.docx").await.unwrap().0, labels(&[LABEL]));
    assert_eq!(world.reader.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_cannot_wait_is_told_to_come_back() {
    let world = World::new();
    world.write("bob/a.docx", LABEL);
    let gate = Gate::default();
    world.reader.on_read({
        let gate = gate.clone();
        move |_| gate.pass()
    });
    let mut context = everything();
    context.deadline = std::time::Instant::now() + Duration::from_millis(700);
    let refused = world
        .service
        .extract_labels(&context, reference("b!bob", at("a.docx")))
        .await
        .unwrap_err();
    assert_eq!(refused.reason, ErrorReason::FileDecryptionDeferred);
    assert!(refused.retry_after.is_some());
    gate.open();
    assert_eq!(world.labels("b!bob", "a.docx").await.unwrap().0, labels(&[LABEL]));
    assert_eq!(world.reader.calls(), 1);
}

#[tokio::test]
async fn a_spent_deadline_is_said() {
    let world = World::new();
    let mut context = everything();
    context.deadline = std::time::Instant::now();
    let refused = world
        .service
        .extract_labels(&context, reference("b!bob", at("a.docx")))
        .await
        .unwrap_err();
    assert_eq!(refused.reason, ErrorReason::DeadlineExceeded);
}

#[tokio::test]
async fn content_that_changes_once_under_the_reader_is_read_again() {
    for replace in [false, true] {
        let world = World::new();
        world.write("bob/a.docx", LABEL);
        let path = world.real("bob/a.docx");
        world.reader.on_read(move |call| {
            if call == 1 {
                change(&path, &format!("{OTHER} and more"), replace);
            }
        });
        assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[OTHER]), false)));
        assert_eq!(world.reader.calls(), 2);
        assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[OTHER]), true)));
    }
}

#[tokio::test]
async fn content_that_keeps_changing_is_a_conflict() {
    let world = World::new();
    world.write("bob/a.docx", LABEL);
    let path = world.real("bob/a.docx");
    world
        .reader
        .on_read(move |call| change(&path, &format!("{OTHER}{}", "x".repeat(call)), false));
    assert_eq!(world.labels("b!bob", "a.docx").await, Err(ErrorReason::ContentChanged));
    assert_eq!(world.reader.calls(), 2);
    world.reader.on_read(|_| {});
    assert!(!world.labels("b!bob", "a.docx").await.unwrap().1);
}

#[tokio::test]
async fn content_that_becomes_shorter_or_goes_away_is_never_half_read() {
    let world = World::new();
    world.write("bob/a.docx", &format!("{LABEL} {}", "x".repeat(1000)));
    let path = world.real("bob/a.docx");
    world.reader.on_read(move |call| {
        if call == 1 {
            change(&path, OTHER, false);
        }
    });
    assert_eq!(world.labels("b!bob", "a.docx").await, Ok((labels(&[OTHER]), false)));

    world.write("bob/b.docx", LABEL);
    let path = world.real("bob/b.docx");
    world
        .reader
        .on_read(move |_| std::fs::remove_file(&path).unwrap_or_default());
    assert_eq!(world.labels("b!bob", "b.docx").await, Err(ErrorReason::ItemNotFound));
}

fn change(path: &std::path::Path, content: &str, replace: bool) {
    if replace {
        let new = path.with_extension("new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(new, path).unwrap();
    } else {
        std::fs::write(path, content).unwrap();
    }
}

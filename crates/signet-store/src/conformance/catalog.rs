//! What a [`CatalogStore`] must do.

use std::sync::Arc;
use std::time::Duration;

use signet_domain::ids::Revision;
use tokio::task::JoinSet;

use super::run_cases;
use super::samples::{change, document, tenant, time};
use crate::catalog::{CatalogStore, CommitOutcome, Expected, NewRevision};
use crate::error::StoreError;

/// Runs the suite; `make` gives an empty store each time.
pub async fn run<S, F, Made>(make: F)
where
    S: CatalogStore + 'static,
    F: Fn() -> Made,
    Made: Future<Output = S>,
{
    run_cases!(make;
        empty_store_has_nothing,
        first_commit_is_revision_one,
        every_revision_reads_back,
        equal_document_is_unchanged,
        expectations_are_checked_before_equality,
        document_of_another_tenant_is_invalid,
        tenants_are_independent,
        tenants_list_by_id,
        tenant_summary_follows_the_current_document,
        revisions_list_newest_first,
        changes_resume_without_gaps,
        refused_commits_leave_no_change,
        concurrent_commits_to_one_revision_have_one_winner,
        concurrent_commits_of_any_revision_all_count,
        readers_see_whole_commits,
        document_of_a_thousand_labels_reads_back,
        waiting_ends_with_a_change,
        waiting_for_what_is_there_ends_at_once,
        waiting_ends_without_a_change,
    );
}

async fn commit<S: CatalogStore>(store: &S, change: NewRevision) -> Revision {
    match store.commit(change).await.unwrap() {
        CommitOutcome::Committed(revision) => revision,
        other => panic!("not committed: {other:?}"),
    }
}

async fn empty_store_has_nothing<S: CatalogStore>(store: &Arc<S>) {
    assert_eq!(store.current_revision(tenant(1)).await.unwrap(), None);
    assert_eq!(store.get_revision(tenant(1), None).await.unwrap(), None);
    assert_eq!(store.get_revision(tenant(1), Some(Revision(1))).await.unwrap(), None);
    assert_eq!(store.list_tenants(None, 10).await.unwrap(), []);
    assert_eq!(store.list_revisions(tenant(1), None, 10).await.unwrap(), []);
    assert_eq!(store.changes_after(0, 10).await.unwrap(), []);
    assert_eq!(store.latest_position().await.unwrap(), 0);
}

async fn first_commit_is_revision_one<S: CatalogStore>(store: &Arc<S>) {
    let outcome = store
        .commit(change(tenant(1), Expected::Absent, "first"))
        .await
        .unwrap();
    assert_eq!(outcome, CommitOutcome::Committed(Revision(1)));
    assert_eq!(store.current_revision(tenant(1)).await.unwrap(), Some(Revision(1)));
}

async fn every_revision_reads_back<S: CatalogStore>(store: &Arc<S>) {
    let names = ["a", "b", "c", "a"];
    for (index, name) in names.into_iter().enumerate() {
        let mut new = change(tenant(1), Expected::Any, name);
        new.at = time(index as i64);
        new.note = (index % 2 == 0).then(|| format!("note {index}"));
        assert_eq!(commit(&**store, new).await, Revision(index as u64 + 1));
    }
    for (index, name) in names.into_iter().enumerate() {
        let revision = Revision(index as u64 + 1);
        let stored = store.get_revision(tenant(1), Some(revision)).await.unwrap().unwrap();
        assert_eq!(stored.tenant, tenant(1));
        assert_eq!(stored.revision, revision);
        assert_eq!(stored.document, document(tenant(1), name));
        assert_eq!(stored.author, format!("author of {name}"));
        assert_eq!(stored.at, time(index as i64));
        assert_eq!(stored.note, (index % 2 == 0).then(|| format!("note {index}")));
    }
    let current = store.get_revision(tenant(1), None).await.unwrap().unwrap();
    assert_eq!(current.revision, Revision(4));
    for unknown in [0, 5, u64::MAX] {
        assert_eq!(
            store.get_revision(tenant(1), Some(Revision(unknown))).await.unwrap(),
            None
        );
    }
}

async fn equal_document_is_unchanged<S: CatalogStore>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Any, "a")).await;
    let mut again = change(tenant(1), Expected::Any, "a");
    again.author = "somebody else".to_owned();
    again.at = time(9);
    assert_eq!(
        store.commit(again).await.unwrap(),
        CommitOutcome::Unchanged(Revision(1))
    );
    let stored = store.get_revision(tenant(1), None).await.unwrap().unwrap();
    assert_eq!((stored.author.as_str(), stored.at), ("author of a", time(0)));
    assert_eq!(store.latest_position().await.unwrap(), 1);
}

async fn expectations_are_checked_before_equality<S: CatalogStore>(store: &Arc<S>) {
    let one = Revision(1);
    let conflict = |current| CommitOutcome::Conflict { current };
    let exactly = |n| Expected::Exactly(Revision(n));

    let cases = [(exactly(0), conflict(None)), (exactly(1), conflict(None))];
    for (expected, outcome) in cases {
        assert_eq!(
            store.commit(change(tenant(1), expected, "a")).await.unwrap(),
            outcome,
            "{expected:?}"
        );
    }
    commit(&**store, change(tenant(1), Expected::Absent, "a")).await;
    let cases = [
        (Expected::Absent, "a", conflict(Some(one))),
        (Expected::Absent, "b", conflict(Some(one))),
        (exactly(0), "b", conflict(Some(one))),
        (exactly(2), "a", conflict(Some(one))),
        (exactly(1), "a", CommitOutcome::Unchanged(one)),
        (exactly(1), "b", CommitOutcome::Committed(Revision(2))),
        (exactly(1), "c", conflict(Some(Revision(2)))),
    ];
    for (expected, name, outcome) in cases {
        assert_eq!(
            store.commit(change(tenant(1), expected, name)).await.unwrap(),
            outcome,
            "{expected:?} {name}"
        );
    }
}

async fn document_of_another_tenant_is_invalid<S: CatalogStore>(store: &Arc<S>) {
    let mut wrong = change(tenant(1), Expected::Any, "a");
    wrong.tenant = tenant(2);
    assert!(matches!(store.commit(wrong).await, Err(StoreError::Invalid { .. })));
    assert_eq!(store.latest_position().await.unwrap(), 0);
}

async fn tenants_are_independent<S: CatalogStore>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Absent, "a")).await;
    commit(&**store, change(tenant(1), Expected::Any, "b")).await;
    assert_eq!(
        commit(&**store, change(tenant(2), Expected::Absent, "a")).await,
        Revision(1)
    );
    assert_eq!(store.current_revision(tenant(1)).await.unwrap(), Some(Revision(2)));
    assert_eq!(store.list_revisions(tenant(2), None, 10).await.unwrap().len(), 1);
}

async fn tenants_list_by_id<S: CatalogStore>(store: &Arc<S>) {
    for n in [3, 200, 1, 2] {
        commit(&**store, change(tenant(n), Expected::Any, "a")).await;
    }
    let ids = async |after, limit| -> Vec<_> {
        let tenants = store.list_tenants(after, limit).await.unwrap();
        tenants.into_iter().map(|summary| summary.id).collect()
    };
    assert_eq!(ids(None, 10).await, [tenant(1), tenant(2), tenant(3), tenant(200)]);
    assert_eq!(ids(None, 2).await, [tenant(1), tenant(2)]);
    assert_eq!(ids(Some(tenant(2)), 2).await, [tenant(3), tenant(200)]);
    assert_eq!(ids(Some(tenant(100)), 10).await, [tenant(200)]);
    assert_eq!(ids(Some(tenant(200)), 10).await, []);
    assert_eq!(ids(None, 0).await, []);
}

async fn tenant_summary_follows_the_current_document<S: CatalogStore>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Any, "old")).await;
    let mut renamed = (*document(tenant(1), "new")).clone();
    renamed.key = None;
    let mut new = change(tenant(1), Expected::Any, "new");
    new.document = Arc::new(renamed);
    commit(&**store, new).await;
    let [summary] = store.list_tenants(None, 10).await.unwrap().try_into().unwrap();
    assert_eq!(
        (summary.display_name.as_str(), summary.key, summary.revision),
        ("new", None, Revision(2))
    );
}

async fn revisions_list_newest_first<S: CatalogStore>(store: &Arc<S>) {
    for (index, name) in ["a", "b", "c"].into_iter().enumerate() {
        let mut new = change(tenant(1), Expected::Any, name);
        new.at = time(index as i64);
        commit(&**store, new).await;
    }
    let all = store.list_revisions(tenant(1), None, 10).await.unwrap();
    let numbers: Vec<u64> = all.iter().map(|summary| summary.revision.0).collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!((all[0].author.as_str(), all[0].at), ("author of c", time(2)));
    assert_eq!(all[0].note.as_deref(), Some("note on c"));
    assert_eq!(store.list_revisions(tenant(1), None, 2).await.unwrap(), all[..2]);
    assert_eq!(
        store.list_revisions(tenant(1), Some(Revision(3)), 1).await.unwrap(),
        all[1..2]
    );
    assert_eq!(
        store
            .list_revisions(tenant(1), Some(Revision(u64::MAX)), 9)
            .await
            .unwrap(),
        all
    );
    assert_eq!(store.list_revisions(tenant(1), Some(Revision(1)), 9).await.unwrap(), []);
}

async fn changes_resume_without_gaps<S: CatalogStore>(store: &Arc<S>) {
    for (n, name) in [(1, "a"), (2, "a"), (1, "b"), (3, "a"), (2, "b")] {
        commit(&**store, change(tenant(n), Expected::Any, name)).await;
    }
    let all = store.changes_after(0, 10).await.unwrap();
    let seen: Vec<_> = all.iter().map(|change| (change.tenant, change.revision.0)).collect();
    let expected = [
        (tenant(1), 1),
        (tenant(2), 1),
        (tenant(1), 2),
        (tenant(3), 1),
        (tenant(2), 2),
    ];
    assert_eq!(seen, expected);
    assert!(all[0].position > 0 && all.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(all.iter().all(|change| change.at == time(0)));
    let latest = store.latest_position().await.unwrap();
    assert_eq!(latest, all[4].position);

    let mut resumed = Vec::new();
    let mut position = 0;
    while position < latest {
        let page = store.changes_after(position, 2).await.unwrap();
        position = page.last().unwrap().position;
        resumed.extend(page);
    }
    assert_eq!(resumed, all);
    assert_eq!(store.changes_after(latest, 10).await.unwrap(), []);
    assert_eq!(store.changes_after(u64::MAX, 10).await.unwrap(), []);
}

async fn refused_commits_leave_no_change<S: CatalogStore>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Any, "a")).await;
    let before = store.changes_after(0, 10).await.unwrap();
    store.commit(change(tenant(1), Expected::Any, "a")).await.unwrap();
    store.commit(change(tenant(1), Expected::Absent, "b")).await.unwrap();
    store
        .commit(change(tenant(2), Expected::Exactly(Revision(4)), "b"))
        .await
        .unwrap();
    assert_eq!(store.changes_after(0, 10).await.unwrap(), before);
    assert_eq!(store.list_tenants(None, 10).await.unwrap().len(), 1);
    assert_eq!(store.list_revisions(tenant(1), None, 10).await.unwrap().len(), 1);
}

async fn concurrent_commits_to_one_revision_have_one_winner<S: CatalogStore + 'static>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Absent, "base")).await;
    let mut tasks = JoinSet::new();
    for writer in 0..8 {
        let store = Arc::clone(store);
        let new = change(tenant(1), Expected::Exactly(Revision(1)), &format!("writer {writer}"));
        tasks.spawn(async move { store.commit(new).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let won = CommitOutcome::Committed(Revision(2));
    let lost = CommitOutcome::Conflict {
        current: Some(Revision(2)),
    };
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == won).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == lost).count(), 7);
    assert_eq!(store.current_revision(tenant(1)).await.unwrap(), Some(Revision(2)));
}

async fn concurrent_commits_of_any_revision_all_count<S: CatalogStore + 'static>(store: &Arc<S>) {
    let mut tasks = JoinSet::new();
    for writer in 0..16_u8 {
        let store = Arc::clone(store);
        let new = change(tenant(writer % 2), Expected::Any, &format!("writer {writer}"));
        tasks.spawn(async move { commit(&*store, new).await });
    }
    let mut revisions: Vec<u64> = tasks.join_all().await.into_iter().map(|revision| revision.0).collect();
    revisions.sort_unstable();
    let expected: Vec<u64> = (1..=8).flat_map(|n| [n, n]).collect();
    assert_eq!(revisions, expected);
    assert_eq!(store.changes_after(0, 100).await.unwrap().len(), 16);
}

async fn readers_see_whole_commits<S: CatalogStore + 'static>(store: &Arc<S>) {
    let writer = {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            for round in 0..20 {
                commit(&*store, change(tenant(1), Expected::Any, &format!("round {round}"))).await;
            }
        })
    };
    let mut seen = 0;
    while seen < 20 {
        let changes = store.changes_after(seen, 100).await.unwrap();
        for change in &changes {
            assert_eq!(change.revision.0, seen + 1, "a change was skipped or seen twice");
            seen = change.position;
            let stored = store
                .get_revision(tenant(1), Some(change.revision))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(stored.document.display_name, format!("round {}", change.revision.0 - 1));
        }
        let current = store.current_revision(tenant(1)).await.unwrap().unwrap_or_default();
        assert!(current.0 >= seen, "the tenant is behind its changes");
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}

async fn document_of_a_thousand_labels_reads_back<S: CatalogStore>(store: &Arc<S>) {
    let mut large = (*document(tenant(1), "large")).clone();
    let first = large.labels[0].clone();
    large.labels.extend((2..=1_000_u32).map(|n| {
        let mut label = first.clone();
        label.id = signet_domain::ids::LabelId::from_uuid(super::samples::guid(9, n));
        label.description = "x".repeat(200);
        label
    }));
    let mut new = change(tenant(1), Expected::Any, "large");
    new.document = Arc::new(large);
    let document = Arc::clone(&new.document);
    commit(&**store, new).await;
    let stored = store.get_revision(tenant(1), None).await.unwrap().unwrap();
    assert_eq!(stored.document, document);
}

/// Longer than a test may take: whoever waits so long has not been woken.
const FOR_EVER: Duration = Duration::from_secs(600);

/// Fails when it takes longer than any machine needs.
async fn in_time(waiting: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(30), waiting).await.unwrap();
}

async fn waiting_ends_with_a_change<S: CatalogStore + 'static>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Any, "a")).await;
    let known = store.latest_position().await.unwrap();
    let waiting = {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.wait_for_change(known, FOR_EVER).await })
    };
    tokio::task::yield_now().await;
    commit(&**store, change(tenant(2), Expected::Any, "a")).await;
    in_time(async { waiting.await.unwrap() }).await;
    assert!(store.latest_position().await.unwrap() > known);
}

async fn waiting_for_what_is_there_ends_at_once<S: CatalogStore>(store: &Arc<S>) {
    commit(&**store, change(tenant(1), Expected::Any, "a")).await;
    in_time(store.wait_for_change(0, FOR_EVER)).await;
}

async fn waiting_ends_without_a_change<S: CatalogStore>(store: &Arc<S>) {
    in_time(store.wait_for_change(0, Duration::from_millis(1))).await;
    commit(&**store, change(tenant(1), Expected::Any, "a")).await;
    let known = store.latest_position().await.unwrap();
    in_time(store.wait_for_change(known, Duration::from_millis(1))).await;
    in_time(store.wait_for_change(u64::MAX, Duration::from_millis(1))).await;
}

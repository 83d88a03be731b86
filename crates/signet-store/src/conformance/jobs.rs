//! What a [`JobStore`] must do.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::run_cases;
use super::samples::{guid, tenant, time};
use crate::jobs::{Enqueued, JobEnd, JobKey, JobRow, JobState, JobStore, NewJob};

/// Runs the suite; `make` gives an empty store each time.
pub async fn run<S, F, Made>(make: F)
where
    S: JobStore + 'static,
    F: Fn() -> Made,
    Made: Future<Output = S>,
{
    run_cases!(make;
        a_job_reads_back_whole,
        a_job_is_there_once,
        capacity_is_per_tenant_and_queue,
        finished_jobs_take_no_room,
        the_longest_available_job_is_leased_first,
        a_job_is_leased_from_its_time_on,
        other_queues_are_left_alone,
        a_leased_job_is_not_leased_again_before_its_time,
        a_lost_lease_changes_nothing,
        an_extended_lease_lasts_longer,
        a_retried_job_waits,
        a_forgotten_job_may_be_enqueued_anew,
        a_finished_job_is_kept_until_it_is_purged,
        keys_of_other_tenants_and_queues_are_absent,
        unfinished_jobs_are_counted,
        concurrent_callers_enqueue_once,
        concurrent_workers_share_the_jobs,
    );
}

fn key(tenant_number: u8, queue: &str, name: &str) -> JobKey {
    JobKey {
        tenant: tenant(tenant_number),
        queue: queue.to_owned(),
        name: name.to_owned(),
    }
}

/// Job `name` of tenant 1 in queue `q`, asked for `seconds` into the test.
fn job(name: &str, seconds: i64) -> NewJob {
    NewJob {
        key: key(1, "q", name),
        payload: format!("{{\"é\":\"{name}\"}}"),
        at: time(seconds),
    }
}

fn lease(n: u32) -> Uuid {
    guid(9, n)
}

async fn add<S: JobStore>(store: &S, job: NewJob) -> Enqueued {
    store.enqueue_job(job, 100).await.unwrap()
}

/// Leases from queue `q` at `now`, for ten seconds.
async fn take<S: JobStore>(store: &S, n: u32, now: i64) -> Option<JobRow> {
    let leased = store.lease_job("q", lease(n), time(now), time(now + 10)).await;
    leased.unwrap()
}

async fn state<S: JobStore>(store: &S, name: &str) -> Option<JobState> {
    store.find_job(&key(1, "q", name)).await.unwrap().map(|row| row.state)
}

fn keep(until: Timestamp) -> JobEnd {
    JobEnd::Keep {
        result: "{\"ok\":\"ü\"}".to_owned(),
        until,
    }
}

async fn a_job_reads_back_whole<S: JobStore>(store: &Arc<S>) {
    assert_eq!(state(&**store, "a").await, None);
    assert_eq!(add(&**store, job("a", 1)).await, Enqueued::Queued);
    let mut expected = JobRow {
        key: key(1, "q", "a"),
        payload: job("a", 1).payload,
        created_at: time(1),
        attempts: 0,
        lost: 0,
        state: JobState::Waiting { from: time(1) },
    };
    let found = store.find_job(&expected.key).await.unwrap();
    assert_eq!(found.as_ref(), Some(&expected));
    expected.attempts = 1;
    expected.state = JobState::Leased {
        lease: lease(1),
        until: time(12),
    };
    assert_eq!(take(&**store, 1, 2).await.as_ref(), Some(&expected));
    assert_eq!(store.find_job(&expected.key).await.unwrap(), Some(expected));
}

async fn a_job_is_there_once<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    let again = NewJob {
        payload: "other".to_owned(),
        ..job("a", 5)
    };
    assert_eq!(add(&**store, again.clone()).await, Enqueued::AlreadyThere);
    assert_eq!(take(&**store, 1, 2).await.unwrap().payload, job("a", 1).payload);
    assert_eq!(add(&**store, again.clone()).await, Enqueued::AlreadyThere);
    assert!(store.finish_job(&again.key, lease(1), keep(time(90))).await.unwrap());
    assert_eq!(add(&**store, again).await, Enqueued::AlreadyThere);
}

async fn capacity_is_per_tenant_and_queue<S: JobStore>(store: &Arc<S>) {
    for (tenant, queue, name, expected) in [
        (1, "q", "a", Enqueued::Queued),
        (1, "q", "b", Enqueued::Queued),
        (1, "q", "c", Enqueued::NoRoom),
        (1, "q", "a", Enqueued::AlreadyThere),
        (2, "q", "c", Enqueued::Queued),
        (1, "r", "c", Enqueued::Queued),
    ] {
        let job = NewJob {
            key: key(tenant, queue, name),
            ..job(name, 1)
        };
        assert_eq!(
            store.enqueue_job(job, 2).await.unwrap(),
            expected,
            "{tenant} {queue} {name}"
        );
    }
    assert_eq!(state(&**store, "c").await, None);
}

async fn finished_jobs_take_no_room<S: JobStore>(store: &Arc<S>) {
    assert_eq!(store.enqueue_job(job("a", 1), 1).await.unwrap(), Enqueued::Queued);
    take(&**store, 1, 1).await.unwrap();
    assert_eq!(store.enqueue_job(job("b", 1), 1).await.unwrap(), Enqueued::NoRoom);
    store
        .finish_job(&key(1, "q", "a"), lease(1), keep(time(90)))
        .await
        .unwrap();
    assert_eq!(store.enqueue_job(job("b", 1), 1).await.unwrap(), Enqueued::Queued);
}

async fn unfinished_jobs_are_counted<S: JobStore>(store: &Arc<S>) {
    assert_eq!(store.count_jobs("q").await.unwrap(), 0);
    add(&**store, job("a", 1)).await;
    add(&**store, job("b", 2)).await;
    for (tenant, queue) in [(2, "q"), (1, "r")] {
        let other = NewJob {
            key: key(tenant, queue, "a"),
            ..job("a", 3)
        };
        add(&**store, other).await;
    }
    assert_eq!(store.count_jobs("q").await.unwrap(), 3);
    take(&**store, 1, 5).await.unwrap();
    assert_eq!(store.count_jobs("q").await.unwrap(), 3);
    let done = key(1, "q", "a");
    assert!(store.finish_job(&done, lease(1), keep(time(90))).await.unwrap());
    assert_eq!(store.count_jobs("q").await.unwrap(), 2);
    assert_eq!(store.count_jobs("r").await.unwrap(), 1);
}

async fn the_longest_available_job_is_leased_first<S: JobStore>(store: &Arc<S>) {
    for (name, at) in [("a", 3), ("b", 1), ("c", 2)] {
        add(&**store, job(name, at)).await;
    }
    let mut order = Vec::new();
    while let Some(row) = take(&**store, 1, 5).await {
        order.push(row.key.name);
    }
    assert_eq!(order, ["b", "c", "a"]);
}

async fn a_job_is_leased_from_its_time_on<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 5)).await;
    assert_eq!(take(&**store, 1, 4).await, None);
    assert!(take(&**store, 1, 5).await.is_some());
}

async fn other_queues_are_left_alone<S: JobStore>(store: &Arc<S>) {
    let other = NewJob {
        key: key(1, "r", "a"),
        ..job("a", 1)
    };
    add(&**store, other).await;
    assert_eq!(take(&**store, 1, 5).await, None);
}

async fn a_leased_job_is_not_leased_again_before_its_time<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    assert_eq!(take(&**store, 1, 1).await.unwrap().attempts, 1);
    assert_eq!(take(&**store, 2, 10).await, None);
    let again = take(&**store, 2, 11).await.unwrap();
    assert_eq!((again.attempts, again.lost), (2, 1));
    assert_eq!(
        again.state,
        JobState::Leased {
            lease: lease(2),
            until: time(21)
        }
    );
}

async fn a_lost_lease_changes_nothing<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    let a = key(1, "q", "a");
    let nobody = lease(7);
    assert!(!store.finish_job(&a, nobody, JobEnd::Forget).await.unwrap());
    take(&**store, 1, 1).await.unwrap();
    take(&**store, 2, 20).await.unwrap();
    let held = state(&**store, "a").await;
    for lost in [lease(1), nobody] {
        assert!(!store.extend_job(&a, lost, time(90)).await.unwrap());
        assert!(!store.retry_job(&a, lost, time(90)).await.unwrap());
        assert!(!store.finish_job(&a, lost, JobEnd::Forget).await.unwrap());
        assert!(!store.finish_job(&a, lost, keep(time(90))).await.unwrap());
    }
    assert_eq!(state(&**store, "a").await, held);
    assert!(
        !store
            .finish_job(&key(1, "q", "b"), lease(1), JobEnd::Forget)
            .await
            .unwrap()
    );
}

async fn an_extended_lease_lasts_longer<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    take(&**store, 1, 1).await.unwrap();
    assert!(store.extend_job(&key(1, "q", "a"), lease(1), time(30)).await.unwrap());
    assert_eq!(take(&**store, 2, 29).await, None);
    assert!(take(&**store, 2, 30).await.is_some());
}

async fn a_retried_job_waits<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    take(&**store, 1, 1).await.unwrap();
    assert!(store.retry_job(&key(1, "q", "a"), lease(1), time(8)).await.unwrap());
    assert_eq!(state(&**store, "a").await, Some(JobState::Waiting { from: time(8) }));
    assert_eq!(take(&**store, 2, 7).await, None);
    let again = take(&**store, 2, 8).await.unwrap();
    assert_eq!((again.attempts, again.lost), (2, 0), "it was given back");
}

async fn a_forgotten_job_may_be_enqueued_anew<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    take(&**store, 1, 1).await.unwrap();
    assert!(
        store
            .finish_job(&key(1, "q", "a"), lease(1), JobEnd::Forget)
            .await
            .unwrap()
    );
    assert_eq!(state(&**store, "a").await, None);
    assert_eq!(add(&**store, job("a", 2)).await, Enqueued::Queued);
    assert_eq!(take(&**store, 2, 2).await.unwrap().attempts, 1);
}

async fn a_finished_job_is_kept_until_it_is_purged<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    add(&**store, job("b", 1)).await;
    take(&**store, 1, 1).await.unwrap();
    assert!(
        store
            .finish_job(&key(1, "q", "a"), lease(1), keep(time(50)))
            .await
            .unwrap()
    );
    let finished = JobState::Finished {
        result: "{\"ok\":\"ü\"}".to_owned(),
        keep_until: time(50),
    };
    assert_eq!(state(&**store, "a").await, Some(finished.clone()));
    assert_eq!(take(&**store, 2, 60).await.unwrap().key.name, "b");
    assert_eq!(take(&**store, 3, 60).await, None);
    assert_eq!(store.purge_jobs(time(50)).await.unwrap(), 0);
    assert_eq!(state(&**store, "a").await, Some(finished));
    assert_eq!(store.purge_jobs(time(51)).await.unwrap(), 1);
    assert_eq!(state(&**store, "a").await, None);
    assert!(state(&**store, "b").await.is_some());
}

async fn keys_of_other_tenants_and_queues_are_absent<S: JobStore>(store: &Arc<S>) {
    add(&**store, job("a", 1)).await;
    for other in [key(2, "q", "a"), key(1, "Q", "a"), key(1, "q", "A"), key(1, "q", "")] {
        assert_eq!(store.find_job(&other).await.unwrap(), None, "{other:?}");
    }
}

async fn concurrent_callers_enqueue_once<S: JobStore + 'static>(store: &Arc<S>) {
    let mut tasks = JoinSet::new();
    for at in 0..8 {
        let store = Arc::clone(store);
        tasks.spawn(async move { add(&*store, job("a", at)).await });
    }
    let outcomes = tasks.join_all().await;
    let queued = outcomes.iter().filter(|outcome| **outcome == Enqueued::Queued);
    assert_eq!(queued.count(), 1, "{outcomes:?}");
}

async fn concurrent_workers_share_the_jobs<S: JobStore + 'static>(store: &Arc<S>) {
    for n in 0..20 {
        add(&**store, job(&format!("job {n}"), 1)).await;
    }
    let mut workers = JoinSet::new();
    for worker in 0..4 {
        let store = Arc::clone(store);
        workers.spawn(async move {
            let mut names = Vec::new();
            while let Some(row) = take(&*store, worker, 5).await {
                names.push(row.key.name);
            }
            names
        });
    }
    let names: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    let different: HashSet<&String> = names.iter().collect();
    assert_eq!((names.len(), different.len()), (20, 20));
}

//! What a [`DecisionLog`] must do.

use std::sync::Arc;

use signet_domain::ids::{Revision, TenantId};
use signet_domain::record::{AuditFacts, AuditLabelEvent, AuditProtectionEvent, DecisionRecord, Operation, Outcome};
use tokio::task::JoinSet;

use super::run_cases;
use super::samples::{guid, label, record, tenant, time, user};
use crate::decision_log::{DecisionFilter, DecisionLog};

/// Runs the suite; `make` gives an empty store each time.
pub async fn run<S, F, Made>(make: F)
where
    S: DecisionLog + 'static,
    F: Fn() -> Made,
    Made: Future<Output = S>,
{
    run_cases!(make;
        empty_log_has_nothing,
        sequences_start_at_one_and_have_no_gaps,
        each_tenant_counts_for_itself,
        record_reads_back_whole,
        given_sequence_is_ignored,
        repeated_append_writes_again,
        list_pages_forward,
        list_pages_backward,
        filters_select,
        filters_hold_together,
        filters_select_among_many_written_together,
        filters_page_over_everything_else,
        concurrent_appends_have_no_gaps,
        many_calls_at_once,
        readers_see_no_gaps,
        a_thousand_records_at_once,
    );
}

async fn all<S: DecisionLog>(store: &S, tenant: TenantId) -> Vec<DecisionRecord> {
    store
        .list(tenant, &DecisionFilter::default(), 0, u32::MAX, false)
        .await
        .unwrap()
}

fn numbers(records: &[DecisionRecord]) -> Vec<u64> {
    records.iter().map(|record| record.sequence).collect()
}

fn records(tenant: TenantId, from: u32, to: u32) -> Vec<DecisionRecord> {
    (from..=to).map(|n| record(tenant, n)).collect()
}

async fn empty_log_has_nothing<S: DecisionLog>(store: &Arc<S>) {
    assert_eq!(store.latest_sequence(tenant(1)).await.unwrap(), 0);
    assert_eq!(all(&**store, tenant(1)).await, []);
    assert!(store.append(Vec::new()).await.unwrap().is_empty());
}

async fn sequences_start_at_one_and_have_no_gaps<S: DecisionLog>(store: &Arc<S>) {
    assert_eq!(store.append(records(tenant(1), 1, 3)).await.unwrap(), [1, 2, 3]);
    assert_eq!(store.append(records(tenant(1), 4, 5)).await.unwrap(), [4, 5]);
    assert_eq!(store.latest_sequence(tenant(1)).await.unwrap(), 5);
    let stored = all(&**store, tenant(1)).await;
    assert_eq!(numbers(&stored), [1, 2, 3, 4, 5]);
    let ids: Vec<_> = stored.iter().map(|record| record.id).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5].map(|n| guid(4, n)));
}

async fn each_tenant_counts_for_itself<S: DecisionLog>(store: &Arc<S>) {
    let (one, two) = (tenant(1), tenant(2));
    let mixed = vec![
        record(one, 1),
        record(two, 2),
        record(two, 3),
        record(one, 4),
        record(two, 5),
    ];
    assert_eq!(store.append(mixed).await.unwrap(), [1, 1, 2, 2, 3]);
    assert_eq!(
        store.append(vec![record(two, 6), record(one, 7)]).await.unwrap(),
        [4, 3]
    );
    assert_eq!(store.latest_sequence(one).await.unwrap(), 3);
    let stored = all(&**store, two).await;
    assert_eq!(numbers(&stored), [1, 2, 3, 4]);
    assert!(stored.iter().all(|record| record.tenant_id == two));
}

async fn record_reads_back_whole<S: DecisionLog>(store: &Arc<S>) {
    let full = DecisionRecord {
        revision: Revision(u64::from(u32::MAX)),
        operation: Operation::AssignSensitivityLabel,
        outcome: Outcome::Refused,
        reason: Some("LABEL_DISABLED".to_owned()),
        user_id: Some(user(1)),
        user_principal_name: Some("zoë@contoso.com".to_owned()),
        client_request_id: Some("abc".into()),
        label_before: Some(label(1)),
        label_after: Some(label(2)),
        justification: Some("weil \"es\" sein muss\n\u{1f512}".to_owned()),
        audit: Some(audit()),
        ..record(tenant(1), 1)
    };
    let plain = DecisionRecord {
        application_id: None,
        application_name: None,
        content_identifier: None,
        matched_types: Vec::new(),
        ..record(tenant(1), 2)
    };
    store.append(vec![full.clone(), plain.clone()]).await.unwrap();
    let expected = [
        DecisionRecord { sequence: 1, ..full },
        DecisionRecord { sequence: 2, ..plain },
    ];
    assert_eq!(all(&**store, tenant(1)).await, expected);
}

fn audit() -> AuditFacts {
    AuditFacts {
        operation: "SensitivityLabelUpdated".into(),
        user_type: 0,
        data_state: "Use".into(),
        sensitivity_label_event_data: AuditLabelEvent {
            sensitivity_label_id: Some(label(2)),
            justification_text: Some("weil".to_owned()),
            ..AuditLabelEvent::default()
        },
        protection_event_data: Some(AuditProtectionEvent {
            protection_type: Some("Custom".into()),
            is_protected: true,
            ..AuditProtectionEvent::default()
        }),
    }
}

async fn given_sequence_is_ignored<S: DecisionLog>(store: &Arc<S>) {
    let mut odd = record(tenant(1), 1);
    odd.sequence = 99;
    assert_eq!(store.append(vec![odd]).await.unwrap(), [1]);
    assert_eq!(numbers(&all(&**store, tenant(1)).await), [1]);
}

async fn repeated_append_writes_again<S: DecisionLog>(store: &Arc<S>) {
    assert_eq!(store.append(records(tenant(1), 1, 2)).await.unwrap(), [1, 2]);
    assert_eq!(store.append(records(tenant(1), 1, 2)).await.unwrap(), [3, 4]);
    assert_eq!(numbers(&all(&**store, tenant(1)).await), [1, 2, 3, 4]);
}

async fn list_pages_forward<S: DecisionLog>(store: &Arc<S>) {
    store.append(records(tenant(1), 1, 5)).await.unwrap();
    for (after, limit, expected) in [
        (0, 2, vec![1, 2]),
        (2, 2, vec![3, 4]),
        (4, 2, vec![5]),
        (5, 2, vec![]),
        (u64::MAX, 2, vec![]),
        (0, 0, vec![]),
    ] {
        let page = store
            .list(tenant(1), &DecisionFilter::default(), after, limit, false)
            .await
            .unwrap();
        assert_eq!(numbers(&page), expected, "after {after}");
    }
}

async fn list_pages_backward<S: DecisionLog>(store: &Arc<S>) {
    store.append(records(tenant(1), 1, 5)).await.unwrap();
    for (after, limit, expected) in [
        (0, 2, vec![5, 4]),
        (4, 2, vec![3, 2]),
        (2, 2, vec![1]),
        (1, 2, vec![]),
        (u64::MAX, 1, vec![5]),
        (0, 0, vec![]),
    ] {
        let page = store
            .list(tenant(1), &DecisionFilter::default(), after, limit, true)
            .await
            .unwrap();
        assert_eq!(numbers(&page), expected, "before {after}");
    }
}

/// Records 1 to 4 of tenant 1, each different from the others in one property.
async fn fill<S: DecisionLog>(store: &S) {
    let by_user = DecisionRecord {
        user_id: Some(user(1)),
        application_name: None,
        ..record(tenant(1), 1)
    };
    let removal = DecisionRecord {
        operation: Operation::EvaluateRemoval,
        label_before: Some(label(1)),
        ..record(tenant(1), 2)
    };
    let refused = DecisionRecord {
        outcome: Outcome::Refused,
        application_id: Some("other".into()),
        label_after: Some(label(1)),
        ..record(tenant(1), 3)
    };
    let both = DecisionRecord {
        user_id: Some(user(2)),
        label_before: Some(label(2)),
        label_after: Some(label(1)),
        ..record(tenant(1), 4)
    };
    store.append(vec![by_user, removal, refused, both]).await.unwrap();
}

async fn filters_select<S: DecisionLog>(store: &Arc<S>) {
    fill(&**store).await;
    let none = DecisionFilter::default;
    let application = |text: &str| DecisionFilter {
        application: Some(text.to_owned()),
        ..none()
    };
    let from_to = |from: Option<i64>, to: Option<i64>| DecisionFilter {
        from: from.map(time),
        to: to.map(time),
        ..none()
    };
    let cases = [
        (none(), vec![1, 2, 3, 4]),
        (from_to(Some(2), None), vec![2, 3, 4]),
        (from_to(None, Some(2)), vec![1]),
        (from_to(Some(2), Some(4)), vec![2, 3]),
        (from_to(Some(4), Some(4)), vec![]),
        (
            DecisionFilter {
                from: Some(time(2) + jiff::SignedDuration::from_nanos(1)),
                ..none()
            },
            vec![3, 4],
        ),
        (
            DecisionFilter {
                from: Some(jiff::Timestamp::MIN),
                to: Some(jiff::Timestamp::MAX),
                ..none()
            },
            vec![1, 2, 3, 4],
        ),
        (
            DecisionFilter {
                user: Some(user(1)),
                ..none()
            },
            vec![1],
        ),
        (
            DecisionFilter {
                user: Some(user(9)),
                ..none()
            },
            vec![],
        ),
        (application("gateway"), vec![2, 3, 4]),
        (application("8B2B4A3E-0000-4000-8000-00000000a001"), vec![1, 2, 4]),
        (application("other"), vec![3]),
        (application("gate%"), vec![]),
        (application(""), vec![]),
        (
            DecisionFilter {
                label: Some(label(1)),
                ..none()
            },
            vec![2, 3, 4],
        ),
        (
            DecisionFilter {
                label: Some(label(2)),
                ..none()
            },
            vec![4],
        ),
        (
            DecisionFilter {
                label: Some(label(3)),
                ..none()
            },
            vec![],
        ),
        (
            DecisionFilter {
                operation: Some(Operation::EvaluateRemoval),
                ..none()
            },
            vec![2],
        ),
        (
            DecisionFilter {
                operation: Some(Operation::UsageRights),
                ..none()
            },
            vec![],
        ),
        (
            DecisionFilter {
                outcome: Some(Outcome::Refused),
                ..none()
            },
            vec![3],
        ),
        (
            DecisionFilter {
                outcome: Some(Outcome::Unchanged),
                ..none()
            },
            vec![1, 2, 4],
        ),
    ];
    for (filter, expected) in cases {
        let found = store.list(tenant(1), &filter, 0, 10, false).await.unwrap();
        assert_eq!(numbers(&found), expected, "{filter:?}");
        let newest_first = store.list(tenant(1), &filter, 0, 10, true).await.unwrap();
        assert_eq!(
            numbers(&newest_first),
            expected.into_iter().rev().collect::<Vec<_>>(),
            "{filter:?}"
        );
        assert_eq!(store.list(tenant(2), &filter, 0, 10, false).await.unwrap(), []);
    }
}

/// However a store keeps records that were written together, each is found by what is in it.
async fn filters_select_among_many_written_together<S: DecisionLog>(store: &Arc<S>) {
    let mut written = records(tenant(1), 1, 200);
    for (record, number) in written.iter_mut().zip(1..) {
        record.label_before = (number == 7).then(|| label(1));
        record.label_after = (number % 50 == 0).then(|| label(1)).or(Some(label(2)));
        record.user_id = (number % 90 == 0).then(|| user(3));
        record.outcome = if number == 33 { Outcome::Refused } else { record.outcome };
    }
    store.append(written).await.unwrap();
    store.append(records(tenant(1), 201, 201)).await.unwrap();
    let none = DecisionFilter::default;
    let of_label = |number| DecisionFilter {
        label: Some(label(number)),
        ..none()
    };
    let of_user = DecisionFilter {
        user: Some(user(3)),
        ..none()
    };
    let refused = DecisionFilter {
        outcome: Some(Outcome::Refused),
        ..none()
    };
    let labelled_by_user = DecisionFilter {
        label: Some(label(2)),
        ..of_user.clone()
    };
    for (filter, expected) in [
        (of_label(1), vec![7, 50, 100, 150, 200]),
        (of_label(3), vec![]),
        (of_user, vec![90, 180]),
        (refused, vec![33]),
        (labelled_by_user, vec![90, 180]),
    ] {
        let found = store.list(tenant(1), &filter, 0, 1000, false).await.unwrap();
        assert_eq!(numbers(&found), expected, "{filter:?}");
        let back = store.list(tenant(1), &filter, 0, 1, true).await.unwrap();
        assert_eq!(
            numbers(&back),
            expected.last().map_or(vec![], |last| vec![*last]),
            "{filter:?}"
        );
    }
}

async fn filters_hold_together<S: DecisionLog>(store: &Arc<S>) {
    fill(&**store).await;
    let filter = DecisionFilter {
        from: Some(time(1)),
        to: Some(time(5)),
        user: Some(user(2)),
        application: Some("GATEWAY".to_owned()),
        label: Some(label(2)),
        operation: Some(Operation::EvaluateApplication),
        outcome: Some(Outcome::Unchanged),
    };
    assert_eq!(
        numbers(&store.list(tenant(1), &filter, 0, 10, false).await.unwrap()),
        [4]
    );
    assert_eq!(store.list(tenant(1), &filter, 4, 10, false).await.unwrap(), []);
    let filter = DecisionFilter {
        user: Some(user(1)),
        ..filter
    };
    assert_eq!(store.list(tenant(1), &filter, 0, 10, false).await.unwrap(), []);
}

async fn filters_page_over_everything_else<S: DecisionLog>(store: &Arc<S>) {
    let mut many = records(tenant(1), 1, 100);
    for record in many.iter_mut().step_by(10) {
        record.outcome = Outcome::Changed;
    }
    store.append(many).await.unwrap();
    let filter = DecisionFilter {
        outcome: Some(Outcome::Changed),
        ..DecisionFilter::default()
    };
    let page = store.list(tenant(1), &filter, 11, 3, false).await.unwrap();
    assert_eq!(numbers(&page), [21, 31, 41]);
    let page = store.list(tenant(1), &filter, 31, 3, true).await.unwrap();
    assert_eq!(numbers(&page), [21, 11, 1]);
}

async fn concurrent_appends_have_no_gaps<S: DecisionLog + 'static>(store: &Arc<S>) {
    let mut tasks = JoinSet::new();
    for writer in 0..8_u32 {
        let store = Arc::clone(store);
        let batch = records(tenant(1), writer * 10 + 1, writer * 10 + 10);
        tasks.spawn(async move { store.append(batch).await.unwrap() });
    }
    let batches = tasks.join_all().await;
    for batch in &batches {
        assert!(
            batch.windows(2).all(|pair| pair[0] + 1 == pair[1]),
            "a batch is not in one piece: {batch:?}"
        );
    }
    let mut given: Vec<u64> = batches.into_iter().flatten().collect();
    given.sort_unstable();
    assert_eq!(given, (1..=80).collect::<Vec<u64>>());
    assert_eq!(numbers(&all(&**store, tenant(1)).await), given);
}

async fn many_calls_at_once<S: DecisionLog + 'static>(store: &Arc<S>) {
    let mut tasks = JoinSet::new();
    for n in 1..=200_u32 {
        let store = Arc::clone(store);
        let tenant = tenant((n % 2) as u8);
        tasks.spawn(async move {
            let [sequence] = store.append(vec![record(tenant, n)]).await.unwrap().try_into().unwrap();
            (tenant, sequence, guid(4, n))
        });
    }
    let mut given = tasks.join_all().await;
    given.sort_unstable();
    for tenant in [tenant(0), tenant(1)] {
        let of_tenant = given.iter().filter(|(of, ..)| *of == tenant);
        let of_tenant: Vec<_> = of_tenant.map(|(_, sequence, id)| (*sequence, *id)).collect();
        let stored = all(&**store, tenant).await;
        assert_eq!(
            stored
                .iter()
                .map(|record| (record.sequence, record.id))
                .collect::<Vec<_>>(),
            of_tenant
        );
        assert_eq!(numbers(&stored), (1..=100).collect::<Vec<u64>>());
    }
}

async fn readers_see_no_gaps<S: DecisionLog + 'static>(store: &Arc<S>) {
    let writer = {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            for batch in 0..20_u32 {
                store
                    .append(records(tenant(1), batch * 5 + 1, batch * 5 + 5))
                    .await
                    .unwrap();
            }
        })
    };
    let mut last = 0;
    while last < 100 {
        let latest = store.latest_sequence(tenant(1)).await.unwrap();
        let page = store
            .list(tenant(1), &DecisionFilter::default(), last, 1_000, false)
            .await
            .unwrap();
        for record in &page {
            assert_eq!(record.sequence, last + 1);
            last = record.sequence;
        }
        assert!(last >= latest && last.is_multiple_of(5), "part of a batch was visible");
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}

async fn a_thousand_records_at_once<S: DecisionLog>(store: &Arc<S>) {
    let given = store.append(records(tenant(1), 1, 1_003)).await.unwrap();
    assert_eq!(given, (1..=1_003).collect::<Vec<u64>>());
    assert_eq!(store.latest_sequence(tenant(1)).await.unwrap(), 1_003);
    assert_eq!(all(&**store, tenant(1)).await.len(), 1_003);
}

//! Labels written into files.

use signet_contract::content::{AssignRequest, OperationStatus, Ticket};
use signet_contract::extraction::ItemAddress;
use signet_contract::{DriveContent, Extraction as _};
use signet_domain::content::AssignmentMethod;
use signet_domain::environment::Clock;
use signet_domain::error::ErrorReason::{self, *};
use signet_domain::ids::LabelId;
use signet_domain::record::Outcome;
use signet_store::JobStore;

use super::transfers::call;
use super::world::{
    BOB, DOUBLE_KEY_LABEL, HIGH_LABEL, LOW_LABEL, MARKING_LABEL, World, at, everything, person, reference,
};
use crate::deferred::EXTRACT;
use crate::readers::DocumentReader;
use crate::workers::ASSIGN;

/// A document of Word without a label.
const DOCX: &[u8] = include_bytes!("../../../../tests/cases/extraction/corpus/blank.docx");

fn world() -> World {
    let mut world = World::new();
    world.restart_with(std::sync::Arc::new(DocumentReader));
    std::fs::write(world.real("bob/a.docx"), DOCX).unwrap();
    world
}

fn request(path: &str, label: &str) -> AssignRequest {
    AssignRequest {
        item: reference("b!bob", at(path)),
        label_id: LabelId::parse(label).ok(),
        method: AssignmentMethod::Standard,
        justification: None,
    }
}

async fn assign(world: &World, request: AssignRequest) -> Result<Ticket, ErrorReason> {
    let assigned = world.service.assign_label(&everything(), request).await;
    assigned.map_err(|error| error.reason)
}

async fn status(world: &World, ticket: &Ticket) -> OperationStatus {
    world.service.get_operation(call(ticket)).await.unwrap()
}

async fn work(world: &World) {
    while world.service.run_job(ASSIGN).await.unwrap() {}
}

async fn labels(world: &World) -> Vec<String> {
    world.labels("b!bob", "a.docx").await.unwrap().0
}

#[tokio::test]
async fn a_label_is_written_by_a_worker_and_read_back() {
    let world = world();
    let before = world.item("b!bob", at("a.docx")).await.unwrap();
    assert!(labels(&world).await.is_empty());
    let ticket = assign(&world, request("a.docx", LOW_LABEL)).await.unwrap();
    assert_eq!(status(&world, &ticket).await, OperationStatus::NotStarted);
    assert!(labels(&world).await.is_empty());
    work(&world).await;
    let completed = OperationStatus::Completed {
        item_id: before.id.clone(),
    };
    assert_eq!(status(&world, &ticket).await, completed);
    assert_eq!(labels(&world).await, [LOW_LABEL]);
    let after = world.item("b!bob", at("a.docx")).await.unwrap();
    assert_eq!(after.id, before.id);
    assert_ne!(after.c_tag, before.c_tag);
    let records = world.records.kept.lock().unwrap();
    let record = records
        .iter()
        .find(|record| record.outcome == Outcome::Changed)
        .unwrap();
    assert_eq!(record.label_after.unwrap().to_string(), LOW_LABEL);
}

#[tokio::test]
async fn a_lower_label_or_none_needs_a_reason() {
    let world = world();
    assign(&world, request("a.docx", HIGH_LABEL)).await.unwrap();
    work(&world).await;
    for label in [LOW_LABEL, ""] {
        let asked = request("a.docx", label);
        assert_eq!(
            assign(&world, asked.clone()).await.unwrap_err(),
            InvalidArgument,
            "{label}"
        );
        let blank = AssignRequest {
            justification: Some("  ".to_owned()),
            ..asked
        };
        assert_eq!(assign(&world, blank).await.unwrap_err(), InvalidArgument, "{label}");
    }
    let reasoned = AssignRequest {
        justification: Some("it was published".to_owned()),
        ..request("a.docx", LOW_LABEL)
    };
    assign(&world, reasoned).await.unwrap();
    work(&world).await;
    assert_eq!(labels(&world).await, [LOW_LABEL]);
    let removal = AssignRequest {
        justification: Some("it was published".to_owned()),
        ..request("a.docx", "")
    };
    let ticket = assign(&world, removal).await.unwrap();
    let key = world
        .service
        .tickets
        .open(&ticket, signet_domain::environment::Clock::now(&*world.clock));
    let Some((tenant, crate::tickets::Grant::Operation(name))) = key else {
        panic!("an operation")
    };
    let key = signet_store::JobKey {
        tenant,
        queue: ASSIGN.to_owned(),
        name: name.to_string(),
    };
    let job = world.store.find_job(&key).await.unwrap().unwrap();
    assert!(
        !job.payload.contains("published"),
        "a justification is in the decision log or nowhere"
    );
    work(&world).await;
    assert!(labels(&world).await.is_empty());
    let kept = world.records.kept.lock().unwrap();
    assert!(
        kept.iter()
            .any(|record| record.justification.as_deref() == Some("it was published"))
    );
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_at_once() {
    let world = world();
    world.write("bob/a.txt", "");
    world.write("bob/a.xls", "");
    world.write("bob/broken.docx", "this is no package");
    world.write("bob/F/x", "");
    for (path, label, reason) in [
        ("a.txt", LOW_LABEL, FileTypeNotSupported),
        ("a.xls", LOW_LABEL, FileTypeNotSupported),
        ("F", LOW_LABEL, ItemIsFolder),
        ("gone.docx", LOW_LABEL, ItemNotFound),
        ("broken.docx", LOW_LABEL, MalformedContent),
        ("a.docx", "d76d8d7c-8674-53f0-8c69-79d068219aff", LabelNotFound),
        ("a.docx", DOUBLE_KEY_LABEL, NotSupported),
    ] {
        assert_eq!(
            assign(&world, request(path, label)).await.unwrap_err(),
            reason,
            "{path} {label}"
        );
    }
    assert!(!world.service.run_job(ASSIGN).await.unwrap());
}

#[tokio::test]
async fn a_file_open_in_an_editor_is_locked_until_it_is_closed() {
    let world = world();
    std::fs::write(world.real("bob/contract.docx"), DOCX).unwrap();
    for owner in ["~$ntract.docx", "~$contract.docx", ".~lock.contract.docx#"] {
        world.write(&format!("bob/{owner}"), "Bob Baker");
        let asked = request("contract.docx", LOW_LABEL);
        let refused = world.service.assign_label(&everything(), asked).await.unwrap_err();
        assert_eq!(refused.reason, ResourceLocked, "{owner}");
        assert_eq!(refused.fact_value("lock"), Some("fileCheckedOut"));
        assert!(world.labels("b!bob", "contract.docx").await.is_ok());
        std::fs::remove_file(world.real(&format!("bob/{owner}"))).unwrap();
    }
    let ticket = assign(&world, request("contract.docx", LOW_LABEL)).await.unwrap();
    world.write("bob/~$ntract.docx", "Bob Baker");
    assert!(world.service.run_job(ASSIGN).await.unwrap());
    assert_eq!(status(&world, &ticket).await, OperationStatus::InProgress);
    std::fs::remove_file(world.real("bob/~$ntract.docx")).unwrap();
    world.clock.advance(jiff::SignedDuration::from_secs(10));
    work(&world).await;
    let status = status(&world, &ticket).await;
    assert!(matches!(status, OperationStatus::Completed { .. }), "{status:?}");
}

#[tokio::test]
async fn a_refusal_names_what_the_caller_sent() {
    let world = world();
    let privileged = AssignRequest {
        method: AssignmentMethod::Privileged,
        ..request("a.docx", LOW_LABEL)
    };
    assign(&world, privileged).await.unwrap();
    work(&world).await;
    for (label, reason, target) in [
        (HIGH_LABEL, ErrorReason::PrivilegedRequired, "method"),
        (
            "00000000-0000-0000-0000-0000000000ff",
            ErrorReason::LabelNotFound,
            "label_id",
        ),
    ] {
        let request = request("a.docx", label);
        let refused = world.service.assign_label(&everything(), request).await.unwrap_err();
        assert_eq!((refused.reason, refused.target.as_deref()), (reason, Some(target)));
    }
}

#[tokio::test]
async fn a_label_assigned_automatically_is_remembered_as_such() {
    let mut world = world();
    let automatic = AssignRequest {
        method: AssignmentMethod::Auto,
        ..request("a.docx", LOW_LABEL)
    };
    let ticket = assign(&world, automatic).await.unwrap();
    work(&world).await;
    assert!(matches!(
        status(&world, &ticket).await,
        OperationStatus::Completed { .. }
    ));
    for _ in 0..2 {
        let found = world.extract("b!bob", at("a.docx")).await.unwrap().labels;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].label_id, LOW_LABEL);
        assert_eq!(found[0].assignment_method, AssignmentMethod::Auto);
        world.restart_with(std::sync::Arc::new(DocumentReader));
    }
    // Another program's file with the same label says for itself how that came about.
    let labelled = std::fs::read(world.real("bob/a.docx")).unwrap();
    std::fs::write(world.real("bob/b.docx"), labelled).unwrap();
    let found = world.extract("b!bob", at("b.docx")).await.unwrap().labels;
    assert_eq!(found[0].assignment_method, AssignmentMethod::Standard);
}

fn automatic(path: &str) -> AssignRequest {
    AssignRequest {
        method: AssignmentMethod::Auto,
        ..request(path, LOW_LABEL)
    }
}

async fn method(service: &crate::Extraction) -> AssignmentMethod {
    let answer = service
        .extract_labels(&everything(), reference("b!bob", at("a.docx")))
        .await;
    answer.unwrap().labels[0].assignment_method
}

/// Also of a file that every replica has looked at, and in which nothing changes by it.
#[tokio::test]
async fn every_replica_says_how_a_label_was_assigned() {
    let mut world = world();
    let other = world.service.clone();
    world.restart_with(std::sync::Arc::new(DocumentReader));
    assign(&world, request("a.docx", LOW_LABEL)).await.unwrap();
    work(&world).await;
    for service in [&other, &world.service, &other] {
        assert_eq!(method(service).await, AssignmentMethod::Standard);
    }
    let before = std::fs::read(world.real("bob/a.docx")).unwrap();
    assign(&world, automatic("a.docx")).await.unwrap();
    work(&world).await;
    assert_eq!(std::fs::read(world.real("bob/a.docx")).unwrap(), before);
    for service in [&other, &world.service, &other] {
        assert_eq!(method(service).await, AssignmentMethod::Auto);
    }
    // What somebody saves says for itself how it was labelled.
    std::fs::write(world.real("new.docx"), &before).unwrap();
    std::fs::rename(world.real("new.docx"), world.real("bob/a.docx")).unwrap();
    for service in [&other, &world.service] {
        assert_eq!(method(service).await, AssignmentMethod::Standard);
    }
}

/// An answer cannot be kept for a file that was changed only now, and how it was labelled is known all the same.
#[tokio::test]
async fn a_file_written_this_moment_says_how_it_was_labelled() {
    let world = world();
    assign(&world, automatic("a.docx")).await.unwrap();
    work(&world).await;
    let written = std::fs::metadata(world.real("bob/a.docx")).unwrap().modified().unwrap();
    let written = jiff::Timestamp::try_from(written).unwrap();
    world.clock.advance(written.duration_since(world.clock.now()));
    for _ in 0..2 {
        let answer = world.extract("b!bob", at("a.docx")).await.unwrap();
        assert!(!answer.from_cache);
        assert_eq!(answer.labels[0].assignment_method, AssignmentMethod::Auto);
    }
}

/// Source: labelling semantics C4.
#[tokio::test]
async fn a_method_is_never_lowered() {
    let world = world();
    let by = |method| AssignRequest {
        method,
        ..request("a.docx", LOW_LABEL)
    };
    let methods = [
        (AssignmentMethod::Standard, AssignmentMethod::Standard),
        (AssignmentMethod::Privileged, AssignmentMethod::Privileged),
        (AssignmentMethod::Standard, AssignmentMethod::Privileged),
        (AssignmentMethod::Auto, AssignmentMethod::Privileged),
    ];
    for (asked, found) in methods {
        let ticket = assign(&world, by(asked)).await.unwrap();
        work(&world).await;
        let status = status(&world, &ticket).await;
        assert!(
            matches!(status, OperationStatus::Completed { .. }),
            "{asked:?} {status:?}"
        );
        assert_eq!(method(&world.service).await, found, "{asked:?}");
    }
    let outcomes: Vec<_> = world
        .records
        .kept
        .lock()
        .unwrap()
        .iter()
        .map(|record| record.outcome)
        .collect();
    let of_assigning: Vec<_> = outcomes
        .into_iter()
        .filter(|outcome| *outcome != Outcome::Read)
        .collect();
    assert_eq!(
        of_assigning,
        [
            Outcome::Changed,
            Outcome::Changed,
            Outcome::Unchanged,
            Outcome::Unchanged
        ]
    );
}

/// Such a label is written each time, since what it does to documents is not in them.
#[tokio::test]
async fn a_label_written_again_is_still_said_to_be_assigned_automatically() {
    let world = world();
    const PDF: &[u8] = include_bytes!("../../../../tests/cases/extraction/corpus/relabelled.pdf");
    std::fs::write(world.real("bob/a.pdf"), PDF).unwrap();
    for method in [AssignmentMethod::Auto, AssignmentMethod::Standard] {
        let asked = AssignRequest {
            method,
            ..request("a.pdf", MARKING_LABEL)
        };
        world.clock.advance(jiff::SignedDuration::from_secs(100));
        let before = std::fs::read(world.real("bob/a.pdf")).unwrap();
        assign(&world, asked).await.unwrap();
        work(&world).await;
        assert_ne!(std::fs::read(world.real("bob/a.pdf")).unwrap(), before);
        let found = world.extract("b!bob", at("a.pdf")).await.unwrap().labels;
        let own = found.iter().find(|label| label.label_id == MARKING_LABEL).unwrap();
        assert_eq!(own.assignment_method, AssignmentMethod::Auto, "{method:?}");
    }
}

/// What a caller cannot wait for is no reason to refuse: the worker that writes has more time.
#[tokio::test]
async fn a_file_that_takes_longer_than_a_caller_waits_is_labelled_by_the_worker() {
    for (background, expected) in [(u64::MAX, None), (1000, Some(ContentLimitExceeded))] {
        let mut world = World::with(|config| config.inline.bytes = 1000);
        world.restart_with(std::sync::Arc::new(DocumentReader));
        std::fs::write(world.real("bob/a.docx"), DOCX).unwrap();
        let asked = request("a.docx", LOW_LABEL);
        assert_eq!(assign(&world, asked.clone()).await.unwrap_err(), FileDecryptionDeferred);
        assert!(world.service.run_job(EXTRACT).await.unwrap());
        let ticket = assign(&world, asked).await.unwrap();
        world.config.background.bytes = world.config.background.bytes.min(background);
        world.restart_with(std::sync::Arc::new(DocumentReader));
        work(&world).await;
        match (status(&world, &ticket).await, expected) {
            (OperationStatus::Completed { .. }, None) => {}
            (OperationStatus::Failed(error), Some(expected)) => assert_eq!(error.reason, expected),
            (other, _) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nothing_to_do_is_done_at_once() {
    let world = world();
    let ticket = assign(&world, request("a.docx", "")).await.unwrap();
    assert!(matches!(
        status(&world, &ticket).await,
        OperationStatus::Completed { .. }
    ));
    assert!(!world.service.run_job(ASSIGN).await.unwrap());
}

#[tokio::test]
async fn a_file_that_got_another_label_meanwhile_keeps_it() {
    let world = world();
    let low = assign(&world, request("a.docx", LOW_LABEL)).await.unwrap();
    let high = assign(&world, request("a.docx", HIGH_LABEL)).await.unwrap();
    work(&world).await;
    assert!(matches!(status(&world, &low).await, OperationStatus::Completed { .. }));
    let OperationStatus::Failed(error) = status(&world, &high).await else {
        panic!("it was decided about a file without a label");
    };
    assert_eq!(error.reason, ContentChanged);
    assert_eq!(labels(&world).await, [LOW_LABEL]);
}

#[tokio::test]
async fn an_operation_survives_a_restart() {
    let mut world = world();
    let ticket = assign(&world, request("a.docx", LOW_LABEL)).await.unwrap();
    world.restart_with(std::sync::Arc::new(DocumentReader));
    work(&world).await;
    assert!(matches!(
        status(&world, &ticket).await,
        OperationStatus::Completed { .. }
    ));
    assert_eq!(labels(&world).await, [LOW_LABEL]);
}

#[tokio::test]
async fn labels_need_the_permission_to_assign() {
    let world = world();
    for (scope, expected) in [
        ("Files.ReadWrite", Some(PermissionMissing)),
        ("Files.Read.All", Some(PermissionMissing)),
        ("Files.ReadWrite.All", None),
        ("Sites.ReadWrite.All", None),
    ] {
        let asked = AssignRequest {
            item: reference("b!bob", ItemAddress::Path(vec!["a.docx".to_owned()])),
            ..request("a.docx", LOW_LABEL)
        };
        let assigned = world.service.assign_label(&person(BOB, &[scope]), asked).await;
        let reason = assigned.err().map(|error| error.reason);
        assert!(
            reason == expected || (expected.is_none() && reason == Some(LabelNotFound)),
            "{scope} {reason:?}"
        );
    }
}

#[tokio::test]
async fn unpaid_assignment_is_refused_where_it_is_metered() {
    let mut world = World::with(|config| config.assign_needs_payment = true);
    world.restart_with(std::sync::Arc::new(DocumentReader));
    std::fs::write(world.real("bob/a.docx"), DOCX).unwrap();
    let refused = assign(&world, request("a.docx", LOW_LABEL)).await.unwrap_err();
    assert_eq!(refused, PaymentRequired);
}

/// What could not be queued is not left in the log as done.
#[tokio::test]
async fn a_label_that_cannot_be_queued_is_recorded_as_refused() {
    let mut world = World::with(|config| config.assign_queue = 1);
    world.restart_with(std::sync::Arc::new(DocumentReader));
    for path in ["a.docx", "b.docx"] {
        std::fs::write(world.real(&format!("bob/{path}")), DOCX).unwrap();
    }
    assign(&world, request("a.docx", LOW_LABEL)).await.unwrap();
    assert_eq!(
        assign(&world, request("b.docx", LOW_LABEL)).await.unwrap_err(),
        Overloaded
    );
    let records = world.records.kept.lock().unwrap();
    let last = records.last().unwrap();
    assert_eq!((last.outcome, last.label_after), (Outcome::Refused, None));
    assert!(last.reason.is_some() && last.audit.is_none());
    assert!(last.content_identifier.as_deref().unwrap().contains("b.docx"));
}

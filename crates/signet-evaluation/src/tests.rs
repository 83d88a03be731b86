//! Drives the commands with the in-memory store and the sample catalogue of the golden cases.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use signet_contract::catalog::{ChangeEvent, SnapshotLease};
use signet_contract::evaluation::{
    BulkItem, DecisionQuery, EvaluateRequest, ExpandRightsRequest, InheritanceRequest, RightsAndInheritanceRequest,
    UsageRightsRequest,
};
use signet_contract::{CallContext, ContractError, DecisionLogReader, Evaluation as _, PolicyDistribution, Subject};
use signet_domain::action::Action;
use signet_domain::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification,
    KeyValuePair,
};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::{LabelingOptions, ProtectedContent, Question};
use signet_domain::ids::{LabelId, Revision, TenantId, UserId};
use signet_domain::record::{DecisionRecord, Operation, Outcome};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use signet_store::{DecisionFilter, DecisionLog, MemoryStore, StoreError};
use signet_testkit::calls::{application, delegated};
use signet_testkit::environment::{FixedClock, SequentialIds};

use crate::{Evaluation, EvaluationConfig, EvaluationDependencies};

const CATALOG: &str = include_str!("../../../tests/cases/catalogs/contoso.json");
const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const ALL_EMPLOYEES: &str = "5a2d7f11-6c1e-4d43-9b7a-2f0a6f6c5e05";
const TOP_SECRET: &str = "722a5300-ac39-4c9a-88e3-f54c46676417";
const CARD: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";
const BOB: &str = "6e7b768e-07e2-4810-8459-485f84f8f201";
const ALICE: &str = "6e7b768e-07e2-4810-8459-485f84f8f202";

/// One tenant that never changes.
struct Policies(Arc<PolicySnapshot>);

#[async_trait]
impl PolicyDistribution for Policies {
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        _at_least: Option<Revision>,
        _deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        let known = tenant == self.0.tenant_id();
        Ok(known.then(|| SnapshotLease {
            snapshot: self.0.clone(),
            unconfirmed_for: Some(Duration::from_secs(7)),
        }))
    }

    async fn watch_changes(
        &self,
        _after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        Ok(stream::pending().boxed())
    }
}

/// A log that has no room.
struct FullLog;

#[async_trait]
impl DecisionLog for FullLog {
    async fn append(&self, _records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        Err(StoreError::Full)
    }

    async fn list(
        &self,
        _tenant: TenantId,
        _filter: &DecisionFilter,
        _after: u64,
        _limit: u32,
        _descending: bool,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        Err(StoreError::Full)
    }

    async fn latest_sequence(&self, _tenant: TenantId) -> Result<u64, StoreError> {
        Err(StoreError::Full)
    }
}

fn document() -> TenantDocument {
    serde_json::from_str(CATALOG).unwrap()
}

fn service_with(decisions: Arc<dyn DecisionLog>) -> Evaluation {
    let snapshot = Arc::new(PolicySnapshot::compile(Arc::new(document()), Revision(3)));
    let dependencies = EvaluationDependencies {
        policies: Arc::new(Policies(snapshot)),
        decisions,
        clock: Arc::new(FixedClock::default()),
        ids: Arc::new(SequentialIds::default()),
    };
    let config = EvaluationConfig {
        bulk_window: 4,
        ..EvaluationConfig::default()
    };
    Evaluation::new(dependencies, config)
}

fn service() -> (Arc<MemoryStore>, Evaluation) {
    let store = Arc::new(MemoryStore::default());
    (store.clone(), service_with(store))
}

fn person(id: &str, scopes: &[&str]) -> CallContext {
    delegated(document().id, UserId::parse(id).unwrap(), scopes)
}

fn bob() -> CallContext {
    person(
        BOB,
        &[
            "InformationProtectionPolicy.Read",
            "SensitivityLabel.Read",
            "SensitivityLabel.Evaluate",
        ],
    )
}

fn auditor() -> CallContext {
    application(document().id, &["Signet.Decisions.Read"])
}

fn content(metadata: &[(&str, &str)]) -> ContentInfo {
    ContentInfo {
        format: ContentFormat::File,
        identifier: Some("c:\\secret plans.docx".to_owned()),
        state: ContentState::Rest,
        metadata: metadata
            .iter()
            .map(|(name, value)| KeyValuePair::new(*name, *value))
            .collect(),
    }
}

fn apply(label: &str, metadata: &[(&str, &str)], reason: Option<&str>) -> EvaluateRequest {
    let question = Question::Application {
        content: content(metadata),
        labeling: LabelingOptions {
            label_id: LabelId::parse(label).unwrap(),
            assignment_method: AssignmentMethod::Privileged,
            downgrade_justification: DowngradeJustification {
                is_downgrade_justified: reason.is_some(),
                justification_message: reason.map(str::to_owned),
            },
            extended_properties: Vec::new(),
        },
    };
    EvaluateRequest {
        subject: Subject::Me,
        question,
        locale: Default::default(),
        explain: false,
    }
}

fn classify(count: u32) -> EvaluateRequest {
    let results = vec![ClassificationResult {
        sensitive_type_id: CARD.parse().unwrap(),
        count,
        confidence_level: 99,
    }];
    EvaluateRequest {
        subject: Subject::Me,
        question: Question::Classification {
            content: content(&[]),
            results,
        },
        locale: Default::default(),
        explain: true,
    }
}

async fn log(service: &Evaluation, query: DecisionQuery) -> Vec<DecisionRecord> {
    service
        .list_decisions(&auditor(), DecisionQuery { limit: 100, ..query })
        .await
        .unwrap()
}

#[tokio::test]
async fn the_log_tells_who_lowered_which_label_with_what_and_why() {
    let (_, service) = service();
    let confidential = format!("MSIP_Label_{ALL_EMPLOYEES}_Enabled");
    let labelled = [(confidential.as_str(), "true")];
    let asked = service.evaluate(&bob(), apply(GENERAL, &labelled, None)).await.unwrap();
    assert_eq!(asked.actions, [Action::Justify]);
    let lowered = service
        .evaluate(&bob(), apply(GENERAL, &labelled, Some("published today")))
        .await
        .unwrap();
    assert!(matches!(lowered.actions.last(), Some(Action::Metadata { .. })));
    assert_eq!(
        (lowered.decided_by.revision, lowered.decided_by.snapshot_age),
        (Revision(3), Some(Duration::from_secs(7)))
    );

    let records = log(&service, DecisionQuery::default()).await;
    let outcomes: Vec<Outcome> = records.iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [Outcome::JustificationRequired, Outcome::Changed]);
    let record = &records[1];
    assert_eq!(record.sequence, 2);
    assert_eq!(record.user_principal_name.as_deref(), Some("bob@contoso.com"));
    assert_eq!(record.application_name.as_deref(), Some("ContosoLOBApp"));
    assert_eq!(record.application_version.as_deref(), Some("1.0"));
    assert_eq!(record.justification.as_deref(), Some("published today"));
    assert_eq!(record.label_before, Some(LabelId::parse(ALL_EMPLOYEES).unwrap()));
    assert_eq!(record.label_after, Some(LabelId::parse(GENERAL).unwrap()));
    assert_eq!(record.content_identifier.as_deref(), Some("c:\\secret plans.docx"));
    let audit = record.audit.as_ref().unwrap();
    assert_eq!(audit.operation, "SensitivityLabelUpdated");
    assert_eq!(audit.sensitivity_label_event_data.label_event_type, Some(2));
    assert_eq!(record.audit_record().unwrap().user_id, "bob@contoso.com");
    assert!(
        records[0].audit.is_none(),
        "a question for a justification changes nothing"
    );
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let (_, service) = service();
    for _ in 0..3 {
        service.evaluate(&bob(), classify(7)).await.unwrap();
        service.evaluate(&bob(), apply(GENERAL, &[], None)).await.unwrap();
    }
    let by = |query: DecisionQuery| log(&service, query);
    let label = Some(LabelId::parse(TOP_SECRET).unwrap());
    assert_eq!(
        by(DecisionQuery {
            label,
            ..Default::default()
        })
        .await
        .len(),
        3
    );
    let operation = Some(Operation::EvaluateApplication);
    assert_eq!(
        by(DecisionQuery {
            operation,
            after: 2,
            ..Default::default()
        })
        .await
        .len(),
        2
    );
    let user = Some(UserId::parse(ALICE).unwrap());
    assert!(
        by(DecisionQuery {
            user,
            ..Default::default()
        })
        .await
        .is_empty()
    );
    let newest = by(DecisionQuery {
        descending: true,
        ..Default::default()
    })
    .await;
    assert_eq!(newest.first().map(|record| record.sequence), Some(6));
}

#[tokio::test]
async fn a_refusal_is_recorded_with_its_reason() {
    let (_, service) = service();
    let error = service.evaluate(&bob(), apply(BOB, &[], None)).await.unwrap_err();
    assert_eq!(error.reason, ErrorReason::LabelNotFound);
    let records = log(&service, DecisionQuery::default()).await;
    assert_eq!(
        (records[0].outcome, records[0].reason.as_deref()),
        (Outcome::Refused, Some("LABEL_NOT_FOUND"))
    );
}

#[tokio::test]
async fn nothing_is_answered_that_cannot_be_recorded() {
    let service = service_with(Arc::new(FullLog));
    let error = service.evaluate(&bob(), classify(7)).await.unwrap_err();
    assert_eq!(error.reason, ErrorReason::StoreUnavailable);
    assert!(error.retry_after.is_some());
}

#[tokio::test]
async fn who_may_not_ask_leaves_no_record() {
    let (_, service) = service();
    for (context, reason) in [
        (person(BOB, &["SensitivityLabel.Read"]), ErrorReason::PermissionMissing),
        (
            application(document().id, &["InformationProtectionPolicy.Read.All"]),
            ErrorReason::DelegatedCallerRequired,
        ),
        (
            person(CARD, &["InformationProtectionPolicy.Read"]),
            ErrorReason::UserNotFound,
        ),
        (
            delegated(
                TenantId::parse(BOB).unwrap(),
                UserId::parse(BOB).unwrap(),
                &["InformationProtectionPolicy.Read"],
            ),
            ErrorReason::TenantUnknown,
        ),
    ] {
        let error = service.evaluate(&context, classify(7)).await.unwrap_err();
        assert_eq!(error.reason, reason, "{error}");
    }
    assert!(log(&service, DecisionQuery::default()).await.is_empty());
    let error = service
        .list_decisions(
            &bob(),
            DecisionQuery {
                limit: 1,
                ..Default::default()
            },
        )
        .await
        .unwrap_err();
    assert_eq!(error.reason, ErrorReason::PermissionMissing);
}

#[tokio::test]
async fn reasons_come_only_when_asked_for() {
    let (_, service) = service();
    let explained = service
        .evaluate(&bob(), classify(7))
        .await
        .unwrap()
        .explanation
        .unwrap();
    assert!(explained.rules.iter().any(|rule| rule.matched));
    assert!(explained.policies.iter().any(|policy| policy.in_scope));
    let request = EvaluateRequest {
        explain: false,
        ..classify(7)
    };
    assert!(service.evaluate(&bob(), request).await.unwrap().explanation.is_none());
}

#[tokio::test]
async fn a_stream_answers_in_order_and_items_fail_alone() {
    let (_, service) = service();
    let broken = || Err(ContractError::new(ErrorReason::InvalidArgument, "not an item"));
    let items = (0..200).map(move |number| BulkItem {
        id: if number == 7 {
            "x".repeat(200)
        } else {
            number.to_string()
        },
        request: match number % 3 {
            0 => Ok(classify(7)),
            1 => Ok(apply(BOB, &[], None)),
            _ => broken(),
        },
    });
    let answers = service
        .evaluate_many(&bob(), stream::iter(items).boxed())
        .await
        .unwrap();
    let answers: Vec<_> = answers.collect().await;
    assert_eq!(answers.len(), 200);
    for (number, answer) in answers.iter().enumerate() {
        let reason = answer.result.as_ref().err().map(|error| error.reason);
        let expected = match number % 3 {
            _ if number == 7 => Some(ErrorReason::InvalidArgument),
            0 => None,
            1 => Some(ErrorReason::LabelNotFound),
            _ => Some(ErrorReason::InvalidArgument),
        };
        assert_eq!(reason, expected, "item {number}");
        assert!(number == 7 || answer.id == number.to_string(), "item {number}");
    }
}

#[tokio::test]
async fn a_slow_reader_stops_the_reading_of_items() {
    let (_, service) = service();
    let read = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = read.clone();
    let items = stream::iter(0..10_000).map(move |number: u32| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        BulkItem {
            id: number.to_string(),
            request: Ok(classify(7)),
        }
    });
    let mut answers = service.evaluate_many(&bob(), items.boxed()).await.unwrap();
    for _ in 0..10 {
        answers.next().await.unwrap().result.unwrap();
    }
    let read = read.load(std::sync::atomic::Ordering::Relaxed);
    assert!(read <= 10 + 4, "{read} items were read for 10 answers");
}

#[tokio::test]
async fn following_the_log_skips_nothing() {
    let (_, service) = service();
    service.evaluate(&bob(), classify(7)).await.unwrap();
    let query = DecisionQuery {
        operation: Some(Operation::EvaluateClassificationResults),
        ..Default::default()
    };
    let mut records = service.follow_decisions(&auditor(), query).await.unwrap();
    assert_eq!(records.next().await.unwrap().unwrap().sequence, 1);
    service.evaluate(&bob(), apply(GENERAL, &[], None)).await.unwrap();
    service.evaluate(&bob(), classify(7)).await.unwrap();
    assert_eq!(records.next().await.unwrap().unwrap().sequence, 3);
}

#[tokio::test]
async fn inheritance_is_decided_and_recorded() {
    let (_, service) = service();
    let ask = |labels: &[&str], parent: Option<&str>| InheritanceRequest {
        subject: Subject::Organisation,
        parent: parent.map(|id| id.parse().unwrap()),
        label_ids: labels.iter().map(|id| id.parse().unwrap()).collect(),
        formats: Vec::new(),
        locale: Default::default(),
    };
    let winner = service
        .compute_inheritance(&bob(), ask(&[GENERAL, ALL_EMPLOYEES], None))
        .await
        .unwrap();
    assert_eq!(winner.label.id(), LabelId::parse(ALL_EMPLOYEES).unwrap());
    let confidential = "a7a21bba-8197-491f-a5d6-0d0f955397cf";
    let stranger = service
        .compute_inheritance(&bob(), ask(&[GENERAL], Some(confidential)))
        .await
        .unwrap_err();
    assert_eq!(stranger.reason, ErrorReason::LabelNotFound);
    let records = log(&service, DecisionQuery::default()).await;
    assert_eq!(records[0].label_after, Some(LabelId::parse(ALL_EMPLOYEES).unwrap()));
    assert_eq!(records[1].outcome, Outcome::Refused);
}

#[tokio::test]
async fn rights_of_somebody_else_need_the_higher_permission() {
    let (_, service) = service();
    let rights = |user: Option<&str>| UsageRightsRequest {
        subject: Subject::Organisation,
        parent: None,
        label: LabelId::parse(ALL_EMPLOYEES).unwrap(),
        owner_email: None,
        user_email: user.map(str::to_owned),
    };
    service
        .usage_rights(&bob(), rights(Some("BOB@contoso.com")))
        .await
        .unwrap();
    let refused = service
        .usage_rights(&bob(), rights(Some("alice@contoso.com")))
        .await
        .unwrap_err();
    assert_eq!(refused.reason, ErrorReason::PermissionMissing);
    assert!(refused.message.contains("SensitivityLabels.Read.All"), "{refused}");
    let higher = person(BOB, &["SensitivityLabels.Read.All"]);
    service
        .usage_rights(&higher, rights(Some("alice@contoso.com")))
        .await
        .unwrap();

    let compute = |user: Option<&str>| RightsAndInheritanceRequest {
        subject: Subject::Organisation,
        parent: None,
        delegated_user_email: user.map(str::to_owned),
        contents: vec![ProtectedContent {
            cid: None,
            format_text: None,
            format: ContentFormat::File,
            label_id: ALL_EMPLOYEES.to_owned(),
        }],
        supported_formats: Vec::new(),
        locale: Default::default(),
    };
    service
        .compute_rights_and_inheritance(&bob(), compute(None))
        .await
        .unwrap();
    let refused = service
        .compute_rights_and_inheritance(&bob(), compute(Some("x@y.example")))
        .await
        .unwrap_err();
    assert_eq!(refused.reason, ErrorReason::PermissionMissing);
    let app = application(document().id, &["SensitivityLabel.Evaluate"]);
    let missing = service
        .compute_rights_and_inheritance(&app, compute(None))
        .await
        .unwrap_err();
    assert_eq!(missing.target.as_deref(), Some("delegated_user_email"));
    service
        .compute_rights_and_inheritance(&app, compute(Some("x@y.example")))
        .await
        .unwrap();
}

#[tokio::test]
async fn rights_inside_a_list_never_fail_for_one_label() {
    let (_, service) = service();
    let request = ExpandRightsRequest {
        subject: Subject::Organisation,
        labels: [GENERAL, ALL_EMPLOYEES, BOB]
            .map(|id| (id.parse().unwrap(), None))
            .to_vec(),
        user_email: None,
    };
    let rights = service.expand_rights(&bob(), request).await.unwrap().rights;
    assert!(rights[0].is_none(), "no protection");
    assert!(rights[1].is_some());
    let too_many = ExpandRightsRequest {
        subject: Subject::Organisation,
        labels: vec![(GENERAL.parse().unwrap(), None); 1_001],
        user_email: None,
    };
    assert_eq!(
        service.expand_rights(&bob(), too_many).await.unwrap_err().reason,
        ErrorReason::TooManyItems
    );
}

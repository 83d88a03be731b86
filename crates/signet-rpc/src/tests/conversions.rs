//! Every value arrives as it was sent, and every message that denotes none says where it is wrong.

use std::fmt::Debug;

use proptest::prelude::*;
use prost::Message;
use signet_contract::catalog::*;
use signet_contract::evaluation::*;
use signet_contract::extraction::*;
use signet_contract::{ContractError, Subject};
use signet_domain::action::{Action, ContentLabel, Explanation};
use signet_domain::error::ErrorReason;
use signet_domain::ids::LabelId;
use signet_domain::query::LabelFilter;
use signet_domain::record::DecisionRecord;
use signet_domain::rights::UsageRights;
use signet_domain::view::LabelView;

use super::sample::Sample;
use super::sample_evaluation::ACTIONS;
use crate::convert::{ConversionError, MAX_DEPTH, bulk_answer, bulk_item, children_query};
use crate::proto::{catalog, common, errors, evaluation, extraction};

/// Sends a value through its message and the message through its bytes.
fn arrives<P, D>(value: D)
where
    P: Message + Default + From<D>,
    D: TryFrom<P, Error = ConversionError> + Clone + Debug,
{
    let bytes = P::from(value.clone()).encode_to_vec();
    let arrived = D::try_from(P::decode(bytes.as_slice()).unwrap()).unwrap();
    assert_eq!(format!("{arrived:#?}"), format!("{value:#?}"));
}

/// What is wrong with a message.
fn refusal<P, D>(message: P) -> String
where
    D: TryFrom<P, Error = ConversionError> + Debug,
{
    D::try_from(message).unwrap_err().to_string()
}

proptest! {
    #[test]
    fn values_of_the_catalogue_arrive(seed: u64) {
        let mut sample = Sample::new(seed);
        arrives::<common::Subject, Subject>(sample.subject());
        arrives::<common::LabelView, LabelView>(sample.view());
        arrives::<catalog::LabelFilter, LabelFilter>(sample.filter(8));
        arrives::<catalog::ListLabelsRequest, ListLabelsRequest>(sample.list_labels_request());
        arrives::<catalog::ListLabelsResponse, ListLabelsResponse>(sample.list_labels_response());
        arrives::<catalog::GetLabelRequest, GetLabelRequest>(sample.get_label_request());
        arrives::<catalog::GetLabelResponse, GetLabelResponse>(sample.get_label_response());
        arrives::<catalog::GetPolicySettingsResponse, PolicySettingsResponse>(sample.policy_settings_response());
        arrives::<catalog::ExpectedRevision, ExpectedRevision>(sample.expected_revision());
        arrives::<catalog::PlanTenantResponse, TenantPlan>(sample.plan());
        arrives::<catalog::ApplyTenantResponse, TenantApplied>(sample.applied());
        arrives::<catalog::RevisionInfo, RevisionInfo>(sample.revision_info());
        arrives::<catalog::WatchChangesResponse, ChangeEvent>(sample.change_event());
    }

    #[test]
    fn values_of_evaluations_arrive(seed: u64) {
        let mut sample = Sample::new(seed);
        arrives::<evaluation::Decision, EvaluateResponse>(sample.evaluate_response());
        arrives::<evaluation::ContentLabel, ContentLabel>(sample.content_label());
        arrives::<evaluation::Explanation, Explanation>(sample.explanation());
        arrives::<evaluation::ComputeInheritanceRequest, InheritanceRequest>(sample.inheritance_request());
        arrives::<evaluation::ComputeInheritanceResponse, InheritanceResponse>(sample.inheritance_response());
        arrives::<evaluation::ComputeRightsAndInheritanceRequest, RightsAndInheritanceRequest>(sample.rights_request());
        arrives::<evaluation::ComputeRightsAndInheritanceResponse, RightsAndInheritanceResponse>(sample.rights_response());
        arrives::<evaluation::GetUsageRightsRequest, UsageRightsRequest>(sample.usage_rights_request());
        arrives::<evaluation::GetUsageRightsResponse, UsageRightsResponse>(sample.usage_rights_response());
        arrives::<evaluation::ExpandRightsRequest, ExpandRightsRequest>(sample.expand_request());
        arrives::<evaluation::ExpandRightsResponse, ExpandRightsResponse>(sample.expand_response());
        arrives::<evaluation::DecisionQuery, DecisionQuery>(sample.decision_query());
        arrives::<evaluation::DecisionRecord, DecisionRecord>(sample.record());
        arrives::<errors::Error, ContractError>(sample.error());
    }

    #[test]
    fn every_action_arrives(seed: u64) {
        let mut sample = Sample::new(seed);
        for kind in 0..ACTIONS {
            arrives::<evaluation::Action, Action>(sample.action(kind));
        }
    }

    #[test]
    fn every_question_arrives_alone_and_among_many(seed: u64) {
        let mut sample = Sample::new(seed);
        for kind in 0..4 {
            let item = BulkItem { id: sample.name(), request: Ok(sample.evaluate_request(kind)) };
            item_arrives(item);
        }
        item_arrives(BulkItem { id: sample.name(), request: Err(sample.error()) });
        answer_arrives(BulkAnswer { id: sample.name(), result: Ok(sample.evaluate_response()) });
        answer_arrives(BulkAnswer { id: sample.name(), result: Err(sample.error()) });
    }

    #[test]
    fn values_of_drives_arrive(seed: u64) {
        let mut sample = Sample::new(seed);
        arrives::<extraction::DriveAddress, DriveAddress>(sample.drive_address());
        arrives::<extraction::ItemReference, ItemReference>(sample.item_reference());
        arrives::<extraction::DriveInfo, DriveInfo>(sample.drive());
        arrives::<extraction::DriveItem, DriveItem>(sample.item());
        arrives::<extraction::ListChildrenResponse, ChildrenPage>(sample.children());
        arrives::<extraction::ExtractLabelsResponse, ExtractLabelsResponse>(sample.extracted());
    }

    #[test]
    fn no_bytes_make_a_conversion_panic(bytes: Vec<u8>) {
        fn try_as<P: Message + Default, D: TryFrom<P>>(bytes: &[u8]) {
            let _either = P::decode(bytes).map(D::try_from);
        }
        try_as::<catalog::ListLabelsRequest, ListLabelsRequest>(&bytes);
        try_as::<catalog::LabelFilter, LabelFilter>(&bytes);
        try_as::<common::LabelView, LabelView>(&bytes);
        try_as::<evaluation::Action, Action>(&bytes);
        try_as::<evaluation::EvaluateApplicationRequest, EvaluateRequest>(&bytes);
        try_as::<evaluation::DecisionRecord, DecisionRecord>(&bytes);
        try_as::<errors::Error, ContractError>(&bytes);
        try_as::<extraction::ItemReference, ItemReference>(&bytes);
        try_as::<catalog::Snapshot, SnapshotLease>(&bytes);
        let _item = evaluation::EvaluateManyRequest::decode(bytes.as_slice()).map(bulk_item);
    }
}

fn item_arrives(item: BulkItem) {
    let bytes = evaluation::EvaluateManyRequest::from(item.clone()).encode_to_vec();
    let arrived = bulk_item(evaluation::EvaluateManyRequest::decode(bytes.as_slice()).unwrap());
    assert_eq!(format!("{arrived:?}"), format!("{item:?}"));
}

fn answer_arrives(answer: BulkAnswer) {
    let bytes = evaluation::EvaluateManyResponse::from(answer.clone()).encode_to_vec();
    let arrived = bulk_answer(evaluation::EvaluateManyResponse::decode(bytes.as_slice()).unwrap()).unwrap();
    assert_eq!(format!("{arrived:?}"), format!("{answer:?}"));
}

#[test]
fn snapshots_and_exports_arrive() {
    let lease = Sample::new(1).lease();
    let message = catalog::Snapshot::try_from(lease.clone()).unwrap();
    let arrived = SnapshotLease::try_from(message).unwrap();
    assert_eq!(arrived.snapshot.document(), lease.snapshot.document());
    assert_eq!(arrived.snapshot.revision(), lease.snapshot.revision());
    assert_eq!(arrived.unconfirmed_for, lease.unconfirmed_for);

    let tenant = Sample::new(2).tenant_at();
    let arrived = TenantAt::try_from(catalog::ExportTenantResponse::try_from(tenant.clone()).unwrap()).unwrap();
    assert_eq!((arrived.document, arrived.revision), (tenant.document, tenant.revision));
}

#[test]
fn every_single_right_has_the_number_of_its_bit() {
    for (right, _) in UsageRights::NAMES {
        let grant = signet_domain::label::RightsGrant {
            identity: String::new(),
            rights: right,
        };
        let message = common::RightsGrant::from(grant);
        assert_eq!(message.rights, [right.bits().trailing_zeros() as i32 + 1]);
    }
}

#[test]
fn reasons_are_mirrored() {
    for reason in ErrorReason::ALL {
        let message = errors::ErrorReason::try_from(*reason as i32).unwrap();
        assert_eq!(message.as_str_name(), format!("ERROR_REASON_{}", reason.name()));
    }
    let known = (1..=1000)
        .filter(|number| errors::ErrorReason::try_from(*number).is_ok())
        .count();
    assert_eq!(
        known,
        ErrorReason::ALL.len(),
        "the protos know a reason the domain does not"
    );
}

#[test]
fn refusals_name_the_field() {
    let list = || catalog::ListLabelsRequest::from(Sample::new(3).list_labels_request());
    type Change = fn(&mut catalog::ListLabelsRequest);
    let refused = |change: Change| {
        let mut message = list();
        change(&mut message);
        refusal::<_, ListLabelsRequest>(message)
    };
    let cases: [(Change, &str); 9] = [
        (|message| message.family = 0, "family: is missing"),
        (
            |message| message.family = 9,
            "family: is 9, which is no value of this enumeration",
        ),
        (|message| message.subject = None, "subject: is missing"),
        (
            |message| message.subject = Some(common::Subject { kind: None }),
            "subject.kind: is missing",
        ),
        (
            |message| message.parent_label_id = Some("x".to_owned()),
            "parent_label_id: `x` is not a GUID; send the form 8-4-4-4-12",
        ),
        (
            |message| message.filter = Some(catalog::LabelFilter::default()),
            "filter.condition: is missing",
        ),
        (
            |message| message.order = vec![catalog::OrderKey::default()],
            "order[0].field: is missing",
        ),
        (|message| message.page_size = 1000, "page_size: is 1000; send 0..=999"),
        (
            |message| message.page_token = "???".to_owned(),
            "page_token: is not a page token of this service; start again without one",
        ),
    ];
    for (change, expected) in cases {
        assert_eq!(refused(change), expected);
    }
}

#[test]
fn refusals_become_contract_errors_with_a_violation() {
    let mut message = catalog::ListLabelsRequest::from(Sample::new(4).list_labels_request());
    message.page_token = "!".to_owned();
    let error = ContractError::from(ListLabelsRequest::try_from(message).unwrap_err());
    assert_eq!(error.reason, ErrorReason::InvalidPageToken);
    assert_eq!(error.target.as_deref(), Some("page_token"));
    assert_eq!(error.violations[0].path, "page_token");
}

#[test]
fn collections_are_bounded() {
    let labels = |count| evaluation::ComputeInheritanceRequest {
        subject: Some(Subject::Me.into()),
        label_ids: vec![LabelId::from_uuid(Sample::new(5).uuid()).to_string(); count],
        ..Default::default()
    };
    assert!(InheritanceRequest::try_from(labels(1000)).is_ok());
    let error = ContractError::from(InheritanceRequest::try_from(labels(1001)).unwrap_err());
    assert_eq!(error.reason, ErrorReason::TooManyItems);
    assert_eq!(error.target.as_deref(), Some("label_ids"));
}

#[test]
fn nesting_is_bounded() {
    let nested = |levels: usize| {
        let innermost = LabelFilter::IdIn(Vec::new());
        (1..levels).fold(innermost, |filter, _| LabelFilter::Not(Box::new(filter)))
    };
    let arrived = |levels| LabelFilter::try_from(catalog::LabelFilter::from(nested(levels)));
    assert_eq!(arrived(MAX_DEPTH).unwrap(), nested(MAX_DEPTH));
    let message = arrived(MAX_DEPTH + 1).unwrap_err().to_string();
    assert!(message.ends_with(".not: is nested deeper than 32 levels"), "{message}");

    let owned = |levels: usize| {
        let owner = |owner, _| DriveAddress::Owned {
            owner: Box::new(owner),
            drive: "d".to_owned(),
        };
        (1..levels).fold(DriveAddress::Me, owner)
    };
    let arrived = |levels| DriveAddress::try_from(extraction::DriveAddress::from(owned(levels)));
    assert!(arrived(MAX_DEPTH).is_ok());
    assert!(arrived(MAX_DEPTH + 1).is_err());
}

#[test]
fn the_deepest_filter_fits_the_decoder() {
    let and = |filter, _| LabelFilter::And(vec![filter]);
    let deepest = (1..MAX_DEPTH).fold(LabelFilter::IdIn(Vec::new()), and);
    arrives::<catalog::LabelFilter, LabelFilter>(deepest);
}

#[test]
fn paths_are_checked() {
    for segment in ["", ".", "..", "a/b", "a\\b", "a*", "<", ">", "?", ":", "|"] {
        let path = extraction::item_address::Path {
            segments: vec!["ok".to_owned(), segment.to_owned()],
        };
        let message = extraction::ItemAddress {
            kind: Some(extraction::item_address::Kind::Path(path)),
        };
        let error = ContractError::from(ItemAddress::try_from(message).unwrap_err());
        assert_eq!(error.reason, ErrorReason::InvalidPath, "{segment:?}");
        assert_eq!(error.target.as_deref(), Some("path.segments[1]"), "{segment:?}");
    }
}

#[test]
fn instants_outside_their_range_are_refused() {
    let cases = [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (i64::MIN, 0)];
    for (seconds, nanos) in cases {
        let message = catalog::RevisionInfo {
            at: Some(prost_types::Timestamp { seconds, nanos }),
            ..Default::default()
        };
        let error = RevisionInfo::try_from(message).unwrap_err().to_string();
        assert!(error.starts_with("at: "), "{error}");
    }
}

#[test]
fn durations_outside_their_range_are_refused() {
    for (seconds, nanos) in [(-1, 0), (0, -1), (0, 1_000_000_000)] {
        let message = evaluation::DecidedBy {
            revision: 1,
            snapshot_age: Some(prost_types::Duration { seconds, nanos }),
        };
        let error = DecidedBy::try_from(message).unwrap_err().to_string();
        assert!(error.starts_with("snapshot_age: "), "{error}");
    }
}

#[test]
fn a_faulty_item_keeps_its_id() {
    use evaluation::evaluate_many_request::{Item, Kind, Start};
    let item = |id: &str| evaluation::EvaluateManyRequest {
        kind: Some(Kind::Item(Item {
            id: id.to_owned(),
            question: None,
        })),
    };
    let faulty = bulk_item(item("7"));
    assert_eq!(
        (faulty.id.as_str(), faulty.request.unwrap_err().message.as_str()),
        ("7", "question: is missing")
    );
    let long = "x".repeat(129);
    let faulty = bulk_item(item(&long));
    assert_eq!(faulty.id, long);
    assert_eq!(faulty.request.unwrap_err().target.as_deref(), Some("item.id"));
    let start = evaluation::EvaluateManyRequest {
        kind: Some(Kind::Start(Start::default())),
    };
    assert!(bulk_item(start).request.is_err());
    assert!(
        bulk_item(evaluation::EvaluateManyRequest { kind: None })
            .request
            .is_err()
    );
}

#[test]
fn children_are_asked_for_in_pages() {
    let mut sample = Sample::new(6);
    for _ in 0..50 {
        let query = sample.children_query();
        let message = extraction::ListChildrenRequest {
            page_size: query.top,
            page_token: query.after.clone().unwrap_or_default(),
            descending: query.descending,
            ..Default::default()
        };
        assert_eq!(children_query(&message).unwrap(), query);
    }
    let message = extraction::ListChildrenRequest {
        page_size: 1000,
        ..Default::default()
    };
    assert!(children_query(&message).is_err());
}

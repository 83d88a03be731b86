use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

use super::*;
use crate::content::ContentState;
use crate::environment::IdSource;
use crate::error::{DomainError, ErrorReason};
use crate::ids::{Revision, SensitiveTypeId, UserId};
use crate::locale::LocalePreference;
use crate::query::Actor;
use crate::snapshot::PolicySnapshot;

const ANYONE: &str = "c94b3e02-13a5-4d4c-8e9d-6c0a9b1f7d04";
const EMPLOYEES: &str = "5a2d7f11-6c1e-4d43-9b7a-2f0a6f6c5e05";
const CONFIDENTIAL: &str = "a7a21bba-8197-491f-a5d6-0d0f955397cf";
const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const IBAN: &str = "e7dc4711-11b7-4cb0-b88b-2c394a771f0e";
const CARD: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";

struct Ids;

impl IdSource for Ids {
    fn next_id(&self) -> Uuid {
        Uuid::nil()
    }
}

fn contoso() -> PolicySnapshot {
    let document = serde_json::from_str(include_str!("../../../../tests/cases/catalogs/contoso.json")).unwrap();
    PolicySnapshot::compile(Arc::new(document), Revision(1))
}

fn content(metadata: Vec<KeyValuePair>) -> ContentInfo {
    ContentInfo {
        format: ContentFormat::File,
        identifier: None,
        state: ContentState::Rest,
        metadata,
    }
}

fn options(label: &str, extended_properties: Vec<KeyValuePair>) -> LabelingOptions {
    LabelingOptions {
        label_id: LabelId::parse(label).unwrap(),
        assignment_method: AssignmentMethod::Standard,
        downgrade_justification: DowngradeJustification::default(),
        extended_properties,
    }
}

fn result(sensitive_type: &str, count: u32, confidence_level: u8) -> ClassificationResult {
    ClassificationResult {
        sensitive_type_id: SensitiveTypeId::parse(sensitive_type).unwrap(),
        count,
        confidence_level,
    }
}

fn ask(user: &str, question: &Question, explain: bool) -> Result<Decision, DomainError> {
    let snapshot = contoso();
    let actor = Actor::User(snapshot.resolve_user(user).unwrap().id);
    decide(
        &snapshot,
        &actor,
        question,
        &LocalePreference::default(),
        &DecideOptions {
            explain,
            ..DecideOptions::default()
        },
        Timestamp::UNIX_EPOCH,
        &Ids,
    )
}

fn refusal(question: &Question) -> (ErrorReason, String) {
    let error = ask("alice@contoso.com", question, false).unwrap_err();
    (error.reason, error.target.unwrap_or_default())
}

#[test]
fn malformed_questions_name_the_member_at_fault() {
    let apply = |metadata, properties| Question::Application {
        content: content(metadata),
        labeling: options(GENERAL, properties),
    };
    let pair = |name: &str, value: &str| KeyValuePair::new(name, value);
    let property = |name: &str, value: &str| apply(Vec::new(), vec![pair("ok", ""), pair(name, value)]);
    let name = "labeling.extended_properties[1].name";
    let cases = [
        (
            apply(vec![pair("a", ""), pair("", "")], Vec::new()),
            "content.metadata[1].name",
        ),
        (property("", ""), name),
        (property("a b", ""), name),
        (property("a;b", ""), name),
        (property("a=b", ""), name),
        (property("contentBITS", ""), name),
        (property(&format!("MSIP_Label_{GENERAL}_Removed"), ""), name),
        (property(&format!("msip_label_{GENERAL}_"), ""), name),
        (property(&"x".repeat(208), ""), name),
        (
            property("Note", &"ä".repeat(256)),
            "labeling.extended_properties[1].value",
        ),
        (
            Question::Classification {
                content: content(Vec::new()),
                results: vec![result(CARD, 1, 100), result(CARD, 1, 101)],
            },
            "results[1].confidence_level",
        ),
    ];
    for (question, target) in cases {
        assert_eq!(
            refusal(&question),
            (ErrorReason::InvalidArgument, target.to_owned()),
            "{question:?}"
        );
    }
    let longest = apply(Vec::new(), vec![pair(&"x".repeat(207), &"ä".repeat(255))]);
    assert_eq!(
        ask("alice@contoso.com", &longest, false).unwrap().outcome,
        Outcome::Changed
    );
}

#[test]
fn collections_are_bounded() {
    let many = |count| vec![KeyValuePair::new("x", ""); count];
    let apply = |metadata, properties| Question::Application {
        content: content(metadata),
        labeling: options(GENERAL, properties),
    };
    let classify = |count| Question::Classification {
        content: content(Vec::new()),
        results: vec![result(CARD, 1, 75); count],
    };
    let too_many = |target: &str| (ErrorReason::TooManyItems, target.to_owned());
    assert_eq!(refusal(&apply(many(1001), Vec::new())), too_many("content.metadata"));
    assert_eq!(
        refusal(&apply(Vec::new(), many(1001))),
        too_many("labeling.extended_properties")
    );
    assert_eq!(refusal(&classify(1001)), too_many("results"));
    for question in [apply(many(1000), many(1000)), classify(1000)] {
        assert!(ask("alice@contoso.com", &question, false).is_ok());
    }
    let snapshot = contoso();
    let limits = QuestionLimits {
        metadata: 2,
        results: 1_500,
    };
    let within = |question: &Question| {
        let options = DecideOptions { explain: false, limits };
        let locale = LocalePreference::default();
        let now = Timestamp::UNIX_EPOCH;
        decide(&snapshot, &Actor::Organisation, question, &locale, &options, now, &Ids).map_err(|error| error.message)
    };
    assert!(within(&apply(many(2), many(2))).is_ok());
    let message = "the list has 3 entries, send at most 2".to_owned();
    assert_eq!(within(&apply(many(3), Vec::new())).err(), Some(message.clone()));
    assert_eq!(within(&apply(Vec::new(), many(3))).err(), Some(message));
    assert!(within(&classify(1_500)).is_ok());
    assert!(within(&classify(1_501)).is_err());
}

#[test]
fn an_unknown_user_is_told_so() {
    let snapshot = contoso();
    let question = Question::Extraction {
        content: content(Vec::new()),
    };
    let actor = Actor::User(UserId::from_uuid(Uuid::nil()));
    let locale = LocalePreference::default();
    let error = decide(
        &snapshot,
        &actor,
        &question,
        &locale,
        &DecideOptions::default(),
        Timestamp::UNIX_EPOCH,
        &Ids,
    )
    .unwrap_err();
    assert_eq!(error.reason, ErrorReason::UserNotFound);
}

#[test]
fn a_default_that_is_no_sublabel_does_not_stand_in() {
    let mut document: crate::tenant::TenantDocument =
        serde_json::from_str(include_str!("../../../../tests/cases/catalogs/contoso.json")).unwrap();
    document.labels[3].default_sub_label_id = Some(LabelId::parse(GENERAL).unwrap());
    let snapshot = PolicySnapshot::compile(Arc::new(document), Revision(1));
    let question = Question::Application {
        content: content(Vec::new()),
        labeling: options(CONFIDENTIAL, Vec::new()),
    };
    let locale = LocalePreference::default();
    let error = decide(
        &snapshot,
        &Actor::Organisation,
        &question,
        &locale,
        &DecideOptions::default(),
        Timestamp::UNIX_EPOCH,
        &Ids,
    );
    assert_eq!(error.unwrap_err().reason, ErrorReason::LabelNotAppliable);
}

fn codes(explanation: &Explanation) -> Vec<&str> {
    explanation.steps.iter().map(|step| step.code.as_str()).collect()
}

#[test]
fn an_explanation_names_policies_rules_and_steps() {
    let results = vec![result(IBAN, 20, 90), result(IBAN, 3, 90), result(CARD, 9, 99)];
    let question = Question::Classification {
        content: content(Vec::new()),
        results,
    };
    let decision = ask("frank@contoso.com", &question, true).unwrap();
    let explanation = decision.explanation.unwrap();

    let policies: Vec<_> = explanation
        .policies
        .iter()
        .map(|policy| (policy.priority, policy.in_scope, policy.why.as_str()))
        .collect();
    assert_eq!(
        policies,
        [
            (0, true, "includeAll"),
            (1, false, "excluded"),
            (2, false, "notIncluded")
        ]
    );

    let rules: Vec<_> = explanation
        .rules
        .iter()
        .map(|rule| (rule.label_id.to_string(), rule.matched, rule.dropped.as_deref()))
        .collect();
    assert_eq!(
        rules,
        [
            (
                "722a5300-ac39-4c9a-88e3-f54c46676417".to_owned(),
                true,
                Some("notPublished")
            ),
            ("6a9f0c35-8d17-4b28-9e53-b1c4d7a2f310".to_owned(), false, None),
            (EMPLOYEES.to_owned(), true, None),
        ]
    );
    let condition = &explanation.rules[2].conditions[0];
    assert_eq!((condition.group.as_str(), condition.held), ("Default", true));
    assert_eq!(condition.wanted, "count 1..=9, confidence 85..=100");
    assert_eq!(condition.found, "count 20, confidence 90; count 3, confidence 90");
    assert_eq!(explanation.rules[2].conditions[1].found, "nothing");
    assert_eq!(
        explanation.rules[2].conditions[1].wanted,
        "count 5..=any, confidence 75..=100"
    );

    assert_eq!(codes(&explanation), ["noCurrentLabel", "chosen"]);
    assert!(
        explanation
            .steps
            .iter()
            .all(|step| step.source.starts_with("labelling semantics "))
    );
    assert_eq!(decision.matched_types.len(), 1);
    assert_eq!(
        (decision.matched_types[0].count, decision.matched_types[0].confidence),
        (3, 90)
    );
    assert_eq!(ask("frank@contoso.com", &question, false).unwrap().explanation, None);
}

#[test]
fn steps_tell_the_way_a_decision_went() {
    let marks = |label: &str, method: &str| {
        let pair = |name: &str, value: &str| KeyValuePair::new(format!("MSIP_Label_{label}_{name}"), value);
        content(vec![pair("Enabled", "true"), pair("Method", method)])
    };
    let apply = |content, label| Question::Application {
        content,
        labeling: options(label, Vec::new()),
    };
    let remove = |content| Question::Removal {
        content,
        downgrade_justification: DowngradeJustification::default(),
    };
    let classify = |content, results| Question::Classification { content, results };
    let iban = vec![result(IBAN, 1, 90)];
    let cases = [
        (
            apply(content(Vec::new()), CONFIDENTIAL),
            Outcome::Changed,
            vec!["noCurrentLabel", "defaultSublabel", "newLabel"],
        ),
        (
            apply(marks(EMPLOYEES, "Standard"), EMPLOYEES),
            Outcome::Changed,
            vec!["currentLabel", "refreshed"],
        ),
        (
            apply(marks(EMPLOYEES, "Standard"), GENERAL),
            Outcome::JustificationRequired,
            vec!["currentLabel", "justificationRequired"],
        ),
        (
            remove(content(Vec::new())),
            Outcome::Unchanged,
            vec!["noCurrentLabel", "nothingToRemove"],
        ),
        (
            remove(marks(EMPLOYEES, "Standard")),
            Outcome::JustificationRequired,
            vec!["currentLabel", "justificationRequired"],
        ),
        (
            classify(content(Vec::new()), Vec::new()),
            Outcome::Unchanged,
            vec!["noCurrentLabel", "noCandidate"],
        ),
        (
            classify(marks(ANYONE, "Privileged"), iban.clone()),
            Outcome::Unchanged,
            vec!["currentLabel", "manualLabelKept"],
        ),
        (
            classify(marks(EMPLOYEES, "Standard"), iban),
            Outcome::Unchanged,
            vec!["currentLabel", "notMoreSensitive"],
        ),
        (
            Question::Extraction {
                content: marks(ANYONE, "Auto"),
            },
            Outcome::Read,
            vec!["currentLabel"],
        ),
    ];
    for (question, outcome, expected) in cases {
        let decision = ask("alice@contoso.com", &question, true).unwrap();
        assert_eq!(decision.outcome, outcome, "{question:?}");
        assert_eq!(codes(&decision.explanation.unwrap()), expected, "{question:?}");
    }
}

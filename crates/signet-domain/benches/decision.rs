//! Cost of a decision by the number of labels, each with an auto-labelling rule of 50 conditions.
//!
//! - `classify/match`: a rule holds and all actions of its label are worked out;
//! - `classify/kept`: a rule holds, but the item's label is more sensitive: matching and nothing else;
//! - `classify/nothing`: no rule holds, every rule has to be excluded;
//! - `apply/first`, `apply/again`, `remove`, `extract`: the other evaluations;
//! - `compile`: what a revision of a large tenant costs once.

#![expect(clippy::unwrap_used, reason = "a fault in a benchmark should stop it")]

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use serde_json::{Value, json};
use signet_domain::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification,
    KeyValuePair,
};
use signet_domain::environment::IdSource;
use signet_domain::evaluation::{DecideOptions, LabelingOptions, Question, decide};
use signet_domain::ids::{LabelId, Revision, SensitiveTypeId, UserId};
use signet_domain::locale::LocalePreference;
use signet_domain::query::Actor;
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use uuid::Uuid;

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TENANT: &str = "cb46c030-1825-4e81-a295-151c039dbf02";
const USER: &str = "00000000-0000-4000-8000-0000000000b1";
/// About as many as come built in with the product whose labels are managed here.
const SENSITIVE_TYPES: usize = 300;

struct Ids(AtomicU64);

impl IdSource for Ids {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

fn label_id(number: usize) -> String {
    format!("ab{number:06x}-5a44-4e0f-8b62-91d2c7f3e507")
}

fn type_id(number: usize) -> String {
    format!("7{number:07x}-0d48-453d-a9b1-2cc83f2cba77")
}

/// Five groups of ten types, of which the first ten are scattered and one group is the label's own.
fn conditions(label: usize) -> Value {
    let group = |group: usize| -> Value {
        let types: Vec<Value> = (0..10)
            .map(|place| {
                let number = (label * 7 + group * 61 + place * (13 + label % 5)) % SENSITIVE_TYPES;
                let minimum = 65 + 10 * ((label + place) % 3);
                json!({"id": type_id(number), "minCount": 1 + (label + place) % 5, "minConfidence": minimum})
            })
            .collect();
        json!({"name": "g", "operator": "or", "sensitiveTypes": types})
    };
    json!({"operator": "and", "groups": (0..5).map(group).collect::<Vec<_>>()})
}

fn document(labels: usize, users: usize) -> TenantDocument {
    let label = |number: usize| {
        json!({
            "id": label_id(number), "name": format!("Label {number}"), "sensitivity": number,
            "applicableTo": ["file", "email"],
            "header": {"text": "${Item.Label} ${User.Name}"}, "footer": {"text": "${Item.Name}"},
            "watermark": {"text": "CONFIDENTIAL"},
            "protection": {"type": "template", "templateId": "2dcacb2f-6b6b-49d1-9625-c0ae349ac5c9"},
            "autoLabeling": {"mode": "automatic", "conditions": conditions(number)},
        })
    };
    let address = |number: usize| format!("user{number}@contoso.com");
    let user = |number: usize| {
        let id = if number == 0 {
            USER.to_owned()
        } else {
            format!("{number:08x}-0000-4000-8000-0000000000b2")
        };
        json!({"id": id, "userPrincipalName": address(number), "displayName": "Bob"})
    };
    let group = |number: usize| {
        let members: Vec<String> = (number * 1_000..(number + 1) * 1_000).map(address).collect();
        json!({"id": format!("{number:08x}-0000-4000-8000-0000000000c1"), "mail": format!("group{number}@contoso.com"), "members": members})
    };
    let document = json!({
        "id": TENANT,
        "users": (0..users).map(user).collect::<Vec<_>>(),
        "groups": (0..users / 1_000).map(group).collect::<Vec<_>>(),
        "sensitiveTypes": (0..SENSITIVE_TYPES).map(|number| json!({"id": type_id(number)})).collect::<Vec<_>>(),
        "labels": (0..labels).map(label).collect::<Vec<_>>(),
        "policies": [{
            "id": "d4f0a1b2-6c3e-4d5f-8a7b-9c0d1e2f3a00", "name": "Global", "scope": {"includeAll": true},
            "labels": (0..labels).map(label_id).collect::<Vec<_>>(),
        }],
    });
    serde_json::from_value(document).unwrap()
}

fn snapshot(document: &Arc<TenantDocument>) -> PolicySnapshot {
    PolicySnapshot::compile(Arc::clone(document), Revision(1))
}

fn content(label: Option<usize>) -> ContentInfo {
    let pairs = label.map(|number| {
        let pair =
            |name: &str, value: &str| KeyValuePair::new(format!("MSIP_Label_{}_{name}", label_id(number)), value);
        vec![
            pair("Enabled", "true"),
            pair("SetDate", "2026-02-03T04:05:06Z"),
            pair("Method", "Standard"),
            pair("Name", &format!("Label {number}")),
            pair("SiteId", TENANT),
            pair("ActionId", "00000000-0000-0000-0000-000000000000"),
            pair("ContentBits", "15"),
        ]
    });
    ContentInfo {
        format: ContentFormat::File,
        identifier: Some("c:\\user\\report.docx".to_owned()),
        state: ContentState::Rest,
        metadata: pairs.unwrap_or_default(),
    }
}

fn finding(number: usize, count: u32, confidence_level: u8) -> ClassificationResult {
    ClassificationResult {
        sensitive_type_id: SensitiveTypeId::parse(&type_id(number % SENSITIVE_TYPES)).unwrap(),
        count,
        confidence_level,
    }
}

/// One type of each group of a label.
fn findings_for(label: usize) -> Vec<ClassificationResult> {
    (0..5)
        .map(|group| finding(label * 7 + group * 61 + group * (13 + label % 5), 9, 99))
        .collect()
}

/// Five types that never meet all groups of a rule.
fn findings_for_none() -> Vec<ClassificationResult> {
    (0..5).map(|place| finding(place * 3 + 1, 9, 99)).collect()
}

fn labelling(label: usize) -> LabelingOptions {
    LabelingOptions {
        label_id: LabelId::parse(&label_id(label)).unwrap(),
        assignment_method: AssignmentMethod::Standard,
        downgrade_justification: DowngradeJustification::default(),
        extended_properties: Vec::new(),
    }
}

fn questions(labels: usize) -> Vec<(&'static str, Question, usize)> {
    let middle = labels / 2;
    let last = labels - 1;
    let classify =
        |content: ContentInfo, results: Vec<ClassificationResult>| Question::Classification { content, results };
    vec![
        ("classify/match", classify(content(None), findings_for(middle)), 1),
        ("classify/kept", classify(content(Some(last)), findings_for(middle)), 0),
        ("classify/nothing", classify(content(None), findings_for_none()), 0),
        (
            "apply/first",
            Question::Application {
                content: content(None),
                labeling: labelling(middle),
            },
            5,
        ),
        (
            "apply/again",
            Question::Application {
                content: content(Some(middle)),
                labeling: labelling(middle),
            },
            0,
        ),
        (
            "remove",
            Question::Removal {
                content: content(Some(middle)),
                downgrade_justification: DowngradeJustification::default(),
            },
            5,
        ),
        (
            "extract",
            Question::Extraction {
                content: content(Some(middle)),
            },
            0,
        ),
    ]
}

fn decisions(criterion: &mut Criterion) {
    let ids = Ids(AtomicU64::new(0));
    let actor = Actor::User(UserId::parse(USER).unwrap());
    let locale = LocalePreference::default();
    for labels in [10, 50, 100, 500, 1_000, 5_000] {
        let snapshot = snapshot(&Arc::new(document(labels, 1)));
        for (name, question, actions) in questions(labels) {
            let ask = || {
                decide(
                    &snapshot,
                    &actor,
                    black_box(&question),
                    &locale,
                    &DecideOptions::default(),
                    Timestamp::UNIX_EPOCH,
                    &ids,
                )
            };
            assert_eq!(ask().unwrap().actions.len(), actions, "{name} with {labels} labels");
            criterion
                .benchmark_group(name)
                .sample_size(30)
                .warm_up_time(std::time::Duration::from_millis(300))
                .measurement_time(std::time::Duration::from_secs(1))
                .bench_function(BenchmarkId::from_parameter(labels), |bencher| bencher.iter(ask));
        }
    }
}

fn compilation(criterion: &mut Criterion) {
    for (labels, users) in [(500, 1_000), (10_000, 100_000)] {
        let document = Arc::new(document(labels, users));
        criterion
            .benchmark_group("compile")
            .sample_size(10)
            .bench_function(format!("{labels} labels, {users} users"), |bencher| {
                bencher.iter(|| snapshot(&document))
            });
    }
}

criterion_group!(benches, decisions, compilation);
criterion_main!(benches);

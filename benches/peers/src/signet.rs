//! The decision in Signet: the whole answer of evaluateClassificationResults, actions included.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail};
use jiff::Timestamp;
use serde_json::{Value, json};
use signet_domain::content::{ClassificationResult, ContentFormat, ContentInfo, ContentState, KeyValuePair};
use signet_domain::environment::IdSource;
use signet_domain::evaluation::{Decision, Question, decide};
use signet_domain::ids::{Revision, SensitiveTypeId, UserId};
use signet_domain::locale::LocalePreference;
use signet_domain::query::Actor;
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::read_document;
use uuid::Uuid;

use crate::rules::{Condition, Finding, Report, Rule, TYPES};

const TENANT: Uuid = Uuid::from_u128(0x7e00 << 96);
const USER: Uuid = Uuid::from_u128(0x05e2 << 96);

/// A compiled tenant and somebody of it who asks.
pub struct Signet {
    snapshot: PolicySnapshot,
    actor: Actor,
    locale: LocalePreference,
    ids: Counter,
}

impl Signet {
    /// Compiles the rules as a tenant: every label with markings and protection, all of them published to one user.
    ///
    /// # Errors
    /// When the document is not a valid tenant.
    pub fn new(rules: &[Rule]) -> anyhow::Result<Self> {
        let (document, _) = match read_document(&document(rules)) {
            Ok(read) => read,
            Err(faults) => bail!("the synthetic tenant has faults, the first is {:?}", faults.first()),
        };
        Ok(Self {
            snapshot: PolicySnapshot::compile(Arc::new(document), Revision(1)),
            actor: Actor::User(UserId::from_uuid(USER)),
            locale: LocalePreference(vec!["en-US".to_owned()]),
            ids: Counter(AtomicU64::new(1)),
        })
    }

    /// A question for each report, about an item that carries no label, or the label of a rank.
    pub fn questions(&self, reports: &[Report], current: Option<usize>) -> Vec<Question> {
        let question = |report: &Report| Question::Classification {
            content: ContentInfo {
                format: ContentFormat::File,
                identifier: Some("reports/quarter.docx".to_owned()),
                state: ContentState::Rest,
                metadata: current.map(metadata).unwrap_or_default(),
            },
            results: report.iter().map(result).collect(),
        };
        reports.iter().map(question).collect()
    }

    /// Decides, with all actions.
    ///
    /// # Errors
    /// When the question is refused.
    pub fn decide(&self, question: &Question) -> anyhow::Result<Decision> {
        let now = Timestamp::UNIX_EPOCH;
        decide(
            &self.snapshot,
            &self.actor,
            question,
            &self.locale,
            false,
            now,
            &self.ids,
        )
        .context("refused")
    }

    /// Rank of the label a decision leads to.
    pub fn rank(decision: &Decision) -> Option<usize> {
        let label = decision.label_after?.as_uuid().as_u128();
        Some((label & 0xFFFF_FFFF) as usize)
    }
}

/// Ids in order.
struct Counter(AtomicU64);

impl IdSource for Counter {
    fn next_id(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

fn label_id(rank: usize) -> Uuid {
    Uuid::from_u128((0x1abe << 96) | rank as u128)
}

fn type_id(number: usize) -> Uuid {
    Uuid::from_u128((0x7e0e << 96) | number as u128)
}

fn result(finding: &Finding) -> ClassificationResult {
    ClassificationResult {
        sensitive_type_id: SensitiveTypeId::from_uuid(type_id(finding.sensitive_type)),
        count: finding.count,
        confidence_level: finding.confidence,
    }
}

/// Metadata as an application wrote it with the label.
fn metadata(rank: usize) -> Vec<KeyValuePair> {
    let label = label_id(rank);
    let pair = |name: &str, value: &str| KeyValuePair::new(format!("MSIP_Label_{label}_{name}"), value);
    vec![
        pair("Enabled", "true"),
        pair("SetDate", "2026-01-01T00:00:00Z"),
        pair("Method", "Privileged"),
        pair("Name", &format!("Label {rank}")),
        pair("SiteId", &TENANT.to_string()),
        pair("ActionId", "9e3f1a52-7c84-4d0b-8a16-2f5b7c9d0e31"),
        pair("ContentBits", "0"),
    ]
}

fn document(rules: &[Rule]) -> Value {
    json!({
        "id": TENANT,
        "displayName": "Contoso",
        "domains": ["contoso.com"],
        "users": [{"id": USER, "userPrincipalName": "bob@contoso.com", "displayName": "Bob Baker"}],
        "sensitiveTypes": (0..TYPES).map(|number| json!({"id": type_id(number), "name": format!("Type {number}")})).collect::<Vec<_>>(),
        "labels": rules.iter().map(label).collect::<Vec<_>>(),
        "policies": [{
            "id": Uuid::from_u128(0x9011 << 96),
            "name": "Everyone",
            "scope": {"includeAll": true},
            "labels": rules.iter().map(|rule| label_id(rule.rank)).collect::<Vec<_>>(),
            "settings": {"requireDowngradeJustification": true},
        }],
    })
}

fn label(rule: &Rule) -> Value {
    json!({
        "id": label_id(rule.rank),
        "name": format!("Label {}", rule.rank),
        "tooltip": "Data of the kind the rule names.",
        "color": "#FF8C00",
        "sensitivity": rule.rank,
        "applicableTo": ["file", "email"],
        "header": {"text": "CONFIDENTIAL"},
        "footer": {"text": "${Item.Label} ${User.Name}"},
        "watermark": {"text": "CONFIDENTIAL"},
        "protection": {
            "type": "template",
            "templateId": Uuid::from_u128((0x7e3b << 96) | rule.rank as u128),
            "rights": [{"identity": "contoso.com", "rights": ["VIEW", "EDIT"]}],
        },
        "autoLabeling": {
            "mode": "automatic",
            "conditions": {"groups": [{"sensitiveTypes": rule.conditions.iter().map(condition).collect::<Vec<_>>()}]},
        },
    })
}

fn condition(condition: &Condition) -> Value {
    json!({
        "id": type_id(condition.sensitive_type),
        "minCount": condition.min_count,
        "maxCount": condition.max_count.map_or(-1, i64::from),
        "minConfidence": condition.min_confidence,
        "maxConfidence": 100,
    })
}

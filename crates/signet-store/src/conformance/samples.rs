//! Small values for tests of stores.

use std::sync::Arc;

use jiff::Timestamp;
use signet_domain::ids::{LabelId, Revision, TenantId, UserId};
use signet_domain::record::{DecisionRecord, MatchedType, Operation, Outcome};
use signet_domain::tenant::TenantDocument;
use uuid::Uuid;

use crate::catalog::{Expected, NewRevision};

/// Tenant number `n`; a higher number is a higher id.
pub fn tenant(n: u8) -> TenantId {
    TenantId::from_uuid(guid(1, u32::from(n)))
}

/// User number `n`.
pub fn user(n: u8) -> UserId {
    UserId::from_uuid(guid(2, u32::from(n)))
}

/// Label number `n`.
pub fn label(n: u8) -> LabelId {
    LabelId::from_uuid(guid(3, u32::from(n)))
}

/// A GUID made of a group and a number.
pub fn guid(group: u32, n: u32) -> Uuid {
    Uuid::from_u64_pair((u64::from(group) << 32) | 0xabcd, u64::from(n))
}

/// The instant `seconds` after 2026-03-01T08:00:00.123456789Z.
pub fn time(seconds: i64) -> Timestamp {
    Timestamp::new(1_772_352_000 + seconds, 123_456_789).unwrap()
}

/// A document of a tenant with one label; documents with different names differ.
pub fn document(tenant: TenantId, name: &str) -> Arc<TenantDocument> {
    let json = serde_json::json!({
        "id": tenant,
        "key": format!("key-{name}"),
        "displayName": name,
        "domains": ["contoso.com"],
        "labels": [{
            "id": label(1),
            "name": "Général \"quoted\" \u{1f512}",
            "sensitivity": 1,
            "applicableTo": ["file", "email"],
            "locales": { "de-de": { "displayName": "Öffentlich" } },
        }],
    });
    Arc::new(serde_json::from_value(json).unwrap())
}

/// A change of a tenant to [`document`] of that name.
pub fn change(tenant: TenantId, expected: Expected, name: &str) -> NewRevision {
    NewRevision {
        tenant,
        expected,
        document: document(tenant, name),
        author: format!("author of {name}"),
        at: time(0),
        note: Some(format!("note on {name}")),
    }
}

/// Record number `n` of a tenant: an application evaluated, nothing changed.
pub fn record(tenant: TenantId, n: u32) -> DecisionRecord {
    DecisionRecord {
        sequence: 0,
        id: guid(4, n),
        time: time(i64::from(n)),
        tenant_id: tenant,
        revision: Revision(7),
        operation: Operation::EvaluateApplication,
        outcome: Outcome::Unchanged,
        reason: None,
        user_id: None,
        user_principal_name: None,
        application_id: Some("8b2b4a3e-0000-4000-8000-00000000A001".into()),
        application_name: Some("Gateway".to_owned()),
        application_version: Some("1.2".to_owned()),
        client_ip: Some("192.0.2.7".into()),
        request_id: format!("request-{n}").into(),
        client_request_id: None,
        content_identifier: Some("C:\\Ünï\\file \"1\".docx".to_owned()),
        label_before: None,
        label_after: None,
        justification: None,
        matched_types: vec![MatchedType {
            sensitive_type_id: signet_domain::ids::SensitiveTypeId::from_uuid(guid(5, 1)),
            count: 3,
            confidence: 85,
        }],
        audit: None,
    }
}

//! The audit record of a decision, in the shape of AipSensitivityLabelAction. Source: labelling semantics I.

use jiff::Timestamp;
use uuid::Uuid;

use super::{AuditCommon, AuditLabelEvent, AuditRecord};
use crate::content::{ContentInfo, ContentState};
use crate::directory::User;
use crate::evaluation::Decision;
use crate::ids::TenantId;
use crate::utc::UtcSeconds;

/// Record type of label actions.
const LABEL_ACTION: u32 = 94;
/// Record type of discoveries.
const DISCOVERY: u32 = 93;

/// Who called.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditCaller<'a> {
    /// The signed-in user; absent for an application, also when it acts for a user.
    pub user: Option<&'a User>,
    /// Client id of the token.
    pub application_id: Option<&'a str>,
    /// From `User-Agent`, see [`parse_user_agent`].
    pub application_name: Option<&'a str>,
    /// From `User-Agent`.
    pub application_version: Option<&'a str>,
    /// Remote address.
    pub client_ip: Option<&'a str>,
}

/// The record of a decision; absent when nothing changes and no label was read.
pub fn audit_record(
    decision: &Decision,
    content: &ContentInfo,
    tenant: TenantId,
    caller: &AuditCaller<'_>,
    id: Uuid,
    now: Timestamp,
) -> Option<AuditRecord> {
    let change = decision.change.as_ref()?;
    let application = caller.application_id.unwrap_or_default();
    let (user_id, user_key, user_type) = match caller.user {
        Some(user) => (user.user_principal_name.clone(), user.id.to_string(), 0),
        None => (application.to_owned(), application.to_owned(), 5),
    };
    let mut creation_time = UtcSeconds::from_timestamp(now).to_string();
    creation_time.truncate(creation_time.trim_end_matches('Z').len());
    Some(AuditRecord {
        record_type: if change.operation == "Discover" {
            DISCOVERY
        } else {
            LABEL_ACTION
        },
        workload: "Aip".to_owned(),
        version: 1,
        scope: 1,
        id,
        creation_time,
        operation: change.operation.to_owned(),
        organization_id: tenant,
        user_id,
        user_key,
        user_type,
        object_id: content.identifier.clone(),
        client_ip: caller.client_ip.map(str::to_owned),
        data_state: data_state(content.state).to_owned(),
        common: AuditCommon {
            application_id: caller.application_id.map(str::to_owned),
            application_name: caller.application_name.map(str::to_owned),
            product_version: caller.application_version.map(str::to_owned),
        },
        sensitivity_label_event_data: AuditLabelEvent {
            sensitivity_label_id: change.label,
            old_sensitivity_label_id: change.old_label,
            label_event_type: change.event_type,
            action_source: change.action_source,
            justification_text: change.justification.clone(),
        },
        sensitive_info_type_data: decision.matched_types.clone(),
        protection_event_data: change.protection.clone(),
    })
}

fn data_state(state: ContentState) -> &'static str {
    match state {
        ContentState::Rest => "Rest",
        ContentState::Motion => "Motion",
        ContentState::Use => "Use",
    }
}

/// Name and version of an application: the first product token of `User-Agent`, `Name/Version`. Without a slash the
/// whole token is the name; an empty header gives neither.
pub fn parse_user_agent(header: &str) -> (Option<String>, Option<String>) {
    let Some(token) = header.split_ascii_whitespace().next() else {
        return (None, None);
    };
    let (name, version) = token.split_once('/').unwrap_or((token, ""));
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (given(name), given(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_agent_names_an_application() {
        let cases = [
            ("ContosoLOBApp/1.0", Some("ContosoLOBApp"), Some("1.0")),
            (
                "ContosoLOBApp/1.0 (Windows) Other/2",
                Some("ContosoLOBApp"),
                Some("1.0"),
            ),
            ("ContosoMailAgent", Some("ContosoMailAgent"), None),
            ("Name/", Some("Name"), None),
            ("/1.0", None, Some("1.0")),
            ("  ", None, None),
            ("", None, None),
        ];
        for (header, name, version) in cases {
            assert_eq!(
                parse_user_agent(header),
                (name.map(str::to_owned), version.map(str::to_owned)),
                "{header}"
            );
        }
    }
}

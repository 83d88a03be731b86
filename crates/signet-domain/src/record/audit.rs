//! The audit record of a decision, in the shape of AipSensitivityLabelAction. Source: labelling semantics I.

use std::borrow::Cow;

use super::{AuditCommon, AuditFacts, AuditLabelEvent, AuditRecord, DecisionRecord};
use crate::content::ContentState;
use crate::evaluation::LabelChange;
use crate::utc::UtcSeconds;

/// Record type of label actions.
const LABEL_ACTION: u32 = 94;
/// Record type of discoveries.
const DISCOVERY: u32 = 93;

/// A signed-in user.
const USER: u32 = 0;
/// An application.
const APPLICATION: u32 = 5;

/// What the audit record of a change says beyond its decision record.
/// - `state`: of the item.
/// - `by_user`: a user of the tenant is signed in; not so for an application, also when it acts for a user.
pub fn audit_facts(change: LabelChange, state: ContentState, by_user: bool) -> AuditFacts {
    AuditFacts {
        operation: Cow::Borrowed(change.operation),
        user_type: if by_user { USER } else { APPLICATION },
        data_state: Cow::Borrowed(data_state(state)),
        sensitivity_label_event_data: AuditLabelEvent {
            sensitivity_label_id: change.label,
            old_sensitivity_label_id: change.old_label,
            label_event_type: change.event_type,
            action_source: change.action_source,
            justification_text: change.justification,
        },
        protection_event_data: change.protection,
    }
}

impl DecisionRecord {
    /// The whole audit record; absent when nothing was changed and no label was read.
    pub fn audit_record(&self) -> Option<AuditRecord> {
        let facts = self.audit.as_ref()?;
        let application = || self.application_id.as_deref().unwrap_or_default().to_owned();
        let (user_id, user_key) = match (facts.user_type, self.user_id) {
            (USER, Some(id)) => (self.user_principal_name.clone().unwrap_or_default(), id.to_string()),
            _ => (application(), application()),
        };
        let mut creation_time = UtcSeconds::from_timestamp(self.time).to_string();
        creation_time.truncate(creation_time.trim_end_matches('Z').len());
        Some(AuditRecord {
            record_type: if facts.operation == "Discover" {
                DISCOVERY
            } else {
                LABEL_ACTION
            },
            workload: "Aip".to_owned(),
            version: 1,
            scope: 1,
            id: self.id,
            creation_time,
            operation: facts.operation.clone().into_owned(),
            organization_id: self.tenant_id,
            user_id,
            user_key,
            user_type: facts.user_type,
            object_id: self.content_identifier.clone(),
            client_ip: self.client_ip.as_deref().map(str::to_owned),
            data_state: facts.data_state.clone().into_owned(),
            common: AuditCommon {
                application_id: self.application_id.as_deref().map(str::to_owned),
                application_name: self.application_name.clone(),
                product_version: self.application_version.clone(),
            },
            sensitivity_label_event_data: facts.sensitivity_label_event_data.clone(),
            sensitive_info_type_data: self.matched_types.clone(),
            protection_event_data: facts.protection_event_data.clone(),
        })
    }
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

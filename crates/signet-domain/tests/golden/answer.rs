//! From a case to its answer: who acts, what is asked, what the core says.

use jiff::Timestamp;
use serde_json::Value;
use signet_domain::content::ContentInfo;
use signet_domain::environment::{Clock, IdSource};
use signet_domain::error::{DomainError, ErrorReason};
use signet_domain::evaluation::{DecideOptions, Question, decide};
use signet_domain::ids::LabelId;
use signet_domain::inheritance::{compute_inheritance, compute_rights_and_inheritance};
use signet_domain::locale::LocalePreference;
use signet_domain::query::{Actor, Visibility};
use signet_domain::record::{DecisionRecord, Operation, audit_facts, parse_user_agent};
use signet_domain::rights::{RightsQuestion, usage_rights};
use signet_domain::snapshot::PolicySnapshot;
use signet_testkit::cases::{Answer, Case};
use signet_testkit::environment::{FixedClock, SequentialIds};

use crate::render;
use crate::request;

/// What the core answers to a case.
pub(crate) fn answer(snapshot: &PolicySnapshot, case: &Case) -> Answer {
    Caller::new(snapshot, case)
        .answer()
        .unwrap_or_else(|error| render::error(&error))
}

struct Caller<'a> {
    snapshot: &'a PolicySnapshot,
    case: &'a Case,
    now: Timestamp,
    ids: SequentialIds,
}

impl<'a> Caller<'a> {
    fn new(snapshot: &'a PolicySnapshot, case: &'a Case) -> Self {
        Self {
            snapshot,
            case,
            now: FixedClock::default().now(),
            ids: SequentialIds::default(),
        }
    }

    fn answer(&self) -> Result<Answer, DomainError> {
        let path = self.case.request.path.as_str();
        let operation = path
            .split(['?', '('])
            .next()
            .and_then(|path| path.rsplit('/').next())
            .unwrap();
        match operation {
            "computeInheritance" => self.inheritance(),
            "computeRightsAndInheritance" => self.rights_and_inheritance(),
            "rights" => self.rights(),
            action => self.evaluate(action),
        }
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        let mut headers = self.case.request.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn locale(&self, parameter: Option<&str>) -> LocalePreference {
        LocalePreference::from_request(parameter, self.header("Accept-Language"))
    }

    fn signed_in(&self) -> Option<&'a signet_domain::directory::User> {
        self.case
            .user
            .as_deref()
            .map(|user| self.snapshot.resolve_user(user).expect("a user of the tenant"))
    }

    /// The user the path names; the organisation when it names none. Source: labelling semantics A8.
    fn actor(&self) -> Result<Actor, DomainError> {
        let segments: Vec<&str> = self.case.request.path.split('/').collect();
        let named = match segments[..] {
            ["", _, "me", ..] | ["", _, "users", "me", ..] => Some(self.signed_in().expect("a signed-in user")),
            ["", _, "security", ..] | ["", _, "users", "security", ..] => None,
            ["", _, "users", reference, ..] => Some(self.snapshot.resolve_user(reference).ok_or_else(|| {
                DomainError::new(ErrorReason::UserNotFound, format!("user `{reference}` does not exist"))
            })?),
            _ => panic!("{}: unknown path", self.case.request.path),
        };
        Ok(named.map_or(Actor::Organisation, |user| Actor::User(user.id)))
    }

    fn evaluate(&self, action: &str) -> Result<Answer, DomainError> {
        let question = request::question(action, self.case.request.body.as_ref().expect("a body"))?;
        let actor = self.actor()?;
        let locale = self.locale(None);
        let decision = decide(
            self.snapshot,
            &actor,
            &question,
            &locale,
            &DecideOptions::default(),
            self.now,
            &self.ids,
        )?;
        let explained = decide(
            self.snapshot,
            &actor,
            &question,
            &locale,
            &DecideOptions {
                explain: true,
                ..DecideOptions::default()
            },
            self.now,
            &SequentialIds::default(),
        )?;
        assert_eq!(decision.actions, explained.actions, "an explanation changes nothing");
        let body = match &question {
            Question::Extraction { .. } => decision.current.as_ref().map(render::content_label),
            _ => Some(render::actions(&decision.actions)),
        };
        Ok(Answer {
            status: if body.is_some() { 200 } else { 204 },
            body,
            audit: self.audit(&decision, question.content()),
        })
    }

    fn audit(&self, decision: &signet_domain::evaluation::Decision, content: &ContentInfo) -> Option<Value> {
        let (name, version) = self.header("User-Agent").map(parse_user_agent).unwrap_or_default();
        let user = self.signed_in();
        let record = DecisionRecord {
            sequence: 0,
            id: self.ids.next_id(),
            time: self.now,
            tenant_id: self.snapshot.tenant_id(),
            revision: self.snapshot.revision(),
            operation: Operation::EvaluateApplication,
            outcome: decision.outcome,
            reason: None,
            user_id: user.map(|user| user.id),
            user_principal_name: user.map(|user| user.user_principal_name.clone()),
            application_id: Some("3f2a7c10-0000-4000-8000-000000000001".into()),
            application_name: name,
            application_version: version,
            client_ip: Some("127.0.0.1".into()),
            request_id: "request".into(),
            client_request_id: None,
            content_identifier: content.identifier.clone(),
            label_before: None,
            label_after: decision.label_after,
            justification: None,
            matched_types: decision.matched_types.clone(),
            audit: decision
                .change
                .clone()
                .map(|change| audit_facts(change, content.state, user.is_some())),
        };
        Some(serde_json::to_value(record.audit_record()?).unwrap())
    }

    /// Whose default label counts on the routes of governance: the caller's.
    fn own_actor(&self) -> Actor {
        self.signed_in()
            .map_or(Actor::Organisation, |user| Actor::User(user.id))
    }

    fn inheritance(&self) -> Result<Answer, DomainError> {
        let params = &self.case.params;
        let ids: Vec<LabelId> = request::list(params, "labelIds")
            .iter()
            .map(|id| request::label_id("labelIds", id))
            .collect::<Result<_, _>>()?;
        let formats = request::formats(params, "contentFormats")?;
        let locale = self.locale(params.get("locale").and_then(Value::as_str));
        let label = compute_inheritance(self.snapshot, &ids, &formats, &locale, self.own_actor(), None)?;
        Ok(ok(render::label(&label)))
    }

    fn rights_and_inheritance(&self) -> Result<Answer, DomainError> {
        let body = self.case.request.body.as_ref().expect("a body");
        let delegated = body.get("delegatedUserEmail").and_then(Value::as_str);
        let own = self.signed_in().map(|user| user.user_principal_name.as_str());
        let email = delegated
            .or(own)
            .ok_or_else(|| request::bad("delegatedUserEmail", "name the user"))?;
        let result = compute_rights_and_inheritance(
            self.snapshot,
            email,
            &request::protected_contents(body)?,
            &request::formats(body, "supportedContentFormats")?,
            &self.locale(body.get("locale").and_then(Value::as_str)),
            self.own_actor(),
            None,
            &self.ids,
        )?;
        Ok(ok(render::rights_and_inheritance(&result)))
    }

    fn rights(&self) -> Result<Answer, DomainError> {
        let visibility = Visibility {
            actor: self.own_actor(),
            published_only: false,
            enabled: None,
        };
        let query = |name: &str| {
            self.case.params["query"]
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let asked = RightsQuestion {
            owner_email: query("ownerEmail"),
            user_email: query("userEmail"),
            acting: self.signed_in().map(|user| user.id),
        };
        let id = request::label_id("id", &self.case.params["labelId"])?;
        Ok(ok(render::usage_rights(&usage_rights(
            self.snapshot,
            &visibility,
            id,
            &asked,
        )?)))
    }
}

fn ok(body: Value) -> Answer {
    Answer {
        status: 200,
        body: Some(body),
        audit: None,
    }
}

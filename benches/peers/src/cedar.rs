//! The decision in Cedar: one permit per label; the most sensitive permit that holds is the answer.

use std::fmt::Write as _;

use anyhow::bail;
use cedar_policy::{Authorizer, Context, Entities, Policy, PolicyId, PolicySet, Request};
use serde_json::{Map, json};

use crate::rules::{Condition, Finding, Rule};

/// Parsed policies.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
}

impl Cedar {
    /// Parses one permit per rule.
    ///
    /// # Errors
    /// When Cedar refuses one.
    pub fn new(rules: &[Rule]) -> anyhow::Result<Self> {
        let mut policies = PolicySet::new();
        for rule in rules {
            policies.add(Policy::parse(Some(PolicyId::new(rule.rank.to_string())), permit(rule))?)?;
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies,
            entities: Entities::empty(),
        })
    }

    /// The findings as Cedar takes them.
    ///
    /// # Errors
    /// When Cedar refuses them.
    pub fn request(findings: &[Finding]) -> anyhow::Result<Request> {
        let found: Map<String, serde_json::Value> = findings
            .iter()
            .map(|one| {
                (
                    type_name(one.sensitive_type),
                    json!({"count": one.count, "confidence": one.confidence}),
                )
            })
            .collect();
        let context = Context::from_json_value(json!({ "found": found }), None)?;
        let (who, what, which) = (r#"User::"bob""#, r#"Action::"label""#, r#"Item::"quarter""#);
        Ok(Request::new(
            who.parse()?,
            what.parse()?,
            which.parse()?,
            context,
            None,
        )?)
    }

    /// Decides.
    ///
    /// # Errors
    /// When a policy could not be evaluated.
    pub fn decide(&self, request: &Request) -> anyhow::Result<Option<usize>> {
        let response = self.authorizer.is_authorized(request, &self.policies, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            bail!("cedar: {error}");
        }
        let ranks = response
            .diagnostics()
            .reason()
            .map(|id| AsRef::<str>::as_ref(id).parse::<usize>());
        Ok(ranks.collect::<Result<Vec<_>, _>>()?.into_iter().max())
    }
}

fn type_name(number: usize) -> String {
    format!("t{number}")
}

fn permit(rule: &Rule) -> String {
    let clauses: Vec<String> = rule.conditions.iter().map(clause).collect();
    format!(
        "permit(principal, action, resource) when {{ {} }};",
        clauses.join(" || ")
    )
}

fn clause(condition: &Condition) -> String {
    let found = format!("context.found.{}", type_name(condition.sensitive_type));
    let mut clause = format!(
        "(context.found has {} && {found}.count >= {} && {found}.confidence >= {}",
        type_name(condition.sensitive_type),
        condition.min_count,
        condition.min_confidence,
    );
    if let Some(most) = condition.max_count {
        let _ = write!(clause, " && {found}.count <= {most}");
    }
    clause.push(')');
    clause
}

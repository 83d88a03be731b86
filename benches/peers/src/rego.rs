//! The decision in Rego, evaluated by `regorus`: the rules are data, the policy says what matching means.

use std::collections::BTreeMap;

use anyhow::Context;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{CompiledPolicy, Engine, Value};
use serde_json::json;

use crate::rules::{Condition, Finding, Rule};

const ENTRY_POINT: &str = "data.labelling.chosen";

/// Looks at every condition of every label.
const LINEAR: &str = r"
package labelling
import rego.v1

matching contains label.rank if {
    some label in data.labels
    some condition in label.conditions
    found := input.found[condition.type]
    found.count >= condition.min_count
    found.count <= condition.max_count
    found.confidence >= condition.min_confidence
}

default chosen := 0
chosen := max(matching) if count(matching) > 0
";

/// Looks at the conditions on what was found.
const INDEXED: &str = r"
package labelling
import rego.v1

matching contains condition.rank if {
    some type, found in input.found
    some condition in data.by_type[type]
    found.count >= condition.min_count
    found.count <= condition.max_count
    found.confidence >= condition.min_confidence
}

default chosen := 0
chosen := max(matching) if count(matching) > 0
";

/// How the policy reaches its conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Label by label.
    Linear,
    /// By sensitive type.
    Indexed,
}

/// A compiled policy with its data, for both ways `regorus` evaluates one.
pub struct Rego {
    policy: CompiledPolicy,
    machine: RegoVM,
}

impl Rego {
    /// Compiles the policy and its data.
    ///
    /// # Errors
    /// When `regorus` refuses them.
    pub fn new(rules: &[Rule], layout: Layout) -> anyhow::Result<Self> {
        let (text, data) = match layout {
            Layout::Linear => (LINEAR, linear_data(rules)),
            Layout::Indexed => (INDEXED, indexed_data(rules)),
        };
        let data = Value::from_json_str(&data.to_string())?;
        let mut engine = Engine::new();
        engine.add_policy("labelling.rego".to_owned(), text.to_owned())?;
        engine.add_data(data.clone())?;
        let policy = engine.compile_with_entrypoint(&ENTRY_POINT.into())?;
        let mut machine = RegoVM::new();
        machine.load_program(Compiler::compile_from_policy(&policy, &[ENTRY_POINT])?);
        machine.set_data(data)?;
        machine.set_max_instructions(usize::MAX);
        Ok(Self { policy, machine })
    }

    /// The findings as `regorus` takes them.
    ///
    /// # Errors
    /// When `regorus` refuses them.
    pub fn input(findings: &[Finding]) -> anyhow::Result<Value> {
        let found: BTreeMap<String, _> = findings
            .iter()
            .map(|one| {
                (
                    type_name(one.sensitive_type),
                    json!({"count": one.count, "confidence": one.confidence}),
                )
            })
            .collect();
        Value::from_json_str(&json!({ "found": found }).to_string())
    }

    /// Decides by walking the compiled policy.
    ///
    /// # Errors
    /// When the evaluation fails.
    pub fn interpret(&self, input: &Value) -> anyhow::Result<Option<usize>> {
        rank(&self.policy.eval_with_input(input.clone())?)
    }

    /// Decides on the virtual machine, which keeps the data between calls.
    ///
    /// # Errors
    /// When the evaluation fails.
    pub fn execute(&mut self, input: &Value) -> anyhow::Result<Option<usize>> {
        self.machine.set_input(input.clone());
        rank(&self.machine.execute().context("the machine stopped")?)
    }
}

fn rank(answer: &Value) -> anyhow::Result<Option<usize>> {
    let rank = usize::try_from(answer.as_u64().with_context(|| format!("`{answer}` is no rank"))?)?;
    Ok((rank > 0).then_some(rank))
}

fn type_name(number: usize) -> String {
    format!("t{number}")
}

fn linear_data(rules: &[Rule]) -> serde_json::Value {
    let label = |rule: &Rule| {
        let conditions: Vec<_> = rule.conditions.iter().map(|condition| entry(rule, condition)).collect();
        json!({"rank": rule.rank, "conditions": conditions})
    };
    json!({"labels": rules.iter().map(label).collect::<Vec<_>>()})
}

fn indexed_data(rules: &[Rule]) -> serde_json::Value {
    let mut by_type: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for rule in rules {
        for condition in &rule.conditions {
            by_type
                .entry(type_name(condition.sensitive_type))
                .or_default()
                .push(entry(rule, condition));
        }
    }
    json!({ "by_type": by_type })
}

fn entry(rule: &Rule, condition: &Condition) -> serde_json::Value {
    json!({
        "rank": rule.rank,
        "type": type_name(condition.sensitive_type),
        "min_count": condition.min_count,
        "max_count": condition.max_count.unwrap_or(u32::MAX),
        "min_confidence": condition.min_confidence,
    })
}

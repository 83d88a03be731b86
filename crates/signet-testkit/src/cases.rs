//! Golden cases: a request, the tenant it meets, and what the answer must contain.

#![expect(clippy::panic, reason = "a missing or broken case file should stop the test")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use crate::matcher::mismatch;

/// Groups of evaluation cases; each is a file of `tests/cases/evaluation`.
pub const EVALUATION_GROUPS: [&str; 6] = ["apply", "classify", "remove", "extract", "inherit", "rights"];

/// One golden case.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Unique id.
    pub id: String,
    /// Name of the tenant's catalogue, see [`catalog`].
    pub tenant: String,
    /// The signed-in user; absent: an application caller without user.
    pub user: Option<String>,
    /// The request.
    pub request: CaseRequest,
    /// For GET requests the arguments of the path, already split.
    #[serde(default)]
    pub params: Value,
    /// What the answer must contain.
    pub expect: Expectation,
    /// The rule that is tested.
    pub why: String,
}

/// A request as a client sends it; the path is shown unencoded.
#[derive(Debug, Clone, Deserialize)]
pub struct CaseRequest {
    /// Method.
    pub method: String,
    /// Path with query, unencoded.
    pub path: String,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON body; absent for GET.
    pub body: Option<Value>,
}

/// What the answer must contain.
#[derive(Debug, Clone, Deserialize)]
pub struct Expectation {
    /// HTTP status.
    pub status: u16,
    /// Partial match of the body; `$absent`: no body.
    #[serde(default)]
    pub body: Value,
    /// Partial match of the audit record the call writes.
    pub audit: Option<Value>,
}

/// What was answered to a case.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Option<Value>,
    /// The audit record that was written, where it can be seen.
    pub audit: Option<Value>,
}

impl Case {
    /// How an answer differs from what is expected; absent when it does not. The audit record is compared only when
    /// `with_audit` says that it can be seen.
    pub fn difference(&self, answer: &Answer, with_audit: bool) -> Option<String> {
        if answer.status != self.expect.status {
            let body = answer.body.as_ref().map_or_else(String::new, Value::to_string);
            return Some(format!(
                "status: expected {}, found {} {body}",
                self.expect.status, answer.status
            ));
        }
        let body = mismatch(&self.expect.body, answer.body.as_ref()).map(|place| format!("body {place}"));
        let audit = self.expect.audit.as_ref().filter(|_| with_audit);
        body.or_else(|| {
            let place = mismatch(audit?, answer.audit.as_ref())?;
            Some(format!("audit {place}"))
        })
    }
}

/// The cases of a group, in file order.
///
/// # Panics
/// When the file is missing or is not a list of cases.
pub fn evaluation_cases(group: &str) -> Vec<Case> {
    let text = read(&format!("evaluation/{group}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("cases of group `{group}`: {error}"))
}

/// A golden case of importing one object.
#[derive(Debug, Clone)]
pub struct ImportCase {
    /// Unique id.
    pub id: String,
    /// The cmdlet that printed the object.
    pub kind: String,
    /// The object.
    pub json: Value,
    /// Partial match of what is made of it.
    pub model: Value,
    /// The rule that is tested.
    pub why: String,
}

/// The import cases, in file order.
///
/// # Panics
/// When the file is missing or is not a list of cases.
pub fn import_cases() -> Vec<ImportCase> {
    let cases: Vec<Value> = serde_json::from_str(&read("evaluation/import.json"))
        .unwrap_or_else(|error| panic!("cases of group `import`: {error}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    cases
        .iter()
        .map(|case| ImportCase {
            id: text(case.pointer("/id").unwrap_or(&Value::Null)),
            kind: text(case.pointer("/request/kind").unwrap_or(&Value::Null)),
            json: case.pointer("/request/json").unwrap_or(&Value::Null).clone(),
            model: case.pointer("/expect/model").unwrap_or(&Value::Null).clone(),
            why: text(case.pointer("/why").unwrap_or(&Value::Null)),
        })
        .collect()
}

/// The tenant document of a catalogue, e.g. `contoso`.
///
/// # Panics
/// When the file is missing or is not JSON.
pub fn catalog(name: &str) -> Value {
    let text = read(&format!("catalogs/{name}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("catalogue `{name}`: {error}"))
}

fn read(relative: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/cases", relative]
        .iter()
        .collect();
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

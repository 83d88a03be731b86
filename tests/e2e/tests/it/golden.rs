//! The golden cases over REST. Their tenant is `contoso`.

use serde_json::{Value, json};
use signet_e2e::{Caller, Installation, Request, encoded};
use signet_testkit::cases::{Answer, Case, EVALUATION_GROUPS, evaluation_cases};
use uuid::Uuid;

use crate::support::{contoso, golden, none_wrong};

const SCOPES: &str = "InformationProtectionPolicy.Read SensitivityLabel.Read SensitivityLabel.Evaluate";
const SCOPES_FOR_OTHERS: &str =
    "InformationProtectionPolicy.Read SensitivityLabels.Read.All SensitivityLabel.Evaluate.All";
const ROLES: &str = "InformationProtectionPolicy.Read.All SensitivityLabels.Read.All SensitivityLabel.Evaluate.All";

/// A caller with the permissions the route needs. A path that names somebody the tenant does not know is sent by an
/// application, and bob may ask for the rights of others.
fn caller(case: &Case) -> Caller {
    let tenant = contoso();
    let addressed = case
        .request
        .path
        .split('/')
        .skip_while(|segment| *segment != "users")
        .nth(1);
    let unknown = addressed.is_some_and(|name| name.contains('@') && !tenant.has_user(name));
    match &case.user {
        Some(user) if !unknown => {
            let others = user == "bob@contoso.com" && case.request.path.contains("dataSecurityAndGovernance");
            Caller::user(&tenant, user, if others { SCOPES_FOR_OTHERS } else { SCOPES })
        }
        _ => Caller::application(&tenant, ROLES),
    }
}

/// The id by which the decision a case leaves in the log is found.
fn correlation(case: &Case) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, case.id.as_bytes()).to_string()
}

fn request(case: &Case) -> Request {
    let mut request = Request::new(&case.request.method, encoded(&case.request.path));
    for (name, value) in &case.request.headers {
        if !name.eq_ignore_ascii_case("content-type") {
            request = request.header(name, value);
        }
    }
    request = request.header("client-request-id", correlation(case)).by(&caller(case));
    match &case.request.body {
        Some(body) => request.json(body),
        None => request,
    }
}

/// The audit record of a case from the decision log.
fn audit(installation: &Installation, case: &Case) -> Option<Value> {
    let reader = Caller::application(&contoso(), "Signet.Decisions.Read");
    let mut next = Some("/signet/v1/decisions".to_owned());
    while let Some(path) = next {
        let page = installation.send(&Request::get(path).by(&reader)).expect(200).json();
        let records = page["value"].as_array().expect("a list of decisions");
        if let Some(record) = records
            .iter()
            .find(|record| record["clientRequestId"] == correlation(case))
        {
            return record.get("audit").cloned();
        }
        let link = page["@odata.nextLink"].as_str();
        next = link
            .and_then(|link| link.strip_prefix(installation.origin()))
            .map(str::to_owned);
    }
    Some(json!("no such decision"))
}

/// What is wrong with the answers to a case, in both shapes.
fn faults(case: &Case) -> Vec<String> {
    let pair = golden();
    let answer = match pair.compare(&request(case)) {
        Ok(answer) => answer,
        Err(difference) => return vec![difference],
    };
    let body = (!answer.body.is_empty()).then(|| answer.json());
    let with_audit = case.expect.audit.is_some();
    let check = |installation: &Installation| {
        let audit = if with_audit { audit(installation, case) } else { None };
        let given = Answer {
            status: answer.status,
            body: body.clone(),
            audit,
        };
        case.difference(&given, with_audit)
            .map(|wrong| format!("{:?}: {wrong}", installation.shape))
    };
    pair.installations().into_iter().filter_map(check).collect()
}

fn group(name: &str) {
    let cases = evaluation_cases(name);
    assert!(!cases.is_empty(), "the group {name} has no cases");
    let wrong: Vec<String> = cases
        .iter()
        .flat_map(|case| {
            faults(case)
                .into_iter()
                .map(move |fault| format!("{} ({}): {fault}", case.id, case.why))
        })
        .collect();
    none_wrong(&wrong);
}

#[test]
fn apply() {
    group("apply");
}

#[test]
fn classify() {
    group("classify");
}

#[test]
fn remove() {
    group("remove");
}

#[test]
fn extract() {
    group("extract");
}

#[test]
fn inherit() {
    group("inherit");
}

#[test]
fn rights() {
    group("rights");
}

#[test]
fn every_group_is_here() {
    assert_eq!(
        EVALUATION_GROUPS,
        ["apply", "classify", "remove", "extract", "inherit", "rights"]
    );
}

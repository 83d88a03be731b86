//! computeInheritance in every spelling clients send, byte for byte.

use serde_json::{Value, json};
use signet_e2e::{Answer, Caller, Installation, read_json, send_raw};

use crate::support::{difference, graph, graph_tenant, none_wrong};

/// Sends a request target as it is; client libraries would encode parts of it.
fn ask(installation: &Installation, target: &str) -> Answer {
    let token = installation.token(&Caller::user(
        &graph_tenant("a"),
        "bob@contoso.com",
        "SensitivityLabel.Evaluate",
    ));
    let head = format!(
        "GET {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n",
        installation.origin().trim_start_matches("http://")
    );
    send_raw(installation.origin(), head.as_bytes())
}

fn check(cases: &Value, expected: impl Fn(&Value) -> Value) -> Vec<String> {
    let document = read_json("tests/cases/graph/inheritance-forms.json");
    let collection = document["collection"].as_str().expect("a path");
    let mut faults = Vec::new();
    for case in cases.as_array().expect("a list") {
        let target = format!("{collection}/{}", case["target"].as_str().expect("a target"));
        for installation in graph().installations() {
            let answer = ask(installation, &target);
            if let Some(wrong) = difference(&expected(case), &answer, installation.origin()) {
                faults.push(format!("{} {:?} {target}: {wrong}", case["id"], installation.shape));
            }
        }
    }
    faults
}

#[test]
fn every_spelling_means_the_same_call() {
    let document = read_json("tests/cases/graph/inheritance-forms.json");
    none_wrong(&check(
        &document["forms"],
        |_| json!({"status": 200, "body": document["answer"]}),
    ));
}

#[test]
fn wrong_arguments_are_refused() {
    let document = read_json("tests/cases/graph/inheritance-forms.json");
    let expected = |case: &Value| {
        let inner = if case["inner"].is_null() {
            json!("$any")
        } else {
            case["inner"].clone()
        };
        let error = json!({"code": case["code"], "message": "$nonempty", "innerError": {"code": inner}});
        json!({"status": case["status"], "headers": {"request-id": "$guid"}, "body": {"error": error}})
    };
    none_wrong(&check(&document["refused"], expected));
}

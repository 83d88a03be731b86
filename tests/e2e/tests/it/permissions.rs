//! Every operation with every permission alone and with none, for each kind of token, against the written table.

use serde_json::Value;
use signet_e2e::{Answer, Caller, Request, encoded, read_json};

use crate::support::{graph, graph_tenant, none_wrong};

const KINDS: [&str; 3] = ["delegated", "application", "personal"];

fn caller(kind: &str, permission: &str) -> Caller {
    match kind {
        "delegated" => Caller::user(&graph_tenant("a"), "bob@contoso.com", permission),
        "application" => Caller::application(&graph_tenant("a"), permission),
        _ => Caller::user(&graph_tenant("personal"), "pat@outlook.example", permission),
    }
}

fn request(row: &Value, path: &Value) -> Request {
    let path = path.as_str().expect("a path is a text");
    let method = row["method"].as_str().expect("a method is a text");
    let request = Request::new(method, encoded(path));
    match &row["body"] {
        Value::Null => request,
        body => request.json(body),
    }
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array()
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect()
}

/// The statuses a cell may have.
fn expected(column: &Value, permission: &str) -> Vec<u64> {
    if let Some(status) = column["always"].as_u64() {
        return vec![status];
    }
    if texts(&column["opens"]).contains(&permission) {
        return column["with"]
            .as_array()
            .expect("statuses")
            .iter()
            .filter_map(Value::as_u64)
            .collect();
    }
    vec![column["else"].as_u64().expect("a status")]
}

/// What is wrong with an answer, if anything: its status, or the code that goes with it.
fn fault(answer: &Answer, statuses: &[u64]) -> Option<String> {
    if !statuses.contains(&u64::from(answer.status)) {
        return Some(format!("{} instead of {statuses:?}: {}", answer.status, answer.text()));
    }
    let code = match answer.status {
        400 => "BadRequest",
        401 => "InvalidAuthenticationToken",
        403 => "accessDenied",
        _ => return None,
    };
    let found = answer.code();
    (!found.eq_ignore_ascii_case(code)).then(|| format!("code {found} instead of {code}"))
}

#[test]
fn every_operation_with_every_permission() {
    let table = read_json("tests/cases/permissions/matrix.json");
    let permissions = texts(&table["permissions"]);
    let mut faults = Vec::new();
    let mut cells = 0;
    for row in table["rows"].as_array().expect("rows") {
        for path in row["paths"].as_array().expect("paths") {
            let request = request(row, path);
            let mut ask = |who: &str, request: &Request, statuses: &[u64]| {
                cells += 1;
                let wrong = match graph().compare(request) {
                    Ok(answer) => fault(&answer, statuses),
                    Err(difference) => Some(difference),
                };
                faults.extend(wrong.map(|wrong| format!("{} as {who}: {wrong}", request.name())));
            };
            ask("nobody", &request, &[row["nobody"].as_u64().unwrap_or(401)]);
            for kind in KINDS {
                let column = &row[kind];
                if column.is_null() {
                    continue;
                }
                for permission in &permissions {
                    let request = request.clone().by(&caller(kind, permission));
                    ask(
                        &format!("{kind} with {permission}"),
                        &request,
                        &expected(column, permission),
                    );
                }
                if kind != "personal" && texts_opened(column) < permissions.len() {
                    let request = request.clone().by(&caller(kind, ""));
                    ask(&format!("{kind} with none"), &request, &expected(column, ""));
                }
            }
        }
    }
    eprintln!("{cells} cells");
    assert!(cells > 3_000, "only {cells} cells");
    none_wrong(&faults);
}

/// How many permissions open a column; a column with a fixed status: none.
fn texts_opened(column: &Value) -> usize {
    column["opens"].as_array().map_or(0, Vec::len)
}

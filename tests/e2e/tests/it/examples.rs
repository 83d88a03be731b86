//! The worked examples of the interface: requests as published, with the answers they must get.

use serde_json::Value;
use signet_e2e::{Request, encoded, read_json};

use crate::support::{caller, difference, graph, graph_tenant, none_wrong};

/// A request as the cases write it: `{method, path, headers?, body? | text?}`; the path is unencoded but for what is
/// already.
fn request(written: &Value) -> Request {
    let path = written["path"].as_str().expect("a path");
    let path = if path.contains('%') {
        path.to_owned()
    } else {
        encoded(path)
    };
    let mut request = Request::new(written["method"].as_str().expect("a method"), path);
    for (name, value) in written["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().expect("a header is a text"));
    }
    match (&written["body"], &written["text"]) {
        (Value::Null, Value::String(text)) => {
            request.body = Some(text.clone().into_bytes());
            request
        }
        (Value::Null, _) => request,
        (body, _) => request.json(body),
    }
}

#[test]
fn every_worked_example_is_answered_as_published() {
    let pair = graph();
    let mut faults = Vec::new();
    for example in read_json("tests/cases/graph/examples.json")
        .as_array()
        .expect("a list of examples")
    {
        let tenant = graph_tenant(example["tenant"].as_str().expect("a tenant"));
        let mut request = request(&example["request"]);
        request.caller = caller(&tenant, &example["caller"]);
        let wrong = match pair.compare(&request) {
            Ok(answer) => difference(&example["expect"], &answer, pair.one.origin()),
            Err(difference) => Some(difference),
        };
        faults.extend(wrong.map(|wrong| format!("{} ({}): {wrong}", example["id"], example["about"])));
    }
    none_wrong(&faults);
}

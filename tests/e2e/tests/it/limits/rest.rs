//! Limits over REST, from the table `tests/cases/limits/rest.json`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use signet_e2e::{Answer, Installation, Request, Setup, Shape, encoded, read_json, send_raw};

use super::{Memory, Size, installations};
use crate::support::{caller, contoso, contoso_with_corpus, none_wrong};

/// Bodies above this are announced and begun, not sent: a server that refuses what is announced does not read it.
const SENT: usize = 2 * 1024 * 1024;

/// Rounds over what is refused, so that anything kept adds up.
const ROUNDS: usize = 2;

/// A text of `limit` characters that begins with `text` and goes on with spaces.
fn filled(text: &str, limit: usize) -> String {
    format!("{text}{}", " ".repeat(limit.saturating_sub(text.len())))
}

fn repeated(parts: &Value, count: usize) -> String {
    let part = |position: usize| parts[position].as_str().unwrap_or_default();
    vec![part(0); count].join(part(1))
}

/// A text of the table with what stands for something replaced.
fn text(text: &str, case: &Value, count: usize) -> String {
    let fill = case["request"]["fill"].as_str().unwrap_or_default();
    let mut text = text.to_owned();
    if text.contains("{filled}") {
        text = text.replace("{filled}", &filled(fill, count));
    }
    if text.contains("{repeated}") {
        text = text.replace("{repeated}", &repeated(&case["request"]["repeat"], count));
    }
    text
}

/// A value of the table with what stands for something replaced; `copy` is the number of the copy it is in.
fn value(written: &Value, case: &Value, count: usize, copy: usize) -> Value {
    match written {
        Value::String(number) if number == "{n}" => Value::from(count),
        Value::String(words) => Value::from(text(words, case, count).replace("{i}", &copy.to_string())),
        Value::Array(entries) => entries.iter().map(|entry| value(entry, case, count, copy)).collect(),
        Value::Object(members) => match members.get("$times") {
            Some(repeated) => (0..count).map(|copy| value(repeated, case, count, copy)).collect(),
            None => Value::Object(
                members
                    .iter()
                    .map(|(name, member)| (name.clone(), value(member, case, count, copy)))
                    .collect(),
            ),
        },
        other => other.clone(),
    }
}

/// The request of a case for so many of what is limited.
fn request(case: &Value, count: u64) -> Request {
    let count = usize::try_from(count).expect("a size");
    let written = &case["request"];
    let method = written["method"].as_str().expect("a method");
    let path = text(written["path"].as_str().expect("a path"), case, count);
    let mut request = Request::new(method, encoded(&path));
    if !written["body"].is_null() {
        let mut body = value(&written["body"], case, count, 0).to_string();
        if written["fill"] == "body" {
            body = filled(&body, count);
        }
        let bytes = match written["gzip"].as_bool() {
            Some(true) => gzip(body.as_bytes()),
            _ => body.into_bytes(),
        };
        request = request.body("application/json", bytes);
    }
    if written["gzip"] == true {
        request = request.header("Content-Encoding", "gzip");
    }
    request.caller = caller(&contoso(), &case["caller"]);
    request
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

fn send(installation: &Installation, request: &Request) -> Answer {
    let body = request.body.as_deref().unwrap_or_default();
    let is_long = body.len() > SENT || request.path.len() > 64 * 1024;
    if !is_long {
        return installation.send(request);
    }
    let token = installation.token(request.caller.as_ref().expect("a caller"));
    let mut head = format!(
        "{} {} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\nConnection: close\r\n",
        request.method,
        request.path,
        body.len()
    );
    for (name, value) in &request.headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";
    let begun = body.get(..1024.min(body.len())).unwrap_or_default();
    send_raw(installation.origin(), &[head.as_bytes(), begun].concat())
}

fn expected(case: &Value, size: Size) -> &Value {
    match size {
        Size::At => &case["at"],
        Size::Hundredfold if !case["hundredfold"].is_null() => &case["hundredfold"],
        Size::Over | Size::Hundredfold => &case["over"],
    }
}

/// What is wrong with an answer, if anything.
fn fault(answer: &Answer, expected: &Value) -> Option<String> {
    let is_as_expected = expected["status"] == answer.status
        && expected["code"].as_str().is_none_or(|code| code == answer.code())
        && expected["inner"]
            .as_str()
            .is_none_or(|code| code == answer.inner_code());
    let text: String = answer.text().chars().take(300).collect();
    (!is_as_expected).then(|| format!("{expected} expected, found {} {text}", answer.status))
}

#[test]
fn of_requests_hold_where_they_are_set_to() {
    let table = read_json("tests/cases/limits/rest.json");
    let cases = table["cases"].as_array().expect("cases");
    let set: Vec<&Value> = cases.iter().filter(|case| !case["setting"].is_null()).collect();
    assert_eq!(set.len(), 6, "limits that can be set");
    let settings = set.iter().map(|case| {
        let setting = &case["setting"];
        let name = setting["name"].as_str().expect("a name").to_owned();
        (&*name.leak(), setting["text"].as_str().expect("a text").to_owned())
    });
    let (tenant, _folder) = contoso_with_corpus();
    let mut faults = Vec::new();
    for shape in Shape::ALL {
        let setup = Setup {
            tenants: vec![tenant.clone()],
            settings: settings.clone().collect(),
            serve: true,
            ..Setup::default()
        };
        let installation = Installation::start(shape, &setup);
        for case in &set {
            for size in [Size::At, Size::Over] {
                let count = size.of(case["setting"]["value"].as_u64().expect("a limit"));
                let answer = send(&installation, &request(case, count));
                if let Some(fault) = fault(&answer, expected(case, size)) {
                    faults.push(format!("{shape:?}, {} {size:?}: {fault}", case["limit"]));
                }
            }
        }
    }
    none_wrong(&faults);
}

#[test]
fn of_requests_hold_at_every_size() {
    let table = read_json("tests/cases/limits/rest.json");
    let cases = table["cases"].as_array().expect("cases");
    let mut faults = Vec::new();
    for installation in installations().0.installations() {
        let mut ask = |case: &Value, size: Size| {
            let limit = case["value"].as_u64().expect("a limit");
            let answer = send(installation, &request(case, size.of(limit)));
            if let Some(fault) = fault(&answer, expected(case, size)) {
                faults.push(format!("{:?}, {} {size:?}: {fault}", installation.shape, case["limit"]));
            }
        };
        for case in cases {
            ask(case, Size::At);
            ask(case, Size::Over);
        }
        let before = Memory::now(installation);
        for _ in 0..ROUNDS {
            cases.iter().for_each(|case| ask(case, Size::Hundredfold));
        }
        cases.iter().for_each(|case| ask(case, Size::At));
        faults.extend(before.growth(&format!("{:?}", installation.shape)));
    }
    none_wrong(&faults);
}

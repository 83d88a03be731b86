//! The golden cases of the decision core, through the whole gateway.

use http::{Method, header};
use signet_testkit::cases::{Answer, Case, EVALUATION_GROUPS, evaluation_cases};

use super::world::{Ask, TENANT_A, Token, World};

/// A path of a case as clients encode it.
fn encoded(path: &str) -> String {
    path.chars()
        .map(|c| match c {
            ' ' => "%20".to_owned(),
            '"' => "%22".to_owned(),
            c => c.to_string(),
        })
        .collect()
}

fn token(case: &Case) -> Token {
    let Some(address) = &case.user else {
        return Token::application(TENANT_A).all();
    };
    let catalogue = signet_testkit::cases::catalog("contoso");
    let users = catalogue["users"].as_array().expect("users");
    let user = users
        .iter()
        .find(|user| user["userPrincipalName"] == address.as_str())
        .expect("a user");
    Token::user(TENANT_A, user["id"].as_str().expect("an id"), address).all()
}

async fn ask(world: &World, case: &Case) -> Answer {
    let method: Method = case.request.method.parse().expect("a method");
    let mut ask = Ask::new(world, method, &encoded(&case.request.path)).token(token(case));
    for (name, value) in &case.request.headers {
        let name = header::HeaderName::from_bytes(name.as_bytes()).expect("a name");
        ask = ask.header_named(name, value);
    }
    if let Some(body) = &case.request.body {
        ask = ask.body(body.to_string());
    }
    let reply = ask.send().await;
    let body = (!reply.bytes.is_empty()).then(|| reply.json());
    Answer {
        status: reply.status.as_u16(),
        body,
        audit: None,
    }
}

#[tokio::test]
async fn every_case_of_every_group() {
    let world = World::contoso();
    let mut failures = Vec::new();
    let mut count = 0;
    for group in EVALUATION_GROUPS {
        for case in evaluation_cases(group) {
            count += 1;
            let answer = ask(&world, &case).await;
            if let Some(difference) = case.difference(&answer, false) {
                failures.push(format!("{}: {difference}", case.id));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} cases failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(count > 100, "only {count} cases");
}

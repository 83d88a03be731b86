//! What operators see: logs that belong together, and metrics.

use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Installation, Request, Setup, Shape, wait_for};

use crate::support::{contoso, golden};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn bob() -> Caller {
    Caller::user(&contoso(), "bob@contoso.com", "InformationProtectionPolicy.Read")
}

/// An evaluation with a secret everywhere a caller may put text.
fn evaluation() -> Request {
    let body = json!({
        "contentInfo": {"contentFormat": "File", "identifier": "secret-name.docx", "metadata": []},
        "labelingOptions": {
            "labelId": "99999999-9999-4999-8999-999999999999",
            "downgradeJustification": {"isDowngradeJustified": true, "justificationMessage": "secret-reason"},
        },
    });
    Request::post("/beta/me/security/informationProtection/sensitivityLabels/evaluateApplication")
        .json(&body)
        .by(&bob())
}

fn logging() -> Installation {
    let setup = Setup {
        tenants: vec![contoso()],
        log: "warn,signet_gateway=debug,signet_rpc=debug,signet_evaluation=debug".to_owned(),
        ..Setup::default()
    };
    Installation::start(Shape::SeparateProcesses, &setup)
}

#[test]
fn a_trace_goes_through_every_process() {
    let installation = logging();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let answer = installation
        .send(&evaluation().header("traceparent", parent))
        .expect(404);
    let request_id = answer.header("request-id").expect("an answer has an id").to_owned();
    let evaluation = &installation.processes[1];
    let lines = wait_for("the evaluation's log", || {
        let log = evaluation.log();
        let ours: Vec<String> = log
            .lines()
            .filter(|line| line.contains(&request_id))
            .map(str::to_owned)
            .collect();
        (!ours.is_empty()).then_some(ours)
    });
    for line in &lines {
        let line: Value = serde_json::from_str(line).expect("a line of JSON");
        assert!(line.to_string().contains(TRACE), "{line}");
    }
}

#[test]
fn a_request_keeps_its_id_through_every_process() {
    let installation = logging();
    let answer = installation.send(&evaluation()).expect(404);
    let request_id = answer.header("request-id").expect("an answer has an id").to_owned();
    wait_for("the evaluation's log", || {
        installation.processes[1].log().contains(&request_id).then_some(())
    });
}

#[test]
fn logs_hold_no_secrets_even_when_everything_is_logged() {
    let installation = logging();
    let token = installation.token(&bob());
    let answer = installation.send(&evaluation()).expect(404);
    let request_id = answer.header("request-id").expect("an answer has an id").to_owned();
    wait_for("the evaluation's log", || {
        installation.processes[1].log().contains(&request_id).then_some(())
    });
    let signature = token.rsplit('.').next().expect("a signed token");
    for process in &installation.processes {
        let log = process.log();
        for secret in [
            "secret-name",
            "secret-reason",
            signature,
            "bob@contoso.com",
            "a-token-only-the-tests-know",
        ] {
            assert!(!log.contains(secret), "`{secret}` is in the log:\n{log}");
        }
        for line in log.lines() {
            let _: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        }
    }
}

#[test]
fn requests_are_counted() {
    for installation in golden().installations() {
        installation
            .send(&Request::get("/beta/me/security/informationProtection/sensitivityLabels").by(&bob()))
            .expect(200);
        let admin = Client::plain(installation.fact("admin"));
        let metrics = admin.send(&Request::get("/metrics"), None).expect(200);
        assert!(
            metrics
                .header("content-type")
                .is_some_and(|kind| kind.starts_with("text/plain; version=0.0.4"))
        );
        let text = metrics.text();
        let counted = |line: &str| {
            line.starts_with("http_server_request_duration_seconds_count{")
                && line.contains("http_response_status_code=\"200\"")
        };
        assert!(text.lines().any(counted), "{text}");
    }
}

//! Parts of an installation that fail while the others run.

use std::time::{Duration, Instant};

use serde_json::json;
use signet_e2e::{Answer, Caller, Folder, Installation, Request, Setup, Shape, wait_for};

use crate::support::{contoso, contoso_with_corpus};

const LABELS: &str = "/beta/me/security/informationProtection/sensitivityLabels";
const EXTRACT: &str = "/v1.0/me/drive/root:/contract.docx:/extractSensitivityLabels";

fn bob() -> Caller {
    Caller::user(
        &contoso(),
        "bob@contoso.com",
        "InformationProtectionPolicy.Read Files.Read",
    )
}

fn list() -> Request {
    Request::get(LABELS).by(&bob())
}

fn evaluate() -> Request {
    let body = json!({"contentInfo": {"contentFormat": "File", "metadata": []}, "classificationResults": []});
    Request::post(format!("{LABELS}/evaluateClassificationResults"))
        .json(&body)
        .by(&bob())
}

fn extract() -> Request {
    Request::post(EXTRACT).by(&bob())
}

/// An installation of separate processes that has answered everything once, and the drive of it.
fn installation(settings: &[(&'static str, &'static str)]) -> (Installation, Folder) {
    let (tenant, drive) = contoso_with_corpus();
    let setup = Setup {
        tenants: vec![tenant],
        settings: settings
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        ..Setup::default()
    };
    let installation = Installation::start(Shape::SeparateProcesses, &setup);
    for request in [list(), evaluate(), extract()] {
        installation.send(&request).expect(200);
    }
    (installation, drive)
}

/// A refusal that says when to come back, and nothing about its cause.
#[track_caller]
fn is_unavailable(answer: &Answer) {
    assert!(
        matches!(answer.status, 503 | 504),
        "{} {}",
        answer.status,
        answer.text()
    );
    if answer.status == 503 {
        assert_eq!(answer.code(), "serviceNotAvailable");
        let wait = answer.header("retry-after").and_then(|value| value.parse::<u64>().ok());
        assert!(wait.is_some_and(|seconds| seconds >= 1), "{:?}", answer.headers);
    }
    for cause in ["127.0.0.1", "refused", "tonic", "transport", "tcp"] {
        assert!(!answer.text().contains(cause), "{}", answer.text());
    }
}

/// Only what needs the service fails, at once; all is well again once it is back.
fn only_its_own_requests_fail(service: &str, failing: &[Request], working: &[Request]) {
    let (mut installation, _drive) = installation(&[]);
    installation.kill(service);
    for request in failing {
        let began = Instant::now();
        is_unavailable(&installation.send(request));
        assert!(
            began.elapsed() < Duration::from_secs(11),
            "{} took {:?}",
            request.name(),
            began.elapsed()
        );
    }
    for request in working {
        installation.send(request).expect(200);
    }
    installation.start_again(service);
    for request in failing.iter().chain(working) {
        wait_for("the service to be used again", || {
            (installation.send(request).status == 200).then_some(())
        });
    }
}

#[test]
fn without_evaluation_lists_and_files_are_answered() {
    only_its_own_requests_fail("evaluation", &[evaluate()], &[list(), extract()]);
}

#[test]
fn without_extraction_lists_and_evaluations_are_answered() {
    only_its_own_requests_fail("extraction", &[extract()], &[list(), evaluate()]);
}

#[test]
fn without_the_catalogue_evaluations_go_on_and_say_how_old_their_policy_is() {
    let (mut installation, _drive) = installation(&[]);
    assert_eq!(installation.send(&evaluate()).header("signet-snapshot-age"), None);
    installation.kill("catalog");
    is_unavailable(&installation.send(&list()));
    let aged = wait_for("an age", || {
        let answer = installation.send(&evaluate()).expect(200);
        answer.header("signet-snapshot-age").map(str::to_owned)
    });
    aged.parse::<u64>().expect("an age in seconds");
    installation.send(&extract()).expect(200);
    let newer = evaluate().header("Signet-At-Least-Revision", "2");
    is_unavailable(&installation.send(&newer));
    installation.start_again("catalog");
    wait_for("the policy to be confirmed", || {
        let answer = installation.send(&evaluate()).expect(200);
        answer.header("signet-snapshot-age").is_none().then_some(())
    });
    wait_for("lists", || (installation.send(&list()).status == 200).then_some(()));
    let mut changed = contoso();
    changed.0["displayName"] = json!("Contoso after the outage");
    installation.apply(&changed);
    assert_eq!(
        installation.send(&newer).expect(200).header("signet-revision"),
        Some("2")
    );
}

#[test]
fn a_policy_that_is_too_old_decides_nothing() {
    let (mut installation, _drive) = installation(&[("SIGNET_CATALOG__MAX_SNAPSHOT_AGE", "1s")]);
    installation.kill("catalog");
    let refused = wait_for("the policy to be too old", || {
        let answer = installation.send(&evaluate());
        (answer.status != 200).then_some(answer)
    });
    is_unavailable(&refused);
    installation.start_again("catalog");
    wait_for("evaluations", || {
        (installation.send(&evaluate()).status == 200).then_some(())
    });
}

#[test]
fn a_service_that_hangs_does_not_hang_its_callers() {
    let (installation, _drive) = installation(&[("SIGNET_GATEWAY__REQUEST_DEADLINE", "1s")]);
    let evaluation = installation.process("evaluation");
    evaluation.freeze();
    let began = Instant::now();
    let answer = installation.send(&evaluate());
    let took = began.elapsed();
    evaluation.thaw();
    is_unavailable(&answer);
    assert!(took < Duration::from_secs(5), "{took:?}");
    wait_for("evaluations", || {
        (installation.send(&evaluate()).status == 200).then_some(())
    });
}

#[test]
fn services_of_one_installation_need_its_token() {
    let (mut installation, _drive) = installation(&[]);
    let token_file = installation.folder.path().join("cluster-token");
    std::fs::write(&token_file, "another-token-than-the-catalogue-knows").expect("a file can be written");
    installation.kill("evaluation");
    // It never gets ready: it may not follow the catalogue.
    let (name, folder) = ("a stranger", installation.folder.path().join("stranger"));
    let environment: Vec<(&str, &str)> = installation
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let catalog = std::fs::read_to_string(installation.folder.path().join("catalog/ready.json")).expect("it runs");
    let catalog: serde_json::Value = serde_json::from_str(&catalog).expect("JSON");
    let mut environment = environment;
    environment.push((
        "SIGNET_CATALOG__ENDPOINT",
        catalog["grpc"].as_str().expect("an address"),
    ));
    environment.push(("SIGNET_GRPC__LISTEN", "127.0.0.1:0"));
    let stranger = signet_e2e::Process::start(name, &folder, &["serve", "--services", "evaluation"], &environment);
    wait_for("the stranger to be refused", || {
        stranger.log().contains("cluster token").then_some(())
    });
    assert!(!folder.join("ready.json").exists());
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    for round in 0..5 {
        let setup = Setup {
            tenants: vec![contoso()],
            ..Setup::default()
        };
        let mut installation = Installation::start(Shape::OneProcess, &setup);
        let mut last = String::new();
        for number in 0..20 {
            last = format!("00000000-0000-4000-8000-{round:04}{number:08}");
            installation
                .send(&evaluate().header("client-request-id", &last))
                .expect(200);
        }
        installation.kill("signet dev");
        let folder = installation.folder;
        let again = Setup { stored: true, ..setup };
        let installation = Installation::start_in(Shape::OneProcess, &again, folder);
        let reader = Caller::application(&contoso(), "Signet.Decisions.Read");
        let log = installation
            .send(&Request::get("/signet/v1/decisions?$top=999").by(&reader))
            .expect(200);
        assert!(log.text().contains(&last), "{}", log.text());
        assert_eq!(log.json()["value"].as_array().map(Vec::len), Some(20));
    }
}

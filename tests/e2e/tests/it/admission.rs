//! Throttling in both shapes, and faults on demand, which only development has.

use signet_e2e::{Answer, Caller, Installation, Request, Setup, Shape, run};

use crate::support::graph_tenant;

const LABELS: &str = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";

fn labels() -> Request {
    let application = Caller::application(&graph_tenant("a"), "SensitivityLabel.Read");
    Request::get(LABELS).by(&application)
}

fn setup() -> Setup {
    Setup {
        tenants: vec![graph_tenant("a"), graph_tenant("b")],
        ..Setup::default()
    }
}

/// A text that is a whole number of seconds, at least one.
fn wait(answer: &Answer) -> u32 {
    let text = answer.header("retry-after").expect("a refusal says when to come back");
    let seconds = text.parse().expect("whole seconds");
    assert!(seconds >= 1, "{text}");
    seconds
}

#[test]
fn an_application_that_sends_too_much_is_refused_in_both_shapes() {
    let setup = Setup {
        flags: vec!["--requests-per-second".to_owned(), "1".to_owned()],
        settings: vec![
            ("SIGNET_GATEWAY__REQUESTS_PER_SECOND", "1".to_owned()),
            ("SIGNET_GATEWAY__BURST", "2".to_owned()),
        ],
        ..setup()
    };
    for shape in Shape::ALL {
        let installation = Installation::start(shape, &setup);
        let answers: Vec<Answer> = (0..10).map(|_| installation.send(&labels())).collect();
        assert_eq!(answers.first().map(|answer| answer.status), Some(200), "{shape:?}");
        let refused = answers.iter().find(|answer| answer.status != 200);
        let refused = refused.expect("ten requests are too many").clone().expect(429);
        assert_eq!(refused.code(), "activityLimitReached");
        assert_eq!(wait(&refused), 1);
        let other = Caller::application(&graph_tenant("b"), "SensitivityLabel.Read");
        installation.send(&Request::get(LABELS).by(&other)).expect(200);
    }
}

#[test]
fn in_development_faults_come_on_demand() {
    let folder = signet_e2e::Folder::new("faults");
    let file = folder.path().join("faults.yaml");
    let rules = "- requests: GET /beta/security/**\n  fault: 423;retry-after=2;times=2\n";
    std::fs::write(&file, rules).expect("a file can be written");
    let setup = Setup {
        flags: vec!["--fault-rules".to_owned(), file.display().to_string()],
        ..setup()
    };
    let installation = Installation::start(Shape::OneProcess, &setup);
    for status in [429, 429, 200, 429] {
        let asked = labels().header("Signet-Fault", "429;retry-after=3;times=2");
        let answer = installation.send(&asked).expect(status);
        assert_eq!(answer.header("retry-after"), (status == 429).then_some("3"));
    }
    for status in [423, 423, 200] {
        let mut ruled = labels();
        ruled.path = LABELS.replace("/v1.0", "/beta");
        installation.send(&ruled).expect(status);
    }
    installation.send(&labels()).expect(200);
}

#[test]
fn rules_that_are_wrong_keep_development_from_starting() {
    let folder = signet_e2e::Folder::new("faults");
    let file = folder.path().join("faults.yaml");
    std::fs::write(&file, "- requests: GET /v1.0\n  fault: '418'\n").expect("a file can be written");
    let data = folder.path().join("data").display().to_string();
    let file = file.display().to_string();
    let finished = run(&["dev", "--data-dir", &data, "--fault-rules", &file], &[]);
    assert!(!finished.status.success());
    assert!(finished.stderr.contains("entry 1"), "{}", finished.stderr);
}

#[test]
fn serve_has_no_faults_and_nothing_to_ask_for_them_with() {
    let installation = Installation::start(Shape::SeparateProcesses, &setup());
    for fault in ["429", "503;times=3", "423", "402", "delay;delay=60s", "nonsense"] {
        let answer = installation.send(&labels().header("Signet-Fault", fault)).expect(200);
        assert_eq!(answer.header("retry-after"), None);
    }
    let refused = run(&["serve", "--fault-rules", "faults.yaml"], &[]);
    assert!(!refused.status.success());
    assert!(refused.stderr.contains("--fault-rules"), "{}", refused.stderr);
    for variable in ["SIGNET_GATEWAY__FAULT_RULES", "SIGNET_GATEWAY__FAULTS"] {
        let refused = run(&["serve"], &[(variable, "faults.yaml")]);
        assert!(!refused.status.success());
        assert!(refused.stderr.contains(variable), "{}", refused.stderr);
    }
}

//! Starting, ending, and starting again.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use signet_e2e::{Caller, Installation, PATIENCE, Request, Setup, Shape, run};
use tempfile::TempDir;

use crate::support::{contoso, contoso_with_corpus};

const EXTRACT: &str = "/v1.0/me/drive/root:/contract.docx:/extractSensitivityLabels";

fn bob(scopes: &str) -> Caller {
    Caller::user(&contoso(), "bob@contoso.com", scopes)
}

fn setup() -> Setup {
    Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    }
}

/// Reads from a connection until the text is there.
fn read_until(stream: &mut TcpStream, wanted: &str) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&read).contains(wanted) {
        let count = stream.read(&mut buffer).expect("the server answers");
        assert_ne!(count, 0, "closed after {:?}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// A request is half sent when the process is asked to end; it is answered all the same, and the process succeeds.
fn ends_after_the_requests_in_flight(shape: Shape) {
    let mut installation = Installation::start(shape, &setup());
    let token = installation.token(&bob("InformationProtectionPolicy.Read"));
    let body =
        json!({"contentInfo": {"contentFormat": "File", "metadata": []}, "classificationResults": []}).to_string();
    let address = installation.origin().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a limit");
    let path = "/beta/me/security/informationProtection/sensitivityLabels/evaluateClassificationResults";
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the server reads");
    read_until(&mut stream, "100 Continue");

    let rest = installation.processes.last_mut().expect("a process of REST");
    rest.terminate();
    // The listener is closed first of all.
    signet_e2e::wait_for("the listener to close", || {
        TcpStream::connect(&address).is_err().then_some(())
    });
    stream
        .write_all(body.as_bytes())
        .expect("the request in flight is still read");
    let answer = read_until(&mut stream, "\r\n\r\n");
    assert!(answer.contains("200 OK"), "{answer}");
    rest.finished().success();
    installation.processes.pop();
    installation.stop();
}

#[test]
fn one_process_ends_after_the_requests_in_flight() {
    ends_after_the_requests_in_flight(Shape::OneProcess);
}

#[test]
fn separate_processes_end_after_the_requests_in_flight() {
    ends_after_the_requests_in_flight(Shape::SeparateProcesses);
}

/// What a restart must not change: the revision, ids of items, and labels already read.
fn restarts_with_what_it_had(shape: Shape, postgres: bool) {
    let (tenant, drive) = contoso_with_corpus();
    let first = Setup {
        tenants: vec![tenant.clone()],
        postgres,
        ..Setup::default()
    };
    let installation = Installation::start(shape, &first);
    let mut changed = tenant.clone();
    changed.0["displayName"] = json!("Contoso Ltd");
    installation.apply(&changed);
    let labels = Request::get("/beta/me/security/informationProtection/sensitivityLabels")
        .by(&bob("InformationProtectionPolicy.Read"));
    let caught_up = labels.clone().header("Signet-At-Least-Revision", "2");
    let revision = installation
        .send(&caught_up)
        .expect(200)
        .header("signet-revision")
        .map(str::to_owned);
    assert_eq!(revision.as_deref(), Some("2"));
    let children = Request::get("/v1.0/me/drive/root/children?$select=id,name,cTag").by(&bob("Files.Read"));
    let before = installation.send(&children).expect(200).json();
    let extract = Request::post(EXTRACT).by(&bob("Files.Read"));
    let read = installation.send(&extract).expect(200).json();
    assert_eq!(read["labels"].as_array().map(Vec::len), Some(1), "{read}");
    let folder = installation.stop();

    // Other bytes under the same size and time cannot be told from the old ones: only a label kept from before the
    // restart can be the answer.
    let path = drive.path().join("contract.docx");
    let known = fs::metadata(&path).expect("the file is there");
    let mut file = File::options()
        .write(true)
        .open(&path)
        .expect("the file can be written");
    file.write_all(&vec![b'x'; usize::try_from(known.len()).expect("a small file")])
        .expect("the file can be written");
    file.set_modified(known.modified().expect("a time"))
        .expect("a time can be set");
    drop(file);

    let again = Setup {
        tenants: vec![tenant],
        stored: true,
        postgres,
        ..Setup::default()
    };
    let installation = Installation::start_in(shape, &again, folder);
    let answer = installation.send(&labels).expect(200);
    assert_eq!(answer.header("signet-revision"), revision.as_deref());
    let mut after = installation.send(&children).expect(200).json();
    after["@odata.context"] = before["@odata.context"].clone();
    assert_eq!(after["value"], before["value"]);
    let kept = installation.send(&extract).expect(200).json();
    assert_eq!(kept["labels"], read["labels"], "the label was read anew");
    installation.stop();
}

#[test]
fn one_process_restarts_with_what_it_had() {
    restarts_with_what_it_had(Shape::OneProcess, false);
}

#[test]
fn separate_processes_restart_with_what_they_had() {
    restarts_with_what_it_had(Shape::SeparateProcesses, false);
}

#[test]
fn separate_processes_restart_with_what_they_had_in_postgresql() {
    restarts_with_what_it_had(Shape::SeparateProcesses, true);
}

#[test]
fn a_decision_is_in_the_log_even_when_the_process_ends_at_once() {
    for shape in Shape::ALL {
        let installation = Installation::start(shape, &setup());
        let correlation = "5a0e9d1c-2b3f-4a58-8c67-d9e0f1a2b3c4";
        let path = "/beta/me/security/informationProtection/sensitivityLabels/evaluateRemoval";
        let body = json!({"contentInfo": {"identifier": "last.docx", "metadata": []}});
        let caller = bob("InformationProtectionPolicy.Read");
        let request = Request::post(path)
            .json(&body)
            .header("client-request-id", correlation)
            .by(&caller);
        installation.send(&request).expect(200);
        let folder = installation.stop();
        let again = Setup {
            stored: true,
            ..setup()
        };
        let installation = Installation::start_in(shape, &again, folder);
        let reader = Caller::application(&contoso(), "Signet.Decisions.Read");
        let log = installation
            .send(&Request::get("/signet/v1/decisions").by(&reader))
            .expect(200)
            .text();
        assert!(log.contains(correlation), "{shape:?}: {log}");
    }
}

#[test]
fn serve_says_every_key_it_needs_and_does_not_start() {
    let nothing = run(&["serve"], &[]).refused();
    for key in ["services", "auth.issuers", "auth.audiences"] {
        assert!(
            nothing.stderr.contains(key),
            "{key} is not named in: {}",
            nothing.stderr
        );
    }
    let catalog = run(&["serve", "--services", "catalog"], &[]).refused();
    for key in ["store.path", "grpc.listen", "cluster.token_file", "auth.issuers"] {
        assert!(
            catalog.stderr.contains(key),
            "{key} is not named in: {}",
            catalog.stderr
        );
    }
}

#[test]
fn serve_refuses_what_is_unsafe() {
    let issuers = |issuer: &str, keys: &str| json!([{"issuer": issuer, "keys_file": keys}]).to_string();
    let keys = signet_e2e::repository()
        .join("tests/e2e/fixtures/issuer.jwks.json")
        .display()
        .to_string();
    let good = issuers("https://issuer.example/{tid}/v2.0", &keys);
    let development = issuers("https://localhost/{tid}/v2.0", &keys);
    let plain =
        json!([{"issuer": "https://issuer.example/v2.0", "discovery_url": "http://issuer.example/d"}]).to_string();
    let folder = TempDir::new().expect("a temporary folder");
    let store = folder.path().join("signet.db").display().to_string();
    let cases = [
        ("SIGNET_GATEWAY__HTTP", "0.0.0.0:0", "gateway.http"),
        ("SIGNET_GRPC__LISTEN", "0.0.0.0:0", "grpc.listen"),
        ("SIGNET_AUTH__ISSUERS", development.as_str(), "development issuer"),
        ("SIGNET_AUTH__ISSUERS", plain.as_str(), "discovery_url"),
        ("SIGNET_GATEWAY__HTTPS", "127.0.0.1:0", "tls.certificate_file"),
        ("SIGNET_AUTH__AUDIENCES", "[]", "auth.audiences"),
    ];
    for (name, value, named) in cases {
        let mut environment = vec![
            ("SIGNET_STORE__PATH", store.as_str()),
            ("SIGNET_AUTH__ISSUERS", good.as_str()),
            ("SIGNET_AUTH__AUDIENCES", "[\"https://graph.microsoft.com\"]"),
            ("SIGNET_GATEWAY__HTTP", "127.0.0.1:0"),
            ("SIGNET_ADMIN__LISTEN", "127.0.0.1:0"),
        ];
        environment.retain(|(known, _)| *known != name);
        environment.push((name, value));
        let refused = run(
            &["serve", "--services", "gateway,catalog,evaluation,extraction"],
            &environment,
        )
        .refused();
        assert!(refused.stderr.contains(named), "{name}={value}: {}", refused.stderr);
    }
    assert!(
        !folder.path().join("signet.db").exists(),
        "a refused start leaves a store behind"
    );
}

#[test]
fn an_unknown_key_of_the_environment_is_named() {
    let refused = run(&["serve"], &[("SIGNET_GATEWAY__HTPP", "127.0.0.1:0")]).refused();
    assert!(refused.stderr.contains("SIGNET_GATEWAY__HTPP"), "{}", refused.stderr);
}

#[test]
fn dev_keeps_to_this_machine() {
    let folder = TempDir::new().expect("a temporary folder");
    let data_dir = folder.path().join("data").display().to_string();
    let refused = run(&["dev", "--data-dir", &data_dir, "--address", "0.0.0.0"], &[]).refused();
    assert!(refused.stderr.contains("--allow-remote"), "{}", refused.stderr);
}

#[test]
fn one_data_directory_is_for_one_process() {
    let installation = Installation::start(Shape::OneProcess, &setup());
    let data_dir = installation.folder.path().join("data").display().to_string();
    let ports = ["--https-port", "0", "--http-port", "0", "--grpc-port", "0"];
    let refused = run(&[&["dev", "--data-dir", &data_dir][..], &ports].concat(), &[]).refused();
    assert!(
        refused.stderr.contains(&*data_dir) && refused.stderr.contains("--data-dir"),
        "{}",
        refused.stderr
    );
    installation.send(&Request::get("/readyz")).expect(200);
}

#[test]
fn a_taken_port_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let folder = TempDir::new().expect("a temporary folder");
    let data_dir = folder.path().join("data").display().to_string();
    let arguments = [
        "dev",
        "--data-dir",
        &data_dir,
        "--https-port",
        "0",
        "--grpc-port",
        "0",
        "--http-port",
        &port,
    ];
    let refused = run(&arguments, &[]).refused();
    assert!(refused.stderr.contains(&port), "{}", refused.stderr);
}

#[test]
fn tokens_of_the_development_issuer_are_refused_by_serve() {
    let development = Installation::start(Shape::OneProcess, &setup());
    let served = Installation::start(Shape::SeparateProcesses, &setup());
    let token = development.token(&bob("InformationProtectionPolicy.Read"));
    let request = Request::get("/beta/me/security/informationProtection/sensitivityLabels")
        .header("Authorization", format!("Bearer {token}"));
    development.send(&request).expect(200);
    assert_eq!(served.send(&request).expect(401).code(), "InvalidAuthenticationToken");
}

#[test]
fn the_ready_file_says_where_everything_is() {
    for shape in Shape::ALL {
        let installation = Installation::start(shape, &setup());
        let ready = &installation.ready;
        assert_eq!(
            ready["pid"],
            installation
                .processes
                .last()
                .map(signet_e2e::Process::id)
                .unwrap_or_default()
        );
        assert!(installation.fact("http").starts_with("http://127.0.0.1:"), "{ready}");
        assert!(installation.fact("admin").starts_with("http://127.0.0.1:"), "{ready}");
        if shape == Shape::OneProcess {
            assert!(installation.fact("https").starts_with("https://127.0.0.1:"), "{ready}");
            assert!(installation.fact("grpc").starts_with("http://127.0.0.1:"), "{ready}");
            assert_eq!(installation.fact("tenantId"), contoso().id());
            assert!(
                fs::exists(installation.fact("caFile")).is_ok_and(|there| there),
                "{ready}"
            );
        } else {
            assert!(ready["https"].is_null() && ready["grpc"].is_null(), "{ready}");
        }
        let folder = installation.stop();
        let name = if shape == Shape::OneProcess {
            "dev/ready.json"
        } else {
            "gateway/ready.json"
        };
        assert!(
            !folder.path().join(name).exists(),
            "a ready file of a process that is gone"
        );
    }
}

#[test]
fn health_is_told_apart_from_readiness_and_asked_for_by_command() {
    for shape in Shape::ALL {
        let installation = Installation::start(shape, &setup());
        installation.send(&Request::get("/healthz")).expect(200);
        installation.send(&Request::get("/readyz")).expect(200);
        let admin = installation.fact("admin").to_owned();
        run(&["health", "--url", &admin], &[]).success();
        run(&["health", "--live", "--url", &admin], &[]).success();
        installation.stop();
        run(&["health", "--url", &admin], &[]).refused();
    }
}

/// Nothing is under way, so there is nothing to wait for: the limit is longer than this test waits for anything.
#[test]
fn processes_with_nothing_to_do_end_when_they_are_told_to() {
    for shape in Shape::ALL {
        let setup = Setup {
            tenants: vec![contoso()],
            settings: vec![("SIGNET_SHUTDOWN__LIMIT", "3600s".to_owned())],
            serve: true,
            ..Setup::default()
        };
        Installation::start(shape, &setup).stop();
    }
}

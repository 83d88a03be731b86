//! `signet dev` as people meet it: sample data, HTTPS, a token issuer, commands to paste.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Installation, Request, Setup, Shape, Tenant, program, run};
use tempfile::TempDir;

use crate::support::{THREE_TENANTS, contoso, copy, graph_tenant};

/// `signet dev` on a new data directory. Shared: tests must leave it as it is.
fn sample() -> &'static Installation {
    static INSTALLATION: OnceLock<Installation> = OnceLock::new();
    INSTALLATION.get_or_init(|| Installation::start(Shape::OneProcess, &Setup::default()))
}

/// The sample tenant, as the program itself writes it out.
fn sample_tenant() -> Tenant {
    let exported = sample().command(&["tenant", "export", "--json"]).success().stdout;
    Tenant(serde_json::from_str(&exported).expect("an export is JSON"))
}

fn secure() -> Client {
    Client::trusting(sample().fact("https"), Path::new(sample().fact("caFile")))
}

/// Posts a form to the token endpoint of the sample tenant.
fn token(form: &str) -> signet_e2e::Answer {
    let path = format!("/{}/oauth2/v2.0/token", sample().fact("tenantId"));
    secure().send(
        &Request::post(path).body("application/x-www-form-urlencoded", form),
        None,
    )
}

#[test]
fn https_is_served_over_both_versions_of_http() {
    let bob = Caller::user(&sample_tenant(), "bob@contoso.com", "SensitivityLabel.Read");
    let bearer = sample().token(&bob);
    let request = Request::get("/v1.0/security/dataSecurityAndGovernance/sensitivityLabels");
    let second = secure().send(&request, Some(&bearer)).expect(200);
    assert_eq!(second.version, "HTTP/2.0");
    let first = Client::trusting_http1(sample().fact("https"), Path::new(sample().fact("caFile")));
    let first = first.send(&request, Some(&bearer)).expect(200);
    assert_eq!(first.version, "HTTP/1.1");
    assert_eq!(first.json(), second.json());
    let context = first.json()["@odata.context"].as_str().unwrap_or_default().to_owned();
    assert!(context.starts_with(sample().fact("https")), "{context}");
}

#[test]
fn a_client_that_does_not_trust_the_ca_does_not_get_through() {
    let other = Installation::start(Shape::OneProcess, &Setup::default());
    let client = Client::trusting(sample().fact("https"), Path::new(other.fact("caFile")));
    assert!(client.try_send(&Request::get("/healthz"), None).is_err());
    let plain_text_to_tls = Client::plain(&sample().fact("https").replace("https://", "http://"));
    assert!(plain_text_to_tls.try_send(&Request::get("/healthz"), None).is_err());
    sample().send(&Request::get("/healthz")).expect(200);
}

#[test]
fn the_issuer_is_found_by_discovery() {
    let tenant = sample().fact("tenantId");
    for name in [tenant, "contoso.com"] {
        let path = format!("/{name}/v2.0/.well-known/openid-configuration");
        let document = secure().send(&Request::get(path), None).expect(200).json();
        assert_eq!(document["issuer"], format!("https://localhost/{tenant}/v2.0"));
        let origin = sample().fact("https");
        let keys = document["jwks_uri"].as_str().expect("an address");
        let path = keys.strip_prefix(origin).expect("keys are at the same origin");
        let keys = secure().send(&Request::get(path), None).expect(200).json();
        assert_eq!(keys["keys"][0]["kty"], "RSA");
        assert!(keys["keys"][0].get("d").is_none(), "the private key is published");
        assert_eq!(
            document["token_endpoint"],
            format!("{origin}/{tenant}/oauth2/v2.0/token")
        );
    }
    let unknown = Request::get("/no-such-tenant/v2.0/.well-known/openid-configuration");
    assert_eq!(
        secure().send(&unknown, None).expect(400).json()["error"],
        "invalid_tenant"
    );
}

#[test]
fn an_application_gets_a_token_that_works() {
    let answer = token(
        "grant_type=client_credentials&client_id=11111111-aaaa-4bbb-8ccc-222222222222&client_secret=any\
         &scope=https%3A%2F%2Fgraph.microsoft.com%2F.default",
    );
    let body = answer.expect(200).json();
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["expires_in"].as_u64().is_some_and(|seconds| seconds > 0), "{body}");
    let bearer = body["access_token"].as_str().expect("a token");
    let request = Request::get("/beta/security/informationProtection/sensitivityLabels");
    assert!(
        !secure().send(&request, Some(bearer)).expect(200).json()["value"]
            .as_array()
            .expect("labels")
            .is_empty()
    );
}

#[test]
fn a_person_gets_a_token_that_works() {
    let form = |password: &str| {
        format!(
            "grant_type=password&client_id=11111111-aaaa-4bbb-8ccc-222222222222&username=bob%40contoso.com\
             &password={password}&scope=https%3A%2F%2Fgraph.microsoft.com%2FInformationProtectionPolicy.Read%20openid"
        )
    };
    let body = token(&form("signet-dev")).expect(200).json();
    let bearer = body["access_token"].as_str().expect("a token");
    let request = Request::get("/beta/me/security/informationProtection/sensitivityLabels");
    secure().send(&request, Some(bearer)).expect(200);
    assert!(body["id_token"].is_string(), "openid asks for an id token");
    let wrong = token(&form("guess")).expect(400).json();
    assert_eq!(wrong["error"], "invalid_grant");
    let nothing = token("grant_type=none").expect(400).json();
    assert_eq!(nothing["error"], "unsupported_grant_type");
}

#[test]
fn the_sample_drive_has_labelled_documents() {
    let bob = Caller::user(&sample_tenant(), "bob@contoso.com", "Files.Read");
    let extract = |path: &str| {
        let path = format!("/v1.0/me/drive/root:/{path}:/extractSensitivityLabels");
        sample().send(&Request::post(path).by(&bob)).expect(200).json()["labels"].clone()
    };
    let labels = extract("Contract.docx");
    assert_eq!(labels.as_array().map(Vec::len), Some(1), "{labels}");
    assert_eq!(labels[0]["tenantId"], sample().fact("tenantId"));
    // One of ours beside one of a partner.
    assert_eq!(extract("Projects/Merger.docx").as_array().map(Vec::len), Some(2));
    assert_eq!(extract("Draft.docx"), json!([]));
}

/// The banner's commands, run as they are printed by a shell; `curl` is what the banner uses.
#[test]
fn the_commands_of_the_banner_work_as_printed() {
    let banner = sample().processes[0].output();
    let (_, commands) = banner
        .split_once("Paste these into another shell:")
        .expect("the banner has commands");
    let (commands, _) = commands.split_once("Stop with Ctrl-C.").expect("the banner has an end");
    assert!(commands.contains(&program().display().to_string()), "{commands}");
    let asked = commands.matches("  curl ").count();
    assert!(asked >= 3, "{commands}");
    // Every answer on a line of its own, with its status behind it.
    let script =
        format!("set -e\ncurl() {{ command curl --silent --write-out '\\n%{{http_code}}\\n' \"$@\"; }}\n{commands}");
    let output = Command::new("sh").args(["-c", &script]).output().expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2 * asked, "{text}");
    for answer in lines.chunks(2) {
        assert_eq!(answer[1], "200", "{}", answer[0]);
        let body: Value = serde_json::from_str(answer[0]).expect("JSON");
        assert!(!body["value"].is_null(), "{body}");
    }
}

#[test]
fn pages_of_this_machine_may_call() {
    let preflight = |origin: &str| {
        let request = Request::new("OPTIONS", "/v1.0/me/drive")
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "authorization");
        sample()
            .send(&request)
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    assert_eq!(
        preflight("http://localhost:3000").as_deref(),
        Some("http://localhost:3000")
    );
    assert_eq!(preflight("https://evil.example"), None);
}

#[test]
fn a_folder_tree_is_served_as_the_drives_of_whom_its_folders_name() {
    let tree = TempDir::with_prefix("signet-tree-").expect("a temporary folder");
    let finance = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e01";
    for folder in [
        "bob@contoso.com/Deep/er",
        "sites/root",
        "groups/finance@contoso.com",
        "Archive",
        ".hidden",
    ] {
        let folder = tree.path().join(folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        copy(THREE_TENANTS, &folder.join("three.docx"));
    }
    let flags = vec!["--drive-dir".to_owned(), tree.path().display().to_string()];
    let setup = Setup {
        tenants: vec![contoso()],
        flags,
        ..Setup::default()
    };
    let installation = Installation::start(Shape::OneProcess, &setup);
    let bob = Caller::user(&contoso(), "bob@contoso.com", "Files.Read");
    let carol = Caller::user(&contoso(), "carol@contoso.com", "Files.Read.All");
    let application = Caller::application(&contoso(), "Files.Read.All");
    let group = format!("groups/{finance}/drive/root:/three.docx");
    let cases = [
        (&bob, "me/drive/root:/Deep/er/three.docx", 200),
        (&carol, group.as_str(), 200),
        (&bob, group.as_str(), 403),
        (&application, group.as_str(), 200),
        (&application, "sites/root/drive/root:/three.docx", 200),
        (&application, "sites/Archive/drive/root:/three.docx", 200),
        (&application, "sites/.hidden/drive/root:/three.docx", 404),
        (&application, "users/alice@contoso.com/drive", 404),
    ];
    let ask = |installation: &Installation, caller: &Caller, path: &str| {
        let path = format!("/v1.0/{path}:/extractSensitivityLabels");
        installation.send(&Request::post(path).by(caller)).status
    };
    for (caller, path, status) in cases {
        if path.ends_with(".docx") {
            assert_eq!(ask(&installation, caller, path), status, "{path}");
        } else {
            installation
                .send(&Request::get(format!("/v1.0/{path}")).by(caller))
                .expect(status);
        }
    }
    let drive = Request::get("/v1.0/me/drive").by(&bob);
    let item = Request::get("/v1.0/me/drive/root:/Deep/er/three.docx?$select=id").by(&bob);
    let ids = |installation: &Installation| {
        [&drive, &item].map(|request| installation.send(request).expect(200).json()["id"].clone())
    };
    let before = ids(&installation);
    let installation = Installation::start_in(Shape::OneProcess, &setup, installation.stop());
    assert_eq!(ids(&installation), before);
}

#[test]
fn two_tenant_files_of_one_id_are_refused() {
    let folder = TempDir::new().expect("a temporary folder");
    let (first, second) = (folder.path().join("first.json"), folder.path().join("second.json"));
    contoso().write(&first);
    graph_tenant("a").write(&second);
    let [data, first, second] = [folder.path().join("data"), first, second].map(|path| path.display().to_string());
    let ports = ["--https-port", "0", "--http-port", "0", "--grpc-port", "0"];
    let files = ["--tenant-file", &first, "--tenant-file", &second];
    let refused = run(&[&["dev", "--data-dir", &data][..], &ports, &files].concat(), &[]).refused();
    assert!(refused.stderr.contains(&contoso().id()), "{}", refused.stderr);
}

#[test]
fn several_tenants_are_kept_apart_by_their_tokens() {
    let tenants = vec![graph_tenant("b"), graph_tenant("c")];
    let installation = Installation::start(
        Shape::OneProcess,
        &Setup {
            tenants,
            ..Setup::default()
        },
    );
    let label = "836ff34f-b604-4a62-a68c-d6be4205d569";
    let path = format!("/beta/me/security/informationProtection/sensitivityLabels/{label}");
    for (tenant, name) in [("b", "FTEs_HC"), ("c", "LabelScopedToBob_Tests")] {
        let scope = "InformationProtectionPolicy.Read";
        let token = [
            "token",
            "--tenant",
            &graph_tenant(tenant).id(),
            "--user",
            "bob@contoso.com",
            "--scope",
            scope,
        ];
        let token = installation.command(&token).success().stdout;
        let request = Request::get(&path).header("Authorization", format!("Bearer {}", token.trim()));
        assert_eq!(installation.send(&request).expect(200).json()["name"], name);
    }
    let ambiguous = installation.command(&["token", "--user", "bob@contoso.com"]).refused();
    assert!(ambiguous.stderr.contains("--tenant"), "{}", ambiguous.stderr);
}

//! `signet dev` as people meet it: sample data, HTTPS, a token issuer, commands to paste.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};
use signet_e2e::{Caller, Client, Installation, Request, Setup, Shape, Tenant, program};

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

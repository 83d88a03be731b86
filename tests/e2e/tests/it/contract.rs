//! What every route does with requests that break the contract.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use signet_e2e::{Answer, Caller, Pair, Request, send_raw};
use signet_testkit::matcher::mismatch;

use crate::support::{GROUP, graph, graph_tenant, none_wrong};

const LABEL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const UNKNOWN: &str = "99999999-9999-4999-8999-999999999999";

const POLICY: &str = "InformationProtectionPolicy.Read";
const POLICY_ALL: &str = "InformationProtectionPolicy.Read.All";
const READ: &str = "SensitivityLabel.Read";
const EVALUATE: &str = "SensitivityLabel.Evaluate";
const FILES: &str = "Files.Read.All";
const DECISIONS: &str = "Signet.Decisions.Read";

/// One route of the table, with a request that succeeds.
struct Row {
    method: &'static str,
    path: String,
    permission: &'static str,
    by_application: bool,
    body: Option<Value>,
}

impl Row {
    fn request(&self, permission: &str) -> Request {
        let tenant = graph_tenant("a");
        let caller = if self.by_application {
            Caller::application(&tenant, permission)
        } else {
            Caller::user(&tenant, "bob@contoso.com", permission)
        };
        let request = Request::new(self.method, &self.path).by(&caller);
        match &self.body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}

fn get(path: impl Into<String>, permission: &'static str) -> Row {
    Row {
        method: "GET",
        path: path.into(),
        permission,
        by_application: false,
        body: None,
    }
}

fn post(path: impl Into<String>, permission: &'static str, body: Option<Value>) -> Row {
    Row {
        method: "POST",
        path: path.into(),
        permission,
        by_application: false,
        body,
    }
}

fn by_application(row: Row) -> Row {
    Row {
        by_application: true,
        ..row
    }
}

/// Bodies that succeed, by action.
fn actions() -> [(&'static str, Value); 4] {
    let content = json!({"contentFormat": "File", "identifier": "x.docx", "state": "rest", "metadata": []});
    [
        (
            "evaluateApplication",
            json!({"contentInfo": content, "labelingOptions": {"labelId": LABEL}}),
        ),
        (
            "evaluateClassificationResults",
            json!({"contentInfo": content, "classificationResults": []}),
        ),
        ("evaluateRemoval", json!({"contentInfo": content})),
        ("extractContentLabel", json!({"contentInfo": content})),
    ]
}

/// Every family of routes, each with a request that succeeds.
fn rows() -> Vec<Row> {
    let mut rows = vec![by_application(get("/signet/v1/decisions?$top=1", DECISIONS))];
    for prefix in [
        "/beta/me/security",
        "/beta/users/bob@contoso.com/security",
        "/beta/users/me/security",
    ] {
        let collection = format!("{prefix}/informationProtection/sensitivityLabels");
        for leaf in ["", "/$count", &format!("/{LABEL}"), &format!("/{LABEL}/parent")] {
            rows.push(get(format!("{collection}{leaf}"), POLICY));
        }
        rows.push(get(
            format!("{prefix}/informationProtection/labelPolicySettings"),
            POLICY,
        ));
        rows.extend(actions().map(|(action, body)| post(format!("{collection}/{action}"), POLICY, Some(body))));
    }
    let organisation = "/beta/security/informationProtection/sensitivityLabels";
    rows.push(by_application(get(organisation, POLICY_ALL)));
    rows.push(by_application(get(format!("{organisation}/{LABEL}"), POLICY_ALL)));
    for prefix in ["/beta/security", "/beta/users/security"] {
        let collection = format!("{prefix}/informationProtection/sensitivityLabels");
        rows.extend(actions().map(|(action, body)| {
            by_application(post(
                format!("{collection}/microsoft.graph.security.{action}"),
                POLICY_ALL,
                Some(body),
            ))
        }));
    }
    for version in ["v1.0", "beta"] {
        for prefix in ["security", "me", "users/bob@contoso.com"] {
            let collection = format!("/{version}/{prefix}/dataSecurityAndGovernance/sensitivityLabels");
            let below = format!("{collection}/8cf764ac-ef2b-4787-8ccd-0a8a65e7bafa/sublabels");
            for path in [
                collection.clone(),
                format!("{collection}/$count"),
                format!("{collection}/{LABEL}"),
                format!("{collection}/{LABEL}/rights"),
                below.clone(),
                format!("{below}/$count"),
                format!("{below}/a20cbae4-0c05-448c-b342-cb6c618d0957"),
            ] {
                rows.push(get(path, READ));
            }
            rows.push(get(
                format!("{collection}/computeInheritance?labelIds={LABEL}"),
                EVALUATE,
            ));
            let contents =
                json!({"protectedContents": [{"cid": "1", "labelId": LABEL}], "supportedContentFormats": []});
            rows.push(post(
                format!("{collection}/computeRightsAndInheritance"),
                EVALUATE,
                Some(contents),
            ));
        }
        for drive in [
            "drives/b!bob",
            "me/drive",
            "users/bob@contoso.com/drive",
            "sites/root/drive",
            "drive",
        ] {
            rows.push(get(format!("/{version}/{drive}"), FILES));
            rows.push(get(format!("/{version}/{drive}/root"), FILES));
            rows.push(get(format!("/{version}/{drive}/root/children"), FILES));
            rows.push(get(format!("/{version}/{drive}/root:/three-tenants.docx"), FILES));
            let extract = format!("/{version}/{drive}/root:/three-tenants.docx:/extractSensitivityLabels");
            rows.push(post(extract, FILES, None));
        }
        rows.push(get(format!("/{version}/me/drives"), FILES));
        rows.push(get(format!("/{version}/groups/{GROUP}/drive/root/children"), FILES));
    }
    rows
}

/// The envelope of an error with this code; every error names its request in header and body.
fn wrong(answer: &Answer, status: u16, code: &str) -> Option<String> {
    if answer.status != status {
        return Some(format!("{} instead of {status}: {}", answer.status, answer.text()));
    }
    let expected = json!({"error": {
        "code": code,
        "message": "$nonempty",
        "innerError": {"date": "$nonempty", "request-id": answer.header("request-id"), "client-request-id": "$nonempty"},
    }});
    mismatch(&expected, Some(&answer.json()))
}

/// Sends a variant of every row and reports every answer that is not this refusal.
fn refused(variant: impl Fn(&Row) -> Option<(Request, u16, &'static str)>) {
    let mut faults = Vec::new();
    for row in rows() {
        let Some((request, status, code)) = variant(&row) else {
            continue;
        };
        let fault = match compare(graph(), &request) {
            Ok(answer) => wrong(&answer, status, code),
            Err(difference) => Some(difference),
        };
        faults.extend(fault.map(|fault| format!("{}: {fault}", request.name())));
    }
    none_wrong(&faults);
}

fn compare(pair: &Pair, request: &Request) -> Result<Answer, String> {
    pair.compare(request)
}

#[test]
fn every_row_succeeds_with_its_permission() {
    let mut faults = Vec::new();
    for row in rows() {
        let request = row.request(row.permission);
        match compare(graph(), &request) {
            Ok(answer) if (200..300).contains(&answer.status) && answer.header("request-id").is_some() => {}
            Ok(answer) => faults.push(format!("{}: {} {}", request.name(), answer.status, answer.text())),
            Err(difference) => faults.push(difference),
        }
    }
    none_wrong(&faults);
}

#[test]
fn nobody_is_asked_for_a_token() {
    refused(|row| {
        let request = Request {
            caller: None,
            ..row.request(row.permission)
        };
        Some((request, 401, "InvalidAuthenticationToken"))
    });
}

#[test]
fn a_token_that_says_too_little_or_lies_is_refused() {
    let base = Caller::user(&graph_tenant("a"), "bob@contoso.com", POLICY);
    let unknown = "12121212-1212-4212-8212-121212121212";
    let cases = [
        (
            "another audience",
            base.clone().claim("aud", json!("https://example.com")),
            401,
        ),
        ("no audience", base.clone().claim("aud", Value::Null), 401),
        ("expired", base.clone().claim("exp", json!(1_700_000_000)), 401),
        (
            "not yet valid",
            base.clone().claim("nbf", json!(4_000_000_000_u32)),
            401,
        ),
        (
            "another issuer",
            base.clone().claim("iss", json!("https://evil.example/v2.0")),
            401,
        ),
        (
            "an issuer of another tenant",
            base.clone().claim("tid", json!(unknown)),
            401,
        ),
        ("no tenant", base.clone().claim("tid", Value::Null), 401),
        ("no object id", base.clone().claim("oid", Value::Null), 401),
        (
            "an application with scopes",
            base.clone().claim("idtyp", json!("app")),
            401,
        ),
        ("no permissions at all", base.clone().claim("scp", Value::Null), 403),
        (
            "an unknown tenant",
            Caller::person(unknown, unknown, "x@example.com", POLICY),
            401,
        ),
    ];
    for (what, caller, status) in cases {
        let code = if status == 401 {
            "InvalidAuthenticationToken"
        } else {
            "accessDenied"
        };
        let request = Request::get("/beta/me/security/informationProtection/sensitivityLabels").by(&caller);
        let answer = graph().send(&request);
        assert_eq!(wrong(&answer, status, code), None, "{what}");
        assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{what}");
    }
}

#[test]
fn a_token_whose_signature_is_not_ours_is_refused() {
    let caller = Caller::user(&graph_tenant("a"), "bob@contoso.com", POLICY);
    for installation in graph().installations() {
        let good = installation.token(&caller);
        let other = graph()
            .installations()
            .into_iter()
            .find(|other| other.shape != installation.shape);
        let foreign = other.map(|other| other.token(&caller)).unwrap_or_default();
        let (head, signature) = good.rsplit_once('.').expect("a signed token");
        let unsigned = format!("{head}.");
        let turned: String = signature.chars().rev().collect();
        for token in [
            foreign,
            unsigned,
            format!("{head}.{turned}"),
            "nonsense".to_owned(),
            "a.b.c".to_owned(),
        ] {
            let request = Request::get("/beta/me/security/informationProtection/sensitivityLabels")
                .header("Authorization", format!("Bearer {token}"));
            let answer = installation.send(&request);
            assert_eq!(
                wrong(&answer, 401, "InvalidAuthenticationToken"),
                None,
                "{:?} {token}",
                installation.shape
            );
            assert!(!answer.text().contains(&token), "the token is repeated");
        }
    }
}

#[test]
fn a_permission_of_another_family_opens_nothing() {
    refused(|row| {
        let other = match (row.permission, row.by_application) {
            (POLICY | POLICY_ALL, _) => READ,
            (_, true) => POLICY_ALL,
            (_, false) => POLICY,
        };
        // The rights route has its own spelling, as published.
        let code = if row.path.ends_with("/rights") {
            "AccessDenied"
        } else {
            "accessDenied"
        };
        Some((row.request(other), 403, code))
    });
}

#[test]
fn another_method_is_not_allowed() {
    for method in ["DELETE", "PATCH"] {
        refused(|row| {
            let request = Request {
                method: method.to_owned(),
                body: None,
                ..row.request(row.permission)
            };
            Some((request, 405, "Request_BadRequest"))
        });
    }
    for row in rows() {
        let request = Request {
            method: "DELETE".to_owned(),
            body: None,
            ..row.request(row.permission)
        };
        let answer = graph().send(&request);
        let allow = answer.header("allow").unwrap_or_default();
        assert!(
            allow.split(", ").any(|allowed| allowed == row.method),
            "{}: Allow: {allow}",
            request.name()
        );
    }
}

#[test]
fn a_body_that_is_not_an_object_is_refused() {
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{\"contentInfo\": {},}",
        "{\"contentInfo\": {}} x",
        "\u{feff}x",
    ] {
        refused(|row| {
            row.body.as_ref()?;
            let request = Request {
                headers: Vec::new(),
                ..row.request(row.permission)
            };
            Some((request.body("application/json", body), 400, "invalidRequest"))
        });
    }
}

#[test]
fn a_body_of_another_media_type_is_refused() {
    for media_type in ["text/plain", "application/xml", "multipart/form-data; boundary=x"] {
        refused(|row| {
            let body = row.body.as_ref()?.to_string();
            let request = Request {
                headers: Vec::new(),
                ..row.request(row.permission)
            };
            Some((request.body(media_type, body), 415, "unsupportedMediaType"))
        });
    }
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let large = format!("{{\"x\": \"{}\"}}", "x".repeat(1 << 20));
    refused(|row| {
        row.body.as_ref()?;
        let request = Request {
            headers: Vec::new(),
            ..row.request(row.permission)
        };
        Some((
            request.body("application/json", large.clone()),
            413,
            "requestEntityTooLarge",
        ))
    });
}

#[test]
fn an_accept_that_excludes_json_is_refused() {
    refused(|row| {
        if row.path.contains("$count") {
            return None;
        }
        let request = row.request(row.permission).header("Accept", "application/xml");
        Some((request, 406, "notAcceptable"))
    });
}

#[test]
fn an_unknown_query_option_is_refused() {
    refused(|row| {
        if row.method != "GET" {
            return None;
        }
        let mut request = row.request(row.permission);
        request.path.push(if request.path.contains('?') { '&' } else { '?' });
        request.path.push_str("$nonsense=1");
        Some((request, 400, "invalidRequest"))
    });
}

#[test]
fn a_malformed_revision_demand_is_refused() {
    refused(|row| {
        if row.path.contains("drive") || row.path.contains("decisions") {
            return None;
        }
        let request = row.request(row.permission).header("Signet-At-Least-Revision", "soon");
        Some((request, 400, "invalidRequest"))
    });
}

#[test]
fn unknown_objects_are_not_found() {
    let bob = |scopes: &str| Caller::user(&graph_tenant("a"), "bob@contoso.com", scopes);
    let application = |roles: &str| Caller::application(&graph_tenant("a"), roles);
    let p1 = "security/informationProtection/sensitivityLabels";
    let p2 = "dataSecurityAndGovernance/sensitivityLabels";
    let cases = [
        ("GET", format!("/beta/me/{p1}/{UNKNOWN}"), bob(POLICY), "labelNotFound"),
        (
            "GET",
            format!("/beta/me/{p1}/{UNKNOWN}/parent"),
            bob(POLICY),
            "labelNotFound",
        ),
        (
            "GET",
            format!("/beta/users/nobody@contoso.com/{p1}"),
            application(POLICY_ALL),
            "userNotFound",
        ),
        (
            "GET",
            format!("/beta/users/{UNKNOWN}/{p1}"),
            application(POLICY_ALL),
            "userNotFound",
        ),
        (
            "GET",
            format!("/v1.0/security/{p2}/{UNKNOWN}"),
            bob(READ),
            "labelNotFound",
        ),
        (
            "GET",
            format!("/v1.0/security/{p2}/{UNKNOWN}/rights"),
            bob(READ),
            "labelNotFound",
        ),
        (
            "GET",
            format!("/v1.0/security/{p2}/{UNKNOWN}/sublabels"),
            bob(READ),
            "labelNotFound",
        ),
        (
            "GET",
            format!("/v1.0/security/{p2}/{LABEL}/sublabels/a20cbae4-0c05-448c-b342-cb6c618d0957"),
            bob(READ),
            "labelNotFound",
        ),
        (
            "GET",
            format!("/v1.0/users/nobody@contoso.com/{p2}"),
            application(READ),
            "userNotFound",
        ),
        ("GET", "/v1.0/drives/none".to_owned(), bob(FILES), ""),
        ("GET", "/v1.0/drives/b!bob/items/none".to_owned(), bob(FILES), ""),
        ("GET", "/v1.0/drives/b!bob/root:/none.docx".to_owned(), bob(FILES), ""),
        ("GET", format!("/v1.0/groups/{UNKNOWN}/drive"), bob(FILES), ""),
        ("GET", "/v1.0/sites/none/drive".to_owned(), bob(FILES), ""),
        (
            "POST",
            "/v1.0/drives/b!bob/items/none/extractSensitivityLabels".to_owned(),
            bob(FILES),
            "",
        ),
        (
            "POST",
            "/v1.0/me/drive/root:/none.docx:/extractSensitivityLabels".to_owned(),
            bob(FILES),
            "",
        ),
    ];
    let mut faults = Vec::new();
    for (method, path, caller, inner) in cases {
        let request = Request::new(method, path).by(&caller);
        let fault = match compare(graph(), &request) {
            Ok(answer) => wrong(&answer, 404, "itemNotFound").or_else(|| {
                (answer.inner_code() != inner).then(|| format!("inner code `{}`, not `{inner}`", answer.inner_code()))
            }),
            Err(difference) => Some(difference),
        };
        faults.extend(fault.map(|fault| format!("{}: {fault}", request.name())));
    }
    none_wrong(&faults);
}

/// Part of the interface, but not offered: said plainly, after the token and the permission were checked.
#[test]
fn what_is_not_offered_says_so() {
    let cases = [(
        Request::post("/beta/informationProtection/sensitivityLabels/evaluate").json(&json!({})),
        EVALUATE,
    )];
    for (request, permission) in cases {
        let by = |scopes: &str| {
            request
                .clone()
                .by(&Caller::user(&graph_tenant("a"), "bob@contoso.com", scopes))
        };
        assert_eq!(
            wrong(&graph().send(&request), 401, "InvalidAuthenticationToken"),
            None,
            "{}",
            request.name()
        );
        assert_eq!(
            wrong(&graph().send(&by(POLICY)), 403, "accessDenied"),
            None,
            "{}",
            request.name()
        );
        assert_eq!(
            wrong(&graph().send(&by(permission)), 501, "notSupported"),
            None,
            "{}",
            request.name()
        );
    }
}

#[test]
fn an_application_sees_every_label_a_person_sees() {
    let application = Caller::application(&graph_tenant("a"), &format!("{POLICY_ALL} {READ}"));
    let bob = Caller::user(&graph_tenant("a"), "bob@contoso.com", &format!("{POLICY} {READ}"));
    let ids = |path: &str, caller: &Caller| {
        let list = graph().send(&Request::get(path).by(caller)).expect(200).json();
        let labels = list["value"].as_array().cloned().unwrap_or_default();
        labels.iter().map(|label| label["id"].to_string()).collect::<Vec<_>>()
    };
    for (whole, own) in [
        (
            "/beta/security/informationProtection/sensitivityLabels",
            "/beta/me/security/informationProtection/sensitivityLabels",
        ),
        (
            "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels",
            "/v1.0/me/dataSecurityAndGovernance/sensitivityLabels",
        ),
    ] {
        let (whole, own) = (ids(whole, &application), ids(own, &bob));
        assert!(
            !own.is_empty() && own.iter().all(|id| whole.contains(id)),
            "{own:?} is not part of {whole:?}"
        );
    }
}

#[test]
fn unknown_segments_are_no_missing_objects() {
    for path in [
        "/v1.0/nonsense",
        "/v2.0/me",
        "/beta/me/security/nonsense",
        "/v1.0/me/security/informationProtection/sensitivityLabels",
    ] {
        let request = Request::get(path).by(&Caller::user(&graph_tenant("a"), "bob@contoso.com", POLICY));
        let answer = graph().send(&request);
        assert_eq!(wrong(&answer, 400, "BadRequest"), None, "{path}");
        assert!(
            answer.json()["error"]["message"]
                .as_str()
                .is_some_and(|text| text.starts_with("Resource not found for the segment '")),
            "{path} {}",
            answer.text()
        );
    }
}

#[test]
fn members_at_fault_are_named() {
    let bob = Caller::user(
        &graph_tenant("a"),
        "bob@contoso.com",
        &format!("{POLICY} {READ} {EVALUATE}"),
    );
    let p1 = "/beta/me/security/informationProtection/sensitivityLabels";
    let p2 = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
    let cases = [
        (
            "evaluateApplication",
            json!({"labelingOptions": {"labelId": LABEL}}),
            "contentInfo",
        ),
        ("evaluateApplication", json!({"contentInfo": {}}), "labelingOptions"),
        (
            "evaluateApplication",
            json!({"contentInfo": {}, "labelingOptions": {}}),
            "labelingOptions.labelId",
        ),
        (
            "evaluateApplication",
            json!({"contentInfo": {"contentFormat": "Fax"}, "labelingOptions": {"labelId": LABEL}}),
            "contentInfo.contentFormat",
        ),
        (
            "evaluateApplication",
            json!({"contentInfo": {"state": "asleep"}, "labelingOptions": {"labelId": LABEL}}),
            "contentInfo.state",
        ),
        (
            "evaluateApplication",
            json!({"contentInfo": {}, "labelingOptions": {"labelId": LABEL, "assignmentMethod": "x"}}),
            "labelingOptions.assignmentMethod",
        ),
        (
            "evaluateApplication",
            json!({"contentInfo": {"metadata": [{"value": "x"}]}, "labelingOptions": {"labelId": LABEL}}),
            "contentInfo.metadata[0].name",
        ),
        (
            "evaluateClassificationResults",
            json!({"contentInfo": {}}),
            "classificationResults",
        ),
        (
            "evaluateClassificationResults",
            json!({"contentInfo": {}, "classificationResults": [{"count": 1, "confidenceLevel": 5}]}),
            "classificationResults[0].sensitiveTypeId",
        ),
        ("evaluateRemoval", json!({}), "contentInfo"),
        ("extractContentLabel", json!({"contentInfo": 5}), "contentInfo"),
    ];
    let mut faults = Vec::new();
    let mut check = |request: Request, target: &str| {
        let fault = match compare(graph(), &request.by(&bob)) {
            Ok(answer) => wrong(&answer, 400, "invalidRequest").or_else(|| {
                let named = answer.json()["error"]["target"].clone();
                (named != target).then(|| format!("target {named}, not {target}"))
            }),
            Err(difference) => Some(difference),
        };
        faults.extend(fault.map(|fault| format!("{target}: {fault}")));
    };
    for (action, body, target) in cases {
        check(Request::post(format!("{p1}/{action}")).json(&body), target);
    }
    check(
        Request::post(format!("{p2}/computeRightsAndInheritance")).json(&json!({})),
        "protectedContents",
    );
    check(Request::get(format!("{p2}?$top=x")), "$top");
    check(Request::get(format!("{p2}?$top=-1")), "$top");
    check(Request::get(format!("{p2}?$select=nonsense")), "$select");
    check(Request::get(format!("{p2}?$expand=nonsense")), "$expand");
    check(Request::get(format!("{p2}?$orderby=nonsense")), "$orderby");
    check(Request::get(format!("{p2}?$filter=id%20eq")), "$filter");
    check(Request::get(format!("{p2}?$filter=id%20eq%20'x'")), "$filter");
    none_wrong(&faults);
}

#[test]
fn a_client_request_id_is_echoed_or_made() {
    let bob = Caller::user(&graph_tenant("a"), "bob@contoso.com", READ);
    let path = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";
    let echoed = |sent: &str| {
        let answer = graph().send(&Request::get(path).header("CLIENT-REQUEST-ID", sent).by(&bob));
        answer.header("client-request-id").map(str::to_owned)
    };
    let guid = "0f5b7d52-5d0a-4b2f-9f43-62f4f1b5a9a1";
    assert_eq!(echoed(guid).as_deref(), Some(guid));
    assert_eq!(echoed("my request 5").as_deref(), Some("my request 5"));
    let own = graph().send(&Request::get(path).by(&bob));
    assert_eq!(own.header("client-request-id"), own.header("request-id"));
    let long = "x".repeat(129);
    let answer = graph().send(&Request::get(path).header("client-request-id", &long).by(&bob));
    assert_eq!(answer.header("client-request-id"), answer.header("request-id"));
}

#[test]
fn bytes_that_are_no_request_end_the_connection_and_nothing_else() {
    for installation in graph().installations() {
        for bytes in [
            "nonsense\r\n\r\n",
            "GET / HTTP/9.9\r\n\r\n",
            "GET /v1.0/\u{0} HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST /v1.0/$batch HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n{}",
            "GET /v1.0/ HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET /v1.0/ HTTP/1.1\r\nHost: x\r\nHost: y\r\nConnection: close\r\n\r\n",
        ] {
            let answer = send_raw(installation.origin(), bytes.as_bytes());
            assert_eq!(answer.status, 400, "{bytes:?}");
        }
        let request = Request::get("/v1.0/").header("Accept", "application/json");
        installation.send(&request).expect(200);
    }
}

/// A refusal before the body was read must not spoil the connection for the next request on it.
#[test]
fn a_refused_body_leaves_the_connection_good() {
    for installation in graph().installations() {
        let host = installation.origin().trim_start_matches("http://").to_owned();
        let path = "/beta/me/security/informationProtection/sensitivityLabels/evaluateRemoval";
        for _ in 0..50 {
            let mut stream = TcpStream::connect(&host).expect("the server listens");
            stream.set_nodelay(true).expect("a socket takes an option");
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n"
            );
            // Head and body in pieces of their own, as client libraries send them.
            stream.write_all(head.as_bytes()).expect("the server reads");
            stream.write_all(b"0123456789").expect("the server reads");
            let mut answer = [0; 4096];
            let count = stream.read(&mut answer).expect("the server answers");
            assert!(
                answer[..count].starts_with(b"HTTP/1.1 401 "),
                "{}",
                String::from_utf8_lossy(&answer[..count])
            );
            let second = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            stream
                .write_all(second.as_bytes())
                .expect("the connection is still there");
            let mut rest = String::new();
            stream.read_to_string(&mut rest).expect("the server answers and closes");
            assert!(rest.contains("HTTP/1.1 200 "), "{rest}");
        }
    }
}

#[test]
fn the_service_document_and_the_metadata_need_no_token() {
    for version in ["v1.0", "beta"] {
        let document = graph().send(&Request::get(format!("/{version}/"))).expect(200).json();
        assert_eq!(
            mismatch(
                &json!({"value": {"$contains": [{"name": "me", "kind": "Singleton", "url": "me"}]}}),
                Some(&document)
            ),
            None
        );
        let metadata = graph().send(&Request::get(format!("/{version}/$metadata"))).expect(200);
        assert_eq!(metadata.header("content-type"), Some("application/xml"));
        for name in [
            "computeInheritance",
            "extractSensitivityLabels",
            "unknownFutureValue",
            "usageRightsIncluded",
        ] {
            assert!(metadata.text().contains(name), "{version}: {name} is not declared");
        }
        assert_eq!(metadata.text().contains("evaluateApplication"), version == "beta");
    }
}

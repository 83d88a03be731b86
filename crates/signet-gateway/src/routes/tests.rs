//! Which paths lead where.

mod items;

use http::Method;
use signet_contract::Subject;

use super::table::{Api, Verb};
use super::{Endpoint, Matched, Mismatch, Routes};

const ID: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";

fn routes() -> Routes {
    Routes::new(true)
}

fn find<'p>(routes: &Routes, method: &Method, path: &'p str) -> Matched<'p> {
    routes
        .find(path, method)
        .unwrap_or_else(|mismatch| panic!("{method} {path}: {mismatch:?}"))
}

#[track_caller]
fn leads(method: Method, path: &str, endpoint: Endpoint, subject: Subject) {
    let routes = routes();
    let found = find(&routes, &method, path);
    assert_eq!((found.leaf.endpoint, found.subject()), (endpoint, subject), "{path}");
}

fn user(text: &str) -> Subject {
    Subject::User(text.to_owned())
}

#[test]
fn label_routes_of_every_form() {
    use Endpoint as E;
    let get = Method::GET;
    let cases = [
        (
            "/beta/me/security/informationProtection/sensitivityLabels",
            E::ListPolicyLabels,
            Subject::Me,
        ),
        (
            "/beta/users/me/security/informationProtection/sensitivityLabels",
            E::ListPolicyLabels,
            Subject::Me,
        ),
        (
            "/beta/users/me-token-to-replace/security/informationProtection/sensitivityLabels",
            E::ListPolicyLabels,
            Subject::Me,
        ),
        (
            "/beta/security/informationProtection/sensitivityLabels",
            E::ListPolicyLabels,
            Subject::Organisation,
        ),
        (
            "/beta/users/bob%40contoso.com/security/informationProtection/sensitivityLabels",
            E::ListPolicyLabels,
            user("bob@contoso.com"),
        ),
        (
            "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels/$count",
            E::CountPolicyLabels,
            user("bob@contoso.com"),
        ),
        (
            "/beta/users('bob%40contoso.com')/security/informationProtection/sensitivityLabels('x')",
            E::GetPolicyLabel,
            user("bob@contoso.com"),
        ),
        (
            "/beta/users(bob@contoso.com)/security/informationProtection/sensitivityLabels(x)/parent",
            E::GetPolicyLabelParent,
            user("bob@contoso.com"),
        ),
        (
            "/beta/users('o''brien%40contoso.com')/security/informationProtection/labelPolicySettings",
            E::GetPolicySettings,
            user("o'brien@contoso.com"),
        ),
        (
            "/BETA/ME/Security/informationprotection/SENSITIVITYLABELS/%24COUNT",
            E::CountPolicyLabels,
            Subject::Me,
        ),
        (
            "/beta/me/security/informationProtection/sensitivityLabel/x",
            E::GetPolicyLabel,
            Subject::Me,
        ),
        (
            "/beta//me/security//informationProtection/sensitivityLabels/",
            E::ListPolicyLabels,
            Subject::Me,
        ),
        (
            "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels",
            E::ListLabels,
            Subject::Organisation,
        ),
        (
            "/v1.0/me/dataSecurityAndGovernance/sensitivityLabels/$count",
            E::CountLabels,
            Subject::Me,
        ),
        (
            "/v1.0/users/me/dataSecurityAndGovernance/sensitivityLabels/x/rights",
            E::GetRights,
            Subject::Me,
        ),
        (
            "/beta/users/b@c/dataSecurityAndGovernance/sensitivityLabels/x/sublabels",
            E::ListLabels,
            user("b@c"),
        ),
        (
            "/beta/users/b@c/dataSecurityAndGovernance/sensitivityLabels/x/sublabels/$count",
            E::CountLabels,
            user("b@c"),
        ),
        (
            "/beta/users/b@c/dataSecurityAndGovernance/sensitivityLabels/x/sublabels/y",
            E::GetLabel,
            user("b@c"),
        ),
        (
            "/beta/users/b@c/dataSecurityAndGovernance/sensitivityLabels/x/sublabels('y')/rights",
            E::GetRights,
            user("b@c"),
        ),
        (
            "/beta/informationProtection/sensitivityLabels",
            E::ListLabels,
            Subject::Organisation,
        ),
        (
            "/beta/dataClassification/sensitivityLabels/x",
            E::GetLabel,
            Subject::Organisation,
        ),
        (
            "/beta/me/informationprotection/sensitivityLabels",
            E::ListLabels,
            Subject::Me,
        ),
        (
            "/beta/users/b@c/informationProtection/sensitivityLabels",
            E::ListLabels,
            user("b@c"),
        ),
        (
            "/beta/sites/root/informationProtection/sensitivityLabels",
            E::ListLabels,
            Subject::Organisation,
        ),
        (
            "/beta/groups/g/sites/s/informationProtection/sensitivityLabels",
            E::ListLabels,
            Subject::Organisation,
        ),
    ];
    for (path, endpoint, subject) in cases {
        leads(get.clone(), path, endpoint, subject);
    }
}

#[test]
fn actions_with_and_without_their_namespace() {
    use Endpoint as E;
    let actions = [
        ("evaluateApplication", E::EvaluateApplication),
        ("evaluateClassificationResults", E::EvaluateClassificationResults),
        ("evaluateRemoval", E::EvaluateRemoval),
        ("extractContentLabel", E::ExtractContentLabel),
    ];
    let prefixes = [
        ("/beta/users/bob%40contoso.com", user("bob@contoso.com")),
        ("/beta/users/me", Subject::Me),
        ("/beta/me", Subject::Me),
        ("/beta/users", Subject::Organisation),
        ("/beta", Subject::Organisation),
    ];
    for (prefix, subject) in &prefixes {
        for (action, endpoint) in actions {
            for spelled in [
                action.to_owned(),
                format!("microsoft.graph.security.{action}"),
                action.to_uppercase(),
            ] {
                let path = format!("{prefix}/security/informationProtection/sensitivityLabels/{spelled}");
                leads(Method::POST, &path, endpoint, subject.clone());
            }
        }
    }
    let bare = format!("/beta/{ID}/security/informationProtection/sensitivityLabels/evaluateApplication");
    leads(Method::POST, &bare, E::EvaluateApplication, user(ID));
}

#[test]
fn functions_keep_their_segment_as_sent() {
    for segment in [
        "computeInheritance(labelIds=[\"a\"],locale='en-US',contentFormats=[\"File\"])",
        "computeInheritance(labelIds=%5B%22a%22%2C%22b%22%5D,locale='en-US',contentFormats=%5B%22File%22%5D)",
        "computeInheritance(labelIds=alocale='en-US'contentFormats=File)",
        "computeInheritance(labelIds=@l,locale=@x,contentFormats=@c)",
        "computeInheritance%28labelIds=a%29",
        "computeInheritance",
        "microsoft.graph.computeInheritance(labelIds=['a', 'b'])",
        "COMPUTEINHERITANCE(labelIds=[%0A%20%20%22a%22,%0A])",
    ] {
        for prefix in ["", "/x/sublabels"] {
            let routes = routes();
            let collection = if prefix.is_empty() { "" } else { prefix };
            let path = format!("/v1.0/me/dataSecurityAndGovernance/sensitivityLabels{collection}/{segment}");
            let found = find(&routes, &Method::GET, &path);
            assert_eq!(found.leaf.endpoint, Endpoint::ComputeInheritance, "{path}");
            assert_eq!(found.keys.function, Some(segment));
            assert_eq!(found.keys.label.is_some(), !prefix.is_empty());
        }
    }
}

#[test]
fn unknown_segments_are_named() {
    let cases = [
        ("/v1.0/me/security/informationProtection/sensitivityLabels", "security"),
        (
            "/v1.0/security/informationProtection/sensitivityLabels",
            "informationProtection",
        ),
        ("/v1.0/informationProtection/policy/labels", "informationProtection"),
        ("/beta/informationProtection/policy/labels", "policy"),
        ("/v2.0/me", "v2.0"),
        ("/v1.0/me", "me"),
        ("/v1.0/users", "users"),
        (
            "/v1.0/users/security/dataSecurityAndGovernance/sensitivityLabels",
            "security",
        ),
        ("/v1.0/me/messages", "messages"),
        (
            "/beta/nobody/security/informationProtection/sensitivityLabels/evaluateApplication",
            "nobody",
        ),
        ("/beta/labelContentRight/label", "labelContentRight"),
        ("/v1.0/me/drive/special/documents", "special"),
        ("/v1.0/me/drive/items/x/versions", "versions"),
        ("/", ""),
        (
            "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels/x/sublabels/y/sublabels",
            "sublabels",
        ),
    ];
    for (path, segment) in cases {
        let found = routes().find(path, &Method::GET).map(|found| found.leaf.endpoint);
        assert_eq!(found, Err(Mismatch::UnknownSegment(segment.to_owned())), "{path}");
    }
}

#[test]
fn other_methods_are_refused_with_those_there_are() {
    let labels = "/beta/users/u@c/security/informationProtection/sensitivityLabels";
    let cases = [
        (Method::POST, labels.to_owned(), vec![Verb::Get]),
        (Method::PATCH, format!("{labels}/{ID}"), vec![Verb::Get]),
        (Method::DELETE, format!("{labels}/{ID}"), vec![Verb::Get]),
        (Method::GET, format!("{labels}/evaluateApplication"), vec![Verb::Post]),
        (Method::OPTIONS, "/v1.0/$metadata".to_owned(), vec![Verb::Get]),
        (
            Method::DELETE,
            "/v1.0/me/drive/root:/a.docx:/content".to_owned(),
            vec![Verb::Get, Verb::Put],
        ),
        (Method::POST, "/v1.0/me/drive/root:/a.docx".to_owned(), vec![Verb::Get]),
        (
            Method::GET,
            "/beta/me/informationProtection/sensitivityLabels/evaluate".to_owned(),
            vec![Verb::Post],
        ),
    ];
    for (method, path, allowed) in cases {
        let found = routes().find(&path, &method).map(|found| found.leaf.endpoint);
        let Err(Mismatch::MethodNotAllowed { allowed: found, .. }) = found else {
            panic!("{method} {path}: {found:?}");
        };
        assert_eq!(found, allowed, "{method} {path}");
    }
}

#[test]
fn paths_that_cannot_be_read() {
    assert!(matches!(
        routes().find("/v1.0/me/%ff", &Method::GET),
        Err(Mismatch::Unreadable(_))
    ));
    let deep = format!("/v1.0/me/drive/root:/{}", "a/".repeat(200));
    assert!(matches!(
        routes().find(&deep, &Method::GET),
        Err(Mismatch::Unreadable(_))
    ));
}

#[test]
fn old_paths_go_away_when_configured() {
    let without = Routes::new(false);
    let found = without.find("/beta/me/informationProtection/sensitivityLabels", &Method::GET);
    assert_eq!(
        found.map(|found| found.leaf.endpoint),
        Err(Mismatch::UnknownSegment("informationProtection".to_owned()))
    );
    assert_eq!(find(&routes(), &Method::GET, "/signet/v1/decisions").api, Api::Signet);
}

proptest::proptest! {
    #[test]
    fn any_path_is_matched_or_refused(path in "/(v1.0|beta|signet/v1)?(/(me|users|drive|root:|items|security|[a-z%'()=@:,\\[\\]\"$.2F0-9é]{0,12})){0,8}", put in proptest::bool::ANY) {
        let method = if put { Method::PUT } else { Method::POST };
        if let Ok(found) = routes().find(&path, &method) {
            let _described = (found.subject(), found.drive(), found.item());
        }
    }
}

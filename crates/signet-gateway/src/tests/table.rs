//! Every route of the table: without a token, without the permission, with a wrong method, and with a query no route has.

use http::Method;

use super::fake_drives::{BOB, FILE_ID, GROUP};
use super::world::{Ask, TENANT_A, Token, World};
use crate::routes::{Api, Endpoint, GROUPS, Leaf, Prefix, Verb, Whose, permission};

/// A path of a route, its keys filled in.
pub(crate) fn path(api: Api, prefix: &Prefix, leaf: &Leaf) -> String {
    let pattern = [api.root(), prefix.path, leaf.path].join("/");
    let segments = pattern
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| match segment {
            "{user}" | "{principal}" => "bob%40contoso.com",
            "{label}" if leaf.path.contains("sublabel") => "8cf764ac-ef2b-4787-8ccd-0a8a65e7bafa",
            "{label}" => "4e4234dd-377b-42a3-935b-0e42f138fa23",
            "{sublabel}" => "a20cbae4-0c05-448c-b342-cb6c618d0957",
            "{drive}" if prefix.path.starts_with("groups") => "drive-group",
            "{drive}" if prefix.path.starts_with("sites") => "drive-root",
            "{drive}" => "drive-bob",
            "{group}" => GROUP,
            "{site}" => "root",
            "{item}" if leaf.endpoint == Endpoint::GetContent => "items/FILE",
            "{item}" => "items/FOLDER",
            "{ticket}" => "ticket",
            other => other.rsplit_once(':').map_or(other, |(_, name)| name),
        });
    let path = format!("/{}", segments.collect::<Vec<_>>().join("/"));
    match leaf.endpoint {
        Endpoint::ExtractLabels => path.replace("FOLDER", FILE_ID),
        Endpoint::GetContent => path.replace("/FILE/", &format!("/{FILE_ID}/")),
        Endpoint::ComputeInheritance if path.contains("sublabels") => {
            format!("{path}(labelIds=['a20cbae4-0c05-448c-b342-cb6c618d0957'])")
        }
        Endpoint::ComputeInheritance => format!("{path}(labelIds=['4e4234dd-377b-42a3-935b-0e42f138fa23'])"),
        _ => path,
    }
}

pub(crate) fn method(verb: Verb) -> Method {
    match verb {
        Verb::Get => Method::GET,
        Verb::Post => Method::POST,
        Verb::Put => Method::PUT,
        Verb::Delete => Method::DELETE,
    }
}

/// A token that may do everything the route can allow.
pub(crate) fn fitting(prefix: &Prefix, leaf: &Leaf) -> Token {
    let is_governance = leaf.endpoint == Endpoint::ListDecisions;
    if prefix.whose == Whose::Organisation || is_governance {
        Token::application(TENANT_A)
    } else {
        Token::user(TENANT_A, BOB, "bob@contoso.com")
    }
}

pub(crate) fn body(endpoint: Endpoint) -> Option<&'static str> {
    match endpoint {
        Endpoint::EvaluateApplication => {
            Some(r#"{"contentInfo": {}, "labelingOptions": {"labelId": "285ccb20-8260-4b1a-9e08-b5e051ffc848"}}"#)
        }
        Endpoint::EvaluateClassificationResults => Some(r#"{"contentInfo": {}, "classificationResults": []}"#),
        Endpoint::EvaluateRemoval | Endpoint::ExtractContentLabel => Some(r#"{"contentInfo": {}}"#),
        Endpoint::ComputeRightsAndInheritance => Some(
            r#"{"delegatedUserEmail": "bob@contoso.com", "protectedContents": [{"labelId": "4e4234dd-377b-42a3-935b-0e42f138fa23"}]}"#,
        ),
        Endpoint::Batch => Some(r#"{"requests": []}"#),
        Endpoint::AssignLabel => Some(r#"{"sensitivityLabelId": ""}"#),
        Endpoint::UploadPart => Some("01234567890123456789012345"),
        Endpoint::PutContent => Some("hello"),
        _ => None,
    }
}

fn every_route() -> Vec<(Api, Prefix, Leaf)> {
    let mut routes = Vec::new();
    for group in GROUPS {
        for prefix in group.prefixes {
            for api in prefix.apis {
                routes.extend(group.leaves.iter().map(|leaf| (*api, *prefix, *leaf)));
            }
        }
    }
    routes
}

fn ask<'w>(world: &'w World, api: Api, prefix: &Prefix, leaf: &Leaf) -> Ask<'w> {
    let ask = Ask::new(world, method(leaf.verb), &path(api, prefix, leaf));
    match body(leaf.endpoint) {
        Some(body) => {
            let length = body.len().to_string();
            let ask = ask
                .header("content-type", "application/json")
                .header("content-length", &length);
            match leaf.endpoint {
                Endpoint::UploadPart => ask.header("content-range", "bytes 0-25/26").body(body),
                _ => ask.body(body),
            }
        }
        None => ask,
    }
}

fn is_open(endpoint: Endpoint) -> bool {
    endpoint.is_anonymous()
}

#[tokio::test]
async fn with_what_it_needs_every_route_answers() {
    let world = World::new();
    for (api, prefix, leaf) in every_route() {
        let path = path(api, &prefix, &leaf);
        let reply = ask(&world, api, &prefix, &leaf)
            .token(fitting(&prefix, &leaf).all())
            .send()
            .await;
        let expected: &[u16] = match leaf.endpoint {
            Endpoint::LegacyEvaluate => &[501],
            Endpoint::AssignLabel => &[202],
            Endpoint::UploadPart => &[201],
            Endpoint::GetContent => &[302],
            Endpoint::CancelUpload => &[204],
            Endpoint::GetPolicyLabelParent | Endpoint::ExtractContentLabel => &[204],
            Endpoint::GetRights if path.contains("sublabels") => &[404],
            _ => &[200],
        };
        assert!(
            expected.contains(&reply.status.as_u16()),
            "{} {path} ({}): {}",
            leaf.verb.name(),
            leaf.rows,
            reply.text()
        );
        assert_eq!(
            reply.header("deprecation").is_some(),
            prefix.legacy && reply.status.is_success(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn without_a_token_nothing_but_the_description_answers() {
    let world = World::new();
    for (api, prefix, leaf) in every_route() {
        let reply = ask(&world, api, &prefix, &leaf).send().await;
        if is_open(leaf.endpoint) {
            assert!(reply.status.is_success(), "{}", reply.text());
        } else {
            reply.refused(401, "InvalidAuthenticationToken", "unauthenticated");
        }
    }
    assert!(world.calls().is_empty());
}

#[tokio::test]
async fn each_permission_opens_what_it_should_and_nothing_else() {
    let world = World::new();
    let mut cells = 0;
    let mut seen = Vec::new();
    for (api, prefix, leaf) in every_route() {
        let Some(operation) = permission(leaf.endpoint) else {
            continue;
        };
        if seen.contains(&(leaf.endpoint, prefix.whose)) {
            continue;
        }
        seen.push((leaf.endpoint, prefix.whose));
        let requirement = operation.requirement();
        let token = fitting(&prefix, &leaf);
        let accepted = if prefix.whose == Whose::Organisation || leaf.endpoint == Endpoint::ListDecisions {
            requirement.application
        } else {
            requirement.delegated
        };
        for name in super::world::ALL.iter().chain(&[
            "Files.Read",
            "Files.ReadWrite",
            "Files.Read.All",
            "Sites.Read.All",
            "Group.Read.All",
            "signet.decisions.READ",
        ]) {
            let reply = ask(&world, api, &prefix, &leaf)
                .token(token.clone().with(&[name]))
                .send()
                .await;
            let opens = accepted.iter().any(|known| known.eq_ignore_ascii_case(name));
            cells += 1;
            let path = path(api, &prefix, &leaf);
            if opens {
                assert_ne!(reply.status.as_u16(), 403, "{path} with {name}: {}", reply.text());
            } else {
                assert_eq!(reply.status.as_u16(), 403, "{path} with {name}: {}", reply.text());
                let message = reply.json()["error"]["message"].as_str().expect("text").to_owned();
                assert!(message.contains(accepted[0]) && message.contains(*name), "{message}");
            }
        }
    }
    assert!(cells > 500, "only {cells} cells");
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let world = World::new();
    for (api, prefix, leaf) in every_route() {
        let reply = ask(&world, api, &prefix, &leaf)
            .method(Method::PATCH)
            .token(fitting(&prefix, &leaf).all())
            .send()
            .await;
        reply.refused(405, "Request_BadRequest", "");
        let allow = reply.header("allow").expect("the methods there are").to_owned();
        assert!(allow.split(", ").any(|name| name == leaf.verb.name()), "{allow}");
    }
}

#[tokio::test]
async fn an_option_no_route_has_is_refused() {
    let world = World::new();
    for (api, prefix, leaf) in every_route() {
        if leaf.endpoint.needs_ticket() {
            continue;
        }
        let path = format!("{}?$nonsense=1", path(api, &prefix, &leaf));
        let ask = Ask::new(&world, method(leaf.verb), &path).token(fitting(&prefix, &leaf).all());
        let reply = match body(leaf.endpoint) {
            Some(body) => ask.header("content-type", "application/json").body(body).send().await,
            None => ask.send().await,
        };
        let (status, code, inner) = reply.outcome();
        let expected = (400, "invalidRequest".to_owned(), "invalidQueryOption".to_owned());
        let not_offered = (501, "notSupported".to_owned(), String::new());
        assert!(
            (status, code, inner) == expected || reply.outcome() == not_offered,
            "{path}: {}",
            reply.text()
        );
    }
}

#[tokio::test]
async fn unknown_users_labels_and_drives_are_not_found() {
    let world = World::new();
    let strange = "00000000-0000-4000-8000-0000000000ff";
    for (api, prefix, leaf) in every_route() {
        let path = path(api, &prefix, &leaf);
        let replacements = [
            ("bob%40contoso.com", "nobody%40contoso.com"),
            ("/4e4234dd-377b-42a3-935b-0e42f138fa23", &format!("/{strange}")),
            ("/8cf764ac-ef2b-4787-8ccd-0a8a65e7bafa", &format!("/{strange}")),
            ("drive-bob", "drive-nobody"),
            (GROUP, strange),
            ("/FOLDER", "/NOTHING"),
            (FILE_ID, "NOTHING"),
        ];
        for (known, unknown) in replacements {
            if !path.contains(known) || (known == GROUP && !path.contains("drive")) {
                continue;
            }
            let target = path.replace(known, unknown);
            let ask = Ask::new(&world, method(leaf.verb), &target).token(Token::application(TENANT_A).all());
            let reply = match body(leaf.endpoint) {
                Some(body) => ask.header("content-type", "application/json").body(body).send().await,
                None => ask.send().await,
            };
            let status = reply.status.as_u16();
            let me = prefix.whose == Whose::Me;
            assert!(
                status == 404 || status == 501 || (me && status == 400),
                "{target}: {}",
                reply.text()
            );
        }
    }
}

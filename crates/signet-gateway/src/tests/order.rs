//! The order of checks. Source: rest-api 6.2.

use http::Method;

use super::world::{Ask, TENANT_A, Token, World};

const USERS: &str = "/beta/users/bob@contoso.com/security/informationProtection/sensitivityLabels";
const NOBODY: &str = "/beta/users/nobody@contoso.com/security/informationProtection/sensitivityLabels";

fn application() -> Token {
    Token::application(TENANT_A).all()
}

#[tokio::test]
async fn the_token_comes_before_the_path() {
    let world = World::new();
    for (method, target) in [
        (Method::GET, "/v1.0/nothing/here"),
        (Method::GET, "/nothing"),
        (Method::GET, "/"),
        (Method::DELETE, USERS),
        (Method::OPTIONS, USERS),
        (Method::GET, "/v1.0/%ff"),
    ] {
        let ask = || Ask::new(&world, method.clone(), target);
        let reply = ask().send().await;
        reply.refused(401, "InvalidAuthenticationToken", "unauthenticated");
        assert_eq!(reply.json()["error"]["message"], "Access token is empty.");
        assert_eq!(
            reply.header("www-authenticate"),
            Some(
                "Bearer realm=\"\", authorization_uri=\"https://login.example/authorize\", client_id=\"11111111-1111-4111-8111-111111111111\""
            )
        );
        let status = ask().token(application()).send().await.status.as_u16();
        assert!(status == 400 || status == 405, "{target}: {status}");
    }
}

#[tokio::test]
async fn the_path_comes_before_the_permission() {
    let world = World::new();
    let powerless = Token::application(TENANT_A).with(&["Other.Permission"]);
    Ask::new(&world, Method::GET, "/v1.0/nothing")
        .token(powerless.clone())
        .send()
        .await
        .refused(400, "BadRequest", "");
    let reply = Ask::new(&world, Method::DELETE, USERS)
        .token(powerless.clone())
        .send()
        .await;
    reply.refused(405, "Request_BadRequest", "");
    assert_eq!(reply.header("allow"), Some("GET"));
    let reply = Ask::new(&world, Method::GET, USERS).token(powerless).send().await;
    reply.refused(403, "accessDenied", "Authorization_RequestDenied");
    let message = reply.json()["error"]["message"].as_str().expect("text").to_owned();
    assert!(
        message.contains("InformationProtectionPolicy.Read.All") && message.contains("Other.Permission"),
        "{message}"
    );
    assert!(world.calls().is_empty(), "nothing was asked of a service");
}

#[tokio::test]
async fn the_kind_of_token_comes_before_the_permission() {
    let world = World::new();
    let powerless = Token::application(TENANT_A).with(&["Other.Permission"]);
    let me = "/beta/me/security/informationProtection/sensitivityLabels";
    world
        .get(me)
        .token(powerless)
        .send()
        .await
        .refused(400, "BadRequest", "");
}

#[tokio::test]
async fn what_the_path_names_comes_before_the_body() {
    let world = World::new();
    for body in ["{", "[]", "{\"contentInfo\": 1}"] {
        let faulty = |prefix: &str| {
            world
                .post(&format!("{prefix}/evaluateRemoval"), body)
                .token(application())
        };
        faulty(NOBODY).send().await.refused(404, "itemNotFound", "userNotFound");
        faulty(USERS)
            .send()
            .await
            .refused(400, "invalidRequest", "invalidParameterFormat");
    }
    let typed = |prefix: &str| {
        world
            .post(&format!("{prefix}/evaluateRemoval"), "{}")
            .token(application())
            .header("content-type", "text/xml")
    };
    typed(NOBODY).send().await.refused(404, "itemNotFound", "userNotFound");
    typed(USERS).send().await.refused(415, "unsupportedMediaType", "");
    let large = |prefix: &str| {
        let body = vec![b' '; 1024 * 1024 + 1];
        world
            .post(&format!("{prefix}/evaluateRemoval"), "")
            .token(application())
            .body(body)
    };
    large(NOBODY).send().await.refused(404, "itemNotFound", "userNotFound");
    large(USERS).send().await.refused(413, "requestEntityTooLarge", "");
    let accept = |prefix: &str| world.get(prefix).header("accept", "text/html");
    accept(NOBODY).send().await.refused(404, "itemNotFound", "userNotFound");
    accept(USERS)
        .send()
        .await
        .refused(406, "notAcceptable", "invalidAcceptType");
    let query = |prefix: &str| world.get(&format!("{prefix}?$top=x"));
    query(NOBODY).send().await.refused(404, "itemNotFound", "userNotFound");
    query(USERS)
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
}

#[tokio::test]
async fn the_media_type_comes_before_the_body() {
    let world = World::new();
    let faulty = world
        .post(&format!("{USERS}/evaluateRemoval"), "{")
        .header("content-type", "text/plain");
    faulty.send().await.refused(415, "unsupportedMediaType", "");
    let none = world
        .post(&format!("{USERS}/evaluateRemoval"), "{}")
        .without("content-type")
        .send()
        .await;
    none.refused(415, "unsupportedMediaType", "");
    let empty = world
        .post(&format!("{USERS}/evaluateRemoval"), "")
        .without("content-type")
        .send()
        .await;
    empty.refused(400, "invalidRequest", "invalidParameterFormat");
    let parameters = world
        .post(&format!("{USERS}/evaluateRemoval"), "{}")
        .header("content-type", "Application/JSON; charset=utf-8");
    parameters
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
}

#[tokio::test]
async fn a_user_is_an_id_or_an_address() {
    let world = World::new();
    let named = |user: &str| {
        world.get(&format!(
            "/beta/users/{user}/security/informationProtection/sensitivityLabels"
        ))
    };
    named("bob")
        .send()
        .await
        .refused(400, "invalidRequest", "invalidParameterFormat");
    named("00000000-0000-4000-8000-0000000000ff")
        .send()
        .await
        .refused(404, "itemNotFound", "userNotFound");
    assert_eq!(
        named("6E7B768E-07E2-4810-8459-485F84F8F201")
            .send()
            .await
            .status
            .as_u16(),
        200
    );
    assert_eq!(named("BOB%40CONTOSO.COM").send().await.status.as_u16(), 200);
}

#[tokio::test]
async fn an_unknown_tenant_is_nobody() {
    let world = World::new();
    let stranger = Token::application("00000000-0000-4000-8000-0000000000aa").all();
    let reply = world.get(USERS).token(stranger).send().await;
    reply.refused(401, "InvalidAuthenticationToken", "unauthenticated");
    assert!(reply.header("www-authenticate").is_some());
}

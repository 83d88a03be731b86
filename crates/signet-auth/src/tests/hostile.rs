//! Tokens that must not get in.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::support::*;
use crate::{AuthError, IssuerConfig, StaticKeys, Verifier};

async fn refusal(token: &str) -> AuthError {
    match verifier().verify(token).await {
        Ok(principal) => panic!("accepted {token}: {principal:?}"),
        Err(error) => error,
    }
}

fn header(alg: &str) -> String {
    json!({"alg": alg, "typ": "JWT", "kid": rsa().id}).to_string()
}

#[tokio::test]
async fn the_token_the_others_deviate_from_is_accepted() {
    assert!(verifier().verify(&token(&claims())).await.is_ok());
    assert!(
        verifier()
            .verify(&raw_token(&header("RS256"), &claims().to_string()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn no_character_of_a_token_can_be_changed_left_out_or_added() {
    let verifier = verifier();
    let good = token(&claims());
    for position in 0..good.len() {
        let (before, after) = good.split_at(position);
        let rest = &after[1..];
        let other = if after.starts_with('A') { 'B' } else { 'A' };
        for changed in [
            format!("{before}{other}{rest}"),
            format!("{before}{rest}"),
            format!("{before}A{after}"),
        ] {
            if changed != good {
                assert!(verifier.verify(&changed).await.is_err(), "{changed}");
            }
        }
    }
}

#[tokio::test]
async fn no_algorithm_but_the_three_is_taken() {
    for alg in [
        "none", "None", "NONE", "nOnE", "", "rs256", "RS256 ", "RS384", "RS512", "PS512", "ES384", "EdDSA", "HS256",
    ] {
        let signed = raw_token(&header(alg), &claims().to_string());
        assert_eq!(refusal(&signed).await, AuthError::UnsupportedAlgorithm, "{alg}");
        let (unsigned, _) = signed.rsplit_once('.').unwrap();
        assert_eq!(
            refusal(&format!("{unsigned}.")).await,
            AuthError::UnsupportedAlgorithm,
            "{alg} unsigned"
        );
    }
}

#[tokio::test]
async fn an_hmac_keyed_with_the_public_key_is_refused() {
    let jwk = rsa().jwk();
    let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
    let der = public_key_der();
    let body = STANDARD.encode(&der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    for secret in [pem.as_bytes(), &der, &modulus, jwk.to_string().as_bytes()] {
        let mut header = jsonwebtoken::Header::new(Algorithm::HS256);
        header.kid = Some(rsa().id.to_owned());
        let forged = jsonwebtoken::encode(&header, &claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(refusal(&forged).await, AuthError::UnsupportedAlgorithm);
        // The same signature under an accepted name.
        let (_, rest) = forged.split_once('.').unwrap();
        let renamed = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(self::header("RS256")));
        assert_eq!(refusal(&renamed).await, AuthError::BadSignature);
    }
}

/// The public key as `BEGIN PUBLIC KEY` files hold it.
fn public_key_der() -> Vec<u8> {
    let member = |name: &str| URL_SAFE_NO_PAD.decode(rsa().jwk()[name].as_str().unwrap()).unwrap();
    let components = RsaPublicKeyComponents {
        n: member("n"),
        e: member("e"),
    };
    components
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .unwrap()
        .as_ref()
        .to_vec()
}

#[tokio::test]
async fn a_signature_that_is_not_the_issuers_is_refused() {
    let good = token(&claims());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let mut flipped = URL_SAFE_NO_PAD.decode(signature).unwrap();
    flipped[10] ^= 1;
    let other = token(&with(claims(), json!({"scp": "Files.ReadWrite.All"})));
    let (_, signature_of_other) = other.rsplit_once('.').unwrap();
    for forged in [
        format!("{signed}."),
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&flipped)),
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 256])),
        format!("{signed}.{signature_of_other}"),
        format!("{signed}.{}", &signature[..100]),
    ] {
        assert_eq!(refusal(&forged).await, AuthError::BadSignature, "{forged}");
    }
}

#[tokio::test]
async fn a_foreign_key_is_refused_under_every_name() {
    let mut foreign = jsonwebtoken::Header::new(Algorithm::RS256);
    let cases = [
        (Some(rsa().id), AuthError::BadSignature),
        (Some("key-2"), AuthError::UnknownKey),
        (None, AuthError::BadSignature),
    ];
    for (key_id, expected) in cases {
        foreign.kid = key_id.map(str::to_owned);
        let forged = jsonwebtoken::encode(&foreign, &claims(), &foreign_rsa().key).unwrap();
        assert_eq!(refusal(&forged).await, expected, "{key_id:?}");
    }
}

#[tokio::test]
async fn a_key_the_token_brings_along_is_never_used() {
    let foreign = foreign_rsa().jwk();
    for extra in [
        json!({"jwk": foreign}),
        json!({"jku": "https://attacker.example/keys"}),
        json!({"x5u": "https://attacker.example/chain"}),
        json!({"x5c": [STANDARD.encode(b"certificate")]}),
        json!({"jwk": foreign, "kid": "key-2"}),
    ] {
        let header = with(json!({"alg": "RS256", "kid": rsa().id}), extra).to_string();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(&header),
            URL_SAFE_NO_PAD.encode(claims().to_string())
        );
        let signature = jsonwebtoken::crypto::sign(signed.as_bytes(), &foreign_rsa().key, Algorithm::RS256).unwrap();
        let error = refusal(&format!("{signed}.{signature}")).await;
        assert!(
            matches!(error, AuthError::BadSignature | AuthError::UnknownKey),
            "{header}: {error:?}"
        );
    }
    // And does no harm either: the trusted key still decides.
    let harmless = with(
        json!({"alg": "RS256", "kid": rsa().id, "jku": "https://attacker.example"}),
        json!({"jwk": foreign}),
    );
    assert!(
        verifier()
            .verify(&raw_token(&harmless.to_string(), &claims().to_string()))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_key_id_is_only_a_name_to_look_up() {
    let ids = [
        "../../../../dev/null",
        "/etc/passwd",
        "' OR 1=1 --",
        "key-1\0",
        "\u{202e}1-yek",
        "KEY-1",
        " key-1",
        "",
        "%00",
    ];
    for key_id in ids {
        let header = json!({"alg": "RS256", "kid": key_id}).to_string();
        assert_eq!(
            refusal(&raw_token(&header, &claims().to_string())).await,
            AuthError::UnknownKey,
            "{key_id:?}"
        );
    }
    let long = json!({"alg": "RS256", "kid": "k".repeat(513)}).to_string();
    assert_eq!(
        refusal(&raw_token(&long, &claims().to_string())).await,
        AuthError::UnknownKey
    );
    for not_text in [json!(1), json!(["key-1"]), json!({"a": 1})] {
        let header = json!({"alg": "RS256", "kid": not_text}).to_string();
        assert_eq!(
            refusal(&raw_token(&header, &claims().to_string())).await,
            AuthError::Malformed,
            "{not_text}"
        );
    }
}

#[tokio::test]
async fn without_a_key_id_the_key_must_be_beyond_doubt() {
    let unnamed = jsonwebtoken::encode(&jsonwebtoken::Header::new(Algorithm::RS256), &claims(), &rsa().key).unwrap();
    assert!(verifier().verify(&unnamed).await.is_ok());
    let keys = key_set(&[rsa().jwk(), foreign_rsa().jwk()]);
    let verifier = Verifier::new(
        config(std::sync::Arc::new(StaticKeys::new(keys))),
        TestClock::new().clock(),
    );
    assert_eq!(verifier.verify(&unnamed).await, Err(AuthError::UnknownKey));
}

#[tokio::test]
async fn headers_that_are_none_are_malformed() {
    let payload = claims().to_string();
    for header in [
        "",
        "{}",
        "null",
        "[]",
        "\"RS256\"",
        r#"{"alg":1,"kid":"key-1"}"#,
        r#"{"alg":null,"kid":"key-1"}"#,
        r#"{"alg":"RS256","alg":"none","kid":"key-1"}"#,
        r#"{"alg":"RS256","kid":"key-1","kid":"key-2"}"#,
        r#"{"alg":"RS256","kid":"key-1"}}"#,
        r#"{"alg":"RS256","kid":"key-1","crit":["exp"]}"#,
        r#"{"alg":"RS256","kid":"key-1","crit":[]}"#,
        r#"{"alg":"RS256","kid":"key-1","crit":null}"#,
        r#"{"alg":"RS256","kid":"key-1","b64":false,"crit":["b64"]}"#,
    ] {
        assert_eq!(
            refusal(&raw_token(header, &payload)).await,
            AuthError::Malformed,
            "{header}"
        );
    }
}

#[tokio::test]
async fn texts_that_are_no_token_are_malformed() {
    let good = token(&claims());
    let parts: Vec<&str> = good.split('.').collect();
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    for text in [
        "x".to_owned(),
        ".".to_owned(),
        "..".to_owned(),
        "...".to_owned(),
        "a.b.c".to_owned(),
        format!("{}.{}", parts[0], parts[1]),
        format!("{good}.{}", parts[2]),
        format!("{}..{}", parts[0], parts[2]),
        format!(".{}.{}", parts[1], parts[2]),
        format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], parts[2].replace(['-', '_'], "+")) + "+",
        good.replace('.', " . "),
        format!("{good}\n"),
        "\u{fffd}.\u{1f600}.\0".to_owned(),
        // Five parts: an encrypted token.
        format!("{good}.{}.{}", parts[1], parts[2]),
        raw_token(&header("RS256"), &deep),
        raw_token(&header("RS256"), ""),
        raw_token(&header("RS256"), "[]"),
        raw_token(&header("RS256"), "{\"exp\":1e999}"),
        raw_token(&header("RS256"), "\u{feff}{}"),
    ] {
        assert_eq!(refusal(&text).await, AuthError::Malformed, "{text}");
    }
}

#[tokio::test]
async fn claims_of_another_type_or_given_twice_are_malformed() {
    for (name, value) in [
        ("exp", json!("1800003600")),
        ("exp", json!([1_800_003_600])),
        ("exp", json!(null)),
        ("nbf", json!(true)),
        ("aud", json!(1)),
        ("aud", json!([AUDIENCE, 1])),
        ("aud", json!({"0": AUDIENCE})),
        ("iss", json!(["https://login.example"])),
        ("tid", json!(1)),
        ("oid", json!({})),
        ("scp", json!(["Files.Read"])),
        ("roles", json!("Files.Read.All")),
        ("idtyp", json!(1)),
    ] {
        let mut changed = claims();
        changed[name] = value;
        assert_eq!(
            refusal(&token(&changed)).await,
            AuthError::Malformed,
            "{name}: {changed}"
        );
    }
    let members = claims().to_string();
    let open = members.trim_end_matches('}');
    for twice in [
        r#""tid":"b1a2c3d4-0000-4000-8000-000000000002""#,
        r#""scp":"x""#,
        r#""exp":9999999999"#,
        r#""aud":"x""#,
    ] {
        let payload = format!("{open},{twice}}}");
        assert_eq!(
            refusal(&raw_token(&header("RS256"), &payload)).await,
            AuthError::Malformed,
            "{twice}"
        );
    }
}

#[tokio::test]
async fn size_is_limited_before_anything_is_read() {
    let large = with(claims(), json!({"padding": "x".repeat(12_000)}));
    assert_eq!(refusal(&token(&large)).await, AuthError::TooLarge);
    let fits = with(claims(), json!({"padding": "x".repeat(8_000)}));
    assert!(verifier().verify(&token(&fits)).await.is_ok());
    assert_eq!(refusal(&"x".repeat(16 * 1024)).await, AuthError::Malformed);
    assert_eq!(refusal(&"x".repeat(16 * 1024 + 1)).await, AuthError::TooLarge);
}

#[tokio::test]
async fn a_key_is_used_only_as_its_owner_says() {
    let cases: [(Value, Algorithm, Option<AuthError>); 7] = [
        (json!({}), Algorithm::RS256, None),
        (json!({}), Algorithm::PS256, None),
        (json!({"alg": "PS256"}), Algorithm::PS256, None),
        (json!({"alg": "RS256"}), Algorithm::PS256, Some(AuthError::UnknownKey)),
        (json!({"alg": "RS512"}), Algorithm::RS256, Some(AuthError::UnknownKey)),
        (json!({"use": "enc"}), Algorithm::RS256, Some(AuthError::UnknownKey)),
        (
            json!({"key_ops": ["sign"]}),
            Algorithm::RS256,
            Some(AuthError::UnknownKey),
        ),
    ];
    for (change, algorithm, expected) in cases {
        let keys = key_set(&[with(rsa().jwk(), change.clone()), ec().jwk()]);
        let verifier = Verifier::new(
            config(std::sync::Arc::new(StaticKeys::new(keys))),
            TestClock::new().clock(),
        );
        let outcome = verifier.verify(&token_with(&claims(), rsa(), algorithm)).await.err();
        assert_eq!(outcome, expected, "{change} {algorithm:?}");
    }
    let mut renamed = jsonwebtoken::Header::new(Algorithm::RS256);
    renamed.kid = Some(ec().id.to_owned());
    let crossed = jsonwebtoken::encode(&renamed, &claims(), &rsa().key).unwrap();
    assert_eq!(refusal(&crossed).await, AuthError::UnknownKey);
}

#[tokio::test]
async fn a_key_vouches_for_its_own_issuer_only() {
    let issuer = |issuer: &str, key: &TestKey| IssuerConfig {
        issuer: issuer.to_owned(),
        keys: std::sync::Arc::new(StaticKeys::new(key_set(&[with(key.jwk(), json!({"kid": "same"}))]))),
    };
    let mut config = config(std::sync::Arc::new(StaticKeys::new(key_set(&[rsa().jwk()]))));
    config.issuers = vec![
        issuer("https://one.example/", rsa()),
        issuer("https://two.example/", foreign_rsa()),
    ];
    let verifier = Verifier::new(config, TestClock::new().clock());
    let signed = |issuer: &str, key: &TestKey| {
        let mut header = jsonwebtoken::Header::new(Algorithm::RS256);
        header.kid = Some("same".to_owned());
        jsonwebtoken::encode(&header, &with(claims(), json!({"iss": issuer})), &key.key).unwrap()
    };
    assert!(verifier.verify(&signed("https://one.example/", rsa())).await.is_ok());
    assert!(
        verifier
            .verify(&signed("https://two.example/", foreign_rsa()))
            .await
            .is_ok()
    );
    for crossed in [
        signed("https://one.example/", foreign_rsa()),
        signed("https://two.example/", rsa()),
    ] {
        assert_eq!(verifier.verify(&crossed).await, Err(AuthError::BadSignature));
    }
}

#[tokio::test]
async fn a_key_bound_to_a_tenant_vouches_for_no_other() {
    let bound = [
        (format!("https://login.example/{TENANT}/v2.0"), None),
        ("https://login.example/{tenantid}/v2.0".to_owned(), None),
        (
            format!("https://login.example/{OTHER_TENANT}/v2.0"),
            Some(AuthError::Issuer),
        ),
        (
            "https://elsewhere.example/{tenantid}/v2.0".to_owned(),
            Some(AuthError::Issuer),
        ),
    ];
    for (issuer, expected) in bound {
        let keys = key_set(&[with(rsa().jwk(), json!({"issuer": issuer}))]);
        let verifier = Verifier::new(
            config(std::sync::Arc::new(StaticKeys::new(keys))),
            TestClock::new().clock(),
        );
        assert_eq!(verifier.verify(&token(&claims())).await.err(), expected, "{issuer}");
    }
}

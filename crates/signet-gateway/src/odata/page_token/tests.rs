use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

const ROUTE: &str = "beta/me/security/informationProtection/sensitivityLabels";

fn tenant() -> TenantId {
    TenantId::parse("cb46c030-1825-4e81-a295-151c039dbf02").expect("a GUID")
}

fn tokens() -> PageTokens {
    PageTokens::new(&[7; 32])
}

fn now() -> Timestamp {
    "2026-03-04T05:06:07Z".parse().expect("an instant")
}

fn query(raw: &str) -> QueryString {
    QueryString::parse(raw).expect("a query")
}

fn bound(query: &QueryString) -> Binding<'_> {
    Binding {
        tenant: tenant(),
        route: ROUTE,
        query,
    }
}

fn key() -> PageKey {
    PageKey {
        values: vec![
            Literal::Text("Ä \"quoted\"".to_owned()),
            Literal::Integer(-3),
            Literal::Boolean(true),
            Literal::Null,
        ],
        id: LabelId::parse("4e4234dd-377b-42a3-935b-0e42f138fa23").expect("a GUID"),
    }
}

#[test]
fn a_token_leads_back_to_its_key() {
    let options = query("$top=5&$orderby=name");
    let token = tokens().after_label(bound(&options), &key(), now());
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
        "{token}"
    );
    let follow_up = query(&options.next_page(&token));
    assert_eq!(tokens().read_label(bound(&follow_up), &token, now()), Ok(key()));
}

#[test]
fn a_token_leads_back_to_its_name() {
    let options = query("");
    let token = tokens().after_name(bound(&options), "a b.docx", now());
    assert_eq!(
        tokens().read_name(bound(&options), &token, now()),
        Ok("a b.docx".to_owned())
    );
    assert!(tokens().read_label(bound(&options), &token, now()).is_err());
}

#[test]
fn a_token_is_good_for_a_day() {
    let options = query("");
    let token = tokens().after_label(bound(&options), &key(), now());
    let after = |seconds| now() + SignedDuration::from_secs(seconds);
    for seconds in [-300, 3600, 24 * 3600] {
        assert!(
            tokens().read_label(bound(&options), &token, after(seconds)).is_ok(),
            "{seconds}"
        );
    }
    let error = tokens()
        .read_label(bound(&options), &token, after(24 * 3600 + 1))
        .expect_err("too old");
    assert_eq!(
        error.message,
        "the page token is too old; start again from the first page"
    );
}

#[test]
fn a_token_is_good_for_no_other_list() {
    let options = query("$top=5&locale=de");
    let token = tokens().after_label(bound(&options), &key(), now());
    let read = |tokens: PageTokens, binding: Binding<'_>| tokens.read_label(binding, &token, now()).is_ok();
    assert!(
        read(tokens(), bound(&query("locale=de&TOP=5"))),
        "the same options in another order"
    );
    assert!(!read(tokens(), bound(&query("$top=6&locale=de"))), "other options");
    assert!(!read(tokens(), bound(&query("$top=5"))), "fewer options");
    let other_route = Binding {
        route: "beta/users/x",
        ..bound(&options)
    };
    assert!(!read(tokens(), other_route), "another route");
    let other_tenant = Binding {
        tenant: TenantId::parse("29375103-6ce7-4dba-81ec-8e33884c6f0f").expect("a GUID"),
        ..bound(&options)
    };
    assert!(!read(tokens(), other_tenant), "another tenant");
    assert!(!read(PageTokens::new(&[8; 32]), bound(&options)), "another key");
}

#[test]
fn every_changed_character_is_noticed() {
    let options = query("");
    let token = tokens().after_label(bound(&options), &key(), now());
    for at in 0..token.len() {
        let mut damaged = token.clone().into_bytes();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(damaged).expect("ASCII");
        let error = tokens()
            .read_label(bound(&options), &damaged, now())
            .expect_err(&damaged);
        assert_eq!((error.code.status(), error.code.name()), (400, "invalidRequest"));
        assert_eq!(error.target.as_deref(), Some("$skiptoken"));
    }
}

proptest! {
    #[test]
    fn nothing_made_elsewhere_is_accepted(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let options = query("");
        prop_assert!(tokens().read_label(bound(&options), &text, now()).is_err());
        let encoded = URL_SAFE_NO_PAD.encode(bytes);
        prop_assert!(tokens().read_label(bound(&options), &encoded, now()).is_err());
    }
}

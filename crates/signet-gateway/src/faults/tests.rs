//! What is a fault, and which requests a rule means.

use http::{Request, StatusCode};

use super::fault::Fault;
use super::rule::FaultRule;

#[test]
fn faults_are_read_and_answered_as_documented() {
    let cases = [
        ("429", 429, "activityLimitReached", Some(1)),
        ("429;retry-after=3;times=2", 429, "activityLimitReached", Some(3)),
        (" 503 ; Retry-After = 7 ", 503, "serviceNotAvailable", Some(7)),
        ("503;delay=250ms;series=a b", 503, "serviceNotAvailable", Some(5)),
        ("423", 423, "fileDecryptionDeferred", Some(30)),
        ("423;retry-after=1;times=1000", 423, "fileDecryptionDeferred", Some(1)),
        ("402", 402, "paymentRequired", None),
    ];
    for (text, status, code, retry_after) in cases {
        let fault: Fault = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let answer = fault.refusal().expect(text);
        assert_eq!(answer.status, StatusCode::from_u16(status).unwrap(), "{text}");
        assert_eq!((answer.code, answer.retry_after), (code, retry_after), "{text}");
    }
    let fault: Fault = "delay;delay=2s".parse().unwrap();
    assert_eq!((fault.refusal(), fault.delay.as_secs()), (None, 2));
}

#[test]
fn everything_else_is_refused_with_an_example() {
    let refused = [
        "",
        "200",
        "500",
        "429;",
        "429;times",
        "429;times=0",
        "429;times=1001",
        "429;times=2;times=3",
        "429;retry-after=0",
        "429;retry-after=3601",
        "429;retry-after=-1",
        "429;delay=1",
        "429;delay=61s",
        "429;delay=0ms",
        "429;delay=18446744073709551615s",
        "429;series=",
        "429;colour=red",
        "delay",
        "delay;delay=1s;retry-after=1",
        "429,503",
    ];
    for text in refused {
        let error = text.parse::<Fault>().expect_err(text).to_string();
        assert!(
            error.ends_with("write for example `429;retry-after=3;times=2`"),
            "{error}"
        );
    }
}

fn matches(rule: &str, method: &str, target: &str) -> bool {
    let rule = FaultRule::parse(rule, "429").unwrap_or_else(|error| panic!("{rule}: {error}"));
    let request = Request::builder().method(method).uri(target).body(()).unwrap();
    rule.matches(&request.into_parts().0)
}

#[test]
fn rules_mean_these_requests_and_no_others() {
    let cases = [
        ("GET /v1.0/drives/*/root", "GET", "/v1.0/drives/d1/root?x=1", true),
        ("GET /v1.0/drives/*/root", "GET", "/V1.0/Drives/d1/ROOT", true),
        ("GET /v1.0/drives/*/root", "POST", "/v1.0/drives/d1/root", false),
        ("GET /v1.0/drives/*/root", "GET", "/v1.0/drives/d1/root/children", false),
        ("GET /v1.0/drives/*/root", "GET", "/v1.0/drives/d1", false),
        ("* /v1.0/drives/**", "PUT", "/v1.0/drives/d1/items/x/content", true),
        ("* /v1.0/drives/**", "GET", "/v1.0/drives", true),
        ("* /v1.0/drives/**", "GET", "/v1.0/me/drive", false),
        (
            "post /beta/users/bob@contoso.com/*",
            "POST",
            "/beta/users/bob%40contoso.com/x",
            true,
        ),
        ("* /**", "GET", "/v1.0", true),
    ];
    for (rule, method, target, expected) in cases {
        assert_eq!(matches(rule, method, target), expected, "{rule}: {method} {target}");
    }
}

#[test]
fn a_rule_that_means_nothing_is_refused() {
    for rule in ["", "GET", "/v1.0", "GET v1.0", "GET /v1.0/**/x", "G(T /v1.0"] {
        assert!(FaultRule::parse(rule, "429").is_err(), "{rule}");
    }
    assert!(FaultRule::parse("GET /v1.0", "430").is_err());
}

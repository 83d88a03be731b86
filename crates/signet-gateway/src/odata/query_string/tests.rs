use super::super::error::QueryErrorCode;
use super::*;

fn parsed(raw: &str) -> QueryString {
    QueryString::parse(raw).unwrap_or_else(|error| panic!("{raw}: {error}"))
}

fn refused(raw: &str) -> QueryError {
    QueryString::parse(raw).expect_err(raw)
}

#[test]
fn system_options_in_every_spelling() {
    for raw in [
        "$filter=a b",
        "$filter=a+b",
        "$filter=a%20b",
        "%24filter=a%20b",
        "$Filter=a+b",
        "filter=a+b",
        "FILTER=a+b",
        "&&$filter=a+b&",
    ] {
        assert_eq!(parsed(raw).system(SystemOption::Filter), Some("a b"), "{raw}");
    }
}

#[test]
fn a_value_may_hold_separators_and_have_none() {
    assert_eq!(
        parsed("$filter=a=b%26c%2Bd").system(SystemOption::Filter),
        Some("a=b&c+d")
    );
    assert_eq!(parsed("$filter").system(SystemOption::Filter), Some(""));
    assert_eq!(parsed("").system(SystemOption::Filter), None);
}

#[test]
fn options_generated_by_client_libraries_are_read() {
    let raw = "$count=true&$expand=sublabels,rights&$filter=id%20in%20%28%27a%27%2C%27b%27%29&$orderby=priority%20desc&$select=id,name&$top=5";
    let query = parsed(raw);
    assert_eq!(query.system(SystemOption::Filter), Some("id in ('a','b')"));
    assert_eq!(query.system(SystemOption::OrderBy), Some("priority desc"));
    assert_eq!(query.system(SystemOption::Expand), Some("sublabels,rights"));
}

#[test]
fn an_unknown_system_option_is_refused() {
    for raw in ["$apply=x", "$", "$id=1", "%24deltatoken=1"] {
        let error = refused(raw);
        assert_eq!(
            (error.code.status(), error.code.name()),
            (400, "invalidRequest"),
            "{raw}"
        );
        assert_eq!(error.code.inner_name(), "invalidQueryOption", "{raw}");
    }
}

#[test]
fn a_repeated_system_option_is_refused_in_whatever_spelling() {
    for raw in ["$top=1&$top=1", "$top=1&top=2", "$TOP=1&%24top=1"] {
        assert_eq!(refused(raw).target.as_deref(), Some("$top"), "{raw}");
    }
}

#[test]
fn unknown_parameters_are_ignored_even_when_repeated() {
    let query = parsed("x=1&x=2&y");
    assert_eq!(query.plain(&["locale"]), Ok(None));
}

#[test]
fn parameters_have_one_value_and_blank_is_none() {
    assert_eq!(parsed("Locale=de-DE").plain(&["locale"]), Ok(Some("de-DE")));
    assert_eq!(parsed("locale=+").plain(&["locale"]), Ok(None));
    assert!(parsed("locale=a&locale=b").plain(&["locale"]).is_err());
    assert!(
        parsed("applicableTo=a&contentFormats=b")
            .plain(&["applicableTo", "contentFormats"])
            .is_err()
    );
}

#[test]
fn format_is_json_or_not_acceptable() {
    for raw in [
        "$format=json",
        "$format=JSON",
        "format=application/json;odata.metadata=minimal",
    ] {
        parsed(raw);
    }
    for raw in ["$format=xml", "$format=", "$format=atom"] {
        let error = refused(raw);
        assert_eq!(
            (error.code.status(), error.code.name()),
            (406, "notAcceptable"),
            "{raw}"
        );
    }
}

#[test]
fn format_of_an_answer_in_xml_is_xml_or_not_acceptable() {
    for raw in ["$format=xml", "$format=Application/XML;charset=utf-8", "x=1"] {
        assert!(QueryString::parse_for_xml(raw).is_ok(), "{raw}");
    }
    for raw in ["$format=json", "$format=application/json", "$format="] {
        let error = QueryString::parse_for_xml(raw).expect_err(raw);
        assert_eq!(error.code.status(), 406, "{raw}");
    }
}

#[test]
fn options_not_offered_are_refused_when_spelled_with_a_dollar() {
    let offered = [SystemOption::Select];
    assert!(parsed("$select=id&$format=json").offering(&offered).is_ok());
    let error = parsed("$top=1").offering(&offered).expect_err("not offered");
    assert_eq!(
        error.code,
        QueryErrorCode::InvalidRequest(InnerCode::InvalidQueryOption)
    );
}

#[test]
fn options_not_offered_are_unknown_parameters_when_spelled_without_a_dollar() {
    let query = parsed("top=x&select=id")
        .offering(&[SystemOption::Select])
        .expect("ignored");
    assert_eq!(query.system(SystemOption::Top), None);
    assert_eq!(query.system(SystemOption::Select), Some("id"));
}

#[test]
fn malformed_encoding_is_refused() {
    for raw in [
        "$filter=%",
        "$filter=%2",
        "$filter=%zz",
        "$filter=%ff",
        "%C3%28=1",
        "a%+1=2",
    ] {
        assert_eq!(refused(raw).code.inner_name(), "invalidParameterFormat", "{raw}");
    }
}

#[test]
fn a_query_is_bounded() {
    assert!(QueryString::parse(&"a=1&".repeat(MAX_PARAMETERS)).is_ok());
    assert_eq!(
        refused(&"a=1&".repeat(MAX_PARAMETERS + 1)).code.inner_name(),
        "maxQueryLengthExceeded"
    );
    assert_eq!(
        refused(&"x".repeat(MAX_QUERY_BYTES + 1)).code.inner_name(),
        "maxQueryLengthExceeded"
    );
}

#[test]
fn the_next_page_repeats_every_option_but_the_token() {
    let query = parsed("$filter=name+eq+'a%26b'&%40l=%5B1%5D&locale=de&$skiptoken=old&$top=5");
    let next = query.next_page("new-token_");
    assert_eq!(
        next,
        "$filter=name%20eq%20%27a%26b%27&@l=%5B1%5D&locale=de&$top=5&$skiptoken=new-token_"
    );
    let again = parsed(&next);
    assert_eq!(again.canonical(), query.canonical());
    assert_eq!(again.system(SystemOption::SkipToken), Some("new-token_"));
    assert_eq!(parsed("").next_page("t"), "$skiptoken=t");
}

#[test]
fn queries_that_ask_the_same_have_the_same_canonical_text() {
    assert_eq!(
        parsed("$top=1&locale=de").canonical(),
        parsed("locale=de&TOP=1").canonical()
    );
    assert_ne!(parsed("locale=de").canonical(), parsed("locale=fr").canonical());
    assert_ne!(parsed("a=b1:c").canonical(), parsed("a=b&c=").canonical());
}

#[test]
fn aliases_are_found_by_their_exact_name() {
    let query = parsed("@l=%5B%22a%22%5D&@L=x");
    assert_eq!(query.alias("l"), Ok(Some("[\"a\"]")));
    assert_eq!(query.alias("m"), Ok(None));
    let twice = parsed("@l=x&@l=x&@m=y").alias("l").expect_err("given twice");
    assert_eq!(twice.code.inner_name(), "invalidQueryOption");
    assert_eq!(twice.target.as_deref(), Some("@l"));
}

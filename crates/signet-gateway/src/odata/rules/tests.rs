//! The filter of the governance routes beyond the numbered rules, and the published examples.

use signet_domain::content::ContentFormat;
use signet_domain::query::{Comparison, LabelField, Literal};

use super::*;

mod mutation_tests;
mod numbered;

const GUIDS: [(&str, &str); 5] = [
    ("g1", "11111111-1111-1111-1111-111111111111"),
    ("g2", "22222222-2222-2222-2222-222222222222"),
    ("g3", "33333333-3333-3333-3333-333333333333"),
    ("g4", "44444444-4444-4444-4444-444444444444"),
    ("g5", "55555555-5555-5555-5555-555555555555"),
];

fn id(short: &str) -> LabelId {
    let (_, guid) = GUIDS
        .into_iter()
        .find(|(name, _)| *name == short)
        .expect("a short name");
    LabelId::parse(guid).expect("a GUID")
}

fn ids(short: &[&str]) -> LabelFilter {
    LabelFilter::IdIn(short.iter().map(|short| id(short)).collect())
}

/// A query in which `'g1'` stands for a GUID and nothing is encoded.
fn query(text: &str) -> QueryString {
    let mut text = text.to_owned();
    for (short, guid) in GUIDS {
        text = text
            .replace(&format!("'{short}'"), &format!("'{guid}'"))
            .replace(&format!("id={short}"), &format!("id={guid}"))
            .replace(&format!(",{short}"), &format!(",{guid}"));
    }
    QueryString::parse(&text).expect("a query")
}

/// A list without `$expand=rights` on a user route: scenario 1 unless an owner is named.
fn list(filter: &str) -> Result<GovernanceFilter, QueryError> {
    list_filter(&query(&format!("$filter={filter}")), Route::User, false)
}

/// A list with `$expand=rights` on a user route: scenarios 2 and 2.5.
fn list_rights(filter: &str) -> Result<GovernanceFilter, QueryError> {
    list_filter(&query(&format!("$filter={filter}")), Route::User, true)
}

/// The rights on one label: scenario 3.
fn rights(filter: &str) -> Result<RightsFilter, QueryError> {
    rights_filter(&query(&format!("$filter={filter}")), Route::User)
}

fn get(text: &str, expanded: bool) -> Result<KeyedFilter, QueryError> {
    get_filter(&query(text), Route::User, id("g1"), expanded)
}

fn prefilter(result: Result<GovernanceFilter, QueryError>) -> Option<LabelFilter> {
    result.expect("accepted").prefilter
}

#[track_caller]
fn argument_exception<T: std::fmt::Debug>(result: Result<T, QueryError>, message: &str) {
    let error = result.expect_err("refused");
    assert_eq!((error.code.status(), error.code.name()), (400, "ArgumentException"));
    assert_eq!(error.code.inner_name(), "invalidRequest");
    assert_eq!(error.target.as_deref(), Some("$filter"));
    assert_eq!(
        error.message,
        format!("ArgumentException: {message} (Parameter '$filter')")
    );
}

#[track_caller]
fn invalid<T: std::fmt::Debug>(result: Result<T, QueryError>, message: &str) {
    let error = result.expect_err("refused");
    assert_eq!(error.code.name(), "invalidRequest");
    assert_eq!(error.message, message);
}

fn applies_to(format: ContentFormat) -> LabelFilter {
    LabelFilter::AppliesToAny(vec![format])
}

fn name_is(name: &str) -> LabelFilter {
    LabelFilter::Compare {
        field: LabelField::Name,
        comparison: Comparison::Equal,
        literal: Literal::Text(name.to_owned()),
    }
}

fn tuple(short: &[&str], owner: Option<&str>) -> Tuple {
    Tuple {
        ids: short.iter().map(|short| id(short)).collect(),
        owner_email: owner.map(str::to_owned),
    }
}

fn tuples(result: Result<GovernanceFilter, QueryError>) -> Vec<Tuple> {
    result.expect("accepted").tuples.expect("tuples")
}

#[test]
fn no_filter_asks_for_everything() {
    let filter = list_filter(&query(""), Route::Tenant, false).expect("accepted");
    assert_eq!(filter, GovernanceFilter::default());
    assert_eq!(filter.owners_of(id("g1")), [None]);
}

#[test]
fn published_examples() {
    assert!(list("((id eq 'g1') or (id eq 'g2') or (id eq 'g3'))").is_ok());
    assert!(list_rights("(id eq 'g1' and ownerEmail eq 'ownerEmail1')").is_ok());
    let multi_line = "(
      (id eq 'g1' and ownerEmail eq 'ownerEmail1')
     or (id eq 'g2')
     or (id eq 'g3' and ownerEmail eq 'ownerEmail2')
   )";
    let expected = vec![
        tuple(&["g1"], Some("ownerEmail1")),
        tuple(&["g2"], None),
        tuple(&["g3"], Some("ownerEmail2")),
    ];
    assert_eq!(tuples(list_rights(multi_line)), expected);
    let one_line = "( (id eq 'g1' and ownerEmail eq 'ownerEmail1') or (id eq 'g2') or (id eq 'g3' and ownerEmail eq 'ownerEmail2') )";
    assert_eq!(tuples(list_rights(one_line)), expected);
    assert_eq!(
        prefilter(list("applicableTo eq 'File' and id in ('g1','g2')")),
        Some(LabelFilter::And(vec![
            applies_to(ContentFormat::File),
            ids(&["g1", "g2"])
        ]))
    );
}

#[test]
fn an_owner_implies_expanded_rights() {
    let text = "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2')";
    assert!(list(text).expect("accepted").expand_rights_implied);
    assert!(!list_rights(text).expect("accepted").expand_rights_implied);
    assert!(
        list("id eq 'g1' and ownerEmail eq 'e1'")
            .expect("accepted")
            .expand_rights_implied
    );
    assert!(get("ownerEmail=e1", false).expect("accepted").expand_rights_implied);
    assert!(!get("", false).expect("accepted").expand_rights_implied);
}

#[test]
fn formats_are_lists_in_any_case() {
    let two = LabelFilter::AppliesToAny(vec![ContentFormat::File, ContentFormat::UnifiedGroup]);
    for text in [
        "contentFormats eq 'file,UNIFIEDGROUP'",
        "applicableTo eq 'File, unifiedGroup'",
        "contentFormats in ('File','UnifiedGroup')",
    ] {
        assert_eq!(prefilter(list(text)), Some(two.clone()), "{text}");
    }
    let plain = query("applicableTo=File,unifiedgroup");
    assert_eq!(prefilter(list_filter(&plain, Route::Tenant, false)), Some(two));
    for value in ["Email", "File", "SchematizedData", "Site", "Teamwork", "UnifiedGroup"] {
        assert!(list(&format!("contentFormats eq '{value}'")).is_ok(), "{value}");
    }
    assert!(list("contentFormats eq ''").is_err());
    assert!(list("contentFormats ne 'File'").is_err());
    let plain = query("applicableTo=Wings");
    invalid(
        list_filter(&plain, Route::Tenant, false),
        "`Wings` is not a content format",
    );
}

#[test]
fn plain_parameters_are_anded_to_the_filter() {
    let plain =
        query("$filter=name eq 'x'&id=g1,g2&applicableTo=Email&isScopedToUser=false&userEmail=u@c.com&locale=de");
    let filter = list_filter(&plain, Route::User, false).expect("accepted");
    assert_eq!(
        filter.prefilter,
        Some(LabelFilter::And(vec![
            name_is("x"),
            ids(&["g1", "g2"]),
            applies_to(ContentFormat::Email)
        ]))
    );
    assert_eq!(filter.scoped, Some(false));
    assert_eq!(filter.user_email.as_deref(), Some("u@c.com"));
    assert_eq!(filter.locale.as_deref(), Some("de"));
    let both = query("$filter=id in ('g1','g2')&id=g1");
    assert_eq!(
        prefilter(list_filter(&both, Route::User, false)),
        Some(LabelFilter::And(vec![ids(&["g1", "g2"]), ids(&["g1"])]))
    );
    invalid(
        list_filter(&query("id=nope"), Route::User, false),
        "the id `nope` is not a GUID",
    );
}

#[test]
fn the_plain_locale_counts() {
    let both = query("$filter=locale eq 'en-US'&locale=de-DE");
    assert_eq!(
        list_filter(&both, Route::User, false)
            .expect("accepted")
            .locale
            .as_deref(),
        Some("de-DE")
    );
    assert_eq!(list("locale eq ''").expect("accepted").locale, None);
    assert_eq!(
        prefilter(list("locale eq 'de-DE'")),
        None,
        "a language selects no labels"
    );
}

#[test]
fn properties_compare_by_equality_and_in() {
    assert_eq!(prefilter(list("name eq 'x'")), Some(name_is("x")));
    for text in [
        "displayName ne 'x'",
        "isEnabled eq true",
        "isDefault ne false",
        "hasProtection eq true",
        "priority in (0,1)",
        "name eq 'x' or isDefault eq true",
    ] {
        assert!(list(text).is_ok(), "{text}");
    }
    invalid(
        list("wings eq 'x'"),
        "Could not find a property named 'wings' on type 'microsoft.graph.sensitivityLabel'.",
    );
    invalid(
        list("color eq 'x'"),
        "Invalid filter clause: `color` cannot be used in a filter at position 0",
    );
    invalid(
        list("sensitivity gt 5"),
        "Invalid filter clause: `gt` is not supported here at position 12",
    );
    invalid(
        list("userEmail eq 'u@c.com'"),
        "Invalid filter clause: `userEmail` cannot be used in a filter at position 0",
    );
}

#[test]
fn parameters_have_operators_and_types_of_their_own() {
    for text in [
        "id ne 'g1'",
        "id eq 5",
        "id eq 'nope'",
        "id in ('g1','nope')",
        "id eq 'g1' and ownerEmail in ('e1')",
        "id eq 'g1' and ownerEmail ne 'e1'",
        "id eq 'g1' and ownerEmail eq ' '",
        "id eq 'g1' and ownerEmail eq null",
        "locale in ('de')",
        "locale eq 5",
    ] {
        assert_eq!(list(text).expect_err(text).code.name(), "invalidRequest", "{text}");
    }
}

#[test]
fn a_get_takes_owner_id_and_language() {
    assert!(
        get("$filter=id eq 'g1' and locale eq 'de'", false)
            .expect("accepted")
            .matches_key
    );
    assert!(!get("$filter=id eq 'g2'", false).expect("accepted").matches_key);
    assert!(get("$filter=id in ('g2','g1')", false).expect("accepted").matches_key);
    let filter = get("locale=de&ownerEmail=e1&userEmail=u1", true).expect("accepted");
    assert_eq!(filter.locale.as_deref(), Some("de"));
    assert_eq!(filter.owner_emails, [Some("e1".to_owned())]);
    assert_eq!(filter.user_email.as_deref(), Some("u1"));
    for text in [
        "name eq 'x'",
        "contentFormats eq 'File'",
        "isScopedToUser eq true",
        "userEmail eq 'u'",
        "isDefault eq true",
    ] {
        assert!(get(&format!("$filter={text}"), true).is_err(), "{text}");
    }
    let ignored = get("isScopedToUser=true&applicableTo=x&id=y", true).expect("accepted");
    assert_eq!(ignored.owner_emails, [None]);
}

#[test]
fn a_get_with_tuples_takes_those_of_its_key() {
    let text = "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2' and ownerEmail eq 'e2') or (id in ('g1','g3'))";
    let filter = get(&format!("$filter={text}"), true).expect("accepted");
    assert!(filter.matches_key);
    assert_eq!(filter.owner_emails, [Some("e1".to_owned()), None]);
    let other = get("$filter=(id eq 'g2' and ownerEmail eq 'e1') or (id eq 'g3')", true).expect("accepted");
    assert!(!other.matches_key);
    assert!(other.owner_emails.is_empty());
}

#[test]
fn an_owner_given_twice_must_be_the_same() {
    let same = get("ownerEmail=Bob@c.com&$filter=ownerEmail eq 'bob@C.com'", true).expect("accepted");
    assert_eq!(same.owner_emails, [Some("bob@C.com".to_owned())]);
    argument_exception(
        get("ownerEmail=x@c.com&$filter=ownerEmail eq 'bob@c.com'", true),
        OWNER_TWICE,
    );
}

#[test]
fn rights_take_plain_parameters() {
    let filter = rights_filter(
        &query("ownerEmail=bob@contoso.com&userEmail=u@c.com&locale=de"),
        Route::Tenant,
    );
    assert_eq!(
        filter,
        Ok(RightsFilter {
            owner_email: Some("bob@contoso.com".to_owned()),
            user_email: Some("u@c.com".to_owned()),
            locale: Some("de".to_owned()),
        })
    );
    assert_eq!(rights_filter(&query(""), Route::User), Ok(RightsFilter::default()));
    for text in ["id eq 'g1'", "name eq 'x'", "isScopedToUser eq true"] {
        assert!(rights(text).is_err(), "{text}");
    }
}

#[test]
fn rights_are_those_of_one_user() {
    assert!(rights("userEmail eq 'u@c.com' and userEmail eq 'U@C.com'").is_ok());
    for text in [
        "userEmail eq 'u' and userEmail eq 'v'",
        "userEmail eq 'u' or userEmail eq 'v'",
    ] {
        invalid(rights(text), "the rights of one user are answered; leave out `v`");
    }
    let both = query("userEmail=u&$filter=userEmail eq 'v'");
    assert!(rights_filter(&both, Route::User).is_err());
}

use super::*;

fn governance(raw: &str) -> Result<GovernanceListOptions, QueryError> {
    parse_governance_list(raw, Route::User, ApiVersion::V1)
}

fn key() -> LabelId {
    LabelId::parse("4e4234dd-377b-42a3-935b-0e42f138fa23").expect("a GUID")
}

#[test]
fn options_of_a_client_library_are_read_as_a_whole() {
    let raw = "$count=true&$expand=sublabels,rights&$filter=id%20in%20%28%274e4234dd-377b-42a3-935b-0e42f138fa23%27%29&$orderby=priority%20desc&$select=id,name&$top=5&$search=%22con%22";
    let options = governance(raw).expect("valid");
    assert_eq!(options.filter.prefilter, Some(LabelFilter::IdIn(vec![key()])));
    assert_eq!(options.shape.selection.context_suffix(), "(id,name)");
    assert!(options.shape.rights.is_some() && options.shape.sublabels.is_some());
    assert_eq!((options.order.len(), options.search.len()), (1, 1));
    assert_eq!((options.paging.top, options.paging.count), (5, true));
}

#[test]
fn an_owner_brings_rights_into_the_answer() {
    let raw = "$filter=id eq '4e4234dd-377b-42a3-935b-0e42f138fa23' and ownerEmail eq 'bob@contoso.com'";
    assert!(governance(raw).expect("valid").shape.rights.is_some());
    let options = parse_governance_get("ownerEmail=bob@contoso.com", Route::Tenant, ApiVersion::V1, key());
    assert!(options.expect("valid").shape.rights.is_some());
    assert!(governance("").expect("valid").shape.rights.is_none());
}

#[test]
fn each_route_has_its_own_options() {
    type Parse = fn(&str) -> Result<(), QueryError>;
    let all = [
        "select",
        "expand",
        "filter",
        "orderby",
        "top",
        "skip",
        "skiptoken",
        "count",
        "search",
    ];
    let routes: [(&str, Parse, &[&str]); 12] = [
        ("P1 list", |raw| parse_policy_list(raw).map(drop), &all),
        ("P1 get", |raw| parse_policy_get(raw).map(drop), &["select", "expand"]),
        (
            "P1 count",
            |raw| parse_policy_count(raw).map(drop),
            &["filter", "search"],
        ),
        (
            "P2 list",
            |raw| parse_governance_list(raw, Route::User, ApiVersion::Beta).map(drop),
            &all,
        ),
        (
            "P2 get",
            |raw| parse_governance_get(raw, Route::User, ApiVersion::Beta, key()).map(drop),
            &["select", "expand", "filter"],
        ),
        (
            "P2 count",
            |raw| parse_governance_count(raw, Route::User).map(drop),
            &["filter", "search"],
        ),
        (
            "rights",
            |raw| parse_rights(raw, Route::User, ApiVersion::Beta).map(drop),
            &["select", "filter"],
        ),
        (
            "children",
            |raw| parse_children(raw, ApiVersion::V1).map(drop),
            &["select", "expand", "orderby", "top", "skiptoken"],
        ),
        (
            "item",
            |raw| parse_item(raw, ApiVersion::V1).map(drop),
            &["select", "expand"],
        ),
        ("settings", |raw| parse_settings(raw).map(drop), &["select"]),
        ("drive", |raw| parse_drive(raw, ApiVersion::V1).map(drop), &["select"]),
        ("none", parse_without_options, &[]),
    ];
    for (route, parse, offered) in routes {
        assert_eq!(parse("$format=json&unknown=1"), Ok(()), "{route}");
        for option in all {
            let value = match option {
                "select" | "orderby" if route == "rights" || route == "settings" => "id",
                "select" | "orderby" => "name",
                "filter" => "locale eq 'de'",
                "count" => "true",
                "expand" if route.starts_with("P1") => "parent",
                "expand" if route.starts_with("P2") => "rights",
                "expand" => "children",
                _ => "1",
            };
            let value = if route.starts_with("P1") && option == "filter" {
                "name eq 'x'"
            } else {
                value
            };
            let result = parse(&format!("${option}={value}"));
            if offered.contains(&option) {
                assert_eq!(result, Ok(()), "{route} offers {option}");
                assert!(
                    parse(&format!("${option}={value}&${option}={value}")).is_err(),
                    "{route}: {option} twice"
                );
            } else {
                let error = result.expect_err(route);
                assert_eq!(
                    error.message,
                    format!("the query option `${option}` is not offered here"),
                    "{route}"
                );
                assert_eq!(
                    parse(&format!("{option}=anything")),
                    Ok(()),
                    "{route} ignores {option} without a dollar"
                );
            }
        }
    }
}

#[test]
fn faults_of_every_option_reach_the_caller() {
    for raw in [
        "$select=wings",
        "$expand=wings",
        "$filter=wings eq 1",
        "$orderby=wings",
        "$top=x",
        "$skip=x",
        "$count=x",
        "$search=",
    ] {
        assert!(parse_policy_list(raw).is_err(), "{raw}");
        assert!(governance(raw).is_err(), "{raw}");
    }
}

#[test]
fn a_filter_follows_the_grammar_of_its_route() {
    assert!(parse_policy_list("$filter=not startswith(name,'x') and sensitivity ge 3").is_ok());
    assert!(parse_policy_count("$filter=isActive eq true&$search=x").is_ok());
    assert!(governance("$filter=not startswith(name,'x')").is_err());
    let error = parse_policy_list("$filter=displayName eq 'x'").expect_err("unknown");
    assert_eq!(
        error.message,
        "Could not find a property named 'displayName' on type 'microsoft.graph.security.sensitivityLabel'."
    );
}

#[test]
fn counting_follows_the_filtering_rules_of_the_list() {
    let filter = |raw, route| parse_governance_count(raw, route).map(|options| options.filter);
    assert_eq!(
        filter("isScopedToUser=true", Route::User).expect("valid").scoped,
        Some(true)
    );
    let error = filter("$filter=isScopedToUser eq true", Route::Tenant).expect_err("tenant");
    assert_eq!(error.code.name(), "ArgumentException");
}

#[test]
fn children_and_items_have_a_shape() {
    let options = parse_children(
        "$select=name&$orderby=name desc&$top=3&$expand=children($select=id)",
        ApiVersion::V1,
    )
    .expect("valid");
    assert!(options.descending);
    assert_eq!(options.paging.top, 3);
    assert!(options.shape.children.is_some());
    assert!(
        parse_item("$expand=children", ApiVersion::V1)
            .expect("valid")
            .children
            .is_some()
    );
    assert!(parse_item("$expand=children($expand=children)", ApiVersion::V1).is_err());
    assert!(parse_item("", ApiVersion::V1).expect("valid").children.is_none());
    assert_eq!(parse_children("", ApiVersion::V1).expect("valid").paging.top, 200);
}

//! One test, or a few, for each filtering rule, named by its number.

use super::*;

#[test]
fn f01_several_ids_may_be_joined_by_or() {
    let text = "((id eq 'g1') or (id eq 'g2') or (id eq 'g3'))";
    assert_eq!(prefilter(list(text)), Some(ids(&["g1", "g2", "g3"])));
    assert_eq!(prefilter(list("id eq 'g1'")), Some(ids(&["g1"])));
}

#[test]
fn f02_scoped_forbids_an_outer_or() {
    let filter = list("isScopedToUser eq true and id eq 'g1'").expect("accepted");
    assert_eq!((filter.scoped, filter.prefilter), (Some(true), Some(ids(&["g1"]))));
    for text in [
        "isScopedToUser eq true or id eq 'g1'",
        "(id eq 'g1' or name eq 'x') and isScopedToUser eq true",
        "id eq 'g1' or id eq 'g2' and isScopedToUser eq true",
        "isScopedToUser eq true or isScopedToUser eq false",
    ] {
        argument_exception(list(text), OR_WITH_SCOPED);
    }
    let plain = query("$filter=id eq 'g1' or name eq 'x'&isScopedToUser=true");
    argument_exception(list_filter(&plain, Route::User, false), OR_WITH_SCOPED);
}

#[test]
fn f02_the_message_is_the_documented_one() {
    let error = list("isScopedToUser eq true or id eq 'g1'").expect_err("refused");
    assert_eq!(
        error.message,
        "ArgumentException: 'or' is not allowed in $filter when isScopedToUser is present. (Parameter '$filter')"
    );
}

#[test]
fn f03_an_outer_or_switches_off_prefiltering_by_formats() {
    assert_eq!(
        prefilter(list("(id eq 'g1') or (id eq 'g2' and contentFormats eq 'Email')")),
        Some(ids(&["g1", "g2"]))
    );
    assert_eq!(
        prefilter(list("id eq 'g1' or applicableTo eq 'Email'")),
        None,
        "the clause counts as true"
    );
    assert_eq!(
        prefilter(list("id eq 'g1' or locale eq 'de-DE'")),
        None,
        "the clause counts as true"
    );
    let mixed = "(id eq 'g1' or name eq 'x') and contentFormats eq 'Email'";
    assert_eq!(
        prefilter(list(mixed)),
        Some(LabelFilter::Or(vec![ids(&["g1"]), name_is("x")]))
    );
    let plain = query("$filter=id eq 'g1' or name eq 'x'&applicableTo=Email");
    assert_eq!(
        prefilter(list_filter(&plain, Route::User, false)),
        Some(LabelFilter::Or(vec![ids(&["g1"]), name_is("x")]))
    );
}

#[test]
fn f03_formats_that_select_nothing_are_still_checked() {
    invalid(
        list("id eq 'g1' or contentFormats eq 'Wings'"),
        "Invalid filter clause: `Wings` is not a content format at position 48",
    );
}

#[test]
fn f04_an_inner_or_is_permitted_and_keeps_prefiltering() {
    let text = "isScopedToUser eq true and (contentFormats eq 'File' or contentFormats eq 'Email')";
    let filter = list(text).expect("accepted");
    assert_eq!(filter.scoped, Some(true));
    assert_eq!(
        filter.prefilter,
        Some(LabelFilter::Or(vec![
            applies_to(ContentFormat::File),
            applies_to(ContentFormat::Email)
        ]))
    );
    assert_eq!(
        prefilter(list("(id eq 'g1' or id eq 'g2') and contentFormats eq 'Email'")),
        Some(LabelFilter::And(vec![
            ids(&["g1", "g2"]),
            applies_to(ContentFormat::Email)
        ]))
    );
}

#[test]
fn f04_aliases_test_the_same_parameter() {
    let text = "isScopedToUser eq true and (contentFormats eq 'File' or applicableTo eq 'Email')";
    assert!(list(text).is_ok());
    assert!(list("name eq 'x' and (isScopedToUser eq true or scopeToUser eq false)").is_ok());
    argument_exception(
        list("isScopedToUser eq true and (name eq 'x' or displayName eq 'x')"),
        OR_WITH_SCOPED,
    );
}

#[test]
fn f04_an_inner_or_may_be_nested() {
    let text = "isScopedToUser eq true and (name eq 'a' or (name eq 'b' and (name ne 'c' or name ne 'd')))";
    assert!(list(text).is_ok());
}

#[test]
fn f05_with_rights_an_outer_or_joins_nothing_but_tuples() {
    let filter = list_rights("(id eq 'g1' and ownerEmail eq 'a@c.com')").expect("accepted");
    assert_eq!(filter.owner_email.as_deref(), Some("a@c.com"));
    assert_eq!(filter.prefilter, Some(ids(&["g1"])));
    assert_eq!(filter.tuples, None);
    for text in [
        "id eq 'g1' or isScopedToUser eq true",
        "id eq 'g1' or locale eq 'de-DE'",
        "(id eq 'g1' or name eq 'x') and isScopedToUser eq true",
        "name eq 'x' or isDefault eq true",
    ] {
        argument_exception(list_rights(text), ONLY_TUPLES);
    }
}

#[test]
fn f06_an_owner_needs_an_id() {
    assert!(list_rights("id eq 'g1' and ownerEmail eq 'a@c.com'").is_ok());
    for text in [
        "ownerEmail eq 'a@c.com'",
        "ownerEmail eq 'a@c.com' and name eq 'x'",
        "(id eq 'g1' or id eq 'g2') and ownerEmail eq 'a@c.com'",
        "((id eq 'g1') or (id eq 'g2')) and isDefault eq true and ownerEmail eq 'a@c.com'",
    ] {
        argument_exception(list_rights(text), OWNER_WITHOUT_ID);
        argument_exception(list(text), OWNER_WITHOUT_ID);
    }
    argument_exception(
        list_rights("id eq 'g1' and ownerEmail eq 'a@c.com' and ownerEmail eq 'b@c.com'"),
        OWNER_TWICE,
    );
}

#[test]
fn f06_ids_may_be_a_list_or_a_parameter() {
    assert!(list_rights("id in ('g1','g2') and ownerEmail eq 'a@c.com'").is_ok());
    assert!(list_rights("(id eq 'g1') and (name eq 'x' and (rights/ownerEmail eq 'a@c.com'))").is_ok());
    let plain = query("id=g1&$filter=ownerEmail eq 'a@c.com'");
    let filter = list_filter(&plain, Route::User, true).expect("accepted");
    assert_eq!(
        (filter.prefilter, filter.owner_email.as_deref()),
        (Some(ids(&["g1"])), Some("a@c.com"))
    );
}

#[test]
fn f06_the_key_of_the_route_supplies_the_id() {
    let filter = get("$filter=ownerEmail eq 'a@c.com'", true).expect("accepted");
    assert_eq!(filter.owner_emails, [Some("a@c.com".to_owned())]);
    assert!(filter.matches_key);
    argument_exception(
        get("$filter=ownerEmail eq 'a@c.com' or ownerEmail eq 'b@c.com'", true),
        OWNER_WITHOUT_ID,
    );
}

#[test]
fn f07_with_rights_an_or_switches_off_prefiltering_by_formats() {
    let text = "id eq 'g1' or id eq 'g2' and contentFormats eq 'Email'";
    assert_eq!(prefilter(list_rights(text)), Some(ids(&["g1", "g2"])));
}

#[test]
fn f08_with_rights_an_inner_or_is_permitted() {
    let filter = list_rights("(id eq 'g1' or id eq 'g2') and locale eq 'en-US'").expect("accepted");
    assert_eq!(filter.prefilter, Some(ids(&["g1", "g2"])));
    assert_eq!(filter.locale.as_deref(), Some("en-US"));
    assert_eq!(filter.tuples, None);
    argument_exception(list_rights("(id eq 'g1' or ownerEmail eq 'a@c.com')"), OWNER_WITHOUT_ID);
}

#[test]
fn f09_tuples_may_be_joined_by_or() {
    let text = "((id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2') or (id eq 'g3' and ownerEmail eq 'e2'))";
    let expected = vec![
        tuple(&["g1"], Some("e1")),
        tuple(&["g2"], None),
        tuple(&["g3"], Some("e2")),
    ];
    let filter = list_rights(text).expect("accepted");
    assert_eq!(filter.prefilter, Some(ids(&["g1", "g2", "g3"])));
    assert_eq!(filter.owner_email, None);
    assert_eq!(filter.tuples, Some(expected));
}

#[test]
fn f09_tuples_may_hold_lists_of_ids_and_any_grouping() {
    let text = "(id in ('g1','g2')) or ((id eq 'g3' and rights/ownerEmail eq 'e1') or (id eq 'g4'))";
    assert_eq!(
        tuples(list_rights(text)),
        [
            tuple(&["g1", "g2"], None),
            tuple(&["g3"], Some("e1")),
            tuple(&["g4"], None)
        ]
    );
    assert_eq!(
        tuples(list_rights("ownerEmail eq 'e1' and (id in ('g1','g1')) or id eq 'g2'")),
        [tuple(&["g1"], Some("e1")), tuple(&["g2"], None)]
    );
}

#[test]
fn f09_anything_else_is_refused() {
    for text in [
        "(id eq 'g1' and ownerEmail eq 'e1') or (name eq 'x')",
        "((id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2')) and isDefault eq true",
        "((id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2')) and id eq 'g1'",
        "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2' and name eq 'x')",
        "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2' and isScopedToUser eq true)",
        "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2' and id eq 'g3')",
        "(id eq 'g1' and ownerEmail eq 'e1' and (id eq 'g2' or id eq 'g3')) or (id eq 'g4')",
        "((id eq 'g1' and ownerEmail eq 'e1') or id eq 'g2') and ((id eq 'g3' and ownerEmail eq 'e1') or id eq 'g4')",
    ] {
        argument_exception(list_rights(text), ONLY_TUPLES);
        argument_exception(list(text), ONLY_TUPLES);
    }
    for plain in ["id=g1", "isScopedToUser=true"] {
        let query = query(&format!(
            "$filter=(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2')&{plain}"
        ));
        argument_exception(list_filter(&query, Route::User, true), ONLY_TUPLES);
    }
    argument_exception(
        list_rights("((id eq 'g1') or (id eq 'g2')) and isDefault eq true and ownerEmail eq 'e1'"),
        OWNER_WITHOUT_ID,
    );
}

#[test]
fn f10_an_owner_needs_an_id_in_its_own_tuple() {
    argument_exception(list_rights("(id eq 'g1') or (ownerEmail eq 'e1')"), OWNER_WITHOUT_ID);
    argument_exception(
        list_rights("(id eq 'g1') or (ownerEmail eq 'e1' and locale eq 'de')"),
        OWNER_WITHOUT_ID,
    );
    argument_exception(
        list_rights("(id eq 'g1' and ownerEmail eq 'e1' and ownerEmail eq 'e2') or (id eq 'g2')"),
        OWNER_TWICE,
    );
}

#[test]
fn f11_id_and_owner_are_joined_by_and() {
    assert!(list_rights("(id eq 'g1' and ownerEmail eq 'e1')").is_ok());
    argument_exception(
        list_rights("(id eq 'g1' or ownerEmail eq 'e1') or (id eq 'g2')"),
        OWNER_WITHOUT_ID,
    );
    argument_exception(
        list("(id eq 'g1' or ownerEmail eq 'e1') and id eq 'g2'"),
        OWNER_WITHOUT_ID,
    );
}

#[test]
fn f12_tuples_switch_off_prefiltering_but_not_localisation() {
    let base = "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2')";
    let expected = [tuple(&["g1"], Some("e1")), tuple(&["g2"], None)];
    let plain = query(&format!(
        "$filter={base}&locale=de-DE&applicableTo=Email&contentFormat=x"
    ));
    let filter = list_filter(&plain, Route::User, true).expect("accepted");
    assert_eq!(filter.locale.as_deref(), Some("de-DE"));
    assert_eq!(filter.prefilter, Some(ids(&["g1", "g2"])));
    assert_eq!(filter.tuples.as_deref(), Some(&expected[..]));
    for text in [
        "(id eq 'g1' and ownerEmail eq 'e1' and locale eq 'de-DE') or (id eq 'g2' and contentFormats eq 'Email')",
        "((id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2')) and locale eq 'de-DE' and applicableTo eq 'Email'",
        "(id eq 'g1' and ownerEmail eq 'e1') or (id eq 'g2' and (locale eq 'de-DE' or locale eq 'en-US'))",
    ] {
        let filter = list_rights(text).expect(text);
        assert_eq!(filter.tuples.as_deref(), Some(&expected[..]), "{text}");
        assert_eq!(filter.prefilter, Some(ids(&["g1", "g2"])), "{text}");
        assert_eq!(filter.locale.as_deref(), Some("de-DE"), "{text}");
    }
}

#[test]
fn f13_owners_of_one_label_are_listed_in_order() {
    let text = "(id eq 'g1' and ownerEmail eq 'e2') or (id in ('g1','g2') and ownerEmail eq 'e1') or (id eq 'g1' and ownerEmail eq 'e2')";
    let filter = list_rights(text).expect("accepted");
    assert_eq!(filter.owners_of(id("g1")), [Some("e2"), Some("e1")]);
    assert_eq!(filter.owners_of(id("g2")), [Some("e1")]);
    assert!(filter.owners_of(id("g3")).is_empty());
}

#[test]
fn f14_a_tuple_without_owner_asks_for_the_rights_of_the_label() {
    let filter = list_rights("(id eq 'g2') or (id eq 'g1' and ownerEmail eq 'e1')").expect("accepted");
    assert_eq!(filter.owners_of(id("g2")), [None]);
    let filter = list_rights("(id eq 'g2')").expect("accepted");
    assert_eq!(filter.owners_of(id("g2")), [None]);
}

#[test]
fn f15_or_and_an_owner_exclude_each_other_on_rights() {
    let filter = rights("ownerEmail eq 'e1'").expect("accepted");
    assert_eq!(filter.owner_email.as_deref(), Some("e1"));
    let both = rights("rights/ownerEmail eq 'e1' and rights/userEmail eq 'u'").expect("accepted");
    assert_eq!(
        (both.owner_email.as_deref(), both.user_email.as_deref()),
        (Some("e1"), Some("u"))
    );
    for text in [
        "ownerEmail eq 'e1' or ownerEmail eq 'e2'",
        "ownerEmail eq 'e1' or userEmail eq 'u'",
        "(ownerEmail eq 'e1' or ownerEmail eq 'e2') and locale eq 'de'",
        "ownerEmail eq 'e1' and (locale eq 'de' or userEmail eq 'u')",
    ] {
        argument_exception(rights(text), OR_WITH_OWNER);
    }
    let plain = query("ownerEmail=e1&$filter=userEmail eq 'u' or locale eq 'de'");
    argument_exception(rights_filter(&plain, Route::User), OR_WITH_OWNER);
    argument_exception(rights("ownerEmail eq 'e1' and ownerEmail eq 'e2'"), OWNER_TWICE);
}

#[test]
fn f16_an_inner_or_on_other_parameters_is_permitted_on_rights() {
    let filter = rights("ownerEmail eq 'e1' and (locale eq 'en-US' or locale eq 'de-DE')").expect("accepted");
    assert_eq!(filter.owner_email.as_deref(), Some("e1"));
    assert_eq!(filter.locale.as_deref(), Some("en-US"));
    assert!(rights("locale eq 'en-US' or locale eq 'de-DE'").is_ok());
}

#[test]
fn i01_i02_i03_scoped_selects_enabled_disabled_or_both() {
    let scoped = |text| list(text).expect(text).scoped;
    assert_eq!(scoped("isScopedToUser eq true"), Some(true));
    assert_eq!(scoped("isScopedToUser eq false"), Some(false));
    assert_eq!(scoped("scopeToUser eq 'True'"), Some(true));
    assert_eq!(scoped("name eq 'x'"), None);
    assert_eq!(
        scoped("name eq 'x' and (isScopedToUser eq true or isScopedToUser eq false)"),
        None
    );
    for plain in ["isScopedToUser=TRUE", "scopetouser=true"] {
        assert_eq!(
            list_filter(&query(plain), Route::User, false).expect(plain).scoped,
            Some(true)
        );
    }
    let both = list("isScopedToUser eq true and isScopedToUser eq false").expect("accepted");
    assert_eq!(both.prefilter, Some(NEVER), "no label is enabled and disabled");
    let both = query("isScopedToUser=true&$filter=isScopedToUser eq false");
    assert_eq!(prefilter(list_filter(&both, Route::User, false)), Some(NEVER));
}

#[test]
fn i04_scoped_is_not_for_tenant_labels() {
    for text in [
        "isScopedToUser eq true",
        "scopeToUser eq false and name eq 'x'",
        "isScopedToUser eq 'maybe'",
    ] {
        for expanded in [false, true] {
            let query = query(&format!("$filter={text}"));
            argument_exception(list_filter(&query, Route::Tenant, expanded), SCOPED_ON_TENANT);
        }
        let query = query(&format!("$filter={text}"));
        argument_exception(get_filter(&query, Route::Tenant, id("g1"), false), SCOPED_ON_TENANT);
        argument_exception(rights_filter(&query, Route::Tenant), SCOPED_ON_TENANT);
    }
    for name in ["isScopedToUser", "scopeToUser"] {
        for value in ["true", "maybe", ""] {
            let plain = query(&format!("{name}={value}"));
            let error = list_filter(&plain, Route::Tenant, false).expect_err("refused");
            assert_eq!(error.code.name(), "ArgumentException");
            assert_eq!(error.target.as_deref(), Some(name));
            assert!(get_filter(&plain, Route::Tenant, id("g1"), false).is_err());
        }
    }
}

// I5 and I6 depend on the caller and are the catalogue's.

#[test]
fn i07_scoped_is_true_or_false() {
    invalid(
        list("isScopedToUser eq 'maybe'"),
        "Invalid filter clause: `isScopedToUser` is compared with `true` or `false`, not with `'maybe'` at position 0",
    );
    for text in [
        "isScopedToUser eq 1",
        "isScopedToUser eq null",
        "isScopedToUser ne true",
        "isScopedToUser in (true)",
    ] {
        assert_eq!(list(text).expect_err(text).code.name(), "invalidRequest", "{text}");
    }
    for plain in [
        "isScopedToUser=maybe",
        "isScopedToUser=",
        "isScopedToUser=1",
        "isScopedToUser=true&scopeToUser=true",
    ] {
        let error = list_filter(&query(plain), Route::User, false).expect_err(plain);
        assert_eq!(error.code.name(), "invalidRequest", "{plain}");
    }
}

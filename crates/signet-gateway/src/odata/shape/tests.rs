use super::*;

fn policy(raw: &str, in_list: bool) -> Result<PolicyShape, QueryError> {
    PolicyShape::parse(&QueryString::parse(raw)?, in_list)
}

fn governance(raw: &str) -> Result<GovernanceShape, QueryError> {
    GovernanceShape::parse(&QueryString::parse(raw)?, ApiVersion::V1)
}

fn names(selection: &Selection) -> Vec<&'static str> {
    selection.properties().map(|property| property.name).collect()
}

#[test]
fn the_parent_is_inline_in_lists_and_expanded_elsewhere() {
    let has_parent = |raw, in_list| policy(raw, in_list).expect(raw).parent.is_some();
    assert!(has_parent("", true));
    assert!(!has_parent("", false));
    assert!(!has_parent("$select=id,name", true));
    assert!(has_parent("$select=id,parent", true));
    assert!(!has_parent("$select=id,parent", false));
    assert!(has_parent("$select=id&$expand=parent", true));
    assert!(has_parent("$expand=parent", false));
    let shape = policy("$expand=parent($select=name)", false).expect("valid");
    assert_eq!(names(&shape.parent.expect("expanded")), ["id", "name"]);
}

#[test]
fn sublabels_are_inline_by_default_and_rights_when_expanded() {
    let shape = governance("").expect("valid");
    assert!(shape.rights.is_none());
    let below = shape.sublabels.expect("inline");
    assert_eq!(names(&below.selection), names(&shape.selection));
    assert!(below.sublabels.is_some(), "a sublabel shows its empty list");

    let shape = governance("$select=id,name&$expand=rights").expect("valid");
    assert_eq!(names(&shape.selection), ["id", "name"]);
    assert!(shape.sublabels.is_none());
    assert_eq!(
        names(&shape.rights.expect("expanded")),
        ["id", "ownerEmail", "userEmail", "value"]
    );
}

#[test]
fn relationships_have_options_of_their_own() {
    let raw = "$select=name&$expand=rights($select=value),sublabels($select=name;$expand=rights)";
    let shape = governance(raw).expect("valid");
    assert_eq!(names(&shape.rights.expect("expanded")), ["id", "value"]);
    let below = shape.sublabels.expect("expanded");
    assert_eq!(names(&below.selection), ["id", "name"]);
    assert!(below.rights.is_some());
    assert!(below.sublabels.is_none());
}

#[test]
fn what_a_shape_cannot_be_is_refused() {
    for raw in [
        "$expand=parent",
        "$expand=rights($expand=sublabels)",
        "$expand=rights($select=wings)",
        "$expand=sublabels($select=wings)",
        "$expand=sublabels($expand=sublabels)",
        "$select=wings",
        "$select=isSmimeSignEnabled",
    ] {
        assert!(governance(raw).is_err(), "{raw}");
    }
    for raw in [
        "$expand=rights",
        "$expand=parent($expand=parent)",
        "$expand=parent($select=wings)",
    ] {
        assert!(policy(raw, true).is_err(), "{raw}");
    }
}

#[test]
fn rights_asked_for_by_a_filter_keep_a_choice_already_made() {
    let shape = governance("$expand=rights($select=value)")
        .expect("valid")
        .with_rights(ApiVersion::V1);
    assert_eq!(names(&shape.rights.expect("expanded")), ["id", "value"]);
    assert!(
        governance("")
            .expect("valid")
            .with_rights(ApiVersion::V1)
            .rights
            .is_some()
    );
}

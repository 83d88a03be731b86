use super::super::properties::{DRIVE_ITEM, GOVERNANCE_LABEL, POLICY_LABEL, USAGE_RIGHTS};
use super::*;

fn names(text: Option<&str>, table: &'static TypeTable, version: ApiVersion) -> Result<Vec<&'static str>, String> {
    Selection::parse(text, table, version)
        .map(|selection| selection.properties().map(|property| property.name).collect())
        .map_err(|error| error.message)
}

#[test]
fn defaults_are_everything_but_what_must_be_selected_and_relationships() {
    assert_eq!(
        names(None, &POLICY_LABEL, ApiVersion::Beta),
        Ok(vec![
            "id",
            "name",
            "description",
            "color",
            "sensitivity",
            "tooltip",
            "isActive",
            "isAppliable",
            "contentFormats",
            "hasProtection"
        ])
    );
    let v1 = [
        "id",
        "name",
        "displayName",
        "description",
        "toolTip",
        "autoTooltip",
        "color",
        "priority",
        "isEnabled",
        "isDefault",
        "isEndpointProtectionEnabled",
        "isScopedToUser",
        "hasProtection",
        "locale",
        "actionSource",
        "applicationMode",
        "applicableTo",
        "labelActions",
        "assignedPolicies",
        "autoLabeling",
    ];
    assert_eq!(names(None, &GOVERNANCE_LABEL, ApiVersion::V1), Ok(v1.to_vec()));
    let beta = [v1.as_slice(), &["isSmimeSignEnabled", "isSmimeEncryptEnabled"]].concat();
    assert_eq!(names(None, &GOVERNANCE_LABEL, ApiVersion::Beta), Ok(beta));
    assert_eq!(
        names(None, &USAGE_RIGHTS, ApiVersion::V1),
        Ok(vec!["id", "ownerEmail", "userEmail", "value"])
    );
}

#[test]
fn names_match_in_any_case_and_are_emitted_canonically_with_the_id() {
    assert_eq!(
        names(Some("NAME, tooltip"), &GOVERNANCE_LABEL, ApiVersion::V1),
        Ok(vec!["id", "name", "toolTip"])
    );
    assert_eq!(
        names(Some("toolTip"), &POLICY_LABEL, ApiVersion::Beta),
        Ok(vec!["id", "tooltip"])
    );
    assert_eq!(names(Some("size"), &DRIVE_ITEM, ApiVersion::V1), Ok(vec!["id", "size"]));
    assert_eq!(
        names(Some("id,contentFormats,sensitivity"), &GOVERNANCE_LABEL, ApiVersion::V1),
        Ok(vec!["id", "contentFormats", "sensitivity"])
    );
}

#[test]
fn a_star_is_the_defaults_and_may_have_company() {
    let with_star = names(Some("*,customSettings"), &GOVERNANCE_LABEL, ApiVersion::Beta).expect("valid");
    assert_eq!(with_star.len(), 23);
    assert!(with_star.contains(&"customSettings"));
    assert!(!with_star.contains(&"isActive"));
}

#[test]
fn properties_of_beta_are_unknown_to_v1() {
    for name in ["isSmimeSignEnabled", "isSmimeEncryptEnabled", "customSettings"] {
        assert!(names(Some(name), &GOVERNANCE_LABEL, ApiVersion::Beta).is_ok(), "{name}");
        assert_eq!(
            names(Some(name), &GOVERNANCE_LABEL, ApiVersion::V1),
            Err(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.sensitivityLabel'."
            ))
        );
    }
}

#[test]
fn unknown_and_empty_names_are_refused() {
    for text in ["", "id,", "wings", "sublabels/name", "id name"] {
        assert!(
            names(Some(text), &GOVERNANCE_LABEL, ApiVersion::Beta).is_err(),
            "{text}"
        );
    }
    assert_eq!(
        names(Some("displayName"), &POLICY_LABEL, ApiVersion::Beta),
        Err(
            "Could not find a property named 'displayName' on type 'microsoft.graph.security.sensitivityLabel'."
                .to_owned()
        )
    );
}

#[test]
fn the_context_names_what_was_selected() {
    let suffix = |text| {
        Selection::parse(text, &GOVERNANCE_LABEL, ApiVersion::V1)
            .expect("valid")
            .context_suffix()
    };
    assert_eq!(suffix(None), "");
    assert_eq!(suffix(Some("*")), "");
    assert_eq!(suffix(Some("Name,ID,name")), "(name,id)");
}

#[test]
fn relationships_can_be_selected_but_are_not_properties() {
    let selection = Selection::parse(Some("name,sublabels"), &GOVERNANCE_LABEL, ApiVersion::V1).expect("valid");
    assert!(selection.includes("sublabels"));
    assert!(!selection.includes("rights"));
    assert!(selection.properties().all(|property| property.name != "sublabels"));
}

//! The interface descriptions say what is served.

use signet_contract::ContractError;
use signet_domain::error::ErrorReason;

use crate::graph::error::GraphError;
use crate::odata::properties::{
    ApiVersion, DRIVE, GOVERNANCE_LABEL, POLICY_LABEL, POLICY_SETTING, Property, TypeTable, Versions,
};
use crate::routes::Api;

use super::{ENTRY_POINTS, description};

fn type_block<'d>(document: &'d str, schema: &str, name: &str) -> &'d str {
    let schema_start = document.find(&format!("Schema Namespace=\"{schema}\"")).expect(schema);
    let rest = &document[schema_start..];
    let start = rest.find(&format!("Type Name=\"{name}\"")).expect(name);
    let rest = &rest[start..];
    &rest[..rest.find("Type>\n").unwrap_or(rest.len())]
}

fn declares(block: &str, property: &Property) -> bool {
    let name = property.name;
    let with_type = format!("Name=\"{name}\" Type=\"{}\"", property.type_name);
    block.contains(&with_type)
}

#[test]
fn labels_are_declared_with_the_properties_that_are_emitted() {
    let beta = type_block(description(Api::Beta), "microsoft.graph", "sensitivityLabel");
    let v1 = type_block(description(Api::V1), "microsoft.graph", "sensitivityLabel");
    for property in GOVERNANCE_LABEL
        .properties
        .iter()
        .filter(|property| property.name != "id")
    {
        assert!(declares(beta, property), "beta: {}", property.name);
        assert_eq!(
            declares(v1, property),
            property.versions == Versions::Both,
            "v1.0: {}",
            property.name
        );
        assert!(property.exists_in(ApiVersion::Beta));
    }
    let policy = type_block(description(Api::Beta), "microsoft.graph.security", "sensitivityLabel");
    for property in POLICY_LABEL.properties.iter().filter(|property| property.name != "id") {
        assert!(declares(policy, property), "P1: {}", property.name);
    }
    let others: [(&TypeTable, Api); 3] = [(&POLICY_SETTING, Api::Beta), (&DRIVE, Api::V1), (&DRIVE, Api::Beta)];
    for (table, api) in others {
        let (schema, name) = table.type_name.rsplit_once('.').expect("a namespace");
        let own = type_block(description(api), schema, name);
        let inherited = type_block(description(api), "microsoft.graph", "baseItem");
        for property in table.properties.iter().filter(|property| property.name != "id") {
            let declared = declares(own, property) || (name == "drive" && declares(inherited, property));
            assert!(declared, "{name}: {}", property.name);
        }
    }
}

/// What a client finds in `error.code` beside status 423 it must be able to look up. Source: rest-api 6.3.
#[test]
fn codes_of_files_whose_labels_cannot_be_read_are_declared() {
    for api in [Api::V1, Api::Beta] {
        let declared = type_block(description(api), "microsoft.graph", "extractSensitivityLabelsErrorCode");
        for reason in [
            ErrorReason::FileDoubleKeyEncrypted,
            ErrorReason::FileDecryptionNotSupported,
            ErrorReason::FileDecryptionDeferred,
        ] {
            let code = GraphError::from(ContractError::new(reason, "")).code;
            assert!(declared.contains(&format!("Name=\"{code}\"")), "{code}");
        }
        assert!(declared.contains("Name=\"unknownFutureValue\""));
    }
}

#[test]
fn operations_and_entry_points_are_declared() {
    let both = [
        "computeInheritance",
        "computeRightsAndInheritance",
        "extractSensitivityLabels",
        "assignSensitivityLabel",
    ];
    let beta_only = [
        "evaluateApplication",
        "evaluateClassificationResults",
        "evaluateRemoval",
        "extractContentLabel",
    ];
    for (api, count) in [(Api::V1, both.len()), (Api::Beta, both.len() + beta_only.len())] {
        let document = description(api);
        let declared = |name: &&&str| document.contains(&format!("Name=\"{name}\" IsBound=\"true\""));
        assert_eq!(both.iter().chain(&beta_only).filter(declared).count(), count);
        for (name, kind) in ENTRY_POINTS {
            assert!(document.contains(&format!("<{kind} Name=\"{name}\"")), "{name}");
        }
    }
}

/// Elements nest, attributes are quoted: enough to catch a slip in a document that is written by hand.
#[test]
fn the_documents_are_well_formed() {
    for api in [Api::V1, Api::Beta] {
        let mut open: Vec<&str> = Vec::new();
        for tag in description(api)
            .split('<')
            .skip(1)
            .map(|rest| rest.split('>').next().expect("a tag"))
        {
            if tag.starts_with('?') {
                continue;
            }
            assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(tag.split_whitespace().next().expect("a name"));
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn types_that_are_referred_to_are_declared() {
    for api in [Api::V1, Api::Beta] {
        let document = description(api);
        for quoted in document.split('"').filter(|text| text.contains("microsoft.graph.")) {
            let name = quoted.trim_start_matches("Collection(").trim_end_matches(')');
            let (schema, name) = name.rsplit_once('.').expect("a namespace");
            if schema == "microsoft" || (schema == "microsoft.graph" && name == "security" && !quoted.contains("Type"))
            {
                continue;
            }
            let start = document
                .find(&format!("Schema Namespace=\"{schema}\""))
                .unwrap_or_else(|| panic!("{quoted}"));
            let rest = &document[start..];
            let end = rest.find("</Schema>").expect("an end");
            assert!(rest[..end].contains(&format!("Type Name=\"{name}\"")), "{quoted}");
        }
    }
}

use super::super::properties::{GOVERNANCE_LABEL, POLICY_LABEL};
use super::*;

fn expand(text: &str) -> Result<Vec<Expansion<'_>>, String> {
    parse_expand(Some(text), &GOVERNANCE_LABEL, ApiVersion::V1).map_err(|error| error.message)
}

fn plain(name: &'static str) -> Expansion<'static> {
    Expansion {
        name,
        select: None,
        expand: None,
    }
}

#[test]
fn relationships_in_any_case_with_and_without_options() {
    assert_eq!(expand("rights"), Ok(vec![plain("rights")]));
    assert_eq!(
        expand("SubLabels , Rights"),
        Ok(vec![plain("sublabels"), plain("rights")])
    );
    assert_eq!(
        expand("sublabels($select=id,name;$expand=rights($select=value)),rights"),
        Ok(vec![
            Expansion {
                name: "sublabels",
                select: Some("id,name"),
                expand: Some("rights($select=value)"),
            },
            plain("rights")
        ])
    );
    assert_eq!(
        expand("sublabels( select=id )"),
        Ok(vec![Expansion {
            name: "sublabels",
            select: Some("id"),
            expand: None,
        }])
    );
    assert_eq!(parse_expand(None, &POLICY_LABEL, ApiVersion::Beta), Ok(Vec::new()));
}

#[test]
fn what_cannot_be_expanded_is_refused() {
    for text in [
        "",
        "rights,",
        "wings",
        "name",
        "*",
        "parent",
        "rights,rights",
        "sublabels(",
        "sublabels)",
        "sublabels()",
        "sublabels($select=id",
        "sublabels($select=id)x",
        "sublabels($top=1)",
        "sublabels($filter=name eq 'x')",
        "sublabels($select=id;$select=name)",
        "sublabels/rights",
        "sublabels($select=id));rights(",
    ] {
        assert!(expand(text).is_err(), "{text}");
    }
    assert_eq!(
        expand("wings"),
        Err("Could not find a property named 'wings' on type 'microsoft.graph.sensitivityLabel'.".to_owned())
    );
}

//! Hostile queries: many damaged copies of good ones, the same in every run.

use super::super::super::mutations::Mutations;
use super::super::super::options::{
    parse_governance_count, parse_governance_get, parse_governance_list, parse_policy_list, parse_rights,
};
use super::super::super::properties::ApiVersion;
use super::*;

const SEEDS: &str = include_str!("../../seeds/queries.txt");

#[test]
fn damaged_queries_never_panic_and_accepted_ones_keep_the_promises_of_the_filter() {
    let mut accepted = 0;
    let mut with_tuples = 0;
    for text in Mutations::of(SEEDS, 0x9e17).take(8_000) {
        let text = text.replace("{1}", GUIDS[0].1).replace("{2}", GUIDS[1].1);
        for route in [Route::Tenant, Route::User] {
            let _ = parse_governance_get(&text, route, ApiVersion::Beta, id("g1"));
            let _ = parse_governance_count(&text, route);
            let _ = parse_rights(&text, route, ApiVersion::V1);
            let Ok(options) = parse_governance_list(&text, route, ApiVersion::V1) else {
                continue;
            };
            accepted += 1;
            with_tuples += usize::from(options.filter.tuples.is_some());
            keeps_promises(&options.filter, &text);
            assert!(options.paging.top <= 999, "{text:?}");
            if options.filter.owner_email.is_some() || options.filter.tuples.is_some() {
                assert!(options.shape.rights.is_some(), "{text:?}");
            }
            let next = options.query.next_page("token");
            let again = parse_governance_list(&next, route, ApiVersion::V1).expect(&text);
            assert_eq!(again.query.canonical(), options.query.canonical(), "{text:?}");
            assert_eq!(again.filter, options.filter, "{text:?}");
        }
        let _ = parse_policy_list(&text);
    }
    assert!(
        accepted > 1_000,
        "only {accepted} damaged queries were accepted: the damage is too great to test much"
    );
    assert!(with_tuples > 100, "only {with_tuples} damaged queries had tuples");
}

fn keeps_promises(filter: &GovernanceFilter, text: &str) {
    let Some(tuples) = &filter.tuples else { return };
    assert_eq!((&filter.owner_email, filter.scoped), (&None, None), "{text:?}");
    let Some(LabelFilter::IdIn(listed)) = &filter.prefilter else {
        panic!("tuples without ids: {text:?}");
    };
    assert!(tuples.iter().all(|tuple| !tuple.ids.is_empty()), "{text:?}");
    assert!(listed.iter().all(|id| !filter.owners_of(*id).is_empty()), "{text:?}");
}

//! Hostile filters: many damaged copies of good ones, the same in every run.

use super::super::mutations::Mutations;
use super::*;

const SEEDS: &str = include_str!("../seeds/filters.txt");

#[test]
fn damaged_filters_never_panic_and_readable_ones_survive_printing() {
    let mut readable = 0;
    for text in Mutations::of(SEEDS, 0x5eed_f117).take(40_000) {
        for dialect in [Dialect::Generic, Dialect::Governance] {
            let Ok(expression) = parse_filter(&text, dialect, FilterLimits::default()) else {
                continue;
            };
            readable += 1;
            let printed = expression.to_string();
            if printed.len() <= FilterLimits::default().bytes {
                assert_eq!(
                    parse_filter(&printed, dialect, FilterLimits::default()),
                    Ok(expression),
                    "{text:?} as {printed:?}"
                );
            }
        }
    }
    assert!(
        readable > 1_000,
        "only {readable} damaged filters were readable: the damage is too great to test much"
    );
}

#[test]
fn positions_of_faults_lie_in_the_text() {
    for text in Mutations::of(SEEDS, 0x0ff5_e701).take(10_000) {
        let Err(error) = parse_filter(&text, Dialect::Generic, FilterLimits::default()) else {
            continue;
        };
        if let Some((_, position)) = error.message.rsplit_once(" at position ") {
            let position: usize = position.parse().expect("a number");
            assert!(text.is_char_boundary(position), "{position} in {text:?}");
        }
    }
}

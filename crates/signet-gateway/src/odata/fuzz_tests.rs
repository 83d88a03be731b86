//! Hostile queries, found by search: the filter, the function call in the last segment of a path, whole queries and
//! paths. The seeds are those of the files below `seeds`; `SIGNET_FUZZ_SECONDS` makes the search long.

use signet_testkit::fuzz::Fuzz;

use super::compute_inheritance::parse_compute_inheritance;
use super::filter::{Dialect, FilterLimits, parse_filter};
use super::options::{parse_governance_count, parse_governance_list, parse_policy_list, parse_rights};
use super::properties::ApiVersion;
use super::rules::Route;
use crate::routes::{Mismatch, Routes};

const A: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const B: &str = "a7a21bba-8197-491f-a5d6-0d0f955397cf";

const WORDS: &[&str] = &[
    " and ",
    " or ",
    " not ",
    " eq ",
    " ne ",
    " in (",
    " ge ",
    "''",
    "'",
    "(",
    ")",
    "null",
    "true",
    "id",
    "name",
    "ownerEmail",
    "rights/ownerEmail",
    "isScopedToUser",
    "locale",
    "contentFormats",
    "applicableTo",
    "contains(",
    "startswith(",
    "labelIds=",
    "locale=",
    "contentFormats=",
    "%27",
    "%5B%22",
    "%2C",
    "@l",
    "&@l=",
    "$filter=",
    "$expand=rights",
    "sublabels($select=",
    "$orderby=",
    "$top=",
    "$skiptoken=",
    "&",
    "?",
    A,
];

/// The lines of a seed file, its marks replaced by ids.
fn seeds(file: &str) -> Vec<Vec<u8>> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            line.replace("{a}", A)
                .replace("{b}", B)
                .replace("{1}", A)
                .replace("{2}", B)
        })
        .map(String::into_bytes)
        .collect()
}

/// A kind of answer, so that inputs with new ones are searched further. Positions and values in messages do not count.
fn kind<T, E: ToString>(answer: &Result<T, E>) -> Option<String> {
    let message = answer.as_ref().err()?.to_string();
    let plain = message.split('`').step_by(2).collect::<String>();
    Some(plain.chars().filter(|c| !c.is_ascii_digit()).collect())
}

#[test]
fn fuzz_filters() {
    let search = Fuzz::new("filter", seeds(include_str!("seeds/filters.txt"))).words(WORDS.iter().copied());
    search.longest(10_000).run(|input| {
        let text = String::from_utf8_lossy(input);
        [Dialect::Generic, Dialect::Governance].map(|dialect| {
            let answer = parse_filter(&text, dialect, FilterLimits::default());
            if let Ok(expression) = &answer {
                let printed = expression.to_string();
                if printed.len() <= FilterLimits::default().bytes {
                    let again = parse_filter(&printed, dialect, FilterLimits::default());
                    assert_eq!(again.as_ref(), Ok(expression), "{text:?} as {printed:?}");
                }
            }
            kind(&answer.map_err(|error| error.message))
        })
    });
}

#[test]
fn fuzz_function_calls() {
    let search = Fuzz::new("function-call", seeds(include_str!("seeds/calls.txt"))).words(WORDS.iter().copied());
    search.longest(64 * 1024).run(|input| {
        let text = String::from_utf8_lossy(input);
        let (segment, query) = text.split_once('?').unwrap_or((&text, ""));
        let answer = parse_compute_inheritance(segment, query, ApiVersion::Beta);
        if let Ok(options) = &answer {
            assert!((1..=1000).contains(&options.label_ids.len()), "{text:?}");
        }
        kind(&answer.map_err(|error| error.message))
    });
}

#[test]
fn fuzz_queries() {
    let search = Fuzz::new("query", seeds(include_str!("seeds/queries.txt"))).words(WORDS.iter().copied());
    search.longest(20_000).run(|input| {
        let text = String::from_utf8_lossy(input);
        let list = parse_governance_list(&text, Route::User, ApiVersion::Beta);
        if let Ok(options) = &list {
            // What a next link repeats means the same.
            let next = options.query.next_page("token");
            let again = parse_governance_list(&next, Route::User, ApiVersion::Beta).expect(&next);
            assert_eq!(again.filter, options.filter, "{text:?}");
            assert!(options.paging.top <= 999, "{text:?}");
        }
        [
            kind(&list.map_err(|error| error.message)),
            kind(&parse_governance_count(&text, Route::Tenant).map_err(|error| error.message)),
            kind(&parse_policy_list(&text).map_err(|error| error.message)),
            kind(&parse_rights(&text, Route::User, ApiVersion::V1).map_err(|error| error.message)),
        ]
    });
}

#[test]
fn fuzz_paths() {
    let routes = Routes::new(true);
    let seeds = crate::openapi::openapi_document()
        .lines()
        .filter_map(|line| line.strip_prefix(" \"/")?.split('"').next())
        .map(|path| format!("/{}", path.replace(['{', '}'], "")).into_bytes());
    let words = [
        "/",
        "%2F",
        "%2f..",
        ":",
        ":/",
        "root:/",
        "items/",
        "('",
        "')",
        "me",
        "users",
        "microsoft.graph.",
        "%",
    ];
    Fuzz::new("path", seeds).words(words).longest(16 * 1024).run(|input| {
        let path = String::from_utf8_lossy(input);
        [http::Method::GET, http::Method::POST].map(|method| match routes.find(&path, &method) {
            Ok(found) => {
                let _ = (found.subject(), found.drive(), found.item());
                found.leaf.path
            }
            Err(Mismatch::UnknownSegment(_)) => "unknown",
            Err(Mismatch::MethodNotAllowed { .. }) => "method",
            Err(Mismatch::Unreadable(why)) => why,
        })
    });
}

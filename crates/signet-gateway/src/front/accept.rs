//! What the client accepts: media types, languages, codings.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode, header};
use signet_domain::locale::LocalePreference;

use crate::graph::error::GraphError;

/// What an answer is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// JSON.
    Json,
    /// A number as text; JSON is accepted in its place.
    Count,
    /// JSON values, one on each line.
    Lines,
    /// The interface description.
    Xml,
}

impl Written {
    fn media_types(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Json => &[("application", "json")],
            Self::Count => &[("text", "plain"), ("application", "json")],
            Self::Lines => &[("application", "x-ndjson"), ("application", "json")],
            Self::Xml => &[("application", "xml"), ("text", "xml")],
        }
    }
}

/// Refuses a client that accepts nothing we could write. Source: rest-api 6.2, 406.
pub(crate) fn check(headers: &HeaderMap, written: Written) -> Result<(), GraphError> {
    let values = values_of(headers, header::ACCEPT);
    let ranges: Vec<&str> = values.filter(|range| !range.trim().is_empty()).collect();
    if ranges.is_empty() || written.media_types().iter().any(|offered| accepts(&ranges, *offered)) {
        return Ok(());
    }
    let offered = written
        .media_types()
        .first()
        .map(|(kind, sub)| format!("{kind}/{sub}"))
        .unwrap_or_default();
    Err(GraphError::new(
        StatusCode::NOT_ACCEPTABLE,
        "notAcceptable",
        format!("the `Accept` header leaves out what is offered here; add {offered}"),
    )
    .inner("invalidAcceptType"))
}

/// The elements of a header that is a list, over all its lines.
fn values_of(headers: &HeaderMap, name: header::HeaderName) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(name).into_iter();
    lines
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
}

/// The most specific range a media type is in says whether it will do. Source: RFC 9110, section 12.5.1.
fn accepts(ranges: &[&str], offered: (&str, &str)) -> bool {
    let matching = ranges.iter().filter_map(|range| {
        let media_range = match range.split(';').next()?.trim() {
            "*" => "*/*",
            other => other,
        };
        let specificity = specificity(media_range, offered)?;
        Some((specificity, !is_refused(range)))
    });
    // Of ranges equally specific one that admits is enough.
    matching.max().is_some_and(|(_, admitted)| admitted)
}

/// How closely a range names a media type; absent: it does not.
fn specificity(range: &str, (kind, sub): (&str, &str)) -> Option<u8> {
    match range.split_once('/')? {
        ("*", "*") => Some(0),
        (named, "*") if named.eq_ignore_ascii_case(kind) => Some(1),
        (named, exact) if named.eq_ignore_ascii_case(kind) && exact.eq_ignore_ascii_case(sub) => Some(2),
        _ => None,
    }
}

/// The element of a list has the weight 0.
fn is_refused(element: &str) -> bool {
    let mut parameters = element
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    parameters.any(|(name, value)| {
        name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0)
    })
}

/// The languages wanted: the parameter, then the header.
pub(crate) fn locale(headers: &HeaderMap, parameter: Option<&str>) -> LocalePreference {
    let mut lines = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let first = lines.next();
    // Several lines are one list. Source: RFC 9110, section 5.3.
    let all = lines.fold(first.map(Cow::Borrowed), |list, line| {
        list.map(|list| list + "," + line)
    });
    LocalePreference::from_request(parameter, all.as_deref())
}

/// The client reads gzip: by name, or by `*` where it is not named. Source: RFC 9110, section 12.5.3.
pub(crate) fn gzip(headers: &HeaderMap) -> bool {
    let named = |wanted: &str| {
        values_of(headers, header::ACCEPT_ENCODING)
            .find(|coding| {
                let name = coding.split(';').next().unwrap_or_default();
                name.trim().eq_ignore_ascii_case(wanted)
            })
            .map(|coding| !is_refused(coding))
    };
    named("gzip").or_else(|| named("*")).unwrap_or(false)
}

/// The client asks for the reasons of a decision.
pub(crate) fn wants_explanation(headers: &HeaderMap) -> bool {
    headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split([',', ';']))
        .any(|preference| preference.trim().eq_ignore_ascii_case("signet-explain"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().expect("a header value"));
        headers
    }

    #[test]
    fn languages_on_several_lines_are_one_list() {
        let mut lines = headers("accept-language", "de;q=0.2");
        lines.append("accept-language", "fr".parse().expect("a header value"));
        let one = headers("accept-language", "de;q=0.2,fr");
        assert_eq!(locale(&lines, None), locale(&one, None));
        assert_eq!(locale(&one, None).0, ["fr", "de"]);
    }

    #[test]
    fn media_types() {
        let cases = [
            ("application/json", Written::Json, true),
            ("Application/JSON;odata.metadata=full", Written::Json, true),
            ("application/octet-stream, application/json", Written::Json, true),
            ("*/*", Written::Xml, true),
            ("application/*;q=0.1", Written::Json, true),
            ("application/json;q=0", Written::Json, false),
            ("text/html", Written::Json, false),
            ("text/plain;q=0.9", Written::Count, true),
            ("application/json", Written::Count, true),
            ("text/plain;q=0.9", Written::Json, false),
            ("application/xml", Written::Xml, true),
            ("application/x-ndjson", Written::Lines, true),
            ("application/json", Written::Lines, true),
            ("text/plain", Written::Lines, false),
            ("application/x-ndjson", Written::Json, false),
            ("application/json", Written::Xml, false),
            ("", Written::Json, true),
            ("application/json;q=0, */*", Written::Json, false),
            ("*/*, application/json; Q=0.000", Written::Json, false),
            ("application/*;q=0, */*", Written::Json, false),
            ("application/*;q=0, application/json;q=0.1", Written::Json, true),
            (
                "application/json;odata.metadata=full;q=0, application/json",
                Written::Json,
                true,
            ),
            ("text/plain;q=0, application/json;q=0, */*", Written::Count, false),
            ("*", Written::Json, true),
            ("application", Written::Json, false),
        ];
        for (accept, written, expected) in cases {
            assert_eq!(check(&headers("accept", accept), written).is_ok(), expected, "{accept}");
        }
        assert!(check(&HeaderMap::new(), Written::Json).is_ok());
    }

    #[test]
    fn codings_and_preferences() {
        for (value, expected) in [
            ("gzip, br", true),
            ("br", false),
            ("gzip;q=0", false),
            ("*", true),
            ("identity", false),
            ("gzip;q=0, *", false),
            ("*;q=0, gzip", true),
            ("*; q=0", false),
        ] {
            assert_eq!(gzip(&headers("accept-encoding", value)), expected, "{value}");
        }
        for (value, expected) in [
            ("signet-explain", true),
            ("include-unknown-enum-members, Signet-Explain", true),
            ("signet-explain-not", false),
        ] {
            assert_eq!(wants_explanation(&headers("prefer", value)), expected, "{value}");
        }
    }
}

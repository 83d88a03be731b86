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
    /// The interface description.
    Xml,
}

impl Written {
    fn media_types(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Json => &[("application", "json")],
            Self::Count => &[("text", "plain"), ("application", "json")],
            Self::Xml => &[("application", "xml"), ("text", "xml")],
        }
    }
}

/// Refuses a client that accepts nothing we could write. Source: rest-api 6.2, 406.
pub(crate) fn check(headers: &HeaderMap, written: Written) -> Result<(), GraphError> {
    let mut values = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .filter(|value| !value.trim().is_empty())
        .peekable();
    if values.peek().is_none() {
        return Ok(());
    }
    let accepted = values
        .flat_map(|value| value.split(','))
        .filter(|range| !range.trim().is_empty())
        .any(|range| accepts(range, written.media_types()));
    if accepted {
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

fn accepts(range: &str, offered: &[(&str, &str)]) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let Some((kind, sub)) = parts.next().and_then(|range| range.split_once('/')) else {
        return range.trim() == "*";
    };
    let refused = parts
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, value)| {
            name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0)
        });
    !refused
        && offered.iter().any(|(offered_kind, offered_sub)| {
            (kind == "*" || kind.eq_ignore_ascii_case(offered_kind))
                && (sub == "*" || sub.eq_ignore_ascii_case(offered_sub))
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

/// The client reads gzip.
pub(crate) fn gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let named = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
            named && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
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
            ("application/json", Written::Xml, false),
            ("", Written::Json, true),
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

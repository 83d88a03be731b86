//! Which requests meet a fault without asking: `GET /v1.0/security/**`.

use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::fault::{Fault, InvalidFault};

/// Requests and the fault they meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRule {
    /// Absent: any.
    method: Option<http::Method>,
    segments: Vec<Pattern>,
    pub(super) fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// This segment, in any case.
    Literal(String),
    /// Any one segment.
    One,
    /// All segments that follow, also none.
    Rest,
}

impl FaultRule {
    /// A rule from its two texts: which requests, as `METHOD /path` with `*` for any method or one segment and `**` at
    /// the end for all that follow; and the fault, as in the header.
    ///
    /// # Errors
    /// Says which of the two is wrong, and why.
    pub fn parse(requests: &str, fault: &str) -> Result<Self, InvalidFault> {
        let wrong = |why: &str| {
            InvalidFault::new(format!(
                "`{requests}` {why}; requests are written as `GET /v1.0/drives/**`"
            ))
        };
        let (method, path) = requests
            .trim()
            .split_once(char::is_whitespace)
            .ok_or_else(|| wrong("is not a method and a path"))?;
        let method = match method {
            "*" => None,
            name => Some(
                http::Method::from_bytes(name.to_ascii_uppercase().as_bytes())
                    .map_err(|_| wrong("has no method in front"))?,
            ),
        };
        let path = path
            .trim()
            .strip_prefix('/')
            .ok_or_else(|| wrong("has no path that starts with `/`"))?;
        let segments: Vec<Pattern> = path.split('/').map(pattern).collect();
        let before_last = segments.len().saturating_sub(1);
        if segments.iter().take(before_last).any(|one| *one == Pattern::Rest) {
            return Err(wrong("has `**` before the end"));
        }
        Ok(Self {
            method,
            segments,
            fault: fault.parse()?,
        })
    }

    pub(super) fn matches(&self, parts: &Parts) -> bool {
        self.method.as_ref().is_none_or(|method| *method == parts.method) && self.matches_path(parts.uri.path())
    }

    fn matches_path(&self, path: &str) -> bool {
        let mut given = path.trim_start_matches('/').split('/');
        for wanted in &self.segments {
            match (wanted, given.next()) {
                (Pattern::Rest, _) => return true,
                (Pattern::One, Some(_)) => {}
                (Pattern::Literal(text), Some(segment)) if is_same(text, segment) => {}
                _ => return false,
            }
        }
        given.next().is_none()
    }
}

fn pattern(segment: &str) -> Pattern {
    match segment {
        "*" => Pattern::One,
        "**" => Pattern::Rest,
        text => Pattern::Literal(text.to_owned()),
    }
}

fn is_same(text: &str, segment: &str) -> bool {
    percent_decode_str(segment)
        .decode_utf8()
        .is_ok_and(|segment| segment.eq_ignore_ascii_case(text))
}

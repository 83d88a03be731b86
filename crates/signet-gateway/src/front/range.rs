//! Which part of a file a request wants. Source: RFC 9110, sections 13.1.5 and 14.

use http::{HeaderMap, header};

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: no range was asked for, or one that does not count.
    Everything,
    /// These bytes.
    Part {
        /// From here.
        offset: u64,
        /// So many, at least one.
        length: u64,
    },
    /// A range outside of it.
    Nothing,
}

/// The part of a file of `size` bytes that has one of these entity tags. Several ranges at once are answered with
/// everything.
pub(crate) fn wanted(headers: &HeaderMap, size: u64, tags: &[&str]) -> Wanted {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    if text(header::IF_RANGE).is_some_and(|tag| !tags.contains(&tag.trim())) {
        return Wanted::Everything;
    }
    let range = text(header::RANGE).and_then(|range| range.trim().strip_prefix("bytes="));
    range
        .and_then(|range| part(range.trim(), size))
        .unwrap_or(Wanted::Everything)
}

/// Absent: not a range.
fn part(range: &str, size: u64) -> Option<Wanted> {
    let (first, last) = range.split_once('-')?;
    let (offset, end) = match (first.trim(), last.trim()) {
        ("", suffix) => (size.saturating_sub(suffix.parse().ok()?), size),
        (first, "") => (first.parse().ok()?, size),
        (first, last) => {
            let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
            if first > last {
                return None;
            }
            (first, last.saturating_add(1).min(size))
        }
    };
    if offset >= end {
        return Some(Wanted::Nothing);
    }
    Some(Wanted::Part {
        offset,
        length: end - offset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let part = |offset, length| Wanted::Part { offset, length };
        for (range, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 3)),
            ("bytes=2-", part(2, 8)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-30", part(0, 10)),
            ("bytes=8-99", part(8, 2)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-12", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::Everything),
            ("bytes=0-1,3-4", Wanted::Everything),
            ("bytes=a-b", Wanted::Everything),
            ("items=0-1", Wanted::Everything),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().expect(range));
            assert_eq!(wanted(&headers, 10, &[]), expected, "{range}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10, &[]), Wanted::Everything);
    }

    #[test]
    fn a_range_of_another_version_is_not_given() {
        for (tag, expected) in [
            ("\"a\"", Wanted::Part { offset: 0, length: 1 }),
            ("\"b\"", Wanted::Everything),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, "bytes=0-0".parse().expect("a value"));
            headers.insert(header::IF_RANGE, tag.parse().expect(tag));
            assert_eq!(wanted(&headers, 10, &["\"a\""]), expected, "{tag}");
        }
    }
}

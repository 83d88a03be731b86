//! The segments of a request path, split before they are decoded.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Most segments of a path.
const MAX_SEGMENTS: usize = 128;

/// A path that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadablePath(pub(crate) &'static str);

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment<'p> {
    /// As sent.
    pub(crate) raw: &'p str,
    /// Percent-decoded once.
    pub(crate) text: Cow<'p, str>,
}

/// Segments without the empty ones, so that doubled and trailing slashes change nothing.
pub(crate) type Segments<'p> = Vec<Segment<'p>>;

/// Splits at `/` as sent, then decodes each segment once.
pub(crate) fn split(path: &str) -> Result<Segments<'_>, UnreadablePath> {
    let mut segments = Vec::with_capacity(8);
    for raw in path.split('/').filter(|raw| !raw.is_empty()) {
        if segments.len() == MAX_SEGMENTS {
            return Err(UnreadablePath("the path has more than 128 segments"));
        }
        segments.push(Segment {
            raw,
            text: decode_segment(raw)?,
        });
    }
    Ok(segments)
}

/// Percent-decodes a segment once. A `%` that begins no escape stands for itself.
pub(crate) fn decode_segment(raw: &str) -> Result<Cow<'_, str>, UnreadablePath> {
    percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| UnreadablePath("the path is not UTF-8 after percent-decoding"))
}

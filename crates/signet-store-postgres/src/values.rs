//! Numbers, instants, ids and text as columns hold them.

use std::borrow::Cow;

use jiff::Timestamp;
use signet_domain::ids::{Revision, TenantId};
use signet_store::StoreError;

/// A count for a column. Numbers no column can hold become the largest it can, which is above everything stored.
pub(crate) fn to_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count from a column.
pub(crate) fn from_column(number: i64, what: &str) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| StoreError::corrupt(what))
}

/// A revision from a column.
pub(crate) fn revision(number: i64) -> Result<Revision, StoreError> {
    from_column(number, "revision number").map(Revision)
}

/// A tenant's id from a column read as text.
pub(crate) fn tenant_id(text: &str) -> Result<TenantId, StoreError> {
    TenantId::parse(text).map_err(|_| StoreError::corrupt("tenant id"))
}

/// An instant from a column of RFC 3339 text.
pub(crate) fn instant(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::corrupt("time"))
}

/// Nanoseconds since 1970. Instants before 1677 or after 2262 become the earliest or latest of that time.
pub(crate) fn nanoseconds(time: Timestamp) -> i64 {
    let exact = time.as_nanosecond();
    i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX })
}

/// The instant of [`nanoseconds`].
pub(crate) fn from_nanoseconds(nanoseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_nanosecond(nanoseconds.into()).map_err(|_| StoreError::corrupt("time"))
}

/// Stands for what PostgreSQL keeps no text with, together with the character after it. Not a character of any script.
const ESCAPE: char = '\u{ffff}';

/// Text for a column, which cannot hold U+0000. [`from_text`] gives it back, and different texts stay different.
pub(crate) fn to_text(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 4);
    for character in text.chars() {
        match character {
            '\0' => escaped.extend([ESCAPE, '0']),
            ESCAPE => escaped.extend([ESCAPE, '1']),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// As [`to_text`], for a list.
pub(crate) fn to_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(|text| to_text(text).into_owned()).collect()
}

/// Text from a column.
pub(crate) fn from_text(text: String) -> String {
    if !text.contains(ESCAPE) {
        return text;
    }
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        match character {
            ESCAPE => plain.push(if characters.next() == Some('0') { '\0' } else { ESCAPE }),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{from_text, to_text};

    #[test]
    fn every_text_reads_back_and_none_holds_what_the_database_refuses() {
        for text in ["", "plain", "\0", "a\0b\u{ffff}c", "\u{ffff}0", "\u{ffff}1\0", "ü🔒"] {
            let stored = to_text(text);
            assert!(!stored.contains('\0'), "{text:?}");
            assert_eq!(from_text(stored.into_owned()), text);
        }
    }

    #[test]
    fn different_texts_stay_different() {
        assert_ne!(to_text("\0"), to_text("\u{ffff}0"));
    }
}

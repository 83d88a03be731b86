//! Instants as label metadata writes them: whole seconds of UTC in the years 1 to 9999.

use std::fmt;

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, Timestamp};

/// A second of UTC between `0001-01-01T00:00:00Z` and `9999-12-31T23:59:59Z`, both of which real items carry.
///
/// `Display` prints `YYYY-MM-DDThh:mm:ssZ`. Source: labelling semantics B3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcSeconds(i64);

impl UtcSeconds {
    /// `0001-01-01T00:00:00Z`.
    pub const MIN: Self = Self(-62_135_596_800);
    /// `9999-12-31T23:59:59Z`.
    pub const MAX: Self = Self(253_402_300_799);

    /// Seconds since `1970-01-01T00:00:00Z`; absent outside the years 1 to 9999.
    pub fn from_unix(seconds: i64) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&seconds).then_some(Self(seconds))
    }

    /// The second an instant lies in; instants before the year 1 become the first second.
    pub fn from_timestamp(instant: Timestamp) -> Self {
        Self(
            instant
                .as_second()
                .saturating_sub(i64::from(instant.subsec_nanosecond() < 0))
                .clamp(Self::MIN.0, Self::MAX.0),
        )
    }

    /// A date and time of day in UTC shifted by an offset; absent when the result leaves the years 1 to 9999.
    pub(crate) fn from_civil(civil: DateTime, offset_seconds: i64) -> Option<Self> {
        let since_epoch = civil.duration_since(EPOCH).as_secs();
        Self::from_unix(since_epoch.checked_sub(offset_seconds)?)
    }

    /// Seconds since `1970-01-01T00:00:00Z`.
    pub const fn as_unix(self) -> i64 {
        self.0
    }

    fn civil(self) -> DateTime {
        EPOCH.saturating_add(SignedDuration::from_secs(self.0))
    }
}

const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);

impl fmt::Display for UtcSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.civil();
        // Written digit by digit: every label application prints one, and the formatting machinery costs more.
        let mut text = String::with_capacity(20);
        let parts = [
            (i32::from(at.year()), 1000, '-'),
            (i32::from(at.month()), 10, '-'),
            (i32::from(at.day()), 10, 'T'),
            (i32::from(at.hour()), 10, ':'),
            (i32::from(at.minute()), 10, ':'),
            (i32::from(at.second()), 10, 'Z'),
        ];
        for (number, highest, separator) in parts {
            let mut unit = highest;
            while unit > 0 {
                text.push(
                    u32::try_from(number / unit % 10)
                        .ok()
                        .and_then(|digit| char::from_digit(digit, 10))
                        .unwrap_or('0'),
                );
                unit /= 10;
            }
            text.push(separator);
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_range_prints() {
        assert_eq!(UtcSeconds::MIN.to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(UtcSeconds::MAX.to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(UtcSeconds::from_unix(0).unwrap().to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(UtcSeconds::from_unix(-1).unwrap().to_string(), "1969-12-31T23:59:59Z");
        assert_eq!(UtcSeconds::from_unix(UtcSeconds::MAX.as_unix() + 1), None);
        assert_eq!(UtcSeconds::from_unix(UtcSeconds::MIN.as_unix() - 1), None);
    }

    #[test]
    fn fractions_of_an_instant_are_cut_towards_the_past() {
        let instant: Timestamp = "1969-12-31T23:59:58.5Z".parse().unwrap();
        assert_eq!(UtcSeconds::from_timestamp(instant).to_string(), "1969-12-31T23:59:58Z");
        let instant: Timestamp = "2026-02-03T04:05:06.999Z".parse().unwrap();
        assert_eq!(UtcSeconds::from_timestamp(instant).to_string(), "2026-02-03T04:05:06Z");
    }
}

//! Instants on the wire.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use signet_domain::utc::UtcSeconds;

/// An instant as `yyyy-MM-ddTHH:mm:ssZ`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seconds(pub(crate) UtcSeconds);

impl Seconds {
    /// The second an instant lies in.
    pub(crate) fn of(instant: Timestamp) -> Self {
        Self(UtcSeconds::from_timestamp(instant))
    }

    /// Without the zone suffix, as `innerError.date` has it.
    pub(crate) fn without_zone(self) -> String {
        let mut text = self.0.to_string();
        text.truncate(text.trim_end_matches('Z').len());
        text
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Seconds;

    fn check(text: &str, zoned: &str, bare: &str) {
        let seconds = Seconds::of(text.parse().expect(text));
        assert_eq!(serde_json::to_string(&seconds).expect(text), format!("\"{zoned}\""));
        assert_eq!(seconds.without_zone(), bare);
    }

    #[test]
    fn fractions_are_cut_and_years_keep_four_digits() {
        check("2025-04-21T18:30:00Z", "2025-04-21T18:30:00Z", "2025-04-21T18:30:00");
        check(
            "2025-04-21T18:30:00.999Z",
            "2025-04-21T18:30:00Z",
            "2025-04-21T18:30:00",
        );
        check("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00");
        check("9999-12-30T22:00:00Z", "9999-12-30T22:00:00Z", "9999-12-30T22:00:00");
    }
}

//! How long a call may take.

use std::time::{Duration, Instant};

use tonic::metadata::MetadataMap;

use crate::metadata::{TIMEOUT, text};

/// Most of a call's time that is kept back for the answer's way home.
const LONGEST_MARGIN: Duration = Duration::from_millis(50);

/// The two ends of a call's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// When the service should have answered by itself, with a reason of its own.
    pub(super) deadline: Instant,
    /// When the call is given up.
    pub(super) give_up: Instant,
}

impl Timing {
    /// The time the caller gives, at most `longest`.
    ///
    /// A service that waits until its deadline (for a revision, say) answers with its reason exactly then. The caller
    /// must still be there to hear it, so the service is told a deadline that is a little earlier.
    pub(super) fn new(metadata: &MetadataMap, longest: Duration) -> Self {
        let given = text(metadata, TIMEOUT)
            .and_then(grpc_timeout)
            .unwrap_or(longest)
            .min(longest);
        let margin = (given / 10).min(LONGEST_MARGIN);
        let now = Instant::now();
        Self {
            deadline: now + given.saturating_sub(margin),
            give_up: now + given.saturating_sub(margin / 2),
        }
    }
}

/// Reads the notation of the header: up to eight digits and a unit. Source: gRPC over HTTP2, Timeout.
fn grpc_timeout(header: &str) -> Option<Duration> {
    let (digits, unit) = header.split_at_checked(header.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing(header: Option<&str>, longest: Duration) -> Duration {
        let mut metadata = MetadataMap::new();
        if let Some(header) = header {
            metadata.insert(TIMEOUT, header.parse().unwrap());
        }
        let before = Instant::now();
        let timing = Timing::new(&metadata, longest);
        assert!(timing.deadline <= timing.give_up);
        timing.give_up - before
    }

    #[test]
    fn the_header_is_read_in_every_unit() {
        let cases = [
            ("1H", Some(3_600_000_000_000)),
            ("2M", Some(120_000_000_000)),
            ("3S", Some(3_000_000_000)),
            ("4m", Some(4_000_000)),
            ("5u", Some(5_000)),
            ("6n", Some(6)),
            ("99999999H", Some(99_999_999 * 3_600_000_000_000)),
            ("999999999S", None),
            ("", None),
            ("S", None),
            ("1", None),
            ("1x", None),
            ("-1S", None),
            ("1é", None),
        ];
        for (header, nanos) in cases {
            assert_eq!(
                grpc_timeout(header).map(|timeout| timeout.as_nanos()),
                nanos,
                "{header}"
            );
        }
    }

    #[test]
    fn the_caller_may_ask_for_less_but_not_for_more() {
        let ten = Duration::from_secs(10);
        for (header, most) in [
            (None, ten),
            (Some("1S"), Duration::from_secs(1)),
            (Some("1H"), ten),
            (Some("junk"), ten),
        ] {
            let given = timing(header, ten);
            assert!(given <= most + Duration::from_millis(200), "{header:?}: {given:?}");
            assert!(given >= most * 9 / 10, "{header:?}: {given:?}");
        }
    }
}

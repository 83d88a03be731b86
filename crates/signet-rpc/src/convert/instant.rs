//! Instants and durations.

use std::time::Duration;

use jiff::Timestamp;
use signet_domain::utc::UtcSeconds;

use super::{ConversionError, Converted, present};

const NANOS_PER_SECOND: i32 = 1_000_000_000;

/// An instant on the wire: whole seconds rounded down, nanoseconds never negative.
pub(crate) fn from_instant(instant: Timestamp) -> prost_types::Timestamp {
    let (seconds, nanos) = (instant.as_second(), instant.subsec_nanosecond());
    if nanos < 0 {
        return prost_types::Timestamp {
            seconds: seconds - 1,
            nanos: nanos + NANOS_PER_SECOND,
        };
    }
    prost_types::Timestamp { seconds, nanos }
}

/// An instant that must be there.
pub(crate) fn required_instant(message: Option<prost_types::Timestamp>, field: &str) -> Converted<Timestamp> {
    instant(present(message, field)?).map_err(|error| error.within(field))
}

/// An instant that may be absent.
pub(crate) fn optional_instant(message: Option<prost_types::Timestamp>, field: &str) -> Converted<Option<Timestamp>> {
    message
        .map(|message| instant(message).map_err(|error| error.within(field)))
        .transpose()
}

fn instant(message: prost_types::Timestamp) -> Converted<Timestamp> {
    if !(0..NANOS_PER_SECOND).contains(&message.nanos) {
        return Err(ConversionError::new("has nanos outside 0..=999999999"));
    }
    Timestamp::new(message.seconds, message.nanos)
        .map_err(|_| ConversionError::new("is outside the years -9999..=9999"))
}

/// A duration on the wire; one too long for it becomes the longest there is.
pub(crate) fn from_duration(duration: Duration) -> prost_types::Duration {
    prost_types::Duration {
        seconds: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        nanos: i32::try_from(duration.subsec_nanos()).unwrap_or(0),
    }
}

/// A duration that may be absent.
pub(crate) fn optional_duration(message: Option<prost_types::Duration>, field: &str) -> Converted<Option<Duration>> {
    message
        .map(|message| duration(message).map_err(|error| error.within(field)))
        .transpose()
}

fn duration(message: prost_types::Duration) -> Converted<Duration> {
    let seconds = u64::try_from(message.seconds).map_err(|_| ConversionError::new("is negative"))?;
    let nanos = u32::try_from(message.nanos)
        .ok()
        .filter(|_| message.nanos < NANOS_PER_SECOND)
        .ok_or_else(|| ConversionError::new("has nanos outside 0..=999999999"))?;
    Ok(Duration::new(seconds, nanos))
}

/// A whole second on the wire.
pub(crate) fn from_second(second: UtcSeconds) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: second.as_unix(),
        nanos: 0,
    }
}

/// A whole second that may be absent.
pub(crate) fn optional_second(message: Option<prost_types::Timestamp>, field: &str) -> Converted<Option<UtcSeconds>> {
    let Some(message) = message else { return Ok(None) };
    UtcSeconds::from_unix(message.seconds)
        .filter(|_| message.nanos == 0)
        .map(Some)
        .ok_or_else(|| ConversionError::new("is no whole second of the years 1..=9999").within(field))
}

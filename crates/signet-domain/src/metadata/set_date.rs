//! The dates labels were set, in the spellings real items carry.

use jiff::civil::{Date, Time};

use crate::utc::UtcSeconds;

/// Reads a `SetDate` value: ISO 8601 with `T` or a space, with or without seconds, fraction (cut) and zone; a bare
/// date; or `M/D/YYYY` with an optional 12 or 24 hour time. No zone means UTC. Absent when unreadable or outside the
/// years 1 to 9999. Source: labelling semantics B3.
pub fn parse_set_date(text: &str) -> Option<UtcSeconds> {
    let text = text.trim();
    if text.contains('/') { american(text) } else { iso(text) }
}

fn iso(text: &str) -> Option<UtcSeconds> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.splitn(3, '-');
    let date = civil_date(
        number(parts.next()?, 4..=4)?,
        number(parts.next()?, 2..=2)?,
        number(parts.next()?, 2..=2)?,
    )?;
    if rest.is_empty() {
        return UtcSeconds::from_civil(date.to_datetime(Time::midnight()), 0);
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, offset) = split_zone(rest)?;
    UtcSeconds::from_civil(date.to_datetime(civil_time(clock, 2..=2)?), offset)
}

/// The time of day and the offset of its zone in seconds.
fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(sign) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (clock, zone) = text.split_at_checked(sign)?;
    let (sign, digits) = match zone.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hours, minutes) = digits.split_once(':').or_else(|| digits.split_at_checked(2))?;
    let (hours, minutes) = (number(hours, 2..=2)?, number(minutes, 2..=2)?);
    (hours < 24 && minutes < 60).then(|| (clock, sign * (i64::from(hours) * 3600 + i64::from(minutes) * 60)))
}

fn american(text: &str) -> Option<UtcSeconds> {
    let mut words = text.split_ascii_whitespace();
    let mut parts = words.next()?.splitn(3, '/');
    let (month, day) = (number(parts.next()?, 1..=2)?, number(parts.next()?, 1..=2)?);
    let date = civil_date(number(parts.next()?, 4..=4)?, month, day)?;
    let time = match words.next() {
        None => Time::midnight(),
        Some(clock) => twelve_hour(civil_time(clock, 1..=2)?, words.next())?,
    };
    match words.next() {
        None => UtcSeconds::from_civil(date.to_datetime(time), 0),
        Some(_) => None,
    }
}

/// The time with `AM` or `PM` applied, if there is one.
fn twelve_hour(time: Time, half: Option<&str>) -> Option<Time> {
    let hour = match half {
        None => return Some(time),
        Some(_) if !(1..=12).contains(&time.hour()) => return None,
        Some(half) if half.eq_ignore_ascii_case("am") => time.hour() % 12,
        Some(half) if half.eq_ignore_ascii_case("pm") => time.hour() % 12 + 12,
        Some(_) => return None,
    };
    Time::new(hour, time.minute(), time.second(), 0).ok()
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`; the fraction is cut.
fn civil_time(text: &str, hour_digits: std::ops::RangeInclusive<usize>) -> Option<Time> {
    let mut parts = text.splitn(3, ':');
    let hour = number(parts.next()?, hour_digits)?;
    let minute = number(parts.next()?, 2..=2)?;
    let second = match parts.next() {
        None => 0,
        Some(second) => {
            let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
            let digits = !fraction.is_empty() && fraction.bytes().all(|digit| digit.is_ascii_digit());
            number(second, 2..=2).filter(|_| digits)?
        }
    };
    Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    )
    .ok()
}

fn civil_date(year: u16, month: u16, day: u16) -> Option<Date> {
    Date::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u16> {
    let decimal = digits.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    text.parse().ok().filter(|_| decimal)
}

//! Dates as writers put them into properties. They only break ties, so anything legible is taken.

/// Reads `2020-04-10T18:22:24Z`, the same with a fraction, a blank or an offset, a bare date, or the American
/// `4/10/2020 6:22:24 PM` (taken as UTC). Answers seconds since 1970-01-01T00:00:00Z.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = match text.find(['T', 't', ' ']) {
        Some(position) => (text.get(..position)?, text.get(position + 1..)?.trim()),
        None => (text, ""),
    };
    let days = if date.contains('/') {
        american_days(date)?
    } else {
        iso_days(date)?
    };
    Some(days * 86_400 + if rest.is_empty() { 0 } else { seconds_of_day(rest)? })
}

fn iso_days(date: &str) -> Option<i64> {
    let [year, month, day] = numbers(date, '-')?;
    days_since_epoch(year, month, day)
}

fn american_days(date: &str) -> Option<i64> {
    let [month, day, year] = numbers(date, '/')?;
    days_since_epoch(year, month, day)
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let parts: Option<Vec<i64>> = text.split(separator).map(digits).collect();
    parts?.try_into().ok()
}

/// A number of one to four digits.
fn digits(text: &str) -> Option<i64> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years counted from March, so that the leap day is the last day of a year.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

fn seconds_of_day(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let (clock, offset) = split_offset(&upper)?;
    let (clock, half) = match clock.trim() {
        clock if clock.ends_with("AM") => (clock.strip_suffix("AM")?, Some(0)),
        clock if clock.ends_with("PM") => (clock.strip_suffix("PM")?, Some(12)),
        clock => (clock, None),
    };
    let clock = clock.trim().split('.').next()?;
    let [hour, minute, second] = numbers(clock, ':').or_else(|| {
        let [hour, minute] = numbers(clock, ':')?;
        Some([hour, minute, 0])
    })?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let hour = half.map_or(hour, |half| hour % 12 + half);
    Some(hour * 3600 + minute * 60 + second - offset)
}

/// Splits off `Z`, `+hh:mm`, `-hhmm` or nothing; the offset is in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, 0));
    }
    let Some(position) = text.rfind(['+', '-']) else {
        return Some((text, 0));
    };
    let (clock, offset) = text.split_at(position);
    let figures: String = offset.chars().filter(char::is_ascii_digit).collect();
    let (hours, minutes) = match figures.len() {
        2 => (digits(&figures)?, 0),
        4 => (digits(&figures)? / 100, digits(&figures)? % 100),
        _ => return None,
    };
    let seconds = hours * 3600 + minutes * 60;
    Some((clock, if offset.starts_with('-') { -seconds } else { seconds }))
}

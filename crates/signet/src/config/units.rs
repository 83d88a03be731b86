//! Durations and sizes with their unit in the text: `5s`, `10MiB`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration such as `250ms`, `5s`, `15min`, `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub(crate) struct HumanDuration(pub(crate) Duration);

/// A size such as `512B`, `64KiB`, `1MiB`, `2GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub(crate) struct ByteSize(pub(crate) u64);

/// A number of things, 1 or more; in a variable it is text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct Count(pub(crate) NonZeroU32);

const DURATIONS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("min", 60_000), ("h", 3_600_000)];
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

fn parse(text: &str, units: &[(&str, u64)], example: &str) -> Result<u64, String> {
    let split = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor = units
        .iter()
        .find(|(name, _)| *name == unit.trim())
        .map(|(_, factor)| *factor);
    let value = number
        .parse::<u64>()
        .ok()
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor));
    value.ok_or_else(|| {
        let names: Vec<&str> = units.iter().map(|(name, _)| *name).collect();
        format!(
            "`{text}` is not a whole number with one of the units {}; write for example `{example}`",
            names.join(", ")
        )
    })
}

fn print(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)]) -> fmt::Result {
    let unit = units
        .iter()
        .rev()
        .find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor));
    let (name, factor) = unit.or(units.first()).copied().unwrap_or(("", 1));
    write!(f, "{}{name}", value / factor)
}

impl FromStr for HumanDuration {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, &DURATIONS, "5s").map(|milliseconds| Self(Duration::from_millis(milliseconds)))
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(f, u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX), &DURATIONS)
    }
}

impl FromStr for ByteSize {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        parse(text, &SIZES, "10MiB").map(Self)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(f, self.0, &SIZES)
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
as_text!(HumanDuration, ByteSize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        let text = match Written::deserialize(deserializer) {
            Ok(Written::Number(number)) => number.to_string(),
            Ok(Written::Text(text)) => text,
            Err(_) => String::new(),
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Count {
    /// As a number of things in memory.
    pub(crate) fn to_usize(self) -> usize {
        usize::try_from(self.0.get()).unwrap_or(usize::MAX)
    }
}

impl FromStr for Count {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let refused = |_| format!("`{text}` is not a whole number of 1 or more; write for example `50`");
        text.parse().map(Self).map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::{ByteSize, Count, HumanDuration};

    #[test]
    fn counts_are_numbers_or_their_text_and_never_nothing() {
        for text in ["1", "\"50\"", "4294967295"] {
            assert!(serde_json::from_str::<Count>(text).is_ok(), "{text}");
        }
        for text in ["0", "\"0\"", "-1", "1.5", "4294967296", "\"many\"", "null", "true"] {
            let error = serde_json::from_str::<Count>(text).unwrap_err().to_string();
            assert!(error.contains("whole number of 1 or more"), "{text}: {error}");
        }
    }

    #[test]
    fn units_are_read_and_written_back() {
        for text in ["250ms", "5s", "15min", "1h", "0ms"] {
            assert_eq!(text.parse::<HumanDuration>().unwrap().to_string(), text);
        }
        for text in ["512B", "64KiB", "1MiB", "2GiB"] {
            assert_eq!(text.parse::<ByteSize>().unwrap().to_string(), text);
        }
        assert_eq!("90s".parse::<HumanDuration>().unwrap().to_string(), "90s");
    }

    #[test]
    fn a_missing_or_unknown_unit_is_refused_with_an_example() {
        for text in ["5", "s", "5 parsecs", "-1s", "", "99999999999999999999s"] {
            let error = text.parse::<HumanDuration>().unwrap_err();
            assert!(error.contains("write for example `5s`"), "{text}: {error}");
        }
    }
}

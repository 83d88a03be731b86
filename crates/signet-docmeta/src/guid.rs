//! Identifiers as documents write them.

use std::fmt;

/// A label's or tenant's identifier. Displayed lower case, hyphenated, without braces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guid([u8; 16]);

/// The text is not a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID: write 8-4-4-4-12 hexadecimal digits")]
pub struct InvalidGuid;

impl Guid {
    /// Reads 8-4-4-4-12 hexadecimal digits, in either case, with or without braces and surrounding blanks.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidGuid> {
        let text = text.trim();
        let bare = text
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .unwrap_or(text);
        Self::parse_bare(bare).ok_or(InvalidGuid)
    }

    /// The identifier whose sixteen bytes stand in the order they are displayed in.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Sixteen bytes in the order they are displayed in.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Reads the 36-character form only.
    pub(crate) fn parse_bare(text: &str) -> Option<Self> {
        if text.len() != 36 {
            return None;
        }
        let mut bytes = [0_u8; 16];
        let mut digits = 0_usize;
        for (position, character) in text.bytes().enumerate() {
            if matches!(position, 8 | 13 | 18 | 23) {
                if character != b'-' {
                    return None;
                }
                continue;
            }
            let value = u8::try_from(char::from(character).to_digit(16)?).ok()?;
            let slot = bytes.get_mut(digits / 2)?;
            *slot = (*slot << 4) | value;
            digits += 1;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            if matches!(position, 4 | 6 | 8 | 10) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl std::str::FromStr for Guid {
    type Err = InvalidGuid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_written_form_and_displays_one() {
        let expected = "d76d8d7c-8674-53f0-8c69-79d068219a02";
        for text in [
            "d76d8d7c-8674-53f0-8c69-79d068219a02",
            "{D76D8D7C-8674-53F0-8C69-79D068219A02}",
            "  {d76d8d7c-8674-53f0-8c69-79d068219a02} ",
        ] {
            assert_eq!(Guid::parse(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_guid() {
        for text in [
            "",
            "{}",
            "d76d8d7c867453f08c6979d068219a02",
            "d76d8d7c-8674-53f0-8c69-79d068219a0",
            "d76d8d7c-8674-53f0-8c69-79d068219a0g",
            "d76d8d7c-867453f0--8c69-79d068219a02",
            "{d76d8d7c-8674-53f0-8c69-79d068219a02",
            "+76d8d7c-8674-53f0-8c69-79d068219a02",
            "d76d8d7c-8674-53f0-8c69-79d068219aé",
        ] {
            assert_eq!(Guid::parse(text), Err(InvalidGuid), "{text}");
        }
    }
}

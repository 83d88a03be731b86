//! Label metadata of an item: `MSIP_Label_<guid>_<attribute>` pairs, read and written. Source: labelling semantics B.

mod item;
mod set_date;

use uuid::Uuid;

use crate::ids::parse_guid;

pub(crate) use self::item::{ItemMetadata, LabelMarks, Owner};
pub use self::set_date::parse_set_date;

/// Longest key or value written. Source: labelling semantics C7.
pub(crate) const MAX_LENGTH: usize = 255;

/// What the content of an item was changed by, as `ContentBits` says it. Source: labelling semantics B3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ContentBits(u8);

impl ContentBits {
    pub(crate) const HEADER: Self = Self(1);
    pub(crate) const FOOTER: Self = Self(2);
    pub(crate) const WATERMARK: Self = Self(4);
    pub(crate) const PROTECTION: Self = Self(8);
    const ALL: u8 = 15;

    /// Reads decimal or `0x` hexadecimal digits; bits above 8 are ignored. Absent when negative or unreadable.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, radix) = match text.get(..2) {
            Some("0x" | "0X") => (text.get(2..)?, 16),
            _ => (text, 10),
        };
        if digits.is_empty() {
            return None;
        }
        // However long the number is, only its lowest bits count.
        let bits = digits.chars().try_fold(0, |bits: u32, digit| {
            Some((bits * radix + digit.to_digit(radix)?) & u32::from(Self::ALL))
        })?;
        u8::try_from(bits).ok().map(Self)
    }

    pub(crate) fn number(self) -> u8 {
        self.0
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    #[must_use]
    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The bits, or none when the condition does not hold.
    #[must_use]
    pub(crate) fn when(self, condition: bool) -> Self {
        if condition { self } else { Self(0) }
    }
}

/// An attribute with a meaning of its own; all others are extended properties. Source: labelling semantics B3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    Enabled,
    SetDate,
    Method,
    Name,
    SiteId,
    ActionId,
    ContentBits,
    /// Read, never written.
    Removed,
}

impl Attribute {
    const ALL: [Self; 8] = [
        Self::Enabled,
        Self::SetDate,
        Self::Method,
        Self::Name,
        Self::SiteId,
        Self::ActionId,
        Self::ContentBits,
        Self::Removed,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::SetDate => "SetDate",
            Self::Method => "Method",
            Self::Name => "Name",
            Self::SiteId => "SiteId",
            Self::ActionId => "ActionId",
            Self::ContentBits => "ContentBits",
            Self::Removed => "Removed",
        }
    }

    /// The attribute of a name in any case.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|attribute| attribute.name().eq_ignore_ascii_case(name))
    }
}

const PREFIX: &str = "MSIP_Label_";

/// A GUID as metadata has it: lower case, without braces. Source: labelling semantics B1.
pub(crate) fn guid_text(guid: Uuid) -> String {
    guid.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()).to_owned()
}

/// The key of an attribute or extended property: `MSIP_Label_<guid>_<name>`. Source: labelling semantics B1.
pub(crate) fn key(label: Uuid, name: &str) -> String {
    let mut buffer = Uuid::encode_buffer();
    let guid = label.as_hyphenated().encode_lower(&mut buffer);
    let mut key = String::with_capacity(PREFIX.len() + guid.len() + 1 + name.len());
    key.push_str(PREFIX);
    key.push_str(guid);
    key.push('_');
    key.push_str(name);
    key
}

/// Splits a key of any case into label and attribute name; absent for every other name. Source: semantics B2.
pub(crate) fn split_key(key: &str) -> Option<(Uuid, &str)> {
    let prefix = key
        .get(..PREFIX.len())
        .filter(|prefix| prefix.eq_ignore_ascii_case(PREFIX))?;
    let rest = key.get(prefix.len()..)?;
    let label = parse_guid(rest.get(..36)?).ok()?;
    let name = rest.get(36..)?.strip_prefix('_').filter(|name| !name.is_empty())?;
    Some((label, name))
}

#[cfg(test)]
mod tests;

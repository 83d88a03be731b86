//! Identifiers: GUIDs that compare without case and print in lower case, and the revision of a tenant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not a GUID of the form `8-4-4-4-12`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a GUID")]
pub struct InvalidGuid(pub String);

/// Parses the hyphenated 36-character form, any case; no braces, no `urn:` prefix.
///
/// # Errors
/// [`InvalidGuid`] for every other form.
pub fn parse_guid(text: &str) -> Result<Uuid, InvalidGuid> {
    if text.len() != 36 {
        return Err(InvalidGuid(clip(text)));
    }
    Uuid::try_parse(text).map_err(|_| InvalidGuid(clip(text)))
}

fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

macro_rules! guid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Parses the hyphenated form, any case.
            ///
            /// # Errors
            /// [`InvalidGuid`] when the text is not a GUID.
            pub fn parse(text: &str) -> Result<Self, InvalidGuid> {
                parse_guid(text).map(Self)
            }

            /// Wraps a GUID known to be of this kind.
            pub const fn from_uuid(value: Uuid) -> Self {
                Self(value)
            }

            /// The GUID.
            pub const fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidGuid;
            fn from_str(text: &str) -> Result<Self, InvalidGuid> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut buffer = Uuid::encode_buffer();
                serializer.serialize_str(self.0.as_hyphenated().encode_lower(&mut buffer))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

guid_id!(
    /// A sensitivity label. Never changes once given.
    LabelId
);
guid_id!(
    /// A tenant; also the `SiteId` written into label metadata.
    TenantId
);
guid_id!(
    /// A user's object id.
    UserId
);
guid_id!(
    /// A group's object id.
    GroupId
);
guid_id!(
    /// A label policy.
    PolicyId
);
guid_id!(
    /// A sensitive information type.
    SensitiveTypeId
);
guid_id!(
    /// A protection template.
    TemplateId
);

/// The revision of a tenant: 0 before anything was stored, then strictly increasing by accepted change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

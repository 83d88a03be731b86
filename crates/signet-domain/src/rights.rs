//! Usage rights of protected content: a set of flags with the names and bits Graph gives them.

mod of_label;
pub(crate) mod of_person;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::of_label::{RightsQuestion, expanded_rights, usage_rights};

/// A set of usage rights or of the failure members that stand for them.
///
/// Bits: source, usageRights enumeration. `Display` prints member names in bit order separated by `, `.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UsageRights(u32);

impl UsageRights {
    /// No rights.
    pub const NONE: Self = Self(0);
    /// Internal failure only.
    pub const UNKNOWN: Self = Self(1);
    /// Edit the content.
    pub const DOC_EDIT: Self = Self(1 << 1);
    /// Save.
    pub const EDIT: Self = Self(1 << 2);
    /// Comment.
    pub const COMMENT: Self = Self(1 << 3);
    /// Export.
    pub const EXPORT: Self = Self(1 << 4);
    /// Forward.
    pub const FORWARD: Self = Self(1 << 5);
    /// Full control.
    pub const OWNER: Self = Self(1 << 6);
    /// Print.
    pub const PRINT: Self = Self(1 << 7);
    /// Reply.
    pub const REPLY: Self = Self(1 << 8);
    /// Reply to all.
    pub const REPLY_ALL: Self = Self(1 << 9);
    /// Open.
    pub const VIEW: Self = Self(1 << 10);
    /// Copy out.
    pub const EXTRACT: Self = Self(1 << 11);
    /// See who may do what.
    pub const VIEW_RIGHTS_DATA: Self = Self(1 << 12);
    /// Change who may do what.
    pub const EDIT_RIGHTS_DATA: Self = Self(1 << 13);
    /// Use macros.
    pub const OBJ_MODEL: Self = Self(1 << 14);
    /// The user may not open the content.
    pub const ACCESS_DENIED: Self = Self(1 << 15);
    /// Rights were chosen by a person and are not known here.
    pub const USER_DEFINED_PROTECTION: Self = Self(1 << 16);
    /// Content is encrypted with a key that is not ours.
    pub const ENCRYPTED_PROTECTION: Self = Self(1 << 17);
    /// Never produced here; named for completeness of the enumeration.
    pub const CLAIMS_CHALLENGE: Self = Self(1 << 18);
    /// Internal failure only.
    pub const EXCEPTION: Self = Self(1 << 19);
    /// The label is not known.
    pub const LABEL_NOT_FOUND: Self = Self(1 << 20);

    /// Everything a person can be granted.
    pub const ALL: Self = Self(0x7FFE);

    /// Member names in bit order.
    pub const NAMES: [(Self, &'static str); 21] = [
        (Self::UNKNOWN, "unknown"),
        (Self::DOC_EDIT, "docEdit"),
        (Self::EDIT, "edit"),
        (Self::COMMENT, "comment"),
        (Self::EXPORT, "export"),
        (Self::FORWARD, "forward"),
        (Self::OWNER, "owner"),
        (Self::PRINT, "print"),
        (Self::REPLY, "reply"),
        (Self::REPLY_ALL, "replyAll"),
        (Self::VIEW, "view"),
        (Self::EXTRACT, "extract"),
        (Self::VIEW_RIGHTS_DATA, "viewRightsData"),
        (Self::EDIT_RIGHTS_DATA, "editRightsData"),
        (Self::OBJ_MODEL, "objModel"),
        (Self::ACCESS_DENIED, "accessDenied"),
        (
            Self::USER_DEFINED_PROTECTION,
            "userDefinedProtectionTypeNotSupportedException",
        ),
        (
            Self::ENCRYPTED_PROTECTION,
            "encryptedProtectionTypeNotSupportedException",
        ),
        (Self::CLAIMS_CHALLENGE, "purviewClaimsChallengeNotSupportedException"),
        (Self::EXCEPTION, "exception"),
        (Self::LABEL_NOT_FOUND, "labelNotFoundException"),
    ];

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// A set from bits; unknown bits are dropped.
    pub const fn from_bits_truncate(bits: u32) -> Self {
        Self(bits & 0x1F_FFFF)
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What one of several questions about a label gave and another one gave: the rights of both. A member that stands
    /// for a failure stays only while there are no rights. Source: rest-api F13, labelling semantics G2.
    #[must_use]
    pub const fn merged(self, other: Self) -> Self {
        let both = self.union(other);
        let rights = Self(both.0 & Self::ALL.0);
        if rights.is_empty() { both } else { rights }
    }

    /// All of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Nothing is granted.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in bit order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .filter(move |(flag, _)| self.contains(*flag))
            .map(|(_, name)| name)
    }

    /// A single right as configuration spells it (`VIEW`, `DOCEDIT`, …), any case. Source: semantics G2.
    pub fn parse_right(text: &str) -> Option<Self> {
        Self::NAMES
            .into_iter()
            .take(15)
            .skip(1)
            .find(|(_, name)| name.eq_ignore_ascii_case(text))
            .map(|(flag, _)| flag)
    }

    /// A permission level (`Viewer`, `Reviewer`, `Co-Author`, `Co-Owner`, `Do Not Forward`, `Encrypt-Only`), any case.
    /// Source: semantics G2.
    pub fn parse_level(text: &str) -> Option<Self> {
        const VIEWER: UsageRights = UsageRights::VIEW
            .union(UsageRights::VIEW_RIGHTS_DATA)
            .union(UsageRights::REPLY)
            .union(UsageRights::REPLY_ALL)
            .union(UsageRights::OBJ_MODEL);
        const REVIEWER: UsageRights = VIEWER
            .union(UsageRights::EDIT)
            .union(UsageRights::DOC_EDIT)
            .union(UsageRights::FORWARD);
        const CO_AUTHOR: UsageRights = REVIEWER.union(UsageRights::EXTRACT).union(UsageRights::PRINT);
        const DO_NOT_FORWARD: UsageRights = VIEWER.union(UsageRights::EDIT).union(UsageRights::DOC_EDIT);
        const ENCRYPT_ONLY: UsageRights =
            UsageRights(UsageRights::ALL.0 & !(UsageRights::EXPORT.0 | UsageRights::OWNER.0));
        let name: String = text
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect::<String>()
            .to_ascii_lowercase();
        match name.as_str() {
            "viewer" => Some(VIEWER),
            "reviewer" => Some(REVIEWER),
            "coauthor" => Some(CO_AUTHOR),
            "coowner" => Some(Self::ALL),
            "donotforward" => Some(DO_NOT_FORWARD),
            "encryptonly" => Some(ENCRYPT_ONLY),
            _ => None,
        }
    }
}

impl fmt::Display for UsageRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, name) in self.names().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

impl fmt::Debug for UsageRights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UsageRights({self})")
    }
}

/// In the tenant file: a list of rights or levels; written back as single rights in upper case.
impl Serialize for UsageRights {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names().map(str::to_ascii_uppercase))
    }
}

impl<'de> Deserialize<'de> for UsageRights {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entries = Vec::<String>::deserialize(deserializer)?;
        entries.iter().try_fold(Self::NONE, |rights, entry| {
            let added = Self::parse_right(entry.trim()).or_else(|| Self::parse_level(entry));
            added.map(|right| rights.union(right)).ok_or_else(|| {
                serde::de::Error::custom(format!("`{entry}` is neither a usage right nor a permission level"))
            })
        })
    }
}

#[cfg(test)]
mod tests;

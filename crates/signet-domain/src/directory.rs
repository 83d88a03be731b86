//! Users, groups and sensitive types of a tenant.

use serde::{Deserialize, Serialize};

use crate::ids::{GroupId, SensitiveTypeId, UserId};

/// Member of the organisation, or guest from another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum UserType {
    /// Belongs to the organisation.
    #[default]
    Member,
    /// Invited; never covered by `includeAll` or by a grant to the organisation's domains.
    Guest,
}

/// A person. All addresses denote the same person everywhere. Source: labelling semantics A9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct User {
    /// Object id; the `oid` claim of the user's tokens.
    pub id: UserId,
    /// Sign-in name.
    pub user_principal_name: String,
    /// Primary mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Further addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxy_addresses: Vec<String>,
    /// Name shown to people; also the value of `${User.Name}`.
    #[serde(default)]
    pub display_name: String,
    /// Member or guest.
    #[serde(default, skip_serializing_if = "is_member")]
    pub user_type: UserType,
    /// The directory language; kept, never consulted (semantics H).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferred_language: Option<String>,
}

fn is_member(user_type: &UserType) -> bool {
    *user_type == UserType::Member
}

impl User {
    /// Every address of the person: sign-in name, mail, proxy addresses.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.user_principal_name.as_str())
            .chain(self.mail.as_deref())
            .chain(self.proxy_addresses.iter().map(String::as_str))
    }
}

/// A group. Membership is transitive; cycles are harmless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Object id.
    pub id: GroupId,
    /// Name shown to people.
    #[serde(default)]
    pub display_name: String,
    /// Mail address; what scopes and grants name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Addresses of users and groups.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A sensitive information type a detector can report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SensitiveType {
    /// Id used in classification results and conditions.
    pub id: SensitiveTypeId,
    /// Name shown to people.
    #[serde(default)]
    pub name: String,
}

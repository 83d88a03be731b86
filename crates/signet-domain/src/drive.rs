//! Drives of a tenant.

use serde::{Deserialize, Serialize};

/// A drive as the tenant file names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Drive {
    /// Opaque, case-sensitive, URL-safe characters, unique in the tenant.
    pub id: String,
    /// Name shown to people; absent: the owner's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whose drive it is.
    pub owner: DriveOwner,
    /// `file:///folder` or `s3://bucket/prefix`.
    pub source: String,
}

/// Whose drive it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DriveOwner {
    /// A user, by object id or any address.
    User(String),
    /// A group, by object id or mail.
    Group(String),
    /// A site, by name; `root` is the tenant root site.
    Site(String),
}

//! The one document that describes a tenant: what files, exports and stored revisions hold.

mod diff;
mod label_change;
mod read;
mod repair;
mod structure;
mod validation;

use serde::{Deserialize, Serialize};

use crate::directory::{Group, SensitiveType, User};
use crate::drive::Drive;
use crate::ids::TenantId;
use crate::label::Label;
use crate::policy::LabelPolicy;

pub use self::diff::{ChangeKind, EntityKind, MemberChange, TenantChange, diff};
pub use self::label_change::{LabelChange, LabelChangeRefused};
pub use self::read::{read_document, validate};

/// A tenant. Nothing is shared between tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantDocument {
    /// Id; also the `SiteId` of its labels' metadata.
    pub id: TenantId,
    /// Short name for commands and tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Name shown to people.
    #[serde(default)]
    pub display_name: String,
    /// Verified domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// BCP 47 tag of the language unlocalised texts are in.
    #[serde(default = "en_us")]
    pub default_locale: String,
    /// Users.
    #[serde(default)]
    pub users: Vec<User>,
    /// Groups.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Sensitive information types.
    #[serde(default)]
    pub sensitive_types: Vec<SensitiveType>,
    /// Labels, in any order.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// Policies, in any order.
    #[serde(default)]
    pub policies: Vec<LabelPolicy>,
    /// Drives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drives: Vec<Drive>,
}

fn en_us() -> String {
    "en-US".to_owned()
}

/// One fault of a tenant document, or one thing in it that will not do what it seems to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `labels[3].protection.templateId`.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

#[cfg(test)]
mod tests;

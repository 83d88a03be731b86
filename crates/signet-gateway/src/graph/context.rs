//! `@odata.context` of each answer. Source: rest-api 4.10.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::routes::Api;

/// What needs no encoding inside a key.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Makes the contexts of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contexts<'c> {
    /// The origin clients see, without a slash at the end.
    pub(crate) base: &'c str,
    /// The version asked for.
    pub(crate) api: Api,
}

/// Whose labels a collection holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner<'c> {
    /// A user, as the path names him; the caller's id for `me`.
    User(Cow<'c, str>),
    /// The organisation.
    Organisation,
}

impl Contexts<'_> {
    /// A context by what follows `$metadata#`.
    pub(crate) fn of(&self, fragment: &str) -> String {
        format!("{}/{}/$metadata#{fragment}", self.base, self.api.root())
    }

    /// The collection of labels, first projection.
    pub(crate) fn policy_labels(&self, owner: &Owner<'_>) -> String {
        self.of(&format!(
            "{}security/informationProtection/sensitivityLabels",
            owned_by(owner)
        ))
    }

    /// Settings of label policies.
    pub(crate) fn policy_settings(&self, owner: &Owner<'_>) -> String {
        self.of(&format!(
            "{}security/informationProtection/labelPolicySettings",
            owned_by(owner)
        ))
    }

    /// The collection of labels, second projection: in the singular, as sampled.
    pub(crate) fn labels(&self, owner: &Owner<'_>) -> String {
        match owner {
            Owner::Organisation => self.of("security/dataSecurityAndGovernance/sensitivityLabel"),
            Owner::User(_) => self.of(&format!(
                "{}dataSecurityAndGovernance/sensitivityLabel",
                owned_by(owner)
            )),
        }
    }

    /// The label of computeInheritance, which the samples name differently in the two versions.
    pub(crate) fn inherited_label(&self) -> String {
        self.of(match self.api {
            Api::V1 => "microsoft.graph.security.sensitivityLabel",
            Api::Beta | Api::Signet => "microsoft.graph.sensitivityLabel",
        })
    }

    /// Items of a drive.
    pub(crate) fn drive_items(&self, drive: &str) -> String {
        self.of(&format!("drives('{}')/items", key(drive)))
    }

    /// Entries of a folder.
    pub(crate) fn children(&self, drive: &str, folder: &str) -> String {
        self.of(&format!("drives('{}')/items('{}')/children", key(drive), key(folder)))
    }
}

fn owned_by(owner: &Owner<'_>) -> String {
    match owner {
        Owner::User(user) => format!("users('{}')/", key(user)),
        Owner::Organisation => String::new(),
    }
}

fn key(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_those_of_the_samples() {
        let beta = Contexts {
            base: "https://h",
            api: Api::Beta,
        };
        let v1 = Contexts {
            base: "https://h",
            api: Api::V1,
        };
        let bob = &Owner::User(Cow::Borrowed("bob@contoso.com"));
        let cases = [
            (
                beta.policy_labels(bob),
                "https://h/beta/$metadata#users('bob%40contoso.com')/security/informationProtection/sensitivityLabels",
            ),
            (
                beta.policy_labels(&Owner::Organisation),
                "https://h/beta/$metadata#security/informationProtection/sensitivityLabels",
            ),
            (
                v1.labels(&Owner::Organisation),
                "https://h/v1.0/$metadata#security/dataSecurityAndGovernance/sensitivityLabel",
            ),
            (
                v1.labels(bob),
                "https://h/v1.0/$metadata#users('bob%40contoso.com')/dataSecurityAndGovernance/sensitivityLabel",
            ),
            (
                v1.inherited_label(),
                "https://h/v1.0/$metadata#microsoft.graph.security.sensitivityLabel",
            ),
            (
                beta.inherited_label(),
                "https://h/beta/$metadata#microsoft.graph.sensitivityLabel",
            ),
            (
                v1.children("b!1", "a'b"),
                "https://h/v1.0/$metadata#drives('b%211')/items('a%27b')/children",
            ),
        ];
        for (context, expected) in cases {
            assert_eq!(context, expected);
        }
    }
}

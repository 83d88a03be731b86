//! What a person may do with content carrying a label. Source: labelling semantics G2.

use super::UsageRights;
use crate::label::{Label, Protection, RightsGrant};
use crate::snapshot::{Person, PolicySnapshot};

/// A person and the groups the person is in.
pub(crate) struct PersonRights<'a> {
    snapshot: &'a PolicySnapshot,
    person: Person,
    groups: Vec<u32>,
}

impl<'a> PersonRights<'a> {
    /// The person an address denotes, in the directory or not.
    pub(crate) fn new(snapshot: &'a PolicySnapshot, address: &str) -> Self {
        Self::known(snapshot, snapshot.directory_index().person(address))
    }

    /// A person.
    pub(crate) fn known(snapshot: &'a PolicySnapshot, person: Person) -> Self {
        let groups = snapshot.directory_index().groups_of(&person);
        Self {
            snapshot,
            person,
            groups,
        }
    }

    /// Rights for a label of content that may belong to somebody, or the failure member that stands for them.
    pub(crate) fn on(&self, label: &Label, owner: Option<&str>) -> UsageRights {
        let grants = match &label.protection {
            None | Some(Protection::RemoveProtection {}) => return UsageRights::ALL,
            Some(Protection::UserDefined { .. }) if self.owns(owner) => return UsageRights::ALL,
            Some(Protection::UserDefined { .. }) => return UsageRights::USER_DEFINED_PROTECTION,
            Some(Protection::Template {
                disable_automatic_owner_rights: false,
                ..
            }) if self.owns(owner) => {
                return UsageRights::ALL;
            }
            Some(Protection::Template {
                double_key_encryption_url: Some(_),
                ..
            }) => {
                return UsageRights::ENCRYPTED_PROTECTION;
            }
            Some(Protection::Template { rights, .. }) => rights,
        };
        let matching = grants.iter().filter(|grant| self.matches(&grant.identity));
        let granted = union(matching);
        if granted.contains(UsageRights::VIEW) {
            granted
        } else {
            UsageRights::ACCESS_DENIED
        }
    }

    /// The owner's address denotes this person.
    fn owns(&self, owner: Option<&str>) -> bool {
        owner.is_some_and(|owner| self.snapshot.directory_index().person(owner) == self.person)
    }

    fn matches(&self, identity: &str) -> bool {
        let identity = identity.trim();
        if identity.eq_ignore_ascii_case("AuthenticatedUsers") {
            return true;
        }
        if identity.contains('@') {
            let directory = self.snapshot.directory_index();
            let group = directory.group_by_mail(identity);
            return directory.person(identity) == self.person
                || group.is_some_and(|group| self.groups.contains(&group));
        }
        self.is_of_domain(identity)
    }

    /// One of our domains stands for members of the tenant; another for addresses in exactly that domain.
    fn is_of_domain(&self, domain: &str) -> bool {
        let directory = self.snapshot.directory_index();
        let in_domain = |address: &str| {
            address
                .rsplit_once('@')
                .is_some_and(|(_, own)| own.to_lowercase() == domain.to_lowercase())
        };
        match &self.person {
            Person::User(user) if directory.is_own_domain(domain) => !directory.is_guest(*user),
            Person::User(user) => usize::try_from(*user)
                .ok()
                .and_then(|user| self.snapshot.document().users.get(user))
                .is_some_and(|user| user.addresses().any(in_domain)),
            Person::Stranger(address) => !directory.is_own_domain(domain) && in_domain(address),
        }
    }
}

/// Everything some grants give together; full control is every right.
pub(super) fn union<'a>(grants: impl Iterator<Item = &'a RightsGrant>) -> UsageRights {
    let granted = grants.fold(UsageRights::NONE, |granted, grant| granted.union(grant.rights));
    if granted.contains(UsageRights::OWNER) {
        UsageRights::ALL
    } else {
        granted
    }
}

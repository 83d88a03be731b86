//! People and groups by id and by address, and who is in which group.

use std::collections::{BTreeSet, HashMap};

use crate::directory::UserType;
use crate::id_hash::IdHash;
use crate::ids::{GroupId, UserId};
use crate::tenant::TenantDocument;

/// Users and groups of a tenant, addressed by their position in the document.
#[derive(Debug)]
pub(crate) struct DirectoryIndex {
    users_by_id: HashMap<UserId, u32, IdHash>,
    users_by_address: HashMap<String, u32>,
    groups_by_id: HashMap<GroupId, u32>,
    groups_by_mail: HashMap<String, u32>,
    guests: Vec<bool>,
    /// Groups that list a user.
    groups_of_user: HashMap<u32, Vec<u32>>,
    /// Groups that list an address no user has.
    groups_of_stranger: HashMap<String, Vec<u32>>,
    /// Groups that list a group.
    groups_of_group: HashMap<u32, Vec<u32>>,
    domains: Vec<String>,
}

/// Somebody whose rights are asked: a user of the tenant, or just an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Person {
    /// A user, by position.
    User(u32),
    /// An address no user has, lower case.
    Stranger(String),
}

impl DirectoryIndex {
    pub(crate) fn new(document: &TenantDocument) -> Self {
        let mut index = Self {
            users_by_id: HashMap::with_capacity_and_hasher(document.users.len(), IdHash::default()),
            users_by_address: HashMap::with_capacity(document.users.len()),
            groups_by_id: HashMap::with_capacity(document.groups.len()),
            groups_by_mail: HashMap::with_capacity(document.groups.len()),
            guests: document
                .users
                .iter()
                .map(|user| user.user_type == UserType::Guest)
                .collect(),
            groups_of_user: HashMap::new(),
            groups_of_stranger: HashMap::new(),
            groups_of_group: HashMap::new(),
            domains: document.domains.iter().map(|domain| domain.to_lowercase()).collect(),
        };
        for (position, user) in (0_u32..).zip(&document.users) {
            index.users_by_id.entry(user.id).or_insert(position);
            for address in user.addresses() {
                index.users_by_address.entry(address.to_lowercase()).or_insert(position);
            }
        }
        for (position, group) in (0_u32..).zip(&document.groups) {
            index.groups_by_id.entry(group.id).or_insert(position);
            if let Some(mail) = &group.mail {
                index.groups_by_mail.entry(mail.to_lowercase()).or_insert(position);
            }
        }
        index.link_members(document);
        index
    }

    fn link_members(&mut self, document: &TenantDocument) {
        for (position, group) in (0_u32..).zip(&document.groups) {
            for member in &group.members {
                let address = member.to_lowercase();
                let user = self.users_by_address.get(&address).copied();
                let nested = self.groups_by_mail.get(&address).copied();
                if let Some(user) = user {
                    self.groups_of_user.entry(user).or_default().push(position);
                }
                if let Some(nested) = nested {
                    self.groups_of_group.entry(nested).or_default().push(position);
                }
                if user.is_none() {
                    self.groups_of_stranger.entry(address).or_default().push(position);
                }
            }
        }
    }

    pub(crate) fn user(&self, id: UserId) -> Option<u32> {
        self.users_by_id.get(&id).copied()
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<u32> {
        self.groups_by_id.get(&id).copied()
    }

    pub(crate) fn user_by_address(&self, address: &str) -> Option<u32> {
        self.users_by_address.get(&address.trim().to_lowercase()).copied()
    }

    pub(crate) fn group_by_mail(&self, address: &str) -> Option<u32> {
        self.groups_by_mail.get(&address.trim().to_lowercase()).copied()
    }

    /// By object id or any address.
    pub(crate) fn resolve_user(&self, reference: &str) -> Option<u32> {
        match UserId::parse(reference) {
            Ok(id) => self.user(id),
            Err(_) => self.user_by_address(reference),
        }
    }

    /// By object id or mail.
    pub(crate) fn resolve_group(&self, reference: &str) -> Option<u32> {
        match GroupId::parse(reference) {
            Ok(id) => self.group(id),
            Err(_) => self.group_by_mail(reference),
        }
    }

    pub(crate) fn person(&self, address: &str) -> Person {
        match self.user_by_address(address) {
            Some(user) => Person::User(user),
            None => Person::Stranger(address.trim().to_lowercase()),
        }
    }

    pub(crate) fn is_guest(&self, user: u32) -> bool {
        usize::try_from(user).is_ok_and(|user| self.guests.get(user).copied().unwrap_or(true))
    }

    /// The domain is one of the tenant's verified domains.
    pub(crate) fn is_own_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|own| *own == domain.to_lowercase())
    }

    /// Every group the user is in, directly or through other groups, ascending. Cycles are harmless.
    pub(crate) fn groups_of_user(&self, user: u32) -> Vec<u32> {
        self.closure(self.groups_of_user.get(&user))
    }

    /// Every group a person is in.
    pub(crate) fn groups_of(&self, person: &Person) -> Vec<u32> {
        match person {
            Person::User(user) => self.groups_of_user(*user),
            Person::Stranger(address) => self.closure(self.groups_of_stranger.get(address)),
        }
    }

    fn closure(&self, direct: Option<&Vec<u32>>) -> Vec<u32> {
        let mut reached: BTreeSet<u32> = BTreeSet::new();
        let mut waiting: Vec<u32> = direct.cloned().unwrap_or_default();
        while let Some(group) = waiting.pop() {
            if reached.insert(group) {
                waiting.extend(self.groups_of_group.get(&group).into_iter().flatten());
            }
        }
        reached.into_iter().collect()
    }
}

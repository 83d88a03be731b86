//! From an address to a drive of the tenant that the caller may reach. Source: rest-api 2 (rules), 8.3, 9.1.

use signet_contract::extraction::{DriveAddress, DriveInfo, DriveOwnerInfo};
use signet_contract::{Caller, CallerKind, Operation};
use signet_domain::directory::{Group, User, UserType};
use signet_domain::drive::{Drive, DriveOwner};
use signet_domain::ids::{GroupId, UserId, parse_guid};
use signet_domain::snapshot::PolicySnapshot;

use crate::error::ExtractionError;

/// The site every tenant's root drive belongs to.
const ROOT_SITE: &str = "root";

/// The drives of a tenant as one caller sees them for one operation.
pub(crate) struct Drives<'a> {
    snapshot: &'a PolicySnapshot,
    caller: &'a Caller,
    operation: Operation,
}

/// An owner who exists in the tenant.
#[derive(Debug, Clone, Copy)]
enum Owner<'a> {
    User(&'a User),
    Group(&'a Group),
    Site(&'a str),
}

impl<'a> Drives<'a> {
    pub(crate) fn new(snapshot: &'a PolicySnapshot, caller: &'a Caller, operation: Operation) -> Self {
        Self {
            snapshot,
            caller,
            operation,
        }
    }

    /// The drive at an address.
    ///
    /// # Errors
    /// `DriveNotFound`, `UserNotFound`, `UserMalformed`, `DelegatedCallerRequired`, `DriveNotReachable`.
    pub(crate) fn get(&self, address: &DriveAddress) -> Result<&'a Drive, ExtractionError> {
        let drive = match address {
            DriveAddress::Id(id) => self.by_id(id),
            DriveAddress::Owned { owner, drive } => {
                let mut of_owner = self.of_owner(self.owner(owner)?);
                of_owner.find(|candidate| candidate.id == *drive)
            }
            owner => self.of_owner(self.owner(owner)?).next(),
        };
        let drive = drive.ok_or(ExtractionError::DriveNotFound)?;
        self.check_reach(drive)?;
        Ok(drive)
    }

    /// Every drive of the owner an address names; of a drive's own address, that drive.
    ///
    /// # Errors
    /// As [`Drives::get`].
    pub(crate) fn list(&self, owner: &DriveAddress) -> Result<Vec<&'a Drive>, ExtractionError> {
        if matches!(owner, DriveAddress::Id(_) | DriveAddress::Owned { .. }) {
            return Ok(vec![self.get(owner)?]);
        }
        let drives: Vec<&Drive> = self.of_owner(self.owner(owner)?).collect();
        for drive in &drives {
            self.check_reach(drive)?;
        }
        Ok(drives)
    }

    /// What people are told about a drive.
    pub(crate) fn describe(&self, drive: &Drive) -> DriveInfo {
        describe(self.snapshot, drive)
    }

    fn by_id(&self, id: &str) -> Option<&'a Drive> {
        self.snapshot.document().drives.iter().find(|drive| drive.id == id)
    }

    fn of_owner<'b>(&'b self, owner: Owner<'b>) -> impl Iterator<Item = &'a Drive> + use<'a, 'b> {
        let drives = self.snapshot.document().drives.iter();
        drives.filter(move |drive| self.owner_of(drive).is_some_and(|other| other.is(owner)))
    }

    fn owner_of(&self, drive: &'a Drive) -> Option<Owner<'a>> {
        owner_of(self.snapshot, drive)
    }

    fn owner<'b>(&self, address: &'b DriveAddress) -> Result<Owner<'b>, ExtractionError>
    where
        'a: 'b,
    {
        match address {
            DriveAddress::Me => self.signed_in_user(),
            DriveAddress::Default if self.caller.kind == CallerKind::Delegated => self.signed_in_user(),
            DriveAddress::Default => Ok(Owner::Site(ROOT_SITE)),
            DriveAddress::User(user) => self.named_user(user),
            DriveAddress::Group(group) => self.named_group(group),
            DriveAddress::Site(site) => Ok(Owner::Site(site)),
            DriveAddress::Id(_) | DriveAddress::Owned { .. } => Err(ExtractionError::DriveNotFound),
        }
    }

    fn signed_in_user(&self) -> Result<Owner<'a>, ExtractionError> {
        if self.caller.kind != CallerKind::Delegated {
            return Err(ExtractionError::DelegatedCallerRequired);
        }
        self.snapshot
            .user(self.caller.object_id)
            .map(Owner::User)
            .ok_or(ExtractionError::DriveNotFound)
    }

    fn named_user(&self, user: &str) -> Result<Owner<'a>, ExtractionError> {
        let is_id = parse_guid(user).is_ok();
        if !is_id && !user.contains('@') {
            return Err(ExtractionError::UserMalformed { user: user.to_owned() });
        }
        let found = self.snapshot.resolve_user(user).map(Owner::User);
        found.ok_or_else(|| ExtractionError::UserNotFound { user: user.to_owned() })
    }

    /// A group by object id only.
    fn named_group(&self, group: &str) -> Result<Owner<'a>, ExtractionError> {
        let id = GroupId::parse(group).map_err(|_| ExtractionError::DriveNotFound)?;
        let found = self
            .snapshot
            .resolve_group(&id.to_string())
            .filter(|found| found.id == id);
        found.map(Owner::Group).ok_or(ExtractionError::DriveNotFound)
    }

    /// The caller reaches the drive with the permissions that open the operation. Source: rest-api 2, rules.
    fn check_reach(&self, drive: &'a Drive) -> Result<(), ExtractionError> {
        if self.caller.kind != CallerKind::Delegated {
            return Ok(());
        }
        let user = self.caller.object_id;
        let owner = self.owner_of(drive);
        if matches!(owner, Some(Owner::User(owner)) if owner.id == user) {
            return Ok(());
        }
        if !self.holds_all_permission() {
            return Err(ExtractionError::DriveNotReachable {
                hint: "the token's permissions cover the caller's own drive only, ask for one that ends in `.All`",
            });
        }
        match owner {
            Some(Owner::Group(group)) if self.snapshot.is_member(user, group.id) => Ok(()),
            Some(Owner::Site(_)) if self.is_member_of_tenant(user) => Ok(()),
            Some(Owner::Group(_)) => Err(ExtractionError::DriveNotReachable {
                hint: "only members of the group reach its drive",
            }),
            Some(Owner::Site(_)) => Err(ExtractionError::DriveNotReachable {
                hint: "guests do not reach the drives of sites",
            }),
            _ => Err(ExtractionError::DriveNotReachable {
                hint: "only its owner or an application reaches it",
            }),
        }
    }

    /// A permission that opens this operation on more than the caller's own drive.
    fn holds_all_permission(&self) -> bool {
        let requirement = self.operation.requirement();
        let accepted = if self.caller.is_personal() {
            requirement.personal
        } else {
            requirement.delegated
        };
        accepted
            .iter()
            .any(|name| name.ends_with(".All") && self.caller.permissions.has(name))
    }

    fn is_member_of_tenant(&self, user: UserId) -> bool {
        self.snapshot
            .user(user)
            .is_some_and(|user| user.user_type == UserType::Member)
    }
}

impl Owner<'_> {
    fn is(self, other: Owner<'_>) -> bool {
        match (self, other) {
            (Owner::User(one), Owner::User(other)) => one.id == other.id,
            (Owner::Group(one), Owner::Group(other)) => one.id == other.id,
            (Owner::Site(one), Owner::Site(other)) => one == other,
            _ => false,
        }
    }
}

/// The owner a drive's entry names; absent when the tenant no longer has such an owner.
fn owner_of<'a>(snapshot: &'a PolicySnapshot, drive: &'a Drive) -> Option<Owner<'a>> {
    match &drive.owner {
        DriveOwner::User(user) => snapshot.resolve_user(user).map(Owner::User),
        DriveOwner::Group(group) => snapshot.resolve_group(group).map(Owner::Group),
        DriveOwner::Site(site) => Some(Owner::Site(site)),
    }
}

/// What people are told about a drive.
pub(crate) fn describe(snapshot: &PolicySnapshot, drive: &Drive) -> DriveInfo {
    let owner = match owner_of(snapshot, drive) {
        Some(Owner::User(user)) => DriveOwnerInfo::User {
            id: user.id.to_string(),
            display_name: user.display_name.clone(),
        },
        Some(Owner::Group(group)) => DriveOwnerInfo::Group {
            id: group.id.to_string(),
            display_name: group.display_name.clone(),
        },
        Some(Owner::Site(site)) => DriveOwnerInfo::Site { id: site.to_owned() },
        None => unknown_owner(&drive.owner),
    };
    let owner_name = match &owner {
        DriveOwnerInfo::User { id, display_name } | DriveOwnerInfo::Group { id, display_name } => {
            if display_name.is_empty() { id } else { display_name }
        }
        DriveOwnerInfo::Site { id } => id,
    };
    let name = drive.name.clone().unwrap_or_else(|| owner_name.clone());
    DriveInfo {
        id: drive.id.clone(),
        name,
        owner,
        quota: None,
    }
}

fn unknown_owner(owner: &DriveOwner) -> DriveOwnerInfo {
    match owner {
        DriveOwner::User(id) => DriveOwnerInfo::User {
            id: id.clone(),
            display_name: String::new(),
        },
        DriveOwner::Group(id) => DriveOwnerInfo::Group {
            id: id.clone(),
            display_name: String::new(),
        },
        DriveOwner::Site(id) => DriveOwnerInfo::Site { id: id.clone() },
    }
}

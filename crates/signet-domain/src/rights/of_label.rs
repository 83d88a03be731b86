//! Usage rights of one label, asked for by themselves or shown inside a list. Source: labelling semantics G3.

use uuid::Uuid;

use super::UsageRights;
use super::of_person::{PersonRights, union};
use crate::error::{DomainError, ErrorReason};
use crate::evaluation::UsageRightsIncluded;
use crate::ids::{LabelId, UserId};
use crate::label::{Label, Protection, RightsGrant};
use crate::query::{Visibility, not_found};
use crate::snapshot::{Person, PolicySnapshot};

/// Whose rights are asked, for whose content.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RightsQuestion {
    /// The content's owner.
    pub owner_email: Option<String>,
    /// Whose rights; absent: the acting user's, else the owner's, else those the label defines.
    pub user_email: Option<String>,
    /// The acting user; absent for an application caller.
    pub acting: Option<UserId>,
}

/// Rights on one label.
///
/// # Errors
/// `LabelNotFound` when the label does not exist or is not visible; `RightsNotAvailable` when its rights are not
/// defined by an administrator, or are encrypted with a key that is not ours; `RightsAccessDenied` when the person may
/// not open content carrying it; `UserNotFound` when the visibility's actor is no user of the tenant.
pub fn usage_rights(
    snapshot: &PolicySnapshot,
    visibility: &Visibility,
    id: LabelId,
    asked: &RightsQuestion,
) -> Result<UsageRightsIncluded, DomainError> {
    let scope = snapshot.scope(visibility.actor)?;
    let position = snapshot.label_index().position(id);
    let label = position
        .filter(|position| snapshot.shows(visibility, &scope, *position))
        .and_then(|_| snapshot.label(id))
        .ok_or_else(|| not_found(id))?;
    let Defined::Grants(grants) = defined(label) else {
        return Err(DomainError::new(
            ErrorReason::RightsNotAvailable,
            format!("label `{id}` has no rights defined by an administrator, so there is nothing to show"),
        ));
    };
    let rights = match asked.person(snapshot) {
        Some(person) => person.on(label, asked.owner_email.as_deref()),
        None => union(grants.iter()),
    };
    if rights == UsageRights::ACCESS_DENIED {
        return Err(DomainError::new(
            ErrorReason::RightsAccessDenied,
            format!("the user may not open content labelled `{id}`, so ask its owner"),
        ));
    }
    Ok(asked.included(snapshot, id, rights))
}

/// Rights on one label as a list shows them: what would be an error is its flag, and a label without protection has
/// none. Without an owner and a named user they are those the label defines, whoever asks.
pub fn expanded_rights(snapshot: &PolicySnapshot, id: LabelId, asked: &RightsQuestion) -> Option<UsageRightsIncluded> {
    let Some(label) = snapshot.label(id) else {
        return Some(asked.included(snapshot, id, UsageRights::LABEL_NOT_FOUND));
    };
    let of_label = asked.owner_email.is_none() && asked.user_email.is_none();
    let rights = match defined(label) {
        Defined::Nothing => return None,
        Defined::Elsewhere(flag) => flag,
        Defined::Grants(grants) => match asked.person(snapshot).filter(|_| !of_label) {
            Some(person) => person.on(label, asked.owner_email.as_deref()),
            None => union(grants.iter()),
        },
    };
    Some(asked.included(snapshot, id, rights))
}

/// Where the rights of a label are defined.
enum Defined<'a> {
    /// It does not protect.
    Nothing,
    /// Here, by an administrator.
    Grants(&'a [RightsGrant]),
    /// Where they cannot be seen from here; the member that says so.
    Elsewhere(UsageRights),
}

fn defined(label: &Label) -> Defined<'_> {
    match &label.protection {
        None | Some(Protection::RemoveProtection {}) => Defined::Nothing,
        Some(Protection::UserDefined { .. }) => Defined::Elsewhere(UsageRights::USER_DEFINED_PROTECTION),
        Some(Protection::Template {
            double_key_encryption_url: Some(_),
            ..
        }) => Defined::Elsewhere(UsageRights::ENCRYPTED_PROTECTION),
        Some(Protection::Template { rights, .. }) => Defined::Grants(rights),
    }
}

impl RightsQuestion {
    /// The user named, else the acting one, else the owner.
    fn person<'a>(&self, snapshot: &'a PolicySnapshot) -> Option<PersonRights<'a>> {
        if let Some(address) = &self.user_email {
            return Some(PersonRights::new(snapshot, address));
        }
        if let Some(user) = self.acting.and_then(|acting| snapshot.directory_index().user(acting)) {
            return Some(PersonRights::known(snapshot, Person::User(user)));
        }
        self.owner_email
            .as_deref()
            .map(|owner| PersonRights::new(snapshot, owner))
    }

    fn included(&self, snapshot: &PolicySnapshot, label: LabelId, value: UsageRights) -> UsageRightsIncluded {
        UsageRightsIncluded {
            id: self.stable_id(snapshot, label),
            owner_email: self.owner_email.clone(),
            user_email: self.user_email.clone(),
            value,
        }
    }

    /// The same for the same label, owner and user, and different otherwise. Source: labelling semantics G3.
    fn stable_id(&self, snapshot: &PolicySnapshot, label: LabelId) -> Uuid {
        let directory = snapshot.directory_index();
        // All addresses of a user denote the same person.
        let person = |address: &str| match directory.person(address) {
            Person::User(user) => snapshot
                .document()
                .users
                .get(usize::try_from(user).unwrap_or(usize::MAX))
                .map_or_else(|| address.to_lowercase(), |user| user.id.to_string()),
            _ => address.to_lowercase(),
        };
        let owner = self.owner_email.as_deref().map(person).unwrap_or_default();
        let user = match (&self.user_email, self.acting) {
            (Some(address), _) => person(address),
            (None, Some(acting)) => acting.to_string(),
            (None, None) => String::new(),
        };
        let name = format!("{}\n{owner}\n{user}", snapshot.tenant_id());
        Uuid::new_v5(&label.as_uuid(), name.as_bytes())
    }
}

//! Who a request is about, and which labels that makes visible: one rule set for every service.
//! Source: rest-api 4.1, 4.2, 5.3 table I and 8.3.

use signet_domain::error::ErrorReason;
use signet_domain::ids::{UserId, parse_guid};
use signet_domain::query::{Actor, Visibility};
use signet_domain::snapshot::PolicySnapshot;

use crate::catalog::LabelFamily;
use crate::context::{Caller, CallerKind, Subject};
use crate::error::ContractError;

/// Checks that the caller may ask about the subject and says who it is. `None` is the organisation.
///
/// # Errors
/// `DelegatedCallerRequired` for `me` without a person; `ApplicationCallerRequired` for the organisation's policy
/// labels with one; `NotTheCaller` when a person names anybody else, known or not; `UserNotFound`; `InvalidArgument`
/// for a reference that is neither a GUID nor an address.
pub fn resolve_subject(
    snapshot: &PolicySnapshot,
    caller: &Caller,
    family: LabelFamily,
    subject: &Subject,
) -> Result<Option<UserId>, ContractError> {
    match subject {
        Subject::Me => signed_in_user(snapshot, caller).map(Some),
        Subject::User(reference) => named_user(snapshot, caller, reference).map(Some),
        Subject::Organisation => organisation(caller, family),
    }
}

/// The signed-in person.
///
/// # Errors
/// `DelegatedCallerRequired` without one; `UserNotFound` when the tenant does not have the person.
pub fn signed_in_user(snapshot: &PolicySnapshot, caller: &Caller) -> Result<UserId, ContractError> {
    if caller.kind != CallerKind::Delegated {
        return Err(ContractError::new(
            ErrorReason::DelegatedCallerRequired,
            "/me request is only valid with delegated authentication flow.",
        ));
    }
    snapshot
        .user(caller.object_id)
        .map(|user| user.id)
        .ok_or_else(|| user_not_found(&caller.object_id.to_string()))
}

fn named_user(snapshot: &PolicySnapshot, caller: &Caller, reference: &str) -> Result<UserId, ContractError> {
    if parse_guid(reference).is_err() && !reference.contains('@') {
        return Err(ContractError::new(
            ErrorReason::InvalidArgument,
            format!("`{reference}` names no user; give an object id or a user principal name"),
        )
        .at("subject.user"));
    }
    let found = snapshot.resolve_user(reference).map(|user| user.id);
    if caller.kind == CallerKind::Delegated {
        return found.filter(|user| *user == caller.object_id).ok_or_else(|| {
            ContractError::new(
                ErrorReason::NotTheCaller,
                "a delegated token may only ask about the signed-in user; use an application token for other users",
            )
        });
    }
    found.ok_or_else(|| user_not_found(reference))
}

fn organisation(caller: &Caller, family: LabelFamily) -> Result<Option<UserId>, ContractError> {
    if family == LabelFamily::Policy && caller.kind == CallerKind::Delegated {
        return Err(ContractError::new(
            ErrorReason::ApplicationCallerRequired,
            "labels of the organisation need an application token with InformationProtectionPolicy.Read.All; \
             use /me with a delegated token",
        ));
    }
    Ok(None)
}

/// The refusal for a user the tenant does not have.
pub fn user_not_found(reference: &str) -> ContractError {
    ContractError::new(
        ErrorReason::UserNotFound,
        format!("the tenant has no user `{reference}`; check the object id or address"),
    )
    .fact("user", reference)
}

/// The labels a resolved subject sees. `scoped` is the selector `isScopedToUser`.
pub fn visibility(caller: &Caller, family: LabelFamily, user: Option<UserId>, scoped: Option<bool>) -> Visibility {
    let Some(user) = user else {
        return Visibility {
            actor: Actor::Organisation,
            published_only: false,
            enabled: None,
        };
    };
    let published_only = match (family, caller.kind) {
        (LabelFamily::Policy, _) | (LabelFamily::Governance, CallerKind::Delegated) => true,
        // Source: rest-api table I, I5: an application sees all labels of the tenant until it asks for a scope.
        (LabelFamily::Governance, _) => scoped.is_some(),
    };
    Visibility {
        actor: Actor::User(user),
        published_only,
        enabled: scoped,
    }
}

/// What an actor is for a resolved subject.
pub fn actor(user: Option<UserId>) -> Actor {
    user.map_or(Actor::Organisation, Actor::User)
}

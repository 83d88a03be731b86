//! A7, A8: who is bound by which policies.

use signet_domain::directory::{User, UserType};
use signet_domain::label::Label;
use signet_domain::policy::LabelPolicy;
use signet_domain::tenant::TenantDocument;

use super::World;

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// All of userPrincipalName, mail and proxyAddresses denote the same person.
pub(super) fn is_address_of(user: &User, address: &str) -> bool {
    same(&user.user_principal_name, address)
        || user.mail.as_ref().is_some_and(|mail| same(mail, address))
        || user.proxy_addresses.iter().any(|proxy| same(proxy, address))
}

/// Membership is transitive, cycles are harmless: whoever is in after as many rounds as there are groups is in.
pub(super) fn is_in_group(tenant: &TenantDocument, is_person: &dyn Fn(&str) -> bool, group_address: &str) -> bool {
    let mut inside: Vec<&str> = Vec::new();
    for _ in &tenant.groups {
        for group in &tenant.groups {
            let Some(mail) = &group.mail else { continue };
            if group
                .members
                .iter()
                .any(|member| is_person(member) || inside.iter().any(|known| same(known, member)))
            {
                inside.push(mail);
            }
        }
    }
    inside.iter().any(|known| same(known, group_address))
}

fn matches(world: &World<'_>, user: &User, address: &str) -> bool {
    let is_person = |address: &str| is_address_of(user, address);
    is_person(address) || is_in_group(world.tenant, &is_person, address)
}

fn binds(world: &World<'_>, policy: &LabelPolicy) -> bool {
    if !policy.is_enabled {
        return false;
    }
    let Some(user) = world.user else {
        return policy.scope.include_all;
    };
    if policy.scope.exclude.iter().any(|address| matches(world, user, address)) {
        return false;
    }
    let everyone = policy.scope.include_all && user.user_type != UserType::Guest;
    everyone || policy.scope.include.iter().any(|address| matches(world, user, address))
}

/// In scope, ascending by order number (ties by id).
fn in_scope<'a>(world: &World<'a>) -> Vec<&'a LabelPolicy> {
    let mut policies: Vec<&LabelPolicy> = world
        .tenant
        .policies
        .iter()
        .filter(|policy| binds(world, policy))
        .collect();
    policies.sort_by(|one, other| one.priority.cmp(&other.priority).then(one.id.cmp(&other.id)));
    policies
}

/// The label is among the labels of the acting user; all labels for an application.
pub(super) fn has_label(world: &World<'_>, label: &Label) -> bool {
    world.user.is_none() || in_scope(world).iter().any(|policy| policy.labels.contains(&label.id))
}

pub(super) fn requires_justification(world: &World<'_>) -> bool {
    let mut settings = in_scope(world)
        .into_iter()
        .filter_map(|policy| policy.settings.require_downgrade_justification);
    settings.next_back().unwrap_or(false)
}

pub(super) fn is_mandatory(world: &World<'_>) -> bool {
    in_scope(world)
        .into_iter()
        .filter_map(|policy| policy.settings.mandatory)
        .next_back()
        .unwrap_or(false)
}

pub(super) fn mail_is_exempt(world: &World<'_>) -> bool {
    let mut settings = in_scope(world)
        .into_iter()
        .filter_map(|policy| policy.settings.disable_mandatory_in_outlook);
    settings.next_back().unwrap_or(false)
}

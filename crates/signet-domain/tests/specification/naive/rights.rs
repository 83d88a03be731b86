//! G2: rights of a person for a label.

use signet_domain::directory::{User, UserType};
use signet_domain::label::{Label, Protection};
use signet_domain::rights::UsageRights;
use signet_domain::tenant::TenantDocument;

use super::policy::{is_address_of, is_in_group};

pub(crate) fn rights(tenant: &TenantDocument, email: &str, owner: Option<&str>, label: &Label) -> UsageRights {
    let user = tenant.users.iter().find(|user| is_address_of(user, email));
    let is_person = |address: &str| match user {
        Some(user) => is_address_of(user, address),
        None => address.to_lowercase() == email.to_lowercase(),
    };
    let (grants, double_key, owner_excluded) = match &label.protection {
        None | Some(Protection::RemoveProtection {}) => return UsageRights::ALL,
        Some(Protection::UserDefined { .. }) => {
            let owns = owner.is_some_and(is_person);
            return if owns {
                UsageRights::ALL
            } else {
                UsageRights::USER_DEFINED_PROTECTION
            };
        }
        Some(Protection::Template {
            rights,
            double_key_encryption_url,
            disable_automatic_owner_rights,
            ..
        }) => (
            rights,
            double_key_encryption_url.is_some(),
            *disable_automatic_owner_rights,
        ),
    };
    if owner.is_some_and(is_person) && !owner_excluded {
        return UsageRights::ALL;
    }
    if double_key {
        return UsageRights::ENCRYPTED_PROTECTION;
    }
    let mut granted = UsageRights::NONE;
    for grant in grants {
        let identity = grant.identity.as_str();
        let matches = if identity.to_lowercase() == "authenticatedusers" {
            true
        } else if identity.contains('@') {
            is_person(identity) || is_in_group(tenant, &is_person, identity)
        } else if tenant
            .domains
            .iter()
            .any(|domain| domain.to_lowercase() == identity.to_lowercase())
        {
            user.is_some_and(|user| user.user_type == UserType::Member)
        } else {
            addresses(user, email).iter().any(|address| {
                address
                    .to_lowercase()
                    .ends_with(&format!("@{}", identity.to_lowercase()))
            })
        };
        if matches {
            granted = granted.union(grant.rights);
        }
    }
    if granted.contains(UsageRights::OWNER) {
        UsageRights::ALL
    } else if granted.contains(UsageRights::VIEW) {
        granted
    } else {
        UsageRights::ACCESS_DENIED
    }
}

fn addresses(user: Option<&User>, email: &str) -> Vec<String> {
    let Some(user) = user else {
        return vec![email.to_owned()];
    };
    let mut all = vec![user.user_principal_name.clone()];
    all.extend(user.mail.clone());
    all.extend(user.proxy_addresses.clone());
    all
}

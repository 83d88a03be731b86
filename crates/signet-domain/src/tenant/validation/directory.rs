//! Users, groups, sensitive types and drives.

use std::collections::HashMap;

use super::{Known, Report, TenantDocument, is_address, not_a_tag};
use crate::directory::User;
use crate::drive::DriveOwner;
use crate::locale::is_language_tag;
use crate::snapshot::DirectoryIndex;

pub(super) fn check(document: &TenantDocument, known: &Known<'_>, report: &mut Report) {
    let users = document.users.iter().enumerate();
    report.duplicates(
        "user id",
        users.clone().map(|(at, user)| (format!("users[{at}].id"), user.id)),
    );
    let groups = document.groups.iter().enumerate();
    report.duplicates(
        "group id",
        groups.clone().map(|(at, group)| (format!("groups[{at}].id"), group.id)),
    );
    let types = document.sensitive_types.iter().enumerate();
    report.duplicates(
        "sensitive type",
        types.map(|(at, known)| (format!("sensitiveTypes[{at}].id"), known.id)),
    );
    addresses(document, report);
    for (at, user) in users {
        if let Some(tag) = user.preferred_language.as_deref().filter(|tag| !is_language_tag(tag)) {
            report.warn(format!("users[{at}].preferredLanguage"), not_a_tag(tag));
        }
    }
    for (at, group) in groups {
        for (place, member) in group
            .members
            .iter()
            .enumerate()
            .filter(|(_, member)| !known.has_address(member))
        {
            let message = format!("nobody in the tenant has the address `{member}`");
            report.warn(format!("groups[{at}].members[{place}]"), message);
        }
    }
    drives(document, report);
}

/// Every address must be well formed and denote one user or group.
fn addresses(document: &TenantDocument, report: &mut Report) {
    let mut owners: HashMap<String, (usize, String)> = HashMap::new();
    let users = document.users.iter().enumerate().flat_map(|(at, user)| {
        addresses_of(user).map(move |(member, address)| (at, format!("users[{at}].{member}"), address))
    });
    let offset = document.users.len();
    let groups = document
        .groups
        .iter()
        .enumerate()
        .filter_map(|(at, group)| Some((offset + at, format!("groups[{at}].mail"), group.mail.as_deref()?)));
    for (owner, path, address) in users.chain(groups) {
        if !is_address(address) {
            report.fault(
                path,
                format!("`{address}` is not an address, use the form `name@domain`"),
            );
            continue;
        }
        match owners.get(&address.to_lowercase()) {
            Some((other, _)) if *other == owner => {}
            Some((_, earlier)) => {
                let message = format!("address `{address}` is already used at `{earlier}`, so choose another");
                report.fault(path, message);
            }
            None => {
                owners.insert(address.to_lowercase(), (owner, path));
            }
        }
    }
}

fn addresses_of(user: &User) -> impl Iterator<Item = (String, &str)> {
    let proxies = user.proxy_addresses.iter().enumerate();
    std::iter::once(("userPrincipalName".to_owned(), user.user_principal_name.as_str()))
        .chain(user.mail.as_deref().map(|mail| ("mail".to_owned(), mail)))
        .chain(proxies.map(|(at, address)| (format!("proxyAddresses[{at}]"), address.as_str())))
}

fn drives(document: &TenantDocument, report: &mut Report) {
    let drives = document.drives.iter().enumerate();
    report.duplicates(
        "drive id",
        drives
            .clone()
            .map(|(at, drive)| (format!("drives[{at}].id"), drive.id.as_str())),
    );
    let people = DirectoryIndex::new(document);
    let (all_users, all_groups) = (report.is_whole("users"), report.is_whole("groups"));
    for (at, drive) in drives {
        let safe = |letter: char| letter.is_ascii_alphanumeric() || "-._~!".contains(letter);
        if drive.id.is_empty() || !drive.id.chars().all(safe) {
            let message = format!("`{}` is not a drive id, use letters, digits and `-._~!`", drive.id);
            report.fault(format!("drives[{at}].id"), message);
        }
        if !["file://", "s3://"]
            .iter()
            .any(|scheme| drive.source.starts_with(scheme))
        {
            let message = format!(
                "`{}` is not a source, use `file:///folder` or `s3://bucket/prefix`",
                drive.source
            );
            report.fault(format!("drives[{at}].source"), message);
        }
        let (member, owner, exists) = match &drive.owner {
            DriveOwner::User(owner) => ("user", owner, people.resolve_user(owner).is_some() || !all_users),
            DriveOwner::Group(owner) => ("group", owner, people.resolve_group(owner).is_some() || !all_groups),
            DriveOwner::Site(name) => ("site", name, !name.is_empty()),
        };
        if !exists {
            let message = format!("{member} `{owner}` does not exist, so add it or name another owner");
            report.fault(format!("drives[{at}].owner.{member}"), message);
        }
    }
}

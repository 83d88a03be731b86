//! A folder tree as drives: one folder per drive, owned by whom its name says.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use signet_domain::drive::{Drive, DriveOwner};
use signet_domain::tenant::TenantDocument;
use uuid::Uuid;

/// Drives made from folders carry this prefix, so that a later start can replace them.
const ID_PREFIX: &str = "b!f";

/// What a folder's place says about its owner.
enum Place {
    FirstLevel,
    Sites,
    Groups,
}

/// Gives every folder of the tree to the first tenant that has its owner. Returns folders nobody owns.
///
/// # Errors
/// When the tree cannot be read.
pub(crate) fn assign(folder: &Path, tenants: &mut [TenantDocument]) -> anyhow::Result<Vec<String>> {
    let folder = folder
        .canonicalize()
        .with_context(|| format!("cannot read the drive folder {}", folder.display()))?;
    for tenant in tenants.iter_mut() {
        tenant.drives.retain(|drive| !drive.id.starts_with(ID_PREFIX));
    }
    let mut orphans = Vec::new();
    for (name, path) in folders(&folder)? {
        match name.as_str() {
            "sites" => assign_all(&path, &Place::Sites, tenants, &mut orphans)?,
            "groups" => assign_all(&path, &Place::Groups, tenants, &mut orphans)?,
            _ => assign_one(&name, &path, &Place::FirstLevel, tenants, &mut orphans)?,
        }
    }
    Ok(orphans)
}

fn assign_all(
    folder: &Path,
    place: &Place,
    tenants: &mut [TenantDocument],
    orphans: &mut Vec<String>,
) -> anyhow::Result<()> {
    for (name, path) in folders(folder)? {
        assign_one(&name, &path, place, tenants, orphans)?;
    }
    Ok(())
}

fn assign_one(
    name: &str,
    path: &Path,
    place: &Place,
    tenants: &mut [TenantDocument],
    orphans: &mut Vec<String>,
) -> anyhow::Result<()> {
    let owned = tenants.iter().enumerate().find_map(|(position, tenant)| {
        let owner = owner(tenant, name, place)?;
        Some((position, owner))
    });
    let first_site =
        || matches!(place, Place::FirstLevel | Place::Sites).then(|| (0, DriveOwner::Site(name.to_owned())));
    let Some((position, owner)) = owned.or_else(first_site) else {
        orphans.push(path.display().to_string());
        return Ok(());
    };
    let Some(tenant) = tenants.get_mut(position) else {
        bail!("there is no tenant to own {}", path.display())
    };
    let drive = Drive {
        id: drive_id(tenant, &owner),
        name: Some(name.to_owned()),
        owner,
        source: format!("file://{}", path.display()),
    };
    if tenant
        .drives
        .iter()
        .all(|known| known.id != drive.id && known.owner != drive.owner)
    {
        tenant.drives.push(drive);
    }
    Ok(())
}

fn owner(tenant: &TenantDocument, name: &str, place: &Place) -> Option<DriveOwner> {
    match place {
        Place::FirstLevel => {
            let user = tenant.users.iter().find(|user| {
                user.addresses().any(|address| address.eq_ignore_ascii_case(name))
                    || user.id.to_string().eq_ignore_ascii_case(name)
            })?;
            Some(DriveOwner::User(user.id.to_string()))
        }
        Place::Groups => {
            let group = tenant.groups.iter().find(|group| {
                group
                    .mail
                    .as_deref()
                    .is_some_and(|mail| mail.eq_ignore_ascii_case(name))
                    || group.id.to_string().eq_ignore_ascii_case(name)
            })?;
            Some(DriveOwner::Group(group.id.to_string()))
        }
        Place::Sites => None,
    }
}

fn drive_id(tenant: &TenantDocument, owner: &DriveOwner) -> String {
    let text = match owner {
        DriveOwner::User(id) => format!("user:{id}"),
        DriveOwner::Group(id) => format!("group:{id}"),
        DriveOwner::Site(name) => format!("site:{}", name.to_lowercase()),
    };
    let id = Uuid::new_v5(&tenant.id.as_uuid(), text.as_bytes());
    format!("{ID_PREFIX}{}", id.simple())
}

/// Folders of a folder, by name; links are not followed.
fn folders(folder: &Path) -> anyhow::Result<Vec<(String, std::path::PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if entry.file_type()?.is_dir() && !name.starts_with('.') {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use signet_domain::drive::DriveOwner;

    use super::assign;
    use crate::dev::sample;

    #[test]
    fn folders_go_to_users_groups_and_sites() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "BOB@contoso.com",
            "sites/root",
            "sites/Marketing",
            "groups/finance@contoso.com",
            "Archive",
            "groups/nobody",
        ] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let mut tenants = vec![sample::tenant().unwrap()];
        let orphans = assign(folder.path(), &mut tenants).unwrap();
        assert_eq!(orphans.len(), 1, "{orphans:?}");
        let owners: Vec<&DriveOwner> = tenants[0].drives.iter().map(|drive| &drive.owner).collect();
        assert!(owners.contains(&&DriveOwner::User("6e7b768e-07e2-4810-8459-485f84f8f201".to_owned())));
        assert!(owners.contains(&&DriveOwner::Group("b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e01".to_owned())));
        for site in ["root", "Marketing", "Archive"] {
            assert!(owners.contains(&&DriveOwner::Site(site.to_owned())), "{site}");
        }
    }

    #[test]
    fn drive_ids_are_the_same_at_every_start() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("bob@contoso.com")).unwrap();
        let mut tenants = vec![sample::tenant().unwrap()];
        assign(folder.path(), &mut tenants).unwrap();
        let first = tenants[0].drives.clone();
        assign(folder.path(), &mut tenants).unwrap();
        assert_eq!(tenants[0].drives, first);
        assert_eq!(first.len(), 1);
    }
}

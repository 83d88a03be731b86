//! Tenants and drives of the tests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Folder of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("the tests lie two folders below the root")
        .to_owned()
}

/// A JSON file of the repository.
pub fn read_json(path: &str) -> Value {
    let text = fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A tenant document.
#[derive(Debug, Clone)]
pub struct Tenant(pub Value);

/// A drive over a folder.
#[derive(Debug, Clone)]
pub struct Drive {
    /// Id.
    pub id: &'static str,
    /// `user`, `group` or `site`.
    pub owner_kind: &'static str,
    /// Who of that kind.
    pub owner: &'static str,
    /// Folder.
    pub folder: PathBuf,
}

impl Tenant {
    /// A tenant file of the repository.
    pub fn read(path: &str) -> Self {
        Self(read_json(path))
    }

    /// With a drive.
    #[must_use]
    pub fn with_drive(self, drive: &Drive) -> Self {
        let source = format!("file://{}", drive.folder.display());
        self.with_source(drive.id, (drive.owner_kind, drive.owner), &source)
    }

    /// With a drive over any source, owned by somebody of a kind.
    #[must_use]
    pub fn with_source(mut self, id: &str, (kind, owner): (&str, &str), source: &str) -> Self {
        let added = json!({"id": id, "owner": {kind: owner}, "source": source});
        match self.0["drives"].as_array_mut() {
            Some(drives) => drives.push(added),
            None => self.0["drives"] = json!([added]),
        }
        self
    }

    /// Id.
    pub fn id(&self) -> String {
        self.0["id"].as_str().expect("a tenant has an id").to_owned()
    }

    /// A user by any address.
    pub fn user(&self, address: &str) -> &Value {
        let is = |user: &&Value| {
            let further = user["proxyAddresses"].as_array().into_iter().flatten();
            let mut addresses = [&user["userPrincipalName"], &user["mail"]].into_iter().chain(further);
            addresses.any(|known| known.as_str().is_some_and(|known| known.eq_ignore_ascii_case(address)))
        };
        let users = self.0["users"].as_array();
        users
            .and_then(|users| users.iter().find(is))
            .unwrap_or_else(|| panic!("the tenant has no user {address}"))
    }

    /// A user by any address, if the tenant has one.
    pub fn has_user(&self, address: &str) -> bool {
        self.0["users"]
            .to_string()
            .to_ascii_lowercase()
            .contains(&format!("\"{}\"", address.to_ascii_lowercase()))
    }

    /// Folders of its drives.
    pub fn folders(&self) -> Vec<String> {
        let drives = self.0["drives"].as_array().into_iter().flatten();
        drives
            .filter_map(|drive| drive["source"].as_str()?.strip_prefix("file://").map(str::to_owned))
            .collect()
    }

    /// Writes the document to a file.
    pub fn write(&self, path: &Path) {
        fs::write(path, self.0.to_string()).expect("a tenant file can be written");
    }
}

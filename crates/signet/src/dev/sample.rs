//! The sample tenant and the sample drive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use signet_domain::tenant::{TenantDocument, read_document};

const TENANT: &str = include_str!("../../assets/sample-tenant.json");

macro_rules! sample_files {
    ($($path:literal),+ $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../assets/drive/", $path)).as_slice()),)+]
    };
}

const FILES: &[(&str, &[u8])] = sample_files![
    "alice@contoso.com/Notes.docx",
    "bob@contoso.com/Contract.docx",
    "bob@contoso.com/Draft.docx",
    "bob@contoso.com/Forecast.xlsx",
    "bob@contoso.com/Projects/Merger.docx",
    "groups/finance@contoso.com/Payroll.docx",
    "sites/root/Welcome.docx",
];

/// The sample tenant.
///
/// # Errors
/// Never, as long as its test passes.
pub(crate) fn tenant() -> anyhow::Result<TenantDocument> {
    let value = serde_json::from_str(TENANT).context("the sample tenant")?;
    let read = read_document(&value).map_err(|faults| anyhow!("the sample tenant has faults: {faults:?}"))?;
    Ok(read.0)
}

/// Writes the sample drive into a data directory. Files that are there stay as they are.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write_drive(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let root = data_dir.join("drives");
    for (name, content) in FILES {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        if !path.exists() {
            fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(root)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sample_tenant_has_no_faults() {
        let tenant = super::tenant().unwrap();
        assert!(
            tenant
                .users
                .iter()
                .any(|user| user.user_principal_name == "bob@contoso.com")
        );
    }
}

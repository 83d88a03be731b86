//! `tidy`: what a compiler does not see. Crate arrows, module headers, words that do not belong here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::shell::{cargo, root};

/// Which of our crates a crate may use. A new arrow is a decision: see ARCHITECTURE.md.
const ARROWS: &[(&str, &[&str])] = &[
    ("signet-domain", &[]),
    ("signet-docmeta", &[]),
    ("signet-auth", &[]),
    ("signet-telemetry", &[]),
    ("signet-contract", &["signet-domain"]),
    ("signet-store", &["signet-domain"]),
    ("signet-store-sqlite", &["signet-domain", "signet-store"]),
    ("signet-store-postgres", &["signet-domain", "signet-store"]),
    ("signet-distribution", &["signet-contract", "signet-domain"]),
    ("signet-catalog", &["signet-contract", "signet-domain", "signet-store"]),
    (
        "signet-evaluation",
        &["signet-contract", "signet-domain", "signet-store"],
    ),
    (
        "signet-extraction",
        &["signet-contract", "signet-docmeta", "signet-domain", "signet-store"],
    ),
    (
        "signet-rpc",
        &["signet-auth", "signet-contract", "signet-domain", "signet-telemetry"],
    ),
    (
        "signet-gateway",
        &["signet-auth", "signet-contract", "signet-domain", "signet-telemetry"],
    ),
    ("signet-import", &["signet-domain"]),
    ("signet-testkit", &["signet-contract", "signet-domain", "signet-store"]),
    ("xtask", &["signet-testkit"]),
    ("signet-e2e", &["signet-testkit"]),
    // The binary wires everything; it is the only one that may.
    (
        "signet",
        &[
            "signet-auth",
            "signet-catalog",
            "signet-contract",
            "signet-distribution",
            "signet-docmeta",
            "signet-domain",
            "signet-evaluation",
            "signet-extraction",
            "signet-gateway",
            "signet-import",
            "signet-rpc",
            "signet-store",
            "signet-store-postgres",
            "signet-store-sqlite",
            "signet-telemetry",
        ],
    ),
];

/// Crates of others that only one of ours may name.
const KEPT_APART: &[(&str, &[&str])] = &[
    ("tonic", &["signet-rpc"]),
    ("tonic-health", &["signet-rpc"]),
    ("tonic-prost", &["signet-rpc"]),
    ("tonic-reflection", &["signet-rpc"]),
    ("tonic-types", &["signet-rpc"]),
    ("prost", &["signet-rpc", "xtask"]),
    ("prost-types", &["signet-rpc"]),
    ("sqlx", &["signet-store-sqlite", "signet-store-postgres"]),
    ("axum", &["signet-gateway", "signet"]),
];

/// Crates that must not be in the build at all: a second provider of cryptography, and C libraries to install.
const BANNED: &[&str] = &["ring", "openssl-sys", "native-tls"];

/// Longest source file that is not generated or a test, in lines.
const MAX_LINES: usize = 500;

/// Runs every check and reports everything that is wrong.
///
/// # Errors
/// Lists what was found.
pub(crate) fn run() -> anyhow::Result<()> {
    let metadata = MetadataCommand::new().current_dir(root()).exec()?;
    let mut faults = arrows(&metadata);
    faults.extend(banned()?);
    faults.extend(sources()?);
    if faults.is_empty() {
        eprintln!("==> tidy");
        return Ok(());
    }
    bail!("not tidy:\n  {}", faults.join("\n  "))
}

fn arrows(metadata: &Metadata) -> Vec<String> {
    let mut faults = Vec::new();
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("crate `{name}` has no entry in the arrows of xtask"));
            continue;
        };
        let used = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal);
        for dependency in used {
            let target = dependency.name.as_str();
            let ours = target == "signet" || target.starts_with("signet-");
            if ours && !allowed.contains(&target) {
                faults.push(format!("`{name}` must not use `{target}`"));
            }
            let kept = KEPT_APART.iter().find(|(kept, _)| *kept == target);
            if kept.is_some_and(|(_, users)| !users.contains(&name)) {
                faults.push(format!("`{name}` must not name `{target}`"));
            }
        }
    }
    faults
}

/// Asks `cargo tree`, which knows what is built; the metadata also lists what a feature merely mentions.
fn banned() -> anyhow::Result<Vec<String>> {
    let arguments = [
        "tree",
        "--package",
        "signet",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ];
    let listed = cargo(&arguments).output().context("cargo tree")?;
    if !listed.status.success() {
        bail!("`cargo tree` failed: {}", String::from_utf8_lossy(&listed.stderr));
    }
    let text = String::from_utf8_lossy(&listed.stdout);
    let names: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    let found = BANNED.iter().filter(|name| names.contains(*name));
    Ok(found.map(|name| format!("`{name}` must not be in the build")).collect())
}

fn sources() -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    for path in tracked()? {
        let Some(name) = path.to_str() else { continue };
        if !name.ends_with(".rs") {
            continue;
        }
        let Ok(text) = fs::read_to_string(root().join(&path)) else {
            continue;
        };
        if generated(&path) {
            continue;
        }
        if !text.starts_with("//!") && !text.starts_with("#![") && !is_test(name) {
            faults.push(format!("{name}: begins without saying what it is for (`//!`)"));
        }
        let lines = text.lines().count();
        if lines > MAX_LINES && !is_test(name) {
            faults.push(format!(
                "{name}: {lines} lines; when a file wants headings, it wants to be two"
            ));
        }
    }
    Ok(faults)
}

fn generated(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "gen")
}

fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || name.contains("/testing")
}

fn tracked() -> anyhow::Result<Vec<PathBuf>> {
    let listed = Command::new("git")
        .args(["ls-files"])
        .current_dir(root())
        .output()
        .context("git ls-files")?;
    if !listed.status.success() {
        bail!("`git ls-files` failed: {}", String::from_utf8_lossy(&listed.stderr));
    }
    Ok(String::from_utf8_lossy(&listed.stdout)
        .lines()
        .map(PathBuf::from)
        .collect())
}

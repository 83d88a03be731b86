//! The official client libraries, and other programs' libraries for documents, installed from their registries into a
//! throw-away environment below the target folder. Versions are pinned in `tests/clients`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::shell::{self, apt, root, succeeds, target_dir};

/// Where the clients are.
pub(crate) struct Clients {
    /// Python interpreter that has the Graph libraries.
    pub(crate) python: PathBuf,
    /// Node.js.
    pub(crate) node: OsString,
    /// Folder of the Node libraries.
    pub(crate) node_modules: PathBuf,
}

/// Installs what is missing.
///
/// # Errors
/// Says which program or registry is missing.
pub(crate) fn install() -> anyhow::Result<Clients> {
    let folder = target_dir()?.join("clients");
    fs::create_dir_all(&folder)?;
    // The banner's commands are pasted into a shell as they are printed.
    if !succeeds(Command::new("curl").arg("--version")) {
        apt(&["curl", "ca-certificates"])?;
    }
    exiftool()?;
    let python = python(&folder)?;
    let node_modules = node(&folder)?;
    Ok(Clients {
        python,
        node: "node".into(),
        node_modules,
    })
}

/// Another reader and writer of label marks. Without Archive::Zip it reads nothing of an Office document, and does not
/// say so.
///
/// # Errors
/// When it is missing and cannot be installed.
pub(crate) fn exiftool() -> anyhow::Result<()> {
    let archives = ["-MArchive::Zip", "-e1"];
    if succeeds(Command::new("exiftool").arg("-ver")) && succeeds(Command::new("perl").args(archives)) {
        return Ok(());
    }
    apt(&["libimage-exiftool-perl", "libarchive-zip-perl"])
}

fn python(folder: &Path) -> anyhow::Result<PathBuf> {
    virtual_environment(folder, "tests/clients/python/requirements.txt")
}

/// A Python that has the packages of a list, below `folder`.
///
/// # Errors
/// When Python or a package cannot be had.
pub(crate) fn virtual_environment(folder: &Path, requirements: &str) -> anyhow::Result<PathBuf> {
    let requirements = root().join(requirements);
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    if installed(&environment, &requirements)? {
        return Ok(python);
    }
    let make = || {
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&environment)
            .status()
    };
    if !make().is_ok_and(|status| status.success()) {
        apt(&["python3", "python3-venv", "python3-pip"])?;
        if !make().is_ok_and(|status| status.success()) {
            bail!("`python3 -m venv` fails; install Python 3.9 or newer with venv");
        }
    }
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
    ])
    .arg(&requirements);
    shell::run(&mut pip)?;
    remember(&environment, &requirements)?;
    Ok(python)
}

fn node(folder: &Path) -> anyhow::Result<PathBuf> {
    let source = root().join("tests/clients/node");
    let environment = folder.join("node");
    let lock = source.join("package-lock.json");
    let modules = environment.join("node_modules");
    if installed(&environment, &lock)? {
        return Ok(modules);
    }
    if !succeeds(Command::new("npm").arg("--version")) {
        apt(&["nodejs", "npm"])?;
    }
    fs::create_dir_all(&environment)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(source.join(name), environment.join(name)).with_context(|| format!("cannot copy {name}"))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&environment);
    shell::run(&mut npm)?;
    remember(&environment, &lock)?;
    Ok(modules)
}

/// An environment is complete when it remembers exactly this list of versions.
fn installed(environment: &Path, list: &Path) -> anyhow::Result<bool> {
    let wanted = fs::read(list).with_context(|| format!("cannot read {}", list.display()))?;
    Ok(fs::read(environment.join("installed")).is_ok_and(|known| known == wanted))
}

fn remember(environment: &Path, list: &Path) -> anyhow::Result<()> {
    fs::copy(list, environment.join("installed")).context("cannot finish the installation")?;
    Ok(())
}

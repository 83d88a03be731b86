//! `gen`: the Rust of the protos, and the descriptors the reflection service answers from.
//!
//! Everything happens in Rust, so a machine needs nothing but cargo. The results are committed; building the product
//! never runs this.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use prost::Message;

/// File name of the descriptors, next to the generated Rust.
const DESCRIPTORS: &str = "file_descriptor_set.bin";

/// Rewrites the generated files; with `check`, compares instead and changes nothing.
///
/// # Errors
/// A proto that does not compile, a file that cannot be read or written; with `check`, a generated file that is
/// missing, stale, or made from nothing.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let root = workspace_root()?;
    let target = root.join("crates/signet-rpc/src/gen");
    let generated = generate(&root.join("proto"))?;
    if check {
        return compare(&target, &generated);
    }
    fs::create_dir_all(&target)?;
    for name in read_folder(&target)?
        .keys()
        .filter(|name| !generated.contains_key(*name))
    {
        fs::remove_file(target.join(name))?;
    }
    for (name, content) in &generated {
        fs::write(target.join(name), content).with_context(|| format!("writing `{name}`"))?;
    }
    Ok(())
}

fn workspace_root() -> anyhow::Result<PathBuf> {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = manifest
        .ancestors()
        .nth(2)
        .context("xtask lies in `crates/` of the workspace")?;
    Ok(root.to_path_buf())
}

/// The generated files by name.
fn generate(protos: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut compiler = protox::Compiler::new([protos])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(proto_files(protos)?)?;

    let folder = std::env::temp_dir().join(format!("signet-gen-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let result = write_rust(&folder, &compiler).and_then(|()| read_folder(&folder));
    fs::remove_dir_all(&folder)?;
    let mut generated = result?;

    let mut descriptors = compiler.file_descriptor_set();
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    generated.insert(DESCRIPTORS.to_owned(), descriptors.encode_to_vec());
    Ok(generated)
}

fn write_rust(folder: &Path, compiler: &protox::Compiler) -> anyhow::Result<()> {
    tonic_prost_build::configure()
        .out_dir(folder)
        .include_file("mod.rs")
        .btree_map(".")
        // Passed on as they are.
        .bytes(".signet.transport.v1")
        .compile_fds(compiler.file_descriptor_set())
        .context("generating Rust from the protos")
}

/// Every proto below a folder, in order of path.
fn proto_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading `{}`", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "proto") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn read_folder(folder: &Path) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading `{}`", folder.display()))? {
        let entry = entry?;
        files.insert(
            entry.file_name().to_string_lossy().into_owned(),
            fs::read(entry.path())?,
        );
    }
    Ok(files)
}

fn compare(target: &Path, generated: &BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
    let committed = read_folder(target)?;
    let stale: Vec<&str> = generated
        .keys()
        .chain(committed.keys())
        .filter(|name| generated.get(*name) != committed.get(*name))
        .map(String::as_str)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    bail!(
        "generated files do not match the protos: {}; run `cargo xtask gen`",
        stale.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn committed_code_matches_the_protos() {
        run(true).unwrap();
    }

    #[test]
    fn a_changed_missing_or_left_over_file_is_stale() {
        let folder = std::env::temp_dir().join(format!("signet-gen-test-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let generated = BTreeMap::from([("a.rs".to_owned(), b"1".to_vec()), ("b.rs".to_owned(), b"2".to_vec())]);
        fs::write(folder.join("a.rs"), "other").unwrap();
        fs::write(folder.join("c.rs"), "left over").unwrap();
        let message = compare(&folder, &generated).unwrap_err().to_string();
        fs::remove_dir_all(&folder).unwrap();
        for name in ["a.rs", "b.rs", "c.rs"] {
            assert!(message.contains(name), "{message}");
        }
    }
}

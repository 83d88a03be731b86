//! Writing labels into packages. Source: MS-OFFCRYPTO 2.6.3 to 2.6.5.

mod label_list;
mod package;
mod properties;

use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::ooxml::relationships::Role;
use crate::options::LabelInfoMode;
use crate::source::Source;
use crate::write::{LabelChange, Rewrite, Warning, WriteOptions};
use crate::zip::{Directory, Entry, rebuild};

use package::Package;

/// Sets or removes a label in a package.
pub(crate) fn set_label(
    source: &mut Source<'_>,
    change: &LabelChange,
    options: &WriteOptions,
    limits: &Limits,
) -> Result<Rewrite, ReadError> {
    let mut package = Package::open(source, limits)?;
    let mode = options.read.label_info_mode(&change.tenant_id);
    if mode == LabelInfoMode::Off {
        write_properties(&mut package, change, limits, true)?;
    } else {
        let sync = options.sync_custom_properties.unwrap_or(mode == LabelInfoMode::Infer);
        write_label_list(&mut package, change, limits)?;
        if sync {
            write_properties(&mut package, change, limits, false)?;
        }
    }
    let signed = package.relationships.is_signed();
    let (directory, changes) = package.finish();
    if changes.replaced.is_empty() && changes.added.is_empty() {
        return Ok(Rewrite::unchanged(source.len()));
    }
    let mut rewrite = rebuild(source, &directory, &changes)?;
    rewrite.warnings.extend(signed.then_some(Warning::Signed));
    rewrite.rewritten = changes.replaced.into_keys().collect();
    Ok(rewrite)
}

/// The entries of a package.
pub(crate) fn entries(source: &mut Source<'_>, limits: &Limits) -> Result<Vec<Entry>, ReadError> {
    Directory::read(source, limits).map(|directory| directory.entries)
}

/// Whether all entries but those that were written anew are in the new package, in the same order and with the same
/// names, sizes and checksums.
pub(crate) fn keeps_entries(old: &[Entry], new: &[Entry], rewritten: &[usize]) -> bool {
    let facts = |entry: &Entry| {
        (
            entry.name.clone(),
            entry.crc,
            entry.compressed_size,
            entry.size,
            entry.compression,
        )
    };
    old.iter().enumerate().all(|(position, entry)| match new.get(position) {
        Some(copy) if rewritten.contains(&position) => copy.name == entry.name,
        Some(copy) => facts(copy) == facts(entry),
        None => false,
    })
}

/// Writes the element of the tenant. A removal that finds neither an element nor properties changes nothing.
fn write_label_list(package: &mut Package<'_, '_>, change: &LabelChange, limits: &Limits) -> Result<(), ReadError> {
    let part = package.part(Role::LabelInfo, limits.label_info_bytes)?;
    let has_properties = |package: &mut Package<'_, '_>| -> Result<bool, ReadError> {
        let properties = package.part(Role::CustomProperties, limits.part_bytes)?;
        properties.map_or(Ok(false), |part| properties::speaks_of(&part.content, change, limits))
    };
    let Some(part) = part else {
        if change.label.is_some() || has_properties(package)? {
            package.add(Role::LabelInfo, label_list::new_list(change).into_bytes())?;
        }
        return Ok(());
    };
    if change.label.is_none() && !label_list::speaks_of(&part.content, change, limits)? && !has_properties(package)? {
        return Ok(());
    }
    let content = label_list::with_change(&part.content, change, limits)?;
    package.replace(part.entry, content);
    Ok(())
}

/// Writes the pairs of the tenant; `add` also where the tenant has none yet.
fn write_properties(
    package: &mut Package<'_, '_>,
    change: &LabelChange,
    limits: &Limits,
    add: bool,
) -> Result<(), ReadError> {
    let Some(part) = package.part(Role::CustomProperties, limits.part_bytes)? else {
        if add && change.label.is_some() {
            let content = properties::new_list(change, package.relationships.is_strict());
            package.add(Role::CustomProperties, content.into_bytes())?;
        }
        return Ok(());
    };
    if !add && !properties::speaks_of(&part.content, change, limits)? {
        return Ok(());
    }
    if let Some(content) = properties::with_change(&part.content, change, limits)? {
        package.replace(part.entry, content);
    }
    Ok(())
}

/// What a package without relationships, or without content types, is.
const NOT_A_DOCUMENT: ReadError = malformed("the archive is not a document package");

#[cfg(test)]
mod tests;

//! Open Packaging files: the label list and the custom properties of the package.
//!
//! Both parts are reached through `_rels/.rels`; an item that merely has the customary name is not the part.

mod custom_properties;
mod relationships;
mod update;

pub(crate) use update::{entries, keeps_entries, set_label};

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::marks::{parse_label_list, resolve};
use crate::options::Options;
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;
use crate::zip::{Directory, Entry};

use relationships::{Relationships, Role};

const RELATIONSHIPS: &str = "_rels/.rels";
const CONTENT_TYPES: &str = "[Content_Types].xml";
/// Pieces of one part.
const PIECES: usize = 64;

/// What a package without relationships is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unrelated {
    /// Sound: it has no labels.
    Allowed,
    /// Damaged: without a relationship nothing leads to the document.
    Damaged,
}

/// Reads the labels of a package.
pub(crate) fn read(
    source: &mut Source<'_>,
    unrelated: Unrelated,
    options: &Options,
    limits: &Limits,
) -> Result<Found, ReadError> {
    let directory = Directory::read(source, limits)?;
    let Some(relationships) = part(&directory, source, RELATIONSHIPS, limits.part_bytes)? else {
        // It still says what its parts are.
        if unrelated == Unrelated::Allowed && !pieces(&directory, CONTENT_TYPES)?.is_empty() {
            return Ok(Found {
                labels: Vec::new(),
                kind: Kind::OpenXml,
                protection: Protection::None,
            });
        }
        return Err(malformed("the archive is not a document package"));
    };
    let relationships = Relationships::parse(&relationships, limits)?;
    let mut content = |role: Role, most: usize| match relationships.target(role)? {
        Some(name) => part(&directory, source, &name, most),
        None => Ok(None),
    };
    let elements = match content(Role::LabelInfo, limits.label_info_bytes)? {
        Some(data) => parse_label_list(&data, limits)?,
        None => Vec::new(),
    };
    let groups = match content(Role::CustomProperties, limits.part_bytes)? {
        Some(data) => custom_properties::parse(&data, limits)?,
        None => Vec::new(),
    };
    let labels = resolve(&elements, Origin::LabelInfo, &groups, options);
    Ok(Found {
        labels,
        kind: Kind::OpenXml,
        protection: Protection::None,
    })
}

/// The content of a part, at most `most` bytes; `None` when there is no such part.
fn part(directory: &Directory, source: &mut Source<'_>, name: &str, most: usize) -> Result<Option<Vec<u8>>, ReadError> {
    let pieces = pieces(directory, name)?;
    if pieces.is_empty() {
        return Ok(None);
    }
    let mut content = Vec::new();
    for entry in pieces {
        content.extend(directory.content(source, entry, most - content.len())?);
    }
    Ok(Some(content))
}

/// The entries a part is made of: one, or pieces that writers of XPS put between those of other parts.
/// Source: ECMA-376 part 2, 7.3.4, interleaving.
fn pieces<'d>(directory: &'d Directory, name: &str) -> Result<Vec<&'d Entry>, ReadError> {
    if let Some(entry) = directory.find(name.as_bytes())? {
        return Ok(vec![entry]);
    }
    let mut pieces = Vec::new();
    while pieces.len() < PIECES {
        let number = pieces.len();
        if let Some(last) = directory.find(format!("{name}/[{number}].last.piece").as_bytes())? {
            pieces.push(last);
            return Ok(pieces);
        }
        match directory.find(format!("{name}/[{number}].piece").as_bytes())? {
            Some(piece) => pieces.push(piece),
            // Such a name is that of no part, and the document's own program would not find it either.
            None if number == 0 && directory.has_with_backslashes(name.as_bytes()) => {
                return Err(malformed("a part of the package has a name with backslashes"));
            }
            None if number == 0 => return Ok(pieces),
            None => return Err(malformed("a part of the package lacks its last piece")),
        }
    }
    Err(limit("a part of the package has too many pieces"))
}

#[cfg(test)]
mod tests;

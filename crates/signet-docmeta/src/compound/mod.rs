//! Compound files: encrypted packages, rights-managed and plain binary Office documents.

mod binary;
mod licence;
mod property_set;

pub(crate) use licence::names_double_key;
#[cfg(test)]
pub(crate) use property_set::label_groups;

use crate::cfb::{Compound, EntryId};
use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::marks::{LabelElement, PairGroup, parse_label_list, resolve};
use crate::options::{LabelInfoMode, Options};
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;

const TRANSFORMS: [&str; 2] = ["\u{6}DataSpaces", "TransformInfo"];

/// What the streams of a compound file make it.
enum State {
    /// Rights-managed; the stream holds the publishing licence.
    RightsManaged { kind: Kind, licence: EntryId },
    /// Encrypted under a password, or in a way not known.
    Sealed,
    /// A binary document, encrypted or not.
    Binary,
    /// A compound file without the content of Word, Excel, PowerPoint or Visio.
    Other,
}

/// Streams with the content of a binary document.
const BODIES: [&str; 5] = [
    "WordDocument",
    "Workbook",
    "Book",
    "PowerPoint Document",
    "VisioDocument",
];

/// Reads the labels of an Office document in a compound file. `any_content` also takes kinds whose streams are not
/// known, such as Project's.
pub(crate) fn read(
    source: &mut Source<'_>,
    any_content: bool,
    options: &Options,
    limits: &Limits,
) -> Result<Found, ReadError> {
    let mut compound = Compound::open(source, limits)?;
    match state(&compound)? {
        State::RightsManaged { kind, licence } => {
            read_rights_managed(&mut compound, source, kind, licence, options, limits)
        }
        State::Sealed => Err(ReadError::DecryptionNotSupported),
        State::Other if !any_content => Err(malformed("the compound file holds no document")),
        State::Binary | State::Other => read_binary(&mut compound, source, options, limits),
    }
}

fn state(compound: &Compound) -> Result<State, ReadError> {
    let stream = |path: &[&str]| compound.find_stream(path);
    let licence = |transform: &str| {
        let [spaces, transforms] = TRANSFORMS;
        stream(&[spaces, transforms, transform, "\u{6}Primary"])
    };
    let package = stream(&["EncryptedPackage"])?.is_some();
    let password = stream(&["EncryptionInfo"])?.is_some();
    if package
        && !password
        && let Some(licence) = licence("DRMEncryptedTransform")?
    {
        return Ok(State::RightsManaged {
            kind: Kind::EncryptedOpenXml,
            licence,
        });
    }
    if package || password {
        return Ok(State::Sealed);
    }
    let content = stream(&["\u{9}DRMContent"])?.or(stream(&["\u{9}DRMViewerContent"])?);
    if content.is_some() {
        let licence = licence("\u{9}DRMTransform")?;
        return Ok(licence.map_or(State::Sealed, |licence| State::RightsManaged {
            kind: Kind::BinaryOffice,
            licence,
        }));
    }
    if stream(&["__properties_version1.0"])?.is_some() {
        return Err(malformed("the content is a message, not a document"));
    }
    for body in BODIES {
        if stream(&[body])?.is_some() {
            return Ok(State::Binary);
        }
    }
    Ok(State::Other)
}

/// Labels in clear beside encrypted content: the LabelInfo stream, else clear properties.
fn read_rights_managed(
    compound: &mut Compound,
    source: &mut Source<'_>,
    kind: Kind,
    licence: EntryId,
    options: &Options,
    limits: &Limits,
) -> Result<Found, ReadError> {
    let licence = compound.read_stream(source, licence, limits.licence_bytes)?;
    let double_key = names_double_key(&licence, options);
    if double_key && !options.dke_return_clear_labels {
        return Err(ReadError::DoubleKeyEncrypted);
    }
    let elements = label_info(compound, source, limits)?;
    let groups = summary_properties(compound, source, limits)?;
    let legible = |element: &LabelElement| options.label_info_mode(&element.tenant) != LabelInfoMode::Off;
    if groups.is_empty() && !elements.iter().any(legible) {
        return Err(if double_key {
            ReadError::DoubleKeyEncrypted
        } else {
            ReadError::DecryptionNotSupported
        });
    }
    let labels = resolve(&elements, Origin::CompoundLabelInfo, &groups, options);
    let protection = if double_key {
        Protection::DoubleKey
    } else {
        Protection::RightsManaged
    };
    Ok(Found {
        labels,
        kind,
        protection,
    })
}

/// A list that is not well formed is no list here: the true label is inside the licence. Source: MS-OFFCRYPTO 2.6.2.
fn label_info(
    compound: &mut Compound,
    source: &mut Source<'_>,
    limits: &Limits,
) -> Result<Vec<LabelElement>, ReadError> {
    let [spaces, transforms] = TRANSFORMS;
    let Some(stream) = compound.find_stream(&[spaces, transforms, "LabelInfo"])? else {
        return Ok(Vec::new());
    };
    let data = compound.read_stream(source, stream, limits.label_info_bytes)?;
    match parse_label_list(&data, limits) {
        Err(ReadError::Malformed { .. }) => Ok(Vec::new()),
        answer => answer,
    }
}

fn summary_properties(
    compound: &mut Compound,
    source: &mut Source<'_>,
    limits: &Limits,
) -> Result<Vec<PairGroup>, ReadError> {
    let Some(stream) = compound.find_stream(&["\u{5}DocumentSummaryInformation"])? else {
        return Ok(Vec::new());
    };
    let data = compound.read_stream(source, stream, limits.property_set_bytes)?;
    property_set::label_groups(&data, limits)
}

fn read_binary(
    compound: &mut Compound,
    source: &mut Source<'_>,
    options: &Options,
    limits: &Limits,
) -> Result<Found, ReadError> {
    let encrypted = binary::is_encrypted(compound, source)?;
    let groups = summary_properties(compound, source, limits)?;
    if encrypted && groups.is_empty() {
        return Err(ReadError::DecryptionNotSupported);
    }
    let labels = resolve(&[], Origin::SummaryProperties, &groups, options);
    let protection = if encrypted {
        Protection::Password
    } else {
        Protection::None
    };
    Ok(Found {
        labels,
        kind: Kind::BinaryOffice,
        protection,
    })
}

#[cfg(test)]
mod tests;

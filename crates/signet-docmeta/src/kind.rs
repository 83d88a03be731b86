//! Which names are supported, and what bytes look like.

use crate::bytes::find;
use crate::error::ReadError;
use crate::options::Options;

/// Whether documents of some name can carry a label at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// [`crate::read_labels`] knows the kind.
    Yes,
    /// [`crate::read_labels`] answers [`ReadError::NotSupported`].
    No,
}

/// Whether documents named `name` can carry a label. Only the extension counts.
#[must_use]
pub fn supported(name: &str, options: &Options) -> Support {
    match Family::of(name, options) {
        Ok(_) => Support::Yes,
        Err(_) => Support::No,
    }
}

/// What an extension promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// An Open XML or other package: ZIP, or a compound file when encrypted or saved in the old format.
    Package,
    /// A package of Power BI, which has relationships only when it has properties.
    PowerBi,
    /// A binary Office file: compound, or ZIP when saved in the new format.
    BinaryOffice,
    Pdf,
    Image,
    Mail,
    OutlookMessage,
    /// A protected kind that shows no label.
    Sealed,
}

const OFFICE_PACKAGES: &[&str] = &[
    "docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "pptx", "pptm", "ppsx", "ppsm", "potx",
    "potm",
];
const OFFICE_BINARIES: &[&str] = &["doc", "dot", "xls", "xlt", "ppt", "pps", "pot"];
const OTHER_PACKAGES: &[&str] = &["vsdx", "vsdm", "vssx", "vssm", "vstx", "vstm", "xps", "oxps", "dwfx"];
const OTHER_BINARIES: &[&str] = &["vsd", "vss", "vst", "vdw", "mpp", "mpt", "pub"];
const IMAGES: &[&str] = &[
    "jpg", "jpe", "jpeg", "jif", "jfif", "jfi", "png", "tif", "tiff", "psd", "dng",
];
// Source: "File types supported by the MIP SDK", protected kinds.
const SEALED: &[&str] = &[
    "pfile", "rpmsg", "ptxt", "pxml", "pjpg", "pjpeg", "ppng", "ptif", "ptiff", "pbmp", "pgif", "pjpe", "pjfif", "pjt",
    "ppdf",
];

impl Family {
    /// What the extension of `name` promises.
    pub(crate) fn of(name: &str, options: &Options) -> Result<Self, ReadError> {
        let extension = extension(name);
        let known = |list: &[&str]| list.contains(&extension.as_str());
        let family = if known(OFFICE_PACKAGES) {
            Some(Self::Package)
        } else if known(OFFICE_BINARIES) {
            Some(Self::BinaryOffice)
        } else if extension == "pdf" {
            Some(Self::Pdf)
        } else if known(SEALED) {
            Some(Self::Sealed)
        } else if options.extended_kinds {
            Self::extended(&extension)
        } else {
            None
        };
        family.ok_or(ReadError::NotSupported { extension })
    }

    fn extended(extension: &str) -> Option<Self> {
        match extension {
            "eml" => Some(Self::Mail),
            "msg" => Some(Self::OutlookMessage),
            "pbix" | "pbit" => Some(Self::PowerBi),
            _ if OTHER_PACKAGES.contains(&extension) => Some(Self::Package),
            _ if OTHER_BINARIES.contains(&extension) => Some(Self::BinaryOffice),
            _ if IMAGES.contains(&extension) => Some(Self::Image),
            _ => None,
        }
    }
}

/// The extension of `name`, lower case, without the dot; empty when there is none. Cut at 32 characters.
pub(crate) fn extension(name: &str) -> String {
    let file_name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = file_name
        .rsplit_once('.')
        .map(|(_, extension)| extension)
        .unwrap_or_default();
    extension.trim_end().chars().take(32).collect::<String>().to_lowercase()
}

/// What the first bytes of a document look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Magic {
    Zip,
    Compound,
    Pdf,
    Jpeg,
    Png,
    Tiff,
    Photoshop,
    Unknown,
}

/// How many bytes `Magic::of` wants to see.
pub(crate) const MAGIC_BYTES: usize = 1024 + 5;

impl Magic {
    /// Looks at the first `MAGIC_BYTES` of a document.
    pub(crate) fn of(head: &[u8]) -> Self {
        match head {
            [b'P', b'K', 3, 4, ..] => Self::Zip,
            [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => Self::Compound,
            [0xFF, 0xD8, 0xFF, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Self::Png,
            [b'I', b'I', 0x2A | 0x2B, 0, ..] | [b'M', b'M', 0, 0x2A | 0x2B, ..] => Self::Tiff,
            [b'8', b'B', b'P', b'S', ..] => Self::Photoshop,
            _ if find(head.get(..MAGIC_BYTES).unwrap_or(head), b"%PDF-").is_some() => Self::Pdf,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions() {
        for (name, expected) in [
            ("a.docx", "docx"),
            ("A.B.DOCX", "docx"),
            ("folder.docx/readme", ""),
            ("folder\\x.Pdf", "pdf"),
            ("none", ""),
            (".docx", "docx"),
            ("a.", ""),
            ("a.ÄÖ", "äö"),
        ] {
            assert_eq!(extension(name), expected, "{name}");
        }
    }

    #[test]
    fn support_by_name() {
        let all = Options::default();
        let narrow = Options {
            extended_kinds: false,
            ..Options::default()
        };
        for (name, extended, plain) in [
            ("a.docx", Support::Yes, Support::Yes),
            ("a.XLSB", Support::Yes, Support::Yes),
            ("a.pps", Support::Yes, Support::Yes),
            ("a.pdf", Support::Yes, Support::Yes),
            ("a.ptxt", Support::Yes, Support::Yes),
            ("a.txt.pfile", Support::Yes, Support::Yes),
            ("a.vsdx", Support::Yes, Support::No),
            ("a.jpeg", Support::Yes, Support::No),
            ("a.eml", Support::Yes, Support::No),
            ("a.msg", Support::Yes, Support::No),
            ("a.txt", Support::No, Support::No),
            ("a.zip", Support::No, Support::No),
            ("a.ods", Support::No, Support::No),
            ("docx", Support::No, Support::No),
            ("", Support::No, Support::No),
        ] {
            assert_eq!(supported(name, &all), extended, "{name}");
            assert_eq!(supported(name, &narrow), plain, "{name}");
        }
    }

    #[test]
    fn magic_numbers() {
        assert_eq!(Magic::of(b"PK\x03\x04rest"), Magic::Zip);
        assert_eq!(Magic::of(b"junk before\n%PDF-1.4"), Magic::Pdf);
        assert_eq!(Magic::of(&[&[b' '; 1024], b"%PDF-1.4".as_slice()].concat()), Magic::Pdf);
        assert_eq!(
            Magic::of(&[&[b' '; 1025], b"%PDF-1.4".as_slice()].concat()),
            Magic::Unknown
        );
        assert_eq!(Magic::of(b""), Magic::Unknown);
    }
}

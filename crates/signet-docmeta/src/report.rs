//! What was found in a document.

use crate::guid::Guid;

/// What reading a document gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Labels in force, at most one for each tenant: those of the label list first, then those of properties, each in
    /// document order. Empty when the document has none, or only removed or disabled ones.
    pub labels: Vec<FoundLabel>,
    /// What the bytes are, whatever the name says.
    pub kind: Kind,
    /// How the content is protected.
    pub protection: Protection,
    /// What reading cost.
    pub stats: ReadStats,
}

/// One label in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundLabel {
    /// The label.
    pub label_id: Guid,
    /// The tenant the label belongs to.
    pub tenant_id: Guid,
    /// How it was assigned.
    pub method: Method,
    /// What the label did to the content: 1 header, 2 footer, 4 watermark, 8 encryption, added up. Absent when not said.
    pub content_bits: Option<u32>,
    /// Where it stood.
    pub origin: Origin,
    /// When it was set, in seconds since 1970-01-01T00:00:00Z. Absent when not said or not legible.
    pub set_date: Option<i64>,
}

/// How a label was assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// By default or by a rule that could not lower a chosen label; also anything not understood.
    Standard,
    /// By a user.
    Privileged,
    /// By automatic labelling.
    Auto,
}

impl Method {
    /// Reads the word a document uses, without regard to case; an unknown word is `Standard`.
    pub(crate) fn from_word(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "privileged" | "manual" => Self::Privileged,
            "auto" | "automatic" => Self::Auto,
            _ => Self::Standard,
        }
    }
}

/// Where in a document a label stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The LabelInfo part of an Open XML package.
    LabelInfo,
    /// The custom document properties of an Open XML package.
    CustomProperties,
    /// The LabelInfo stream beside an encrypted package.
    CompoundLabelInfo,
    /// The user-defined properties of a compound file.
    SummaryProperties,
    /// The information dictionary of a PDF.
    PdfInfo,
    /// An XMP packet, of a PDF or an image.
    Xmp,
    /// The headers of a message.
    MailHeader,
}

/// What the bytes of a document are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// No bytes at all.
    Empty,
    /// An Open Packaging (ZIP) file: Office documents since 2007, Visio, XPS, Power BI.
    OpenXml,
    /// A compound file holding an encrypted Open XML package.
    EncryptedOpenXml,
    /// A compound file with a binary Office document.
    BinaryOffice,
    /// An Outlook message in a compound file.
    OutlookMessage,
    /// A PDF.
    Pdf,
    /// An Internet message (RFC 5322).
    Mail,
    /// A JPEG image.
    Jpeg,
    /// A PNG image.
    Png,
    /// A TIFF or DNG image.
    Tiff,
    /// A Photoshop document.
    Photoshop,
}

/// How the content of a document is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protection {
    /// Not encrypted.
    None,
    /// Encrypted under a rights-management licence.
    RightsManaged,
    /// As `RightsManaged`, with a second key held by the customer.
    DoubleKey,
    /// Encrypted under a password, also the empty one.
    Password,
    /// Encrypted in a way that is none of the above.
    Other,
}

/// What reading cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadStats {
    /// Bytes fetched.
    pub bytes: u64,
    /// Calls of [`crate::RangeRead::read_at`].
    pub requests: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_words() {
        for (word, method) in [
            ("Standard", Method::Standard),
            ("default", Method::Standard),
            ("", Method::Standard),
            ("whatever", Method::Standard),
            ("PRIVILEGED", Method::Privileged),
            ("Manual", Method::Privileged),
            ("Auto", Method::Auto),
            ("automatic", Method::Auto),
        ] {
            assert_eq!(Method::from_word(word), method, "{word}");
        }
    }
}

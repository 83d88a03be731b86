//! What the parser reports, in the words the service keeps and answers.

use signet_contract::extraction::ExtractedLabel;
use signet_docmeta::{FoundLabel, Kind, Method, Protection, ReadStats, Report};
use signet_domain::content::AssignmentMethod;

use crate::answers::{FileAnswer, FileOutcome};

/// The word for rights-managed content among [`FileAnswer::protection`].
pub(crate) const RIGHTS_MANAGED: &str = "rightsManaged";

/// What a file without bytes reports.
pub(crate) fn empty_report() -> Report {
    Report {
        labels: Vec::new(),
        kind: Kind::Empty,
        protection: Protection::None,
        stats: ReadStats::default(),
    }
}

/// The answer a report amounts to.
pub(crate) fn answer(report: Report) -> FileAnswer {
    let labels = report.labels.iter().map(extracted_label).collect();
    FileAnswer {
        outcome: FileOutcome::Labels(labels),
        kind: kind_word(report.kind).to_owned(),
        protection: protection_word(report.protection).to_owned(),
        content_tag: String::new(),
    }
}

fn extracted_label(found: &FoundLabel) -> ExtractedLabel {
    ExtractedLabel {
        label_id: found.label_id.to_string(),
        assignment_method: match found.method {
            Method::Standard => AssignmentMethod::Standard,
            Method::Privileged => AssignmentMethod::Privileged,
            Method::Auto => AssignmentMethod::Auto,
        },
        tenant_id: found.tenant_id.to_string(),
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Empty => "empty",
        Kind::OpenXml => "openXml",
        Kind::EncryptedOpenXml => "encryptedOpenXml",
        Kind::BinaryOffice => "binaryOffice",
        Kind::OutlookMessage => "outlookMessage",
        Kind::Pdf => "pdf",
        Kind::Mail => "mail",
        Kind::Jpeg => "jpeg",
        Kind::Png => "png",
        Kind::Tiff => "tiff",
        Kind::Photoshop => "photoshop",
    }
}

fn protection_word(protection: Protection) -> &'static str {
    match protection {
        Protection::None => "none",
        Protection::RightsManaged => RIGHTS_MANAGED,
        Protection::DoubleKey => "doubleKey",
        Protection::Password => "password",
        Protection::Other => "other",
    }
}

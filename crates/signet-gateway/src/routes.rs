//! From a request target to what is asked: the table of routes and the matcher made from it.

mod item;
mod matcher;
mod path;
mod table;

#[cfg(test)]
mod tests;

pub(crate) use matcher::{Matched, Mismatch, Routes};
pub(crate) use table::{Api, GROUPS, Leaf, Prefix, Verb, Whose, permission};

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Endpoint {
    /// The list of entry points.
    ServiceDocument,
    /// The interface description.
    Metadata,
    /// Several requests in one.
    Batch,
    /// Labels, first projection.
    ListPolicyLabels,
    /// Number of labels, first projection.
    CountPolicyLabels,
    /// One label, first projection.
    GetPolicyLabel,
    /// The parent of a label, first projection.
    GetPolicyLabelParent,
    /// Settings of label policies.
    GetPolicySettings,
    /// What applying a label takes.
    EvaluateApplication,
    /// What findings of a detector lead to.
    EvaluateClassificationResults,
    /// What removing a label takes.
    EvaluateRemoval,
    /// Which label metadata stands for.
    ExtractContentLabel,
    /// Labels, or sublabels of one, second projection.
    ListLabels,
    /// Number of labels or sublabels, second projection.
    CountLabels,
    /// One label, second projection.
    GetLabel,
    /// Usage rights of one label.
    GetRights,
    /// The most sensitive of several labels.
    ComputeInheritance,
    /// Rights on several contents, and the label they pass on.
    ComputeRightsAndInheritance,
    /// An action of the old collections that is not offered.
    LegacyEvaluate,
    /// One drive.
    GetDrive,
    /// Drives of an owner.
    ListDrives,
    /// One item.
    GetItem,
    /// Entries of a folder.
    ListChildren,
    /// Labels inside a file.
    ExtractLabels,
    /// Writes a label into a file.
    AssignLabel,
    /// Content of a file.
    GetContent,
    /// Replaces the content of a file.
    PutContent,
    /// Begins an upload in parts.
    CreateUploadSession,
    /// Where a label being written stands.
    GetOperation,
    /// Bytes of a file, by a URL that needs no token.
    Download,
    /// Bytes of an upload.
    UploadPart,
    /// Where an upload stands.
    GetUpload,
    /// Makes an upload the file.
    CommitUpload,
    /// Gives an upload up.
    CancelUpload,
    /// Labels of everything below a folder.
    ScanDrive,
    /// The decision log.
    ListDecisions,
}

impl Endpoint {
    /// The name in spans and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ServiceDocument => "serviceDocument",
            Self::Metadata => "metadata",
            Self::Batch => "batch",
            Self::ListPolicyLabels => "listPolicyLabels",
            Self::CountPolicyLabels => "countPolicyLabels",
            Self::GetPolicyLabel => "getPolicyLabel",
            Self::GetPolicyLabelParent => "getPolicyLabelParent",
            Self::GetPolicySettings => "getPolicySettings",
            Self::EvaluateApplication => "evaluateApplication",
            Self::EvaluateClassificationResults => "evaluateClassificationResults",
            Self::EvaluateRemoval => "evaluateRemoval",
            Self::ExtractContentLabel => "extractContentLabel",
            Self::ListLabels => "listLabels",
            Self::CountLabels => "countLabels",
            Self::GetLabel => "getLabel",
            Self::GetRights => "getRights",
            Self::ComputeInheritance => "computeInheritance",
            Self::ComputeRightsAndInheritance => "computeRightsAndInheritance",
            Self::LegacyEvaluate => "evaluate",
            Self::GetDrive => "getDrive",
            Self::ListDrives => "listDrives",
            Self::GetItem => "getItem",
            Self::ListChildren => "listChildren",
            Self::ExtractLabels => "extractSensitivityLabels",
            Self::AssignLabel => "assignSensitivityLabel",
            Self::GetContent => "getContent",
            Self::PutContent => "putContent",
            Self::CreateUploadSession => "createUploadSession",
            Self::GetOperation => "getOperation",
            Self::Download => "download",
            Self::UploadPart => "uploadPart",
            Self::GetUpload => "getUpload",
            Self::CommitUpload => "commitUpload",
            Self::CancelUpload => "cancelUpload",
            Self::ScanDrive => "scanDrive",
            Self::ListDecisions => "listDecisions",
        }
    }

    /// Answered without a token.
    pub(crate) const fn is_anonymous(self) -> bool {
        matches!(self, Self::ServiceDocument | Self::Metadata) || self.needs_ticket()
    }

    /// A ticket in the path is all it needs.
    pub(crate) const fn needs_ticket(self) -> bool {
        matches!(
            self,
            Self::GetOperation
                | Self::Download
                | Self::UploadPart
                | Self::GetUpload
                | Self::CommitUpload
                | Self::CancelUpload
        )
    }

    /// The body is the content of a file, which may take its time.
    pub(crate) const fn carries_content(self) -> bool {
        matches!(self, Self::PutContent | Self::UploadPart | Self::CommitUpload)
    }
}

//! Requests that name a revision they must not be answered from before.

use signet_domain::ids::Revision;

use crate::proto::{catalog, evaluation, extraction};

/// A request with `at_least_revision`; it belongs to the call, not to the question.
pub(crate) trait Revisioned {
    /// The revision named. (Generated accessors of a similar name turn absence into zero.)
    fn least_revision(&self) -> Option<Revision>;

    /// The same request naming a revision.
    #[must_use]
    fn at_least(self, revision: Option<Revision>) -> Self;
}

macro_rules! revisioned {
    ($($message:ty),+ $(,)?) => {$(
        impl Revisioned for $message {
            fn least_revision(&self) -> Option<Revision> {
                self.at_least_revision.map(Revision)
            }

            fn at_least(mut self, revision: Option<Revision>) -> Self {
                self.at_least_revision = revision.map(|revision| revision.0);
                self
            }
        }
    )+};
}

/// Requests whose revision stands in their options.
macro_rules! revisioned_by_options {
    ($($message:ty),+ $(,)?) => {$(
        impl Revisioned for $message {
            fn least_revision(&self) -> Option<Revision> {
                self.options.as_ref().and_then(Revisioned::least_revision)
            }

            fn at_least(mut self, revision: Option<Revision>) -> Self {
                self.options = self.options.map(|options| options.at_least(revision));
                self
            }
        }
    )+};
}

/// Requests that never name one.
macro_rules! not_revisioned {
    ($($message:ty),+ $(,)?) => {$(
        impl Revisioned for $message {
            fn least_revision(&self) -> Option<Revision> {
                None
            }

            fn at_least(self, _: Option<Revision>) -> Self {
                self
            }
        }
    )+};
}

revisioned!(
    catalog::ListLabelsRequest,
    catalog::GetLabelRequest,
    catalog::GetPolicySettingsRequest,
    catalog::ResolveSubjectRequest,
    evaluation::EvaluationOptions,
    evaluation::evaluate_many_request::Start,
    evaluation::ComputeInheritanceRequest,
    evaluation::ComputeRightsAndInheritanceRequest,
    evaluation::GetUsageRightsRequest,
    evaluation::ExpandRightsRequest,
    extraction::ListDrivesRequest,
    extraction::GetDriveRequest,
    extraction::GetItemRequest,
    extraction::ListChildrenRequest,
    extraction::ExtractLabelsRequest,
    extraction::AssignLabelRequest,
    extraction::CreateDownloadRequest,
    extraction::CreateUploadRequest,
);

revisioned_by_options!(
    evaluation::EvaluateApplicationRequest,
    evaluation::EvaluateClassificationResultsRequest,
    evaluation::EvaluateRemovalRequest,
    evaluation::ExtractContentLabelRequest,
);

not_revisioned!(
    catalog::PlanTenantRequest,
    catalog::ApplyTenantRequest,
    catalog::ExportTenantRequest,
    catalog::ListRevisionsRequest,
    catalog::GetRevisionRequest,
    catalog::DiffRevisionsRequest,
    catalog::RollbackTenantRequest,
    catalog::FollowRevisionsRequest,
    catalog::CreateLabelRequest,
    catalog::UpdateLabelRequest,
    catalog::DeleteLabelRequest,
    catalog::ReorderLabelsRequest,
    evaluation::ListDecisionsRequest,
    evaluation::FollowDecisionsRequest,
);

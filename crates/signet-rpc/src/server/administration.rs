//! `signet.catalog.v1.CatalogAdministrationService` over [`CatalogAdministration`].

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use signet_contract::catalog::{TenantApplied, TenantJson};
use signet_contract::{CallContext, CatalogAdministration, ContractError};
use signet_domain::ids::Revision;
use signet_domain::tenant::LabelChange;
use tonic::{Request, Response, Status};

use super::gate::{Answers, Gate};
use super::span::rpc_span;
use crate::convert::{MAX_ITEMS, blocking, id, ids, in_range, required, revision};
use crate::proto::catalog as pb;
use crate::proto::catalog::catalog_administration_service_server::CatalogAdministrationService;

/// Answers with an administration of the catalogue.
pub(super) struct AdministrationAdapter {
    pub(super) gate: Gate,
    pub(super) administration: Arc<dyn CatalogAdministration>,
}

#[async_trait]
impl CatalogAdministrationService for AdministrationAdapter {
    async fn plan_tenant(
        &self,
        request: Request<pb::PlanTenantRequest>,
    ) -> Result<Response<pb::PlanTenantResponse>, Status> {
        let answer = |context, message: pb::PlanTenantRequest| async move {
            let document = TenantJson(message.tenant_document);
            Ok(self.administration.plan_tenant(&context, document).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.plan_tenant"), request, answer)
            .await
    }

    async fn apply_tenant(
        &self,
        request: Request<pb::ApplyTenantRequest>,
    ) -> Result<Response<pb::ApplyTenantResponse>, Status> {
        let answer = |context, message: pb::ApplyTenantRequest| async move {
            let document = TenantJson(message.tenant_document);
            let expected = required(message.expected, "expected")?;
            let applied = self
                .administration
                .apply_tenant(&context, document, expected, message.note);
            Ok(applied.await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.apply_tenant"), request, answer)
            .await
    }

    async fn export_tenant(
        &self,
        request: Request<pb::ExportTenantRequest>,
    ) -> Result<Response<pb::ExportTenantResponse>, Status> {
        let answer = |context, message: pb::ExportTenantRequest| async move {
            let revision = message.revision.map(Revision);
            let tenant = self.administration.export_tenant(&context, revision).await?;
            blocking(move || tenant.try_into()).await
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.export_tenant"), request, answer)
            .await
    }

    async fn list_revisions(
        &self,
        request: Request<pb::ListRevisionsRequest>,
    ) -> Result<Response<pb::ListRevisionsResponse>, Status> {
        let answer = |context, message: pb::ListRevisionsRequest| async move {
            let before = message.before_revision.map(Revision);
            let limit = in_range(message.page_size, 1..=MAX_ITEMS, "page_size")?;
            Ok(self
                .administration
                .list_revisions(&context, before, limit)
                .await?
                .into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.list_revisions"), request, answer)
            .await
    }

    async fn get_revision(
        &self,
        request: Request<pb::GetRevisionRequest>,
    ) -> Result<Response<pb::GetRevisionResponse>, Status> {
        let answer = |context, message: pb::GetRevisionRequest| async move {
            let wanted = message.revision.map(Revision);
            let found = self.administration.get_revision(&context, wanted).await?;
            Ok(pb::GetRevisionResponse {
                revision: Some(found.into()),
            })
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.get_revision"), request, answer)
            .await
    }

    async fn diff_revisions(
        &self,
        request: Request<pb::DiffRevisionsRequest>,
    ) -> Result<Response<pb::DiffRevisionsResponse>, Status> {
        let answer = |context, message: pb::DiffRevisionsRequest| async move {
            let from = revision(message.from_revision, "from_revision")?;
            let to = message.to_revision.map(Revision);
            Ok(self.administration.diff_revisions(&context, from, to).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.diff_revisions"), request, answer)
            .await
    }

    async fn rollback_tenant(
        &self,
        request: Request<pb::RollbackTenantRequest>,
    ) -> Result<Response<pb::RollbackTenantResponse>, Status> {
        let answer = |context, message: pb::RollbackTenantRequest| async move {
            let to = revision(message.to_revision, "to_revision")?;
            let expected = required(message.expected, "expected")?;
            let applied = self
                .administration
                .rollback_tenant(&context, to, expected, message.note);
            Ok(applied.await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.rollback_tenant"), request, answer)
            .await
    }

    type FollowRevisionsStream = Answers<pb::FollowRevisionsResponse>;

    async fn follow_revisions(
        &self,
        request: Request<pb::FollowRevisionsRequest>,
    ) -> Result<Response<Self::FollowRevisionsStream>, Status> {
        let answers = |context, message: pb::FollowRevisionsRequest| async move {
            let after = message.after_revision.map(Revision);
            let revisions = self.administration.follow_revisions(&context, after).await?;
            Ok(revisions.map(|revision| {
                Ok(pb::FollowRevisionsResponse {
                    revision: Some(revision?.into()),
                })
            }))
        };
        let span = rpc_span!("rpc.catalog_administration.follow_revisions");
        self.gate.stream(span, request, &self.gate.stopping, answers).await
    }

    async fn create_label(
        &self,
        request: Request<pb::CreateLabelRequest>,
    ) -> Result<Response<pb::CreateLabelResponse>, Status> {
        let answer = |context, message: pb::CreateLabelRequest| async move {
            let change = LabelChange::Create(Box::new(required(message.label, "label")?));
            let expected = revision(message.expected_revision, "expected_revision")?;
            self.change_label(context, change, expected, message.note).await
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.create_label"), request, answer)
            .await
    }

    async fn update_label(
        &self,
        request: Request<pb::UpdateLabelRequest>,
    ) -> Result<Response<pb::UpdateLabelResponse>, Status> {
        let answer = |context, message: pb::UpdateLabelRequest| async move {
            let change = LabelChange::Update(Box::new(required(message.label, "label")?));
            let expected = revision(message.expected_revision, "expected_revision")?;
            self.change_label(context, change, expected, message.note).await
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.update_label"), request, answer)
            .await
    }

    async fn delete_label(
        &self,
        request: Request<pb::DeleteLabelRequest>,
    ) -> Result<Response<pb::DeleteLabelResponse>, Status> {
        let answer = |context, message: pb::DeleteLabelRequest| async move {
            let change = LabelChange::Delete(id(&message.label_id, "label_id")?);
            let expected = revision(message.expected_revision, "expected_revision")?;
            self.change_label(context, change, expected, message.note).await
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.delete_label"), request, answer)
            .await
    }

    async fn reorder_labels(
        &self,
        request: Request<pb::ReorderLabelsRequest>,
    ) -> Result<Response<pb::ReorderLabelsResponse>, Status> {
        let answer = |context, message: pb::ReorderLabelsRequest| async move {
            let change = LabelChange::Reorder(ids(message.label_ids, "label_ids")?);
            let expected = revision(message.expected_revision, "expected_revision")?;
            self.change_label(context, change, expected, message.note).await
        };
        self.gate
            .call(rpc_span!("rpc.catalog_administration.reorder_labels"), request, answer)
            .await
    }
}

impl AdministrationAdapter {
    async fn change_label<R: From<TenantApplied>>(
        &self,
        context: CallContext,
        change: LabelChange,
        expected: Revision,
        note: Option<String>,
    ) -> Result<R, ContractError> {
        let applied = self.administration.change_label(&context, change, expected, note);
        Ok(applied.await?.into())
    }
}

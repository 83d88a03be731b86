//! `signet.catalog.v1.CatalogAdministrationService` over [`CatalogAdministration`].

use std::sync::Arc;

use async_trait::async_trait;
use signet_contract::CatalogAdministration;
use signet_contract::catalog::TenantJson;
use signet_domain::ids::Revision;
use tonic::{Request, Response, Status};

use super::gate::Gate;
use super::span::rpc_span;
use crate::convert::{MAX_ITEMS, blocking, in_range, required};
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
}

//! `signet.catalog.v1.CatalogService` over [`Catalog`].

use std::sync::Arc;

use async_trait::async_trait;
use signet_contract::Catalog;
use tonic::{Request, Response, Status};

use super::gate::Gate;
use super::span::rpc_span;
use crate::convert::{optional_text, required, value};
use crate::proto::catalog as pb;
use crate::proto::catalog::catalog_service_server::CatalogService;

/// Answers with a catalogue.
pub(super) struct CatalogAdapter {
    pub(super) gate: Gate,
    pub(super) catalog: Arc<dyn Catalog>,
}

#[async_trait]
impl CatalogService for CatalogAdapter {
    async fn list_labels(
        &self,
        request: Request<pb::ListLabelsRequest>,
    ) -> Result<Response<pb::ListLabelsResponse>, Status> {
        let answer = |context, message: pb::ListLabelsRequest| async move {
            Ok(self.catalog.list_labels(&context, message.try_into()?).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog.list_labels"), request, answer)
            .await
    }

    async fn get_label(&self, request: Request<pb::GetLabelRequest>) -> Result<Response<pb::GetLabelResponse>, Status> {
        let answer = |context, message: pb::GetLabelRequest| async move {
            Ok(self.catalog.get_label(&context, message.try_into()?).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog.get_label"), request, answer)
            .await
    }

    async fn get_policy_settings(
        &self,
        request: Request<pb::GetPolicySettingsRequest>,
    ) -> Result<Response<pb::GetPolicySettingsResponse>, Status> {
        let answer = |context, message: pb::GetPolicySettingsRequest| async move {
            let subject = required(message.subject, "subject")?;
            Ok(self.catalog.get_policy_settings(&context, subject).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.catalog.get_policy_settings"), request, answer)
            .await
    }

    async fn resolve_subject(
        &self,
        request: Request<pb::ResolveSubjectRequest>,
    ) -> Result<Response<pb::ResolveSubjectResponse>, Status> {
        let answer = |context, message: pb::ResolveSubjectRequest| async move {
            let family = value::<pb::LabelFamily, _>(message.family, "family")?;
            let subject = required(message.subject, "subject")?;
            let user = self.catalog.resolve_subject(&context, family, subject).await?;
            Ok(pb::ResolveSubjectResponse {
                user_id: optional_text(user),
            })
        };
        self.gate
            .call(rpc_span!("rpc.catalog.resolve_subject"), request, answer)
            .await
    }
}

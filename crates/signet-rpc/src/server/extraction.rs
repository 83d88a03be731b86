//! `signet.extraction.v1.ExtractionService` over [`Extraction`].

use std::sync::Arc;

use async_trait::async_trait;
use signet_contract::Extraction;
use tonic::{Request, Response, Status};

use super::gate::Gate;
use super::span::rpc_span;
use crate::convert::{children_query, required};
use crate::proto::extraction as pb;
use crate::proto::extraction::extraction_service_server::ExtractionService;

/// Answers with an extraction service.
pub(super) struct ExtractionAdapter {
    pub(super) gate: Gate,
    pub(super) extraction: Arc<dyn Extraction>,
}

#[async_trait]
impl ExtractionService for ExtractionAdapter {
    async fn list_drives(
        &self,
        request: Request<pb::ListDrivesRequest>,
    ) -> Result<Response<pb::ListDrivesResponse>, Status> {
        let answer = |context, message: pb::ListDrivesRequest| async move {
            let owner = required(message.owner, "owner")?;
            Ok(self.extraction.list_drives(&context, owner).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.extraction.list_drives"), request, answer)
            .await
    }

    async fn get_drive(&self, request: Request<pb::GetDriveRequest>) -> Result<Response<pb::GetDriveResponse>, Status> {
        let answer = |context, message: pb::GetDriveRequest| async move {
            let drive = required(message.drive, "drive")?;
            Ok(self.extraction.get_drive(&context, drive).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.extraction.get_drive"), request, answer)
            .await
    }

    async fn get_item(&self, request: Request<pb::GetItemRequest>) -> Result<Response<pb::GetItemResponse>, Status> {
        let answer = |context, message: pb::GetItemRequest| async move {
            let item = required(message.item, "item")?;
            Ok(self.extraction.get_item(&context, item).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.extraction.get_item"), request, answer)
            .await
    }

    async fn list_children(
        &self,
        request: Request<pb::ListChildrenRequest>,
    ) -> Result<Response<pb::ListChildrenResponse>, Status> {
        let answer = |context, message: pb::ListChildrenRequest| async move {
            let query = children_query(&message)?;
            let folder = required(message.folder, "folder")?;
            Ok(self.extraction.list_children(&context, folder, query).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.extraction.list_children"), request, answer)
            .await
    }

    async fn extract_labels(
        &self,
        request: Request<pb::ExtractLabelsRequest>,
    ) -> Result<Response<pb::ExtractLabelsResponse>, Status> {
        let answer = |context, message: pb::ExtractLabelsRequest| async move {
            let item = required(message.item, "item")?;
            Ok(self.extraction.extract_labels(&context, item).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.extraction.extract_labels"), request, answer)
            .await
    }
}

//! `signet.extraction.v1.DriveContentService` over [`DriveContent`].

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use signet_contract::DriveContent;
use signet_contract::content::{Ticket, TicketCall};
use tonic::{Request, Response, Status};

use super::gate::{Answers, Gate};
use super::span::rpc_span;
use super::timing::Timing;
use crate::convert::{content_range, required, upload_chunk};
use crate::proto::extraction as pb;
use crate::proto::extraction::drive_content_service_server::DriveContentService;

/// Answers with the content of drive items.
pub(super) struct ContentAdapter {
    pub(super) gate: Gate,
    pub(super) content: Arc<dyn DriveContent>,
}

impl ContentAdapter {
    fn call(&self, ticket: &str, timing: Timing) -> TicketCall {
        TicketCall {
            ticket: Ticket::new(ticket),
            deadline: timing.deadline,
            request_id: Arc::from(self.gate.ids.next_id().to_string()),
        }
    }
}

#[async_trait]
impl DriveContentService for ContentAdapter {
    async fn assign_label(
        &self,
        request: Request<pb::AssignLabelRequest>,
    ) -> Result<Response<pb::AssignLabelResponse>, Status> {
        let answer = |context, message: pb::AssignLabelRequest| async move {
            let ticket = self.content.assign_label(&context, message.try_into()?).await?;
            Ok(pb::AssignLabelResponse {
                ticket: ticket.expose().to_owned(),
            })
        };
        let span = rpc_span!("rpc.drive_content.assign_label");
        self.gate.call(span, request, answer).await
    }

    async fn get_operation(
        &self,
        request: Request<pb::GetOperationRequest>,
    ) -> Result<Response<pb::GetOperationResponse>, Status> {
        let answer = |timing, message: pb::GetOperationRequest| async move {
            let call = self.call(&message.ticket, timing);
            Ok(self.content.get_operation(call).await?.into())
        };
        let span = rpc_span!("rpc.drive_content.get_operation");
        self.gate.service_call(span, request, answer).await
    }

    async fn create_download(
        &self,
        request: Request<pb::CreateDownloadRequest>,
    ) -> Result<Response<pb::CreateDownloadResponse>, Status> {
        let answer = |context, message: pb::CreateDownloadRequest| async move {
            let item = required(message.item, "item")?;
            Ok(self.content.create_download(&context, item).await?.into())
        };
        let span = rpc_span!("rpc.drive_content.create_download");
        self.gate.call(span, request, answer).await
    }

    async fn read_content(
        &self,
        request: Request<pb::ReadContentRequest>,
    ) -> Result<Response<pb::ReadContentResponse>, Status> {
        let answer = |timing, message: pb::ReadContentRequest| async move {
            let call = self.call(&message.ticket, timing);
            let range = content_range(&message)?;
            Ok(self.content.read_content(call, range).await?.into())
        };
        let span = rpc_span!("rpc.drive_content.read_content");
        self.gate.service_call(span, request, answer).await
    }

    async fn create_upload(
        &self,
        request: Request<pb::CreateUploadRequest>,
    ) -> Result<Response<pb::CreateUploadResponse>, Status> {
        let answer = |context, message: pb::CreateUploadRequest| async move {
            let status = self.content.create_upload(&context, message.try_into()?).await?;
            Ok(pb::CreateUploadResponse {
                upload: Some(status.into()),
            })
        };
        let span = rpc_span!("rpc.drive_content.create_upload");
        self.gate.call(span, request, answer).await
    }

    async fn get_upload(
        &self,
        request: Request<pb::GetUploadRequest>,
    ) -> Result<Response<pb::GetUploadResponse>, Status> {
        let answer = |timing, message: pb::GetUploadRequest| async move {
            let status = self.content.get_upload(self.call(&message.ticket, timing)).await?;
            Ok(pb::GetUploadResponse {
                upload: Some(status.into()),
            })
        };
        let span = rpc_span!("rpc.drive_content.get_upload");
        self.gate.service_call(span, request, answer).await
    }

    async fn write_upload(
        &self,
        request: Request<pb::WriteUploadRequest>,
    ) -> Result<Response<pb::WriteUploadResponse>, Status> {
        let answer = |timing, message: pb::WriteUploadRequest| async move {
            let call = self.call(&message.ticket, timing);
            Ok(self.content.write_upload(call, upload_chunk(message)).await?.into())
        };
        let span = rpc_span!("rpc.drive_content.write_upload");
        self.gate.service_call(span, request, answer).await
    }

    async fn commit_upload(
        &self,
        request: Request<pb::CommitUploadRequest>,
    ) -> Result<Response<pb::CommitUploadResponse>, Status> {
        let answer = |timing, message: pb::CommitUploadRequest| async move {
            let uploaded = self.content.commit_upload(self.call(&message.ticket, timing)).await?;
            Ok(pb::CommitUploadResponse {
                uploaded: Some(uploaded.into()),
            })
        };
        let span = rpc_span!("rpc.drive_content.commit_upload");
        self.gate.service_call(span, request, answer).await
    }

    async fn cancel_upload(
        &self,
        request: Request<pb::CancelUploadRequest>,
    ) -> Result<Response<pb::CancelUploadResponse>, Status> {
        let answer = |timing, message: pb::CancelUploadRequest| async move {
            self.content.cancel_upload(self.call(&message.ticket, timing)).await?;
            Ok(pb::CancelUploadResponse {})
        };
        let span = rpc_span!("rpc.drive_content.cancel_upload");
        self.gate.service_call(span, request, answer).await
    }

    type ScanStream = Answers<pb::ScanResponse>;

    async fn scan(&self, request: Request<pb::ScanRequest>) -> Result<Response<Self::ScanStream>, Status> {
        let answers = |context, message: pb::ScanRequest| async move {
            let results = self.content.scan(&context, message.try_into()?).await?;
            Ok(results.map(|result| result.map(Into::into)))
        };
        let span = rpc_span!("rpc.drive_content.scan");
        self.gate.stream(span, request, &self.gate.stopped, answers).await
    }
}

//! [`DriveContent`] over the network.

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::content::{
    AssignRequest, ContentChunk, ContentRange, OperationStatus, ScanRequest, ScanResult, Ticket, TicketCall,
    UploadChunk, UploadProgress, UploadRequest, UploadStatus, UploadedItem,
};
use signet_contract::extraction::{DriveItem, ItemReference};
use signet_contract::{CallContext, ContractError, DriveContent};

use super::connection::{Connection, Repeat, answer, unreadable, values};
use super::macros::{method, rpc_span};
use super::upstream::Balanced;
use crate::convert::{Revisioned, required};
use crate::limits::DOCUMENT_BYTES;
use crate::proto::extraction as pb;
use crate::proto::extraction::drive_content_service_client::DriveContentServiceClient;

/// Content of drive items in another process. Calls with a ticket need a cluster token.
#[derive(Debug, Clone)]
pub struct DriveContentClient {
    connection: Connection,
    client: DriveContentServiceClient<Balanced>,
}

impl DriveContentClient {
    /// The service at the other end of a connection.
    pub fn new(connection: Connection) -> Self {
        let client = DriveContentServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }
}

#[async_trait]
impl DriveContent for DriveContentClient {
    async fn assign_label(&self, context: &CallContext, request: AssignRequest) -> Result<Ticket, ContractError> {
        let message = pb::AssignLabelRequest::from(request).at_least(context.at_least_revision);
        let send = method!(self.client, assign_label);
        let span = rpc_span!("rpc.drive_content.assign_label");
        let sent = self.connection.call(span, context, message, Repeat::Never, send);
        Ok(Ticket::new(&sent.await?.ticket))
    }

    async fn get_operation(&self, call: TicketCall) -> Result<OperationStatus, ContractError> {
        let message = pb::GetOperationRequest {
            ticket: call.ticket.expose().to_owned(),
        };
        let send = method!(self.client, get_operation);
        let span = rpc_span!("rpc.drive_content.get_operation");
        answer(self.connection.service_call(span, call.deadline, message, send).await?)
    }

    async fn create_download(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<(Ticket, DriveItem), ContractError> {
        let message = pb::CreateDownloadRequest {
            item: Some(item.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = method!(self.client, create_download);
        let span = rpc_span!("rpc.drive_content.create_download");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn read_content(&self, call: TicketCall, range: ContentRange) -> Result<ContentChunk, ContractError> {
        let message = pb::ReadContentRequest {
            ticket: call.ticket.expose().to_owned(),
            offset: range.offset,
            length: u32::try_from(range.length).unwrap_or(u32::MAX),
            c_tag: range.c_tag,
        };
        let send = method!(self.client, read_content);
        let span = rpc_span!("rpc.drive_content.read_content");
        answer(self.connection.service_call(span, call.deadline, message, send).await?)
    }

    async fn create_upload(
        &self,
        context: &CallContext,
        request: UploadRequest,
    ) -> Result<UploadStatus, ContractError> {
        let message = pb::CreateUploadRequest::from(request).at_least(context.at_least_revision);
        let send = method!(self.client, create_upload);
        let span = rpc_span!("rpc.drive_content.create_upload");
        let sent = self.connection.call(span, context, message, Repeat::Never, send);
        required(sent.await?.upload, "upload").map_err(unreadable)
    }

    async fn get_upload(&self, call: TicketCall) -> Result<UploadStatus, ContractError> {
        let message = pb::GetUploadRequest {
            ticket: call.ticket.expose().to_owned(),
        };
        let send = method!(self.client, get_upload);
        let span = rpc_span!("rpc.drive_content.get_upload");
        let sent = self.connection.service_call(span, call.deadline, message, send);
        required(sent.await?.upload, "upload").map_err(unreadable)
    }

    async fn write_upload(&self, call: TicketCall, chunk: UploadChunk) -> Result<UploadProgress, ContractError> {
        let message = pb::WriteUploadRequest {
            ticket: call.ticket.expose().to_owned(),
            offset: chunk.offset,
            total_bytes: chunk.total,
            content: chunk.bytes,
        };
        let send = method!(self.client, write_upload);
        let span = rpc_span!("rpc.drive_content.write_upload");
        answer(self.connection.service_call(span, call.deadline, message, send).await?)
    }

    async fn commit_upload(&self, call: TicketCall) -> Result<UploadedItem, ContractError> {
        let message = pb::CommitUploadRequest {
            ticket: call.ticket.expose().to_owned(),
        };
        let send = method!(self.client, commit_upload);
        let span = rpc_span!("rpc.drive_content.commit_upload");
        let sent = self.connection.service_call(span, call.deadline, message, send);
        required(sent.await?.uploaded, "uploaded").map_err(unreadable)
    }

    async fn cancel_upload(&self, call: TicketCall) -> Result<(), ContractError> {
        let message = pb::CancelUploadRequest {
            ticket: call.ticket.expose().to_owned(),
        };
        let send = method!(self.client, cancel_upload);
        let span = rpc_span!("rpc.drive_content.cancel_upload");
        let sent = self.connection.service_call(span, call.deadline, message, send);
        sent.await.map(drop)
    }

    async fn scan(
        &self,
        context: &CallContext,
        request: ScanRequest,
    ) -> Result<BoxStream<'static, Result<ScanResult, ContractError>>, ContractError> {
        let message = pb::ScanRequest::from(request);
        let send = method!(self.client, scan);
        let span = rpc_span!("rpc.drive_content.scan");
        let results = self
            .connection
            .call(span, context, message, Repeat::Never, send)
            .await?;
        Ok(values(results, |result| {
            ScanResult::try_from(result).map_err(unreadable)
        }))
    }
}

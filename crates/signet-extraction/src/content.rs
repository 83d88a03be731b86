//! The service's half of [`signet_contract::DriveContent`].

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::content::{
    AssignRequest, ContentChunk, ContentRange, OperationStatus, ScanRequest, ScanResult, Ticket, TicketCall,
    UploadChunk, UploadProgress, UploadRequest, UploadStatus, UploadedItem,
};
use signet_contract::extraction::{DriveItem, ItemReference};
use signet_contract::{CallContext, ContractError, DriveContent, ServiceError};

use crate::Extraction;
use crate::commands::{assign_label, downloads, scan, uploads};
use crate::error::ExtractionError;

#[async_trait]
impl DriveContent for Extraction {
    async fn assign_label(&self, context: &CallContext, request: AssignRequest) -> Result<Ticket, ContractError> {
        assign_label::assign_label(self, context, request).await
    }

    async fn get_operation(&self, call: TicketCall) -> Result<OperationStatus, ContractError> {
        within_time(&call, assign_label::get_operation(self, &call)).await
    }

    async fn create_download(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<(Ticket, DriveItem), ContractError> {
        downloads::create_download(self, context, item).await
    }

    async fn read_content(&self, call: TicketCall, range: ContentRange) -> Result<ContentChunk, ContractError> {
        within_time(&call, downloads::read_content(self, &call, &range)).await
    }

    async fn create_upload(
        &self,
        context: &CallContext,
        request: UploadRequest,
    ) -> Result<UploadStatus, ContractError> {
        uploads::create_upload(self, context, request).await
    }

    async fn get_upload(&self, call: TicketCall) -> Result<UploadStatus, ContractError> {
        within_time(&call, uploads::get_upload(self, &call)).await
    }

    async fn write_upload(&self, call: TicketCall, chunk: UploadChunk) -> Result<UploadProgress, ContractError> {
        within_time(&call, uploads::write_upload(self, &call, chunk)).await
    }

    async fn commit_upload(&self, call: TicketCall) -> Result<UploadedItem, ContractError> {
        within_time(&call, uploads::commit_upload(self, &call)).await
    }

    async fn cancel_upload(&self, call: TicketCall) -> Result<(), ContractError> {
        within_time(&call, uploads::cancel_upload(self, &call)).await
    }

    async fn scan(
        &self,
        context: &CallContext,
        request: ScanRequest,
    ) -> Result<BoxStream<'static, Result<ScanResult, ContractError>>, ContractError> {
        scan::scan(self, context, request).await
    }
}

/// Until the holder of the ticket stops waiting.
async fn within_time<T>(
    call: &TicketCall,
    command: impl Future<Output = Result<T, ExtractionError>>,
) -> Result<T, ContractError> {
    let answer = tokio::time::timeout_at(call.deadline.into(), command).await;
    answer
        .unwrap_or(Err(ExtractionError::DeadlineExceeded))
        .map_err(|error| error.to_contract())
}

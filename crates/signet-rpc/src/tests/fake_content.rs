//! The fake service's content of drive items.

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use signet_contract::content::*;
use signet_contract::extraction::{DriveItem, ItemReference};
use signet_contract::{CallContext, ContractError, DriveContent};

use super::fake::{Fake, three};
use super::sample::Sample;

impl Fake {
    /// Answers the holder of a ticket; what was asked is remembered with the ticket's text.
    async fn ticket<T>(
        &self,
        call: TicketCall,
        question: impl std::fmt::Debug,
        value: impl FnOnce(&mut Sample) -> T,
    ) -> Result<T, ContractError> {
        let question = (call.ticket.expose().to_owned(), question);
        self.answer(None, call.deadline, question, value).await
    }
}

#[async_trait]
impl DriveContent for Fake {
    async fn assign_label(&self, c: &CallContext, request: AssignRequest) -> Result<Ticket, ContractError> {
        self.call(c, request, Sample::ticket).await
    }

    async fn get_operation(&self, call: TicketCall) -> Result<OperationStatus, ContractError> {
        self.ticket(call, (), Sample::operation_status).await
    }

    async fn create_download(
        &self,
        c: &CallContext,
        item: ItemReference,
    ) -> Result<(Ticket, DriveItem), ContractError> {
        self.call(c, item, |sample| (sample.ticket(), sample.item())).await
    }

    async fn read_content(&self, call: TicketCall, range: ContentRange) -> Result<ContentChunk, ContractError> {
        self.ticket(call, range, Sample::content_chunk).await
    }

    async fn create_upload(&self, c: &CallContext, request: UploadRequest) -> Result<UploadStatus, ContractError> {
        self.call(c, request, Sample::upload_status).await
    }

    async fn get_upload(&self, call: TicketCall) -> Result<UploadStatus, ContractError> {
        self.ticket(call, (), Sample::upload_status).await
    }

    async fn write_upload(&self, call: TicketCall, chunk: UploadChunk) -> Result<UploadProgress, ContractError> {
        let value = |sample: &mut Sample| match sample.truth() {
            true => UploadProgress::Expecting(sample.upload_status()),
            false => UploadProgress::Done(Box::new(sample.uploaded())),
        };
        self.ticket(call, (chunk.offset, chunk.total, chunk.bytes), value).await
    }

    async fn commit_upload(&self, call: TicketCall) -> Result<UploadedItem, ContractError> {
        self.ticket(call, (), Sample::uploaded).await
    }

    async fn cancel_upload(&self, call: TicketCall) -> Result<(), ContractError> {
        self.ticket(call, (), |_| ()).await
    }

    async fn scan(
        &self,
        c: &CallContext,
        request: ScanRequest,
    ) -> Result<BoxStream<'static, Result<ScanResult, ContractError>>, ContractError> {
        let results = self
            .call(c, request, |sample| three(sample, Sample::scan_result))
            .await?;
        Ok(results.map(Ok).boxed())
    }
}

//! [`Extraction`] over the network.

use async_trait::async_trait;
use signet_contract::extraction::{
    ChildrenPage, ChildrenQuery, DriveAddress, DriveInfo, DriveItem, ExtractLabelsResponse, ItemReference,
};
use signet_contract::{CallContext, ContractError, Extraction};

use super::connection::{Connection, Repeat, answer};
use super::macros::{method, rpc_span};
use super::upstream::Balanced;
use crate::convert::Revisioned;
use crate::limits::DOCUMENT_BYTES;
use crate::proto::extraction as pb;
use crate::proto::extraction::extraction_service_client::ExtractionServiceClient;

/// An extraction service in another process.
#[derive(Debug, Clone)]
pub struct ExtractionClient {
    connection: Connection,
    client: ExtractionServiceClient<Balanced>,
}

impl ExtractionClient {
    /// The extraction service at the other end of a connection.
    pub fn new(connection: Connection) -> Self {
        let client = ExtractionServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }
}

#[async_trait]
impl Extraction for ExtractionClient {
    async fn list_drives(&self, context: &CallContext, owner: DriveAddress) -> Result<Vec<DriveInfo>, ContractError> {
        let message = pb::ListDrivesRequest {
            owner: Some(owner.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = method!(self.client, list_drives);
        let span = rpc_span!("rpc.extraction.list_drives");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn get_drive(&self, context: &CallContext, drive: DriveAddress) -> Result<DriveInfo, ContractError> {
        let message = pb::GetDriveRequest {
            drive: Some(drive.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = method!(self.client, get_drive);
        let span = rpc_span!("rpc.extraction.get_drive");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn get_item(&self, context: &CallContext, item: ItemReference) -> Result<DriveItem, ContractError> {
        let message = pb::GetItemRequest {
            item: Some(item.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = method!(self.client, get_item);
        let span = rpc_span!("rpc.extraction.get_item");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn list_children(
        &self,
        context: &CallContext,
        folder: ItemReference,
        query: ChildrenQuery,
    ) -> Result<ChildrenPage, ContractError> {
        let message = pb::ListChildrenRequest {
            folder: Some(folder.into()),
            page_size: query.top,
            page_token: query.after.unwrap_or_default(),
            descending: query.descending,
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = method!(self.client, list_children);
        let span = rpc_span!("rpc.extraction.list_children");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn extract_labels(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<ExtractLabelsResponse, ContractError> {
        let message = pb::ExtractLabelsRequest {
            item: Some(item.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = method!(self.client, extract_labels);
        let span = rpc_span!("rpc.extraction.extract_labels");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }
}

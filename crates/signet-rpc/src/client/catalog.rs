//! [`Catalog`] over the network.

use async_trait::async_trait;
use signet_contract::catalog::{
    GetLabelRequest, GetLabelResponse, LabelFamily, ListLabelsRequest, ListLabelsResponse, PolicySettingsResponse,
};
use signet_contract::{CallContext, Catalog, ContractError, Subject};
use signet_domain::ids::UserId;

use super::connection::{Connection, Repeat, answer, unreadable};
use super::macros::{method, rpc_span, short_method};
use super::upstream::Balanced;
use crate::convert::{Revisioned, number, optional_id};
use crate::limits::DOCUMENT_BYTES;
use crate::proto::catalog as pb;
use crate::proto::catalog::catalog_service_client::CatalogServiceClient;

/// A catalogue in another process.
#[derive(Debug, Clone)]
pub struct CatalogClient {
    connection: Connection,
    client: CatalogServiceClient<Balanced>,
}

impl CatalogClient {
    /// A catalogue at the other end of a connection.
    pub fn new(connection: Connection) -> Self {
        let client = CatalogServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }
}

#[async_trait]
impl Catalog for CatalogClient {
    async fn list_labels(
        &self,
        context: &CallContext,
        request: ListLabelsRequest,
    ) -> Result<ListLabelsResponse, ContractError> {
        let message = pb::ListLabelsRequest::from(request).at_least(context.at_least_revision);
        let send = method!(self.client, list_labels);
        let span = rpc_span!("rpc.catalog.list_labels");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn get_label(
        &self,
        context: &CallContext,
        request: GetLabelRequest,
    ) -> Result<GetLabelResponse, ContractError> {
        let message = pb::GetLabelRequest::from(request).at_least(context.at_least_revision);
        let send = short_method!(self.client, get_label);
        let span = rpc_span!("rpc.catalog.get_label");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn get_policy_settings(
        &self,
        context: &CallContext,
        subject: Subject,
    ) -> Result<PolicySettingsResponse, ContractError> {
        let message = pb::GetPolicySettingsRequest {
            subject: Some(subject.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = short_method!(self.client, get_policy_settings);
        let span = rpc_span!("rpc.catalog.get_policy_settings");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn resolve_subject(
        &self,
        context: &CallContext,
        family: LabelFamily,
        subject: Subject,
    ) -> Result<Option<UserId>, ContractError> {
        let message = pb::ResolveSubjectRequest {
            family: number::<pb::LabelFamily, _>(family),
            subject: Some(subject.into()),
            at_least_revision: None,
        };
        let message = message.at_least(context.at_least_revision);
        let send = short_method!(self.client, resolve_subject);
        let span = rpc_span!("rpc.catalog.resolve_subject");
        let response = self.connection.call(span, context, message, Repeat::Once, send).await?;
        optional_id(response.user_id.as_deref(), "user_id").map_err(unreadable)
    }
}

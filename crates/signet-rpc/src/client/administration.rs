//! [`CatalogAdministration`] over the network.

use async_trait::async_trait;
use signet_contract::catalog::{ExpectedRevision, RevisionInfo, TenantApplied, TenantAt, TenantJson, TenantPlan};
use signet_contract::{CallContext, CatalogAdministration, ContractError};
use signet_domain::ids::Revision;
use tonic::transport::Channel;

use super::connection::{Connection, Repeat, answer};
use super::macros::{method, rpc_span};
use crate::limits::DOCUMENT_BYTES;
use crate::proto::catalog as pb;
use crate::proto::catalog::catalog_administration_service_client::CatalogAdministrationServiceClient;

/// The administration of a catalogue in another process.
#[derive(Debug, Clone)]
pub struct CatalogAdministrationClient {
    connection: Connection,
    client: CatalogAdministrationServiceClient<Channel>,
}

impl CatalogAdministrationClient {
    /// The administration at the other end of a connection.
    pub fn new(connection: Connection) -> Self {
        let client =
            CatalogAdministrationServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }
}

#[async_trait]
impl CatalogAdministration for CatalogAdministrationClient {
    async fn plan_tenant(&self, context: &CallContext, document: TenantJson) -> Result<TenantPlan, ContractError> {
        let message = pb::PlanTenantRequest {
            tenant_document: document.0,
        };
        let send = method!(self.client, plan_tenant);
        let span = rpc_span!("rpc.catalog_administration.plan_tenant");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn apply_tenant(
        &self,
        context: &CallContext,
        document: TenantJson,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        let message = pb::ApplyTenantRequest {
            tenant_document: document.0,
            expected: Some(expected.into()),
            note,
        };
        let send = method!(self.client, apply_tenant);
        let span = rpc_span!("rpc.catalog_administration.apply_tenant");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn export_tenant(
        &self,
        context: &CallContext,
        revision: Option<Revision>,
    ) -> Result<TenantAt, ContractError> {
        let message = pb::ExportTenantRequest {
            revision: revision.map(|revision| revision.0),
        };
        let send = method!(self.client, export_tenant);
        let span = rpc_span!("rpc.catalog_administration.export_tenant");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn list_revisions(
        &self,
        context: &CallContext,
        before: Option<Revision>,
        limit: u32,
    ) -> Result<Vec<RevisionInfo>, ContractError> {
        let message = pb::ListRevisionsRequest {
            before_revision: before.map(|revision| revision.0),
            page_size: limit,
        };
        let send = method!(self.client, list_revisions);
        let span = rpc_span!("rpc.catalog_administration.list_revisions");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }
}

//! [`CatalogAdministration`] over the network.

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::catalog::{
    ExpectedRevision, RevisionDiff, RevisionInfo, TenantApplied, TenantAt, TenantJson, TenantPlan,
};
use signet_contract::{CallContext, CatalogAdministration, ContractError};
use signet_domain::ids::Revision;
use signet_domain::tenant::LabelChange;

use super::connection::{Connection, Repeat, answer, unreadable, values};
use super::macros::{method, rpc_span};
use super::upstream::Balanced;
use crate::convert::{required, text};
use crate::limits::DOCUMENT_BYTES;
use crate::proto::catalog as pb;
use crate::proto::catalog::catalog_administration_service_client::CatalogAdministrationServiceClient;

/// The administration of a catalogue in another process.
#[derive(Debug, Clone)]
pub struct CatalogAdministrationClient {
    connection: Connection,
    client: CatalogAdministrationServiceClient<Balanced>,
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

    async fn get_revision(
        &self,
        context: &CallContext,
        revision: Option<Revision>,
    ) -> Result<RevisionInfo, ContractError> {
        let message = pb::GetRevisionRequest {
            revision: revision.map(|revision| revision.0),
        };
        let send = method!(self.client, get_revision);
        let span = rpc_span!("rpc.catalog_administration.get_revision");
        let reply: pb::GetRevisionResponse = self.connection.call(span, context, message, Repeat::Once, send).await?;
        required(reply.revision, "revision").map_err(unreadable)
    }

    async fn diff_revisions(
        &self,
        context: &CallContext,
        from: Revision,
        to: Option<Revision>,
    ) -> Result<RevisionDiff, ContractError> {
        let message = pb::DiffRevisionsRequest {
            from_revision: from.0,
            to_revision: to.map(|revision| revision.0),
        };
        let send = method!(self.client, diff_revisions);
        let span = rpc_span!("rpc.catalog_administration.diff_revisions");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn rollback_tenant(
        &self,
        context: &CallContext,
        to: Revision,
        expected: ExpectedRevision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        let message = pb::RollbackTenantRequest {
            to_revision: to.0,
            expected: Some(expected.into()),
            note,
        };
        let send = method!(self.client, rollback_tenant);
        let span = rpc_span!("rpc.catalog_administration.rollback_tenant");
        let reply = self.connection.call(span, context, message, Repeat::Never, send);
        answer(reply.await?)
    }

    async fn change_label(
        &self,
        context: &CallContext,
        change: LabelChange,
        expected: Revision,
        note: Option<String>,
    ) -> Result<TenantApplied, ContractError> {
        let expected_revision = expected.0;
        match change {
            LabelChange::Create(label) => {
                let message = pb::CreateLabelRequest {
                    label: Some((*label).into()),
                    expected_revision,
                    note,
                };
                let send = method!(self.client, create_label);
                let span = rpc_span!("rpc.catalog_administration.create_label");
                let reply = self.connection.call(span, context, message, Repeat::Never, send);
                answer(reply.await?)
            }
            LabelChange::Update(label) => {
                let message = pb::UpdateLabelRequest {
                    label: Some((*label).into()),
                    expected_revision,
                    note,
                };
                let send = method!(self.client, update_label);
                let span = rpc_span!("rpc.catalog_administration.update_label");
                let reply = self.connection.call(span, context, message, Repeat::Never, send);
                answer(reply.await?)
            }
            LabelChange::Delete(label) => {
                let message = pb::DeleteLabelRequest {
                    label_id: text(label),
                    expected_revision,
                    note,
                };
                let send = method!(self.client, delete_label);
                let span = rpc_span!("rpc.catalog_administration.delete_label");
                let reply = self.connection.call(span, context, message, Repeat::Never, send);
                answer(reply.await?)
            }
            LabelChange::Reorder(order) => {
                let message = pb::ReorderLabelsRequest {
                    label_ids: order.into_iter().map(text).collect(),
                    expected_revision,
                    note,
                };
                let send = method!(self.client, reorder_labels);
                let span = rpc_span!("rpc.catalog_administration.reorder_labels");
                let reply = self.connection.call(span, context, message, Repeat::Never, send);
                answer(reply.await?)
            }
        }
    }

    async fn follow_revisions(
        &self,
        context: &CallContext,
        after: Option<Revision>,
    ) -> Result<BoxStream<'static, Result<RevisionInfo, ContractError>>, ContractError> {
        let message = pb::FollowRevisionsRequest {
            after_revision: after.map(|revision| revision.0),
        };
        let send = method!(self.client, follow_revisions);
        let span = rpc_span!("rpc.catalog_administration.follow_revisions");
        let revisions = self.connection.call(span, context, message, Repeat::Once, send).await?;
        Ok(values(revisions, |message: pb::FollowRevisionsResponse| {
            required(message.revision, "revision").map_err(unreadable)
        }))
    }
}

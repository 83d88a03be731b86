//! [`PolicyDistribution`] over the network.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::catalog::{ChangeEvent, SnapshotLease};
use signet_contract::{ContractError, PolicyDistribution};
use signet_domain::ids::{Revision, TenantId};

use super::connection::{Connection, answer, unreadable, values};
use super::macros::{method, rpc_span};
use super::upstream::Balanced;
use crate::convert::text;
use crate::error::internal;
use crate::limits::DOCUMENT_BYTES;
use crate::proto::catalog as pb;
use crate::proto::catalog::policy_distribution_service_client::PolicyDistributionServiceClient;

/// Longest time opening a stream of changes may take.
const OPENING: Duration = Duration::from_secs(10);

/// The distribution of policies by another process. Snapshots are compiled here.
#[derive(Debug, Clone)]
pub struct PolicyDistributionClient {
    connection: Connection,
    client: PolicyDistributionServiceClient<Balanced>,
}

impl PolicyDistributionClient {
    /// The distribution at the other end of a connection, which needs a cluster token.
    pub fn new(connection: Connection) -> Self {
        let client =
            PolicyDistributionServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }
}

#[async_trait]
impl PolicyDistribution for PolicyDistributionClient {
    async fn get_snapshot(
        &self,
        tenant: TenantId,
        at_least: Option<Revision>,
        deadline: Instant,
    ) -> Result<Option<SnapshotLease>, ContractError> {
        let message = pb::GetSnapshotRequest {
            tenant_id: text(tenant),
            at_least_revision: at_least.map(|revision| revision.0),
        };
        let send = method!(self.client, get_snapshot);
        let span = rpc_span!("rpc.policy_distribution.get_snapshot");
        let response = self.connection.service_call(span, deadline, message, send).await?;
        // Compiling a large tenant takes longer than the threads that answer calls may be kept.
        let compiled = tokio::task::spawn_blocking(move || answer(response));
        compiled.await.map_err(|_panic| internal())?
    }

    async fn watch_changes(
        &self,
        after: Option<u64>,
    ) -> Result<BoxStream<'static, Result<ChangeEvent, ContractError>>, ContractError> {
        let message = pb::WatchChangesRequest { after_position: after };
        let send = method!(self.client, watch_changes);
        let span = rpc_span!("rpc.policy_distribution.watch_changes");
        let changes = self
            .connection
            .service_call(span, Instant::now() + OPENING, message, send)
            .await?;
        Ok(values(changes, |change| {
            ChangeEvent::try_from(change).map_err(unreadable)
        }))
    }
}

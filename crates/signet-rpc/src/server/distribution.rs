//! `signet.catalog.v1.PolicyDistributionService` over [`PolicyDistribution`], for services only.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use signet_contract::PolicyDistribution;
use signet_domain::ids::Revision;
use tonic::{Request, Response, Status};

use super::gate::{Answers, Gate};
use super::span::rpc_span;
use crate::convert::{blocking, id};
use crate::proto::catalog as pb;
use crate::proto::catalog::policy_distribution_service_server::PolicyDistributionService;

/// Answers with a distribution of policies.
pub(super) struct DistributionAdapter {
    pub(super) gate: Gate,
    pub(super) distribution: Arc<dyn PolicyDistribution>,
}

#[async_trait]
impl PolicyDistributionService for DistributionAdapter {
    async fn get_snapshot(
        &self,
        request: Request<pb::GetSnapshotRequest>,
    ) -> Result<Response<pb::GetSnapshotResponse>, Status> {
        let answer = |timing: super::timing::Timing, message: pb::GetSnapshotRequest| async move {
            let tenant = id(&message.tenant_id, "tenant_id")?;
            let at_least = message.at_least_revision.map(Revision);
            let lease = self
                .distribution
                .get_snapshot(tenant, at_least, timing.deadline)
                .await?;
            blocking(move || lease.try_into()).await
        };
        let span = rpc_span!("rpc.policy_distribution.get_snapshot");
        self.gate.service_call(span, request, answer).await
    }

    type WatchChangesStream = Answers<pb::WatchChangesResponse>;

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        let answers = |message: pb::WatchChangesRequest| async move {
            let changes = self.distribution.watch_changes(message.after_position).await?;
            Ok(changes.map(|change| change.map(Into::into)))
        };
        let span = rpc_span!("rpc.policy_distribution.watch_changes");
        self.gate
            .service_stream(span, request, &self.gate.stopping, answers)
            .await
    }
}

//! `signet.evaluation.v1.DecisionLogService` over [`DecisionLogReader`].

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt;
use signet_contract::DecisionLogReader;
use signet_contract::evaluation::DecisionQuery;
use tonic::{Request, Response, Status};

use super::gate::{Answers, Gate};
use super::span::rpc_span;
use crate::convert::{MAX_ITEMS, in_range, required};
use crate::proto::evaluation as pb;
use crate::proto::evaluation::decision_log_service_server::DecisionLogService;

/// Answers with a decision log.
pub(super) struct DecisionLogAdapter {
    pub(super) gate: Gate,
    pub(super) log: Arc<dyn DecisionLogReader>,
}

#[async_trait]
impl DecisionLogService for DecisionLogAdapter {
    async fn list_decisions(
        &self,
        request: Request<pb::ListDecisionsRequest>,
    ) -> Result<Response<pb::ListDecisionsResponse>, Status> {
        let answer = |context, message: pb::ListDecisionsRequest| async move {
            let query: DecisionQuery = required(message.query, "query")?;
            in_range(query.limit, 1..=MAX_ITEMS, "query.page_size")?;
            Ok(self.log.list_decisions(&context, query).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.decision_log.list_decisions"), request, answer)
            .await
    }

    type FollowDecisionsStream = Answers<pb::FollowDecisionsResponse>;

    async fn follow_decisions(
        &self,
        request: Request<pb::FollowDecisionsRequest>,
    ) -> Result<Response<Self::FollowDecisionsStream>, Status> {
        let answers = |context, message: pb::FollowDecisionsRequest| async move {
            let query = required(message.query, "query")?;
            let records = self.log.follow_decisions(&context, query).await?;
            Ok(records.map(|record| {
                Ok(pb::FollowDecisionsResponse {
                    record: Some(record?.into()),
                })
            }))
        };
        let span = rpc_span!("rpc.decision_log.follow_decisions");
        self.gate.stream(span, request, &self.gate.stopping, answers).await
    }
}

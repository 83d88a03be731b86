//! Records of the decision log as they are written.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use signet_contract::evaluation::DecisionQuery;
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use signet_store::{DecisionFilter, DecisionLog};

use super::list_decisions::filter;
use crate::Evaluation;
use crate::error::EvaluationError;

/// Records read at once.
const BATCH: u32 = 200;

struct Follower {
    log: Arc<dyn DecisionLog>,
    tenant: TenantId,
    filter: DecisionFilter,
    after: u64,
    ready: VecDeque<DecisionRecord>,
    pause: Duration,
}

/// Records after a sequence number, then new ones. The caller's reading speed is the stream's.
pub(crate) fn follow_decisions(
    service: &Evaluation,
    context: &CallContext,
    query: DecisionQuery,
) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError> {
    Operation::ReadDecisions.authorize(&context.caller)?;
    let follower = Follower {
        log: service.dependencies.decisions.clone(),
        tenant: context.caller.tenant,
        filter: filter(&query),
        after: query.after,
        ready: VecDeque::new(),
        pause: service.config.follow_interval,
    };
    Ok(stream::try_unfold(follower, |mut follower| async move {
        let record = follower.next().await?;
        Ok(Some((record, follower)))
    })
    .boxed())
}

impl Follower {
    async fn next(&mut self) -> Result<DecisionRecord, ContractError> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Ok(record);
            }
            // Read before the records, so that a record written meanwhile is not stepped over.
            let newest = self
                .log
                .latest_sequence(self.tenant)
                .await
                .map_err(EvaluationError::NotRead)?;
            let records = self.log.list(self.tenant, &self.filter, self.after, BATCH, false).await;
            let records = records.map_err(EvaluationError::NotRead)?;
            let complete = records.len() < BATCH as usize;
            let last = records.last().map(|record| record.sequence);
            self.ready.extend(records);
            self.after = if complete {
                last.unwrap_or(0).max(newest).max(self.after)
            } else {
                last.unwrap_or(self.after)
            };
            if self.ready.is_empty() {
                tokio::time::sleep(self.pause).await;
            }
        }
    }
}

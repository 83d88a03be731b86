//! Evaluation: asks the decision core with the tenant's policies and leaves one record of every answer.
//!
//! There is no policy logic here. An answer is given only once its record is in the decision log, so what a caller
//! was told is never missing from it.

mod audit;
mod commands;
mod error;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::evaluation::{
    BulkAnswer, BulkItem, DecisionQuery, EvaluateRequest, EvaluateResponse, ExpandRightsRequest, ExpandRightsResponse,
    InheritanceRequest, InheritanceResponse, RightsAndInheritanceRequest, RightsAndInheritanceResponse,
    UsageRightsRequest, UsageRightsResponse,
};
use signet_contract::{CallContext, ContractError, PolicyDistribution};
use signet_domain::environment::{Clock, IdSource};
use signet_domain::evaluation::QuestionLimits;
use signet_domain::record::DecisionRecord;
use signet_store::DecisionLog;

/// Settings of the evaluation service.
#[derive(Debug, Clone)]
pub struct EvaluationConfig {
    /// Bounds on the questions that are answered.
    pub limits: QuestionLimits,
    /// Most labels whose rights are asked at once.
    pub max_items: usize,
    /// Items of one bulk stream that are decided but not yet read by the caller.
    pub bulk_window: usize,
    /// How often a follower of the decision log looks for new records.
    pub follow_interval: Duration,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self {
            limits: QuestionLimits::default(),
            max_items: 1_000,
            bulk_window: 64,
            follow_interval: Duration::from_millis(200),
        }
    }
}

/// What the service needs.
#[derive(Clone)]
pub struct EvaluationDependencies {
    /// Policies of tenants.
    pub policies: Arc<dyn PolicyDistribution>,
    /// Where decisions are recorded.
    pub decisions: Arc<dyn DecisionLog>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn IdSource>,
}

/// The evaluation service.
#[derive(Clone)]
pub struct Evaluation {
    dependencies: EvaluationDependencies,
    config: EvaluationConfig,
}

impl Evaluation {
    /// A service over its dependencies.
    pub fn new(dependencies: EvaluationDependencies, config: EvaluationConfig) -> Self {
        Self { dependencies, config }
    }
}

#[async_trait]
impl signet_contract::Evaluation for Evaluation {
    async fn evaluate(
        &self,
        context: &CallContext,
        request: EvaluateRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        commands::evaluate::evaluate(self, context, request).await
    }

    async fn compute_inheritance(
        &self,
        context: &CallContext,
        request: InheritanceRequest,
    ) -> Result<InheritanceResponse, ContractError> {
        commands::compute_inheritance::compute_inheritance(self, context, request).await
    }

    async fn compute_rights_and_inheritance(
        &self,
        context: &CallContext,
        request: RightsAndInheritanceRequest,
    ) -> Result<RightsAndInheritanceResponse, ContractError> {
        commands::compute_rights_and_inheritance::compute_rights_and_inheritance(self, context, request).await
    }

    async fn usage_rights(
        &self,
        context: &CallContext,
        request: UsageRightsRequest,
    ) -> Result<UsageRightsResponse, ContractError> {
        commands::usage_rights::usage_rights(self, context, request).await
    }

    async fn expand_rights(
        &self,
        context: &CallContext,
        request: ExpandRightsRequest,
    ) -> Result<ExpandRightsResponse, ContractError> {
        commands::expand_rights::expand_rights(self, context, request).await
    }

    async fn evaluate_many(
        &self,
        context: &CallContext,
        items: BoxStream<'static, BulkItem>,
    ) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
        commands::evaluate_many::evaluate_many(self, context, items)
    }
}

#[async_trait]
impl signet_contract::DecisionLogReader for Evaluation {
    async fn list_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<Vec<DecisionRecord>, ContractError> {
        commands::list_decisions::list_decisions(self, context, query).await
    }

    async fn follow_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError> {
        commands::follow_decisions::follow_decisions(self, context, query)
    }
}

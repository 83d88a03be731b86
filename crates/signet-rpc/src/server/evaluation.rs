//! `signet.evaluation.v1.EvaluationService` over [`Evaluation`].

use std::sync::Arc;

use async_trait::async_trait;
use signet_contract::Evaluation;
use signet_contract::evaluation::{EvaluateRequest, EvaluateResponse};
use signet_contract::{CallContext, ContractError};
use tonic::{Request, Response, Status, Streaming};

use super::bulk::evaluate_many;
use super::gate::{Answers, Gate};
use super::span::rpc_span;
use crate::convert::ConversionError;
use crate::proto::evaluation as pb;
use crate::proto::evaluation::evaluation_service_server::EvaluationService;

/// Answers with an evaluation service.
pub(super) struct EvaluationAdapter {
    pub(super) gate: Gate,
    pub(super) evaluation: Arc<dyn Evaluation>,
}

impl EvaluationAdapter {
    async fn evaluate<Q, R>(&self, context: CallContext, message: Q) -> Result<R, ContractError>
    where
        EvaluateRequest: TryFrom<Q, Error = ConversionError>,
        R: From<EvaluateResponse>,
    {
        let request = EvaluateRequest::try_from(message)?;
        Ok(self.evaluation.evaluate(&context, request).await?.into())
    }
}

#[async_trait]
impl EvaluationService for EvaluationAdapter {
    async fn evaluate_application(
        &self,
        request: Request<pb::EvaluateApplicationRequest>,
    ) -> Result<Response<pb::EvaluateApplicationResponse>, Status> {
        let span = rpc_span!("rpc.evaluation.evaluate_application");
        let answer = |context, message| self.evaluate(context, message);
        self.gate.call(span, request, answer).await
    }

    async fn evaluate_classification_results(
        &self,
        request: Request<pb::EvaluateClassificationResultsRequest>,
    ) -> Result<Response<pb::EvaluateClassificationResultsResponse>, Status> {
        let span = rpc_span!("rpc.evaluation.evaluate_classification_results");
        let answer = |context, message| self.evaluate(context, message);
        self.gate.call(span, request, answer).await
    }

    async fn evaluate_removal(
        &self,
        request: Request<pb::EvaluateRemovalRequest>,
    ) -> Result<Response<pb::EvaluateRemovalResponse>, Status> {
        let span = rpc_span!("rpc.evaluation.evaluate_removal");
        let answer = |context, message| self.evaluate(context, message);
        self.gate.call(span, request, answer).await
    }

    async fn extract_content_label(
        &self,
        request: Request<pb::ExtractContentLabelRequest>,
    ) -> Result<Response<pb::ExtractContentLabelResponse>, Status> {
        let span = rpc_span!("rpc.evaluation.extract_content_label");
        let answer = |context, message| self.evaluate(context, message);
        self.gate.call(span, request, answer).await
    }

    type EvaluateManyStream = Answers<pb::EvaluateManyResponse>;

    async fn evaluate_many(
        &self,
        request: Request<Streaming<pb::EvaluateManyRequest>>,
    ) -> Result<Response<Self::EvaluateManyStream>, Status> {
        let span = rpc_span!("rpc.evaluation.evaluate_many");
        let answers = |context, messages| evaluate_many(&*self.evaluation, context, messages);
        self.gate.stream(span, request, &self.gate.stopped, answers).await
    }

    async fn compute_inheritance(
        &self,
        request: Request<pb::ComputeInheritanceRequest>,
    ) -> Result<Response<pb::ComputeInheritanceResponse>, Status> {
        let answer = |context, message: pb::ComputeInheritanceRequest| async move {
            let request = message.try_into()?;
            Ok(self.evaluation.compute_inheritance(&context, request).await?.into())
        };
        self.gate
            .call(rpc_span!("rpc.evaluation.compute_inheritance"), request, answer)
            .await
    }

    async fn compute_rights_and_inheritance(
        &self,
        request: Request<pb::ComputeRightsAndInheritanceRequest>,
    ) -> Result<Response<pb::ComputeRightsAndInheritanceResponse>, Status> {
        let answer = |context, message: pb::ComputeRightsAndInheritanceRequest| async move {
            let request = message.try_into()?;
            Ok(self
                .evaluation
                .compute_rights_and_inheritance(&context, request)
                .await?
                .into())
        };
        let span = rpc_span!("rpc.evaluation.compute_rights_and_inheritance");
        self.gate.call(span, request, answer).await
    }

    async fn get_usage_rights(
        &self,
        request: Request<pb::GetUsageRightsRequest>,
    ) -> Result<Response<pb::GetUsageRightsResponse>, Status> {
        let answer = |context, message: pb::GetUsageRightsRequest| async move {
            Ok(self
                .evaluation
                .usage_rights(&context, message.try_into()?)
                .await?
                .into())
        };
        self.gate
            .call(rpc_span!("rpc.evaluation.get_usage_rights"), request, answer)
            .await
    }

    async fn expand_rights(
        &self,
        request: Request<pb::ExpandRightsRequest>,
    ) -> Result<Response<pb::ExpandRightsResponse>, Status> {
        let answer = |context, message: pb::ExpandRightsRequest| async move {
            Ok(self
                .evaluation
                .expand_rights(&context, message.try_into()?)
                .await?
                .into())
        };
        self.gate
            .call(rpc_span!("rpc.evaluation.expand_rights"), request, answer)
            .await
    }
}

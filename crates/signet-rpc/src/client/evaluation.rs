//! [`Evaluation`] over the network. Evaluations leave records, so none is ever repeated.

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::evaluation::{
    BulkAnswer, BulkItem, EvaluateRequest, EvaluateResponse, ExpandRightsRequest, ExpandRightsResponse,
    InheritanceRequest, InheritanceResponse, RightsAndInheritanceRequest, RightsAndInheritanceResponse,
    UsageRightsRequest, UsageRightsResponse,
};
use signet_contract::{CallContext, ContractError, Evaluation};

use super::bulk::evaluate_many;
use super::connection::{Connection, Repeat, answer};
use super::macros::{rpc_span, short_method};
use super::upstream::Balanced;
use crate::convert::Revisioned;
use crate::error::internal;
use crate::limits::DOCUMENT_BYTES;
use crate::proto::evaluation as pb;
use crate::proto::evaluation::evaluate_many_request::item::Question;
use crate::proto::evaluation::evaluation_service_client::EvaluationServiceClient;

/// An evaluation service in another process.
#[derive(Debug, Clone)]
pub struct EvaluationClient {
    connection: Connection,
    client: EvaluationServiceClient<Balanced>,
}

impl EvaluationClient {
    /// The evaluation service at the other end of a connection.
    pub fn new(connection: Connection) -> Self {
        let client = EvaluationServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }

    async fn application(
        &self,
        context: &CallContext,
        message: pb::EvaluateApplicationRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        let message = message.at_least(context.at_least_revision);
        let send = short_method!(self.client, evaluate_application);
        let span = rpc_span!("rpc.evaluation.evaluate_application");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn classification(
        &self,
        context: &CallContext,
        message: pb::EvaluateClassificationResultsRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        let message = message.at_least(context.at_least_revision);
        let send = short_method!(self.client, evaluate_classification_results);
        let span = rpc_span!("rpc.evaluation.evaluate_classification_results");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn removal(
        &self,
        context: &CallContext,
        message: pb::EvaluateRemovalRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        let message = message.at_least(context.at_least_revision);
        let send = short_method!(self.client, evaluate_removal);
        let span = rpc_span!("rpc.evaluation.evaluate_removal");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn extraction(
        &self,
        context: &CallContext,
        message: pb::ExtractContentLabelRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        let message = message.at_least(context.at_least_revision);
        let send = short_method!(self.client, extract_content_label);
        let span = rpc_span!("rpc.evaluation.extract_content_label");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }
}

#[async_trait]
impl Evaluation for EvaluationClient {
    async fn evaluate(
        &self,
        context: &CallContext,
        request: EvaluateRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        match Question::from(request) {
            Question::Application(message) => self.application(context, message).await,
            Question::ClassificationResults(message) => self.classification(context, message).await,
            Question::Removal(message) => self.removal(context, message).await,
            Question::Extraction(message) => self.extraction(context, message).await,
            Question::Fault(_) => Err(internal()),
        }
    }

    async fn compute_inheritance(
        &self,
        context: &CallContext,
        request: InheritanceRequest,
    ) -> Result<InheritanceResponse, ContractError> {
        let message = pb::ComputeInheritanceRequest::from(request).at_least(context.at_least_revision);
        let send = short_method!(self.client, compute_inheritance);
        let span = rpc_span!("rpc.evaluation.compute_inheritance");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn compute_rights_and_inheritance(
        &self,
        context: &CallContext,
        request: RightsAndInheritanceRequest,
    ) -> Result<RightsAndInheritanceResponse, ContractError> {
        let message = pb::ComputeRightsAndInheritanceRequest::from(request).at_least(context.at_least_revision);
        let send = short_method!(self.client, compute_rights_and_inheritance);
        let span = rpc_span!("rpc.evaluation.compute_rights_and_inheritance");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn usage_rights(
        &self,
        context: &CallContext,
        request: UsageRightsRequest,
    ) -> Result<UsageRightsResponse, ContractError> {
        let message = pb::GetUsageRightsRequest::from(request).at_least(context.at_least_revision);
        let send = short_method!(self.client, get_usage_rights);
        let span = rpc_span!("rpc.evaluation.get_usage_rights");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn expand_rights(
        &self,
        context: &CallContext,
        request: ExpandRightsRequest,
    ) -> Result<ExpandRightsResponse, ContractError> {
        let message = pb::ExpandRightsRequest::from(request).at_least(context.at_least_revision);
        let send = short_method!(self.client, expand_rights);
        let span = rpc_span!("rpc.evaluation.expand_rights");
        answer(
            self.connection
                .call(span, context, message, Repeat::Never, send)
                .await?,
        )
    }

    async fn evaluate_many(
        &self,
        context: &CallContext,
        items: BoxStream<'static, BulkItem>,
    ) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
        evaluate_many(&self.connection, self.client.clone(), context, items).await
    }
}

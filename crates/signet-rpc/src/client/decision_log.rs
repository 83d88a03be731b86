//! [`DecisionLogReader`] over the network.

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::evaluation::DecisionQuery;
use signet_contract::{CallContext, ContractError, DecisionLogReader};
use signet_domain::record::DecisionRecord;

use super::connection::{Connection, Repeat, answer, unreadable, values};
use super::macros::{method, rpc_span};
use super::upstream::Balanced;
use crate::convert::required;
use crate::limits::DOCUMENT_BYTES;
use crate::proto::evaluation as pb;
use crate::proto::evaluation::decision_log_service_client::DecisionLogServiceClient;

/// A decision log in another process.
#[derive(Debug, Clone)]
pub struct DecisionLogClient {
    connection: Connection,
    client: DecisionLogServiceClient<Balanced>,
}

impl DecisionLogClient {
    /// The decision log at the other end of a connection.
    pub fn new(connection: Connection) -> Self {
        let client = DecisionLogServiceClient::new(connection.channel()).max_decoding_message_size(DOCUMENT_BYTES);
        Self { connection, client }
    }
}

#[async_trait]
impl DecisionLogReader for DecisionLogClient {
    async fn list_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<Vec<DecisionRecord>, ContractError> {
        let message = pb::ListDecisionsRequest {
            query: Some(query.into()),
        };
        let send = method!(self.client, list_decisions);
        let span = rpc_span!("rpc.decision_log.list_decisions");
        answer(self.connection.call(span, context, message, Repeat::Once, send).await?)
    }

    async fn follow_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError> {
        let message = pb::FollowDecisionsRequest {
            query: Some(query.into()),
        };
        let send = method!(self.client, follow_decisions);
        let span = rpc_span!("rpc.decision_log.follow_decisions");
        let records = self.connection.call(span, context, message, Repeat::Once, send).await?;
        Ok(values(records, |message: pb::FollowDecisionsResponse| {
            required(message.record, "record").map_err(unreadable)
        }))
    }
}

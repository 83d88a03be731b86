//! The server side of a bulk evaluation: messages in, items to the service, answers out.

use std::sync::{Arc, OnceLock};

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use signet_contract::evaluation::BulkItem;
use signet_contract::{CallContext, ContractError, Evaluation};
use tonic::{Status, Streaming};

use crate::convert::{Revisioned, bulk_item, bulk_start};
use crate::error::from_status;
use crate::proto::evaluation as pb;

/// What broke off the messages, if something did. The answers to the items before it are still given.
type Broken = Arc<OnceLock<ContractError>>;

/// Answers the items of a stream. An item is read when the service asks for it, and the service asks when there is
/// room for its answer; the transport holds the rest back at the sender.
pub(super) async fn evaluate_many(
    evaluation: &dyn Evaluation,
    mut context: CallContext,
    mut messages: Streaming<pb::EvaluateManyRequest>,
) -> Result<impl Stream<Item = Result<pb::EvaluateManyResponse, ContractError>> + use<>, ContractError> {
    let first = messages.message().await.map_err(|status| from_status(&status))?;
    let start = first.as_ref().and_then(bulk_start);
    if let Some(start) = &start {
        context.at_least_revision = start.least_revision();
    }
    let first_item = first.filter(|_| start.is_none());
    let broken = Broken::default();
    let items = stream::iter(first_item)
        .map(bulk_item)
        .chain(rest(messages, Arc::clone(&broken)));
    let answers = evaluation.evaluate_many(&context, items.boxed()).await?;
    let ending = stream::once(async move { broken.get().cloned() });
    Ok(answers
        .map(|answer| Ok(answer.into()))
        .chain(ending.filter_map(|error| std::future::ready(error.map(Err)))))
}

fn rest(messages: Streaming<pb::EvaluateManyRequest>, broken: Broken) -> BoxStream<'static, BulkItem> {
    messages
        .scan(broken, |broken, message| {
            std::future::ready(message.map_err(|status| note(broken, &status)).ok())
        })
        .map(bulk_item)
        .boxed()
}

fn note(broken: &Broken, status: &Status) {
    // Only the first reason counts.
    let _later = broken.set(from_status(status));
}

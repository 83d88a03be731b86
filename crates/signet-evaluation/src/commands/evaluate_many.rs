//! Many decisions on one stream.

use futures::StreamExt;
use futures::stream::BoxStream;
use signet_contract::evaluation::{BulkAnswer, BulkItem};
use signet_contract::{CallContext, ContractError, Operation};
use signet_domain::error::ErrorReason;

use super::evaluate::evaluate;
use crate::Evaluation;

/// Longest id of an item, in bytes.
const MAX_ID_BYTES: usize = 128;

/// Answers in order. Items are read only while there is room in the window, so a caller who does not read his
/// answers makes the service stop reading his questions.
pub(crate) fn evaluate_many(
    service: &Evaluation,
    context: &CallContext,
    items: BoxStream<'static, BulkItem>,
) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
    Operation::EvaluateLabels.authorize(&context.caller)?;
    let window = service.config.bulk_window.max(1);
    let service = service.clone();
    let context = context.clone();
    let answers = items.map(move |item| {
        let service = service.clone();
        let context = context.clone();
        async move { answer(&service, &context, item).await }
    });
    Ok(answers.buffered(window).boxed())
}

async fn answer(service: &Evaluation, context: &CallContext, item: BulkItem) -> BulkAnswer {
    if item.id.len() > MAX_ID_BYTES {
        let id: String = item.id.chars().take(32).collect();
        let error = ContractError::new(
            ErrorReason::InvalidArgument,
            format!("the item id is longer than {MAX_ID_BYTES} bytes; shorten it"),
        );
        return BulkAnswer {
            id,
            result: Err(error.at("id")),
        };
    }
    let result = match item.request {
        Ok(request) => evaluate(service, context, request).await,
        Err(error) => Err(error),
    };
    BulkAnswer { id: item.id, result }
}

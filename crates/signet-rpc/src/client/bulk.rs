//! The client side of a bulk evaluation.
//!
//! Every item gets exactly one answer, in order, also when the connection breaks off in between: then the items under
//! way and those not yet sent are answered with the error.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use signet_contract::evaluation::{BulkAnswer, BulkItem};
use signet_contract::{CallContext, ContractError};
use tokio::time::timeout_at;
use tonic::{IntoStreamingRequest, Streaming};
use tracing::{Instrument, error};

use super::connection::{Connection, failed, unreadable};
use super::macros::rpc_span;
use super::upstream::Balanced;
use crate::convert::{Revisioned, bulk_answer};
use crate::error::{deadline_exceeded, internal};
use crate::proto::evaluation as pb;
use crate::proto::evaluation::evaluate_many_request::Start;
use crate::proto::evaluation::evaluation_service_client::EvaluationServiceClient;

/// Sends items and gives their answers.
pub(super) async fn evaluate_many(
    connection: &Connection,
    mut client: EvaluationServiceClient<Balanced>,
    context: &CallContext,
    items: BoxStream<'static, BulkItem>,
) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
    let flow = Flow::new(items);
    let start = Start::default().at_least(context.at_least_revision);
    let outgoing = stream::once(std::future::ready(start.into())).chain(Outgoing(flow.clone()));
    let span = rpc_span!("rpc.evaluation.evaluate_many");
    span.record("request.id", &*context.request_id);
    let opened = async {
        let request = connection
            .request((), Some(context), context.deadline)
            .map(|()| outgoing);
        timeout_at(
            context.deadline.into(),
            client.evaluate_many(request.into_streaming_request()),
        )
        .await
    };
    let opened = opened.instrument(span).await.map_err(|_elapsed| deadline_exceeded())?;
    let answers = opened.map_err(|status| failed(&status))?.into_inner();
    let incoming = Incoming::Answers(answers);
    Ok(stream::unfold((incoming, flow), |(incoming, flow)| incoming.next(flow)).boxed())
}

/// The items of one stream: those not yet sent, and the ids of those sent but not yet answered, in order.
#[derive(Clone)]
struct Flow(Arc<Mutex<Items>>);

struct Items {
    source: Option<BoxStream<'static, BulkItem>>,
    waiting: VecDeque<String>,
}

impl Flow {
    fn new(source: BoxStream<'static, BulkItem>) -> Self {
        Self(Arc::new(Mutex::new(Items {
            source: Some(source),
            waiting: VecDeque::new(),
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Items> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Items on their way out; pulled by the transport when the other side has room.
struct Outgoing(Flow);

impl Stream for Outgoing {
    type Item = pb::EvaluateManyRequest;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut items = self.0.lock();
        let Some(source) = &mut items.source else {
            return Poll::Ready(None);
        };
        let item = ready!(source.poll_next_unpin(context));
        match &item {
            Some(item) => items.waiting.push_back(item.id.clone()),
            None => items.source = None,
        }
        Poll::Ready(item.map(Into::into))
    }
}

/// Answers on their way in.
enum Incoming {
    /// From the other side.
    Answers(Streaming<pb::EvaluateManyResponse>),
    /// The other side is gone; the rest is answered here.
    Broken(ContractError, Option<BoxStream<'static, BulkItem>>),
}

impl Incoming {
    /// The next answer, and what comes after it.
    async fn next(self, flow: Flow) -> Option<(BulkAnswer, (Self, Flow))> {
        let (broken, mut source) = match self {
            Self::Broken(error, source) => (error, source),
            Self::Answers(mut answers) => match received(&mut answers, &flow).await {
                Ok(None) => return None,
                Ok(Some(answer)) => return Some((answer, (Self::Answers(answers), flow))),
                Err(error) => (error, flow.lock().source.take()),
            },
        };
        let waiting = flow.lock().waiting.pop_front();
        let id = match (waiting, &mut source) {
            (Some(id), _) => id,
            (None, Some(source)) => source.next().await?.id,
            (None, None) => return None,
        };
        let answer = BulkAnswer {
            id,
            result: Err(broken.clone()),
        };
        Some((answer, (Self::Broken(broken, source), flow)))
    }
}

async fn received(
    answers: &mut Streaming<pb::EvaluateManyResponse>,
    flow: &Flow,
) -> Result<Option<BulkAnswer>, ContractError> {
    let Some(message) = answers.message().await.map_err(|status| failed(&status))? else {
        return Ok(None);
    };
    let answer = bulk_answer(message).map_err(unreadable)?;
    let mut items = flow.lock();
    if items.waiting.front() != Some(&answer.id) {
        error!("another service answered items of a stream out of order");
        return Err(internal());
    }
    items.waiting.pop_front();
    Ok(Some(answer))
}

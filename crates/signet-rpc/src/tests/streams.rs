//! Streams: order, faults of single items, back-pressure, and ends of every kind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use signet_contract::evaluation::{BulkAnswer, BulkItem};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::Question;

use super::harness::{context, options, start, start_with};
use super::sample::Sample;
use crate::server::ServerOptions;

const MANY: usize = 1_000;

fn item(number: usize) -> BulkItem {
    BulkItem {
        id: number.to_string(),
        request: Ok(Sample::new(number as u64).evaluate_request(number as u64 % 4)),
    }
}

/// Items as long as a kilobyte is times `kilobytes`, counted as they are taken.
fn counted(number: usize, kilobytes: usize, taken: &Arc<AtomicUsize>) -> BoxStream<'static, BulkItem> {
    let taken = Arc::clone(taken);
    let items = stream::iter(0..number).map(move |number| {
        taken.fetch_add(1, Ordering::SeqCst);
        let mut request = Sample::new(1).evaluate_request(3);
        let Question::Extraction { content } = &mut request.question else {
            unreachable!()
        };
        content.identifier = Some("x".repeat(kilobytes * 1024));
        BulkItem {
            id: number.to_string(),
            request: Ok(request),
        }
    });
    items.boxed()
}

#[tokio::test]
async fn many_items_are_answered_in_order() {
    let server = start().await;
    let items = stream::iter((0..MANY).map(item)).boxed();
    let answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    let answers: Vec<BulkAnswer> = answers.collect().await;
    assert_eq!(answers.len(), MANY);
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.id, number.to_string());
        assert_eq!(answer.result.unwrap(), Sample::new(number as u64).evaluate_response());
    }
}

#[tokio::test]
async fn an_empty_stream_has_no_answers() {
    let server = start().await;
    let answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), stream::empty().boxed())
        .await
        .unwrap();
    assert_eq!(answers.count().await, 0);
}

#[tokio::test]
async fn the_answers_come_while_items_are_still_asked() {
    let server = start().await;
    let (send, receive) = tokio::sync::mpsc::channel(1);
    let items = tokio_stream::wrappers::ReceiverStream::new(receive).boxed();
    let mut answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    for number in 0..5 {
        send.send(item(number)).await.unwrap();
        assert_eq!(answers.next().await.unwrap().id, number.to_string());
    }
    drop(send);
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn a_slow_reader_holds_the_items_back() {
    const KILOBYTES: usize = 64;
    // Buffers of both ends and windows of both directions together hold some megabytes.
    const LOOSE: usize = 16 * 1024 / KILOBYTES;
    let server = start().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let items = counted(MANY, KILOBYTES, &taken);
    let mut answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    for read in 0..MANY {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let ahead = taken.load(Ordering::SeqCst) - read;
        assert!(ahead <= LOOSE, "{ahead} items are under way after {read} answers");
        assert_eq!(answers.next().await.unwrap().id, read.to_string());
    }
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn every_item_is_answered_when_the_service_panics() {
    let server = start().await;
    let named = |number: usize| BulkItem {
        id: if number == 3 {
            "panic".to_owned()
        } else {
            number.to_string()
        },
        ..item(number)
    };
    let items = stream::iter((0..MANY).map(named)).boxed();
    let answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    let answers: Vec<BulkAnswer> = answers.collect().await;
    assert_eq!(answers.len(), MANY);
    for (number, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.id, named(number).id);
        match answer.result {
            Ok(_) => assert!(number < 3, "{number}"),
            Err(error) => assert_eq!((error.reason, number >= 3), (ErrorReason::Internal, true), "{number}"),
        }
    }
}

#[test]
fn every_item_is_answered_when_the_connection_breaks() {
    let far = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let near = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = far.block_on(start());
    near.block_on(async move {
        let (send, receive) = tokio::sync::mpsc::channel(1);
        let items = tokio_stream::wrappers::ReceiverStream::new(receive).boxed();
        let mut answers = server
            .services()
            .evaluation
            .evaluate_many(&context(), items)
            .await
            .unwrap();
        send.send(item(0)).await.unwrap();
        assert!(answers.next().await.unwrap().result.is_ok());
        far.shutdown_background();
        tokio::spawn(async move {
            for number in 1..20 {
                send.send(item(number)).await.unwrap();
            }
        });
        for number in 1..20 {
            let answer = answers.next().await.unwrap();
            assert_eq!(answer.id, number.to_string());
            assert_eq!(
                answer.result.unwrap_err().reason,
                ErrorReason::ServiceUnavailable,
                "{number}"
            );
        }
        assert!(answers.next().await.is_none());
    });
}

#[tokio::test]
async fn an_item_too_large_ends_the_stream_after_the_answers_before_it() {
    let server = start().await;
    let taken = Arc::new(AtomicUsize::new(0));
    let items = stream::iter((0..3).map(item))
        .chain(counted(2, 5 * 1024, &taken))
        .boxed();
    let answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    let answers: Vec<BulkAnswer> = answers.collect().await;
    let reasons: Vec<_> = answers
        .iter()
        .map(|answer| answer.result.as_ref().err().map(|error| error.reason))
        .collect();
    let too_large = Some(ErrorReason::InvalidArgument);
    assert_eq!(reasons, [None, None, None, too_large, too_large]);
}

#[tokio::test]
async fn streams_that_follow_something_end_when_the_server_stops() {
    let server = start().await;
    let far = server.services();
    let mut changes = far.distribution.watch_changes(Some(0)).await.unwrap();
    let query = Sample::new(1).decision_query();
    let mut records = far.decision_log.follow_decisions(&context(), query).await.unwrap();
    for _ in 0..3 {
        assert!(changes.next().await.unwrap().is_ok());
        assert!(records.next().await.unwrap().is_ok());
    }
    server.stop.send(()).unwrap();
    assert_eq!(
        changes.next().await.unwrap().unwrap_err().reason,
        ErrorReason::ServiceUnavailable
    );
    assert_eq!(
        records.next().await.unwrap().unwrap_err().reason,
        ErrorReason::ServiceUnavailable
    );
    assert!(changes.next().await.is_none());
    assert!(records.next().await.is_none());
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_bulk_evaluation_may_finish_while_the_server_stops() {
    let server = start().await;
    let (send, receive) = tokio::sync::mpsc::channel(1);
    let items = tokio_stream::wrappers::ReceiverStream::new(receive).boxed();
    let mut answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    send.send(item(0)).await.unwrap();
    assert!(answers.next().await.unwrap().result.is_ok());
    server.stop.send(()).unwrap();
    for number in 1..10 {
        send.send(item(number)).await.unwrap();
        assert!(answers.next().await.unwrap().result.is_ok());
    }
    drop(send);
    assert!(answers.next().await.is_none());
    server.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cut_off() {
    let server = start_with(ServerOptions {
        drain: Duration::from_millis(50),
        ..options()
    })
    .await;
    let (send, receive) = tokio::sync::mpsc::channel(1);
    let items = tokio_stream::wrappers::ReceiverStream::new(receive).boxed();
    let mut answers = server
        .services()
        .evaluation
        .evaluate_many(&context(), items)
        .await
        .unwrap();
    send.send(item(0)).await.unwrap();
    assert!(answers.next().await.unwrap().result.is_ok());
    server.stop.send(()).unwrap();
    server.served.await.unwrap().unwrap();
    send.send(item(1)).await.unwrap();
    assert_eq!(
        answers.next().await.unwrap().result.unwrap_err().reason,
        ErrorReason::ServiceUnavailable
    );
    drop(send);
    assert!(answers.next().await.is_none());
}

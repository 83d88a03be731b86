//! Labels of everything below a folder, as JSON lines: `GET /signet/v1/drives/{id}/scan`.
//!
//! Parameters: `item`, the id of a folder or file (else the whole drive), and `after`, the `cursor` of the last line that
//! was received. A line has `id`, `name`, `path`, `size`, `cTag`, and `labels` or `error`, and `cursor`. When the scan
//! itself fails, the last line has only `error`; what was received before stays good.

use std::convert::Infallible;

use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt as _;
use http::StatusCode;
use serde::Serialize;
use signet_contract::ContractError;
use signet_contract::content::{ScanRequest, ScanResult};
use signet_contract::extraction::{ItemAddress, ItemReference};

use crate::call::Call;
use crate::front::answer::{Answer, Content};
use crate::graph::drive::{FileLabel, file_labels};
use crate::graph::error::GraphError;
use crate::graph::upload::Failure;
use crate::odata::options;
use crate::odata::query_string::QueryString;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    id: &'a str,
    name: &'a str,
    path: String,
    size: u64,
    c_tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<FileLabel<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure<'a>>,
    cursor: &'a str,
}

#[derive(Serialize)]
struct LastLine<'a> {
    error: Failure<'a>,
}

/// Answers with one line per file, as they are found.
pub(crate) async fn scan(call: &Call<'_>) -> Result<Answer, GraphError> {
    if let Err(fault) = options::parse_without_options(call.query()) {
        return Err(call.refuse(fault.into()).await);
    }
    let query = QueryString::parse(call.query())?;
    let item = query.plain(&["item"])?.map(str::to_owned);
    let request = ScanRequest {
        item: ItemReference {
            drive: call.matched.drive(),
            item: item.map_or(ItemAddress::Root, ItemAddress::Id),
        },
        after: query.plain(&["after"])?.map(str::to_owned),
    };
    let results = call.gateway.services.content.scan(&call.context, request).await?;
    let lines = results.map(|result| Ok::<_, Infallible>(Bytes::from(line(result))));
    let content = Content::Lines(Body::from_stream(lines));
    Ok(Answer::new(StatusCode::OK, content).no_store())
}

fn line(result: Result<ScanResult, ContractError>) -> Vec<u8> {
    let written = match result {
        Ok(found) => found_line(&found),
        Err(error) => {
            let error = GraphError::from(error);
            serde_json::to_vec(&LastLine { error: failure(&error) })
        }
    };
    let mut line = written.unwrap_or_default();
    line.push(b'\n');
    line
}

fn found_line(found: &ScanResult) -> Result<Vec<u8>, serde_json::Error> {
    let item = &found.item;
    let folder = item.parent.as_ref().map_or("", |parent| parent.path.as_str());
    let refusal = found.labels.as_ref().err().map(|error| GraphError::from(error.clone()));
    serde_json::to_vec(&Line {
        id: &item.id,
        name: &item.name,
        path: format!("{folder}/{}", item.name),
        size: item.size,
        c_tag: &item.c_tag,
        labels: found.labels.as_ref().ok().map(|labels| file_labels(labels)),
        error: refusal.as_ref().map(failure),
        cursor: &found.cursor,
    })
}

fn failure(error: &GraphError) -> Failure<'_> {
    Failure {
        code: error.code,
        message: &error.message,
    }
}

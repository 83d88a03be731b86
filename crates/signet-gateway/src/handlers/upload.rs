//! Downloads and uploads that begin with a token. Source: rest-api 9.3, 9.4.

use std::time::Instant;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, Version, header};
use signet_contract::content::{
    CHUNK_BYTES, NameConflict, Ticket, TicketCall, UploadChunk, UploadProgress, UploadRequest, UploadedItem,
};

use super::drive::item_of;
use super::labels::version_of;
use super::tickets::{self, ticket_url};
use crate::call::Call;
use crate::front::answer::{Answer, Content, tags_in};
use crate::gateway::Inner;
use crate::graph::drive::ItemJson;
use crate::graph::error::GraphError;
use crate::graph::upload::SessionJson;
use crate::json::assign;
use crate::odata::options;
use crate::odata::query_string::QueryString;

/// Sends the caller to the content of a file.
pub(crate) async fn download(call: &Call<'_>) -> Result<Answer, GraphError> {
    let item = item_of(call)?;
    if let Err(fault) = options::parse_without_options(call.query()) {
        return Err(call.refuse(fault.into()).await);
    }
    let content = &call.gateway.services.content;
    let (ticket, _) = content.create_download(&call.context, item).await?;
    let found = Answer::new(StatusCode::FOUND, Content::Empty);
    Ok(found.located(ticket_url(&call.base, "content", &ticket)).no_store())
}

/// Takes the content of a file.
pub(crate) async fn put(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let request = match read_put(call) {
        Ok(request) => request,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let content = &call.gateway.services.content;
    let upload = content.create_upload(&call.context, request).await?;
    let sent = send(call, &upload.ticket, body).await;
    if sent.is_err() {
        let again = ticket_call(call.gateway, &upload.ticket, &call.context.request_id);
        if let Err(error) = content.cancel_upload(again).await {
            tracing::debug!(%error, "an upload that failed is left to expire");
        }
    }
    uploaded(call, &sent?)
}

/// Begins an upload in parts.
pub(crate) async fn create_session(call: &Call<'_>, body: Body) -> Result<Answer, GraphError> {
    let session = match read_session(call, body).await {
        Ok(session) => session,
        Err(fault) => return Err(call.refuse(fault).await),
    };
    let request = UploadRequest {
        conflict: session.conflict,
        size: session.size,
        defer_commit: session.defer_commit,
        ..blank_request(call)?
    };
    let upload = call
        .gateway
        .services
        .content
        .create_upload(&call.context, request)
        .await?;
    let context = call.contexts().of("microsoft.graph.uploadSession");
    let url = ticket_url(&call.base, "uploads", &upload.ticket);
    Ok(Answer::json(&SessionJson::new(&upload, Some(&context), Some(&url)))?.no_store())
}

fn read_put(call: &Call<'_>) -> Result<UploadRequest, GraphError> {
    Ok(UploadRequest {
        conflict: conflict_of(call)?,
        size: length_of(call)?,
        defer_commit: true,
        ..blank_request(call)?
    })
}

async fn read_session(call: &Call<'_>, body: Body) -> Result<assign::Session, GraphError> {
    options::parse_without_options(call.query())?;
    let bytes = call.read_json(body).await?;
    assign::session(&bytes)
}

fn blank_request(call: &Call<'_>) -> Result<UploadRequest, GraphError> {
    Ok(UploadRequest {
        item: item_of(call)?,
        conflict: NameConflict::Replace,
        size: None,
        defer_commit: false,
        if_match: tags_in(call.headers(), header::IF_MATCH),
        if_none_match: tags_in(call.headers(), header::IF_NONE_MATCH),
    })
}

fn conflict_of(call: &Call<'_>) -> Result<NameConflict, GraphError> {
    options::parse_without_options(call.query())?;
    let query = QueryString::parse(call.query())?;
    match query.plain(&["@microsoft.graph.conflictBehavior"])? {
        None => Ok(NameConflict::Replace),
        Some(text) => assign::conflict(text),
    }
}

/// The size stated. HTTP/2 frames every body, so there none need be stated.
fn length_of(call: &Call<'_>) -> Result<Option<u64>, GraphError> {
    let headers = call.headers();
    let stated = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if let Some(length) = stated.and_then(|text| text.parse().ok()) {
        return Ok(Some(length));
    }
    if call.parts.version < Version::HTTP_2 && !headers.contains_key(header::TRANSFER_ENCODING) {
        return Err(GraphError::new(
            StatusCode::LENGTH_REQUIRED,
            "lengthRequired",
            "the request has no `Content-Length`; state it or send the body in chunks",
        ));
    }
    Ok(None)
}

/// Hands the body on as it arrives, and commits it.
async fn send(call: &Call<'_>, ticket: &Ticket, body: Body) -> Result<UploadedItem, GraphError> {
    let mut chunks = Chunks::new(body);
    let mut offset = 0;
    while let Some(bytes) = chunks.next(call.context.deadline).await? {
        let length = bytes.len();
        let chunk = UploadChunk {
            offset,
            total: None,
            bytes: bytes.into(),
        };
        let to = ticket_call(call.gateway, ticket, &call.context.request_id);
        if let UploadProgress::Done(item) = call.gateway.services.content.write_upload(to, chunk).await? {
            return Ok(*item);
        }
        offset += u64::try_from(length).unwrap_or(u64::MAX);
    }
    let to = ticket_call(call.gateway, ticket, &call.context.request_id);
    Ok(call.gateway.services.content.commit_upload(to).await?)
}

fn uploaded(call: &Call<'_>, uploaded: &UploadedItem) -> Result<Answer, GraphError> {
    let shape = options::parse_item("", version_of(call))?;
    let item = &uploaded.item;
    let context = call.contexts().drive_items(&item.drive_id);
    let answer = Answer::json(&ItemJson {
        item,
        context: Some(&format!("{context}/$entity")),
        selection: &shape.selection,
        base: &call.base,
        children: None,
    })?;
    Ok(Answer {
        status: tickets::status_of(uploaded),
        etag: Some(item.e_tag.clone()),
        ..answer
    })
}

/// A call with a ticket, given as long as any request.
pub(crate) fn ticket_call(gateway: &Inner, ticket: &Ticket, request_id: &std::sync::Arc<str>) -> TicketCall {
    TicketCall {
        ticket: ticket.clone(),
        deadline: Instant::now() + gateway.config.request_deadline,
        request_id: std::sync::Arc::clone(request_id),
    }
}

/// A body in pieces of the size one call carries.
pub(crate) struct Chunks {
    body: axum::body::BodyDataStream,
    gathered: BytesMut,
}

impl Chunks {
    pub(crate) fn new(body: Body) -> Self {
        Self {
            body: body.into_data_stream(),
            gathered: BytesMut::new(),
        }
    }

    /// The next piece; only the last one is smaller. `None`: that was all.
    ///
    /// # Errors
    /// A body that breaks off or does not arrive in time.
    pub(crate) async fn next(&mut self, deadline: Instant) -> Result<Option<Bytes>, GraphError> {
        while self.gathered.len() < CHUNK_BYTES {
            let frame = tokio::time::timeout_at(deadline.into(), self.body.next()).await;
            match frame {
                Ok(Some(Ok(bytes))) => self.gathered.extend_from_slice(&bytes),
                Ok(Some(Err(_))) => {
                    return Err(GraphError::invalid("the body broke off before its end; send it again"));
                }
                Ok(None) => break,
                Err(_) => {
                    return Err(GraphError::new(
                        StatusCode::REQUEST_TIMEOUT,
                        "invalidRequest",
                        "the body did not arrive within the deadline; send it in smaller parts",
                    ));
                }
            }
        }
        if self.gathered.is_empty() {
            return Ok(None);
        }
        let length = self.gathered.len().min(CHUNK_BYTES);
        Ok(Some(self.gathered.split_to(length).freeze()))
    }
}

/// Bytes `a-b` of `total`, as `Content-Range` writes them.
pub(crate) fn content_range(headers: &HeaderMap) -> Option<(u64, u64, u64)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let (first, last, total) = (
        first.trim().parse().ok()?,
        last.trim().parse().ok()?,
        total.trim().parse().ok()?,
    );
    (first <= last && last < total).then_some((first, last, total))
}

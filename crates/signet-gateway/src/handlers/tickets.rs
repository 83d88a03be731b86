//! URLs that need no token: monitors, downloads, uploads. What they open stands in their ticket. Source: rest-api 9.3 to 9.5.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use signet_contract::content::{
    CHUNK_BYTES, ContentRange, OperationStatus, Ticket, UploadChunk, UploadProgress, UploadedItem,
};
use signet_contract::extraction::{DriveItem, ItemKind};

use super::upload::{Chunks, content_range, ticket_call};
use crate::front::answer::{Answer, Content, Download, none_match};
use crate::front::ids::RequestIds;
use crate::front::origin::{Connection, Origin};
use crate::front::range::{self, Wanted};
use crate::gateway::Inner;
use crate::graph::context::Contexts;
use crate::graph::drive::ItemJson;
use crate::graph::error::GraphError;
use crate::graph::upload::{OperationJson, SessionJson};
use crate::odata::options;
use crate::odata::properties::ApiVersion;
use crate::routes::{Api, Endpoint, Matched};

/// Parts of an upload but the last are multiples of this, in bytes. Source: createUploadSession.
const PART_UNIT: u64 = 327_680;
/// A part is smaller than this, in bytes. Source: createUploadSession.
const PART_LIMIT: u64 = 60 * 1024 * 1024;
/// When a client that watches an operation looks again, in seconds.
const WATCH_AGAIN: u32 = 1;

/// The URL that a ticket opens something at.
pub(crate) fn ticket_url(base: &str, kind: &str, ticket: &Ticket) -> String {
    format!("{base}/{}/{kind}/{}", Api::Signet.root(), ticket.expose())
}

/// A request whose ticket is all it needs.
struct Holder<'r> {
    gateway: &'r Inner,
    parts: &'r Parts,
    ticket: Ticket,
    request_id: Arc<str>,
    base: Arc<str>,
    deadline: std::time::Instant,
}

/// Answers the holder of a ticket.
pub(crate) async fn answer(
    gateway: &Inner,
    parts: &Parts,
    matched: &Matched<'_>,
    body: Body,
    ids: &RequestIds,
    deadline: std::time::Instant,
) -> Result<Answer, GraphError> {
    let connection = parts.extensions.get::<Connection>();
    let holder = Holder {
        gateway,
        parts,
        ticket: Ticket::new(matched.keys.ticket.as_deref().unwrap_or_default()),
        request_id: Arc::clone(&ids.request),
        base: Origin::new(&gateway.config, connection, &parts.headers, &parts.uri).base,
        deadline,
    };
    let answer = match matched.leaf.endpoint {
        Endpoint::GetOperation => holder.operation().await,
        Endpoint::Download => holder.download().await,
        Endpoint::UploadPart => holder.upload_part(body).await,
        Endpoint::GetUpload => holder.upload().await,
        Endpoint::CommitUpload => holder.commit().await,
        Endpoint::CancelUpload => holder.cancel().await,
        _ => Err(GraphError::internal()),
    };
    Ok(answer?.no_store())
}

/// 201 for a new file, 200 for a replaced one.
pub(crate) fn status_of(uploaded: &UploadedItem) -> StatusCode {
    if uploaded.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    }
}

impl Holder<'_> {
    fn call(&self) -> signet_contract::content::TicketCall {
        ticket_call(self.gateway, &self.ticket, &self.request_id)
    }

    fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    async fn operation(&self) -> Result<Answer, GraphError> {
        let status = self.gateway.services.content.get_operation(self.call()).await?;
        let is_over = matches!(status, OperationStatus::Completed { .. } | OperationStatus::Failed(_));
        let answer = Answer::json(&OperationJson::new(status))?;
        if is_over {
            return Ok(answer);
        }
        Ok(Answer {
            status: StatusCode::ACCEPTED,
            retry_after: Some(WATCH_AGAIN),
            ..answer
        })
    }

    async fn download(&self) -> Result<Answer, GraphError> {
        let nothing = ContentRange {
            offset: 0,
            length: 0,
            c_tag: None,
        };
        let item = self
            .gateway
            .services
            .content
            .read_content(self.call(), nothing)
            .await?
            .item;
        if none_match(self.headers(), &[&item.c_tag, &item.e_tag]) {
            let unchanged = Answer::new(StatusCode::NOT_MODIFIED, Content::Empty);
            return Ok(Answer {
                etag: Some(item.c_tag),
                ..unchanged
            });
        }
        let (offset, length, status) = match range::wanted(self.headers(), item.size, &[&item.c_tag, &item.e_tag]) {
            Wanted::Everything => (0, item.size, StatusCode::OK),
            Wanted::Part { offset, length } => (offset, length, StatusCode::PARTIAL_CONTENT),
            Wanted::Nothing => {
                return Err(GraphError::new(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "invalidRange",
                    format!("the range lies outside of the {} bytes of the file", item.size),
                )
                .with_header(header::CONTENT_RANGE, format!("bytes */{}", item.size)));
            }
        };
        let etag = item.c_tag.clone();
        let download = Download {
            content_type: match &item.kind {
                ItemKind::File { mime_type } => mime_type.clone(),
                ItemKind::Folder { .. } => return Err(GraphError::internal()),
            },
            name: item.name.clone(),
            length,
            range: (status == StatusCode::PARTIAL_CONTENT).then_some((offset, item.size)),
            body: self.bytes_of(item, offset, length),
        };
        Ok(Answer {
            etag: Some(etag),
            ..Answer::new(status, Content::Download(Box::new(download)))
        })
    }

    /// The bytes, fetched as the client takes them. A file that changes meanwhile breaks the answer off.
    fn bytes_of(&self, item: DriveItem, offset: u64, length: u64) -> Body {
        let content = Arc::clone(&self.gateway.services.content);
        let (ticket, request_id) = (self.ticket.clone(), Arc::clone(&self.request_id));
        let patience = self.gateway.config.request_deadline;
        let end = offset + length;
        let chunks = stream::try_unfold(offset, move |offset| {
            let (content, ticket) = (Arc::clone(&content), ticket.clone());
            let (request_id, c_tag) = (Arc::clone(&request_id), item.c_tag.clone());
            async move {
                if offset >= end {
                    return Ok(None);
                }
                let call = signet_contract::content::TicketCall {
                    ticket,
                    deadline: std::time::Instant::now() + patience,
                    request_id,
                };
                let wanted = usize::try_from(end - offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
                let range = ContentRange {
                    offset,
                    length: wanted,
                    c_tag: Some(c_tag),
                };
                let chunk = content.read_content(call, range).await?;
                if chunk.bytes.is_empty() {
                    return Err(signet_contract::ContractError::new(
                        signet_domain::error::ErrorReason::ContentChanged,
                        "the file became shorter while it was read",
                    ));
                }
                let next = offset + u64::try_from(chunk.bytes.len()).unwrap_or(u64::MAX);
                Ok(Some((Bytes::from(chunk.bytes), next)))
            }
        });
        Body::from_stream(chunks)
    }

    async fn upload(&self) -> Result<Answer, GraphError> {
        let status = self.gateway.services.content.get_upload(self.call()).await?;
        Answer::json(&SessionJson::new(&status, None, None))
    }

    async fn upload_part(&self, body: Body) -> Result<Answer, GraphError> {
        let (first, last, total) = content_range(self.headers()).ok_or_else(|| {
            GraphError::invalid("`Content-Range` is missing or malformed; send `bytes first-last/total`")
                .at("Content-Range")
        })?;
        check_part(first, last, total)?;
        let mut chunks = Chunks::new(body);
        let mut offset = first;
        let mut expecting = None;
        while let Some(bytes) = chunks.next(self.deadline).await? {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            // At most as much as is left, so that no sum below is greater than `last + 1`.
            if length > last + 1 - offset {
                return Err(GraphError::invalid("the body is longer than `Content-Range` says").at("Content-Range"));
            }
            let chunk = UploadChunk {
                offset,
                total: Some(total),
                bytes: bytes.into(),
            };
            match self.gateway.services.content.write_upload(self.call(), chunk).await? {
                UploadProgress::Done(uploaded) => return self.uploaded(&uploaded),
                UploadProgress::Expecting(status) => expecting = Some(status),
            }
            offset += length;
        }
        let status = expecting
            .filter(|_| offset == last + 1)
            .ok_or_else(|| GraphError::invalid("the body is shorter than `Content-Range` says").at("Content-Range"))?;
        Ok(Answer {
            status: StatusCode::ACCEPTED,
            ..Answer::json(&SessionJson::new(&status, None, None))?
        })
    }

    async fn commit(&self) -> Result<Answer, GraphError> {
        let uploaded = self.gateway.services.content.commit_upload(self.call()).await?;
        self.uploaded(&uploaded)
    }

    async fn cancel(&self) -> Result<Answer, GraphError> {
        self.gateway.services.content.cancel_upload(self.call()).await?;
        Ok(Answer::no_content())
    }

    fn uploaded(&self, uploaded: &UploadedItem) -> Result<Answer, GraphError> {
        let shape = options::parse_item("", ApiVersion::V1)?;
        let contexts = Contexts {
            base: &self.base,
            api: Api::V1,
        };
        let item = &uploaded.item;
        let context = format!("{}/$entity", contexts.drive_items(&item.drive_id));
        let answer = Answer::json(&ItemJson {
            item,
            context: Some(&context),
            selection: &shape.selection,
            base: &self.base,
            children: None,
        })?;
        Ok(Answer {
            status: status_of(uploaded),
            etag: Some(item.e_tag.clone()),
            ..answer
        })
    }
}

fn check_part(first: u64, last: u64, total: u64) -> Result<(), GraphError> {
    let length = last - first + 1;
    if length >= PART_LIMIT {
        return Err(GraphError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "requestEntityTooLarge",
            "a part of an upload is smaller than 60 MiB; send less at once",
        ));
    }
    if last + 1 != total && !length.is_multiple_of(PART_UNIT) {
        let message = format!("a part other than the last is a multiple of {PART_UNIT} bytes; cut it so");
        return Err(GraphError::invalid(message).at("Content-Range"));
    }
    Ok(())
}

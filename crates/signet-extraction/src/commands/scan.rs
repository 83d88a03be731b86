//! Labels of everything below a folder, one file after the other.

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use signet_contract::content::{ScanRequest, ScanResult};
use signet_contract::{CallContext, ContractError, Operation, ServiceError};

use crate::Extraction;
use crate::commands::extract_labels::labels_in;
use crate::error::ExtractionError;
use crate::path::{ItemPath, PATH_SEGMENTS};
use crate::record::{Extracted, located_identifier};
use crate::session::{OpenDrive, within_deadline};
use crate::source::{Located, PageRequest, SourceEntry, SourceError};

/// Entries of a folder looked at ahead.
const PAGE: usize = 200;
/// How long one file may take its caller.
const ONE_FILE: std::time::Duration = std::time::Duration::from_secs(15);

/// The walk through a folder, depth first, in the order of names.
struct Walk {
    drive: OpenDrive,
    /// Where it began.
    start: ItemPath,
    frames: Vec<Frame>,
    /// The scan is of this file alone.
    file: Option<SourceEntry>,
}

/// A folder on the way down.
struct Frame {
    folder: SourceEntry,
    /// Entries known and not yet visited.
    known: VecDeque<SourceEntry>,
    /// The name the next page starts after. Absent outside: there is no further page.
    next: Option<Option<String>>,
}

/// See [`signet_contract::DriveContent::scan`].
#[tracing::instrument(name = "extraction.scan", skip_all, fields(tenant.id = %context.caller.tenant), err(level = "debug"))]
pub(crate) async fn scan(
    service: &Extraction,
    context: &CallContext,
    request: ScanRequest,
) -> Result<BoxStream<'static, Result<ScanResult, ContractError>>, ContractError> {
    Operation::ExtractLabels.authorize(&context.caller)?;
    let walk = within_deadline(context, open(service, context, &request)).await?;
    let (service, context) = (service.clone(), context.clone());
    let at_once = service.config.scan_concurrency.max(1);
    let met = stream::try_unfold(walk, |mut walk| async move {
        let met = walk.next().await.map_err(|error| error.to_contract())?;
        Ok::<_, ContractError>(met.map(|met| ((walk.drive.clone(), met), walk)))
    });
    let results = met.map_ok(move |(drive, met)| {
        let (service, context) = (service.clone(), context.clone());
        async move { look(&service, context, drive, met).await }
    });
    Ok(results.try_buffered(at_once).boxed())
}

async fn open(service: &Extraction, context: &CallContext, request: &ScanRequest) -> Result<Walk, ExtractionError> {
    let snapshot = service.snapshot(context).await?;
    let drive = service
        .open_drive(context, &snapshot, Operation::ExtractLabels, &request.item.drive)
        .await?;
    let start = service.locate(&drive, &request.item.item).await?.entry;
    let mut walk = Walk {
        drive,
        start: start.path.clone(),
        frames: Vec::new(),
        file: None,
    };
    let after = request.after.as_deref().map(read_cursor).transpose()?;
    match after {
        Some(after) => walk.resume(start, &after).await?,
        None if start.is_folder => walk.enter(start, None),
        None => walk.file = Some(start),
    }
    Ok(walk)
}

/// What the walk came to.
enum Met {
    File(SourceEntry),
    /// A folder that cannot be listed, or not to its end.
    Closed(SourceEntry, ExtractionError),
}

impl Walk {
    fn enter(&mut self, folder: SourceEntry, after: Option<String>) {
        self.frames.push(Frame {
            folder,
            known: VecDeque::new(),
            next: Some(after),
        });
    }

    /// Goes on after a file, which need not be there any more.
    async fn resume(&mut self, start: SourceEntry, after: &ItemPath) -> Result<(), ExtractionError> {
        let Some(below) = after.names().strip_prefix(start.path.names()) else {
            return Err(ExtractionError::CursorInvalid);
        };
        let mut folder = start;
        for name in below {
            if !folder.is_folder {
                return Ok(());
            }
            let next = folder.path.child(name);
            self.enter(folder, Some(name.clone()));
            let found = match next {
                Some(path) => self.drive.source.find(&path).await,
                None => Ok(None),
            };
            match found.or_else(closed)? {
                Some(found) => folder = found.entry,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// The next file, or folder that cannot be looked into. `None`: that was all.
    async fn next(&mut self) -> Result<Option<Met>, ExtractionError> {
        if let Some(file) = self.file.take() {
            return Ok(Some(Met::File(file)));
        }
        loop {
            let Some(frame) = self.frames.last_mut() else {
                return Ok(None);
            };
            if let Some(entry) = frame.known.pop_front() {
                if !entry.is_folder {
                    return Ok(Some(Met::File(entry)));
                }
                self.descend(entry);
                continue;
            }
            let Some(after) = frame.next.take() else {
                self.frames.pop();
                continue;
            };
            let request = PageRequest {
                top: PAGE,
                after,
                descending: false,
            };
            let folder = frame.folder.path.clone();
            let page = match self.drive.source.list(&folder, &request).await {
                Ok(page) => page,
                Err(error) => return self.leave(error).await.map(Some),
            };
            if let (Some(page), Some(frame)) = (page, self.frames.last_mut()) {
                frame.next = page.next.map(Some);
                frame.known.extend(page.entries.into_iter().map(|listed| listed.entry));
            }
        }
    }

    /// Leaves the folder the walk is in, which cannot be listed. An error: it is the first one, or nothing of the drive
    /// can be.
    async fn leave(&mut self, error: SourceError) -> Result<Met, ExtractionError> {
        let folder = self.frames.pop().map(|frame| frame.folder);
        let folder = folder.filter(|folder| folder.path != self.start);
        let (Some(folder), false) = (folder, matches!(error, SourceError::TimedOut)) else {
            return Err(error.into());
        };
        match self.drive.source.find(&self.start).await {
            Ok(Some(_)) => Ok(Met::Closed(folder, error.into())),
            Ok(None) | Err(_) => Err(error.into()),
        }
    }

    /// Enters a folder, unless it is one the walk is in already, as links can make it.
    fn descend(&mut self, folder: SourceEntry) {
        let is_above = self.frames.iter().any(|frame| frame.folder.key == folder.key);
        if !is_above && self.frames.len() < PATH_SEGMENTS {
            self.enter(folder, None);
        }
    }
}

/// What cannot be looked into is not there to resume in; the walk meets it again.
fn closed(error: SourceError) -> Result<Option<Located>, SourceError> {
    match error {
        SourceError::TimedOut => Err(error),
        _ => Ok(None),
    }
}

/// Extracts one file's labels as a call of its own; a folder is told as it is.
async fn look(
    service: &Extraction,
    mut context: CallContext,
    drive: OpenDrive,
    met: Met,
) -> Result<ScanResult, ContractError> {
    let (entry, closed) = match met {
        Met::File(entry) => (entry, None),
        Met::Closed(entry, error) => (entry, Some(error)),
    };
    context.deadline = std::time::Instant::now() + ONE_FILE;
    let snapshot = within_deadline(&context, service.snapshot(&context)).await?;
    let identifier = located_identifier(&drive.info.id, &entry.path);
    let cursor = URL_SAFE_NO_PAD.encode(entry.path.to_text());
    let described = within_deadline(&context, async {
        let folder = match entry.path.parent() {
            Some(parent) => drive.source.find(&parent).await?.map(|found| found.entry),
            None => None,
        };
        let located = Located { entry, folder };
        let item = service.describe_item(&drive, &located, 0).await?;
        if let Some(error) = closed {
            return Ok((item, Err(error)));
        }
        let file = service.file_at(drive, located).await?;
        Ok((item, Ok(file)))
    })
    .await;
    let (item, file) = described?;
    let file = match file {
        Ok(file) => file,
        Err(error) => {
            let labels = Err(error.to_contract());
            return Ok(ScanResult { item, labels, cursor });
        }
    };
    let labels = within_deadline(&context, labels_in(service, &context, &snapshot, &file)).await;
    let labels = labels.map(|answer| answer.labels);
    let outcome = labels.as_ref().map(Vec::as_slice);
    service
        .record(&context, &snapshot, Extracted { identifier, outcome })
        .await?;
    Ok(ScanResult { item, labels, cursor })
}

fn read_cursor(cursor: &str) -> Result<ItemPath, ExtractionError> {
    let bytes = URL_SAFE_NO_PAD
        .decode(cursor)
        .map_err(|_| ExtractionError::CursorInvalid)?;
    let text = String::from_utf8(bytes).map_err(|_| ExtractionError::CursorInvalid)?;
    ItemPath::from_text(&text).ok_or(ExtractionError::CursorInvalid)
}

//! Batches of decision records: how records are written together as one row, and read back one by one.
//!
//! A batch is a block of bytes: its form, then for each record its length (four bytes, little endian) and
//! [`decision_code`]'s bytes. Batches of earlier schemas are JSON, a record on each line.

use std::collections::BTreeSet;
use std::ops::Range;

use signet_domain::ids::{LabelId, TenantId, UserId};
use signet_domain::record::DecisionRecord;
use signet_store::StoreError;

use crate::decision_code;
use crate::values::{from_column, nanoseconds};

/// Most records of a batch: reading one record reads its batch.
const MAX_RECORDS: u64 = 512;
/// A batch of this many bytes takes no further record.
const MAX_BYTES: usize = 512 * 1024;
/// Bytes a record usually takes.
const USUAL_BYTES: usize = 512;

/// The records follow as they are.
const PLAIN: u8 = 1;
/// The records follow as one LZ4 block behind its length (four bytes, little endian).
const COMPRESSED: u8 = 2;
/// Records of fewer bytes together are kept as they are: there is little to gain.
const COMPRESSED_FROM: usize = 4 * 1024;
/// Most bytes of a batch that are believed: a batch that takes no further record, and its last one.
const MAX_BELIEVED: usize = 64 * 1024 * 1024;

/// Bytes of a record's length.
const LENGTH_BYTES: usize = 4;

/// The bytes of an LZ4 block behind its length.
fn decompress(block: &[u8]) -> Result<Vec<u8>, StoreError> {
    let damaged = || StoreError::corrupt("a compressed batch of decisions");
    let (length, block) = lz4_flex::block::uncompressed_size(block).map_err(|_| damaged())?;
    if length > MAX_BELIEVED {
        return Err(damaged());
    }
    let bytes = lz4_flex::block::decompress(block, length).map_err(|_| damaged())?;
    if bytes.len() == length {
        Ok(bytes)
    } else {
        Err(damaged())
    }
}

/// Consecutive records of one tenant, not numbered yet.
#[derive(Debug)]
pub(crate) struct NewBatch {
    pub(crate) tenant: TenantId,
    /// Where each record stood in the call.
    pub(crate) positions: Vec<usize>,
    pub(crate) earliest_ns: i64,
    pub(crate) latest_ns: i64,
    pub(crate) users: BTreeSet<UserId>,
    labels: BTreeSet<LabelId>,
    /// The records, each behind its length.
    rows: Vec<u8>,
}

impl NewBatch {
    fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            positions: Vec::new(),
            earliest_ns: i64::MAX,
            latest_ns: i64::MIN,
            users: BTreeSet::new(),
            labels: BTreeSet::new(),
            rows: Vec::with_capacity(USUAL_BYTES),
        }
    }

    /// How many records it holds.
    pub(crate) fn len(&self) -> u64 {
        self.positions.len() as u64
    }

    /// The ids of the labels its records name, one after the other.
    pub(crate) fn labels(&self) -> Vec<u8> {
        let ids: Vec<[u8; 16]> = self.labels.iter().map(|label| label.as_uuid().into_bytes()).collect();
        ids.concat()
    }

    /// Takes the records out, as the column holds them.
    pub(crate) fn encoded(&mut self) -> Vec<u8> {
        let rows = std::mem::take(&mut self.rows);
        if rows.len() < COMPRESSED_FROM {
            return [&[PLAIN], &*rows].concat();
        }
        let block = lz4_flex::block::compress_prepend_size(&rows);
        [&[COMPRESSED], &*block].concat()
    }

    fn has_room(&self) -> bool {
        self.len() < MAX_RECORDS && self.rows.len() < MAX_BYTES
    }

    fn push(&mut self, position: usize, record: &DecisionRecord) -> Result<(), StoreError> {
        let unwritable = |why: &dyn std::fmt::Display| StoreError::Invalid {
            what: format!("the decision record cannot be written: {why}"),
        };
        let begin = self.rows.len();
        self.rows.extend([0; LENGTH_BYTES]);
        let rows = std::mem::take(&mut self.rows);
        self.rows = decision_code::append(record, rows).map_err(|error| unwritable(&error))?;
        let length = self.rows.len().saturating_sub(begin + LENGTH_BYTES);
        let length = u32::try_from(length).map_err(|error| unwritable(&error))?;
        if let Some(place) = self.rows.get_mut(begin..begin + LENGTH_BYTES) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        let time = nanoseconds(record.time);
        self.earliest_ns = self.earliest_ns.min(time);
        self.latest_ns = self.latest_ns.max(time);
        self.users.extend(record.user_id);
        self.labels.extend(record.label_before);
        self.labels.extend(record.label_after);
        self.positions.push(position);
        Ok(())
    }
}

/// Records as batches: each tenant's in their order.
pub(crate) fn batches_of(records: &[DecisionRecord]) -> Result<Vec<NewBatch>, StoreError> {
    let mut batches: Vec<NewBatch> = Vec::new();
    // Of each tenant, the batch that takes its next record.
    let mut open = std::collections::HashMap::new();
    for (position, record) in records.iter().enumerate() {
        let known = open.get(&record.tenant_id).copied();
        let index = match known.filter(|&index| batches.get(index).is_some_and(NewBatch::has_room)) {
            Some(index) => index,
            None => {
                batches.push(NewBatch::new(record.tenant_id));
                open.insert(record.tenant_id, batches.len() - 1);
                batches.len() - 1
            }
        };
        if let Some(batch) = batches.get_mut(index) {
            batch.push(position, record)?;
        }
    }
    Ok(batches)
}

/// What a row says its records are.
#[derive(Debug)]
pub(crate) enum Kept {
    /// A block of bytes.
    Encoded(Vec<u8>),
    /// JSON, a record on each line: before schema 9.
    Lines(String),
    /// The same as an LZ4 block behind its length.
    CompressedLines(Vec<u8>),
}

/// How the records of a batch are read.
#[derive(Debug, Clone, Copy)]
enum Form {
    Rows,
    Lines,
}

/// A batch as its row holds it.
#[derive(Debug)]
pub(crate) struct StoredBatch {
    tenant: TenantId,
    first_sequence: u64,
    form: Form,
    bytes: Vec<u8>,
    /// Where each record begins and ends.
    records: Vec<Range<usize>>,
}

impl StoredBatch {
    /// # Errors
    /// `Corrupt` when the row does not hold as many records as its numbers say.
    pub(crate) fn new(tenant: TenantId, first: i64, last: i64, kept: Kept) -> Result<Self, StoreError> {
        let damaged = || StoreError::corrupt(format!("decisions {first} to {last} of tenant `{tenant}`"));
        let (form, bytes) = match kept {
            Kept::Lines(text) => (Form::Lines, text.into_bytes()),
            Kept::CompressedLines(block) => (Form::Lines, decompress(&block)?),
            Kept::Encoded(block) => match block.split_first() {
                Some((&PLAIN, rows)) => (Form::Rows, rows.to_vec()),
                Some((&COMPRESSED, block)) => (Form::Rows, decompress(block)?),
                _ => return Err(damaged()),
            },
        };
        let records = match form {
            Form::Lines => Some(lines_of(&bytes)),
            Form::Rows => rows_of(&bytes),
        };
        let batch = Self {
            tenant,
            first_sequence: from_column(first, "decision sequence")?,
            form,
            bytes,
            records: records.ok_or_else(damaged)?,
        };
        let last = from_column(last, "decision sequence")?;
        if batch.first_sequence + batch.records.len() as u64 != last.saturating_add(1) {
            return Err(damaged());
        }
        Ok(batch)
    }

    /// The records with their numbers, read when asked for.
    pub(crate) fn records(&self, descending: bool) -> impl Iterator<Item = Result<DecisionRecord, StoreError>> {
        let count = self.records.len();
        (0..count).filter_map(move |step| self.record(if descending { count - 1 - step } else { step }))
    }

    fn record(&self, index: usize) -> Option<Result<DecisionRecord, StoreError>> {
        let bytes = self.bytes.get(self.records.get(index)?.clone())?;
        let sequence = self.first_sequence + index as u64;
        let record = match self.form {
            Form::Rows => decision_code::read(bytes, self.tenant, sequence),
            Form::Lines => serde_json::from_slice(bytes)
                .ok()
                .map(|record| DecisionRecord { sequence, ..record }),
        };
        let damaged = || StoreError::corrupt(format!("decision {sequence} of tenant `{}`", self.tenant));
        Some(record.ok_or_else(damaged))
    }
}

fn lines_of(text: &[u8]) -> Vec<Range<usize>> {
    let mut begin = 0;
    let line = |line: &[u8]| {
        let range = begin..begin + line.len();
        begin = range.end + 1;
        range
    };
    text.split(|byte| *byte == b'\n').map(line).collect()
}

/// `None` when a length leads beyond the end.
fn rows_of(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut rows = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let begin = at + LENGTH_BYTES;
        let length = u32::from_le_bytes(bytes.get(at..begin)?.try_into().ok()?);
        let end = begin.checked_add(usize::try_from(length).ok()?)?;
        if end > bytes.len() {
            return None;
        }
        rows.push(begin..end);
        at = end;
    }
    Some(rows)
}

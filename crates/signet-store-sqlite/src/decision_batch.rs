//! Batches of decision records: how records are written together as one row, and read back one by one.

use std::collections::BTreeSet;
use std::ops::Range;

use signet_domain::ids::{TenantId, UserId};
use signet_domain::record::{DecisionRecord, Stored};
use signet_store::StoreError;

use crate::values::{from_column, nanoseconds};

/// Most records of a batch: reading one record reads its batch.
const MAX_RECORDS: u64 = 512;
/// A batch of this many bytes takes no further record.
const MAX_BYTES: usize = 512 * 1024;
/// Bytes a record usually takes.
const USUAL_BYTES: usize = 1_200;

/// Records of fewer bytes together are kept as they are: there is little to gain.
const PACKED_FROM: usize = 4 * 1024;
/// Longest text of a batch that is believed, in bytes: a batch that takes no further record, and its last one.
const MAX_TEXT_BYTES: usize = 64 * 1024 * 1024;

/// The records of a batch: as JSON, one on each line.
#[derive(Debug)]
pub(crate) enum BatchText {
    /// As they are.
    Plain(String),
    /// Compressed.
    Packed(Vec<u8>),
}

impl BatchText {
    /// The text of a compressed batch.
    ///
    /// # Errors
    /// `Corrupt` when it is not what was written.
    pub(crate) fn unpack(packed: &[u8]) -> Result<String, StoreError> {
        let damaged = || StoreError::corrupt("a compressed batch of decisions");
        let (length, block) = lz4_flex::block::uncompressed_size(packed).map_err(|_| damaged())?;
        if length > MAX_TEXT_BYTES {
            return Err(damaged());
        }
        let text = lz4_flex::block::decompress(block, length).map_err(|_| damaged())?;
        if text.len() != length {
            return Err(damaged());
        }
        String::from_utf8(text).map_err(|_| damaged())
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
    /// A record as JSON on each line; JSON has no line end inside.
    lines: Vec<u8>,
}

impl NewBatch {
    fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            positions: Vec::new(),
            earliest_ns: i64::MAX,
            latest_ns: i64::MIN,
            users: BTreeSet::new(),
            lines: Vec::with_capacity(USUAL_BYTES),
        }
    }

    /// How many records it holds.
    pub(crate) fn len(&self) -> u64 {
        self.positions.len() as u64
    }

    /// Takes the records out.
    pub(crate) fn text(&mut self) -> Result<BatchText, StoreError> {
        let lines = std::mem::take(&mut self.lines);
        if lines.len() >= PACKED_FROM {
            return Ok(BatchText::Packed(lz4_flex::block::compress_prepend_size(&lines)));
        }
        let lines = String::from_utf8(lines).map_err(|error| StoreError::Invalid {
            what: format!("the decision records are not text: {error}"),
        })?;
        Ok(BatchText::Plain(lines))
    }

    fn has_room(&self) -> bool {
        self.len() < MAX_RECORDS && self.lines.len() < MAX_BYTES
    }

    fn push(&mut self, position: usize, record: &DecisionRecord) -> Result<(), StoreError> {
        if !self.lines.is_empty() {
            self.lines.push(b'\n');
        }
        serde_json::to_writer(&mut self.lines, &Stored(record)).map_err(|error| StoreError::Invalid {
            what: format!("the decision record cannot be written as JSON: {error}"),
        })?;
        let time = nanoseconds(record.time);
        self.earliest_ns = self.earliest_ns.min(time);
        self.latest_ns = self.latest_ns.max(time);
        self.users.extend(record.user_id);
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

/// A batch as its row holds it.
#[derive(Debug)]
pub(crate) struct StoredBatch {
    tenant: TenantId,
    first_sequence: u64,
    text: String,
    /// Where each line begins and ends.
    lines: Vec<Range<usize>>,
}

impl StoredBatch {
    /// # Errors
    /// `Corrupt` when the row does not hold as many records as its numbers say.
    pub(crate) fn new(tenant: TenantId, first: i64, last: i64, text: String) -> Result<Self, StoreError> {
        let batch = Self {
            tenant,
            first_sequence: from_column(first, "decision sequence")?,
            lines: lines_of(&text),
            text,
        };
        let last = from_column(last, "decision sequence")?;
        if batch.first_sequence + batch.lines.len() as u64 != last.saturating_add(1) {
            return Err(StoreError::corrupt(format!(
                "decisions {first} to {last} of tenant `{tenant}`"
            )));
        }
        Ok(batch)
    }

    /// The records with their numbers, read when asked for.
    pub(crate) fn records(&self, descending: bool) -> impl Iterator<Item = Result<DecisionRecord, StoreError>> {
        let count = self.lines.len();
        (0..count).filter_map(move |step| self.record(if descending { count - 1 - step } else { step }))
    }

    fn record(&self, index: usize) -> Option<Result<DecisionRecord, StoreError>> {
        let line = self.text.get(self.lines.get(index)?.clone())?;
        let sequence = self.first_sequence + index as u64;
        let record: Result<DecisionRecord, _> = serde_json::from_str(line);
        Some(
            record
                .map(|record| DecisionRecord { sequence, ..record })
                .map_err(|_| StoreError::corrupt(format!("decision {sequence} of tenant `{}`", self.tenant))),
        )
    }
}

fn lines_of(text: &str) -> Vec<Range<usize>> {
    let mut begin = 0;
    let line = |line: &str| {
        let range = begin..begin + line.len();
        begin = range.end + 1;
        range
    };
    text.split('\n').map(line).collect()
}

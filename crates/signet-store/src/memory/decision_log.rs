//! The decision log in memory.

use std::collections::HashMap;

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;
use uuid::Uuid;

use super::{MemoryStore, at_most, lock};
use crate::decision_log::{DecisionFilter, DecisionLog};
use crate::error::StoreError;

#[derive(Debug, Default)]
pub(super) struct State {
    tenants: HashMap<TenantId, Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// Sequence `n` is entry `n - 1`.
    records: Vec<DecisionRecord>,
    sequence_of_id: HashMap<Uuid, u64>,
}

impl Log {
    fn append(&mut self, mut record: DecisionRecord) -> u64 {
        if let Some(sequence) = self.sequence_of_id.get(&record.id) {
            return *sequence;
        }
        record.sequence = self.records.len() as u64 + 1;
        let sequence = record.sequence;
        self.sequence_of_id.insert(record.id, sequence);
        self.records.push(record);
        sequence
    }
}

#[async_trait]
impl DecisionLog for MemoryStore {
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        let mut state = lock(&self.decisions);
        let append_one = |record: DecisionRecord| state.tenants.entry(record.tenant_id).or_default().append(record);
        Ok(records.into_iter().map(append_one).collect())
    }

    async fn list(
        &self,
        tenant: TenantId,
        filter: &DecisionFilter,
        after_sequence: u64,
        limit: u32,
        descending: bool,
    ) -> Result<Vec<DecisionRecord>, StoreError> {
        let state = lock(&self.decisions);
        let Some(log) = state.tenants.get(&tenant) else {
            return Ok(Vec::new());
        };
        let records = log.records.iter();
        let wanted: Box<dyn Iterator<Item = &DecisionRecord> + Send> = match (descending, after_sequence) {
            (false, after) => Box::new(records.filter(move |record| record.sequence > after)),
            (true, 0) => Box::new(records.rev()),
            (true, before) => Box::new(records.rev().filter(move |record| record.sequence < before)),
        };
        Ok(wanted
            .filter(|record| filter.matches(record))
            .take(at_most(limit))
            .cloned()
            .collect())
    }

    async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError> {
        let state = lock(&self.decisions);
        Ok(state.tenants.get(&tenant).map_or(0, |log| log.records.len() as u64))
    }
}

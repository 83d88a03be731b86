//! The decision log in memory.

use std::collections::HashMap;

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_domain::record::DecisionRecord;

use super::{MemoryStore, at_most, lock};
use crate::decision_log::{DecisionFilter, DecisionLog};
use crate::error::StoreError;

#[derive(Debug, Default)]
pub(super) struct State {
    /// Records of each tenant; sequence `n` is entry `n - 1`.
    tenants: HashMap<TenantId, Vec<DecisionRecord>>,
}

impl State {
    fn append(&mut self, mut record: DecisionRecord) -> u64 {
        let records = self.tenants.entry(record.tenant_id).or_default();
        record.sequence = records.len() as u64 + 1;
        let sequence = record.sequence;
        records.push(record);
        sequence
    }
}

#[async_trait]
impl DecisionLog for MemoryStore {
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError> {
        let mut state = lock(&self.decisions);
        Ok(records.into_iter().map(|record| state.append(record)).collect())
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
        let Some(records) = state.tenants.get(&tenant) else {
            return Ok(Vec::new());
        };
        let records = records.iter();
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
        Ok(state.tenants.get(&tenant).map_or(0, |records| records.len() as u64))
    }
}

//! The decision log: one record per evaluation, label change and extraction, in order per tenant.

use async_trait::async_trait;
use jiff::Timestamp;
use signet_domain::ids::{LabelId, TenantId, UserId};
use signet_domain::record::{DecisionRecord, Operation, Outcome};

use crate::error::StoreError;

/// Which records are wanted. Every condition given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecisionFilter {
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// By this user.
    pub user: Option<UserId>,
    /// By the application with this client id or this name, ASCII letters without case.
    pub application: Option<String>,
    /// With this label before or after.
    pub label: Option<LabelId>,
    /// Of this operation.
    pub operation: Option<Operation>,
    /// With this outcome.
    pub outcome: Option<Outcome>,
}

impl DecisionFilter {
    /// The record meets every condition.
    pub fn matches(&self, record: &DecisionRecord) -> bool {
        self.from.is_none_or(|from| record.time >= from)
            && self.to.is_none_or(|to| record.time < to)
            && self.user.is_none_or(|user| record.user_id == Some(user))
            && self.operation.is_none_or(|operation| record.operation == operation)
            && self.outcome.is_none_or(|outcome| record.outcome == outcome)
            && self.matches_label(record)
            && self.matches_application(record)
    }

    fn matches_label(&self, record: &DecisionRecord) -> bool {
        self.label
            .is_none_or(|label| record.label_before == Some(label) || record.label_after == Some(label))
    }

    fn matches_application(&self, record: &DecisionRecord) -> bool {
        let Some(wanted) = &self.application else {
            return true;
        };
        [record.application_id.as_deref(), record.application_name.as_deref()]
            .into_iter()
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(wanted))
    }
}

/// Keeps decision records. No record is ever changed or removed.
#[async_trait]
pub trait DecisionLog: Send + Sync {
    /// Writes records, all or none, and returns their sequence numbers in the order given. Durable when `Ok`.
    ///
    /// Each tenant's numbers are 1, 2, 3, … without gaps, in the order given here and in the order of calls that ended
    /// before this one began; a record never becomes visible after a higher number of its tenant has. The records'
    /// own `sequence` is ignored, and their ids are not compared: a repeated call writes again.
    ///
    /// A store on disk waits for the disk once per call; put a [`crate::BatchingDecisionLog`] in front where many
    /// callers append at the same time.
    ///
    /// # Errors
    /// `Full`, `Unavailable`.
    async fn append(&self, records: Vec<DecisionRecord>) -> Result<Vec<u64>, StoreError>;

    /// Records of a tenant that meet the filter, at most `limit`: ascending those after `after_sequence`, descending
    /// those before it, where 0 stands for the end of the log. Empty: none (left), or no such tenant.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn list(
        &self,
        tenant: TenantId,
        filter: &DecisionFilter,
        after_sequence: u64,
        limit: u32,
        descending: bool,
    ) -> Result<Vec<DecisionRecord>, StoreError>;

    /// Number of the tenant's newest record; 0 before the first.
    ///
    /// # Errors
    /// `Unavailable`, `Corrupt`.
    async fn latest_sequence(&self, tenant: TenantId) -> Result<u64, StoreError>;
}

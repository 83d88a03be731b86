//! How policies reach the services that decide by them.

use std::sync::Arc;

use signet_contract::catalog::{ChangeEvent, SnapshotLease};
use signet_domain::ids::Revision;
use signet_domain::snapshot::PolicySnapshot;

use super::administration::{document, document_json};
use super::{ConversionError, from_duration, id, optional, optional_duration, text};
use crate::proto::catalog as pb;

impl TryFrom<SnapshotLease> for pb::Snapshot {
    type Error = ConversionError;

    fn try_from(lease: SnapshotLease) -> Result<Self, Self::Error> {
        Ok(Self {
            tenant_document: document_json(lease.snapshot.document())?,
            revision: lease.snapshot.revision().0,
            unconfirmed_for: lease.unconfirmed_for.map(from_duration),
        })
    }
}

impl TryFrom<pb::Snapshot> for SnapshotLease {
    type Error = ConversionError;

    fn try_from(message: pb::Snapshot) -> Result<Self, Self::Error> {
        let document = Arc::new(document(&message.tenant_document)?);
        Ok(Self {
            snapshot: Arc::new(PolicySnapshot::compile(document, Revision(message.revision))),
            unconfirmed_for: optional_duration(message.unconfirmed_for, "unconfirmed_for")?,
        })
    }
}

impl TryFrom<Option<SnapshotLease>> for pb::GetSnapshotResponse {
    type Error = ConversionError;

    fn try_from(lease: Option<SnapshotLease>) -> Result<Self, Self::Error> {
        Ok(Self {
            snapshot: optional(lease, "snapshot")?,
        })
    }
}

impl TryFrom<pb::GetSnapshotResponse> for Option<SnapshotLease> {
    type Error = ConversionError;

    fn try_from(message: pb::GetSnapshotResponse) -> Result<Self, Self::Error> {
        optional(message.snapshot, "snapshot")
    }
}

impl From<ChangeEvent> for pb::WatchChangesResponse {
    fn from(event: ChangeEvent) -> Self {
        Self {
            position: event.position,
            tenant_id: text(event.tenant),
            revision: event.revision.0,
        }
    }
}

impl TryFrom<pb::WatchChangesResponse> for ChangeEvent {
    type Error = ConversionError;

    fn try_from(message: pb::WatchChangesResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            position: message.position,
            tenant: id(&message.tenant_id, "tenant_id")?,
            revision: Revision(message.revision),
        })
    }
}

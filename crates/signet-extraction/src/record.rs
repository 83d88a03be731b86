//! The record every extraction leaves. Source: product.md, Decision log.

use std::sync::Arc;

use async_trait::async_trait;
use signet_contract::extraction::{DriveAddress, ExtractedLabel, ItemAddress, ItemReference};
use signet_contract::{CallContext, CallerKind, ContractError, ServiceError};
use signet_domain::ids::LabelId;
use signet_domain::record::{DecisionRecord, Operation, Outcome, parse_user_agent};
use signet_domain::snapshot::PolicySnapshot;
use signet_store::DecisionLog;

use crate::Extraction;
use crate::error::ExtractionError;
use crate::path::ItemPath;

/// Where records go. An extraction is answered only once its record was taken.
#[async_trait]
pub trait DecisionSink: Send + Sync {
    /// Takes a record; its `sequence` is 0 and its `id` fresh.
    ///
    /// # Errors
    /// When the record is not safe; then the extraction is not answered either.
    async fn record(&self, record: DecisionRecord) -> Result<(), ContractError>;
}

/// A decision log as the place where records go.
pub struct DecisionLogSink(pub Arc<dyn DecisionLog>);

#[async_trait]
impl DecisionSink for DecisionLogSink {
    async fn record(&self, record: DecisionRecord) -> Result<(), ContractError> {
        let appended = self.0.append(vec![record]).await;
        appended
            .map(|_| ())
            .map_err(|error| ExtractionError::from(error).to_contract())
    }
}

/// What the record says about one extraction.
pub(crate) struct Extracted<'a> {
    pub(crate) identifier: String,
    pub(crate) outcome: Result<&'a [ExtractedLabel], &'a ContractError>,
}

/// What every record says.
pub(crate) struct Recorded {
    pub(crate) operation: Operation,
    pub(crate) identifier: String,
    pub(crate) outcome: Outcome,
}

impl Extraction {
    /// Leaves the record of an extraction.
    pub(crate) async fn record(
        &self,
        context: &CallContext,
        snapshot: &PolicySnapshot,
        extracted: Extracted<'_>,
    ) -> Result<(), ContractError> {
        let (outcome, reason) = match extracted.outcome {
            Ok(_) => (Outcome::Read, None),
            Err(error) => (Outcome::Refused, Some(error.reason.name().to_owned())),
        };
        let recorded = Recorded {
            operation: Operation::ExtractSensitivityLabels,
            identifier: extracted.identifier,
            outcome,
        };
        let record = DecisionRecord {
            reason,
            label_before: extracted.outcome.ok().and_then(|labels| own_label(snapshot, labels)),
            ..self.blank_record(context, snapshot, recorded)
        };
        self.keep_record(record).await
    }

    /// Leaves a record.
    pub(crate) async fn keep_record(&self, record: DecisionRecord) -> Result<(), ContractError> {
        match &self.decisions {
            Some(sink) => sink.record(record).await,
            None => Ok(()),
        }
    }

    /// A record that says who asked for what, and how it ended.
    pub(crate) fn blank_record(
        &self,
        context: &CallContext,
        snapshot: &PolicySnapshot,
        recorded: Recorded,
    ) -> DecisionRecord {
        let caller = &context.caller;
        let user = snapshot
            .user(caller.object_id)
            .filter(|_| caller.kind == CallerKind::Delegated);
        let (application_name, application_version) =
            context.user_agent.as_deref().map(parse_user_agent).unwrap_or_default();
        DecisionRecord {
            sequence: 0,
            id: self.ids.next_id(),
            time: self.clock.now(),
            tenant_id: snapshot.tenant_id(),
            revision: snapshot.revision(),
            operation: recorded.operation,
            outcome: recorded.outcome,
            reason: None,
            user_id: (caller.kind == CallerKind::Delegated).then_some(caller.object_id),
            user_principal_name: user.map(|user| user.user_principal_name.clone()),
            application_id: caller.application_id.clone(),
            application_name,
            application_version,
            client_ip: context.client_ip.clone(),
            request_id: context.request_id.clone(),
            client_request_id: context.client_request_id.clone(),
            content_identifier: Some(recorded.identifier),
            label_before: None,
            label_after: None,
            justification: None,
            matched_types: Vec::new(),
            audit: None,
        }
    }
}

/// The label of the caller's tenant among those found.
pub(crate) fn own_label(snapshot: &PolicySnapshot, labels: &[ExtractedLabel]) -> Option<LabelId> {
    let tenant = snapshot.tenant_id().to_string();
    let own = labels.iter().find(|label| label.tenant_id == tenant)?;
    LabelId::parse(&own.label_id).ok()
}

/// The item's place for the record, once it is known.
pub(crate) fn located_identifier(drive_id: &str, path: &ItemPath) -> String {
    format!("/drives/{drive_id}/root:/{}", path.to_text())
}

/// The item as the caller addressed it, for an extraction that found none.
pub(crate) fn addressed_identifier(reference: &ItemReference) -> String {
    let item = match &reference.item {
        ItemAddress::Root => "root".to_owned(),
        ItemAddress::Id(id) => format!("items/{id}"),
        ItemAddress::Path(path) => format!("root:/{}", path.join("/")),
        ItemAddress::Under { parent, path } => format!("items/{parent}:/{}", path.join("/")),
    };
    let identifier = format!("{}/{item}", addressed_drive(&reference.drive));
    identifier.chars().take(1024).collect()
}

fn addressed_drive(drive: &DriveAddress) -> String {
    match drive {
        DriveAddress::Id(id) => format!("/drives/{id}"),
        DriveAddress::Me => "/me/drive".to_owned(),
        DriveAddress::User(user) => format!("/users/{user}/drive"),
        DriveAddress::Group(group) => format!("/groups/{group}/drive"),
        DriveAddress::Site(site) => format!("/sites/{site}/drive"),
        DriveAddress::Default => "/drive".to_owned(),
        DriveAddress::Owned { owner, drive } => format!("{}s/{drive}", addressed_drive(owner)),
    }
}

//! uploadSession and the monitor of an operation. Source: rest-api 9.4, 9.5.

use serde::{Serialize, Serializer, ser::SerializeMap};
use signet_contract::content::{OperationStatus, UploadStatus};

use super::error::GraphError;
use super::time::Seconds;

/// An upload under way.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionJson<'a> {
    #[serde(rename = "@odata.context", skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_url: Option<&'a str>,
    expiration_date_time: Seconds,
    next_expected_ranges: Vec<String>,
}

impl<'a> SessionJson<'a> {
    /// The upload; with its URL when it is new.
    pub(crate) fn new(status: &UploadStatus, context: Option<&'a str>, url: Option<&'a str>) -> Self {
        let is_complete = status.total == Some(status.received);
        let next = (!is_complete).then(|| format!("{}-", status.received));
        Self {
            context,
            upload_url: url,
            expiration_date_time: Seconds::of(status.expires_at),
            next_expected_ranges: next.into_iter().collect(),
        }
    }
}

/// Where an operation stands.
pub(crate) struct OperationJson(OperationStatus);

impl OperationJson {
    pub(crate) fn new(status: OperationStatus) -> Self {
        Self(status)
    }
}

impl Serialize for OperationJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("operation", "AssignSensitivityLabel")?;
        match &self.0 {
            OperationStatus::NotStarted => {
                map.serialize_entry("percentageComplete", &0.0)?;
                map.serialize_entry("status", "notStarted")?;
            }
            OperationStatus::InProgress => {
                map.serialize_entry("percentageComplete", &50.0)?;
                map.serialize_entry("status", "inProgress")?;
            }
            OperationStatus::Completed { item_id } => {
                map.serialize_entry("percentageComplete", &100.0)?;
                map.serialize_entry("resourceId", item_id)?;
                map.serialize_entry("status", "completed")?;
            }
            OperationStatus::Failed(error) => {
                let error = GraphError::from((**error).clone());
                map.serialize_entry("status", "failed")?;
                map.serialize_entry("statusDescription", &error.message)?;
                map.serialize_entry(
                    "error",
                    &Failure {
                        code: error.code,
                        message: &error.message,
                    },
                )?;
            }
        }
        map.end()
    }
}

/// An error inside an answer.
#[derive(Serialize)]
pub(crate) struct Failure<'a> {
    /// As in `error.code`.
    pub(crate) code: &'a str,
    /// As in `error.message`.
    pub(crate) message: &'a str,
}

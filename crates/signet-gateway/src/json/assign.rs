//! Bodies of assignSensitivityLabel and createUploadSession. Source: rest-api 3.4, 9.4.

use std::borrow::Cow;

use serde::Deserialize;
use signet_contract::content::NameConflict;
use signet_domain::content::AssignmentMethod;
use signet_domain::ids::LabelId;

use super::BodyText;
use super::evaluate::missing;
use crate::graph::error::GraphError;

/// Longest reason, in characters.
const MAX_JUSTIFICATION: usize = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssignBody<'b> {
    #[serde(borrow, default)]
    sensitivity_label_id: Option<Cow<'b, str>>,
    #[serde(borrow, default)]
    assignment_method: Option<Cow<'b, str>>,
    #[serde(borrow, default)]
    justification_text: Option<Cow<'b, str>>,
}

/// What the body asks.
#[derive(Debug)]
pub(crate) struct Assignment {
    /// Absent: the label is removed.
    pub(crate) label_id: Option<LabelId>,
    /// How.
    pub(crate) method: AssignmentMethod,
    /// The reason given.
    pub(crate) justification: Option<String>,
}

/// Reads the body of assignSensitivityLabel.
pub(crate) fn assignment(body: &BodyText<'_>) -> Result<Assignment, GraphError> {
    let body: AssignBody<'_> = body.read()?;
    let label = body.sensitivity_label_id.ok_or_else(|| missing("sensitivityLabelId"))?;
    let label_id = match label.as_ref() {
        "" => None,
        text => Some(LabelId::parse(text).map_err(|_| {
            GraphError::invalid("`sensitivityLabelId` is not a GUID; send a label id, or nothing between the quotes")
                .at("sensitivityLabelId")
        })?),
    };
    let method = match body.assignment_method.as_deref() {
        None => AssignmentMethod::Standard,
        Some(text) => method(text)?,
    };
    let justification = body.justification_text.map(Cow::into_owned);
    if justification
        .as_ref()
        .is_some_and(|text| text.chars().count() > MAX_JUSTIFICATION)
    {
        let message = format!("`justificationText` is longer than {MAX_JUSTIFICATION} characters; shorten it");
        return Err(GraphError::invalid(message).at("justificationText"));
    }
    Ok(Assignment {
        label_id,
        method,
        justification,
    })
}

fn method(text: &str) -> Result<AssignmentMethod, GraphError> {
    let known = [
        ("standard", AssignmentMethod::Standard),
        ("privileged", AssignmentMethod::Privileged),
        ("auto", AssignmentMethod::Auto),
    ];
    let found = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, method)| method).ok_or_else(|| {
        GraphError::invalid("`assignmentMethod` is unknown; send `standard`, `privileged` or `auto`")
            .at("assignmentMethod")
    })
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SessionBody<'b> {
    #[serde(borrow, default)]
    item: Option<SessionItem<'b>>,
    #[serde(default)]
    defer_commit: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct SessionItem<'b> {
    #[serde(borrow, default, rename = "@microsoft.graph.conflictBehavior")]
    conflict_behavior: Option<Cow<'b, str>>,
    #[serde(default)]
    file_size: Option<u64>,
}

/// An upload session that is asked for.
#[derive(Debug, Default)]
pub(crate) struct Session {
    /// What happens when the name is taken.
    pub(crate) conflict: NameConflict,
    /// Bytes in all, when known.
    pub(crate) size: Option<u64>,
    /// The file is there only when it is committed.
    pub(crate) defer_commit: bool,
}

/// Reads the body of createUploadSession, which may be missing.
pub(crate) fn session(bytes: &[u8]) -> Result<Session, GraphError> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Session::default());
    }
    let text = BodyText::new(bytes)?;
    let body: SessionBody<'_> = text.read()?;
    let item = body.item.unwrap_or_default();
    let conflict = match item.conflict_behavior.as_deref() {
        None => NameConflict::Replace,
        Some(text) => conflict(text)?,
    };
    Ok(Session {
        conflict,
        size: item.file_size,
        defer_commit: body.defer_commit.unwrap_or(false),
    })
}

/// Reads `@microsoft.graph.conflictBehavior`.
pub(crate) fn conflict(text: &str) -> Result<NameConflict, GraphError> {
    let known = [
        ("replace", NameConflict::Replace),
        ("fail", NameConflict::Fail),
        ("rename", NameConflict::Rename),
    ];
    let found = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    found.map(|(_, conflict)| conflict).ok_or_else(|| {
        GraphError::invalid("`@microsoft.graph.conflictBehavior` is unknown; send `fail`, `replace` or `rename`")
            .at("@microsoft.graph.conflictBehavior")
    })
}

//! Bodies of assignSensitivityLabel and createUploadSession. Source: rest-api 3.4, 9.4.

use signet_contract::content::NameConflict;
use signet_domain::content::AssignmentMethod;
use signet_domain::ids::LabelId;

use super::BodyText;
use super::evaluate::missing;
use super::model::{Text, Whole, body_object};
use crate::graph::error::GraphError;

/// Longest reason, in characters.
const MAX_JUSTIFICATION: usize = 4096;

body_object! {
    /// assignSensitivityLabel.
    AssignBody {
        "sensitivityLabelId" => sensitivity_label_id: Text<'b>,
        "assignmentMethod" => assignment_method: Text<'b>,
        "justificationText" => justification_text: Text<'b>,
    }
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
    let label_id = match label.as_str() {
        "" => None,
        text => Some(LabelId::parse(text).map_err(|_| {
            GraphError::invalid("`sensitivityLabelId` is not a GUID; send a label id, or nothing between the quotes")
                .at("sensitivityLabelId")
        })?),
    };
    let method = match body.assignment_method {
        None => AssignmentMethod::Standard,
        Some(text) => method(text.as_str())?,
    };
    let justification = body.justification_text.map(Text::into_string);
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

body_object! {
    /// createUploadSession.
    SessionBody {
        "item" => item: SessionItem<'b>,
        "deferCommit" => defer_commit: bool,
    }
}

body_object! {
    /// driveItemUploadableProperties, as far as they count.
    SessionItem {
        "@microsoft.graph.conflictBehavior" => conflict_behavior: Text<'b>,
        "fileSize" => file_size: Whole,
    }
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
    let conflict = match item.conflict_behavior {
        None => NameConflict::Replace,
        Some(text) => conflict(text.as_str())?,
    };
    let size = match item.file_size {
        None => None,
        Some(Whole(bytes)) => Some(u64::try_from(bytes).map_err(|_| {
            GraphError::invalid(format!(
                "`item.fileSize` is {bytes}; give the bytes of the file, or leave it out"
            ))
            .at("item.fileSize")
        })?),
    };
    Ok(Session {
        conflict,
        size,
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

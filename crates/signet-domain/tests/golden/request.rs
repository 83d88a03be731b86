//! Request bodies as clients send them, read into questions. Source: rest-api 3.3, 3.4.

use serde_json::Value;
use signet_domain::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification,
    KeyValuePair,
};
use signet_domain::error::{DomainError, ErrorReason};
use signet_domain::evaluation::{LabelingOptions, ProtectedContent, Question};
use signet_domain::ids::{LabelId, SensitiveTypeId};

type Read<T> = Result<T, DomainError>;

pub(crate) fn bad(target: &str, message: &str) -> DomainError {
    DomainError::at(ErrorReason::InvalidArgument, target, message)
}

pub(crate) fn question(action: &str, body: &Value) -> Read<Question> {
    let content = content_info(object(body, "contentInfo")?)?;
    Ok(match action {
        "evaluateApplication" => Question::Application {
            content,
            labeling: labeling_options(object(body, "labelingOptions")?)?,
        },
        "evaluateClassificationResults" => Question::Classification {
            content,
            results: body
                .get("classificationResults")
                .and_then(Value::as_array)
                .ok_or_else(|| bad("classificationResults", "is required"))?
                .iter()
                .map(classification_result)
                .collect::<Read<_>>()?,
        },
        "evaluateRemoval" => Question::Removal {
            content,
            downgrade_justification: justification(body)?,
        },
        "extractContentLabel" => Question::Extraction { content },
        other => panic!("`{other}` is no evaluation"),
    })
}

fn content_info(content: &Value) -> Read<ContentInfo> {
    let format = text(content, "contentFormat")?.filter(|text| !text.is_empty());
    let format = match format.or(text(content, "format")?) {
        None => ContentFormat::File,
        Some(name) => ContentFormat::parse(name).ok_or_else(|| bad("contentInfo.contentFormat", "is unknown"))?,
    };
    let state = text(content, "state")?.unwrap_or("rest").to_ascii_lowercase();
    Ok(ContentInfo {
        format,
        identifier: text(content, "identifier")?.map(str::to_owned),
        state: match state.as_str() {
            "rest" => ContentState::Rest,
            "motion" => ContentState::Motion,
            "use" => ContentState::Use,
            _ => return Err(bad("contentInfo.state", "is unknown")),
        },
        metadata: pairs(content, "metadata")?,
    })
}

fn labeling_options(options: &Value) -> Read<LabelingOptions> {
    let method = text(options, "assignmentMethod")?
        .unwrap_or("standard")
        .to_ascii_lowercase();
    Ok(LabelingOptions {
        label_id: label_id(
            "labelingOptions.labelId",
            options.get("labelId").unwrap_or(&Value::Null),
        )?,
        assignment_method: match method.as_str() {
            "standard" => AssignmentMethod::Standard,
            "privileged" => AssignmentMethod::Privileged,
            "auto" => AssignmentMethod::Auto,
            _ => return Err(bad("labelingOptions.assignmentMethod", "is unknown")),
        },
        downgrade_justification: justification(options)?,
        extended_properties: pairs(options, "extendedProperties")?,
    })
}

fn justification(parent: &Value) -> Read<DowngradeJustification> {
    let Some(given) = parent.get("downgradeJustification").filter(|given| !given.is_null()) else {
        return Ok(DowngradeJustification::default());
    };
    Ok(DowngradeJustification {
        is_downgrade_justified: given
            .get("isDowngradeJustified")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        justification_message: text(given, "justificationMessage")?.map(str::to_owned),
    })
}

fn classification_result(result: &Value) -> Read<ClassificationResult> {
    let member = |name: &str| result.get(name).unwrap_or(&Value::Null);
    let number = |name: &str| {
        member(name)
            .as_u64()
            .ok_or_else(|| bad(name, "must be a number and not negative"))
    };
    let id = member("sensitiveTypeId")
        .as_str()
        .and_then(|id| SensitiveTypeId::parse(id).ok());
    Ok(ClassificationResult {
        sensitive_type_id: id.ok_or_else(|| bad("sensitiveTypeId", "must be a GUID"))?,
        count: u32::try_from(number("count")?).map_err(|_| bad("count", "is too large"))?,
        confidence_level: u8::try_from(number("confidenceLevel")?)
            .map_err(|_| bad("confidenceLevel", "is too large"))?,
    })
}

pub(crate) fn protected_contents(body: &Value) -> Read<Vec<ProtectedContent>> {
    list(body, "protectedContents")
        .iter()
        .map(|content| {
            let format_text = text(content, "format")?.map(str::to_owned);
            let format = format_text
                .as_deref()
                .map_or(Some(ContentFormat::File), ContentFormat::parse);
            Ok(ProtectedContent {
                cid: text(content, "cid")?.map(str::to_owned),
                format: format.ok_or_else(|| bad("protectedContents.format", "is unknown"))?,
                format_text,
                label_id: text(content, "labelId")?
                    .ok_or_else(|| bad("labelId", "is required"))?
                    .to_owned(),
            })
        })
        .collect()
}

pub(crate) fn formats(parent: &Value, name: &str) -> Read<Vec<ContentFormat>> {
    let parse = |value: &Value| {
        value
            .as_str()
            .and_then(ContentFormat::parse)
            .ok_or_else(|| bad(name, "names an unknown format"))
    };
    list(parent, name).iter().map(parse).collect()
}

pub(crate) fn label_id(target: &str, value: &Value) -> Read<LabelId> {
    value
        .as_str()
        .and_then(|id| LabelId::parse(id).ok())
        .ok_or_else(|| bad(target, "must be a GUID"))
}

pub(crate) fn list<'a>(parent: &'a Value, name: &str) -> &'a [Value] {
    parent.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn pairs(parent: &Value, name: &str) -> Read<Vec<KeyValuePair>> {
    list(parent, name)
        .iter()
        .map(|pair| {
            Ok(KeyValuePair::new(
                text(pair, "name")?.unwrap_or_default(),
                text(pair, "value")?.unwrap_or_default(),
            ))
        })
        .collect()
}

fn object<'a>(parent: &'a Value, name: &str) -> Read<&'a Value> {
    parent
        .get(name)
        .filter(|value| value.is_object())
        .ok_or_else(|| bad(name, "is required"))
}

/// A text member; null is absent.
fn text<'a>(parent: &'a Value, name: &str) -> Read<Option<&'a str>> {
    match parent.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(name, "must be a text")),
    }
}

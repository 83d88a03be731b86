//! Bodies of the four evaluation actions. Source: rest-api 3.3 and 3.4, labelling semantics C1.

use serde_json::value::RawValue;
use signet_domain::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification,
    KeyValuePair,
};
use signet_domain::evaluation::{LabelingOptions, Question};
use signet_domain::ids::{LabelId, SensitiveTypeId};

use super::model::{List, Text, Whole, body_object};
use super::{BodyText, MAX_QUESTION_ITEMS};
use crate::graph::error::GraphError;

body_object! {
    /// evaluateApplication.
    ApplicationBody {
        "contentInfo" => content_info: ContentInfoBody<'b>,
        "labelingOptions" => labeling_options: LabelingOptionsBody<'b>,
    }
}

body_object! {
    /// evaluateClassificationResults.
    ClassificationBody {
        "contentInfo" => content_info: ContentInfoBody<'b>,
        "classificationResults" => results: List<ClassificationResultBody<'b>, MAX_QUESTION_ITEMS>,
    }
}

body_object! {
    /// evaluateRemoval.
    RemovalBody {
        "contentInfo" => content_info: ContentInfoBody<'b>,
        "downgradeJustification" => downgrade_justification: JustificationBody<'b>,
    }
}

body_object! {
    /// extractContentLabel.
    ExtractionBody {
        "contentInfo" => content_info: ContentInfoBody<'b>,
    }
}

body_object! {
    /// contentInfo.
    ContentInfoBody {
        "contentFormat" => content_format: Text<'b>,
        "format" => format: &'b RawValue,
        "identifier" => identifier: Text<'b>,
        "state" => state: Text<'b>,
        "metadata" => metadata: List<PairBody<'b>, MAX_QUESTION_ITEMS>,
    }
}

body_object! {
    /// keyValuePair.
    PairBody {
        "name" => name: Text<'b>,
        "value" => value: Text<'b>,
    }
}

body_object! {
    /// labelingOptions.
    LabelingOptionsBody {
        "labelId" => label_id: Text<'b>,
        "assignmentMethod" => assignment_method: Text<'b>,
        "downgradeJustification" => downgrade_justification: JustificationBody<'b>,
        "extendedProperties" => extended_properties: List<PairBody<'b>, MAX_QUESTION_ITEMS>,
    }
}

body_object! {
    /// downgradeJustification.
    JustificationBody {
        "isDowngradeJustified" => is_justified: bool,
        "justificationMessage" => message: Text<'b>,
    }
}

body_object! {
    /// classificationResult.
    ClassificationResultBody {
        "sensitiveTypeId" => sensitive_type_id: Text<'b>,
        "count" => count: Whole,
        "confidenceLevel" => confidence_level: Whole,
    }
}

/// Reads the question of evaluateApplication.
pub(crate) fn application(body: &BodyText<'_>) -> Result<Question, GraphError> {
    let body: ApplicationBody<'_> = body.read()?;
    let content = content_info(body.content_info)?;
    let options = body.labeling_options.ok_or_else(|| missing("labelingOptions"))?;
    Ok(Question::Application {
        content,
        labeling: labeling_options(options)?,
    })
}

/// Reads the question of evaluateClassificationResults.
pub(crate) fn classification(body: &BodyText<'_>) -> Result<Question, GraphError> {
    let body: ClassificationBody<'_> = body.read()?;
    let content = content_info(body.content_info)?;
    let results = within_limit(
        body.results.ok_or_else(|| missing("classificationResults"))?,
        "classificationResults",
    )?;
    let results = results
        .into_iter()
        .enumerate()
        .map(|(at, entry)| classification_result(at, &entry))
        .collect::<Result<_, _>>()?;
    Ok(Question::Classification { content, results })
}

/// Reads the question of evaluateRemoval.
pub(crate) fn removal(body: &BodyText<'_>) -> Result<Question, GraphError> {
    let body: RemovalBody<'_> = body.read()?;
    Ok(Question::Removal {
        content: content_info(body.content_info)?,
        downgrade_justification: justification(body.downgrade_justification),
    })
}

/// Reads the question of extractContentLabel.
pub(crate) fn extraction(body: &BodyText<'_>) -> Result<Question, GraphError> {
    let body: ExtractionBody<'_> = body.read()?;
    Ok(Question::Extraction {
        content: content_info(body.content_info)?,
    })
}

fn content_info(body: Option<ContentInfoBody<'_>>) -> Result<ContentInfo, GraphError> {
    let body = body.ok_or_else(|| missing("contentInfo"))?;
    Ok(ContentInfo {
        format: content_format(body.content_format.as_ref(), body.format)?,
        identifier: body.identifier.map(Text::into_string),
        state: content_state(body.state.as_ref())?,
        metadata: pairs(body.metadata, "contentInfo.metadata")?,
    })
}

/// `contentFormat`, else the older `format`, else a file. An empty text counts as absent. Beside `contentFormat` the
/// older one is an unknown member like any other, whatever it holds. Source: rest-api 3.2.
fn content_format(content_format: Option<&Text<'_>>, format: Option<&RawValue>) -> Result<ContentFormat, GraphError> {
    const OLDER: &str = "contentInfo.format";
    let given = content_format.map(Text::as_str).filter(|text| !text.is_empty());
    if let Some(text) = given {
        return ContentFormat::parse(text).ok_or_else(|| unknown_format("contentInfo.contentFormat", text));
    }
    let Some(format) = format else {
        return Ok(ContentFormat::File);
    };
    let text: Text<'_> = serde_json::from_str(format.get())
        .map_err(|_| GraphError::invalid(format!("`{OLDER}` has the wrong type: expected a string")).at(OLDER))?;
    match text.as_str() {
        "" => Ok(ContentFormat::File),
        text => ContentFormat::parse(text).ok_or_else(|| unknown_format(OLDER, text)),
    }
}

/// The refusal of a content format that does not exist.
pub(super) fn unknown_format(path: &str, text: &str) -> GraphError {
    GraphError::invalid(format!(
        "`{path}` is `{}`; use File, Email, Site, UnifiedGroup, Teamwork or SchematizedData",
        clip(text)
    ))
    .at(path)
}

fn content_state(text: Option<&Text<'_>>) -> Result<ContentState, GraphError> {
    let states = [
        ("rest", ContentState::Rest),
        ("motion", ContentState::Motion),
        ("use", ContentState::Use),
    ];
    one_of(text, "contentInfo.state", &states, "use rest, motion or use").map(Option::unwrap_or_default)
}

fn assignment_method(text: Option<&Text<'_>>) -> Result<AssignmentMethod, GraphError> {
    let methods = [
        ("standard", AssignmentMethod::Standard),
        ("privileged", AssignmentMethod::Privileged),
        ("auto", AssignmentMethod::Auto),
    ];
    one_of(
        text,
        "labelingOptions.assignmentMethod",
        &methods,
        "use standard, privileged or auto",
    )
    .map(Option::unwrap_or_default)
}

fn one_of<T: Copy>(
    text: Option<&Text<'_>>,
    path: &str,
    members: &[(&str, T)],
    hint: &str,
) -> Result<Option<T>, GraphError> {
    let Some(text) = text else {
        return Ok(None);
    };
    members
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text.as_str()))
        .map(|(_, member)| Some(*member))
        .ok_or_else(|| GraphError::invalid(format!("`{path}` is `{}`; {hint}", clip(text.as_str()))).at(path))
}

fn labeling_options(body: LabelingOptionsBody<'_>) -> Result<LabelingOptions, GraphError> {
    let label_id = body.label_id.ok_or_else(|| missing("labelingOptions.labelId"))?;
    let label_id = LabelId::parse(label_id.as_str())
        .map_err(|error| GraphError::invalid(format!("`labelingOptions.labelId` must be a label id: {error}")))
        .map_err(|error| error.at("labelingOptions.labelId"))?;
    Ok(LabelingOptions {
        label_id,
        assignment_method: assignment_method(body.assignment_method.as_ref())?,
        downgrade_justification: justification(body.downgrade_justification),
        extended_properties: pairs(body.extended_properties, "labelingOptions.extendedProperties")?,
    })
}

fn justification(body: Option<JustificationBody<'_>>) -> DowngradeJustification {
    let body = body.unwrap_or_default();
    DowngradeJustification {
        is_downgrade_justified: body.is_justified.unwrap_or(false),
        justification_message: body.message.map(Text::into_string),
    }
}

fn pairs(list: Option<List<PairBody<'_>, MAX_QUESTION_ITEMS>>, path: &str) -> Result<Vec<KeyValuePair>, GraphError> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let entries = within_limit(list, path)?;
    entries
        .into_iter()
        .enumerate()
        .map(|(at, entry)| {
            let name = entry
                .name
                .filter(|name| !name.as_str().is_empty())
                .ok_or_else(|| missing(&format!("{path}[{at}].name")))?;
            Ok(KeyValuePair {
                name: name.into_string(),
                value: entry.value.map(Text::into_string).unwrap_or_default(),
            })
        })
        .collect()
}

fn classification_result(at: usize, body: &ClassificationResultBody<'_>) -> Result<ClassificationResult, GraphError> {
    let path = |member: &str| format!("classificationResults[{at}].{member}");
    let id = body
        .sensitive_type_id
        .as_ref()
        .ok_or_else(|| missing(&path("sensitiveTypeId")))?;
    let sensitive_type_id = SensitiveTypeId::parse(id.as_str()).map_err(|error| {
        let path = path("sensitiveTypeId");
        GraphError::invalid(format!("`{path}` must be the id of a sensitive type: {error}")).at(path)
    })?;
    let count = in_range(body.count, || path("count"), 0, i64::from(i32::MAX))?;
    let confidence = in_range(body.confidence_level, || path("confidenceLevel"), 0, 100)?;
    Ok(ClassificationResult {
        sensitive_type_id,
        count: u32::try_from(count).unwrap_or(u32::MAX),
        confidence_level: u8::try_from(confidence).unwrap_or(100),
    })
}

fn in_range(number: Option<Whole>, path: impl Fn() -> String, least: i64, greatest: i64) -> Result<i64, GraphError> {
    let Whole(number) = number.ok_or_else(|| missing(&path()))?;
    if (least..=greatest).contains(&number) {
        return Ok(number);
    }
    let path = path();
    Err(GraphError::invalid(format!(
        "`{path}` is {number}; give a whole number from {least} to {greatest}"
    ))
    .at(path))
}

/// The refusal of a request without a required parameter.
pub(super) fn missing(path: &str) -> GraphError {
    GraphError::invalid(format!("`{path}` is required and missing; add it to the body")).at(path)
}

/// The entries of a list that is short enough.
pub(super) fn within_limit<T, const MOST: usize>(list: List<T, MOST>, path: &str) -> Result<Vec<T>, GraphError> {
    if list.too_many {
        return Err(
            GraphError::invalid(format!("`{path}` has more than {MOST} entries; send fewer"))
                .inner("tooManyItems")
                .at(path),
        );
    }
    Ok(list.items)
}

/// The beginning of a caller's text, for a message.
pub(super) fn clip(text: &str) -> String {
    text.chars()
        .take(80)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

//! Questions about one item and their answers.

use signet_contract::evaluation::{DecidedBy, EvaluateRequest, EvaluateResponse};
use signet_domain::content::{AssignmentMethod, ClassificationResult, DowngradeJustification};
use signet_domain::evaluation::{LabelingOptions, Question};
use signet_domain::ids::Revision;

use super::{
    ConversionError, Converted, MAX_QUESTION_ITEMS, at_most, byte, from_duration, id, in_range, list, locales,
    messages, number, optional, optional_duration, present, required, text, value,
};
use crate::proto::common;
use crate::proto::evaluation as pb;
use crate::proto::evaluation::evaluate_many_request::item::Question as Message;

/// Highest confidence of a detector, in percent.
const FULL_CONFIDENCE: u32 = 100;

/// A question on its way: the request message of the method that answers it.
impl From<EvaluateRequest> for Message {
    fn from(request: EvaluateRequest) -> Self {
        let options = Some(pb::EvaluationOptions {
            subject: Some(request.subject.into()),
            locales: request.locale.0,
            explain: request.explain,
            at_least_revision: None,
        });
        match request.question {
            Question::Application { content, labeling } => Self::Application(pb::EvaluateApplicationRequest {
                options,
                content: Some(content.into()),
                labeling: Some(labeling.into()),
            }),
            Question::Classification { content, results } => {
                Self::ClassificationResults(pb::EvaluateClassificationResultsRequest {
                    options,
                    content: Some(content.into()),
                    results: messages(results),
                })
            }
            Question::Removal {
                content,
                downgrade_justification,
            } => Self::Removal(pb::EvaluateRemovalRequest {
                options,
                content: Some(content.into()),
                downgrade_justification: Some(downgrade_justification.into()),
            }),
            Question::Extraction { content } => Self::Extraction(pb::ExtractContentLabelRequest {
                options,
                content: Some(content.into()),
            }),
        }
    }
}

impl TryFrom<pb::EvaluateApplicationRequest> for EvaluateRequest {
    type Error = ConversionError;

    fn try_from(message: pb::EvaluateApplicationRequest) -> Result<Self, Self::Error> {
        let question = Question::Application {
            content: required(message.content, "content")?,
            labeling: required(message.labeling, "labeling")?,
        };
        asked(message.options, question)
    }
}

impl TryFrom<pb::EvaluateClassificationResultsRequest> for EvaluateRequest {
    type Error = ConversionError;

    fn try_from(message: pb::EvaluateClassificationResultsRequest) -> Result<Self, Self::Error> {
        at_most(&message.results, MAX_QUESTION_ITEMS, "results")?;
        let question = Question::Classification {
            content: required(message.content, "content")?,
            results: list(message.results, "results")?,
        };
        asked(message.options, question)
    }
}

impl TryFrom<pb::EvaluateRemovalRequest> for EvaluateRequest {
    type Error = ConversionError;

    fn try_from(message: pb::EvaluateRemovalRequest) -> Result<Self, Self::Error> {
        let question = Question::Removal {
            content: required(message.content, "content")?,
            downgrade_justification: justification(message.downgrade_justification),
        };
        asked(message.options, question)
    }
}

impl TryFrom<pb::ExtractContentLabelRequest> for EvaluateRequest {
    type Error = ConversionError;

    fn try_from(message: pb::ExtractContentLabelRequest) -> Result<Self, Self::Error> {
        let question = Question::Extraction {
            content: required(message.content, "content")?,
        };
        asked(message.options, question)
    }
}

fn asked(options: Option<pb::EvaluationOptions>, question: Question) -> Converted<EvaluateRequest> {
    let options = present(options, "options")?;
    Ok(EvaluateRequest {
        subject: required(options.subject, "subject").map_err(|error| error.within("options"))?,
        question,
        locale: locales(options.locales, "options.locales")?,
        explain: options.explain,
    })
}

impl From<LabelingOptions> for pb::LabelingOptions {
    fn from(labeling: LabelingOptions) -> Self {
        Self {
            label_id: text(labeling.label_id),
            assignment_method: number::<common::AssignmentMethod, AssignmentMethod>(labeling.assignment_method),
            downgrade_justification: Some(labeling.downgrade_justification.into()),
            extended_properties: messages(labeling.extended_properties),
        }
    }
}

impl TryFrom<pb::LabelingOptions> for LabelingOptions {
    type Error = ConversionError;

    fn try_from(message: pb::LabelingOptions) -> Result<Self, Self::Error> {
        at_most(&message.extended_properties, MAX_QUESTION_ITEMS, "extended_properties")?;
        Ok(Self {
            label_id: id(&message.label_id, "label_id")?,
            assignment_method: value::<common::AssignmentMethod, _>(message.assignment_method, "assignment_method")?,
            downgrade_justification: justification(message.downgrade_justification),
            extended_properties: list(message.extended_properties, "extended_properties")?,
        })
    }
}

impl From<DowngradeJustification> for pb::DowngradeJustification {
    fn from(justification: DowngradeJustification) -> Self {
        Self {
            is_downgrade_justified: justification.is_downgrade_justified,
            justification_message: justification.justification_message,
        }
    }
}

/// The protocol says what absence means: no reason is given.
fn justification(message: Option<pb::DowngradeJustification>) -> DowngradeJustification {
    message.map_or_else(DowngradeJustification::default, |message| DowngradeJustification {
        is_downgrade_justified: message.is_downgrade_justified,
        justification_message: message.justification_message,
    })
}

impl From<ClassificationResult> for pb::ClassificationResult {
    fn from(result: ClassificationResult) -> Self {
        Self {
            sensitive_type_id: text(result.sensitive_type_id),
            count: result.count,
            confidence_level: result.confidence_level.into(),
        }
    }
}

impl TryFrom<pb::ClassificationResult> for ClassificationResult {
    type Error = ConversionError;

    fn try_from(message: pb::ClassificationResult) -> Result<Self, Self::Error> {
        let confidence = in_range(message.confidence_level, 0..=FULL_CONFIDENCE, "confidence_level")?;
        Ok(Self {
            sensitive_type_id: id(&message.sensitive_type_id, "sensitive_type_id")?,
            count: message.count,
            confidence_level: byte(confidence, "confidence_level")?,
        })
    }
}

impl From<EvaluateResponse> for pb::Decision {
    fn from(response: EvaluateResponse) -> Self {
        Self {
            actions: messages(response.actions),
            content_label: response.content_label.map(Into::into),
            decided_by: Some(response.decided_by.into()),
            explanation: response.explanation.map(|explanation| (*explanation).into()),
        }
    }
}

impl TryFrom<pb::Decision> for EvaluateResponse {
    type Error = ConversionError;

    fn try_from(message: pb::Decision) -> Result<Self, Self::Error> {
        Ok(Self {
            actions: list(message.actions, "actions")?,
            content_label: optional(message.content_label, "content_label")?,
            decided_by: required(message.decided_by, "decided_by")?,
            explanation: optional(message.explanation, "explanation")?.map(Box::new),
        })
    }
}

impl From<DecidedBy> for pb::DecidedBy {
    fn from(decided_by: DecidedBy) -> Self {
        Self {
            revision: decided_by.revision.0,
            snapshot_age: decided_by.snapshot_age.map(from_duration),
        }
    }
}

impl TryFrom<pb::DecidedBy> for DecidedBy {
    type Error = ConversionError;

    fn try_from(message: pb::DecidedBy) -> Result<Self, Self::Error> {
        Ok(Self {
            revision: Revision(message.revision),
            snapshot_age: optional_duration(message.snapshot_age, "snapshot_age")?,
        })
    }
}

/// The four responses differ in name only.
macro_rules! decision_response {
    ($($message:ty),+ $(,)?) => {$(
        impl From<EvaluateResponse> for $message {
            fn from(response: EvaluateResponse) -> Self {
                Self { decision: Some(response.into()) }
            }
        }

        impl TryFrom<$message> for EvaluateResponse {
            type Error = ConversionError;

            fn try_from(message: $message) -> Result<Self, Self::Error> {
                required(message.decision, "decision")
            }
        }
    )+};
}

decision_response!(
    pb::EvaluateApplicationResponse,
    pb::EvaluateClassificationResultsResponse,
    pb::EvaluateRemovalResponse,
    pb::ExtractContentLabelResponse,
);

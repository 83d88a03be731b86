//! Items of a bulk evaluation: every one arrives, is answered, or fails alone.

use signet_contract::ContractError;
use signet_contract::evaluation::{BulkAnswer, BulkItem, EvaluateRequest};

use super::{ConversionError, Converted, convert, present};
use crate::proto::evaluation as pb;
use crate::proto::evaluation::evaluate_many_request::item::Question;
use crate::proto::evaluation::evaluate_many_request::{Item, Kind, Start};
use crate::proto::evaluation::evaluate_many_response::Result as Answer;

/// Longest id of an item, in bytes.
const MAX_ID_BYTES: usize = 128;

/// What the first message says of the whole stream, unless it is an item already.
pub(crate) fn bulk_start(message: &pb::EvaluateManyRequest) -> Option<Start> {
    match &message.kind {
        Some(Kind::Start(start)) => Some(*start),
        _ => None,
    }
}

impl From<Start> for pb::EvaluateManyRequest {
    fn from(start: Start) -> Self {
        Self {
            kind: Some(Kind::Start(start)),
        }
    }
}

impl From<BulkItem> for pb::EvaluateManyRequest {
    fn from(item: BulkItem) -> Self {
        let question = match item.request {
            Ok(request) => request.into(),
            Err(error) => Question::Fault(error.into()),
        };
        Self {
            kind: Some(Kind::Item(Item {
                id: item.id,
                question: Some(question),
            })),
        }
    }
}

/// The item in a message; what is wrong with the message becomes the item's own fault.
pub(crate) fn bulk_item(message: pb::EvaluateManyRequest) -> BulkItem {
    let item = match message.kind {
        Some(Kind::Item(item)) => item,
        Some(Kind::Start(_)) => return faulty(String::new(), "start", "is only allowed as the first message"),
        None => return faulty(String::new(), "kind", "is missing"),
    };
    if item.id.len() > MAX_ID_BYTES {
        return faulty(item.id, "item.id", "is longer than 128 bytes");
    }
    BulkItem {
        id: item.id,
        request: request(item.question),
    }
}

fn faulty(id: String, field: &str, message: &str) -> BulkItem {
    BulkItem {
        id,
        request: Err(ConversionError::new(message).within(field).into()),
    }
}

fn request(question: Option<Question>) -> Result<EvaluateRequest, ContractError> {
    let asked = match present(question, "question")? {
        Question::Application(message) => convert(message, "application"),
        Question::ClassificationResults(message) => convert(message, "classification_results"),
        Question::Removal(message) => convert(message, "removal"),
        Question::Extraction(message) => convert(message, "extraction"),
        Question::Fault(fault) => return Err(convert(fault, "fault")?),
    };
    Ok(asked.map_err(|error: ConversionError| error.within("item"))?)
}

impl From<BulkAnswer> for pb::EvaluateManyResponse {
    fn from(answer: BulkAnswer) -> Self {
        let result = match answer.result {
            Ok(response) => Answer::Decision(response.into()),
            Err(error) => Answer::Error(error.into()),
        };
        Self {
            id: answer.id,
            result: Some(result),
        }
    }
}

/// The answer in a message.
pub(crate) fn bulk_answer(message: pb::EvaluateManyResponse) -> Converted<BulkAnswer> {
    Ok(BulkAnswer {
        id: message.id,
        result: match present(message.result, "result")? {
            Answer::Decision(decision) => Ok(convert(decision, "decision")?),
            Answer::Error(error) => Err(convert(error, "error")?),
        },
    })
}

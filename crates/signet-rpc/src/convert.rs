//! Domain values ⇄ protobuf messages, one file per family.
//!
//! To a message nothing can fail. From a message everything is checked: [`ConversionError`] names the field, and no
//! default is ever guessed for one that is missing.

mod action;
mod administration;
mod audit;
mod bulk;
mod catalog;
mod content;
mod content_of_items;
mod decision_log;
mod distribution;
mod drive;
mod enumeration;
mod error;
mod evaluation;
mod explanation;
mod extraction;
mod inheritance;
mod instant;
mod label;
mod label_parts;
mod label_query;
mod label_view;
mod marking;
mod protection;
mod revision;
mod rights;
mod subject;

use std::fmt;
use std::str::FromStr;

use signet_contract::ContractError;
use signet_contract::error::Violation;
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::QuestionLimits;
use signet_domain::ids::{InvalidGuid, parse_guid};
use signet_domain::locale::LocalePreference;
use uuid::Uuid;

use crate::error::internal;

pub(crate) use self::administration::revision;
pub(crate) use self::bulk::{bulk_answer, bulk_item, bulk_start};
pub(crate) use self::content_of_items::{content_range, upload_chunk};
pub(crate) use self::enumeration::{enumeration, number, optional_value, value, values};
pub(crate) use self::extraction::children_query;
pub(crate) use self::instant::{
    from_duration, from_instant, from_second, optional_duration, optional_instant, optional_second, required_instant,
};
pub(crate) use self::revision::Revisioned;

/// Deepest nesting of a message that nests itself: filters, addresses, views.
pub(crate) const MAX_DEPTH: usize = 32;

/// Most entries of the collections the contract bounds to a thousand.
pub(crate) const MAX_ITEMS: u32 = 1_000;

/// Most entries of the collections of a question, to which the evaluation has bounds of its own.
pub(crate) const MAX_QUESTION_ITEMS: u32 = 10_000;
const _: () = assert!(
    MAX_QUESTION_ITEMS as usize == QuestionLimits::CEILING,
    "one ceiling for REST and gRPC"
);

/// Most languages of a request.
const MAX_LOCALES: u32 = 64;

/// A message that does not denote a domain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversionError {
    reason: ErrorReason,
    path: String,
    message: String,
}

impl ConversionError {
    /// A fault of the value at hand; callers add the path with [`ConversionError::within`].
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::because(ErrorReason::InvalidArgument, message)
    }

    /// A fault with a reason of its own.
    pub(crate) fn because(reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            reason,
            path: String::new(),
            message: message.into(),
        }
    }

    /// The fault seen from the message around it.
    pub(crate) fn within(mut self, field: impl fmt::Display) -> Self {
        self.path = match self.path.as_str() {
            "" => field.to_string(),
            inner if inner.starts_with('[') => format!("{field}{inner}"),
            inner => format!("{field}.{inner}"),
        };
        self
    }
}

impl fmt::Display for ConversionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

impl From<ConversionError> for ContractError {
    fn from(error: ConversionError) -> Self {
        let mut refusal = Self::new(error.reason, error.to_string());
        if !error.path.is_empty() {
            refusal.target = Some(error.path.clone());
            refusal.violations.push(Violation {
                path: error.path,
                message: error.message,
            });
        }
        refusal
    }
}

/// A conversion too long for the threads that answer calls: a whole tenant document.
pub(crate) async fn blocking<R: Send + 'static>(
    conversion: impl FnOnce() -> Converted<R> + Send + 'static,
) -> Result<R, ContractError> {
    Ok(tokio::task::spawn_blocking(conversion)
        .await
        .map_err(|_panic| internal())??)
}

/// Result of a conversion from a message.
pub(crate) type Converted<T> = Result<T, ConversionError>;

/// A member that must be there.
pub(crate) fn present<T>(value: Option<T>, field: &str) -> Converted<T> {
    value.ok_or_else(|| ConversionError::new("is missing").within(field))
}

/// A message that must be there.
pub(crate) fn required<P, D>(message: Option<P>, field: &str) -> Converted<D>
where
    D: TryFrom<P, Error = ConversionError>,
{
    convert(present(message, field)?, field)
}

/// A message that may be absent.
pub(crate) fn optional<P, D>(message: Option<P>, field: &str) -> Converted<Option<D>>
where
    D: TryFrom<P, Error = ConversionError>,
{
    message.map(|message| convert(message, field)).transpose()
}

/// One message.
pub(crate) fn convert<P, D>(message: P, field: &str) -> Converted<D>
where
    D: TryFrom<P, Error = ConversionError>,
{
    D::try_from(message).map_err(|error| error.within(field))
}

/// Every message of a list.
pub(crate) fn list<P, D>(messages: Vec<P>, field: &str) -> Converted<Vec<D>>
where
    D: TryFrom<P, Error = ConversionError>,
{
    list_with(messages, field, D::try_from)
}

/// Every element of a list, by a function.
pub(crate) fn list_with<P, D>(
    elements: Vec<P>,
    field: &str,
    mut element: impl FnMut(P) -> Converted<D>,
) -> Converted<Vec<D>> {
    elements
        .into_iter()
        .enumerate()
        .map(|(position, value)| element(value).map_err(|error| error.within(format_args!("{field}[{position}]"))))
        .collect()
}

/// Every value as the message it corresponds to.
pub(crate) fn messages<D, P: From<D>>(values: Vec<D>) -> Vec<P> {
    values.into_iter().map(P::from).collect()
}

/// An id that must be there.
pub(crate) fn id<T: FromStr<Err = InvalidGuid>>(text: &str, field: &str) -> Converted<T> {
    T::from_str(text).map_err(|error| not_a_guid(&error).within(field))
}

/// An id that may be absent.
pub(crate) fn optional_id<T: FromStr<Err = InvalidGuid>>(text: Option<&str>, field: &str) -> Converted<Option<T>> {
    text.map(|text| id(text, field)).transpose()
}

/// Several ids.
pub(crate) fn ids<T: FromStr<Err = InvalidGuid>>(texts: Vec<String>, field: &str) -> Converted<Vec<T>> {
    list_with(texts, field, |text| {
        T::from_str(&text).map_err(|error| not_a_guid(&error))
    })
}

/// A GUID that identifies nothing with a type of its own.
pub(crate) fn guid(text: &str, field: &str) -> Converted<Uuid> {
    parse_guid(text).map_err(|error| not_a_guid(&error).within(field))
}

fn not_a_guid(error: &InvalidGuid) -> ConversionError {
    ConversionError::new(format!("{error}; send the form 8-4-4-4-12"))
}

/// An id as text.
pub(crate) fn text(id: impl fmt::Display) -> String {
    id.to_string()
}

/// An id that may be absent, as text.
pub(crate) fn optional_text<T: fmt::Display>(id: Option<T>) -> Option<String> {
    id.map(text)
}

/// Refuses a collection of more than `most` entries.
pub(crate) fn at_most<T>(entries: &[T], most: u32, field: &str) -> Converted<()> {
    if u32::try_from(entries.len()).is_ok_and(|count| count <= most) {
        return Ok(());
    }
    let message = format!("has {} entries; send at most {most}", entries.len());
    Err(ConversionError::because(ErrorReason::TooManyItems, message).within(field))
}

/// The languages wanted; looking for the best one is done for every text of an answer, so there may be few.
pub(crate) fn locales(tags: Vec<String>, field: &str) -> Converted<LocalePreference> {
    at_most(&tags, MAX_LOCALES, field)?;
    Ok(LocalePreference(tags))
}

/// Refuses a number outside its range.
pub(crate) fn in_range(number: u32, range: std::ops::RangeInclusive<u32>, field: &str) -> Converted<u32> {
    if range.contains(&number) {
        return Ok(number);
    }
    let message = format!("is {number}; send {}..={}", range.start(), range.end());
    Err(ConversionError::new(message).within(field))
}

/// A percentage or another number that fits a byte.
pub(crate) fn byte(number: u32, field: &str) -> Converted<u8> {
    u8::try_from(number).map_err(|_| ConversionError::new(format!("is {number}; send at most 255")).within(field))
}

/// One level deeper into a message that nests itself.
pub(crate) fn deeper(depth: usize) -> Converted<usize> {
    if depth >= MAX_DEPTH {
        return Err(ConversionError::new(format!(
            "is nested deeper than {MAX_DEPTH} levels"
        )));
    }
    Ok(depth + 1)
}

//! Which labels a caller wants to see: filters, orders, search terms and page tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message;
use signet_contract::catalog::LabelFamily;
use signet_domain::error::ErrorReason;
use signet_domain::query::{Comparison, LabelField, LabelFilter, Literal, OrderKey, PageKey, SearchTerm};

use super::{
    ConversionError, Converted, MAX_ITEMS, at_most, deeper, enumeration, id, ids, list, list_with, messages, number,
    optional_value, present, required, text, value, values,
};
use crate::proto::catalog as pb;
use crate::proto::catalog::label_filter::{
    Comparison as Compare, Condition, FilterList, FormatList, IdList, Membership,
};
use crate::proto::catalog::literal::{Kind, Null};
use crate::proto::common::ContentFormat;

enumeration!(pb::LabelFamily, LabelFamily, {
    Policy = Policy,
    Governance = Governance,
});

enumeration!(pb::LabelField, LabelField, {
    Id = Id,
    Name = Name,
    DisplayName = DisplayName,
    Description = Description,
    Tooltip = Tooltip,
    AutoTooltip = AutoTooltip,
    Color = Color,
    Sensitivity = Sensitivity,
    Priority = Priority,
    IsEnabled = IsEnabled,
    IsAppliable = IsAppliable,
    HasProtection = HasProtection,
    IsDefault = IsDefault,
    IsScopedToUser = IsScopedToUser,
    IsEndpointProtectionEnabled = IsEndpointProtectionEnabled,
    IsSmimeSignEnabled = IsSmimeSignEnabled,
    IsSmimeEncryptEnabled = IsSmimeEncryptEnabled,
    Locale = Locale,
    ActionSource = ActionSource,
    ApplicationMode = ApplicationMode,
});

enumeration!(pb::ComparisonOperator, Comparison, {
    Equal = Equal,
    NotEqual = NotEqual,
    Greater = Greater,
    GreaterOrEqual = GreaterOrEqual,
    Less = Less,
    LessOrEqual = LessOrEqual,
    StartsWith = StartsWith,
    Contains = Contains,
});

impl From<Literal> for pb::Literal {
    fn from(literal: Literal) -> Self {
        let kind = match literal {
            Literal::Text(text) => Kind::Text(text),
            Literal::Integer(number) => Kind::Integer(number),
            Literal::Boolean(truth) => Kind::Boolean(truth),
            Literal::Null => Kind::Null(Null {}),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::Literal> for Literal {
    type Error = ConversionError;

    fn try_from(message: pb::Literal) -> Result<Self, Self::Error> {
        Ok(match present(message.kind, "kind")? {
            Kind::Text(text) => Self::Text(text),
            Kind::Integer(number) => Self::Integer(number),
            Kind::Boolean(truth) => Self::Boolean(truth),
            Kind::Null(Null {}) => Self::Null,
        })
    }
}

impl From<LabelFilter> for pb::LabelFilter {
    fn from(filter: LabelFilter) -> Self {
        let condition = match filter {
            LabelFilter::And(filters) => Condition::All(FilterList {
                filters: messages(filters),
            }),
            LabelFilter::Or(filters) => Condition::Any(FilterList {
                filters: messages(filters),
            }),
            LabelFilter::Not(filter) => Condition::Not(Box::new((*filter).into())),
            LabelFilter::Compare {
                field,
                comparison,
                literal,
            } => Condition::Compare(Compare {
                field: number::<pb::LabelField, _>(field),
                operator: number::<pb::ComparisonOperator, _>(comparison),
                literal: Some(literal.into()),
            }),
            LabelFilter::In { field, literals } => Condition::Member(Membership {
                field: number::<pb::LabelField, _>(field),
                literals: messages(literals),
            }),
            LabelFilter::AppliesToAny(formats) => Condition::AppliesToAny(FormatList {
                formats: formats.into_iter().map(number::<ContentFormat, _>).collect(),
            }),
            LabelFilter::IdIn(labels) => Condition::Ids(IdList {
                label_ids: labels.into_iter().map(text).collect(),
            }),
        };
        Self {
            condition: Some(condition),
        }
    }
}

impl TryFrom<pb::LabelFilter> for LabelFilter {
    type Error = ConversionError;

    fn try_from(message: pb::LabelFilter) -> Result<Self, Self::Error> {
        filter(message, 0, &mut Room(MAX_ITEMS))
    }
}

/// Conditions a filter may still have: each is asked of every label.
struct Room(u32);

impl Room {
    fn take(&mut self) -> Converted<()> {
        self.0 = self.0.checked_sub(1).ok_or_else(|| {
            let message = format!("has more than {MAX_ITEMS} conditions; ask with several filters");
            ConversionError::because(ErrorReason::TooManyItems, message)
        })?;
        Ok(())
    }
}

fn filter(message: pb::LabelFilter, depth: usize, room: &mut Room) -> Converted<LabelFilter> {
    let depth = deeper(depth)?;
    let condition = present(message.condition, "condition")?;
    if !matches!(condition, Condition::All(_) | Condition::Any(_) | Condition::Not(_)) {
        room.take()?;
    }
    Ok(match condition {
        Condition::All(all) => LabelFilter::And(filters(all, depth, room).map_err(|error| error.within("all"))?),
        Condition::Any(any) => LabelFilter::Or(filters(any, depth, room).map_err(|error| error.within("any"))?),
        Condition::Not(not) => LabelFilter::Not(Box::new(
            filter(*not, depth, room).map_err(|error| error.within("not"))?,
        )),
        Condition::Compare(compare) => comparison(compare).map_err(|error| error.within("compare"))?,
        Condition::Member(member) => membership(member).map_err(|error| error.within("member"))?,
        Condition::AppliesToAny(formats) => {
            at_most(&formats.formats, MAX_ITEMS, "applies_to_any.formats")?;
            LabelFilter::AppliesToAny(values::<ContentFormat, _>(formats.formats, "applies_to_any.formats")?)
        }
        Condition::Ids(labels) => {
            at_most(&labels.label_ids, MAX_ITEMS, "ids.label_ids")?;
            LabelFilter::IdIn(ids(labels.label_ids, "ids.label_ids")?)
        }
    })
}

fn filters(message: FilterList, depth: usize, room: &mut Room) -> Converted<Vec<LabelFilter>> {
    at_most(&message.filters, MAX_ITEMS, "filters")?;
    list_with(message.filters, "filters", |message| filter(message, depth, room))
}

fn comparison(message: Compare) -> Converted<LabelFilter> {
    Ok(LabelFilter::Compare {
        field: value::<pb::LabelField, _>(message.field, "field")?,
        comparison: value::<pb::ComparisonOperator, _>(message.operator, "operator")?,
        literal: required(message.literal, "literal")?,
    })
}

fn membership(message: Membership) -> Converted<LabelFilter> {
    at_most(&message.literals, MAX_ITEMS, "literals")?;
    Ok(LabelFilter::In {
        field: value::<pb::LabelField, _>(message.field, "field")?,
        literals: list(message.literals, "literals")?,
    })
}

impl From<SearchTerm> for pb::SearchTerm {
    fn from(term: SearchTerm) -> Self {
        Self {
            field: term.field.map_or(0, number::<pb::LabelField, _>),
            text: term.text,
        }
    }
}

impl TryFrom<pb::SearchTerm> for SearchTerm {
    type Error = ConversionError;

    fn try_from(message: pb::SearchTerm) -> Result<Self, Self::Error> {
        Ok(Self {
            field: optional_value::<pb::LabelField, _>(message.field, "field")?,
            text: message.text,
        })
    }
}

impl From<OrderKey> for pb::OrderKey {
    fn from(key: OrderKey) -> Self {
        Self {
            field: number::<pb::LabelField, _>(key.field),
            descending: key.descending,
        }
    }
}

impl TryFrom<pb::OrderKey> for OrderKey {
    type Error = ConversionError;

    fn try_from(message: pb::OrderKey) -> Result<Self, Self::Error> {
        Ok(Self {
            field: value::<pb::LabelField, _>(message.field, "field")?,
            descending: message.descending,
        })
    }
}

/// The token of a page; empty for the first one.
pub(crate) fn page_token(key: Option<PageKey>) -> String {
    let Some(key) = key else { return String::new() };
    let message = pb::PageKey {
        values: messages(key.values),
        label_id: text(key.id),
    };
    URL_SAFE_NO_PAD.encode(message.encode_to_vec())
}

/// The key in a page token.
pub(crate) fn page_key(token: &str, field: &str) -> Converted<Option<PageKey>> {
    if token.is_empty() {
        return Ok(None);
    }
    let refusal = || {
        let message = "is not a page token of this service; start again without one";
        ConversionError::because(ErrorReason::InvalidPageToken, message).within(field)
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refusal())?;
    let message = pb::PageKey::decode(bytes.as_slice()).map_err(|_| refusal())?;
    Ok(Some(PageKey {
        values: list(message.values, field).map_err(|_| refusal())?,
        id: id(&message.label_id, field).map_err(|_| refusal())?,
    }))
}

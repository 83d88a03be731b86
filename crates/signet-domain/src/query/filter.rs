//! Properties of labels as values, and conditions on them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use super::{Comparison, LabelField, LabelFilter, Literal, SearchTerm};
use crate::ids::LabelId;
use crate::label::{AutoLabelingMode, Label};
use crate::locale::{Localised, localise};
use crate::snapshot::LabelPosition;
use crate::view::ViewContext;

/// The value of a property.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FieldValue<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A text compared with case.
    Text(Cow<'a, str>),
    /// A text compared without case.
    Word(Cow<'a, str>),
}

impl<'a> FieldValue<'a> {
    /// A literal as the value of a property.
    pub(super) fn of(literal: &'a Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Boolean(value) => Self::Boolean(*value),
            Literal::Integer(value) => Self::Integer(*value),
            Literal::Text(text) => Self::Text(Cow::Borrowed(text)),
        }
    }

    /// A total order of values: null, then by type.
    pub(super) fn total_order(&self, other: &FieldValue<'_>) -> Ordering {
        let rank = |value: &FieldValue<'_>| match value {
            FieldValue::Null => 0,
            FieldValue::Boolean(_) => 1,
            FieldValue::Integer(_) => 2,
            FieldValue::Text(_) | FieldValue::Word(_) => 3,
        };
        match (self, other) {
            (Self::Boolean(one), FieldValue::Boolean(other)) => one.cmp(other),
            (Self::Integer(one), FieldValue::Integer(other)) => one.cmp(other),
            _ => match (self.text(), other.text()) {
                (Some(one), Some(other)) => one.cmp(other),
                _ => rank(self).cmp(&rank(other)),
            },
        }
    }

    pub(super) fn to_literal(&self) -> Literal {
        match self {
            Self::Null => Literal::Null,
            Self::Boolean(value) => Literal::Boolean(*value),
            Self::Integer(value) => Literal::Integer(*value),
            Self::Text(text) | Self::Word(text) => Literal::Text(text.clone().into_owned()),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Word(text) => Some(text),
            Self::Null | Self::Boolean(_) | Self::Integer(_) => None,
        }
    }

    /// How the value compares with a literal; absent when the types differ.
    fn order(&self, literal: &Literal) -> Option<Ordering> {
        match (self, literal) {
            (Self::Null, Literal::Null) => Some(Ordering::Equal),
            (Self::Boolean(value), Literal::Boolean(other)) => Some(value.cmp(other)),
            (Self::Integer(value), Literal::Integer(other)) => Some(value.cmp(other)),
            (Self::Text(value), Literal::Text(other)) => Some(value.as_ref().cmp(other)),
            (Self::Word(value), Literal::Text(other)) => {
                Some(value.to_ascii_lowercase().cmp(&other.to_ascii_lowercase()))
            }
            _ => None,
        }
    }

    fn equals(&self, literal: &Literal) -> bool {
        self.order(literal) == Some(Ordering::Equal)
    }

    fn compares(&self, comparison: Comparison, literal: &Literal) -> bool {
        let with_null = *self == Self::Null || *literal == Literal::Null;
        let order = self.order(literal);
        match comparison {
            Comparison::Equal => self.equals(literal),
            Comparison::NotEqual if with_null => order.is_none(),
            Comparison::NotEqual => order.is_some_and(Ordering::is_ne),
            Comparison::Greater => !with_null && order.is_some_and(Ordering::is_gt),
            Comparison::GreaterOrEqual => !with_null && order.is_some_and(Ordering::is_ge),
            Comparison::Less => !with_null && order.is_some_and(Ordering::is_lt),
            Comparison::LessOrEqual => !with_null && order.is_some_and(Ordering::is_le),
            Comparison::StartsWith => self.compares_text(literal, |text, part| text.starts_with(part)),
            Comparison::Contains => self.compares_text(literal, |text, part| text.contains(part)),
        }
    }

    fn compares_text(&self, literal: &Literal, holds: impl Fn(&str, &str) -> bool) -> bool {
        match (self.text(), literal) {
            (Some(text), Literal::Text(part)) => holds(&text.to_lowercase(), &part.to_lowercase()),
            _ => false,
        }
    }
}

/// A label whose properties are asked one by one; only what is asked is worked out.
pub(super) struct Row<'a> {
    context: &'a ViewContext<'a>,
    position: LabelPosition,
    label: &'a Label,
}

impl<'a> Row<'a> {
    pub(super) fn new(context: &'a ViewContext<'a>, position: LabelPosition) -> Option<Self> {
        let label = &context.snapshot.label_index().entry(position)?.label;
        #[cfg(test)]
        super::work::count(&super::work::ROWS);
        Some(Self {
            context,
            position,
            label,
        })
    }

    pub(super) fn id(&self) -> LabelId {
        self.label.id
    }

    fn localised(&self) -> Localised<'a> {
        localise(self.label, self.context.locale, self.context.snapshot.default_locale())
    }

    pub(super) fn value(&self, field: LabelField) -> FieldValue<'a> {
        use FieldValue::{Boolean, Integer, Null, Text, Word};
        let label = self.label;
        let index = self.context.snapshot.label_index();
        let entry = index.entry(self.position);
        let is_parent = entry.is_some_and(|entry| entry.is_parent());
        match field {
            LabelField::Id => Word(Cow::Owned(label.id.to_string())),
            LabelField::Name => Text(Cow::Borrowed(&label.name)),
            LabelField::DisplayName => Text(Cow::Borrowed(self.localised().display_name())),
            LabelField::Description => Text(Cow::Borrowed(&label.description)),
            LabelField::Tooltip => Text(Cow::Borrowed(self.localised().tooltip())),
            LabelField::AutoTooltip => Text(Cow::Borrowed(self.localised().auto_tooltip())),
            LabelField::Color => {
                let color = entry.and_then(|entry| index.color(entry));
                color.map_or(Null, |color| Text(Cow::Borrowed(color)))
            }
            LabelField::Sensitivity => Integer(i64::from(label.sensitivity)),
            LabelField::Priority => Integer(entry.map_or(0, |entry| i64::from(entry.priority))),
            LabelField::IsEnabled => Boolean(label.is_enabled),
            LabelField::IsAppliable => Boolean(!is_parent),
            LabelField::HasProtection => Boolean(label.has_protection()),
            LabelField::IsDefault => Boolean(self.context.default_label == Some(label.id)),
            LabelField::IsScopedToUser => Boolean(self.context.is_scoped_to_user(label.id)),
            LabelField::IsEndpointProtectionEnabled => Boolean(label.is_endpoint_protection_enabled),
            LabelField::IsSmimeSignEnabled => Boolean(label.is_smime_sign_enabled),
            LabelField::IsSmimeEncryptEnabled => Boolean(label.is_smime_encrypt_enabled),
            LabelField::Locale => Word(Cow::Owned(self.localised().tag())),
            LabelField::ActionSource if is_parent => Word(Cow::Borrowed("none")),
            LabelField::ActionSource | LabelField::ApplicationMode => Word(Cow::Borrowed(application_mode(label))),
        }
    }

    pub(super) fn satisfies(&self, filter: &LabelFilter) -> bool {
        match filter {
            LabelFilter::And(all) => all.iter().all(|one| self.satisfies(one)),
            LabelFilter::Or(any) => any.iter().any(|one| self.satisfies(one)),
            LabelFilter::Not(inner) => !self.satisfies(inner),
            LabelFilter::Compare {
                field,
                comparison,
                literal,
            } => self.value(*field).compares(*comparison, literal),
            LabelFilter::In { field, literals } => {
                let value = self.value(*field);
                literals.iter().any(|literal| value.equals(literal))
            }
            LabelFilter::AppliesToAny(formats) => formats.iter().any(|format| self.label.applies_to(*format)),
            LabelFilter::IdIn(ids) => ids.contains(&self.label.id),
        }
    }

    /// A term occurs in its property, or in the name, display name or description. Source: rest-api 5.1.
    pub(super) fn matches(&self, term: &SearchTerm) -> bool {
        const SEARCHED: [LabelField; 3] = [LabelField::Name, LabelField::DisplayName, LabelField::Description];
        let wanted = term.text.to_lowercase();
        let occurs = |field| {
            self.value(field)
                .text()
                .is_some_and(|text| text.to_lowercase().contains(&wanted))
        };
        match term.field {
            Some(field) => occurs(field),
            None => SEARCHED.into_iter().any(occurs),
        }
    }
}

/// `manual`, `automatic` or `recommended`. Source: labelling semantics A1.
fn application_mode(label: &Label) -> &'static str {
    match label.auto_labeling.as_ref().map(|rule| rule.mode) {
        None => "manual",
        Some(AutoLabelingMode::Automatic) => "automatic",
        Some(AutoLabelingMode::Recommended) => "recommended",
    }
}

/// The ids a label must have to satisfy the filter; absent when any label may.
pub(super) fn required_ids(filter: &LabelFilter) -> Option<Vec<LabelId>> {
    match filter {
        LabelFilter::And(all) => all.iter().filter_map(required_ids).min_by_key(Vec::len),
        LabelFilter::Or(any) => any
            .iter()
            .map(required_ids)
            .collect::<Option<Vec<_>>>()
            .map(|ids| ids.concat()),
        leaf => leaf_ids(leaf),
    }
}

/// Every id a positive id condition of the filter names.
pub(super) fn named_ids(filter: &LabelFilter) -> HashSet<LabelId> {
    match filter {
        LabelFilter::And(parts) | LabelFilter::Or(parts) => parts.iter().flat_map(named_ids).collect(),
        leaf => leaf_ids(leaf).into_iter().flatten().collect(),
    }
}

fn leaf_ids(leaf: &LabelFilter) -> Option<Vec<LabelId>> {
    let parse = |literal: &Literal| match literal {
        Literal::Text(text) => LabelId::parse(text).ok(),
        Literal::Integer(_) | Literal::Boolean(_) | Literal::Null => None,
    };
    match leaf {
        LabelFilter::IdIn(ids) => Some(ids.clone()),
        LabelFilter::In {
            field: LabelField::Id,
            literals,
        } => Some(literals.iter().filter_map(parse).collect()),
        LabelFilter::Compare {
            field: LabelField::Id,
            comparison: Comparison::Equal,
            literal,
        } => Some(parse(literal).into_iter().collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

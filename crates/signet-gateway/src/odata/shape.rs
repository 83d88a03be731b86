//! The shape of a label in an answer: its properties and which relationships are inline.

use super::error::QueryError;
use super::expand::{Expansion, parse_expand};
use super::properties::{ApiVersion, GOVERNANCE_LABEL, POLICY_LABEL, USAGE_RIGHTS};
use super::query_string::{QueryString, SystemOption};
use super::select::Selection;

/// Levels of labels in an answer: a label and its sublabels.
const LEVELS: usize = 2;

/// A label of the policy routes (P1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyShape {
    /// Its properties.
    pub(crate) selection: Selection,
    /// Its parent's properties; absent: the parent is not part of the answer. A parent has no parent of its own.
    pub(crate) parent: Option<Selection>,
}

impl PolicyShape {
    /// Reads `$select` and `$expand`. In a list the parent is inline unless `$select` leaves it out; of one label it is
    /// inline only when expanded. Source: rest-api 4.1.
    ///
    /// # Errors
    /// An unknown property or relationship, an option that is not offered.
    pub(crate) fn parse(query: &QueryString, in_list: bool) -> Result<Self, QueryError> {
        // The policy routes exist in beta only.
        let version = ApiVersion::Beta;
        let selection = Selection::parse(query.system(SystemOption::Select), &POLICY_LABEL, version)?;
        let expansions = parse_expand(query.system(SystemOption::Expand), &POLICY_LABEL, version)?;
        let parent = match expansions.first() {
            Some(expansion) => {
                no_expand(expansion)?;
                Some(Selection::parse(expansion.select, &POLICY_LABEL, version)?)
            }
            None if in_list && selection.includes("parent") => Some(Selection::defaults(&POLICY_LABEL, version)),
            None => None,
        };
        Ok(Self { selection, parent })
    }
}

/// A label of the governance routes (P2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GovernanceShape {
    /// Its properties.
    pub(crate) selection: Selection,
    /// The properties of its rights; absent: rights are not part of the answer.
    pub(crate) rights: Option<Selection>,
    /// Its sublabels; absent: they are not part of the answer.
    pub(crate) sublabels: Option<Box<GovernanceShape>>,
}

impl GovernanceShape {
    /// Reads `$select` and `$expand`. Sublabels are inline unless `$select` leaves them out; rights only when
    /// expanded. Source: rest-api 4.2.
    ///
    /// # Errors
    /// An unknown property or relationship, an option that is not offered.
    pub(crate) fn parse(query: &QueryString, version: ApiVersion) -> Result<Self, QueryError> {
        let (select, expand) = (query.system(SystemOption::Select), query.system(SystemOption::Expand));
        Self::of(select, expand, version, LEVELS)
    }

    fn of(select: Option<&str>, expand: Option<&str>, version: ApiVersion, levels: usize) -> Result<Self, QueryError> {
        let selection = Selection::parse(select, &GOVERNANCE_LABEL, version)?;
        let mut shape = Self {
            rights: None,
            sublabels: Self::inline_sublabels(&selection, version, levels)?,
            selection,
        };
        for expansion in parse_expand(expand, &GOVERNANCE_LABEL, version)? {
            if expansion.name == "rights" {
                no_expand(&expansion)?;
                shape.rights = Some(Selection::parse(expansion.select, &USAGE_RIGHTS, version)?);
            } else if levels > 1 {
                let below = Self::of(expansion.select, expansion.expand, version, levels - 1)?;
                shape.sublabels = Some(Box::new(below));
            } else {
                return Err(QueryError::option("$expand", "sublabels have no sublabels to expand"));
            }
        }
        Ok(shape)
    }

    fn inline_sublabels(
        selection: &Selection,
        version: ApiVersion,
        levels: usize,
    ) -> Result<Option<Box<Self>>, QueryError> {
        if levels == 0 || !selection.includes("sublabels") {
            return Ok(None);
        }
        Self::of(None, None, version, levels - 1).map(Box::new).map(Some)
    }

    /// The same shape with rights, all their properties unless chosen already.
    #[must_use]
    pub(crate) fn with_rights(mut self, version: ApiVersion) -> Self {
        self.rights
            .get_or_insert_with(|| Selection::defaults(&USAGE_RIGHTS, version));
        self
    }
}

fn no_expand(expansion: &Expansion<'_>) -> Result<(), QueryError> {
    match expansion.expand {
        None => Ok(()),
        Some(_) => {
            let message = format!("nothing can be expanded inside `{}`", expansion.name);
            Err(QueryError::option("$expand", message))
        }
    }
}

#[cfg(test)]
mod tests;

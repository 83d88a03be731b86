//! `$select`: which properties of a type are answered.

use super::error::{QueryError, clip};
use super::properties::{ApiVersion, Emitted, Property, TypeTable};

/// Which properties are answered. The key is always among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Selection {
    table: &'static TypeTable,
    version: ApiVersion,
    /// Everything that is answered by default.
    defaults: bool,
    /// Properties named, in the caller's order.
    named: Vec<&'static Property>,
}

impl Selection {
    /// What is answered without `$select`.
    pub(crate) fn defaults(table: &'static TypeTable, version: ApiVersion) -> Self {
        Self {
            table,
            version,
            defaults: true,
            named: Vec::new(),
        }
    }

    /// Reads a `$select`; absent: the defaults.
    ///
    /// # Errors
    /// A name that is not a property of the type in this version, or an empty name.
    pub(crate) fn parse(
        text: Option<&str>,
        table: &'static TypeTable,
        version: ApiVersion,
    ) -> Result<Self, QueryError> {
        let mut selection = Self::defaults(table, version);
        let Some(text) = text else {
            return Ok(selection);
        };
        selection.defaults = false;
        for name in text.split(',').map(str::trim) {
            if name == "*" {
                selection.defaults = true;
                continue;
            }
            let property = table
                .find(name, version)
                .ok_or_else(|| QueryError::unknown_property("$select", &clip(name), table.type_name))?;
            if !selection.named.contains(&property) {
                selection.named.push(property);
            }
        }
        Ok(selection)
    }

    /// The properties to answer, in the order of the type. Relationships are not among them: see the shapes.
    pub(crate) fn properties(&self) -> impl Iterator<Item = &'static Property> {
        self.table
            .properties
            .iter()
            .filter(|property| property.emitted != Emitted::AsRelationship && self.has(property))
    }

    /// The property of this canonical name is answered. A relationship: it is selected.
    pub(crate) fn includes(&self, name: &str) -> bool {
        self.table
            .properties
            .iter()
            .any(|property| property.name == name && self.has(property))
    }

    fn has(&self, property: &Property) -> bool {
        let by_default = self.defaults && property.emitted != Emitted::WhenSelected && property.exists_in(self.version);
        property.name == "id" || by_default || self.named.contains(&property)
    }

    /// What a collection's `@odata.context` ends with: `(id,name)`; empty without `$select` and with `*`.
    pub(crate) fn context_suffix(&self) -> String {
        if self.defaults {
            return String::new();
        }
        let names: Vec<&str> = self.named.iter().map(|property| property.name).collect();
        format!("({})", names.join(","))
    }
}

#[cfg(test)]
mod tests;

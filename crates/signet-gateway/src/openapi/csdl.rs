//! The declarations of `$metadata`, read back from its XML.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// What a version of the interface declares.
#[derive(Debug, Default)]
pub(super) struct Csdl {
    /// Enumerations by qualified name.
    pub(super) enums: BTreeMap<String, Enumeration>,
    /// Entity and complex types by qualified name.
    pub(super) types: BTreeMap<String, Structure>,
    /// Actions and functions by bare name.
    pub(super) operations: BTreeMap<String, Operation>,
}

/// An enumeration.
#[derive(Debug, Default)]
pub(super) struct Enumeration {
    /// Several members may stand in one value.
    pub(super) is_flags: bool,
    /// The members.
    pub(super) members: Vec<String>,
}

/// An entity or complex type.
#[derive(Debug, Default)]
pub(super) struct Structure {
    /// It has an identity, and its members can be selected.
    pub(super) is_entity: bool,
    /// The type it extends.
    pub(super) base: Option<String>,
    /// Properties and relationships.
    pub(super) properties: Vec<Typed>,
}

/// An action or a function.
#[derive(Debug, Default)]
pub(super) struct Operation {
    /// Parameters besides the one it is bound to.
    pub(super) parameters: Vec<Typed>,
    /// What it returns; absent: nothing.
    pub(super) returns: Option<String>,
}

/// A name with a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    /// The name.
    pub(super) name: String,
    /// The type, e.g. `Collection(Edm.String)`.
    pub(super) type_name: String,
    /// It may be null.
    pub(super) nullable: bool,
}

/// Where the elements that follow belong.
#[derive(Default)]
struct Place {
    namespace: String,
    name: String,
}

/// Reads a document of ours; what is not well formed ends it, which a test looks for.
pub(super) fn read(document: &str) -> Csdl {
    let mut csdl = Csdl::default();
    let mut place = Place::default();
    let mut reader = Reader::from_str(document);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) | Event::Empty(element) => csdl.take(&element, &mut place),
            Event::Eof => break,
            _ => {}
        }
    }
    csdl
}

impl Csdl {
    fn take(&mut self, element: &BytesStart<'_>, place: &mut Place) {
        let attribute = |name| attribute(element, name);
        let name = attribute("Name").unwrap_or_default();
        match element.name().as_ref() {
            "Schema" => place.namespace = attribute("Namespace").unwrap_or_default(),
            "EnumType" => {
                place.name = format!("{}.{name}", place.namespace);
                let is_flags = attribute("IsFlags").is_some_and(|value| value == "true");
                let members = Vec::new();
                self.enums.insert(place.name.clone(), Enumeration { is_flags, members });
            }
            "EntityType" | "ComplexType" => {
                place.name = format!("{}.{name}", place.namespace);
                let structure = Structure {
                    is_entity: element.name().as_ref() == "EntityType",
                    base: attribute("BaseType"),
                    properties: Vec::new(),
                };
                self.types.insert(place.name.clone(), structure);
            }
            "Action" | "Function" => {
                place.name.clone_from(&name);
                self.operations.insert(name, Operation::default());
            }
            "Member" => {
                if let Some(known) = self.enums.get_mut(&place.name) {
                    known.members.push(name);
                }
            }
            "Property" | "NavigationProperty" => {
                if let (Some(known), Some(typed)) = (self.types.get_mut(&place.name), typed(element)) {
                    known.properties.push(typed);
                }
            }
            "Parameter" if name != "bindingParameter" => {
                if let (Some(known), Some(typed)) = (self.operations.get_mut(&place.name), typed(element)) {
                    known.parameters.push(typed);
                }
            }
            "ReturnType" => {
                if let Some(known) = self.operations.get_mut(&place.name) {
                    known.returns = attribute("Type");
                }
            }
            _ => {}
        }
    }

    /// Types that extend a type, at any distance.
    pub(super) fn derived<'c>(&'c self, of: &'c str) -> impl Iterator<Item = &'c str> {
        self.types
            .keys()
            .map(String::as_str)
            .filter(move |name| self.bases(name).any(|base| base == of))
    }

    fn bases<'c>(&'c self, of: &str) -> impl Iterator<Item = &'c str> {
        let base = |name: &str| self.types.get(name).and_then(|known| known.base.as_deref());
        std::iter::successors(base(of), move |name| base(name))
    }
}

fn typed(element: &BytesStart<'_>) -> Option<Typed> {
    Some(Typed {
        name: attribute(element, "Name")?,
        type_name: attribute(element, "Type")?,
        nullable: attribute(element, "Nullable").is_none_or(|value| value != "false"),
    })
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok().flatten()?;
    Some(attribute.value.into_owned())
}

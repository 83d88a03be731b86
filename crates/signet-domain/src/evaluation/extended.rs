//! Extended properties a caller wants written. Source: labelling semantics C7.

use std::collections::HashMap;

use crate::content::KeyValuePair;
use crate::error::{DomainError, ErrorReason};
use crate::ids::LabelId;
use crate::metadata::{Attribute, MAX_LENGTH, key, split_key};

/// The attributes to write: names reduced and checked, each once, with the last value in the first place and spelling.
///
/// # Errors
/// `InvalidArgument` for a name that is empty, reserved, too long or not writable, and for a value that is too long.
pub(super) fn checked(properties: &[KeyValuePair], requested: LabelId) -> Result<Vec<KeyValuePair>, DomainError> {
    let mut checked: Vec<KeyValuePair> = Vec::with_capacity(properties.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for (position, property) in properties.iter().enumerate() {
        let name = reduced(&property.name, requested);
        check(position, name, &property.value, requested)?;
        let place = *places.entry(name.to_lowercase()).or_insert(checked.len());
        match checked.get_mut(place) {
            Some(earlier) => earlier.value.clone_from(&property.value),
            None => checked.push(KeyValuePair::new(name, property.value.as_str())),
        }
    }
    Ok(checked)
}

/// A full key of the requested label is reduced to its attribute.
fn reduced(name: &str, requested: LabelId) -> &str {
    match split_key(name) {
        Some((label, attribute)) if label == requested.as_uuid() => attribute,
        // With nothing behind its last `_` it names no attribute.
        _ if key(requested.as_uuid(), "").eq_ignore_ascii_case(name) => "",
        _ => name,
    }
}

fn check(position: usize, name: &str, value: &str, requested: LabelId) -> Result<(), DomainError> {
    let fault = |member: &str, message: String| {
        let target = format!("labeling.extended_properties[{position}].{member}");
        Err(DomainError::at(ErrorReason::InvalidArgument, target, message))
    };
    if name.is_empty() {
        return fault("name", "an extended property has no name, so give it one".to_owned());
    }
    if name.contains(|letter: char| letter.is_whitespace() || letter == ';' || letter == '=') {
        return fault("name", format!("`{name}` must not contain white space, `;` or `=`"));
    }
    if Attribute::parse(name).is_some() {
        return fault(
            "name",
            format!("`{name}` is written by the service, so choose another name"),
        );
    }
    if key(requested.as_uuid(), name).chars().count() > MAX_LENGTH {
        return fault(
            "name",
            format!("the full key of the property is longer than {MAX_LENGTH} characters"),
        );
    }
    if value.chars().count() > MAX_LENGTH {
        return fault(
            "value",
            format!("the value of `{name}` is longer than {MAX_LENGTH} characters"),
        );
    }
    Ok(())
}

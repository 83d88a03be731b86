//! Files as PowerShell writes them.

use serde_json::Value;
use signet_domain::tenant::Finding;

use crate::MAX_FILE_BYTES;

/// The objects a file holds. `ConvertTo-Json` prints one object bare, several as a list, a list that was a property of
/// another object as `{"value": […], "Count": n}`, and nothing at all for none.
///
/// # Errors
/// The fault of the file, or the first element that is no object.
pub(crate) fn objects(place: &str, bytes: &[u8]) -> Result<Vec<Value>, Finding> {
    let fault = |path: String, message: String| Finding { path, message };
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("the file is larger than {MAX_FILE_BYTES} bytes, so export fewer labels at once");
        return Err(fault(place.to_owned(), message));
    }
    let text = decode(bytes).map_err(|message| fault(place.to_owned(), message))?;
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let value: Value = serde_json::from_str(&text).map_err(|error| {
        let message = format!("the file is not JSON ({error}), so write it with `| ConvertTo-Json -Depth 10`");
        fault(place.to_owned(), message)
    })?;
    let elements = match value {
        Value::Array(elements) => elements,
        Value::Object(mut members) => match (members.get("Count").is_some(), members.remove("value")) {
            (true, Some(Value::Array(elements))) => elements,
            (_, value) => {
                members.extend(value.map(|value| ("value".to_owned(), value)));
                vec![Value::Object(members)]
            }
        },
        Value::Null => Vec::new(),
        _ => {
            return Err(fault(
                place.to_owned(),
                "the file holds neither an object nor a list of them".to_owned(),
            ));
        }
    };
    match elements.iter().position(|element| !element.is_object()) {
        None => Ok(elements),
        Some(at) => {
            let message = "is no object, so write the file with `| ConvertTo-Json -Depth 10`".to_owned();
            Err(fault(format!("{place}[{at}]"), message))
        }
    }
}

/// UTF-8 or UTF-16, with or without a byte order mark: `>` writes UTF-16 in Windows PowerShell.
fn decode(bytes: &[u8]) -> Result<String, String> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let text = String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<u16>>());
        text.ok()
            .filter(|_| odd.is_empty())
            .ok_or_else(|| "the file is not the UTF-16 it seems to be, so save it as UTF-8".to_owned())
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(bytes).map(str::to_owned);
    text.map_err(|_| "the file is neither UTF-8 nor UTF-16, so save it as UTF-8".to_owned())
}

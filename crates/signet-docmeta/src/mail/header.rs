//! Header fields, and the labels among them.

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::mail::encoded_word::decode_words;
use crate::marks::{PairCollector, PairGroup, without_tenants_of};
use crate::report::Origin;

/// What the header block of a message says.
#[derive(Debug, Default)]
pub(super) struct Header {
    pub(super) groups: Vec<PairGroup>,
    /// Whether the message is a carrier of a rights-managed one.
    pub(super) rights_managed: bool,
    /// What parts the parts of the body, when the message has several.
    pub(super) boundary: Option<String>,
}

/// Reads a header block: everything before the first empty line.
pub(super) fn parse(block: &[u8], limits: &Limits) -> Result<Header, ReadError> {
    let mut labels = PairCollector::default();
    let mut single = PairCollector::default();
    let mut rights_managed = false;
    let mut boundary = None;
    for (count, field) in fields(block)?.into_iter().enumerate() {
        if count >= limits.mail_headers {
            return Err(limit("the message has too many header fields"));
        }
        if field.name.eq_ignore_ascii_case("msip_labels") {
            add_pairs(&mut labels, &decode_words(&field.value));
        } else if field.name.eq_ignore_ascii_case("content-class") {
            rights_managed |= field.value.trim().eq_ignore_ascii_case("rpmsg.message");
        } else if field.name.eq_ignore_ascii_case("content-type") {
            rights_managed |= names_rights_managed(&field.value);
            boundary = boundary_of(&field.value);
        } else {
            // Passed over unless it has the form `msip_label_<guid>_<attribute>`, as older writers added.
            single.add(&field.name, &decode_words(&field.value));
        }
    }
    let mut groups = labels.finish(Origin::MailHeader);
    groups.extend(without_tenants_of(single.finish(Origin::MailHeader), &groups));
    Ok(Header {
        groups,
        rights_managed,
        boundary,
    })
}

/// Whether one of the parts of a message with several, as far as they are among `rest`, is the rights-managed message.
/// Only the headers of parts are looked at, never what is in them.
pub(super) fn attaches_rights_managed(rest: &[u8], boundary: &str) -> bool {
    let mut in_header = false;
    for line in rest.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line
            .strip_prefix(b"--")
            .is_some_and(|after| after == boundary.as_bytes())
        {
            in_header = true;
        } else if line.is_empty() {
            in_header = false;
        } else if in_header && names_rights_managed(&String::from_utf8_lossy(line)) {
            return true;
        }
    }
    false
}

fn names_rights_managed(text: &str) -> bool {
    text.to_ascii_lowercase()
        .contains("application/x-microsoft-rpmsg-message")
}

/// The parameter `boundary` of a content type.
fn boundary_of(content_type: &str) -> Option<String> {
    let parameter = |text: &str| {
        let (name, value) = text.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim().trim_matches('"').to_owned())
    };
    content_type
        .split(';')
        .find_map(parameter)
        .filter(|boundary| !boundary.is_empty())
}

/// The groups in the value of a field `msip_labels`.
pub(super) fn parse_labels(value: &str) -> Vec<PairGroup> {
    let mut collector = PairCollector::default();
    add_pairs(&mut collector, value);
    collector.finish(Origin::MailHeader)
}

fn add_pairs(collector: &mut PairCollector, value: &str) {
    for pair in value.split(';') {
        if let Some((name, value)) = pair.split_once('=') {
            collector.add(name.trim(), value.trim());
        }
    }
}

struct Field {
    name: String,
    value: String,
}

/// Unfolded fields. A first line that is no field means that this is no message.
fn fields(block: &[u8]) -> Result<Vec<Field>, ReadError> {
    let block = block.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(block);
    let mut fields: Vec<Field> = Vec::new();
    for (number, line) in block.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let text = String::from_utf8_lossy(line);
        if text.starts_with([' ', '\t']) {
            if let Some(field) = fields.last_mut() {
                field.value.push_str(&text);
            }
            continue;
        }
        let separator = text.split_once(':').filter(|(name, _)| is_field_name(name.trim_end()));
        match separator {
            Some((name, value)) => {
                fields.push(Field {
                    name: name.trim_end().to_owned(),
                    value: value.to_owned(),
                });
            }
            // The line of a mailbox file in front of the message.
            None if number == 0 && text.starts_with("From ") => {}
            None if number == 0 => return Err(malformed("the message does not start with header fields")),
            None => {}
        }
    }
    Ok(fields)
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| (33..=126).contains(&byte))
}

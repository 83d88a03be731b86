//! Header fields, and the labels among them.

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::mail::encoded_word::decode_words;
use crate::mail::parameters::{media_type, parameter};
use crate::marks::{PairCollector, PairGroup, is_label_name, without_tenants_of};
use crate::report::Origin;

/// Media type and file name of a rights-managed message within its carrier. Source: MS-OXORMMS.
pub(super) const RIGHTS_MANAGED_TYPE: &str = "application/x-microsoft-rpmsg-message";
pub(super) const RIGHTS_MANAGED_FILE: &str = "message.rpmsg";
/// The line that Exchange writes in front of a header block it keeps.
const EXCHANGE_LINE: &str = "Microsoft Mail Internet Headers";
/// Fields between two looks at the clock.
const FIELDS_AT_A_TIME: usize = 64;

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
        if count.is_multiple_of(FIELDS_AT_A_TIME) {
            limits.budget.check_time()?;
        }
        rights_managed |= field.tells_rights_managed();
        if field.is("msip_labels") {
            add_pairs(&mut labels, &decode_words(&field.value));
        } else if field.is("content-type") {
            boundary = boundary_of(&field.value);
        } else if is_label_name(&field.name) {
            // The form `msip_label_<guid>_<attribute>`, as older writers added.
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

/// Whether the header of a part, as far as `block` has it, makes it the rights-managed message.
pub(super) fn is_rights_managed(block: &[u8]) -> bool {
    fields(block).is_ok_and(|fields| fields.iter().any(Field::tells_rights_managed))
}

/// Whether the value of a field `content-class` is that of a rights-managed message.
pub(super) fn is_rights_managed_class(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("rpmsg.message")
}

/// The parameter `boundary` of a content type. It does not end in blanks, whatever is written.
fn boundary_of(content_type: &str) -> Option<String> {
    parameter(content_type, "boundary")
        .map(|boundary| boundary.trim_end().to_owned())
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

impl Field {
    fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether the field says that what it heads is, or carries, a rights-managed message.
    fn tells_rights_managed(&self) -> bool {
        let is_named = |name: &str| {
            parameter(&self.value, name)
                .is_some_and(|file| decode_words(&file).eq_ignore_ascii_case(RIGHTS_MANAGED_FILE))
        };
        if self.is("content-class") {
            is_rights_managed_class(&self.value)
        } else if self.is("content-type") {
            media_type(&self.value).eq_ignore_ascii_case(RIGHTS_MANAGED_TYPE) || is_named("name")
        } else {
            self.is("content-disposition") && is_named("filename")
        }
    }
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
            // The line of a mailbox file in front of the message, or of Exchange.
            None if number == 0 && (text.starts_with("From ") || text.starts_with(EXCHANGE_LINE)) => {}
            None if number == 0 => return Err(malformed("the message does not start with header fields")),
            None => {}
        }
    }
    Ok(fields)
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| (33..=126).contains(&byte))
}

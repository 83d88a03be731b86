//! Internet messages. Labels are read from the header block, never from the body. Of the body only the beginning is
//! looked at, for the headers of its parts: one of them may be the rights-managed message.

use crate::error::{ReadError, limit};
use crate::limits::Limits;
use crate::mail::header;
use crate::mail::parts::{Parts, look_through};
use crate::marks::resolve;
use crate::options::Options;
use crate::read::Found;
use crate::report::{Kind, Origin, Protection};
use crate::source::Source;

/// First read of a header block; most end within it.
const USUAL_HEADER: usize = 16 * 1024;
/// First look at the parts of a message with several; messages up to this size were fetched whole.
const USUAL_PARTS: usize = 64 * 1024;

/// Reads the labels of a message.
pub(crate) fn read(source: &mut Source<'_>, options: &Options, limits: &Limits) -> Result<Found, ReadError> {
    let block = header_block(source, limits)?;
    let mut header = header::parse(block, limits)?;
    if let (false, Some(boundary)) = (header.rights_managed, &header.boundary) {
        header.rights_managed = attaches_rights_managed(source, boundary, limits)?;
    }
    if header.groups.is_empty() && header.rights_managed {
        return Err(ReadError::DecryptionNotSupported);
    }
    let labels = resolve(&[], Origin::MailHeader, &header.groups, options);
    let protection = if header.rights_managed {
        Protection::RightsManaged
    } else {
        Protection::None
    };
    Ok(Found {
        labels,
        kind: Kind::Mail,
        protection,
    })
}

/// Whether one of the parts is the rights-managed message. It follows the text that says so, which is short: no more is
/// looked at than the longest header block may take.
fn attaches_rights_managed(source: &mut Source<'_>, boundary: &str, limits: &Limits) -> Result<bool, ReadError> {
    let length = source.len();
    for window in [USUAL_PARTS.min(limits.mail_header_bytes), limits.mail_header_bytes] {
        let head = source.read_up_to(0, window)?;
        match look_through(head, boundary, &limits.budget)? {
            Parts::RightsManaged => return Ok(true),
            Parts::Ordinary => return Ok(false),
            Parts::Unfinished if head.len() as u64 == length => return Ok(false),
            Parts::Unfinished => {}
        }
    }
    Ok(false)
}

fn header_block<'s>(source: &'s mut Source<'_>, limits: &Limits) -> Result<&'s [u8], ReadError> {
    let length = source.len();
    for window in [USUAL_HEADER.min(limits.mail_header_bytes), limits.mail_header_bytes] {
        let head = source.read_up_to(0, window)?;
        if head.len() as u64 == length || ends(head) {
            return source.read_up_to(0, window);
        }
    }
    Err(limit("the message has too long a header"))
}

/// Whether an empty line is in sight.
fn ends(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    // What follows the last line end is not a whole line.
    lines.next_back();
    lines.any(|line| line.is_empty() || line == b"\r")
}

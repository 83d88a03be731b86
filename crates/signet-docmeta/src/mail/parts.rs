//! The parts of a message with several. Only their headers are looked at, never what is in them.

use crate::error::ReadError;
use crate::limits::Budget;
use crate::mail::header;

/// What is known of the parts so far.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// One of them is the rights-managed message.
    RightsManaged,
    /// None of them is; the last one has ended.
    Ordinary,
    /// None of them is as far as they were looked at.
    Unfinished,
}

/// Looks through the parts in `message`, which may be cut short anywhere. Parts of parts do not count.
pub(super) fn look_through(message: &[u8], boundary: &str, budget: &Budget) -> Result<Parts, ReadError> {
    let mut header: Option<&[u8]> = None;
    let mut rest = message;
    while !rest.is_empty() {
        let length = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |end| end + 1);
        let (line, after) = rest.split_at(length);
        let is_empty = matches!(line, b"\n" | b"\r\n");
        let delimiter = line
            .trim_ascii_end()
            .strip_prefix(b"--")
            .and_then(|line| line.strip_prefix(boundary.as_bytes()));
        // A header ends with an empty line, and at the latest where the next part starts.
        let is_delimiter = matches!(delimiter, Some(b"" | b"--"));
        if (is_delimiter || is_empty)
            && let Some(start) = header.take()
            && ends_rights_managed(start, rest, budget)?
        {
            return Ok(Parts::RightsManaged);
        }
        match delimiter {
            Some(b"") => header = Some(after),
            Some(b"--") => return Ok(Parts::Ordinary),
            _ => {}
        }
        rest = after;
    }
    match header {
        Some(start) if ends_rights_managed(start, rest, budget)? => Ok(Parts::RightsManaged),
        _ => Ok(Parts::Unfinished),
    }
}

/// Whether the header from `start` on, up to where `rest` begins, is that of the rights-managed message.
fn ends_rights_managed(start: &[u8], rest: &[u8], budget: &Budget) -> Result<bool, ReadError> {
    budget.check_time()?;
    let block = start.get(..start.len().saturating_sub(rest.len()));
    Ok(block.is_some_and(header::is_rights_managed))
}

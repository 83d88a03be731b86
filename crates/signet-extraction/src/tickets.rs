//! Tickets: texts that open one thing for some minutes to whoever holds them.
//!
//! A ticket is base64url of a JSON object and its HMAC-SHA256 (32 bytes), under a key all replicas share.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use signet_contract::content::Ticket;
use signet_domain::ids::TenantId;
use uuid::Uuid;

/// Bytes of an authentication tag.
const TAG: usize = 32;
/// Longest ticket looked at.
const LONGEST: usize = 2048;
/// Keeps the key's other uses apart from this one.
const PURPOSE: &[u8] = b"signet ticket";

/// What a ticket opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Grant {
    /// The content of a file.
    #[serde(rename = "d")]
    Download {
        /// Drive.
        #[serde(rename = "d")]
        drive_id: String,
        /// File.
        #[serde(rename = "i")]
        item_id: String,
    },
    /// An upload.
    #[serde(rename = "u")]
    Upload(Uuid),
    /// Watching an operation.
    #[serde(rename = "o")]
    Operation(Uuid),
    /// Watching an operation that had nothing to do, on an item.
    #[serde(rename = "n")]
    NothingToDo(String),
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    #[serde(rename = "t")]
    tenant: TenantId,
    /// Seconds since 1970.
    #[serde(rename = "e")]
    expires: i64,
    #[serde(rename = "g")]
    grant: Grant,
}

/// Makes and checks tickets.
pub(crate) struct Tickets {
    key: hmac::Key,
}

impl Tickets {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// A ticket that is good for `lifetime` from `now` on.
    pub(crate) fn issue(&self, tenant: TenantId, grant: Grant, now: Timestamp, lifetime: SignedDuration) -> Ticket {
        let sealed = Sealed {
            tenant,
            expires: now.saturating_add(lifetime).unwrap_or(now).as_second(),
            grant,
        };
        let mut bytes = serde_json::to_vec(&sealed).unwrap_or_default();
        let tag = hmac::sign(&self.key, &[PURPOSE, &bytes].concat());
        bytes.extend_from_slice(tag.as_ref());
        Ticket::new(&URL_SAFE_NO_PAD.encode(bytes))
    }

    /// What a ticket opens, and for whose tenant. `None`: it is too old or was not made here.
    pub(crate) fn open(&self, ticket: &Ticket, now: Timestamp) -> Option<(TenantId, Grant)> {
        let text = ticket.expose();
        if text.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (content, tag) = bytes.split_last_chunk::<TAG>()?;
        // Compares in constant time.
        hmac::verify(&self.key, &[PURPOSE, content].concat(), tag).ok()?;
        let sealed: Sealed = serde_json::from_slice(content).ok()?;
        (now.as_second() <= sealed.expires).then_some((sealed.tenant, sealed.grant))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant() -> TenantId {
        TenantId::parse("13bd51e1-1a32-557a-b8dd-622f0d55b30c").unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn a_ticket_opens_what_it_was_made_for_and_no_longer_than_it_is_good() {
        let tickets = Tickets::new(&[7; 32]);
        for grant in [
            Grant::Upload(Uuid::from_u128(1)),
            Grant::Operation(Uuid::from_u128(1)),
            Grant::NothingToDo("01A".to_owned()),
            Grant::Download {
                drive_id: "b!é".to_owned(),
                item_id: "01A".to_owned(),
            },
        ] {
            let ticket = tickets.issue(tenant(), grant.clone(), at(0), SignedDuration::from_secs(60));
            let opened = tickets.open(&ticket, at(60));
            assert_eq!(opened, Some((tenant(), grant)));
            assert_eq!(tickets.open(&ticket, at(61)), None);
            assert_eq!(Tickets::new(&[8; 32]).open(&ticket, at(0)), None);
        }
    }

    #[test]
    fn a_changed_ticket_opens_nothing() {
        let tickets = Tickets::new(&[7; 32]);
        let lifetime = SignedDuration::from_secs(60);
        let ticket = tickets.issue(tenant(), Grant::Upload(Uuid::from_u128(1)), at(0), lifetime);
        let text = ticket.expose();
        for (place, character) in text.char_indices() {
            let other = if character == 'A' { 'B' } else { 'A' };
            let changed = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            assert_eq!(tickets.open(&Ticket::new(&changed), at(0)), None, "{place}");
        }
        for text in ["", "A", "====", &"A".repeat(LONGEST + 1)] {
            assert_eq!(tickets.open(&Ticket::new(text), at(0)), None, "{text}");
        }
    }
}

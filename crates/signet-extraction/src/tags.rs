//! Ids and tags of items: digests that look the same in every replica and after every restart.

use aws_lc_rs::digest;
use signet_domain::ids::TenantId;
use uuid::Uuid;

use crate::source::SourceEntry;

/// Digits of an item id. Only letters and digits, so that an id needs no escaping in a URL.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A drive of one tenant; what item ids and cached labels belong to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct DriveKey {
    pub(crate) tenant: TenantId,
    pub(crate) drive_id: String,
}

impl DriveKey {
    /// Id of the root folder, the same for ever.
    pub(crate) fn root_id(&self) -> String {
        self.item_id("", 0)
    }

    /// The id an object of the source gets when it is first seen. `salt` is 0 unless that id was given away before.
    pub(crate) fn item_id(&self, source_key: &str, salt: u32) -> String {
        let tenant = self.tenant.to_string();
        let salt = salt.to_string();
        let bytes = sha256(&["item", &tenant, &self.drive_id, source_key, &salt]);
        let mut id = String::from("01");
        for chunk in bytes.as_chunks::<5>().0.iter().take(4) {
            let value = chunk.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
            let digits = (0..8_u32)
                .rev()
                .map(|place| usize::try_from((value >> (5 * place)) & 31).unwrap_or_default());
            id.extend(
                digits
                    .filter_map(|digit| BASE32.get(digit))
                    .map(|digit| char::from(*digit)),
            );
        }
        id
    }
}

/// Tag of an item's content, with quotes: `"c:{GUID},N"`. Source: rest-api 9.2.
pub(crate) fn content_tag(item_id: &str, entry: &SourceEntry) -> String {
    format!(
        "\"c:{{{}}},{}\"",
        tag_guid(item_id),
        number(&["content", &entry.content])
    )
}

/// Tag of an item, with quotes: `"{GUID},N"`.
pub(crate) fn item_tag(item_id: &str, entry: &SourceEntry, parent_id: &str) -> String {
    let name = entry.path.name().unwrap_or_default();
    format!(
        "\"{{{}}},{}\"",
        tag_guid(item_id),
        number(&["item", &entry.content, name, parent_id])
    )
}

fn tag_guid(item_id: &str) -> String {
    let digest = sha256(&["tag", item_id]);
    let bytes = digest.first_chunk::<16>().copied().unwrap_or_default();
    uuid::Builder::from_custom_bytes(bytes)
        .into_uuid()
        .as_hyphenated()
        .encode_upper(&mut Uuid::encode_buffer())
        .to_owned()
}

/// A short mark that differs when the text does.
pub(crate) fn fingerprint(text: &str) -> u64 {
    number(&["settings", text])
}

fn number(parts: &[&str]) -> u64 {
    sha256(parts)
        .first_chunk::<8>()
        .map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

fn sha256(parts: &[&str]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.finish().as_ref().try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drive(id: &str) -> DriveKey {
        let tenant = TenantId::parse("13bd51e1-1a32-557a-b8dd-622f0d55b30c").unwrap();
        DriveKey {
            tenant,
            drive_id: id.to_owned(),
        }
    }

    #[test]
    fn ids_are_stable_opaque_and_of_one_drive() {
        let id = drive("b!one").item_id("42:7", 0);
        assert_eq!(id, drive("b!one").item_id("42:7", 0));
        assert_eq!(id.len(), 34);
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        );
        for other in [
            drive("b!two").item_id("42:7", 0),
            drive("b!one").item_id("42:8", 0),
            drive("b!one").item_id("42:7", 1),
        ] {
            assert_ne!(id, other);
        }
        assert_ne!(drive("b!one").root_id(), drive("b!two").root_id());
    }

    #[test]
    fn the_published_form_is_a_contract() {
        assert_eq!(drive("d").root_id(), "01LXPDGNZ7J3ZYZRWPL3W7QVVUCIHJJQ6T");
    }
}

//! The item a caller asks about.

use signet_domain::content::{AssignmentMethod, ContentFormat, ContentInfo, ContentState, KeyValuePair};

use super::{ConversionError, MAX_QUESTION_ITEMS, at_most, enumeration, list, messages, number, value};
use crate::proto::common as pb;

enumeration!(pb::ContentFormat, ContentFormat, {
    Email = Email,
    Site = Site,
    UnifiedGroup = UnifiedGroup,
    Teamwork = Teamwork,
    File = File,
    SchematizedData = SchematizedData,
});

enumeration!(pb::ContentState, ContentState, {
    Rest = Rest,
    Motion = Motion,
    Use = Use,
});

enumeration!(pb::AssignmentMethod, AssignmentMethod, {
    Standard = Standard,
    Privileged = Privileged,
    Auto = Auto,
});

impl From<KeyValuePair> for pb::KeyValuePair {
    fn from(pair: KeyValuePair) -> Self {
        Self {
            name: pair.name,
            value: pair.value,
        }
    }
}

impl TryFrom<pb::KeyValuePair> for KeyValuePair {
    type Error = ConversionError;

    fn try_from(message: pb::KeyValuePair) -> Result<Self, Self::Error> {
        Ok(Self {
            name: message.name,
            value: message.value,
        })
    }
}

impl From<ContentInfo> for pb::ContentInfo {
    fn from(content: ContentInfo) -> Self {
        Self {
            format: number::<pb::ContentFormat, _>(content.format),
            identifier: content.identifier,
            state: number::<pb::ContentState, _>(content.state),
            metadata: messages(content.metadata),
        }
    }
}

impl TryFrom<pb::ContentInfo> for ContentInfo {
    type Error = ConversionError;

    fn try_from(message: pb::ContentInfo) -> Result<Self, Self::Error> {
        at_most(&message.metadata, MAX_QUESTION_ITEMS, "metadata")?;
        Ok(Self {
            format: value::<pb::ContentFormat, _>(message.format, "format")?,
            identifier: message.identifier,
            state: value::<pb::ContentState, _>(message.state, "state")?,
            metadata: list(message.metadata, "metadata")?,
        })
    }
}

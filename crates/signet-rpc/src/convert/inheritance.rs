//! Labels flowing together, and rights.

use signet_contract::evaluation::{
    ExpandRightsRequest, ExpandRightsResponse, InheritanceRequest, InheritanceResponse, RightsAndInheritanceRequest,
    RightsAndInheritanceResponse, UsageRightsRequest, UsageRightsResponse,
};
use signet_domain::evaluation::{ContentRight, ProtectedContent, RightsAndInheritance, UsageRightsIncluded};
use signet_domain::ids::LabelId;

use super::rights::{from_rights, rights};
use super::{
    ConversionError, MAX_ITEMS, at_most, guid, id, ids, list, list_with, locales, messages, number, optional,
    optional_id, optional_text, required, text, value, values,
};
use crate::proto::common::ContentFormat;
use crate::proto::evaluation as pb;
use crate::proto::evaluation::expand_rights_request::LabelAndOwner;
use crate::proto::evaluation::expand_rights_response::Entry;

impl From<InheritanceRequest> for pb::ComputeInheritanceRequest {
    fn from(request: InheritanceRequest) -> Self {
        Self {
            subject: Some(request.subject.into()),
            parent_label_id: optional_text(request.parent),
            label_ids: request.label_ids.into_iter().map(text).collect(),
            formats: request.formats.into_iter().map(number::<ContentFormat, _>).collect(),
            locales: request.locale.0,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::ComputeInheritanceRequest> for InheritanceRequest {
    type Error = ConversionError;

    fn try_from(message: pb::ComputeInheritanceRequest) -> Result<Self, Self::Error> {
        at_most(&message.label_ids, MAX_ITEMS, "label_ids")?;
        Ok(Self {
            subject: required(message.subject, "subject")?,
            parent: optional_id(message.parent_label_id.as_deref(), "parent_label_id")?,
            label_ids: ids(message.label_ids, "label_ids")?,
            formats: values::<ContentFormat, _>(message.formats, "formats")?,
            locale: locales(message.locales, "locales")?,
        })
    }
}

impl From<InheritanceResponse> for pb::ComputeInheritanceResponse {
    fn from(response: InheritanceResponse) -> Self {
        Self {
            label: Some(response.label.into()),
            decided_by: Some(response.decided_by.into()),
        }
    }
}

impl TryFrom<pb::ComputeInheritanceResponse> for InheritanceResponse {
    type Error = ConversionError;

    fn try_from(message: pb::ComputeInheritanceResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            label: required(message.label, "label")?,
            decided_by: required(message.decided_by, "decided_by")?,
        })
    }
}

impl From<RightsAndInheritanceRequest> for pb::ComputeRightsAndInheritanceRequest {
    fn from(request: RightsAndInheritanceRequest) -> Self {
        let formats = request.supported_formats.into_iter();
        Self {
            subject: Some(request.subject.into()),
            parent_label_id: optional_text(request.parent),
            delegated_user_email: request.delegated_user_email,
            contents: messages(request.contents),
            supported_formats: formats.map(number::<ContentFormat, _>).collect(),
            locales: request.locale.0,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::ComputeRightsAndInheritanceRequest> for RightsAndInheritanceRequest {
    type Error = ConversionError;

    fn try_from(message: pb::ComputeRightsAndInheritanceRequest) -> Result<Self, Self::Error> {
        at_most(&message.contents, MAX_ITEMS, "contents")?;
        Ok(Self {
            subject: required(message.subject, "subject")?,
            parent: optional_id(message.parent_label_id.as_deref(), "parent_label_id")?,
            delegated_user_email: message.delegated_user_email,
            contents: list(message.contents, "contents")?,
            supported_formats: values::<ContentFormat, _>(message.supported_formats, "supported_formats")?,
            locale: locales(message.locales, "locales")?,
        })
    }
}

impl From<ProtectedContent> for pb::ProtectedContent {
    fn from(content: ProtectedContent) -> Self {
        Self {
            cid: content.cid,
            format_text: content.format_text,
            format: number::<ContentFormat, _>(content.format),
            label_id: content.label_id,
        }
    }
}

impl TryFrom<pb::ProtectedContent> for ProtectedContent {
    type Error = ConversionError;

    fn try_from(message: pb::ProtectedContent) -> Result<Self, Self::Error> {
        Ok(Self {
            cid: message.cid,
            format_text: message.format_text,
            format: value::<ContentFormat, _>(message.format, "format")?,
            label_id: message.label_id,
        })
    }
}

impl From<RightsAndInheritanceResponse> for pb::ComputeRightsAndInheritanceResponse {
    fn from(response: RightsAndInheritanceResponse) -> Self {
        Self {
            inherited_label: response.result.inherited_label.map(Into::into),
            content_rights: messages(response.result.content_rights),
            labels: messages(response.result.labels),
            decided_by: Some(response.decided_by.into()),
        }
    }
}

impl TryFrom<pb::ComputeRightsAndInheritanceResponse> for RightsAndInheritanceResponse {
    type Error = ConversionError;

    fn try_from(message: pb::ComputeRightsAndInheritanceResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            result: RightsAndInheritance {
                inherited_label: optional(message.inherited_label, "inherited_label")?,
                content_rights: list(message.content_rights, "content_rights")?,
                labels: list(message.labels, "labels")?,
            },
            decided_by: required(message.decided_by, "decided_by")?,
        })
    }
}

impl From<ContentRight> for pb::ContentRight {
    fn from(right: ContentRight) -> Self {
        Self {
            id: text(right.id),
            cid: right.cid,
            format_text: right.format_text,
            rights: from_rights(right.rights),
            label: right.label.map(Into::into),
        }
    }
}

impl TryFrom<pb::ContentRight> for ContentRight {
    type Error = ConversionError;

    fn try_from(message: pb::ContentRight) -> Result<Self, Self::Error> {
        Ok(Self {
            id: guid(&message.id, "id")?,
            cid: message.cid,
            format_text: message.format_text,
            rights: rights(message.rights, "rights")?,
            label: optional(message.label, "label")?,
        })
    }
}

impl From<UsageRightsRequest> for pb::GetUsageRightsRequest {
    fn from(request: UsageRightsRequest) -> Self {
        Self {
            subject: Some(request.subject.into()),
            parent_label_id: optional_text(request.parent),
            label_id: text(request.label),
            owner_email: request.owner_email,
            user_email: request.user_email,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::GetUsageRightsRequest> for UsageRightsRequest {
    type Error = ConversionError;

    fn try_from(message: pb::GetUsageRightsRequest) -> Result<Self, Self::Error> {
        Ok(Self {
            subject: required(message.subject, "subject")?,
            parent: optional_id(message.parent_label_id.as_deref(), "parent_label_id")?,
            label: id(&message.label_id, "label_id")?,
            owner_email: message.owner_email,
            user_email: message.user_email,
        })
    }
}

impl From<UsageRightsResponse> for pb::GetUsageRightsResponse {
    fn from(response: UsageRightsResponse) -> Self {
        Self {
            rights: Some(response.rights.into()),
            decided_by: Some(response.decided_by.into()),
        }
    }
}

impl TryFrom<pb::GetUsageRightsResponse> for UsageRightsResponse {
    type Error = ConversionError;

    fn try_from(message: pb::GetUsageRightsResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            rights: required(message.rights, "rights")?,
            decided_by: required(message.decided_by, "decided_by")?,
        })
    }
}

impl From<UsageRightsIncluded> for pb::UsageRightsIncluded {
    fn from(included: UsageRightsIncluded) -> Self {
        Self {
            id: text(included.id),
            owner_email: included.owner_email,
            user_email: included.user_email,
            value: from_rights(included.value),
        }
    }
}

impl TryFrom<pb::UsageRightsIncluded> for UsageRightsIncluded {
    type Error = ConversionError;

    fn try_from(message: pb::UsageRightsIncluded) -> Result<Self, Self::Error> {
        Ok(Self {
            id: guid(&message.id, "id")?,
            owner_email: message.owner_email,
            user_email: message.user_email,
            value: rights(message.value, "value")?,
        })
    }
}

impl From<ExpandRightsRequest> for pb::ExpandRightsRequest {
    fn from(request: ExpandRightsRequest) -> Self {
        let labels = request.labels.into_iter().map(|(label, owner_email)| LabelAndOwner {
            label_id: text(label),
            owner_email,
        });
        Self {
            subject: Some(request.subject.into()),
            labels: labels.collect(),
            user_email: request.user_email,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::ExpandRightsRequest> for ExpandRightsRequest {
    type Error = ConversionError;

    fn try_from(message: pb::ExpandRightsRequest) -> Result<Self, Self::Error> {
        at_most(&message.labels, MAX_ITEMS, "labels")?;
        let labels = list_with(message.labels, "labels", |label| {
            Ok((id::<LabelId>(&label.label_id, "label_id")?, label.owner_email))
        });
        Ok(Self {
            subject: required(message.subject, "subject")?,
            labels: labels?,
            user_email: message.user_email,
        })
    }
}

impl From<ExpandRightsResponse> for pb::ExpandRightsResponse {
    fn from(response: ExpandRightsResponse) -> Self {
        let entries = response.rights.into_iter().map(|rights| Entry {
            rights: rights.map(Into::into),
        });
        Self {
            entries: entries.collect(),
            decided_by: Some(response.decided_by.into()),
        }
    }
}

impl TryFrom<pb::ExpandRightsResponse> for ExpandRightsResponse {
    type Error = ConversionError;

    fn try_from(message: pb::ExpandRightsResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            rights: list_with(message.entries, "entries", |entry| optional(entry.rights, "rights"))?,
            decided_by: required(message.decided_by, "decided_by")?,
        })
    }
}

//! What a caller reads of the catalogue.

use signet_contract::catalog::{
    GetLabelRequest, GetLabelResponse, ListLabelsRequest, ListLabelsResponse, PolicySettingsResponse,
};
use signet_domain::ids::Revision;
use signet_domain::policy::EffectivePolicySettings;
use signet_domain::query::LabelPage;

use super::label_query::{page_key, page_token};
use super::{
    ConversionError, MAX_ITEMS, at_most, id, in_range, list, locales, messages, number, optional, optional_id,
    optional_text, required, text, value,
};
use crate::proto::catalog as pb;

/// Most labels of one page.
const MAX_LABELS: u32 = 999;

impl From<ListLabelsRequest> for pb::ListLabelsRequest {
    fn from(request: ListLabelsRequest) -> Self {
        Self {
            family: number::<pb::LabelFamily, _>(request.family),
            subject: Some(request.subject.into()),
            scoped: request.scoped,
            parent_label_id: optional_text(request.parent),
            nested: request.nested,
            filter: request.filter.map(Into::into),
            search: messages(request.search),
            order: messages(request.order),
            skip: request.skip,
            page_size: request.top,
            page_token: page_token(request.after),
            count: request.count,
            locales: request.locale.0,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::ListLabelsRequest> for ListLabelsRequest {
    type Error = ConversionError;

    fn try_from(message: pb::ListLabelsRequest) -> Result<Self, Self::Error> {
        at_most(&message.search, MAX_ITEMS, "search")?;
        at_most(&message.order, MAX_ITEMS, "order")?;
        Ok(Self {
            family: value::<pb::LabelFamily, _>(message.family, "family")?,
            subject: required(message.subject, "subject")?,
            scoped: message.scoped,
            parent: optional_id(message.parent_label_id.as_deref(), "parent_label_id")?,
            nested: message.nested,
            filter: optional(message.filter, "filter")?,
            search: list(message.search, "search")?,
            order: list(message.order, "order")?,
            skip: message.skip,
            top: in_range(message.page_size, 0..=MAX_LABELS, "page_size")?,
            after: page_key(&message.page_token, "page_token")?,
            count: message.count,
            locale: locales(message.locales, "locales")?,
        })
    }
}

impl From<ListLabelsResponse> for pb::ListLabelsResponse {
    fn from(response: ListLabelsResponse) -> Self {
        Self {
            labels: messages(response.page.labels),
            total: response.page.total,
            next_page_token: page_token(response.page.next),
            user_id: optional_text(response.user),
            revision: response.revision.0,
        }
    }
}

impl TryFrom<pb::ListLabelsResponse> for ListLabelsResponse {
    type Error = ConversionError;

    fn try_from(message: pb::ListLabelsResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            page: LabelPage {
                labels: list(message.labels, "labels")?,
                total: message.total,
                next: page_key(&message.next_page_token, "next_page_token")?,
            },
            user: optional_id(message.user_id.as_deref(), "user_id")?,
            revision: Revision(message.revision),
        })
    }
}

impl From<GetLabelRequest> for pb::GetLabelRequest {
    fn from(request: GetLabelRequest) -> Self {
        Self {
            family: number::<pb::LabelFamily, _>(request.family),
            subject: Some(request.subject.into()),
            parent_label_id: optional_text(request.parent),
            label_id: text(request.label),
            locales: request.locale.0,
            at_least_revision: None,
        }
    }
}

impl TryFrom<pb::GetLabelRequest> for GetLabelRequest {
    type Error = ConversionError;

    fn try_from(message: pb::GetLabelRequest) -> Result<Self, Self::Error> {
        Ok(Self {
            family: value::<pb::LabelFamily, _>(message.family, "family")?,
            subject: required(message.subject, "subject")?,
            parent: optional_id(message.parent_label_id.as_deref(), "parent_label_id")?,
            label: id(&message.label_id, "label_id")?,
            locale: locales(message.locales, "locales")?,
        })
    }
}

impl From<GetLabelResponse> for pb::GetLabelResponse {
    fn from(response: GetLabelResponse) -> Self {
        Self {
            label: Some(response.label.into()),
            user_id: optional_text(response.user),
            revision: response.revision.0,
        }
    }
}

impl TryFrom<pb::GetLabelResponse> for GetLabelResponse {
    type Error = ConversionError;

    fn try_from(message: pb::GetLabelResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            label: required(message.label, "label")?,
            user: optional_id(message.user_id.as_deref(), "user_id")?,
            revision: Revision(message.revision),
        })
    }
}

impl From<PolicySettingsResponse> for pb::GetPolicySettingsResponse {
    fn from(response: PolicySettingsResponse) -> Self {
        Self {
            settings: Some(response.settings.into()),
            user_id: optional_text(response.user),
            revision: response.revision.0,
        }
    }
}

impl TryFrom<pb::GetPolicySettingsResponse> for PolicySettingsResponse {
    type Error = ConversionError;

    fn try_from(message: pb::GetPolicySettingsResponse) -> Result<Self, Self::Error> {
        Ok(Self {
            settings: required(message.settings, "settings")?,
            user: optional_id(message.user_id.as_deref(), "user_id")?,
            revision: Revision(message.revision),
        })
    }
}

impl From<EffectivePolicySettings> for pb::EffectivePolicySettings {
    fn from(settings: EffectivePolicySettings) -> Self {
        Self {
            policy_id: text(settings.id),
            default_label_id: optional_text(settings.default_label_id),
            is_downgrade_justification_required: settings.is_downgrade_justification_required,
            is_mandatory: settings.is_mandatory,
            more_info_url: settings.more_info_url,
        }
    }
}

impl TryFrom<pb::EffectivePolicySettings> for EffectivePolicySettings {
    type Error = ConversionError;

    fn try_from(message: pb::EffectivePolicySettings) -> Result<Self, Self::Error> {
        Ok(Self {
            id: id(&message.policy_id, "policy_id")?,
            default_label_id: optional_id(message.default_label_id.as_deref(), "default_label_id")?,
            is_downgrade_justification_required: message.is_downgrade_justification_required,
            is_mandatory: message.is_mandatory,
            more_info_url: message.more_info_url,
        })
    }
}

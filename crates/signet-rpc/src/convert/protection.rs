//! What a label does to access.

use signet_domain::label::{Protection, RightsGrant};

use super::rights::{from_rights, rights};
use super::{ConversionError, convert, id, list, messages, present, text};
use crate::proto::common as pb;
use crate::proto::common::protection::{Kind, RemoveProtection, Template, UserDefined};

impl From<Protection> for pb::Protection {
    fn from(protection: Protection) -> Self {
        let kind = match protection {
            Protection::Template {
                template_id,
                rights,
                content_expiry,
                offline_access_days,
                double_key_encryption_url,
                disable_automatic_owner_rights,
            } => Kind::Template(Template {
                template_id: text(template_id),
                rights: messages(rights),
                content_expiry,
                offline_access_days,
                double_key_encryption_url,
                disable_automatic_owner_rights,
            }),
            Protection::UserDefined {
                do_not_forward,
                encrypt_only,
                prompt_user,
                double_key_encryption_url,
            } => Kind::UserDefined(UserDefined {
                do_not_forward,
                encrypt_only,
                prompt_user,
                double_key_encryption_url,
            }),
            Protection::RemoveProtection {} => Kind::RemoveProtection(RemoveProtection {}),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::Protection> for Protection {
    type Error = ConversionError;

    fn try_from(message: pb::Protection) -> Result<Self, Self::Error> {
        match present(message.kind, "kind")? {
            Kind::Template(template) => convert(template, "template"),
            Kind::UserDefined(message) => Ok(Self::UserDefined {
                do_not_forward: message.do_not_forward,
                encrypt_only: message.encrypt_only,
                prompt_user: message.prompt_user,
                double_key_encryption_url: message.double_key_encryption_url,
            }),
            Kind::RemoveProtection(RemoveProtection {}) => Ok(Self::RemoveProtection {}),
        }
    }
}

impl TryFrom<Template> for Protection {
    type Error = ConversionError;

    fn try_from(message: Template) -> Result<Self, Self::Error> {
        Ok(Self::Template {
            template_id: id(&message.template_id, "template_id")?,
            rights: list(message.rights, "rights")?,
            content_expiry: message.content_expiry,
            offline_access_days: message.offline_access_days,
            double_key_encryption_url: message.double_key_encryption_url,
            disable_automatic_owner_rights: message.disable_automatic_owner_rights,
        })
    }
}

impl From<RightsGrant> for pb::RightsGrant {
    fn from(grant: RightsGrant) -> Self {
        Self {
            identity: grant.identity,
            rights: from_rights(grant.rights),
        }
    }
}

impl TryFrom<pb::RightsGrant> for RightsGrant {
    type Error = ConversionError;

    fn try_from(message: pb::RightsGrant) -> Result<Self, Self::Error> {
        Ok(Self {
            identity: message.identity,
            rights: rights(message.rights, "rights")?,
        })
    }
}

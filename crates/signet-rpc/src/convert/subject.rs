//! Whom a request is about.

use signet_contract::Subject;

use super::{ConversionError, present};
use crate::proto::common as pb;
use crate::proto::common::subject::{Kind, Me, Organisation};

impl From<Subject> for pb::Subject {
    fn from(subject: Subject) -> Self {
        let kind = match subject {
            Subject::Me => Kind::Me(Me {}),
            Subject::User(user) => Kind::User(user),
            Subject::Organisation => Kind::Organisation(Organisation {}),
        };
        Self { kind: Some(kind) }
    }
}

impl TryFrom<pb::Subject> for Subject {
    type Error = ConversionError;

    fn try_from(message: pb::Subject) -> Result<Self, Self::Error> {
        Ok(match present(message.kind, "kind")? {
            Kind::Me(Me {}) => Self::Me,
            Kind::User(user) => Self::User(user),
            Kind::Organisation(Organisation {}) => Self::Organisation,
        })
    }
}

//! The shape of a tenant document as tables, and every place where a JSON value departs from it.
//!
//! `serde` stops at its first error; an administrator wants all of them. So a document `serde` refuses is compared
//! with these tables. What can still be understood is kept, so that the rules between its parts can be checked too
//! (see `repair`).

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::content::ContentFormat;
use crate::directory::UserType;
use crate::ids::{GroupId, LabelId, PolicyId, SensitiveTypeId, TemplateId, TenantId, UserId};
use crate::label::{Alignment, AutoLabelingMode, Operator, WatermarkLayout};
use crate::policy::{AttachmentAction, OutlookDefaultLabel};
use crate::rights::UsageRights;

/// What a value must look like.
pub(super) enum Shape {
    /// Whatever a type reads, with JSON text that stands in for a value that cannot be read.
    Leaf(fn(&Value) -> Result<(), String>, &'static str),
    /// The shape, or null.
    OrNull(&'static Shape),
    /// A list.
    List(&'static Shape),
    /// An object with free keys.
    Map(&'static Shape),
    /// An object with these members and no others.
    Object(&'static [Member]),
    /// An object whose member `type` chooses its other members.
    Tagged(&'static [(&'static str, &'static [Member])]),
    /// An object with exactly one of these members.
    OneOf(&'static [Member]),
}

/// A member of an object.
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

const fn required(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        required: true,
        shape,
    }
}

const fn optional(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        required: false,
        shape,
    }
}

fn reads<T: DeserializeOwned>(value: &Value) -> Result<(), String> {
    T::deserialize(value).map(drop).map_err(|error| error.to_string())
}

/// A right or permission level by itself.
fn right(value: &Value) -> Result<(), String> {
    reads::<String>(value)?;
    reads::<UsageRights>(&Value::Array(vec![value.clone()]))
}

const fn guid<T: DeserializeOwned>() -> Shape {
    Shape::Leaf(reads::<T>, r#""00000000-0000-0000-0000-000000000000""#)
}

const TEXT: Shape = Shape::Leaf(reads::<String>, r#""""#);
const FLAG: Shape = Shape::Leaf(reads::<bool>, "false");
const INTEGER: Shape = Shape::Leaf(reads::<i32>, "0");
const PERCENT: Shape = Shape::Leaf(reads::<u8>, "0");
const OPERATOR: Shape = Shape::Leaf(reads::<Operator>, r#""and""#);
const LABEL_ID: Shape = guid::<LabelId>();
const TEXT_OR_NULL: Shape = Shape::OrNull(&TEXT);
const FLAG_OR_NULL: Shape = Shape::OrNull(&FLAG);
const INTEGER_OR_NULL: Shape = Shape::OrNull(&INTEGER);
const LABEL_ID_OR_NULL: Shape = Shape::OrNull(&LABEL_ID);
const TEXTS: Shape = Shape::List(&TEXT);
const PAIRS: Shape = Shape::List(&Shape::Object(&[required("name", TEXT), required("value", TEXT)]));

/// A tenant document.
pub(super) const TENANT: Shape = Shape::Object(&[
    required("id", guid::<TenantId>()),
    optional("key", TEXT_OR_NULL),
    optional("displayName", TEXT),
    optional("domains", TEXTS),
    optional("defaultLocale", TEXT),
    optional("users", Shape::List(&USER)),
    optional("groups", Shape::List(&GROUP)),
    optional("sensitiveTypes", Shape::List(&SENSITIVE_TYPE)),
    optional("labels", Shape::List(&LABEL)),
    optional("policies", Shape::List(&POLICY)),
    optional("drives", Shape::List(&DRIVE)),
]);

const USER: Shape = Shape::Object(&[
    required("id", guid::<UserId>()),
    required("userPrincipalName", TEXT),
    optional("mail", TEXT_OR_NULL),
    optional("proxyAddresses", TEXTS),
    optional("displayName", TEXT),
    optional("userType", Shape::Leaf(reads::<UserType>, r#""Member""#)),
    optional("preferredLanguage", TEXT_OR_NULL),
]);

const GROUP: Shape = Shape::Object(&[
    required("id", guid::<GroupId>()),
    optional("displayName", TEXT),
    optional("mail", TEXT_OR_NULL),
    optional("members", TEXTS),
]);

const SENSITIVE_TYPE: Shape = Shape::Object(&[required("id", guid::<SensitiveTypeId>()), optional("name", TEXT)]);

const LABEL: Shape = Shape::Object(&[
    required("id", LABEL_ID),
    required("name", TEXT),
    optional("displayName", TEXT),
    optional("description", TEXT),
    optional("tooltip", TEXT),
    optional("color", TEXT_OR_NULL),
    required("sensitivity", INTEGER),
    optional("isEnabled", FLAG),
    optional("parentId", LABEL_ID_OR_NULL),
    optional(
        "applicableTo",
        Shape::List(&Shape::Leaf(reads::<ContentFormat>, r#""file""#)),
    ),
    optional("defaultSubLabelId", LABEL_ID_OR_NULL),
    optional("header", Shape::OrNull(&MARKING)),
    optional("footer", Shape::OrNull(&MARKING)),
    optional("watermark", Shape::OrNull(&WATERMARK)),
    optional("protection", Shape::OrNull(&PROTECTION)),
    optional("siteAndGroup", Shape::OrNull(&SITE_AND_GROUP)),
    optional("meeting", Shape::OrNull(&MEETING)),
    optional("customActions", Shape::List(&CUSTOM_ACTION)),
    optional("autoLabeling", Shape::OrNull(&AUTO_LABELING)),
    optional("isEndpointProtectionEnabled", FLAG),
    optional("isSmimeSignEnabled", FLAG),
    optional("isSmimeEncryptEnabled", FLAG),
    optional("advancedSettings", PAIRS),
    optional("locales", Shape::Map(&LOCALE_TEXTS)),
]);

const LOCALE_TEXTS: Shape = Shape::Object(&[
    optional("displayName", TEXT_OR_NULL),
    optional("tooltip", TEXT_OR_NULL),
    optional("autoTooltip", TEXT_OR_NULL),
]);

const MARKING: Shape = Shape::Object(&[
    optional("text", TEXT),
    optional("fontName", TEXT),
    optional("fontSize", INTEGER),
    optional("fontColor", TEXT),
    optional("alignment", Shape::Leaf(reads::<Alignment>, r#""left""#)),
    optional("margin", INTEGER),
]);

const WATERMARK: Shape = Shape::Object(&[
    optional("text", TEXT),
    optional("fontName", TEXT),
    optional("fontSize", INTEGER),
    optional("fontColor", TEXT),
    optional("layout", Shape::Leaf(reads::<WatermarkLayout>, r#""diagonal""#)),
]);

const PROTECTION: Shape = Shape::Tagged(&[
    (
        "template",
        &[
            required("templateId", guid::<TemplateId>()),
            optional("rights", Shape::List(&GRANT)),
            optional("contentExpiry", TEXT_OR_NULL),
            optional("offlineAccessDays", INTEGER_OR_NULL),
            optional("doubleKeyEncryptionUrl", TEXT_OR_NULL),
            optional("disableAutomaticOwnerRights", FLAG),
        ],
    ),
    (
        "userDefined",
        &[
            optional("doNotForward", FLAG),
            optional("encryptOnly", FLAG),
            optional("promptUser", FLAG),
            optional("doubleKeyEncryptionUrl", TEXT_OR_NULL),
        ],
    ),
    ("removeProtection", &[]),
]);

const GRANT: Shape = Shape::Object(&[
    required("identity", TEXT),
    required("rights", Shape::List(&Shape::Leaf(right, r#""VIEW""#))),
]);

const SITE_AND_GROUP: Shape = Shape::Object(&[
    optional("privacy", TEXT_OR_NULL),
    optional("allowGuestUsers", FLAG),
    optional("allowEmailFromGuestUsers", FLAG),
    optional("accessType", TEXT_OR_NULL),
    optional("conditionalAccessProtectionLevelId", TEXT_OR_NULL),
]);

const MEETING: Shape = Shape::Object(&[
    optional("allowedForwarders", TEXT_OR_NULL),
    optional("allowedPresenters", TEXT_OR_NULL),
    optional("isCopyToClipboardEnabled", FLAG),
    optional("isLobbyEnabled", FLAG),
    optional("lobbyBypassScope", TEXT_OR_NULL),
    optional("isDialInBypassEnabled", FLAG),
]);

const CUSTOM_ACTION: Shape = Shape::Object(&[required("name", TEXT), optional("properties", PAIRS)]);

const AUTO_LABELING: Shape = Shape::Object(&[
    optional("mode", Shape::Leaf(reads::<AutoLabelingMode>, r#""automatic""#)),
    optional("message", TEXT),
    optional("conditions", CONDITIONS),
]);

const CONDITIONS: Shape = Shape::Object(&[
    optional("operator", OPERATOR),
    optional("groups", Shape::List(&CONDITION_GROUP)),
]);

const CONDITION_GROUP: Shape = Shape::Object(&[
    optional("name", TEXT),
    optional("operator", OPERATOR),
    optional("sensitiveTypes", Shape::List(&CONDITION)),
]);

const CONDITION: Shape = Shape::Object(&[
    required("id", guid::<SensitiveTypeId>()),
    optional("minCount", Shape::Leaf(reads::<u32>, "0")),
    optional("maxCount", Shape::Leaf(reads::<i64>, "-1")),
    optional("minConfidence", PERCENT),
    optional("maxConfidence", PERCENT),
]);

const POLICY: Shape = Shape::Object(&[
    required("id", guid::<PolicyId>()),
    required("name", TEXT),
    optional("priority", INTEGER),
    optional("isEnabled", FLAG),
    optional("scope", SCOPE),
    optional("labels", Shape::List(&LABEL_ID)),
    optional("settings", SETTINGS),
]);

const SCOPE: Shape = Shape::Object(&[
    optional("includeAll", FLAG),
    optional("include", TEXTS),
    optional("exclude", TEXTS),
]);

const SETTINGS: Shape = Shape::Object(&[
    optional("defaultLabelId", LABEL_ID_OR_NULL),
    optional(
        "outlookDefaultLabel",
        Shape::OrNull(&Shape::Leaf(reads::<OutlookDefaultLabel>, r#""none""#)),
    ),
    optional("mandatory", FLAG_OR_NULL),
    optional("disableMandatoryInOutlook", FLAG_OR_NULL),
    optional("requireDowngradeJustification", FLAG_OR_NULL),
    optional("moreInfoUrl", TEXT_OR_NULL),
    optional(
        "attachmentAction",
        Shape::OrNull(&Shape::Leaf(reads::<AttachmentAction>, r#""automatic""#)),
    ),
    optional("teamworkMandatory", FLAG_OR_NULL),
    optional("teamworkDefaultLabelId", LABEL_ID_OR_NULL),
    optional("siteAndGroupMandatory", FLAG_OR_NULL),
    optional("powerBiMandatory", FLAG_OR_NULL),
    optional("powerBiDefaultLabelId", LABEL_ID_OR_NULL),
    optional("advancedSettings", PAIRS),
]);

const DRIVE: Shape = Shape::Object(&[
    required("id", TEXT),
    optional("name", TEXT_OR_NULL),
    required(
        "owner",
        Shape::OneOf(&[required("user", TEXT), required("group", TEXT), required("site", TEXT)]),
    ),
    required("source", TEXT),
]);

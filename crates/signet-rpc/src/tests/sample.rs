//! Values of every type of the contract, made from a number: the same number, the same values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use signet_contract::error::Violation;
use signet_contract::{ContractError, Subject};
use signet_domain::content::{
    AssignmentMethod, ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification,
    KeyValuePair,
};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{LabelId, Revision, UserId};
use signet_domain::label::{
    Alignment, AutoLabeling, AutoLabelingMode, ConditionGroup, Conditions, CustomAction, Label, LocaleTexts, Marking,
    Meeting, Operator, Protection, RightsGrant, SensitiveTypeCondition, SiteAndGroup, Watermark, WatermarkLayout,
};
use signet_domain::locale::LocalePreference;
use signet_domain::rights::UsageRights;
use signet_domain::utc::UtcSeconds;
use signet_domain::view::{LabelView, PolicyRef};
use uuid::Uuid;

/// A source of values.
pub(crate) struct Sample(u64);

impl Sample {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9E37_79B9_7F4A_7C15)
    }

    /// The next number (splitmix64).
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    pub(crate) fn truth(&mut self) -> bool {
        self.below(2) == 0
    }

    pub(crate) fn small(&mut self) -> u32 {
        self.number() as u32
    }

    pub(crate) fn integer(&mut self) -> i32 {
        self.number() as i32
    }

    pub(crate) fn percent(&mut self) -> u8 {
        self.below(101) as u8
    }

    pub(crate) fn pick<T: Clone>(&mut self, values: &[T]) -> T {
        let at = self.below(values.len() as u64) as usize;
        values[at].clone()
    }

    pub(crate) fn text(&mut self) -> String {
        let words = [
            "",
            "Confidential",
            "größer als `ß`",
            "a/b\\c",
            "漢字",
            "line\nbreak",
            " ",
            "%20",
            "\u{1F512}",
        ];
        format!("{}{}", self.pick(&words), self.pick(&words))
    }

    pub(crate) fn name(&mut self) -> String {
        format!("name {}", self.below(1000))
    }

    pub(crate) fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.truth().then(|| value(self))
    }

    pub(crate) fn many<T>(&mut self, mut value: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(4)).map(|_| value(self)).collect()
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Uuid::from_u64_pair(self.number(), self.number())
    }

    pub(crate) fn label_id(&mut self) -> LabelId {
        LabelId::from_uuid(self.uuid())
    }

    pub(crate) fn user_id(&mut self) -> UserId {
        UserId::from_uuid(self.uuid())
    }

    pub(crate) fn revision(&mut self) -> Revision {
        Revision(self.number())
    }

    pub(crate) fn instant(&mut self) -> Timestamp {
        let seconds = self.below(200_000_000_000) as i64 - 60_000_000_000;
        let nanos = self.pick(&[0, 1, 999_999_999, 500_000_000]);
        Timestamp::new(seconds, nanos).unwrap()
    }

    pub(crate) fn second(&mut self) -> UtcSeconds {
        let any = self.below(250_000_000_000) as i64;
        let seconds = self.pick(&[UtcSeconds::MIN.as_unix(), UtcSeconds::MAX.as_unix(), 0, any]);
        UtcSeconds::from_unix(seconds).unwrap()
    }

    pub(crate) fn duration(&mut self) -> Duration {
        Duration::new(self.below(1 << 38), self.below(1_000_000_000) as u32)
    }

    pub(crate) fn locale(&mut self) -> LocalePreference {
        LocalePreference(self.many(Self::text))
    }

    pub(crate) fn subject(&mut self) -> Subject {
        match self.below(3) {
            0 => Subject::Me,
            1 => Subject::User(self.text()),
            _ => Subject::Organisation,
        }
    }

    pub(crate) fn error(&mut self) -> ContractError {
        let mut error = ContractError::new(self.pick(ErrorReason::ALL), self.text());
        error.target = self.maybe(Self::text);
        error.facts = self.many(|sample| (sample.name(), sample.text()));
        error.facts.sort();
        error.facts.dedup_by(|one, other| one.0 == other.0);
        error.retry_after = self.maybe(Self::duration);
        error.violations = self.many(|sample| Violation {
            path: sample.text(),
            message: sample.text(),
        });
        error
    }

    pub(crate) fn pair(&mut self) -> KeyValuePair {
        KeyValuePair::new(self.text(), self.text())
    }

    pub(crate) fn format(&mut self) -> ContentFormat {
        self.pick(&ContentFormat::ALL)
    }

    pub(crate) fn method(&mut self) -> AssignmentMethod {
        self.pick(&[
            AssignmentMethod::Standard,
            AssignmentMethod::Auto,
            AssignmentMethod::Privileged,
        ])
    }

    pub(crate) fn content(&mut self) -> ContentInfo {
        ContentInfo {
            format: self.format(),
            identifier: self.maybe(Self::text),
            state: self.pick(&[ContentState::Rest, ContentState::Motion, ContentState::Use]),
            metadata: self.many(Self::pair),
        }
    }

    pub(crate) fn justification(&mut self) -> DowngradeJustification {
        DowngradeJustification {
            is_downgrade_justified: self.truth(),
            justification_message: self.maybe(Self::text),
        }
    }

    pub(crate) fn classification(&mut self) -> ClassificationResult {
        ClassificationResult {
            sensitive_type_id: signet_domain::ids::SensitiveTypeId::from_uuid(self.uuid()),
            count: self.small(),
            confidence_level: self.percent(),
        }
    }

    pub(crate) fn rights(&mut self) -> UsageRights {
        UsageRights::from_bits_truncate(self.small())
    }

    pub(crate) fn label(&mut self) -> Label {
        Label {
            id: self.label_id(),
            name: self.text(),
            display_name: self.text(),
            description: self.text(),
            tooltip: self.text(),
            color: self.maybe(Self::text),
            sensitivity: self.integer(),
            is_enabled: self.truth(),
            parent_id: self.maybe(Self::label_id),
            applicable_to: self.many(Self::format),
            default_sub_label_id: self.maybe(Self::label_id),
            header: self.maybe(Self::marking),
            footer: self.maybe(Self::marking),
            watermark: self.maybe(Self::watermark),
            protection: self.maybe(Self::protection),
            site_and_group: self.maybe(Self::site_and_group),
            meeting: self.maybe(Self::meeting),
            custom_actions: self.many(Self::custom_action),
            auto_labeling: self.maybe(Self::auto_labeling),
            is_endpoint_protection_enabled: self.truth(),
            is_smime_sign_enabled: self.truth(),
            is_smime_encrypt_enabled: self.truth(),
            advanced_settings: self.many(Self::pair),
            locales: self.locales(),
        }
    }

    fn locales(&mut self) -> BTreeMap<String, LocaleTexts> {
        let texts = self.many(|sample| {
            let texts = LocaleTexts {
                display_name: sample.maybe(Self::text),
                tooltip: sample.maybe(Self::text),
                auto_tooltip: sample.maybe(Self::text),
            };
            (sample.text(), texts)
        });
        texts.into_iter().collect()
    }

    fn alignment(&mut self) -> Alignment {
        self.pick(&[Alignment::Left, Alignment::Right, Alignment::Center])
    }

    fn layout(&mut self) -> WatermarkLayout {
        self.pick(&[WatermarkLayout::Horizontal, WatermarkLayout::Diagonal])
    }

    fn marking(&mut self) -> Marking {
        Marking {
            text: self.text(),
            font_name: self.text(),
            font_size: self.integer(),
            font_color: self.text(),
            alignment: self.alignment(),
            margin: self.integer(),
        }
    }

    fn watermark(&mut self) -> Watermark {
        Watermark {
            text: self.text(),
            font_name: self.text(),
            font_size: self.integer(),
            font_color: self.text(),
            layout: self.layout(),
        }
    }

    fn protection(&mut self) -> Protection {
        match self.below(3) {
            0 => Protection::Template {
                template_id: signet_domain::ids::TemplateId::from_uuid(self.uuid()),
                rights: self.many(|sample| RightsGrant {
                    identity: sample.text(),
                    rights: sample.rights(),
                }),
                content_expiry: self.maybe(Self::text),
                offline_access_days: self.maybe(Self::integer),
                double_key_encryption_url: self.maybe(Self::text),
                disable_automatic_owner_rights: self.truth(),
            },
            1 => Protection::UserDefined {
                do_not_forward: self.truth(),
                encrypt_only: self.truth(),
                prompt_user: self.truth(),
                double_key_encryption_url: self.maybe(Self::text),
            },
            _ => Protection::RemoveProtection {},
        }
    }

    fn site_and_group(&mut self) -> SiteAndGroup {
        SiteAndGroup {
            privacy: self.maybe(Self::text),
            allow_guest_users: self.truth(),
            allow_email_from_guest_users: self.truth(),
            access_type: self.maybe(Self::text),
            conditional_access_protection_level_id: self.maybe(Self::text),
        }
    }

    fn meeting(&mut self) -> Meeting {
        Meeting {
            allowed_forwarders: self.maybe(Self::text),
            allowed_presenters: self.maybe(Self::text),
            is_copy_to_clipboard_enabled: self.truth(),
            is_lobby_enabled: self.truth(),
            lobby_bypass_scope: self.maybe(Self::text),
            is_dial_in_bypass_enabled: self.truth(),
        }
    }

    fn custom_action(&mut self) -> CustomAction {
        CustomAction {
            name: self.text(),
            properties: self.many(Self::pair),
        }
    }

    fn operator(&mut self) -> Operator {
        self.pick(&[Operator::And, Operator::Or])
    }

    fn auto_labeling(&mut self) -> AutoLabeling {
        AutoLabeling {
            mode: self.pick(&[AutoLabelingMode::Automatic, AutoLabelingMode::Recommended]),
            message: self.text(),
            conditions: Conditions {
                operator: self.operator(),
                groups: self.many(|sample| ConditionGroup {
                    name: sample.text(),
                    operator: sample.operator(),
                    sensitive_types: sample.many(Self::condition),
                }),
            },
        }
    }

    fn condition(&mut self) -> SensitiveTypeCondition {
        SensitiveTypeCondition {
            id: signet_domain::ids::SensitiveTypeId::from_uuid(self.uuid()),
            min_count: self.small(),
            max_count: self.number() as i64,
            min_confidence: self.percent(),
            max_confidence: self.percent(),
        }
    }

    /// A view with a parent or sublabels, as the catalogue makes them.
    pub(crate) fn view(&mut self) -> LabelView {
        let mut view = self.flat_view();
        view.parent = self.maybe(|sample| Box::new(sample.flat_view()));
        view.sublabels = self.many(Self::flat_view);
        view
    }

    fn flat_view(&mut self) -> LabelView {
        LabelView {
            label: Arc::new(self.label()),
            priority: self.small(),
            color: self.maybe(Self::text),
            is_parent: self.truth(),
            is_default: self.truth(),
            is_scoped_to_user: self.truth(),
            assigned_policies: self.many(|sample| PolicyRef {
                id: signet_domain::ids::PolicyId::from_uuid(sample.uuid()),
                name: sample.text(),
            }),
            display_name: self.text(),
            tooltip: self.text(),
            auto_tooltip: self.text(),
            locale: self.text(),
            parent: None,
            sublabels: Vec::new(),
        }
    }

    pub(crate) fn alignment_and_layout(&mut self) -> (Alignment, WatermarkLayout) {
        (self.alignment(), self.layout())
    }
}

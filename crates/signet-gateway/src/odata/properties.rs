//! The properties of each type a query can name: one table per type, read by the query options, by the JSON
//! writer (what to emit) and by `$metadata`.

use signet_domain::query::LabelField;

/// Which version of the API is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ApiVersion {
    /// `/v1.0`
    V1,
    /// `/beta`
    Beta,
}

/// When a property is part of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emitted {
    /// Unless `$select` leaves it out.
    ByDefault,
    /// Only when `$select` names it.
    WhenSelected,
    /// A relationship: governed by `$expand`, see the shapes of [`super::options`].
    AsRelationship,
}

/// Where a property exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versions {
    /// In both versions, and v1.0 `$metadata` declares it.
    Both,
    /// In both versions, but v1.0 `$metadata` does not declare it. Source: rest-api C34.
    BothUndeclared,
    /// In beta only.
    BetaOnly,
}

/// A property of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Property {
    /// Canonical spelling.
    pub(crate) name: &'static str,
    /// Type in `$metadata`.
    pub(crate) type_name: &'static str,
    /// What the catalogue calls it; absent: cannot be compared or ordered by.
    pub(crate) field: Option<LabelField>,
    /// When it is part of an answer.
    pub(crate) emitted: Emitted,
    /// Where it exists.
    pub(crate) versions: Versions,
}

/// The type of values a property can be compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Texts, and members of enumerations.
    Text,
    /// Whole numbers.
    Integer,
    /// True or false.
    Boolean,
}

impl Property {
    /// The type of values the property has, when the catalogue can compare it.
    pub(crate) fn value_kind(&self) -> ValueKind {
        match self.type_name {
            "Edm.Int32" => ValueKind::Integer,
            "Edm.Boolean" => ValueKind::Boolean,
            _ => ValueKind::Text,
        }
    }

    /// The property exists in a version.
    pub(crate) fn exists_in(&self, version: ApiVersion) -> bool {
        version == ApiVersion::Beta || self.versions != Versions::BetaOnly
    }

    const fn undeclared(self) -> Self {
        Self {
            versions: Versions::BothUndeclared,
            ..self
        }
    }

    const fn beta_only(self) -> Self {
        Self {
            versions: Versions::BetaOnly,
            ..self
        }
    }

    const fn when_selected(self) -> Self {
        Self {
            emitted: Emitted::WhenSelected,
            ..self
        }
    }
}

/// A type with its properties, in the order they are emitted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TypeTable {
    /// Qualified name, as messages and `$metadata` spell it.
    pub(crate) type_name: &'static str,
    /// The properties.
    pub(crate) properties: &'static [Property],
}

impl TypeTable {
    /// The property of a name, any case, in a version.
    pub(crate) fn find(&self, name: &str, version: ApiVersion) -> Option<&'static Property> {
        self.properties
            .iter()
            .find(|property| property.exists_in(version) && property.name.eq_ignore_ascii_case(name))
    }
}

const fn plain(name: &'static str, type_name: &'static str) -> Property {
    Property {
        name,
        type_name,
        field: None,
        emitted: Emitted::ByDefault,
        versions: Versions::Both,
    }
}

const fn field(name: &'static str, type_name: &'static str, field: LabelField) -> Property {
    Property {
        field: Some(field),
        ..plain(name, type_name)
    }
}

const fn text(name: &'static str, of: LabelField) -> Property {
    field(name, "Edm.String", of)
}

const fn integer(name: &'static str, of: LabelField) -> Property {
    field(name, "Edm.Int32", of)
}

const fn boolean(name: &'static str, of: LabelField) -> Property {
    field(name, "Edm.Boolean", of)
}

const fn relationship(name: &'static str, type_name: &'static str) -> Property {
    Property {
        emitted: Emitted::AsRelationship,
        ..plain(name, type_name)
    }
}

/// The label of the policy routes (P1). Source: rest-api 4.1.
pub(crate) static POLICY_LABEL: TypeTable = TypeTable {
    type_name: "microsoft.graph.security.sensitivityLabel",
    properties: &[
        text("id", LabelField::Id),
        text("name", LabelField::Name),
        text("description", LabelField::Description),
        text("color", LabelField::Color),
        integer("sensitivity", LabelField::Sensitivity),
        text("tooltip", LabelField::Tooltip),
        boolean("isActive", LabelField::IsEnabled),
        boolean("isAppliable", LabelField::IsAppliable),
        plain("contentFormats", "Collection(Edm.String)"),
        boolean("hasProtection", LabelField::HasProtection),
        relationship("parent", "microsoft.graph.security.sensitivityLabel"),
    ],
};

/// The label of the governance routes (P2). Source: rest-api 4.2.
pub(crate) static GOVERNANCE_LABEL: TypeTable = TypeTable {
    type_name: "microsoft.graph.sensitivityLabel",
    properties: &[
        text("id", LabelField::Id),
        text("name", LabelField::Name),
        text("displayName", LabelField::DisplayName),
        text("description", LabelField::Description),
        text("toolTip", LabelField::Tooltip),
        text("autoTooltip", LabelField::AutoTooltip),
        text("color", LabelField::Color).undeclared(),
        integer("priority", LabelField::Priority),
        boolean("isEnabled", LabelField::IsEnabled).undeclared(),
        boolean("isDefault", LabelField::IsDefault),
        boolean("isEndpointProtectionEnabled", LabelField::IsEndpointProtectionEnabled),
        boolean("isScopedToUser", LabelField::IsScopedToUser),
        boolean("hasProtection", LabelField::HasProtection),
        text("locale", LabelField::Locale),
        field(
            "actionSource",
            "microsoft.graph.labelActionSource",
            LabelField::ActionSource,
        ),
        field(
            "applicationMode",
            "microsoft.graph.applicationMode",
            LabelField::ApplicationMode,
        )
        .undeclared(),
        plain("applicableTo", "microsoft.graph.sensitivityLabelTarget").undeclared(),
        plain("labelActions", "Collection(microsoft.graph.labelActionBase)").undeclared(),
        plain("assignedPolicies", "Collection(microsoft.graph.labelPolicy)").undeclared(),
        plain("autoLabeling", "microsoft.graph.autoLabeling").undeclared(),
        boolean("isSmimeSignEnabled", LabelField::IsSmimeSignEnabled).beta_only(),
        boolean("isSmimeEncryptEnabled", LabelField::IsSmimeEncryptEnabled).beta_only(),
        plain("customSettings", "Collection(microsoft.graph.keyValuePair)")
            .beta_only()
            .when_selected(),
        plain("contentFormats", "Collection(Edm.String)")
            .undeclared()
            .when_selected(),
        boolean("isActive", LabelField::IsEnabled).undeclared().when_selected(),
        boolean("isAppliable", LabelField::IsAppliable)
            .undeclared()
            .when_selected(),
        integer("sensitivity", LabelField::Sensitivity)
            .undeclared()
            .when_selected(),
        relationship("sublabels", "Collection(microsoft.graph.sensitivityLabel)"),
        relationship("rights", "microsoft.graph.usageRightsIncluded"),
    ],
};

/// The rights on a label. Source: rest-api 4.5.
pub(crate) static USAGE_RIGHTS: TypeTable = TypeTable {
    type_name: "microsoft.graph.usageRightsIncluded",
    properties: &[
        plain("id", "Edm.String"),
        plain("ownerEmail", "Edm.String"),
        plain("userEmail", "Edm.String"),
        plain("value", "microsoft.graph.usageRights"),
    ],
};

/// The settings of label policies. Source: rest-api 4.9.
pub(crate) static POLICY_SETTING: TypeTable = TypeTable {
    type_name: "microsoft.graph.security.informationProtectionPolicySetting",
    properties: &[
        plain("id", "Edm.String"),
        plain("defaultLabelId", "Edm.String"),
        plain("isDowngradeJustificationRequired", "Edm.Boolean"),
        plain("isMandatory", "Edm.Boolean"),
        plain("moreInfoUrl", "Edm.String"),
    ],
};

/// A drive; of what it inherits only name and URL have values here. Source: rest-api 9.2.
pub(crate) static DRIVE: TypeTable = TypeTable {
    type_name: "microsoft.graph.drive",
    properties: &[
        plain("id", "Edm.String"),
        plain("driveType", "Edm.String"),
        plain("name", "Edm.String"),
        plain("webUrl", "Edm.String"),
        plain("owner", "microsoft.graph.identitySet"),
        plain("quota", "microsoft.graph.quota"),
        plain("createdDateTime", "Edm.DateTimeOffset"),
        plain("description", "Edm.String"),
        plain("eTag", "Edm.String"),
        plain("lastModifiedDateTime", "Edm.DateTimeOffset"),
        plain("parentReference", "microsoft.graph.itemReference"),
    ],
};

/// An item of a drive. Source: rest-api 9.2.
pub(crate) static DRIVE_ITEM: TypeTable = TypeTable {
    type_name: "microsoft.graph.driveItem",
    properties: &[
        plain("@microsoft.graph.downloadUrl", "Edm.String"),
        plain("id", "Edm.String"),
        plain("name", "Edm.String"),
        plain("eTag", "Edm.String"),
        plain("cTag", "Edm.String"),
        plain("webUrl", "Edm.String"),
        plain("description", "Edm.String"),
        plain("size", "Edm.Int64"),
        plain("createdDateTime", "Edm.DateTimeOffset"),
        plain("lastModifiedDateTime", "Edm.DateTimeOffset"),
        plain("createdBy", "microsoft.graph.identitySet"),
        plain("lastModifiedBy", "microsoft.graph.identitySet"),
        plain("parentReference", "microsoft.graph.itemReference"),
        plain("file", "microsoft.graph.file"),
        plain("folder", "microsoft.graph.folder"),
        plain("root", "microsoft.graph.root"),
        plain("fileSystemInfo", "microsoft.graph.fileSystemInfo"),
        plain("malware", "microsoft.graph.malware"),
        plain("package", "microsoft.graph.package"),
        plain("deleted", "microsoft.graph.deleted"),
        relationship("children", "Collection(microsoft.graph.driveItem)"),
    ],
};

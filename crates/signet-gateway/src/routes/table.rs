//! The table of routes: which path, in which version, by which method, does what.
//!
//! Everything that needs to know a route is derived from here: matching, `Allow`, permissions, the interface
//! description and the tests. Source: rest-api section 1; the rows are its row numbers.
//!
//! A pattern is a list of segments separated by `/`. A segment is a literal, compared without case; a key `{name}`;
//! `{item}`, the address of a drive item over any number of segments; `fn:name`, a function whose arguments may stand
//! in parentheses; or `ns:name`, an action that may also be written with its namespace.

use signet_contract::Operation;

use super::Endpoint as E;

/// Versions a route is served in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Api {
    /// `/v1.0`
    V1,
    /// `/beta`
    Beta,
    /// `/signet/v1`: what Graph has no word for.
    Signet,
}

impl Api {
    /// The segments in front of a pattern.
    pub(crate) const fn root(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::Beta => "beta",
            Self::Signet => "signet/v1",
        }
    }
}

/// A method a route answers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Verb {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

impl Verb {
    /// The verb of a method; absent for methods no route answers to.
    pub(crate) fn of(method: &http::Method) -> Option<Self> {
        match *method {
            http::Method::GET => Some(Self::Get),
            http::Method::POST => Some(Self::Post),
            http::Method::PUT => Some(Self::Put),
            http::Method::DELETE => Some(Self::Delete),
            _ => None,
        }
    }

    /// As it stands in `Allow`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// Whom the labels of a prefix belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The signed-in person.
    Me,
    /// The user of the key `{user}`.
    User,
    /// The organisation.
    Organisation,
}

/// Where a family of routes hangs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prefix {
    /// Versions.
    pub(crate) apis: &'static [Api],
    /// Pattern.
    pub(crate) path: &'static str,
    /// Whose labels.
    pub(crate) whose: Whose,
    /// An old spelling, served with a `Deprecation` header while configured.
    pub(crate) legacy: bool,
}

/// What is below a prefix.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    /// Method.
    pub(crate) verb: Verb,
    /// Pattern.
    pub(crate) path: &'static str,
    /// What it does.
    pub(crate) endpoint: E,
    /// Rows of the contract.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the tests that walk the table"))]
    pub(crate) rows: &'static str,
}

/// Prefixes and what is below each of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    /// Where.
    pub(crate) prefixes: &'static [Prefix],
    /// What.
    pub(crate) leaves: &'static [Leaf],
}

const BOTH: &[Api] = &[Api::V1, Api::Beta];
const BETA: &[Api] = &[Api::Beta];

const fn prefix(apis: &'static [Api], path: &'static str, whose: Whose) -> Prefix {
    Prefix {
        apis,
        path,
        whose,
        legacy: false,
    }
}

const fn legacy(path: &'static str, whose: Whose) -> Prefix {
    Prefix {
        apis: BETA,
        path,
        whose,
        legacy: true,
    }
}

const fn get(path: &'static str, endpoint: E, rows: &'static str) -> Leaf {
    Leaf {
        verb: Verb::Get,
        path,
        endpoint,
        rows,
    }
}

const fn post(path: &'static str, endpoint: E, rows: &'static str) -> Leaf {
    Leaf {
        verb: Verb::Post,
        path,
        endpoint,
        rows,
    }
}

const fn put(path: &'static str, endpoint: E, rows: &'static str) -> Leaf {
    Leaf {
        verb: Verb::Put,
        path,
        endpoint,
        rows,
    }
}

const fn delete(path: &'static str, endpoint: E, rows: &'static str) -> Leaf {
    Leaf {
        verb: Verb::Delete,
        path,
        endpoint,
        rows,
    }
}

/// The whole table.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        prefixes: &[prefix(BOTH, "", Whose::Organisation)],
        leaves: SERVICE,
    },
    Group {
        prefixes: &[prefix(&[Api::Signet], "", Whose::Organisation)],
        leaves: SIGNET,
    },
    Group {
        prefixes: POLICY_PREFIXES,
        leaves: POLICY,
    },
    Group {
        prefixes: APPLICATION_POLICY_PREFIXES,
        leaves: EVALUATION,
    },
    Group {
        prefixes: BARE_USER_PREFIX,
        leaves: BARE_USER,
    },
    Group {
        prefixes: GOVERNANCE_PREFIXES,
        leaves: GOVERNANCE,
    },
    Group {
        prefixes: LEGACY_PREFIXES,
        leaves: GOVERNANCE,
    },
    Group {
        prefixes: LEGACY_PREFIXES,
        leaves: LEGACY_ONLY,
    },
    Group {
        prefixes: DRIVE_PREFIXES,
        leaves: DRIVE,
    },
    Group {
        prefixes: DRIVE_OWNER_PREFIXES,
        leaves: DRIVES,
    },
];

const SERVICE: &[Leaf] = &[
    get("", E::ServiceDocument, "48"),
    get("$metadata", E::Metadata, "48"),
    post("$batch", E::Batch, "47"),
];

const SIGNET: &[Leaf] = &[
    get("decisions", E::ListDecisions, ""),
    get("operations/{ticket}", E::GetOperation, "40"),
    get("content/{ticket}", E::Download, "44"),
    get("uploads/{ticket}", E::GetUpload, "46"),
    put("uploads/{ticket}", E::UploadPart, "46"),
    post("uploads/{ticket}", E::CommitUpload, "46"),
    delete("uploads/{ticket}", E::CancelUpload, "46"),
    get("drives/{drive}/scan", E::ScanDrive, ""),
];

const POLICY_PREFIXES: &[Prefix] = &[
    prefix(BETA, "me/security/informationProtection", Whose::Me),
    prefix(BETA, "users/{user}/security/informationProtection", Whose::User),
    prefix(BETA, "security/informationProtection", Whose::Organisation),
];

const APPLICATION_POLICY_PREFIXES: &[Prefix] = &[prefix(
    BETA,
    "users/security/informationProtection",
    Whose::Organisation,
)];

/// Labels, first projection, and the evaluation actions below the same prefixes.
const POLICY: &[Leaf] = &[
    get("sensitivityLabels", E::ListPolicyLabels, "1-4"),
    get("sensitivityLabels/$count", E::CountPolicyLabels, "7"),
    get("sensitivityLabels/{label}", E::GetPolicyLabel, "5"),
    get("sensitivityLabel/{label}", E::GetPolicyLabel, "5"),
    get("sensitivityLabels/{label}/parent", E::GetPolicyLabelParent, "6"),
    get("labelPolicySettings", E::GetPolicySettings, "8"),
    post(
        "sensitivityLabels/sec:evaluateApplication",
        E::EvaluateApplication,
        "9-14",
    ),
    post(
        "sensitivityLabels/sec:evaluateClassificationResults",
        E::EvaluateClassificationResults,
        "9-14",
    ),
    post("sensitivityLabels/sec:evaluateRemoval", E::EvaluateRemoval, "9-14"),
    post(
        "sensitivityLabels/sec:extractContentLabel",
        E::ExtractContentLabel,
        "9-14",
    ),
];

const EVALUATION: &[Leaf] = &[
    post(
        "sensitivityLabels/sec:evaluateApplication",
        E::EvaluateApplication,
        "12, 14",
    ),
    post(
        "sensitivityLabels/sec:evaluateClassificationResults",
        E::EvaluateClassificationResults,
        "12, 14",
    ),
    post("sensitivityLabels/sec:evaluateRemoval", E::EvaluateRemoval, "12, 14"),
    post(
        "sensitivityLabels/sec:extractContentLabel",
        E::ExtractContentLabel,
        "12, 14",
    ),
];

const BARE_USER_PREFIX: &[Prefix] = &[prefix(BETA, "{principal}/security/informationProtection", Whose::User)];

const BARE_USER: &[Leaf] = &[post(
    "sensitivityLabels/sec:evaluateApplication",
    E::EvaluateApplication,
    "15",
)];

const GOVERNANCE_PREFIXES: &[Prefix] = &[
    prefix(BOTH, "security/dataSecurityAndGovernance", Whose::Organisation),
    prefix(BOTH, "me/dataSecurityAndGovernance", Whose::Me),
    prefix(BOTH, "users/{user}/dataSecurityAndGovernance", Whose::User),
];

const LEGACY_PREFIXES: &[Prefix] = &[
    legacy("informationProtection", Whose::Organisation),
    legacy("dataClassification", Whose::Organisation),
    legacy("me/informationProtection", Whose::Me),
    legacy("users/{user}/informationProtection", Whose::User),
    legacy("sites/{site}/informationProtection", Whose::Organisation),
    legacy("groups/{group}/sites/{site}/informationProtection", Whose::Organisation),
];

/// Labels, second projection.
const GOVERNANCE: &[Leaf] = &[
    get("sensitivityLabels", E::ListLabels, "16"),
    get("sensitivityLabels/$count", E::CountLabels, "21"),
    get("sensitivityLabels/{label}", E::GetLabel, "17"),
    get("sensitivityLabel/{label}", E::GetLabel, "17"),
    get("sensitivityLabels/{label}/rights", E::GetRights, "18"),
    get("sensitivityLabels/{label}/sublabels", E::ListLabels, "19"),
    get("sensitivityLabels/{label}/sublabels/$count", E::CountLabels, "21"),
    get("sensitivityLabels/{label}/sublabels/{sublabel}", E::GetLabel, "20"),
    get(
        "sensitivityLabels/{label}/sublabels/{sublabel}/rights",
        E::GetRights,
        "20",
    ),
    get(
        "sensitivityLabels/fn:computeInheritance",
        E::ComputeInheritance,
        "22, 25",
    ),
    get(
        "sensitivityLabels/{label}/sublabels/fn:computeInheritance",
        E::ComputeInheritance,
        "24, 25",
    ),
    post(
        "sensitivityLabels/ns:computeRightsAndInheritance",
        E::ComputeRightsAndInheritance,
        "23, 25",
    ),
    post(
        "sensitivityLabels/{label}/sublabels/ns:computeRightsAndInheritance",
        E::ComputeRightsAndInheritance,
        "24, 25",
    ),
];

const LEGACY_ONLY: &[Leaf] = &[post("sensitivityLabels/ns:evaluate", E::LegacyEvaluate, "1.6")];

const DRIVE_PREFIXES: &[Prefix] = &[
    prefix(BOTH, "drives/{drive}", Whose::Organisation),
    prefix(BOTH, "me/drive", Whose::Me),
    prefix(BOTH, "me/drives/{drive}", Whose::Me),
    prefix(BOTH, "users/{user}/drive", Whose::User),
    prefix(BOTH, "users/{user}/drives/{drive}", Whose::User),
    prefix(BOTH, "groups/{group}/drive", Whose::Organisation),
    prefix(BOTH, "groups/{group}/drives/{drive}", Whose::Organisation),
    prefix(BOTH, "sites/{site}/drive", Whose::Organisation),
    prefix(BOTH, "sites/{site}/drives/{drive}", Whose::Organisation),
    prefix(BOTH, "drive", Whose::Organisation),
];

/// A drive and its items.
const DRIVE: &[Leaf] = &[
    get("", E::GetDrive, "41"),
    get("{item}", E::GetItem, "42"),
    get("{item}/children", E::ListChildren, "43"),
    post("{item}/ns:extractSensitivityLabels", E::ExtractLabels, "26-38"),
    post("{item}/ns:assignSensitivityLabel", E::AssignLabel, "39"),
    get("{item}/content", E::GetContent, "44"),
    put("{item}/content", E::PutContent, "45"),
    post("{item}/ns:createUploadSession", E::CreateUploadSession, "46"),
];

const DRIVE_OWNER_PREFIXES: &[Prefix] = &[
    prefix(BOTH, "me/drives", Whose::Me),
    prefix(BOTH, "users/{user}/drives", Whose::User),
    prefix(BOTH, "groups/{group}/drives", Whose::Organisation),
    prefix(BOTH, "sites/{site}/drives", Whose::Organisation),
];

const DRIVES: &[Leaf] = &[get("", E::ListDrives, "41")];

/// What opens an endpoint; absent: any valid token, or none where [`E::is_anonymous`].
pub(crate) const fn permission(endpoint: E) -> Option<Operation> {
    match endpoint {
        E::ServiceDocument
        | E::Metadata
        | E::Batch
        | E::GetOperation
        | E::Download
        | E::UploadPart
        | E::GetUpload
        | E::CommitUpload
        | E::CancelUpload => None,
        E::ListDecisions => Some(Operation::ReadDecisions),
        E::ListPolicyLabels
        | E::CountPolicyLabels
        | E::GetPolicyLabel
        | E::GetPolicyLabelParent
        | E::GetPolicySettings => Some(Operation::ReadPolicyLabels),
        E::EvaluateApplication | E::EvaluateClassificationResults | E::EvaluateRemoval | E::ExtractContentLabel => {
            Some(Operation::EvaluateLabels)
        }
        E::ListLabels | E::CountLabels | E::GetLabel => Some(Operation::ReadGovernanceLabels),
        E::GetRights => Some(Operation::ReadRights),
        E::ComputeInheritance | E::ComputeRightsAndInheritance | E::LegacyEvaluate => {
            Some(Operation::ComputeInheritance)
        }
        E::GetDrive | E::ListDrives | E::GetItem | E::ListChildren | E::GetContent => Some(Operation::ReadDrive),
        E::ExtractLabels | E::ScanDrive => Some(Operation::ExtractLabels),
        E::AssignLabel => Some(Operation::AssignLabel),
        E::PutContent | E::CreateUploadSession => Some(Operation::WriteDrive),
    }
}

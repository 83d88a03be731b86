//! Which permission opens which operation. One table, read by the gateway before it parses a body and by every
//! service again. Source: rest-api section 2.

use signet_domain::error::ErrorReason;

use crate::context::{Caller, CallerKind};
use crate::error::ContractError;

/// An operation with permissions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Labels and settings, first projection.
    ReadPolicyLabels,
    /// The four evaluation actions.
    EvaluateLabels,
    /// Labels, second projection.
    ReadGovernanceLabels,
    /// Usage rights of a label.
    ReadRights,
    /// computeInheritance and computeRightsAndInheritance.
    ComputeInheritance,
    /// extractSensitivityLabels.
    ExtractLabels,
    /// assignSensitivityLabel.
    AssignLabel,
    /// Drives, items, children, download.
    ReadDrive,
    /// Upload.
    WriteDrive,
    /// The decision log.
    ReadDecisions,
    /// Revisions, export, plan.
    ReadCatalog,
    /// Changes of the tenant.
    ManageCatalog,
}

/// Permissions that open an operation, least first; an empty list refuses that kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Scopes of a work or school account.
    pub delegated: &'static [&'static str],
    /// Scopes of a personal account.
    pub personal: &'static [&'static str],
    /// Roles of an application.
    pub application: &'static [&'static str],
}

const FILES_READ: &[&str] = &[
    "Files.Read",
    "Files.ReadWrite",
    "Files.Read.All",
    "Files.ReadWrite.All",
    "Sites.Read.All",
    "Sites.ReadWrite.All",
];
const DRIVE_READ: &[&str] = &[
    "Files.Read",
    "Files.ReadWrite",
    "Files.Read.All",
    "Files.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Sites.Read.All",
    "Sites.ReadWrite.All",
];
const FILES_PERSONAL: &[&str] = &["Files.Read", "Files.ReadWrite", "Files.Read.All", "Files.ReadWrite.All"];

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 12] = [
        Self::ReadPolicyLabels,
        Self::EvaluateLabels,
        Self::ReadGovernanceLabels,
        Self::ReadRights,
        Self::ComputeInheritance,
        Self::ExtractLabels,
        Self::AssignLabel,
        Self::ReadDrive,
        Self::WriteDrive,
        Self::ReadDecisions,
        Self::ReadCatalog,
        Self::ManageCatalog,
    ];

    /// What opens the operation.
    pub const fn requirement(self) -> Requirement {
        match self {
            Self::ReadPolicyLabels | Self::EvaluateLabels => Requirement {
                delegated: &["InformationProtectionPolicy.Read"],
                personal: &[],
                application: &["InformationProtectionPolicy.Read.All"],
            },
            Self::ReadGovernanceLabels | Self::ReadRights => Requirement {
                delegated: &["SensitivityLabel.Read", "SensitivityLabels.Read.All"],
                personal: &[],
                application: &["SensitivityLabel.Read", "SensitivityLabels.Read.All"],
            },
            Self::ComputeInheritance => Requirement {
                delegated: &["SensitivityLabel.Evaluate", "SensitivityLabel.Evaluate.All"],
                personal: &[],
                application: &["SensitivityLabel.Evaluate", "SensitivityLabel.Evaluate.All"],
            },
            Self::ExtractLabels => Requirement {
                delegated: FILES_READ,
                personal: FILES_PERSONAL,
                application: &[
                    "Files.Read.All",
                    "Files.ReadWrite.All",
                    "Sites.Read.All",
                    "Sites.ReadWrite.All",
                ],
            },
            Self::AssignLabel => Requirement {
                delegated: &["Files.ReadWrite.All", "Sites.ReadWrite.All"],
                personal: &[],
                application: &["Files.ReadWrite.All", "Sites.ReadWrite.All"],
            },
            Self::ReadDrive => Requirement {
                delegated: DRIVE_READ,
                personal: FILES_PERSONAL,
                application: &[
                    "Files.Read.All",
                    "Files.ReadWrite.All",
                    "Group.Read.All",
                    "Group.ReadWrite.All",
                    "Sites.Read.All",
                    "Sites.ReadWrite.All",
                ],
            },
            Self::WriteDrive => Requirement {
                delegated: &["Files.ReadWrite", "Files.ReadWrite.All", "Sites.ReadWrite.All"],
                personal: &["Files.ReadWrite", "Files.ReadWrite.All"],
                application: &["Files.ReadWrite.All", "Sites.ReadWrite.All"],
            },
            Self::ReadDecisions => Requirement {
                delegated: &["Signet.Decisions.Read"],
                personal: &[],
                application: &["Signet.Decisions.Read"],
            },
            Self::ReadCatalog => Requirement {
                delegated: &["Signet.Catalog.Read", "Signet.Catalog.Manage"],
                personal: &[],
                application: &["Signet.Catalog.Read", "Signet.Catalog.Manage"],
            },
            Self::ManageCatalog => Requirement {
                delegated: &["Signet.Catalog.Manage"],
                personal: &[],
                application: &["Signet.Catalog.Manage"],
            },
        }
    }

    /// Lets a caller through who holds one of the operation's permissions.
    ///
    /// # Errors
    /// `PersonalAccountNotSupported` (401) for a personal account the operation does not serve;
    /// `PermissionMissing` (403) naming what would do and what the token holds.
    pub fn authorize(self, caller: &Caller) -> Result<(), ContractError> {
        let requirement = self.requirement();
        let accepted = match caller.kind {
            CallerKind::Service => return Ok(()),
            CallerKind::Application => requirement.application,
            CallerKind::Delegated if caller.is_personal() => {
                if requirement.personal.is_empty() {
                    return Err(ContractError::new(
                        ErrorReason::PersonalAccountNotSupported,
                        "personal accounts are not supported by this operation; use a work or school account",
                    ));
                }
                requirement.personal
            }
            CallerKind::Delegated => requirement.delegated,
        };
        if accepted.iter().any(|name| caller.permissions.has(name)) {
            return Ok(());
        }
        Err(missing(caller, accepted))
    }
}

fn missing(caller: &Caller, accepted: &[&str]) -> ContractError {
    let kind = if caller.kind == CallerKind::Application {
        "application"
    } else {
        "delegated"
    };
    let held: Vec<&str> = caller.permissions.names().take(20).collect();
    let held = if held.is_empty() {
        "none".to_owned()
    } else {
        held.join(", ")
    };
    ContractError::new(
        ErrorReason::PermissionMissing,
        format!(
            "the token needs one of the {kind} permissions {}; it holds {held}",
            accepted.join(", ")
        ),
    )
    .fact("permission", accepted.join(" "))
}

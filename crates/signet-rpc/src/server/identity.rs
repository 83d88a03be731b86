//! Who is calling, from the metadata of a call.

use signet_auth::{AuthError, AuthErrorKind, Principal, TokenKind};
use signet_contract::{Caller, CallerKind, ContractError, PermissionSet};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{TenantId, UserId};
use tonic::metadata::MetadataMap;

use crate::cluster::ClusterToken;
use crate::metadata::CLUSTER_TOKEN;

/// The caller a verified token names.
pub(super) fn caller(principal: &Principal) -> Caller {
    Caller {
        tenant: TenantId::from_uuid(principal.tenant_id),
        kind: match principal.kind {
            TokenKind::Delegated => CallerKind::Delegated,
            TokenKind::Application => CallerKind::Application,
        },
        object_id: UserId::from_uuid(principal.object_id),
        user_principal_name: principal.user_principal_name.clone(),
        application_id: principal.application_id.clone(),
        permissions: PermissionSet::from(principal.permissions.names()),
    }
}

/// Why a token was refused, in the words of the contract.
pub(super) fn token_refused(error: AuthError) -> ContractError {
    let reason = match (error.kind(), error) {
        (AuthErrorKind::Unavailable, _) => ErrorReason::ServiceUnavailable,
        (AuthErrorKind::Forbidden, _) => ErrorReason::PermissionMissing,
        (_, AuthError::Missing) => ErrorReason::TokenMissing,
        (_, AuthError::Expired) => ErrorReason::TokenExpired,
        (_, AuthError::Audience) => ErrorReason::TokenAudienceInvalid,
        (_, AuthError::Issuer) => ErrorReason::TokenIssuerInvalid,
        _ => ErrorReason::TokenInvalid,
    };
    ContractError::new(reason, error.message()).fact("token", error.code())
}

/// By what services of this installation are known.
pub(super) struct Trust {
    /// The token they share.
    pub(super) token: Option<ClusterToken>,
    /// Names in their certificates.
    pub(super) names: Vec<String>,
}

impl Trust {
    /// Whether a call comes from a service of this installation.
    /// - `names`: those of the verified certificate of the connection.
    ///
    /// # Errors
    /// `TokenInvalid` for a wrong cluster token: a mistake in the installation, or somebody guessing.
    pub(super) fn is_service(&self, metadata: &MetadataMap, names: &[String]) -> Result<bool, ContractError> {
        if let (Some(presented), Some(expected)) = (metadata.get(CLUSTER_TOKEN), &self.token) {
            if expected.matches(presented.as_bytes()) {
                return Ok(true);
            }
            let message = "the cluster token is wrong; give every service of the installation the same one";
            return Err(ContractError::new(ErrorReason::TokenInvalid, message));
        }
        Ok(names.iter().any(|name| self.names.contains(name)))
    }
}

/// Lets services of this installation through, and nobody else.
///
/// # Errors
/// `TokenMissing` for everybody else.
pub(super) fn require_service(trusted: bool) -> Result<(), ContractError> {
    if trusted {
        return Ok(());
    }
    let message = "only services of this installation may call this; send the cluster token or show its certificate";
    Err(ContractError::new(ErrorReason::TokenMissing, message))
}

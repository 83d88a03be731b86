//! Why a caller was not let in.

/// What a refused caller is told to expect: which status answers the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthErrorKind {
    /// The token does not say who is calling (HTTP 401, gRPC UNAUTHENTICATED).
    Unauthenticated,
    /// The token is genuine but grants nothing (HTTP 403, gRPC PERMISSION_DENIED).
    Forbidden,
    /// Whether the token is genuine cannot be found out now (HTTP 503, gRPC UNAVAILABLE).
    Unavailable,
}

/// Why a token was refused. Carries nothing of the token itself, so it can be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum AuthError {
    /// No bearer token in the request.
    #[error("Access token is empty.")]
    Missing,
    /// Longer than [`crate::VerifierConfig::max_token_bytes`].
    #[error("Access token validation failure. The token is too large.")]
    TooLarge,
    /// Not a JWT: wrong number of parts, not base64url, not JSON, a claim of the wrong type, a claim given twice, `crit`.
    #[error("Access token validation failure. The token is malformed.")]
    Malformed,
    /// Signed with anything but RS256, PS256 or ES256, or not signed.
    #[error("Access token validation failure. The signature algorithm is not supported.")]
    UnsupportedAlgorithm,
    /// The issuer has no key of this id for this algorithm.
    #[error("Access token validation failure. The signing key is unknown.")]
    UnknownKey,
    /// The signature is not the issuer's.
    #[error("Access token validation failure. Invalid signature.")]
    BadSignature,
    /// `exp` has passed, with the allowed clock difference.
    #[error("Lifetime validation failed, the token is expired.")]
    Expired,
    /// `nbf` lies ahead, with the allowed clock difference.
    #[error("Lifetime validation failed, the token is not yet valid.")]
    NotYetValid,
    /// `aud` names none of the configured audiences.
    #[error("Access token validation failure. Invalid audience.")]
    Audience,
    /// `iss` is none of the configured issuers, or is that of another tenant than `tid`.
    #[error("Access token validation failure. Invalid issuer.")]
    Issuer,
    /// `tid` is absent or not a GUID.
    #[error("Access token validation failure. The token names no tenant.")]
    TenantMissing,
    /// `oid` is absent or not a GUID.
    #[error("Access token validation failure. The token names no object id.")]
    ObjectIdMissing,
    /// `idtyp` says application while `scp` says user.
    #[error("Access token validation failure. The token is both delegated and application-only.")]
    KindAmbiguous,
    /// Neither delegated nor application-only: no `scp`, and no `roles` or `idtyp` that would do instead.
    #[error("The token carries neither delegated nor application permissions.")]
    NoPermissions,
    /// The issuer's keys could not be fetched, and none are young enough to go on with.
    #[error("The signing keys of the token issuer are not available.")]
    KeysUnavailable,
}

impl AuthError {
    /// The text for the caller, as the documented service spells it where it does.
    ///
    /// Source: Graph REST contract, status and code table, 401.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// Which status answers this.
    pub const fn kind(&self) -> AuthErrorKind {
        match self {
            Self::NoPermissions => AuthErrorKind::Forbidden,
            Self::KeysUnavailable => AuthErrorKind::Unavailable,
            _ => AuthErrorKind::Unauthenticated,
        }
    }

    /// A stable name for logs, metrics and error details; never renamed.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::TooLarge => "token_too_large",
            Self::Malformed => "token_malformed",
            Self::UnsupportedAlgorithm => "token_algorithm_unsupported",
            Self::UnknownKey => "token_key_unknown",
            Self::BadSignature => "token_signature_invalid",
            Self::Expired => "token_expired",
            Self::NotYetValid => "token_not_yet_valid",
            Self::Audience => "token_audience_invalid",
            Self::Issuer => "token_issuer_invalid",
            Self::TenantMissing => "token_tenant_missing",
            Self::ObjectIdMissing => "token_object_id_missing",
            Self::KindAmbiguous => "token_kind_ambiguous",
            Self::NoPermissions => "token_without_permissions",
            Self::KeysUnavailable => "token_keys_unavailable",
        }
    }
}

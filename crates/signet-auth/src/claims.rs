//! The claims a decision is made on.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use crate::{AuthError, Permissions, Principal, TokenKind};

/// Claims as the token has them. A claim given twice, or of another JSON type, fails the whole token.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: Option<String>,
    pub(crate) tid: Option<String>,
    aud: Option<Audiences>,
    exp: Option<f64>,
    nbf: Option<f64>,
    oid: Option<String>,
    idtyp: Option<String>,
    scp: Option<String>,
    #[serde(default)]
    roles: Option<Vec<String>>,
    upn: Option<String>,
    preferred_username: Option<String>,
    unique_name: Option<String>,
    email: Option<String>,
    azp: Option<String>,
    appid: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audiences {
    One(String),
    Many(Vec<String>),
}

impl Claims {
    /// Reads the payload.
    ///
    /// # Errors
    /// `Malformed` when it is not a JSON object with these claims.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, AuthError> {
        serde_json::from_slice(payload).map_err(|_| AuthError::Malformed)
    }

    /// The tenant, when `tid` is a GUID.
    pub(crate) fn tenant_id(&self) -> Result<Uuid, AuthError> {
        guid(self.tid.as_deref()).ok_or(AuthError::TenantMissing)
    }

    /// Checks that the token is for us.
    pub(crate) fn check_audience(&self, accepted: &[String]) -> Result<(), AuthError> {
        let is_accepted = |audience: &String| accepted.contains(audience);
        let fits = match &self.aud {
            None => false,
            Some(Audiences::One(audience)) => is_accepted(audience),
            Some(Audiences::Many(audiences)) => audiences.iter().any(is_accepted),
        };
        if fits { Ok(()) } else { Err(AuthError::Audience) }
    }

    /// Checks that the token is valid at `now` and says until when; both borders are widened by `leeway`.
    ///
    /// # Errors
    /// `Expired` from `exp + leeway` on, `NotYetValid` before `nbf - leeway`, `Malformed` without `exp`.
    pub(crate) fn check_lifetime(&self, now: Timestamp, leeway: SignedDuration) -> Result<Timestamp, AuthError> {
        let expires_at = instant(self.exp.ok_or(AuthError::Malformed)?);
        if now.duration_since(expires_at) >= leeway {
            return Err(AuthError::Expired);
        }
        if self
            .nbf
            .is_some_and(|not_before| instant(not_before).duration_since(now) > leeway)
        {
            return Err(AuthError::NotYetValid);
        }
        Ok(expires_at)
    }

    /// Builds the principal, everything else having been checked.
    pub(crate) fn into_principal(self, tenant_id: Uuid, expires_at: Timestamp) -> Result<Principal, AuthError> {
        let object_id = guid(self.oid.as_deref()).ok_or(AuthError::ObjectIdMissing)?;
        let (kind, permissions) = self.kind_and_permissions()?;
        let names = [self.upn, self.preferred_username, self.unique_name, self.email];
        Ok(Principal {
            tenant_id,
            object_id,
            kind,
            permissions,
            user_principal_name: first_given(names),
            application_id: first_given([self.azp, self.appid]),
            expires_at,
            issuer: self.iss.unwrap_or_default().into(),
        })
    }

    /// Tells a user's token from an application's.
    ///
    /// Source: Graph REST contract, token kind: application-only when `idtyp` is `app`, or `idtyp` is absent, there is
    /// no `scp` and `roles` is not empty; delegated when `scp` is present, and then `roles` grant nothing here.
    fn kind_and_permissions(&self) -> Result<(TokenKind, Permissions), AuthError> {
        let roles = self.roles.as_deref().unwrap_or_default();
        let idtyp = self.idtyp.as_deref();
        match (&self.scp, idtyp) {
            (Some(_), Some("app")) => Err(AuthError::KindAmbiguous),
            (Some(scopes), _) => Ok((TokenKind::Delegated, scopes.split_ascii_whitespace().collect())),
            (None, Some("app")) => Ok((TokenKind::Application, roles.iter().collect())),
            (None, None) if !roles.is_empty() => Ok((TokenKind::Application, roles.iter().collect())),
            (None, _) => Err(AuthError::NoPermissions),
        }
    }
}

/// The hyphenated form only.
fn guid(text: Option<&str>) -> Option<Uuid> {
    text.filter(|text| text.len() == 36)
        .and_then(|text| Uuid::try_parse(text).ok())
}

fn first_given<const N: usize>(values: [Option<String>; N]) -> Option<Arc<str>> {
    values
        .into_iter()
        .flatten()
        .find(|value| !value.is_empty())
        .map(Into::into)
}

/// A NumericDate (seconds, fractions allowed), clipped to what a timestamp can hold.
///
/// Source: RFC 7519 section 2.
fn instant(seconds: f64) -> Timestamp {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float beyond i64 saturates, which is the clipping wanted"
    )]
    let seconds = seconds.floor() as i64;
    let clipped = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(clipped).unwrap_or(Timestamp::MIN)
}

//! The caller as the verified token describes it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use uuid::{Uuid, uuid};

/// The tenant of personal Microsoft accounts. A token of it is as genuine as any; where such accounts are not served,
/// whoever asks must say so.
///
/// Source: Microsoft identity platform, access token claims reference, `tid`.
pub const PERSONAL_TENANT: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// Who is calling. Comes only out of a verified token (tests may build one); cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Principal {
    /// Claim `tid`: selects the tenant. Nothing else in a request does.
    pub tenant_id: Uuid,
    /// Claim `oid`: object id of the user, or of the application's service principal.
    pub object_id: Uuid,
    /// Whether a user is behind the call.
    pub kind: TokenKind,
    /// Claim `scp` of a delegated token, `roles` of an application-only one.
    pub permissions: Permissions,
    /// First of `upn`, `preferred_username`, `unique_name`, `email` that is given. For addressing only: `object_id`
    /// decides what is allowed.
    pub user_principal_name: Option<Arc<str>>,
    /// Claim `azp` or `appid`: the calling application, for records and throttling.
    pub application_id: Option<Arc<str>>,
    /// Claim `exp`, without the allowed clock difference.
    pub expires_at: Timestamp,
    /// Claim `iss`.
    pub issuer: Arc<str>,
}

impl Principal {
    /// Whether the account is a personal Microsoft account.
    pub fn is_personal(&self) -> bool {
        self.tenant_id == PERSONAL_TENANT
    }
}

/// Leaves the user's name out: it must not reach a log.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("tenant_id", &self.tenant_id)
            .field("object_id", &self.object_id)
            .field("kind", &self.kind)
            .field("permissions", &self.permissions)
            .field("application_id", &self.application_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Whether a token speaks for a user or for an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// An application acting for the user `object_id`.
    Delegated,
    /// An application acting for itself.
    Application,
}

/// Permission names, compared without case. Empty is legal and grants nothing.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Permissions(Arc<[Box<str>]>);

impl Permissions {
    /// Whether `name` was granted.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|granted| granted.eq_ignore_ascii_case(name))
    }

    /// The granted names as the token spells them, in its order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The granted names as the token spells them, not copied.
    pub fn names(&self) -> Arc<[Box<str>]> {
        Arc::clone(&self.0)
    }

    /// Whether nothing was granted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<S: AsRef<str>> FromIterator<S> for Permissions {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut granted: Vec<Box<str>> = Vec::new();
        for name in names {
            let name = name.as_ref();
            if !granted.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                granted.push(name.into());
            }
        }
        Self(granted.into())
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter()).finish()
    }
}

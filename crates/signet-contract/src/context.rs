//! What belongs to a call rather than to its question: who asks, until when, and under which ids.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use signet_domain::ids::{Revision, TenantId, UserId};

/// The tenant id of personal accounts. Source: rest-api 8.4.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Delegated (a person through an application), application (nobody signed in), or another Signet service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// A signed-in person.
    Delegated,
    /// An application by itself.
    Application,
    /// A Signet service of the same installation, acting for nobody.
    Service,
}

/// A verified caller. Only a token verifier makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The verified tenant; the only source of a tenant anywhere.
    pub tenant: TenantId,
    /// What sort of caller.
    pub kind: CallerKind,
    /// Object id of the person or of the service principal.
    pub object_id: UserId,
    /// The person's sign-in name as the token states it; never used for authorisation.
    pub user_principal_name: Option<Arc<str>>,
    /// Client id of the calling application.
    pub application_id: Option<Arc<str>>,
    /// Scopes of a delegated caller, roles of an application.
    pub permissions: PermissionSet,
}

impl Caller {
    /// The caller's account is a personal one.
    pub fn is_personal(&self) -> bool {
        TenantId::parse(PERSONAL_TENANT) == Ok(self.tenant)
    }
}

/// Permissions a token grants. Names compare without case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PermissionSet(Arc<[Box<str>]>);

impl From<Arc<[Box<str>]>> for PermissionSet {
    fn from(names: Arc<[Box<str>]>) -> Self {
        Self(names)
    }
}

impl PermissionSet {
    /// A set of names.
    pub fn new<I: IntoIterator<Item = S>, S: Into<String>>(names: I) -> Self {
        Self(names.into_iter().map(|name| name.into().into_boxed_str()).collect())
    }

    /// The permission is granted.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|held| held.eq_ignore_ascii_case(name))
    }

    /// The names as granted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// The bearer token a call came with, kept only to be forwarded to the next service. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(Arc<str>);

impl Credential {
    /// Keeps a token.
    pub fn new(token: &str) -> Self {
        Self(Arc::from(token))
    }

    /// The token, for the one place that forwards it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

/// Everything that belongs to one call.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// Who asks.
    pub caller: Caller,
    /// The caller's token, to be forwarded.
    pub credential: Option<Credential>,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Our id of the request: a GUID.
    pub request_id: Arc<str>,
    /// The caller's id of the request: printable ASCII, at most 128 characters.
    pub client_request_id: Option<Arc<str>>,
    /// Never answer from an older policy than this.
    pub at_least_revision: Option<Revision>,
    /// The caller's remote address.
    pub client_ip: Option<Arc<str>>,
    /// `User-Agent` as sent: names the calling application for audit.
    pub user_agent: Option<Arc<str>>,
}

impl CallContext {
    /// Time left until the deadline; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Whom a request is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The signed-in person. Needs a delegated caller.
    Me,
    /// A user: object id, or an address containing `@`. A delegated caller may only name himself.
    User(String),
    /// No user: the organisation.
    Organisation,
}

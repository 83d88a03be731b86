//! Callers and call contexts for tests.

use std::time::{Duration, Instant};

use signet_contract::{CallContext, Caller, CallerKind, PermissionSet};
use signet_domain::ids::{TenantId, UserId};
use uuid::Uuid;

/// A person of a tenant, with scopes.
pub fn delegated(tenant: TenantId, user: UserId, scopes: &[&str]) -> CallContext {
    context(Caller {
        tenant,
        kind: CallerKind::Delegated,
        object_id: user,
        user_principal_name: None,
        application_id: Some("11111111-aaaa-4bbb-8ccc-222222222222".into()),
        permissions: PermissionSet::new(scopes.iter().copied()),
    })
}

/// An application of a tenant, with roles.
pub fn application(tenant: TenantId, roles: &[&str]) -> CallContext {
    context(Caller {
        tenant,
        kind: CallerKind::Application,
        object_id: UserId::from_uuid(Uuid::from_u128(0xA99)),
        user_principal_name: None,
        application_id: Some("11111111-aaaa-4bbb-8ccc-333333333333".into()),
        permissions: PermissionSet::new(roles.iter().copied()),
    })
}

/// A context with a minute to go.
pub fn context(caller: Caller) -> CallContext {
    CallContext {
        caller,
        credential: None,
        deadline: Instant::now() + Duration::from_secs(60),
        request_id: "00000000-0000-4000-8000-00000000aaaa".into(),
        client_request_id: None,
        at_least_revision: None,
        client_ip: None,
        user_agent: Some("ContosoLOBApp/1.0".into()),
    }
}

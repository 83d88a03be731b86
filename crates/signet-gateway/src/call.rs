//! One request of a known caller, and the checks that come before its own.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::StatusCode;
use http::request::Parts;
use signet_contract::catalog::{GetLabelRequest, LabelFamily};
use signet_contract::extraction::ItemAddress;
use signet_contract::{CallContext, Caller, CallerKind, ContractError, Credential, Operation, Subject};
use signet_domain::error::ErrorReason;
use signet_domain::ids::{LabelId, Revision};
use signet_domain::locale::LocalePreference;

use crate::front::accept::{self, Written};
use crate::front::body;
use crate::front::ids::RequestIds;
use crate::front::origin::{Connection, Origin};
use crate::gateway::Inner;
use crate::graph::context::{Contexts, Owner};
use crate::graph::error::GraphError;
use crate::odata::query_string::RawQuery;
use crate::routes::{Endpoint, Matched, Whose, permission};

/// One request of a known caller.
pub(crate) struct Call<'r> {
    /// What all requests share.
    pub(crate) gateway: &'r Inner,
    /// Head of the request.
    pub(crate) parts: &'r Parts,
    /// The route.
    pub(crate) matched: Matched<'r>,
    /// What the services are told.
    pub(crate) context: CallContext,
    /// The origin the client sees.
    pub(crate) base: Arc<str>,
    at_least_revision: Result<Option<Revision>, ()>,
}

impl<'r> Call<'r> {
    /// A call.
    pub(crate) fn new(
        gateway: &'r Inner,
        parts: &'r Parts,
        matched: Matched<'r>,
        caller: Caller,
        credential: Option<Credential>,
        ids: &RequestIds,
        deadline: Instant,
    ) -> Self {
        let connection = parts.extensions.get::<Connection>();
        let origin = Origin::new(&gateway.config, connection, &parts.headers, &parts.uri);
        let at_least_revision = at_least_revision(&parts.headers);
        let user_agent = parts
            .headers
            .get(http::header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Self {
            gateway,
            parts,
            matched,
            base: origin.base,
            context: CallContext {
                caller,
                credential,
                deadline,
                request_id: Arc::clone(&ids.request),
                client_request_id: ids.client.clone(),
                at_least_revision: at_least_revision.unwrap_or_default(),
                client_ip: origin.client_ip,
                user_agent: user_agent.map(Arc::from),
            },
            at_least_revision,
        }
    }

    /// Headers of the request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// What is asked.
    pub(crate) fn endpoint(&self) -> Endpoint {
        self.matched.leaf.endpoint
    }

    /// The query, as sent; empty without one.
    pub(crate) fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    /// The query of a route with `$filter`.
    pub(crate) fn filtered_query(&self) -> RawQuery<'_> {
        RawQuery {
            text: self.query(),
            filter_limits: self.gateway.config.filter_limits,
        }
    }

    /// Makes `@odata.context`s.
    pub(crate) fn contexts(&self) -> Contexts<'_> {
        Contexts {
            base: &self.base,
            api: self.matched.api,
        }
    }

    /// Whom the labels belong to, as contexts name him.
    pub(crate) fn owner(&self) -> Owner<'_> {
        match (self.matched.prefix.whose, self.matched.subject()) {
            (Whose::Organisation, _) => Owner::Organisation,
            (_, Subject::Me) => Owner::User(self.context.caller.object_id.to_string().into()),
            _ => Owner::User(self.matched.keys.user.as_deref().unwrap_or_default().into()),
        }
    }

    /// The languages wanted.
    pub(crate) fn locale(&self, parameter: Option<&str>) -> LocalePreference {
        accept::locale(self.headers(), parameter)
    }

    /// The link to the next page of this collection.
    pub(crate) fn next_link(&self, query: &str) -> String {
        format!("{}{}?{query}", self.base, self.parts.uri.path())
    }

    /// Kind of token, then permission. Source: rest-api sections 2 and 8.3.
    pub(crate) fn check_caller(&self) -> Result<(), GraphError> {
        let caller = &self.context.caller;
        let about = self.matched.subject();
        if about == Subject::Me && caller.kind != CallerKind::Delegated {
            return Err(ContractError::new(
                ErrorReason::DelegatedCallerRequired,
                "/me request is only valid with delegated authentication flow.",
            )
            .into());
        }
        let Some(operation) = permission(self.endpoint()) else {
            return Ok(());
        };
        operation
            .authorize(caller)
            .map_err(|error| self.as_sampled(error.into()))?;
        let is_policy = matches!(operation, Operation::ReadPolicyLabels | Operation::EvaluateLabels);
        if is_policy && about == Subject::Organisation && caller.kind == CallerKind::Delegated {
            return Err(self.application_required("use /me with a delegated token"));
        }
        let strict = self.gateway.config.strict_delegated_labels && caller.kind == CallerKind::Delegated;
        let refused_when_strict = match self.endpoint() {
            Endpoint::GetLabel => true,
            Endpoint::ListLabels | Endpoint::CountLabels => about != Subject::Organisation,
            _ => false,
        };
        if strict && refused_when_strict {
            return Err(self.application_required("ask with an application token"));
        }
        Ok(())
    }

    fn application_required(&self, hint: &str) -> GraphError {
        let wanted = permission(self.endpoint()).map(|operation| operation.requirement().application.join(", "));
        ContractError::new(
            ErrorReason::ApplicationCallerRequired,
            format!(
                "the request needs an application token with one of the permissions {}; {hint}",
                wanted.unwrap_or_default()
            ),
        )
        .into()
    }

    /// The rights page spells one code its own way. Source: rest-api C31.
    pub(crate) fn as_sampled(&self, mut error: GraphError) -> GraphError {
        if self.endpoint() == Endpoint::GetRights && error.status == StatusCode::FORBIDDEN {
            error.code = "AccessDenied";
        }
        error
    }

    /// Headers that do not depend on the operation.
    pub(crate) fn check_headers(&self) -> Result<(), GraphError> {
        let written = match self.endpoint() {
            Endpoint::CountLabels | Endpoint::CountPolicyLabels => Written::Count,
            Endpoint::ScanDrive => Written::Lines,
            _ => Written::Json,
        };
        accept::check(self.headers(), written)?;
        self.at_least_revision.map(drop).map_err(|()| {
            GraphError::invalid("`Signet-At-Least-Revision` is not a decimal number; send a revision or leave it out")
                .at("Signet-At-Least-Revision")
        })
    }

    /// The JSON body.
    pub(crate) async fn read_json(&self, body: Body) -> Result<Bytes, GraphError> {
        body::read_json(
            self.headers(),
            body,
            self.gateway.config.max_body_bytes,
            self.context.deadline,
        )
        .await
    }

    /// Drops a body that means nothing here.
    pub(crate) async fn ignore_body(&self, body: Body) -> Result<(), GraphError> {
        body::ignore(
            self.headers(),
            body,
            self.gateway.config.max_body_bytes,
            self.context.deadline,
        )
        .await
    }

    /// A refusal of the request's form, unless what the path names is refused first. Asks the services only now, so
    /// that a well-formed request costs one call.
    pub(crate) async fn refuse(&self, fault: GraphError) -> GraphError {
        match self.check_path().await {
            Ok(()) => fault,
            Err(error) => self.as_sampled(error.into()),
        }
    }

    async fn check_path(&self) -> Result<(), ContractError> {
        let services = &self.gateway.services;
        match permission(self.endpoint()) {
            Some(Operation::ReadPolicyLabels | Operation::EvaluateLabels) => {
                self.check_label(LabelFamily::Policy).await
            }
            Some(Operation::ReadGovernanceLabels | Operation::ReadRights) => {
                self.check_label(LabelFamily::Governance).await
            }
            Some(Operation::ComputeInheritance) => {
                let subject = self.matched.subject();
                services
                    .catalog
                    .resolve_subject(&self.context, LabelFamily::Governance, subject)
                    .await
                    .map(drop)
            }
            Some(Operation::WriteDrive) => match self.matched.item() {
                Ok(item) if matches!(item.item, ItemAddress::Id(_)) => {
                    services.extraction.get_item(&self.context, item).await.map(drop)
                }
                _ => services
                    .extraction
                    .get_drive(&self.context, self.matched.drive())
                    .await
                    .map(drop),
            },
            Some(Operation::ReadDrive | Operation::ExtractLabels | Operation::AssignLabel)
                if self.endpoint() != Endpoint::ListDrives =>
            {
                match (&self.matched.keys.item, self.matched.item()) {
                    (Some(_), Ok(item)) => services.extraction.get_item(&self.context, item).await.map(drop),
                    _ => services
                        .extraction
                        .get_drive(&self.context, self.matched.drive())
                        .await
                        .map(drop),
                }
            }
            _ => Ok(()),
        }
    }

    async fn check_label(&self, family: LabelFamily) -> Result<(), ContractError> {
        let catalog = &self.gateway.services.catalog;
        let subject = self.matched.subject();
        let keys = [&self.matched.keys.label, &self.matched.keys.sublabel];
        let ids = keys.map(|key| key.as_deref().and_then(|key| LabelId::parse(key).ok()));
        let (parent, label) = match ids {
            [Some(label), Some(sublabel)] => (Some(label), sublabel),
            [Some(label), None] => (None, label),
            _ => return catalog.resolve_subject(&self.context, family, subject).await.map(drop),
        };
        let request = GetLabelRequest {
            family,
            subject,
            parent,
            label,
            locale: LocalePreference::default(),
        };
        catalog.get_label(&self.context, request).await.map(drop)
    }

    /// A label key of the path.
    pub(crate) fn label_key(&self, key: Option<&str>) -> Result<LabelId, GraphError> {
        LabelId::parse(key.unwrap_or_default())
            .map_err(|error| GraphError::invalid(format!("the path names no label: {error}; give a label id")).at("id"))
    }
}

/// `Signet-At-Least-Revision`; an error when it is no revision.
fn at_least_revision(headers: &HeaderMap) -> Result<Option<Revision>, ()> {
    let Some(value) = headers.get("signet-at-least-revision") else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| ())?.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(());
    }
    text.parse().map(|number| Some(Revision(number))).map_err(|_| ())
}

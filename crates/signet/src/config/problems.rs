//! What a configuration lacks for production, and what it has too much of.

use std::net::SocketAddr;

use signet_domain::evaluation::QuestionLimits;
use signet_gateway::{MAX_BATCH_REQUESTS, MAX_FILTER};

use super::{Service, SignetConfig};

impl SignetConfig {
    /// Why `signet serve` must not start like this; each entry names the key to set.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut refuse = |unsafe_state: bool, text: &str| {
            if unsafe_state {
                problems.push(text.to_owned());
            }
        };
        let auth = &self.auth;
        refuse(
            self.services.is_empty(),
            "no service is configured; set `services` or pass --services",
        );
        for (key, value, ceiling) in [
            (
                "evaluation.max_metadata",
                self.evaluation.max_metadata,
                QuestionLimits::CEILING,
            ),
            (
                "evaluation.max_classification_results",
                self.evaluation.max_classification_results,
                QuestionLimits::CEILING,
            ),
            (
                "gateway.max_batch_requests",
                self.gateway.max_batch_requests,
                MAX_BATCH_REQUESTS,
            ),
            (
                "gateway.max_filter_clauses",
                self.gateway.max_filter_clauses,
                MAX_FILTER.clauses,
            ),
        ] {
            let number = value.to_usize();
            refuse(
                number > ceiling,
                &format!("`{key}` is {number}; set it to {ceiling} or less"),
            );
        }
        refuse(
            self.gateway.max_filter.0 > MAX_FILTER.bytes as u64,
            "`gateway.max_filter` is longer than the longest query; set it to 32KiB or less",
        );
        refuse(auth.issuers.is_empty(), "no issuer is trusted; set `auth.issuers`");
        refuse(
            auth.audiences.is_empty() && auth.application_id.is_none(),
            "no audience is accepted; set `auth.audiences` or `auth.application_id`",
        );
        for issuer in &auth.issuers {
            refuse(
                signet_auth::is_development_issuer(&issuer.issuer),
                "`auth.issuers` names the development issuer; tokens of `signet dev` are never trusted here",
            );
            refuse(
                issuer.discovery_url.is_none() == issuer.keys_file.is_none(),
                "every entry of `auth.issuers` needs either `discovery_url` or `keys_file`",
            );
            refuse(
                issuer
                    .discovery_url
                    .as_deref()
                    .is_some_and(|url| !url.starts_with("https://")),
                "`auth.issuers[].discovery_url` must be an https address",
            );
        }
        let certificate = self.tls.certificate_file.is_some() && self.tls.key_file.is_some();
        let public = |address: Option<SocketAddr>| address.is_some_and(|address| !address.ip().is_loopback());
        refuse(
            self.gateway.https.is_some() && !certificate,
            "HTTPS needs `tls.certificate_file` and `tls.key_file`",
        );
        refuse(
            public(self.gateway.http),
            "`gateway.http` is a public address without TLS; use `gateway.https`, or bind a loopback address",
        );
        refuse(
            public(self.grpc.listen) && !certificate,
            "`grpc.listen` is a public address without TLS; set `tls.certificate_file` and `tls.key_file`",
        );
        refuse(
            self.grpc.tls && !certificate,
            "`grpc.tls` needs `tls.certificate_file` and `tls.key_file`",
        );
        let cluster = &self.cluster;
        refuse(
            (!cluster.service_names.is_empty() || cluster.require_client_certificate) && cluster.ca_file.is_none(),
            "certificates of services need `cluster.ca_file` to be verified by",
        );
        refuse(
            cluster.certificate_file.is_some() != cluster.key_file.is_some(),
            "`cluster.certificate_file` and `cluster.key_file` go together; set both or none",
        );
        refuse(
            self.runs(Service::Gateway) && self.gateway.http.is_none() && self.gateway.https.is_none(),
            "the gateway has no address; set `gateway.https` (or `gateway.http` on a loopback address)",
        );
        let alone = Service::ALL.iter().all(|service| self.runs(*service));
        refuse(
            !alone && cluster.token_file.is_none() && cluster.service_names.is_empty(),
            "services in several processes need `cluster.token_file` (or certificates and `cluster.service_names`)",
        );
        let serves_others = self.services.iter().any(|service| *service != Service::Gateway);
        refuse(
            !alone && serves_others && self.grpc.listen.is_none(),
            "no gRPC address; set `grpc.listen`",
        );
        for problem in self.store.problems(serves_others) {
            refuse(true, problem);
        }
        for (service, key) in [
            (Service::Catalog, "catalog.endpoint"),
            (Service::Evaluation, "evaluation.endpoint"),
            (Service::Extraction, "extraction.endpoint"),
        ] {
            let needed = self.runs(Service::Gateway)
                || (service == Service::Catalog && (self.runs(Service::Evaluation) || self.runs(Service::Extraction)));
            refuse(
                needed && !self.runs(service) && self.endpoints_of(service).is_empty(),
                &format!("a service of this process needs one that runs elsewhere; set `{key}`"),
            );
        }
        problems
    }
}

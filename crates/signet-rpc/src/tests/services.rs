//! Every method of the contract by its name, so that one test covers them all.

use std::fmt::Debug;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt};
use signet_contract::catalog::TenantJson;
use signet_contract::evaluation::BulkItem;
use signet_contract::{
    CallContext, Catalog, CatalogAdministration, ContractError, DecisionLogReader, DriveContent, Evaluation,
    Extraction, PolicyDistribution,
};
use signet_domain::ids::TenantId;

use super::fake::Fake;
use super::sample::Sample;

/// A question and its answer, as text.
pub(crate) type Exchange = (String, Result<String, ContractError>);

/// The method names of the contract.
pub(crate) const METHODS: [&str; 38] = [
    "list_labels",
    "get_label",
    "get_policy_settings",
    "resolve_subject",
    "plan_tenant",
    "apply_tenant",
    "export_tenant",
    "list_revisions",
    "get_revision",
    "diff_revisions",
    "rollback_tenant",
    "follow_revisions",
    "create_label",
    "update_label",
    "delete_label",
    "reorder_labels",
    "get_snapshot",
    "watch_changes",
    "evaluate_application",
    "evaluate_classification_results",
    "evaluate_removal",
    "extract_content_label",
    "compute_inheritance",
    "compute_rights_and_inheritance",
    "usage_rights",
    "expand_rights",
    "evaluate_many",
    "list_decisions",
    "follow_decisions",
    "list_drives",
    "get_drive",
    "get_item",
    "list_children",
    "extract_labels",
    "assign_label",
    "create_download",
    "create_upload",
    "scan",
];

/// Every service of the contract, wherever it is.
#[derive(Clone)]
pub(crate) struct Services {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) administration: Arc<dyn CatalogAdministration>,
    pub(crate) distribution: Arc<dyn PolicyDistribution>,
    pub(crate) evaluation: Arc<dyn Evaluation>,
    pub(crate) decision_log: Arc<dyn DecisionLogReader>,
    pub(crate) extraction: Arc<dyn Extraction>,
    pub(crate) content: Arc<dyn DriveContent>,
}

impl Services {
    /// The services themselves.
    pub(crate) fn in_process(fake: &Fake) -> Self {
        Self {
            catalog: Arc::new(fake.clone()),
            administration: Arc::new(fake.clone()),
            distribution: Arc::new(fake.clone()),
            evaluation: Arc::new(fake.clone()),
            decision_log: Arc::new(fake.clone()),
            extraction: Arc::new(fake.clone()),
            content: Arc::new(fake.clone()),
        }
    }

    /// Asks a method the question of a number.
    pub(crate) async fn exchange(&self, method: &str, context: &CallContext, seed: u64) -> Exchange {
        let s = &mut Sample::new(seed);
        match method {
            "list_labels" => asked(s.list_labels_request(), |q| self.catalog.list_labels(context, q)).await,
            "get_label" => asked(s.get_label_request(), |q| self.catalog.get_label(context, q)).await,
            "get_policy_settings" => asked(s.subject(), |q| self.catalog.get_policy_settings(context, q)).await,
            "resolve_subject" => {
                asked((s.family(), s.subject()), |(f, q)| {
                    self.catalog.resolve_subject(context, f, q)
                })
                .await
            }
            "plan_tenant" => asked(TenantJson(s.text()), |q| self.administration.plan_tenant(context, q)).await,
            "apply_tenant" => {
                let question = (TenantJson(s.text()), s.expected_revision(), s.maybe(Sample::text));
                asked(question, |(d, e, n)| self.administration.apply_tenant(context, d, e, n)).await
            }
            "export_tenant" => {
                asked(s.maybe(Sample::revision), |q| {
                    self.administration.export_tenant(context, q)
                })
                .await
            }
            "list_revisions" => {
                let question = (s.maybe(Sample::revision), 1 + s.below(1000) as u32);
                asked(question, |(b, l)| self.administration.list_revisions(context, b, l)).await
            }
            "get_revision" => {
                asked(("get", s.maybe(Sample::revision)), |(_, q)| {
                    self.administration.get_revision(context, q)
                })
                .await
            }
            "diff_revisions" => {
                let question = (s.existing_revision(), s.maybe(Sample::revision));
                asked(question, |(f, t)| self.administration.diff_revisions(context, f, t)).await
            }
            "rollback_tenant" => {
                let question = (s.existing_revision(), s.expected_revision(), s.maybe(Sample::text));
                asked(question, |(t, e, n)| {
                    self.administration.rollback_tenant(context, t, e, n)
                })
                .await
            }
            "follow_revisions" => {
                let follow = |q| self.administration.follow_revisions(context, q).then(three_of);
                asked(s.maybe(Sample::revision), follow).await
            }
            "create_label" => self.change_label(context, s, 0).await,
            "update_label" => self.change_label(context, s, 1).await,
            "delete_label" => self.change_label(context, s, 2).await,
            "reorder_labels" => self.change_label(context, s, 3).await,
            "get_snapshot" => self.get_snapshot(context, s).await,
            "watch_changes" => {
                asked(s.maybe(Sample::number), |q| {
                    self.distribution.watch_changes(q).then(three_of)
                })
                .await
            }
            "evaluate_application" => self.evaluate(context, s, 0).await,
            "evaluate_classification_results" => self.evaluate(context, s, 1).await,
            "evaluate_removal" => self.evaluate(context, s, 2).await,
            "extract_content_label" => self.evaluate(context, s, 3).await,
            "compute_inheritance" => {
                asked(s.inheritance_request(), |q| {
                    self.evaluation.compute_inheritance(context, q)
                })
                .await
            }
            "compute_rights_and_inheritance" => {
                asked(s.rights_request(), |q| {
                    self.evaluation.compute_rights_and_inheritance(context, q)
                })
                .await
            }
            "usage_rights" => asked(s.usage_rights_request(), |q| self.evaluation.usage_rights(context, q)).await,
            "expand_rights" => asked(s.expand_request(), |q| self.evaluation.expand_rights(context, q)).await,
            "evaluate_many" => self.evaluate_many(context, s).await,
            "list_decisions" => asked(s.decision_query(), |q| self.decision_log.list_decisions(context, q)).await,
            "follow_decisions" => {
                let follow = |q| self.decision_log.follow_decisions(context, q).then(three_of);
                asked(s.decision_query(), follow).await
            }
            "list_drives" => asked(s.drive_address(), |q| self.extraction.list_drives(context, q)).await,
            "get_drive" => asked(s.drive_address(), |q| self.extraction.get_drive(context, q)).await,
            "get_item" => asked(s.item_reference(), |q| self.extraction.get_item(context, q)).await,
            "list_children" => {
                let question = (s.item_reference(), s.children_query());
                asked(question, |(f, q)| self.extraction.list_children(context, f, q)).await
            }
            "extract_labels" => asked(s.item_reference(), |q| self.extraction.extract_labels(context, q)).await,
            "assign_label" => asked(s.assign_request(), |q| self.content.assign_label(context, q)).await,
            "create_download" => asked(s.item_reference(), |q| self.content.create_download(context, q)).await,
            "create_upload" => asked(s.upload_request(), |q| self.content.create_upload(context, q)).await,
            "scan" => asked(s.scan_request(), |q| self.content.scan(context, q).then(three_of)).await,
            _ => unreachable!("no method `{method}`"),
        }
    }

    async fn change_label(&self, context: &CallContext, s: &mut Sample, kind: u64) -> Exchange {
        let question = (s.label_change(kind), s.existing_revision(), s.maybe(Sample::text));
        asked(question, |(c, e, n)| self.administration.change_label(context, c, e, n)).await
    }

    async fn evaluate(&self, context: &CallContext, sample: &mut Sample, kind: u64) -> Exchange {
        asked(sample.evaluate_request(kind), |q| self.evaluation.evaluate(context, q)).await
    }

    /// Documents have no order of maps to rely on, so the parts of a lease are compared one by one.
    async fn get_snapshot(&self, context: &CallContext, sample: &mut Sample) -> Exchange {
        let question = (TenantId::from_uuid(sample.uuid()), sample.maybe(Sample::revision));
        let (tenant, at_least) = question;
        let lease = self.distribution.get_snapshot(tenant, at_least, context.deadline).await;
        let parts = lease.map(|lease| {
            let lease = lease.map(|l| (l.snapshot.revision(), l.snapshot.document().clone(), l.unconfirmed_for));
            format!("{lease:?}")
        });
        (format!("{question:?}"), parts)
    }

    async fn evaluate_many(&self, context: &CallContext, sample: &mut Sample) -> Exchange {
        let items: Vec<BulkItem> = (0..10)
            .map(|number| BulkItem {
                id: number.to_string(),
                request: match number % 5 {
                    4 => Err(sample.error()),
                    kind => Ok(sample.evaluate_request(kind)),
                },
            })
            .collect();
        let answers = self
            .evaluation
            .evaluate_many(context, stream::iter(items).boxed())
            .await;
        let answers = match answers {
            Ok(answers) => Ok(format!("{:?}", answers.collect::<Vec<_>>().await)),
            Err(error) => Err(error),
        };
        ("\"many\"".to_owned(), answers)
    }
}

async fn asked<Q: Debug + Clone, T: Debug, F: Future<Output = Result<T, ContractError>>>(
    question: Q,
    ask: impl FnOnce(Q) -> F,
) -> Exchange {
    let answer = ask(question.clone()).await.map(|answer| format!("{answer:?}"));
    (format!("{question:?}"), answer)
}

async fn three_of<T: Debug>(
    opened: Result<BoxStream<'static, Result<T, ContractError>>, ContractError>,
) -> Result<Vec<Result<T, ContractError>>, ContractError> {
    Ok(opened?.take(3).collect().await)
}

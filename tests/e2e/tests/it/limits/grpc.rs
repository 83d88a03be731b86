//! Limits over gRPC, asked of the services directly.

use std::time::{Duration, Instant};

use signet_contract::catalog::{LabelFamily, ListLabelsRequest};
use signet_contract::evaluation::{DecisionQuery, EvaluateRequest, ExpandRightsRequest, InheritanceRequest};
use signet_contract::{
    CallContext, Catalog as _, CatalogAdministration as _, ContractError, Credential, DecisionLogReader as _,
    Evaluation as _, Subject,
};
use signet_domain::content::{
    ClassificationResult, ContentFormat, ContentInfo, ContentState, DowngradeJustification, KeyValuePair,
};
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::Question;
use signet_domain::ids::{LabelId, SensitiveTypeId, TenantId};
use signet_domain::locale::LocalePreference;
use signet_domain::query::{Comparison, LabelField, LabelFilter, Literal};
use signet_e2e::{Caller, Installation};
use signet_rpc::client::{
    CatalogAdministrationClient, CatalogClient, ClientOptions, Connection, DecisionLogClient, EvaluationClient,
};
use signet_testkit::calls::application;

use super::{Memory, Size, installations};
use crate::support::{contoso, none_wrong};

const GENERAL: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const CARD: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";

/// A limit: what is limited, its value, and why more is refused.
const LIMITS: [(What, u64, ErrorReason); 9] = [
    (What::Metadata, 1_000, ErrorReason::TooManyItems),
    (What::Results, 1_000, ErrorReason::TooManyItems),
    (What::Inheritance, 1_000, ErrorReason::TooManyItems),
    (What::Rights, 1_000, ErrorReason::TooManyItems),
    (What::Conditions, 1_000, ErrorReason::TooManyItems),
    (What::Literals, 1_000, ErrorReason::TooManyItems),
    (What::Page, 999, ErrorReason::InvalidArgument),
    (What::Decisions, 1_000, ErrorReason::InvalidArgument),
    (What::Revisions, 1_000, ErrorReason::InvalidArgument),
];

/// What is limited.
#[derive(Debug, Clone, Copy)]
enum What {
    Metadata,
    Results,
    Inheritance,
    Rights,
    Conditions,
    Literals,
    Page,
    Decisions,
    Revisions,
}

struct Services {
    catalog: CatalogClient,
    administration: CatalogAdministrationClient,
    evaluation: EvaluationClient,
    decisions: DecisionLogClient,
    credential: Credential,
}

impl Services {
    fn of(installation: &Installation) -> Self {
        let open = |service: &'static str| {
            Connection::open(service, &[installation.grpc(service)], &ClientOptions::default()).expect("an address")
        };
        let roles = "InformationProtectionPolicy.Read.All SensitivityLabels.Read.All SensitivityLabel.Evaluate.All \
                     Signet.Decisions.Read Signet.Catalog.Read";
        let (catalog, evaluation) = (open("catalog"), open("evaluation"));
        Self {
            catalog: CatalogClient::new(catalog.clone()),
            administration: CatalogAdministrationClient::new(catalog),
            evaluation: EvaluationClient::new(evaluation.clone()),
            decisions: DecisionLogClient::new(evaluation),
            credential: Credential::new(installation.token(&Caller::application(&contoso(), roles)).as_str()),
        }
    }

    async fn ask(&self, what: What, count: u64) -> Result<(), ContractError> {
        let nobody = TenantId::parse(&contoso().id()).expect("a GUID");
        let context = CallContext {
            credential: Some(self.credential.clone()),
            deadline: Instant::now() + Duration::from_secs(60),
            ..application(nobody, &[])
        };
        let size = usize::try_from(count).expect("a size");
        let number = u32::try_from(count).expect("a number");
        let labels = || vec![LabelId::parse(GENERAL).expect("a GUID"); size];
        match what {
            What::Metadata => {
                let metadata = (0..size).map(|number| KeyValuePair::new(format!("n{number}"), "v"));
                let question = Question::Removal {
                    content: content(metadata.collect()),
                    downgrade_justification: DowngradeJustification::default(),
                };
                self.evaluation.evaluate(&context, about(question)).await.map(|_| ())
            }
            What::Results => {
                let result = ClassificationResult {
                    sensitive_type_id: SensitiveTypeId::parse(CARD).expect("a GUID"),
                    count: 1,
                    confidence_level: 75,
                };
                let question = Question::Classification {
                    content: content(Vec::new()),
                    results: vec![result; size],
                };
                self.evaluation.evaluate(&context, about(question)).await.map(|_| ())
            }
            What::Inheritance => {
                let request = InheritanceRequest {
                    subject: Subject::Organisation,
                    parent: None,
                    label_ids: labels(),
                    formats: Vec::new(),
                    locale: LocalePreference::default(),
                };
                self.evaluation.compute_inheritance(&context, request).await.map(|_| ())
            }
            What::Rights => {
                let request = ExpandRightsRequest {
                    subject: Subject::Organisation,
                    labels: labels().into_iter().map(|label| (label, None)).collect(),
                    user_email: None,
                };
                self.evaluation.expand_rights(&context, request).await.map(|_| ())
            }
            What::Conditions => {
                let enabled = LabelFilter::Compare {
                    field: LabelField::IsEnabled,
                    comparison: Comparison::Equal,
                    literal: Literal::Boolean(true),
                };
                let filter = LabelFilter::Or(vec![enabled; size]);
                self.list(&context, Some(filter), 10).await
            }
            What::Literals => {
                let filter = LabelFilter::In {
                    field: LabelField::Name,
                    literals: vec![Literal::Text("General".to_owned()); size],
                };
                self.list(&context, Some(filter), 10).await
            }
            What::Page => self.list(&context, None, number).await,
            What::Decisions => {
                let query = DecisionQuery {
                    limit: number,
                    ..DecisionQuery::default()
                };
                self.decisions.list_decisions(&context, query).await.map(|_| ())
            }
            What::Revisions => self
                .administration
                .list_revisions(&context, None, number)
                .await
                .map(|_| ()),
        }
    }

    async fn list(&self, context: &CallContext, filter: Option<LabelFilter>, top: u32) -> Result<(), ContractError> {
        let request = ListLabelsRequest {
            family: LabelFamily::Governance,
            subject: Subject::Organisation,
            scoped: None,
            parent: None,
            nested: false,
            filter,
            search: Vec::new(),
            order: Vec::new(),
            skip: 0,
            top,
            after: None,
            count: false,
            locale: LocalePreference::default(),
        };
        self.catalog.list_labels(context, request).await.map(|_| ())
    }
}

fn content(metadata: Vec<KeyValuePair>) -> ContentInfo {
    ContentInfo {
        format: ContentFormat::File,
        identifier: None,
        state: ContentState::Rest,
        metadata,
    }
}

fn about(question: Question) -> EvaluateRequest {
    EvaluateRequest {
        subject: Subject::Organisation,
        question,
        locale: LocalePreference::default(),
        explain: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_calls_hold_at_every_size() {
    let (pair, _) = tokio::task::spawn_blocking(installations).await.expect("both start");
    let mut faults = Vec::new();
    for installation in pair.installations() {
        let services = Services::of(installation);
        let mut before = None;
        for size in Size::ALL {
            if size == Size::Hundredfold {
                before = Some(Memory::now(installation));
            }
            for (what, limit, refusal) in LIMITS {
                let answer = services.ask(what, size.of(limit)).await.map_err(|error| error.reason);
                let is_as_expected = match (size, &answer) {
                    (Size::At, answer) => answer.is_ok(),
                    (_, Ok(())) => false,
                    (Size::Over, Err(reason)) => *reason == refusal,
                    // More than a message may have is refused before anybody looks into it.
                    (Size::Hundredfold, Err(reason)) => {
                        [refusal, ErrorReason::InvalidArgument, ErrorReason::ContentTooLarge].contains(reason)
                    }
                };
                if !is_as_expected {
                    faults.push(format!("{:?}, {what:?} {size:?}: {answer:?}", installation.shape));
                }
            }
        }
        faults.extend(before.and_then(|before| before.growth(&format!("{:?}", installation.shape))));
    }
    none_wrong(&faults);
}

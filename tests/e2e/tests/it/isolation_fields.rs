//! What belongs to another tenant does not exist, wherever it is named: in the query, in a body, in a batch, in a page
//! token, in a field of a gRPC call. Whole answers are compared with those for ids that nobody has.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signet_contract::catalog::{GetLabelRequest, LabelFamily, ListLabelsRequest};
use signet_contract::evaluation::{
    DecisionQuery, InheritanceRequest, RightsAndInheritanceRequest, RightsAndInheritanceResponse, UsageRightsRequest,
};
use signet_contract::extraction::{DriveAddress, ItemAddress, ItemReference};
use signet_contract::{CallContext, Catalog, Credential, DecisionLogReader, Evaluation, Extraction, Subject};
use signet_domain::content::ContentFormat;
use signet_domain::evaluation::ProtectedContent;
use signet_domain::ids::{LabelId, TenantId, UserId};
use signet_domain::query::LabelFilter;
use signet_e2e::{Caller, Installation, Request, redacted};
use signet_rpc::client::{
    CatalogClient, ClientOptions, Connection, DecisionLogClient, EvaluationClient, ExtractionClient,
};
use signet_testkit::calls::application;

use crate::support::{BOB, GROUP, graph, graph_tenant, none_wrong};

/// `Board Only` of tenant B.
const BOARD: &str = "5b0c7a36-91de-4f28-8a4d-3e6f12c9d870";
/// Nobody's ids.
const RANDOM: &str = "8d5e0f3a-72b1-4c6d-9e08-1f2a3b4c5d6e";
const NOBODY: &str = "xyz@outlook.example";
/// An address of the personal tenant.
const PAT: &str = "pat@outlook.example";

const SCOPES: &str = "InformationProtectionPolicy.Read SensitivityLabels.Read.All SensitivityLabel.Evaluate.All \
                      Files.Read.All Signet.Decisions.Read";
const ROLES: &str = "InformationProtectionPolicy.Read.All SensitivityLabels.Read.All SensitivityLabel.Evaluate.All \
                     Files.Read.All Signet.Decisions.Read";

const P1: &str = "/beta/me/security/informationProtection/sensitivityLabels";
const P2: &str = "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels";

fn bob() -> Caller {
    Caller::user(&graph_tenant("a"), "bob@contoso.com", SCOPES)
}

fn of(tenant: &str) -> Caller {
    Caller::application(&graph_tenant(tenant), ROLES)
}

/// A request that names `theirs` is answered as one that names `random`.
fn same(faults: &mut Vec<String>, theirs: &str, random: &str, request: impl Fn(&str) -> Request) {
    for installation in graph().installations() {
        let answer = |id: &str| {
            let mut answer = redacted(&installation.send(&request(id)), installation.origin());
            without_rights_ids(&mut answer);
            let encoded = id.replace('@', "%40");
            answer.to_string().replace(id, "{id}").replace(&encoded, "{id}")
        };
        let (foreign, unknown) = (answer(theirs), answer(random));
        if foreign != unknown {
            let name = request(theirs).name();
            faults.push(format!("{:?} {name}:\n  {foreign}\n  {unknown}", installation.shape));
        }
    }
}

/// The id of usage rights is made from the label and the addresses asked about, whoever has them.
fn without_rights_ids(value: &mut Value) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(without_rights_ids),
        Value::Object(members) => {
            if members.contains_key("ownerEmail") {
                members.insert("id".to_owned(), json!("…"));
            }
            members.values_mut().for_each(without_rights_ids);
        }
        _ => {}
    }
}

#[test]
fn in_a_query() {
    let mut faults = Vec::new();
    for path in [
        format!("{P2}?id={{id}}"),
        format!("{P2}?id=4e4234dd-377b-42a3-935b-0e42f138fa23,{{id}}&$count=true"),
        format!("{P2}/$count?$filter=id%20in%20('{{id}}')"),
        format!(
            "{P2}?$expand=rights&$filter=(id%20eq%20'{{id}}')%20or%20(id%20eq%20'4e4234dd-377b-42a3-935b-0e42f138fa23')"
        ),
        format!("{P2}?$filter=name%20ne%20'{{id}}'&$top=1"),
        format!("{P2}/computeInheritance?labelIds=4e4234dd-377b-42a3-935b-0e42f138fa23,{{id}}"),
        format!("{P2}/computeInheritance(labelIds=@l)?@l=[%22{{id}}%22]"),
        format!("{P1}?$filter=id%20eq%20'{{id}}'"),
        format!("{P1}?$search={{id}}"),
        "/signet/v1/decisions?label={id}".to_owned(),
        "/signet/v1/decisions?user={id}".to_owned(),
        "/signet/v1/decisions?application={id}".to_owned(),
    ] {
        same(&mut faults, BOARD, RANDOM, |id| {
            Request::get(path.replace("{id}", id)).by(&bob())
        });
    }
    for path in [
        format!("{P2}/4e4234dd-377b-42a3-935b-0e42f138fa23/rights?userEmail={{id}}"),
        format!("{P2}/4e4234dd-377b-42a3-935b-0e42f138fa23/rights?ownerEmail={{id}}"),
        format!("{P2}?$expand=rights&userEmail={{id}}&$top=3"),
        format!("{P2}?$filter=id%20eq%20'4e4234dd-377b-42a3-935b-0e42f138fa23'%20and%20ownerEmail%20eq%20'{{id}}'"),
    ] {
        same(&mut faults, PAT, NOBODY, |id| {
            Request::get(path.replace("{id}", id)).by(&bob())
        });
    }
    none_wrong(&faults);
}

#[test]
fn in_a_path() {
    let mut faults = Vec::new();
    for (theirs, random, path) in [
        (GROUP, RANDOM, "/v1.0/groups/{id}/drive"),
        (GROUP, RANDOM, "/v1.0/groups/{id}/drives/b!project"),
        (BOB, RANDOM, "/v1.0/users/{id}/drive/root/children"),
        ("b!bob", "b!nobody", "/v1.0/drives/{id}/root"),
        ("b!bob", "b!nobody", "/v1.0/users/bob@contoso.com/drives/{id}"),
        (
            BOB,
            RANDOM,
            "/v1.0/users/{id}/dataSecurityAndGovernance/sensitivityLabels",
        ),
        (
            PAT,
            NOBODY,
            "/beta/users/{id}/security/informationProtection/sensitivityLabels/$count",
        ),
    ] {
        same(&mut faults, theirs, random, |id| {
            Request::get(path.replace("{id}", id)).by(&of("b"))
        });
    }
    none_wrong(&faults);
}

#[test]
fn in_a_body() {
    let mut faults = Vec::new();
    let marked = |id: &str| {
        json!({"contentFormat": "File", "metadata": [
            {"name": format!("MSIP_Label_{id}_Enabled"), "value": "true"},
            {"name": format!("MSIP_Label_{id}_SiteId"), "value": graph_tenant("b").id()},
            {"name": format!("MSIP_Label_{id}_Method"), "value": "Privileged"},
        ]})
    };
    let mut posts = |path: String, body: &dyn Fn(&str) -> Value, theirs: &str, random: &str| {
        same(&mut faults, theirs, random, |id| {
            Request::post(&path).json(&body(id)).by(&bob())
        });
    };
    let labeling = json!({"labelId": "285ccb20-8260-4b1a-9e08-b5e051ffc848"});
    posts(
        format!("{P1}/evaluateApplication"),
        &|id| json!({"contentInfo": marked(id), "labelingOptions": labeling}),
        BOARD,
        RANDOM,
    );
    posts(
        format!("{P1}/evaluateApplication"),
        &|id| json!({"contentInfo": {}, "labelingOptions": {"labelId": id}}),
        BOARD,
        RANDOM,
    );
    posts(
        format!("{P1}/evaluateClassificationResults"),
        &|id| {
            let finding = json!({"sensitiveTypeId": id, "count": 1, "confidenceLevel": 90});
            json!({"contentInfo": marked(id), "classificationResults": [finding]})
        },
        BOARD,
        RANDOM,
    );
    posts(
        format!("{P1}/evaluateRemoval"),
        &|id| json!({"contentInfo": marked(id)}),
        BOARD,
        RANDOM,
    );
    posts(
        format!("{P1}/extractContentLabel"),
        &|id| json!({"contentInfo": marked(id)}),
        BOARD,
        RANDOM,
    );
    let compute = format!("{P2}/computeRightsAndInheritance");
    posts(
        compute.clone(),
        &|id| json!({"protectedContents": [{"cid": "1", "labelId": id}]}),
        BOARD,
        RANDOM,
    );
    posts(
        compute,
        &|id| {
            let content = json!({"cid": "1", "labelId": "4e4234dd-377b-42a3-935b-0e42f138fa23"});
            json!({"delegatedUserEmail": id, "protectedContents": [content]})
        },
        PAT,
        NOBODY,
    );
    none_wrong(&faults);
}

#[test]
fn in_a_batch() {
    let mut faults = Vec::new();
    same(&mut faults, BOARD, RANDOM, |id| {
        let request = |number: u32, url: String| json!({"id": number.to_string(), "method": "GET", "url": url});
        let p2 = "/security/dataSecurityAndGovernance/sensitivityLabels";
        let body = json!({"requests": [
            request(1, format!("{p2}/{id}")),
            request(2, format!("{p2}?$filter=id eq '{id}'")),
            request(3, format!("{p2}/{id}/rights")),
            request(4, format!("{p2}/{id}/sublabels/$count")),
            request(5, format!("/users/{id}/drive")),
            request(6, format!("/drives/{id}/root")),
        ]});
        Request::post("/v1.0/$batch").json(&body).by(&of("a"))
    });
    none_wrong(&faults);
}

#[test]
fn in_a_page_token() {
    for installation in graph().installations() {
        let list = |query: &str, caller: &Caller| installation.send(&Request::get(format!("{P2}?{query}")).by(caller));
        let first = list("$top=1", &of("a")).expect(200).json();
        let next = first["@odata.nextLink"].as_str().expect("there is more").to_owned();
        let query = next.split_once('?').expect("a query").1;
        list(query, &of("a")).expect(200);
        let foreign = list(query, &of("b")).expect(400);
        let broken = list("$top=1&$skiptoken=xxxx", &of("b")).expect(400);
        let shown = |answer| redacted(answer, installation.origin()).to_string();
        assert_eq!(shown(&foreign), shown(&broken), "{:?}", installation.shape);
    }
}

/// As an application of tenant A, whatever the context itself says.
fn context(installation: &Installation) -> CallContext {
    let nobody = TenantId::parse("00000000-0000-4000-8000-000000000000").expect("a GUID");
    CallContext {
        credential: Some(Credential::new(&installation.token(&of("a")))),
        deadline: Instant::now() + Duration::from_secs(30),
        ..application(nobody, &[])
    }
}

fn parsed(id: &str) -> LabelId {
    LabelId::parse(id).expect("a label id")
}

fn shown<T: Debug>(answer: Result<T, signet_contract::ContractError>, id: &str) -> String {
    format!(
        "{:?}",
        answer.map_err(|error| (error.reason, error.message, error.target, error.facts))
    )
    .replace(id, "{id}")
}

/// Every field of a call that names a label, a person, a drive or an item.
async fn answers(installation: &Installation, label: &str, person: &str, address: &str, drive: &str) -> Vec<String> {
    let open = |service: &'static str| {
        Connection::open(service, &[installation.grpc(service)], &ClientOptions::default())
            .expect("an address of a service")
    };
    let catalog = CatalogClient::new(open("catalog"));
    let evaluation = EvaluationClient::new(open("evaluation"));
    let decisions = DecisionLogClient::new(open("evaluation"));
    let extraction = ExtractionClient::new(open("extraction"));
    let context = context(installation);
    let get = |subject, parent, label| GetLabelRequest {
        family: LabelFamily::Governance,
        subject,
        parent,
        label,
        locale: Default::default(),
    };
    let known = parsed("4e4234dd-377b-42a3-935b-0e42f138fa23");
    let list = |parent, filter| ListLabelsRequest {
        family: LabelFamily::Governance,
        subject: Subject::Organisation,
        scoped: None,
        parent,
        nested: false,
        filter,
        search: Vec::new(),
        order: Vec::new(),
        skip: 0,
        top: 10,
        after: None,
        count: true,
        locale: Default::default(),
    };
    let mut all = Vec::new();
    all.push(shown(
        catalog
            .get_label(&context, get(Subject::Organisation, None, parsed(label)))
            .await,
        label,
    ));
    all.push(shown(
        catalog
            .get_label(&context, get(Subject::Organisation, Some(parsed(label)), known))
            .await,
        label,
    ));
    for user in [person, address] {
        let subject = Subject::User(user.to_owned());
        all.push(shown(
            catalog.get_label(&context, get(subject.clone(), None, known)).await,
            user,
        ));
        all.push(shown(catalog.get_policy_settings(&context, subject).await, user));
    }
    all.push(shown(
        catalog.list_labels(&context, list(Some(parsed(label)), None)).await,
        label,
    ));
    let by_id = LabelFilter::IdIn(vec![parsed(label), known]);
    all.push(shown(
        catalog.list_labels(&context, list(None, Some(by_id))).await,
        label,
    ));
    let inheritance = |parent, label_ids| InheritanceRequest {
        subject: Subject::Organisation,
        parent,
        label_ids,
        formats: Vec::new(),
        locale: Default::default(),
    };
    all.push(shown(
        evaluation
            .compute_inheritance(&context, inheritance(None, vec![known, parsed(label)]))
            .await,
        label,
    ));
    all.push(shown(
        evaluation
            .compute_inheritance(&context, inheritance(Some(parsed(label)), vec![known]))
            .await,
        label,
    ));
    let rights = |label, owner: Option<&str>, user: Option<&str>| UsageRightsRequest {
        subject: Subject::Organisation,
        parent: None,
        label,
        owner_email: owner.map(str::to_owned),
        user_email: user.map(str::to_owned),
    };
    all.push(shown(
        evaluation
            .usage_rights(&context, rights(parsed(label), None, None))
            .await,
        label,
    ));
    all.push(shown(
        evaluation
            .usage_rights(&context, rights(known, None, Some(address)))
            .await,
        address,
    ));
    let compute = RightsAndInheritanceRequest {
        subject: Subject::Organisation,
        parent: None,
        delegated_user_email: Some("bob@contoso.com".to_owned()),
        contents: vec![ProtectedContent {
            cid: None,
            format_text: None,
            format: ContentFormat::File,
            label_id: label.to_owned(),
        }],
        supported_formats: Vec::new(),
        locale: Default::default(),
    };
    let answer = evaluation.compute_rights_and_inheritance(&context, compute).await;
    all.push(shown(answer.map(rights_found), label));
    let query = DecisionQuery {
        user: UserId::parse(person).ok(),
        label: None,
        ..everything()
    };
    all.push(shown(decisions.list_decisions(&context, query).await, person));
    let query = DecisionQuery {
        label: Some(parsed(label)),
        ..everything()
    };
    all.push(shown(decisions.list_decisions(&context, query).await, label));
    for (address, id) in [
        (DriveAddress::Id(drive.to_owned()), drive),
        (DriveAddress::User(person.to_owned()), person),
        (DriveAddress::Group(label.to_owned()), label),
        (DriveAddress::Site(drive.to_owned()), drive),
    ] {
        all.push(shown(extraction.get_drive(&context, address.clone()).await, id));
        let item = ItemReference {
            drive: address,
            item: ItemAddress::Root,
        };
        all.push(shown(extraction.get_item(&context, item.clone()).await, id));
        all.push(shown(extraction.extract_labels(&context, item).await, id));
    }
    all
}

/// All but the ids of the entries, which are new each time.
fn rights_found(answer: RightsAndInheritanceResponse) -> impl Debug {
    let contents: Vec<_> = answer
        .result
        .content_rights
        .into_iter()
        .map(|right| (right.rights, right.label))
        .collect();
    (answer.result.inherited_label, answer.result.labels, contents)
}

fn everything() -> DecisionQuery {
    DecisionQuery {
        from: None,
        to: None,
        user: None,
        application: None,
        label: None,
        operation: None,
        outcome: None,
        after: 0,
        descending: false,
        limit: 10,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_field_of_a_grpc_call() {
    let pair = tokio::task::spawn_blocking(graph).await.expect("both start");
    let theirs = graph_tenant("b").user("bob@contoso.com")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for installation in pair.installations() {
        let foreign = answers(installation, BOARD, &theirs, PAT, "b!pat").await;
        let unknown = answers(installation, RANDOM, RANDOM, NOBODY, "b!xyz").await;
        assert_eq!(foreign, unknown, "{:?}", installation.shape);
        assert!(foreign.len() > 20);
    }
}

//! One operation: its parameters, its body and its answers.

use serde_json::{Map, Value, json};

use super::Declarations;
use super::csdl::{Csdl, Operation};
use super::schemas::{collection, element, parameters_schema, reference, type_schema};
use crate::odata::options::offered;
use crate::routes::{Api, Endpoint as E, Leaf, Prefix, permission};

/// How a function's arguments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// There are none.
    Plain,
    /// In parentheses.
    Arguments,
    /// As query parameters.
    Query,
}

/// What a success holds.
enum Success {
    /// 200 with a declared type.
    Typed(&'static str),
    /// 200 with a page of a declared type.
    Page(&'static str),
    /// As the action or function of the endpoint's name is declared.
    Declared,
    /// 200 with a schema of our own.
    Own(&'static str),
    /// 200 with another media type.
    Media(&'static str),
    /// Another status without a body.
    Bare(&'static str, &'static str),
}

const POLICY_LABEL: &str = "microsoft.graph.security.sensitivityLabel";
const LABEL: &str = "microsoft.graph.sensitivityLabel";

/// In one line what an endpoint does, and what its success holds.
const fn described(endpoint: E) -> (&'static str, Success) {
    use Success as S;
    match endpoint {
        E::ServiceDocument => ("The entry points.", S::Own("serviceDocument")),
        E::Metadata => (
            "The declaration of the interface, CSDL 4.0.",
            S::Media("application/xml"),
        ),
        E::Batch => ("Several requests in one.", S::Own("batchResponse")),
        E::ListPolicyLabels => ("Labels to apply.", S::Page(POLICY_LABEL)),
        E::CountPolicyLabels | E::CountLabels => ("How many labels there are.", S::Media("text/plain")),
        E::GetPolicyLabel => ("One label to apply.", S::Typed(POLICY_LABEL)),
        E::GetPolicyLabelParent => ("The parent of a label; 204 when it has none.", S::Typed(POLICY_LABEL)),
        E::GetPolicySettings => (
            "Settings of the label policies in force.",
            S::Typed("microsoft.graph.security.informationProtectionPolicySetting"),
        ),
        E::EvaluateApplication => ("What applying a label takes.", S::Declared),
        E::EvaluateClassificationResults => ("What findings of a detector lead to.", S::Declared),
        E::EvaluateRemoval => ("What removing a label takes.", S::Declared),
        E::ExtractContentLabel => ("The label that metadata stands for; 204 when it is none.", S::Declared),
        E::ListLabels => ("Labels, or the sublabels of one.", S::Page(LABEL)),
        E::GetLabel => ("One label.", S::Typed(LABEL)),
        E::GetRights => (
            "Usage rights of one label.",
            S::Typed("microsoft.graph.usageRightsIncluded"),
        ),
        E::ComputeInheritance => ("The most sensitive of several labels.", S::Declared),
        E::ComputeRightsAndInheritance => ("Rights on several contents, and the label they pass on.", S::Declared),
        E::LegacyEvaluate => (
            "An action of the old collections; not offered.",
            S::Bare("501", "Not offered."),
        ),
        E::GetDrive => ("One drive.", S::Typed("microsoft.graph.drive")),
        E::ListDrives => ("The drives of an owner.", S::Page("microsoft.graph.drive")),
        E::GetItem => ("One item.", S::Typed("microsoft.graph.driveItem")),
        E::ListChildren => ("The entries of a folder.", S::Page("microsoft.graph.driveItem")),
        E::ExtractLabels => ("The labels inside a file.", S::Declared),
        E::AssignLabel => (
            "Writes a label into a file.",
            S::Bare("202", "Begun; `Location` is the monitor."),
        ),
        E::GetContent => ("The content of a file.", S::Bare("302", "`Location` is the content.")),
        E::PutContent => ("Replaces the content of a file.", S::Typed("microsoft.graph.driveItem")),
        E::CreateUploadSession => ("Begins an upload in parts.", S::Declared),
        E::GetOperation => ("Where a label being written stands.", S::Bare("200", "It is over.")),
        E::Download => ("Bytes of a file.", S::Bare("200", "The bytes.")),
        E::UploadPart => ("Bytes of an upload.", S::Bare("202", "More is expected.")),
        E::GetUpload => ("Where an upload stands.", S::Bare("200", "What has arrived.")),
        E::CommitUpload => ("Makes an upload the file.", S::Bare("200", "The file.")),
        E::CancelUpload => ("Gives an upload up.", S::Bare("204", "It is gone.")),
        E::ScanDrive => (
            "Labels of everything below a folder, as JSON lines.",
            S::Bare("200", "One line per file."),
        ),
        E::ListDecisions => ("The decision log.", S::Page("")),
    }
}

/// The operation of a route at one of its paths.
pub(super) fn operation(
    declarations: &Declarations,
    api: Api,
    prefix: &Prefix,
    leaf: &Leaf,
    path: &str,
    form: Form,
) -> Value {
    let csdl = declarations.of(api);
    let endpoint = leaf.endpoint;
    let declared = csdl.operations.get(endpoint.name());
    let (summary, success) = described(endpoint);
    let mut operation = Map::from_iter([
        ("operationId".to_owned(), json!(operation_id(leaf.verb.name(), path))),
        ("tags".to_owned(), json!([tag(endpoint)])),
        ("summary".to_owned(), json!(summary)),
        ("parameters".to_owned(), json!(references(endpoint, path, form))),
        (
            "responses".to_owned(),
            json!(answers(api, csdl, endpoint, declared, success)),
        ),
    ]);
    if let Some(body) = body(api, csdl, endpoint, declared) {
        operation.insert("requestBody".to_owned(), body);
    }
    if prefix.legacy {
        operation.insert("deprecated".to_owned(), json!(true));
    }
    operation.insert(
        "security".to_owned(),
        match endpoint.is_anonymous() {
            true => json!([]),
            false => json!([{"token": []}]),
        },
    );
    if let Some(needed) = permission(endpoint) {
        let needed = needed.requirement();
        let lists = json!({
            "delegated": needed.delegated, "personal": needed.personal, "application": needed.application,
        });
        operation.insert("x-signet-permissions".to_owned(), lists);
    }
    Value::Object(operation)
}

/// Letters, digits and underscores, one id for each method and path.
fn operation_id(verb: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let folder = if path.ends_with('/') { "_" } else { "" };
    format!("{}_{}{folder}", verb.to_ascii_lowercase(), words.join("_"))
}

const fn tag(endpoint: E) -> &'static str {
    match endpoint {
        E::ServiceDocument | E::Metadata | E::Batch | E::ListDecisions => "service",
        E::ListPolicyLabels
        | E::CountPolicyLabels
        | E::GetPolicyLabel
        | E::GetPolicyLabelParent
        | E::GetPolicySettings => "labels to apply",
        E::EvaluateApplication | E::EvaluateClassificationResults | E::EvaluateRemoval | E::ExtractContentLabel => {
            "decisions"
        }
        E::ListLabels | E::CountLabels | E::GetLabel | E::GetRights | E::LegacyEvaluate => "labels to govern",
        E::ComputeInheritance | E::ComputeRightsAndInheritance => "inheritance",
        _ => "files",
    }
}

/// Parameters of the path, of the query and of the head, by reference.
fn references(endpoint: E, path: &str, form: Form) -> Vec<Value> {
    let in_path = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut names: Vec<String> = in_path.map(str::to_owned).collect();
    if form == Form::Query {
        names.extend(FUNCTION.map(|(name, _)| format!("{name}.query")));
    }
    names.extend(offered(endpoint).iter().map(|option| option.name().replace('$', "")));
    names.extend(plain(endpoint).iter().map(|name| format!("{name}.query")));
    if !endpoint.is_anonymous() {
        names.extend(HEADERS.iter().map(|(name, ..)| (*name).to_owned()));
    }
    names
        .iter()
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}))
        .collect()
}

/// Query parameters without `$`.
const fn plain(endpoint: E) -> &'static [&'static str] {
    match endpoint {
        E::ListLabels | E::CountLabels => &["locale", "applicableTo", "id", "isScopedToUser", "userEmail"],
        E::GetLabel => &["locale", "ownerEmail", "userEmail"],
        E::GetRights => &["ownerEmail", "userEmail"],
        E::ListDecisions => &["from", "to", "user", "application", "label", "operation", "outcome"],
        _ => &[],
    }
}

fn body(api: Api, csdl: &Csdl, endpoint: E, declared: Option<&Operation>) -> Option<Value> {
    let json_body = |schema: Value| {
        let content = json!({"application/json": {"schema": schema}});
        Some(json!({"required": true, "content": content}))
    };
    match endpoint {
        E::Batch => json_body(reference("batchRequest")),
        E::PutContent => Some(json!({"required": true, "content": {"application/octet-stream": {}}})),
        E::ComputeInheritance => None,
        _ => declared
            .filter(|operation| !operation.parameters.is_empty())
            .and_then(|operation| json_body(parameters_schema(api, csdl, &operation.parameters))),
    }
}

fn answers(api: Api, csdl: &Csdl, endpoint: E, declared: Option<&Operation>, success: Success) -> Map<String, Value> {
    let json_answer = |schema: Value| {
        let answer = json!({"description": "Done.", "content": {"application/json": {"schema": schema}}});
        ("200".to_owned(), answer)
    };
    let typed = |type_name: &str| match (type_name, element(type_name)) {
        ("", _) => json!({"type": "object"}),
        (_, Some(inner)) => collection(type_schema(api, csdl, inner)),
        (name, None) => type_schema(api, csdl, name),
    };
    let mut answers = Map::from_iter([match success {
        Success::Typed(name) => json_answer(typed(name)),
        Success::Page(name) => json_answer(collection(typed(name))),
        Success::Declared => {
            let returns = declared.and_then(|operation| operation.returns.as_deref());
            json_answer(typed(returns.unwrap_or_default()))
        }
        Success::Own(name) => json_answer(reference(name)),
        Success::Media(media) => (
            "200".to_owned(),
            json!({"description": "Done.", "content": {media: {"schema": {"type": "string"}}}}),
        ),
        Success::Bare(status, description) => (status.to_owned(), json!({"description": description})),
    }]);
    if matches!(endpoint, E::GetPolicyLabelParent | E::ExtractContentLabel) {
        answers.insert("204".to_owned(), json!({"description": "There is none."}));
    }
    let has_tag = matches!(
        endpoint,
        E::ListPolicyLabels | E::GetPolicyLabel | E::ListLabels | E::GetLabel | E::GetItem
    );
    if has_tag {
        answers.insert(
            "304".to_owned(),
            json!({"description": "`If-None-Match` names what the client has."}),
        );
    }
    answers.insert("default".to_owned(), json!({"$ref": "#/components/responses/error"}));
    answers
}

/// Parameters of `computeInheritance`.
const FUNCTION: [(&str, &str); 3] = [
    (
        "labelIds",
        "Label ids: a JSON array of texts, or texts parted by commas.",
    ),
    (
        "locale",
        "Language of the answer, e.g. `'en-US'`; `null`: by `Accept-Language`.",
    ),
    (
        "contentFormats",
        "Formats the label must be for, as `labelIds`; `null`: any.",
    ),
];

/// Headers every operation reads.
const HEADERS: [(&str, &str, &str); 2] = [
    (
        "client-request-id",
        "string",
        "Echoed in the answer and kept in the decision log.",
    ),
    (
        "Signet-At-Least-Revision",
        "integer",
        "Never answer from an older policy than this revision.",
    ),
];

/// Parameters operations refer to.
pub(super) fn parameters() -> Value {
    let mut all = Map::new();
    let mut add = |key: &str, name: &str, place: &str, schema: &str, description: &str| {
        let parameter = json!({
            "name": name, "in": place, "required": place == "path",
            "schema": {"type": schema}, "description": description,
        });
        all.insert(key.to_owned(), parameter);
    };
    for (name, description) in [
        ("user", "A user's object id or address."),
        ("principal", "A user's object id or address."),
        ("label", "A label id."),
        ("sublabel", "The id of a sublabel."),
        ("drive", "A drive id."),
        ("group", "A group's object id."),
        ("site", "A site's name, or `root`."),
        ("ticket", "What a URL that was given out opens; it needs no token."),
        ("itemId", "An item id."),
        ("itemPath", "Names from the root of the drive, parted by `/`."),
    ] {
        add(name, name, "path", "string", description);
    }
    for (name, description) in FUNCTION {
        add(name, name, "path", "string", description);
        add(&format!("{name}.query"), name, "query", "string", description);
    }
    for (name, schema, description) in [
        ("select", "string", "Properties to answer with, parted by commas."),
        ("expand", "string", "Relationships to answer with."),
        ("filter", "string", "Conditions."),
        (
            "orderby",
            "string",
            "Properties to order by, each with `asc` or `desc`.",
        ),
        ("top", "integer", "Most entries of a page, 0 to 999."),
        ("skip", "integer", "Entries to leave out."),
        ("skiptoken", "string", "From `@odata.nextLink`."),
        ("count", "boolean", "Answer with `@odata.count`."),
        ("search", "string", "Texts to find in names and descriptions."),
    ] {
        add(name, &format!("${name}"), "query", schema, description);
    }
    for (name, description) in [
        ("applicableTo", "Formats the label must be for, parted by commas."),
        ("id", "Label ids, parted by commas."),
        (
            "isScopedToUser",
            "`true`: enabled labels only; `false`: disabled ones only. On user routes only.",
        ),
        ("ownerEmail", "The owner of the content whose rights are asked for."),
        ("userEmail", "The user whose rights are asked for."),
        ("from", "Not before this instant."),
        ("to", "Before this instant."),
        ("user", "The user's object id."),
        ("application", "The application's client id or name."),
        ("label", "A label id."),
        ("operation", "An operation such as `evaluateApplication`."),
        ("outcome", "An outcome such as `refused`."),
    ] {
        add(&format!("{name}.query"), name, "query", "string", description);
    }
    for (name, schema, description) in HEADERS {
        add(name, name, "header", schema, description);
    }
    Value::Object(all)
}

/// Answers operations refer to.
pub(super) fn responses() -> Value {
    json!({"error": {
        "description": "Refused; 429, 503 and a deferred 423 carry `Retry-After`.",
        "content": {"application/json": {"schema": reference("error")}},
    }})
}

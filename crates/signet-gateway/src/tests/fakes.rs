//! Services over compiled tenants in memory: the rules of the contract and the decision core, nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use signet_contract::catalog::*;
use signet_contract::context::*;
use signet_contract::evaluation::*;
use signet_contract::extraction::*;
use signet_contract::{
    CallContext, Catalog, ContractError, DecisionLogReader, Evaluation, Extraction, Operation, Subject, subject,
};
use signet_domain::content::AssignmentMethod;
use signet_domain::environment::IdSource;
use signet_domain::error::ErrorReason;
use signet_domain::evaluation::decide;
use signet_domain::ids::{Revision, TenantId, UserId};
use signet_domain::query::LabelQuery;
use signet_domain::record::{DecisionRecord, Outcome};
use signet_domain::rights::{RightsQuestion, expanded_rights, usage_rights};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;
use signet_domain::{inheritance, query, record};
use uuid::Uuid;

/// All four services of a few tenants.
pub(crate) struct Fakes {
    snapshots: HashMap<TenantId, Arc<PolicySnapshot>>,
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn signet_domain::environment::Clock>,
    /// What the next call is answered instead.
    pub(crate) next_failure: Mutex<Option<ContractError>>,
    /// Calls so far, by name.
    pub(crate) calls: Mutex<Vec<&'static str>>,
    /// The context of the last call.
    pub(crate) last_context: Mutex<Option<CallContext>>,
    /// Age told with decisions.
    pub(crate) snapshot_age: Mutex<Option<Duration>>,
    /// Time the next evaluation takes before it answers.
    pub(crate) delay: Mutex<Option<Duration>>,
    /// Makes the next evaluation panic.
    pub(crate) panics: Mutex<bool>,
}

impl Fakes {
    pub(crate) fn new(
        documents: Vec<TenantDocument>,
        ids: Arc<dyn IdSource>,
        clock: Arc<dyn signet_domain::environment::Clock>,
    ) -> Self {
        let compile = |document| Arc::new(PolicySnapshot::compile(Arc::new(document), Revision(7)));
        Self {
            snapshots: documents
                .into_iter()
                .map(compile)
                .map(|snapshot| (snapshot.tenant_id(), snapshot))
                .collect(),
            ids,
            clock,
            next_failure: Mutex::default(),
            calls: Mutex::default(),
            last_context: Mutex::default(),
            snapshot_age: Mutex::default(),
            delay: Mutex::default(),
            panics: Mutex::default(),
        }
    }

    fn enter(&self, name: &'static str, context: &CallContext) -> Result<Arc<PolicySnapshot>, ContractError> {
        self.calls.lock().unwrap().push(name);
        *self.last_context.lock().unwrap() = Some(context.clone());
        if let Some(error) = self.next_failure.lock().unwrap().take() {
            return Err(error);
        }
        let snapshot = self.snapshots.get(&context.caller.tenant).cloned();
        snapshot
            .ok_or_else(|| ContractError::new(ErrorReason::TenantUnknown, "the tenant of the token is not known here"))
    }

    fn decided_by(&self) -> DecidedBy {
        DecidedBy {
            revision: Revision(7),
            snapshot_age: *self.snapshot_age.lock().unwrap(),
        }
    }

    fn check_parent(
        snapshot: &PolicySnapshot,
        visibility: &query::Visibility,
        parent: Option<signet_domain::ids::LabelId>,
        label: signet_domain::ids::LabelId,
    ) -> Result<(), ContractError> {
        let Some(parent) = parent else { return Ok(()) };
        query::get_label(snapshot, visibility, parent, &Default::default())?;
        let below = snapshot
            .label(label)
            .is_some_and(|label| label.parent_id == Some(parent));
        if below {
            return Ok(());
        }
        Err(ContractError::new(
            ErrorReason::LabelNotFound,
            format!("label `{label}` is not below `{parent}`"),
        ))
    }
}

#[async_trait]
impl Catalog for Fakes {
    async fn list_labels(
        &self,
        context: &CallContext,
        request: ListLabelsRequest,
    ) -> Result<ListLabelsResponse, ContractError> {
        let snapshot = self.enter("list_labels", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, request.family, &request.subject)?;
        let query = LabelQuery {
            visibility: subject::visibility(&context.caller, request.family, user, request.scoped),
            parent: request.parent,
            nested: request.nested,
            filter: request.filter,
            search: request.search,
            order: request.order,
            skip: request.skip,
            top: request.top,
            after: request.after,
            count: request.count,
            locale: request.locale,
        };
        Ok(ListLabelsResponse {
            page: query::list_labels(&snapshot, &query)?,
            user,
            revision: Revision(7),
        })
    }

    async fn get_label(
        &self,
        context: &CallContext,
        request: GetLabelRequest,
    ) -> Result<GetLabelResponse, ContractError> {
        let snapshot = self.enter("get_label", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, request.family, &request.subject)?;
        let visibility = subject::visibility(&context.caller, request.family, user, None);
        Self::check_parent(&snapshot, &visibility, request.parent, request.label)?;
        let label = query::get_label(&snapshot, &visibility, request.label, &request.locale)?;
        Ok(GetLabelResponse {
            label,
            user,
            revision: Revision(7),
        })
    }

    async fn get_policy_settings(
        &self,
        context: &CallContext,
        about: Subject,
    ) -> Result<PolicySettingsResponse, ContractError> {
        let snapshot = self.enter("get_policy_settings", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Policy, &about)?;
        let settings = snapshot.effective_policy_settings(subject::actor(user))?;
        Ok(PolicySettingsResponse {
            settings,
            user,
            revision: Revision(7),
        })
    }

    async fn resolve_subject(
        &self,
        context: &CallContext,
        family: LabelFamily,
        about: Subject,
    ) -> Result<Option<UserId>, ContractError> {
        let snapshot = self.enter("resolve_subject", context)?;
        subject::resolve_subject(&snapshot, &context.caller, family, &about)
    }
}

#[async_trait]
impl Evaluation for Fakes {
    async fn evaluate(
        &self,
        context: &CallContext,
        request: EvaluateRequest,
    ) -> Result<EvaluateResponse, ContractError> {
        let snapshot = self.enter("evaluate", context)?;
        let delay = self.delay.lock().unwrap().take();
        if let Some(delay) = delay {
            tokio::time::sleep(delay).await;
        }
        assert!(!std::mem::take(&mut *self.panics.lock().unwrap()), "a panic on purpose");
        let user = subject::resolve_subject(&snapshot, &context.caller, EVALUATION_FAMILY, &request.subject)?;
        let is_extraction = matches!(request.question, signet_domain::evaluation::Question::Extraction { .. });
        let decision = decide(
            &snapshot,
            &subject::actor(user),
            &request.question,
            &request.locale,
            request.explain,
            self.clock.now(),
            self.ids.as_ref(),
        )?;
        Ok(EvaluateResponse {
            actions: decision.actions,
            content_label: decision.current.filter(|_| is_extraction),
            decided_by: self.decided_by(),
            explanation: decision.explanation,
        })
    }

    async fn compute_inheritance(
        &self,
        context: &CallContext,
        request: InheritanceRequest,
    ) -> Result<InheritanceResponse, ContractError> {
        let snapshot = self.enter("compute_inheritance", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let label = inheritance::compute_inheritance(
            &snapshot,
            &request.label_ids,
            &request.formats,
            &request.locale,
            subject::actor(user),
            request.parent,
        )?;
        Ok(InheritanceResponse {
            label,
            decided_by: self.decided_by(),
        })
    }

    async fn compute_rights_and_inheritance(
        &self,
        context: &CallContext,
        request: RightsAndInheritanceRequest,
    ) -> Result<RightsAndInheritanceResponse, ContractError> {
        let snapshot = self.enter("compute_rights_and_inheritance", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let email = match (&request.delegated_user_email, context.caller.kind) {
            (Some(email), _) => email.clone(),
            (None, CallerKind::Delegated) => context.caller.user_principal_name.clone().unwrap_or_default(),
            (None, _) => {
                return Err(ContractError::new(ErrorReason::InvalidArgument, "name the user").at("delegatedUserEmail"));
            }
        };
        let result = inheritance::compute_rights_and_inheritance(
            &snapshot,
            &email,
            &request.contents,
            &request.supported_formats,
            &request.locale,
            subject::actor(user),
            request.parent,
            self.ids.as_ref(),
        )?;
        Ok(RightsAndInheritanceResponse {
            result,
            decided_by: self.decided_by(),
        })
    }

    async fn usage_rights(
        &self,
        context: &CallContext,
        request: UsageRightsRequest,
    ) -> Result<UsageRightsResponse, ContractError> {
        let snapshot = self.enter("usage_rights", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let visibility = subject::visibility(&context.caller, LabelFamily::Governance, user, None);
        Self::check_parent(&snapshot, &visibility, request.parent, request.label)?;
        let asked = RightsQuestion {
            owner_email: request.owner_email,
            user_email: request.user_email,
            acting: user.or((context.caller.kind == CallerKind::Delegated).then_some(context.caller.object_id)),
        };
        let rights = usage_rights(&snapshot, &visibility, request.label, &asked)?;
        Ok(UsageRightsResponse {
            rights,
            decided_by: self.decided_by(),
        })
    }

    async fn expand_rights(
        &self,
        context: &CallContext,
        request: ExpandRightsRequest,
    ) -> Result<ExpandRightsResponse, ContractError> {
        let snapshot = self.enter("expand_rights", context)?;
        let user = subject::resolve_subject(&snapshot, &context.caller, LabelFamily::Governance, &request.subject)?;
        let rights = request.labels.into_iter().map(|(label, owner_email)| {
            let asked = RightsQuestion {
                owner_email,
                user_email: request.user_email.clone(),
                acting: user,
            };
            expanded_rights(&snapshot, label, &asked)
        });
        Ok(ExpandRightsResponse {
            rights: rights.collect(),
            decided_by: self.decided_by(),
        })
    }

    async fn evaluate_many(
        &self,
        _context: &CallContext,
        _items: BoxStream<'static, BulkItem>,
    ) -> Result<BoxStream<'static, BulkAnswer>, ContractError> {
        unreachable!("the REST surface has no bulk call")
    }
}

#[async_trait]
impl DecisionLogReader for Fakes {
    async fn list_decisions(
        &self,
        context: &CallContext,
        query: DecisionQuery,
    ) -> Result<Vec<DecisionRecord>, ContractError> {
        self.enter("list_decisions", context)?;
        let all = (1..=5).map(|sequence| decision(context.caller.tenant, sequence));
        let wanted = all.filter(|record| {
            query.operation.is_none_or(|operation| operation == record.operation)
                && query.outcome.is_none_or(|outcome| outcome == record.outcome)
                && query.from.is_none_or(|from| record.time >= from)
                && query.to.is_none_or(|to| record.time < to)
        });
        let mut records: Vec<DecisionRecord> = wanted.collect();
        if query.descending {
            records.reverse();
            records.retain(|record| query.after == 0 || record.sequence < query.after);
        } else {
            records.retain(|record| record.sequence > query.after);
        }
        records.truncate(usize::try_from(query.limit).unwrap());
        Ok(records)
    }

    async fn follow_decisions(
        &self,
        _context: &CallContext,
        _query: DecisionQuery,
    ) -> Result<BoxStream<'static, Result<DecisionRecord, ContractError>>, ContractError> {
        unreachable!("the REST surface does not follow the log")
    }
}

fn decision(tenant_id: TenantId, sequence: u64) -> DecisionRecord {
    DecisionRecord {
        sequence,
        id: Uuid::from_u128(u128::from(sequence)),
        time: jiff::Timestamp::from_second(1_772_600_000 + i64::try_from(sequence).unwrap()).unwrap(),
        tenant_id,
        revision: Revision(7),
        operation: if sequence.is_multiple_of(2) {
            record::Operation::EvaluateRemoval
        } else {
            record::Operation::EvaluateApplication
        },
        outcome: Outcome::Changed,
        reason: None,
        user_id: None,
        user_principal_name: None,
        application_id: Some("app".to_owned()),
        application_name: None,
        application_version: None,
        client_ip: None,
        request_id: format!("request-{sequence}"),
        client_request_id: None,
        content_identifier: None,
        label_before: None,
        label_after: None,
        justification: None,
        matched_types: Vec::new(),
        audit: None,
    }
}

/// The group of tenant A and its site.
pub(crate) const GROUP: &str = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e11";
/// Bob's object id in tenant A.
pub(crate) const BOB: &str = "6e7b768e-07e2-4810-8459-485f84f8f201";
/// Item ids of every drive.
pub(crate) const FILE_ID: &str = "016GVDAP3RCQS5VBQHORFIVU2ZMOSBL25U";

const FOLDERS: [(&str, &str); 2] = [("FOLDER", "/folder"), ("BREAK", "/break#out")];
const FILES: [(&str, &str); 5] = [
    (FILE_ID, "/folder/report (1).docx"),
    ("GAME", "/break#out/saved_game[1].bin"),
    ("NAMED", "/folder/extractsensitivitylabels"),
    ("ADELE", "/adele's files.docx"),
    ("DKE", "/locked.docx"),
];

#[async_trait]
impl Extraction for Fakes {
    async fn list_drives(&self, context: &CallContext, owner: DriveAddress) -> Result<Vec<DriveInfo>, ContractError> {
        self.enter("list_drives", context)?;
        Ok(vec![drive_of(context, &owner)?])
    }

    async fn get_drive(&self, context: &CallContext, drive: DriveAddress) -> Result<DriveInfo, ContractError> {
        self.enter("get_drive", context)?;
        drive_of(context, &drive)
    }

    async fn get_item(&self, context: &CallContext, item: ItemReference) -> Result<DriveItem, ContractError> {
        self.enter("get_item", context)?;
        find(context, &item)
    }

    async fn list_children(
        &self,
        context: &CallContext,
        folder: ItemReference,
        query: ChildrenQuery,
    ) -> Result<ChildrenPage, ContractError> {
        self.enter("list_children", context)?;
        let folder = find(context, &folder)?;
        if matches!(folder.kind, ItemKind::File { .. }) {
            return Err(ContractError::new(
                ErrorReason::InvalidArgument,
                "the item is a file; name a folder",
            ));
        }
        let prefix = if folder.is_root {
            String::new()
        } else {
            path_of(&folder.id).to_owned()
        };
        let mut items: Vec<DriveItem> = FOLDERS
            .iter()
            .chain(&FILES)
            .filter(|(_, path)| path.rsplit_once('/').is_some_and(|(parent, _)| parent == prefix) && *path != prefix)
            .map(|(id, _)| item(&folder.drive_id, id))
            .collect();
        items.sort_by(|a, b| a.name.cmp(&b.name));
        if query.descending {
            items.reverse();
        }
        if let Some(after) = &query.after {
            let position = items.iter().position(|item| item.name == *after).unwrap();
            items.drain(..=position);
        }
        let room = if query.top == 0 {
            200
        } else {
            usize::try_from(query.top).unwrap()
        };
        let more = items.len() > room;
        items.truncate(room);
        let next = items.last().filter(|_| more).map(|item| item.name.clone());
        Ok(ChildrenPage {
            folder_id: folder.id,
            drive_id: folder.drive_id,
            items,
            next,
        })
    }

    async fn extract_labels(
        &self,
        context: &CallContext,
        item: ItemReference,
    ) -> Result<ExtractLabelsResponse, ContractError> {
        self.enter("extract_labels", context)?;
        let item = find(context, &item)?;
        match (&item.kind, item.id.as_str()) {
            (ItemKind::Folder { .. }, _) => Err(ContractError::new(
                ErrorReason::ItemIsFolder,
                "the item is a folder; name a file",
            )),
            (_, "DKE") => Err(ContractError::new(
                ErrorReason::FileDoubleKeyEncrypted,
                "the file is encrypted with a key that is not ours; decrypt it first",
            )),
            _ => Ok(ExtractLabelsResponse {
                labels: three_labels(),
                from_cache: false,
            }),
        }
    }
}

fn three_labels() -> Vec<ExtractedLabel> {
    [
        (
            "5feba255-812e-446a-ac59-a7044ef827b5",
            "fed495cb-8c27-41ea-8749-00b0a084bc3d",
        ),
        (
            "fa781fdf-68c8-43ec-ae08-c4813deb2144",
            "277601b1-6094-456c-a358-95bfc99539d7",
        ),
        (
            "3937098d-df0c-4c8d-8f66-5876b57b75ba",
            "f2477f30-c8a2-422d-8995-6f056b494655",
        ),
    ]
    .into_iter()
    .map(|(label, tenant)| ExtractedLabel {
        label_id: label.to_owned(),
        assignment_method: AssignmentMethod::Standard,
        tenant_id: tenant.to_owned(),
    })
    .collect()
}

fn drive_of(context: &CallContext, address: &DriveAddress) -> Result<DriveInfo, ContractError> {
    Operation::ReadDrive.authorize(&context.caller)?;
    let delegated = context.caller.kind == CallerKind::Delegated;
    let id = match address {
        DriveAddress::Id(id) => id.as_str(),
        DriveAddress::Me => "drive-bob",
        DriveAddress::Default if delegated => "drive-bob",
        DriveAddress::Default => "drive-root",
        DriveAddress::User(user) if user == "bob@contoso.com" || user == BOB => "drive-bob",
        DriveAddress::User(_) => {
            return Err(ContractError::new(
                ErrorReason::UserNotFound,
                "the tenant has no such user; check the address",
            ));
        }
        DriveAddress::Group(group) if group == GROUP => "drive-group",
        DriveAddress::Site(site) if site == "root" => "drive-root",
        DriveAddress::Owned { owner, drive } => {
            let owned = drive_of(context, owner)?;
            if owned.id == *drive { return Ok(owned) } else { "" }
        }
        _ => "",
    };
    let owner = match id {
        "drive-bob" => DriveOwnerInfo::User {
            id: BOB.to_owned(),
            display_name: "Bob Baker".to_owned(),
        },
        "drive-group" => DriveOwnerInfo::Group {
            id: GROUP.to_owned(),
            display_name: "Project".to_owned(),
        },
        "drive-root" => DriveOwnerInfo::Site { id: "root".to_owned() },
        _ => {
            return Err(ContractError::new(
                ErrorReason::DriveNotFound,
                "the drive does not exist; check its id",
            ));
        }
    };
    Ok(DriveInfo {
        id: id.to_owned(),
        name: "Documents".to_owned(),
        owner,
        quota: Some(DriveQuota { total: 1000, used: 400 }),
    })
}

fn path_of(id: &str) -> &'static str {
    FOLDERS
        .iter()
        .chain(&FILES)
        .find(|(known, _)| *known == id)
        .map_or("", |(_, path)| path)
}

fn find(context: &CallContext, reference: &ItemReference) -> Result<DriveItem, ContractError> {
    let drive = drive_of(context, &reference.drive)?;
    let path = match &reference.item {
        ItemAddress::Root => return Ok(item(&drive.id, "ROOT")),
        ItemAddress::Id(id) => path_of(id).to_owned(),
        ItemAddress::Path(path) => format!("/{}", path.join("/")),
        ItemAddress::Under { parent, path } => format!("{}/{}", path_of(parent), path.join("/")),
    };
    let found = FOLDERS
        .iter()
        .chain(&FILES)
        .find(|(_, known)| known.eq_ignore_ascii_case(&path) && !path.is_empty());
    let (id, _) = found.ok_or_else(|| {
        ContractError::new(
            ErrorReason::ItemNotFound,
            "the item does not exist in this drive; check its id or path",
        )
    })?;
    Ok(item(&drive.id, id))
}

fn item(drive: &str, id: &str) -> DriveItem {
    let is_root = id == "ROOT";
    let is_folder = is_root || FOLDERS.iter().any(|(folder, _)| *folder == id);
    let (parent, name) = path_of(id).rsplit_once('/').unwrap_or(("", "root"));
    let at = jiff::Timestamp::from_second(1_772_600_000).unwrap();
    DriveItem {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: if is_folder {
            ItemKind::Folder { child_count: 2 }
        } else {
            ItemKind::File {
                mime_type: "application/octet-stream".to_owned(),
            }
        },
        is_root,
        size: if is_folder { 0 } else { 35 },
        e_tag: format!("\"{{{id}}},1\""),
        c_tag: format!("\"c:{{{id}}},0\""),
        created_at: at,
        modified_at: at,
        drive_id: drive.to_owned(),
        site_id: (drive == "drive-root").then(|| "root".to_owned()),
        parent: (!is_root).then(|| ItemParent {
            id: if parent.is_empty() {
                "ROOT".to_owned()
            } else {
                "FOLDER".to_owned()
            },
            name: parent.trim_start_matches('/').to_owned(),
            path: parent.to_owned(),
        }),
    }
}

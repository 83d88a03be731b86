//! Installations the tests share, and callers as the cases write them.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Value, json};
use signet_e2e::{Answer, Caller, Drive, Folder, Pair, Setup, Tenant, repository};
use signet_testkit::matcher::mismatch;

/// The document that carries one label of each of three foreign tenants.
pub(crate) const THREE_TENANTS: &str = "tests/cases/graph/files/three-tenants.docx";

/// Files whose labels are known.
pub(crate) const CORPUS: &str = "tests/cases/extraction/corpus";

/// Bob's object id in tenant A and in `contoso`.
pub(crate) const BOB: &str = "6e7b768e-07e2-4810-8459-485f84f8f201";

/// The group of tenant A that bob is in.
pub(crate) const GROUP: &str = "b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e11";

/// The tenants of the worked examples, by the names the cases use.
pub(crate) fn graph_tenant(name: &str) -> Tenant {
    Tenant::read(&format!("tests/cases/graph/tenants/{name}.json"))
}

/// The tenant of the golden cases.
pub(crate) fn contoso() -> Tenant {
    Tenant::read("tests/cases/catalogs/contoso.json")
}

/// Both shapes with the tenants and drives of the worked examples. Shared: tests must leave it as it is.
pub(crate) fn graph() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let folder = Folder::new("drives");
        let at = |name: &str| folder.path().join(name);
        let drives = [
            Drive {
                id: "b!bob",
                owner_kind: "user",
                owner: BOB,
                folder: at("bob"),
            },
            Drive {
                id: "b!project",
                owner_kind: "group",
                owner: GROUP,
                folder: at("project"),
            },
            Drive {
                id: "b!root",
                owner_kind: "site",
                owner: "root",
                folder: at("root"),
            },
        ];
        for drive in &drives {
            fs::create_dir_all(drive.folder.join("Shared Documents")).expect("a drive's folder can be made");
            copy(THREE_TENANTS, &drive.folder.join("three-tenants.docx"));
            copy(
                THREE_TENANTS,
                &drive.folder.join("Shared Documents/Adele's copy #1.docx"),
            );
            copy(
                &format!("{CORPUS}/double-key.docx"),
                &drive.folder.join("double-key.docx"),
            );
        }
        let personal = Drive {
            id: "b!pat",
            owner_kind: "user",
            owner: "pat@outlook.example",
            folder: at("pat"),
        };
        fs::create_dir_all(&personal.folder).expect("a drive's folder can be made");
        copy(THREE_TENANTS, &personal.folder.join("three-tenants.docx"));
        let with_drives = drives.iter().fold(with_amy(graph_tenant("a")), Tenant::with_drive);
        let personal = graph_tenant("personal").with_drive(&personal);
        let tenants = vec![with_drives, graph_tenant("b"), graph_tenant("c"), personal];
        Pair::start_with_drives(
            &Setup {
                tenants,
                ..Setup::default()
            },
            folder,
        )
    })
}

/// A tenant with one user more, whom no case knows.
fn with_amy(mut tenant: Tenant) -> Tenant {
    let amy = json!({
        "id": "3f0a7d52-6b1e-4c98-9a47-d2e81b5c7f60", "userPrincipalName": "amy@contoso.com",
        "mail": "amy@contoso.com", "displayName": "Amy Adams",
    });
    tenant.0["users"].as_array_mut().expect("a list of users").push(amy);
    tenant
}

/// Both shapes with the tenant of the golden cases; bob's drive holds the corpus. The separate processes keep what they
/// know in PostgreSQL, so that both stores must come to the same. Shared: tests must leave it as it is.
pub(crate) fn golden() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let (tenant, folder) = contoso_with_corpus();
        Pair::start_with_drives(
            &Setup {
                tenants: vec![tenant],
                postgres: true,
                ..Setup::default()
            },
            folder,
        )
    })
}

/// The golden tenant with the corpus in bob's drive, and the folder the drive lies in.
pub(crate) fn contoso_with_corpus() -> (Tenant, Folder) {
    let folder = Folder::new("corpus");
    for file in fs::read_dir(repository().join(CORPUS))
        .expect("the corpus is there")
        .flatten()
    {
        if file.file_name() != "manifest.json" {
            fs::copy(file.path(), folder.path().join(file.file_name())).expect("a file can be copied");
        }
    }
    let drive = Drive {
        id: "b!corpus",
        owner_kind: "user",
        owner: BOB,
        folder: folder.path().to_owned(),
    };
    (contoso().with_drive(&drive), folder)
}

/// Copies a file of the repository.
pub(crate) fn copy(from: &str, to: &Path) {
    fs::copy(repository().join(from), to).unwrap_or_else(|error| panic!("{from}: {error}"));
}

/// A caller as the cases write it: `{user, scopes}`, `{application: roles}`, `{person, name, scopes}`, or nobody.
pub(crate) fn caller(tenant: &Tenant, written: &Value) -> Option<Caller> {
    let text = |name: &str| written[name].as_str();
    if let Some(user) = text("user") {
        return Some(Caller::user(tenant, user, text("scopes").unwrap_or_default()));
    }
    if let Some(roles) = text("application") {
        return Some(Caller::application(tenant, roles));
    }
    let person = text("person")?;
    let (name, scopes) = (text("name").unwrap_or_default(), text("scopes").unwrap_or_default());
    Some(Caller::person(&tenant.id(), person, name, scopes))
}

/// How an answer differs from what is expected: `{status, headers?, body?}`, where `{base}` stands for the origin.
pub(crate) fn difference(expected: &Value, answer: &Answer, origin: &str) -> Option<String> {
    if expected["status"] != answer.status {
        return Some(format!(
            "status: expected {}, found {} {}",
            expected["status"],
            answer.status,
            answer.text()
        ));
    }
    for (name, wanted) in expected["headers"].as_object().into_iter().flatten() {
        let there = answer.header(name).map(Value::from);
        if let Some(place) = mismatch(wanted, there.as_ref()) {
            return Some(format!("header {name}: {place}"));
        }
    }
    let text = expected["body"].to_string().replace("{base}", origin);
    let wanted: Value = serde_json::from_str(&text).expect("an origin needs no escaping");
    let there = (!answer.body.is_empty()).then(|| answer.json());
    mismatch(&wanted, there.as_ref()).map(|place| format!("body {place}"))
}

/// Fails with everything that was found wrong, all of it at once.
#[track_caller]
pub(crate) fn none_wrong(faults: &[String]) {
    assert!(faults.is_empty(), "{} wrong:\n{}", faults.len(), faults.join("\n"));
}

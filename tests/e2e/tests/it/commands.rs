//! Commands that need no server.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use signet_e2e::{Installation, Request, Setup, Shape, program, read_json, repository, run};
use tempfile::TempDir;

use crate::support::{CORPUS, contoso, graph_tenant};

fn file(folder: &TempDir, name: &str, content: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file can be written");
    path.display().to_string()
}

#[test]
fn validate_takes_every_tenant_of_the_tests() {
    for name in [
        "catalogs/contoso",
        "graph/tenants/a",
        "graph/tenants/b",
        "graph/tenants/c",
        "graph/tenants/personal",
    ] {
        let path = repository()
            .join(format!("tests/cases/{name}.json"))
            .display()
            .to_string();
        run(&["tenant", "validate", &path], &[]).success();
    }
}

#[test]
fn an_output_that_ends_early_is_no_panic() {
    let openapi = |output: Stdio| {
        let mut command = Command::new(program());
        command
            .arg("openapi")
            .stdout(output)
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts")
    };
    let mut unread = openapi(Stdio::piped());
    drop(unread.stdout.take());
    let ended = unread.wait_with_output().expect("it ends");
    assert_eq!(
        (ended.status.code(), ended.stderr.as_slice()),
        (Some(141), b"".as_slice())
    );

    let full = fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("a device that takes nothing");
    let ended = openapi(full.into()).wait_with_output().expect("it ends");
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1));
    assert!(error.contains("cannot write to standard output"), "{error}");
}

#[test]
fn validate_lists_every_fault() {
    let folder = TempDir::new().expect("a temporary folder");
    let mut tenant = graph_tenant("a").0;
    tenant["labels"][0]["id"] = json!("not a guid");
    tenant["labels"][1]["sensitivity"] = json!(3);
    tenant["labels"][2]["colour"] = json!("#000000");
    tenant["policies"][0]["labels"][0] = json!("99999999-9999-4999-8999-999999999999");
    tenant["users"][0]["displayName"] = json!(7);
    let path = file(&folder, "faulty.json", &tenant.to_string());
    let refused = run(&["tenant", "validate", &path], &[]).refused();
    for place in [
        "labels[0].id",
        "sensitivity",
        "labels[2].colour",
        "policies[0].labels[0]",
        "users[0].displayName",
    ] {
        assert!(
            refused.stderr.contains(place),
            "{place} is not named in:\n{}",
            refused.stderr
        );
    }
    let torn = file(&folder, "torn.json", "{\"id\": ");
    run(&["tenant", "validate", &torn], &[]).refused();
    run(&["tenant", "validate", "/none/tenant.json"], &[]).refused();
}

#[test]
fn plan_shows_the_difference_and_apply_makes_it_so() {
    let folder = TempDir::new().expect("a temporary folder");
    let data_dir = folder.path().join("data").display().to_string();
    let first = file(&folder, "first.json", &contoso().0.to_string());
    let mut changed = contoso().0;
    changed["labels"][0]["tooltip"] = json!("a new tooltip");
    let id = changed["labels"][0]["id"].as_str().expect("an id").to_owned();
    let second = file(&folder, "second.json", &changed.to_string());
    let tenant = |arguments: &[&str]| run(&[&["tenant"], arguments, &["--data-dir", &data_dir]].concat(), &[]);

    let planned = tenant(&["plan", &first]).success().stdout;
    assert!(planned.contains("does not exist yet"), "{planned}");
    assert!(!folder.path().join("data").exists(), "looking makes no store");
    let absent = tenant(&["apply", &first, "--expect-revision", "3"]).refused();
    assert!(!absent.stderr.is_empty());
    assert!(tenant(&["apply", &first]).success().stdout.contains("revision 1"));
    let planned = tenant(&["plan", &second]).success().stdout;
    assert!(planned.contains(&id) && planned.contains("a new tooltip"), "{planned}");
    assert!(tenant(&["plan", &first]).success().stdout.starts_with("0 changes"));
    tenant(&["apply", &second, "--expect-revision", "7"]).refused();
    assert!(
        tenant(&["apply", &second, "--expect-revision", "1"])
            .success()
            .stdout
            .contains("revision 2")
    );
    assert!(
        tenant(&["apply", &second])
            .success()
            .stdout
            .contains("stays at revision 2")
    );

    let exported = tenant(&["export", "--json"]).success().stdout;
    let again = file(&folder, "exported.json", &exported);
    assert!(tenant(&["plan", &again]).success().stdout.starts_with("0 changes"));
    let yaml = file(&folder, "exported.yaml", &tenant(&["export"]).success().stdout);
    assert!(tenant(&["plan", &yaml]).success().stdout.starts_with("0 changes"));
    let old = file(
        &folder,
        "old.json",
        &tenant(&["export", "--json", "--revision", "1"]).success().stdout,
    );
    assert!(
        tenant(&["plan", &old])
            .success()
            .stdout
            .contains("1 changes to revision 2")
    );
}

#[test]
fn a_token_needs_no_server() {
    let installation = Installation::start(
        Shape::OneProcess,
        &Setup {
            tenants: vec![contoso()],
            ..Setup::default()
        },
    );
    let folder = installation.stop();
    let data_dir = folder.path().join("data").display().to_string();
    let token = |arguments: &[&str]| run(&[&["token", "--data-dir", &data_dir], arguments].concat(), &[]);
    let user = token(&[
        "--user",
        "grace.hopper@contoso.com",
        "--scope",
        "InformationProtectionPolicy.Read",
    ])
    .success();
    let application = token(&[
        "--app",
        "11111111-aaaa-4bbb-8ccc-222222222222",
        "--role",
        "SensitivityLabel.Read",
    ])
    .success();
    let short = token(&["--user", "bob@contoso.com", "--scope", "x", "--expires", "0s"]);
    let unknown = token(&["--user", "nobody@contoso.com"]).refused();
    assert!(unknown.stderr.contains("nobody@contoso.com"), "{}", unknown.stderr);

    let again = Setup {
        tenants: vec![contoso()],
        stored: true,
        ..Setup::default()
    };
    let installation = Installation::start_in(Shape::OneProcess, &again, folder);
    let send = |path: &str, token: &str| {
        installation.send(&Request::get(path).header("Authorization", format!("Bearer {}", token.trim())))
    };
    send(
        "/beta/me/security/informationProtection/sensitivityLabels",
        &user.stdout,
    )
    .expect(200);
    send(
        "/beta/users/gh@contoso.com/security/informationProtection/labelPolicySettings",
        &user.stdout,
    )
    .expect(200);
    send(
        "/v1.0/security/dataSecurityAndGovernance/sensitivityLabels",
        &application.stdout,
    )
    .expect(200);
    if short.status.success() {
        // The clock difference allowed between machines keeps it alive for a while.
        send("/v1.0/", &short.stdout).expect(200);
    }
    let while_running = installation
        .command(&["token", "--user", "bob@contoso.com", "--scope", "Files.Read"])
        .success();
    send("/v1.0/me/drives", &while_running.stdout).expect(200);
}

#[test]
fn a_data_directory_without_a_key_says_what_to_do() {
    let folder = TempDir::new().expect("a temporary folder");
    let data_dir = folder.path().display().to_string();
    let refused = run(&["token", "--data-dir", &data_dir, "--user", "bob@contoso.com"], &[]).refused();
    assert!(refused.stderr.contains("signet dev"), "{}", refused.stderr);
}

#[test]
fn config_shows_where_each_value_comes_from() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = file(&folder, "signet.toml", "[gateway]\nlegacy_routes = false\n");
    let environment = [("SIGNET_CATALOG__POLL_INTERVAL", "7s")];
    let shown = run(&["config", "show", "--config", &path], &environment)
        .success()
        .stdout;
    let line = |key: &str| {
        shown
            .lines()
            .find(|line| line.contains(key))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(line("gateway.legacy_routes").contains(&path), "{shown}");
    assert!(line("catalog.poll_interval").contains("7s"), "{shown}");
    assert!(
        line("catalog.poll_interval").contains("SIGNET_CATALOG__POLL_INTERVAL"),
        "{shown}"
    );
    assert!(line("gateway.max_body").contains("default"), "{shown}");
    let refused = run(&["config", "check", "--config", &path], &[]).refused();
    assert!(refused.stderr.contains("auth.issuers"), "{}", refused.stderr);
    let schema: Value = serde_json::from_str(&run(&["config", "schema"], &[]).success().stdout).expect("JSON");
    assert!(schema["properties"]["gateway"].is_object(), "{schema}");
}

/// Keys of the schema that pass a test, dotted, with those of lists left out.
fn keys_of_schema(wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let schema: Value = serde_json::from_str(&run(&["config", "schema"], &[]).success().stdout).expect("JSON");
    let mut keys = Vec::new();
    for (section, members) in schema["properties"].as_object().expect("sections") {
        let reference = members["$ref"].as_str().unwrap_or_default();
        let definition = schema
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or(&Value::Null);
        for name in definition["properties"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
        {
            keys.push(format!("{section}.{name}"));
        }
    }
    keys.retain(|key| wanted(key));
    keys
}

#[test]
fn config_shows_no_secret_wherever_it_comes_from() {
    let folder = TempDir::new().expect("a temporary folder");
    let secret = file(&folder, "secret", "s3cret-of-a-file");
    let files = keys_of_schema(|key| key.ends_with("_file"));
    let places = keys_of_schema(|key| key.ends_with("endpoint") || key.ends_with("_url"));
    assert!(files.len() >= 8 && places.len() >= 5, "{files:?} {places:?}");
    let values = files.iter().map(|key| (key, secret.as_str()));
    let values = values.chain(places.iter().map(|key| (key, "https://ann:s3cret@host.example:1")));
    for (key, value) in values {
        let (section, name) = key.split_once('.').expect("a dotted key");
        let configured = file(&folder, "signet.toml", &format!("[{section}]\n{name} = \"{value}\"\n"));
        let variable = format!("SIGNET_{}__{}", section.to_uppercase(), name.to_uppercase());
        for shown in [
            run(&["config", "show", "--config", &configured], &[]).success().stdout,
            run(&["config", "show"], &[(&variable, value)]).success().stdout,
        ] {
            let line = shown.lines().find(|line| line.starts_with(key.as_str()));
            let line = line.unwrap_or_else(|| panic!("{key} is not in {shown}"));
            assert!(!line.contains(" default"), "{line}");
            assert!(!shown.contains("s3cret"), "{line}");
        }
    }
    let buckets = format!(
        "[{{\"url\": \"s3://b\", \"access_key_id_file\": \"{secret}\", \"secret_access_key_file\": \"{secret}\"}}]"
    );
    for (variable, value) in [
        ("SIGNET_EXTRACTION__BUCKETS", buckets.as_str()),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
        ("PGPASSWORD", "s3cret"),
    ] {
        let shown = run(&["config", "show"], &[(variable, value)]).success().stdout;
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    for (variable, value) in [
        ("SIGNET_STORE__PASSWORD", "s3cret"),
        ("SIGNET_CLUSTER__TOKEN", "s3cret"),
        ("SIGNET_STORE__URL", "postgres://ann:s3cret@db/signet"),
        ("SIGNET_STORE__URL", "postgres://ann@db/signet?password=s3cret"),
    ] {
        let refused = run(&["config", "show"], &[(variable, value)]).refused();
        assert!(!(refused.stdout + &refused.stderr).contains("s3cret"), "{variable}");
    }
}

#[test]
fn inspect_finds_what_the_manifest_says() {
    for entry in read_json(&format!("{CORPUS}/manifest.json"))
        .as_array()
        .expect("a list of files")
    {
        let name = entry["file"].as_str().expect("a file name");
        let path = repository().join(CORPUS).join(name).display().to_string();
        let shown = run(&["inspect", "--json", &path], &[]).stdout;
        let labels = entry["expect"]["labels"].as_array().into_iter().flatten();
        for label in labels {
            let id = label["sensitivityLabelId"].as_str().expect("an id");
            assert!(shown.contains(id), "{name}: {id} is not in {shown}");
        }
        let shown: Value = serde_json::from_str(&shown).unwrap_or_else(|error| panic!("{name}: {error}: {shown}"));
        assert!(shown.to_string().contains(name), "{shown}");
    }
}

#[test]
fn scan_walks_a_folder() {
    let folder = repository().join(CORPUS).display().to_string();
    let lines = run(&["scan", "--format", "json", &folder], &[]).success().stdout;
    let found: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    for entry in read_json(&format!("{CORPUS}/manifest.json"))
        .as_array()
        .expect("a list of files")
    {
        let name = entry["file"].as_str().expect("a file name");
        let line = found.iter().find(|line| line.to_string().contains(name));
        // A kind that cannot carry a label may be left out.
        let expected = entry["expect"]["code"] != "notSupported";
        assert!(line.is_some() || !expected, "{name} is not in {lines}");
    }
    let table = run(&["scan", &folder], &[]).success().stdout;
    let line = |start: &str| {
        table
            .lines()
            .find(|line| line.starts_with(start))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(line("d76d8d7c-8674-53f0-8c69-79d068219a02").ends_with(" 5"), "{table}");
    assert!(line("(fileDoubleKeyEncrypted)").ends_with(" 1"), "{table}");
    assert!(line("all files").ends_with(&format!(" {}", found.len())), "{table}");
    let csv = run(&["scan", "--format", "csv", &folder], &[]).success().stdout;
    assert!(csv.contains("contract.docx") && csv.lines().count() > 10, "{csv}");
}

#[test]
fn an_export_of_another_service_becomes_a_tenant_file() {
    let folder = TempDir::new().expect("a temporary folder");
    for case in [
        "a-real-label",
        "flattened",
        "tree",
        "conditions",
        "policies",
        "rules",
        "habits",
        "protection-lost",
    ] {
        let case = read_json(&format!("tests/cases/import/{case}.json"));
        // As `>` writes it in Windows PowerShell.
        let utf16: Vec<u8> = format!("\u{feff}{}", case["labels"])
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let labels = folder.path().join("labels.json").display().to_string();
        fs::write(&labels, utf16).expect("a file can be written");
        let policies = file(&folder, "policies.json", &case["policies"].to_string());
        let mut arguments = vec!["tenant", "import-purview", "--labels", &labels, "--policies", &policies];
        let rules = file(&folder, "rules.json", &case["rules"].to_string());
        arguments.extend(["--rules", &rules]);
        let out = folder.path().join("tenant.yaml").display().to_string();
        let into = file(&folder, "into.json", &contoso().0.to_string());
        let json = folder.path().join("tenant.json").display().to_string();
        let id = "cb46c030-1825-4e81-a295-151c039dbf02";
        for flags in [
            &["--tenant-id", id, "--out", &out][..],
            &["--into", &into, "--out", &json],
        ] {
            let imported = run(&[&arguments[..], flags].concat(), &[]).success();
            for note in case["expect"]["notes"].as_array().expect("notes") {
                let path = note[0].as_str().expect("a path");
                assert!(
                    imported.stderr.contains(&format!("note: {path}: ")),
                    "{path} in {}",
                    imported.stderr
                );
            }
            run(&["tenant", "validate", flags[3]], &[]).success();
        }
        let printed = run(&arguments, &[]).success();
        assert!(printed.stderr.contains("--tenant-id"), "{}", printed.stderr);
        let printed = file(&folder, "printed.yaml", &printed.stdout);
        run(&["tenant", "validate", &printed], &[]).success();
    }
    let torn = file(&folder, "torn.json", "[{");
    let none = file(&folder, "none.json", "[]");
    let refused = run(
        &["tenant", "import-purview", "--labels", &torn, "--policies", &torn],
        &[],
    )
    .refused();
    assert!(
        refused.stderr.contains("labels: ") && refused.stderr.contains("policies: "),
        "{}",
        refused.stderr
    );
    run(
        &[
            "tenant",
            "import-purview",
            "--labels",
            &none,
            "--policies",
            "/none/policies.json",
        ],
        &[],
    )
    .refused();
}

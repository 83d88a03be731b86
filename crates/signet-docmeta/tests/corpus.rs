//! The documents under `tests/cases/extraction`: samples against their entry in `corpus/manifest.json`, and files of
//! independent writers against the `expected.json` beside them.
#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;

use serde_json::Value;
use signet_docmeta::{Limits, MemoryRange, Method, Options, ReadError, read_labels};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction")
}

/// The answer in the shape of the manifest's `expect`.
fn answer(name: &str, data: &[u8]) -> Value {
    let failed = |status: u16, code: &str| serde_json::json!({ "status": status, "code": code });
    let unprocessable =
        |inner: &str| serde_json::json!({ "status": 422, "code": "unprocessableEntity", "inner": inner });
    match read_labels(
        &mut MemoryRange::new(data),
        name,
        &Options::default(),
        &Limits::default(),
    ) {
        Ok(report) => {
            let labels: Vec<Value> = report
                .labels
                .iter()
                .map(|label| {
                    serde_json::json!({
                        "sensitivityLabelId": label.label_id.to_string(),
                        "assignmentMethod": match label.method {
                            Method::Standard => "standard",
                            Method::Privileged => "privileged",
                            Method::Auto => "auto",
                        },
                        "tenantId": label.tenant_id.to_string(),
                    })
                })
                .collect();
            serde_json::json!({ "status": 200, "labels": labels })
        }
        Err(ReadError::NotSupported { .. }) => failed(400, "notSupported"),
        Err(ReadError::DoubleKeyEncrypted) => failed(423, "fileDoubleKeyEncrypted"),
        Err(ReadError::DecryptionNotSupported) => failed(423, "fileDecryptionNotSupported"),
        Err(ReadError::BudgetExceeded) => failed(423, "fileDecryptionDeferred"),
        Err(ReadError::Malformed { .. }) => unprocessable("malformedContent"),
        Err(ReadError::LimitExceeded { .. }) => unprocessable("contentLimitExceeded"),
        Err(ReadError::Io(error)) => panic!("{error}"),
    }
}

#[test]
fn every_sample_reads_as_its_manifest_says() {
    let folder = folder().join("corpus");
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_str(&manifest).unwrap();
    let mut wrong = Vec::new();
    for case in &manifest {
        let name = case["file"].as_str().unwrap();
        let answer = answer(name, &std::fs::read(folder.join(name)).unwrap());
        if answer != case["expect"] {
            wrong.push(format!("{name}: {answer}, not {}", case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let samples = std::fs::read_dir(&folder).unwrap().count() - 1;
    assert_eq!(samples, manifest.len(), "a sample has no entry in the manifest");
}

#[test]
fn every_document_of_another_writer_reads_as_expected() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in std::fs::read_dir(folder()).unwrap() {
        let case = case.unwrap().path();
        let Ok(expected) = std::fs::read_to_string(case.join("expected.json")) else {
            continue;
        };
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let documents = std::fs::read_dir(&case).unwrap().map(|entry| entry.unwrap().path());
        let document = documents
            .into_iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == "input"))
            .unwrap();
        let name = document.file_name().unwrap().to_str().unwrap();
        let answer = answer(name, &std::fs::read(&document).unwrap());
        if answer != expected["expect"] {
            wrong.push(format!("{}: {answer}, not {}", case.display(), expected["expect"]));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 20, "only {count} documents were found");
}

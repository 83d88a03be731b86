//! The sample documents under `tests/cases/extraction/corpus`, each against its entry in `manifest.json`.

use std::path::PathBuf;

use serde_json::Value;
use signet_docmeta::{Limits, MemoryRange, Method, Options, ReadError, read_labels};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction/corpus")
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
    let manifest = std::fs::read_to_string(folder().join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_str(&manifest).unwrap();
    let mut wrong = Vec::new();
    for case in &manifest {
        let name = case["file"].as_str().unwrap();
        let answer = answer(name, &std::fs::read(folder().join(name)).unwrap());
        if answer != case["expect"] {
            wrong.push(format!("{name}: {answer}, not {}", case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let samples = std::fs::read_dir(folder()).unwrap().count() - 1;
    assert_eq!(samples, manifest.len(), "a sample has no entry in the manifest");
}

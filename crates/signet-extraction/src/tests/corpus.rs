//! The sample documents, from a drive to the answer, against their manifest.

use std::path::PathBuf;

use serde_json::{Value, json};
use signet_contract::Extraction as _;
use signet_domain::error::ErrorReason;

use super::world::*;
use crate::readers::DocumentReader;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction/corpus")
}

/// Source: rest-api 6.2, 6.3.
fn status_and_code(reason: ErrorReason) -> Value {
    match reason {
        ErrorReason::FileTypeNotSupported => json!({"status": 400, "code": "notSupported"}),
        ErrorReason::FileDoubleKeyEncrypted => json!({"status": 423, "code": "fileDoubleKeyEncrypted"}),
        ErrorReason::FileDecryptionNotSupported => json!({"status": 423, "code": "fileDecryptionNotSupported"}),
        ErrorReason::MalformedContent => {
            json!({"status": 422, "code": "unprocessableEntity", "inner": "malformedContent"})
        }
        ErrorReason::ContentLimitExceeded => {
            json!({"status": 422, "code": "unprocessableEntity", "inner": "contentLimitExceeded"})
        }
        other => json!({"reason": other.name()}),
    }
}

#[tokio::test]
async fn every_sample_answers_as_its_manifest_says_twice() {
    let world = World::with_documents();
    let manifest = std::fs::read_to_string(folder().join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_str(&manifest).unwrap();
    let mut wrong = Vec::new();
    for case in &manifest {
        let name = case["file"].as_str().unwrap();
        std::fs::copy(folder().join(name), world.real("bob").join(name)).unwrap();
        for _ in 0..2 {
            let answer = world
                .service
                .extract_labels(&everything(), reference("b!bob", at(name)))
                .await;
            let answer = match answer {
                Err(error) => status_and_code(error.reason),
                Ok(answer) => {
                    let labels: Vec<Value> = answer
                        .labels
                        .iter()
                        .map(|label| {
                            json!({
                                "sensitivityLabelId": label.label_id,
                                "assignmentMethod": label.assignment_method,
                                "tenantId": label.tenant_id,
                            })
                        })
                        .collect();
                    json!({"status": 200, "labels": labels})
                }
            };
            if answer != case["expect"] {
                wrong.push(format!("{name}: {answer}, not {}", case["expect"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

impl World {
    /// A world whose files are real documents.
    fn with_documents() -> Self {
        let mut world = Self::new();
        world.restart_with(std::sync::Arc::new(DocumentReader));
        world
    }
}

//! Exports as files: golden cases, realistic ones, files as PowerShell writes them, and hostile ones.

use std::path::PathBuf;

use serde_json::{Value, json};
use signet_domain::ids::TenantId;
use signet_domain::tenant::{read_document, validate};
use signet_testkit::cases::{catalog, import_cases};
use signet_testkit::fuzz::Fuzz;
use signet_testkit::matcher::mismatch;

use super::*;

fn nobody() -> TenantDocument {
    empty_tenant(TenantId::parse("cb46c030-1825-4e81-a295-151c039dbf02").unwrap())
}

fn imported(labels: &Value, policies: &Value, rules: &Value, tenant: TenantDocument) -> Imported {
    let files = [labels, policies, rules].map(|file| file.to_string().into_bytes());
    let export = Export {
        labels: &files[0],
        policies: &files[1],
        rules: &[&files[2]],
    };
    import(&export, tenant).unwrap()
}

/// Rights are a set, and false flags need not be written.
fn comparable(expected: &Value) -> Value {
    match expected {
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match (name.as_str(), value) {
                ("rights", Value::Array(rights)) if rights.iter().all(Value::is_string) => {
                    (name.clone(), json!({"$flags": rights}))
                }
                ("disableAutomaticOwnerRights", Value::Bool(false)) => (name.clone(), json!("$absent")),
                _ => (name.clone(), comparable(value)),
            };
            Value::Object(members.iter().map(member).collect())
        }
        Value::Array(elements) => elements.iter().map(comparable).collect(),
        other => other.clone(),
    }
}

#[test]
fn golden_cases() {
    let (contoso, _) = read_document(&catalog("contoso")).unwrap();
    let cases = import_cases();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let none = json!([]);
        let document = match case.kind.as_str() {
            "Get-Label" => imported(&case.json, &none, &none, nobody()).document,
            "Get-LabelPolicy" => imported(&none, &case.json, &none, contoso.clone()).document,
            other => panic!("{other}"),
        };
        let model = match case.kind.as_str() {
            "Get-Label" => json!(document.labels[0]),
            _ => json!(document.policies[0]),
        };
        assert_eq!(
            mismatch(&comparable(&case.model), Some(&model)),
            None,
            "{} ({})",
            case.id,
            case.why
        );
    }
}

fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../tests/cases/import"]
        .iter()
        .collect()
}

fn cases() -> Vec<(String, Value)> {
    let mut cases: Vec<(String, Value)> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), serde_json::from_str(&text).unwrap())
        })
        .collect();
    cases.sort_by(|one, other| one.0.cmp(&other.0));
    cases
}

#[test]
fn every_case_is_imported_as_it_says_and_every_loss_is_noted() {
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let imported = imported(&case["labels"], &case["policies"], &case["rules"], nobody());
        let (faults, _) = validate(&imported.document);
        assert_eq!(faults, [], "{name}");
        let mut expected = case["expect"].clone();
        let notes = expected.as_object_mut().unwrap().remove("notes").unwrap();
        if let Some(place) = mismatch(&expected, Some(&json!(imported.document))) {
            wrong.push(format!("{name}: {place}"));
        }
        wrong.extend(
            differences(&notes, &imported.notes)
                .into_iter()
                .map(|note| format!("{name}: {note}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every expected note is there, and no other place has one. Notes on the order of labels come in numbers, so that the
/// others of the same kind may be left out of a case.
fn differences(expected: &Value, notes: &[Finding]) -> Vec<String> {
    let expected: Vec<(&str, &str)> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|note| (note[0].as_str().unwrap(), note[1].as_str().unwrap()))
        .collect();
    let fits = |note: &Finding, (path, piece): &(&str, &str)| note.path == *path && note.message.contains(piece);
    let missing = expected
        .iter()
        .filter(|wanted| !notes.iter().any(|note| fits(note, wanted)));
    let unexpected = notes.iter().filter(|note| {
        !note.message.contains("no order in which") && !expected.iter().any(|wanted| fits(note, wanted))
    });
    missing
        .map(|(path, piece)| format!("no note `{piece}` at {path}"))
        .chain(unexpected.map(|note| format!("unexpected note at {}: {}", note.path, note.message)))
        .collect()
}

#[test]
fn messages_read_as_all_messages_do() {
    for (name, case) in cases() {
        for note in imported(&case["labels"], &case["policies"], &case["rules"], nobody()).notes {
            let first = note.message.chars().next().unwrap();
            assert!(
                !first.is_uppercase() && !note.message.ends_with('.'),
                "{name}: {}",
                note.message
            );
            assert!(!note.path.is_empty());
        }
    }
}

#[test]
fn files_are_read_as_powershell_writes_them() {
    let text = json!({"Guid": "00000000-0000-4000-8000-000000000001", "Name": "Bücher", "Priority": 0}).to_string();
    let utf16 = |mark: &[u16], to: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16()).flat_map(to).collect()
    };
    let files = [
        text.clone().into_bytes(),
        [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        utf16(&[0xFEFF], u16::to_le_bytes),
        utf16(&[0xFEFF], u16::to_be_bytes),
        utf16(&[], u16::to_le_bytes),
        utf16(&[], u16::to_be_bytes),
    ];
    for (at, labels) in files.iter().enumerate() {
        let export = Export {
            labels,
            ..Export::default()
        };
        let imported = import(&export, nobody()).unwrap();
        assert_eq!(imported.document.labels[0].name, "Bücher", "{at}");
    }
    for nothing in [&b""[..], b" \r\n", b"null", b"[]", b"\xEF\xBB\xBF", b"\xFF\xFE"] {
        let export = Export {
            labels: nothing,
            policies: nothing,
            rules: &[nothing],
        };
        assert_eq!(import(&export, nobody()).unwrap().document, nobody());
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_every_place() {
    let deep = "[".repeat(100_000);
    let refused = |export: &Export<'_>| -> Vec<String> {
        let faults = import(export, nobody()).unwrap_err();
        faults.into_iter().map(|fault| fault.path).collect()
    };
    let all = Export {
        labels: b"{\"Guid\": ",
        policies: b"\xFF\xFEa",
        rules: &[b"7", b"\x80\x80", deep.as_bytes()],
    };
    assert_eq!(refused(&all), ["labels", "policies", "rules", "rules", "rules"]);
    let elements = Export {
        labels: b"[{}, {\"Guid\": \"x\", \"ImmutableId\": 7}]",
        policies: b"[{\"Name\": \"P\"}]",
        rules: &[],
    };
    assert_eq!(
        refused(&elements),
        ["labels[0].Guid", "labels[1].Guid", "policies[0].Guid"]
    );
    let text = Export {
        labels: b"[{}, \"@{Name=Public}\"]",
        ..Export::default()
    };
    assert_eq!(refused(&text), ["labels[1]"]);
    let large = vec![b' '; MAX_FILE_BYTES + 1];
    let large = Export {
        labels: &large,
        ..Export::default()
    };
    assert_eq!(refused(&large), ["labels"]);
}

#[test]
fn what_the_export_does_not_have_stays_in_the_tenant() {
    let (contoso, _) = read_document(&catalog("contoso")).unwrap();
    let none = json!([]);
    assert_eq!(imported(&none, &none, &none, contoso.clone()).document, contoso);
    let label = json!({"Guid": "00000000-0000-4000-8000-000000000001", "Name": "New", "Priority": 0});
    let replaced = imported(&label, &none, &none, contoso.clone());
    assert_eq!(replaced.document.labels.len(), 1);
    assert_eq!(replaced.document.users, contoso.users);
    assert_eq!(replaced.document.policies.len(), contoso.policies.len());
    assert!(replaced.document.policies.iter().all(|policy| policy.labels.is_empty()));
    assert!(
        replaced
            .notes
            .iter()
            .any(|note| note.path.starts_with("policies[0].Labels")),
        "{:?}",
        replaced.notes
    );
}

#[test]
fn notes_are_bounded() {
    let actions: Vec<Value> = (0..12_000)
        .map(|number| json!({"Type": format!("unheard{number}")}))
        .collect();
    let label =
        json!({"Guid": "00000000-0000-4000-8000-000000000001", "Name": "A", "Priority": 0, "LabelActions": actions});
    let imported = imported(&label, &json!([]), &json!([]), nobody());
    assert_eq!((imported.notes.len(), imported.more_notes), (10_000, 2_000));
    let long = json!({"Guid": "00000000-0000-4000-8000-000000000001", "Name": "A", "Priority": 0,
                      "Mode": "x\u{7}".repeat(100_000)});
    let noted = self::imported(&long, &json!([]), &json!([]), nobody()).notes;
    assert!(
        noted
            .iter()
            .all(|note| note.message.len() < 400 && !note.message.contains('\u{7}'))
    );
}

/// Nothing panics, and what is imported is a valid tenant: the only faults are those of files and missing ids.
#[test]
fn damaged_exports_are_refused_or_make_a_valid_tenant() {
    let seeds = cases().into_iter().map(|(_, case)| case.to_string().into_bytes());
    let words = [
        "Guid", "ParentId", "\"And\"", "\"Or\"", "CCSI", "[color, ", "-1", "null", "{}", "[]", "@{", "Priority",
    ];
    Fuzz::new("import", seeds).words(words).rounds(3_000).run(|input| {
        let case: Value = serde_json::from_slice(input).unwrap_or_default();
        let part = |name: &str| match &case[name] {
            Value::Null => input.to_vec(),
            part => part.to_string().into_bytes(),
        };
        let (labels, policies, rules) = (part("labels"), part("policies"), part("rules"));
        let export = Export {
            labels: &labels,
            policies: &policies,
            rules: &[&rules],
        };
        match import(&export, nobody()) {
            Ok(imported) => {
                assert_eq!(validate(&imported.document).0, []);
                imported.notes.len()
            }
            Err(faults) => {
                for fault in faults {
                    let of_file = ["labels", "policies", "rules"].contains(&fault.path.as_str());
                    let of_id = fault.path.ends_with(".Guid") || fault.message.contains("no object");
                    assert!(of_file || of_id, "{}: {}", fault.path, fault.message);
                }
                0
            }
        }
    });
}

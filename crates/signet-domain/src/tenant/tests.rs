use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn contoso() -> Value {
    serde_json::from_str(include_str!("../../../../tests/cases/catalogs/contoso.json")).unwrap()
}

/// Contoso with one value replaced; `Null` with a path ending in `-` removes the member.
fn contoso_with(pointer: &str, value: Value) -> Value {
    let mut document = contoso();
    set(&mut document, pointer, value);
    document
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(elements) if member == "-" => elements.push(value),
        Value::Array(elements) => elements[member.parse::<usize>().unwrap()] = value,
        Value::Object(entries) => {
            entries.insert(member.to_owned(), value);
        }
        other => panic!("{other} has no members"),
    }
}

fn paths(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.path.as_str()).collect()
}

#[test]
fn what_serde_reads_is_read_alike_and_without_complaint() {
    let value = contoso();
    let (document, warnings) = read_document(&value).unwrap();
    assert_eq!(document, serde_json::from_value(value).unwrap());
    assert_eq!(warnings, []);
    assert_eq!(validate(&document), (Vec::new(), Vec::new()));
}

#[test]
fn what_is_written_is_read_back_equal() {
    let (document, _) = read_document(&contoso()).unwrap();
    let written = serde_json::to_value(&document).unwrap();
    assert_eq!(read_document(&written).unwrap().0, document);
}

#[test]
fn permission_levels_become_single_rights() {
    let value = contoso_with("/labels/5/protection/rights/0/rights", json!(["Viewer", "print"]));
    let (document, _) = read_document(&value).unwrap();
    let written = serde_json::to_value(&document.labels[5].protection).unwrap();
    assert_eq!(
        written["rights"][0]["rights"],
        json!(["PRINT", "REPLY", "REPLYALL", "VIEW", "VIEWRIGHTSDATA", "OBJMODEL"])
    );
}

#[test]
fn each_fault_is_reported_at_its_path() {
    let guid = "11111111-1111-4111-8111-111111111111";
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/id", json!("contoso"), "id"),
        ("/colour", json!(1), "colour"),
        ("/labels", json!({}), "labels"),
        ("/defaultLocale", json!("english!"), "defaultLocale"),
        ("/domains/0", json!("no domain"), "domains[0]"),
        (
            "/users/1/id",
            json!("6e7b768e-07e2-4810-8459-485f84f8f201"),
            "users[1].id",
        ),
        ("/users/1/mail", json!("bob@contoso.com"), "users[1].mail"),
        ("/users/1/mail", json!("BOB@contoso.com"), "users[1].mail"),
        (
            "/users/1/userPrincipalName",
            json!("alice"),
            "users[1].userPrincipalName",
        ),
        ("/users/6/proxyAddresses/0", json!(7), "users[6].proxyAddresses[0]"),
        (
            "/groups/1/id",
            json!("b1c4a2d0-5f0e-4b7e-8a55-0d3c8f1a9e01"),
            "groups[1].id",
        ),
        ("/groups/1/mail", json!("bob@contoso.com"), "groups[1].mail"),
        (
            "/sensitiveTypes/1/id",
            json!("50842eb7-edc8-4019-85dd-5a5c1f2bb085"),
            "sensitiveTypes[1].id",
        ),
        ("/labels/3", json!("Confidential"), "labels[3]"),
        ("/labels/0/id", json!("x"), "labels[0].id policies[0].labels[0]"),
        (
            "/labels/1/id",
            json!("87867195-f2b8-4ac2-b0b6-6bb73cb33afc"),
            "labels[1].id policies[0].labels[1]",
        ),
        ("/labels/3/name", json!("General"), "labels[3].name"),
        ("/labels/3/name", json!(""), "labels[3].name"),
        ("/labels/12/sensitivity", json!(8), "labels[12].sensitivity"),
        ("/labels/12/sensitivity", json!("high"), "labels[12].sensitivity"),
        ("/labels/12/color", json!("red"), "labels[12].color"),
        (
            "/labels/12/applicableTo",
            json!(["file", "fax"]),
            "labels[12].applicableTo[1]",
        ),
        ("/labels/12/parentId", json!(guid), "labels[12].parentId"),
        (
            "/labels/12/parentId",
            json!("6a9f0c35-8d17-4b28-9e53-b1c4d7a2f310"),
            "labels[12].parentId",
        ),
        (
            "/labels/12/parentId",
            json!("91e4a7c6-0d52-4f3b-8a19-c6b5d8e7f212"),
            "labels[12].parentId",
        ),
        ("/labels/4/sensitivity", json!(-1), "labels[4].sensitivity"),
        ("/labels/4/sensitivity", json!(100), "labels[4].sensitivity"),
        ("/labels/2/locales/de_DE", json!({}), "labels[2].locales.de_DE"),
        ("/labels/2/locales/DE-DE", json!({}), "labels[2].locales.de-de"),
        (
            "/labels/2/locales/de-de/name",
            json!("x"),
            "labels[2].locales.de-de.name",
        ),
        (
            "/labels/2/footer/fontColor",
            json!("black"),
            "labels[2].footer.fontColor",
        ),
        (
            "/labels/2/footer/alignment",
            json!("middle"),
            "labels[2].footer.alignment",
        ),
        (
            "/labels/5/protection/templateId",
            json!("x"),
            "labels[5].protection.templateId",
        ),
        ("/labels/5/protection/type", json!("magic"), "labels[5].protection.type"),
        (
            "/labels/5/protection/offlineDays",
            json!(1),
            "labels[5].protection.offlineDays",
        ),
        (
            "/labels/5/protection",
            json!({"type": "template"}),
            "labels[5].protection.templateId",
        ),
        (
            "/labels/5/protection/rights/0/identity",
            json!("contoso"),
            "labels[5].protection.rights[0].identity",
        ),
        (
            "/labels/5/protection/rights/0/rights/1",
            json!("FLY"),
            "labels[5].protection.rights[0].rights[1]",
        ),
        (
            "/labels/5/siteAndGroup",
            json!({"privacy": "secret"}),
            "labels[5].siteAndGroup.privacy",
        ),
        (
            "/labels/5/meeting",
            json!({"allowedPresenters": "cats"}),
            "labels[5].meeting.allowedPresenters",
        ),
        (
            "/labels/10/customActions/0/properties/0/value",
            json!(null),
            "labels[10].customActions[0].properties[0].value",
        ),
        (
            "/labels/13/autoLabeling/mode",
            json!("always"),
            "labels[13].autoLabeling.mode",
        ),
        (
            "/labels/13/autoLabeling/conditions/groups/0/sensitiveTypes/0/maxCount",
            json!(4),
            "labels[13].autoLabeling.conditions.groups[0].sensitiveTypes[0].maxCount",
        ),
        (
            "/labels/13/autoLabeling/conditions/groups/0/sensitiveTypes/0/maxConfidence",
            json!(101),
            "labels[13].autoLabeling.conditions.groups[0].sensitiveTypes[0].maxConfidence",
        ),
        (
            "/policies/1/id",
            json!("d4f0a1b2-6c3e-4d5f-8a7b-9c0d1e2f3a00"),
            "policies[1].id",
        ),
        ("/policies/0/labels/0", json!(guid), "policies[0].labels[0]"),
        (
            "/policies/0/settings/mandatory",
            json!("yes"),
            "policies[0].settings.mandatory",
        ),
        (
            "/policies/0/settings/defaultLabelId",
            json!(guid),
            "policies[0].settings.defaultLabelId",
        ),
        (
            "/policies/0/settings/defaultLabelId",
            json!("a7a21bba-8197-491f-a5d6-0d0f955397cf"),
            "policies[0].settings.defaultLabelId",
        ),
        (
            "/policies/0/settings/outlookDefaultLabel",
            json!("some"),
            "policies[0].settings.outlookDefaultLabel",
        ),
    ];
    for (pointer, value, path) in cases {
        let faults = read_document(&contoso_with(pointer, value.clone())).expect_err(pointer);
        assert_eq!(paths(&faults).join(" "), path, "{pointer} = {value}: {faults:?}");
    }
}

#[test]
fn all_faults_are_reported_together() {
    let mut document = contoso();
    for (pointer, value) in [
        ("/users/0/mail", json!(5)),
        ("/labels/0/color", json!("white")),
        ("/labels/0/sensitivity", json!("low")),
        ("/labels/1/sensitivity", json!(2)),
        ("/labels/4/name", json!("General")),
        ("/labels/5/protection/templateId", json!(null)),
        ("/labels/13/nonsense", json!(true)),
        ("/policies/2/labels/0", json!("11111111-1111-4111-8111-111111111111")),
        ("/policies/2/priority", json!("first")),
    ] {
        set(&mut document, pointer, value);
    }
    let faults = read_document(&document).unwrap_err();
    assert_eq!(
        paths(&faults).into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([
            "users[0].mail",
            "labels[0].color",
            "labels[0].sensitivity",
            "labels[2].sensitivity",
            "labels[4].name",
            "labels[5].protection.templateId",
            "labels[13].nonsense",
            "policies[2].labels[0]",
            "policies[2].priority",
        ]),
        "{faults:?}"
    );
    assert_eq!(faults.len(), 9, "{faults:?}");
}

#[test]
fn missing_members_are_reported_where_they_belong() {
    let faults = read_document(&json!({"labels": [{}], "drives": [{"owner": {}}], "policies": [[]]})).unwrap_err();
    assert_eq!(
        paths(&faults),
        [
            "id",
            "labels[0].id",
            "labels[0].name",
            "labels[0].sensitivity",
            "policies[0]",
            "drives[0].id",
            "drives[0].owner",
            "drives[0].source"
        ]
    );
    assert_eq!(paths(&read_document(&json!(null)).unwrap_err()), [""]);
}

#[test]
fn drives_need_an_owner_that_exists() {
    let drive = |id: &str, owner: Value, source: &str| json!({"id": id, "owner": owner, "source": source});
    let value = contoso_with(
        "/drives",
        json!([
            drive("one", json!({"user": "BOB@contoso.com"}), "file:///srv"),
            drive(
                "two",
                json!({"user": "6e7b768e-07e2-4810-8459-485f84f8f201"}),
                "s3://bucket/x"
            ),
            drive("three", json!({"group": "finance@contoso.com"}), "file:///srv"),
            drive("four", json!({"site": "root"}), "file:///srv"),
            drive("one", json!({"user": "nobody@contoso.com"}), "ftp://srv"),
            drive("a/b", json!({"group": "bob@contoso.com"}), "file:///srv"),
        ]),
    );
    let faults = read_document(&value).unwrap_err();
    assert_eq!(
        paths(&faults),
        [
            "drives[4].id",
            "drives[4].source",
            "drives[4].owner.user",
            "drives[5].id",
            "drives[5].owner.group"
        ]
    );
}

#[test]
fn what_will_not_do_what_it_seems_to_is_a_warning() {
    let guid = "11111111-1111-4111-8111-111111111111";
    let rule = json!({"conditions": {"groups": []}});
    let cases: Vec<(&str, Value, &str)> = vec![
        (
            "/groups/0/members/0",
            json!("ghost@contoso.com"),
            "groups[0].members[0]",
        ),
        (
            "/policies/1/scope/include/0",
            json!("ghost@contoso.com"),
            "policies[1].scope.include[0]",
        ),
        (
            "/policies/1/scope/exclude/0",
            json!("ghost@contoso.com"),
            "policies[1].scope.exclude[0]",
        ),
        ("/policies/1/priority", json!(0), "policies[1].priority"),
        (
            "/labels/5/protection/rights/0/identity",
            json!("x@contoso.com"),
            "labels[5].protection.rights[0].identity",
        ),
        (
            "/labels/3/defaultSubLabelId",
            json!(guid),
            "labels[3].defaultSubLabelId",
        ),
        (
            "/labels/2/footer/text",
            json!("x".repeat(1025)),
            "labels[2].footer.text",
        ),
        (
            "/labels/11/watermark/text",
            json!("ä".repeat(256)),
            "labels[11].watermark.text",
        ),
        ("/labels/0/applicableTo", json!([]), "labels[0].applicableTo"),
        ("/labels/0/autoLabeling", rule, "labels[0].autoLabeling.conditions"),
        ("/users/0/preferredLanguage", json!("?"), "users[0].preferredLanguage"),
        (
            "/policies/0/settings/outlookDefaultLabel",
            json!("a7a21bba-8197-491f-a5d6-0d0f955397cf"),
            "policies[0].settings.outlookDefaultLabel",
        ),
        (
            "/labels/13/autoLabeling/conditions/groups/0/sensitiveTypes/0/id",
            json!(guid),
            "labels[13].autoLabeling.conditions.groups[0].sensitiveTypes[0].id",
        ),
    ];
    for (pointer, value, path) in cases {
        let mut document = contoso_with(pointer, value.clone());
        if pointer.starts_with("/labels/12") {
            document = contoso();
            set(&mut document, &pointer.replace("/12/", "/13/"), value);
        }
        let (_, warnings) = read_document(&document).unwrap_or_else(|faults| panic!("{pointer}: {faults:?}"));
        assert_eq!(paths(&warnings), [path], "{pointer}: {warnings:?}");
    }
    let on_parent = contoso_with(
        "/labels/3/autoLabeling",
        contoso()["labels"][13]["autoLabeling"].clone(),
    );
    assert_eq!(paths(&read_document(&on_parent).unwrap().1), ["labels[3].autoLabeling"]);
}

/// Every place of a document.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(entries) => entries
            .iter()
            .for_each(|(name, inner)| pointers(inner, &format!("{at}/{name}"), found)),
        Value::Array(list) => (0..list.len()).for_each(|place| pointers(&list[place], &format!("{at}/{place}"), found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// The tables say what the types say: a document is refused for its structure exactly when `serde` refuses it,
    /// and then at the place that was damaged or inside it.
    #[test]
    fn the_tables_agree_with_the_types(
        place in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(json!(null)), Just(json!(true)), Just(json!(-7)), Just(json!(300)), Just(json!("x")), Just(json!([])),
            Just(json!({})), Just(json!([1])), Just(json!({"x": 1})), Just(json!(1.5)), Just(json!(["file"])),
        ],
    ) {
        let mut all = Vec::new();
        let mut document = contoso_with("/drives", json!([{"id": "d", "owner": {"site": "root"}, "source": "file:///srv"}]));
        pointers(&document, "", &mut all);
        let pointer = &all[1 + place.index(all.len() - 1)];
        *document.pointer_mut(pointer).unwrap() = value;
        let (_, structural) = repair::repair(&document, &structure::TENANT);
        let refused = TenantDocument::deserialize(&document).err().map(|error| error.to_string());
        // A struct may be written as a list of its members; nobody does, and the tables refuse it.
        prop_assert!(refused.is_some() || structural.is_empty() || document.pointer(pointer).unwrap().is_array());
        if refused.is_some() {
            let path = pointer[1..].split('/').fold(String::new(), |path, part| match part.parse::<usize>() {
                Ok(place) => format!("{path}[{place}]"),
                Err(_) if path.is_empty() => part.to_owned(),
                Err(_) => format!("{path}.{part}"),
            });
            prop_assert!(!structural.is_empty(), "{pointer}: {refused:?}");
            for finding in &structural {
                prop_assert!(finding.path.starts_with(&path), "{pointer}: {finding:?}");
            }
            let faults = read_document(&document).unwrap_err();
            prop_assert!(structural.iter().all(|finding| faults.contains(finding)));
        }
    }
}

/// A document as large as one may be and wrong everywhere is judged in proportion to its size.
#[test]
fn hostile_documents_are_judged_with_bounded_work() {
    let long = "n".repeat(200_000);
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
    // Every sublabel quotes its parent.
    let mut labels = vec![json!({"id": id(0), "name": long, "sensitivity": 100_000})];
    labels.extend(
        (1..60_000_u32).map(
            |number| json!({"id": id(number), "name": number.to_string(), "sensitivity": number, "parentId": id(0)}),
        ),
    );
    let faults = read_document(&json!({"id": id(0), "labels": labels})).unwrap_err();
    assert_eq!(faults.len(), 10_000);
    assert_eq!(faults[0].path, "labels");
    let size: usize = faults.iter().map(|fault| fault.path.len() + fault.message.len()).sum();
    assert!(size < 4_000_000, "{size} bytes of findings");

    // Nothing can be read of users, and drives name some.
    let users: Vec<Value> = (0..30_000).map(|_| json!({"id": 7})).collect();
    let drives: Vec<Value> = (0..30_000)
        .map(|number| json!({"id": number.to_string(), "owner": {"user": "x@a.example"}, "source": "file:///x"}))
        .collect();
    let faults = read_document(&json!({"id": id(0), "users": users, "drives": drives})).unwrap_err();
    assert_eq!(faults.len(), 1_000);

    let unknown: serde_json::Map<String, Value> = (0..100_000).map(|at| (format!("m{at}"), Value::Null)).collect();
    let faults = read_document(&json!({"id": id(0), "labels": [unknown]})).unwrap_err();
    assert_eq!(faults.len(), 1_000);

    let policies: Vec<Value> = (0..5_001_u32)
        .map(|number| json!({"id": id(number), "name": "p", "priority": number}))
        .collect();
    let faults = read_document(&json!({"id": id(0), "policies": policies})).unwrap_err();
    assert_eq!(
        faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(),
        ["policies"]
    );
}

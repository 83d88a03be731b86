use serde_json::json;

use super::*;
use crate::tenant::read_document;

fn id(number: u32) -> LabelId {
    LabelId::parse(&format!("00000000-0000-4000-8000-{number:012}")).unwrap()
}

/// Public 1 · Internal 2 (Internal_A 3, Internal_B 4) · Secret 9; one policy.
fn document() -> TenantDocument {
    let label = |number: u32, name: &str, sensitivity: i32, parent: Option<u32>| {
        json!({"id": id(number), "name": name, "sensitivity": sensitivity, "applicableTo": ["file"],
               "parentId": parent.map(id)})
    };
    let document = json!({
        "id": id(0),
        "labels": [
            label(5, "Secret", 9, None), label(1, "Public", 1, None), label(2, "Internal", 2, None),
            label(3, "Internal_A", 3, Some(2)), label(4, "Internal_B", 4, Some(2)),
        ],
        "policies": [{"id": id(90), "name": "Everyone", "labels": [id(1), id(4)], "scope": {"includeAll": true},
                      "settings": {"defaultLabelId": id(1), "outlookDefaultLabel": id(4)}}],
    });
    read_document(&document).unwrap().0
}

fn label(number: u32) -> Label {
    let document = document();
    document
        .labels
        .into_iter()
        .find(|label| label.id == id(number))
        .unwrap()
}

fn refused(change: LabelChange) -> Vec<(String, String)> {
    match change.apply(&document()) {
        Err(LabelChangeRefused::Invalid(faults)) => {
            faults.into_iter().map(|fault| (fault.path, fault.message)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn paths(change: LabelChange) -> Vec<String> {
    refused(change).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_label_is_created_updated_and_deleted() {
    let new = Label {
        id: id(6),
        name: "Top".to_owned(),
        sensitivity: 20,
        ..label(5)
    };
    let (created, warnings) = LabelChange::Create(Box::new(new.clone())).apply(&document()).unwrap();
    assert_eq!((created.labels.last(), warnings), (Some(&new), Vec::new()));
    assert_eq!(created.labels.len(), 6);

    let renamed = Label {
        tooltip: "new".to_owned(),
        ..label(3)
    };
    let (updated, _) = LabelChange::Update(Box::new(renamed.clone()))
        .apply(&document())
        .unwrap();
    assert_eq!(updated.labels[3], renamed);

    let (deleted, _) = LabelChange::Delete(id(3)).apply(&document()).unwrap();
    assert_eq!(deleted.labels.len(), 4);
    assert!(deleted.labels.iter().all(|label| label.id != id(3)));
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let unknown = Label { id: id(7), ..label(1) };
    for change in [LabelChange::Update(Box::new(unknown)), LabelChange::Delete(id(7))] {
        assert_eq!(change.apply(&document()), Err(LabelChangeRefused::Unknown(id(7))));
    }
}

#[test]
fn a_label_in_use_stays() {
    assert_eq!(
        paths(LabelChange::Delete(id(2))),
        ["labels[3].parentId", "labels[4].parentId"]
    );
    assert_eq!(
        paths(LabelChange::Delete(id(1))),
        ["policies[0].labels[0]", "policies[0].settings.defaultLabelId"]
    );
    assert_eq!(
        paths(LabelChange::Delete(id(4))),
        ["policies[0].labels[1]", "policies[0].settings.outlookDefaultLabel"]
    );
    for (_, message) in refused(LabelChange::Delete(id(2))) {
        assert!(message.contains("first"), "{message}");
    }
}

#[test]
fn faults_in_what_was_sent_have_paths_in_what_was_sent() {
    let same_id = label(5);
    assert_eq!(
        paths(LabelChange::Create(Box::new(same_id))),
        ["label.id", "label.name", "label.sensitivity"]
    );
    let two = Label {
        sensitivity: 9,
        color: Some("red".to_owned()),
        ..label(1)
    };
    // The parent's neighbours keep their own paths: nobody sent them.
    assert_eq!(
        paths(LabelChange::Update(Box::new(two))),
        ["label.sensitivity", "label.color"]
    );
    let deep = Label {
        parent_id: Some(id(3)),
        ..label(5)
    };
    assert_eq!(paths(LabelChange::Update(Box::new(deep))), ["label.parentId"]);
    let astray = Label {
        parent_id: Some(id(77)),
        ..label(5)
    };
    assert_eq!(paths(LabelChange::Update(Box::new(astray))), ["label.parentId"]);
    // A default label that becomes a parent is the policy's fault.
    let child = Label {
        id: id(6),
        name: "Child".to_owned(),
        parent_id: Some(id(1)),
        sensitivity: 20,
        ..label(5)
    };
    assert_eq!(
        paths(LabelChange::Create(Box::new(child))),
        ["label.sensitivity", "policies[0].settings.defaultLabelId"]
    );
}

#[test]
fn an_order_gives_the_sensitivities_out_again() {
    let order: Vec<LabelId> = [2, 4, 3, 5, 1].into_iter().map(id).collect();
    let (document, _) = LabelChange::Reorder(order).apply(&document()).unwrap();
    let now: Vec<i32> = [2, 4, 3, 5, 1]
        .into_iter()
        .map(|number| {
            document
                .labels
                .iter()
                .find(|label| label.id == id(number))
                .unwrap()
                .sensitivity
        })
        .collect();
    assert_eq!(now, [1, 2, 3, 4, 9]);
}

#[test]
fn an_order_names_every_label_once_and_keeps_the_tree() {
    let reorder = |order: &[u32]| LabelChange::Reorder(order.iter().copied().map(id).collect());
    assert_eq!(paths(reorder(&[1, 2, 3, 4])), ["label_ids"]);
    assert_eq!(paths(reorder(&[1, 1, 2, 3, 4, 5, 8])), ["label_ids[1]", "label_ids[6]"]);
    assert_eq!(paths(reorder(&[])).len(), 5);
    assert_eq!(paths(reorder(&[3, 1, 2, 4, 5])), ["label_ids[0]"]);
    assert_eq!(paths(reorder(&[1, 2, 5, 3, 4])), ["label_ids[3]", "label_ids[4]"]);
}

#[test]
fn the_history_says_what_was_done() {
    let before = document();
    for (change, expected) in [
        (LabelChange::Create(Box::new(label(5))), "create label `Secret`"),
        (
            LabelChange::Update(Box::new(Label {
                name: "New".to_owned(),
                ..label(5)
            })),
            "update label `Secret`",
        ),
        (LabelChange::Delete(id(3)), "delete label `Internal_A`"),
        (LabelChange::Reorder(Vec::new()), "reorder labels"),
    ] {
        assert_eq!(change.describe(&before), expected);
    }
}

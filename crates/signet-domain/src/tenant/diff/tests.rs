use serde_json::{Value, json};

use super::*;

fn contoso() -> Value {
    serde_json::from_str(include_str!("../../../../../tests/cases/catalogs/contoso.json")).unwrap()
}

#[test]
fn differences_name_entities_and_members() {
    let before: TenantDocument = serde_json::from_value(contoso()).unwrap();
    assert_eq!(diff(Some(&before), &before), []);

    let mut value = contoso();
    *value.pointer_mut("/displayName").unwrap() = json!("Contoso Ltd");
    *value.pointer_mut("/labels/5/protection/templateId").unwrap() = json!("2dcacb2f-6b6b-49d1-9625-c0ae349ac5c0");
    value["labels"][5].as_object_mut().unwrap().remove("header");
    *value.pointer_mut("/policies/1/labels").unwrap() = json!([]);
    *value.pointer_mut("/users/0/displayName").unwrap() = json!("Bob");
    value["sensitiveTypes"].as_array_mut().unwrap().reverse();
    value["groups"].as_array_mut().unwrap().remove(3);
    value["sensitiveTypes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "11111111-1111-4111-8111-111111111111", "name": "New"}));
    let after: TenantDocument = serde_json::from_value(value).unwrap();

    let changes = diff(Some(&before), &after);
    let told: Vec<_> = changes
        .iter()
        .map(|change| {
            let members: Vec<&str> = change.members.iter().map(|member| member.path.as_str()).collect();
            (change.entity, change.change, change.name.as_str(), members.join(" "))
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                EntityKind::Tenant,
                ChangeKind::Changed,
                "Contoso Ltd",
                "displayName".to_owned()
            ),
            (EntityKind::SensitiveType, ChangeKind::Added, "New", String::new()),
            (
                EntityKind::User,
                ChangeKind::Changed,
                "bob@contoso.com",
                "displayName".to_owned()
            ),
            (EntityKind::Group, ChangeKind::Removed, "Legal", String::new()),
            (
                EntityKind::Label,
                ChangeKind::Changed,
                "Confidential_AllEmployees",
                "header protection.templateId".to_owned()
            ),
            (
                EntityKind::Policy,
                ChangeKind::Changed,
                "Finance policy",
                "labels".to_owned()
            ),
        ]
    );
    let template = &changes[4].members[1];
    assert_eq!(
        (&template.before, &template.after),
        (
            &json!("2dcacb2f-6b6b-49d1-9625-c0ae349ac5c9"),
            &json!("2dcacb2f-6b6b-49d1-9625-c0ae349ac5c0")
        )
    );
    assert_eq!(diff(None, &before).len(), 1 + 7 + 8 + 4 + 14 + 3);
    assert!(
        diff(None, &before)
            .iter()
            .all(|change| change.change == ChangeKind::Added && change.members.is_empty())
    );
}

//! Pages of a folder. Source: rest-api 7.2, 9.2.

use signet_contract::extraction::{ChildrenPage, ChildrenQuery, ItemAddress, ItemKind, ItemParent};
use signet_contract::{ContractError, Extraction as _};
use signet_domain::error::ErrorReason;

use super::world::*;

async fn page(world: &World, path: &str, query: ChildrenQuery) -> Result<ChildrenPage, ContractError> {
    world
        .service
        .list_children(&everything(), reference("b!bob", at(path)), query)
        .await
}

/// Names of all pages, and the sizes of the pages.
async fn all(world: &World, path: &str, top: u32, descending: bool) -> (Vec<String>, Vec<usize>) {
    let (mut names, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = page(world, path, ChildrenQuery { top, after, descending })
            .await
            .unwrap();
        sizes.push(page.items.len());
        names.extend(page.items.into_iter().map(|item| item.name));
        after = page.next;
        if after.is_none() {
            return (names, sizes);
        }
    }
}

#[tokio::test]
async fn names_come_in_order_without_case() {
    let world = World::new();
    for name in [
        "b.docx", "A.docx", "a.docx", "Ä.docx", "10", "9", "C.docx", ".hidden", "Z",
    ] {
        world.write(&format!("bob/F/{name}"), "");
    }
    let expected = ["10", "9", "A.docx", "a.docx", "b.docx", "C.docx", "Z", "Ä.docx"];
    for top in [1, 2, 3, 7, 8, 9, 0, 5000] {
        assert_eq!(all(&world, "F", top, false).await.0, expected, "{top}");
        let reversed: Vec<&str> = expected.iter().rev().copied().collect();
        assert_eq!(all(&world, "F", top, true).await.0, reversed, "{top}");
    }
}

#[tokio::test]
async fn more_than_a_thousand_files_page_completely() {
    let world = World::new();
    std::fs::create_dir(world.real("bob/big")).unwrap();
    for number in 0..1234 {
        std::fs::write(world.real(&format!("bob/big/{number:04}.docx")), "").unwrap();
    }
    let expected: Vec<String> = (0..1234).map(|number| format!("{number:04}.docx")).collect();
    assert_eq!(
        all(&world, "big", 0, false).await,
        (expected.clone(), vec![200, 200, 200, 200, 200, 200, 34])
    );
    assert_eq!(all(&world, "big", 999, false).await, (expected, vec![999, 235]));
    let folder = world.item("b!bob", at("big")).await.unwrap();
    assert_eq!(folder.kind, ItemKind::Folder { child_count: 1234 });
}

#[tokio::test]
async fn a_page_goes_on_after_a_name_that_is_gone() {
    let world = World::new();
    for name in ["a", "b", "c", "d"] {
        world.write(&format!("bob/{name}"), "");
    }
    let first = page(
        &world,
        "",
        ChildrenQuery {
            top: 2,
            ..Default::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(first.next.as_deref(), Some("b"));
    std::fs::remove_file(world.real("bob/b")).unwrap();
    let second = page(
        &world,
        "",
        ChildrenQuery {
            top: 2,
            after: first.next,
            descending: false,
        },
    )
    .await
    .unwrap();
    let names: Vec<&str> = second.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!((names, second.next), (vec!["c", "d"], None));
}

#[tokio::test]
async fn children_are_the_items_they_are_by_themselves() {
    let world = World::new();
    world.write("bob/F/a.docx", "12");
    world.write("bob/F/Sub/b.docx", "");
    world.write("bob/F/Sub/c.docx", "");
    let page = page(&world, "f", ChildrenQuery::default()).await.unwrap();
    assert_eq!(page.drive_id, "b!bob");
    assert_eq!(page.folder_id, world.id_of("b!bob", "F").await);
    assert_eq!(page.items.len(), 2);
    for child in &page.items {
        let parent = ItemParent {
            id: page.folder_id.clone(),
            name: "F".to_owned(),
            path: "/F".to_owned(),
        };
        assert_eq!(child.parent, Some(parent));
        assert_eq!(
            world.item("b!bob", ItemAddress::Id(child.id.clone())).await.unwrap(),
            *child
        );
        assert_eq!(
            world.item("b!bob", at(&format!("F/{}", child.name))).await.unwrap(),
            *child
        );
    }
    assert_eq!(page.items[1].kind, ItemKind::Folder { child_count: 2 });
}

#[tokio::test]
async fn replaced_files_keep_their_ids_in_a_listing() {
    let world = World::new();
    for name in ["a.docx", "b.docx", "c.docx"] {
        world.write(&format!("bob/{name}"), "old");
    }
    let before = page(&world, "", ChildrenQuery::default()).await.unwrap();
    world.replace("bob/a.docx", "new");
    world.replace("bob/c.docx", "new");
    let after = page(&world, "", ChildrenQuery::default()).await.unwrap();
    let ids = |page: &ChildrenPage| page.items.iter().map(|item| item.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&before), ids(&after));
    assert_ne!(before.items[0].c_tag, after.items[0].c_tag);
    assert_eq!(before.items[1], after.items[1]);
}

#[tokio::test]
async fn an_empty_folder_and_things_that_are_none() {
    let world = World::new();
    world.write("bob/a.docx", "");
    std::fs::create_dir(world.real("bob/empty")).unwrap();
    let empty = page(&world, "empty", ChildrenQuery::default()).await.unwrap();
    assert_eq!((empty.items.len(), empty.next), (0, None));
    let refused = page(&world, "a.docx", ChildrenQuery::default()).await.unwrap_err();
    assert_eq!(refused.reason, ErrorReason::InvalidArgument);
    let refused = page(&world, "nothing", ChildrenQuery::default()).await.unwrap_err();
    assert_eq!(refused.reason, ErrorReason::ItemNotFound);
}

//! Ids of items stay theirs. Source: rest-api 9.1, product.md "Drives".

use signet_contract::extraction::ItemAddress;
use signet_domain::error::ErrorReason;
use signet_store::ItemIdStore;

use super::world::*;

async fn path_of(world: &World, id: &str) -> Result<String, ErrorReason> {
    let item = world
        .item("b!bob", ItemAddress::Id(id.to_owned()))
        .await
        .map_err(|error| error.reason)?;
    assert_eq!(item.id, id);
    let folder = item.parent.map_or(String::new(), |parent| parent.path);
    Ok(format!("{folder}/{}", item.name))
}

#[tokio::test]
async fn ids_survive_renames_moves_and_restarts() {
    let mut world = World::new();
    world.write("bob/a.docx", "");
    let id = world.id_of("b!bob", "a.docx").await;
    let folder = {
        std::fs::create_dir(world.real("bob/F")).unwrap();
        world.id_of("b!bob", "F").await
    };
    for (from, to, expected) in [
        ("bob/a.docx", "bob/b.docx", "/b.docx"),
        ("bob/b.docx", "bob/F/b.docx", "/F/b.docx"),
        ("bob/F", "bob/G", "/G/b.docx"),
        ("bob/G/b.docx", "bob/G/c.docx", "/G/c.docx"),
    ] {
        std::fs::rename(world.real(from), world.real(to)).unwrap();
        assert_eq!(path_of(&world, &id).await, Ok(expected.to_owned()));
        world.restart();
        assert_eq!(path_of(&world, &id).await, Ok(expected.to_owned()));
        assert_eq!(world.id_of("b!bob", expected.trim_start_matches('/')).await, id);
    }
    assert_eq!(path_of(&world, &folder).await, Ok("/G".to_owned()));
}

#[tokio::test]
async fn a_rename_while_stopped_is_found() {
    let mut world = World::new();
    world.write("bob/deep/down/a.docx", "");
    let id = world.id_of("b!bob", "deep/down/a.docx").await;
    world.write("bob/other/place/x", "");
    std::fs::rename(world.real("bob/deep/down/a.docx"), world.real("bob/other/place/z.docx")).unwrap();
    world.restart();
    assert_eq!(path_of(&world, &id).await, Ok("/other/place/z.docx".to_owned()));
}

#[tokio::test]
async fn an_item_goes_on_when_its_file_is_replaced() {
    let mut world = World::new();
    world.write("bob/a.docx", "one");
    let before = world.item("b!bob", at("a.docx")).await.unwrap();
    world.replace("bob/a.docx", "two");
    let by_path = world.item("b!bob", at("a.docx")).await.unwrap();
    assert_eq!(by_path.id, before.id);
    assert_ne!(by_path.c_tag, before.c_tag);
    world.replace("bob/a.docx", "three");
    assert_eq!(path_of(&world, &before.id).await, Ok("/a.docx".to_owned()));
    world.replace("bob/a.docx", "four");
    world.restart();
    assert_eq!(path_of(&world, &before.id).await, Ok("/a.docx".to_owned()));
    assert_eq!(world.id_of("b!bob", "a.docx").await, before.id);
}

#[tokio::test]
async fn a_new_file_at_an_old_place_is_a_new_item() {
    for restarts in [false, true] {
        let mut world = World::new();
        world.write("bob/a.docx", "old");
        world.write("bob/F/x", "");
        let old = world.id_of("b!bob", "a.docx").await;
        std::fs::rename(world.real("bob/a.docx"), world.real("bob/F/moved.docx")).unwrap();
        world.write("bob/a.docx", "new");
        if restarts {
            world.restart();
        }
        let new = world.id_of("b!bob", "a.docx").await;
        assert_ne!(new, old);
        assert_eq!(path_of(&world, &old).await, Ok("/F/moved.docx".to_owned()));
        assert_eq!(path_of(&world, &new).await, Ok("/a.docx".to_owned()));
    }
}

#[tokio::test]
async fn a_removed_item_is_gone_and_its_id_is_not_given_again() {
    let world = World::new();
    world.write("bob/a.docx", "old");
    let old = world.id_of("b!bob", "a.docx").await;
    std::fs::rename(world.real("bob/a.docx"), world.real("kept.docx")).unwrap();
    for _ in 0..2 {
        assert_eq!(path_of(&world, &old).await, Err(ErrorReason::ItemNotFound));
    }
    // Replaced for good: the item goes on as another file.
    world.write("bob/a.docx", "new");
    assert_eq!(world.id_of("b!bob", "a.docx").await, old);
    // The first file comes back under another name and must not take the id that went on.
    std::fs::rename(world.real("kept.docx"), world.real("bob/back.docx")).unwrap();
    let back = world.id_of("b!bob", "back.docx").await;
    assert_ne!(back, old);
    assert_eq!(path_of(&world, &back).await, Ok("/back.docx".to_owned()));
    assert_eq!(path_of(&world, &old).await, Ok("/a.docx".to_owned()));
}

#[tokio::test]
async fn ids_are_exact_and_of_one_drive() {
    let world = World::new();
    world.write("bob/a.docx", "");
    let id = world.id_of("b!bob", "a.docx").await;
    let root = world.id_of("b!bob", "").await;
    for (drive, id) in [
        ("b!bob", id.to_lowercase()),
        ("b!bob", format!("{id} ")),
        ("b!bob", String::new()),
        ("b!bob", "../carol".to_owned()),
        ("b!carol", id.clone()),
        ("b!carol", root),
    ] {
        let refused = world.item(drive, ItemAddress::Id(id.clone())).await.unwrap_err();
        assert_eq!(refused.reason, ErrorReason::ItemNotFound, "{drive} {id}");
    }
}

#[tokio::test]
async fn a_stored_path_never_leads_out_of_the_drive() {
    let world = World::new();
    world.write("secret.docx", LABEL);
    let forged = signet_store::ItemIdCandidate {
        source_key: "1:2".to_owned(),
        path: "../secret.docx".to_owned(),
        item_id: "01FORGED".to_owned(),
    };
    world
        .store
        .get_or_insert_item_ids(tenant(), "b!bob", vec![forged])
        .await
        .unwrap();
    assert_eq!(path_of(&world, "01FORGED").await, Err(ErrorReason::ItemNotFound));
}

#[tokio::test]
async fn a_search_ends_at_its_bound() {
    let mut world = World::with(|config| config.scan_entries = 50);
    world.write("bob/a.docx", "");
    let id = world.id_of("b!bob", "a.docx").await;
    for number in 0..100 {
        world.write(&format!("bob/n{number}/x.docx"), "");
    }
    std::fs::create_dir(world.real("bob/z")).unwrap();
    std::fs::rename(world.real("bob/a.docx"), world.real("bob/z/a.docx")).unwrap();
    world.restart();
    assert_eq!(path_of(&world, &id).await, Err(ErrorReason::ItemNotFound));
    // Once it is seen by path, its id is known again.
    assert_eq!(world.id_of("b!bob", "z/a.docx").await, id);
    assert_eq!(path_of(&world, &id).await, Ok("/z/a.docx".to_owned()));
}

#[tokio::test]
async fn a_search_that_was_given_up_gives_no_id_away() {
    let world = World::with(|config| config.scan_entries = 4);
    world.write("bob/a.docx", "one");
    for folder in 0..8 {
        world.write(&format!("bob/{folder}/x"), "");
    }
    let id = world.id_of("b!bob", "a.docx").await;
    std::fs::create_dir_all(world.real("bob/7/deep")).unwrap();
    std::fs::rename(world.real("bob/a.docx"), world.real("bob/7/deep/a.docx")).unwrap();
    world.write("bob/a.docx", "another");
    assert_eq!(path_of(&world, &id).await, Err(ErrorReason::ContentUnavailable));
    assert_ne!(world.id_of("b!bob", "a.docx").await, id);
}

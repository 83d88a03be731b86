//! Items by path and id, their members, and paths that must lead nowhere. Source: rest-api 9.1, 9.2.

use std::os::unix::fs::symlink;

use jiff::Timestamp;
use signet_contract::extraction::{ItemAddress, ItemKind, ItemParent};
use signet_domain::error::ErrorReason::{self, InvalidPath, ItemNotFound};

use super::world::*;

async fn check(world: &World, address: ItemAddress, expected: Result<&str, ErrorReason>) {
    let answer = world
        .item("b!bob", address.clone())
        .await
        .map(|item| item.name)
        .map_err(|error| error.reason);
    assert_eq!(answer, expected.map(str::to_owned), "{address:?}");
}

fn segments(names: &[&str]) -> ItemAddress {
    ItemAddress::Path(names.iter().map(|name| (*name).to_owned()).collect())
}

#[tokio::test]
async fn a_file_tells_everything() {
    let world = World::new();
    world.write("root/Adele's Files/doc (1).docx", "12345");
    let item = world.item("b!root", at("Adele's Files/doc (1).docx")).await.unwrap();
    assert_eq!(item.name, "doc (1).docx");
    assert_eq!(item.size, 5);
    assert!(!item.is_root);
    assert_eq!(item.site_id.as_deref(), Some("root"));
    assert_eq!(item.drive_id, "b!root");
    let ItemKind::File { mime_type } = &item.kind else {
        panic!("{:?}", item.kind)
    };
    assert!(mime_type.ends_with("wordprocessingml.document"));
    let folder = world.item("b!root", at("Adele's Files")).await.unwrap();
    let parent = ItemParent {
        id: folder.id,
        name: "Adele's Files".to_owned(),
        path: "/Adele's Files".to_owned(),
    };
    assert_eq!(item.parent, Some(parent));
    assert!(
        item.c_tag.starts_with("\"c:{") && item.c_tag.ends_with('"'),
        "{}",
        item.c_tag
    );
    assert!(
        item.e_tag.starts_with("\"{") && item.e_tag.ends_with('"'),
        "{}",
        item.e_tag
    );
    let real = std::fs::metadata(world.real("root/Adele's Files/doc (1).docx")).unwrap();
    assert_eq!(item.modified_at, Timestamp::try_from(real.modified().unwrap()).unwrap());
    assert!(item.created_at <= item.modified_at);
}

#[tokio::test]
async fn the_root_is_a_folder_of_its_own() {
    let world = World::new();
    world.write("bob/a.docx", "");
    world.write("bob/F/b.docx", "");
    world.write("bob/.hidden", "");
    let root = world.item("b!bob", ItemAddress::Root).await.unwrap();
    assert!(root.is_root);
    assert_eq!((root.name.as_str(), root.parent.clone(), root.size), ("root", None, 0));
    assert_eq!(root.kind, ItemKind::Folder { child_count: 2 });
    for same in [
        segments(&[]),
        ItemAddress::Id(root.id.clone()),
        ItemAddress::Id("root".to_owned()),
    ] {
        assert_eq!(world.item("b!bob", same).await.unwrap(), root);
    }
    let file = world.item("b!bob", at("a.docx")).await.unwrap();
    assert_eq!(
        file.parent,
        Some(ItemParent {
            id: root.id,
            name: "root".to_owned(),
            path: String::new()
        })
    );
}

#[tokio::test]
async fn names_compare_without_case_and_keep_it() {
    let world = World::new();
    world.write("bob/Folder/Contract.DOCX", "");
    world.write("bob/Ärger/Übung.docx", "");
    world.write("bob/twice/a.docx", "1");
    world.write("bob/twice/A.docx", "12");
    for (path, expected) in [
        ("Folder/Contract.DOCX", Ok("Contract.DOCX")),
        ("folder/contract.docx", Ok("Contract.DOCX")),
        ("FOLDER/CONTRACT.docx", Ok("Contract.DOCX")),
        ("ärger/ÜBUNG.DOCX", Ok("Übung.docx")),
        ("twice/a.docx", Ok("a.docx")),
        ("twice/A.docx", Ok("A.docx")),
        ("twice/A.DOCX", Ok("A.docx")),
        ("folder", Ok("Folder")),
        ("nothing", Err(ItemNotFound)),
        ("Folder/nothing", Err(ItemNotFound)),
        ("Folder/Contract.DOCX/x", Err(ItemNotFound)),
    ] {
        check(&world, at(path), expected).await;
    }
}

#[tokio::test]
async fn paths_that_can_name_nothing_are_refused() {
    let world = World::new();
    world.write("secret.docx", "");
    world.write("bob/a.docx", "");
    let long = "x".repeat(300);
    for bad in [
        "..",
        ".",
        "",
        "a/b",
        "../secret.docx",
        "a\\b",
        "a*",
        "a?",
        "a:b",
        "a|b",
        "<a>",
        "a\0",
        &long,
    ] {
        check(&world, segments(&[bad]), Err(InvalidPath)).await;
        check(&world, segments(&["..", bad]), Err(InvalidPath)).await;
        let root = world.id_of("b!bob", "").await;
        check(
            &world,
            ItemAddress::Under {
                parent: root,
                path: vec![bad.to_owned()],
            },
            Err(InvalidPath),
        )
        .await;
        check(
            &world,
            ItemAddress::Under {
                parent: "gone".to_owned(),
                path: vec![bad.to_owned()],
            },
            Err(InvalidPath),
        )
        .await;
    }
    check(&world, segments(&vec!["x"; 1000]), Err(InvalidPath)).await;
    check(&world, segments(&["y".repeat(255).as_str()]), Err(ItemNotFound)).await;
}

#[tokio::test]
async fn items_below_an_item() {
    let world = World::new();
    world.write("bob/Folder/Sub/a.docx", "");
    let folder = world.id_of("b!bob", "Folder").await;
    let file = world.id_of("b!bob", "Folder/Sub/a.docx").await;
    let below = |parent: &str, path: &[&str]| ItemAddress::Under {
        parent: parent.to_owned(),
        path: path.iter().map(|name| (*name).to_owned()).collect(),
    };
    check(&world, below(&folder, &["sub", "A.docx"]), Ok("a.docx")).await;
    check(&world, below(&folder, &[]), Ok("Folder")).await;
    check(&world, below(&folder, &["nothing"]), Err(ItemNotFound)).await;
    check(&world, below(&file, &["x"]), Err(ItemNotFound)).await;
    check(&world, below("01UNKNOWN", &["x"]), Err(ItemNotFound)).await;
}

#[tokio::test]
async fn nothing_outside_of_the_drive_is_shown() {
    let world = World::new();
    world.write("outside/secret.docx", LABEL);
    world.write("bob/inside/real.docx", LABEL);
    world.write("bob/.hidden/secret.docx", LABEL);
    let link = |target: &str, name: &str| symlink(world.real(target), world.real(name)).unwrap();
    link("outside/secret.docx", "bob/file.docx");
    link("outside", "bob/folder");
    link("bob/folder/secret.docx", "bob/twice.docx");
    link("bob/nothing", "bob/broken.docx");
    link("bob/loop", "bob/loop");
    link("bob/.hidden/secret.docx", "bob/uncovered.docx");
    symlink("../outside/secret.docx", world.real("bob/relative.docx")).unwrap();
    symlink("/etc/passwd", world.real("bob/passwd.docx")).unwrap();
    symlink("inside/real.docx", world.real("bob/good.docx")).unwrap();
    symlink("inside", world.real("bob/good")).unwrap();
    for (path, expected) in [
        ("file.docx", Err(ItemNotFound)),
        ("folder", Err(ItemNotFound)),
        ("folder/secret.docx", Err(ItemNotFound)),
        ("twice.docx", Err(ItemNotFound)),
        ("broken.docx", Err(ItemNotFound)),
        ("loop", Err(ItemNotFound)),
        ("loop/x", Err(ItemNotFound)),
        ("uncovered.docx", Err(ItemNotFound)),
        ("relative.docx", Err(ItemNotFound)),
        ("passwd.docx", Err(ItemNotFound)),
        (".hidden", Err(ItemNotFound)),
        (".hidden/secret.docx", Err(ItemNotFound)),
        ("good.docx", Ok("good.docx")),
        ("good/real.docx", Ok("real.docx")),
    ] {
        check(&world, at(path), expected).await;
        let extracted = world.labels("b!bob", path).await.map(|_| ());
        assert_eq!(extracted, expected.map(|_| ()), "{path}");
    }
    let root = world.item("b!bob", at("")).await.unwrap();
    assert_eq!(root.kind, ItemKind::Folder { child_count: 3 });
}

#[tokio::test]
async fn a_link_is_an_item_of_its_own_with_the_content_of_its_target() {
    let world = World::new();
    world.write("bob/real.docx", LABEL);
    symlink("real.docx", world.real("bob/link.docx")).unwrap();
    let real = world.item("b!bob", at("real.docx")).await.unwrap();
    let link = world.item("b!bob", at("link.docx")).await.unwrap();
    assert_ne!(real.id, link.id);
    assert_eq!(link.size, LABEL.len() as u64);
    assert_eq!(
        world.item("b!bob", ItemAddress::Id(link.id.clone())).await.unwrap(),
        link
    );
    world.write("bob/real.docx", "longer than before, and another content");
    assert_ne!(world.item("b!bob", at("link.docx")).await.unwrap().c_tag, link.c_tag);
}

#[tokio::test]
async fn special_files_and_odd_names_do_not_exist() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let _socket = std::os::unix::net::UnixListener::bind(world.real("bob/socket.docx")).unwrap();
    std::fs::write(world.real("bob").join(std::ffi::OsStr::from_bytes(b"\xff.docx")), "").unwrap();
    world.write("bob/a.docx", "");
    check(&world, at("socket.docx"), Err(ItemNotFound)).await;
    check(&world, at("\u{fffd}.docx"), Err(ItemNotFound)).await;
    let root = world.item("b!bob", at("")).await.unwrap();
    assert_eq!(root.kind, ItemKind::Folder { child_count: 1 });
}

#[tokio::test]
async fn tags_follow_content_and_item() {
    let world = World::new();
    world.write("bob/a.docx", "one");
    let before = world.item("b!bob", at("a.docx")).await.unwrap();
    assert_eq!(world.item("b!bob", at("a.docx")).await.unwrap(), before);

    std::fs::rename(world.real("bob/a.docx"), world.real("bob/b.docx")).unwrap();
    let renamed = world.item("b!bob", at("b.docx")).await.unwrap();
    assert_eq!((&renamed.id, &renamed.c_tag), (&before.id, &before.c_tag));
    assert_ne!(renamed.e_tag, before.e_tag);

    std::fs::create_dir(world.real("bob/F")).unwrap();
    std::fs::rename(world.real("bob/b.docx"), world.real("bob/F/b.docx")).unwrap();
    let moved = world.item("b!bob", at("F/b.docx")).await.unwrap();
    assert_eq!((&moved.id, &moved.c_tag), (&before.id, &before.c_tag));
    assert_ne!(moved.e_tag, renamed.e_tag);

    world.write("bob/F/b.docx", "other");
    let changed = world.item("b!bob", at("F/b.docx")).await.unwrap();
    assert_eq!(changed.id, before.id);
    assert_ne!((&changed.c_tag, &changed.e_tag), (&moved.c_tag, &moved.e_tag));
    assert_ne!(changed.c_tag, moved.c_tag);
}

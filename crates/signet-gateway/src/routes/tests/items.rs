//! Addresses of drives and items.

use http::Method;
use signet_contract::extraction::{DriveAddress, ItemAddress};

use super::{find, routes};
use crate::routes::Endpoint;

const FILE: &str = "Folder/report%20(1).docx";

fn path_item() -> ItemAddress {
    ItemAddress::Path(vec!["Folder".to_owned(), "report (1).docx".to_owned()])
}

fn drives() -> Vec<(&'static str, DriveAddress)> {
    let owned = |owner, drive: &str| DriveAddress::Owned {
        owner: Box::new(owner),
        drive: drive.to_owned(),
    };
    vec![
        ("/drives/b!x", DriveAddress::Id("b!x".to_owned())),
        ("/drives('b!x')", DriveAddress::Id("b!x".to_owned())),
        ("/groups/g", DriveAddress::Group("g".to_owned())),
        ("/me", DriveAddress::Me),
        ("/users/me", DriveAddress::Me),
        ("/sites/root", DriveAddress::Site("root".to_owned())),
        (
            "/users/bob%40contoso.com",
            DriveAddress::User("bob@contoso.com".to_owned()),
        ),
        ("", DriveAddress::Default),
        ("/me/drives/d", owned(DriveAddress::Me, "d")),
        ("/groups/g/drives/d", owned(DriveAddress::Group("g".to_owned()), "d")),
        ("/users/u/drives/d", owned(DriveAddress::User("u".to_owned()), "d")),
        ("/sites/s/drives/d", owned(DriveAddress::Site("s".to_owned()), "d")),
    ]
    .into_iter()
    .collect()
}

fn with_drive_segment(prefix: &str) -> String {
    if prefix.contains("drives") {
        prefix.to_owned()
    } else {
        format!("{prefix}/drive")
    }
}

#[test]
fn every_way_to_extract_from_every_drive() {
    let by_id = || ItemAddress::Id("016GV".to_owned());
    let items = [
        ("/items/016GV", by_id()),
        ("/items('016GV')", by_id()),
        ("/root/items/016GV", by_id()),
        ("/items/root", ItemAddress::Root),
        ("/root", ItemAddress::Root),
        (&format!("/root:/{FILE}"), path_item()),
        (&format!("/root:/{FILE}:"), path_item()),
        (&format!("/root%3A/{FILE}%3A"), path_item()),
        (&format!("/ROOT:/{FILE}:"), path_item()),
        ("/items/root%3A%2FFolder%2Freport%20(1).docx%3A", path_item()),
        (&format!("/items/root:/{FILE}:"), path_item()),
        (
            "/items/016GV:/a.docx:",
            ItemAddress::Under {
                parent: "016GV".to_owned(),
                path: vec!["a.docx".to_owned()],
            },
        ),
    ];
    for version in ["/v1.0", "/beta"] {
        for (prefix, drive) in drives() {
            for (item, address) in &items {
                for action in ["extractSensitivityLabels", "microsoft.graph.extractSensitivityLabels"] {
                    let path = format!("{version}{}{item}/{action}", with_drive_segment(prefix));
                    let routes = routes();
                    let found = find(&routes, &Method::POST, &path);
                    assert_eq!(found.leaf.endpoint, Endpoint::ExtractLabels, "{path}");
                    let reference = found.item().expect(&path);
                    assert_eq!((&reference.drive, &reference.item), (&drive, address), "{path}");
                }
            }
        }
    }
}

#[track_caller]
fn item_at(method: Method, path: &str) -> (Endpoint, Result<ItemAddress, String>) {
    let routes = routes();
    let found = find(&routes, &method, path);
    (found.leaf.endpoint, found.item().map(|reference| reference.item))
}

#[test]
fn an_action_name_is_a_file_name_when_read_and_with_a_closing_colon() {
    let named = || Ok(ItemAddress::Path(vec!["extractSensitivityLabels".to_owned()]));
    let path = "/v1.0/me/drive/root:/extractSensitivityLabels";
    assert_eq!(item_at(Method::GET, path), (Endpoint::GetItem, named()));
    assert_eq!(
        item_at(Method::POST, path),
        (Endpoint::ExtractLabels, Ok(ItemAddress::Root))
    );
    let closed = format!("{path}:/extractSensitivityLabels");
    assert_eq!(item_at(Method::POST, &closed), (Endpoint::ExtractLabels, named()));
    let open = format!("{path}/extractSensitivityLabels");
    assert_eq!(item_at(Method::POST, &open), (Endpoint::ExtractLabels, named()));
}

#[test]
fn names_of_items_are_decoded_once() {
    let cases = [
        ("Adele's%20Files/doc%20(1).docx", vec!["Adele's Files", "doc (1).docx"]),
        ("Break%23Out/saved_game[1].bin", vec!["Break#Out", "saved_game[1].bin"]),
        ("100%25.docx", vec!["100%.docx"]),
        ("a%2520b", vec!["a%20b"]),
        ("%C3%A9t%C3%A9.docx", vec!["été.docx"]),
        ("a//b/", vec!["a", "b"]),
        ("users('x')", vec!["users('x')"]),
        ("children", vec!["children"]),
    ];
    for (path, names) in cases {
        let expected = ItemAddress::Path(names.into_iter().map(str::to_owned).collect());
        assert_eq!(
            item_at(Method::GET, &format!("/v1.0/me/drive/root:/{path}")).1,
            Ok(expected),
            "{path}"
        );
    }
}

#[test]
fn names_no_item_has_are_refused() {
    for path in [
        "root:/../secret",
        "root:/a/./b",
        "root:/%2e%2e/b",
        "root:/..:",
        "root:/a%2Fb:",
        "root:/a%5Cb:",
        "root:/a:b/c:",
        "root:/a*b:",
        "root:/a%3Fb:",
        "root:/a%7Cb:",
        "root:/a%3Cb:",
        "root:/a%00b:",
        "root:/a%0Ab:",
        "items/root%3A%2F..%2Fsecret%3A",
        "items/root%3A%2Fa%5Cb%3A",
        "items/a%2Fb",
        "items/x:/../y:",
    ] {
        let (_, item) = item_at(Method::GET, &format!("/v1.0/me/drive/{path}"));
        assert!(item.is_err(), "{path}: {item:?}");
    }
    let long = "a".repeat(1025);
    assert!(item_at(Method::GET, &format!("/v1.0/me/drive/root:/{long}")).1.is_err());
}

#[test]
fn folders_and_contents() {
    assert_eq!(
        item_at(Method::GET, "/v1.0/me/drive/root/children"),
        (Endpoint::ListChildren, Ok(ItemAddress::Root))
    );
    assert_eq!(
        item_at(Method::GET, "/v1.0/me/drive/root:/a:/children").0,
        Endpoint::ListChildren
    );
    assert_eq!(
        item_at(Method::GET, "/v1.0/drive/items/x/content").0,
        Endpoint::GetContent
    );
    assert_eq!(
        item_at(Method::PUT, "/v1.0/me/drive/root:/FolderA/FileB.txt:/content").0,
        Endpoint::PutContent
    );
    assert_eq!(
        item_at(Method::PUT, "/v1.0/me/drive/items/p:/FileB.txt:/content").0,
        Endpoint::PutContent
    );
    assert_eq!(
        item_at(Method::POST, "/v1.0/me/drive/root:/a:/createUploadSession").0,
        Endpoint::CreateUploadSession
    );
    assert_eq!(
        item_at(Method::POST, "/v1.0/drive/root/items/x/assignSensitivityLabel").0,
        Endpoint::AssignLabel
    );
    for path in [
        "/v1.0/me/drives",
        "/v1.0/users/u/drives",
        "/v1.0/groups/g/drives",
        "/v1.0/sites/s/drives",
    ] {
        leads_to(path, Endpoint::ListDrives);
    }
    for path in [
        "/v1.0/drive",
        "/v1.0/me/drive",
        "/v1.0/drives/d",
        "/v1.0/groups/g/drives/d",
    ] {
        leads_to(path, Endpoint::GetDrive);
    }
}

#[track_caller]
fn leads_to(path: &str, endpoint: Endpoint) {
    assert_eq!(find(&routes(), &Method::GET, path).leaf.endpoint, endpoint, "{path}");
}

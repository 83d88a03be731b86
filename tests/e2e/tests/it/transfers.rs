//! Content on its way in and out, and labels written into files: worked examples E14 and E15, in both shapes, each with
//! a drive of its own.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signet_e2e::{Answer, Caller, Installation, Request, Setup, Shape};

use crate::support::{contoso, contoso_with_corpus};

/// A label of the tenant without protection.
const LABEL: &str = "87ba5c36-b7cf-4793-bbc2-bd5b3a9f95ca";
/// How long an operation may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// An installation, and the folder its drive is.
fn start(shape: Shape) -> (Installation, PathBuf) {
    let (tenant, folder) = contoso_with_corpus();
    let files = folder.path().to_owned();
    let setup = Setup {
        tenants: vec![tenant],
        ..Setup::default()
    };
    let installation = Installation::start(shape, &setup);
    std::mem::forget(folder);
    (installation, files)
}

fn bob(scopes: &str) -> Caller {
    Caller::user(&contoso(), "bob@contoso.com", scopes)
}

/// The path of a URL of this installation.
fn path_of(installation: &Installation, url: &str) -> String {
    let path = url.strip_prefix(installation.origin());
    path.unwrap_or_else(|| panic!("{url} is not at {}", installation.origin()))
        .to_owned()
}

fn labels(installation: &Installation, name: &str) -> Vec<Value> {
    let action = format!("/v1.0/me/drive/root:/{name}:/extractSensitivityLabels");
    let answer = installation
        .send(&Request::post(action).by(&bob("Files.Read")))
        .expect(200);
    answer.json()["labels"].as_array().expect("labels").clone()
}

fn assign(installation: &Installation, name: &str) -> String {
    let body = json!({"sensitivityLabelId": LABEL, "assignmentMethod": "standard", "justificationText": "test"});
    let action = format!("/v1.0/me/drive/root:/{name}:/assignSensitivityLabel");
    let request = Request::post(action).json(&body).by(&bob("Files.ReadWrite.All"));
    let answer = installation.send(&request).expect(202);
    assert_eq!(answer.text(), "");
    path_of(installation, answer.header("location").expect("a monitor"))
}

/// Asks the monitor until the operation is over.
fn wait(installation: &Installation, monitor: &str) -> Answer {
    let until = Instant::now() + PATIENCE;
    loop {
        let answer = installation.send(&Request::get(monitor));
        if answer.status != 202 {
            return answer;
        }
        assert!(Instant::now() < until, "the operation does not end: {}", answer.text());
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn e14_a_label_is_written_and_read_back() {
    for shape in Shape::ALL {
        let (installation, _) = start(shape);
        let before = labels(&installation, "contract.docx").len();
        let monitor = assign(&installation, "blank.docx");
        let over = wait(&installation, &monitor).expect(200);
        assert_eq!(over.json()["status"], json!("completed"), "{}", over.text());
        let found = labels(&installation, "blank.docx");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["sensitivityLabelId"], json!(LABEL));
        assert_eq!(labels(&installation, "contract.docx").len(), before);
    }
}

#[test]
fn a_label_accepted_is_written_though_its_process_is_killed() {
    let (mut installation, files) = start(Shape::SeparateProcesses);
    let original = fs::read(files.join("blank.docx")).expect("the file is there");
    assign(&installation, "blank.docx");
    installation.kill("extraction");
    let now = fs::read(files.join("blank.docx")).expect("the file is there");
    // The old file, or the new one with its end: nothing in between.
    assert!(now == original || now.windows(4).rev().take(64).any(|bytes| bytes == b"PK\x05\x06"));
    installation.start_again("extraction");
    let until = Instant::now() + PATIENCE;
    while labels(&installation, "blank.docx").is_empty() {
        assert!(Instant::now() < until, "the label was lost");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn e15_files_are_uploaded_and_downloaded() {
    for shape in Shape::ALL {
        let (installation, files) = start(shape);
        fs::create_dir(files.join("FolderA")).expect("a folder can be made");
        let target = "/v1.0/me/drive/root:/FolderA/FileB.txt:/content";
        let content = "The contents of the file goes here.";
        let writer = bob("Files.ReadWrite");
        let put = Request::new("PUT", target).body("text/plain", content).by(&writer);
        let created = installation.send(&put).expect(201).json();
        assert_eq!((&created["name"], &created["size"]), (&json!("FileB.txt"), &json!(35)));
        let replaced = installation.send(&put).expect(200).json();
        assert_eq!(replaced["id"], created["id"]);
        let url = replaced["@microsoft.graph.downloadUrl"]
            .as_str()
            .expect("a download URL");
        let download = Request::get(path_of(&installation, url));
        assert_eq!(installation.send(&download).expect(200).text(), content);
        let part = installation.send(&download.header("Range", "bytes=4-11")).expect(206);
        assert_eq!(part.text(), "contents");
    }
}

#[test]
fn a_large_file_arrives_in_parts() {
    for shape in Shape::ALL {
        let (installation, files) = start(shape);
        let session = Request::post("/v1.0/me/drive/root:/large.bin:/createUploadSession").by(&bob("Files.ReadWrite"));
        let session = installation.send(&session).expect(200).json();
        let upload = path_of(&installation, session["uploadUrl"].as_str().expect("an upload URL"));
        let content: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
        let total = content.len();
        let part_size = 327_680 * 10;
        for (at, part) in content.chunks(part_size).enumerate() {
            let first = at * part_size;
            let last = first + part.len() - 1;
            let range = format!("bytes {first}-{last}/{total}");
            let put = Request::new("PUT", upload.as_str())
                .body("application/octet-stream", part.to_vec())
                .header("Content-Range", range);
            let expected = if last + 1 == total { 201 } else { 202 };
            installation.send(&put).expect(expected);
        }
        assert!(fs::read(files.join("large.bin")).expect("it is there") == content);
        installation.send(&Request::get(upload)).expect(404);
    }
}

#[test]
fn a_drive_is_scanned_line_by_line() {
    for shape in Shape::ALL {
        let (installation, files) = start(shape);
        let scan = |query: &str| {
            let target = format!("/signet/v1/drives/b!corpus/scan{query}");
            let answer = installation
                .send(&Request::get(target).by(&bob("Files.Read")))
                .expect(200);
            let lines = answer
                .text()
                .lines()
                .map(|line| serde_json::from_str(line).expect("JSON"))
                .collect();
            let lines: Vec<Value> = lines;
            lines
        };
        let all = scan("");
        let visible = fs::read_dir(files).expect("the drive is there").flatten();
        let visible = visible.filter(|file| !file.file_name().to_string_lossy().starts_with('.'));
        assert_eq!(all.len(), visible.count());
        let cursor = all[3]["cursor"].as_str().expect("a cursor");
        let rest = scan(&format!("?after={cursor}"));
        assert_eq!(rest[0]["name"], all[4]["name"]);
        assert_eq!(rest.len(), all.len() - 4);
    }
}

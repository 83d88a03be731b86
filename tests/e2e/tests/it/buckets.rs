//! Drives in a bucket of an S3-compatible server: what a folder does, and what only a bucket can do to us.

use std::fs;
use std::sync::OnceLock;

use serde_json::{Value, json};
use signet_e2e::{Answer, Bucket, Caller, Hold, Installation, Pair, Request, Setup, Shape, repository, wait_for};

use crate::drives::wrong_answers;
use crate::support::{BOB, CORPUS, contoso, none_wrong};

/// A label of the tenant without protection.
const LABEL: &str = "87ba5c36-b7cf-4793-bbc2-bd5b3a9f95ca";
/// What `merger.pptx` and `contract.docx` of the corpus carry.
const PRESENTATION: &str = "merger.pptx";
const CONTRACT: &str = "contract.docx";

/// The drive of bob below a prefix of the bucket.
pub(crate) fn setup(bucket: &Bucket, prefix: &str) -> Setup {
    setup_with(bucket.configuration(), &bucket.source(prefix))
}

fn setup_with(buckets: Value, source: &str) -> Setup {
    Setup {
        tenants: vec![contoso().with_source("b!bucket", ("user", BOB), source)],
        // The server is slow where the machine is busy, and these tests are about what it says.
        settings: vec![
            ("SIGNET_EXTRACTION__BUCKETS", buckets.to_string()),
            ("SIGNET_EXTRACTION__INLINE_TIME", "50s".to_owned()),
            ("SIGNET_GATEWAY__REQUEST_DEADLINE", "55s".to_owned()),
            ("SIGNET_GRPC__MAX_DEADLINE", "55s".to_owned()),
        ],
        serve: true,
        ..Setup::default()
    }
}

/// A server with the corpus below `corpus`, and both shapes over it. Shared: tests must leave that as it is.
fn corpus() -> &'static (Bucket, Pair) {
    static PAIR: OnceLock<(Bucket, Pair)> = OnceLock::new();
    PAIR.get_or_init(|| {
        let bucket = Bucket::start();
        for file in fs::read_dir(repository().join(CORPUS))
            .expect("the corpus is there")
            .flatten()
        {
            let name = file.file_name().into_string().expect("a name");
            if name != "manifest.json" {
                bucket.put(&format!("corpus/{name}"), file.path());
            }
        }
        let pair = Pair::start(&setup(&bucket, "corpus"));
        (bucket, pair)
    })
}

/// A server, and one shape over the prefix `drive` of its bucket, which holds the folder `F`.
fn start(shape: Shape) -> (Bucket, Installation) {
    let bucket = Bucket::start();
    bucket.put(&format!("drive/F/{CONTRACT}"), at(CONTRACT));
    let installation = Installation::start(shape, &setup(&bucket, "drive"));
    (bucket, installation)
}

/// Where a file of the corpus is.
pub(crate) fn at(name: &str) -> String {
    format!("{CORPUS}/{name}")
}

fn bob(scopes: &str) -> Caller {
    Caller::user(&contoso(), "bob@contoso.com", scopes)
}

fn path_of(installation: &Installation, url: &str) -> String {
    let path = url.strip_prefix(installation.origin());
    path.unwrap_or_else(|| panic!("{url} is not at {}", installation.origin()))
        .to_owned()
}

pub(crate) fn extract(installation: &Installation, path: &str) -> Answer {
    let action = format!("/v1.0/me/drive/root:/{path}:/extractSensitivityLabels");
    installation.send(&Request::post(action).by(&bob("Files.Read")))
}

fn label_ids(answer: Answer) -> Vec<String> {
    let answer = answer.expect(200).json();
    let labels = answer["labels"].as_array().expect("labels");
    labels
        .iter()
        .filter_map(|label| label["sensitivityLabelId"].as_str().map(str::to_owned))
        .collect()
}

pub(crate) fn assign_request(path: &str) -> Request {
    let body = json!({"sensitivityLabelId": LABEL, "assignmentMethod": "standard", "justificationText": "test"});
    let action = format!("/v1.0/me/drive/root:/{path}:/assignSensitivityLabel");
    Request::post(action).json(&body).by(&bob("Files.ReadWrite.All"))
}

/// The path of the monitor.
pub(crate) fn assign(installation: &Installation, path: &str) -> String {
    let answer = installation.send(&assign_request(path)).expect(202);
    path_of(installation, answer.header("location").expect("a monitor"))
}

/// Asks the monitor until the operation is over.
fn ended(installation: &Installation, monitor: &str) -> Value {
    let over = wait_for("the operation to end", || {
        let answer = installation.send(&Request::get(monitor));
        (answer.status != 202).then_some(answer)
    });
    over.expect(200).json()
}

#[test]
fn every_document_of_the_corpus_has_the_labels_of_its_manifest() {
    none_wrong(&wrong_answers(&corpus().1));
}

#[test]
fn a_bucket_is_scanned_line_by_line_and_from_where_it_was() {
    let (bucket, pair) = corpus();
    let names: Vec<String> = bucket
        .keys("corpus/")
        .iter()
        .map(|key| key.trim_start_matches("corpus/").to_owned())
        .collect();
    for installation in pair.installations() {
        let scan = |query: &str| {
            let target = format!("/signet/v1/drives/b!bucket/scan{query}");
            let answer = installation
                .send(&Request::get(target).by(&bob("Files.Read")))
                .expect(200);
            let lines = answer.text();
            let lines = lines.lines().map(|line| serde_json::from_str(line).expect("JSON"));
            lines.collect::<Vec<Value>>()
        };
        let all = scan("");
        let mut found: Vec<String> = all
            .iter()
            .filter_map(|line| line["name"].as_str().map(str::to_owned))
            .collect();
        let cursor = all[3]["cursor"].as_str().expect("a cursor");
        let rest = scan(&format!("?after={cursor}"));
        assert_eq!(
            rest.first().map(|line| &line["name"]),
            all.get(4).map(|line| &line["name"])
        );
        assert_eq!(rest.len(), all.len() - 4);
        found.sort();
        assert_eq!(found, names);
    }
}

#[test]
fn objects_are_uploaded_listed_and_downloaded() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        let writer = bob("Files.ReadWrite");
        let content = "The contents of the file goes here.";
        let put = Request::new("PUT", "/v1.0/me/drive/root:/f/FileB.txt:/content")
            .body("text/plain", content)
            .by(&writer);
        let created = installation.send(&put).expect(201).json();
        assert_eq!((&created["name"], &created["size"]), (&json!("FileB.txt"), &json!(35)));
        assert_eq!(bucket.get("drive/F/FileB.txt"), content.as_bytes());
        let replaced = installation.send(&put).expect(200).json();
        assert_eq!(replaced["id"], created["id"]);
        let nowhere = Request::new("PUT", "/v1.0/me/drive/root:/G/a.txt:/content")
            .body("text/plain", content)
            .by(&writer);
        assert_eq!(installation.send(&nowhere).expect(404).code(), "itemNotFound");
        let id = created["id"].as_str().expect("an id");
        let download = installation
            .send(&Request::get(format!("/v1.0/me/drive/items/{id}/content")).by(&writer))
            .expect(302);
        let url = path_of(&installation, download.header("location").expect("a download URL"));
        assert_eq!(installation.send(&Request::get(&url)).expect(200).text(), content);
        let part = installation
            .send(&Request::get(&url).header("Range", "bytes=4-11"))
            .expect(206);
        assert_eq!(part.header("content-range"), Some("bytes 4-11/35"));
        assert_eq!(part.text(), "contents");
        assert_eq!(names(&installation, "F"), ["contract.docx", "FileB.txt"]);
    }
}

/// Names of a folder's entries, two a page.
fn names(installation: &Installation, folder: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut next = Some(format!(
        "/v1.0/me/drive/root:/{folder}:/children?$top=2&$select=id,name"
    ));
    while let Some(path) = next {
        let page = installation
            .send(&Request::get(path).by(&bob("Files.Read")))
            .expect(200)
            .json();
        let entries = page["value"].as_array().expect("a list of items");
        assert!(entries.len() <= 2, "{page}");
        seen.extend(
            entries
                .iter()
                .filter_map(|entry| entry["name"].as_str().map(str::to_owned)),
        );
        let link = page["@odata.nextLink"].as_str();
        next = link.map(|link| path_of(installation, link));
    }
    seen
}

#[test]
fn a_folder_is_listed_page_by_page_without_gaps() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        let expected: Vec<String> = (0..7).map(|number| format!("{number}.docx")).collect();
        for name in &expected {
            bucket.put(&format!("drive/many/{name}"), at(CONTRACT));
        }
        bucket.put("drive/many/.hidden", at(CONTRACT));
        bucket.put("outside/x.docx", at(CONTRACT));
        assert_eq!(names(&installation, "many"), expected);
        assert_eq!(names(&installation, ""), ["F", "many"]);
    }
}

#[test]
fn a_large_object_arrives_in_parts_and_whole() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        let session =
            Request::post("/v1.0/me/drive/root:/F/large.bin:/createUploadSession").by(&bob("Files.ReadWrite"));
        let session = installation.send(&session).expect(200).json();
        let upload = path_of(&installation, session["uploadUrl"].as_str().expect("an upload URL"));
        // More than is written by one request, so that the bucket gets it in parts too.
        let content: Vec<u8> = (0..18_000_000_u32).map(|at| (at % 251) as u8).collect();
        let total = content.len();
        let part_size = 327_680 * 20;
        for (at, part) in content.chunks(part_size).enumerate() {
            let first = at * part_size;
            let last = first + part.len() - 1;
            let put = Request::new("PUT", upload.as_str())
                .body("application/octet-stream", part.to_vec())
                .header("Content-Range", format!("bytes {first}-{last}/{total}"));
            let is_last = last + 1 == total;
            installation.send(&put).expect(if is_last { 201 } else { 202 });
            let found = bucket.keys("drive/F/large.bin");
            assert_eq!(found.len(), usize::from(is_last), "{found:?}");
        }
        assert!(bucket.get("drive/F/large.bin") == content);
        assert!(bucket.keys("drive/.signet").is_empty());
        assert!(bucket.unfinished().is_empty());
    }
}

#[test]
fn a_label_is_written_into_an_object_at_once_and_read_back() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        bucket.put("drive/a.docx", at("blank.docx"));
        let before = item(&installation, "a.docx");
        bucket.asked();
        let monitor = assign(&installation, "a.docx");
        let over = ended(&installation, &monitor);
        assert_eq!(
            (&over["status"], &over["resourceId"]),
            (&json!("completed"), &before["id"]),
            "{over}"
        );
        assert_eq!(label_ids(extract(&installation, "a.docx")), [LABEL]);
        let after = item(&installation, "a.docx");
        assert_eq!(after["id"], before["id"]);
        assert_ne!(after["cTag"], before["cTag"]);
        let writes: Vec<_> = bucket
            .asked()
            .into_iter()
            .filter(|asked| asked.method != "GET" && asked.method != "HEAD")
            .collect();
        assert!(
            matches!(writes.as_slice(), [put] if put.method == "PUT" && put.path == "/documents/drive/a.docx"),
            "{writes:?}"
        );
    }
}

fn item(installation: &Installation, path: &str) -> Value {
    let request = Request::get(format!("/v1.0/me/drive/root:/{path}")).by(&bob("Files.Read"));
    installation.send(&request).expect(200).json()
}

#[test]
fn a_label_never_overwrites_what_was_put_there_meanwhile() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        bucket.put("drive/a.docx", at("blank.docx"));
        bucket.hold(Hold {
            method: Some("PUT"),
            after: 0,
            carried_out: false,
        });
        let monitor = assign(&installation, "a.docx");
        wait_for("the label to be written", || bucket.is_holding().then_some(()));
        // Another program saves another document, with a label of another tenant or none of ours.
        bucket.put("drive/a.docx", at("declassified.docx"));
        bucket.release();
        let over = ended(&installation, &monitor);
        // The label is written into what is there now; what was there before is gone, as its author wanted.
        assert_eq!(over["status"], json!("completed"), "{over}");
        assert!(label_ids(extract(&installation, "a.docx")).contains(&LABEL.to_owned()));
        let puts: Vec<u64> = bucket
            .asked()
            .iter()
            .filter(|asked| asked.method == "PUT")
            .map(|asked| asked.status)
            .collect();
        assert_eq!(puts, [412, 200]);
    }
}

#[test]
fn an_object_changed_by_others_is_read_again() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        bucket.put("drive/a.docx", at(CONTRACT));
        let first = label_ids(extract(&installation, "a.docx"));
        let tag = item(&installation, "a.docx");
        assert!(!first.is_empty());
        bucket.asked();
        assert_eq!(label_ids(extract(&installation, "a.docx")), first);
        let asked = bucket.asked();
        assert!(asked.iter().all(|asked| asked.method == "HEAD"), "{asked:?}");
        bucket.put("drive/a.docx", at("declassified.docx"));
        assert!(label_ids(extract(&installation, "a.docx")).is_empty());
        let changed = item(&installation, "a.docx");
        assert_eq!(changed["id"], tag["id"]);
        assert_ne!((&changed["eTag"], &changed["cTag"]), (&tag["eTag"], &tag["cTag"]));
    }
}

#[test]
fn an_object_changed_while_it_is_read_is_never_mixed() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        // Small ones are read by one request.
        bucket.put_large("drive/a.docx", at(CONTRACT), 1);
        bucket.hold(Hold {
            method: Some("GET"),
            after: 1,
            carried_out: false,
        });
        std::thread::scope(|scope| {
            let extracting = scope.spawn(|| extract(&installation, "a.docx"));
            wait_for("the second read", || bucket.is_holding().then_some(()));
            bucket.put_large("drive/a.docx", at("declassified.docx"), 1);
            bucket.release();
            let answer = extracting.join().expect("an answer");
            assert!(label_ids(answer).is_empty());
        });
        assert!(bucket.asked().iter().any(|asked| asked.status == 412));
        assert!(label_ids(extract(&installation, "a.docx")).is_empty());
    }
}

#[test]
fn a_large_presentation_costs_a_few_small_reads() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        bucket.put_large("drive/a.pptx", at(PRESENTATION), 128);
        bucket.put("drive/small.pptx", at(PRESENTATION));
        let small = label_ids(extract(&installation, "small.pptx"));
        bucket.asked();
        let large = label_ids(extract(&installation, "a.pptx"));
        assert_eq!(large, small);
        let asked = bucket.asked();
        let bytes: u64 = asked.iter().map(|asked| asked.bytes).sum();
        assert!(asked.len() <= 6 && bytes < 64 * 1024, "{bytes} bytes: {asked:?}");
    }
}

/// An answer that says to come back later, and nothing about the bucket.
fn assert_unavailable(answer: Answer) {
    let answer = answer.expect(503);
    assert_eq!(answer.code(), "serviceNotAvailable", "{}", answer.text());
    assert!(answer.header("retry-after").is_some());
    for secret in ["documents", "127.0.0.1", "AKIA", "Forbidden"] {
        assert!(!answer.text().contains(secret), "{}", answer.text());
    }
}

#[test]
fn a_bucket_that_fails_or_hangs_is_unavailable_and_nothing_wrong_is_remembered() {
    for shape in Shape::ALL {
        let (bucket, installation) = start(shape);
        let path = format!("F/{CONTRACT}");
        let known = label_ids(extract(&installation, &path));
        bucket.put("drive/new.docx", at(CONTRACT));
        for status in [500, 503, 403] {
            bucket.answer_with(Some(status));
            assert_unavailable(extract(&installation, &path));
            assert_unavailable(extract(&installation, "new.docx"));
            let children = Request::get("/v1.0/me/drive/root/children").by(&bob("Files.Read"));
            assert_unavailable(installation.send(&children));
            let put = Request::new("PUT", "/v1.0/me/drive/root:/b.txt:/content").body("text/plain", "x");
            assert_unavailable(installation.send(&put.by(&bob("Files.ReadWrite"))));
            bucket.answer_with(None);
        }
        // It answers when an object is looked up, and hangs when it is read.
        bucket.hold(Hold {
            method: Some("GET"),
            after: 0,
            carried_out: false,
        });
        assert_unavailable(extract(&installation, "new.docx"));
        bucket.forget();
        assert_eq!(label_ids(extract(&installation, &path)), known);
        assert_eq!(label_ids(extract(&installation, "new.docx")), known);
        assert!(bucket.keys("drive/b.txt").is_empty());
    }
}

#[test]
fn wrong_keys_and_a_server_that_is_gone_are_unavailable() {
    let bucket = Bucket::start();
    bucket.put("drive/a.docx", at(CONTRACT));
    let wrong_key = bucket.entry(bucket.fact("url"), "not the secret of this key at all");
    // Port 9 is never listened on by us, and nobody else may.
    let gone = bucket.entry("http://127.0.0.1:9", bucket.fact("secret"));
    for shape in Shape::ALL {
        for entry in [&wrong_key, &gone] {
            let setup = setup_with(json!([entry]), &bucket.source("drive"));
            let installation = Installation::start(shape, &setup);
            assert_unavailable(extract(&installation, "a.docx"));
        }
        let right = Installation::start(shape, &setup(&bucket, "drive"));
        assert!(!label_ids(extract(&right, "a.docx")).is_empty());
    }
    assert!(bucket.asked().iter().any(|asked| asked.status == 403));
}

#[test]
fn a_bucket_that_is_not_allowed_is_refused() {
    let bucket = Bucket::start();
    bucket.put("drive/a.docx", at(CONTRACT));
    bucket.put("other/a.docx", at(CONTRACT));
    let mut entry = bucket.entry(bucket.fact("url"), bucket.fact("secret"));
    entry["url"] = json!(bucket.source("drive"));
    for shape in Shape::ALL {
        let setup = setup_with(json!([entry]), &bucket.source("other"));
        let installation = Installation::start(shape, &setup);
        assert_eq!(extract(&installation, "a.docx").expect(501).code(), "notSupported");
    }
    assert!(bucket.asked().is_empty());
}

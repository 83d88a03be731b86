//! Limits of files: what one may cost to read, and how large it may be to be taken.

use std::fs::{self, File};
use std::io::{Cursor, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use signet_e2e::{Answer, Caller, Folder, Installation, Request, Setup, Shape, send_raw, wait_for};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{Memory, Size, installations};
use crate::support::{CORPUS, contoso, contoso_with_corpus, none_wrong};

const MIB: u64 = 1024 * 1024;

/// Most entries of a container. Source: file formats 10.
const ENTRIES: u64 = 65_536;

/// Longest part with relationships, inflated, in bytes. Source: file formats 10.
const PART: u64 = 4 * MIB;

/// How large uploads of this test may be, in bytes.
const UPLOAD: u64 = 8 * MIB;

fn bob(scopes: &str) -> Caller {
    Caller::user(&contoso(), "bob@contoso.com", scopes)
}

/// The parts of a labelled document of the corpus.
fn labelled() -> ZipArchive<Cursor<Vec<u8>>> {
    let path = signet_e2e::repository().join(CORPUS).join("contract.docx");
    ZipArchive::new(Cursor::new(fs::read(path).expect("a document"))).expect("a package")
}

/// A labelled document with so many entries.
fn with_entries(path: &Path, count: u64) {
    let mut document = labelled();
    let mut package = ZipWriter::new(File::create(path).expect("a file"));
    for position in 0..document.len() {
        let part = document.by_index_raw(position).expect("a part");
        package.raw_copy_file(part).expect("a part can be copied");
    }
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for number in u64::try_from(document.len()).expect("a number")..count {
        package.start_file(format!("x/{number}"), stored).expect("a part");
    }
    package.finish().expect("a package");
}

/// A package that claims so many entries, with room for them and nothing in it.
fn claiming_entries(path: &Path, count: u64) {
    let size = count * 46;
    let mut file = File::create(path).expect("a file");
    file.write_all(b"PK\x03\x04").expect("a disk");
    file.seek(SeekFrom::Start(size)).expect("a place");
    let mut end = Vec::new();
    end.extend_from_slice(b"PK\x06\x06");
    end.extend_from_slice(&44_u64.to_le_bytes());
    end.extend_from_slice(&[45, 0, 45, 0]);
    end.extend_from_slice(&[0; 8]);
    for number in [count, count, size, 0] {
        end.extend_from_slice(&number.to_le_bytes());
    }
    end.extend_from_slice(b"PK\x06\x07");
    end.extend_from_slice(&[0; 4]);
    end.extend_from_slice(&size.to_le_bytes());
    end.extend_from_slice(&1_u32.to_le_bytes());
    end.extend_from_slice(b"PK\x05\x06");
    end.extend_from_slice(&[0; 4]);
    end.extend_from_slice(&[0xff; 12]);
    end.extend_from_slice(&[0; 2]);
    file.write_all(&end).expect("a disk");
}

/// A labelled document whose relationships are so long when inflated: spaces after their end.
fn with_part_of(path: &Path, bytes: u64) {
    let mut document = labelled();
    let mut package = ZipWriter::new(File::create(path).expect("a file"));
    for position in 0..document.len() {
        let mut part = document.by_index(position).expect("a part");
        let name = part.name().expect("a name").into_owned();
        package.start_file(&name, SimpleFileOptions::default()).expect("a part");
        let length = std::io::copy(&mut part, &mut package).expect("a part");
        if name == "_rels/.rels" {
            let spaces = vec![b' '; 64 * 1024];
            let mut left = usize::try_from(bytes - length).expect("a length");
            while left > 0 {
                let now = left.min(spaces.len());
                package.write_all(&spaces[..now]).expect("a disk");
                left -= now;
            }
        }
    }
    package.finish().expect("a package");
}

/// Asks for the labels of a file until there is more to say than that it takes its time.
fn extract(installation: &Installation, name: &str) -> Answer {
    let request =
        Request::post(format!("/v1.0/me/drive/root:/{name}:/extractSensitivityLabels")).by(&bob("Files.Read"));
    wait_for("an answer", || {
        let answer = installation.send(&request);
        (answer.status != 423).then_some(answer)
    })
}

#[test]
fn of_containers_hold_at_every_size() {
    let (pair, folder) = installations();
    let at = |name: &str| folder.path().join(name);
    with_entries(&at("entries-At.docx"), ENTRIES);
    with_entries(&at("entries-Over.docx"), ENTRIES + 1);
    claiming_entries(&at("entries-Hundredfold.docx"), 100 * ENTRIES);
    for size in Size::ALL {
        with_part_of(&at(&format!("part-{size:?}.docx")), size.of(PART));
    }
    let mut faults = Vec::new();
    for installation in pair.installations() {
        let before = Memory::now(installation);
        for kind in ["entries", "part"] {
            for size in Size::ALL {
                let answer = extract(installation, &format!("{kind}-{size:?}.docx"));
                let is_as_expected = match size {
                    Size::At => answer.status == 200 && answer.json()["labels"].as_array().map(Vec::len) == Some(1),
                    _ => answer.status == 422 && answer.inner_code() == "contentLimitExceeded",
                };
                if !is_as_expected {
                    let (shape, status, text) = (installation.shape, answer.status, answer.text());
                    faults.push(format!("{shape:?}, {kind} {size:?}: {status} {text}"));
                }
            }
        }
        faults.extend(before.growth(&format!("{:?}", installation.shape)));
    }
    none_wrong(&faults);
}

fn put(installation: &Installation, length: &str, body: &[u8]) -> Answer {
    let token = installation.token(&bob("Files.ReadWrite"));
    let head = format!(
        "PUT /v1.0/me/drive/root:/large.bin:/content HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/octet-stream\r\n{length}\r\n\r\n"
    );
    send_raw(installation.origin(), &[head.as_bytes(), body].concat())
}

#[test]
fn of_uploads_hold_at_every_size() {
    let (tenant, _folder): (_, Folder) = contoso_with_corpus();
    let setup = Setup {
        tenants: vec![tenant],
        settings: vec![("SIGNET_EXTRACTION__MAX_UPLOAD", "8MiB".to_owned())],
        ..Setup::default()
    };
    let installation = Installation::start(Shape::SeparateProcesses, &setup);
    let body = vec![7; usize::try_from(UPLOAD).expect("a size") + 1];
    let taken = put(
        &installation,
        &format!("Content-Length: {UPLOAD}"),
        &body[..body.len() - 1],
    );
    assert_eq!(taken.status, 201, "{}", taken.text());
    let before = Memory::now(&installation);
    for size in [Size::Over, Size::Hundredfold] {
        let announced = put(
            &installation,
            &format!("Content-Length: {}", size.of(UPLOAD)),
            &body[..1024],
        );
        assert_eq!(announced.status, 413, "{size:?}: {}", announced.text());
        assert_eq!(announced.inner_code(), "maxFileSizeExceeded");
    }
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let unannounced = put(&installation, "Transfer-Encoding: chunked", &chunk);
    assert_eq!(unannounced.status, 413, "{}", unannounced.text());
    assert_eq!(before.growth("uploads"), None);
}

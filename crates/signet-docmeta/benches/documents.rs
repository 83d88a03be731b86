//! What reading labels costs: against the size of a document, and beside other programs on the same files.
//!
//! Needs `python3` and `exiftool` (Debian: `libimage-exiftool-perl` and `libarchive-zip-perl`). Every reader must find
//! the label in every file before anything is measured. Run it through `cargo xtask bench`.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be measured should stop"
)]

#[path = "../tests/limits/compound.rs"]
mod compound;
#[path = "../tests/limits/large.rs"]
mod large;
#[path = "../tests/limits/sparse.rs"]
mod sparse;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use large::{irm, pdf_with_streams, pdf_with_table, presentation};
use signet_docmeta::{FileRange, Limits, Options, ReadStats, read_labels};
use sparse::Sparse;
use tempfile::TempDir;

const ROUNDS: usize = 200;
/// Copies of each sample in the comparison.
const COPIES: usize = 25;
const PEER_ROUNDS: usize = 9;
/// Samples with a label in their custom properties, where all three readers look, and that label.
const SAMPLES: [(&str, &str); 2] = [
    ("forecast.xlsx", "0a508141-8fa2-5079-b148-5a24df214ed0"),
    ("merger.pptx", "70ac2aba-5dd9-53d2-9e96-49f626b418bc"),
];

fn main() {
    let folder = TempDir::new().expect("a temporary folder");
    sizes(folder.path());
    peers(folder.path());
}

/// Reads one file from the disk, as the product does.
fn read(path: &Path) -> (Vec<String>, ReadStats) {
    let name = path.file_name().unwrap().to_string_lossy();
    let mut range = FileRange::new(File::open(path).expect("the file can be opened")).expect("its length");
    let report = read_labels(&mut range, &name, &Options::default(), &Limits::default()).expect("labels");
    let ids = report.labels.iter().map(|label| label.label_id.to_string()).collect();
    (ids, report.stats)
}

/// A file with holes, which takes no more room on the disk than the parts of the document do.
fn write(document: &Sparse, path: &Path) {
    let mut file = File::create(path).expect("a file");
    file.set_len(document.length).expect("room for a file with holes");
    for (offset, bytes) in &document.parts {
        file.seek(SeekFrom::Start(*offset)).expect("the place");
        file.write_all(bytes).expect("the part is written");
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn sizes(folder: &Path) {
    println!("\nReading against size; median of {ROUNDS} reads of a file in the page cache, opening included");
    println!(
        "  {:<34} {:>9} {:>11} {:>9} {:>9}",
        "document", "size", "bytes read", "requests", "time"
    );
    for mib in [1_u64, 100, 1024] {
        let body = mib << 20;
        let documents: [(&str, &str, Sparse); 5] = [
            ("presentation, label last", "a.pptx", presentation(body, 80, false)),
            ("presentation, label first", "b.pptx", presentation(body, 80, true)),
            ("PDF, object and xref streams", "c.pdf", pdf_with_streams(body)),
            (
                "PDF, table, objects far apart",
                "d.pdf",
                pdf_with_table(5000, body, true),
            ),
            ("rights-managed, compound file", "e.docx", irm(body, false, 9, 2000)),
        ];
        for (what, name, document) in documents {
            let path = folder.join(name);
            write(&document, &path);
            assert_eq!(read(&path).0.len(), 1, "{what}");
            let times = (0..ROUNDS).map(|_| {
                let start = Instant::now();
                std::hint::black_box(read(&path));
                start.elapsed()
            });
            let time = median(times.collect());
            let stats = read(&path).1;
            println!(
                "  {what:<34} {:>5} MiB {:>11} {:>9} {:>6} us",
                document.length >> 20,
                stats.bytes,
                stats.requests,
                time.as_micros()
            );
            fs::remove_file(path).expect("the file goes");
        }
    }
}

/// Something that says what labels a file has.
trait Reader {
    fn name(&self) -> &'static str;
    /// Whether the label is among what it finds in the file.
    fn finds(&mut self, file: &Path, label: &str) -> bool;
}

struct Signet;

impl Reader for Signet {
    fn name(&self) -> &'static str {
        "signet-docmeta"
    }

    fn finds(&mut self, file: &Path, label: &str) -> bool {
        read(file).0.iter().any(|found| found == label)
    }
}

/// A process that is asked again and again.
struct Peer {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What is sent for a file, and what ends its answer.
    question: fn(&Path) -> String,
    end: &'static str,
}

impl Peer {
    fn start(name: &'static str, command: &mut Command, question: fn(&Path) -> String, end: &'static str) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started, install it: {error}"));
        let (input, output) = (
            child.stdin.take().unwrap(),
            BufReader::new(child.stdout.take().unwrap()),
        );
        Self {
            name,
            child,
            input,
            output,
            question,
            end,
        }
    }
}

impl Reader for Peer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn finds(&mut self, file: &Path, label: &str) -> bool {
        self.input
            .write_all((self.question)(file).as_bytes())
            .expect("the question is sent");
        self.input.flush().expect("the question is sent");
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(
                self.output.read_line(&mut line).expect("an answer"),
                0,
                "{} ended",
                self.name
            );
            if line.trim_end() == self.end {
                break;
            }
            answer.push_str(&line);
        }
        let plain = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
        plain(&answer).contains(&plain(label))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shortest reader of labels Python's own library allows: no checks, no limits.
const PYTHON: &str = r#"
import sys, zipfile
import xml.etree.ElementTree as tree
for line in sys.stdin:
    with zipfile.ZipFile(line.strip()) as archive:
        for rel in tree.fromstring(archive.read("_rels/.rels")):
            if rel.get("Type").endswith(("/custom-properties", "/classificationlabels")):
                for part in tree.fromstring(archive.read(rel.get("Target").lstrip("/"))):
                    print(part.get("name") or part.get("id"), "".join(part.itertext()))
    print("end", flush=True)
"#;

fn peers(folder: &Path) {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction/corpus");
    let mut files: Vec<(PathBuf, &str)> = Vec::new();
    for copy in 0..COPIES {
        for (name, label) in SAMPLES {
            let path = folder.join(format!("{copy}-{name}"));
            fs::copy(corpus.join(name), &path).expect("a sample can be copied");
            files.push((path, label));
        }
    }
    let mut readers: Vec<Box<dyn Reader>> = vec![
        Box::new(Signet),
        Box::new(Peer::start(
            "Python zipfile",
            Command::new("python3").args(["-c", PYTHON]),
            |file| format!("{}\n", file.display()),
            "end",
        )),
        Box::new(Peer::start(
            "exiftool -stay_open",
            Command::new("exiftool").args(["-stay_open", "True", "-@", "-"]),
            |file| format!("-j\n{}\n-execute\n", file.display()),
            "{ready}",
        )),
    ];
    // In turns, so that whatever else the machine does meets all of them.
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); readers.len()];
    for round in 0..=PEER_ROUNDS {
        for (reader, times) in readers.iter_mut().zip(&mut times) {
            let start = Instant::now();
            for (file, label) in &files {
                let found = reader.finds(file, label);
                assert!(found, "{} finds no label in {}", reader.name(), file.display());
            }
            // The first round warms everything up.
            if round > 0 {
                times.push(start.elapsed());
            }
        }
    }
    let rates: Vec<f64> = times
        .into_iter()
        .map(|times| files.len() as f64 / median(times).as_secs_f64())
        .collect();
    println!(
        "\n{} Office documents of 6 and 29 KB, one after the other, median of {PEER_ROUNDS} rounds",
        files.len()
    );
    for (reader, rate) in readers.iter().zip(&rates) {
        println!("  {:<20} {rate:>9.0} files/s  1/{:.1}", reader.name(), rates[0] / rate);
    }
}

//! Labels of files through the service: the first answer for each file, which reads it, beside later ones, which do not.
//!
//! Every answer has its record in the decision log, on the disk, before it is given; the same request for a file that
//! cannot carry a label leaves no record and shows what REST alone costs. Run it through `cargo xtask bench`.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be measured should stop")]

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use signet_e2e::{Caller, Drive, Folder, Installation, Request, Setup, Shape, Tenant, repository};

const FILES: usize = 400;
/// Callers at a time.
const CALLERS: [usize; 2] = [1, 16];
/// Passes over answers that are kept already; the median counts.
const PASSES: usize = 5;
const SAMPLE: &str = "tests/cases/extraction/corpus/contract.docx";
const LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a02";

fn main() {
    for callers in CALLERS {
        measure(callers);
    }
}

fn measure(callers: usize) {
    let folder = Folder::new("extraction");
    for number in 0..FILES {
        let path = folder.path().join(format!("{number}.docx"));
        fs::copy(repository().join(SAMPLE), path).expect("a sample can be copied");
        fs::write(folder.path().join(format!("{number}.txt")), "text").expect("a file can be written");
    }
    let drive = Drive {
        id: "b!bench",
        owner_kind: "user",
        owner: "bob@contoso.com",
        folder: folder.path().to_owned(),
    };
    let tenant = Tenant::read("tests/cases/catalogs/contoso.json").with_drive(&drive);
    let caller = Caller::user(&tenant, "bob@contoso.com", "Files.Read.All");
    let installation = Installation::start(
        Shape::OneProcess,
        &Setup {
            tenants: vec![tenant],
            ..Setup::default()
        },
    );
    let pass = |extension: &str, status: u16| pass(&installation, &caller, callers, extension, status);
    // Listening, tokens and connections are warm after this.
    pass("txt", 400);
    let bare = pass("txt", 400);
    let first = pass("docx", 200);
    let mut later: Vec<Duration> = (0..PASSES).map(|_| pass("docx", 200)).collect();
    later.sort_unstable();
    let later = later.get(PASSES / 2).copied().unwrap_or_default();
    println!("\n{FILES} documents of 37 KB, {callers} at a time");
    for (what, time) in [
        ("refused, no record", bare),
        ("read and answered", first),
        ("answered from the cache", later),
    ] {
        let rate = f64::from(u32::try_from(FILES).unwrap_or(u32::MAX)) / time.as_secs_f64();
        println!(
            "  {what:<24} {rate:>8.0} files/s  {:>5.2} of the first answer",
            first.as_secs_f64() / time.as_secs_f64()
        );
    }
}

/// Asks for every file once.
fn pass(installation: &Installation, caller: &Caller, callers: usize, extension: &str, status: u16) -> Duration {
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..callers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= FILES {
                        break;
                    }
                    let path = format!("/v1.0/me/drive/root:/{number}.{extension}:/extractSensitivityLabels");
                    let answer = installation.send(&Request::post(path).by(caller)).expect(status);
                    assert!(
                        status != 200 || String::from_utf8_lossy(&answer.body).contains(LABEL),
                        "no label"
                    );
                }
            });
        }
    });
    started.elapsed()
}

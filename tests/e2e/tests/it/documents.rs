//! Documents of other programs, and what Signet writes into them, seen by those programs.

use std::process::Command;

use signet_e2e::{program, repository, setting};

#[test]
fn other_programs_write_and_read_the_same_labels() {
    let output = Command::new(setting("SIGNET_TEST_PYTHON"))
        .arg("-B")
        .arg(repository().join("tests/clients/python/documents.py"))
        .env("SIGNET_TEST_PROGRAM", program())
        .output()
        .expect("Python can be started");
    let shown = [output.stdout, output.stderr]
        .map(|text| String::from_utf8_lossy(&text).into_owned())
        .join("\n");
    assert!(output.status.success(), "{}\n{shown}", output.status);
    assert!(shown.contains("all checks passed"), "{shown}");
}

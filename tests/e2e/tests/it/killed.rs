//! The extraction process gets SIGKILL at each request it makes to its bucket, and another one goes on after it. What
//! happens at each step between, over a folder, is tested beside the service (`tests/crashes.rs`).

use std::fs;

use serde_json::{Value, json};
use signet_e2e::{Answer, Bucket, Folder, Hold, Installation, Request, Shape, wait_for};

use crate::buckets::{assign, assign_request, at, extract, setup};

/// A label of the tenant without protection.
const LABEL: &str = "87ba5c36-b7cf-4793-bbc2-bd5b3a9f95ca";
const CONTRACT: &str = "contract.docx";
const BLANK: &str = "blank.docx";

struct World {
    bucket: Bucket,
    installation: Installation,
    _keys: Folder,
}

/// Separate processes over the bucket, whose work is taken over soon after they died.
fn start(inline_bytes: &str) -> World {
    let bucket = Bucket::start();
    let keys = Folder::new("keys");
    let key_file = keys.path().join("ticket-key");
    fs::write(&key_file, [7; 32]).expect("a file can be written");
    let mut setup = setup(&bucket, "drive");
    let more = [
        ("SIGNET_EXTRACTION__INLINE_BYTES", inline_bytes.to_owned()),
        ("SIGNET_EXTRACTION__JOB_LEASE", "500ms".to_owned()),
        ("SIGNET_EXTRACTION__TICKET_KEY_FILE", key_file.display().to_string()),
    ];
    setup.settings.extend(more);
    World {
        installation: Installation::start(Shape::SeparateProcesses, &setup),
        bucket,
        _keys: keys,
    }
}

impl World {
    /// Kills the process when it is held at a request, and starts another one. What was asked while the process ran is
    /// answered or broken off.
    fn kill_at(&mut self, hold: Hold, ask: impl FnOnce(&Installation) -> Answer + Send) -> Answer {
        self.bucket.asked();
        self.bucket.hold(hold);
        let answer = std::thread::scope(|scope| {
            let asking = scope.spawn(|| ask(&self.installation));
            wait_for(&format!("{hold:?}"), || self.bucket.is_holding().then_some(()));
            self.installation.process("extraction").kill();
            asking.join().expect("an answer")
        });
        self.installation.kill("extraction");
        self.bucket.forget();
        self.bucket.asked();
        self.installation.start_again("extraction");
        answer
    }
}

/// Labels, once nobody says any more that they come later.
fn labels(installation: &Installation, name: &str) -> Vec<Value> {
    let answer = wait_for("the labels", || {
        let answer = extract(installation, name);
        (![423, 503, 504].contains(&answer.status)).then_some(answer)
    });
    answer.expect(200).json()["labels"].as_array().expect("labels").clone()
}

fn at_request(number: usize) -> Hold {
    Hold {
        method: None,
        after: number,
        carried_out: false,
    }
}

#[test]
fn a_deferred_file_is_finished_whenever_its_process_is_killed() {
    let mut world = start("1B");
    world.bucket.put_large("drive/a.docx", at(CONTRACT), 1);
    extract(&world.installation, "a.docx").expect(423);
    // The work is looking the object up, reading it, and looking whether it still is what was read.
    let mut made = Vec::new();
    wait_for("the work to be done", || {
        made.extend(world.bucket.asked().into_iter().map(|asked| asked.method));
        let reads = made.iter().any(|method| method == "GET");
        (reads && made.last().is_some_and(|method| method == "HEAD")).then_some(())
    });
    let expected = labels(&world.installation, "a.docx");
    assert_eq!(expected.len(), 1, "{expected:?}");
    let count = made.len();
    assert!(count >= 7, "{made:?}");
    for number in 0..count {
        let name = format!("{number}.docx");
        world.bucket.put_large(&format!("drive/{name}"), at(CONTRACT), 1);
        let told = world.kill_at(at_request(number), |installation| extract(installation, &name));
        if told.status == 423 {
            // The work goes on without anybody asking for it.
            wait_for("the work to be taken over", || {
                (!world.bucket.asked().is_empty()).then_some(())
            });
        }
        assert_eq!(
            labels(&world.installation, &name),
            expected,
            "killed at request {number}"
        );
    }
}

#[test]
fn a_label_is_written_whole_or_not_whenever_its_process_is_killed() {
    let mut world = start("16MiB");
    let original = fs::read(signet_e2e::repository().join(at(BLANK))).expect("the corpus is there");
    world.bucket.put("drive/a.docx", at(BLANK));
    world.bucket.asked();
    let monitor = assign(&world.installation, "a.docx");
    completed(&world.installation, &monitor);
    let count = world.bucket.asked().len();
    assert!(count >= 15, "{count}");
    let steps = (0..count).map(at_request);
    // And once when the bucket has the new object and the process was not told.
    let last = Hold {
        method: Some("PUT"),
        after: 0,
        carried_out: true,
    };
    for (number, hold) in steps.chain([last]).enumerate() {
        let name = format!("{number}.docx");
        let key = format!("drive/{name}");
        world.bucket.put(&key, at(BLANK));
        let told = world.kill_at(hold, |installation| installation.send(&assign_request(&name)));
        let monitor = (told.status == 202).then(|| told.header("location").expect("a monitor").to_owned());
        if let Some(monitor) = &monitor {
            let monitor = monitor.trim_start_matches(world.installation.origin()).to_owned();
            completed(&world.installation, &monitor);
        }
        let is_labelled = world.bucket.get(&key) != original;
        assert!(
            is_labelled || monitor.is_none(),
            "{hold:?}: a label was accepted and lost"
        );
        let found = labels(&world.installation, &name);
        let ids: Vec<&Value> = found.iter().map(|label| &label["sensitivityLabelId"]).collect();
        let expected = json!(LABEL);
        assert_eq!(ids, Vec::from_iter(is_labelled.then_some(&expected)), "{hold:?}");
        assert_eq!(world.bucket.keys(&key), [key.as_str()]);
    }
    assert!(world.bucket.unfinished().is_empty());
}

/// Waits until the operation is completed.
fn completed(installation: &Installation, monitor: &str) {
    let over = wait_for("the operation to end", || {
        let answer = installation.send(&Request::get(monitor));
        (![202, 503, 504].contains(&answer.status)).then_some(answer)
    });
    let over = over.expect(200).json();
    assert_eq!(over["status"], json!("completed"), "{over}");
}

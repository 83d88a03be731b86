//! An S3-compatible server of another make, and what stands beside the program and works on the same bucket.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::environment::setting;
use crate::folder::Folder;
use crate::tenant::repository;

/// A running server with one bucket. Ends when dropped, or when the test's process is gone.
pub struct Bucket {
    server: Mutex<Server>,
    facts: Value,
    folder: Folder,
}

struct Server {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A request the program made.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Status of the answer; 0: none was given.
    pub status: u64,
    /// Bytes of the answer's body.
    pub bytes: u64,
}

/// Which request of the program is held back, and every one of the kind after it.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    /// Only requests of this method count; absent: all do.
    pub method: Option<&'static str>,
    /// Requests let through before.
    pub after: usize,
    /// The request is carried out, and only its answer is held back.
    pub carried_out: bool,
}

impl Bucket {
    /// Starts a server on a free port, with an empty bucket.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Self {
        let mut child = Command::new(setting("SIGNET_TEST_BUCKET_PYTHON"))
            .arg("-B")
            .arg(repository().join("tests/clients/bucket/server.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("Python can be started");
        let commands = child.stdin.take().expect("its input is ours");
        let mut answers = BufReader::new(child.stdout.take().expect("its output is ours"));
        let facts = read(&mut answers);
        Self {
            server: Mutex::new(Server {
                child,
                commands,
                answers,
            }),
            facts,
            folder: Folder::new("bucket"),
        }
    }

    /// `extraction.buckets` of the configuration: all of the bucket may be served.
    pub fn configuration(&self) -> Value {
        json!([self.entry(self.fact("url"), self.fact("secret"))])
    }

    /// An entry of `extraction.buckets` for this bucket at an address, with a secret key.
    pub fn entry(&self, endpoint: &str, secret: &str) -> Value {
        let files = [("key", self.fact("key")), ("secret", secret)].map(|(name, text)| {
            let file = self.folder.path().join(format!("{name}-{}", text.len()));
            fs::write(&file, text).expect("a file can be written");
            file
        });
        json!({
            "url": format!("s3://{}", self.fact("bucket")), "endpoint": endpoint, "allow_http": true,
            "access_key_id_file": files[0], "secret_access_key_file": files[1],
        })
    }

    /// `url`, `bucket`, `key` or `secret`.
    pub fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().expect("the server says it")
    }

    /// The source of a drive below a prefix.
    pub fn source(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}", self.fact("bucket"))
    }

    /// Puts a file of the repository or of a folder into the bucket, behind the program's back.
    pub fn put(&self, key: &str, file: impl AsRef<Path>) {
        let file = repository().join(file);
        self.ask(&json!({"do": "put", "key": key, "file": file}));
    }

    /// Puts a package of at least this size: what is in `file`, and something large before it.
    pub fn put_large(&self, key: &str, file: impl AsRef<Path>, mebibytes: usize) {
        let file = repository().join(file);
        self.ask(&json!({"do": "put_large", "key": key, "file": file, "mebibytes": mebibytes}));
    }

    /// Content of an object.
    pub fn get(&self, key: &str) -> Vec<u8> {
        let file = self.folder.path().join("got");
        self.ask(&json!({"do": "get", "key": key, "file": file}));
        fs::read(file).expect("what was downloaded")
    }

    /// Names of the objects that begin with `prefix`.
    pub fn keys(&self, prefix: &str) -> Vec<String> {
        names(&self.ask(&json!({"do": "keys", "prefix": prefix})))
    }

    /// Names of objects whose parts were sent and never put together.
    pub fn unfinished(&self) -> Vec<String> {
        names(&self.ask(&json!({"do": "unfinished"})))
    }

    /// What the program asked since the last call of this.
    pub fn asked(&self) -> Vec<Asked> {
        let answer = self.ask(&json!({"do": "requests"}));
        let requests = answer["requests"].as_array().expect("a list");
        let text = |request: &Value, name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let asked = requests.iter().map(|request| Asked {
            method: text(request, "method"),
            path: text(request, "path"),
            status: request["status"].as_u64().unwrap_or_default(),
            bytes: request["bytes"].as_u64().unwrap_or_default(),
        });
        asked.collect()
    }

    /// Holds requests back from now on.
    pub fn hold(&self, hold: Hold) {
        let when = if hold.carried_out { "after" } else { "before" };
        let mut rule = json!({"after": hold.after, "when": when});
        if let Some(method) = hold.method {
            rule["method"] = json!(method);
        }
        self.ask(&json!({"do": "hold", "rule": rule}));
    }

    /// A request is held back at this moment.
    pub fn is_holding(&self) -> bool {
        self.ask(&json!({"do": "held"}))["held"] != 0
    }

    /// Held requests go on, and no more are held.
    pub fn release(&self) {
        self.ask(&json!({"do": "release"}));
    }

    /// Held requests are never carried out, and no more are held.
    pub fn forget(&self) {
        self.ask(&json!({"do": "drop"}));
    }

    /// Every request is answered with this status and not carried out; absent: as usual.
    pub fn answer_with(&self, status: Option<u16>) {
        self.ask(&json!({"do": "status", "status": status}));
    }

    fn ask(&self, command: &Value) -> Value {
        let mut server = self.server.lock().expect("nobody panics while the server is asked");
        writeln!(server.commands, "{command}").expect("the server listens");
        server.commands.flush().expect("the server listens");
        read(&mut server.answers)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        if let Ok(server) = self.server.get_mut() {
            let _ = server.child.kill();
            let _ = server.child.wait();
        }
    }
}

fn read(answers: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    answers.read_line(&mut line).expect("the server answers");
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("the server of the bucket ended"))
}

fn names(answer: &Value) -> Vec<String> {
    let keys = answer["keys"].as_array().expect("a list of names");
    keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

//! Processes of the program: started, waited for, and gone when the test is.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use crate::environment::program;
use crate::wait_for;

/// Lines of a log shown when a test fails.
const SHOWN_LINES: usize = 12;

/// Characters of each of them.
const SHOWN_CHARACTERS: usize = 600;

/// Logs of the processes that run, by name.
static LOGS: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());

/// A running process of the program.
pub struct Process {
    name: String,
    child: Child,
    guard: Child,
    folder: PathBuf,
    admin: Option<String>,
}

/// How a process ended, and what it wrote.
#[derive(Debug)]
pub struct Finished {
    /// Exit status.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Finished {
    /// Fails the test unless the process succeeded.
    #[track_caller]
    pub fn success(self) -> Self {
        assert!(
            self.status.success(),
            "{}\n{}\n{}",
            self.status,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Fails the test unless the process failed with a message of its own and not by a panic.
    #[track_caller]
    pub fn refused(self) -> Self {
        assert!(
            self.status.code().is_some_and(|code| code != 0 && code != 101),
            "{self:?}"
        );
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// Runs the program to its end.
pub fn run(arguments: &[&str], environment: &[(&str, &str)]) -> Finished {
    let mut command = command(environment);
    let output = command
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the program can be started");
    Finished {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The program, with none of the settings of whoever runs the tests.
fn command(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program());
    for (name, _) in std::env::vars_os() {
        let theirs = name
            .to_str()
            .is_some_and(|name| name.starts_with("SIGNET_") || name.starts_with("OTEL_"));
        if theirs {
            command.env_remove(name);
        }
    }
    command.envs(environment.iter().copied());
    command
}

impl Process {
    /// Starts the program. Its output and its ready file go to `folder`, which must be its own.
    pub fn start(name: &str, folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        show_logs_of_failures();
        fs::create_dir_all(folder).expect("the folder of a process can be made");
        let ready = folder.join("ready.json");
        let log = folder.join("stderr.log");
        let _ = fs::remove_file(&ready);
        let mut child = command(environment)
            .args(arguments)
            .arg("--ready-file")
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(File::create(folder.join("stdout.log")).expect("a file for the output"))
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the program can be started");
        let guard = guard(&mut child);
        LOGS.lock()
            .expect("nobody panics with the logs held")
            .push((name.to_owned(), log));
        Self {
            name: name.to_owned(),
            child,
            guard,
            folder: folder.to_owned(),
            admin: None,
        }
    }

    /// What the ready file says, once it is there.
    pub fn ready(&mut self) -> Value {
        let file = self.folder.join("ready.json");
        let what = format!("{} to be ready", self.name);
        let text = wait_for(&what, || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!(
                    "{} ended with {status} instead of getting ready:\n{}",
                    self.name,
                    self.log()
                );
            }
            fs::read_to_string(&file).ok()
        });
        let ready: Value = serde_json::from_str(&text).expect("the ready file is JSON");
        self.admin = ready["admin"].as_str().map(str::to_owned);
        ready
    }

    /// Where its metrics are, once it is ready.
    pub fn admin(&self) -> &str {
        self.admin.as_deref().expect("it has been ready")
    }

    /// Its name in the tests.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to standard error so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("stderr.log")).unwrap_or_default()
    }

    /// What it wrote to standard output so far.
    pub fn output(&self) -> String {
        fs::read_to_string(self.folder.join("stdout.log")).unwrap_or_default()
    }

    /// Asks it to end, as an orchestrator does.
    pub fn terminate(&self) {
        signal(self.id(), "TERM");
    }

    /// Ends it without a warning, wherever it is.
    pub fn kill(&self) {
        signal(self.id(), "KILL");
    }

    /// Tells it to look at its certificates again.
    pub fn hang_up(&self) {
        signal(self.id(), "HUP");
    }

    /// Stops it in its tracks: its sockets stay open and nobody answers.
    pub fn freeze(&self) {
        signal(self.id(), "STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        signal(self.id(), "CONT");
    }

    /// Waits for its end.
    pub fn finished(&mut self) -> Finished {
        let what = format!("{} to end", self.name);
        let status = wait_for(&what, || self.child.try_wait().expect("the process can be waited for"));
        Finished {
            status,
            stdout: self.output(),
            stderr: self.log(),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.guard.kill();
        let _ = self.guard.wait();
        let log = self.folder.join("stderr.log");
        LOGS.lock()
            .expect("nobody panics with the logs held")
            .retain(|(_, known)| *known != log);
    }
}

/// Sends a signal to one process.
fn signal(id: u32, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(id.to_string())
        .status();
    assert!(
        sent.is_ok_and(|status| status.success()),
        "cannot send SIG{name} to {id}"
    );
}

/// A process that ends another one when the test's process is gone, however it went: it waits for its standard input,
/// which only the test's process holds, to be closed.
fn guard(child: &mut Child) -> Child {
    let script = "cat >/dev/null; kill -KILL \"$1\" 2>/dev/null";
    let guard = Command::new("sh")
        .args(["-c", script, "guard"])
        .arg(child.id().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    guard.unwrap_or_else(|error| {
        let _ = child.kill();
        panic!("cannot start a shell: {error}")
    })
}

/// Makes every failing test show what the running processes last wrote.
fn show_logs_of_failures() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            before(panic);
            let Ok(logs) = LOGS.try_lock() else { return };
            for (name, path) in logs.iter() {
                let text = fs::read_to_string(path).unwrap_or_default();
                let lines: Vec<String> = text
                    .lines()
                    .map(|line| line.chars().take(SHOWN_CHARACTERS).collect())
                    .collect();
                let from = lines.len().saturating_sub(SHOWN_LINES);
                if !lines.is_empty() {
                    eprintln!("--- end of the log of {name}\n{}", lines[from..].join("\n"));
                }
            }
        }));
    });
}

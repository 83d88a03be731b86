//! A PostgreSQL server for tests, of which every test gets a database of its own.
//!
//! `SIGNET_TEST_DATABASE_URL` names a server to use, with the password of a user who may create databases. Without it
//! a private one is started, from the newest `/usr/lib/postgresql/*/bin` or from `PATH`; it ends with the process that
//! started it, however that ends.

#![expect(
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test without its database cannot go on, and the environment is how it is told where one is"
)]

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longest wait for the server.
const PATIENCE: Duration = Duration::from_secs(60);

/// User who owns a private server, and his password.
const USER: &str = "postgres";
const PASSWORD: &str = "only-for-tests";

/// What is written to a private server's configuration: nothing here outlives the loss of power, but everything
/// outlives the end of the server.
const SETTINGS: [&str; 6] = [
    "fsync=off",
    "full_page_writes=off",
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=32MB",
];

/// A database of its own.
#[derive(Debug, Clone)]
pub struct Database {
    /// `postgres://user@host:port/name`, without a password.
    pub url: String,
    /// Password of the user; empty: none is needed.
    pub password: String,
}

/// A private server. Ends when dropped.
#[derive(Debug)]
pub struct Server {
    binaries: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    guard: Child,
}

/// An empty database on the server of this test run.
///
/// # Panics
/// When there is no server and none can be started; the message says what to install.
pub fn database() -> Database {
    static SERVER: OnceLock<(Address, Option<Server>)> = OnceLock::new();
    let (address, _) = SERVER.get_or_init(|| match std::env::var("SIGNET_TEST_DATABASE_URL") {
        Ok(url) if !url.is_empty() => (Address::parse(&url), None),
        _ => {
            let server = Server::start(&[]);
            (server.address(), Some(server))
        }
    });
    address.create_database()
}

impl Server {
    /// Starts one with further settings, each `name=value`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(settings: &[&str]) -> Self {
        let binaries = binaries();
        let folder = tempfile::Builder::new()
            .prefix("signet-postgres-")
            .tempdir()
            .expect("a temporary folder");
        let mut server = Self {
            binaries,
            folder,
            port: free_port(),
            settings: SETTINGS
                .iter()
                .chain(settings)
                .map(|setting| (*setting).to_owned())
                .collect(),
            running: None,
        };
        server.initialise();
        server.run();
        server
    }

    /// Address with the password, for `SIGNET_TEST_DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Folder its user may read.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// An empty database.
    pub fn create_database(&self) -> Database {
        self.address().create_database()
    }

    /// Ends it as an operator does who does not wait for its clients.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// Ends it without a warning.
    pub fn crash(&mut self) {
        self.end("QUIT");
    }

    /// Starts it again where it was.
    pub fn run(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .expect("a log file");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        for setting in &self.settings {
            command.args(["-c", setting]);
        }
        let server = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn()
            .expect("PostgreSQL can be started");
        let guard = guard(server.id(), self.folder.path());
        self.running = Some(Running { server, guard });
        self.wait_until_ready();
    }

    /// Stops it in its tracks, with the server processes of its clients; [`Server::thaw`] lets them go on.
    pub fn freeze(&self) {
        self.signal_all("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal_all("CONT");
    }

    fn signal_all(&self, name: &str) {
        let Some(running) = &self.running else { return };
        let id = running.server.id().to_string();
        let script = "kill -\"$1\" \"$2\" $(ps -o pid= --ppid \"$2\")";
        let _ = Command::new("sh").args(["-c", script, "sh", name, &id]).status();
    }

    fn end(&mut self, signal: &str) {
        let Some(mut running) = self.running.take() else { return };
        let _ = Command::new("kill")
            .args([&format!("-{signal}"), &running.server.id().to_string()])
            .status();
        let _ = running.server.wait();
        let _ = running.guard.kill();
        let _ = running.guard.wait();
    }

    fn initialise(&self) {
        let password_file = self.folder.path().join("password");
        fs::write(&password_file, PASSWORD).expect("a file can be written");
        if let Some((user, group)) = owner() {
            for path in [self.folder.path(), &password_file] {
                chown(path, Some(user), Some(group)).expect("the superuser can give files away");
            }
        }
        let mut command = self.command("initdb");
        command.arg("-D").arg(self.data()).arg("--pwfile").arg(&password_file);
        command.args(["-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "password", "-N"]);
        let output = command.output().expect("initdb can be started");
        assert!(
            output.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A program of the server, as a user who may run it: PostgreSQL refuses the superuser.
    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = match owner() {
            None => Command::new(program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={user}"),
                    format!("--regid={group}"),
                    "--clear-groups".to_owned(),
                ]);
                command.arg(program);
                command
            }
        };
        command.current_dir(self.folder.path());
        command
    }

    fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let address = self.address();
        while !address.psql("SELECT 1").is_ok_and(|output| output.status.success()) {
            let ended = self
                .running
                .as_mut()
                .and_then(|running| running.server.try_wait().ok().flatten());
            let log = fs::read_to_string(self.log_file()).unwrap_or_default();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "PostgreSQL does not start:\n{log}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn address(&self) -> Address {
        Address::parse(&self.url())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end("QUIT");
    }
}

/// A server and how to be let in.
#[derive(Debug, Clone)]
struct Address {
    /// `user@host:port`.
    place: String,
    password: String,
    /// What follows the name of the database: `?sslmode=…`, or nothing.
    query: String,
}

impl Address {
    fn parse(url: &str) -> Self {
        let rest = url.split_once("://").map(|(_, rest)| rest);
        let rest =
            rest.unwrap_or_else(|| panic!("SIGNET_TEST_DATABASE_URL must be `postgres://user:password@host/name`"));
        let (rest, query) = rest
            .split_once('?')
            .map_or((rest, String::new()), |(rest, query)| (rest, format!("?{query}")));
        let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
        let (user, host) = authority.rsplit_once('@').unwrap_or((USER, authority));
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        Self {
            place: format!("{user}@{host}"),
            password: password.to_owned(),
            query,
        }
    }

    fn create_database(&self) -> Database {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "signet_test_{}_{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        // A name of an earlier run may be left on a server that is not ours.
        let statements = [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"),
        ];
        for statement in statements {
            let output = self.psql(&statement).expect("psql can be started");
            assert!(
                output.status.success(),
                "{statement}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Database {
            url: format!("postgres://{}/{name}{}", self.place, self.query),
            password: self.password.clone(),
        }
    }

    fn psql(&self, statement: &str) -> std::io::Result<std::process::Output> {
        Command::new(binaries().join("psql"))
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement])
            .arg(format!("postgres://{}/postgres{}", self.place, self.query))
            .env("PGPASSWORD", &self.password)
            .env("PGCONNECT_TIMEOUT", "10")
            .stdin(Stdio::null())
            .output()
    }
}

/// Folder of the newest PostgreSQL of this machine.
///
/// # Panics
/// When there is none.
fn binaries() -> PathBuf {
    find_binaries()
        .unwrap_or_else(|| panic!("there is no PostgreSQL on this machine; run `apt-get install postgresql`"))
}

/// Folder of the newest PostgreSQL of this machine, if there is one.
pub fn find_binaries() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = installed
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("postgres").exists())
        .max();
    if let Some((_, folder)) = newest {
        return Some(folder);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// Who the server runs as when the tests run as the superuser: the user and group `postgres`.
fn owner() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = id(&["-u", USER]).zip(id(&["-g", USER]));
    Some(user.unwrap_or_else(|| {
        panic!("PostgreSQL cannot run as root and there is no user `postgres`; run `apt-get install postgresql`")
    }))
}

fn free_port() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("an address").port()
}

/// A process that ends the server and removes its folder when this process is gone, however it went: it waits for its
/// standard input, which only this process holds, to be closed.
fn guard(server: u32, folder: &Path) -> Child {
    let script = "cat >/dev/null; kill -QUIT \"$1\" 2>/dev/null; sleep 1; rm -rf -- \"$2\"";
    Command::new("sh")
        .args(["-c", script, "guard", &server.to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a shell can be started")
}

//! A running Signet, as one process or as four.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::Client;
use crate::folder::Folder;
use crate::process::{Process, run};
use crate::request::{Answer, Request};
use crate::tenant::{Tenant, repository};
use crate::tokens::{Caller, Minter};

/// How the services are spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Everything in one process: `signet dev`, or `signet serve` where the set-up says so.
    OneProcess,
    /// `signet serve` once for each service.
    SeparateProcesses,
}

impl Shape {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OneProcess, Self::SeparateProcesses];
}

/// What an installation begins with.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// Tenants. None: `signet dev` brings its sample tenant, `signet serve` has none.
    pub tenants: Vec<Tenant>,
    /// The tenants are in the store already; they are named only for their drives.
    pub stored: bool,
    /// Which events are logged; empty: warnings.
    pub log: String,
    /// `signet serve` keeps what it knows in PostgreSQL instead of a file.
    pub postgres: bool,
    /// More flags of `signet dev`.
    pub flags: Vec<String>,
    /// More settings of `signet serve`.
    pub settings: Vec<(&'static str, String)>,
    /// The one process is `signet serve` too, for what `signet dev` cannot be told.
    pub serve: bool,
}

/// A running Signet. Ends when dropped.
pub struct Installation {
    /// How it runs.
    pub shape: Shape,
    /// The process of REST comes last.
    pub processes: Vec<Process>,
    /// What the ready file of the process of REST says.
    pub ready: Value,
    /// Store, keys, logs.
    pub folder: Folder,
    /// Environment of the processes, also for commands that work on the same store.
    pub environment: Vec<(String, String)>,
    minter: Minter,
    client: Client,
    launches: Vec<Launch>,
}

/// How a process of `serve` is started again as it was.
#[derive(Clone)]
struct Launch {
    service: &'static str,
    environment: Vec<(String, String)>,
}

impl Launch {
    fn start(&self, folder: &Path) -> Process {
        let environment: Vec<(&str, &str)> = self
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Process::start(
            self.service,
            &folder.join(self.service),
            &["serve", "--services", self.service],
            &environment,
        )
    }
}

impl Installation {
    /// Starts one and waits until it answers.
    pub fn start(shape: Shape, setup: &Setup) -> Self {
        let folder = Folder::new("e2e");
        Self::start_in(shape, setup, folder)
    }

    /// Starts one over what is in a folder from an earlier time.
    pub fn start_in(shape: Shape, setup: &Setup, folder: Folder) -> Self {
        let log = if setup.log.is_empty() { "warn" } else { &setup.log };
        match shape {
            Shape::OneProcess if setup.serve => whole_process(setup, log, folder),
            Shape::OneProcess => one_process(setup, log, folder),
            Shape::SeparateProcesses => separate_processes(setup, log, folder),
        }
    }

    /// Sends a request over plain HTTP.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        let token = request.caller.as_ref().map(|caller| self.token(caller));
        self.client.send(request, token.as_deref())
    }

    /// A token of the issuer this installation trusts.
    pub fn token(&self, caller: &Caller) -> String {
        self.minter.token(caller)
    }

    /// The issuer this installation trusts.
    pub fn minter(&self) -> &Minter {
        &self.minter
    }

    /// Origin of plain HTTP.
    pub fn origin(&self) -> &str {
        self.client.origin()
    }

    /// A member of the ready file that is a text.
    #[track_caller]
    pub fn fact(&self, name: &str) -> &str {
        self.ready[name]
            .as_str()
            .unwrap_or_else(|| panic!("`{name}` is missing in {}", self.ready))
    }

    /// Where a service takes calls over gRPC.
    #[track_caller]
    pub fn grpc(&self, service: &str) -> String {
        if self.shape == Shape::OneProcess {
            return self.fact("grpc").to_owned();
        }
        let launch = self.launches.iter().find(|launch| launch.service == service);
        let listen = launch.and_then(|launch| launch.environment.last());
        let (_, address) = listen.expect("a service of this installation");
        format!("http://{address}")
    }

    /// Runs a command on this installation's store.
    pub fn command(&self, arguments: &[&str]) -> crate::Finished {
        let data_dir = self.folder.path().join("data").display().to_string();
        let of_store = arguments.first() == Some(&"tenant") && arguments.get(1) != Some(&"validate");
        let mut arguments = arguments.to_vec();
        let is_dev = self.launches.is_empty();
        if is_dev && (of_store || arguments.first() == Some(&"token")) {
            arguments.extend(["--data-dir", &data_dir]);
        }
        let environment: Vec<(&str, &str)> = self.environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        run(&arguments, &environment)
    }

    /// Puts another version of a tenant in force.
    pub fn apply(&self, tenant: &Tenant) {
        let file = self.folder.path().join("applied.json");
        tenant.write(&file);
        self.command(&["tenant", "apply", &file.display().to_string()])
            .success();
    }

    /// The process of a service.
    #[track_caller]
    pub fn process(&self, service: &str) -> &Process {
        self.processes
            .iter()
            .find(|process| process.name() == service)
            .expect("a service of this installation")
    }

    /// Ends the process of a service without a warning.
    pub fn kill(&mut self, service: &str) {
        self.processes.retain(|process| process.name() != service);
    }

    /// Starts a service again at its old address.
    pub fn start_again(&mut self, service: &str) {
        let launch = self
            .launches
            .iter()
            .find(|launch| launch.service == service)
            .expect("it ran before");
        let mut process = launch.start(self.folder.path());
        process.ready();
        self.processes.push(process);
    }

    /// Asks every process to end, waits for it and gives the folder back.
    pub fn stop(self) -> Folder {
        for mut process in self.processes.into_iter().rev() {
            process.terminate();
            process.finished().success();
        }
        self.folder
    }
}

fn tenant_files(setup: &Setup, folder: &Path) -> Vec<String> {
    let files = setup
        .tenants
        .iter()
        .filter(|_| !setup.stored)
        .enumerate()
        .map(|(position, tenant)| {
            let file = folder.join(format!("tenant-{position}.json"));
            tenant.write(&file);
            file.display().to_string()
        });
    files.collect()
}

fn one_process(setup: &Setup, log: &str, folder: Folder) -> Installation {
    let data_dir = folder.path().join("data");
    let shown = data_dir.display().to_string();
    let files = tenant_files(setup, folder.path());
    let mut arguments = vec!["dev", "--data-dir", &shown, "--log", log];
    arguments.extend([
        "--https-port",
        "0",
        "--http-port",
        "0",
        "--grpc-port",
        "0",
        "--admin-port",
        "0",
    ]);
    for file in &files {
        arguments.extend(["--tenant-file", file]);
    }
    arguments.extend(setup.flags.iter().map(String::as_str));
    let mut process = Process::start("signet dev", &folder.path().join("dev"), &arguments, &[]);
    let ready = process.ready();
    let client = Client::plain(ready["http"].as_str().expect("dev serves HTTP"));
    Installation {
        shape: Shape::OneProcess,
        processes: vec![process],
        ready,
        minter: Minter::development(&data_dir),
        client,
        folder,
        environment: Vec::new(),
        launches: Vec::new(),
    }
}

/// The fixture issuer, which `serve` is told to trust.
pub(crate) fn fixture(name: &str) -> PathBuf {
    repository().join("tests/e2e/fixtures").join(name)
}

/// The services of a process that has all of them, which is its name too.
pub const EVERYTHING: &str = "catalog,evaluation,extraction,gateway";

fn whole_process(setup: &Setup, log: &str, folder: Folder) -> Installation {
    let environment = common_environment(setup, log, folder.path());
    let mut building = Building {
        folder: folder.path(),
        environment: environment.clone(),
        started: Vec::new(),
    };
    building.set("SIGNET_GATEWAY__HTTP", "127.0.0.1:0");
    let ready = building.start(EVERYTHING);
    let started = building.started;
    apply_tenants(setup, folder.path(), &environment);
    installed(Shape::OneProcess, folder, environment, ready, started)
}

fn apply_tenants(setup: &Setup, folder: &Path, environment: &[(String, String)]) {
    let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    for file in tenant_files(setup, folder) {
        run(&["tenant", "apply", &file], &environment).success();
    }
}

fn installed(
    shape: Shape,
    folder: Folder,
    environment: Vec<(String, String)>,
    ready: Value,
    started: Vec<(Process, Launch)>,
) -> Installation {
    let (processes, launches) = started.into_iter().unzip();
    Installation {
        shape,
        processes,
        client: Client::plain(ready["http"].as_str().expect("the gateway serves HTTP")),
        ready,
        folder,
        environment,
        minter: Minter::new(
            "https://issuer.example/{tid}/v2.0",
            &fixture("issuer.key"),
            Some("test-issuer"),
        ),
        launches,
    }
}

fn separate_processes(setup: &Setup, log: &str, folder: Folder) -> Installation {
    let environment = common_environment(setup, log, folder.path());
    let mut building = Building {
        folder: folder.path(),
        environment: environment.clone(),
        started: Vec::new(),
    };
    let catalog = building.start("catalog");
    apply_tenants(setup, folder.path(), &environment);
    building.set("SIGNET_CATALOG__ENDPOINT", grpc(&catalog));
    let evaluation = building.start("evaluation");
    let extraction = building.start("extraction");
    building.set("SIGNET_EVALUATION__ENDPOINT", grpc(&evaluation));
    building.set("SIGNET_EXTRACTION__ENDPOINT", grpc(&extraction));
    building.set("SIGNET_GATEWAY__HTTP", "127.0.0.1:0");
    let ready = building.start("gateway");
    let started = building.started;
    installed(Shape::SeparateProcesses, folder, environment, ready, started)
}

fn grpc(ready: &Value) -> &str {
    ready["grpc"].as_str().expect("the service listens")
}

pub(crate) fn common_environment(setup: &Setup, log: &str, folder: &Path) -> Vec<(String, String)> {
    let token_file = folder.join("cluster-token");
    std::fs::write(&token_file, "a-token-only-the-tests-know").expect("a file can be written");
    let issuers = json!([{"issuer": "https://issuer.example/{tid}/v2.0", "keys_file": fixture("issuer.jwks.json")}]);
    let roots: Vec<String> = setup.tenants.iter().flat_map(Tenant::folders).collect();
    let entries = [
        ("SIGNET_ADMIN__LISTEN", "127.0.0.1:0".to_owned()),
        ("SIGNET_CLUSTER__TOKEN_FILE", token_file.display().to_string()),
        ("SIGNET_AUTH__ISSUERS", issuers.to_string()),
        (
            "SIGNET_AUTH__AUDIENCES",
            json!(["https://graph.microsoft.com"]).to_string(),
        ),
        ("SIGNET_EXTRACTION__ALLOWED_ROOTS", json!(roots).to_string()),
        ("SIGNET_TELEMETRY__FILTER", log.to_owned()),
        ("SIGNET_TELEMETRY__FORMAT", "json".to_owned()),
    ];
    let further = setup.settings.iter().cloned();
    let store = match setup.postgres {
        true => database(folder),
        false => vec![("SIGNET_STORE__PATH", folder.join("signet.db").display().to_string())],
    };
    entries
        .into_iter()
        .chain(store)
        .chain(further)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// A database of PostgreSQL that belongs to a folder: the same one whenever it is asked for.
fn database(folder: &Path) -> Vec<(&'static str, String)> {
    let (address_file, password_file) = (folder.join("database-url"), folder.join("database-password"));
    let url = std::fs::read_to_string(&address_file).unwrap_or_else(|_| {
        let made = signet_testkit::postgres::database();
        std::fs::write(&address_file, &made.url).expect("a file can be written");
        std::fs::write(&password_file, made.password + "\n").expect("a file can be written");
        made.url
    });
    vec![
        ("SIGNET_STORE__URL", url),
        ("SIGNET_STORE__PASSWORD_FILE", password_file.display().to_string()),
    ]
}

/// Processes of an installation so far.
struct Building<'a> {
    folder: &'a Path,
    environment: Vec<(String, String)>,
    started: Vec<(Process, Launch)>,
}

impl Building<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Starts a service and gives what its ready file says.
    fn start(&mut self, service: &'static str) -> Value {
        let mut launch = Launch {
            service,
            environment: self.environment.clone(),
        };
        if service != "gateway" {
            launch
                .environment
                .push(("SIGNET_GRPC__LISTEN".to_owned(), "127.0.0.1:0".to_owned()));
        }
        let mut process = launch.start(self.folder);
        let ready = process.ready();
        // Started again, it is found where it was.
        for (name, member) in [("SIGNET_GATEWAY__HTTP", "http"), ("SIGNET_GRPC__LISTEN", "grpc")] {
            let entry = launch.environment.iter_mut().find(|(known, _)| known == name);
            if let Some((entry, address)) = entry.zip(ready[member].as_str()) {
                entry.1 = address.trim_start_matches("http://").to_owned();
            }
        }
        self.started.push((process, launch));
        ready
    }
}

//! A cluster: several processes of each service over one PostgreSQL server of its own.

use std::net::{SocketAddr, TcpListener};

use serde_json::json;
use signet_testkit::postgres::Server;
use signet_testkit::proxy::Proxy;

use crate::client::Client;
use crate::folder::Folder;
use crate::installation::{Setup, common_environment, fixture};
use crate::process::{Process, run};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::tokens::{Caller, Minter};

/// Processes of each service, by name, in the order they are started: which one comes first must not matter.
const MEMBERS: [(&str, &str); 9] = [
    ("gateway-1", "gateway"),
    ("gateway-2", "gateway"),
    ("extraction-1", "extraction"),
    ("extraction-2", "extraction"),
    ("evaluation-1", "evaluation"),
    ("evaluation-2", "evaluation"),
    ("evaluation-3", "evaluation"),
    ("catalog-1", "catalog"),
    ("catalog-2", "catalog"),
];

/// A place of the configuration where nobody is at first.
const RESERVE: (&str, &str) = ("evaluation-4", "evaluation");

/// A running cluster: two gateways, two catalogues, three evaluators, two extractors. Ends when dropped.
pub struct Cluster {
    /// Between `gateway-1` and `evaluation-1`.
    pub calls: Proxy,
    /// Between `evaluation-1` and the database.
    pub rows: Proxy,
    /// The database server of this cluster alone.
    pub server: Server,
    members: Vec<Member>,
    environment: Vec<(String, String)>,
    folder: Folder,
    minter: Minter,
}

/// A process of the cluster, or the place of one.
struct Member {
    name: &'static str,
    service: &'static str,
    address: SocketAddr,
    process: Option<Process>,
}

impl Cluster {
    /// Starts one and waits until all of it answers.
    pub fn start(setup: &Setup) -> Self {
        let folder = Folder::new("cluster");
        let server = Server::start(&[]);
        let members: Vec<Member> = MEMBERS.into_iter().chain([RESERVE]).map(Member::new).collect();
        let first_evaluator = members.iter().find(|member| member.name == "evaluation-1");
        let mut cluster = Self {
            calls: Proxy::start(first_evaluator.expect("a member").address),
            rows: Proxy::start(([127, 0, 0, 1], server.port()).into()),
            environment: Vec::new(),
            minter: Minter::new(
                "https://issuer.example/{tid}/v2.0",
                &fixture("issuer.key"),
                Some("test-issuer"),
            ),
            server,
            members,
            folder,
        };
        cluster.environment = cluster.environment(setup);
        for (name, _) in MEMBERS {
            cluster.begin(name);
        }
        for (name, _) in MEMBERS {
            cluster.member(name).process.as_mut().expect("it was started").ready();
        }
        for tenant in &setup.tenants {
            cluster.apply(tenant);
        }
        cluster
    }

    /// What all processes are told.
    fn environment(&self, setup: &Setup) -> Vec<(String, String)> {
        let folder = self.folder.path();
        let log = if setup.log.is_empty() { "warn" } else { &setup.log };
        let database = self.server.create_database();
        let password_file = folder.join("database-password");
        std::fs::write(&password_file, database.password).expect("a file can be written");
        // Pages begun at one gateway are continued at another.
        let page_key_file = folder.join("page-token-key");
        std::fs::write(&page_key_file, [7; 32]).expect("a file can be written");
        let mut environment = common_environment(setup, log, folder);
        environment.retain(|(name, _)| !name.starts_with("SIGNET_STORE__"));
        let more = [
            ("SIGNET_STORE__URL", database.url),
            ("SIGNET_STORE__PASSWORD_FILE", password_file.display().to_string()),
            (
                "SIGNET_GATEWAY__PAGE_TOKEN_KEY_FILE",
                page_key_file.display().to_string(),
            ),
            ("SIGNET_CATALOG__ENDPOINTS", self.endpoints("catalog", None)),
            ("SIGNET_EVALUATION__ENDPOINTS", self.endpoints("evaluation", None)),
            ("SIGNET_EXTRACTION__ENDPOINTS", self.endpoints("extraction", None)),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value)));
        environment
    }

    /// Where the processes of a service are, as a list in JSON, one of them behind a proxy.
    fn endpoints(&self, service: &str, through: Option<(&str, SocketAddr)>) -> String {
        let of_service = self.members.iter().filter(|member| member.service == service);
        let addresses: Vec<String> = of_service
            .map(|member| match through {
                Some((name, proxy)) if name == member.name => format!("http://{proxy}"),
                _ => format!("http://{}", member.address),
            })
            .collect();
        json!(addresses).to_string()
    }

    /// What one process is told besides.
    fn environment_of(&self, name: &str) -> Vec<(String, String)> {
        let mut environment = self.environment.clone();
        let mut set = |name: &str, value: String| {
            environment.retain(|(known, _)| known != name);
            environment.push((name.to_owned(), value));
        };
        let member = self
            .members
            .iter()
            .find(|member| member.name == name)
            .expect("a member");
        let listen = match member.service {
            "gateway" => "SIGNET_GATEWAY__HTTP",
            _ => "SIGNET_GRPC__LISTEN",
        };
        set(listen, member.address.to_string());
        if name == "gateway-1" {
            let through = Some(("evaluation-1", self.calls.address()));
            set("SIGNET_EVALUATION__ENDPOINTS", self.endpoints("evaluation", through));
        }
        if name == "evaluation-1" {
            let known = self.environment.iter().find(|(name, _)| name == "SIGNET_STORE__URL");
            let url = &known.expect("a database").1;
            let proxied = url.replace(&self.server.port().to_string(), &self.rows.address().port().to_string());
            set("SIGNET_STORE__URL", proxied);
        }
        environment
    }

    fn member(&mut self, name: &str) -> &mut Member {
        self.members
            .iter_mut()
            .find(|member| member.name == name)
            .expect("a member")
    }

    fn begin(&mut self, name: &str) {
        let environment = self.environment_of(name);
        let environment: Vec<(&str, &str)> = environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let folder = self.folder.path().join(name);
        let member = self.member(name);
        let arguments = ["serve", "--services", member.service];
        member.process = Some(Process::start(member.name, &folder, &arguments, &environment));
    }

    /// Ends a process without a warning.
    pub fn kill(&mut self, name: &str) {
        self.member(name).process = None;
    }

    /// Starts a process at its old address, or for the first time, and waits until it answers.
    pub fn start_again(&mut self, name: &str) {
        self.begin(name);
        self.member(name).process.as_mut().expect("it was started").ready();
    }

    /// Asks a process to end and waits until it has.
    pub fn end(&mut self, name: &str) {
        let mut process = self.member(name).process.take().expect("it runs");
        process.terminate();
        process.finished().success();
    }

    /// Stops a process in its tracks.
    pub fn freeze(&mut self, name: &str) {
        self.member(name).process.as_ref().expect("it runs").freeze();
    }

    /// Lets it go on.
    pub fn thaw(&mut self, name: &str) {
        self.member(name).process.as_ref().expect("it runs").thaw();
    }

    /// A client of each gateway.
    pub fn clients(&self) -> Vec<Client> {
        let gateways = self.members.iter().filter(|member| member.service == "gateway");
        gateways
            .map(|gateway| Client::plain(&format!("http://{}", gateway.address)))
            .collect()
    }

    /// A token of the issuer the cluster trusts.
    pub fn token(&self, caller: &Caller) -> String {
        self.minter.token(caller)
    }

    /// Puts a version of a tenant in force.
    pub fn apply(&self, tenant: &Tenant) {
        let file = self.folder.path().join("applied.json");
        tenant.write(&file);
        let environment: Vec<(&str, &str)> = self.environment.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        run(&["tenant", "apply", &file.display().to_string()], &environment).success();
    }

    /// Calls of a method, by the name of its span, that has answered since it was started.
    pub fn calls_answered(&self, name: &str, method: &str) -> u64 {
        let ready = std::fs::read_to_string(self.folder.path().join(name).join("ready.json")).expect("it runs");
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the ready file is JSON");
        let admin = Client::plain(ready["admin"].as_str().expect("an address"));
        let metrics = admin.send(&Request::get("/metrics"), None).expect(200).text();
        let counts = metrics.lines().filter(|line| {
            line.starts_with("rpc_server_call_duration_seconds_count{")
                && line.contains(&format!("rpc_method=\"{method}\""))
        });
        counts
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    }
}

impl Member {
    fn new((name, service): (&'static str, &'static str)) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self {
            name,
            service,
            address: socket.local_addr().expect("an address"),
            process: None,
        }
    }
}

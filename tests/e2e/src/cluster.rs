//! A cluster: several processes of each service over one PostgreSQL server of its own.

use std::net::{SocketAddr, TcpListener};

use serde_json::json;
use signet_testkit::postgres::Server;
use signet_testkit::proxy::Proxy;

use crate::certificates::Authority;
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

/// Who reaches whom through a proxy of their own; `database` is the database server.
pub const LINKS: [(&str, &str); 7] = [
    ("gateway-1", "evaluation-1"),
    ("gateway-1", "catalog-1"),
    ("evaluation-1", "catalog-1"),
    ("extraction-1", "catalog-1"),
    ("catalog-1", "database"),
    ("evaluation-1", "database"),
    ("extraction-1", "database"),
];

/// What makes the processes of a cluster services of one installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// A token all of them know; calls cross the machine in clear.
    Token,
    /// Mutual TLS; nobody connects without a certificate.
    Certificates,
}

/// A running cluster: two gateways, two catalogues, three evaluators, two extractors. Ends when dropped.
pub struct Cluster {
    /// The database server of this cluster alone.
    pub server: Server,
    links: Vec<Proxy>,
    trust: Trust,
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
    pub fn start(setup: &Setup, trust: Trust) -> Self {
        let folder = Folder::new("cluster");
        let server = Server::start(&[]);
        let members: Vec<Member> = MEMBERS.into_iter().chain([RESERVE]).map(Member::new).collect();
        let link = |(_, to): (&str, &str)| match members.iter().find(|member| member.name == to) {
            Some(member) => Proxy::start(member.address),
            None => Proxy::start(([127, 0, 0, 1], server.port()).into()),
        };
        let mut cluster = Self {
            links: LINKS.into_iter().map(link).collect(),
            trust,
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
        if self.trust == Trust::Certificates {
            environment.retain(|(name, _)| name != "SIGNET_CLUSTER__TOKEN_FILE");
            let authority = Authority::new();
            for (_, service) in MEMBERS {
                authority.write(&folder.join(service), service);
            }
        }
        let more = [
            ("SIGNET_STORE__URL", database.url),
            ("SIGNET_STORE__PASSWORD_FILE", password_file.display().to_string()),
            (
                "SIGNET_GATEWAY__PAGE_TOKEN_KEY_FILE",
                page_key_file.display().to_string(),
            ),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value)));
        environment
    }

    /// Where a process finds those of a service, as a list in JSON.
    fn endpoints(&self, from: &str, service: &str) -> String {
        let scheme = match self.trust {
            Trust::Token => "http",
            Trust::Certificates => "https",
        };
        let of_service = self.members.iter().filter(|member| member.service == service);
        let addresses: Vec<String> = of_service
            .map(|member| {
                let address = self.proxy(from, member.name).map_or(member.address, Proxy::address);
                format!("{scheme}://{address}")
            })
            .collect();
        json!(addresses).to_string()
    }

    fn proxy(&self, from: &str, to: &str) -> Option<&Proxy> {
        let mut links = LINKS.into_iter().zip(&self.links);
        links.find(|(link, _)| *link == (from, to)).map(|(_, proxy)| proxy)
    }

    /// The way of one of [`LINKS`].
    pub fn link(&self, from: &str, to: &str) -> &Proxy {
        self.proxy(from, to).expect("a link")
    }

    /// What a process is told to be trusted by the others, and to trust them.
    fn identity(&self, service: &str) -> Vec<(&'static str, String)> {
        if self.trust == Trust::Token {
            return Vec::new();
        }
        let file = |name: &str| self.folder.path().join(service).join(name).display().to_string();
        let names = json!(["gateway", "catalog", "evaluation", "extraction"]).to_string();
        vec![
            ("SIGNET_GRPC__TLS", "true".to_owned()),
            ("SIGNET_TLS__CERTIFICATE_FILE", file("tls.crt")),
            ("SIGNET_TLS__KEY_FILE", file("tls.key")),
            ("SIGNET_CLUSTER__CA_FILE", file("ca.crt")),
            ("SIGNET_CLUSTER__SERVICE_NAMES", names),
            ("SIGNET_CLUSTER__REQUIRE_CLIENT_CERTIFICATE", "true".to_owned()),
        ]
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
        for (service, key) in [
            ("catalog", "SIGNET_CATALOG__ENDPOINTS"),
            ("evaluation", "SIGNET_EVALUATION__ENDPOINTS"),
            ("extraction", "SIGNET_EXTRACTION__ENDPOINTS"),
        ] {
            set(key, self.endpoints(name, service));
        }
        for (key, value) in self.identity(member.service) {
            set(key, value);
        }
        if let Some(way) = self.proxy(name, "database") {
            let known = self.environment.iter().find(|(name, _)| name == "SIGNET_STORE__URL");
            let url = &known.expect("a database").1;
            let proxied = url.replace(&self.server.port().to_string(), &way.address().port().to_string());
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

    /// Id of a process that runs.
    pub fn process_id(&self, name: &str) -> u32 {
        let member = self.members.iter().find(|member| member.name == name);
        let process = member.and_then(|member| member.process.as_ref());
        process.expect("it runs").id()
    }

    /// Where a process takes calls over gRPC.
    pub fn grpc(&self, name: &str) -> String {
        let member = self.members.iter().find(|member| member.name == name);
        format!("http://{}", member.expect("a member").address)
    }

    /// Calls of a method, by the name of its span, that a process has answered since it was started.
    pub fn calls_answered(&self, name: &str, method: &str) -> u64 {
        let metrics = self.metrics(name);
        let counts = metrics.lines().filter(|line| {
            line.starts_with("rpc_server_call_duration_seconds_count{")
                && line.contains(&format!("rpc_method=\"{method}\""))
        });
        counts
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    }

    /// What a process tells Prometheus.
    pub fn metrics(&self, name: &str) -> String {
        let ready = std::fs::read_to_string(self.folder.path().join(name).join("ready.json")).expect("it runs");
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the ready file is JSON");
        let admin = Client::plain(ready["admin"].as_str().expect("an address"));
        admin.send(&Request::get("/metrics"), None).expect(200).text()
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

//! Commands and flags. Scripts rely on them: add, never rename.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use signet_domain::ids::TenantId;

use crate::config::Service;
use crate::config::units::{Count, HumanDuration};

/// Sensitivity labels over the Microsoft Graph labelling API.
#[derive(Debug, Parser)]
#[command(name = "signet", version, about, propagate_version = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run everything in one process for development, with a sample tenant and a token issuer.
    Dev(DevArgs),
    /// Run the configured services.
    Serve(ServeArgs),
    /// Print a token of the development issuer.
    Token(TokenArgs),
    /// Check, compare, apply or export a tenant file.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Show the labels found inside files.
    Inspect(InspectArgs),
    /// Walk a folder and show the labels found inside its files.
    Scan(ScanArgs),
    /// Set or remove the label inside files.
    #[command(subcommand)]
    Label(LabelCommand),
    /// Show, check or describe the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the OpenAPI document of the REST surface, as `/openapi.json` serves it.
    Openapi,
    /// Bring a store to the current schema.
    Migrate(StoreArgs),
    /// Ask a running instance whether it can answer; for container probes.
    Health(HealthArgs),
}

/// Flags of `signet dev`.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Folder of the store, the local CA, the issuer key and the sample drive.
    #[arg(long, default_value = ".signet")]
    pub(crate) data_dir: PathBuf,
    /// Port of HTTPS; 0 picks a free one.
    #[arg(long, default_value_t = 8443)]
    pub(crate) https_port: u16,
    /// Port of plain HTTP; 0 picks a free one.
    #[arg(long, default_value_t = 8080)]
    pub(crate) http_port: u16,
    /// Port of gRPC; 0 picks a free one.
    #[arg(long, default_value_t = 8081)]
    pub(crate) grpc_port: u16,
    /// Port of metrics and health; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    pub(crate) admin_port: u16,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) address: std::net::IpAddr,
    /// Accept an address that other machines can reach.
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Tenant file to load instead of the sample tenant; may be repeated.
    #[arg(long)]
    pub(crate) tenant_file: Vec<PathBuf>,
    /// Folder tree to serve, one folder per drive.
    #[arg(long)]
    pub(crate) drive_dir: Option<PathBuf>,
    /// File that gets one JSON object once everything answers.
    #[arg(long)]
    pub(crate) ready_file: Option<PathBuf>,
    /// Password of every sample user at the token endpoint.
    #[arg(
        long,
        env = "SIGNET_DEV_PASSWORD",
        default_value = "signet-dev",
        hide_env_values = true
    )]
    pub(crate) password: String,
    /// File with faults that requests meet without asking (YAML or JSON).
    #[arg(long)]
    pub(crate) fault_rules: Option<PathBuf>,
    /// Requests per second of one application for one tenant; not limited without it.
    #[arg(long)]
    pub(crate) requests_per_second: Option<Count>,
    /// Which events are logged.
    #[arg(long, default_value = "warn")]
    pub(crate) log: String,
    /// OTLP collector traces and metrics are exported to.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    pub(crate) otlp_endpoint: Option<String>,
}

/// Flags of `signet serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Services of this process.
    #[arg(long, value_delimiter = ',')]
    pub(crate) services: Vec<Service>,
    /// Configuration.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// File that gets one JSON object once everything answers.
    #[arg(long)]
    pub(crate) ready_file: Option<PathBuf>,
}

/// Where the configuration is.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct ConfigArgs {
    /// Configuration file (TOML).
    #[arg(long, env = "SIGNET_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// Flags of `signet token`.
#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Sign-in name of a user; with --scope.
    #[arg(long, required_unless_present = "app", conflicts_with = "app")]
    pub(crate) user: Option<String>,
    /// Scopes, parted by spaces.
    #[arg(long, default_value = "")]
    pub(crate) scope: String,
    /// Client id of an application; with --role.
    #[arg(long)]
    pub(crate) app: Option<String>,
    /// Role; may be repeated or hold several parted by spaces.
    #[arg(long)]
    pub(crate) role: Vec<String>,
    /// Client id of the application a user works with.
    #[arg(long, default_value = "de8bc8b5-d9f9-48b1-a8ad-b748da725064")]
    pub(crate) client_id: String,
    /// Tenant: id, key or domain. Needed when the data directory has several and the user is in more than one.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// How long the token is good.
    #[arg(long, default_value = "1h")]
    pub(crate) expires: HumanDuration,
    /// Audience.
    #[arg(long, default_value = "https://graph.microsoft.com")]
    pub(crate) audience: String,
    /// Data directory of `signet dev`.
    #[arg(long, default_value = ".signet")]
    pub(crate) data_dir: PathBuf,
}

/// What to do with a tenant file.
#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Check a file and show every fault.
    Validate {
        /// JSON or YAML file.
        file: PathBuf,
    },
    /// Show what applying a file would change.
    Plan {
        /// JSON or YAML file.
        file: PathBuf,
        /// The store.
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Put a file in force, in one transaction.
    Apply {
        /// JSON or YAML file.
        file: PathBuf,
        /// The store.
        #[command(flatten)]
        store: StoreArgs,
        /// Refuse unless the tenant is at this revision; 0: it does not exist yet.
        #[arg(long)]
        expect_revision: Option<u64>,
        /// What the change is for.
        #[arg(long)]
        note: Option<String>,
    },
    /// Write a tenant back out.
    Export {
        /// Tenant: id, key or domain; may be left out when there is one.
        #[arg(long)]
        tenant: Option<String>,
        /// A past revision instead of the current one.
        #[arg(long)]
        revision: Option<u64>,
        /// JSON instead of YAML.
        #[arg(long)]
        json: bool,
        /// The store.
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Make a tenant file of what Get-Label and Get-LabelPolicy print through ConvertTo-Json.
    ImportPurview(ImportPurviewArgs),
    /// List the revisions of a tenant, newest first: when, by whom, what for.
    Revisions {
        /// Tenant: id, key or domain; may be left out when there is one.
        #[arg(long)]
        tenant: Option<String>,
        /// Revisions at most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// The store.
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Show what distinguishes two revisions.
    Diff {
        /// The earlier revision.
        from: u64,
        /// The later revision; may be left out: the current one.
        to: Option<u64>,
        /// Tenant: id, key or domain; may be left out when there is one.
        #[arg(long)]
        tenant: Option<String>,
        /// The store.
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Put a past revision in force again, as a new revision.
    Rollback {
        /// The revision.
        revision: u64,
        /// Tenant: id, key or domain; may be left out when there is one.
        #[arg(long)]
        tenant: Option<String>,
        /// Refuse unless the tenant is at this revision.
        #[arg(long)]
        expect_revision: Option<u64>,
        /// What the change is for.
        #[arg(long)]
        note: Option<String>,
        /// The store.
        #[command(flatten)]
        store: StoreArgs,
    },
}

/// Flags of `signet tenant import-purview`.
#[derive(Debug, Args)]
pub(crate) struct ImportPurviewArgs {
    /// What `Get-Label | ConvertTo-Json -Depth 10` printed.
    #[arg(long)]
    pub(crate) labels: PathBuf,
    /// What `Get-LabelPolicy | ConvertTo-Json -Depth 10` printed.
    #[arg(long)]
    pub(crate) policies: PathBuf,
    /// What Get-AutoSensitivityLabelPolicy and Get-AutoSensitivityLabelRule printed; may be repeated.
    #[arg(long)]
    pub(crate) rules: Vec<PathBuf>,
    /// Tenant file that brings everything else: people, domains, drives.
    #[arg(long)]
    pub(crate) into: Option<PathBuf>,
    /// Id of the tenant: the directory id, which is in its tokens.
    #[arg(long, conflicts_with = "into")]
    pub(crate) tenant_id: Option<TenantId>,
    /// Tenant file to write, JSON when it is called so, else YAML; standard output when left out.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// Which store a command works on.
#[derive(Debug, Args, Clone)]
pub(crate) struct StoreArgs {
    /// Data directory of `signet dev`; not used when a configuration names a store.
    #[arg(long, default_value = ".signet")]
    pub(crate) data_dir: PathBuf,
    /// Configuration.
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
}

/// Flags of `signet inspect`. Exit status: 0 when every file has an answer, 1 when one has not.
#[derive(Debug, Args)]
#[command(after_help = "Exit status: 0 when every file has an answer, 1 when one has not.")]
pub(crate) struct InspectArgs {
    /// Files.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// JSON instead of a table: one array.
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
    /// Files read at the same time; 0: one for each processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) jobs: usize,
}

/// Flags of `signet scan`.
#[derive(Debug, Args)]
#[command(
    after_help = "Links are not followed. Files that cannot carry a label are counted and passed over.\n\
                        Exit status: 0 when everything could be read, 1 when a file or folder could not; protected and \
                        damaged files count as read."
)]
pub(crate) struct ScanArgs {
    /// Folder.
    pub(crate) folder: PathBuf,
    /// Form of the output.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
    /// Files read at the same time; 0: one for each processor.
    #[arg(long, default_value_t = 0)]
    pub(crate) jobs: usize,
}

/// Form of what `inspect` and `scan` print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people: every file, then a summary by label.
    Table,
    /// One JSON object per line; the summary goes to standard error.
    Json,
    /// Comma-separated values; the summary goes to standard error.
    Csv,
}

/// What to do with the label of files.
#[derive(Debug, Subcommand)]
pub(crate) enum LabelCommand {
    /// Set or remove the label of one tenant inside files, each as a whole or not at all.
    Set(LabelSetArgs),
}

/// Flags of `signet label set`.
#[derive(Debug, Args)]
#[command(
    after_help = "Nothing but the label changes: other parts of a package keep their bytes, a PDF is a prefix of \
                        the new one, labels of other tenants stay. Policies are not applied and nothing is recorded; \
                        that is what the service is for.\n\
                        Exit status: 0 when every file is as asked for, 1 when one is not."
)]
pub(crate) struct LabelSetArgs {
    /// Files: docx docm xlsx xlsm xlsb pptx ppsx pdf.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Id of the label; with --tenant-file also its name.
    #[arg(long, required_unless_present = "remove", conflicts_with = "remove")]
    pub(crate) label: Option<String>,
    /// Remove the tenant's label instead.
    #[arg(long)]
    pub(crate) remove: bool,
    /// Id of the tenant the label belongs to; not needed with --tenant-file.
    #[arg(long, required_unless_present = "tenant_file")]
    pub(crate) tenant: Option<String>,
    /// Tenant file the label is looked up in: it must exist, be enabled, be for files and not encrypt.
    #[arg(long)]
    pub(crate) tenant_file: Option<PathBuf>,
    /// Name written beside the label; with --tenant-file the label's own.
    #[arg(long, conflicts_with = "tenant_file")]
    pub(crate) name: Option<String>,
    /// How the label comes about. A label somebody chose is only replaced with `privileged` or `auto`.
    #[arg(long, value_enum, default_value_t = MethodArg::Standard)]
    pub(crate) method: MethodArg,
    /// Whether the tenant writes the label part of Office documents.
    #[arg(long, value_enum, default_value_t = LabelInfoArg::Infer)]
    pub(crate) labelinfo: LabelInfoArg,
    /// Say what would be done and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// JSON instead of a table: one array.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a label comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum MethodArg {
    /// By default.
    Standard,
    /// By somebody's choice.
    Privileged,
    /// By a rule; documents note it as `standard`.
    Auto,
}

/// Which home of an Office document a tenant uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LabelInfoArg {
    /// The label part.
    On,
    /// The custom properties.
    Off,
    /// The label part; properties the tenant already has are kept up to date.
    Infer,
}

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every key with its value and where it came from.
    Show(ConfigArgs),
    /// Check that `signet serve` would start.
    Check(ConfigArgs),
    /// Print the JSON schema of the configuration file.
    Schema,
}

/// Flags of `signet health`.
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// Address of the instance.
    #[arg(long, default_value = "http://127.0.0.1:9464")]
    pub(crate) url: String,
    /// Ask whether it is alive instead of whether it can answer.
    #[arg(long)]
    pub(crate) live: bool,
}

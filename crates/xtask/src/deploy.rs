//! `deploy`: everything in `deploy/` checked by the programs that read it, without a cluster.
//!
//! Tools come from the Python registry (pinned in `tests/deploy`) and from the machine's packages.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::clients::virtual_environment;
use crate::shell::{self, apt, cargo, command, root, succeeds, target_dir};

/// Overlays that must render.
const OVERLAYS: [&str; 2] = ["dev", "production"];

/// Compose files, from the root.
const COMPOSED: [&str; 2] = ["docker-compose.yml", "deploy/single/docker-compose.yml"];

/// Configurations `serve` is started with, and what is set beside them.
const CONFIGURATIONS: [(&str, &[(&str, &str)]); 2] = [
    ("deploy/compose/signet.toml", &[]),
    (
        "deploy/kubernetes/base/signet.toml",
        &[("SIGNET_STORE__URL", "postgres://signet@database/signet")],
    ),
];

/// Checks all of it.
///
/// # Errors
/// The first file that is wrong, or the tool that cannot be installed.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = target_dir()?.join("deploy");
    fs::create_dir_all(&folder)?;
    let tools = virtual_environment(&folder, "tests/deploy/requirements.txt")?;
    let tools = tools.parent().context("the folder of an interpreter")?.to_owned();
    shell::run(&mut command(tools.join("hadolint"), &["deploy/Dockerfile"]))?;
    manifests(&tools, &folder)?;
    composed()?;
    collector(&tools)?;
    monitoring(&folder)?;
    configurations()
}

fn manifests(tools: &Path, folder: &Path) -> anyhow::Result<()> {
    for overlay in OVERLAYS {
        let path = format!("deploy/kubernetes/overlays/{overlay}");
        let rendered = command(tools.join("kubectl"), &["kustomize", &path]).output()?;
        if !rendered.status.success() {
            bail!(
                "{path} cannot be rendered: {}",
                String::from_utf8_lossy(&rendered.stderr)
            );
        }
        let file = folder.join(format!("{overlay}.yaml"));
        fs::write(&file, rendered.stdout)?;
        let mut validate = command(tools.join("kubernetes-validate"), &["--strict", "--quiet", "--no-warn"]);
        shell::run(validate.arg(&file))?;
    }
    Ok(())
}

fn composed() -> anyhow::Result<()> {
    if !succeeds(Command::new("docker-compose").arg("version")) {
        apt(&["docker-compose"])?;
    }
    for file in COMPOSED {
        shell::run(&mut command("docker-compose", &["-f", file, "config", "-q"]))?;
    }
    Ok(())
}

/// The collector takes what services export.
fn collector(tools: &Path) -> anyhow::Result<()> {
    let mut check = command(
        tools.join("python"),
        &["tests/deploy/collector.py", "deploy/monitoring/otel-collector.yaml"],
    );
    shell::run(check.args(CONFIGURATIONS.map(|(file, _)| file)))
}

fn monitoring(folder: &Path) -> anyhow::Result<()> {
    if !succeeds(Command::new("promtool").arg("--version")) {
        apt(&["prometheus"])?;
    }
    shell::run(&mut command(
        "promtool",
        &["check", "rules", "deploy/monitoring/alerts.yml"],
    ))?;
    // The paths inside are those of the container.
    let configured = fs::read_to_string(root().join("deploy/monitoring/prometheus.yml"))?;
    let rules = root().join("deploy/monitoring/alerts.yml").display().to_string();
    let here = folder.join("prometheus.yml");
    fs::write(&here, configured.replace("/etc/prometheus/alerts.yml", &rules))?;
    shell::run(command("promtool", &["check", "config"]).arg(&here))
}

/// Each service would start with what it is given.
fn configurations() -> anyhow::Result<()> {
    shell::run(&mut cargo(&["build", "--package", "signet"]))?;
    let program = target_dir()?.join("debug/signet");
    for (file, more) in CONFIGURATIONS {
        for service in ["gateway", "catalog", "evaluation", "extraction"] {
            let mut check = command(&program, &["config", "check", "--config", file]);
            check
                .env("SIGNET_SERVICES", format!("[\"{service}\"]"))
                .env("SIGNET_GRPC__LISTEN", "0.0.0.0:8081")
                .envs(more.iter().copied());
            shell::run(&mut check)?;
        }
    }
    Ok(())
}

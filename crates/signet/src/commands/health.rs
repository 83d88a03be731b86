//! `signet health`: asks a running instance; the exit status is the answer.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;

use crate::cli::HealthArgs;
use crate::output::outln;

pub(super) async fn run(args: HealthArgs) -> anyhow::Result<ExitCode> {
    let path = if args.live { "healthz" } else { "readyz" };
    let url = format!("{}/{path}", args.url.trim_end_matches('/'));
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let answer = client
        .get(&url)
        .send()
        .await
        .with_context(|| format!("{url} does not answer"))?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    outln!("{}", text.trim())?;
    Ok(if status.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

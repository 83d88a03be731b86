//! Prints how many decisions a running Signet takes on one bulk stream, beside as many single calls.
//!
//! Starts the program named by `SIGNET_TEST_PROGRAM` as `signet dev`. Every decision is recorded before it is answered,
//! as in production; client and service share the machine.

use std::env;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures::{StreamExt, stream};
use serde_json::Value;
use tempfile::TempDir;
use tonic::Request;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;

use signet_peers::generated::signet::common::v1 as common;
use signet_peers::generated::signet::evaluation::v1 as evaluation;

use common::subject::{Kind, Me};
use evaluation::evaluate_many_request::item::Question;
use evaluation::evaluate_many_request::{Item, Kind as Message};
use evaluation::evaluate_many_response::Result as Answer;
use evaluation::evaluation_service_client::EvaluationServiceClient;

/// Credit card numbers, in the sample tenant.
const SENSITIVE_TYPE: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";
/// Decisions of one round.
const ITEMS: usize = 10_000;
/// Single calls under way at a time, as many as the service works on of one stream.
const AT_ONCE: usize = 64;
/// Rounds; the median counts.
const ROUNDS: usize = 5;
/// Longest wait for the service to answer.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let program = env::var_os("SIGNET_TEST_PROGRAM").context("name the built program in SIGNET_TEST_PROGRAM")?;
    let service = Service::start(Path::new(&program)).await?;
    let channel = Channel::from_shared(service.address.clone())?.connect().await?;
    let client = Client {
        client: EvaluationServiceClient::new(channel),
        token: service.token(Path::new(&program))?,
    };
    // The first round of each warms up.
    client.stream().await?;
    client.calls().await?;
    let (mut streamed, mut called) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        streamed.push(client.stream().await?);
        called.push(client.calls().await?);
    }
    let (streamed, called) = (median(streamed), median(called));
    println!("{ITEMS} decisions over one connection, median of {ROUNDS} rounds.\n");
    println!("| how | decisions a second | ratio |\n| --- | ---: | ---: |");
    println!("| one bulk stream | {streamed:.0} | {:.2} |", streamed / called);
    println!("| single calls, {AT_ONCE} at a time | {called:.0} | 1.00 |");
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// A client of one connection; its methods give decisions a second.
struct Client {
    client: EvaluationServiceClient<Channel>,
    token: MetadataValue<Ascii>,
}

impl Client {
    async fn stream(&self) -> anyhow::Result<f64> {
        let item = |number: usize| evaluation::EvaluateManyRequest {
            kind: Some(Message::Item(Item {
                id: number.to_string(),
                question: Some(Question::ClassificationResults(question())),
            })),
        };
        let start = Instant::now();
        let request = self.authorized(stream::iter((0..ITEMS).map(item)));
        let mut answers = self.client.clone().evaluate_many(request).await?.into_inner();
        for number in 0..ITEMS {
            let answer = answers.message().await?.context("the stream ended early")?;
            ensure!(answer.id == number.to_string(), "the answer to `{number}` is missing");
            ensure!(
                matches!(answer.result, Some(Answer::Decision(_))),
                "`{number}` was not decided"
            );
        }
        ensure!(answers.message().await?.is_none(), "the stream has an answer too many");
        Ok(rate(start))
    }

    async fn calls(&self) -> anyhow::Result<f64> {
        let start = Instant::now();
        let call = |_| {
            let mut client = self.client.clone();
            let request = self.authorized(question());
            async move { client.evaluate_classification_results(request).await }
        };
        let mut answers = stream::iter(0..ITEMS).map(call).buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            ensure!(answer?.into_inner().decision.is_some(), "a call was not decided");
        }
        Ok(rate(start))
    }

    fn authorized<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.token.clone());
        request
    }
}

fn rate(start: Instant) -> f64 {
    ITEMS as f64 / start.elapsed().as_secs_f64()
}

fn question() -> evaluation::EvaluateClassificationResultsRequest {
    evaluation::EvaluateClassificationResultsRequest {
        options: Some(evaluation::EvaluationOptions {
            subject: Some(common::Subject {
                kind: Some(Kind::Me(Me {})),
            }),
            ..Default::default()
        }),
        content: Some(common::ContentInfo {
            format: common::ContentFormat::File.into(),
            identifier: Some("reports/quarter.docx".to_owned()),
            state: common::ContentState::Rest.into(),
            metadata: Vec::new(),
        }),
        results: vec![evaluation::ClassificationResult {
            sensitive_type_id: SENSITIVE_TYPE.to_owned(),
            count: 7,
            confidence_level: 99,
        }],
    }
}

/// A running `signet dev`; ends when dropped.
struct Service {
    process: Child,
    folder: TempDir,
    address: String,
}

impl Service {
    async fn start(program: &Path) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let ready_file = folder.path().join("ready.json");
        let mut command = Command::new(program);
        command.args(["dev", "--https-port", "0", "--http-port", "0", "--grpc-port", "0"]);
        command
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .arg("--ready-file")
            .arg(&ready_file);
        let process = command
            .stdout(Stdio::null())
            .spawn()
            .context("the program cannot be started")?;
        let mut service = Self {
            process,
            folder,
            address: String::new(),
        };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let ready = std::fs::read(&ready_file)
                .ok()
                .and_then(|text| serde_json::from_slice::<Value>(&text).ok());
            if let Some(ready) = ready {
                service.address = ready["grpc"]
                    .as_str()
                    .context("the ready file names no gRPC address")?
                    .to_owned();
                return Ok(service);
            }
            ensure!(service.process.try_wait()?.is_none(), "the program ended");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("the program was not ready within {PATIENCE:?}")
    }

    fn token(&self, program: &Path) -> anyhow::Result<MetadataValue<Ascii>> {
        let mut command = Command::new(program);
        command.args([
            "token",
            "--user",
            "bob@contoso.com",
            "--scope",
            "InformationProtectionPolicy.Read",
        ]);
        let output = command
            .arg("--data-dir")
            .arg(self.folder.path().join("data"))
            .output()?;
        ensure!(
            output.status.success(),
            "no token: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(format!("Bearer {}", String::from_utf8(output.stdout)?.trim()).parse()?)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.process.kill();
        let _reaped = self.process.wait();
    }
}

//! The official Graph client libraries, used as an application uses them, against `signet dev` over HTTPS; and a
//! consumer of the gRPC services, with stubs generated from the protos.

use std::process::Command;

use signet_e2e::{Installation, Setup, Shape, repository, setting};

/// Client id of the application that administers the tenant.
const OPERATOR: &str = "22222222-bbbb-4ccc-8ddd-333333333333";

/// Runs a client's script with what it needs to know in its environment; its output is shown when it fails.
fn run(mut client: Command) {
    let installation = Installation::start(Shape::OneProcess, &Setup::default());
    let token = |arguments: &[&str]| {
        installation
            .command(&[&["token"], arguments].concat())
            .success()
            .stdout
            .trim()
            .to_owned()
    };
    let scopes = "InformationProtectionPolicy.Read SensitivityLabel.Read SensitivityLabel.Evaluate Files.Read";
    let roles = "InformationProtectionPolicy.Read.All SensitivityLabel.Read SensitivityLabel.Evaluate Files.Read.All";
    let operator = "Signet.Decisions.Read Signet.Catalog.Manage";
    let ca_file = installation.fact("caFile");
    let output = client
        .env("SIGNET_URL", installation.fact("https"))
        .env("SIGNET_GRPC", installation.fact("grpc"))
        .env("SIGNET_TENANT", installation.fact("tenantId"))
        .env("SIGNET_CA_FILE", ca_file)
        .env("SSL_CERT_FILE", ca_file)
        .env("NODE_EXTRA_CA_CERTS", ca_file)
        .env(
            "SIGNET_USER_TOKEN",
            token(&["--user", "bob@contoso.com", "--scope", scopes]),
        )
        .env(
            "SIGNET_APP_TOKEN",
            token(&["--app", "11111111-aaaa-4bbb-8ccc-222222222222", "--role", roles]),
        )
        .env("SIGNET_OPERATOR_TOKEN", token(&["--app", OPERATOR, "--role", operator]))
        .output()
        .expect("the client can be started");
    let shown = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{}\n{shown}", output.status);
    assert!(shown.contains("all checks passed"), "{shown}");
}

#[test]
fn python() {
    let mut client = Command::new(setting("SIGNET_TEST_PYTHON"));
    client.arg("-B").arg(repository().join("tests/clients/python/run.py"));
    run(client);
}

#[test]
fn grpc() {
    let mut client = Command::new(setting("SIGNET_TEST_PYTHON"));
    client.arg("-B").arg(repository().join("tests/clients/grpc/run.py"));
    run(client);
}

#[test]
fn node() {
    let mut client = Command::new(setting("SIGNET_TEST_NODE"));
    client.arg(repository().join("tests/clients/node/run.mjs"));
    client.env("SIGNET_TEST_NODE_MODULES", setting("SIGNET_TEST_NODE_MODULES"));
    run(client);
}

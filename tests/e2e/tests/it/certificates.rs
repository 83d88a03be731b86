//! Services that know each other by certificates, and certificates that are replaced while they run.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use signet_e2e::{Authority, Installation, Process, Setup, Shape, wait_for};

use crate::support::contoso;

struct Bed {
    installation: Installation,
}

impl Bed {
    fn folder(&self, name: &str) -> PathBuf {
        self.installation.folder.path().join("certificates").join(name)
    }

    /// Starts a service without a cluster token, with the certificates of its folder.
    fn start(&self, service: &str, name: &str, catalog: Option<&str>) -> Process {
        let folder = self.folder(name);
        let file = |file: &str| folder.join(file).display().to_string();
        let (certificate, key, authority) = (file("tls.crt"), file("tls.key"), file("ca.crt"));
        let mut environment: Vec<(&str, &str)> = vec![
            ("SIGNET_GRPC__LISTEN", "127.0.0.1:0"),
            ("SIGNET_GRPC__TLS", "true"),
            ("SIGNET_TLS__CERTIFICATE_FILE", &certificate),
            ("SIGNET_TLS__KEY_FILE", &key),
            ("SIGNET_TLS__RELOAD_INTERVAL", "1h"),
            ("SIGNET_CLUSTER__CA_FILE", &authority),
            ("SIGNET_CLUSTER__SERVICE_NAMES", "[\"signet-evaluation\"]"),
            ("SIGNET_TELEMETRY__FILTER", "info"),
        ];
        environment.extend(catalog.map(|catalog| ("SIGNET_CATALOG__ENDPOINT", catalog)));
        let common = self.installation.environment.iter();
        let known: Vec<&str> = environment.iter().map(|(name, _)| *name).collect();
        let common = common.filter(|(name, _)| name != "SIGNET_CLUSTER__TOKEN_FILE" && !known.contains(&name.as_str()));
        environment.extend(common.map(|(name, value)| (name.as_str(), value.as_str())));
        let home = self.installation.folder.path().join(name);
        Process::start(name, &home, &["serve", "--services", service], &environment)
    }
}

#[test]
fn services_know_each_other_by_certificates_that_can_be_renewed() {
    let setup = Setup {
        tenants: vec![contoso()],
        ..Setup::default()
    };
    let bed = Bed {
        installation: Installation::start(Shape::SeparateProcesses, &setup),
    };
    let (old, new) = (Authority::new(), Authority::new());
    old.write(&bed.folder("catalog-tls"), "signet-catalog");
    old.write(&bed.folder("known"), "signet-evaluation");
    old.write(&bed.folder("stranger"), "signet-stranger");
    let mut catalog = bed.start("catalog", "catalog-tls", None);
    let ready: Value = catalog.ready();
    let address = ready["grpc"].as_str().expect("it listens").to_owned();
    assert!(address.starts_with("https://"), "{address}");

    let mut known = bed.start("evaluation", "known", Some(&address));
    known.ready();
    let stranger = bed.start("evaluation", "stranger", Some(&address));
    wait_for("the stranger to be refused", || {
        stranger.log().contains("show its certificate").then_some(())
    });
    assert!(!bed.installation.folder.path().join("stranger/ready.json").exists());

    new.write(&bed.folder("catalog-tls"), "signet-catalog");
    catalog.hang_up();
    wait_for("the catalogue to take the new ones", || {
        catalog.log().contains("certificates were renewed").then_some(())
    });
    new.write(&bed.folder("renewed"), "signet-evaluation");
    let mut renewed = bed.start("evaluation", "renewed", Some(&address));
    renewed.ready();

    fs::write(bed.folder("catalog-tls").join("tls.crt"), "junk").expect("a file can be written");
    catalog.hang_up();
    wait_for("the catalogue to refuse junk", || {
        catalog.log().contains("those before stay in force").then_some(())
    });
    let secret = fs::read_to_string(bed.folder("renewed").join("tls.key")).expect("a key");
    let line = secret.lines().nth(1).expect("a key has lines");
    for process in [&catalog, &known, &renewed, &stranger] {
        assert!(!process.log().contains(line), "a key is in the log");
    }
    for process in [&mut renewed, &mut known, &mut catalog] {
        process.terminate();
        process.finished().success();
    }
}

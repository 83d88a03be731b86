//! Connections to a server that shows a certificate.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use signet_testkit::postgres::Server;

use crate::{Database, PostgresStore};

/// A certificate for a name and the authority that signed it, as PEM.
struct Certificates {
    authority: String,
    certificate: String,
    key: String,
}

fn certificates(name: &str) -> Certificates {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(parameters, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    Certificates {
        authority: authority.pem(),
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// A server that speaks TLS only, and the file with the authority that signed its certificate.
fn server(folder: &Path, name: &str) -> (Server, PathBuf) {
    let made = certificates(name);
    for (file, text) in [
        ("ca.pem", &made.authority),
        ("server.crt", &made.certificate),
        ("server.key", &made.key),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
    let mut server = Server::start(&[]);
    server.stop();
    for file in ["server.crt", "server.key"] {
        let owner = fs::metadata(server.folder().join("data")).unwrap();
        let target = server.folder().join("data").join(file);
        fs::copy(folder.join(file), &target).unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
        use std::os::unix::fs::MetadataExt;
        chown(&target, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let configuration = server.folder().join("data/postgresql.conf");
    let text = fs::read_to_string(&configuration).unwrap() + "\nssl = on\n";
    fs::write(configuration, text).unwrap();
    // As servers are set up where it counts: the password itself never travels.
    let access = server.folder().join("data/pg_hba.conf");
    let text = fs::read_to_string(&access)
        .unwrap()
        .replace(" password", " scram-sha-256");
    fs::write(access, text).unwrap();
    server.run();
    (server, folder.join("ca.pem"))
}

fn address(server: &Server, host: &str, mode: &str) -> Database {
    let database = server.create_database();
    let url = database.url.replace("127.0.0.1", host) + mode;
    Database::parse(&url).unwrap().password(&database.password)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_certificate_must_be_good_for_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let (server, authority) = server(folder.path(), "localhost");
    let full = "?sslmode=verify-full";

    let good = address(&server, "localhost", full).ca_file(&authority);
    PostgresStore::migrate(&good).await.unwrap();
    let store = PostgresStore::open(&good).await.unwrap();
    let encrypted: bool = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
        .fetch_one(&store.pool)
        .await
        .unwrap();
    assert!(encrypted);

    let unknown_authority = address(&server, "localhost", full);
    PostgresStore::migrate(&unknown_authority).await.unwrap_err();
    let another_name = address(&server, "127.0.0.1", full).ca_file(&authority);
    PostgresStore::migrate(&another_name).await.unwrap_err();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_without_certificate_is_refused_where_one_is_demanded() {
    let plain = Server::start(&[]);
    PostgresStore::migrate(&address(&plain, "localhost", "?sslmode=require"))
        .await
        .unwrap_err();
    PostgresStore::migrate(&address(&plain, "localhost", "")).await.unwrap();
}

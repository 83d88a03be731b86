//! Certificates on both sides, and others put in their place while the server runs.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType};
use signet_domain::error::ErrorReason;

use super::harness::{clients, context, options, start_with};
use crate::client::ClientOptions;
use crate::server::ServerOptions;
use crate::tls::{ClientTls, Clients, Identity, InvalidTls, ServerTls};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    fn identity(&self, dns: &str, uri: Option<&str>) -> Identity {
        let mut params = CertificateParams::new(vec![dns.to_owned()]).unwrap();
        if let Some(uri) = uri {
            params.subject_alt_names.push(SanType::URI(uri.try_into().unwrap()));
        }
        let key = KeyPair::generate().unwrap();
        Identity {
            certificate_pem: params.signed_by(&key, &self.0).unwrap().pem().into_bytes(),
            key_pem: key.serialize_pem().into_bytes(),
        }
    }
}

/// A client of an authority without a cluster token.
fn client(authority: &Authority, identity: Option<&Identity>) -> ClientOptions {
    ClientOptions {
        tls: Some(ClientTls::new(&authority.pem(), identity).unwrap()),
        ..ClientOptions::default()
    }
}

async fn outcome(endpoint: &str, options: &ClientOptions, method: &str) -> Result<(), ErrorReason> {
    let (_, answer) = clients(endpoint, options).exchange(method, &context(), 1).await;
    answer.map(|_| ()).map_err(|error| error.reason)
}

#[tokio::test]
async fn a_certificate_makes_a_service_when_its_name_is_known() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let tls = ServerTls::new(&ours.identity("localhost", None), &Clients::Verified(ours.pem())).unwrap();
    let server = start_with(ServerOptions {
        cluster_token: None,
        service_names: vec!["gateway.test".to_owned(), "spiffe://test/evaluation".to_owned()],
        tls: Some(tls),
        ..options()
    })
    .await;
    let endpoint = format!("https://localhost:{}", server.address.port());
    let named = ours.identity("gateway.test", None);
    let spiffe = ours.identity("anything.test", Some("spiffe://test/evaluation"));
    let unnamed = ours.identity("stranger.test", Some("spiffe://test/stranger"));
    let foreign = theirs.identity("gateway.test", None);
    let cases = [
        (Some(&named), Ok(()), Ok(())),
        (Some(&spiffe), Ok(()), Ok(())),
        (Some(&unnamed), Err(ErrorReason::TokenMissing), Ok(())),
        (None, Err(ErrorReason::TokenMissing), Ok(())),
        (
            Some(&foreign),
            Err(ErrorReason::ServiceUnavailable),
            Err(ErrorReason::ServiceUnavailable),
        ),
    ];
    for (number, (identity, as_service, as_user)) in cases.into_iter().enumerate() {
        let options = client(&ours, identity);
        assert_eq!(
            outcome(&endpoint, &options, "get_snapshot").await,
            as_service,
            "case {number}"
        );
        assert_eq!(
            outcome(&endpoint, &options, "get_label").await,
            as_user,
            "case {number}"
        );
    }
}

#[tokio::test]
async fn a_server_may_demand_certificates() {
    let ours = Authority::new();
    let tls = ServerTls::new(&ours.identity("localhost", None), &Clients::Only(ours.pem())).unwrap();
    let server = start_with(ServerOptions {
        tls: Some(tls),
        ..options()
    })
    .await;
    let endpoint = format!("https://localhost:{}", server.address.port());
    let known = ours.identity("gateway.test", None);
    assert_eq!(
        outcome(&endpoint, &client(&ours, Some(&known)), "get_label").await,
        Ok(())
    );
    let bare = outcome(&endpoint, &client(&ours, None), "get_label").await;
    assert_eq!(bare, Err(ErrorReason::ServiceUnavailable));
    assert_eq!(server.fake.calls(), 1);
}

#[tokio::test]
async fn certificates_are_replaced_without_a_restart() {
    let (old, new) = (Authority::new(), Authority::new());
    let tls = ServerTls::new(&old.identity("localhost", None), &Clients::Only(old.pem())).unwrap();
    let server = start_with(ServerOptions {
        tls: Some(tls.clone()),
        ..options()
    })
    .await;
    let endpoint = format!("https://localhost:{}", server.address.port());
    let gateway = client(&old, Some(&old.identity("gateway.test", None)));
    let connected = clients(&endpoint, &gateway);
    connected.exchange("get_label", &context(), 1).await.1.unwrap();

    tls.replace(&new.identity("localhost", None), &Clients::Only(new.pem()))
        .unwrap();
    assert_eq!(
        outcome(&endpoint, &gateway, "get_label").await,
        Err(ErrorReason::ServiceUnavailable)
    );
    connected.exchange("get_label", &context(), 1).await.1.unwrap();
    let renewed = gateway.tls.clone().unwrap();
    renewed
        .replace(&new.pem(), Some(&new.identity("gateway.test", None)))
        .unwrap();
    assert_eq!(
        outcome(&endpoint, &gateway, "get_label").await,
        Ok(()),
        "clones share what is in force"
    );
}

#[test]
fn what_cannot_be_used_is_said_and_changes_nothing() {
    let ours = Authority::new();
    let good = ours.identity("localhost", None);
    let junk = Identity {
        certificate_pem: b"junk".to_vec(),
        ..good.clone()
    };
    let mixed = Identity {
        key_pem: ours.identity("localhost", None).key_pem,
        ..good.clone()
    };
    assert!(matches!(
        ServerTls::new(&junk, &Clients::Anybody),
        Err(InvalidTls::Pem(_))
    ));
    assert!(matches!(
        ServerTls::new(&mixed, &Clients::Anybody),
        Err(InvalidTls::Unusable(_))
    ));
    assert!(matches!(ClientTls::new(b"", None), Err(InvalidTls::Pem(_))));
    assert!(matches!(
        ClientTls::new(&ours.pem(), Some(&junk)),
        Err(InvalidTls::Pem(_))
    ));
    let server = ServerTls::new(&good, &Clients::Only(ours.pem())).unwrap();
    let before = server.current();
    assert!(server.replace(&junk, &Clients::Anybody).is_err());
    assert!(std::sync::Arc::ptr_eq(&before, &server.current()));
    assert!(!format!("{server:?} {good:?}").contains("BEGIN"));
}

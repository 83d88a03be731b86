//! A way to a server that can be cut.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{interval, timeout};

/// Passes connections on. Dropping it closes the address; connections through it stay.
pub(crate) struct Proxy {
    address: SocketAddr,
    cuts: watch::Sender<()>,
    holds: watch::Sender<()>,
}

impl Proxy {
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let cuts = watch::Sender::new(());
        let cutting = cuts.clone();
        let holds = watch::Sender::new(());
        let holding = holds.clone();
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let (mut cut, mut hold) = (cutting.subscribe(), holding.subscribe());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ended = copy_bidirectional(&mut near, &mut far) => {}
                        _cut = cut.changed() => {}
                        // Both sides stay open, and nobody reads.
                        _held = hold.changed() => {
                            let _cut = cut.changed().await;
                        }
                    }
                });
            }
        });
        Self { address, cuts, holds }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets nothing more through connections there are, and tells nobody.
    pub(crate) fn hold(&self) {
        self.holds.send_replace(());
    }

    /// Closes every connection; new ones are passed on again.
    pub(crate) fn cut(&self) {
        self.cuts.send_replace(());
    }
}

/// Waits until a condition holds; fails when it does not in time.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let holds = async {
        let mut again = interval(Duration::from_millis(1));
        while !condition() {
            again.tick().await;
        }
    };
    timeout(Duration::from_secs(30), holds)
        .await
        .expect("the condition comes to hold");
}

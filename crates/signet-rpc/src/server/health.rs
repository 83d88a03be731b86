//! What `grpc.health.v1` says of the services offered.

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Turns the health of every service offered, and of the server as a whole.
#[derive(Debug, Clone)]
pub struct Health {
    serving: watch::Sender<bool>,
    names: Vec<&'static str>,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            serving: watch::Sender::new(true),
            names: Vec::new(),
        }
    }

    pub(super) fn offer(&mut self, name: &'static str) {
        self.names.push(name);
    }

    pub(super) fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Says whether new calls are welcome: false before a stop, so that balancers look elsewhere. True at first.
    pub fn set_serving(&self, serving: bool) {
        self.serving.send_replace(serving);
    }

    /// Tells the health service, for ever.
    pub(super) async fn report(&self, reporter: &HealthReporter) {
        let mut serving = self.serving.subscribe();
        serving.mark_changed();
        while serving.changed().await.is_ok() {
            let status = match *serving.borrow_and_update() {
                true => ServingStatus::Serving,
                false => ServingStatus::NotServing,
            };
            for name in self.names.iter().chain(&[""]) {
                reporter.set_service_status(name, status).await;
            }
        }
    }
}

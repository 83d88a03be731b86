//! What `grpc.health.v1` says of the services offered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Turns the health of every service offered, and of the server as a whole.
#[derive(Debug, Clone)]
pub struct Health {
    serving: watch::Sender<bool>,
    stopped: Arc<AtomicBool>,
    names: Vec<&'static str>,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            serving: watch::Sender::new(true),
            stopped: Arc::default(),
            names: Vec::new(),
        }
    }

    pub(super) fn offer(&mut self, name: &'static str) {
        self.names.push(name);
    }

    pub(super) fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Says whether new calls are welcome, so that balancers look elsewhere when not. True at first; for ever false after
    /// [`Health::stop`].
    pub fn set_serving(&self, serving: bool) {
        self.serving
            .send_replace(serving && !self.stopped.load(Ordering::SeqCst));
    }

    /// Says for ever that new calls are not welcome.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.set_serving(false);
    }

    /// Tells the health service, for ever.
    pub(super) async fn report(&self, reporter: &HealthReporter) {
        let mut serving = self.serving.subscribe();
        serving.mark_changed();
        while serving.changed().await.is_ok() {
            let status = match *serving.borrow_and_update() && !self.stopped.load(Ordering::SeqCst) {
                true => ServingStatus::Serving,
                false => ServingStatus::NotServing,
            };
            for name in self.names.iter().chain(&[""]) {
                reporter.set_service_status(name, status).await;
            }
        }
    }
}

//! Whether a process can answer, and what it says of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signet_rpc::client::Upstream;
use signet_rpc::server::Health;

use crate::config::Service;
use crate::listeners::{Readiness, Tasks};

/// How often readiness is looked at for the gateway's own ports and for gRPC health.
const INTERVAL: Duration = Duration::from_millis(250);

/// Whether the services elsewhere can be reached.
///
/// A catalogue that went away while evaluation goes on is no reason to send nobody here: decisions go on from the
/// policies known, and it would take every gateway out at once. It must have been reached once.
#[derive(Default)]
pub(crate) struct Reached {
    upstreams: Vec<(Service, Upstream)>,
    catalog_once: AtomicBool,
}

impl Reached {
    /// Looks at these.
    pub(crate) fn new(upstreams: Vec<(Service, Upstream)>) -> Self {
        Self {
            upstreams,
            catalog_once: AtomicBool::new(false),
        }
    }

    /// # Errors
    /// Names the service no replica of which answers.
    pub(crate) fn check(&self) -> Result<(), String> {
        for (service, upstream) in &self.upstreams {
            let usable = upstream.is_usable();
            if *service == Service::Catalog && usable {
                self.catalog_once.store(true, Ordering::Relaxed);
            }
            let spared = *service == Service::Catalog && self.catalog_once.load(Ordering::Relaxed);
            if !usable && !spared {
                return Err(format!("no replica of {} answers", name(*service)));
            }
        }
        Ok(())
    }
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Gateway => "the gateway",
        Service::Catalog => "the catalogue",
        Service::Evaluation => "evaluation",
        Service::Extraction => "extraction",
    }
}

/// What is known of readiness, without asking again at every request for it. Once the process ends it stays unready.
#[derive(Clone)]
pub(crate) struct Announced {
    ready: Arc<AtomicBool>,
    ending: Arc<AtomicBool>,
    health: Health,
}

impl Announced {
    /// Begins unready, and follows `readiness` as long as the tasks run.
    pub(crate) fn follow(readiness: Readiness, health: Health, tasks: &Tasks) -> Self {
        let announced = Self {
            ready: Arc::new(AtomicBool::new(false)),
            ending: Arc::new(AtomicBool::new(false)),
            health,
        };
        announced.health.set_serving(false);
        let following = announced.clone();
        tasks.background(async move {
            let mut tick = tokio::time::interval(INTERVAL);
            loop {
                tick.tick().await;
                following.learn(readiness().await.is_ok());
            }
        });
        announced
    }

    /// The process can answer, as far as is known.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire) && !self.ending.load(Ordering::Acquire)
    }

    /// The process was told to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// Says from now on that nothing more should be sent here.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Release);
        self.health.stop();
    }

    /// Takes note of what was found.
    pub(crate) fn learn(&self, ready: bool) {
        if self.ready.swap(ready, Ordering::AcqRel) != ready {
            self.health.set_serving(ready);
        }
    }
}

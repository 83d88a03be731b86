//! Notices an input that keeps a target busy for ever.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::report;

/// Far more than any input may take, also on a machine with much else to do.
const LONGEST: Duration = Duration::from_secs(60);

/// The input being worked on, watched by a thread as long as this lives.
pub(super) struct Watch {
    current: Arc<Mutex<(Instant, Vec<u8>)>>,
    _end: Sender<()>,
}

impl Watch {
    pub(super) fn start(name: &str) -> Self {
        let name = name.to_owned();
        let current = Arc::new(Mutex::new((Instant::now(), Vec::new())));
        let (end, ended) = channel();
        let watched = Arc::clone(&current);
        std::thread::spawn(move || {
            while ended.recv_timeout(LONGEST / 10) == Err(RecvTimeoutError::Timeout) {
                let current = watched.lock().expect("no panic while the input is held");
                if current.0.elapsed() > LONGEST {
                    report(&name, &current.1, "does not come to an end on");
                    std::process::exit(101);
                }
            }
        });
        Self { current, _end: end }
    }

    pub(super) fn begins(&self, input: &[u8]) {
        let mut current = self.current.lock().expect("no panic while the input is held");
        current.0 = Instant::now();
        current.1.clear();
        current.1.extend_from_slice(input);
    }
}

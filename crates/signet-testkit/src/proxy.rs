//! A TCP proxy that brings about what networks do to connections.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes carried at once; what a client writes in one go arrives in one piece up to here.
const CHUNK: usize = 256 * 1024;

/// Longest wait for the place behind.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// A proxy in front of one place. Ends its connections when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    fault: Fault,
    /// Requests that hold these bytes are delivered and their answer is lost.
    marker: Option<Vec<u8>>,
    /// Answers lost on account of the marker.
    lost: usize,
    next: u64,
    links: HashMap<u64, [TcpStream; 2]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fault {
    #[default]
    None,
    /// Nothing gets through, and nobody is told.
    Hold,
    /// Connections are closed as soon as they are made.
    Refuse,
    Ended,
}

impl Proxy {
    /// A proxy on a free port of this machine in front of `target`.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let accepting = shared.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                match accepting.lock().fault {
                    Fault::Ended => return,
                    Fault::Refuse => continue,
                    Fault::None | Fault::Hold => {}
                }
                if let Ok(server) = TcpStream::connect_timeout(&target, CONNECT_LIMIT) {
                    accepting.link(client, server);
                }
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the connections there are; new ones are made.
    pub fn cut(&self) {
        self.shared.cut();
    }

    /// Closes the connections there are, and new ones at once, until [`Proxy::restore`].
    pub fn refuse(&self) {
        self.shared.set(Fault::Refuse);
        self.shared.cut();
    }

    /// Lets nothing through without telling anybody, until [`Proxy::restore`].
    pub fn hold(&self) {
        self.shared.set(Fault::Hold);
    }

    /// All is well again; what was held goes on.
    pub fn restore(&self) {
        self.shared.set(Fault::None);
    }

    /// Delivers the next piece that holds these bytes, and closes its connection instead of carrying the answer.
    pub fn lose_answer_to(&self, marker: &str) {
        self.shared.lock().marker = Some(marker.as_bytes().to_vec());
    }

    /// Answers lost that way.
    pub fn lost_answers(&self) -> usize {
        self.shared.lock().lost
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.set(Fault::Ended);
        self.shared.cut();
        // The listener looks at its orders once more.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, fault: Fault) {
        self.lock().fault = fault;
        self.changed.notify_all();
    }

    fn cut(&self) {
        for streams in std::mem::take(&mut self.lock().links).into_values() {
            streams.iter().for_each(close);
        }
    }

    fn link(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        let copies = (
            client.try_clone(),
            server.try_clone(),
            client.try_clone(),
            server.try_clone(),
        );
        let (Ok(from_client), Ok(from_server), Ok(kept_client), Ok(kept_server)) = copies else {
            return;
        };
        for stream in [&client, &server] {
            let _ = stream.set_nodelay(true);
        }
        let id = {
            let mut state = self.lock();
            state.next += 1;
            let id = state.next;
            state.links.insert(id, [kept_client, kept_server]);
            id
        };
        let answers_lost = Arc::new(Mutex::new(false));
        for (from, to, is_request) in [(from_client, server, true), (from_server, client, false)] {
            let (shared, answers_lost) = (self.clone(), answers_lost.clone());
            std::thread::spawn(move || {
                shared.carry(&from, &to, is_request, &answers_lost);
                close(&from);
                close(&to);
                shared.lock().links.remove(&id);
            });
        }
    }

    fn carry(&self, mut from: &TcpStream, mut to: &TcpStream, is_request: bool, answers_lost: &Mutex<bool>) {
        let mut buffer = vec![0; CHUNK];
        while let Ok(count) = from.read(&mut buffer) {
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
                return;
            };
            self.wait_while_held();
            let mut lost = answers_lost.lock().unwrap_or_else(PoisonError::into_inner);
            if is_request {
                *lost |= self.is_marked(chunk);
            } else if *lost {
                self.lock().lost += 1;
                return;
            }
            drop(lost);
            if to.write_all(chunk).is_err() {
                return;
            }
        }
    }

    fn wait_while_held(&self) {
        let mut state = self.lock();
        while state.fault == Fault::Hold {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The chunk holds the marker, which is used up by that.
    fn is_marked(&self, chunk: &[u8]) -> bool {
        let mut state = self.lock();
        let marked = state
            .marker
            .as_ref()
            .is_some_and(|marker| chunk.windows(marker.len()).any(|window| window == marker));
        if marked {
            state.marker = None;
        }
        marked
    }
}

fn close(stream: &TcpStream) {
    let _ = stream.shutdown(Shutdown::Both);
}

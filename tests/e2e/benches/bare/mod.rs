//! A bare axum handler to compare with, and the load that compares: a closed loop over keep-alive connections.

use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::any;
use serde_json::Value;
use signet_e2e::{Request, wait_for};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Measurements of each server; the median counts.
pub(crate) const ROUNDS: usize = 5;

/// The bare handler as a process of its own.
pub(crate) struct Bare {
    child: Child,
    pub(crate) origin: String,
}

impl Bare {
    /// Starts this program again, to answer with the JSON in a file.
    pub(crate) fn start(answer: &str) -> Self {
        let program = std::env::current_exe().expect("the benchmark knows itself");
        let ready = format!("{answer}.origin");
        // Its standard input ends when the benchmark does, and with it the server.
        let child = Command::new(program)
            .args(["--bare", answer])
            .stdin(Stdio::piped())
            .spawn()
            .expect("the bare handler can be started");
        let origin = wait_for("the bare handler", || {
            fs::read_to_string(&ready).ok().filter(|text| !text.is_empty())
        });
        Self { child, origin }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The file to answer with, when this process is to be the bare handler.
pub(crate) fn wanted() -> Option<String> {
    std::env::args().skip_while(|argument| argument != "--bare").nth(1)
}

/// Serves until standard input ends: reads the body as JSON, writes the answer of a file as JSON.
/// - `read`: reads a body; panics when it is not what was meant to be measured.
pub(crate) fn serve(file: &str, read: fn(&[u8])) {
    let answer: Value = serde_json::from_slice(&fs::read(file).expect("the answer")).expect("JSON");
    let answer = Arc::new(answer);
    let handler = move |body: Bytes| async move {
        if !body.is_empty() {
            read(&body);
        }
        (
            [(CONTENT_TYPE, "application/json")],
            serde_json::to_vec(&*answer).expect("JSON"),
        )
    };
    let ready = format!("{file}.origin");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let mut file = fs::File::create(ready).expect("a file can be written");
        file.write_all(origin.as_bytes()).expect("a file can be written");
        axum::serve(listener, Router::new().route("/{*path}", any(handler)))
            .await
            .expect("a server");
    });
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}

/// A server and the bytes of the request to it.
pub(crate) struct Measured<'s> {
    origin: &'s str,
    request: Vec<u8>,
}

impl<'s> Measured<'s> {
    pub(crate) fn new(origin: &'s str, request: &Request, token: &str) -> Self {
        let body = request.body.clone().unwrap_or_default();
        let head = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
             User-Agent: Bench/1.0\r\nContent-Length: {}\r\n\r\n",
            request.method,
            request.path,
            origin.trim_start_matches("http://"),
            body.len()
        );
        Self {
            origin,
            request: [head.into_bytes(), body].concat(),
        }
    }
}

/// Requests answered per second by each server, in turns: the medians.
pub(crate) fn rates(servers: &[Measured<'_>], connections: usize, round: Duration) -> Vec<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut measured = vec![Vec::new(); servers.len()];
    for number in 0..=ROUNDS {
        for (server, rates) in servers.iter().zip(&mut measured) {
            let rate = runtime.block_on(load(server, connections, round));
            // The first round warms everything up.
            if number > 0 {
                rates.push(rate);
            }
        }
    }
    measured.iter_mut().map(|rates| median(rates)).collect()
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn load(server: &Measured<'_>, connections: usize, round: Duration) -> f64 {
    let address = server.origin.trim_start_matches("http://").to_owned();
    let began = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(one_connection(address.clone(), server.request.clone(), began + round)))
        .collect();
    let mut answered = 0_u32;
    for task in tasks {
        answered += task.await.expect("a connection does not panic");
    }
    f64::from(answered) / began.elapsed().as_secs_f64()
}

async fn one_connection(address: String, request: Vec<u8>, until: Instant) -> u32 {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.set_nodelay(true).expect("a socket takes an option");
    let mut buffer = Vec::with_capacity(64 * 1024);
    let mut answered = 0;
    while Instant::now() < until {
        stream.write_all(&request).await.expect("the server reads");
        buffer.clear();
        let mut whole = usize::MAX;
        while buffer.len() < whole {
            let count = stream.read_buf(&mut buffer).await.expect("the server answers");
            assert_ne!(count, 0, "the server closed the connection");
            if whole == usize::MAX {
                whole = length(&buffer).unwrap_or(usize::MAX);
            }
        }
        assert!(
            buffer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&buffer)
        );
        answered += 1;
    }
    answered
}

/// Bytes of the whole answer, by its Content-Length, once its head is there.
fn length(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    Some(end + 4 + length.expect("an answer has a length"))
}

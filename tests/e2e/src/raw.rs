//! HTTP/1.1 written by hand, for requests that a client library would tidy up first.

use std::io::{Read, Write};
use std::net::TcpStream;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::PATIENCE;
use crate::request::Answer;

/// Sends bytes to an `http://` origin and reads until the server closes. The request should say `Connection: close`.
pub fn send_raw(origin: &str, request: &[u8]) -> Answer {
    let address = origin.strip_prefix("http://").expect("raw requests go over plain HTTP");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket takes a limit");
    stream.write_all(request).expect("the server reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server answers and closes");
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Answer {
    let head_end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let version = first.next().unwrap_or_default().to_owned();
    let status = first
        .next()
        .and_then(|text| text.parse().ok())
        .expect("an answer has a status");
    let headers: HeaderMap = lines.filter_map(header).collect();
    let body = &bytes[head_end + 4..];
    let chunked = headers.get("transfer-encoding").is_some_and(|value| value == "chunked");
    let body = if chunked { unchunked(body) } else { body.to_vec() };
    Answer {
        status,
        version,
        headers,
        body,
    }
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().parse().ok()?, value.trim().parse().ok()?))
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(String::from_utf8_lossy(&rest[..end]).trim(), 16).unwrap_or(0);
        let from = end + 2;
        if size == 0 || rest.len() < from + size + 2 {
            break;
        }
        body.extend_from_slice(&rest[from..from + size]);
        rest = &rest[from + size + 2..];
    }
    body
}

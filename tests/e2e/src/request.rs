//! Requests as the cases write them, and answers.

use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::tokens::Caller;

/// A request that can be sent to any installation: the token is made for the one that gets it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Path and query as they go over the wire.
    pub path: String,
    /// Headers, besides `Authorization`.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Option<Vec<u8>>,
    /// Who asks; absent: nobody.
    pub caller: Option<Caller>,
}

impl Request {
    /// A request by method and path.
    pub fn new(method: &str, path: impl Into<String>) -> Self {
        Self {
            method: method.to_owned(),
            path: path.into(),
            headers: Vec::new(),
            body: None,
            caller: None,
        }
    }

    /// GET.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// POST without a body.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new("POST", path)
    }

    /// Sent by this caller.
    #[must_use]
    pub fn by(mut self, caller: &Caller) -> Self {
        self.caller = Some(caller.clone());
        self
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    /// Method and path, for messages.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// HTTP version: `HTTP/1.1`, `HTTP/2.0`.
    pub version: String,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null when there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// `error.code`.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// `error.innerError.code`.
    pub fn inner_code(&self) -> String {
        self.json()["error"]["innerError"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Fails the test unless this is the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

/// A path and query that were written for people, encoded for the wire: what no URL may hold, and what a URL would take
/// for its own.
pub fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"/?&=$@:,;'()*!._~-".contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn only_what_a_url_cannot_hold_is_encoded() {
        let path = "/users/pat_x.com#EXT#@c.com/l/f(labelIds=[\"a\"],locale='en-US')?$filter=id eq 'ä'";
        let expected =
            "/users/pat_x.com%23EXT%23@c.com/l/f(labelIds=%5B%22a%22%5D,locale='en-US')?$filter=id%20eq%20'%C3%A4'";
        assert_eq!(encoded(path), expected);
    }
}

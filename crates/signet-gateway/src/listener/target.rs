//! Request targets as the documentation prints them.
//!
//! The documented function call carries raw `"` (`labelIds=["4e42…"]`), and clients send it so. HTTP/1.1 parsing lets
//! it through, but the URI type behind it refuses `"`, `<`, `>` and some others in a query, with a bare 400 before any
//! of our code runs. So the bytes of an HTTP/1.1 connection are watched for request lines, and in these the refused
//! bytes are percent-encoded. Whatever is not understood beyond doubt is left alone, for the rest of the connection:
//! then the worst that happens is that bare 400. HTTP/2 is not watched; there such targets are refused as malformed.
//! Source: rest-api 5.5.

/// Longest header line kept; the two lines that matter are short.
const KEPT_LINE: usize = 128;

/// Watches the bytes a client sends.
#[derive(Debug)]
pub(super) struct Targets {
    state: State,
    line: Vec<u8>,
    line_length: usize,
    framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a request: empty lines are skipped.
    Between,
    /// In the method.
    Method,
    /// After the method, until the end of the line.
    Target,
    /// In the header lines.
    Headers,
    /// In a body, with this much to go.
    Body(u64),
    /// In the line of a chunk's size.
    ChunkSize,
    /// In a chunk, its final line end included.
    Chunk(u64),
    /// In the lines after the last chunk.
    Trailers,
    /// Not understood, or not HTTP/1.1: everything passes as it is.
    Untouched,
}

/// How the head says its body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Framing {
    length: Option<u64>,
    chunked: bool,
}

impl Targets {
    /// Watches a new connection.
    pub(super) fn new() -> Self {
        Self {
            state: State::Between,
            line: Vec::new(),
            line_length: 0,
            framing: Framing::default(),
        }
    }

    /// Changes nothing.
    pub(super) fn untouched() -> Self {
        Self {
            state: State::Untouched,
            ..Self::new()
        }
    }

    /// The head of a request is under way.
    pub(super) fn in_head(&self) -> bool {
        matches!(self.state, State::Method | State::Target | State::Headers)
    }

    /// Takes what was read; gives it back when something in it had to be rewritten.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut rewritten: Option<Vec<u8>> = None;
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let taken = match self.state {
                State::Untouched => rest.len(),
                State::Body(left) => self.skip(left, rest, State::Between, State::Body),
                State::Chunk(left) => self.skip(left, rest, State::ChunkSize, State::Chunk),
                State::Between | State::Method => self.method(rest),
                State::Target => {
                    let taken = self.target(rest);
                    let part = rest.get(..taken).unwrap_or_default();
                    if rewritten.is_none() && part.iter().any(|byte| needs_encoding(*byte)) {
                        rewritten = Some(bytes.get(..at).unwrap_or_default().to_vec());
                    }
                    if let Some(out) = &mut rewritten {
                        encode(part, out);
                        at += taken;
                        continue;
                    }
                    taken
                }
                State::Headers | State::ChunkSize | State::Trailers => self.lines(rest),
            };
            if let Some(out) = &mut rewritten {
                out.extend_from_slice(rest.get(..taken).unwrap_or_default());
            }
            at += taken;
        }
        rewritten
    }

    fn skip(&mut self, left: u64, rest: &[u8], then: State, again: fn(u64) -> State) -> usize {
        let here = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        let left = left.saturating_sub(u64::try_from(here).unwrap_or(u64::MAX));
        self.state = if left == 0 { then } else { again(left) };
        here
    }

    /// Reads up to the blank after the method.
    fn method(&mut self, rest: &[u8]) -> usize {
        for (at, byte) in rest.iter().enumerate() {
            match (self.state, byte) {
                (State::Between, b'\r' | b'\n') => {}
                (State::Between, b'A'..=b'Z') => {
                    self.state = State::Method;
                    self.line.clear();
                    self.line.push(*byte);
                }
                (State::Method, b'A'..=b'Z') if self.line.len() < KEPT_LINE => self.line.push(*byte),
                (State::Method, b' ') if self.line != b"PRI" && self.line != b"CONNECT" => {
                    self.state = State::Target;
                    return at + 1;
                }
                _ => {
                    self.state = State::Untouched;
                    return at;
                }
            }
        }
        rest.len()
    }

    /// Reads up to the end of the request line.
    fn target(&mut self, rest: &[u8]) -> usize {
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return rest.len();
        };
        self.state = State::Headers;
        self.framing = Framing::default();
        self.begin_line();
        end + 1
    }

    fn begin_line(&mut self) {
        self.line.clear();
        self.line_length = 0;
    }

    /// Reads one line, or what there is of it.
    fn lines(&mut self, rest: &[u8]) -> usize {
        let end = memchr::memchr(b'\n', rest);
        let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        let room = KEPT_LINE.saturating_sub(self.line.len());
        self.line
            .extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        self.line_length = self.line_length.saturating_add(part.len());
        let Some(end) = end else {
            return rest.len();
        };
        if self.line.last() == Some(&b'\r') && self.line_length == self.line.len() {
            self.line.pop();
            self.line_length -= 1;
        }
        self.state = self.line_ended();
        self.begin_line();
        end + 1
    }

    fn line_ended(&mut self) -> State {
        let complete = self.line.len() == self.line_length;
        match self.state {
            State::Headers if self.line.is_empty() => self.head_ended(),
            State::Headers => self.header(complete),
            State::ChunkSize if complete => chunk(&self.line),
            State::Trailers if self.line.is_empty() => State::Between,
            State::Trailers => State::Trailers,
            _ => State::Untouched,
        }
    }

    fn head_ended(&self) -> State {
        match self.framing {
            Framing {
                length: Some(_),
                chunked: true,
            } => State::Untouched,
            Framing { chunked: true, .. } => State::ChunkSize,
            Framing {
                length: None | Some(0), ..
            } => State::Between,
            Framing {
                length: Some(length), ..
            } => State::Body(length),
        }
    }

    fn header(&mut self, complete: bool) -> State {
        let Some(colon) = self.line.iter().position(|byte| *byte == b':') else {
            return State::Untouched;
        };
        let (name, value) = self.line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = number(value, 10).filter(|_| complete && self.framing.length.is_none());
            self.framing.length = length;
            return if length.is_some() {
                State::Headers
            } else {
                State::Untouched
            };
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let plain = complete && !self.framing.chunked && value.eq_ignore_ascii_case(b"chunked");
            self.framing.chunked = true;
            return if plain { State::Headers } else { State::Untouched };
        }
        let uncertain = name.eq_ignore_ascii_case(b"expect") || name.eq_ignore_ascii_case(b"upgrade");
        let unusual = name.is_empty() || name.iter().any(|byte| byte.is_ascii_whitespace());
        if uncertain || unusual {
            State::Untouched
        } else {
            State::Headers
        }
    }
}

fn chunk(line: &[u8]) -> State {
    let size = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    match number(size, 16) {
        Some(0) => State::Trailers,
        Some(size) => size.checked_add(2).map_or(State::Untouched, State::Chunk),
        None => State::Untouched,
    }
}

fn number(text: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(text)
        .ok()
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(text, radix).ok()
}

/// Bytes HTTP/1.1 parsing admits in a target and the URI type refuses, at least somewhere in it.
fn needs_encoding(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>' | b'`' | 0x80..)
}

fn encode(part: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in part {
        if needs_encoding(*byte) {
            let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
            out.extend([b'%', digit(byte >> 4), digit(byte & 0xf)]);
        } else {
            out.push(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a client sends, cut into pieces, as it arrives.
    fn through(stream: &[u8], piece: usize) -> Vec<u8> {
        let mut targets = Targets::new();
        stream
            .chunks(piece.max(1))
            .flat_map(|part| targets.feed(part).unwrap_or_else(|| part.to_vec()))
            .collect()
    }

    fn check(sent: &str, arrived: &str) {
        for piece in [1, 2, 3, 7, 64, 4096] {
            let got = through(sent.as_bytes(), piece);
            assert_eq!(String::from_utf8_lossy(&got), arrived, "pieces of {piece}");
        }
    }

    #[test]
    fn quotes_in_targets_are_encoded_and_bodies_are_not_touched() {
        check(
            "GET /v1.0/f(a=[\"x\"])?@l=[\"y\"] HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET /v1.0/f(a=[%22x%22])?@l=[%22y%22] HTTP/1.1\r\nHost: h\r\n\r\n",
        );
        check(
            "POST /a?\" HTTP/1.1\r\nContent-Length: 22\r\nX: \"q\"\r\n\r\nGET /b?\" HTTP/1.1\r\n\r\nGET /c?\" HTTP/1.1\r\n\r\n",
            "POST /a?%22 HTTP/1.1\r\nContent-Length: 22\r\nX: \"q\"\r\n\r\nGET /b?\" HTTP/1.1\r\n\r\nGET /c?%22 HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn chunked_bodies_are_followed() {
        check(
            "POST /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=\"1\"\r\nab\"\r\n\r\n0\r\nT: \"\r\n\r\nGET /c?\" HTTP/1.1\r\n\r\n",
            "POST /a HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=\"1\"\r\nab\"\r\n\r\n0\r\nT: \"\r\n\r\nGET /c?%22 HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn other_refused_bytes_are_encoded_too() {
        check(
            "GET /a?<`>\u{e9} HTTP/1.1\r\n\r\n",
            "GET /a?%3C%60%3E%C3%A9 HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        let rest = "\r\n\r\nGET /c?\" HTTP/1.1\r\n\r\n";
        for head in [
            "PRI * HTTP/2.0",
            "CONNECT h?\" HTTP/1.1",
            "\u{16}\u{3}\u{1}",
            "get /?\" HTTP/1.1",
            "POST /a HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            "POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1",
            "POST /a HTTP/1.1\r\nContent-Length: +1",
            "POST /a HTTP/1.1\r\nContent-Length: 99999999999999999999999",
            "POST /a HTTP/1.1\r\nTransfer-Encoding: gzip, chunked",
            "POST /a HTTP/1.1\r\nExpect: 100-continue",
            "POST /a HTTP/1.1\r\nContent-Length : 1",
            "POST /a HTTP/1.1\r\n folded",
            "POST /a HTTP/1.1\r\nno colon",
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz",
        ] {
            let sent = format!("{head}{rest}");
            check(&sent, &sent);
        }
    }

    proptest! {
        #[test]
        fn bytes_without_refused_ones_always_pass_unchanged(stream in "[ -!#-;=?-_a-~\r\n:]{0,400}", piece in 1_usize..50) {
            prop_assert_eq!(through(stream.as_bytes(), piece), stream.into_bytes());
        }

        #[test]
        fn pieces_do_not_matter(stream in "(GET|POST) /[a-z\"?<]{0,20} HTTP/1.1\r\n(Content-Length: [0-9]\r\n)?\r\n[\"a-z\r\n]{0,40}", piece in 1_usize..50) {
            prop_assert_eq!(through(stream.as_bytes(), piece), through(stream.as_bytes(), 4096));
        }
    }
}

//! Where a request came from and which origin it was sent to. Source: rest-api 4.10.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Uri, Version, header};

use crate::config::{GatewayConfig, IpRange};
use crate::graph::error::GraphError;

/// The connection a request came over. The listener puts it into the request's extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    peer: SocketAddr,
    tls: bool,
    /// The remote end's address, written once for all requests.
    address: Arc<str>,
}

impl Connection {
    /// - `peer`: the remote end.
    /// - `tls`: the connection is encrypted.
    pub fn new(peer: SocketAddr, tls: bool) -> Self {
        Self {
            peer,
            tls,
            address: written(peer.ip()),
        }
    }
}

/// What is known of the remote side of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The origin the client sees, without a slash at the end.
    pub(crate) base: Arc<str>,
    /// The client's address.
    pub(crate) client_ip: Option<Arc<str>>,
}

impl Origin {
    /// Reads the origin from the configuration, the connection and, from trusted proxies only, the headers.
    pub(crate) fn new(
        config: &GatewayConfig,
        connection: Option<&Connection>,
        headers: &HeaderMap,
        target: &Uri,
    ) -> Self {
        let peer = connection.map(|connection| connection.peer.ip());
        let trusted = peer.is_some_and(|peer| is_trusted(&config.trusted_proxies, peer));
        let forwarded = if trusted {
            Forwarded::read(headers)
        } else {
            Forwarded::default()
        };
        let client = forwarded.client(&config.trusted_proxies).map(written);
        Self {
            base: base(config, connection, headers, target, &forwarded),
            client_ip: client.or_else(|| connection.map(|connection| connection.address.clone())),
        }
    }
}

fn written(address: IpAddr) -> Arc<str> {
    Arc::from(address.to_canonical().to_string())
}

fn is_trusted(ranges: &[IpRange], address: IpAddr) -> bool {
    ranges.iter().any(|range| range.contains(address))
}

fn base(
    config: &GatewayConfig,
    connection: Option<&Connection>,
    headers: &HeaderMap,
    target: &Uri,
    forwarded: &Forwarded<'_>,
) -> Arc<str> {
    if let Some(base) = &config.public_base_url {
        return Arc::from(base.trim_end_matches('/'));
    }
    let own_scheme = if connection.is_some_and(|connection| connection.tls) {
        "https"
    } else {
        "http"
    };
    let scheme = match forwarded.proto {
        Some(proto) if proto.eq_ignore_ascii_case("https") => "https",
        Some(proto) if proto.eq_ignore_ascii_case("http") => "http",
        _ => own_scheme,
    };
    // A target that names the authority itself comes before `Host`. Source: RFC 9112, section 3.2.2.
    let host = forwarded
        .host
        .or_else(|| target.authority().map(Authority::as_str))
        .or_else(|| text(headers, &header::HOST))
        .filter(|host| is_host(host))
        .unwrap_or("localhost");
    Arc::from(format!("{scheme}://{host}").as_str())
}

/// Refuses a request of HTTP/1.1 that does not say exactly once which host it is for. Source: RFC 9112, section 3.2.
/// A request made in the process itself has come over no connection and needs none.
pub(crate) fn check_host(parts: &Parts) -> Result<(), GraphError> {
    if parts.version != Version::HTTP_11 || parts.extensions.get::<Connection>().is_none() {
        return Ok(());
    }
    let mut hosts = parts.headers.get_all(header::HOST).into_iter();
    let what = match (hosts.next(), hosts.next()) {
        (None, _) => "is missing",
        (_, Some(_)) => "is given more than once",
        (Some(host), None) if host.to_str().is_ok_and(names_a_host) => return Ok(()),
        _ => "is not a host with an optional port",
    };
    Err(GraphError::invalid(format!("`Host` {what}; send the host of the address once")).at("Host"))
}

fn names_a_host(text: &str) -> bool {
    let after_address = text.rsplit_once(']').map_or(text, |(_, after)| after);
    let port = after_address.split_once(':').map_or("", |(_, port)| port);
    let authority = text.parse::<Authority>();
    authority.is_ok_and(|authority| !authority.host().is_empty())
        && !text.contains('@')
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// A host with an optional port, of the characters these have.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']'))
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// What proxies in front say.
#[derive(Debug, Default)]
struct Forwarded<'h> {
    proto: Option<&'h str>,
    host: Option<&'h str>,
    /// Addresses, the client's first.
    path: Vec<&'h str>,
}

impl<'h> Forwarded<'h> {
    /// `Forwarded` (RFC 7239) where present, else the older `X-Forwarded-*`. The first element is the outermost hop.
    fn read(headers: &'h HeaderMap) -> Self {
        if headers.contains_key(header::FORWARDED) {
            return Self::standard(headers);
        }
        let first =
            |name: &str| -> Option<&'h str> { headers.get(name)?.to_str().ok()?.split(',').next().map(str::trim) };
        let path = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .collect();
        Self {
            proto: first("x-forwarded-proto"),
            host: first("x-forwarded-host"),
            path,
        }
    }

    fn standard(headers: &'h HeaderMap) -> Self {
        let mut read = Self::default();
        let elements = headers
            .get_all(header::FORWARDED)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for element in elements {
            for pair in element.split(';') {
                let Some((name, value)) = pair.split_once('=') else {
                    continue;
                };
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => read.path.push(value),
                    "proto" if read.proto.is_none() => read.proto = Some(value),
                    "host" if read.host.is_none() => read.host = Some(value),
                    _ => {}
                }
            }
        }
        read
    }

    /// The last address that is not a trusted proxy: what is before it anybody could have written.
    fn client(&self, trusted: &[IpRange]) -> Option<IpAddr> {
        let mut known = self.path.iter().rev().map_while(|text| address(text));
        let mut last = None;
        for address in known.by_ref() {
            last = Some(address);
            if !is_trusted(trusted, address) {
                break;
            }
        }
        last
    }
}

/// An address with an optional port; IPv6 may stand in brackets.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    text.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(peer: &str, tls: bool, headers: &[(&'static str, &str)]) -> (String, String) {
        let mut config = GatewayConfig::new(String::new(), String::new(), [0; 32]);
        config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a range")];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a header value"));
        }
        let connection = Connection::new(peer.parse().expect("a peer"), tls);
        let origin = Origin::new(&config, Some(&connection), &map, &Uri::from_static("/v1.0/"));
        (
            origin.base.to_string(),
            origin.client_ip.expect("an address").to_string(),
        )
    }

    #[test]
    fn headers_of_strangers_are_not_believed() {
        let headers = [
            ("host", "signet:8443"),
            ("x-forwarded-host", "evil.example"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-for", "203.0.113.1"),
            ("forwarded", "for=203.0.113.1;host=evil.example"),
        ];
        assert_eq!(
            origin("192.0.2.7:1", true, &headers),
            ("https://signet:8443".to_owned(), "192.0.2.7".to_owned())
        );
    }

    #[test]
    fn headers_of_trusted_proxies_are() {
        let older = [
            ("host", "signet"),
            ("x-forwarded-host", "graph.contoso.com"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-for", "198.51.100.9, 203.0.113.1, 10.0.0.2"),
        ];
        assert_eq!(
            origin("10.0.0.1:1", false, &older),
            ("https://graph.contoso.com".to_owned(), "203.0.113.1".to_owned())
        );
        let standard = [
            ("host", "signet"),
            (
                "forwarded",
                "for=\"[2001:db8::1]:4711\";proto=https;host=\"g.example:444\"",
            ),
        ];
        assert_eq!(
            origin("10.0.0.1:1", false, &standard),
            ("https://g.example:444".to_owned(), "2001:db8::1".to_owned())
        );
    }

    #[test]
    fn a_request_is_for_one_host() {
        let check = |hosts: &[&str], version: Version, connected: bool| {
            let mut request = http::Request::builder().version(version);
            for host in hosts {
                request = request.header(header::HOST, *host);
            }
            let mut request = request.body(()).expect("a request");
            if connected {
                let peer = "192.0.2.7:1".parse().expect("a peer");
                request.extensions_mut().insert(Connection::new(peer, true));
            }
            check_host(&request.into_parts().0).map_err(|error| (error.status.as_u16(), error.target))
        };
        for host in [
            "h",
            "h:8443",
            "h:",
            "a-b_c.example",
            "192.0.2.7:80",
            "[2001:db8::1]",
            "[::1]:8443",
        ] {
            assert_eq!(check(&[host], Version::HTTP_11, true), Ok(()), "{host}");
        }
        let refused = Err((400, Some("Host".into())));
        for hosts in [
            &[][..],
            &["h", "h"],
            &[""],
            &["h:x"],
            &["a b"],
            &["a/b"],
            &["u@h"],
            &["h:1:2"],
        ] {
            assert_eq!(check(hosts, Version::HTTP_11, true), refused, "{hosts:?}");
            assert_eq!(check(hosts, Version::HTTP_10, true), Ok(()), "{hosts:?}");
            assert_eq!(check(hosts, Version::HTTP_2, true), Ok(()), "{hosts:?}");
            assert_eq!(check(hosts, Version::HTTP_11, false), Ok(()), "{hosts:?}");
        }
    }

    #[test]
    fn the_authority_of_the_target_comes_first() {
        let config = GatewayConfig::new(String::new(), String::new(), [0; 32]);
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "h".parse().expect("a value"));
        let origin = Origin::new(&config, None, &headers, &Uri::from_static("http://t:81/v1.0/"));
        assert_eq!(&*origin.base, "http://t:81");
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        assert_eq!(origin("192.0.2.7:1", false, &[("host", "a\"b")]).0, "http://localhost");
        assert_eq!(origin("192.0.2.7:1", false, &[]).0, "http://localhost");
    }
}

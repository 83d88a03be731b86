//! What the gateway is told once, at start.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use crate::faults::FaultRule;
use crate::json::MAX_ITEMS;
pub use crate::odata::FilterLimits;
use crate::odata::query_string::MAX_QUERY_BYTES;

/// Largest JSON body accepted unless configured, in bytes. Source: rest-api 3.2.
pub const DEFAULT_MAX_BODY_BYTES: usize = 1024 * 1024;

/// Most requests of one `$batch` unless configured. Source: rest-api 7.1.
pub const DEFAULT_MAX_BATCH_REQUESTS: usize = 20;

/// The most requests of one `$batch` that may be configured.
pub const MAX_BATCH_REQUESTS: usize = MAX_ITEMS;

/// The most that may be configured: the longest query, and what the catalogue takes.
pub const MAX_FILTER: FilterLimits = FilterLimits {
    bytes: MAX_QUERY_BYTES,
    clauses: MAX_ITEMS,
};

/// Longest a request may take unless configured.
pub const DEFAULT_REQUEST_DEADLINE: Duration = Duration::from_secs(10);

/// Most requests answered at once unless configured.
pub const DEFAULT_MAX_CONCURRENT_REQUESTS: usize = 1024;

/// How many requests one application may send for one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleConfig {
    /// Requests let through per second, evenly.
    pub requests_per_second: NonZeroU32,
    /// Requests let through at once after a pause.
    pub burst: NonZeroU32,
}

/// The gateway's configuration.
#[derive(Clone)]
pub struct GatewayConfig {
    /// The origin clients see, e.g. `https://graph.contoso.com`. Absent: taken from each request.
    pub public_base_url: Option<String>,
    /// Proxies whose `Forwarded` and `X-Forwarded-*` headers are believed. Default: none.
    pub trusted_proxies: Vec<IpRange>,
    /// Largest body accepted, in bytes, also after decompression.
    pub max_body_bytes: usize,
    /// Bounds on `$filter`. More than [`MAX_FILTER`] is never read.
    pub filter_limits: FilterLimits,
    /// Most requests of one `$batch`, 1..=1,000.
    pub max_batch_requests: usize,
    /// Longest a request may take, from its head to its answer.
    pub request_deadline: Duration,
    /// Origins whose pages may call. Default: none.
    pub cors: CorsOrigins,
    /// Where clients get tokens; told in `WWW-Authenticate`.
    pub authorize_endpoint: String,
    /// Application id tokens are for; told in `WWW-Authenticate`.
    pub resource_app_id: String,
    /// Serve the label collections under their old paths too. Source: rest-api 1.6.
    pub legacy_routes: bool,
    /// Refuse delegated tokens where the documented permission tables do: user lists and single labels of the second
    /// projection. Source: rest-api C9.
    pub strict_delegated_labels: bool,
    /// Refuses applications that send too much; absent: nobody is refused.
    pub throttle: Option<ThrottleConfig>,
    /// Most requests answered at once by this gateway; further ones are refused at once with 503.
    pub max_concurrent_requests: usize,
    /// Faults that callers may ask for, for development only; absent: none, and no header can bring one about.
    pub faults: Option<Vec<FaultRule>>,
    /// Signs page tokens; the same on every replica, so that a page may be fetched from any of them.
    pub page_token_key: [u8; 32],
}

impl GatewayConfig {
    /// The defaults, with the three values that have none.
    pub fn new(authorize_endpoint: String, resource_app_id: String, page_token_key: [u8; 32]) -> Self {
        Self {
            public_base_url: None,
            trusted_proxies: Vec::new(),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            filter_limits: FilterLimits::default(),
            max_batch_requests: DEFAULT_MAX_BATCH_REQUESTS,
            request_deadline: DEFAULT_REQUEST_DEADLINE,
            cors: CorsOrigins::default(),
            authorize_endpoint,
            resource_app_id,
            legacy_routes: true,
            strict_delegated_labels: false,
            throttle: None,
            max_concurrent_requests: DEFAULT_MAX_CONCURRENT_REQUESTS,
            faults: None,
            page_token_key,
        }
    }
}

/// Origins whose pages may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CorsOrigins {
    /// Origins as browsers send them: `https://tools.contoso.com`.
    pub allowed: Vec<String>,
    /// Any port of `localhost`, `127.0.0.1` and `[::1]`, for development.
    pub loopback: bool,
}

impl CorsOrigins {
    /// A page of this origin may call.
    pub fn allows(&self, origin: &str) -> bool {
        self.allowed
            .iter()
            .any(|allowed| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin))
            || (self.loopback && is_loopback(origin))
    }
}

fn is_loopback(origin: &str) -> bool {
    let Some(authority) = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"))
    else {
        return false;
    };
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| {
        authority.strip_prefix(host).is_some_and(|rest| {
            rest.is_empty()
                || rest
                    .strip_prefix(':')
                    .is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })
}

/// A range of addresses: `10.0.0.0/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IpRange {
    network: u128,
    mask: u128,
}

/// A text that is not a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address range; write `10.0.0.0/8`, `fd00::/8` or a single address")]
pub struct InvalidIpRange(pub String);

impl IpRange {
    /// The address is in the range. An IPv4 address and the same one inside IPv6 are equal.
    pub fn contains(&self, address: IpAddr) -> bool {
        as_number(address) & self.mask == self.network
    }
}

impl FromStr for IpRange {
    type Err = InvalidIpRange;

    fn from_str(text: &str) -> Result<Self, InvalidIpRange> {
        let refused = || InvalidIpRange(text.to_owned());
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().map_err(|_| refused())?;
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let length: u32 = match length {
            None => width,
            Some(length) => length.trim().parse().map_err(|_| refused())?,
        };
        if length > width {
            return Err(refused());
        }
        let mask = u128::MAX.checked_shl(width - length).unwrap_or(0);
        Ok(Self {
            network: as_number(address) & mask,
            mask,
        })
    }
}

fn as_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_ipv6_mapped()),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(range: &str, address: &str) -> bool {
        range
            .parse::<IpRange>()
            .expect(range)
            .contains(address.parse().expect(address))
    }

    #[test]
    fn ranges_hold_their_addresses_only() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("0.0.0.0/0", "203.0.113.7", true),
            ("0.0.0.0/0", "fd00::1", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe00::1", false),
            ("::/0", "203.0.113.7", true),
        ];
        for (range, address, expected) in cases {
            assert_eq!(contains(range, address), expected, "{range} {address}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "x", "10.0.0.0/-1"] {
            assert!(text.parse::<IpRange>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_listed_and_loopback_origins_are_allowed() {
        let origins = CorsOrigins {
            allowed: vec!["https://tools.contoso.com/".to_owned()],
            loopback: true,
        };
        let cases = [
            ("https://tools.contoso.com", true),
            ("https://tools.contoso.com.evil.example", false),
            ("http://localhost", true),
            ("http://localhost:3000", true),
            ("https://[::1]:9", true),
            ("http://localhost.evil.example", false),
            ("http://localhost:", false),
            ("http://localhost:3000.evil.example", false),
            ("null", false),
        ];
        for (origin, expected) in cases {
            assert_eq!(origins.allows(origin), expected, "{origin}");
        }
        assert!(!CorsOrigins::default().allows("http://localhost"));
    }
}

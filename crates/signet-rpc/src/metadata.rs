//! What travels beside a message: names of metadata.

use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

/// The caller's bearer token.
pub(crate) const AUTHORIZATION: &str = "authorization";
/// Our id of the request, a GUID. Believed from services of the installation only; answered to everybody.
pub(crate) const REQUEST_ID: &str = "x-request-id";
/// The caller's id of the request: printable ASCII, at most 128 characters.
pub(crate) const CLIENT_REQUEST_ID: &str = "client-request-id";
/// Proves that the caller is a service of the same installation.
pub(crate) const CLUSTER_TOKEN: &str = "signet-cluster-token";
/// Remote address of the caller's caller. Believed from services of the installation only.
pub(crate) const CLIENT_IP: &str = "signet-client-ip";
/// `User-Agent` of the caller's caller. Believed from services of the installation only.
pub(crate) const FORWARDED_USER_AGENT: &str = "signet-user-agent";
/// `User-Agent` of the caller itself.
pub(crate) const USER_AGENT: &str = "user-agent";
/// How long the caller waits, in the notation of gRPC.
pub(crate) const TIMEOUT: &str = "grpc-timeout";

/// A text of metadata.
pub(crate) fn text<'a>(metadata: &'a MetadataMap, name: &str) -> Option<&'a str> {
    std::str::from_utf8(metadata.get(name)?.as_bytes()).ok()
}

/// Sets a text unless it holds control characters, which no header can carry.
pub(crate) fn set_text(metadata: &mut MetadataMap, name: &'static str, text: &str) {
    if let Ok(value) = MetadataValue::<Ascii>::try_from(text.as_bytes()) {
        metadata.insert(name, value);
    }
}

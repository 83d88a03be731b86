//! The Graph-shaped REST surface: HTTP in, calls of the services' traits, JSON out.
//!
//! This is the only crate that knows Graph. [`Gateway`] answers requests over [`GatewayServices`]; [`listener`]
//! accepts connections for it. Inside, a request goes through `dispatch` (who, what, may he), `handlers` (one per
//! operation), `json` and `odata` (what was sent) and `graph` (what is answered).

mod call;
mod config;
mod dispatch;
mod front;
mod gateway;
pub(crate) mod graph;
mod handlers;
pub(crate) mod json;
pub mod listener;
pub(crate) mod odata;
pub(crate) mod routes;

#[cfg(test)]
mod tests;

pub use config::{
    CorsOrigins, DEFAULT_MAX_BODY_BYTES, DEFAULT_REQUEST_DEADLINE, GatewayConfig, InvalidIpRange, IpRange,
};
pub use front::origin::Connection;
pub use gateway::{Gateway, GatewayServices, Readiness};

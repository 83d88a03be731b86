//! The Graph-shaped REST surface: HTTP in, calls of the services' traits, JSON out.
//!
//! This is the only crate that knows Graph. [`Gateway`] answers requests over [`GatewayServices`]; [`listener`]
//! accepts connections for it. Inside, a request goes through `dispatch` (who, what, may he), `handlers` (one per
//! operation), `json` and `odata` (what was sent) and `graph` (what is answered).

mod admission;
mod call;
mod config;
mod dispatch;
mod faults;
mod front;
mod gateway;
pub(crate) mod graph;
mod handlers;
pub(crate) mod json;
pub mod listener;
pub(crate) mod odata;
mod openapi;
pub(crate) mod routes;
mod throttle;

#[cfg(test)]
mod tests;

pub use config::{
    CorsOrigins, DEFAULT_MAX_BATCH_REQUESTS, DEFAULT_MAX_BODY_BYTES, DEFAULT_MAX_CONCURRENT_REQUESTS,
    DEFAULT_REQUEST_DEADLINE, FilterLimits, GatewayConfig, InvalidIpRange, IpRange, MAX_BATCH_REQUESTS, MAX_FILTER,
    ThrottleConfig,
};
pub use faults::{FaultRule, InvalidFault};
pub use front::origin::Connection;
pub use gateway::{Front, Gateway, GatewayServices, Readiness};
pub use openapi::openapi_document;

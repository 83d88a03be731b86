//! The store of a cluster: PostgreSQL behind the traits of `signet-store`.

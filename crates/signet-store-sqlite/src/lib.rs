//! The embedded store: SQLite behind the traits of signet-store.

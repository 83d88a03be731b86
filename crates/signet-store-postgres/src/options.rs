//! Which database, as whom, and how many connections to it.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Connections of one process, when nothing is said.
const DEFAULT_CONNECTIONS: u32 = 10;

/// Why an address of a database is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme.
    #[error("the address of a database begins with `postgres://`, for example `postgres://signet@db:5432/signet`")]
    NotPostgres,
    /// An address is shown in logs and messages.
    #[error("the address of a database must not hold a password, put it in a file of its own")]
    HasPassword,
    /// Anything else.
    #[error("the address of a database cannot be read: {reason}")]
    Malformed {
        /// What is wrong; not the address itself.
        reason: String,
    },
}

/// A database and how to connect to it. Showing it shows neither user nor password.
#[derive(Clone)]
pub struct Database {
    pub(crate) options: PgConnectOptions,
    pub(crate) max_connections: u32,
}

impl Database {
    /// A database by its address, `postgres://user@host:port/name?sslmode=…`.
    ///
    /// What the address leaves out is taken from libpq's variables (`PGUSER`, …). Without `sslmode` a host other than
    /// this machine must show a certificate that is good for its name.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn parse(address: &str) -> Result<Self, AddressError> {
        let rest = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme))
            .ok_or(AddressError::NotPostgres)?;
        if has_password(rest) {
            return Err(AddressError::HasPassword);
        }
        let options = PgConnectOptions::from_str(address).map_err(malformed)?;
        let says_how = rest.contains("sslmode=") || rest.contains("ssl-mode=");
        let options = match is_local(&options) || says_how {
            true => options,
            false => options.ssl_mode(PgSslMode::VerifyFull),
        };
        Ok(Self {
            options: options.application_name("signet").disable_statement_logging(),
            max_connections: DEFAULT_CONNECTIONS,
        })
    }

    /// With a password.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.options = self.options.password(password);
        self
    }

    /// Trusting the certificates of a PEM file besides the public ones.
    #[must_use]
    pub fn ca_file(mut self, path: &Path) -> Self {
        self.options = self.options.ssl_root_cert(path);
        self
    }

    /// With at most so many connections of this process, at least 1.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(1);
        self
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.options.get_database().unwrap_or_default();
        match self.options.get_socket() {
            Some(socket) => write!(f, "{}/{name}", socket.display()),
            None => write!(f, "{}:{}/{name}", self.options.get_host(), self.options.get_port()),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({self})")
    }
}

/// Errors of the parser may quote what they read, but an address without password holds no secret.
fn malformed(error: sqlx::Error) -> AddressError {
    AddressError::Malformed {
        reason: error.to_string(),
    }
}

fn has_password(rest: &str) -> bool {
    let (authority, query) = rest.split_once('?').unwrap_or((rest, ""));
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || query.split('&').any(|pair| pair.starts_with("password="))
}

fn is_local(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    options.get_socket().is_some()
        || host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;

    use super::{AddressError, Database};

    #[test]
    fn an_address_with_a_password_is_refused_without_quoting_it() {
        for address in [
            "postgres://signet:s3cret@db/signet",
            "postgresql://signet:s3cret@db/signet?sslmode=disable",
            "postgres://signet:s3/cret@db/signet",
            "postgres://signet:s3@cret@db/signet",
            "postgres://signet@db/signet?sslmode=require&password=s3cret",
        ] {
            let error = Database::parse(address).unwrap_err();
            assert_eq!(error, AddressError::HasPassword, "{address}");
            assert!(!error.to_string().contains("s3"), "{error}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        assert_eq!(Database::parse("mysql://db/x").unwrap_err(), AddressError::NotPostgres);
        for address in ["postgres://db:port/x", "postgres://db/x?sslmode=sometimes"] {
            assert!(
                matches!(Database::parse(address), Err(AddressError::Malformed { .. })),
                "{address}"
            );
        }
    }

    #[test]
    fn other_machines_prove_who_they_are_unless_told_otherwise() {
        let mode = |address: &str| Database::parse(address).unwrap().options.get_ssl_mode();
        for remote in ["postgres://signet@db/signet", "postgres://signet@192.0.2.1:6432/signet"] {
            assert!(matches!(mode(remote), PgSslMode::VerifyFull), "{remote}");
        }
        for local in [
            "postgres://signet@localhost/s",
            "postgres://signet@127.0.0.1/s",
            "postgres://s@[::1]/s",
        ] {
            assert!(matches!(mode(local), PgSslMode::Prefer), "{local}");
        }
        assert!(matches!(
            mode("postgres://signet@db/s?sslmode=disable"),
            PgSslMode::Disable
        ));
    }

    #[test]
    fn it_shows_where_and_not_how() {
        let database = Database::parse("postgres://signet@db:6432/labels")
            .unwrap()
            .password("s3cret");
        assert_eq!(database.to_string(), "db:6432/labels");
        assert_eq!(format!("{database:?}"), "Database(db:6432/labels)");
    }
}

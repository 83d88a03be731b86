//! Where things are kept.

use std::num::NonZeroU32;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use signet_store_postgres::Database;

use super::units::Count;

/// Where things are kept: in a file, or in a database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StoreSection {
    /// File of the embedded store, for one machine.
    pub(crate) path: Option<PathBuf>,
    /// PostgreSQL instead of a file, e.g. `postgres://signet@db:5432/signet`; without a password.
    pub(crate) url: Option<DatabaseAddress>,
    /// File with the password of the database.
    pub(crate) password_file: Option<PathBuf>,
    /// PEM file with certificates trusted besides the public ones when the database is connected to.
    pub(crate) ca_file: Option<PathBuf>,
    /// Most connections of this process to the database.
    pub(crate) max_connections: Count,
}

impl Default for StoreSection {
    fn default() -> Self {
        Self {
            path: None,
            url: None,
            password_file: None,
            ca_file: None,
            max_connections: Count(NonZeroU32::MIN.saturating_add(9)),
        }
    }
}

impl StoreSection {
    /// Why `signet serve` must not start like this.
    pub(super) fn problems(&self, is_needed: bool) -> Vec<&'static str> {
        let checks = [
            (
                is_needed && self.path.is_none() && self.url.is_none(),
                "no store is configured; set `store.path` or `store.url`",
            ),
            (
                self.path.is_some() && self.url.is_some(),
                "two stores are configured; set either `store.path` or `store.url`",
            ),
            (
                self.url.is_none() && (self.password_file.is_some() || self.ca_file.is_some()),
                "`store.password_file` and `store.ca_file` are of a database; set `store.url`",
            ),
        ];
        checks
            .into_iter()
            .filter_map(|(wrong, text)| wrong.then_some(text))
            .collect()
    }
}

/// Address of a database. Never holds a password, so that it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct DatabaseAddress(pub(crate) String);

impl<'de> Deserialize<'de> for DatabaseAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let address = String::deserialize(deserializer)?;
        Database::parse(&address).map_err(serde::de::Error::custom)?;
        Ok(Self(address))
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseAddress, StoreSection};

    fn address(text: &str) -> Result<DatabaseAddress, String> {
        serde_json::from_value(text.into()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_with_a_password_is_refused_and_not_quoted() {
        let error = address("postgres://signet:s3cret@db/signet").unwrap_err();
        assert!(error.contains("password") && !error.contains("s3cret"), "{error}");
        address("postgres://signet@db/signet").unwrap();
    }

    #[test]
    fn one_store_is_configured() {
        let url = Some(address("postgres://signet@db/signet").unwrap());
        let path = Some("signet.db".into());
        let section = |path, url| StoreSection {
            path,
            url,
            ..StoreSection::default()
        };
        assert_eq!(section(path.clone(), None).problems(true), Vec::<&str>::new());
        assert_eq!(section(None, url.clone()).problems(true), Vec::<&str>::new());
        assert_eq!(section(None, None).problems(false), Vec::<&str>::new());
        for (section, key) in [(section(None, None), "store.url"), (section(path, url), "either")] {
            let problems = section.problems(true);
            assert!(problems.iter().any(|problem| problem.contains(key)), "{problems:?}");
        }
    }

    #[test]
    fn secrets_of_no_database_are_a_mistake() {
        let section = StoreSection {
            path: Some("signet.db".into()),
            password_file: Some("password".into()),
            ..StoreSection::default()
        };
        assert!(
            section
                .problems(true)
                .iter()
                .any(|problem| problem.contains("store.url"))
        );
    }
}

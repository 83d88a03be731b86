//! Puts a configuration together and remembers where each value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use super::SignetConfig;

/// Prefix of environment variables: `SIGNET_CATALOG__ENDPOINT` is `catalog.endpoint`.
const PREFIX: &str = "SIGNET_";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Built in.
    Default,
    /// The file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// A configuration and the origin of each of its values, by dotted key.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The configuration.
    pub(crate) config: SignetConfig,
    /// Value and origin of every key.
    pub(crate) keys: BTreeMap<String, (Value, Origin)>,
}

/// Sources of a configuration, weakest first after the built-in defaults.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// TOML file.
    pub(crate) file: Option<PathBuf>,
    /// Environment variables.
    pub(crate) environment: Vec<(String, String)>,
    /// Flags, by dotted key.
    pub(crate) flags: Vec<(String, Value)>,
}

/// Merges the sources and checks the result's shape.
///
/// # Errors
/// Names the file or variable that is wrong, and what is.
pub(crate) fn load(sources: &Sources) -> anyhow::Result<Loaded> {
    let defaults = serde_json::to_value(SignetConfig::default()).context("the built-in defaults")?;
    let mut keys = BTreeMap::new();
    flatten("", &defaults, &Origin::Default, &mut keys);
    if let Some(path) = &sources.file {
        merge_checked(&mut keys, read_file(path)?, &Origin::File(path.clone()))?;
    }
    for (name, text) in &sources.environment {
        let Some(key) = key_of(name) else { continue };
        let origin = Origin::Environment(name.clone());
        merge_checked(&mut keys, nest(&key, literal(text)), &origin)?;
    }
    for (key, value) in &sources.flags {
        merge_checked(&mut keys, nest(key, value.clone()), &Origin::Flag)?;
    }
    let config = serde_json::from_value(unflatten(&keys)).context("the configuration")?;
    Ok(Loaded { config, keys })
}

/// Values of one source go over the others; the result must still be a configuration, so that a fault is blamed on
/// the source that brought it.
fn merge_checked(keys: &mut BTreeMap<String, (Value, Origin)>, value: Value, origin: &Origin) -> anyhow::Result<()> {
    flatten("", &value, origin, keys);
    let merged: Result<SignetConfig, _> = serde_json::from_value(unflatten(keys));
    merged.map(|_| ()).with_context(|| format!("{origin}"))
}

fn read_file(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let table: toml::Table = toml::from_str(&text).with_context(|| format!("{} is not TOML", path.display()))?;
    Ok(serde_json::to_value(table)?)
}

fn key_of(name: &str) -> Option<String> {
    let rest = name.strip_prefix(PREFIX)?;
    // One level without a section would be `SIGNET_SERVICES`; other names of the prefix belong to somebody else.
    let known = rest.contains("__") || rest == "SERVICES";
    known.then(|| rest.to_ascii_lowercase().replace("__", "."))
}

/// Booleans and lists as JSON, everything else as text.
fn literal(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Bool(_) | Value::Array(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

fn nest(key: &str, value: Value) -> Value {
    key.rsplit('.').fold(value, |inner, part| {
        Value::Object(Map::from_iter([(part.to_owned(), inner)]))
    })
}

fn flatten(prefix: &str, value: &Value, origin: &Origin, keys: &mut BTreeMap<String, (Value, Origin)>) {
    let Value::Object(members) = value else {
        keys.insert(prefix.to_owned(), (value.clone(), origin.clone()));
        return;
    };
    for (name, member) in members {
        let key = if prefix.is_empty() {
            name.clone()
        } else {
            format!("{prefix}.{name}")
        };
        flatten(&key, member, origin, keys);
    }
}

fn unflatten(keys: &BTreeMap<String, (Value, Origin)>) -> Value {
    let mut root = Map::new();
    for (key, (value, _)) in keys {
        insert(&mut root, key, value);
    }
    Value::Object(root)
}

fn insert(section: &mut Map<String, Value>, key: &str, value: &Value) {
    let Some((first, rest)) = key.split_once('.') else {
        section.insert(key.to_owned(), value.clone());
        return;
    };
    let entry = section.entry(first).or_insert_with(|| Value::Object(Map::new()));
    if !entry.is_object() {
        *entry = Value::Object(Map::new());
    }
    if let Value::Object(inner) = entry {
        insert(inner, rest, value);
    }
}

/// Refuses to start in a state that is not safe.
///
/// # Errors
/// Lists every problem with the key to set.
pub(crate) fn refuse_unsafe(config: &SignetConfig) -> anyhow::Result<()> {
    let problems = config.problems();
    if problems.is_empty() {
        return Ok(());
    }
    bail!("signet will not start like this:\n  - {}", problems.join("\n  - "))
}

#[cfg(test)]
mod tests {
    use super::{Origin, Sources, load};

    fn environment(pairs: &[(&str, &str)]) -> Sources {
        let environment = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Sources {
            environment,
            ..Sources::default()
        }
    }

    #[test]
    fn later_sources_win_and_are_named_as_origin() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("signet.toml");
        std::fs::write(
            &file,
            "[catalog]\nendpoint = \"http://file:1\"\npoll_interval = \"1s\"\n",
        )
        .unwrap();
        let mut sources = environment(&[("SIGNET_CATALOG__ENDPOINT", "http://variable:1")]);
        sources.file = Some(file.clone());
        sources.flags.push(("gateway.legacy_routes".to_owned(), false.into()));
        let loaded = load(&sources).unwrap();
        assert_eq!(loaded.config.catalog.endpoint.as_deref(), Some("http://variable:1"));
        assert_eq!(loaded.keys["catalog.poll_interval"].1, Origin::File(file));
        assert_eq!(loaded.keys["gateway.legacy_routes"].1, Origin::Flag);
        assert_eq!(loaded.keys["gateway.max_body"], ("1MiB".into(), Origin::Default));
    }

    #[test]
    fn an_unknown_key_or_bad_value_names_its_source() {
        let unknown = load(&environment(&[("SIGNET_CATALOG__ENDPIONT", "x")])).unwrap_err();
        assert!(
            format!("{unknown:#}").contains("SIGNET_CATALOG__ENDPIONT"),
            "{unknown:#}"
        );
        let bad = load(&environment(&[("SIGNET_GATEWAY__REQUEST_DEADLINE", "5")])).unwrap_err();
        assert!(format!("{bad:#}").contains("write for example `5s`"), "{bad:#}");
    }

    #[test]
    fn limits_beyond_what_is_read_are_refused() {
        let keys = [
            ("evaluation.max_metadata", "SIGNET_EVALUATION__MAX_METADATA", 10_000),
            (
                "evaluation.max_classification_results",
                "SIGNET_EVALUATION__MAX_CLASSIFICATION_RESULTS",
                10_000,
            ),
            (
                "gateway.max_batch_requests",
                "SIGNET_GATEWAY__MAX_BATCH_REQUESTS",
                1_000,
            ),
            (
                "gateway.max_filter_clauses",
                "SIGNET_GATEWAY__MAX_FILTER_CLAUSES",
                1_000,
            ),
        ];
        for (key, variable, most) in keys {
            for (number, refused) in [(most, false), (most + 1, true)] {
                let loaded = load(&environment(&[(variable, &number.to_string())])).unwrap();
                let problems = loaded.config.problems();
                let named = problems.iter().any(|problem| problem.contains(key));
                assert_eq!(named, refused, "{key} {number}: {problems:?}");
            }
        }
    }

    #[test]
    fn an_empty_configuration_says_every_key_that_is_missing() {
        let problems = load(&Sources::default()).unwrap().config.problems().join("\n");
        for key in ["services", "auth.issuers", "auth.audiences", "cluster.token_file"] {
            assert!(problems.contains(key), "{key} is not named in:\n{problems}");
        }
    }
}

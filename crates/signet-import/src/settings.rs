//! Lists of keys and values: `["[key, value]", …]` and `[{"Key": …, "Value": …}, …]`.

use std::collections::BTreeMap;

use serde_json::Value;
use signet_domain::content::KeyValuePair;

use crate::members::{elements, flag, is_cut_off, text};
use crate::notes::{Notes, quoted};

/// Settings not read yet, by lower-case key. A setting without a value is the same as none.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    path: String,
    entries: BTreeMap<String, KeyValuePair>,
}

impl Settings {
    /// No settings at a place.
    pub(crate) fn none(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            entries: BTreeMap::new(),
        }
    }

    /// Settings in either spelling. What cannot be read is noted; of two with one key the first counts.
    pub(crate) fn read(path: &str, value: Option<&Value>, notes: &mut Notes) -> Self {
        let mut settings = Self::none(path);
        for (at, element) in value.map(elements).unwrap_or_default().iter().enumerate() {
            let place = format!("{path}[{at}]");
            match pair(element) {
                Some((key, value)) => settings.add(&place, key, value, notes),
                None if text(element).is_some_and(|text| is_cut_off(&text)) => notes.add(
                    place,
                    "was cut off when it was exported, so write the file with `| ConvertTo-Json -Depth 10`",
                ),
                None => notes.add(place, "has no key, so it is left out"),
            }
        }
        settings
    }

    fn add(&mut self, place: &str, key: String, value: Option<String>, notes: &mut Notes) {
        let Some(value) = value else { return };
        let lower = key.to_ascii_lowercase();
        match self.entries.get(&lower) {
            Some(first) if first.value == value => {}
            Some(first) => {
                let message = format!("`{}` is there twice; {} counts", first.name, quoted(&first.value));
                notes.add(place, message);
            }
            None => {
                self.entries.insert(lower, KeyValuePair::new(key, value));
            }
        }
    }

    /// Adds a setting of lower rank: one that is there stays, and a difference is noted.
    pub(crate) fn fill(&mut self, place: &str, key: &str, value: String, notes: &mut Notes) {
        match self.entries.get(key) {
            Some(known) if !known.value.trim().eq_ignore_ascii_case(value.trim()) => {
                let message = format!("{} has {}, which counts", self.path, quoted(&known.value));
                notes.add(place, message);
            }
            Some(_) => {}
            None => {
                self.entries.insert(key.to_owned(), KeyValuePair::new(key, value));
            }
        }
    }

    /// Where a setting is.
    pub(crate) fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    /// A setting as it is, which counts as read then.
    pub(crate) fn take(&mut self, key: &str) -> Option<String> {
        self.entries.remove(key).map(|pair| pair.value)
    }

    /// The setting is there and has something to say.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A setting that is true or false; anything else is noted.
    pub(crate) fn flag(&mut self, key: &str, notes: &mut Notes) -> Option<bool> {
        let value = self.take(key)?;
        let read = flag(&value);
        if read.is_none() {
            let message = format!("{} is neither true nor false, so it is left out", quoted(&value));
            notes.add(self.at(key), message);
        }
        read
    }

    /// A setting that is a number; anything else is noted.
    pub(crate) fn number<T: std::str::FromStr>(&mut self, key: &str, notes: &mut Notes) -> Option<T> {
        let value = self.take(key)?;
        let read = value.trim().parse().ok();
        if read.is_none() {
            let message = format!("{} is not a number that fits, so it is left out", quoted(&value));
            notes.add(self.at(key), message);
        }
        read
    }

    /// A setting with a closed set of words, in any case; anything else is noted.
    pub(crate) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)], notes: &mut Notes) -> Option<T> {
        let value = self.take(key)?;
        let known = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(value.trim()));
        if known.is_none() {
            notes.add(self.at(key), unknown_word(&value, words.iter().map(|(word, _)| *word)));
        }
        known.map(|(_, meaning)| *meaning)
    }

    /// What nobody read.
    pub(crate) fn rest(self) -> Vec<KeyValuePair> {
        self.entries.into_values().collect()
    }

    /// Notes what nobody read.
    pub(crate) fn note_rest(self, notes: &mut Notes) {
        for pair in self.entries.values() {
            notes.add(self.at(&pair.name), "has no counterpart, so it is left out");
        }
    }
}

/// Why a word was not taken. A number is an enumeration that was exported without its names.
pub(crate) fn unknown_word<'w>(value: &str, words: impl Iterator<Item = &'w str>) -> String {
    if value.trim().parse::<i64>().is_ok() {
        return format!(
            "{} is a number without a name, so export with names (`ConvertTo-Json -EnumsAsStrings`)",
            quoted(value)
        );
    }
    let known: Vec<&str> = words.collect();
    format!(
        "{} is not one of `{}`, so it is left out",
        quoted(value),
        known.join("`, `")
    )
}

/// Key and value of an entry; a value that is empty is absent.
fn pair(element: &Value) -> Option<(String, Option<String>)> {
    match element {
        Value::String(entry) => {
            let inner = entry.trim().strip_prefix('[')?.strip_suffix(']')?;
            let (key, value) = inner.split_once(',').unwrap_or((inner, ""));
            let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
            Some((key.trim().to_owned(), value)).filter(|(key, _)| !key.is_empty())
        }
        Value::Object(members) => {
            let member = |name: &str| {
                let mut found = members.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                found.next().map(|(_, value)| value)
            };
            let key = member("Key").and_then(text)?;
            let value = member("Value").and_then(|value| match value {
                Value::Array(_) | Value::Object(_) => Some(value.to_string()),
                single => text(single),
            });
            Some((key, value))
        }
        _ => None,
    }
}

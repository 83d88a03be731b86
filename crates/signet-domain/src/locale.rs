//! Which language a caller wants, and which texts of a label that gives.

use crate::label::{Label, LocaleTexts};

/// Wanted BCP 47 tags, lower case, most wanted first; empty: the tenant's default. Source: labelling semantics H.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalePreference(pub Vec<String>);

/// Most tags kept of one request.
const MAX_TAGS: usize = 16;
/// Most elements of `Accept-Language` read.
const MAX_ELEMENTS: usize = 64;
/// Longest tag accepted, in bytes. Source: RFC 5646, 4.4.1.
const MAX_TAG_LENGTH: usize = 35;

impl LocalePreference {
    /// What a request asks for: the `locale` parameter, then `Accept-Language` by descending quality. Malformed
    /// tags, `*` and tags of quality 0 are dropped; of a very long header only the first 64 elements are read.
    pub fn from_request(locale: Option<&str>, accept_language: Option<&str>) -> Self {
        let mut tags: Vec<String> = Vec::new();
        let wanted = locale.map(str::trim).filter(|tag| is_language_tag(tag));
        let accepted = accept_language.map(accepted_languages).unwrap_or_default();
        for tag in wanted.into_iter().chain(accepted) {
            let tag = tag.to_ascii_lowercase();
            if tags.len() < MAX_TAGS && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Self(tags)
    }
}

/// The tags of an `Accept-Language` header, best first; equal quality keeps the order of appearance.
fn accepted_languages(header: &str) -> Vec<&str> {
    let mut weighted: Vec<(u16, &str)> = header
        .split(',')
        .take(MAX_ELEMENTS)
        .filter_map(weighted_tag)
        .filter(|(quality, _)| *quality > 0)
        .collect();
    weighted.sort_by_key(|(quality, _)| std::cmp::Reverse(*quality));
    weighted.into_iter().map(|(_, tag)| tag).collect()
}

/// One element: its tag and its quality in thousandths.
fn weighted_tag(element: &str) -> Option<(u16, &str)> {
    let mut parts = element.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| is_language_tag(tag))?;
    match parts.next() {
        None => Some((1000, tag)),
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            let quality = name
                .trim()
                .eq_ignore_ascii_case("q")
                .then(|| thousandths(value.trim()))??;
            Some((quality, tag))
        }
    }
}

/// Reads `0`, `1`, `0.5`, `0.125`. Source: RFC 9110, 12.4.2.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole = match whole {
        "0" => 0,
        "1" => 1000,
        _ => return None,
    };
    let padded = format!("{fraction:0<3}");
    let quality = whole + padded.parse::<u16>().ok().filter(|_| digits)?;
    (quality <= 1000).then_some(quality)
}

/// The text has the form of a BCP 47 language tag: a primary language of 2 to 8 letters and subtags of 1 to 8
/// letters or digits, at most 35 bytes. Registration is not checked.
pub fn is_language_tag(text: &str) -> bool {
    let mut subtags = text.split('-');
    let primary = subtags.next().is_some_and(|primary| {
        (2..=8).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    primary
        && text.len() <= MAX_TAG_LENGTH
        && subtags
            .all(|subtag| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The canonical spelling: `de-DE`, `zh-Hant-TW`, `es-419`. Source: RFC 5646, 2.1.1.
pub fn canonical_tag(tag: &str) -> String {
    let mut after_singleton = false;
    let mut canonical = String::with_capacity(tag.len());
    for (position, subtag) in tag.split('-').enumerate() {
        if position > 0 {
            canonical.push('-');
        }
        let lower = subtag.to_ascii_lowercase();
        match subtag.len() {
            2 if position > 0 && !after_singleton => canonical.push_str(&lower.to_ascii_uppercase()),
            4 if position > 0 && !after_singleton => canonical.extend(
                lower
                    .chars()
                    .enumerate()
                    .map(|(at, letter)| if at == 0 { letter.to_ascii_uppercase() } else { letter }),
            ),
            length => {
                after_singleton |= length == 1;
                canonical.push_str(&lower);
            }
        }
    }
    canonical
}

fn primary_language(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The language a tenant's unlocalised texts are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DefaultLocale {
    lower: String,
    canonical: String,
}

impl DefaultLocale {
    pub(crate) fn new(tag: &str) -> Self {
        Self {
            lower: tag.to_ascii_lowercase(),
            canonical: canonical_tag(tag),
        }
    }
}

/// The texts of a label in the language that was chosen for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Localised<'a> {
    label: &'a Label,
    entry: Option<(&'a str, &'a LocaleTexts)>,
    default: &'a DefaultLocale,
}

/// Chooses the localisation of a label. Its `locales` keys must be lower case, as a compiled snapshot holds them.
///
/// The first wanted tag that gives something decides: an exact entry; the default language's unlocalised texts;
/// the alphabetically first entry of the same primary language. Source: labelling semantics H.
pub(crate) fn localise<'a>(label: &'a Label, wanted: &LocalePreference, default: &'a DefaultLocale) -> Localised<'a> {
    let entry = wanted
        .0
        .iter()
        .map(String::as_str)
        .chain(std::iter::once(default.lower.as_str()))
        .find_map(|tag| choice(label, tag, default))
        .flatten();
    Localised { label, entry, default }
}

/// What one tag gives: nothing, the unlocalised texts (`Some(None)`), or an entry.
fn choice<'a>(label: &'a Label, tag: &str, default: &DefaultLocale) -> Option<Option<(&'a str, &'a LocaleTexts)>> {
    let exact = label.locales.get_key_value(tag);
    if let Some((key, texts)) = exact {
        return Some(Some((key, texts)));
    }
    let primary = primary_language(tag);
    if primary == primary_language(&default.lower) {
        return Some(None);
    }
    label
        .locales
        .iter()
        .find(|(key, _)| primary_language(key) == primary)
        .map(|(key, texts)| Some((key.as_str(), texts)))
}

impl<'a> Localised<'a> {
    pub(crate) fn display_name(&self) -> &'a str {
        self.text(|texts| texts.display_name.as_deref(), self.label.shown_name())
    }

    pub(crate) fn tooltip(&self) -> &'a str {
        self.text(|texts| texts.tooltip.as_deref(), &self.label.tooltip)
    }

    /// The auto-labelling message; empty without auto-labelling.
    pub(crate) fn auto_tooltip(&self) -> &'a str {
        match &self.label.auto_labeling {
            Some(rule) => self.text(|texts| texts.auto_tooltip.as_deref(), &rule.message),
            None => "",
        }
    }

    /// Canonical tag of the entry used, or the tenant default.
    pub(crate) fn tag(&self) -> String {
        match self.entry {
            Some((tag, _)) => canonical_tag(tag),
            None => self.default.canonical.clone(),
        }
    }

    /// Texts fall back one by one to the unlocalised one.
    fn text(&self, read: impl Fn(&'a LocaleTexts) -> Option<&'a str>, unlocalised: &'a str) -> &'a str {
        self.entry.and_then(|(_, texts)| read(texts)).unwrap_or(unlocalised)
    }
}

#[cfg(test)]
mod tests;

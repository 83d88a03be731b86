//! The query of a request target: split, percent-decoded, and its system options told apart.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::error::{InnerCode, QueryError, QueryErrorCode, clip};
use super::filter::FilterLimits;

/// The longest raw query, in bytes. A filter of 8 KiB may be three times as long when every byte is encoded.
pub(crate) const MAX_QUERY_BYTES: usize = 32 * 1024;
/// The most parameters.
const MAX_PARAMETERS: usize = 100;
/// What needs no encoding in a next link.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// As [`KEPT`], for the names of options and parameter aliases.
const KEPT_IN_NAMES: &AsciiSet = &KEPT.remove(b'$').remove(b'@');

/// An option of the query language, as opposed to a parameter of one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemOption {
    /// `$select`
    Select,
    /// `$expand`
    Expand,
    /// `$filter`
    Filter,
    /// `$orderby`
    OrderBy,
    /// `$top`
    Top,
    /// `$skip`
    Skip,
    /// `$skiptoken`
    SkipToken,
    /// `$count`
    Count,
    /// `$search`
    Search,
    /// `$format`
    Format,
}

impl SystemOption {
    const ALL: [Self; 10] = [
        Self::Select,
        Self::Expand,
        Self::Filter,
        Self::OrderBy,
        Self::Top,
        Self::Skip,
        Self::SkipToken,
        Self::Count,
        Self::Search,
        Self::Format,
    ];

    /// The name with its `$`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Select => "$select",
            Self::Expand => "$expand",
            Self::Filter => "$filter",
            Self::OrderBy => "$orderby",
            Self::Top => "$top",
            Self::Skip => "$skip",
            Self::SkipToken => "$skiptoken",
            Self::Count => "$count",
            Self::Search => "$search",
            Self::Format => "$format",
        }
    }

    /// Reads a name, any case, with or without `$`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let bare = name.strip_prefix('$').unwrap_or(name);
        Self::ALL
            .into_iter()
            .find(|option| option.name().trim_start_matches('$').eq_ignore_ascii_case(bare))
    }
}

/// One `name=value` of the query, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parameter {
    name: String,
    value: String,
    system: Option<SystemOption>,
}

/// The query of a request as sent, and how long a filter in it may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawQuery<'r> {
    /// What follows `?`; empty when nothing does.
    pub(crate) text: &'r str,
    /// Bounds on `$filter`.
    pub(crate) filter_limits: FilterLimits,
}

/// With the default bounds.
impl<'r, T: AsRef<str> + ?Sized> From<&'r T> for RawQuery<'r> {
    fn from(text: &'r T) -> Self {
        Self {
            text: text.as_ref(),
            filter_limits: FilterLimits::default(),
        }
    }
}

/// A decoded query. No system option and no parameter used by an operation occurs twice.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct QueryString {
    parameters: Vec<Parameter>,
    filter_limits: FilterLimits,
}

impl QueryString {
    /// Splits and decodes a query.
    ///
    /// # Errors
    /// Over 32 KiB or 100 parameters, bad percent-encoding, an unknown `$` option, the same system option twice;
    /// 406 for a `$format` other than JSON.
    pub(crate) fn parse<'r>(raw: impl Into<RawQuery<'r>>) -> Result<Self, QueryError> {
        let query = Self::read(raw.into())?;
        query.check_format("json")?;
        Ok(query)
    }

    /// As [`QueryString::parse`], for an answer in XML: 406 for a `$format` other than XML.
    ///
    /// # Errors
    /// As [`QueryString::parse`].
    pub(crate) fn parse_for_xml(raw: &str) -> Result<Self, QueryError> {
        let query = Self::read(raw.into())?;
        query.check_format("xml")?;
        Ok(query)
    }

    fn read(raw: RawQuery<'_>) -> Result<Self, QueryError> {
        let RawQuery {
            text: raw,
            filter_limits,
        } = raw;
        if raw.len() > MAX_QUERY_BYTES {
            return Err(too_long(
                "the query is longer than 32 KiB; send it as part of a `$batch`",
            ));
        }
        let mut query = Self {
            parameters: Vec::new(),
            filter_limits,
        };
        for piece in raw.split('&').filter(|piece| !piece.is_empty()) {
            if query.parameters.len() == MAX_PARAMETERS {
                return Err(too_long("the query has more than 100 parameters"));
            }
            query.push(piece)?;
        }
        Ok(query)
    }

    /// Bounds on its `$filter`.
    pub(crate) fn filter_limits(&self) -> FilterLimits {
        self.filter_limits
    }

    fn push(&mut self, piece: &str) -> Result<(), QueryError> {
        let (raw_name, raw_value) = piece.split_once('=').unwrap_or((piece, ""));
        let (name, value) = (decode(raw_name)?, decode(raw_value)?);
        let system = SystemOption::parse(&name);
        if system.is_none() && name.starts_with('$') {
            let shown = clip(&name);
            return Err(QueryError::option(
                &shown,
                format!("the query option `{shown}` is not known"),
            ));
        }
        if let Some(option) = system.filter(|option| self.system(*option).is_some()) {
            let name = option.name();
            return Err(QueryError::option(
                name,
                format!("the query option `{name}` is given more than once"),
            ));
        }
        self.parameters.push(Parameter { name, value, system });
        Ok(())
    }

    /// - `offered`: the short name of the only format there is.
    fn check_format(&self, offered: &str) -> Result<(), QueryError> {
        let Some(format) = self.system(SystemOption::Format) else {
            return Ok(());
        };
        let media_type = format.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if media_type.strip_prefix("application/").unwrap_or(&media_type) == offered {
            return Ok(());
        }
        Err(QueryError {
            code: QueryErrorCode::NotAcceptable,
            message: format!(
                "the format `{}` is not offered; leave out `$format` or ask for `{offered}`",
                clip(format)
            ),
            target: Some("$format".to_owned()),
        })
    }

    /// The same query with no system options but these and `$format`. An option spelled without `$` that is not
    /// among them is an unknown parameter.
    ///
    /// # Errors
    /// An option that is not offered.
    pub(crate) fn offering(mut self, offered: &[SystemOption]) -> Result<Self, QueryError> {
        for parameter in &mut self.parameters {
            match parameter.system {
                None | Some(SystemOption::Format) => {}
                Some(option) if offered.contains(&option) => {}
                Some(option) if parameter.name.starts_with('$') => {
                    let name = option.name();
                    return Err(QueryError::option(
                        name,
                        format!("the query option `{name}` is not offered here"),
                    ));
                }
                Some(_) => parameter.system = None,
            }
        }
        Ok(self)
    }

    /// The value of a system option.
    pub(crate) fn system(&self, option: SystemOption) -> Option<&str> {
        self.parameters
            .iter()
            .find(|parameter| parameter.system == Some(option))
            .map(|parameter| parameter.value.as_str())
    }

    /// The value of a parameter that goes by any of these names, any case. A blank value is no value.
    ///
    /// # Errors
    /// The parameter is given more than once, by the same or by different names.
    pub(crate) fn plain(&self, names: &[&str]) -> Result<Option<&str>, QueryError> {
        let mut found = None;
        for parameter in &self.parameters {
            if parameter.system.is_some() || !names.iter().any(|name| name.eq_ignore_ascii_case(&parameter.name)) {
                continue;
            }
            if found.replace(parameter.value.trim()).is_some() {
                let name = names.first().copied().unwrap_or_default();
                return Err(QueryError::option(
                    name,
                    format!("the parameter `{name}` is given more than once"),
                ));
            }
        }
        Ok(found.filter(|value| !value.is_empty()))
    }

    /// Parameters that are no system options, as given: name and value.
    pub(crate) fn plain_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let plain = self.parameters.iter().filter(|parameter| parameter.system.is_none());
        plain.map(|parameter| (parameter.name.as_str(), parameter.value.as_str()))
    }

    /// The first of these parameter names that is given, even when its value is blank.
    pub(crate) fn first_given<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        let given = |name: &str| {
            self.parameters
                .iter()
                .any(|given| given.name.eq_ignore_ascii_case(name))
        };
        names.iter().copied().find(|name| given(name))
    }

    /// The value of a parameter alias: `l` for `@l`. Case counts.
    ///
    /// # Errors
    /// The alias is given more than once.
    pub(crate) fn alias(&self, name: &str) -> Result<Option<&str>, QueryError> {
        let mut values = self
            .parameters
            .iter()
            .filter(|parameter| parameter.name.strip_prefix('@') == Some(name))
            .map(|parameter| parameter.value.as_str());
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => {
                let alias = clip(&format!("@{name}"));
                let message = format!("the parameter alias `{alias}` is given more than once");
                Err(QueryError::option(&alias, message))
            }
        }
    }

    /// The query of the next page: all options of this one, and the token.
    pub(crate) fn next_page(&self, skip_token: &str) -> String {
        let mut next = String::new();
        for parameter in self.without_skip_token() {
            next.extend(utf8_percent_encode(&parameter.name, KEPT_IN_NAMES));
            next.push('=');
            next.extend(utf8_percent_encode(&parameter.value, KEPT));
            next.push('&');
        }
        next.push_str("$skiptoken=");
        next.extend(utf8_percent_encode(skip_token, KEPT));
        next
    }

    /// Every option but the page token, sorted and each part preceded by its length, so that two queries have the
    /// same text exactly when they ask for the same.
    pub(crate) fn canonical(&self) -> String {
        let mut pairs: Vec<(String, &str)> = self
            .without_skip_token()
            .map(|parameter| {
                let name = parameter
                    .system
                    .map_or_else(|| parameter.name.clone(), |o| o.name().to_owned());
                (name, parameter.value.as_str())
            })
            .collect();
        pairs.sort();
        pairs
            .into_iter()
            .map(|(name, value)| format!("{}:{name}{}:{value}", name.len(), value.len()))
            .collect()
    }

    fn without_skip_token(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(|parameter| parameter.system != Some(SystemOption::SkipToken))
    }
}

fn too_long(message: &str) -> QueryError {
    QueryError {
        code: QueryErrorCode::InvalidRequest(InnerCode::MaxQueryLengthExceeded),
        message: message.to_owned(),
        target: None,
    }
}

fn decode(raw: &str) -> Result<String, QueryError> {
    percent_decode(&raw.replace('+', " "))
}

/// Decodes `%XX` once.
///
/// # Errors
/// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
pub(crate) fn percent_decode(raw: &str) -> Result<String, QueryError> {
    let encoded = raw.split('%').skip(1);
    let well_formed = encoded
        .map(|rest| rest.as_bytes().get(..2))
        .all(|digits| digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    let decoded = percent_decode_str(raw).decode_utf8();
    match decoded {
        Ok(text) if well_formed => Ok(text.into_owned()),
        _ => Err(QueryError {
            code: QueryErrorCode::InvalidRequest(InnerCode::InvalidParameterFormat),
            message: format!("`{}` is not valid percent-encoded UTF-8", clip(raw)),
            target: None,
        }),
    }
}

#[cfg(test)]
mod tests;

//! `$top`, `$skip`, `$count` and the presence of a page token.

use super::error::{QueryError, clip};
use super::query_string::{QueryString, SystemOption};

/// Entries of a page when `$top` says nothing.
const DEFAULT_PAGE: u32 = 200;
/// Entries of a page at most; a larger `$top` means this.
const LARGEST_PAGE: u32 = 999;

/// Which part of a list is wanted. Source: rest-api 5.1, 7.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paging {
    /// Entries at most, 0..=999.
    pub(crate) top: u32,
    /// Entries to leave out at the start. 0 when there is a token: its page begins after the last one.
    pub(crate) skip: u32,
    /// The number of all entries is wanted.
    pub(crate) count: bool,
    /// The page token, not yet verified.
    pub(crate) skip_token: Option<String>,
}

impl Paging {
    /// Reads the options.
    ///
    /// # Errors
    /// A number that is not a whole one from 0, a `$count` that is neither `true` nor `false`.
    pub(crate) fn parse(query: &QueryString) -> Result<Self, QueryError> {
        let skip_token = query.system(SystemOption::SkipToken).map(str::to_owned);
        let skip = number(query, SystemOption::Skip)?.unwrap_or(0);
        Ok(Self {
            top: number(query, SystemOption::Top)?
                .unwrap_or(DEFAULT_PAGE)
                .min(LARGEST_PAGE),
            skip: if skip_token.is_some() { 0 } else { skip },
            count: count(query)?,
            skip_token,
        })
    }
}

/// Reads a number of any length; one that does not fit is as large as can be.
fn number(query: &QueryString, option: SystemOption) -> Result<Option<u32>, QueryError> {
    let Some(text) = query.system(option) else {
        return Ok(None);
    };
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let name = option.name();
        let message = format!("the value `{}` of `{name}` is not a whole number from 0", clip(text));
        return Err(QueryError::value(name, message));
    }
    Ok(Some(text.parse().unwrap_or(u32::MAX)))
}

fn count(query: &QueryString) -> Result<bool, QueryError> {
    match query.system(SystemOption::Count) {
        None => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(text) => {
            let message = format!("the value `{}` of `$count` is neither `true` nor `false`", clip(text));
            Err(QueryError::value("$count", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(raw: &str) -> Result<(u32, u32, bool), QueryError> {
        Paging::parse(&QueryString::parse(raw)?).map(|paging| (paging.top, paging.skip, paging.count))
    }

    #[test]
    fn numbers_and_their_bounds() {
        let cases = [
            ("", (200, 0, false)),
            ("$top=0", (0, 0, false)),
            ("$top=999", (999, 0, false)),
            ("$top=1000", (999, 0, false)),
            ("$top=99999999999999999999", (999, 0, false)),
            ("$skip=7&$count=TRUE", (200, 7, true)),
            ("$skip=99999999999999999999&$count=false", (200, u32::MAX, false)),
            ("top=5&skip=1&count=true", (5, 1, true)),
            ("$skip=7&$skiptoken=x", (200, 0, false)),
        ];
        for (raw, expected) in cases {
            assert_eq!(paging(raw), Ok(expected), "{raw}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for raw in [
            "$top=-1", "$top=+1", "$top=1.0", "$top=ten", "$top=", "$skip=-1", "$skip=x", "$count=1", "$count=",
        ] {
            let error = paging(raw).expect_err(raw);
            assert_eq!(error.code.inner_name(), "invalidParameterFormat", "{raw}");
        }
    }
}

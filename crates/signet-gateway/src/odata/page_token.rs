//! Page tokens: where the next page of a list starts, authenticated and bound to the request it was made for.
//!
//! A token is base64url of: version (1 byte), time of issue (8 bytes, seconds), content (JSON), HMAC-SHA256 (32
//! bytes). The authentication also covers tenant, route and query options, so that a token is good for no other
//! list. It hides nothing: its content is the last entry its receiver was shown.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use signet_domain::ids::{LabelId, TenantId};
use signet_domain::query::{Literal, PageKey};

use super::error::QueryError;
use super::query_string::QueryString;

/// How long a token is good, in seconds: one day.
const VALID_FOR_SECONDS: i64 = 24 * 60 * 60;
/// The layout of tokens.
const VERSION: u8 = 1;
/// Bytes before the content.
const HEAD: usize = 9;
/// Bytes after the content.
const TAG: usize = 32;
/// Keeps the key's other uses apart from this one.
const PURPOSE: &[u8] = b"signet page token";

/// The list a token belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding<'a> {
    /// Whose labels or items.
    pub(crate) tenant: TenantId,
    /// The path of the list with its API version, in one spelling for all requests to it.
    pub(crate) route: &'a str,
    /// The options of the request. Its own page token does not count.
    pub(crate) query: &'a QueryString,
}

/// Makes and checks page tokens.
pub(crate) struct PageTokens {
    key: hmac::Key,
}

impl PageTokens {
    /// Uses a secret key, the same in every replica; 32 random bytes are right.
    pub(crate) fn new(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// A token for the page that starts after a label.
    pub(crate) fn after_label(&self, binding: Binding<'_>, key: &PageKey, now: Timestamp) -> String {
        let id = Value::from(key.id.to_string());
        let content: Value = std::iter::once(id).chain(key.values.iter().map(to_json)).collect();
        self.seal(binding, &content, now)
    }

    /// The label a token's page starts after.
    ///
    /// # Errors
    /// A token made for another list, too old, or not made here.
    pub(crate) fn read_label(&self, binding: Binding<'_>, token: &str, now: Timestamp) -> Result<PageKey, QueryError> {
        let content = self.open(binding, token, now)?;
        content
            .as_array()
            .and_then(|content| page_key(content))
            .ok_or_else(refused)
    }

    /// A token for the page that starts after the item of a name.
    pub(crate) fn after_name(&self, binding: Binding<'_>, name: &str, now: Timestamp) -> String {
        self.seal(binding, &Value::from(name), now)
    }

    /// The name a token's page starts after.
    ///
    /// # Errors
    /// As [`PageTokens::read_label`].
    pub(crate) fn read_name(&self, binding: Binding<'_>, token: &str, now: Timestamp) -> Result<String, QueryError> {
        let content = self.open(binding, token, now)?;
        content.as_str().map(str::to_owned).ok_or_else(refused)
    }

    fn seal(&self, binding: Binding<'_>, content: &Value, now: Timestamp) -> String {
        let mut token = vec![VERSION];
        token.extend(now.as_second().to_be_bytes());
        token.extend(content.to_string().into_bytes());
        let tag = hmac::sign(&self.key, &authenticated(binding, &token));
        token.extend(tag.as_ref());
        URL_SAFE_NO_PAD.encode(token)
    }

    fn open(&self, binding: Binding<'_>, token: &str, now: Timestamp) -> Result<Value, QueryError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| refused())?;
        let split = bytes
            .len()
            .checked_sub(TAG)
            .filter(|at| *at >= HEAD)
            .ok_or_else(refused)?;
        let (body, tag) = bytes.split_at(split);
        hmac::verify(&self.key, &authenticated(binding, body), tag).map_err(|_| refused())?;
        let (head, content) = body.split_at(HEAD);
        let Some((&VERSION, issued)) = head.split_first() else {
            return Err(refused());
        };
        let issued = issued.try_into().map(i64::from_be_bytes).map_err(|_| refused())?;
        if now.as_second().saturating_sub(issued) > VALID_FOR_SECONDS {
            return Err(QueryError::value(
                "$skiptoken",
                "the page token is too old; start again from the first page",
            ));
        }
        serde_json::from_slice(content).map_err(|_| refused())
    }
}

/// What the tag covers: each part preceded by its length.
fn authenticated(binding: Binding<'_>, body: &[u8]) -> Vec<u8> {
    let tenant = binding.tenant.as_uuid();
    let query = binding.query.canonical();
    let mut covered = Vec::new();
    for part in [
        PURPOSE,
        tenant.as_bytes(),
        binding.route.as_bytes(),
        query.as_bytes(),
        body,
    ] {
        covered.extend((part.len() as u64).to_be_bytes());
        covered.extend(part);
    }
    covered
}

fn to_json(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::from(text.as_str()),
        Literal::Integer(number) => Value::from(*number),
        Literal::Boolean(value) => Value::from(*value),
        Literal::Null => Value::Null,
    }
}

fn page_key(content: &[Value]) -> Option<PageKey> {
    let (id, values) = content.split_first()?;
    Some(PageKey {
        id: LabelId::parse(id.as_str()?).ok()?,
        values: values.iter().map(from_json).collect::<Option<_>>()?,
    })
}

fn from_json(value: &Value) -> Option<Literal> {
    match value {
        Value::Null => Some(Literal::Null),
        Value::Bool(value) => Some(Literal::Boolean(*value)),
        Value::Number(number) => number.as_i64().map(Literal::Integer),
        Value::String(text) => Some(Literal::Text(text.clone())),
        Value::Array(_) | Value::Object(_) => None,
    }
}

fn refused() -> QueryError {
    QueryError::value(
        "$skiptoken",
        "the page token does not belong to this request; follow `@odata.nextLink` unchanged",
    )
}

#[cfg(test)]
mod tests;

//! What a client posts to the token endpoint.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

/// Largest form read, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// A body that is no form, or says something twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request body must be `application/x-www-form-urlencoded` with every parameter at most once")]
pub struct InvalidTokenForm;

/// The parameters of a token request; one not given or empty is `None`.
///
/// Source: RFC 6749 section 3.2: parameters without a value are treated as omitted, none may come twice.
#[derive(Clone, Default)]
pub struct TokenForm(BTreeMap<String, String>);

impl TokenForm {
    /// Reads a form. The client's id and secret may also come in the header.
    /// - `authorization`: the `Authorization` header, if any.
    ///
    /// # Errors
    /// [`InvalidTokenForm`], also when the header and the body name different clients.
    pub fn parse(body: &[u8], authorization: Option<&str>) -> Result<Self, InvalidTokenForm> {
        if body.len() > MAX_FORM_BYTES {
            return Err(InvalidTokenForm);
        }
        let body = std::str::from_utf8(body).map_err(|_| InvalidTokenForm)?;
        let mut form = Self::default();
        for pair in body.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            form.add(decode(name)?, decode(value)?)?;
        }
        if let Some((client_id, secret)) = authorization.and_then(basic_credentials) {
            if form.get("client_id").is_some_and(|named| named != client_id) {
                return Err(InvalidTokenForm);
            }
            form.0.insert("client_id".to_owned(), client_id);
            form.add("client_secret".to_owned(), secret)?;
        }
        Ok(form)
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn add(&mut self, name: String, value: String) -> Result<(), InvalidTokenForm> {
        if value.is_empty() {
            return Ok(());
        }
        match self.0.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(InvalidTokenForm),
        }
    }
}

/// Names only: the values are passwords and secrets.
impl std::fmt::Debug for TokenForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn decode(text: &str) -> Result<String, InvalidTokenForm> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| InvalidTokenForm)
}

/// Source: RFC 6749 section 2.3.1: both halves are form-encoded before they are base64-encoded.
fn basic_credentials(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (client_id, secret) = text.split_once(':')?;
    Some((decode(client_id).ok()?, decode(secret).ok()?))
}

//! The values of parameters: lists and texts in every notation clients send.

/// What is wrong with a value.
pub(super) type Fault = &'static str;

/// Reads a list: `["a","b"]`, `['a', 'b']`, `[a,b]`, `a,b`, `'a','b'`, `'a,b'`.
///
/// # Errors
/// An open quote or bracket, an empty item, anything after the list.
pub(super) fn list(text: &str) -> Result<Vec<String>, Fault> {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('[') {
        let inner = inner.strip_suffix(']').ok_or("the list is not closed")?.trim();
        return if inner.is_empty() { Ok(Vec::new()) } else { items(inner) };
    }
    let mut list = Vec::new();
    for item in items(text)? {
        list.extend(item.split(',').map(|part| part.trim().to_owned()));
    }
    match list.iter().any(String::is_empty) {
        true => Err(EMPTY_ITEM),
        false => Ok(list),
    }
}

/// Reads a text: `'a'`, `"a"` or `a`.
///
/// # Errors
/// An open quote, anything after the text.
pub(super) fn text(text: &str) -> Result<String, Fault> {
    match items(text.trim())?.as_mut_slice() {
        [only] => Ok(std::mem::take(only)),
        _ => Err("a single value is wanted"),
    }
}

const EMPTY_ITEM: Fault = "an item of the list is empty";

/// Items between commas, at least one.
fn items(text: &str) -> Result<Vec<String>, Fault> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let (item, following) = item(rest.trim_start())?;
        items.push(item);
        let following = following.trim_start();
        match following.strip_prefix(',') {
            Some(next) => rest = next,
            None if following.is_empty() => return Ok(items),
            None => return Err("a comma is missing between two items"),
        }
    }
}

fn item(text: &str) -> Result<(String, &str), Fault> {
    match text.chars().next() {
        Some('"') => double_quoted(text),
        Some('\'') => single_quoted(text),
        _ => bare(text),
    }
}

/// A JSON text.
fn double_quoted(text: &str) -> Result<(String, &str), Fault> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<String>();
    match values.next() {
        Some(Ok(value)) => Ok((value, text.get(values.byte_offset()..).unwrap_or_default())),
        _ => Err("a text in double quotes is not valid JSON"),
    }
}

/// A text in which a quote is doubled.
fn single_quoted(text: &str) -> Result<(String, &str), Fault> {
    let mut value = String::new();
    let mut pieces = text.get(1..).unwrap_or_default();
    loop {
        let (piece, rest) = pieces.split_once('\'').ok_or("a quote is not closed")?;
        value.push_str(piece);
        match rest.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                pieces = more;
            }
            None => return Ok((value, rest)),
        }
    }
}

fn bare(text: &str) -> Result<(String, &str), Fault> {
    let end = text.find(',').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let word = word.trim();
    if word.is_empty() {
        return Err(EMPTY_ITEM);
    }
    if word.contains(['\'', '"', '[', ']', '(', ')', '=']) {
        return Err("a text with quotes, brackets or `=` in it is not in quotes");
    }
    Ok((word.to_owned(), rest))
}

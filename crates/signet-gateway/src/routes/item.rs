//! Addresses of drive items: by id, by path from the root, by path from a folder, and all of these inside an id.
//!
//! Source: rest-api 9.1 and 1.4.

use std::borrow::Cow;

use signet_contract::extraction::ItemAddress;

use super::path::Segment;

/// Characters no name of an item has.
const FORBIDDEN: &[char] = &['/', '\\', '*', '<', '>', '?', ':', '|'];

/// Longest name of an item, in bytes.
const MAX_NAME_BYTES: usize = 1024;

/// An address, or what is wrong with its path. The fault is told only after the caller's permissions are checked.
pub(crate) type ItemPath = Result<ItemAddress, String>;

/// Reads an item address at the start of `segments` and says how many it takes. Absent: there is none.
///
/// `is_action` knows the action names: without a closing colon the last segment of a path is the action when it is one.
pub(crate) fn read(segments: &[Segment<'_>], is_action: impl Fn(&str) -> bool) -> Option<(ItemPath, usize)> {
    let (first, rest) = segments.split_first()?;
    let text = first.text.as_ref();
    if text.eq_ignore_ascii_case("root:") {
        let (path, taken) = read_path(rest, is_action);
        return Some((path.map(from_root), taken + 1));
    }
    if text.eq_ignore_ascii_case("root") {
        let below = items_key(rest).map(|(id, used)| (id, used + 1));
        let Some((id, used)) = below else {
            return Some((Ok(ItemAddress::Root), 1));
        };
        return Some(read_id(&id, segments.get(used..).unwrap_or_default(), used, is_action));
    }
    let (id, used) = items_key(segments)?;
    Some(read_id(&id, segments.get(used..).unwrap_or_default(), used, is_action))
}

/// The id of `items/{id}` or `items('{id}')`.
fn items_key<'s>(segments: &'s [Segment<'_>]) -> Option<(Cow<'s, str>, usize)> {
    let (first, rest) = segments.split_first()?;
    if first.text.eq_ignore_ascii_case("items") {
        return rest.first().map(|id| (Cow::Borrowed(id.text.as_ref()), 2));
    }
    let (name, key) = split_key(&first.text)?;
    name.eq_ignore_ascii_case("items").then_some((key, 1))
}

/// `name('key')` or `name(key)` as its two halves; a doubled quote inside quotes stands for one.
pub(super) fn split_key(text: &str) -> Option<(&str, Cow<'_, str>)> {
    let (name, rest) = text.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    if name.is_empty() || inner.is_empty() {
        return None;
    }
    let quoted = inner.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\''));
    let key = match quoted {
        Some(quoted) if quoted.contains("''") => Cow::Owned(quoted.replace("''", "'")),
        Some(quoted) => Cow::Borrowed(quoted),
        None => Cow::Borrowed(inner),
    };
    Some((name, key))
}

/// What stands in the place of an id: an id, `root`, the start of a path, or a whole path written as one segment.
fn read_id(id: &str, rest: &[Segment<'_>], used: usize, is_action: impl Fn(&str) -> bool) -> (ItemPath, usize) {
    if id.contains('/') {
        return (read_embedded(id), used);
    }
    if id.eq_ignore_ascii_case("root") {
        return (Ok(ItemAddress::Root), used);
    }
    let Some(parent) = id.strip_suffix(':') else {
        return (Ok(ItemAddress::Id(id.to_owned())), used);
    };
    let (path, taken) = read_path(rest, is_action);
    (path.map(|path| below(parent, path)), used + taken)
}

/// `root:/a/b.docx:` or `{id}:/a/b.docx:` inside one segment; the closing colon may be missing.
fn read_embedded(text: &str) -> ItemPath {
    let (parent, path) = text
        .split_once(":/")
        .ok_or_else(|| format!("`{}` is neither an item id nor a path address", clip(text)))?;
    let path = path.strip_suffix(':').unwrap_or(path);
    let names: Result<Vec<String>, String> = path
        .split('/')
        .filter(|name| !name.is_empty())
        .map(check_name)
        .collect();
    names.map(|names| below(parent, names))
}

/// Names up to the closing colon, or to the end, and how many segments they take.
fn read_path(rest: &[Segment<'_>], is_action: impl Fn(&str) -> bool) -> (Result<Vec<String>, String>, usize) {
    let closing = rest.iter().position(|segment| segment.text.ends_with(':'));
    let taken = match (closing, rest.last()) {
        (Some(at), _) => at + 1,
        (None, Some(last)) if is_action(&last.text) => rest.len() - 1,
        (None, _) => rest.len(),
    };
    let names = rest
        .iter()
        .take(taken)
        .enumerate()
        .map(|(at, segment)| match closing {
            Some(closing) if closing == at => segment.text.strip_suffix(':').unwrap_or(&segment.text),
            _ => segment.text.as_ref(),
        })
        .filter(|name| !name.is_empty())
        .map(check_name)
        .collect();
    (names, taken)
}

fn from_root(path: Vec<String>) -> ItemAddress {
    if path.is_empty() {
        return ItemAddress::Root;
    }
    ItemAddress::Path(path)
}

fn below(parent: &str, path: Vec<String>) -> ItemAddress {
    if parent.eq_ignore_ascii_case("root") {
        return from_root(path);
    }
    if path.is_empty() {
        return ItemAddress::Id(parent.to_owned());
    }
    ItemAddress::Under {
        parent: parent.to_owned(),
        path,
    }
}

/// A name an item can have.
fn check_name(name: &str) -> Result<String, String> {
    if name == "." || name == ".." {
        return Err(format!("the path segment `{name}` is not allowed; name every folder"));
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(format!("a path segment is longer than {MAX_NAME_BYTES} bytes"));
    }
    if let Some(found) = name.chars().find(|c| FORBIDDEN.contains(c) || c.is_control()) {
        return Err(format!(
            "the path segment `{}` contains `{}`, which no item name has",
            clip(name),
            found.escape_default()
        ));
    }
    Ok(name.to_owned())
}

fn clip(text: &str) -> String {
    text.chars()
        .take(80)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect()
}

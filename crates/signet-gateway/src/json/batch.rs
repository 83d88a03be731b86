//! Body of `$batch`. Source: rest-api 7.1.

use serde_json::value::RawValue;

use super::BodyText;
use super::evaluate::missing;
use super::model::{List, Members, Text, body_object};
use crate::graph::error::GraphError;

/// Longest `url`, in bytes.
const MAX_URL_BYTES: usize = 16 * 1024;

body_object! {
    /// The whole body.
    BatchBody {
        "requests" => requests: List<ItemBody<'b>>,
    }
}

body_object! {
    /// One request.
    ItemBody {
        "id" => id: Text<'b>,
        "method" => method: Text<'b>,
        "url" => url: Text<'b>,
        "headers" => headers: Members<'b>,
        "body" => body: &'b RawValue,
        "dependsOn" => depends_on: List<Text<'b>>,
    }
}

/// One request of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The caller's id, unique in the batch without case.
    pub(crate) id: String,
    /// Method, upper case.
    pub(crate) method: String,
    /// Where, as given.
    pub(crate) url: String,
    /// Its own headers.
    pub(crate) headers: Vec<(String, String)>,
    /// Its body as JSON.
    pub(crate) body: Option<String>,
    /// Positions of the requests it waits for.
    pub(crate) depends_on: Vec<usize>,
}

/// Reads the body and checks everything that makes the batch as a whole impossible.
///
/// - `most`: how many requests it may have.
pub(crate) fn requests(body: &BodyText<'_>, most: usize) -> Result<Vec<Item>, GraphError> {
    let body: BatchBody<'_> = body.read()?;
    let entries = body.requests.ok_or_else(|| missing("requests"))?.items;
    if entries.len() > most {
        let message = format!("`requests` has more than {most} entries; send several batches");
        return Err(GraphError::invalid(message).inner("tooManyItems").at("requests"));
    }
    let mut ids: Vec<String> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let id = entry.id.as_ref().map(Text::as_str).filter(|id| !id.is_empty());
        let id = id.ok_or_else(|| missing(&format!("requests[{at}].id")))?;
        if ids.iter().any(|known| known.eq_ignore_ascii_case(id)) {
            let path = format!("requests[{at}].id");
            return Err(GraphError::invalid(format!("`{path}` is given twice; number the requests")).at(path));
        }
        ids.push(id.to_owned());
    }
    let items: Vec<Item> = entries
        .into_iter()
        .enumerate()
        .map(|(at, entry)| item(at, entry, &ids))
        .collect::<Result<_, _>>()?;
    check_order(&items)?;
    Ok(items)
}

fn item(at: usize, body: ItemBody<'_>, ids: &[String]) -> Result<Item, GraphError> {
    let path = |member: &str| format!("requests[{at}].{member}");
    let method = body.method.ok_or_else(|| missing(&path("method")))?;
    let url = body.url.ok_or_else(|| missing(&path("url")))?;
    if url.as_str().len() > MAX_URL_BYTES {
        let path = path("url");
        return Err(GraphError::invalid(format!("`{path}` is longer than {MAX_URL_BYTES} bytes")).at(path));
    }
    let depends_on = body.depends_on.map(|list| list.items).unwrap_or_default();
    let depends_on = depends_on.iter().map(|id| {
        ids.iter()
            .position(|known| known.eq_ignore_ascii_case(id.as_str()))
            .ok_or_else(|| {
                let path = path("dependsOn");
                GraphError::invalid(format!("`{path}` names a request that is not in the batch")).at(path)
            })
    });
    Ok(Item {
        id: ids.get(at).cloned().unwrap_or_default(),
        method: method.as_str().to_ascii_uppercase(),
        url: url.into_string(),
        headers: body.headers.map(Members::into_pairs).unwrap_or_default(),
        body: body.body.map(|body| body.get().to_owned()),
        depends_on: depends_on.collect::<Result<_, _>>()?,
    })
}

/// Refuses requests that wait for each other.
fn check_order(items: &[Item]) -> Result<(), GraphError> {
    let mut done = vec![false; items.len()];
    for _ in items {
        for (at, item) in items.iter().enumerate() {
            let ready = item.depends_on.iter().all(|before| done.get(*before) == Some(&true));
            if let Some(done) = done.get_mut(at).filter(|_| ready) {
                *done = true;
            }
        }
    }
    if done.iter().all(|done| *done) {
        return Ok(());
    }
    Err(GraphError::invalid("`dependsOn` goes round in a circle; let one of the requests wait for none").at("requests"))
}

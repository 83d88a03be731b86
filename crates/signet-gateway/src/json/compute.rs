//! Body of computeRightsAndInheritance. Source: rest-api 3.4, labelling semantics G2.

use signet_domain::content::ContentFormat;
use signet_domain::evaluation::ProtectedContent;

use super::BodyText;
use super::evaluate::{missing, unknown_format, within_limit};
use super::model::{List, Text, body_object};
use crate::graph::error::GraphError;

body_object! {
    /// computeRightsAndInheritance.
    RightsBody {
        "delegatedUserEmail" => delegated_user_email: Text<'b>,
        "locale" => locale: Text<'b>,
        "protectedContents" => protected_contents: List<ProtectedContentBody<'b>>,
        "supportedContentFormats" => supported_content_formats: List<Text<'b>>,
    }
}

body_object! {
    /// protectedContent.
    ProtectedContentBody {
        "cid" => cid: Text<'b>,
        "format" => format: Text<'b>,
        "labelId" => label_id: Text<'b>,
    }
}

/// What the body asks.
#[derive(Debug)]
pub(crate) struct RightsQuestion {
    /// Whose rights; absent: the signed-in person's.
    pub(crate) delegated_user_email: Option<String>,
    /// Language wanted.
    pub(crate) locale: Option<String>,
    /// The contents.
    pub(crate) contents: Vec<ProtectedContent>,
    /// Formats the caller can write; empty: all.
    pub(crate) supported_formats: Vec<ContentFormat>,
}

/// Reads the body.
pub(crate) fn rights_and_inheritance(body: &BodyText<'_>) -> Result<RightsQuestion, GraphError> {
    let body: RightsBody<'_> = body.read()?;
    let contents = body.protected_contents.ok_or_else(|| missing("protectedContents"))?;
    let contents = within_limit(contents, "protectedContents")?;
    if contents.is_empty() {
        return Err(
            GraphError::invalid("`protectedContents` is empty; give at least one content").at("protectedContents"),
        );
    }
    let contents = contents
        .into_iter()
        .enumerate()
        .map(|(at, entry)| protected_content(at, entry));
    Ok(RightsQuestion {
        delegated_user_email: not_empty(body.delegated_user_email),
        locale: not_empty(body.locale),
        contents: contents.collect::<Result<_, _>>()?,
        supported_formats: supported_formats(body.supported_content_formats)?,
    })
}

fn protected_content(at: usize, body: ProtectedContentBody<'_>) -> Result<ProtectedContent, GraphError> {
    let label_id = body
        .label_id
        .ok_or_else(|| missing(&format!("protectedContents[{at}].labelId")))?;
    let format = match body.format.as_ref().map(Text::as_str).filter(|text| !text.is_empty()) {
        None => ContentFormat::File,
        Some(text) => ContentFormat::parse(text)
            .ok_or_else(|| unknown_format(&format!("protectedContents[{at}].format"), text))?,
    };
    Ok(ProtectedContent {
        cid: body.cid.map(Text::into_string),
        format_text: body.format.map(Text::into_string),
        format,
        label_id: label_id.into_string(),
    })
}

fn supported_formats(list: Option<List<Text<'_>>>) -> Result<Vec<ContentFormat>, GraphError> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let formats = within_limit(list, "supportedContentFormats")?;
    formats
        .iter()
        .enumerate()
        .map(|(at, text)| {
            ContentFormat::parse(text.as_str())
                .ok_or_else(|| unknown_format(&format!("supportedContentFormats[{at}]"), text.as_str()))
        })
        .collect()
}

fn not_empty(text: Option<Text<'_>>) -> Option<String> {
    text.filter(|text| !text.as_str().is_empty()).map(Text::into_string)
}

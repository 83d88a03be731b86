//! Variables in marking texts, resolved before a text is returned. Source: labelling semantics A6.

use std::borrow::Cow;

use crate::content::{ContentFormat, ContentInfo};
use crate::utc::UtcSeconds;

/// What variables stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarkingContext<'a> {
    /// Display name of the label in the request's language.
    pub(crate) label: &'a str,
    pub(crate) content: &'a ContentInfo,
    /// Display name and sign-in name of the acting user; empty for an application.
    pub(crate) user_name: &'a str,
    pub(crate) user_principal_name: &'a str,
    /// The instant of the evaluation; shown as `SetDate` has it.
    pub(crate) date_time: UtcSeconds,
}

/// The text as the application has to show it. If-blocks come first; substituted values are not scanned again.
pub(crate) fn resolve(text: &str, context: &MarkingContext<'_>) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let chosen = choose_blocks(text, application(context.content));
    let mut resolved = String::with_capacity(chosen.len());
    let mut rest = chosen.as_ref();
    while let Some((before, variable, after)) = next_variable(rest) {
        resolved.push_str(before);
        match context.value(variable) {
            Some(value) => {
                resolved.push_str(&value);
                rest = after;
            }
            None => {
                // Unknown: it stays, and what follows its opening is looked at on its own.
                resolved.push_str("${");
                rest = rest.get(before.len() + 2..).unwrap_or_default();
            }
        }
    }
    resolved.push_str(rest);
    resolved
}

/// Text before the next `${name}`, the name, and the text after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once("${")?;
    let (name, after) = opened.split_once('}')?;
    Some((before, name, after))
}

impl<'a> MarkingContext<'a> {
    fn value(&self, variable: &str) -> Option<Cow<'a, str>> {
        Some(Cow::Borrowed(match variable {
            "Item.Label" => self.label,
            "Item.Name" => item_name(self.content),
            "Item.Location" => self.content.identifier.as_deref().unwrap_or_default(),
            "User.Name" => self.user_name,
            "User.PrincipalName" => self.user_principal_name,
            "Event.DateTime" => return Some(Cow::Owned(self.date_time.to_string())),
            _ => return None,
        }))
    }
}

/// The subject of mail and meetings, else the last segment of the identifier.
fn item_name(content: &ContentInfo) -> &str {
    let identifier = content.identifier.as_deref().unwrap_or_default();
    match content.format {
        ContentFormat::Email | ContentFormat::Teamwork => identifier,
        ContentFormat::File | ContentFormat::Site | ContentFormat::UnifiedGroup | ContentFormat::SchematizedData => {
            identifier.rsplit(['/', '\\']).next().unwrap_or_default()
        }
    }
}

/// An application that blocks can be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Application {
    Word,
    Excel,
    PowerPoint,
    Outlook,
}

impl Application {
    fn letter(self) -> char {
        match self {
            Self::Word => 'W',
            Self::Excel => 'X',
            Self::PowerPoint => 'P',
            Self::Outlook => 'O',
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Word => "Word",
            Self::Excel => "Excel",
            Self::PowerPoint => "PowerPoint",
            Self::Outlook => "Outlook",
        }
    }
}

const APPLICATIONS: [Application; 4] = [
    Application::Word,
    Application::Excel,
    Application::PowerPoint,
    Application::Outlook,
];

/// The application an item belongs to: by format, else by extension; absent when there is none.
fn application(content: &ContentInfo) -> Option<Application> {
    const EXTENSIONS: [(&str, Application); 20] = [
        ("doc", Application::Word),
        ("docx", Application::Word),
        ("docm", Application::Word),
        ("dot", Application::Word),
        ("dotx", Application::Word),
        ("dotm", Application::Word),
        ("rtf", Application::Word),
        ("xls", Application::Excel),
        ("xlsx", Application::Excel),
        ("xlsm", Application::Excel),
        ("xlsb", Application::Excel),
        ("xltx", Application::Excel),
        ("xltm", Application::Excel),
        ("ppt", Application::PowerPoint),
        ("pptx", Application::PowerPoint),
        ("pptm", Application::PowerPoint),
        ("potx", Application::PowerPoint),
        ("ppsx", Application::PowerPoint),
        ("msg", Application::Outlook),
        ("eml", Application::Outlook),
    ];
    if matches!(content.format, ContentFormat::Email | ContentFormat::Teamwork) {
        return Some(Application::Outlook);
    }
    let (_, extension) = item_name(content).rsplit_once('.')?;
    let known = EXTENSIONS
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(extension));
    known.map(|(_, application)| application)
}

/// Keeps the text of blocks for the application and drops that of others. Blocks do not nest: a block ends at the
/// first end. A block for something unknown, or without an end, is no block and stays as it is.
fn choose_blocks(text: &str, application: Option<Application>) -> Cow<'_, str> {
    const OPEN: &str = "${If.App.";
    const END: &str = "${If.End}";
    if !text.contains(OPEN) {
        return Cow::Borrowed(text);
    }
    let mut chosen = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, opened)) = rest.split_once(OPEN) {
        chosen.push_str(before);
        let block = opened.split_once('}').and_then(|(which, body)| {
            let holds = is_for(which, application)?;
            body.split_once(END).map(|(body, after)| (holds, body, after))
        });
        match block {
            Some((holds, body, after)) => {
                chosen.push_str(if holds { body } else { "" });
                rest = after;
            }
            None => {
                chosen.push_str(OPEN);
                rest = opened;
            }
        }
    }
    chosen.push_str(rest);
    Cow::Owned(chosen)
}

/// Whether a block is for the application; absent when it names no application at all.
fn is_for(which: &str, application: Option<Application>) -> Option<bool> {
    if let Some(named) = APPLICATIONS.into_iter().find(|known| known.word() == which) {
        return Some(application == Some(named));
    }
    let letters = !which.is_empty()
        && which
            .chars()
            .all(|letter| APPLICATIONS.iter().any(|known| known.letter() == letter));
    letters.then(|| application.is_some_and(|application| which.contains(application.letter())))
}

#[cfg(test)]
mod tests;

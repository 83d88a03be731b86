//! A6: dynamic markings, and the localised name they may contain.

use signet_domain::content::{ContentFormat, ContentInfo};
use signet_domain::label::Label;

use super::World;

pub(super) fn resolve(world: &World<'_>, content: &ContentInfo, label: &Label, text: &str) -> String {
    let mut rest = blocks(content, text);
    let identifier = content.identifier.clone().unwrap_or_default();
    let name = if [ContentFormat::Email, ContentFormat::Teamwork].contains(&content.format) {
        identifier.clone()
    } else {
        identifier
            .replace('\\', "/")
            .split('/')
            .next_back()
            .unwrap_or_default()
            .to_owned()
    };
    let variables = [
        ("${Item.Label}", display_name(world, label)),
        ("${Item.Name}", name),
        ("${Item.Location}", identifier),
        (
            "${User.Name}",
            world.user.map(|user| user.display_name.clone()).unwrap_or_default(),
        ),
        (
            "${User.PrincipalName}",
            world
                .user
                .map(|user| user.user_principal_name.clone())
                .unwrap_or_default(),
        ),
        ("${Event.DateTime}", world.now.to_owned()),
    ];
    let mut resolved = String::new();
    while !rest.is_empty() {
        match variables.iter().find(|(variable, _)| rest.starts_with(variable)) {
            Some((variable, value)) => {
                resolved.push_str(value);
                rest = rest[variable.len()..].to_owned();
            }
            None => resolved.push(rest.remove(0)),
        }
    }
    resolved
}

/// If-blocks are resolved first and do not nest.
fn blocks(content: &ContentInfo, text: &str) -> String {
    let mut resolved = String::new();
    let mut rest = text.to_owned();
    while !rest.is_empty() {
        let block = rest.strip_prefix("${If.App.").and_then(|opened| {
            let brace = opened.find('}')?;
            let end = opened[brace..].find("${If.End}")? + brace;
            let letters = letters(&opened[..brace])?;
            Some((
                letters,
                opened[brace + 1..end].to_owned(),
                opened[end + "${If.End}".len()..].to_owned(),
            ))
        });
        match block {
            Some((letters, inside, after)) => {
                if application(content).is_some_and(|application| letters.contains(application)) {
                    resolved.push_str(&inside);
                }
                rest = after;
            }
            None => resolved.push(rest.remove(0)),
        }
    }
    resolved
}

fn letters(which: &str) -> Option<String> {
    match which {
        "Word" => Some("W".to_owned()),
        "Excel" => Some("X".to_owned()),
        "PowerPoint" => Some("P".to_owned()),
        "Outlook" => Some("O".to_owned()),
        _ if !which.is_empty() && which.chars().all(|letter| "WXPO".contains(letter)) => Some(which.to_owned()),
        _ => None,
    }
}

fn application(content: &ContentInfo) -> Option<char> {
    if [ContentFormat::Email, ContentFormat::Teamwork].contains(&content.format) {
        return Some('O');
    }
    let identifier = content.identifier.clone()?.to_lowercase();
    let ends_with = |extensions: &str| {
        extensions
            .split(' ')
            .any(|extension| identifier.ends_with(&format!(".{extension}")))
    };
    if ends_with("doc docx docm dot dotx dotm rtf") {
        Some('W')
    } else if ends_with("xls xlsx xlsm xlsb xltx xltm") {
        Some('X')
    } else if ends_with("ppt pptx pptm potx ppsx") {
        Some('P')
    } else if ends_with("msg eml") {
        Some('O')
    } else {
        None
    }
}

/// H: which localised texts a label shows.
pub(super) fn localised<'a>(
    world: &World<'_>,
    label: &'a Label,
    pick: impl Fn(&'a signet_domain::label::LocaleTexts) -> Option<&'a String>,
    unlocalised: &str,
) -> String {
    let primary = |tag: &str| tag.split('-').next().unwrap().to_owned();
    let default = world.tenant.default_locale.to_lowercase();
    let mut wanted: Vec<String> = world.locale.to_vec();
    wanted.push(default.clone());
    for tag in wanted {
        if let Some(texts) = label.locales.get(&tag) {
            return pick(texts).cloned().unwrap_or(unlocalised.to_owned());
        }
        if tag == default || primary(&tag) == primary(&default) {
            return unlocalised.to_owned();
        }
        let mut related: Vec<&String> = label
            .locales
            .keys()
            .filter(|key| primary(key) == primary(&tag))
            .collect();
        related.sort();
        if let Some(key) = related.first() {
            return pick(&label.locales[*key]).cloned().unwrap_or(unlocalised.to_owned());
        }
    }
    unlocalised.to_owned()
}

fn display_name(world: &World<'_>, label: &Label) -> String {
    let unlocalised = if label.display_name.is_empty() {
        &label.name
    } else {
        &label.display_name
    };
    localised(world, label, |texts| texts.display_name.as_ref(), unlocalised)
}

//! Headers, footers and watermarks.

use signet_domain::label::{Alignment, Marking, Watermark, WatermarkLayout};

use crate::actions::Action;
use crate::notes::{Notes, quoted};
use crate::settings::Settings;

const BLACK: &str = "#000000";
const CALIBRI: &str = "Calibri";

/// A header or footer; absent when it is switched off. Source: labelling semantics J and A4.
pub(crate) fn marking(action: Action, notes: &mut Notes) -> Option<Marking> {
    let mut settings = wanted(action, notes)?;
    let _place = settings.take("placement");
    let alignments = [
        ("left", Alignment::Left),
        ("center", Alignment::Center),
        ("right", Alignment::Right),
    ];
    let marking = Marking {
        text: settings.take("text").unwrap_or_default(),
        font_name: settings.take("fontname").unwrap_or_else(|| CALIBRI.to_owned()),
        font_size: settings.number("fontsize", notes).unwrap_or(12),
        font_color: color(&mut settings, notes),
        alignment: settings.word("alignment", &alignments, notes).unwrap_or_default(),
        margin: settings.number("margin", notes).unwrap_or(5),
    };
    settings.note_rest(notes);
    Some(marking)
}

/// A watermark; absent when it is switched off.
pub(crate) fn watermark(action: Action, notes: &mut Notes) -> Option<Watermark> {
    let mut settings = wanted(action, notes)?;
    let layouts = [
        ("horizontal", WatermarkLayout::Horizontal),
        ("diagonal", WatermarkLayout::Diagonal),
    ];
    let watermark = Watermark {
        text: settings.take("text").unwrap_or_default(),
        font_name: settings.take("fontname").unwrap_or_else(|| CALIBRI.to_owned()),
        font_size: settings.number("fontsize", notes).unwrap_or(72),
        font_color: color(&mut settings, notes),
        layout: settings.word("layout", &layouts, notes).unwrap_or_default(),
    };
    settings.note_rest(notes);
    Some(watermark)
}

/// A marking without a text marks nothing; one that is switched on all the same is noted.
fn wanted(action: Action, notes: &mut Notes) -> Option<Settings> {
    if !action.enabled {
        return None;
    }
    if !action.settings.has("text") {
        notes.add(
            action.settings.at("text"),
            "is missing or empty, so the marking is left out",
        );
        return None;
    }
    Some(action.settings)
}

fn color(settings: &mut Settings, notes: &mut Notes) -> String {
    let Some(value) = settings.take("fontcolor") else {
        return BLACK.to_owned();
    };
    color_of(&value).unwrap_or_else(|| {
        let message = format!(
            "{} is not a colour of the form `#RRGGBB`, so it becomes black",
            quoted(&value)
        );
        notes.add(settings.at("fontcolor"), message);
        BLACK.to_owned()
    })
}

/// `#RRGGBB`, also written without the sign.
pub(crate) fn color_of(text: &str) -> Option<String> {
    let digits = text.trim().trim_start_matches('#');
    let is_color = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_color.then(|| format!("#{digits}"))
}

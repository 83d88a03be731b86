//! What could not be carried over.

use signet_domain::tenant::Finding;

/// Most notes kept; a real tenant has a few for every label.
const MAX_NOTES: usize = 10_000;

/// Longest piece of the export quoted in a note, in characters.
const QUOTED: usize = 80;

/// Notes so far.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    notes: Vec<Finding>,
    more: usize,
}

impl Notes {
    /// One thing that was not carried over, or differently: where, and why.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        if self.notes.len() < MAX_NOTES {
            self.notes.push(Finding {
                path: path.into(),
                message: message.into(),
            });
        } else {
            self.more += 1;
        }
    }

    /// The notes, and how many more there would have been.
    pub(crate) fn finish(self) -> (Vec<Finding>, usize) {
        (self.notes, self.more)
    }
}

/// A piece of the export as a note quotes it: one line, not too long.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(QUOTED)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if text.chars().nth(QUOTED).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

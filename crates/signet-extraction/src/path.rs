//! Paths of items inside a drive: names from the root, never a path of the host.

use crate::error::ExtractionError;

/// Longest name of a path segment, in bytes. Source: the longest a common file system stores.
pub(crate) const NAME_BYTES: usize = 255;
/// Most segments of a path.
pub(crate) const PATH_SEGMENTS: usize = 128;

/// Names from the root of a drive downwards; empty: the root.
///
/// INVARIANT (names stay inside): no name is empty, `.` or `..`, and none contains `/` or NUL.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct ItemPath(Vec<String>);

impl ItemPath {
    /// The root.
    pub(crate) fn root() -> Self {
        Self::default()
    }

    /// Checks segments a caller gave, already decoded. Source: rest-api 9.1.
    pub(crate) fn from_segments(segments: &[String]) -> Result<Self, ExtractionError> {
        Self::root().join(segments)
    }

    /// This path and further segments a caller gave.
    pub(crate) fn join(&self, segments: &[String]) -> Result<Self, ExtractionError> {
        for segment in segments {
            check_segment(segment)?;
        }
        let names: Vec<String> = self.0.iter().chain(segments).cloned().collect();
        if names.len() > PATH_SEGMENTS {
            return Err(invalid(format!(
                "a path has at most {PATH_SEGMENTS} segments; use a shorter one"
            )));
        }
        Ok(Self(names))
    }

    /// Reads the form of [`ItemPath::to_text`]; absent when a name could leave the drive.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::root());
        }
        let names: Vec<String> = text.split('/').map(str::to_owned).collect();
        names.iter().all(|name| is_inside(name)).then_some(Self(names))
    }

    /// The child of this folder the source names; absent when the name could leave the drive.
    pub(crate) fn child(&self, name: &str) -> Option<Self> {
        is_inside(name).then(|| Self(self.0.iter().cloned().chain([name.to_owned()]).collect()))
    }

    /// The folder it is in; absent for the root.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, folder) = self.0.split_last()?;
        Some(Self(folder.to_vec()))
    }

    /// The last name; absent for the root.
    pub(crate) fn name(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    /// Names from the root downwards.
    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Names joined by `/`, without a leading one; empty for the root.
    pub(crate) fn to_text(&self) -> String {
        self.0.join("/")
    }
}

fn is_inside(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0'])
}

fn check_segment(segment: &str) -> Result<(), ExtractionError> {
    if segment.is_empty() {
        return Err(invalid("a path has an empty segment; remove the doubled slash"));
    }
    if segment == "." || segment == ".." {
        return Err(invalid(format!(
            "`{segment}` is not allowed in a path; name the item from the root"
        )));
    }
    if let Some(character) = segment.chars().find(|character| is_forbidden(*character)) {
        return Err(invalid(format!(
            "a path segment contains the character `{}`, which no item name has",
            character.escape_default()
        )));
    }
    if segment.len() > NAME_BYTES {
        return Err(invalid(format!(
            "a path segment has at most {NAME_BYTES} bytes; use the item's real name"
        )));
    }
    Ok(())
}

fn is_forbidden(character: char) -> bool {
    character.is_control() || matches!(character, '/' | '\\' | '*' | '<' | '>' | '?' | ':' | '|')
}

fn invalid(message: impl Into<String>) -> ExtractionError {
    ExtractionError::InvalidPath {
        message: message.into(),
    }
}

/// The form in which names compare without case.
pub(crate) fn fold(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).collect()
}

/// The extension of a name in lower case, without the dot; empty when there is none.
pub(crate) fn extension(name: &str) -> String {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    fold(extension.unwrap_or_default().trim_end())
        .chars()
        .take(32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn segments_that_can_name_nothing_are_refused() {
        let long = "x".repeat(NAME_BYTES + 1);
        for bad in [
            "", ".", "..", "a/b", "a\\b", "a*", "a<", "a>", "a?", "a:", "a|", "a\0b", "a\nb", &long,
        ] {
            let refused = ItemPath::from_segments(&segments(&["ok", bad]));
            assert!(matches!(refused, Err(ExtractionError::InvalidPath { .. })), "{bad:?}");
        }
        let deep = vec!["x".to_owned(); PATH_SEGMENTS + 1];
        assert!(matches!(
            ItemPath::from_segments(&deep),
            Err(ExtractionError::InvalidPath { .. })
        ));
    }

    #[test]
    fn ordinary_segments_pass() {
        for good in [
            "a.docx",
            "Adele's Files",
            "doc (1).docx",
            "Break#Out",
            "saved_game[1].bin",
            "...",
            "ä%20",
            "\"q\"",
        ] {
            let path = ItemPath::from_segments(&segments(&["Folder", good])).unwrap();
            assert_eq!(path.name(), Some(good));
            assert_eq!(ItemPath::from_text(&path.to_text()), Some(path));
        }
    }

    #[test]
    fn stored_text_never_leaves_the_drive() {
        for bad in ["..", "a/../b", "/etc", "a//b", "a/", "./a", "a\0"] {
            assert_eq!(ItemPath::from_text(bad), None, "{bad:?}");
        }
        assert_eq!(ItemPath::from_text(""), Some(ItemPath::root()));
    }

    #[test]
    fn extensions() {
        for (name, expected) in [
            ("a.DOCX", "docx"),
            ("a.b.Pdf", "pdf"),
            ("a", ""),
            ("a.", ""),
            ("a.docx ", "docx"),
        ] {
            assert_eq!(extension(name), expected, "{name}");
        }
    }
}

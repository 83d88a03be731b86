//! Where the fault of a request lies: fields as the services name them, spelled as Graph's members and parameters.

/// First fields of the services' requests whose Graph name is another word.
const RENAMED: [(&str, &str); 6] = [
    ("content", "contentInfo"),
    ("labeling", "labelingOptions"),
    ("results", "classificationResults"),
    ("contents", "protectedContents"),
    ("supported_formats", "supportedContentFormats"),
    ("subject.user", "userId"),
];

/// `labeling.extended_properties[1].name` as `labelingOptions.extendedProperties[1].name`.
pub(crate) fn graph_spelling(field: &str) -> String {
    let renamed = RENAMED.iter().find_map(|(own, graph)| {
        let rest = field.strip_prefix(own)?;
        let is_whole = rest.is_empty() || rest.starts_with(['.', '[']);
        is_whole.then_some((*graph, rest))
    });
    let (start, rest) = renamed.unwrap_or(("", field));
    start.to_owned() + &camel(rest)
}

/// Snake case as camel case.
fn camel(text: &str) -> String {
    let mut words = text.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::graph_spelling;

    #[test]
    fn fields_are_spelled_as_members() {
        for (field, expected) in [
            ("labeling.label_id", "labelingOptions.labelId"),
            ("labeling.assignment_method", "labelingOptions.assignmentMethod"),
            (
                "labeling.extended_properties[1].name",
                "labelingOptions.extendedProperties[1].name",
            ),
            ("content.metadata", "contentInfo.metadata"),
            ("content.metadata[12].name", "contentInfo.metadata[12].name"),
            ("contents", "protectedContents"),
            (
                "results[0].confidence_level",
                "classificationResults[0].confidenceLevel",
            ),
            ("label_ids", "labelIds"),
            ("delegated_user_email", "delegatedUserEmail"),
            ("subject.user", "userId"),
            // Nothing else begins like these.
            ("contentsOfFile", "contentsOfFile"),
            ("results_of", "resultsOf"),
            ("$filter", "$filter"),
            ("", ""),
        ] {
            assert_eq!(graph_spelling(field), expected, "{field}");
        }
    }
}

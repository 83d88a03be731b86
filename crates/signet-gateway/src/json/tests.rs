//! What bodies mean, and where they are wrong.

use signet_domain::content::{AssignmentMethod, ContentFormat, ContentState};
use signet_domain::evaluation::Question;

use super::comments::blank;
use super::{BodyText, MAX_QUESTION_ITEMS, assign, compute, evaluate};
use crate::graph::error::GraphError;

const LABEL: &str = "836ff34f-b604-4a62-a68c-d6be4205d569";
const TYPE: &str = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";

fn application(body: &str) -> Result<Question, GraphError> {
    evaluate::application(&BodyText::new(body.as_bytes())?)
}

fn classification(body: &str) -> Result<Question, GraphError> {
    evaluate::classification(&BodyText::new(body.as_bytes())?)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, GraphError>, target: &str, words: &str) {
    let error = result.expect_err(words);
    assert_eq!(error.status, 400);
    assert_eq!(
        (error.code, error.target.as_deref().unwrap_or("")),
        ("invalidRequest", target),
        "{}",
        error.message
    );
    assert!(error.message.contains(words), "`{words}` is not in `{}`", error.message);
}

#[test]
fn an_application_with_everything() {
    let body = format!(
        r##"{{"contentInfo": {{"@odata.type": "#x", "format@odata.type": "#y", "contentFormat": "eMail", "format": "default",
            "identifier": "a\u0062c", "state": "MOTION", "metadata@odata.type": "#z", "metadata": [
            {{"@odata.type": "#k", "name": "n\u0031", "value": null}}, {{"name": "n2", "value": "v", "other": {{"a": [1]}}}}]}},
            "labelingOptions": {{"assignmentMethod": "Privileged", "labelId@odata.type": "#Guid", "labelId": "{}",
            "downgradeJustification": {{"justificationMessage": "because", "isDowngradeJustified": true}},
            "extendedProperties": [{{"name": "x", "value": "y"}}]}}}}"##,
        LABEL.to_uppercase()
    );
    let Question::Application { content, labeling } = application(&body).expect("a question") else {
        panic!("another question");
    };
    assert_eq!(
        (content.format, content.state),
        (ContentFormat::Email, ContentState::Motion)
    );
    assert_eq!(content.identifier.as_deref(), Some("abc"));
    let pairs: Vec<(&str, &str)> = content
        .metadata
        .iter()
        .map(|p| (p.name.as_str(), p.value.as_str()))
        .collect();
    assert_eq!(pairs, [("n1", ""), ("n2", "v")]);
    assert_eq!(labeling.label_id.to_string(), LABEL);
    assert_eq!(labeling.assignment_method, AssignmentMethod::Privileged);
    assert!(labeling.downgrade_justification.is_justified());
    assert_eq!(labeling.extended_properties.len(), 1);
}

#[test]
fn absent_null_and_repeated_members() {
    let body = format!(
        r#"{{"contentInfo": null, "contentInfo": {{"contentFormat": null, "identifier": null, "state": null, "metadata": null}},
            "labelingOptions": {{"labelId": "x", "labelId": "{LABEL}", "assignmentMethod": null,
            "downgradeJustification": null, "extendedProperties": null}}}}"#
    );
    let Question::Application { content, labeling } = application(&body).expect("a question") else {
        panic!("another question");
    };
    assert_eq!(
        (content.format, content.state),
        (ContentFormat::File, ContentState::Rest)
    );
    assert!(content.metadata.is_empty() && content.identifier.is_none());
    assert_eq!(labeling.assignment_method, AssignmentMethod::Standard);
    assert!(!labeling.downgrade_justification.is_justified());
}

#[test]
fn the_older_format_counts_only_without_the_newer() {
    let format = |text: &str| {
        let body = format!(r#"{{"contentInfo": {text}, "classificationResults": []}}"#);
        classification(&body).map(|question| question.content().format)
    };
    assert_eq!(format(r#"{"format": "default"}"#), Ok(ContentFormat::File));
    assert_eq!(format(r#"{"format": "EMAIL"}"#), Ok(ContentFormat::Email));
    assert_eq!(
        format(r#"{"contentFormat": "", "format": "email"}"#),
        Ok(ContentFormat::Email)
    );
    assert_eq!(
        format(r#"{"contentFormat": "Site", "format": "nonsense"}"#),
        Ok(ContentFormat::Site)
    );
    for unused in ["5", "{}", "[\"email\"]", "null"] {
        let text = format!(r#"{{"format": {unused}, "contentFormat": "Site"}}"#);
        assert_eq!(format(&text), Ok(ContentFormat::Site), "{text}");
    }
    assert_eq!(format(r#"{"format": null}"#), Ok(ContentFormat::File));
    assert_eq!(format(r#"{"format": "e\u006dail" /* */}"#), Ok(ContentFormat::Email));
    for used in ["{\"format\": 5}", "{\"contentFormat\": \"\", \"format\": {}}"] {
        refused(format(used), "contentInfo.format", "expected a string");
    }
    assert_eq!(
        format(r#"{"contentFormat": "PurviewAssets"}"#),
        Ok(ContentFormat::SchematizedData)
    );
    refused(
        format(r#"{"contentFormat": "Folder"}"#),
        "contentInfo.contentFormat",
        "`Folder`",
    );
    refused(format(r#"{"format": "Folder"}"#), "contentInfo.format", "`Folder`");
}

#[test]
fn the_documented_request_with_its_comment() {
    let body = format!(
        "{{\"contentInfo\": {{\"identifier\": \"c:\\\\user//new.docx /* no */\"}}, /* a\n comment */\n \
         \"classificationResults\": [{{\"sensitiveTypeId\": \"{TYPE}\", //Credit Card \" {{\n \"count\": 7, \"confidenceLevel\": 99}}]}} // end"
    );
    let Question::Classification { content, results } = classification(&body).expect("a question") else {
        panic!("another question");
    };
    assert_eq!(content.identifier.as_deref(), Some("c:\\user//new.docx /* no */"));
    assert_eq!((results[0].count, results[0].confidence_level), (7, 99));
}

#[test]
fn comments_become_blanks_of_the_same_length() {
    let cases = [
        ("{} // x", "{}     "),
        ("{/* \u{e9}\n*/}", "{     \n  }"),
        ("\"a//b\\\"/*\" /**/", "\"a//b\\\"/*\"     "),
        ("/* open", "       /"),
        ("a / b", "a / b"),
    ];
    for (text, expected) in cases {
        assert_eq!(blank(text), expected, "{text}");
    }
}

#[test]
fn missing_parameters_are_named() {
    let info = r#""contentInfo": {}"#;
    refused(application("{}"), "contentInfo", "required");
    refused(application(&format!("{{{info}}}")), "labelingOptions", "required");
    refused(
        application(&format!("{{{info}, \"labelingOptions\": {{}}}}")),
        "labelingOptions.labelId",
        "required",
    );
    refused(
        classification(&format!("{{{info}}}")),
        "classificationResults",
        "required",
    );
    refused(
        classification(
            r#"{"contentInfo": {"metadata": [{"name": "a"}, {"value": "b"}]}, "classificationResults": []}"#,
        ),
        "contentInfo.metadata[1].name",
        "required",
    );
    refused(
        classification(r#"{"contentInfo": {"metadata": [{"name": ""}]}, "classificationResults": []}"#),
        "contentInfo.metadata[0].name",
        "required",
    );
}

#[test]
fn wrong_types_are_named_with_their_path() {
    refused(
        application(r#"{"contentInfo": []}"#),
        "contentInfo",
        "expected an object",
    );
    refused(
        application(r#"{"contentInfo": {"metadata": {}}}"#),
        "contentInfo.metadata",
        "expected an array",
    );
    refused(
        application(r#"{"contentInfo": {"metadata": [{"name": "a"}, {"name": 3}]}}"#),
        "contentInfo.metadata[1].name",
        "expected a string",
    );
    refused(
        application(
            r#"{"contentInfo": {}, "labelingOptions": {"downgradeJustification": {"isDowngradeJustified": "yes"}}}"#,
        ),
        "labelingOptions.downgradeJustification.isDowngradeJustified",
        "expected a boolean",
    );
    refused(
        classification(&format!(
            r#"{{"contentInfo": {{}}, "classificationResults": [{{"sensitiveTypeId": "{TYPE}", "count": 1.5, "confidenceLevel": 1}}]}}"#
        )),
        "classificationResults[0].count",
        "expected a whole number",
    );
}

#[test]
fn numbers_and_ids_out_of_range() {
    let entry = |text: &str| {
        classification(&format!(
            r#"{{"contentInfo": {{}}, "classificationResults": [{{{text}}}]}}"#
        ))
    };
    let id = format!(r#""sensitiveTypeId": "{TYPE}""#);
    let at = |member: &str| format!("classificationResults[0].{member}");
    refused(
        entry(r#""sensitiveTypeId": "x", "count": 1, "confidenceLevel": 1"#),
        &at("sensitiveTypeId"),
        "`x`",
    );
    refused(
        entry(r#""count": 1, "confidenceLevel": 1"#),
        &at("sensitiveTypeId"),
        "required",
    );
    refused(
        entry(&format!(r#"{id}, "count": -1, "confidenceLevel": 1"#)),
        &at("count"),
        "-1",
    );
    refused(
        entry(&format!(r#"{id}, "count": 2147483648, "confidenceLevel": 1"#)),
        &at("count"),
        "2147483648",
    );
    refused(
        entry(&format!(r#"{id}, "count": 99999999999999999999, "confidenceLevel": 1"#)),
        &at("count"),
        "",
    );
    refused(
        entry(&format!(r#"{id}, "count": 1, "confidenceLevel": 101"#)),
        &at("confidenceLevel"),
        "101",
    );
    refused(
        entry(&format!(r#"{id}, "count": 1"#)),
        &at("confidenceLevel"),
        "required",
    );
    assert!(entry(&format!(r#"{id}, "count": 2147483647, "confidenceLevel": 100"#)).is_ok());
    refused(
        application(r#"{"contentInfo": {}, "labelingOptions": {"labelId": "{836ff34f-b604-4a62-a68c-d6be4205d569}"}}"#),
        "labelingOptions.labelId",
        "not a GUID",
    );
}

#[test]
fn what_is_not_json_is_told_with_its_place() {
    for (body, words) in [
        ("{\"contentInfo\": {},}", "line 1 column"),
        ("{\"contentInfo\": {}", "line 1 column"),
        ("{} x", "line 1 column 4"),
        ("[1]", "an object"),
        ("\"text\"", "an object"),
        ("null", "an object"),
        ("{/* open", "line 1 column"),
        ("", "empty"),
        (" \n", "empty"),
    ] {
        refused(application(body), "", words);
    }
    refused(BodyText::new(b"{\"a\": \"\xff\"}").map(drop), "", "byte 7");
    assert!(classification("\u{feff}{\"contentInfo\": {}, \"classificationResults\": []}").is_ok());
}

#[test]
fn deep_and_long_bodies_are_refused_in_time() {
    let deep = format!("{{\"contentInfo\": {}", "{\"x\": ".repeat(100_000));
    assert!(application(&deep).is_err());
    let ignored = format!(
        "{{\"x\": {}1{}, \"contentInfo\": {{}}, \"classificationResults\": []}}",
        "[".repeat(100),
        "]".repeat(100)
    );
    assert!(classification(&ignored).is_ok());
    let pairs = vec![r#"{"name": "a"}"#; MAX_QUESTION_ITEMS + 1].join(",");
    let long = classification(&format!(
        r#"{{"contentInfo": {{"metadata": [{pairs}]}}, "classificationResults": []}}"#
    ));
    let error = long.expect_err("too many pairs");
    assert_eq!(
        (error.inner.as_deref(), error.target.as_deref()),
        (Some("tooManyItems"), Some("contentInfo.metadata"))
    );
    let most = vec![r#"{"name": "a"}"#; MAX_QUESTION_ITEMS].join(",");
    assert!(
        classification(&format!(
            r#"{{"contentInfo": {{"metadata": [{most}]}}, "classificationResults": []}}"#
        ))
        .is_ok()
    );
}

#[test]
fn contents_to_compute_rights_for() {
    let read = |body: &str| compute::rights_and_inheritance(&BodyText::new(body.as_bytes())?);
    let question = read(
        r#"{"delegatedUserEmail": "", "locale": "de", "protectedContents": [{"cid": "c", "format": "Pdf", "labelId": "nope"},
            {"labelId": "x"}], "supportedContentFormats": ["file", "EMAIL"]}"#,
    )
    .expect("a question");
    assert_eq!(
        (question.delegated_user_email, question.locale.as_deref()),
        (None, Some("de"))
    );
    assert_eq!(question.contents[0].format_text.as_deref(), Some("Pdf"));
    assert_eq!(question.contents[0].format, ContentFormat::File);
    assert_eq!(
        (question.contents[1].format_text.as_deref(), question.contents[1].format),
        (None, ContentFormat::File)
    );
    assert_eq!(question.supported_formats, [ContentFormat::File, ContentFormat::Email]);
    refused(read("{}").map(drop), "protectedContents", "required");
    refused(
        read(r#"{"protectedContents": []}"#).map(drop),
        "protectedContents",
        "empty",
    );
    refused(
        read(r#"{"protectedContents": [{}]}"#).map(drop),
        "protectedContents[0].labelId",
        "required",
    );
    refused(
        read(r#"{"protectedContents": [{"labelId": "x", "format": "Zip"}]}"#).map(drop),
        "protectedContents[0].format",
        "`Zip`",
    );
    refused(
        read(r#"{"protectedContents": [{"labelId": "x"}], "supportedContentFormats": ["Zip"]}"#).map(drop),
        "supportedContentFormats[0]",
        "`Zip`",
    );
}

#[test]
fn bodies_of_files_are_read_as_those_of_labels_are() {
    let assigned = |body: &str| assign::assignment(&BodyText::new(body.as_bytes())?).map(|asked| asked.label_id);
    let label = format!(r#"{{"sensitivityLabelId": "x", "sensitivityLabelId": "{LABEL}", "assignmentMethod": null}}"#);
    assert_eq!(
        assigned(&label).map(|id| id.map(|id| id.to_string())),
        Ok(Some(LABEL.to_owned()))
    );
    refused(assigned(r#"["", null, null]"#), "", "an object");
    refused(
        assigned(r#"{"sensitivityLabelId": 1}"#),
        "sensitivityLabelId",
        "expected a string",
    );
    let session = |body: &str| assign::session(body.as_bytes()).map(|session| (session.size, session.defer_commit));
    let twice = r#"{"deferCommit": false, "deferCommit": true, "item": {"fileSize": 1, "fileSize": 7.0}}"#;
    assert_eq!(session(twice), Ok((Some(7), true)));
    assert_eq!(session(r#"{"item": null}"#), Ok((None, false)));
    refused(session("[]"), "", "an object");
    refused(session(r#"{"item": []}"#), "item", "expected an object");
    refused(session(r#"{"item": {"fileSize": -1}}"#), "item.fileSize", "-1");
}

proptest::proptest! {
    #[test]
    fn any_body_is_read_or_refused(body in "[{}\\[\\]\":,/*a-z0-9 .\n\\\\é-]{0,200}") {
        for read in [application, classification] {
            if let Err(error) = read(&body) {
                proptest::prop_assert!(error.status == 400 && !error.message.is_empty());
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        if let Ok(text) = BodyText::new(&bytes) {
            let _read = compute::rights_and_inheritance(&text);
        }
    }

    #[test]
    fn comments_between_tokens_change_nothing(place in 0_usize..3, comment in "[a-z\" *]{0,10}") {
        let comment = [format!("//{comment}\n"), format!("/*{comment} */"), String::new()][place].clone();
        let body = format!("{comment}{{{comment}\"contentInfo\"{comment}:{comment}{{}},{comment}\"classificationResults\":[{comment}]}}{comment}");
        proptest::prop_assert_eq!(classification(&body).is_ok(), !comment.trim_end_matches("*/").contains("*/"), "{}", body);
    }
}

#[test]
fn whole_numbers_may_be_written_with_a_point() {
    let of = |count: &str| {
        let result = format!(r#"{{"sensitiveTypeId": "{TYPE}", "count": {count}, "confidenceLevel": 99}}"#);
        classification(&format!(
            r#"{{"contentInfo": {{}}, "classificationResults": [{result}]}}"#
        ))
    };
    for count in ["7", "7.0", "0.7e1"] {
        let Ok(Question::Classification { results, .. }) = of(count) else {
            panic!("`{count}` is refused");
        };
        assert_eq!(results[0].count, 7, "{count}");
    }
    refused(of("7.5"), "classificationResults[0].count", "wrong type");
    refused(of("1e300"), "classificationResults[0].count", "give a whole number");
    refused(of("-1.0"), "classificationResults[0].count", "give a whole number");
}

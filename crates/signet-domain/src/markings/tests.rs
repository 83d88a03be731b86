use super::*;
use crate::content::ContentState;

fn resolved(format: ContentFormat, identifier: Option<&str>, text: &str) -> String {
    let content = ContentInfo {
        format,
        identifier: identifier.map(str::to_owned),
        state: ContentState::Rest,
        metadata: Vec::new(),
    };
    let context = MarkingContext {
        label: "Allgemein",
        content: &content,
        user_name: "Bob",
        user_principal_name: "bob@contoso.com",
        date_time: crate::metadata::parse_set_date("2026-02-03T04:05:06Z").unwrap(),
    };
    resolve(text, &context)
}

fn file(identifier: &str, text: &str) -> String {
    resolved(ContentFormat::File, Some(identifier), text)
}

#[test]
fn variables_are_replaced_once() {
    let all = "${Item.Label}|${Item.Name}|${Item.Location}|${User.Name}|${User.PrincipalName}|${Event.DateTime}";
    assert_eq!(
        file("c:\\a/b\\r.docx", all),
        "Allgemein|r.docx|c:\\a/b\\r.docx|Bob|bob@contoso.com|2026-02-03T04:05:06Z"
    );
    assert_eq!(resolved(ContentFormat::Email, Some("a/b"), "${Item.Name}"), "a/b");
    assert_eq!(resolved(ContentFormat::Site, Some("a/b"), "${Item.Name}"), "b");
    assert_eq!(
        resolved(ContentFormat::File, None, "<${Item.Name}${Item.Location}>"),
        "<>"
    );
    assert_eq!(file("${User.Name}", "${Item.Name}"), "${User.Name}");
    assert_eq!(
        file("${If.App.W}x${If.End}.docx", "${Item.Name}"),
        "${If.App.W}x${If.End}.docx"
    );
}

#[test]
fn what_is_unknown_stays() {
    for text in [
        "${item.label}",
        "${Nothing}",
        "${",
        "${Item.Label",
        "a } b",
        "$ {Item.Label}",
        "${}",
        "${If.End}",
    ] {
        assert_eq!(file("r.docx", text), text);
    }
    assert_eq!(file("r.docx", "${x ${User.Name}"), "${x Bob");
    assert_eq!(file("r.docx", "${Nope}${User.Name}"), "${Nope}Bob");
}

#[test]
fn blocks_follow_the_application() {
    let cases = [
        ("r.DOCX", "${If.App.WP}a${If.End}b", "ab"),
        ("r.xlsb", "${If.App.WP}a${If.End}b", "b"),
        ("r.xlsb", "${If.App.XO}a${If.End}${If.App.Word}b${If.End}", "a"),
        ("r.ppsx", "${If.App.PowerPoint}${User.Name}${If.End}", "Bob"),
        ("r.eml", "${If.App.Outlook}a${If.End}", "a"),
        ("r.txt", "${If.App.WXPO}a${If.End}b", "b"),
        ("c:\\x.docx\\r", "${If.App.W}a${If.End}b", "b"),
        ("r.docx", "${If.App.Q}a${If.End}b", "${If.App.Q}a${If.End}b"),
        ("r.docx", "${If.App.}a${If.End}b", "${If.App.}a${If.End}b"),
        ("r.docx", "${If.App.w}a${If.End}", "${If.App.w}a${If.End}"),
        ("r.docx", "${If.App.W}a", "${If.App.W}a"),
        ("r.docx", "${If.App.W", "${If.App.W"),
        (
            "r.docx",
            "${If.App.W}a${If.App.X}b${If.End}c${If.End}",
            "a${If.App.X}bc${If.End}",
        ),
        ("r.docx", "${If.App.Q}${If.App.W}a${If.End}", "${If.App.Q}a"),
    ];
    for (identifier, text, expected) in cases {
        assert_eq!(file(identifier, text), expected, "{identifier} {text}");
    }
    assert_eq!(
        resolved(
            ContentFormat::Email,
            Some("r.docx"),
            "${If.App.O}a${If.End}${If.App.W}b${If.End}"
        ),
        "a"
    );
    assert_eq!(resolved(ContentFormat::Teamwork, None, "${If.App.O}a${If.End}"), "a");
    assert_eq!(resolved(ContentFormat::File, None, "${If.App.WXPO}a${If.End}"), "");
}

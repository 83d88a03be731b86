use proptest::prelude::*;

use super::super::mutations::Mutations;
use super::*;

const A: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const B: &str = "a7a21bba-8197-491f-a5d6-0d0f955397cf";
const SEEDS: &str = include_str!("../seeds/calls.txt");

/// Parses `segment?query`, with `{a}` and `{b}` standing for label ids.
fn parse(target: &str) -> Result<InheritanceOptions, QueryError> {
    let target = target.replace("{a}", A).replace("{b}", B);
    let (segment, query) = target.split_once('?').unwrap_or((&target, ""));
    parse_compute_inheritance(segment, query, ApiVersion::V1)
}

type Call = (Vec<String>, Option<String>, Vec<ContentFormat>);

fn call(target: &str) -> Result<Call, String> {
    parse(target)
        .map(|options| {
            let ids = options.label_ids.iter().map(ToString::to_string).collect();
            (ids, options.locale, options.formats)
        })
        .map_err(|error| error.message)
}

fn expected(ids: &[&str], locale: Option<&str>, formats: &[ContentFormat]) -> Result<Call, String> {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    Ok((ids, locale.map(str::to_owned), formats.to_vec()))
}

#[test]
fn every_form_with_two_ids_is_the_same_call() {
    let forms = [
        (
            "a",
            r#"computeInheritance(labelIds=["{a}","{b}"],locale='en-US',contentFormats=["File"])"#,
        ),
        (
            "b",
            "computeInheritance(labelIds=[%22{a}%22,%22{b}%22],locale='en-US',contentFormats=[%22File%22])",
        ),
        (
            "c",
            "computeInheritance(labelIds=%5B%22{a}%22%2C%22{b}%22%5D,locale='en-US',contentFormats=%5B%22File%22%5D)",
        ),
        (
            "d",
            "computeInheritance(labelIds={a}%2C{b},locale='en-US',contentFormats=File)",
        ),
        (
            "d, encoded quotes",
            "computeInheritance(labelIds={a}%2C{b},locale=%27en-US%27,contentFormats=File)",
        ),
        (
            "f",
            "computeInheritance(labelIds={a},{b}locale='en-US'contentFormats=File)",
        ),
        (
            "g",
            "computeInheritance(labelIds=%5B%22{a}%22%2C%22{b}%22%5Dlocale='en-US'contentFormats=%5B%22File%22%5D)",
        ),
        (
            "h",
            r#"computeInheritance(labelIds=@l,locale=@x,contentFormats=@c)?@l=["{a}","{b}"]&@x='en-US'&@c=["File"]"#,
        ),
        (
            "h, encoded",
            "computeInheritance(labelIds=@l,locale=@x,contentFormats=@c)?%40l=[%22{a}%22,%22{b}%22]&@x=%27en-US%27&@c=%5B%22File%22%5D",
        ),
        (
            "h without commas",
            "computeInheritance(labelIds=@llocale=@xcontentFormats=@c)?@l={a},{b}&@x=en-US&@c=File",
        ),
        (
            "i",
            "computeInheritance?labelIds={a},{b}&locale=en-US&contentFormats=File",
        ),
        (
            "i, the newer name",
            "computeInheritance?labelIds={a},{b}&locale=en-US&applicableTo=File",
        ),
        (
            "i, empty parentheses",
            r#"computeInheritance()?labelIds=["{a}","{b}"]&locale='en-US'&contentFormats=File"#,
        ),
        (
            "j",
            "computeInheritance(labelIds=['{a}', '{b}'],locale='en-US',contentFormats=['File'])",
        ),
        (
            "j, over several lines",
            "computeInheritance(labelIds=[%0A%20%20%22{a}%22,%0A%20%20%22{b}%22%0A],%0Alocale='en-US',%20contentFormats=[%20%22File%22%20]%0A)",
        ),
        (
            "one quoted list",
            "computeInheritance(labelIds='{a},{b}',locale='en-US',contentFormats='File')",
        ),
        (
            "quoted items",
            "computeInheritance(labelIds='{a}','{b}',locale='en-US',contentFormats='File')",
        ),
        (
            "bare in brackets",
            "computeInheritance(labelIds=[{a},{b}],locale=en-US,contentFormats=[File])",
        ),
        (
            "another order",
            "computeInheritance(contentFormats=File,locale='en-US',labelIds={a},{b})",
        ),
        (
            "another order without commas",
            "computeInheritance(contentFormats=Filelocale='en-US'labelIds={a},{b})",
        ),
        (
            "another case",
            "COMPUTEINHERITANCE(LABELIDS={a},{b},Locale='en-US',applicableto=fiLE)",
        ),
        (
            "qualified",
            "microsoft.graph.computeInheritance(labelIds={a},{b},locale='en-US',contentFormats=File)",
        ),
        (
            "encoded parentheses",
            "computeInheritance%28labelIds={a},{b},locale='en-US',contentFormats=File%29",
        ),
        (
            "some in the query",
            "computeInheritance(labelIds={a},{b})?locale=en-US&contentFormats=File",
        ),
        (
            "unknown parameters of the query",
            "computeInheritance(labelIds={a},{b},locale='en-US',contentFormats=File)?x=1&x=2",
        ),
    ];
    for (form, target) in forms {
        assert_eq!(
            call(target),
            expected(&[A, B], Some("en-US"), &[ContentFormat::File]),
            "form {form}"
        );
    }
}

#[test]
fn every_form_with_one_id_is_the_same_call() {
    let forms = [
        (
            "a",
            r#"computeInheritance(labelIds=["{a}"],locale='en-US',contentFormats=["File"])"#,
        ),
        (
            "d",
            "computeInheritance(labelIds={a},locale='en-US',contentFormats=File)",
        ),
        ("e", "computeInheritance(labelIds={a}locale='en-US'contentFormats=File)"),
        (
            "upper case",
            &format!(
                "computeInheritance(labelIds={}locale='en-US'contentFormats=File)",
                A.to_uppercase()
            ),
        ),
    ];
    for (form, target) in forms {
        assert_eq!(
            call(target),
            expected(&[A], Some("en-US"), &[ContentFormat::File]),
            "form {form}"
        );
    }
}

#[test]
fn several_formats() {
    let two = [ContentFormat::File, ContentFormat::Email];
    for target in [
        "computeInheritance(labelIds={a},{b}locale='en-US'contentFormats=File,Email)",
        "computeInheritance(labelIds={a},{b},locale='en-US',contentFormats=File%2CEmail)",
        r#"computeInheritance(labelIds=["{a}","{b}"],contentFormats=["File","Email"],locale='en-US')"#,
        "computeInheritance?labelIds={a},{b}&locale=en-US&contentFormats=File,Email",
    ] {
        assert_eq!(call(target), expected(&[A, B], Some("en-US"), &two), "{target}");
    }
}

#[test]
fn language_and_formats_may_be_missing_empty_or_null() {
    for target in [
        "computeInheritance(labelIds={a})",
        "computeInheritance(labelIds={a},locale='',contentFormats=[])",
        "computeInheritance(labelIds={a},locale=null,contentFormats=null)",
        "computeInheritance(labelIds={a},locale=,contentFormats=)",
        "computeInheritance(labelIds={a},locale=@x,contentFormats=@c)",
        "computeInheritance(labelIds={a},locale=@x,contentFormats=@c)?@x=null&@c=",
        "computeInheritance?labelIds={a}&locale=&contentFormats=",
    ] {
        assert_eq!(call(target), expected(&[A], None, &[]), "{target}");
    }
}

#[test]
fn what_is_not_a_call_is_refused() {
    let cases = [
        (
            "computeInheritance",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance()",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance(labelIds=[])",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance(labelIds=null)",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance(labelIds='')",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance(labelIds=@l)",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance(locale='en-US')",
            "`labelIds` is missing or empty; name at least one label",
        ),
        (
            "computeInheritance(labelIds=[\"nope\"])",
            "the label id `nope` is not a GUID",
        ),
        ("computeInheritance(labelIds={a},x)", "the label id `x` is not a GUID"),
        (
            "computeInheritance(labelIds=[null])",
            "the label id `null` is not a GUID",
        ),
        (
            "computeInheritance(labelIds={a},contentFormats=Wings)",
            "`Wings` is not a content format",
        ),
        (
            "computeInheritance(labelIds={a},labelIds={b})",
            "the parameter `labelIds` is given more than once",
        ),
        (
            "computeInheritance(labelIds={a})?labelIds={b}",
            "the parameter `labelIds` is given more than once",
        ),
        (
            "computeInheritance(labelIds=@l)?@l={a}&@l={b}",
            "the parameter alias `@l` is given more than once",
        ),
        (
            "computeInheritance?labelIds={a}&labelIds={b}",
            "the parameter `labelIds` is given more than once",
        ),
        (
            "computeInheritance(labelIds={a},contentFormats=File,applicableTo=File)",
            "the parameter `contentFormats` is given more than once",
        ),
        (
            "computeInheritance(ids={a})",
            "`ids` is not a parameter of computeInheritance; use labelIds, locale and contentFormats",
        ),
        (
            "computeInheritance({a})",
            "`4e4234dd-377b-42a3-935b-0e42f138fa23` is not a parameter of computeInheritance; use labelIds, locale and contentFormats",
        ),
        (
            "computeInheritance(labelIds=[\"{a}\"],x=1)",
            "the value of `labelIds` cannot be read: the list is not closed",
        ),
        (
            "computeInheritance(labelIds={a},x=1)",
            "the value of `labelIds` cannot be read: a text with quotes, brackets or `=` in it is not in quotes",
        ),
        (
            "computeInheritance(labelIds={a},locale='en-US',x=1)",
            "the value of `locale` cannot be read: a text with quotes, brackets or `=` in it is not in quotes",
        ),
        (
            "computeInheritance(labelIds={a},locale='en')de)",
            "the value of `locale` cannot be read: a comma is missing between two items",
        ),
        (
            "computeInheritance(labelIds={a},locale=en,de)",
            "the value of `locale` cannot be read: a single value is wanted",
        ),
        (
            "computeInheritance(labelIds=[\"{a}\",])",
            "the value of `labelIds` cannot be read: an item of the list is empty",
        ),
        (
            "computeInheritance(labelIds={a},)",
            "the value of `labelIds` cannot be read: an item of the list is empty",
        ),
        (
            "computeInheritance(labelIds={a},,locale='x')",
            "the value of `labelIds` cannot be read: an item of the list is empty",
        ),
        (
            "computeInheritance(labelIds=[\"{a}\")",
            "the value of `labelIds` cannot be read: the list is not closed",
        ),
        (
            "computeInheritance(labelIds=['{a}])",
            "the value of `labelIds` cannot be read: a quote is not closed",
        ),
        (
            "computeInheritance(labelIds=[\"{a}])",
            "the value of `labelIds` cannot be read: a text in double quotes is not valid JSON",
        ),
        ("computeInheritance(labelIds={a}", "the call does not end with `)`"),
        (
            "computeWings(labelIds={a})",
            "`computeWings(labelIds=4e4234dd-377b-42a3-935b-0e42f138fa23)` is not a call of computeInheritance",
        ),
        (
            "computeInheritance(labelIds=%zz)",
            "`computeInheritance(labelIds=%zz)` is not valid percent-encoded UTF-8",
        ),
        (
            "computeInheritance(labelIds={a})?$filter=x",
            "the query option `$filter` is not offered here",
        ),
    ];
    for (target, message) in cases {
        assert_eq!(call(target), Err(message.to_owned()), "{target}");
        assert_eq!(
            parse(target).expect_err(target).code.name(),
            "invalidRequest",
            "{target}"
        );
    }
}

#[test]
fn names_inside_quotes_and_brackets_begin_no_parameter() {
    assert_eq!(
        call("computeInheritance(labelIds={a},locale='x,contentFormats=y')"),
        expected(&[A], Some("x,contentFormats=y"), &[])
    );
    assert_eq!(
        call(r#"computeInheritance(labelIds={a},locale="x\"locale=y")"#),
        expected(&[A], Some("x\"locale=y"), &[])
    );
    assert_eq!(
        call("computeInheritance(labelIds=[{a},locale=x])"),
        Err(
            "the value of `labelIds` cannot be read: a text with quotes, brackets or `=` in it is not in quotes"
                .to_owned()
        )
    );
}

#[test]
fn the_number_of_labels_is_bounded() {
    let segment = |count: usize| format!("computeInheritance(labelIds={})", vec![A; count].join(","));
    assert_eq!(parse(&segment(1000)).expect("a call").label_ids.len(), 1000);
    assert_eq!(
        parse(&segment(1001)).expect_err("too many").code.inner_name(),
        "tooManyItems"
    );
}

#[test]
fn the_answer_can_be_shaped() {
    let options = parse("computeInheritance(labelIds={a})?$select=name&$expand=rights").expect("a call");
    assert!(options.shape.rights.is_some());
    assert!(options.shape.sublabels.is_none());
}

#[test]
fn damaged_calls_never_panic_and_readable_ones_have_labels() {
    let mut readable = 0;
    for target in Mutations::of(SEEDS, 0xca11).take(40_000) {
        if let Ok(options) = parse(&target) {
            readable += 1;
            assert!(!options.label_ids.is_empty(), "{target:?}");
        }
    }
    assert!(
        readable > 1_000,
        "only {readable} damaged calls were readable: the damage is too great to test much"
    );
}

proptest! {
    #[test]
    fn no_segment_or_query_panics(segment in any::<String>(), query in any::<String>()) {
        let _ = parse_compute_inheritance(&segment, &query, ApiVersion::Beta);
        let _ = parse_compute_inheritance(&format!("computeInheritance({segment})"), &query, ApiVersion::V1);
        let _ = parse_compute_inheritance(&format!("computeInheritance(labelIds={segment})"), "", ApiVersion::V1);
    }

    #[test]
    fn any_language_tag_survives_quoting(tag in "[ -~äöü]{1,20}") {
        prop_assume!(!tag.trim().is_empty());
        let quoted: String = tag.replace('\'', "''").bytes().map(|byte| format!("%{byte:02X}")).collect();
        let options = parse(&format!("computeInheritance(labelIds={{a}}locale='{quoted}'contentFormats=File)"));
        prop_assert_eq!(options.map(|options| options.locale), Ok(Some(tag.trim().to_owned())));
    }
}

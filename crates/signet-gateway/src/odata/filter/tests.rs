use proptest::prelude::*;
use signet_domain::query::Comparison;

use super::*;

const GUID: &str = "4e4234dd-377b-42a3-935b-0e42f138fa23";

/// The canonical text of a filter, or the message it is refused with.
fn canonical(text: &str) -> Result<String, String> {
    parse_filter(text, Dialect::Generic, FilterLimits::default())
        .map(|expression| expression.to_string())
        .map_err(|error| error.message)
}

#[test]
fn filters_and_their_canonical_text() {
    let cases = [
        ("id eq 'x'", "id eq 'x'"),
        ("(((id eq 'x')))", "id eq 'x'"),
        ("ID EQ 'x' AND name NE 'y'", "ID eq 'x' and name ne 'y'"),
        ("a eq 1 or b eq 2 and c eq 3", "a eq 1 or b eq 2 and c eq 3"),
        ("(a eq 1 or b eq 2) and c eq 3", "(a eq 1 or b eq 2) and c eq 3"),
        ("a eq 1 and (b eq 2 and c eq 3)", "a eq 1 and b eq 2 and c eq 3"),
        ("(a eq 1 or (b eq 2)) or c eq 3", "a eq 1 or b eq 2 or c eq 3"),
        (
            "rights/ownerEmail eq 'bob@contoso.com'",
            "rights/ownerEmail eq 'bob@contoso.com'",
        ),
        ("name eq 'it''s'''", "name eq 'it''s'''"),
        ("name eq ''", "name eq ''"),
        ("name eq 'ÄÖ ü(and)'", "name eq 'ÄÖ ü(and)'"),
        (
            "p eq -5 or p eq 9223372036854775807",
            "p eq -5 or p eq 9223372036854775807",
        ),
        (
            "p eq TRUE or p eq False or p ne NULL",
            "p eq true or p eq false or p ne null",
        ),
        ("id in('a','b' , 'c')", "id in ('a','b','c')"),
        ("(id eq'a')or(id eq'b')", "id eq 'a' or id eq 'b'"),
        ("a eq 1 and(b eq 2 or\tc eq 3\r\n)", "a eq 1 and (b eq 2 or c eq 3)"),
        ("not a eq 1", "not a eq 1"),
        ("NOT (a eq 1 or b eq 2)", "not (a eq 1 or b eq 2)"),
        (
            "not (a eq 1) and not startswith(name,'x')",
            "not a eq 1 and not startswith(name,'x')",
        ),
        ("Contains( name , 'x''y' )", "contains(name,'x''y')"),
        (
            "s gt 1 and s ge 2 and s lt 3 and s le 4",
            "s gt 1 and s ge 2 and s lt 3 and s le 4",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(canonical(text), Ok(expected.to_owned()), "{text}");
    }
    let bare = format!("id eq {}", GUID.to_uppercase());
    assert_eq!(canonical(&bare), Ok(format!("id eq {GUID}")));
}

#[test]
fn the_published_multi_line_example_parses() {
    let text = "(
      (id eq 'guid1' and ownerEmail eq 'ownerEmail1')
     or (id eq 'guid2')
     or (id eq 'guid3' and ownerEmail eq 'ownerEmail2')
   )";
    assert_eq!(
        canonical(text).as_deref(),
        Ok(
            "id eq 'guid1' and ownerEmail eq 'ownerEmail1' or id eq 'guid2' or id eq 'guid3' and ownerEmail eq 'ownerEmail2'"
        )
    );
}

#[test]
fn faults_are_reported_with_their_position_in_bytes() {
    let cases = [
        ("", "expected a property, found the end at position 0"),
        ("  ", "expected a property, found the end at position 2"),
        ("id", "expected an operator, found the end at position 2"),
        (
            "id eq",
            "expected a value; texts are put in single quotes, found the end at position 5",
        ),
        (
            "id eq x",
            "expected a value; texts are put in single quotes, found `x` at position 6",
        ),
        ("id eq 'x", "the quote is not closed at position 6"),
        ("id like 'x'", "expected an operator, found `like` at position 3"),
        (
            "id eq 'x' name eq 'y'",
            "expected `and`, `or` or the end, found `name` at position 10",
        ),
        ("name eq 'ä' & x", "`&` cannot be used here at position 13"),
        ("(id eq 'x'", "expected `)`, found the end at position 10"),
        ("id eq 'x')", "expected `and`, `or` or the end, found `)` at position 9"),
        (
            "id in ()",
            "expected a value; texts are put in single quotes, found `)` at position 7",
        ),
        ("id in 'x'", "expected `(`, found `'x'` at position 6"),
        ("id in ('x' 'y')", "expected `)`, found `'y'` at position 11"),
        ("5 eq 5", "`5` is not a property at position 0"),
        ("rights/ eq 5", "`rights/` is not a property at position 0"),
        ("length(name) eq 5", "`length` is not supported here at position 0"),
        (
            "p eq 5.0",
            "expected a value; texts are put in single quotes, found `5.0` at position 5",
        ),
        (
            "p eq 9223372036854775808",
            "expected a value; texts are put in single quotes, found `9223372036854775808` at position 5",
        ),
        ("'x' eq id", "expected a property, found `'x'` at position 0"),
        ("contains()", "expected a property, found `)` at position 9"),
        ("contains(name)", "expected `,`, found `)` at position 13"),
        ("contains(name,'x','y')", "expected `)`, found `,` at position 17"),
        ("contains('x',name)", "expected a property, found `'x'` at position 9"),
        (
            "startswith(name,'x') eq true",
            "expected `and`, `or` or the end, found `eq` at position 21",
        ),
        (
            "id in ('x',)",
            "expected a value; texts are put in single quotes, found `)` at position 11",
        ),
        ("id in ('x'", "expected `)`, found the end at position 10"),
        ("()", "expected a property, found `)` at position 1"),
        ("not", "expected a property, found the end at position 3"),
        ("not and a eq 1", "expected an operator, found `a` at position 8"),
        ("and a eq 1", "expected an operator, found `a` at position 4"),
        ("a eq 1 or or b eq 2", "expected an operator, found `b` at position 13"),
        (
            "a eq 1and b eq 2",
            "expected a value; texts are put in single quotes, found `1and` at position 5",
        ),
        ("a\u{a0}eq 1", "`\u{a0}` cannot be used here at position 1"),
        ("name eq 'a'b'", "the quote is not closed at position 12"),
        ("name eq \"x\"", "`\"` cannot be used here at position 8"),
        ("a/ /b eq 1", "`a/` is not a property at position 0"),
        (
            "a eq -",
            "expected a value; texts are put in single quotes, found `-` at position 5",
        ),
        ("isActive", "expected an operator, found the end at position 8"),
        ("contains(name 'x')", "expected `,`, found `'x'` at position 14"),
        ("a eq 1 and", "expected a property, found the end at position 10"),
    ];
    for (text, what) in cases {
        assert_eq!(canonical(text), Err(format!("Invalid filter clause: {what}")), "{text}");
    }
}

#[test]
fn governance_filters_have_no_negation_functions_or_order() {
    let cases = [
        ("not id eq 'x'", "`not` is not supported here at position 0"),
        ("contains(name,'x')", "`contains` is not supported here at position 0"),
        (
            "startswith(name,'x')",
            "`startswith` is not supported here at position 0",
        ),
        ("priority gt 5", "`gt` is not supported here at position 9"),
        ("priority LE 5", "`LE` is not supported here at position 9"),
    ];
    for (text, what) in cases {
        let error = parse_filter(text, Dialect::Governance, FilterLimits::default()).expect_err(text);
        assert_eq!(error.message, format!("Invalid filter clause: {what}"), "{text}");
        assert_eq!(error.target.as_deref(), Some("$filter"));
    }
    assert!(
        parse_filter(
            "priority ne 5 and id in ('x')",
            Dialect::Governance,
            FilterLimits::default()
        )
        .is_ok()
    );
}

#[test]
fn depth_length_and_clauses_are_bounded() {
    let code = |text: &str| match parse_filter(text, Dialect::Generic, FilterLimits::default()) {
        Ok(_) => "accepted",
        Err(error) => error.code.inner_name(),
    };
    let nested = |levels: usize| format!("{}a eq 1{}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(code(&nested(32)), "accepted");
    assert_eq!(code(&nested(33)), "tooManyTermsInQuery");
    assert_eq!(code(&"(".repeat(8000)), "tooManyTermsInQuery");
    assert_eq!(code(&format!("{}a eq 1", "not ".repeat(32))), "accepted");
    assert_eq!(code(&format!("{}a eq 1", "not ".repeat(33))), "tooManyTermsInQuery");
    let clauses = |count: usize| vec!["a eq 1"; count].join(" or ");
    assert_eq!(code(&clauses(200)), "accepted");
    assert_eq!(code(&clauses(201)), "tooManyTermsInQuery");
    let long = |length: usize| format!("name eq '{}'", "x".repeat(length - 10));
    assert_eq!(code(&long(8192)), "accepted");
    assert_eq!(code(&long(8193)), "maxQueryLengthExceeded");
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::Text),
        "[ '()a,]{0,6}".prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        Just(Value::Null),
        any::<u128>().prop_map(|bits| Value::Guid(uuid::Uuid::from_u128(bits))),
    ]
}

fn any_clause() -> impl Strategy<Value = Expression> {
    let comparison = proptest::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::StartsWith,
        Comparison::Contains,
    ]);
    let test = prop_oneof![
        (comparison, any_value()).prop_map(|(comparison, value)| Test::Compare(comparison, value)),
        proptest::collection::vec(any_value(), 1..4).prop_map(Test::In),
    ];
    ("[a-z_][A-Za-z0-9_]{0,8}(/[a-z][A-Za-z]{0,5})?", test).prop_filter_map("`not` begins no clause", |(path, test)| {
        let position = 0;
        (path != "not").then_some(Expression::Clause(Clause { position, path, test }))
    })
}

/// Trees in which no member of a conjunction is a conjunction, nor of a disjunction a disjunction.
fn any_expression() -> impl Strategy<Value = Expression> {
    any_clause().prop_recursive(4, 24, 4, |inner| {
        let members = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            members.clone().prop_map(|members| {
                let flat = members.into_iter().flat_map(|member| match member {
                    Expression::And(inner) => inner,
                    other => vec![other],
                });
                Expression::And(flat.collect())
            }),
            members.prop_map(|members| {
                let flat = members.into_iter().flat_map(|member| match member {
                    Expression::Or(inner) => inner,
                    other => vec![other],
                });
                Expression::Or(flat.collect())
            }),
            inner.prop_map(|inner| Expression::Not(Box::new(inner))),
        ]
    })
}

proptest! {
    #[test]
    fn printing_and_parsing_gives_the_same_tree(expression in any_expression()) {
        let text = expression.to_string();
        prop_assume!(text.len() <= FilterLimits::default().bytes);
        let parsed = parse_filter(&text, Dialect::Generic, FilterLimits::default());
        prop_assert_eq!(parsed, Ok(expression), "{}", text);
    }
}

//! The language itself; what it does to Alertmanager's data is compared with the original in the domain's tests.

use proptest::prelude::*;

use super::value::{DICT, VALUES};
use super::*;

fn run(format: Format, text: &str, root: &Value) -> Result<String, String> {
    Set::new(&[]).execute(text, format, root, Timestamp::UNIX_EPOCH)
}

fn text(template: &str) -> Result<String, String> {
    run(Format::Text, template, &Value::text("dot"))
}

fn why(template: &str) -> String {
    text(template).unwrap_err()
}

#[test]
fn a_definition_replaces_another_unless_it_is_empty() {
    let mut set = Set::new(&[]);
    set.add("", r#"{{ define "a" }}1{{ end }}{{ define "b" }}{{ end }}"#).unwrap();
    set.add("x.tmpl", r#"{{ define "a" }} {{ end }}{{ define "b" }}2{{ end }}top"#).unwrap();
    let template = r#"{{ template "a" }}{{ template "b" }}{{ template "x.tmpl" }}"#;
    let found = set.execute(template, Format::Text, &Value::Missing, Timestamp::UNIX_EPOCH);
    assert_eq!(found, Ok("12top".into()));
    assert_eq!(set.names().collect::<Vec<_>>(), ["", "a", "b", "x.tmpl"]);
}

#[test]
fn a_fault_names_the_line() {
    let mut set = Set::new(&[]);
    let fault = set.add("x.tmpl", "a\n{{ if true }}\nb").unwrap_err();
    assert_eq!(fault.to_string(), "template: x.tmpl:3: unexpected EOF");
    let fault = set.check("a\n{{ .b\n\n").unwrap_err();
    assert_eq!(fault.to_string(), "template: :4: unclosed action started at :2");
    set.add("x.tmpl", "{{ define \"x\" }}\n\n  {{ .a.b }}{{ end }}").unwrap();
    let found =
        set.execute("{{ template \"x\" 1 }}", Format::Text, &Value::Missing, Timestamp::UNIX_EPOCH);
    let expected =
        "template: x.tmpl:3:7: executing \"x\" at <.a.b>: can't evaluate field a in type int";
    assert_eq!(found, Err(expected.into()));
}

#[test]
fn output_is_bounded() {
    let found = why("{{ range 100 }}{{ printf \"%900000d\" 1 }}{{ end }}");
    assert!(found.ends_with("the output is longer than 16777216 bytes"), "{found}");
    let found = why(
        "{{ $x := \"xxxxxxxxxxxxxxxx\" }}{{ range 40 }}{{ $x = print $x $x }}{{ end }}{{ len $x }}",
    );
    assert!(found.ends_with("the text is longer than 16777216 bytes"), "{found}");
}

#[test]
fn steps_are_bounded() {
    let found = why("{{ range 1000000000000 }}{{ end }}");
    assert!(found.ends_with("the template takes more than 5000000 steps"), "{found}");
    let found = why("{{ range 3000 }}{{ $x := printf \"%900000d\" 1 }}{{ end }}");
    assert!(found.ends_with("the template takes more than 5000000 steps"), "{found}");
}

#[test]
fn recursion_is_bounded() {
    let found = why(r#"{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}"#);
    assert!(found.ends_with("exceeded maximum template depth (200)"), "{found}");
    let nested = format!("{}1{}", "{{ if true }}".repeat(60), "{{ end }}".repeat(60));
    let inner = format!("{}{{{{ template \"a\" }}}}{}", &nested[..13 * 60], "{{ end }}".repeat(60));
    let found = why(&format!(r#"{{{{ define "a" }}}}{inner}{{{{ end }}}}{{{{ template "a" }}}}"#));
    assert!(found.ends_with("exceeded maximum template depth (200)"), "{found}");
}

#[test]
fn nesting_is_bounded() {
    let blocks = |count| format!("{}{}", "{{ if 1 }}".repeat(count), "{{ end }}".repeat(count));
    assert_eq!(text(&blocks(99)), Ok(String::new()));
    assert!(why(&blocks(101)).ends_with("actions are nested more than 100 deep"));
    let parens = format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(why(&parens).ends_with("actions are nested more than 100 deep"));
    let chain = format!("{{{{ if 0 }}}}{}{{{{ end }}}}", "{{ else if 0 }}".repeat(10_000));
    assert!(why(&chain).ends_with("actions are nested more than 100 deep"));
}

#[test]
fn values_are_nested_only_so_deep() {
    let mut value = Value::Nil;
    for _ in 0..value::DEPTH_MAX {
        value = Value::list(&VALUES, vec![value]).unwrap();
    }
    assert!(run(Format::Text, "{{ . }}", &value).unwrap().starts_with("[[[["));
    let why = Value::list(&VALUES, vec![value]).unwrap_err();
    assert_eq!(why, "values are nested more than 64 deep");
}

#[test]
fn shared_values_print_only_so_much() {
    let mut value = Value::text("x");
    for _ in 0..40 {
        value = Value::list(&VALUES, vec![value.clone(), value]).unwrap();
    }
    assert!(run(Format::Text, "{{ . }}", &value).unwrap_err().contains("longer than"));
}

#[test]
fn patterns_are_compiled_once_and_bounded() {
    let meter = meter::Meter::new();
    assert!(meter.regex("a+(b)", "text").is_ok());
    let why = meter.regex("((a{1000}){1000}){1000}", "").unwrap_err();
    assert!(why.starts_with("regexp: Compile(`((a{1000}){1000}){1000}`)"), "{why}");
    assert!((0..1_000_000).any(|number| meter.regex(&number.to_string(), "").is_err()));
}

#[test]
fn no_value_leaves_its_place_in_a_page() {
    let hostile = "</script><!-- \" ' ` > = a\\ javascript:alert(1) ${x} /*";
    for template in [
        "<p>{{ . }}</p>",
        "<p title=\"{{ . }}\">",
        "<p title='{{ . }}'>",
        "<p title={{ . }}>",
        "<p {{ . }}>",
        "<a href=\"{{ . }}\">",
        "<a href=/x?y={{ . }}>",
        "<script>f({{ . }})</script>",
        "<script>f(\"{{ . }}\", '{{ . }}', `{{ . }}`, /{{ . }}/)</script>",
        "<style>p { color: {{ . }}; x: '{{ . }}' }</style>",
        "<textarea>{{ . }}</textarea>",
        "<!-- {{ . }} --><i onclick=\"f('{{ . }}')\" style=\"x: {{ . }}\">",
    ] {
        let found = run(Format::Html, template, &Value::text(hostile)).unwrap();
        assert!(!found.contains("alert(1)<") && !found.contains("<!--"), "{template}: {found}");
        assert!(!found.replace("\\\"", "").contains("\" '"), "{template}: {found}");
        assert!(!found.contains("href=\"javascript"), "{template}: {found}");
        let (own, all) = (template.matches("</").count(), found.matches("</").count());
        assert_eq!(own, all, "{template}: {found}");
    }
}

#[test]
fn equal_integers_are_equal_whatever_their_type() {
    let dot = Value::map(&DICT, [("n".into(), Value::Int(5, value::Int::Int64))].into()).unwrap();
    let found = run(Format::Text, "{{ eq .n 5 }} {{ lt .n 6 }} {{ .n }} {{ .m }}", &dot);
    assert_eq!(found, Ok("true true 5 <no value>".into()));
}

/// Pieces that templates are made of, so that random texts get past the reader.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "{{",
            "}}",
            "{{-",
            "-}}",
            " ",
            "\n",
            ".",
            "$",
            "$x",
            ":=",
            "=",
            "|",
            "(",
            ")",
            ",",
            "if",
            "else",
            "end",
            "range",
            "with",
            "define",
            "template",
            "block",
            "break",
            "\"a\"",
            "`b`",
            "'c'",
            "1",
            "-2.5",
            "nil",
            "true",
            ".a.b",
            "printf",
            "index",
            "len",
            "eq",
            "lt",
            "slice",
            "print",
            "html",
            "js",
            "and",
            "\"%v %d %[2]*.[1]*f\"",
            "<a href=",
            "\"",
            "<",
            ">",
            "<script>",
            "</script>",
            "<style>",
            "/*",
            "*/",
            "url(",
            "\\",
            "é",
            "{{ . }}",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let template = String::from_utf8_lossy(&bytes);
        let _ = run(Format::Html, &template, &Value::Missing);
        let _ = text(&format!("{{{{ {template} }}}}"));
    }

    #[test]
    fn no_template_makes_it_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        let template = pieces.concat();
        let _ = text(&template);
        let _ = run(Format::Html, &template, &Value::text("<x>\""));
    }

    #[test]
    fn no_format_makes_printf_panic(format in "[%a-z0-9.*#+\\- \\[\\]é]{0,12}", number: i64) {
        let values = [Value::Int(number, value::Int::Int), Value::text("é"), Value::Float(1.5)];
        let _ = crate::fmt::printf(&format, &values, 1 << 20);
    }

    #[test]
    fn no_layout_makes_a_time_panic(layout in "[JanMo0-9:.,Z_ \\-PpTéSW]{0,24}", text in "\\PC{0,24}") {
        use crate::time::{Time, format, parse};
        let _ = format(&Time::utc(Timestamp::UNIX_EPOCH), &layout);
        let _ = parse(&layout, &text);
    }
}

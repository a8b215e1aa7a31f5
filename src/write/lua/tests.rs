//! The text alone; that LuaJIT reads it as the C compiler reads the header is what `tests/e2e/test_lua.py`
//! asks LuaJIT.

use serde_json::json;

use super::*;
use crate::ir::schema;

/// What is written for these declarations, with the defaults of a header's.
fn written(declarations: serde_json::Value) -> Output {
    let mut declarations = declarations;
    for declaration in declarations.as_array_mut().unwrap() {
        declaration["location"] = json!({"file": "a.h", "line": 1, "column": 1});
    }
    let document = json!({
        "schema_version": 1, "path": "a.h", "target": "x86_64-linux-gnu", "declarations": declarations
    });
    let header = schema::from_json(document.to_string().as_bytes()).unwrap();
    write(&header, &Settings { library: vec!["a".into(), "it's \"a\"".into()] })
}

#[test]
fn constants_are_exact_and_keywords_are_quoted() {
    let constant =
        |name: &str, value: serde_json::Value| json!({"kind": "constant", "name": name, "value": value});
    let text = written(json!([
        constant("SMALL", json!({"int": -5})),
        constant("UNSIGNED", json!({"int": 4294967295u32})),
        constant("LOWEST", json!({"int": i64::MIN})),
        constant("LARGEST", json!({"int": u64::MAX})),
        constant("TENTH", json!({"float": 0.1})),
        constant("MAXFLOAT", json!({"float": f64::from(f32::MAX)})),
        constant("TEXT", json!({"string": "a\"\n\u{e9}1"})),
        constant("end", json!({"int": 1})),
    ]))
    .text;
    for line in [
        "M.SMALL = -5",
        "M.UNSIGNED = 4294967295",
        "M.LOWEST = -9223372036854775808LL",
        "M.LARGEST = 18446744073709551615ULL",
        "M.TENTH = 0.1",
        // Stored IR keeps every bit.
        "M.MAXFLOAT = 3.4028234663852886e38",
        "M.TEXT = \"a\\\"\\n\\195\\1691\"",
        "M[\"end\"] = 1",
        "local candidates = {\"a\", \"it's \\\"a\\\"\"}",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in\n{text}");
    }
}

#[test]
fn what_cannot_be_called_is_left_out_and_said() {
    let wide = json!({"kind": "float", "float": "long_double", "size": 16});
    let function = |name: &str, ty: &serde_json::Value| {
        json!({
            "kind": "function", "name": name,
            "type": {"result": {"kind": "void"}, "parameters": [{"name": "x", "type": ty}]},
        })
    };
    let pointer = json!({"kind": "pointer", "to": wide});
    let output = written(json!([function("by_value", &wide), function("by_pointer", &pointer)]));
    assert!(output.text.contains("void by_pointer(struct headerkit_bytes_16_16 *x);"), "{}", output.text);
    assert!(!output.text.contains("by_value"), "{}", output.text);
    let messages: Vec<&str> = output.diagnostics.iter().map(|found| found.message.as_str()).collect();
    assert_eq!(
        messages,
        ["function `by_value` is left out: parameter `x`: LuaJIT cannot pass `long double` by value"]
    );
}

#[test]
fn a_library_needs_a_name() {
    for bad in [json!(""), json!(["a", "x\u{0}"]), json!(3)] {
        let options = Options::from([("library".to_owned(), bad)]);
        assert!(Settings::read(&options).is_err());
    }
}

//! The shipped schema of `[tool.headerkit]` has the options that the writers take.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use headerkit_backend::write::WriterKind;
use serde_json::Value;

#[test]
fn the_schema_has_every_writer_with_its_options() {
    let text = include_str!("../shim/headerkit_backend/schemas/config.schema.json");
    let schema: Value = serde_json::from_str(text).unwrap();
    let writers = schema["definitions"]["writers"]["properties"].as_object().unwrap();
    let names: BTreeSet<&str> = writers.keys().map(String::as_str).collect();
    assert_eq!(names, WriterKind::ALL.map(WriterKind::name).into());
    for kind in WriterKind::ALL {
        let table = &writers[kind.name()];
        // `symbols` is taken from every writer's options before the writer sees them.
        let options = kind.options().iter().chain(&["symbols"]);
        let both = options.flat_map(|option| [option.to_string(), option.replace('_', "-")]);
        let found: BTreeSet<String> = table["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(found, both.collect(), "{}", kind.name());
        assert_eq!(table["additionalProperties"], false, "{}", kind.name());
    }
}

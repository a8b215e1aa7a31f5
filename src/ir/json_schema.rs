//! The JSON Schema of serialized IR, made from its types: the shipped file is exactly what they give.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::schema::{Document, SCHEMA_VERSION};

/// Set to write the file anew.
const UPDATE: &str = "HEADERKIT_UPDATE";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shim/headerkit_backend/schemas/ir.schema.json");

#[test]
fn the_shipped_schema_is_that_of_the_types() {
    let text = format!("{:#}\n", schema());
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let shipped = std::fs::read_to_string(FILE).unwrap().replace("\r\n", "\n");
    assert!(shipped == text, "run `{UPDATE}=1 cargo test --lib json_schema`");
}

fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Document>().to_value();
    tidy(&mut schema);
    let root = schema.as_object_mut().unwrap();
    root.insert(
        "title".into(),
        format!("Serialized IR of headerkit-backend, version {SCHEMA_VERSION}").into(),
    );
    root.insert("unevaluatedProperties".into(), false.into());
    root["properties"]["schema_version"] =
        json!({"description": "Version of this format.", "const": SCHEMA_VERSION});
    schema
}

fn tidy(schema: &mut Value) {
    let Value::Object(object) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(tidy);
        }
        return;
    };
    // Formats such as `uint64` are not those of the standard, and defaults are nothing that is written.
    if object.get("format").is_some_and(Value::is_string) {
        object.remove("format");
    }
    if object.get("type").is_none_or(|ty| ty != "object") || !object.contains_key("properties") {
        object.remove("default");
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        // Links of rustdoc.
        *text = text.replace("[`", "`").replace("`]", "`").replace("`None`", "absent").replace('\n', " ");
    }
    never_null(object);
    close(object);
    object.values_mut().for_each(tidy);
}

/// What may be absent is never null.
fn never_null(object: &mut Map<String, Value>) {
    let required = object.get("required").cloned().unwrap_or_default();
    let is_required =
        |name: &str| required.as_array().is_some_and(|names| names.iter().any(|one| one == name));
    let Some(Value::Object(properties)) = object.get_mut("properties") else { return };
    for (name, property) in properties {
        if is_required(name) {
            continue;
        }
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|ty| ty != "null");
            if let [only] = types.as_slice() {
                property["type"] = only.clone();
            }
        }
    }
}

/// No property that the types do not have. It is said where a value is used, because a definition may also be
/// a part of another one.
fn close(object: &mut Map<String, Value>) {
    let close = |value: &mut Value| {
        let Value::Object(value) = value else { return };
        if ["$ref", "oneOf", "anyOf"].iter().any(|key| value.contains_key(*key)) {
            value.insert("unevaluatedProperties".into(), false.into());
        }
    };
    object.get_mut("items").into_iter().for_each(close);
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.values_mut().for_each(close);
    }
}

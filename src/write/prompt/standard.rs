//! YAML, one section per kind of declaration.

use std::collections::BTreeSet;

use super::{Shape, field_type, quoted, shape, signature, type_text, value_text, visible_fields};
use crate::ir::{ConstantValue, Enum, Header, Record, RecordKind};

/// The sections, in this order.
const SECTIONS: [&str; 9] =
    ["constants", "macros", "enums", "structs", "unions", "typedefs", "callbacks", "functions", "variables"];

pub(super) fn write(header: &Header) -> String {
    let mut sections: [String; SECTIONS.len()] = Default::default();
    let mut deprecated = Vec::new();
    let mut unnamed = 0;
    let mut taken = BTreeSet::new();
    // A tag and a typedef of something without tag may have one name, but a key stands only once.
    let mut unique = |space: &'static str, name: &str| match taken.insert((space, name.to_owned())) {
        true => name.to_owned(),
        false => format!("{name} (typedef)"),
    };
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        let (section, entry) = match shape(&declaration.kind) {
            Shape::Constant(name, value) => ("constants", pair(name, &constant(value))),
            Shape::Macro(name, parameters) => {
                ("macros", pair(name, &quoted(&format!("({})", parameters.join(", ")))))
            }
            Shape::Cxx(cxx) => {
                ("c++", pair(&cxx.qualified_name().unwrap_or_default(), &quoted(cxx.item.noun())))
            }
            Shape::Enum(name, definition) => {
                let name = name.map(str::to_owned).unwrap_or_else(|| {
                    unnamed += 1;
                    format!("(unnamed {unnamed})")
                });
                ("enums", enumeration(&unique("enum", &name), definition))
            }
            Shape::Record(name, record) => {
                let name = unique(record.record.keyword(), name);
                match record.record {
                    RecordKind::Struct => ("structs", record_text(&name, record)),
                    RecordKind::Union => ("unions", record_text(&name, record)),
                }
            }
            Shape::Typedef(name, ty) => ("typedefs", pair(name, &scalar(&type_text(ty)))),
            Shape::Callback(name, function) => ("callbacks", pair(name, &scalar(&signature(function, ": ")))),
            Shape::Function(name, function) => ("functions", pair(name, &scalar(&signature(function, ": ")))),
            Shape::Variable(name, ty) => ("variables", pair(name, &scalar(&type_text(ty)))),
        };
        if let (true, Some(name)) = (declaration.deprecated, declaration.name()) {
            deprecated.push(format!("  - {}\n", scalar(name)));
        }
        if let Some(index) = SECTIONS.iter().position(|name| *name == section) {
            sections[index].push_str(&entry);
        }
    }
    let mut text = format!("header: {}\n", scalar(&header.path));
    for (name, section) in SECTIONS.iter().zip(&sections).filter(|(_, section)| !section.is_empty()) {
        text.push_str(&format!("{name}:\n{section}"));
    }
    if !deprecated.is_empty() {
        text.push_str(&format!("deprecated:\n{}", deprecated.concat()));
    }
    text
}

fn pair(name: &str, value: &str) -> String {
    format!("  {}: {value}\n", scalar(name))
}

fn enumeration(name: &str, definition: &Enum) -> String {
    if definition.constants.is_empty() {
        return pair(name, if definition.incomplete { "opaque" } else { "{}" });
    }
    let constants = definition.constants.iter();
    let lines: String =
        constants.map(|constant| format!("    {}: {}\n", scalar(&constant.name), constant.value)).collect();
    format!("  {}:\n{lines}", scalar(name))
}

/// Fields are a list, because those of anonymous members have no name that could be a key.
fn record_text(name: &str, record: &Record) -> String {
    let Some(layout) = record.layout else { return pair(name, "opaque") };
    let mut text = format!("  {}:\n    size: {}\n", scalar(name), layout.size);
    if record.packed {
        text.push_str("    packed: true\n");
    }
    let lines: String = visible_fields(record)
        .map(|field| {
            let name = field.name.as_deref().unwrap_or("(anonymous)");
            format!("      - {}: {}\n", scalar(name), scalar(&field_type(field)))
        })
        .collect();
    if !lines.is_empty() {
        text.push_str(&format!("    fields:\n{lines}"));
    }
    text
}

fn constant(value: &ConstantValue) -> String {
    let text = value_text(value);
    match (value, text.split_once('e')) {
        // YAML 1.1 reads an exponent only after a point and with a sign.
        (ConstantValue::Float(_), Some((mantissa, exponent))) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with('-') { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
        _ => text,
    }
}

/// A plain scalar where YAML (1.1 and 1.2) takes it for a string, else a quoted one.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '*' | '/' | '.'));
    if starts && plain && !WORDS.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

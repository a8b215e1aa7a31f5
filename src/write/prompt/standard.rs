//! YAML, one section per kind of declaration.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Shape, field_type, full_name_of, quoted, shape, signature, type_text, value_text, visible_fields,
};
use crate::ir::{
    Access, Class, ConstantValue, Cxx, CxxEnum, CxxItem, Enum, Header, Member, Record, RecordKind,
};
use crate::write::cxx::{self, Members, full_name};
use crate::write::declarator::spelling;

/// The sections, in this order.
const SECTIONS: [&str; 11] = [
    "constants",
    "macros",
    "enums",
    "structs",
    "unions",
    "classes",
    "typedefs",
    "callbacks",
    "functions",
    "variables",
    "using",
];

pub(super) fn write(header: &Header) -> String {
    let mut sections: [String; SECTIONS.len()] = Default::default();
    let mut deprecated = Vec::new();
    let mut unnamed = 0;
    let mut taken = BTreeSet::new();
    let (mut functions, mut usings) = (Overloads::default(), Overloads::default());
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
                let name = full_name(cxx).unwrap_or_else(|| {
                    unnamed += 1;
                    format!("(unnamed {unnamed})")
                });
                match &cxx.item {
                    CxxItem::Function(_) => {
                        functions.add(&cxx.qualified_name().unwrap_or_default(), text_of(cxx))
                    }
                    CxxItem::Using(using) => usings.add(&name, scalar(&using.target)),
                    _ => {}
                }
                match &cxx.item {
                    CxxItem::Enum(definition) => {
                        ("enums", cxx_enumeration(&unique("enum", &name), cxx, definition))
                    }
                    CxxItem::Class(class) => ("classes", class_text(&name, cxx, class)),
                    CxxItem::Typedef(typedef) if cxx.template.is_none() => {
                        ("typedefs", pair(&name, &scalar(&spelling(&typedef.ty))))
                    }
                    CxxItem::Typedef(_) => ("typedefs", pair(&name, &text_of(cxx))),
                    CxxItem::Variable(_) | CxxItem::Field(_) => ("variables", pair(&name, &text_of(cxx))),
                    CxxItem::Function(_) | CxxItem::Using(_) => ("", String::new()),
                }
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
            Shape::Function(name, function) => {
                functions.add(name, scalar(&signature(function, ": ")));
                ("", String::new())
            }
            Shape::Variable(name, ty) => ("variables", pair(name, &scalar(&type_text(ty)))),
        };
        if let (true, Some(name)) = (declaration.deprecated, full_name_of(declaration)) {
            deprecated.push(format!("  - {}\n", scalar(&name)));
        }
        if let Some(index) = SECTIONS.iter().position(|name| *name == section) {
            sections[index].push_str(&entry);
        }
    }
    let mut text = format!("header: {}\n", scalar(&header.path));
    for (name, overloads) in [("functions", functions), ("using", usings)] {
        if let Some(index) = SECTIONS.iter().position(|section| *section == name) {
            sections[index] = overloads.text();
        }
    }
    for (name, section) in SECTIONS.iter().zip(&sections).filter(|(_, section)| !section.is_empty()) {
        text.push_str(&format!("{name}:\n{section}"));
    }
    if !deprecated.is_empty() {
        text.push_str(&format!("deprecated:\n{}", deprecated.concat()));
    }
    text
}

/// The texts for each of several names, in the order in which the names come first.
#[derive(Default)]
struct Overloads {
    positions: BTreeMap<String, usize>,
    entries: Vec<(String, Vec<String>)>,
}

impl Overloads {
    fn add(&mut self, name: &str, text: String) {
        let position = *self.positions.entry(name.to_owned()).or_insert(self.entries.len());
        match self.entries.get_mut(position) {
            Some((_, texts)) => texts.push(text),
            None => self.entries.push((name.to_owned(), vec![text])),
        }
    }

    /// A scalar for one text, else a list.
    fn text(&self) -> String {
        let entry = |(name, texts): &(String, Vec<String>)| match texts.as_slice() {
            [text] => pair(name, text),
            texts => {
                let lines: String = texts.iter().map(|text| format!("    - {text}\n")).collect();
                format!("  {}:\n{lines}", scalar(name))
            }
        };
        self.entries.iter().map(entry).collect()
    }
}

/// The C++ declaration as a scalar.
fn text_of(cxx: &Cxx) -> String {
    let name = cxx.qualified_name().unwrap_or_default();
    scalar(&cxx::declaration(cxx, &name, Members::Public))
}

/// Constants are named as programs name them.
fn cxx_enumeration(name: &str, cxx: &Cxx, definition: &CxxEnum) -> String {
    let own = definition.definition.name.iter().filter(|_| definition.scoped);
    let scope: String = cxx.namespace.iter().chain(own).map(|part| format!("{part}::")).collect();
    let mut named = definition.definition.clone();
    for constant in &mut named.constants {
        constant.name = format!("{scope}{}", constant.name);
    }
    enumeration(name, &named)
}

/// What a class declares itself, then the public members as C++, which classes inside have in braces.
fn class_text(name: &str, cxx: &Cxx, class: &Class) -> String {
    if class.incomplete {
        return pair(name, "opaque");
    }
    let head = cxx::declaration(cxx, &cxx.qualified_name().unwrap_or_default(), Members::None);
    let mut text = format!("  {}:\n    declaration: {}\n", scalar(name), scalar(&head));
    if let Some(layout) = class.layout {
        text.push_str(&format!("    size: {}\n", layout.size));
    }
    if class.is_abstract {
        text.push_str("    abstract: true\n");
    }
    let public = |member: &&Member| member.access == Access::Public;
    let line = |member| format!("      - {}\n", scalar(&cxx::member(member, Members::Public)));
    let lines: String = class.members.iter().filter(public).map(line).collect();
    if !lines.is_empty() {
        text.push_str(&format!("    members:\n{lines}"));
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

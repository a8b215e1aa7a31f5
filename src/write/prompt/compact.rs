//! One line per declaration.

use super::{Shape, fields, keyword, shape, signature, type_text, value_text};
use crate::ir::{CxxItem, Enum, Header};
use crate::write::cxx::{self, Members};

pub(super) fn write(header: &Header) -> String {
    let mut text = format!("// {}\n", header.path);
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        text.push_str(&line(shape(&declaration.kind)));
        if declaration.deprecated {
            text.push_str(" [deprecated]");
        }
        text.push('\n');
    }
    text
}

fn line(shape: Shape) -> String {
    match shape {
        Shape::Record(name, record) if record.layout.is_none() => {
            format!("{} {name} (opaque)", keyword(record.record))
        }
        Shape::Record(name, record) => {
            let packed = if record.packed { " [packed]" } else { "" };
            format!("{} {name} {}{packed}", keyword(record.record), fields(record))
        }
        Shape::Enum(name, definition) => match name {
            Some(name) => format!("ENUM {name}: {}", constants(definition)),
            None => format!("ENUM: {}", constants(definition)),
        },
        Shape::Typedef(name, ty) => format!("TYPEDEF {name} = {}", type_text(ty)),
        Shape::Callback(name, function) => format!("CALLBACK {name}{}", signature(function, ":")),
        Shape::Function(name, function) => format!("FUNC {name}{}", signature(function, ":")),
        Shape::Variable(name, ty) => format!("VAR {name}:{}", type_text(ty)),
        Shape::Constant(name, value) => format!("CONST {name}={}", value_text(value)),
        Shape::Macro(name, parameters) => format!("MACRO {name}({})", parameters.join(", ")),
        // Plain C++, because its declarations say more than a short form could.
        Shape::Cxx(cxx) => match (cxx.qualified_name(), &cxx.item) {
            (Some(name), item) if !matches!(item, CxxItem::Using(_)) => {
                cxx::declaration(cxx, &name, Members::Public)
            }
            _ if cxx.namespace.is_empty() => cxx::declaration(cxx, "", Members::Public),
            _ => {
                let text = cxx::declaration(cxx, "", Members::Public);
                format!("namespace {} {{ {text}; }}", cxx.namespace.join("::"))
            }
        },
    }
}

fn constants(definition: &Enum) -> String {
    if definition.incomplete {
        return "(opaque)".into();
    }
    let constants: Vec<String> =
        definition.constants.iter().map(|constant| format!("{}={}", constant.name, constant.value)).collect();
    constants.join(", ")
}

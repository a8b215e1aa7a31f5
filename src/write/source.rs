//! A declaration as C or C++ source, for people to read.

use super::cxx::{self, Members};
use super::declarator::Text;
use crate::ir::{DeclarationKind, QualType};

/// The declaration; an unnamed record or enum is written in place.
pub fn declaration(kind: &DeclarationKind) -> String {
    let mut text = Text::default();
    match kind {
        DeclarationKind::Record(record) => text.record(record),
        DeclarationKind::Enum(definition) => text.enumeration(definition),
        DeclarationKind::Typedef(typedef) => {
            text.text.push_str("typedef ");
            text.declare(&typedef.ty, &typedef.name);
        }
        DeclarationKind::Function(function) => text.declare_function(&function.name, &function.ty),
        DeclarationKind::Variable(variable) => text.declare(&variable.ty, &variable.name),
        DeclarationKind::Constant(constant) => {
            return format!("#define {} {}", constant.name, cxx::value(&constant.value));
        }
        DeclarationKind::MacroFunction(function) => {
            return format!("#define {}({})", function.name, function.parameters.join(", "));
        }
        DeclarationKind::Cxx(found) => {
            let name = cxx::full_name(found).unwrap_or_default();
            text.text = cxx::declaration(found, &name, Members::Public);
        }
    }
    text.text.push(';');
    text.text
}

/// A member of type `ty`, without the semicolon.
pub fn member(ty: &QualType, name: &str, bit_width: Option<u32>) -> String {
    let mut text = Text::default();
    text.declare(ty, name);
    if let Some(width) = bit_width {
        text.text.push_str(&format!(" : {width}"));
    }
    text.text
}

//! The declarations of a module and their C text.

use crate::ir::{Enum, FunctionType, Layout, QualType, Record, Type};
use crate::write::declarator::Text;
use crate::write::order::Mentions;
use crate::write::symbols::Symbols;

use super::{names, records};

/// A declaration as LuaJIT can say it.
#[derive(Debug)]
pub(super) enum Statement<'a> {
    Record(Record),
    Enum(Enum),
    Typedef { name: String, ty: QualType, align: Option<u64> },
    Function { name: &'a str, symbol: Option<String>, ty: FunctionType },
    Variable { name: &'a str, symbol: Option<String>, ty: QualType },
}

impl Statement<'_> {
    /// What it mentions.
    pub(super) fn mentions(&self, symbols: &Symbols) -> Mentions {
        match self {
            Statement::Record(record) => {
                Mentions::of_values(record.fields.iter().map(|field| &field.ty), symbols)
            }
            Statement::Enum(_) => Mentions::default(),
            Statement::Typedef { ty, .. } => Mentions::of_typedef(ty, symbols),
            Statement::Function { ty, .. } => {
                let parameters = ty.parameters.iter().map(|parameter| &parameter.ty);
                Mentions::of_values(std::iter::once(&*ty.result).chain(parameters), symbols)
            }
            Statement::Variable { ty, .. } => Mentions::of_values([ty], symbols),
        }
    }

    /// Its text with semicolon and newline.
    pub(super) fn text(&self) -> String {
        let mut out = Text::with_attributes(records::attributes);
        match self {
            Statement::Record(record) => out.record(record),
            Statement::Enum(definition) => out.enumeration(definition),
            Statement::Typedef { name, ty, align } => {
                out.text.push_str("typedef ");
                out.declare(ty, name);
                if let Some(align) = align {
                    out.text.push_str(&format!(" __attribute__((aligned({align})))"));
                }
            }
            Statement::Function { name, symbol, ty } => {
                out.declare_function(&names::readable(name), ty);
                out.text.push_str(&label(symbol));
            }
            Statement::Variable { name, symbol, ty } => {
                out.text.push_str("extern ");
                out.declare(ty, &names::readable(name));
                out.text.push_str(&label(symbol));
            }
        }
        out.text.push_str(";\n");
        out.text
    }

    /// The type that it defines, as C spells it, if declaring it twice would be an error or a new type.
    pub(super) fn defines(&self) -> Option<String> {
        match self {
            Statement::Record(Record { record, name: Some(name), layout: Some(_), .. }) => {
                Some(format!("{} {name}", record.keyword()))
            }
            Statement::Enum(Enum { name: Some(name), .. }) => Some(format!("enum {name}")),
            // LuaJIT refuses a second `typedef _Bool`.
            Statement::Typedef {
                name,
                ty: QualType { ty: Type::InlineRecord { .. } | Type::InlineEnum { .. } | Type::Bool, .. },
                ..
            } => Some(name.clone()),
            _ => None,
        }
    }

    /// The enum that it defines.
    pub(super) fn enumeration(&self) -> Option<&Enum> {
        match self {
            Statement::Enum(definition) => Some(definition),
            Statement::Typedef { ty: QualType { ty: Type::InlineEnum { definition }, .. }, .. } => {
                Some(definition)
            }
            _ => None,
        }
    }

    /// Size and alignment in bytes of the type that it defines, an enum's aside.
    pub(super) fn layout(&self) -> Option<Layout> {
        match self {
            Statement::Typedef { ty: QualType { ty: Type::Bool, .. }, .. } => {
                Some(Layout { size: 1, align: 1 })
            }
            Statement::Typedef { align, .. } => {
                let layout = self.record()?.layout?;
                Some(Layout { align: align.unwrap_or(layout.align), ..layout })
            }
            _ => self.record()?.layout,
        }
    }

    /// The record that it defines.
    pub(super) fn record(&self) -> Option<&Record> {
        match self {
            Statement::Record(record) => Some(record),
            Statement::Typedef { ty: QualType { ty: Type::InlineRecord { definition }, .. }, .. } => {
                Some(definition)
            }
            _ => None,
        }
    }
}

fn label(symbol: &Option<String>) -> String {
    match symbol {
        Some(symbol) => format!(" __asm__(\"{}\")", symbol.replace('\\', "\\\\").replace('"', "\\\"")),
        None => String::new(),
    }
}

//! How a record lies in memory: its members and what lies between them. Offsets and widths in bits.

use crate::ir::{Class, ClassKind, CxxItem, DeclarationKind, Field, Layout, Record, RecordKind, Type};
use crate::write::source;

/// A record as it lies in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub layout: Layout,
    pub is_union: bool,
    pub parts: Vec<Part>,
}

/// A stretch of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub kind: PartKind,
    /// The name; empty for padding and anonymous members.
    pub name: String,
    /// The member as C declares it, or what else this is.
    pub text: String,
    /// From the start of the record.
    pub offset: u64,
    pub width: u64,
    /// What is inside a record without tag.
    pub inside: Option<Box<Shape>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    Field,
    BitField,
    Padding,
}

/// The shape of what a declaration lays out, and its name; `None` if that is nothing.
pub(super) fn of(kind: &DeclarationKind) -> Option<(String, Shape)> {
    match kind {
        DeclarationKind::Record(record) => {
            let name = record.name.as_deref().unwrap_or_default();
            Some((format!("{} {name}", record.record.keyword()), record_shape(record)?))
        }
        DeclarationKind::Typedef(typedef) => match &typedef.ty.ty {
            Type::InlineRecord { definition } => Some((typedef.name.clone(), record_shape(definition)?)),
            _ => None,
        },
        DeclarationKind::Cxx(cxx) => match &cxx.item {
            CxxItem::Class(class) => {
                let name = format!("{} {}", class.class.keyword(), cxx.qualified_name()?);
                Some((name, class_shape(class)?))
            }
            _ => None,
        },
        _ => None,
    }
}

fn record_shape(record: &Record) -> Option<Shape> {
    let is_union = record.record == RecordKind::Union;
    Some(shape(record.layout?, is_union, record.fields.iter(), "padding"))
}

fn class_shape(class: &Class) -> Option<Shape> {
    let fields = class.members.iter().filter_map(|member| match &member.item {
        CxxItem::Field(field) => Some(field),
        _ => None,
    });
    // Bases and pointers to tables of virtual functions are no members.
    Some(shape(class.layout?, class.class == ClassKind::Union, fields, "no member"))
}

fn shape<'f>(
    layout: Layout,
    is_union: bool,
    fields: impl Iterator<Item = &'f Field>,
    between: &str,
) -> Shape {
    let mut parts = Vec::new();
    let mut end = 0;
    let mut fields: Vec<&Field> = fields.collect();
    fields.sort_by_key(|field| field.offset_bits);
    for field in fields {
        // Unnamed bit-fields are nothing but padding.
        if field.name.is_none() && field.bit_width.is_some() {
            continue;
        }
        if !is_union && field.offset_bits > end {
            parts.push(padding(between, end, field.offset_bits));
        }
        let part = part(field);
        end = end.max(part.offset.saturating_add(part.width));
        parts.push(part);
    }
    let size = layout.size.saturating_mul(8);
    if size > end && !is_union {
        parts.push(padding(between, end, size));
    }
    Shape { layout, is_union, parts }
}

fn padding(text: &str, start: u64, end: u64) -> Part {
    Part {
        kind: PartKind::Padding,
        name: String::new(),
        text: text.into(),
        offset: start,
        width: end - start,
        inside: None,
    }
}

fn part(field: &Field) -> Part {
    let name = field.name.clone().unwrap_or_default();
    let (text, inside) = match &field.ty.ty {
        Type::InlineRecord { definition } => {
            let text = format!("{} {{ … }} {name}", definition.record.keyword());
            (text.trim_end().to_owned(), record_shape(definition).map(Box::new))
        }
        _ => (source::member(&field.ty, &name, field.bit_width), None),
    };
    Part {
        kind: if field.bit_width.is_some() { PartKind::BitField } else { PartKind::Field },
        name,
        text,
        offset: field.offset_bits,
        width: field.bit_width.map_or(field.size.saturating_mul(8), u64::from),
        inside,
    }
}

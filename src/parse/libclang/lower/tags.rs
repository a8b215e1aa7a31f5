//! Records and enums.

use super::types::layout;
use super::{Key, Lowerer, Named};
use crate::ir::{DeclarationKind, Enum, EnumConstant, Field, Record, RecordKind, Type};
use crate::parse::libclang::enums::Representation;
use crate::parse::libclang::ffi::{Cursor, CursorKind, Tag, Type as ClangType};

impl<'u> Lowerer<'_, 'u> {
    /// A struct, union or enum type where it is used.
    pub(super) fn tag_type(&mut self, ty: ClangType<'u>) -> Type {
        if self.cxx
            && let Some(named) = self.cxx_tag_type(ty)
        {
            return named;
        }
        let Named { cursor: definition, tag, is_builtin } = self.tag_named(ty.declaration());
        let is_enum = definition.kind() == CursorKind::Enum;
        let name = match tag {
            Tag::Name(name) => name,
            Tag::Typedef(name) => {
                // The typedef that names it declares it.
                let Some(cursor) = self.typedef_named(&name) else { return self.inline(definition) };
                self.require(cursor);
                return Type::Typedef { name };
            }
            Tag::Unnamed => return self.inline(definition),
        };
        if is_builtin {
            return match self.va_list {
                Some(layout) if name.starts_with("__va_list") => Type::VaList { layout },
                _ => self.opaque(ty),
            };
        }
        self.require(definition);
        if is_enum { Type::Enum { name } } else { Type::Record { record: record_kind(definition), name } }
    }

    fn tag_named(&mut self, declaration: Cursor<'u>) -> Named<'u> {
        if let Some(known) = self.named.get(&declaration.id()) {
            return known.clone();
        }
        let cursor = declaration.definition().unwrap_or_else(|| declaration.canonical());
        let named = Named { cursor, tag: self.tag_of(cursor), is_builtin: cursor.file().is_none() };
        self.named.insert(declaration.id(), named.clone());
        named
    }

    /// A tag without name, written where it is used. An enum's constants may be written only once.
    pub(super) fn inline(&mut self, definition: Cursor<'u>) -> Type {
        let seen = !self.inlined.insert(definition.id());
        if definition.kind() != CursorKind::Enum {
            return Type::InlineRecord { definition: Box::new(self.record(definition, None)) };
        }
        let lowered = self.enumeration(definition, None);
        if seen {
            return Type::Int { int: lowered.underlying, size: lowered.size };
        }
        Type::InlineEnum { definition: Box::new(lowered) }
    }

    /// The tag of a definition, asked once.
    pub(super) fn tag_of(&mut self, cursor: Cursor<'u>) -> Tag {
        self.tags
            .entry(cursor.id())
            .or_insert_with(|| if self.cxx { cursor.cxx_tag() } else { cursor.tag() })
            .clone()
    }

    /// A struct, union or enum at top level that is in scope.
    pub(super) fn bind_tag(&mut self, cursor: Cursor<'u>) {
        let definition = cursor.definition();
        match definition {
            // The declaration comes with its definition, or it is only a name from elsewhere.
            Some(definition) if definition.id() != cursor.id() => {}
            _ => match self.tag_of(cursor) {
                Tag::Name(_) => self.require(definition.unwrap_or_else(|| cursor.canonical())),
                Tag::Unnamed if cursor.kind() == CursorKind::Enum => self.unnamed_enum(cursor),
                _ => {}
            },
        }
    }

    /// An enum without tag; it is dropped again if something writes it inline.
    pub(super) fn unnamed_enum(&mut self, cursor: Cursor<'u>) {
        let lowered = self.enumeration(cursor, None);
        self.store(Key::Unnamed(cursor.id()), cursor, DeclarationKind::Enum(lowered), true);
    }

    /// A struct, union or enum with a tag.
    pub(super) fn tag(&mut self, cursor: Cursor<'u>, bound: bool) {
        let Tag::Name(name) = self.tag_of(cursor) else { return };
        let key = Key::Tag(name.clone());
        if cursor.kind() == CursorKind::Enum {
            let lowered = self.enumeration(cursor, Some(name));
            return self.store(key, cursor, DeclarationKind::Enum(lowered), bound);
        }
        let record = self.record(cursor, Some(name));
        let known = self.lowered.get(&key).map(|known| &known.kind);
        let is_worse = matches!(known, Some(DeclarationKind::Record(known)) if known.layout.is_some());
        if record.layout.is_some() || !is_worse {
            self.store(key, cursor, DeclarationKind::Record(record), bound);
        }
    }

    pub(super) fn record(&mut self, cursor: Cursor<'u>, name: Option<String>) -> Record {
        let ty = cursor.ty();
        let record = record_kind(cursor);
        let layout = layout(ty).filter(|_| cursor.is_definition());
        if layout.is_none() {
            return Record { record, name, layout, packed: false, fields: Vec::new() };
        }
        let mut fields: Vec<Field> = Vec::new();
        for field in ty.fields() {
            let lowered = self.field(field, record, fields.last());
            fields.push(lowered);
        }
        let mut packed = false;
        for child in cursor.children() {
            match child.kind() {
                CursorKind::PackedAttribute => packed = true,
                CursorKind::Struct | CursorKind::Union | CursorKind::Enum => self.nested_tag(child),
                _ => {}
            }
        }
        Record { record, name, layout, packed, fields }
    }

    /// A tag that is declared inside a record belongs to the file scope in C.
    fn nested_tag(&mut self, child: Cursor<'u>) {
        if !child.is_definition() || !self.files.binds(child.file()) {
            return;
        }
        match self.tag_of(child) {
            Tag::Name(_) => self.require(child),
            Tag::Unnamed if child.kind() == CursorKind::Enum && !self.inlined.contains(&child.id()) => {
                self.unnamed_enum(child);
            }
            _ => {}
        }
    }

    pub(super) fn field(&mut self, cursor: Cursor<'u>, record: RecordKind, last: Option<&Field>) -> Field {
        let ty = cursor.ty();
        let layout = self.layout(ty);
        let align = layout.map(|layout| layout.align);
        let align = align.or_else(|| ty.align()).or_else(|| ty.element().align()).unwrap_or(1);
        let mut lowered = self.ty(ty);
        self.name_parameters(cursor, &mut lowered);
        // Members of anonymous records are found through them; clang knows no offset for some of these.
        let offset_bits = match (record, last) {
            (RecordKind::Struct, Some(last)) => cursor.field_offset().unwrap_or_else(|| {
                let end = last.offset_bits + last.bit_width.map_or(last.size * 8, u64::from);
                end.next_multiple_of(align * 8)
            }),
            // A pointer to a record points to its first member, and to every one of a union (C11 6.7.2.1p15).
            _ => 0,
        };
        let may_ask_width = self.parameters.is_empty() || cursor.has_plain_width();
        Field {
            name: Some(cursor.spelling()).filter(|name| is_identifier(name)),
            ty: lowered,
            offset_bits,
            bit_width: may_ask_width.then(|| cursor.bit_width()).flatten(),
            size: layout.map(|layout| layout.size).or_else(|| ty.size()).unwrap_or(0),
            align,
            is_mutable: cursor.is_mutable(),
        }
    }

    pub(super) fn enumeration(&mut self, cursor: Cursor<'u>, name: Option<String>) -> Enum {
        let representation = Representation::of(cursor, self.enums_are_int);
        if self.enums_are_int && representation.size > 4 {
            let what =
                name.as_ref().map_or_else(|| "an unnamed enum".to_owned(), |name| format!("enum `{name}`"));
            self.warn(format!(
                "{what} has constants beyond 32 bits: Microsoft's compiler cuts them off, here they and what holds it are as \
                 mingw's has them"
            ));
        }
        let constant =
            |child: Cursor<'u>| EnumConstant { name: child.spelling(), value: representation.value(child) };
        let is_constant = |child: &Cursor<'u>| child.kind() == CursorKind::EnumConstant;
        Enum {
            name,
            underlying: representation.kind,
            size: representation.size,
            incomplete: !cursor.is_definition(),
            constants: cursor.children().into_iter().filter(is_constant).map(constant).collect(),
        }
    }
}

fn record_kind(cursor: Cursor<'_>) -> RecordKind {
    if cursor.kind() == CursorKind::Union { RecordKind::Union } else { RecordKind::Struct }
}

/// Whether clang's spelling is a name and not its description of an unnamed thing.
fn is_identifier(name: &str) -> bool {
    !name.is_empty() && !name.bytes().any(|byte| matches!(byte, b' ' | b'('))
}

//! Records of API mode: exact where cffi computes the layout that was recorded, otherwise left open with
//! `...`, so that the compiler says where their members lie.
//!
//! Of its own accord cffi does three things there: it takes the members of anonymous records for those of
//! the record around them, it has no bit-fields in an open record, and it opens what holds an open struct,
//! which an unnamed record must not be.

use std::borrow::Cow;

use super::layout::{Cursor, Member};
use super::records::{Said, rebuilt};
use super::types::{Types, Unsayable};
use crate::ir::{DeclarationKind, Field, Header, QualType, Record, RecordKind, Type, Typedef};
use crate::write::symbols::{Name, Symbols};
use rustc_hash::FxHashSet;

impl<'a> Types<'a> {
    /// The record as API mode takes it, and whether the compiler says its layout. What is foreign and nothing holds by
    /// value (`is_apart`) is left open, so that the module can be built with another C library.
    pub(super) fn layout_open(
        &mut self,
        record: &'a Record,
        is_bound: bool,
        is_apart: bool,
    ) -> Option<(Cow<'a, Record>, bool)> {
        let recorded = record.layout?;
        let before = self.notes.len();
        let has_private = self.has_private(record);
        if !is_bound && (has_private || (is_apart && !has_bits(record))) {
            let mut fields = Vec::new();
            self.take_members(record, 0, &mut fields);
            fields.retain(|field| !self.is_private(field));
            let note =
                "members whose names begin with `__` are left out: macros of `Python.h` may rename them";
            self.notes.extend(has_private.then(|| note.into()));
            return Some((Cow::Owned(rebuilt(record, fields, recorded)), true));
        }
        let members: Vec<_> = (0..record.fields.len()).map(|index| self.say_open(record, index)).collect();
        let is_clean =
            self.notes.len() == before && members.iter().flatten().all(|said| !self.is_open(&said.ty));
        if is_clean
            && let Some(unchanged) = self.as_they_are(record, &members)
            && self.has_flat_types(&unchanged)
            && (!has_inner_bits(record) || self.is_flat(&unchanged))
        {
            return Some((unchanged, false));
        }
        self.notes.truncate(before);
        drop(members);
        let mut fields = Vec::new();
        self.take_members(record, 0, &mut fields);
        Some((Cow::Owned(rebuilt(record, fields, recorded)), true))
    }

    /// Whether a system header keeps the member to itself. Its name may hang on macros that `Python.h` defines:
    /// `fds_bits` of `fd_set` is `__fds_bits` without `_XOPEN_SOURCE`. A record has members that are public.
    fn is_private(&self, field: &Field) -> bool {
        field.name.as_deref().is_some_and(|name| name.starts_with("__"))
            && self.symbols.as_record(&field.ty.ty).is_none()
    }

    fn has_private(&self, record: &Record) -> bool {
        record.fields.iter().any(|field| match (&field.name, &field.ty.ty) {
            (None, Type::InlineRecord { definition }) => self.has_private(definition),
            _ => self.is_private(field),
        })
    }

    fn say_open(&mut self, record: &'a Record, index: usize) -> Result<Said<'a>, Unsayable> {
        let said = self.say_field(record, index, &record.fields[index])?;
        match (&said.recorded.name, inline_record(&said.ty)) {
            (Some(_), Some(inner)) if !self.is_flat(inner) => {
                Err(Unsayable("API mode would lay its unnamed type out differently".into()))
            }
            _ => Ok(said),
        }
    }

    /// The members that API mode can say, those of anonymous records among them; `base` is where the record
    /// begins, in bits.
    fn take_members(&mut self, record: &'a Record, base: u64, fields: &mut Vec<Field>) {
        for (index, field) in record.fields.iter().enumerate() {
            let Some(name) = &field.name else {
                if let (None, Type::InlineRecord { definition }) = (field.bit_width, &field.ty.ty) {
                    self.take_members(definition, base + field.offset_bits, fields);
                }
                continue;
            };
            if field.bit_width.is_some() {
                self.notes.push(format!("bit-field `{name}` is left out: cffi has none beside its `...`"));
                continue;
            }
            match self.say_open(record, index) {
                Ok(said) => {
                    let field = said.field();
                    fields.push(Field { offset_bits: base + field.offset_bits, ..field });
                }
                Err(problem) => self.notes.push(format!("field `{name}` is left out: {}", problem.0)),
            }
        }
    }

    /// Whether cffi gives their layouts to the unnamed types of the members, those of anonymous records among them.
    fn has_flat_types(&mut self, record: &Record) -> bool {
        record.fields.iter().all(|field| match (&field.name, inline_record(&field.ty)) {
            (Some(_), Some(inner)) => self.is_flat(inner),
            (None, Some(anonymous)) => self.has_flat_types(anonymous),
            (_, None) => true,
        })
    }

    /// Whether cffi gives the record its layout though it takes anonymous members apart and no compiler helps.
    fn is_flat(&mut self, record: &Record) -> bool {
        let mut cursor = Cursor::new(self.platform, record.record == RecordKind::Union);
        self.place_flat(record, 0, &mut cursor) && cursor.finish() == record.layout
    }

    fn place_flat(&mut self, record: &Record, base: u64, cursor: &mut Cursor) -> bool {
        record.fields.iter().all(|field| {
            let offset = base + field.offset_bits;
            match (&field.name, field.bit_width, &field.ty.ty) {
                (None, None, Type::InlineRecord { definition }) => {
                    self.place_flat(definition, offset, cursor)
                }
                (name, bits, ty) => {
                    let is_inner_wrong = inline_record(&field.ty).is_some_and(|inner| !self.is_flat(inner));
                    let Some(layout) =
                        self.layout(ty).filter(|_| !is_inner_wrong && !self.is_open(&field.ty))
                    else {
                        return false;
                    };
                    let member = Member { layout, bits: bits.map(u64::from), named: name.is_some() };
                    let is_padding = bits.is_some() && name.is_none();
                    cursor.place(member).is_some_and(|placed| is_padding || placed == offset)
                }
            }
        })
    }

    /// Whether it is, or an unnamed one holds, a struct that is left open.
    fn is_open(&mut self, ty: &QualType) -> bool {
        match &ty.ty {
            Type::Record { record: RecordKind::Struct, name } => {
                self.record(RecordKind::Struct, name).is_some_and(|written| written.partial)
            }
            Type::Typedef { name } if !self.is_known(name) => match self.typedef_written(name) {
                Ok(written) => {
                    // cffi knows the size of an open enum or integer where it needs it, and an open union opens nothing.
                    let is_struct =
                        inline_record(&written.what).is_some_and(|of| of.record == RecordKind::Struct);
                    (written.partial && is_struct) || self.is_open(&written.what)
                }
                Err(_) => false,
            },
            Type::InlineRecord { definition } => {
                definition.fields.iter().any(|field| self.is_open(&field.ty))
            }
            _ => false,
        }
    }
}

/// The unnamed record that is, or is the element of, a type.
fn inline_record(ty: &QualType) -> Option<&Record> {
    match &ty.ty {
        Type::InlineRecord { definition } => Some(definition),
        Type::Array { of, .. } => inline_record(of),
        _ => None,
    }
}

/// Whether a record or an anonymous member of it has bit-fields.
fn has_bits(record: &Record) -> bool {
    record.fields.iter().any(|field| field.bit_width.is_some()) || has_inner_bits(record)
}

/// The records that others hold by value, by position in the header.
pub(super) fn embedded(header: &Header, symbols: &Symbols) -> FxHashSet<usize> {
    fn take(record: &Record, symbols: &Symbols, found: &mut FxHashSet<usize>) {
        for field in &record.fields {
            let mut ty = symbols.canonical(&field.ty.ty);
            while let Type::Array { of, .. } = ty {
                ty = symbols.canonical(&of.ty);
            }
            match ty {
                Type::Record { record, name } => {
                    found.extend(symbols.position(Name::Record(*record, name)));
                }
                Type::InlineRecord { definition } => take(definition, symbols, found),
                _ => {}
            }
        }
    }
    let mut found = FxHashSet::default();
    for declaration in &header.declarations {
        match &declaration.kind {
            DeclarationKind::Record(record) => take(record, symbols, &mut found),
            DeclarationKind::Typedef(Typedef {
                ty: QualType { ty: Type::InlineRecord { definition }, .. },
                ..
            }) => {
                take(definition, symbols, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// Whether an anonymous member has bit-fields, however deep.
fn has_inner_bits(record: &Record) -> bool {
    record.fields.iter().any(|field| match (&field.name, &field.ty.ty) {
        (None, Type::InlineRecord { definition }) => {
            definition.fields.iter().any(|field| field.bit_width.is_some()) || has_inner_bits(definition)
        }
        _ => false,
    })
}

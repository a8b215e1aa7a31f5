//! Records as LuaJIT will lay them out: as they are where that gives the recorded layout, otherwise with
//! attributes, and at last packed with unnamed bit-fields between the members.

use super::layout::{Cursor, Member};
use super::names;
use super::types::{Said, Types, Unsayable, Written};
use crate::ir::{Field, IntKind, Layout, QualType, Record, RecordKind, Type};
use crate::write::declarator::Attributes;
use crate::write::symbols::Name;

/// Padding beyond this many bytes is an array with a name.
const MAX_UNNAMED: u64 = 64;

impl<'a> Types<'a> {
    /// The record with that tag as it is written; `None` if it is incomplete or cannot be laid out.
    pub(super) fn record(&mut self, record: RecordKind, name: &str) -> Option<&Written> {
        let key = self.symbols.position(Name::Record(record, name))?;
        if !self.records.contains_key(&key) {
            let definition = self.symbols.record(record, name)?;
            // What contains itself by value has no layout.
            self.records.insert(key, None);
            let outer = std::mem::take(&mut self.notes);
            let written = self.layout_record(definition);
            self.notes = outer;
            self.records.insert(key, written);
        }
        self.records.get(&key)?.as_ref()
    }

    /// The record with members that LuaJIT can say, its layout the one that LuaJIT will compute.
    pub(super) fn layout_record(&mut self, record: &'a Record) -> Option<Written> {
        let recorded = record.layout?;
        let outer = std::mem::take(&mut self.notes);
        let members: Vec<Said<Field>> = record
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| self.say_field(record, index, field))
            .collect();
        let mut notes = std::mem::replace(&mut self.notes, outer);
        let by_value = self.passes_by_value(record, recorded);
        let natural = [(false, 1), (false, recorded.align), (true, recorded.align)];
        let as_is = natural.into_iter().find_map(|(packed, align)| {
            self.as_they_are(record, recorded, &members, packed, align).map(|fields| (fields, packed))
        });
        let (fields, packed, by_value) = match as_is {
            Some((fields, packed)) => (fields, packed, by_value),
            None => {
                let padded = self.padded(record, recorded, &members)?;
                notes.extend(padded.lost);
                // Padding between members would count as integers when LuaJIT chooses registers.
                let small = recorded.size <= 16;
                let problem = "its layout needs padding that LuaJIT would pass in other registers";
                let by_value = if small { Err(Unsayable(problem.into())) } else { by_value };
                (padded.fields, true, by_value)
            }
        };
        let record = Record {
            record: record.record,
            name: record.name.as_deref().map(|name| names::readable(name).into_owned()),
            layout: Some(recorded),
            packed,
            fields,
        };
        Some(Written { record, by_value, notes })
    }

    /// Whether C passes the record in a way that LuaJIT knows.
    fn passes_by_value(&mut self, record: &'a Record, recorded: Layout) -> Said<()> {
        for field in &record.fields {
            let mut ty = &field.ty.ty;
            loop {
                ty = self.symbols.canonical(ty);
                match ty {
                    Type::Array { of, .. } => ty = &of.ty,
                    _ => break,
                }
            }
            let name = field.name.as_deref().unwrap_or("an unnamed member");
            let inner = match ty {
                Type::Record { record, name } => {
                    let unknown = || Err(Unsayable("its layout is not known".into()));
                    self.record(*record, name).map_or_else(unknown, |written| written.by_value.clone())
                }
                Type::InlineRecord { definition } => {
                    let recorded = definition.layout.unwrap_or(recorded);
                    self.passes_by_value(definition, recorded)
                }
                Type::Vector { .. } => Err(Unsayable(format!("`{name}` is a vector"))),
                ty => match self.say_plain(ty) {
                    true => Ok(()),
                    false => Err(Unsayable(format!("LuaJIT has no type for `{name}`"))),
                },
            };
            inner?;
            let unaligned = field.bit_width.is_none() && field.offset_bits % (field.align.max(1) * 8) != 0;
            if unaligned && recorded.size <= 16 {
                return Err(Unsayable(format!("`{name}` is not aligned")));
            }
        }
        Ok(())
    }

    /// Whether LuaJIT has the canonical type itself.
    fn say_plain(&self, ty: &Type) -> bool {
        use crate::ir::FloatKind::{Double, Float};
        match ty {
            Type::Int { int, .. } => !matches!(int, IntKind::Int128 | IntKind::UInt128),
            Type::Float { float, .. } | Type::Complex { float, .. } => matches!(float, Float | Double),
            Type::VaList { .. } | Type::Opaque { .. } => false,
            _ => true,
        }
    }

    /// The field as LuaJIT can say it, its size and alignment those that LuaJIT gives its type.
    fn say_field(&mut self, record: &Record, index: usize, field: &'a Field) -> Said<Field> {
        let name = field.name.as_deref().map(|name| names::readable(name).into_owned());
        let mut ty = match field.bit_width {
            Some(width) => QualType { ty: self.bit_field_type(field, width)?, ..field.ty.clone() },
            None => self.say(&field.ty).or_else(|problem| match field.ty.ty {
                Type::InlineRecord { .. } => Err(problem),
                _ => Ok(self.bytes(field).into()),
            })?,
        };
        let last = index + 1 == record.fields.len() && record.record == RecordKind::Struct;
        if !last && let Type::Array { length: length @ None, .. } = &mut ty.ty {
            *length = Some(0);
        }
        let unknown = || Unsayable("LuaJIT does not know the size of its type".into());
        let mut layout = self.layout(&ty.ty).ok_or_else(unknown)?;
        if field.bit_width.is_none() && layout.size != field.size {
            ty = self.bytes(field).into();
            layout = self.layout(&ty.ty).ok_or_else(unknown)?;
        }
        Ok(Field {
            name,
            ty,
            offset_bits: field.offset_bits,
            bit_width: field.bit_width,
            size: layout.size,
            align: layout.align,
            is_mutable: field.is_mutable,
        })
    }

    /// Raw bytes in the place of a field's type.
    fn bytes(&mut self, field: &Field) -> Type {
        self.blob(Layout { size: field.size, align: field.align.max(1) })
    }

    /// LuaJIT's bit-fields are of `bool` or of integers of up to 32 bits.
    fn bit_field_type(&mut self, field: &'a Field, width: u32) -> Said<Type> {
        let (signed, size) = match self.symbols.canonical(&field.ty.ty) {
            Type::Bool if width == 1 => return Ok(Type::Bool),
            Type::Bool => (false, 1),
            Type::Int { int, size } => (int.is_signed(), *size),
            Type::Enum { name } => match self.symbols.enumeration(name) {
                Some(definition) => (definition.underlying.is_signed(), definition.size),
                None => return Err(Unsayable::no_type(format!("enum {name}"))),
            },
            Type::InlineEnum { definition } => {
                self.unnamed_enums.push(definition);
                (definition.underlying.is_signed(), definition.size)
            }
            _ => return Err(Unsayable("LuaJIT has no bit-fields of its type".into())),
        };
        if width > 32 {
            return Err(Unsayable(format!(
                "LuaJIT has no bit-fields of more than 32 bits, this has {width}"
            )));
        }
        Ok(integer(signed, size.min(4)))
    }

    /// All members, if LuaJIT's layout with these attributes is the recorded one.
    fn as_they_are(
        &self,
        record: &Record,
        recorded: Layout,
        members: &[Said<Field>],
        packed: bool,
        align: u64,
    ) -> Option<Vec<Field>> {
        let mut cursor = Cursor::new(record.record == RecordKind::Union, packed, align);
        let mut fields = Vec::with_capacity(members.len());
        for (original, said) in record.fields.iter().zip(members) {
            let said = said.as_ref().ok()?;
            let said = if packed { contained(said)? } else { said.clone() };
            let offset = cursor.place(member(&said))?;
            let is_padding = said.bit_width.is_some() && said.name.is_none();
            if !is_padding && offset != original.offset_bits {
                return None;
            }
            fields.push(said);
        }
        (cursor.finish()? == recorded).then_some(fields)
    }

    /// The members at their recorded places in a packed record, with padding between them.
    fn padded(&self, record: &Record, recorded: Layout, members: &[Said<Field>]) -> Option<Padded> {
        let is_union = record.record == RecordKind::Union;
        let mut cursor = Cursor::new(is_union, true, recorded.align);
        let mut fields = Vec::new();
        let mut lost = Vec::new();
        for (original, said) in record.fields.iter().zip(members) {
            if original.name.is_none() && original.bit_width.is_some() {
                continue;
            }
            let kept = said.as_ref().map_err(|problem| problem.0.clone()).and_then(|said| {
                let straddles = || "LuaJIT reads no bit-fields across the units of their types".to_owned();
                let said = contained(said).ok_or_else(straddles)?;
                let mut next = cursor.clone();
                let mut padding = Vec::new();
                if !is_union {
                    pad(&mut next, original.offset_bits, &mut padding);
                }
                if next.place(member(&said)) != Some(original.offset_bits) {
                    return Err("LuaJIT would place it differently".into());
                }
                Ok((next, padding, said))
            });
            match kept {
                Ok((next, padding, said)) => {
                    cursor = next;
                    fields.extend(padding);
                    fields.push(said);
                }
                Err(reason) => lost.push(match &original.name {
                    Some(name) => format!("field `{name}` is left out, its bytes stay unnamed: {reason}"),
                    None => format!("an unnamed member is left out: {reason}"),
                }),
            }
        }
        if cursor.finish()?.size < recorded.size {
            if is_union {
                let filler = array_field(0, recorded.size, 0);
                cursor.place(member(&filler));
                fields.push(filler);
            } else {
                pad(&mut cursor, recorded.size * 8, &mut fields);
            }
        }
        (cursor.finish()? == recorded).then_some(Padded { fields, lost })
    }
}

/// A record whose members that had to go are padding.
struct Padded {
    fields: Vec<Field>,
    /// One sentence for each lost member.
    lost: Vec<String>,
}

fn member(field: &Field) -> Member {
    Member { layout: Layout { size: field.size, align: field.align }, bits: field.bit_width.map(u64::from) }
}

/// A bit-field of the smallest type whose unit holds it, since LuaJIT reads whole units, which start at
/// multiples of their size; any other field as it is.
fn contained(field: &Field) -> Option<Field> {
    let (Some(width), Type::Int { int, .. }) = (field.bit_width, &field.ty.ty) else {
        return Some(field.clone());
    };
    let size =
        [1, 2, 4].into_iter().find(|size| field.offset_bits % (size * 8) + u64::from(width) <= size * 8)?;
    let ty = QualType { ty: integer(int.is_signed(), size as u32), ..field.ty.clone() };
    Some(Field { ty, size, align: size, ..field.clone() })
}

fn integer(signed: bool, size: u32) -> Type {
    let int = match (size, signed) {
        (1, true) => IntKind::SChar,
        (1, false) => IntKind::UChar,
        (2, true) => IntKind::Short,
        (2, false) => IntKind::UShort,
        (_, true) => IntKind::Int,
        (_, false) => IntKind::UInt,
    };
    Type::Int { int, size }
}

/// Fills a packed struct up to bit `to`.
fn pad(cursor: &mut Cursor, to: u64, fields: &mut Vec<Field>) {
    while cursor.position() < to {
        let at = cursor.position();
        let bytes = (to - at) / 8;
        let filler = if !at.is_multiple_of(8) || bytes == 0 {
            unnamed(at, 1, (8 - at % 8).min(to - at))
        } else if bytes > MAX_UNNAMED {
            array_field(at, bytes, at / 8)
        } else {
            let unit = [4, 2].into_iter().find(|unit| bytes >= *unit && (at / 8).is_multiple_of(*unit));
            unnamed(at, unit.unwrap_or(1), unit.unwrap_or(1) * 8)
        };
        if cursor.place(member(&filler)).is_none() {
            return;
        }
        fields.push(filler);
    }
}

fn unnamed(at: u64, size: u64, bits: u64) -> Field {
    Field {
        name: None,
        ty: integer(false, size as u32).into(),
        offset_bits: at,
        bit_width: Some(bits as u32),
        size,
        align: size,
        is_mutable: false,
    }
}

fn array_field(at: u64, bytes: u64, number: u64) -> Field {
    let byte = QualType::from(integer(false, 1));
    Field {
        name: Some(format!("__padding_{number}")),
        ty: Type::Array { of: Box::new(byte), length: Some(bytes) }.into(),
        offset_bits: at,
        bit_width: None,
        size: bytes,
        align: 1,
        is_mutable: false,
    }
}

/// The attributes that make LuaJIT give a record the layout that was found to be right. It applies those
/// of an unnamed record to the member of that type as well, and so `in_packed` would align it: a first
/// member without bits aligns the record alone.
pub(super) fn attributes(record: &Record, in_packed: bool) -> Attributes {
    let Some(layout) = record.layout else { return Attributes::default() };
    let natural = match record.packed {
        true => 1,
        false => record.fields.iter().map(|field| field.align).max().unwrap_or(1),
    };
    let aligned = (layout.align > natural).then(|| format!("aligned({})", layout.align));
    let (first, aligned) = match aligned {
        Some(aligned) if in_packed => (format!("unsigned char : 0 __attribute__(({aligned}));"), None),
        aligned => (String::new(), aligned),
    };
    let words: Vec<String> = record.packed.then(|| "packed".to_owned()).into_iter().chain(aligned).collect();
    let last =
        if words.is_empty() { String::new() } else { format!(" __attribute__(({}))", words.join(", ")) };
    Attributes { first, last }
}

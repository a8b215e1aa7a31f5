//! Records as cffi will lay them out: as they are where that gives the recorded layout, otherwise with
//! the members that can be kept and unnamed bit-fields for the rest.

use std::borrow::Cow;

use super::layout::{Cursor, Member};
use super::names;
use super::types::{Types, Unsayable, Written};
use crate::ir::{Field, Layout, QualType, Record, RecordKind, Type};
use crate::write::symbols::Name;

impl<'a> Types<'a> {
    /// The record with that tag as it is written; `None` if it is incomplete or cannot be laid out.
    pub(super) fn record(&mut self, record: RecordKind, name: &str) -> Option<&Written<Cow<'a, Record>>> {
        let key = self.symbols.position(Name::Record(record, name))?;
        if !self.records.contains_key(&key) {
            let definition = self.symbols.record(record, name)?;
            // What contains itself by value has no layout.
            self.records.insert(key, None);
            let outer = std::mem::take(&mut self.notes);
            let what = if self.is_api {
                let is_bound = self.symbols.record_declaration(record, name).is_some_and(|found| found.bound);
                let is_apart = !self.embedded.contains(&key);
                self.layout_open(definition, is_bound, is_apart)
            } else {
                self.layout_record(definition).map(|what| (what, false))
            };
            let notes = std::mem::replace(&mut self.notes, outer);
            self.records.insert(key, what.map(|(what, partial)| Written { what, notes, partial }));
        }
        self.records.get(&key)?.as_ref()
    }

    /// The record with members that cffi can say, its layout the one that cffi will compute.
    pub(super) fn layout_record(&mut self, record: &'a Record) -> Option<Cow<'a, Record>> {
        let recorded = record.layout?;
        let outer = std::mem::take(&mut self.notes);
        let members: Vec<Result<Said, Unsayable>> = record
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| self.say_field(record, index, field))
            .collect();
        let said = std::mem::replace(&mut self.notes, outer);
        if let Some(unchanged) = self.as_they_are(record, &members) {
            self.notes.extend(said);
            return Some(unchanged);
        }
        self.padded_record(record, recorded, said, &members).map(Cow::Owned)
    }

    /// The record with padding instead of what has to go; `said` are the notes on its members.
    fn padded_record(
        &mut self,
        record: &Record,
        recorded: Layout,
        said: Vec<String>,
        members: &[Result<Said, Unsayable>],
    ) -> Option<Record> {
        let padded = self.padded(record, recorded, recorded.align, members);
        let padded = match (padded, widest_align(recorded.size)) {
            // A packed record keeps more members if it may be aligned as far as its size allows.
            (Some(strict), align) if !strict.lost.is_empty() && align > recorded.align => self
                .padded(record, recorded, align, members)
                .filter(|loose| loose.lost.len() < strict.lost.len())
                .or(Some(strict)),
            (strict, _) => strict,
        };
        let (fields, layout, notes) = match padded {
            Some(Padded { fields, layout, lost }) => (fields, layout, said.into_iter().chain(lost).collect()),
            None => {
                let mut cursor = Cursor::new(self.platform, false);
                let padding = cursor.pad(recorded.size.checked_mul(8)?, 1)?;
                let layout = cursor.finish().filter(|layout| layout.size == recorded.size)?;
                (
                    vec![padding_member(padding, layout)],
                    layout,
                    vec!["its members are left out: cffi cannot reproduce its layout".into()],
                )
            }
        };
        self.notes.extend(notes);
        if layout.align != recorded.align {
            self.notes.push(format!(
                "its alignment of {} bytes becomes {}: a cdef cannot say it; size and offsets are kept",
                recorded.align, layout.align
            ));
        }
        // Always one unnamed member: cffi refuses to pass such a record by value, which unnamed bit-fields
        // alone would make it do wrongly, and its API mode takes the layout from the compiler.
        let inner = Record { name: None, packed: false, ..rebuilt(record, fields, layout) };
        Some(rebuilt(record, vec![member_of(inner)], layout))
    }

    /// The field as cffi can say it.
    pub(super) fn say_field(
        &mut self,
        record: &Record,
        index: usize,
        field: &'a Field,
    ) -> Result<Said<'a>, Unsayable> {
        if let Some(name) = field.name.as_deref().filter(|name| names::is_reserved(name)) {
            return Err(Unsayable::reserved(name));
        }
        let mut ty = match self.atomic_integer(&field.ty) {
            // API mode asks the compiler whether an integer member is one, not for its exact type.
            Some(integer) => Cow::Owned(integer.clone().into()),
            None => self.say(&field.ty, true)?,
        };
        let last = index + 1 == record.fields.len() && record.record == RecordKind::Struct;
        let is_flexible = matches!(ty.ty, Type::Array { length: None, .. });
        if !last
            && is_flexible
            && let Type::Array { length, .. } = &mut ty.to_mut().ty
        {
            *length = Some(0);
        }
        let layout =
            self.layout(&ty.ty).ok_or_else(|| Unsayable("cffi does not know the size of its type".into()))?;
        Ok(Said {
            member: Member { layout, bits: field.bit_width.map(u64::from), named: field.name.is_some() },
            ty,
            recorded: field,
        })
    }

    /// The record with all its members, if cffi's own layout is the recorded one.
    pub(super) fn as_they_are(
        &self,
        record: &'a Record,
        members: &[Result<Said<'a>, Unsayable>],
    ) -> Option<Cow<'a, Record>> {
        let mut cursor = Cursor::new(self.platform, record.record == RecordKind::Union);
        let mut written = Cow::Borrowed(record);
        for (index, said) in members.iter().enumerate() {
            let said = said.as_ref().ok()?;
            let offset = cursor.place(said.member)?;
            let is_padding = said.member.bits.is_some() && !said.member.named;
            if !is_padding && offset != said.recorded.offset_bits {
                return None;
            }
            if let Cow::Owned(ty) = &said.ty {
                written.to_mut().fields[index].ty = ty.clone();
            }
        }
        (cursor.finish() == record.layout).then_some(written)
    }

    /// The members that can stay where they are, with padding for the rest.
    fn padded(
        &self,
        record: &Record,
        recorded: Layout,
        align: u64,
        members: &[Result<Said, Unsayable>],
    ) -> Option<Padded> {
        let is_union = record.record == RecordKind::Union;
        let mut cursor = Cursor::new(self.platform, is_union);
        let mut fields = Vec::new();
        let mut lost = Vec::new();
        for (original, said) in record.fields.iter().zip(members) {
            if original.name.is_none() && original.bit_width.is_some() {
                continue;
            }
            let kept = match said {
                Ok(said) => keep(&mut cursor, said, Layout { align, ..recorded }, is_union)
                    .ok_or_else(|| "cffi would align it differently, only API mode can say it".to_owned()),
                Err(problem) => Err(problem.0.clone()),
            };
            match kept {
                Ok(kept) => fields.extend(kept),
                Err(reason) => lost.push(match &original.name {
                    Some(name) => format!("field `{name}` is left out, its bytes stay unnamed: {reason}"),
                    None => format!("an unnamed member is left out: {reason}"),
                }),
            }
        }
        let bits = recorded.size.checked_mul(8)?;
        if is_union && cursor.finish()?.size < recorded.size {
            let mut inner = Cursor::new(self.platform, false);
            let padding = inner.pad(bits, align)?;
            let layout = inner.finish()?;
            cursor.place(Member { layout, bits: None, named: false })?;
            fields.push(padding_member(padding, layout));
        } else if !is_union && cursor.finish()?.size < recorded.size {
            fields.extend(cursor.pad(bits, align)?);
        }
        let layout = cursor.finish().filter(|layout| layout.size == recorded.size)?;
        Some(Padded { fields, layout, lost })
    }
}

/// A record whose members that had to go are padding.
struct Padded {
    fields: Vec<Field>,
    layout: Layout,
    /// One sentence for each lost member.
    lost: Vec<String>,
}

/// The largest alignment of a scalar that goes with a record of that size.
fn widest_align(size: u64) -> u64 {
    if size == 0 { 1 } else { 1 << size.trailing_zeros().min(4) }
}

/// A field as cffi can say it.
pub(super) struct Said<'a> {
    /// Its type.
    pub ty: Cow<'a, QualType>,
    /// What it is in the header.
    pub recorded: &'a Field,
    pub member: Member,
}

impl Said<'_> {
    pub(super) fn field(&self) -> Field {
        Field { ty: QualType::clone(&self.ty), ..self.recorded.clone() }
    }
}

/// The field with the padding before it, if it can stand where it was recorded without aligning the
/// record beyond `recorded.align`.
fn keep(cursor: &mut Cursor, said: &Said, recorded: Layout, is_union: bool) -> Option<Vec<Field>> {
    if said.member.layout.align > recorded.align {
        return None;
    }
    let offset = said.recorded.offset_bits;
    let mut direct = cursor.clone();
    let mut fields = Vec::new();
    if direct.place(said.member) != Some(offset) {
        if is_union {
            return None;
        }
        direct = cursor.clone();
        fields = direct.pad(offset, recorded.align)?;
        if direct.place(said.member) != Some(offset) {
            return None;
        }
    }
    if direct.end() > recorded.size {
        return None;
    }
    *cursor = direct;
    fields.push(said.field());
    Some(fields)
}

/// An unnamed struct of nothing but padding.
fn padding_member(fields: Vec<Field>, layout: Layout) -> Field {
    member_of(Record { record: RecordKind::Struct, name: None, layout: Some(layout), packed: false, fields })
}

fn member_of(record: Record) -> Field {
    let layout = record.layout.unwrap_or(Layout { size: 0, align: 1 });
    Field {
        name: None,
        ty: QualType::from(Type::InlineRecord { definition: Box::new(record) }),
        offset_bits: 0,
        bit_width: None,
        size: layout.size,
        align: layout.align,
        is_mutable: false,
    }
}

pub(super) fn rebuilt(record: &Record, fields: Vec<Field>, layout: Layout) -> Record {
    Record {
        record: record.record,
        name: record.name.clone(),
        layout: Some(layout),
        packed: record.packed,
        fields,
    }
}

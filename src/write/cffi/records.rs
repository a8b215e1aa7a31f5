//! Records as cffi will lay them out: as they are where that gives the recorded layout, otherwise with
//! the members that can be kept and unnamed bit-fields for the rest.

use super::layout::{Cursor, Member};
use super::names;
use super::types::{Types, Unsayable, Written};
use crate::ir::{Field, Layout, QualType, Record, RecordKind, Type};

impl Types<'_> {
    /// The record with that tag as it is written; `None` if it is incomplete or cannot be laid out.
    pub(super) fn record(&mut self, record: RecordKind, name: &str) -> Option<Written<Record>> {
        let key = (record, name.to_owned());
        if let Some(known) = self.records.get(&key) {
            return known.clone();
        }
        let definition = self.symbols.record(record, name)?;
        // What contains itself by value has no layout.
        self.records.insert(key.clone(), None);
        let outer = std::mem::take(&mut self.notes);
        let what = self.layout_record(definition);
        let notes = std::mem::replace(&mut self.notes, outer);
        let written = what.map(|what| Written { what, notes });
        self.records.insert(key, written.clone());
        written
    }

    /// The record with members that cffi can say, its layout the one that cffi will compute.
    pub(super) fn layout_record(&mut self, record: &Record) -> Option<Record> {
        let recorded = record.layout?;
        let outer = std::mem::take(&mut self.notes);
        let members: Vec<Result<Said, Unsayable>> = record
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| self.say_field(record, index, field))
            .collect();
        let said = std::mem::replace(&mut self.notes, outer);
        if let Some(fields) = self.as_they_are(record, &members) {
            self.notes.extend(said);
            return Some(rebuilt(record, fields, recorded));
        }
        let padded = self.padded(record, recorded, recorded.align, &members);
        let padded = match (padded, widest_align(recorded.size)) {
            // A packed record keeps more members if it may be aligned as far as its size allows.
            (Some(strict), align) if !strict.lost.is_empty() && align > recorded.align => self
                .padded(record, recorded, align, &members)
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
        if layout.align == recorded.align {
            return Some(rebuilt(record, fields, layout));
        }
        self.notes.push(format!(
            "its alignment of {} bytes becomes {}: a cdef cannot say it; size and offsets are kept",
            recorded.align, layout.align
        ));
        // cffi's API mode takes the layout of a record with an unnamed member from the compiler,
        // where it would otherwise refuse the alignment.
        let inner = Record { name: None, packed: false, ..rebuilt(record, fields, layout) };
        Some(rebuilt(record, vec![member_of(inner)], layout))
    }

    fn say_field(&mut self, record: &Record, index: usize, field: &Field) -> Result<Said, Unsayable> {
        if let Some(name) = field.name.as_deref().filter(|name| names::is_reserved(name)) {
            return Err(Unsayable::reserved(name));
        }
        let mut ty = self.say(&field.ty, true)?;
        let last = index + 1 == record.fields.len() && record.record == RecordKind::Struct;
        if let Type::Array { length: length @ None, .. } = &mut ty.ty
            && !last
        {
            *length = Some(0);
        }
        let layout =
            self.layout(&ty.ty).ok_or_else(|| Unsayable("cffi does not know the size of its type".into()))?;
        Ok(Said {
            member: Member { layout, bits: field.bit_width.map(u64::from), named: field.name.is_some() },
            field: Field { ty, ..field.clone() },
        })
    }

    /// All members unchanged, if cffi's own layout is the recorded one.
    fn as_they_are(&self, record: &Record, members: &[Result<Said, Unsayable>]) -> Option<Vec<Field>> {
        let mut cursor = Cursor::new(self.platform, record.record == RecordKind::Union);
        let mut fields = Vec::with_capacity(members.len());
        for said in members {
            let said = said.as_ref().ok()?;
            let offset = cursor.place(said.member)?;
            let is_padding = said.member.bits.is_some() && !said.member.named;
            if !is_padding && offset != said.field.offset_bits {
                return None;
            }
            fields.push(said.field.clone());
        }
        (cursor.finish() == record.layout).then_some(fields)
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
                    .ok_or_else(|| "cffi would align it differently".to_owned()),
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
struct Said {
    field: Field,
    member: Member,
}

/// The field with the padding before it, if it can stand where it was recorded without aligning the
/// record beyond `recorded.align`.
fn keep(cursor: &mut Cursor, said: &Said, recorded: Layout, is_union: bool) -> Option<Vec<Field>> {
    if said.member.layout.align > recorded.align {
        return None;
    }
    let offset = said.field.offset_bits;
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
    fields.push(said.field.clone());
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
    }
}

fn rebuilt(record: &Record, fields: Vec<Field>, layout: Layout) -> Record {
    Record { layout: Some(layout), fields, ..record.clone() }
}

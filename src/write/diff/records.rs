//! Two definitions of one struct or union.

use rustc_hash::FxHashMap;

use super::declarations::Changes;
use super::index::Space;
use super::report::Breaks;
use super::types::{Place, Types, Verdict};
use crate::ir::{Field, Record, RecordKind, Type};
use crate::write::declarator::Text;

/// A field that has a name, those of anonymous members included (C11 6.7.2.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub name: &'a str,
    /// From the start of the outermost record.
    pub offset_bits: u64,
    pub field: &'a Field,
}

impl Member<'_> {
    fn text(&self) -> String {
        let mut text = Text::default();
        text.text.push_str(if self.field.is_mutable { "mutable " } else { "" });
        text.declare(&self.field.ty, self.name);
        let width = self.field.bit_width.map(|width| format!(" : {width}")).unwrap_or_default();
        format!("{}{width}", text.text)
    }

    /// Such as `4`, or `4 (bit 3)` inside of a byte.
    fn offset(&self) -> String {
        match self.offset_bits % 8 {
            0 => format!("{}", self.offset_bits / 8),
            bit => format!("{} (bit {bit})", self.offset_bits / 8),
        }
    }
}

/// The named fields of a record, in source order.
pub(super) fn members(record: &Record) -> Vec<Member<'_>> {
    let mut all = Vec::new();
    push_members(record, 0, &mut all);
    all
}

fn push_members<'a>(record: &'a Record, base: u64, all: &mut Vec<Member<'a>>) {
    for field in &record.fields {
        let offset_bits = base + field.offset_bits;
        match (&field.name, &field.ty.ty) {
            (Some(name), _) => all.push(Member { name, offset_bits, field }),
            (None, Type::InlineRecord { definition }) => push_members(definition, offset_bits, all),
            // An unnamed bit-field only pads.
            (None, _) => {}
        }
    }
}

/// Compares two definitions of `changes.name`. `by_value`: whether the new interface itself uses it so.
pub(super) fn compare(types: &mut Types, changes: &mut Changes, old: &Record, new: &Record, by_value: bool) {
    let noun = Space::from(new.record).noun();
    let (old_layout, new_layout) = match (old.layout, new.layout) {
        (Some(old), Some(new)) => (old, new),
        (Some(_), None) => {
            return changes.push(&format!("{noun}_layout_changed"), Breaks::ALL, "is opaque now".into());
        }
        (None, Some(_)) => {
            return changes.push(
                &format!("{noun}_layout_changed"),
                Breaks::NOTHING,
                "is not opaque any more".into(),
            );
        }
        (None, None) => return,
    };
    let mut fields = Fields {
        noun,
        is_struct: new.record == RecordKind::Struct,
        old: members(old),
        new: members(new),
        moved: Vec::new(),
    };
    fields.compare(types, changes, by_value);
    let mut what = Vec::new();
    for (name, old, new) in
        [("size", old_layout.size, new_layout.size), ("alignment", old_layout.align, new_layout.align)]
    {
        if old != new {
            what.push(format!("{name} {old} is now {new}"));
        }
    }
    what.extend(fields.moved);
    if !what.is_empty() {
        if !by_value && noun == "struct" && what.len() == 1 && old_layout.size < new_layout.size {
            what.push(
                "the header does not use it by value, so nothing breaks where only the library allocates it"
                    .into(),
            );
        }
        changes.push(&format!("{noun}_layout_changed"), Breaks::ABI, what.join("; "));
    }
}

struct Fields<'a> {
    noun: &'static str,
    is_struct: bool,
    old: Vec<Member<'a>>,
    new: Vec<Member<'a>>,
    /// Sentences about offsets that changed.
    moved: Vec<String>,
}

impl<'a> Fields<'a> {
    fn compare(&mut self, types: &mut Types, changes: &mut Changes, by_value: bool) {
        let positions: FxHashMap<&str, usize> =
            self.new.iter().enumerate().map(|(position, member)| (member.name, position)).collect();
        let known: Vec<&str> = self.old.iter().map(|member| member.name).collect();
        let mut added: Vec<Member> =
            self.new.iter().filter(|member| !known.contains(&member.name)).copied().collect();
        let mut kept = Vec::new();
        for old in self.old.clone() {
            match positions.get(old.name) {
                Some(position) => {
                    kept.push(*position);
                    self.pair(types, changes, old, self.new[*position], by_value);
                }
                None => self.gone(types, changes, old, &mut added),
            }
        }
        if !kept.is_sorted() {
            // What is initialized by position gets the values of other fields.
            let detail = "the fields have another order".to_owned();
            let breaks = Breaks { abi: self.is_struct, api: true };
            changes.push(&format!("{}_field_reordered", self.noun), breaks, detail);
        }
        let last = self.old.iter().filter_map(|member| positions.get(member.name)).max().copied();
        for member in added {
            let inserted = self.is_struct && positions.get(member.name).copied() < last;
            let breaks = if inserted { Breaks::API } else { Breaks::NOTHING };
            let place = if inserted {
                "inserted before others, which breaks initializers without names"
            } else {
                "added"
            };
            changes.push_texts(
                &format!("{}_field_added", self.noun),
                breaks,
                format!("field `{}` {place}", member.name),
                None,
                Some(member.text()),
            );
        }
    }

    /// A field that is in both.
    fn pair(&mut self, types: &mut Types, changes: &mut Changes, old: Member, new: Member, by_value: bool) {
        if old.offset_bits != new.offset_bits {
            self.moved.push(format!("`{}` was at byte {}, is at {}", new.name, old.offset(), new.offset()));
        }
        // The fields of a record without tag are part of this one.
        if let (Type::InlineRecord { definition: a }, Type::InlineRecord { definition: b }) =
            (&old.field.ty.ty, &new.field.ty.ty)
            && a.record == b.record
        {
            let mut inner = changes.inside(new.name);
            return compare(types, &mut inner, a, b, by_value);
        }
        let kind = format!("{}_field_type_changed", self.noun);
        let (before, after) = (Some(old.text()), Some(new.text()));
        if old.field.is_mutable != new.field.is_mutable {
            let (breaks, state) = match new.field.is_mutable {
                true => (Breaks::NOTHING, "is mutable now"),
                false => (Breaks::API, "is not mutable any more"),
            };
            let kind = format!("{}_field_mutable_changed", self.noun);
            let detail = format!("field `{}` {state}", new.name);
            changes.push_texts(&kind, breaks, detail, before.clone(), after.clone());
        }
        if old.field.bit_width != new.field.bit_width {
            let detail = format!("field `{}` has another width", new.name);
            return changes.push_texts(&kind, Breaks::ABI, detail, before, after);
        }
        let verdict = types.compare(&old.field.ty, &new.field.ty, Place::Value);
        if verdict > Verdict::Same {
            let detail = format!("field `{}` {}", new.name, difference(verdict));
            changes.push_texts(&kind, verdict.breaks(), detail, before, after);
        }
    }

    /// A field that is no longer there under its name.
    fn gone(&self, types: &mut Types, changes: &mut Changes, old: Member<'a>, added: &mut Vec<Member<'a>>) {
        let successor = added.iter().position(|new| {
            new.offset_bits == old.offset_bits
                && new.field.bit_width == old.field.bit_width
                && self.is_struct
                && types.compare(&old.field.ty, &new.field.ty, Place::Value) <= Verdict::Alias
        });
        let text = Some(old.text());
        match successor.map(|position| added.remove(position)) {
            Some(new) => changes.push_texts(
                &format!("{}_field_renamed", self.noun),
                Breaks::API,
                format!("field `{}` is now `{}`", old.name, new.name),
                text,
                Some(new.text()),
            ),
            None => changes.push_texts(
                &format!("{}_field_removed", self.noun),
                Breaks::ALL,
                format!("field `{}` removed", old.name),
                text,
                None,
            ),
        }
    }
}

/// The rest of a sentence about something whose type differs.
pub(super) fn difference(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Same => "is unchanged",
        Verdict::Alias => "names the same type in another way",
        Verdict::Compatible => "has another type, which takes all uses of the old one",
        Verdict::Source => "has another type of the same representation",
        Verdict::Binary => "has another type",
    }
}

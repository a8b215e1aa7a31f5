//! Two definitions of one class.

use std::collections::BTreeSet;

use super::super::records;
use super::super::report::{Breaks, Change};
use super::super::types::{Place, Verdict};
use super::{Changes, Comparer, Entity, members};
use crate::ir::{
    Access, Base, Class, ClassKind, CxxFunction, CxxItem, CxxType, Field, FunctionRole, Layout, Member,
    Record, RecordKind, Type,
};
use crate::write::declarator::spelling;

impl Comparer<'_, '_> {
    pub(super) fn class(&mut self, both: [&Entity; 2], a: &Class, b: &Class) {
        if a.class != b.class {
            let detail = format!("is a {} now", b.class.keyword());
            self.report(both, "key_changed", Breaks::NOTHING, detail);
        }
        if a.incomplete || b.incomplete {
            let (breaks, detail) = match (a.incomplete, b.incomplete) {
                (false, true) => (Breaks::ALL, "is opaque now"),
                (true, false) => (Breaks::NOTHING, "is not opaque any more"),
                _ => return,
            };
            return self.report(both, "layout_changed", breaks, detail.into());
        }
        self.bases(both, &a.bases, &b.bases);
        if a.is_abstract != b.is_abstract {
            let (breaks, detail) = match b.is_abstract {
                true => (Breaks::ALL, "is abstract now"),
                false => (Breaks::NOTHING, "is not abstract any more"),
            };
            self.report(both, "abstract_changed", breaks, detail.into());
        }
        if a.is_final != b.is_final {
            let (breaks, detail) = match b.is_final {
                true => (Breaks::API, "is final now: nothing can derive from it"),
                false => (Breaks::NOTHING, "is not final any more"),
            };
            self.report(both, "final_changed", breaks, detail.into());
        }
        if has_own_copies(a) != has_own_copies(b) {
            let detail = match has_own_copies(b) {
                true => "is passed by address now, because it copies, moves or destroys itself",
                false => "is not passed by address any more, because it does not copy or destroy itself",
            };
            self.report(both, "passing_changed", Breaks::ABI, detail.into());
        }
        let (old, new) = (members(both[0], a), members(both[1], b));
        self.virtual_functions(both, &old, &new);
        self.fields(both, a, b);
        super::compare(self.types, self.all, &old, &new, Some([a, b]));
    }

    fn bases(&mut self, both: [&Entity; 2], old: &[Base], new: &[Base]) {
        let find = |base: &Base, others: &[Base], side: usize| {
            let wanted = self.types.canonical(&base.ty, side);
            others.iter().position(|other| self.types.canonical(&other.ty, 1 - side) == wanted)
        };
        let successors: Vec<Option<usize>> = old.iter().map(|base| find(base, new, 0)).collect();
        let added: Vec<&Base> = new.iter().filter(|base| find(base, old, 1).is_none()).collect();
        for (base, successor) in old.iter().zip(&successors) {
            let name = spelling(&base.ty);
            let Some(now) = successor.map(|index| &new[index]) else {
                let breaks = if base.access == Access::Private { Breaks::ABI } else { Breaks::ALL };
                self.report(both, "base_removed", breaks, format!("base `{name}` removed"));
                continue;
            };
            if base.is_virtual != now.is_virtual {
                let is = if now.is_virtual { "is" } else { "is not" };
                self.report(both, "base_changed", Breaks::ABI, format!("base `{name}` {is} virtual now"));
            }
            if base.access != now.access {
                let breaks = if now.access > base.access { Breaks::API } else { Breaks::NOTHING };
                let detail = format!("base `{name}` is {} now", crate::write::cxx::access(now.access));
                self.report(both, "base_changed", breaks, detail);
            }
        }
        for base in added {
            self.report(both, "base_added", Breaks::ABI, format!("base `{}` added", spelling(&base.ty)));
        }
        if !successors.iter().flatten().is_sorted() {
            self.report(both, "base_reordered", Breaks::ABI, "the bases have another order".into());
        }
    }

    /// The functions that have an entry of their own in the table of virtual functions, in its order.
    fn virtual_functions(&mut self, both: [&Entity; 2], old: &[Entity], new: &[Entity]) {
        let entries = |members: &[Entity], side: usize| -> Vec<String> {
            let entry = |member: &Entity| match &*member.item {
                CxxItem::Function(function) if function.is_virtual && !function.is_override => {
                    let is_destructor = function.role == FunctionRole::Destructor;
                    Some(if is_destructor {
                        "~".into()
                    } else {
                        format!("{} {}", function.name, self.signature(member, side))
                    })
                }
                _ => None,
            };
            members.iter().filter_map(entry).collect()
        };
        let (old, new) = (entries(old, 0), entries(new, 1));
        if old == new {
            return;
        }
        let detail = if new.starts_with(&old) {
            "virtual functions are appended, which breaks programs that derive from it"
        } else {
            "the table of virtual functions has another order"
        };
        self.report(both, "vtable_changed", Breaks::ABI, detail.into());
    }

    fn fields(&mut self, both: [&Entity; 2], a: &Class, b: &Class) {
        let (old, new) = (fields(a), fields(b));
        let visible: BTreeSet<&str> = old
            .iter()
            .chain(&new)
            .filter(|(access, _)| *access != Access::Private)
            .filter_map(|(_, field)| field.name.as_deref())
            .collect();
        let is_visible = |(access, field): &(Access, &Field)| match &field.name {
            Some(name) => visible.contains(name.as_str()),
            None => *access != Access::Private,
        };
        let record = |class: &Class, fields: &[(Access, &Field)]| Record {
            record: if b.class == ClassKind::Union { RecordKind::Union } else { RecordKind::Struct },
            name: Some(class.name.clone()),
            // Nothing is known of the layout of a template.
            layout: Some(class.layout.unwrap_or(Layout { size: 0, align: 0 })),
            packed: class.packed,
            fields: fields.iter().filter(|one| is_visible(one)).map(|(_, field)| (*field).clone()).collect(),
        };
        let mut found: Vec<Change> = Vec::new();
        let mut changes = Changes::new(&mut found, both[1].name.clone(), both[1].location.to_string());
        records::compare(self.types, &mut changes, &record(a, &old), &record(b, &new), true);
        let initialized_by_position = is_aggregate(a);
        for change in &mut found {
            let by_position =
                ["struct_field_added", "struct_field_reordered"].contains(&change.kind.as_str());
            if by_position && !initialized_by_position {
                change.breaks.api = false;
            }
            if let Some(rest) = change.kind.strip_prefix("struct_").filter(|_| b.class == ClassKind::Class) {
                change.kind = format!("class_{rest}");
            }
        }
        self.all.append(&mut found);
        for (access, field) in &old {
            let Some(name) = field.name.as_deref() else { continue };
            let now = new.iter().find(|(_, other)| other.name.as_deref() == Some(name));
            if let Some((now, _)) = now.filter(|(now, _)| now != access) {
                let breaks = if now > access { Breaks::API } else { Breaks::NOTHING };
                let detail = format!("field `{name}` is {} now", crate::write::cxx::access(*now));
                self.report(both, "field_access_changed", breaks, detail);
            }
        }
        let hidden = |fields: &[(Access, &Field)]| -> Vec<Field> {
            fields.iter().filter(|one| !is_visible(one)).map(|(_, field)| (*field).clone()).collect()
        };
        let (hidden_old, hidden_new) = (hidden(&old), hidden(&new));
        let same = hidden_old.len() == hidden_new.len()
            && hidden_old.iter().zip(&hidden_new).all(|(old, new)| {
                old.offset_bits == new.offset_bits
                    && old.bit_width == new.bit_width
                    && self.types.compare(&old.ty, &new.ty, Place::Value) < Verdict::Binary
            });
        if !same {
            let detail = "other private fields, which functions in the header may use".to_owned();
            self.report(both, "private_fields_changed", Breaks::ABI, detail);
        } else if both[1].is_template() && old.len() < new.len() {
            let detail = "instances of the template have more fields".to_owned();
            self.report(both, "layout_changed", Breaks::ABI, detail);
        }
    }
}

fn fields<'c>(class: &'c Class) -> Vec<(Access, &'c Field)> {
    let field = |member: &'c Member| match &member.item {
        CxxItem::Field(field) => Some((member.access, field)),
        _ => None,
    };
    class.members.iter().filter_map(field).collect()
}

pub(super) fn functions(class: &Class) -> impl Iterator<Item = &CxxFunction> {
    class.members.iter().filter_map(|member| match &member.item {
        CxxItem::Function(function) => Some(&**function),
        _ => None,
    })
}

/// C++17 `[dcl.init.aggr]`.
fn is_aggregate(class: &Class) -> bool {
    let plain = |function: &CxxFunction| function.role != FunctionRole::Constructor && !function.is_virtual;
    functions(class).all(plain)
        && fields(class).iter().all(|(access, _)| *access == Access::Public)
        && class.bases.iter().all(|base| base.access == Access::Public && !base.is_virtual)
}

/// Whether an object is not trivial for the purposes of calls (Itanium C++ ABI 1.1) by functions of its own.
fn has_own_copies(class: &Class) -> bool {
    functions(class).any(|function| {
        let is_special = function.role == FunctionRole::Destructor || is_copy(class, function);
        is_special && function.role != FunctionRole::Method && !function.is_defaulted && !function.is_deleted
    })
}

/// Whether a function copies or moves objects of the class: a constructor or an assignment.
pub(super) fn is_copy(class: &Class, function: &CxxFunction) -> bool {
    let may_copy = function.role == FunctionRole::Constructor || function.operator() == Some("=");
    let [parameter, ..] = function.ty.parameters.as_slice() else { return false };
    let Type::Cxx { ty } = &parameter.ty.ty else { return false };
    let CxxType::Reference { to, .. } = &**ty else { return false };
    let is_own = match &to.ty {
        Type::Cxx { ty } => match &**ty {
            CxxType::Named(named) => named.name.rsplit("::").next() == Some(&class.name),
            _ => false,
        },
        Type::Record { name, .. } | Type::Typedef { name } => *name == class.name,
        _ => false,
    };
    may_copy && is_own
}

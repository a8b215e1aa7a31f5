//! What only C++ has: declarations of namespaces and members of classes, by qualified name, overloads by
//! signature.

mod class;
mod entity;
mod function;
mod template;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub(super) use entity::{Category, Entity, identity};

use super::declarations::{self, Changes};
use super::records::difference;
use super::report::{Breaks, Change};
use super::types::{Place, Types, Verdict};
use crate::ir::{Access, Class, ConstantValue, CxxEnum, CxxItem, CxxVariable, Enum, EnumConstant, Typedef};
use entity::Described;

/// Compares the declarations of one scope. `classes` are the classes whose members they are.
pub(super) fn compare(
    types: &mut Types,
    all: &mut Vec<Change>,
    old: &[Entity],
    new: &[Entity],
    classes: Option<[&Class; 2]>,
) {
    let mut comparer = Comparer { types, all, classes };
    let (pairs, added) = comparer.matched(old, new);
    for (old, new) in pairs.into_iter().filter(|(old, _)| !old.is_unnamed_enum()) {
        match new {
            Some(new) if old.bound || new.bound => comparer.pair(old, new),
            None if old.bound => comparer.removed(old),
            _ => {}
        }
    }
    for entity in added.into_iter().filter(|entity| entity.bound && !entity.is_unnamed_enum()) {
        comparer.added(entity);
    }
    comparer.unnamed_enums(old, new);
}

type Pairs<'e, 'a> = Vec<(&'e Entity<'a>, Option<&'e Entity<'a>>)>;

struct Comparer<'c, 't> {
    types: &'c mut Types<'t>,
    all: &'c mut Vec<Change>,
    classes: Option<[&'c Class; 2]>,
}

impl<'c, 't> Comparer<'c, 't> {
    /// The old entities with what each has become, and the new ones that none has become.
    fn matched<'e, 'a>(
        &self,
        old: &'e [Entity<'a>],
        new: &'e [Entity<'a>],
    ) -> (Pairs<'e, 'a>, Vec<&'e Entity<'a>>) {
        let mut open: BTreeMap<(Category, &str), Vec<usize>> = BTreeMap::new();
        for (index, entity) in new.iter().enumerate() {
            open.entry((entity.category, &entity.name)).or_default().push(index);
        }
        let mut successors: Vec<Option<usize>> = vec![None; old.len()];
        let mut groups: BTreeMap<(Category, &str), Vec<usize>> = BTreeMap::new();
        for (index, entity) in old.iter().enumerate() {
            groups.entry((entity.category, &entity.name)).or_default().push(index);
        }
        for (key, mut waiting) in groups {
            let Some(candidates) = open.get_mut(&key) else { continue };
            let mut settle = |same: &dyn Fn(&Entity, &Entity) -> bool| {
                waiting.retain(|index| {
                    let found = candidates.iter().position(|other| same(&old[*index], &new[*other]));
                    successors[*index] = found.map(|position| candidates.remove(position));
                    found.is_none()
                });
                (waiting.len(), candidates.len())
            };
            settle(&|a, b| self.signature(a, 0) == self.signature(b, 1));
            // The same text means another type if a typedef has changed.
            let left = settle(&|a, b| a.written() == b.written());
            if left == (1, 1) {
                settle(&|_, _| true);
            }
        }
        let pairs = old
            .iter()
            .zip(successors)
            .map(|(entity, successor)| (entity, successor.map(|index| &new[index])));
        let added: Vec<usize> = {
            let mut all: Vec<usize> = open.into_values().flatten().collect();
            all.sort_unstable();
            all
        };
        (pairs.collect(), added.into_iter().map(|index| &new[index]).collect())
    }

    fn changes(&mut self, entity: &Entity) -> Changes<'_> {
        Changes::new(self.all, entity.name.clone(), entity.location.to_string())
    }

    /// Says what differs, with both texts. What is private breaks no source.
    fn report(&mut self, [old, new]: [&Entity; 2], what: &str, breaks: Breaks, detail: String) {
        let kind = format!("{}_{what}", new.noun());
        let breaks = Breaks { api: breaks.api && old.access != Access::Private, ..breaks };
        let texts = [old, new].map(|one| Some(one.text.clone()));
        let [before, after] = texts;
        self.changes(new).push_texts(&kind, breaks, detail, before, after);
    }

    fn pair(&mut self, old: &Entity, new: &Entity) {
        let both = [old, new];
        self.types.enter(old.template, new.template);
        if let Some((breaks, detail)) = template::difference(old.template, new.template) {
            self.report(both, "template_changed", breaks, detail);
        }
        match (&*old.item, &*new.item) {
            (CxxItem::Class(a), CxxItem::Class(b)) => self.class(both, a, b),
            (CxxItem::Enum(a), CxxItem::Enum(b)) => self.enums(both, a, b),
            (CxxItem::Typedef(a), CxxItem::Typedef(b)) => self.typedefs(both, a, b),
            (CxxItem::Function(a), CxxItem::Function(b)) => self.function(both, a, b),
            (CxxItem::Variable(a), CxxItem::Variable(b)) => self.variables(both, a, b),
            _ => {}
        }
        self.types.leave();
        if old.access != new.access {
            let stricter = new.access > old.access;
            let breaks = if stricter { Breaks::API } else { Breaks::NOTHING };
            let detail = format!("is {} now", crate::write::cxx::access(new.access));
            self.report(both, "access_changed", breaks, detail);
        }
        if old.deprecated != new.deprecated {
            declarations::deprecation(&mut self.changes(new), new.deprecated);
        }
    }

    fn enums(&mut self, both: [&Entity; 2], a: &CxxEnum, b: &CxxEnum) {
        if a.scoped != b.scoped {
            let (breaks, detail) = match b.scoped {
                true => (Breaks::API, "its constants are reached through its name only now"),
                false => (Breaks::NOTHING, "is not scoped any more"),
            };
            self.report(both, "scope_changed", breaks, detail.into());
        }
        let mut changes = self.changes(both[1]);
        declarations::enum_layout(&mut changes, &a.definition, &b.definition);
        enumerators(&mut changes, &a.definition.constants, &b.definition.constants);
    }

    fn typedefs(&mut self, both: [&Entity; 2], a: &Typedef, b: &Typedef) {
        if a.align != b.align {
            self.report(both, "changed", Breaks::ABI, "has another alignment".into());
        }
        let verdict = self.types.compare(&a.ty, &b.ty, Place::Value);
        if verdict > Verdict::Same {
            self.report(both, "changed", verdict.breaks(), difference(verdict).into());
        }
    }

    fn variables(&mut self, both: [&Entity; 2], a: &CxxVariable, b: &CxxVariable) {
        let verdict = self.types.compare(&a.ty, &b.ty, Place::Value);
        if verdict > Verdict::Same {
            self.report(both, "type_changed", verdict.breaks(), difference(verdict).into());
        }
        // A `const` integer with a constant initializer is one as well (C++ `[expr.const]`).
        let is_constant = |one: &CxxVariable| matches!(one.value, Some(ConstantValue::Int(_)));
        self.constexpr(both, a.constexpr, b.constexpr || a.constexpr && is_constant(b));
        let linkage = match (a.inline, b.inline) {
            (false, true) => Some(("the header defines it now", Breaks::ABI)),
            (true, false) => {
                Some(("the header does not define it any more: the library has to", Breaks::NOTHING))
            }
            _ if a.extern_c != b.extern_c => Some(("has another symbol", Breaks::ABI)),
            _ => None,
        };
        if let Some((detail, breaks)) = linkage {
            self.report(both, "linkage_changed", breaks, detail.into());
        }
        declarations::values(&mut self.changes(both[1]), a.value.as_ref(), b.value.as_ref());
    }

    /// Whether constant expressions may use a function or a variable.
    fn constexpr(&mut self, both: [&Entity; 2], old: bool, new: bool) {
        let (breaks, detail) = match (old, new) {
            (false, true) => (Breaks::NOTHING, "is constexpr now"),
            (true, false) => (Breaks::API, "is not constexpr any more"),
            _ => return,
        };
        self.report(both, "constexpr_changed", breaks, detail.into());
    }

    fn removed(&mut self, old: &Entity) {
        let has_symbol = match &*old.item {
            CxxItem::Function(function) => {
                !function.inline && !function.is_pure && !function.is_deleted && !old.is_template()
            }
            CxxItem::Variable(variable) => !variable.inline && !old.is_template(),
            _ => false,
        };
        let api = old.access != Access::Private && !self.is_implicit(old);
        let breaks = Breaks { abi: has_symbol, api };
        let (kind, detail) = (format!("{}_removed", old.noun()), format!("{} removed", old.described()));
        let text = Some(old.text.clone());
        self.changes(old).push_texts(&kind, breaks, detail, text, None);
    }

    fn added(&mut self, new: &Entity) {
        let breaks = self.breaks_by_being_there(new);
        let kind = format!("{}_added", new.noun());
        let mut detail = format!("{} added", new.described());
        if let Some(reason) = breaks {
            detail.push_str(reason);
        }
        let text = Some(new.text.clone());
        let breaks = if breaks.is_some() { Breaks::API } else { Breaks::NOTHING };
        self.changes(new).push_texts(&kind, breaks, detail, None, text);
    }

    /// The constants of the unnamed enums of the scope, which are names of the scope itself.
    fn unnamed_enums(&mut self, old: &[Entity], new: &[Entity]) {
        let constants = |side: &[Entity]| -> Vec<(String, EnumConstant, String)> {
            let mut all = Vec::new();
            for entity in side.iter().filter(|entity| entity.bound) {
                let CxxItem::Enum(CxxEnum { definition: Enum { name: None, constants, .. }, .. }) =
                    &*entity.item
                else {
                    continue;
                };
                let place = entity.location.to_string();
                all.extend(constants.iter().map(|one| (entity.name.clone(), one.clone(), place.clone())));
            }
            all
        };
        let (old, new) = (constants(old), constants(new));
        let is = |a: &(String, EnumConstant, String), b: &(String, EnumConstant, String)| {
            a.0 == b.0 && a.1.name == b.1.name
        };
        let mut report = |(scope, constant, place): &(String, EnumConstant, String),
                          old: &[EnumConstant],
                          new: &[EnumConstant]| {
            let name = format!("{scope}{}", constant.name);
            enumerators(&mut Changes::new(self.all, name, place.clone()), old, new);
        };
        for one in &old {
            let now: Vec<EnumConstant> =
                new.iter().filter(|other| is(one, other)).take(1).map(|other| other.1.clone()).collect();
            report(one, std::slice::from_ref(&one.1), &now);
        }
        for one in new.iter().filter(|one| !old.iter().any(|other| is(one, other))) {
            report(one, &[], std::slice::from_ref(&one.1));
        }
    }
}

/// Constants of one enum.
fn enumerators(changes: &mut Changes, old: &[EnumConstant], new: &[EnumConstant]) {
    let text = |one: &EnumConstant| Some(format!("{} = {}", one.name, one.value));
    for before in old {
        match new.iter().find(|after| after.name == before.name) {
            Some(after) if after.value == before.value => {}
            Some(after) => {
                let detail = format!("`{}` has another value", before.name);
                changes.push_texts("enum_value_changed", Breaks::ABI, detail, text(before), text(after));
            }
            None => {
                let detail = format!("`{}` removed", before.name);
                changes.push_texts("enum_value_removed", Breaks::ALL, detail, text(before), None);
            }
        }
    }
    for after in new.iter().filter(|after| !old.iter().any(|before| before.name == after.name)) {
        let detail = format!("`{}` added", after.name);
        changes.push_texts("enum_value_added", Breaks::NOTHING, detail, None, text(after));
    }
}

/// Members of a class as entities.
fn members<'a>(entity: &Entity, class: &'a Class) -> Vec<Entity<'a>> {
    let in_template = entity.is_template();
    let entity_of = |member: &'a crate::ir::Member| {
        let template = member.template.as_ref();
        let own = member.item.name().unwrap_or_default();
        Some(Entity {
            category: Category::of(&member.item)?,
            name: format!("{}::{}", entity.name, crate::write::cxx::with_arguments(own, template)),
            item: Cow::Borrowed(&member.item),
            template,
            access: member.access,
            deprecated: member.deprecated,
            location: &member.location,
            bound: entity.bound,
            described: Described::Member { in_template },
            text: crate::write::cxx::member(member, crate::write::cxx::Members::None),
        })
    };
    class.members.iter().filter_map(entity_of).collect()
}

//! The order of declarations in a C++ header.
//!
//! Cython reads a class that is only announced as a type, but not what it inherits from, what is inside it,
//! nor an instance of a template: those need the whole class before them.

use crate::ir::{CxxItem, CxxType, DeclarationKind, Header, QualType, Type};
use crate::write::order::{self, Mentions};
use crate::write::symbols::walk;
use rustc_hash::FxHashMap;

/// What a declaration needs before it.
#[derive(Debug, Default)]
struct Needed {
    /// What Cython cannot read it without.
    always: Vec<usize>,
    /// Templates whose instances it mentions: where they cannot come first, the mention is said otherwise.
    if_possible: Vec<usize>,
}

/// Positions of what is written, each after what it needs; otherwise they ascend.
pub(super) fn order(header: &Header, mentions: &[Option<Mentions>]) -> Vec<usize> {
    let positions = positions(header);
    let mut needed: Vec<Needed> =
        order::needs(mentions).into_iter().map(|always| Needed { always, if_possible: Vec::new() }).collect();
    for (index, own) in needed.iter_mut().enumerate() {
        collect(header, index, &positions, own);
    }
    let is_written = |index: &usize| mentions[*index].is_some();
    let mut walk = Walk { needed: &needed, state: vec![State::Fresh; needed.len()], order: Vec::new() };
    (0..needed.len()).filter(is_written).for_each(|start| walk.visit(start));
    walk.order.retain(is_written);
    walk.order
}

/// Where the types of namespaces are declared, by qualified names; specializations are not among them.
fn positions(header: &Header) -> FxHashMap<String, usize> {
    let mut positions = FxHashMap::default();
    for (index, declaration) in header.declarations.iter().enumerate() {
        let DeclarationKind::Cxx(cxx) = &declaration.kind else { continue };
        let is_type = matches!(cxx.item, CxxItem::Class(_) | CxxItem::Enum(_) | CxxItem::Typedef(_));
        let is_special = cxx.template.as_ref().is_some_and(|template| !template.arguments.is_empty());
        if let Some(name) = cxx.qualified_name().filter(|_| is_type && !is_special) {
            positions.insert(name, index);
        }
    }
    positions
}

fn collect(header: &Header, index: usize, positions: &FxHashMap<String, usize>, needed: &mut Needed) {
    let mut mention = |ty: &QualType, is_base: bool| {
        walk(ty, &mut |part| {
            let Type::Cxx { ty: cxx } = &part.ty else { return };
            let CxxType::Named(named) = &**cxx else { return };
            let Some((position, is_inside)) = find(positions, &named.name) else { return };
            let DeclarationKind::Cxx(target) = &header.declarations[position].kind else { return };
            let is_class = matches!(target.item, CxxItem::Class(_));
            if position == index {
            } else if !is_class || is_inside || (is_base && std::ptr::eq(part, ty)) {
                needed.always.push(position);
            } else if !named.arguments.is_empty() {
                needed.if_possible.push(position);
            }
        });
    };
    match &header.declarations[index].kind {
        DeclarationKind::Cxx(cxx) => {
            cxx.item.types(&mut |ty| mention(ty, false));
            bases(&cxx.item, &mut |ty| mention(behind(header, positions, ty), true));
        }
        DeclarationKind::Typedef(typedef) => mention(&typedef.ty, false),
        DeclarationKind::Record(record) => record.fields.iter().for_each(|field| mention(&field.ty, false)),
        DeclarationKind::Variable(variable) => mention(&variable.ty, false),
        DeclarationKind::Function(function) => {
            mention(&function.ty.result, false);
            function.ty.parameters.iter().for_each(|parameter| mention(&parameter.ty, false));
        }
        DeclarationKind::Enum(_) | DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => {}
    }
}

/// Calls `visit` on the bases of a class and of the classes inside it.
fn bases<'t>(item: &'t CxxItem, visit: &mut dyn FnMut(&'t QualType)) {
    if let CxxItem::Class(class) = item {
        class.bases.iter().for_each(|base| visit(&base.ty));
        class.members.iter().for_each(|member| bases(&member.item, visit));
    }
}

/// The type behind typedefs of namespaces.
fn behind<'t>(header: &'t Header, positions: &FxHashMap<String, usize>, ty: &'t QualType) -> &'t QualType {
    let mut ty = ty;
    // A header cannot hold a cycle of typedefs; stored IR is not trusted to know that.
    for _ in 0..64 {
        let Type::Cxx { ty: cxx } = &ty.ty else { return ty };
        let CxxType::Named(named) = &**cxx else { return ty };
        let Some(position) = positions.get(&named.name) else { return ty };
        let DeclarationKind::Cxx(target) = &header.declarations[*position].kind else { return ty };
        let CxxItem::Typedef(typedef) = &target.item else { return ty };
        ty = &typedef.ty;
    }
    ty
}

/// The declaration of a namespace that has the name, and whether the name is one inside it.
fn find(positions: &FxHashMap<String, usize>, name: &str) -> Option<(usize, bool)> {
    let mut part = name;
    loop {
        if let Some(position) = positions.get(part) {
            return Some((*position, part.len() < name.len()));
        }
        part = part.rsplit_once("::")?.0;
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Fresh,
    /// Waits for what it needs.
    Open,
    Done,
}

struct Walk<'n> {
    needed: &'n [Needed],
    state: Vec<State>,
    order: Vec<usize>,
}

impl Walk<'_> {
    fn visit(&mut self, start: usize) {
        let needed = self.needed;
        // An explicit stack: stored IR may hold chains longer than a thread's stack bears.
        let mut stack = vec![(start, 0)];
        while let Some((index, next)) = stack.last_mut() {
            let (index, current) = (*index, *next);
            let own = &needed[index];
            *next += 1;
            if current == 0 {
                if self.state[index] != State::Fresh {
                    stack.pop();
                    continue;
                }
                self.state[index] = State::Open;
            }
            let candidate = own.always.iter().chain(&own.if_possible).nth(current).copied();
            match candidate {
                Some(first) if current < own.always.len() || !self.waits(first) => stack.push((first, 0)),
                Some(_) => {}
                None => {
                    self.state[index] = State::Done;
                    self.order.push(index);
                    stack.pop();
                }
            }
        }
    }

    /// Whether a declaration cannot do without one that is still waiting.
    fn waits(&self, index: usize) -> bool {
        let mut pending = vec![index];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(index) = pending.pop() {
            match self.state[index] {
                State::Open => return true,
                State::Fresh if seen.insert(index) => pending.extend(&self.needed[index].always),
                State::Fresh | State::Done => {}
            }
        }
        false
    }
}

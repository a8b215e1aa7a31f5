//! Which declaration needs which, and an order in which a C-like consumer can read them: typedefs and
//! enums before any mention, records before they are used by value.

use std::collections::{HashMap, HashSet};

use crate::ir::{Declaration, DeclarationKind, QualType, RecordKind, Type};

/// A declaration that another one mentions, by name space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name<'a> {
    /// A struct or union tag.
    Record(RecordKind, &'a str),
    /// An enum tag.
    Enum(&'a str),
    /// A typedef.
    Typedef(&'a str),
}

impl<'a> Name<'a> {
    /// The name that a declaration defines in the name spaces of types.
    pub(super) fn of(declaration: &'a Declaration) -> Option<Self> {
        match &declaration.kind {
            DeclarationKind::Record(record) => Some(Name::Record(record.record, record.name.as_deref()?)),
            DeclarationKind::Enum(definition) => Some(Name::Enum(definition.name.as_deref()?)),
            DeclarationKind::Typedef(typedef) => Some(Name::Typedef(&typedef.name)),
            _ => None,
        }
    }
}

/// A mention of a name; `complete` where the type is used by value.
pub(super) type Mention<'a> = (Name<'a>, bool);

/// Every name that the declaration mentions.
pub(super) fn mentions(declaration: &Declaration) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    match &declaration.kind {
        DeclarationKind::Record(record) => {
            record.fields.iter().for_each(|field| collect(&field.ty, true, &mut found));
        }
        DeclarationKind::Typedef(typedef) => collect(&typedef.ty, false, &mut found),
        DeclarationKind::Function(function) => {
            collect(&function.ty.result, true, &mut found);
            function.ty.parameters.iter().for_each(|parameter| collect(&parameter.ty, true, &mut found));
        }
        DeclarationKind::Variable(variable) => collect(&variable.ty, true, &mut found),
        DeclarationKind::Enum(_) | DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => {}
    }
    found
}

fn collect<'a>(ty: &'a QualType, complete: bool, found: &mut Vec<Mention<'a>>) {
    match &ty.ty {
        Type::Record { record, name } => found.push((Name::Record(*record, name), complete)),
        Type::Enum { name } => found.push((Name::Enum(name), true)),
        Type::Typedef { name } => found.push((Name::Typedef(name), complete)),
        Type::Pointer { to } => collect(to, false, found),
        Type::Array { of, .. } => collect(of, true, found),
        Type::Vector { of, .. } | Type::Atomic { of } => collect(of, complete, found),
        Type::Function(function) => {
            collect(&function.result, false, found);
            function.parameters.iter().for_each(|parameter| collect(&parameter.ty, false, found));
        }
        Type::InlineRecord { definition } => {
            definition.fields.iter().for_each(|field| collect(&field.ty, true, found));
        }
        _ => {}
    }
}

/// An order of `declarations` (as indices) in which each one comes after those that it needs; otherwise
/// the order given is kept.
pub(super) fn dependency_order(declarations: &[Declaration]) -> Vec<usize> {
    let positions: HashMap<Name, usize> = declarations
        .iter()
        .enumerate()
        .filter_map(|(index, declaration)| Some((Name::of(declaration)?, index)))
        .collect();
    let mut order = Vec::with_capacity(declarations.len());
    let mut seen = vec![false; declarations.len()];
    for start in 0..declarations.len() {
        // An explicit stack: stored IR may hold chains longer than a thread's stack bears.
        let mut stack = vec![(start, None::<std::vec::IntoIter<usize>>)];
        while let Some((index, pending)) = stack.last_mut() {
            let index = *index;
            let pending = match pending {
                Some(pending) => pending,
                None if seen[index] => {
                    stack.pop();
                    continue;
                }
                None => {
                    seen[index] = true;
                    pending.insert(needs(index, declarations, &positions).into_iter())
                }
            };
            match pending.next() {
                Some(next) => stack.push((next, None)),
                None => {
                    order.push(index);
                    stack.pop();
                }
            }
        }
    }
    order
}

/// What must come before the declaration at `index`, by value through typedefs included.
fn needs(index: usize, declarations: &[Declaration], positions: &HashMap<Name, usize>) -> Vec<usize> {
    let mut needed = Vec::new();
    let mut seen = HashSet::new();
    let mut pending = mentions(&declarations[index]);
    pending.reverse();
    while let Some((name, complete)) = pending.pop() {
        let Some(&position) = positions.get(&name) else { continue };
        let must_precede = complete || !matches!(name, Name::Record(..));
        if !must_precede || !seen.insert((position, complete)) {
            continue;
        }
        if position != index {
            needed.push(position);
        }
        if let (true, DeclarationKind::Typedef(typedef)) = (complete, &declarations[position].kind) {
            collect(&typedef.ty, true, &mut pending);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Field, Layout, Location, Record, Typedef};

    fn at(kind: DeclarationKind) -> Declaration {
        let location = Location { file: "a.h".into(), line: 1, column: 1 };
        Declaration { kind, location, bound: true, deprecated: false, doc: None }
    }

    fn typedef(name: &str, ty: Type) -> Declaration {
        at(DeclarationKind::Typedef(Typedef { name: name.into(), ty: ty.into(), align: None }))
    }

    fn record(name: &str, fields: Vec<Type>) -> Declaration {
        let field = |ty: Type| Field {
            name: Some("f".into()),
            ty: ty.into(),
            offset_bits: 0,
            bit_width: None,
            size: 8,
            align: 8,
        };
        at(DeclarationKind::Record(Record {
            record: RecordKind::Struct,
            name: Some(name.into()),
            layout: Some(Layout { size: 8, align: 8 }),
            packed: false,
            fields: fields.into_iter().map(field).collect(),
        }))
    }

    fn tag(name: &str) -> Type {
        Type::Record { record: RecordKind::Struct, name: name.into() }
    }

    fn named(name: &str) -> Type {
        Type::Typedef { name: name.into() }
    }

    fn names(declarations: &[Declaration]) -> Vec<String> {
        dependency_order(declarations)
            .into_iter()
            .map(|index| declarations[index].name().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn by_value_use_through_a_typedef_needs_the_record() {
        let declarations = [
            record("outer", vec![named("inner_t")]),
            typedef("inner_t", tag("inner")),
            record("inner", vec![Type::Pointer { to: Box::new(named("list_t").into()) }]),
            typedef("list_t", tag("inner")),
        ];
        assert_eq!(names(&declarations), ["inner_t", "list_t", "inner", "outer"]);
    }

    #[test]
    fn cycles_end_and_independent_ones_keep_their_order() {
        let declarations = [
            typedef("b", named("a")),
            typedef("a", named("b")),
            record("z", vec![]),
            record("y", vec![Type::Pointer { to: Box::new(tag("z").into()) }]),
        ];
        assert_eq!(names(&declarations), ["a", "b", "z", "y"]);
    }
}

//! Which declaration needs which, and an order in which a C-like consumer can read them: typedefs and
//! enums before any mention, records before they are used by value.

use super::symbols::{Name, Symbols};
use crate::ir::{QualType, RecordKind, Type};

/// A declaration that another one mentions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mention {
    /// Its position in the header.
    pub position: usize,
    /// Whether it is used by value.
    pub complete: bool,
    /// Whether a mere mention may precede it: it is a record.
    pub is_record: bool,
}

/// What a declaration mentions.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    pub all: Vec<Mention>,
    /// Whether it is a typedef, so that who uses it by value does so with what it mentions.
    is_typedef: bool,
    /// Whether the typedef is another name for the one thing that it mentions.
    is_alias: bool,
}

impl Mentions {
    /// Of a typedef of `ty`.
    pub(super) fn of_typedef(ty: &QualType, symbols: &Symbols) -> Self {
        let mut mentions = Mentions { is_typedef: true, is_alias: is_name(&ty.ty), ..Mentions::default() };
        mentions.collect(ty, false, symbols);
        mentions
    }

    /// Of anything else that has these types inside.
    pub(super) fn of_values<'t>(types: impl IntoIterator<Item = &'t QualType>, symbols: &Symbols) -> Self {
        let mut mentions = Mentions::default();
        types.into_iter().for_each(|ty| mentions.collect(ty, true, symbols));
        mentions
    }

    /// Of a text in C with these words.
    pub(super) fn of_words<'t>(words: impl Iterator<Item = &'t str>, symbols: &Symbols) -> Self {
        let mut mentions = Mentions::default();
        let mut before = "";
        for word in words {
            let (name, complete) = match before {
                "struct" => (Name::Record(RecordKind::Struct, word), false),
                "union" => (Name::Record(RecordKind::Union, word), false),
                "enum" => (Name::Enum(word), true),
                _ => (Name::Typedef(word), true),
            };
            before = word;
            if let Some(position) = symbols.position(name) {
                mentions.all.push(Mention {
                    position,
                    complete,
                    is_record: matches!(name, Name::Record(..)),
                });
            }
        }
        mentions
    }

    fn collect(&mut self, ty: &QualType, complete: bool, symbols: &Symbols) {
        let (name, complete) = match &ty.ty {
            Type::Record { record, name } => (Name::Record(*record, name), complete),
            Type::Enum { name } => (Name::Enum(name), true),
            Type::Typedef { name } => (Name::Typedef(name), complete),
            Type::Pointer { to } => return self.collect(to, false, symbols),
            Type::Array { of, .. } => return self.collect(of, true, symbols),
            Type::Vector { of, .. } | Type::Atomic { of } => return self.collect(of, complete, symbols),
            Type::Function(function) => {
                self.collect(&function.result, false, symbols);
                function.parameters.iter().for_each(|parameter| self.collect(&parameter.ty, false, symbols));
                return;
            }
            Type::InlineRecord { definition } => {
                definition.fields.iter().for_each(|field| self.collect(&field.ty, true, symbols));
                return;
            }
            Type::Cxx { ty } => {
                ty.parts().into_iter().for_each(|part| self.collect(part, false, symbols));
                return;
            }
            _ => return,
        };
        if let Some(position) = symbols.position(name) {
            self.all.push(Mention { position, complete, is_record: matches!(name, Name::Record(..)) });
        }
    }
}

fn is_name(ty: &Type) -> bool {
    match ty {
        Type::Record { .. } | Type::Typedef { .. } => true,
        Type::Vector { of, .. } | Type::Atomic { of } => is_name(&of.ty),
        _ => false,
    }
}

/// An order of positions in which each declaration comes after those that it needs; otherwise they
/// ascend. Positions without mentions are not in it.
pub(super) fn dependency_order(mentions: &[Option<Mentions>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(mentions.len());
    let mut visited = vec![false; mentions.len()];
    let mut needs = Needs::new(mentions);
    // An explicit stack: stored IR may hold chains longer than a thread's stack bears.
    let mut stack = Vec::new();
    for start in (0..mentions.len()).filter(|start| mentions[*start].is_some()) {
        stack.push((start, None::<std::vec::IntoIter<usize>>));
        while let Some((index, pending)) = stack.last_mut() {
            let index = *index;
            let pending = match pending {
                Some(pending) => pending,
                None if visited[index] => {
                    stack.pop();
                    continue;
                }
                None => {
                    visited[index] = true;
                    pending.insert(needs.of(index).into_iter())
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

/// What must come before each declaration, by position; nothing before those without mentions.
pub(super) fn needs(mentions: &[Option<Mentions>]) -> Vec<Vec<usize>> {
    let mut needs = Needs::new(mentions);
    let needed = mentions.iter().enumerate();
    needed.map(|(index, own)| if own.is_some() { needs.of(index) } else { Vec::new() }).collect()
}

/// Visits the declarations at `first`, in order, and whatever a visit names, each once.
pub(super) fn closure(
    declarations: usize,
    first: impl DoubleEndedIterator<Item = usize>,
    mut visit: impl FnMut(usize) -> Vec<usize>,
) {
    let mut pending: Vec<usize> = first.rev().collect();
    let mut visited = vec![false; declarations];
    while let Some(index) = pending.pop() {
        if !std::mem::replace(&mut visited[index], true) {
            pending.extend(visit(index));
        }
    }
}

/// Finds what must come before a declaration.
struct Needs<'m> {
    mentions: &'m [Option<Mentions>],
    /// For whom each position was last looked at, as a mention and by value.
    seen: Vec<[usize; 2]>,
    pending: Vec<Mention>,
}

impl<'m> Needs<'m> {
    fn new(mentions: &'m [Option<Mentions>]) -> Self {
        Needs { mentions, seen: vec![[usize::MAX; 2]; mentions.len()], pending: Vec::new() }
    }

    /// What must come before the declaration at `index`, by value through typedefs included.
    fn of(&mut self, index: usize) -> Vec<usize> {
        let mut needed = Vec::new();
        let own = self.mentions[index].iter().flat_map(|own| &own.all);
        self.pending.extend(own.rev());
        while let Some(Mention { position, complete, is_record }) = self.pending.pop() {
            let Some(mentioned) = &self.mentions[position] else { continue };
            let must_precede = complete || !is_record;
            let seen = &mut self.seen[position][usize::from(complete)];
            if !must_precede || std::mem::replace(seen, index) == index {
                continue;
            }
            if position != index {
                needed.push(position);
            }
            if complete && mentioned.is_typedef {
                let complete = |mention: &Mention| mention.complete || mentioned.is_alias;
                self.pending.extend(
                    mentioned.all.iter().map(|mention| Mention { complete: complete(mention), ..*mention }),
                );
            }
        }
        needed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Declaration, DeclarationKind, Field, Header, Layout, Location, Record, Typedef};

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
            is_mutable: false,
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

    fn names(declarations: Vec<Declaration>) -> Vec<String> {
        let header = Header {
            path: "a.h".into(),
            target: String::new(),
            include: None,
            defines: Vec::new(),
            declarations,
        };
        let symbols = Symbols::new(&header);
        let mentions: Vec<Option<Mentions>> = header
            .declarations
            .iter()
            .map(|declaration| match &declaration.kind {
                DeclarationKind::Typedef(typedef) => Some(Mentions::of_typedef(&typedef.ty, &symbols)),
                DeclarationKind::Record(record) => {
                    Some(Mentions::of_values(record.fields.iter().map(|field| &field.ty), &symbols))
                }
                _ => None,
            })
            .collect();
        dependency_order(&mentions)
            .into_iter()
            .map(|index| header.declarations[index].name().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn by_value_use_through_a_typedef_needs_the_record() {
        let declarations = vec![
            record("outer", vec![named("inner_t")]),
            typedef("inner_t", tag("inner")),
            record("inner", vec![Type::Pointer { to: Box::new(named("list_t").into()) }]),
            typedef("list_t", tag("inner")),
        ];
        assert_eq!(names(declarations), ["inner_t", "list_t", "inner", "outer"]);
    }

    #[test]
    fn cycles_end_and_independent_ones_keep_their_order() {
        let declarations = vec![
            typedef("b", named("a")),
            typedef("a", named("b")),
            record("z", vec![]),
            record("y", vec![Type::Pointer { to: Box::new(tag("z").into()) }]),
        ];
        assert_eq!(names(declarations), ["a", "b", "z", "y"]);
    }
}

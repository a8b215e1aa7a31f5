//! The declarations of a cdef: their text, their order, and the names that they take.

use std::borrow::Cow;

use super::own;
use crate::ir::{Enum, FunctionType, QualType, Record, Type};
use crate::write::declarator::Text;
use crate::write::order::{self, Mentions};
use crate::write::symbols::{Symbols, walk};
use rustc_hash::{FxHashMap, FxHashSet};

/// A declaration as cffi can say it: borrowed from the header where that says it just so.
#[derive(Debug)]
pub(super) enum Statement<'a> {
    /// Whether the compiler says its layout.
    Record(Cow<'a, Record>, bool),
    /// Whether the compiler says its size and values.
    Enum(&'a Enum, bool),
    /// Whether the compiler says what it names: the layout of an unnamed record, or which integer it is.
    Typedef(&'a str, Cow<'a, QualType>, bool),
    Function(&'a str, Cow<'a, FunctionType>),
    Variable(&'a str, Cow<'a, QualType>),
    /// A type as the user declares it; empty if that stands elsewhere.
    Own(&'a str),
}

impl Statement<'_> {
    /// What it mentions.
    pub(super) fn mentions(&self, symbols: &Symbols) -> Mentions {
        match self {
            Statement::Record(record, _) => {
                Mentions::of_values(record.fields.iter().map(|field| &field.ty), symbols)
            }
            Statement::Enum(..) => Mentions::default(),
            Statement::Typedef(_, ty, _) => Mentions::of_typedef(ty, symbols),
            Statement::Function(_, ty) => {
                let parameters = ty.parameters.iter().map(|parameter| &parameter.ty);
                Mentions::of_values(std::iter::once(&*ty.result).chain(parameters), symbols)
            }
            Statement::Variable(_, ty) => Mentions::of_values([&**ty], symbols),
            Statement::Own(text) => Mentions::of_words(own::words(text), symbols),
        }
    }

    fn write(&self, out: &mut Text) {
        let start = out.text.len();
        match self {
            Statement::Record(record, partial) => {
                out.record(record);
                leave_open(&mut out.text, start, *partial, "    ...;\n");
            }
            Statement::Enum(definition, partial) => {
                out.enumeration(definition);
                leave_open(&mut out.text, start, *partial, "    ...\n");
            }
            Statement::Typedef(name, ty, true) if matches!(ty.ty, Type::Bool | Type::Int { .. }) => {
                out.text.push_str("typedef int... ");
                out.text.push_str(name);
            }
            Statement::Typedef(name, ty, partial) => {
                out.text.push_str("typedef ");
                out.declare(ty, name);
                let last = if matches!(ty.ty, Type::InlineEnum { .. }) { "    ...\n" } else { "    ...;\n" };
                leave_open(&mut out.text, start, *partial, last);
            }
            Statement::Function(name, ty) => out.declare_function(name, ty),
            Statement::Variable(name, ty) => {
                out.text.push_str("extern ");
                out.declare(ty, name);
            }
            Statement::Own(text) => {
                out.text.push_str(text);
                out.text.push_str(if text.is_empty() { "" } else { "\n" });
                return;
            }
        }
        out.text.push_str(";\n");
    }
}

/// Writes enums together with the first typedef that names them: cffi then calls them by that name, as people do. A tag
/// with an underscore before it that nothing else needs is left out, because cffi's modules would show it all the same.
/// `is_used` tells whether the user's own lines need a tag.
pub(super) fn name_enums(
    statements: &mut [Option<Statement>],
    mentions: &[Option<Mentions>],
    is_used: impl Fn(&str) -> bool,
) {
    let mut users: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (index, mentioned) in mentions.iter().enumerate() {
        for mention in mentioned.iter().flat_map(|mentioned| &mentioned.all) {
            if matches!(statements[mention.position], Some(Statement::Enum(..))) {
                users.entry(mention.position).or_default().push(index);
            }
        }
    }
    for (position, users) in users {
        let name = users.iter().find_map(|index| match &statements[*index] {
            Some(Statement::Typedef(name, ty, _)) if is_enum(ty) => Some((*index, *name)),
            _ => None,
        });
        let (Some((typedef, name)), Some(Statement::Enum(definition, partial))) =
            (name, &statements[position])
        else {
            continue;
        };
        let is_needed = |tag: &String| users.len() > 1 || !tag.starts_with('_') || is_used(tag);
        let definition = Enum { name: definition.name.clone().filter(is_needed), ..Enum::clone(definition) };
        let ty = Type::InlineEnum { definition: Box::new(definition) };
        statements[position] = Some(Statement::Typedef(name, Cow::Owned(ty.into()), *partial));
        statements[typedef] = None;
    }
}

/// Whether it is an enum and nothing more.
fn is_enum(ty: &QualType) -> bool {
    matches!(ty.ty, Type::Enum { .. }) && !ty.is_const && !ty.is_volatile
}

/// Puts cffi's `...` before the last closing brace of what was written from `start` on.
fn leave_open(text: &mut String, start: usize, partial: bool, last: &str) {
    if partial && let Some(brace) = text[start..].rfind('}') {
        text.insert_str(start + brace, last);
    }
}

/// The statements in an order that cffi accepts, one per line or block; given by position in the header,
/// like what they mention.
pub(super) fn body(statements: &[Option<Statement>], mentions: &[Option<Mentions>]) -> String {
    let mut out = Text::default();
    let mut functions = FxHashSet::default();
    let mut after_block = false;
    for statement in
        order::dependency_order(mentions).into_iter().filter_map(|index| statements[index].as_ref())
    {
        if let Statement::Function(name, _) = statement
            && !functions.insert(*name)
        {
            continue;
        }
        let start = out.text.len();
        statement.write(&mut out);
        let is_block = out.text[start..].trim_end().contains('\n');
        if start > 0 && (is_block || after_block) {
            out.text.insert(start, '\n');
        }
        after_block = is_block;
    }
    out.text
}

/// Names in C's ordinary name space, which macros must not repeat.
pub(super) fn ordinary_names<'s>(statements: &'s [Option<Statement>]) -> FxHashSet<&'s str> {
    fn add<'s>(definition: &'s Enum, names: &mut FxHashSet<&'s str>) {
        names.extend(definition.constants.iter().map(|constant| constant.name.as_str()));
    }
    fn add_inside<'s>(ty: &'s QualType, names: &mut FxHashSet<&'s str>) {
        walk(ty, &mut |ty| {
            if let Type::InlineEnum { definition } = &ty.ty {
                add(definition, names);
            }
        });
    }
    let mut names = FxHashSet::with_capacity_and_hasher(statements.len(), Default::default());
    for statement in statements.iter().flatten() {
        match statement {
            Statement::Record(record, _) => {
                record.fields.iter().for_each(|field| add_inside(&field.ty, &mut names));
            }
            Statement::Enum(definition, _) => add(definition, &mut names),
            Statement::Typedef(name, ty, _) => {
                names.insert(*name);
                add_inside(ty, &mut names);
            }
            Statement::Function(name, _) | Statement::Variable(name, _) => {
                names.insert(*name);
            }
            Statement::Own(_) => {}
        }
    }
    names
}

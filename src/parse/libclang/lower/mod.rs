//! From clang's declarations to the IR's.
//!
//! Bound declarations are lowered in one pass; what they refer to goes through a work list until the
//! result is closed. Nothing is looked at that no bound declaration needs.

mod comment;
mod cxx;
mod decls;
mod tags;
mod types;

pub use cxx::flatten;
pub use decls::value_of;

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use super::ffi::{Cursor, CursorKind, Position, Tag, TypeKind};
use super::files::Files;
use super::umbrella::Model;
use crate::diagnostics::Diagnostic;
use crate::ir::{Declaration, DeclarationKind, Layout, TemplateParameter, Type};
use crate::parse::Language;
use rustc_hash::{FxHashMap, FxHashSet};

/// Names of tags and of everything else live apart in C.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Tag(String),
    Name(String),
    /// An enum without tag, by its declaration.
    Unnamed(usize),
    /// What only C++ has, by its first declaration.
    Cxx(usize),
}

/// Where a declaration stands in the translation unit: its top-level declaration, then innermost first.
type Order = (usize, Reverse<u32>, usize, String);

struct Lowered {
    order: Order,
    declaration: Box<Declaration>,
}

/// The declarations that were lowered, each once.
#[derive(Default)]
struct Declared {
    positions: FxHashMap<Key, usize>,
    /// Nearly in source order, which spares most of the sort.
    all: Vec<Lowered>,
}

impl Declared {
    fn get(&self, key: &Key) -> Option<&Declaration> {
        self.positions.get(key).map(|&position| &*self.all[position].declaration)
    }

    fn get_mut(&mut self, key: &Key) -> Option<&mut Declaration> {
        self.positions.get(key).map(|&position| &mut *self.all[position].declaration)
    }

    /// Adds a declaration, or replaces the one that had the key.
    fn insert(&mut self, key: Key, lowered: Lowered) {
        match self.positions.entry(key) {
            Entry::Occupied(known) => self.all[*known.get()] = lowered,
            Entry::Vacant(vacant) => {
                vacant.insert(self.all.len());
                self.all.push(lowered);
            }
        }
    }

    /// All but the unnamed enums `inlined`, in source order.
    fn in_order(mut self, inlined: &FxHashSet<usize>) -> Vec<Declaration> {
        let of_inlined = inlined.iter().filter_map(|id| self.positions.get(&Key::Unnamed(*id)));
        let dropped: FxHashSet<usize> = of_inlined.copied().collect();
        let mut position = 0..;
        self.all.retain(|_| position.next().is_some_and(|position| !dropped.contains(&position)));
        self.all.sort_by(|one, other| one.order.cmp(&other.order));
        self.all.into_iter().map(|lowered| *lowered.declaration).collect()
    }
}

/// What a type refers to by name.
#[derive(Clone)]
struct Named<'u> {
    /// The definition of a tag, or its first declaration; a typedef itself.
    cursor: Cursor<'u>,
    /// Of a tag, what names it.
    tag: Tag,
    /// Whether no file declares it.
    is_builtin: bool,
}

/// Lowers a translation unit.
pub struct Lowerer<'a, 'u> {
    files: &'a Files<'u>,
    top_level: &'a [Cursor<'u>],
    va_list: Option<Layout>,
    /// Whether the language is C++.
    cxx: bool,
    /// Size of a pointer in bytes.
    pointer_size: u64,
    enums_are_int: bool,
    /// The parameters of the templates around what is in work, outermost first.
    parameters: Vec<Vec<TemplateParameter>>,
    /// Whether C could hold a record or enum, by its definition.
    plain: FxHashMap<usize, bool>,
    position_of: FxHashMap<usize, usize>,
    typedefs: OnceCell<FxHashMap<String, Cursor<'u>>>,
    tags: FxHashMap<usize, Tag>,
    /// Named tags and typedefs that a type has referred to, by their declaration there.
    named: FxHashMap<usize, Named<'u>>,
    /// Size and alignment of builtin types.
    layouts: Vec<(TypeKind, Option<Layout>)>,
    lowered: Declared,
    /// How many declarations were stored, replaced ones included.
    stored: usize,
    required: FxHashSet<usize>,
    queue: VecDeque<Cursor<'u>>,
    /// Unnamed tags that are written inline somewhere.
    inlined: FxHashSet<usize>,
    /// The declaration in work, for diagnostics.
    place: Option<Cursor<'u>>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a, 'u> Lowerer<'a, 'u> {
    /// Prepares the declarations of a unit, which [`flatten`] has made plain for C++.
    pub fn new(files: &'a Files<'u>, top_level: &'a [Cursor<'u>], model: &Model, language: Language) -> Self {
        let mut position_of = FxHashMap::with_capacity_and_hasher(top_level.len(), Default::default());
        let declared = top_level.iter().enumerate().filter(|(_, cursor)| is_declaration(cursor.kind()));
        position_of.extend(declared.map(|(index, cursor)| (cursor.id(), index)));
        Lowerer {
            files,
            top_level,
            va_list: model.va_list,
            cxx: language == Language::Cxx,
            pointer_size: model.data.pointer.into(),
            enums_are_int: model.enums_are_int,
            parameters: Vec::new(),
            plain: FxHashMap::default(),
            position_of,
            typedefs: OnceCell::new(),
            tags: FxHashMap::default(),
            named: FxHashMap::default(),
            layouts: Vec::new(),
            lowered: Declared::default(),
            stored: 0,
            required: FxHashSet::default(),
            queue: VecDeque::new(),
            inlined: FxHashSet::default(),
            place: None,
            diagnostics: Vec::new(),
        }
    }

    /// All declarations in source order, and what could not be said.
    pub fn run(mut self) -> (Vec<Declaration>, Vec<Diagnostic>) {
        for &cursor in self.top_level {
            let kind = cursor.kind();
            let is_declared = is_declaration(kind) || (self.cxx && kind == CursorKind::Unexposed);
            if is_declared && self.files.binds(cursor.file()) {
                self.place = Some(cursor);
                if self.cxx {
                    self.bind_cxx(cursor, kind);
                } else {
                    self.bind(cursor, kind);
                }
            }
        }
        while let Some(cursor) = self.queue.pop_front() {
            self.support(cursor);
        }
        (self.lowered.in_order(&self.inlined), self.diagnostics)
    }

    /// Lowers a declaration that is in scope.
    fn bind(&mut self, cursor: Cursor<'u>, kind: CursorKind) {
        match kind {
            CursorKind::Struct | CursorKind::Union | CursorKind::Enum => self.bind_tag(cursor),
            CursorKind::Typedef => self.typedef(cursor, true),
            CursorKind::Function => self.function(cursor),
            CursorKind::Variable => self.variable(cursor),
            _ => {}
        }
    }

    /// Lowers a declaration that something needs. It is bound if it is in scope, as a struct inside
    /// another one may be.
    fn support(&mut self, cursor: Cursor<'u>) {
        let bound = self.files.binds(cursor.file());
        self.place = Some(cursor);
        if self.cxx {
            return self.support_cxx(cursor, bound);
        }
        match cursor.kind() {
            // Every typedef in scope was lowered when its turn came.
            CursorKind::Typedef if bound && self.position_of.contains_key(&cursor.id()) => {}
            CursorKind::Typedef => self.typedef(cursor, bound),
            CursorKind::Struct | CursorKind::Union | CursorKind::Enum => self.tag(cursor, bound),
            _ => {}
        }
    }

    /// Asks for a tag or typedef, also where something only points to it: who gets a pointer may need the
    /// memory that belongs behind it.
    fn require(&mut self, cursor: Cursor<'u>) {
        if self.required.insert(cursor.id()) {
            self.queue.push_back(cursor);
        }
    }

    fn store(&mut self, key: Key, cursor: Cursor<'u>, kind: DeclarationKind, bound: bool) {
        let position = cursor.position();
        let doc = if bound { self.doc(cursor, position) } else { None };
        let declaration = Box::new(Declaration {
            kind,
            location: self.files.location(position),
            bound,
            deprecated: bound && cursor.is_deprecated(),
            doc,
        });
        // What a scalar typedef of a system header is called comes first: it depends on nothing, and its
        // place differs between sets of builtin headers.
        let order = match &declaration.kind {
            DeclarationKind::Typedef(typedef) if !bound && is_scalar(&typedef.ty.ty) => {
                (0, Reverse(u32::MAX), 0, typedef.name.clone())
            }
            _ => self.order(cursor),
        };
        self.stored += 1;
        self.lowered.insert(key, Lowered { order, declaration });
    }

    /// The doc comment of a declaration in a header of the project.
    fn doc(&self, cursor: Cursor<'u>, position: Position<'u>) -> Option<String> {
        let entry = position.file.and_then(|file| self.files.entry(file)).filter(|entry| entry.has_docs);
        let text = entry.and_then(|_| cursor.raw_comment()).map(|text| comment::clean(&text));
        text.filter(|text| !text.is_empty())
    }

    /// The place of a declaration, which may lie inside others.
    fn order(&self, cursor: Cursor<'u>) -> Order {
        let mut current = cursor;
        for depth in 0..64 {
            if let Some(index) = self.position_of.get(&current.id()) {
                return (*index, Reverse(depth), self.stored, String::new());
            }
            current = current.lexical_parent();
        }
        // Declared in a prototype: an incomplete record, which may stand anywhere.
        (0, Reverse(0), self.stored, String::new())
    }

    /// Warns at the declaration in work.
    fn warn(&mut self, message: String) {
        let Some(place) = self.place else { return };
        let diagnostic = Diagnostic::warning(message, &self.files.location(place.position()));
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }
}

fn is_scalar(ty: &Type) -> bool {
    matches!(ty, Type::Bool | Type::Int { .. } | Type::Float { .. })
}

/// Whether a cursor declares something that the IR holds.
pub fn is_declaration(kind: CursorKind) -> bool {
    matches!(
        kind,
        CursorKind::Struct
            | CursorKind::Union
            | CursorKind::Enum
            | CursorKind::Typedef
            | CursorKind::Function
            | CursorKind::Variable
            | CursorKind::Class
            | CursorKind::ClassTemplate
            | CursorKind::PartialSpecialization
            | CursorKind::FunctionTemplate
            | CursorKind::TypeAlias
            | CursorKind::AliasTemplate
            | CursorKind::Using
            | CursorKind::Concept
            | CursorKind::Namespace
    )
}

//! What only C++ has. Whatever C could hold as well goes the way of C; see [`Lowerer::is_c`].

mod class;
mod function;
mod names;
mod template;
mod types;

use super::decls::{symbol, value_of};
use super::{Key, Lowerer};
use crate::ir::{Cxx, CxxEnum, CxxItem, CxxVariable, DeclarationKind, Template, Typedef, Using};
use crate::parse::libclang::ffi::{Cursor, CursorKind, Linkage, Tag, TypeKind};
use crate::parse::libclang::files::Files;

/// The declarations of a unit with those of its `extern "C"` blocks and of the namespaces in scope in
/// their places.
pub fn flatten<'u>(cursors: &[Cursor<'u>], files: &Files<'u>) -> Vec<Cursor<'u>> {
    let mut flat = Vec::with_capacity(cursors.len());
    for cursor in cursors {
        let opens = match cursor.kind() {
            CursorKind::LinkageSpec => true,
            CursorKind::Namespace => files.binds(cursor.file()),
            // libclang before 16 has no kind for a linkage specification.
            CursorKind::Unexposed => text(files, *cursor).starts_with("extern"),
            _ => false,
        };
        if opens {
            flat.extend(flatten(&cursor.children(), files));
        } else {
            flat.push(*cursor);
        }
    }
    flat
}

/// The source text of a cursor; empty if it spans files.
pub(super) fn text<'u>(files: &Files<'u>, cursor: Cursor<'u>) -> &'u str {
    let bytes = cursor.span().and_then(|span| files.contents(span.file).get(span.start..span.end));
    bytes.and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
}

impl<'u> Lowerer<'_, 'u> {
    /// Lowers a declaration of a namespace that is in scope.
    pub(super) fn bind_cxx(&mut self, cursor: Cursor<'u>, kind: CursorKind) {
        match kind {
            CursorKind::Struct | CursorKind::Union | CursorKind::Enum | CursorKind::Class => {
                self.bind_cxx_tag(cursor);
            }
            CursorKind::ClassTemplate | CursorKind::PartialSpecialization if !self.is_member(cursor) => {
                self.require(cursor.definition().unwrap_or_else(|| cursor.canonical()));
            }
            CursorKind::Typedef | CursorKind::TypeAlias | CursorKind::AliasTemplate => {
                self.cxx_typedef(cursor, true);
            }
            CursorKind::Function | CursorKind::FunctionTemplate => self.namespace_function(cursor),
            CursorKind::Variable => self.namespace_variable(cursor),
            CursorKind::Using => {
                if let Some(using) = self.using(cursor) {
                    self.store_cxx(cursor, CxxItem::Using(using), None, true);
                }
            }
            CursorKind::Concept => {
                self.warn(format!("concept `{}` is left out", cursor.spelling()));
            }
            CursorKind::Unexposed => self.variable_template(cursor),
            _ => {}
        }
    }

    /// Lowers a C++ declaration that something needs.
    pub(super) fn support_cxx(&mut self, cursor: Cursor<'u>, bound: bool) {
        match cursor.kind() {
            CursorKind::Typedef | CursorKind::TypeAlias | CursorKind::AliasTemplate => {
                self.cxx_typedef(cursor, bound);
            }
            CursorKind::Enum if self.is_c(cursor) => self.tag(cursor, bound),
            CursorKind::Enum => {
                let item = CxxItem::Enum(self.cxx_enum(cursor));
                self.store_cxx(cursor, item, None, bound);
            }
            CursorKind::Struct | CursorKind::Union if self.is_c(cursor) => self.tag(cursor, bound),
            CursorKind::Struct
            | CursorKind::Union
            | CursorKind::Class
            | CursorKind::ClassTemplate
            | CursorKind::PartialSpecialization => {
                let (template, class) = self.class(cursor, bound);
                self.store_cxx(cursor, CxxItem::Class(Box::new(class)), template, bound);
            }
            _ => {}
        }
    }

    fn bind_cxx_tag(&mut self, cursor: Cursor<'u>) {
        let definition = cursor.definition();
        let is_repeated = definition.is_some_and(|definition| definition.id() != cursor.id());
        if is_repeated || self.is_member(cursor) || self.is_explicit_instantiation(cursor) {
            return;
        }
        match self.tag_of(cursor) {
            Tag::Unnamed if cursor.kind() == CursorKind::Enum => {
                if self.is_global(cursor) {
                    return self.unnamed_enum(cursor);
                }
                let item = CxxItem::Enum(self.cxx_enum(cursor));
                self.store_cxx(cursor, item, None, true);
            }
            Tag::Unnamed => {}
            // The typedef that names it holds it.
            Tag::Typedef(_) if self.is_c(cursor) => {}
            Tag::Name(_) | Tag::Typedef(_) => {
                self.require(definition.unwrap_or_else(|| cursor.canonical()));
            }
        }
    }

    /// `template class Name<int>;` is no declaration of its own.
    fn is_explicit_instantiation(&self, cursor: Cursor<'u>) -> bool {
        if cursor.ty().template_arguments().is_none() {
            return false;
        }
        let text = text(self.files, cursor);
        let text = text.strip_prefix("extern").unwrap_or(text).trim_start();
        text.strip_prefix("template").is_some_and(|rest| !rest.trim_start().starts_with('<'))
            || cursor.definition().is_none_or(|definition| !text_has_body(text, definition))
    }

    fn cxx_typedef(&mut self, cursor: Cursor<'u>, bound: bool) {
        if let Some(class) = self.class_named_by(cursor) {
            return self.require(class);
        }
        if cursor.kind() != CursorKind::AliasTemplate && self.is_global(cursor) {
            return self.typedef(cursor, bound);
        }
        if let Some((template, typedef)) = self.alias(cursor) {
            self.store_cxx(cursor, CxxItem::Typedef(typedef), template, bound);
        }
    }

    /// A typedef, alias or alias template.
    pub(super) fn alias(&mut self, cursor: Cursor<'u>) -> Option<(Option<Template>, Typedef)> {
        if cursor.kind() != CursorKind::AliasTemplate {
            let mut ty = self.ty(cursor.typedef_underlying());
            self.name_parameters(cursor, &mut ty);
            return Some((None, Typedef { name: cursor.spelling(), ty, align: None }));
        }
        let pattern = cursor.children().into_iter().find(|child| child.kind() == CursorKind::TypeAlias)?;
        let template = self.open_template(cursor);
        let ty = self.ty(pattern.typedef_underlying());
        self.close_template();
        Some((Some(template), Typedef { name: cursor.spelling(), ty, align: None }))
    }

    pub(super) fn cxx_enum(&mut self, cursor: Cursor<'u>) -> CxxEnum {
        let name = match self.tag_of(cursor) {
            Tag::Name(name) | Tag::Typedef(name) => Some(name),
            Tag::Unnamed => None,
        };
        CxxEnum { scoped: cursor.is_scoped(), definition: self.enumeration(cursor, name) }
    }

    fn namespace_variable(&mut self, cursor: Cursor<'u>) {
        if self.is_member(cursor) {
            return; // The definition of a static data member.
        }
        let extern_c = cursor.mangled().is_none_or(|symbol| is_c_symbol(&symbol));
        if extern_c && self.is_global(cursor) {
            return self.variable(cursor);
        }
        let mut variable = self.cxx_variable(cursor);
        variable.extern_c = extern_c;
        let known = self.lowered.get(&Key::Cxx(cursor.canonical().id())).is_some();
        if !known || variable.value.is_some() {
            self.store_cxx(cursor, CxxItem::Variable(variable), None, true);
        }
    }

    /// A variable template, for which libclang has no kind.
    pub(super) fn variable_template(&mut self, cursor: Cursor<'u>) {
        let name = cursor.spelling();
        if !name.is_empty() && text(self.files, cursor).starts_with("template") {
            self.warn(format!("variable template `{name}` is left out"));
        }
    }

    /// A variable of a namespace or a class.
    pub(super) fn cxx_variable(&mut self, cursor: Cursor<'u>) -> CxxVariable {
        let written = cursor.ty();
        let canonical = written.canonical();
        let is_const = canonical.qualifiers().0;
        let scalar = matches!(
            canonical.kind(),
            TypeKind::Int(_) | TypeKind::Bool | TypeKind::Float(_) | TypeKind::Enum | TypeKind::Pointer
        );
        let is_array = canonical.kind() == TypeKind::ConstantArray
            && matches!(canonical.element().kind(), TypeKind::Int(_));
        let may_evaluate = self.parameters.is_empty() && ((is_const && scalar) || is_array);
        let mut ty = self.ty(written);
        self.name_parameters(cursor, &mut ty);
        CxxVariable {
            name: cursor.spelling(),
            ty,
            // A static data member has a symbol of its class.
            inline: (cursor.linkage() == Linkage::Static && !self.is_member(cursor))
                || (is_const && cursor.is_definition()),
            constexpr: is_const && cursor.constant_specifier().0,
            extern_c: false,
            symbol: symbol(cursor),
            value: if may_evaluate { value_of(cursor) } else { None },
        }
    }

    /// `using a::b;`; `None` where its text says nothing.
    pub(super) fn using(&self, cursor: Cursor<'u>) -> Option<Using> {
        let text = text(self.files, cursor).trim_start().strip_prefix("using")?;
        let text = text.trim().trim_start_matches("typename ").trim_end_matches(';');
        let target: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let target = target.trim_start_matches("::").to_owned();
        let name = target.rsplit("::").next()?.trim().to_owned();
        (!name.is_empty()).then_some(Using { name, target })
    }

    fn store_cxx(&mut self, cursor: Cursor<'u>, item: CxxItem, template: Option<Template>, bound: bool) {
        let namespace = self.namespace_of(cursor);
        let declaration = Cxx { namespace, template, item };
        let key = Key::Cxx(cursor.canonical().id());
        self.store(key, cursor, DeclarationKind::Cxx(Box::new(declaration)), bound);
    }
}

/// Whether the definition of an instance has a body of its own in `text`.
fn text_has_body(text: &str, definition: Cursor<'_>) -> bool {
    text.contains('{') || !definition.is_definition()
}

/// Whether a linker symbol is free of C++'s mangling.
fn is_c_symbol(symbol: &str) -> bool {
    !["_Z", "__Z", "?"].iter().any(|mark| symbol.starts_with(mark))
}

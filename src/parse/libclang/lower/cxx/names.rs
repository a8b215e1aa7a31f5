//! Where a C++ declaration belongs, and what it is called from anywhere.

use super::super::Lowerer;
use crate::ir::{CxxType, Named, NamedType, QualType, TemplateArgument, Type};
use crate::parse::libclang::ffi::{Cursor, CursorKind, Tag, TypeKind};

/// Namespaces of the C++ standard library.
const STANDARD: &[&str] = &["std", "__gnu_cxx"];

impl<'u> Lowerer<'_, 'u> {
    /// Whether a declaration could stand in a C header: the global namespace holds it, and C has words for it.
    pub(super) fn is_c(&mut self, cursor: Cursor<'u>) -> bool {
        if let Some(known) = self.plain.get(&cursor.id()) {
            return *known;
        }
        // No record holds itself by value: the entry only stops references to what is being looked at.
        self.plain.insert(cursor.id(), true);
        let plain = match cursor.kind() {
            CursorKind::Enum => !cursor.is_scoped() && self.is_global(cursor),
            CursorKind::Struct | CursorKind::Union => {
                cursor.ty().template_arguments().is_none()
                    && self.is_global(cursor)
                    && self.has_plain_members(cursor)
            }
            _ => false,
        };
        self.plain.insert(cursor.id(), plain);
        plain
    }

    fn has_plain_members(&mut self, cursor: Cursor<'u>) -> bool {
        cursor.children().into_iter().all(|child| match child.kind() {
            CursorKind::Field => self.has_plain_type(child),
            // `struct other *field;` declares `other` in the namespace.
            kind if is_class(kind) && !self.is_member(child) => true,
            CursorKind::Struct | CursorKind::Union => {
                self.tag_of(child) == Tag::Unnamed && self.has_plain_members(child)
            }
            CursorKind::Other
            | CursorKind::PackedAttribute
            | CursorKind::FinalAttribute
            | CursorKind::StaticAssert => true,
            _ => false,
        })
    }

    fn has_plain_type(&mut self, field: Cursor<'u>) -> bool {
        let mut ty = field.ty().canonical();
        while matches!(ty.kind(), TypeKind::ConstantArray | TypeKind::IncompleteArray) {
            ty = ty.element();
        }
        match ty.kind() {
            TypeKind::Record | TypeKind::Enum => {
                let declaration = ty.declaration();
                let definition = declaration.definition().unwrap_or(declaration);
                self.tag_of(definition) == Tag::Unnamed || self.is_c(definition)
            }
            TypeKind::LvalueReference
            | TypeKind::RvalueReference
            | TypeKind::MemberPointer
            | TypeKind::NullPtr
            | TypeKind::Unexposed => false,
            _ => true,
        }
    }

    /// Whether neither a class nor a namespace holds a declaration.
    pub(in crate::parse::libclang::lower) fn is_global(&self, cursor: Cursor<'u>) -> bool {
        !self.cxx || scope(cursor).kind() == CursorKind::TranslationUnit
    }

    /// Whether a class holds a declaration.
    pub(super) fn is_member(&self, cursor: Cursor<'u>) -> bool {
        is_class(scope(cursor).kind())
    }

    /// The namespaces around a declaration, outermost first.
    pub(super) fn namespace_of(&self, cursor: Cursor<'u>) -> Vec<String> {
        let mut names = Vec::new();
        let mut current = scope(cursor);
        while current.kind() == CursorKind::Namespace || is_class(current.kind()) {
            if current.kind() == CursorKind::Namespace && !current.is_transparent() {
                names.push(current.spelling());
            }
            current = scope(current);
        }
        names.reverse();
        names
    }

    /// Whether a declaration belongs to the C++ standard library.
    pub(super) fn is_standard(&self, cursor: Cursor<'u>) -> bool {
        self.namespace_of(cursor).first().is_some_and(|name| STANDARD.contains(&name.as_str()))
    }

    /// The class that has only the name of this typedef, if C cannot say it.
    pub(super) fn class_named_by(&mut self, cursor: Cursor<'u>) -> Option<Cursor<'u>> {
        if cursor.kind() != CursorKind::Typedef {
            return None;
        }
        let mut ty = cursor.typedef_underlying();
        while ty.kind() == TypeKind::Elaborated {
            ty = ty.named();
        }
        if !matches!(ty.kind(), TypeKind::Record | TypeKind::Enum) {
            return None;
        }
        let definition = ty.declaration().definition()?;
        let is_named = self.tag_of(definition) == Tag::Typedef(cursor.spelling());
        (is_named && !self.is_c(definition)).then_some(definition)
    }

    /// A C++ type by its declaration; what declares it is asked for.
    pub(super) fn named_type(
        &mut self,
        declaration: Cursor<'u>,
        what: Named,
        arguments: Vec<TemplateArgument>,
    ) -> Type {
        let mut names = vec![self.name_of(declaration)];
        let mut outermost = declaration;
        let mut namespace = String::new();
        let mut within: Option<QualType> = None;
        let mut current = scope(declaration);
        loop {
            match current.kind() {
                CursorKind::Namespace => {
                    if !current.is_transparent() {
                        namespace = current.spelling();
                        names.push(namespace.clone());
                    }
                }
                kind if is_class(kind) => {
                    if current.ty().template_arguments().is_some()
                        && kind != CursorKind::PartialSpecialization
                    {
                        within = Some(self.ty(current.ty()));
                        break;
                    }
                    names.push(self.name_of(current));
                    outermost = current;
                }
                _ => break,
            }
            current = scope(current);
        }
        names.reverse();
        let is_within_external = within.as_ref().is_some_and(|within| is_external(&within.ty));
        let external = is_within_external || STANDARD.contains(&namespace.as_str());
        if !external && within.is_none() {
            let primary = primary(outermost);
            // The class inside a template has no declaration of its own; the template is bound, as it is read.
            if !is_pattern(primary) {
                let declared = primary.definition().unwrap_or_else(|| primary.canonical());
                self.require(declared);
            }
        }
        let layout = if external { super::super::types::layout(declaration.ty()) } else { None };
        let named = NamedType { name: names.join("::"), what, arguments, within, external, layout };
        Type::Cxx { ty: Box::new(CxxType::Named(named)) }
    }

    /// The name of a class, enum or typedef; one that only a typedef names has that typedef's.
    pub(super) fn name_of(&mut self, cursor: Cursor<'u>) -> String {
        match cursor.kind() {
            CursorKind::Struct | CursorKind::Union | CursorKind::Class | CursorKind::Enum => {
                match self.tag_of(cursor) {
                    Tag::Name(name) | Tag::Typedef(name) => name,
                    Tag::Unnamed => String::new(),
                }
            }
            _ => cursor.spelling(),
        }
    }
}

/// The namespace, class or unit around a declaration; linkage specifications are seen through.
fn scope(cursor: Cursor<'_>) -> Cursor<'_> {
    let mut parent = cursor.semantic_parent();
    while matches!(parent.kind(), CursorKind::LinkageSpec | CursorKind::Unexposed) {
        parent = parent.semantic_parent();
    }
    parent
}

/// Whether a cursor is the class that a template describes, which clang keeps beside the template.
fn is_pattern(cursor: Cursor<'_>) -> bool {
    let is_plain = matches!(cursor.kind(), CursorKind::Class | CursorKind::Struct | CursorKind::Union);
    let usr = if is_plain { cursor.usr() } else { String::new() };
    usr.rsplit_once('@').is_some_and(|(before, _)| {
        let last = before.rsplit('@').next().unwrap_or_default();
        last.starts_with("ST>")
            || last.starts_with("UT>")
            || last.starts_with("SP>")
            || last.starts_with("UP>")
    })
}

/// The template of a specialization, and anything else itself.
fn primary(cursor: Cursor<'_>) -> Cursor<'_> {
    let mut current = cursor;
    for _ in 0..3 {
        match current.specialized() {
            Some(template) if is_class(template.kind()) => current = template,
            _ => break,
        }
    }
    current
}

fn is_external(ty: &Type) -> bool {
    match ty {
        Type::Cxx { ty } => matches!(&**ty, CxxType::Named(named) if named.external),
        _ => false,
    }
}

/// Whether a cursor declares a class or a class template.
pub(super) fn is_class(kind: CursorKind) -> bool {
    matches!(
        kind,
        CursorKind::Struct
            | CursorKind::Union
            | CursorKind::Class
            | CursorKind::ClassTemplate
            | CursorKind::PartialSpecialization
    )
}

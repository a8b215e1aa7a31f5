//! Types.

use super::{Lowerer, Named};
use crate::ir::{CxxType, FunctionType, Layout, Parameter, QualType, Type};
use crate::parse::libclang::ffi::{Cursor, CursorKind, Tag, Type as ClangType, TypeKind};

/// Types nest no deeper than this in earnest.
const DEPTH: u32 = 128;

impl<'u> Lowerer<'_, 'u> {
    /// Lowers a type; what it names is asked for.
    pub(super) fn ty(&mut self, ty: ClangType<'u>) -> QualType {
        self.nested(ty, 0)
    }

    pub(super) fn nested(&mut self, ty: ClangType<'u>, depth: u32) -> QualType {
        if depth > DEPTH {
            return self.opaque(ty).into();
        }
        let next = depth + 1;
        let kind = ty.kind();
        let lowered: QualType = match kind {
            TypeKind::Void => Type::Void.into(),
            TypeKind::Bool => Type::Bool.into(),
            TypeKind::Int(int) => Type::Int { int, size: self.size(ty) }.into(),
            TypeKind::Float(float) => Type::Float { float, size: self.size(ty) }.into(),
            TypeKind::Complex => match ty.element().kind() {
                TypeKind::Float(float) => Type::Complex { float, size: self.size(ty) }.into(),
                _ => self.opaque(ty).into(),
            },
            TypeKind::Pointer => self.pointer(ty, next),
            TypeKind::ConstantArray | TypeKind::IncompleteArray => {
                let of = self.nested(ty.element(), next);
                let length = if kind == TypeKind::ConstantArray { ty.length() } else { None };
                match of.ty {
                    // Only a sugar-free `va_list` of its own ABI looks like this.
                    Type::VaList { .. } if is_record(ty.element()) => of.ty.into(),
                    // Only the outermost length of an array may be missing (C11 6.7.6.2p1): this one is of variable
                    // length in several dimensions. A pointer to it becomes `void *`.
                    Type::Void | Type::Array { length: None, .. } => {
                        self.warn(format!(
                            "array type `{}` cannot be expressed and becomes `void`",
                            ty.spelling()
                        ));
                        Type::Void.into()
                    }
                    _ => Type::Array { of: Box::new(of), length }.into(),
                }
            }
            TypeKind::Function | TypeKind::FunctionWithoutPrototype => {
                Type::Function(self.function_type_at(ty, next)).into()
            }
            TypeKind::Record | TypeKind::Enum => self.tag_type(ty).into(),
            TypeKind::Typedef => self.typedef_type(ty, next),
            TypeKind::Vector => match (ty.length(), layout(ty)) {
                (Some(length), Some(Layout { size, align })) => {
                    let of = Box::new(self.nested(ty.element(), next));
                    Type::Vector { of, length, size, align }.into()
                }
                _ => self.opaque(ty).into(),
            },
            TypeKind::Atomic => Type::Atomic { of: Box::new(self.nested(ty.value(), next)) }.into(),
            TypeKind::Elaborated => self.nested(ty.named(), next),
            TypeKind::LvalueReference => self.reference(ty, false, next).into(),
            TypeKind::RvalueReference => self.reference(ty, true, next).into(),
            TypeKind::MemberPointer => self.member_pointer(ty, next).into(),
            TypeKind::NullPtr => Type::Cxx { ty: Box::new(CxxType::NullPtr) }.into(),
            TypeKind::Attributed | TypeKind::Unexposed | TypeKind::Auto => self.sugar(ty, next),
            TypeKind::Invalid | TypeKind::Other => self.opaque(ty).into(),
        };
        let (is_const, is_volatile, is_restrict) = ty.qualifiers();
        QualType {
            is_const: lowered.is_const || is_const,
            is_volatile: lowered.is_volatile || is_volatile,
            is_restrict: lowered.is_restrict || is_restrict,
            ty: lowered.ty,
        }
    }

    fn pointer(&mut self, ty: ClangType<'u>, depth: u32) -> QualType {
        let pointee = ty.pointee();
        if pointee.kind() == TypeKind::Invalid {
            return self.opaque(ty).into();
        }
        let to = self.nested(pointee, depth);
        match to.ty {
            // A `va_list` parameter whose array type has decayed.
            Type::VaList { .. } if is_record(pointee) => to.ty.into(),
            _ => Type::Pointer { to: Box::new(to) }.into(),
        }
    }

    /// Attributes, parentheses, `typeof`: libclang's function queries see through them and keep
    /// typedefs, everything else goes on with what is below.
    fn sugar(&mut self, ty: ClangType<'u>, depth: u32) -> QualType {
        if self.cxx
            && let Some(named) = self.unexposed(ty)
        {
            return named.into();
        }
        let canonical = ty.canonical();
        match canonical.kind() {
            TypeKind::Function | TypeKind::FunctionWithoutPrototype => {
                Type::Function(self.function_type_at(ty, depth)).into()
            }
            _ if ty.kind() == TypeKind::Attributed && ty.modified().kind() != TypeKind::Invalid => {
                self.nested(ty.modified(), depth)
            }
            TypeKind::Unexposed | TypeKind::Invalid | TypeKind::Attributed | TypeKind::Auto => {
                self.opaque(ty).into()
            }
            _ => self.nested(canonical, depth),
        }
    }

    fn typedef_type(&mut self, ty: ClangType<'u>, depth: u32) -> QualType {
        let (name, is_builtin) = self.typedef_name(ty.declaration());
        if let (true, Some(layout)) = (is_va_list(&name), self.va_list) {
            return Type::VaList { layout }.into();
        }
        if is_builtin {
            return self.nested(ty.canonical(), depth);
        }
        if self.cxx
            && let Some(named) = self.cxx_typedef_type(ty, depth)
        {
            return named;
        }
        self.require(ty.declaration());
        Type::Typedef { name }.into()
    }

    fn typedef_name(&mut self, declaration: Cursor<'u>) -> (String, bool) {
        let named = self.named.entry(declaration.id()).or_insert_with(|| Named {
            cursor: declaration,
            tag: Tag::Typedef(declaration.spelling()),
            is_builtin: declaration.file().is_none(),
        });
        match &named.tag {
            Tag::Typedef(name) => (name.clone(), named.is_builtin),
            Tag::Name(_) | Tag::Unnamed => (declaration.spelling(), named.is_builtin),
        }
    }

    /// The type of a function, seen through attributes.
    pub(super) fn function_type(&mut self, ty: ClangType<'u>) -> FunctionType {
        self.function_type_at(ty, 0)
    }

    fn function_type_at(&mut self, ty: ClangType<'u>, depth: u32) -> FunctionType {
        let unprototyped = unsugared_kind(ty) == TypeKind::FunctionWithoutPrototype;
        let result = Box::new(self.nested(ty.result(), depth));
        let parameters = ty.parameters().filter(|_| !unprototyped).unwrap_or_default();
        // Qualifiers of a parameter itself are no part of a function's type (C11 6.7.6.3p15).
        let parameters = parameters
            .into_iter()
            .map(|ty| Parameter { name: None, ty: self.parameter(ty, depth).ty.into() })
            .collect();
        FunctionType {
            result,
            parameters,
            variadic: !unprototyped && ty.is_variadic(),
            unprototyped,
            call_conv: ty.call_conv(),
        }
    }

    /// A parameter's type, adjusted as C11 6.7.6.3 says: arrays and functions become pointers.
    fn parameter(&mut self, ty: ClangType<'u>, depth: u32) -> QualType {
        match unsugared_kind(ty) {
            TypeKind::ConstantArray | TypeKind::IncompleteArray => {
                if let Some(element) = self.array_element(ty) {
                    let mut to = self.nested(element, depth + 1);
                    if !matches!(ty.kind(), TypeKind::ConstantArray | TypeKind::IncompleteArray) {
                        qualify_elements(&mut to, ty.qualifiers());
                        qualify_elements(&mut to, ty.canonical().qualifiers());
                    }
                    return Type::Pointer { to: Box::new(to) }.into();
                }
                self.nested(ty, depth)
            }
            TypeKind::Function | TypeKind::FunctionWithoutPrototype => {
                Type::Pointer { to: Box::new(self.nested(ty, depth + 1)) }.into()
            }
            _ => self.nested(ty, depth),
        }
    }

    /// The element of an array type behind typedefs; `None` for `va_list`.
    fn array_element(&self, mut ty: ClangType<'u>) -> Option<ClangType<'u>> {
        for _ in 0..DEPTH {
            ty = match ty.kind() {
                TypeKind::Typedef => {
                    let declaration = ty.declaration();
                    if is_va_list(&declaration.spelling()) {
                        return None;
                    }
                    declaration.typedef_underlying()
                }
                TypeKind::Elaborated => ty.named(),
                TypeKind::Attributed => ty.modified(),
                TypeKind::ConstantArray | TypeKind::IncompleteArray => return Some(ty.element()),
                _ => return Some(ty.canonical().element()),
            };
        }
        None
    }

    /// Gives the function type inside a declarator the parameter names that the declaration has.
    pub(super) fn name_parameters(&self, cursor: Cursor<'u>, ty: &mut QualType) {
        let mut current = &mut ty.ty;
        let function = loop {
            match current {
                Type::Pointer { to } => current = &mut to.ty,
                Type::Array { of, .. } => current = &mut of.ty,
                Type::Function(function) => break function,
                _ => return,
            }
        };
        let is_parameter = |child: &Cursor<'u>| child.kind() == CursorKind::Parameter;
        let named: Vec<Cursor<'u>> = cursor.children().into_iter().filter(is_parameter).collect();
        // With a function pointer among the results there are more; whose they are is unclear.
        if named.len() == function.parameters.len() {
            for (parameter, cursor) in function.parameters.iter_mut().zip(named) {
                parameter.name = parameter_name(cursor);
                self.name_parameters(cursor, &mut parameter.ty);
            }
        }
    }

    /// Size and alignment of a complete type; those of builtin types are asked for once.
    pub(super) fn layout(&mut self, ty: ClangType<'u>) -> Option<Layout> {
        let kind = ty.kind();
        let is_builtin = match kind {
            TypeKind::Bool | TypeKind::Int(_) | TypeKind::Float(_) => true,
            TypeKind::Pointer => ty.has_plain_pointee(),
            _ => false,
        };
        if !is_builtin {
            return layout(ty);
        }
        if let Some((_, known)) = self.layouts.iter().find(|(known, _)| *known == kind) {
            return *known;
        }
        let layout = layout(ty);
        self.layouts.push((kind, layout));
        layout
    }

    /// The size of a builtin type.
    fn size(&mut self, ty: ClangType<'u>) -> u32 {
        self.layout(ty).and_then(|layout| u32::try_from(layout.size).ok()).unwrap_or(0)
    }

    /// A type that the IR has no words for, with a warning.
    pub(super) fn opaque(&mut self, ty: ClangType<'u>) -> Type {
        let spelling = without_paths(&ty.spelling());
        self.warn(format!("type `{spelling}` cannot be expressed and becomes opaque"));
        Type::Opaque { spelling, layout: layout(ty) }
    }

    /// The typedef of a name, wherever it stands.
    pub(super) fn typedef_named(&self, name: &str) -> Option<Cursor<'u>> {
        let all = self.typedefs.get_or_init(|| {
            let is_typedef =
                |cursor: &&Cursor<'u>| cursor.kind() == CursorKind::Typedef && self.is_global(**cursor);
            let typedefs = self.top_level.iter().filter(is_typedef);
            typedefs.map(|cursor| (cursor.spelling(), *cursor)).collect()
        });
        all.get(name).copied()
    }
}

/// Qualifiers of a typedef of an array are those of its innermost elements (C11 6.7.3p9).
fn qualify_elements(mut ty: &mut QualType, (is_const, is_volatile, _): (bool, bool, bool)) {
    while let Type::Array { of, .. } = &mut ty.ty {
        ty = of;
    }
    ty.is_const |= is_const;
    ty.is_volatile |= is_volatile;
}

/// The name of a parameter, if it has one.
pub(super) fn parameter_name(cursor: Cursor<'_>) -> Option<String> {
    Some(cursor.spelling()).filter(|name| !name.is_empty())
}

/// Size and alignment of a complete type.
pub(super) fn layout(ty: ClangType<'_>) -> Option<Layout> {
    Some(Layout { size: ty.size()?, align: ty.align()? })
}

/// The kind of the canonical type.
pub(super) fn unsugared_kind(ty: ClangType<'_>) -> TypeKind {
    match ty.kind() {
        kind @ (TypeKind::Void
        | TypeKind::Bool
        | TypeKind::Int(_)
        | TypeKind::Float(_)
        | TypeKind::Pointer
        | TypeKind::ConstantArray
        | TypeKind::Function
        | TypeKind::FunctionWithoutPrototype) => kind,
        _ => ty.canonical().kind(),
    }
}

fn is_record(ty: ClangType<'_>) -> bool {
    match ty.kind() {
        TypeKind::Record => true,
        // Since clang 16 a typedef is elaborated too, and a pointer to `va_list` is no `va_list`.
        TypeKind::Elaborated => ty.named().kind() == TypeKind::Record,
        _ => false,
    }
}

fn is_va_list(name: &str) -> bool {
    matches!(name, "va_list" | "__gnuc_va_list" | "__builtin_va_list")
}

/// Takes `(unnamed at /path:1:2)` and the like out of a spelling.
fn without_paths(spelling: &str) -> String {
    let mut text = spelling.to_owned();
    while let Some(start) = ["(unnamed", "(anonymous"].iter().filter_map(|word| text.find(word)).min() {
        let end = text[start..].find(')').map_or(text.len(), |length| start + length + 1);
        text.replace_range(start..end, "<unnamed>");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn spellings_lose_paths() {
        assert_eq!(without_paths("struct (unnamed at /a b/c.h:1:2) *"), "struct <unnamed> *");
        assert_eq!(without_paths("_BitInt(7)"), "_BitInt(7)");
    }
}

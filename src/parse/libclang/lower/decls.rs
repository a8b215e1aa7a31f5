//! Typedefs, functions and variables.

use super::types::{parameter_name, unsugared_kind};
use super::{Key, Lowerer};
use crate::ir::{ConstantValue, DeclarationKind, Function, Integer, QualType, Typedef, Variable};
use crate::parse::libclang::ffi::{Cursor, CursorKind, Evaluated, Linkage, Tag, Type as ClangType, TypeKind};

impl<'u> Lowerer<'_, 'u> {
    /// A typedef. Where an unbound one stands for a scalar, the names in between are left out.
    pub(super) fn typedef(&mut self, cursor: Cursor<'u>, bound: bool) {
        let name = cursor.spelling();
        let key = Key::Name(name.clone());
        if self.lowered.get(&key).is_some_and(|known| known.bound) {
            return;
        }
        let underlying = cursor.typedef_underlying();
        let is_scalar =
            |ty: &ClangType<'u>| matches!(ty.kind(), TypeKind::Int(_) | TypeKind::Float(_) | TypeKind::Bool);
        let scalar = if bound { None } else { Some(underlying.canonical()).filter(is_scalar) };
        let ty = if let Some(scalar) = scalar {
            self.ty(scalar)
        } else if let Some(definition) = self.named_by(underlying, &name) {
            let (is_const, is_volatile, _) = underlying.qualifiers();
            QualType { is_const, is_volatile, ..self.inline(definition).into() }
        } else {
            let mut ty = self.ty(underlying);
            self.name_parameters(cursor, &mut ty);
            ty
        };
        // Only an attribute of a declaration of this name can make a difference.
        let may_align = cursor.has_attributes() || cursor.canonical().id() != cursor.id();
        let align = Some(cursor.ty())
            .filter(|_| may_align)
            .and_then(ClangType::align)
            .filter(|align| underlying.align().is_some_and(|own| own != *align));
        self.store(key, cursor, DeclarationKind::Typedef(Typedef { name, ty, align }), bound);
    }

    /// The unnamed record or enum that a typedef gives its name to.
    fn named_by(&mut self, mut underlying: ClangType<'u>, name: &str) -> Option<Cursor<'u>> {
        while underlying.kind() == TypeKind::Elaborated {
            underlying = underlying.named();
        }
        if !matches!(underlying.kind(), TypeKind::Record | TypeKind::Enum) {
            return None;
        }
        let definition = underlying.declaration().definition()?;
        let named_here = match self.tag_of(definition) {
            Tag::Name(_) => false,
            Tag::Typedef(typedef) => typedef == name,
            Tag::Unnamed => true,
        };
        named_here.then_some(definition)
    }

    /// A function; the first declaration of a name counts, but for `static` and `asm` labels.
    pub(super) fn function(&mut self, cursor: Cursor<'u>) {
        let name = cursor.spelling();
        let key = Key::Name(name.clone());
        let is_static = cursor.linkage() == Linkage::Static;
        if let Some(known) = self.lowered.get_mut(&key) {
            if let DeclarationKind::Function(known) = &mut known.kind {
                known.inline |= is_static;
                // A later declaration may set the label, as glibc does for names that it has given up.
                if known.symbol.is_none() {
                    known.symbol = symbol(cursor).filter(|symbol| *symbol != name);
                }
            }
            return;
        }
        let mut ty = self.function_type(cursor.ty());
        for (parameter, argument) in ty.parameters.iter_mut().zip(cursor.arguments()) {
            parameter.name = parameter_name(argument);
            self.name_parameters(argument, &mut parameter.ty);
            let written = argument.ty();
            if !matches!(unsugared_kind(written), TypeKind::ConstantArray | TypeKind::IncompleteArray) {
                let ty = &mut parameter.ty;
                (ty.is_const, ty.is_volatile, ty.is_restrict) = written.qualifiers();
            }
        }
        let inline = is_static || cursor.is_inline() || cursor.is_definition();
        let symbol = symbol(cursor).filter(|symbol| *symbol != name);
        let function = Function { name, ty, inline, symbol };
        self.store(key, cursor, DeclarationKind::Function(function), true);
    }

    /// A variable; a definition replaces a declaration, but for an `asm` label that it had.
    pub(super) fn variable(&mut self, cursor: Cursor<'u>) {
        let name = cursor.spelling();
        let key = Key::Name(name.clone());
        let ty = cursor.ty();
        let value = if ty.canonical().qualifiers().0 || is_const_array(ty) { value_of(cursor) } else { None };
        let mut symbol = symbol(cursor).filter(|symbol| *symbol != name);
        if let Some(known) = self.lowered.get_mut(&key)
            && let DeclarationKind::Variable(known) = &mut known.kind
        {
            symbol = known.symbol.take().or(symbol);
            if value.is_none() {
                known.symbol = symbol;
                return;
            }
        }
        let mut ty = self.ty(ty);
        self.name_parameters(cursor, &mut ty);
        // The linkage of C23's `constexpr` is internal (6.2.2p3), which libclang does not tell.
        let is_static =
            cursor.linkage() == Linkage::Static || (value.is_some() && cursor.constant_specifier().0);
        let variable = Variable { name, ty, is_static, symbol, value };
        self.store(key, cursor, DeclarationKind::Variable(variable), true);
    }
}

fn is_const_array(ty: ClangType<'_>) -> bool {
    let canonical = ty.canonical();
    canonical.kind() == TypeKind::ConstantArray && canonical.element().qualifiers().0
}

/// The linker symbol that an `asm` label sets.
pub(super) fn symbol(cursor: Cursor<'_>) -> Option<String> {
    if !cursor.has_attributes() {
        return None;
    }
    let label = cursor.children().into_iter().find(|child| child.kind() == CursorKind::AsmLabel)?;
    Some(label.spelling())
}

/// The value of a variable's initializer, as far as a constant can hold it.
pub fn value_of(cursor: Cursor<'_>) -> Option<ConstantValue> {
    let canonical = cursor.ty().canonical();
    // libclang cuts wider integers off.
    if matches!(canonical.kind(), TypeKind::Int(_)) && canonical.size().is_some_and(|size| size > 8) {
        return None;
    }
    Some(match cursor.evaluate()? {
        Evaluated::Signed(value) => ConstantValue::Int(Integer::from(value)),
        Evaluated::Unsigned(value) => ConstantValue::Int(Integer::from(value)),
        // What only `long double` holds is infinite to libclang.
        Evaluated::Float(value) if value.is_infinite() && canonical.size().is_some_and(|size| size > 8) => {
            return None;
        }
        Evaluated::Float(value) => ConstantValue::Float(value),
        Evaluated::String(bytes) => match String::from_utf8(bytes) {
            Ok(text) => ConstantValue::String(text),
            Err(error) => ConstantValue::Bytes(error.into_bytes()),
        },
    })
}

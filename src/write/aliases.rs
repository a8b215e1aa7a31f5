//! Macros that are other names of functions, variables and types (`#define mpz_init __gmpz_init`), or the address of a
//! variable, as declarations of these names: what reads them has a compiler or linker behind it that finds the rest.

use std::borrow::Cow;

use super::symbols::enum_constants;
use crate::ir::{
    Constant, ConstantValue, Declaration, DeclarationKind, Function, Header, QualType, Type, Typedef,
    Variable,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// What can be told to stand behind another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Types only.
    Types,
    /// Functions and variables too, by linker symbols.
    Symbols,
    /// All, for a C compiler replaces the macro.
    Macros,
}

/// The header with such macros declared, as far as nothing else has their names.
pub(super) fn declared(header: &Header, reach: Reach) -> Cow<'_, Header> {
    let is_macro = |declaration: &Declaration| {
        let DeclarationKind::Constant(Constant { value, .. }) = &declaration.kind else { return false };
        declaration.bound && matches!(value, ConstantValue::Name(_) | ConstantValue::AddressOf(_))
    };
    if !header.declarations.iter().any(is_macro) {
        return Cow::Borrowed(header);
    }
    let mut targets: FxHashMap<&str, &DeclarationKind> = FxHashMap::default();
    for Declaration { kind, .. } in &header.declarations {
        if let DeclarationKind::Function(Function { name, .. })
        | DeclarationKind::Variable(Variable { name, .. })
        | DeclarationKind::Typedef(Typedef { name, .. }) = kind
        {
            targets.insert(name, kind);
        }
    }
    let mut taken: FxHashSet<&str> = enum_constants(header).into_iter().map(|(name, _)| name).collect();
    taken.extend(targets.keys());
    let on_macos = header.target.contains("macos");
    let symbol_of = |symbol: &Option<String>, name: &str| {
        let symbol = symbol.clone().unwrap_or_else(|| format!("{}{name}", if on_macos { "_" } else { "" }));
        (reach == Reach::Symbols).then_some(symbol)
    };
    let named = |constant: &Constant| -> Option<DeclarationKind> {
        let name = constant.name.clone();
        let (target, by_address) = match &constant.value {
            ConstantValue::Name(target) => (target, false),
            ConstantValue::AddressOf(target) => (target, true),
            _ => return None,
        };
        Some(match *targets.get(target.as_str())? {
            DeclarationKind::Typedef(_) => {
                let ty = QualType::from(Type::Typedef { name: target.clone() });
                DeclarationKind::Typedef(Typedef { name, ty, align: None })
            }
            _ if reach == Reach::Types => return None,
            DeclarationKind::Variable(variable) if by_address => {
                if reach != Reach::Macros {
                    return None;
                }
                let to = Box::new(variable.ty.clone());
                let ty = QualType { is_const: true, ..QualType::from(Type::Pointer { to }) };
                let (is_static, symbol, value) = (false, None, None);
                DeclarationKind::Variable(Variable { name, ty, is_static, symbol, value })
            }
            DeclarationKind::Function(function) => {
                let symbol = symbol_of(&function.symbol, target);
                DeclarationKind::Function(Function { name, symbol, ..function.clone() })
            }
            DeclarationKind::Variable(variable) => {
                let symbol = symbol_of(&variable.symbol, target);
                DeclarationKind::Variable(Variable { name, symbol, ..variable.clone() })
            }
            _ => return None,
        })
    };
    // Where something has the macro's name, that is what is bound.
    let is_shadowed = |declaration: &&Declaration| {
        is_macro(declaration) && declaration.name().is_some_and(|name| taken.contains(name))
    };
    let declarations = header.declarations.iter().filter(|declaration| !is_shadowed(declaration));
    let declarations = declarations.map(|declaration| {
        let kind = match &declaration.kind {
            DeclarationKind::Constant(constant) if declaration.bound => named(constant),
            _ => None,
        };
        let kind = kind.unwrap_or_else(|| declaration.kind.clone());
        Declaration { kind, ..declaration.clone() }
    });
    Cow::Owned(Header { declarations: declarations.collect(), ..header.clone() })
}

//! What a C or C++ header says: owned values, no handles, no I/O. Imports nobody.
//!
//! Invariants:
//! * Sizes and alignments are in bytes, bit offsets and widths in bits.
//! * A type that is named anywhere ([`Type::Record`], [`Type::Enum`], [`Type::Typedef`]) has a
//!   declaration in the same [`Header`], at the latest one with `bound == false`.
//! * So has what [`CxxType::Named`] names, unless it is `external`: a [`Cxx`], or a member of one.
//! * No name holds a path: unnamed records are written inline where they are used.
//! * Declarations are in source order, constants and macro functions first.

mod cxx;
mod decl;
#[cfg(test)]
mod json_schema;
pub mod schema;
mod ty;

pub use cxx::{
    Access, Base, Class, ClassKind, Cxx, CxxEnum, CxxFunction, CxxItem, CxxType, CxxVariable, FunctionRole,
    Member, Named, NamedType, RefQualifier, Template, TemplateArgument, TemplateParameter,
    TemplateParameterKind, Using,
};
pub use decl::{
    Constant, ConstantValue, Declaration, DeclarationKind, Function, Header, Location, MacroFunction,
    Typedef, Variable,
};
pub use ty::{
    CallConv, Enum, EnumConstant, Field, FloatKind, FunctionType, IntKind, Integer, Layout, Parameter,
    QualType, Record, RecordKind, Type,
};

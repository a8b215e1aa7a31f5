//! Values of object-like C macros: no libclang, no I/O.
//!
//! A macro is expanded as the preprocessor does (`expand`), then read as a C constant expression with
//! C's types (`eval`). What takes more than that is [`Evaluation::Unknown`]: asking a compiler is dear,
//! a wrong value is worse.

mod eval;
mod expand;
mod lexer;
mod literal;
#[cfg(test)]
mod tests;
mod types;
mod value;

use std::borrow::Cow;

use crate::ir;

pub use lexer::{defined_names, undefined_names};

/// A macro's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    /// The replacement list as it stands in the file, with its comments and line continuations.
    pub text: Cow<'a, [u8]>,
    /// The parameters of a function-like macro, `...` for the variadic one; `None` for an object-like macro.
    pub parameters: Option<Vec<String>>,
}

/// Sizes, in bytes, and signs of a target's builtin types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataModel {
    /// `short`.
    pub short: u32,
    /// `int`.
    pub int: u32,
    /// `long`.
    pub long: u32,
    /// `long long`.
    pub long_long: u32,
    /// Data pointers, and with them `size_t`.
    pub pointer: u32,
    /// `wchar_t`.
    pub wchar: u32,
    /// Whether plain `char` is signed.
    pub char_signed: bool,
    /// Whether `wchar_t` is signed.
    pub wchar_signed: bool,
    /// `long double`, padding included.
    pub long_double: u32,
}

/// What a name is as a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeLookup {
    /// An integer or enum type other than `_Bool`.
    Int {
        /// Bytes.
        size: u32,
        /// Whether it holds negative values.
        signed: bool,
    },
    /// `_Bool`: conversions to it give 0 or 1.
    Bool,
    /// A real floating-point type.
    Float {
        /// Bytes.
        size: u32,
    },
    /// A pointer.
    Pointer,
    /// Any other type: record, array, function, `void`.
    Other {
        /// Bytes, for a complete type.
        size: Option<u64>,
    },
    /// No type has this name.
    NotAType,
}

/// What the evaluator asks about the translation unit.
pub trait Scope {
    /// The definition of a macro; `None` if there is none.
    fn macro_body(&self, name: &str) -> Option<Body<'_>>;
    /// The value of an enum constant.
    fn enum_constant(&self, name: &str) -> Option<ir::Integer>;
    /// What a typedef name or tag (`uint32_t`, `struct foo`, `enum e`) stands for. It is asked about `bool` and
    /// `__int64` too, which are builtin where it says `NotAType`; never about other builtin spellings.
    fn type_named(&self, name: &str) -> TypeLookup;
    /// Whether a function or variable of that name is declared.
    fn is_declared(&self, name: &str) -> bool;
    /// The target's builtin types.
    fn model(&self) -> DataModel;
}

/// What a macro stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluation {
    /// A constant of this value.
    Value(ir::ConstantValue),
    /// Surely no constant that bindings could hold.
    NotAValue,
    /// A compiler has to be asked.
    Unknown,
}

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    NotAValue,
    Unknown,
}

/// Whether a macro tells which compiler reads the header: clang here, maybe another one where it is used.
fn tells_compiler(name: &str) -> bool {
    matches!(
        name,
        "__GNUC__"
            | "__GNUC_MINOR__"
            | "__GNUC_PATCHLEVEL__"
            | "__GNUG__"
            | "__VERSION__"
            | "__clang__"
            | "__clang_major__"
            | "__clang_minor__"
            | "__clang_patchlevel__"
            | "__clang_version__"
            | "_MSC_VER"
            | "_MSC_FULL_VER"
            | "_MSC_BUILD"
    )
}

/// How deep macros, arguments and parentheses may nest.
const DEPTH: usize = 64;

/// Why the object-like macro `name`, which has no value, has none: the end of a sentence. `None` if its
/// definition is empty, so that it was not meant to have one.
pub fn reason(scope: &dyn Scope, name: &str) -> Option<String> {
    let body = scope.macro_body(name)?;
    lexer::Lexer::new(&lexer::splice(&body.text)).next()?;
    let Ok(tokens) = expand::expand(scope, name) else { return Some("it cannot be expanded".into()) };
    Some(eval::reason(scope, &tokens))
}

/// The declared name that is all that the object-like macro `name` expands to.
pub fn alias(scope: &dyn Scope, name: &str) -> Option<String> {
    let tokens = expand::expand(scope, name).ok()?;
    let [token] = tokens.as_slice() else { return None };
    token.identifier().filter(|target| *target != name).map(str::to_owned)
}

/// Evaluates the object-like macro `name`. Never panics, whatever the bodies hold.
pub fn evaluate(scope: &dyn Scope, name: &str) -> Evaluation {
    match expand::expand(scope, name).and_then(|tokens| eval::evaluate(scope, &tokens)) {
        Ok(value) => Evaluation::Value(value),
        Err(Stop::NotAValue) => Evaluation::NotAValue,
        Err(Stop::Unknown) => Evaluation::Unknown,
    }
}

//! Values of object-like C macros: no libclang, no I/O.
//!
//! A macro is expanded as the preprocessor does (`expand`), then read as a C constant expression with
//! C's types (`eval`). What takes more than that is [`Evaluation::Unknown`]: asking a compiler is dear,
//! a wrong value is worse.

mod eval;
mod expand;
mod lexer;
mod literal;
mod space;
#[cfg(test)]
pub(super) mod tests;
mod types;
mod value;

use std::borrow::Cow;
use std::rc::Rc;

use crate::ir;

pub use lexer::{defined_names, directives, popped_names, undef_lines};

/// A macro's definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body<'a> {
    /// The replacement list as it stands in the file, with its comments and line continuations.
    pub text: Cow<'a, [u8]>,
    /// The parameters of a function-like macro, `...` for the variadic one; `None` for an object-like macro.
    pub parameters: Option<Rc<[String]>>,
    /// Whether the text has white space where it was written, and there only.
    pub is_spelled: bool,
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

/// Whether a name means something else at every place or time (C17 6.10.8.1, 6.4.2.2, and extensions of gcc).
fn depends_on_place(name: &str) -> bool {
    matches!(
        name,
        "__LINE__"
            | "__FILE__"
            | "__FILE_NAME__"
            | "__BASE_FILE__"
            | "__INCLUDE_LEVEL__"
            | "__COUNTER__"
            | "__DATE__"
            | "__TIME__"
            | "__TIMESTAMP__"
            | "__func__"
            | "__FUNCTION__"
            | "__PRETTY_FUNCTION__"
    )
}

/// How deep macros, arguments and parentheses may nest.
const DEPTH: usize = 64;

/// What an object-like macro finally stands for.
pub struct Expansion<'s> {
    scope: &'s dyn Scope,
    name: &'s str,
    tokens: Result<Vec<expand::Token>, Stop>,
}

impl<'s> Expansion<'s> {
    /// Expands the object-like macro `name`. Never panics, whatever the bodies hold; nor does anything below.
    pub fn new(scope: &'s dyn Scope, name: &'s str) -> Self {
        Expansion { scope, name, tokens: expand::expand(scope, name) }
    }

    /// The value.
    pub fn value(&self) -> Evaluation {
        match self.tokens.as_ref().map_err(|stop| *stop).and_then(|tokens| eval::evaluate(self.scope, tokens))
        {
            Ok(value) => Evaluation::Value(value),
            Err(Stop::NotAValue) => Evaluation::NotAValue,
            Err(Stop::Unknown) => Evaluation::Unknown,
        }
    }

    /// The declared name that is all of it.
    pub fn alias(&self) -> Option<String> {
        let Ok([token]) = self.tokens.as_deref() else { return None };
        token.identifier().filter(|target| *target != self.name).map(str::to_owned)
    }

    /// The declared name that is all of it behind one `&`.
    pub fn pointee(&self) -> Option<String> {
        let mut tokens = self.tokens.as_deref().ok()?;
        while let [first, inner @ .., last] = tokens
            && first.is("(")
            && last.is(")")
        {
            tokens = inner;
        }
        let [operator, target] = tokens else { return None };
        target.identifier().filter(|_| operator.is("&")).map(str::to_owned)
    }

    /// Whether a compiler may know a value where [`Expansion::value`] is unknown.
    pub fn may_be_value(&self) -> bool {
        match &self.tokens {
            Ok(tokens) => eval::may_be_value(self.scope, tokens),
            Err(stop) => *stop == Stop::Unknown,
        }
    }

    /// Why a macro without value has none: the end of a sentence. `None` if its definition is empty, so that it was
    /// not meant to have one.
    pub fn reason(&self) -> Option<String> {
        let body = self.scope.macro_body(self.name)?;
        lexer::Lexer::new(&lexer::splice(&body.text)).next()?;
        let Ok(tokens) = &self.tokens else { return Some("it cannot be expanded".into()) };
        Some(eval::reason(self.scope, tokens))
    }
}

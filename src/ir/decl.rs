//! The header and its declarations.

use serde::{Deserialize, Serialize};

use super::cxx::Cxx;
use super::ty::{Enum, FunctionType, Integer, QualType, Record, is_false};

/// A parsed header: everything bindings need, and nothing of the machine that parsed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Header {
    /// The header as configured: project-relative with `/`, or as written.
    pub path: String,
    /// Canonical target, as in [`crate::target`].
    pub target: String,
    /// What an `#include` line says for it: its path below the nearest include directory that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub include: Option<String>,
    /// Object-like macros that the text of the bound headers defines, whatever `#if` says, in order of
    /// appearance and without repetition; what `define_patterns` is matched against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defines: Vec<String>,
    /// The declarations; see the module's invariants for their order.
    pub declarations: Vec<Declaration>,
}

/// Where something stands in the sources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Location {
    /// Project-relative path, a path below a written include dir, or `<name>` for a system header.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Declaration {
    /// What is declared.
    #[serde(flatten)]
    pub kind: DeclarationKind,
    /// Where.
    pub location: Location,
    /// Whether it is in scope; otherwise it only supports declarations that are.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub bound: bool,
    /// `__attribute__((deprecated))`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// The doc comment, for headers of the project itself only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

fn yes() -> bool {
    true
}

fn is_true(flag: &bool) -> bool {
    *flag
}

impl Declaration {
    /// The declared name, without namespaces; `None` for an unnamed enum.
    pub fn name(&self) -> Option<&str> {
        match &self.kind {
            DeclarationKind::Record(record) => record.name.as_deref(),
            DeclarationKind::Enum(definition) => definition.name.as_deref(),
            DeclarationKind::Typedef(typedef) => Some(&typedef.name),
            DeclarationKind::Function(function) => Some(&function.name),
            DeclarationKind::Variable(variable) => Some(&variable.name),
            DeclarationKind::Constant(constant) => Some(&constant.name),
            DeclarationKind::MacroFunction(function) => Some(&function.name),
            DeclarationKind::Cxx(declaration) => declaration.name(),
        }
    }
}

/// The kinds of declarations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeclarationKind {
    /// A struct or union with a tag, complete or not.
    Record(Record),
    /// An enum, with or without tag.
    Enum(Enum),
    /// A typedef.
    Typedef(Typedef),
    /// A function.
    Function(Function),
    /// A variable.
    Variable(Variable),
    /// An object-like macro that stands for a value.
    Constant(Constant),
    /// A function-like macro.
    MacroFunction(MacroFunction),
    /// What only C++ has.
    Cxx(Box<Cxx>),
}

/// `typedef underlying name;`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Typedef {
    /// Its name.
    pub name: String,
    /// What it stands for. A typedef that names an unnamed record holds it inline.
    #[serde(rename = "type")]
    pub ty: QualType,
    /// Alignment in bytes where an attribute on the typedef changes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<u64>,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: FunctionType,
    /// Has a body in the header or is `static`: no symbol of a library stands behind it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inline: bool,
    /// The linker symbol, where an `asm` label makes it differ from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

/// A variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: QualType,
    /// `static`: defined in the header, no symbol of a library stands behind it.
    #[serde(default, rename = "static", skip_serializing_if = "is_false")]
    pub is_static: bool,
    /// The linker symbol, where an `asm` label makes it differ from the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The value of a constant initializer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ConstantValue>,
}

/// An object-like macro that stands for a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Constant {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: ConstantValue,
}

/// An evaluated value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConstantValue {
    /// An integer.
    Int(Integer),
    /// A floating-point number; JSON says `"inf"`, `"-inf"` and `"nan"` where it has no number.
    Float(
        #[serde(with = "float")]
        #[cfg_attr(test, schemars(with = "float::Json"))]
        f64,
    ),
    /// A string literal.
    String(String),
    /// A string literal that is not UTF-8.
    Bytes(Vec<u8>),
    /// A string literal of `wchar_t`, `char16_t` or `char32_t`.
    Wide(String),
    /// A pointer that was cast from this number, taken as unsigned.
    Address(u64),
    /// Another name of this bound function, variable or typedef.
    Name(String),
    /// A pointer to this bound variable.
    AddressOf(String),
}

impl PartialEq for ConstantValue {
    fn eq(&self, other: &Self) -> bool {
        use ConstantValue::{Address, AddressOf, Bytes, Float, Int, Name, String, Wide};
        match (self, other) {
            (Int(one), Int(other)) => one == other,
            // Every NaN is the same constant.
            (Float(one), Float(other)) => one == other || (one.is_nan() && other.is_nan()),
            (String(one), String(other))
            | (Wide(one), Wide(other))
            | (Name(one), Name(other))
            | (AddressOf(one), AddressOf(other)) => one == other,
            (Bytes(one), Bytes(other)) => one == other,
            (Address(one), Address(other)) => one == other,
            _ => false,
        }
    }
}

/// Floating-point numbers in JSON, which has no words for those that are not finite.
mod float {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    #[serde(untagged)]
    pub enum Json {
        Finite(f64),
        Other(NotFinite),
    }

    #[derive(Serialize, Deserialize)]
    #[cfg_attr(test, derive(schemars::JsonSchema))]
    pub enum NotFinite {
        #[serde(rename = "inf")]
        Infinity,
        #[serde(rename = "-inf")]
        MinusInfinity,
        #[serde(rename = "nan")]
        NotANumber,
    }

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        let json = match *value {
            value if value.is_finite() => Json::Finite(value),
            f64::INFINITY => Json::Other(NotFinite::Infinity),
            f64::NEG_INFINITY => Json::Other(NotFinite::MinusInfinity),
            _ => Json::Other(NotFinite::NotANumber),
        };
        json.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(match Json::deserialize(deserializer)? {
            Json::Finite(value) => value,
            Json::Other(NotFinite::Infinity) => f64::INFINITY,
            Json::Other(NotFinite::MinusInfinity) => f64::NEG_INFINITY,
            Json::Other(NotFinite::NotANumber) => f64::NAN,
        })
    }
}

/// A function-like macro; listed only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct MacroFunction {
    /// Its name.
    pub name: String,
    /// Its parameter names; `...` for the variadic one.
    pub parameters: Vec<String>,
}

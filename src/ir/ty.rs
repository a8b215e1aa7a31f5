//! Types, records and enums.

use serde::{Deserialize, Serialize};

use super::cxx::CxxType;

/// Whether a flag is unset; keeps absent facts out of the serialized form.
pub(super) fn is_false(flag: &bool) -> bool {
    !flag
}

/// A type with its qualifiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct QualType {
    /// The type itself.
    #[serde(flatten)]
    pub ty: Type,
    /// `const`.
    #[serde(default, rename = "const", skip_serializing_if = "is_false")]
    pub is_const: bool,
    /// `volatile`.
    #[serde(default, rename = "volatile", skip_serializing_if = "is_false")]
    pub is_volatile: bool,
    /// `restrict`.
    #[serde(default, rename = "restrict", skip_serializing_if = "is_false")]
    pub is_restrict: bool,
}

impl From<Type> for QualType {
    fn from(ty: Type) -> Self {
        QualType { ty, is_const: false, is_volatile: false, is_restrict: false }
    }
}

/// A C type. Named types refer to the declaration of that name in the same header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Type {
    /// `void`.
    Void,
    /// `_Bool`.
    Bool,
    /// A builtin integer or character type.
    Int {
        /// Which one.
        int: IntKind,
        /// Size in bytes on the target.
        size: u32,
    },
    /// A real floating type.
    Float {
        /// Which one.
        float: FloatKind,
        /// Size in bytes on the target.
        size: u32,
    },
    /// `float _Complex` and its kin.
    Complex {
        /// The element type.
        float: FloatKind,
        /// Size in bytes of the whole complex value.
        size: u32,
    },
    /// A pointer.
    Pointer {
        /// The pointee.
        to: Box<QualType>,
    },
    /// An array; array parameters are adjusted to pointers already.
    Array {
        /// The element.
        of: Box<QualType>,
        /// Number of elements; `None` for an incomplete or flexible array.
        length: Option<u64>,
    },
    /// A function type (the pointee of a function pointer, or a typedef of a function).
    Function(FunctionType),
    /// A struct or union by its tag.
    Record {
        /// `struct` or `union`.
        record: RecordKind,
        /// The tag.
        name: String,
    },
    /// An enum by its tag.
    Enum {
        /// The tag.
        name: String,
    },
    /// A typedef by its name.
    Typedef {
        /// The name.
        name: String,
    },
    /// A record without tag, defined where it is used.
    InlineRecord {
        /// The definition.
        definition: Box<Record>,
    },
    /// An enum without tag, defined where it is used.
    InlineEnum {
        /// The definition.
        definition: Box<Enum>,
    },
    /// A vector (`__attribute__((vector_size))`).
    Vector {
        /// The element.
        of: Box<QualType>,
        /// Number of elements.
        length: u64,
        /// Size in bytes.
        size: u64,
        /// Alignment in bytes.
        align: u64,
    },
    /// `_Atomic(T)`.
    Atomic {
        /// The underlying type.
        of: Box<QualType>,
    },
    /// `va_list`, whatever the target makes of it.
    VaList {
        /// Size and alignment.
        layout: Layout,
    },
    /// A type that the IR cannot say.
    Opaque {
        /// As clang spells it, free of paths.
        spelling: String,
        /// Size and alignment, where the type is complete.
        layout: Option<Layout>,
    },
    /// A type that only C++ has.
    Cxx {
        /// Which one.
        #[serde(rename = "type")]
        ty: Box<CxxType>,
    },
}

/// Size and alignment in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Layout {
    /// `sizeof`.
    pub size: u64,
    /// `_Alignof`.
    pub align: u64,
}

/// The builtin integer types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IntKind {
    /// `char` where it is signed.
    CharS,
    /// `char` where it is unsigned.
    CharU,
    /// `signed char`.
    SChar,
    /// `unsigned char`.
    UChar,
    /// `short`.
    Short,
    /// `unsigned short`.
    UShort,
    /// `int`.
    Int,
    /// `unsigned int`.
    UInt,
    /// `long`.
    Long,
    /// `unsigned long`.
    ULong,
    /// `long long`.
    LongLong,
    /// `unsigned long long`.
    ULongLong,
    /// `__int128`.
    Int128,
    /// `unsigned __int128`.
    UInt128,
    /// C++ `wchar_t`.
    WChar,
    /// C++ `char16_t`.
    Char16,
    /// C++ `char32_t`.
    Char32,
}

impl IntKind {
    /// Whether values can be negative.
    pub fn is_signed(self) -> bool {
        use IntKind::*;
        matches!(self, CharS | SChar | Short | Int | Long | LongLong | Int128 | WChar)
    }

    /// The type as C spells it.
    pub fn spelling(self) -> &'static str {
        use IntKind::*;
        match self {
            CharS | CharU => "char",
            SChar => "signed char",
            UChar => "unsigned char",
            Short => "short",
            UShort => "unsigned short",
            Int => "int",
            UInt => "unsigned int",
            Long => "long",
            ULong => "unsigned long",
            LongLong => "long long",
            ULongLong => "unsigned long long",
            Int128 => "__int128",
            UInt128 => "unsigned __int128",
            WChar => "wchar_t",
            Char16 => "char16_t",
            Char32 => "char32_t",
        }
    }
}

/// The real floating types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FloatKind {
    /// `_Float16`.
    Half,
    /// `__bf16`.
    BFloat16,
    /// `float`.
    Float,
    /// `double`.
    Double,
    /// `long double`.
    LongDouble,
    /// `__float128`.
    Float128,
}

impl FloatKind {
    /// The type as C spells it.
    pub fn spelling(self) -> &'static str {
        match self {
            FloatKind::Half => "_Float16",
            FloatKind::BFloat16 => "__bf16",
            FloatKind::Float => "float",
            FloatKind::Double => "double",
            FloatKind::LongDouble => "long double",
            FloatKind::Float128 => "__float128",
        }
    }
}

/// A function type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct FunctionType {
    /// What it returns.
    pub result: Box<QualType>,
    /// Its parameters; arrays and functions are adjusted to pointers.
    pub parameters: Vec<Parameter>,
    /// `...` at the end.
    #[serde(default, skip_serializing_if = "is_false")]
    pub variadic: bool,
    /// `f()` without a prototype; `parameters` is empty then.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unprototyped: bool,
    /// Calling convention.
    #[serde(default, skip_serializing_if = "CallConv::is_default")]
    pub call_conv: CallConv,
}

/// Calling conventions that bindings can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CallConv {
    /// The target's default.
    #[default]
    C,
    /// `__stdcall`.
    Stdcall,
    /// `__fastcall`.
    Fastcall,
    /// Any other one.
    Other,
}

impl CallConv {
    fn is_default(&self) -> bool {
        *self == CallConv::C
    }
}

/// A function parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Parameter {
    /// Its name, where the prototype gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: QualType,
}

/// `struct` or `union`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// `struct`.
    Struct,
    /// `union`.
    Union,
}

impl RecordKind {
    /// The C keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            RecordKind::Struct => "struct",
            RecordKind::Union => "union",
        }
    }
}

/// A struct or union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record {
    /// `struct` or `union`.
    pub record: RecordKind,
    /// The tag; `None` only inside [`Type::InlineRecord`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Size and alignment; `None` for an incomplete record (then `fields` is empty).
    #[serde(flatten)]
    pub layout: Option<Layout>,
    /// `__attribute__((packed))` on the record.
    #[serde(default, skip_serializing_if = "is_false")]
    pub packed: bool,
    /// Fields in source order, unnamed bit-fields included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Field {
    /// Its name; `None` for an unnamed bit-field or an anonymous member (whose type is then
    /// [`Type::InlineRecord`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: QualType,
    /// Offset from the start of the record, in bits.
    pub offset_bits: u64,
    /// Width in bits of a bit-field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit_width: Option<u32>,
    /// `sizeof` the type in bytes; 0 for a flexible array.
    pub size: u64,
    /// `_Alignof` the type in bytes (attributes of the field itself not counted).
    pub align: u64,
    /// C++ `mutable`: may change in a `const` object.
    #[serde(default, rename = "mutable", skip_serializing_if = "is_false")]
    pub is_mutable: bool,
}

/// An enum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Enum {
    /// The tag, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The compatible integer type.
    pub underlying: IntKind,
    /// Its size in bytes.
    pub size: u32,
    /// Whether this is only `enum name;`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub incomplete: bool,
    /// The constants in source order.
    pub constants: Vec<EnumConstant>,
}

/// A constant of an enum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EnumConstant {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Integer,
}

/// A C integer value of up to 64 bits, of either sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Integer {
    /// A value that fits a signed 64-bit integer.
    Signed(i64),
    /// A value above `i64::MAX`.
    Unsigned(u64),
}

impl Integer {
    /// The value as a number that holds every C integer of 64 bits.
    pub fn value(self) -> i128 {
        match self {
            Integer::Signed(value) => value.into(),
            Integer::Unsigned(value) => value.into(),
        }
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Self {
        Integer::Signed(value)
    }
}

impl From<u64> for Integer {
    fn from(value: u64) -> Self {
        i64::try_from(value).map_or(Integer::Unsigned(value), Integer::Signed)
    }
}

impl std::fmt::Display for Integer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value().fmt(f)
    }
}

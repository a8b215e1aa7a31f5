//! Names that cffi and its C parser treat specially.

use crate::ir::{FloatKind, IntKind, Type};

/// Words that pycparser reads as keywords or that cffi replaces textually before parsing; no
/// declaration, field or parameter can have such a name. Sorted.
const RESERVED: &[&str] = &[
    "WINAPI",
    "_Alignas",
    "_Alignof",
    "_Atomic",
    "_Bool",
    "_Complex",
    "_Generic",
    "_Noreturn",
    "_Pragma",
    "_Static_assert",
    "_Thread_local",
    "__builtin_va_arg",
    "__cdecl",
    "__dotdotdot__",
    "__dotdotdotfloat__",
    "__dotdotdotint__",
    "__int128",
    "__stdcall",
    "auto",
    "break",
    "case",
    "char",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "offsetof",
    "register",
    "restrict",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "typedef",
    "union",
    "unsigned",
    "void",
    "volatile",
    "while",
];

/// The lengths of the reserved words that begin with each ASCII character, as bits: few other names agree
/// with one in both, and every name of a header is looked up.
const RESERVED_LENGTHS: [u32; 128] = {
    let mut lengths = [0; 128];
    let mut index = 0;
    while index < RESERVED.len() {
        let word = RESERVED[index].as_bytes();
        lengths[word[0] as usize] |= 1 << word.len();
        index += 1;
    }
    lengths
};

/// Integer types that cffi defines itself, with its own knowledge of the running platform.
const INTEGERS: &[(&str, bool, Option<u32>)] = &[
    ("int16_t", true, Some(2)),
    ("int32_t", true, Some(4)),
    ("int64_t", true, Some(8)),
    ("int8_t", true, Some(1)),
    ("int_fast16_t", true, None),
    ("int_fast32_t", true, None),
    ("int_fast64_t", true, None),
    ("int_fast8_t", true, None),
    ("int_least16_t", true, Some(2)),
    ("int_least32_t", true, Some(4)),
    ("int_least64_t", true, Some(8)),
    ("int_least8_t", true, Some(1)),
    ("intmax_t", true, Some(8)),
    ("intptr_t", true, None),
    ("ptrdiff_t", true, None),
    ("size_t", false, None),
    ("ssize_t", true, None),
    ("uint16_t", false, Some(2)),
    ("uint32_t", false, Some(4)),
    ("uint64_t", false, Some(8)),
    ("uint8_t", false, Some(1)),
    ("uint_fast16_t", false, None),
    ("uint_fast32_t", false, None),
    ("uint_fast64_t", false, None),
    ("uint_fast8_t", false, None),
    ("uint_least16_t", false, Some(2)),
    ("uint_least32_t", false, Some(4)),
    ("uint_least64_t", false, Some(8)),
    ("uint_least8_t", false, Some(1)),
    ("uintmax_t", false, Some(8)),
    ("uintptr_t", false, None),
];

/// Whether cffi could not read a declaration of that name.
pub(super) fn is_reserved(name: &str) -> bool {
    let plain = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    match name.as_bytes() {
        [first, rest @ ..] if plain(*first) && !first.is_ascii_digit() && rest.iter().all(|b| plain(*b)) => {
            let lengths = RESERVED_LENGTHS[usize::from(*first)];
            name.len() < 32 && lengths >> name.len() & 1 == 1 && RESERVED.binary_search(&name).is_ok()
        }
        _ => true,
    }
}

/// Whether cffi knows the typedef itself and means the same by it; `ty` is its canonical type.
pub(super) fn is_known_typedef(name: &str, ty: &Type) -> bool {
    match (name, ty) {
        ("bool", Type::Bool) | ("FILE", Type::Record { .. }) => true,
        ("wchar_t" | "char16_t" | "char32_t", Type::Int { .. }) => true,
        (_, Type::Int { int, size }) => INTEGERS
            .iter()
            .find(|(known, ..)| *known == name)
            .is_some_and(|(_, signed, bytes)| int.is_signed() == *signed && bytes.is_none_or(|b| b == *size)),
        _ => false,
    }
}

/// Whether a bare parameter of that name would read as a type.
pub(super) fn reads_as_type(name: &str) -> bool {
    matches!(name, "bool" | "FILE" | "wchar_t" | "char16_t" | "char32_t")
        || (name.ends_with("_t") && INTEGERS.iter().any(|(known, ..)| *known == name))
}

/// Whether the typedef stands in for a type that only some compilers have (C23 annex H): glibc declares these
/// where clang reads it, while gcc knows them as types apart from `float`, `double` and `long double`.
pub(super) fn is_compilers_float(name: &str) -> bool {
    matches!(name, "_Float32" | "_Float64" | "_Float128" | "_Float32x" | "_Float64x")
}

/// Whether `<limits.h>` of Linux, which `Python.h` includes, undefines what `<linux/limits.h>` defines.
pub(super) fn is_undefined_by_python(macro_name: &str) -> bool {
    matches!(macro_name, "ARG_MAX" | "LINK_MAX" | "NR_OPEN" | "OPEN_MAX")
}

/// Whether cffi has the integer type.
pub(super) fn has_int(kind: IntKind) -> bool {
    !matches!(kind, IntKind::Int128 | IntKind::UInt128)
}

/// Whether cffi has the floating type.
pub(super) fn has_float(kind: FloatKind) -> bool {
    matches!(kind, FloatKind::Float | FloatKind::Double | FloatKind::LongDouble)
}

/// Whether cffi has the complex type over that element.
pub(super) fn has_complex(kind: FloatKind) -> bool {
    matches!(kind, FloatKind::Float | FloatKind::Double)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reserved_word_is_found_and_nothing_like_it() {
        assert!(RESERVED.is_sorted());
        for word in RESERVED {
            assert!(is_reserved(word), "{word}");
            assert!(!is_reserved(&format!("{word}_")) && !is_reserved(&word[..word.len() - 1]), "{word}");
        }
        for odd in ["", "1a", "a-b", "\u{e9}", "a b"] {
            assert!(is_reserved(odd), "{odd}");
        }
        assert!(!is_reserved("record") && !is_reserved(&"long".repeat(20)));
    }
}

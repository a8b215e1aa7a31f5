//! Names that LuaJIT's C parser or Lua itself treats specially.

use std::borrow::Cow;

use crate::ir::Type;

/// Words that LuaJIT's C parser reads as keywords, in any place (`lj_ctype.c`, `CTKWDEF`). Sorted.
const KEYWORDS: &[&str] = &[
    "_Bool",
    "_Complex",
    "__alignof",
    "__alignof__",
    "__asm",
    "__asm__",
    "__attribute",
    "__attribute__",
    "__cdecl",
    "__complex",
    "__complex__",
    "__const",
    "__const__",
    "__declspec",
    "__extension__",
    "__fastcall",
    "__inline",
    "__inline__",
    "__int16",
    "__int32",
    "__int64",
    "__int8",
    "__ptr32",
    "__ptr64",
    "__restrict",
    "__restrict__",
    "__signed",
    "__signed__",
    "__stdcall",
    "__thiscall",
    "__volatile",
    "__volatile__",
    "asm",
    "auto",
    "bool",
    "char",
    "complex",
    "const",
    "double",
    "enum",
    "extern",
    "float",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "typedef",
    "union",
    "unsigned",
    "void",
    "volatile",
];

/// Typedefs that LuaJIT declares itself: the first declaration of a name is the one that counts.
/// With signedness and size; no size is a pointer's. `wchar_t` is as the platform has it.
const PREDECLARED: &[(&str, Option<bool>, Option<u32>)] = &[
    ("__builtin_va_list", None, None),
    ("__gnuc_va_list", None, None),
    ("int16_t", Some(true), Some(2)),
    ("int32_t", Some(true), Some(4)),
    ("int64_t", Some(true), Some(8)),
    ("int8_t", Some(true), Some(1)),
    ("intptr_t", Some(true), None),
    ("ptrdiff_t", Some(true), None),
    ("size_t", Some(false), None),
    ("ssize_t", Some(true), None),
    ("uint16_t", Some(false), Some(2)),
    ("uint32_t", Some(false), Some(4)),
    ("uint64_t", Some(false), Some(8)),
    ("uint8_t", Some(false), Some(1)),
    ("uintptr_t", Some(false), None),
    ("va_list", None, None),
    ("wchar_t", None, None),
];

/// Lua's own words. Sorted.
const LUA: &[&str] = &[
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// Whether LuaJIT's C parser has the typedef already.
pub(super) fn is_predeclared(name: &str) -> bool {
    PREDECLARED.iter().any(|(known, ..)| *known == name)
}

/// Whether LuaJIT means the same by a predeclared typedef; `ty` is its canonical type, `pointer` the
/// size of a pointer in bytes.
pub(super) fn is_known_typedef(name: &str, ty: &Type, pointer: u64) -> bool {
    let Some((_, signed, bytes)) = PREDECLARED.iter().find(|(known, ..)| *known == name) else {
        return false;
    };
    match ty {
        Type::VaList { .. } => signed.is_none() && name != "wchar_t",
        Type::Int { .. } if name == "wchar_t" => true,
        Type::Int { int, size } => {
            *signed == Some(int.is_signed()) && bytes.map_or(pointer, u64::from) == u64::from(*size)
        }
        _ => false,
    }
}

/// Whether it is a name to C and to LuaJIT's parser.
pub(super) fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// Whether LuaJIT's C parser reads the word as a keyword.
pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.binary_search(&name).is_ok()
}

/// The name as LuaJIT's C parser can read it: keywords get an underscore at the end.
pub(super) fn readable(name: &str) -> Cow<'_, str> {
    if is_keyword(name) { Cow::Owned(format!("{name}_")) } else { Cow::Borrowed(name) }
}

/// `name` as a key in a Lua table constructor.
pub(super) fn key(name: &str) -> String {
    if is_identifier(name) && LUA.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        format!("[{}]", super::literals::string(name.as_bytes()))
    }
}

/// `M.name`, however the name is spelled.
pub(super) fn member(name: &str) -> String {
    match key(name) {
        quoted if quoted.starts_with('[') => format!("M{quoted}"),
        plain => format!("M.{plain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(KEYWORDS.is_sorted() && LUA.is_sorted() && PREDECLARED.is_sorted_by_key(|entry| entry.0));
    }

    #[test]
    fn keywords_of_either_language_stay_usable() {
        assert_eq!(readable("complex"), "complex_");
        assert_eq!(readable("end"), "end");
        assert_eq!(member("end"), "M[\"end\"]");
        assert_eq!(member("begin"), "M.begin");
    }
}

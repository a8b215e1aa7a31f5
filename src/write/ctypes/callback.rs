//! Texts that C gives to callbacks: `ctypes` reads a `c_char_p` up to a zero before Python sees it, which is beyond
//! the end where a length says how long the text is.

use super::hint::Hint;
use super::types::{Emitter, Object, PyType, Shape};
use crate::ir::{FunctionType, IntKind, Layout, Parameter, Type};

/// Words in the names of integers that tell no length, sorted.
const OTHER: &[&str] = &[
    "category", "code", "col", "column", "err", "errno", "error", "event", "fd", "flag", "flags", "id",
    "index", "kind", "level", "line", "lineno", "mode", "pid", "port", "priority", "reason", "result", "ret",
    "row", "severity", "sig", "signal", "signo", "state", "status", "type", "version",
];

/// Words in the names of integers that tell a length whatever their type, sorted.
const LENGTH: &[&str] = &["bytes", "count", "len", "length", "n", "nbytes", "size"];

/// Standard typedefs of integers that are no lengths, sorted.
const OTHER_TYPES: &[&str] = &[
    "clock_t",
    "clockid_t",
    "dev_t",
    "errno_t",
    "gid_t",
    "id_t",
    "in_addr_t",
    "in_port_t",
    "ino64_t",
    "ino_t",
    "key_t",
    "loff_t",
    "mode_t",
    "nlink_t",
    "off64_t",
    "off_t",
    "pid_t",
    "sa_family_t",
    "speed_t",
    "suseconds_t",
    "tcflag_t",
    "time_t",
    "uid_t",
    "useconds_t",
    "wint_t",
];

impl Emitter<'_> {
    /// Makes pointers of the constant texts among a callback's parameters that have an integer beside them which may be
    /// their length.
    pub fn unterminated(&self, function: &FunctionType, parameters: &mut [PyType]) {
        let lengths: Vec<bool> = function.parameters.iter().map(|one| self.may_be_length(one)).collect();
        let is_length = |index: Option<usize>| index.and_then(|index| lengths.get(index)) == Some(&true);
        for (index, parameter) in parameters.iter_mut().enumerate() {
            let element = match &parameter.shape {
                Shape::Object(Object { scalar: Some("_ct.c_char_p"), .. }) => "_ct.c_char",
                Shape::Object(Object { scalar: Some("_ct.c_wchar_p"), .. }) => "_ct.c_wchar",
                _ => continue,
            };
            if is_length(index.checked_sub(1)) || is_length(index.checked_add(1)) {
                let size = self.platform.pointer;
                let layout = Layout { size, align: self.platform.scalar_align(size) };
                *parameter = PyType {
                    text: format!("_ct.POINTER({element})"),
                    shape: Shape::Object(Object::new(layout)),
                    hint: Hint::pointer(&Hint::simple(element), true),
                };
            }
        }
    }

    fn may_be_length(&self, parameter: &Parameter) -> bool {
        use IntKind::{Char16, Char32, CharS, CharU, WChar};
        let is_number = match self.symbols.canonical(&parameter.ty.ty) {
            Type::Int { int, .. } => !matches!(int, CharS | CharU | WChar | Char16 | Char32),
            _ => false,
        };
        let name = parameter.name.as_deref().unwrap_or_default();
        let is_other =
            has_word(name, OTHER) || (self.is_of_other_type(&parameter.ty.ty) && !has_word(name, LENGTH));
        is_number && !is_other
    }

    /// Whether a type is one of the standard typedefs that are no lengths, or a typedef of one.
    fn is_of_other_type(&self, ty: &Type) -> bool {
        let mut ty = ty;
        for _ in 0..64 {
            let Type::Typedef { name } = ty else { return false };
            if OTHER_TYPES.binary_search(&name.as_str()).is_ok() {
                return true;
            }
            let Some(typedef) = self.symbols.typedef(name) else { return false };
            ty = &typedef.ty.ty;
        }
        false
    }
}

/// Whether one of these words is in the name of an integer: `line`, `iErrCode`, `log_level`.
fn has_word(name: &str, sorted: &[&str]) -> bool {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in name.chars() {
        if c == '_' || (after_lower && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        after_lower = c.is_ascii_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_ascii_alphabetic()) {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.iter().any(|word| sorted.binary_search(&word.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_no_length() {
        assert!(OTHER.is_sorted() && LENGTH.is_sorted() && OTHER_TYPES.is_sorted());
        let says_otherwise = |name: &&str| has_word(name, OTHER);
        let other = ["line", "iErrCode", "log_level", "errorCode", "TYPE", "msgtype_type2"];
        let lengths = ["len", "n", "nbytes", "line_length_", "size", "iAmt", "outlined", ""];
        assert!(other.iter().all(says_otherwise));
        assert_eq!(
            lengths.map(|name| says_otherwise(&name)),
            [false, false, false, true, false, false, false, false]
        );
    }
}

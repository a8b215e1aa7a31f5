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
        is_number && parameter.name.as_deref().is_none_or(|name| !says_otherwise(name))
    }
}

/// Whether the name of an integer says that it is no length: `line`, `iErrCode`, `log_level`.
fn says_otherwise(name: &str) -> bool {
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
    words.iter().any(|word| OTHER.binary_search(&word.as_str()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_no_length() {
        assert!(OTHER.is_sorted());
        let other = ["line", "iErrCode", "log_level", "errorCode", "TYPE", "msgtype_type2"];
        let lengths = ["len", "n", "nbytes", "line_length_", "size", "iAmt", "outlined", ""];
        assert!(other.iter().all(|name| says_otherwise(name)));
        assert_eq!(lengths.map(says_otherwise), [false, false, false, true, false, false, false, false]);
    }
}

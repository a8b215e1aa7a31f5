//! Values as Python spells them.

use std::fmt::Write;

use crate::ir::ConstantValue;

/// A value as a Python literal that evaluates to exactly it; `None` for what is not a number.
pub(super) fn constant(value: &ConstantValue) -> Option<String> {
    match value {
        ConstantValue::Int(value) => Some(value.to_string()),
        ConstantValue::Float(value) if value.is_finite() => Some(format!("{value:?}")),
        ConstantValue::Float(_) => None,
        ConstantValue::String(text) => Some(bytes(text.as_bytes())),
        ConstantValue::Bytes(raw) => Some(bytes(raw)),
    }
}

/// A `bytes` literal.
fn bytes(raw: &[u8]) -> String {
    let mut text = String::from("b\"");
    for byte in raw {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\x{byte:02x}");
            }
        }
    }
    text.push('"');
    text
}

/// A `str` literal, also good between triple quotes.
pub(super) fn string(value: &str) -> String {
    let mut text = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => {
                text.push('\\');
                text.push(c);
            }
            _ if c.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
    text
}

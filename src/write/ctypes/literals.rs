//! Values as Python spells them.

use std::fmt::Write;

use crate::ir::ConstantValue;

/// A value as a Python expression that evaluates to exactly it; `None` for what hangs on another declaration.
pub(super) fn constant(value: &ConstantValue) -> Option<String> {
    Some(match value {
        ConstantValue::Int(value) => value.to_string(),
        ConstantValue::Float(value) if value.is_finite() => format!("{value:?}"),
        ConstantValue::Float(value) => format!("_hk_py.float(\"{value}\")"),
        ConstantValue::String(text) => bytes(text.as_bytes()),
        ConstantValue::Bytes(raw) => bytes(raw),
        ConstantValue::Wide(text) => string(text),
        // As ctypes reads a pointer of type `void *`.
        ConstantValue::Address(0) => "None".into(),
        ConstantValue::Address(address) => format!("{address:#x}"),
        ConstantValue::Name(_) | ConstantValue::AddressOf(_) => return None,
    })
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

//! Values as Lua spells them.

use std::fmt::Write;

use crate::ir::{ConstantValue, Integer};

/// Whether [`constant`] has an expression for a value.
pub(super) fn can_say(value: &ConstantValue) -> bool {
    !matches!(
        value,
        ConstantValue::Wide(_)
            | ConstantValue::Address(_)
            | ConstantValue::Name(_)
            | ConstantValue::AddressOf(_)
    )
}

/// A value as a Lua expression that evaluates to exactly it.
pub(super) fn constant(value: &ConstantValue) -> String {
    match value {
        ConstantValue::Wide(_)
        | ConstantValue::Address(_)
        | ConstantValue::Name(_)
        | ConstantValue::AddressOf(_) => "nil".into(),
        ConstantValue::Int(value) => integer(*value),
        ConstantValue::Float(value) => float(*value),
        ConstantValue::String(text) => string(text.as_bytes()),
        ConstantValue::Bytes(raw) => string(raw),
    }
}

/// An integer as LuaJIT would return it from C: a number where 32 bits hold it, otherwise a 64-bit value.
pub(super) fn integer(value: Integer) -> String {
    let number = value.value();
    if (i128::from(i32::MIN)..=i128::from(u32::MAX)).contains(&number) {
        return number.to_string();
    }
    match value {
        Integer::Signed(value) => format!("{value}LL"),
        Integer::Unsigned(value) => format!("{value}ULL"),
    }
}

/// A number; Lua 5.1 has no literals for what is not finite.
fn float(value: f64) -> String {
    if value.is_nan() {
        "0/0".into()
    } else if value.is_infinite() {
        if value > 0.0 { "1/0".into() } else { "-1/0".into() }
    } else {
        // The shortest text that reads back as the same number.
        format!("{value:?}")
    }
}

/// A string literal of these bytes.
pub(super) fn string(raw: &[u8]) -> String {
    let mut text = String::from("\"");
    for byte in raw {
        match byte {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b'\n' => text.push_str("\\n"),
            0x20..=0x7e => text.push(char::from(*byte)),
            // Always three digits, so that a digit that follows is not read as one more.
            _ => {
                let _ = write!(text, "\\{byte:03}");
            }
        }
    }
    text.push('"');
    text
}

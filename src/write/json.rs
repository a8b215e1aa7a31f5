//! The IR as JSON for other tools: what [`crate::ir::schema`] stores, one declaration per line.
//!
//! The target is left out: like the other writers' outputs, two that are equal for all targets are equal.

use serde_json::Value;

use super::{Error, Options, Output};
use crate::ir::{Header, schema};

/// Version of the output; follows the IR schema.
pub(super) const VERSION: u32 = 2;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["indent"];

/// Resolved options.
pub(super) struct Settings {
    /// Spaces per level; `None` for one declaration per line.
    indent: Option<usize>,
}

impl Settings {
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let bad = |problem: &str| Error::BadOption {
            writer: "json",
            option: "indent".into(),
            problem: problem.into(),
        };
        let indent = match options.get("indent") {
            None => None,
            Some(Value::Number(number)) => number.as_u64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => return Err(bad("expected a number")),
        };
        match indent {
            None if options.contains_key("indent") => Err(bad("expected a number from 0 to 8")),
            Some(spaces) if spaces > 8 => Err(bad("expected a number from 0 to 8")),
            indent => Ok(Settings { indent: indent.map(|spaces| spaces as usize) }),
        }
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    // Serializing owned values of ours cannot fail: no map has keys other than strings.
    let anywhere = Header { target: String::new(), include: None, ..header.clone() };
    let compact = schema::to_json(&anywhere).unwrap_or_default();
    let text = match settings.indent {
        None | Some(0) => compact,
        Some(spaces) => indented(&compact, spaces).unwrap_or(compact),
    };
    Output { text, diagnostics: Vec::new() }
}

fn indented(compact: &str, spaces: usize) -> Option<String> {
    use serde::Serialize;
    let value: Value = serde_json::from_slice(compact.as_bytes()).ok()?;
    let indent = " ".repeat(spaces);
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).ok()?;
    bytes.push(b'\n');
    String::from_utf8(bytes).ok()
}

//! A Python module over `ctypes` that needs nothing but the standard library (Python 3.9 and later).
//!
//! The module imports whatever the library on the machine defines, and every size and offset in it is
//! the one that the IR records, which is the C compiler's. What `ctypes` cannot say becomes raw bytes
//! or is left out, and a diagnostic says so. Imports: `ir`, `diagnostics` and the sibling `symbols`.

mod layout;
mod literals;
mod module;
mod names;
mod platform;
mod records;
mod types;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{Error, Options, Output, strings};
use crate::ir::Header;

/// Version of the output.
pub(super) const VERSION: u32 = 1;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["lib_name", "library"];

/// Resolved options.
pub(super) struct Settings {
    /// Libraries to try, in order; empty for a guess from the header's name.
    library: Vec<String>,
    /// Module attribute that holds the loaded library.
    lib_name: String,
}

impl Settings {
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let bad = |option: &str, problem: &str| Error::BadOption {
            writer: "ctypes",
            option: option.into(),
            problem: problem.into(),
        };
        let library = strings("ctypes", options, "library")?;
        if library.iter().any(|name| name.is_empty() || name.contains('\0')) {
            return Err(bad("library", "a library needs a name"));
        }
        let lib_name = match options.get("lib_name") {
            None => "_lib",
            Some(Value::String(text)) => text,
            Some(_) => return Err(bad("lib_name", "expected a string")),
        };
        if !names::is_free_identifier(lib_name) {
            return Err(bad("lib_name", "expected a Python identifier"));
        }
        Ok(Settings { library, lib_name: lib_name.to_owned() })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    module::write(header, settings)
}

//! A Python module over `ctypes` that needs nothing but the standard library (Python 3.9 and later).
//!
//! A stub for type checkers goes with it, see [`write_stub`].
//!
//! The module imports whatever the library on the machine defines, and every size and offset in it is
//! the one that the IR records, which is the C compiler's. What `ctypes` cannot say becomes raw bytes
//! or is left out, and a diagnostic says so. Imports: `ir`, `diagnostics` and the sibling `symbols`.

mod byvalue;
mod callback;
mod guess;
mod hint;
mod layout;
mod literals;
mod module;
mod names;
mod platform;
mod records;
mod stub;
mod support;
mod types;

#[cfg(test)]
mod tests;

use serde_json::Value;

use super::{Error, Options, Output, strings};
use crate::ir::Header;

/// Version of the output.
pub(super) const VERSION: u32 = 3;
/// Version of the stub.
pub(super) const STUB_VERSION: u32 = 2;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["lib_name", "library", "stub", "use_errno"];

/// Resolved options.
pub(super) struct Settings {
    /// Libraries to try, in order; empty for a guess from the header's name.
    library: Vec<String>,
    /// Module attribute that holds the loaded library.
    lib_name: String,
    /// Whether `ctypes.get_errno` gives what the library's functions leave in `errno`.
    use_errno: bool,
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
        let flag = |option: &str, default: bool| match options.get(option) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(text)) if text == "true" => Ok(true),
            Some(Value::String(text)) if text == "false" => Ok(false),
            Some(_) => Err(bad(option, "expected true or false")),
        };
        flag("stub", true)?;
        let use_errno = flag("use_errno", false)?;
        Ok(Settings { library, lib_name: lib_name.to_owned(), use_errno })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let written = module::write(header, settings);
    Output { text: written.module, diagnostics: written.diagnostics }
}

/// The stub of the module that [`write()`] makes with the same settings; what there is to say about the
/// header is said of the module.
pub(super) fn write_stub(header: &Header, settings: &Settings) -> Output {
    Output { text: module::write(header, settings).stub, diagnostics: Vec::new() }
}

//! The header as the differences from a baseline.

use super::{Error, Options, Output};
use crate::ir::Header;

/// Version of the output: bump it with every change of the text.
pub(super) const VERSION: u32 = 1;
/// Option names.
pub(super) const OPTIONS: &[&str] = &[];

/// Resolved options.
pub(super) struct Settings;

impl Settings {
    pub(super) fn read(_options: &Options) -> Result<Self, Error> {
        Ok(Settings)
    }
}

pub(super) fn write(_header: &Header, _settings: &Settings) -> Output {
    Output { text: String::new(), diagnostics: Vec::new() }
}

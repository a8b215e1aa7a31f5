//! stub
use super::{Error, Options, Output};
use crate::ir::Header;
pub(super) const VERSION: u32 = 1;
pub(super) const OPTIONS: &[&str] = &[];
pub(super) struct Settings;
impl Settings {
    pub(super) fn read(_: &Options) -> Result<Self, Error> {
        Ok(Settings)
    }
}
pub(super) fn write(_: &Header, _: &Settings) -> Output {
    Output { text: String::new(), diagnostics: Vec::new() }
}

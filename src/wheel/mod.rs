//! stub
use std::{path::{Path, PathBuf}, collections::BTreeMap};
#[derive(Debug, thiserror::Error)]
pub enum Error { #[error("x")] X }
impl crate::diagnostics::Hint for Error {}
pub struct Additions { pub files: BTreeMap<String, Vec<u8>>, pub retag: Option<String>, pub remove: Vec<String> }
pub enum Placement { InWheel(String), Add(String), Nowhere }
pub struct WheelArchive;
impl WheelArchive { pub fn is_any(&self) -> bool { true } }
pub fn read(_: &Path) -> Result<WheelArchive, Error> { Err(Error::X) }
pub fn rewrite(_: &Path, _: &Additions) -> Result<PathBuf, Error> { Err(Error::X) }
pub fn place(_: &WheelArchive, _: &Path, _: &str) -> Placement { Placement::Nowhere }
pub fn platform_tag(_: &crate::target::Target) -> Option<String> { None }
pub fn extract_dist_info(_: &Path, _: &Path) -> Result<String, Error> { Err(Error::X) }

//! stub
#![allow(missing_docs)]
pub mod libclang;
pub mod macros;
use crate::diagnostics::{Diagnostic, Hint};
use crate::ir;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
/// r
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct ParseRequest {
    pub header: PathBuf,
    pub name: String,
    pub project: PathBuf,
    pub roots: Vec<(String, PathBuf)>,
    pub include_dirs: Vec<PathBuf>,
    pub defines: Vec<String>,
    pub arguments: Vec<String>,
    pub target: String,
    pub native: bool,
    pub language: Language,
    pub scope: Scope,
    pub own: Vec<String>,
}
#[derive(Serialize, Deserialize, Clone, Copy, Debug)]
pub enum Scope {
    Header,
    Library,
    All,
}
#[derive(Serialize, Deserialize, Clone, Copy, Debug)]
pub enum Language {
    C,
    Cxx,
}
pub struct ParseOutcome {
    pub header: ir::Header,
    pub diagnostics: Vec<Diagnostic>,
    pub dependencies: Dependencies,
}
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct FileDigest {
    pub name: String,
    pub sha256: String,
}
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Dependencies {
    pub files: Vec<FileDigest>,
    pub absent: Vec<String>,
    pub system: Vec<String>,
}
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no")]
    LibclangUnavailable { searched: Vec<String> },
    #[error("c")]
    Compile { diagnostics: Vec<Diagnostic> },
}
impl Hint for Error {}

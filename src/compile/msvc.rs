//! Where Microsoft's compiler and its companions are.

use std::path::Path;

use super::dialect::{self, Dialect};
use super::toolchain::System;
use crate::env;
use crate::target::Target;

/// Variables that the programs read: the directories of headers and libraries, and further options.
pub(super) const INPUTS: [&str; 4] = ["INCLUDE", "LIB", "CL", "LINK"];

/// The compiler for a target, on Windows: that of a developer's command prompt for the target, else the newest that
/// Visual Studio has installed.
pub(super) fn find(target: &Target) -> Option<System> {
    if !cfg!(windows) || target.os() != "windows" {
        return None;
    }
    prompt(target).or_else(|| installed(target))
}

/// A prompt has set what the programs need.
fn prompt(target: &Target) -> Option<System> {
    let is_for = env::get(env::VSCMD_ARG_TGT_ARCH)? == dialect::machine(target);
    let is_set = ["INCLUDE", "LIB"].iter().all(|name| env::get(name).is_some());
    let c = which::which("cl").ok().filter(|_| is_for && is_set)?;
    Some(System { c: vec![c.to_str()?.to_owned()], variables: Vec::new() })
}

#[cfg(windows)]
fn installed(target: &Target) -> Option<System> {
    let tool = find_msvc_tools::find_tool(target.arch(), "cl.exe")?;
    let text = |text: &std::ffi::OsString| text.to_str().map(str::to_owned);
    let variables = tool.env().into_iter().filter_map(|(name, value)| Some((text(name)?, text(value)?)));
    Some(System { c: vec![tool.path().to_str()?.to_owned()], variables: variables.collect() })
}

#[cfg(not(windows))]
fn installed(_: &Target) -> Option<System> {
    None
}

/// The linker of a compiler: beside it, else on PATH, where it may have no version in its name.
pub(super) fn linker(program: &str, dialect: Dialect) -> Option<Vec<String>> {
    let name = dialect.linker(program);
    let beside = which::which(program).ok().and_then(|path| path.parent().map(|parent| parent.join(&name)));
    let beside = beside.and_then(|path| which::which(path).ok());
    let on_path = || [name.as_str(), "lld-link"].iter().find_map(|name| which::which(name).ok());
    // Unix shells on Windows have another `link`.
    let found = beside.or_else(|| on_path().filter(|_| dialect == Dialect::ClangCl))?;
    Some(vec![Path::to_str(&found)?.to_owned()])
}

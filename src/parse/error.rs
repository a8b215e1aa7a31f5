//! Why a header could not be parsed.

use serde::{Deserialize, Serialize};

use crate::diagnostics::{Diagnostic, Hint};
use crate::env;
use crate::ir::Location;

/// Why a header could not be parsed. Serializable, because parses run in worker processes.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, thiserror::Error)]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum Error {
    /// No libclang was found, or none that can be used.
    #[error("no usable libclang was found")]
    LibclangUnavailable(Search),
    /// The libclang that was found cannot read the headers of a target.
    #[error("the headers of `{target}` need libclang {needed} or later; `{library}` is {version}")]
    LibclangTooOldFor {
        /// The canonical target.
        target: String,
        /// The file.
        library: String,
        /// Its version as it spells it.
        version: String,
        /// The major version that is needed.
        needed: u32,
    },
    /// The header does not exist.
    #[error("header `{name}` was not found")]
    HeaderNotFound {
        /// Stored name.
        name: String,
    },
    /// An include that no include dir has.
    #[error("`{name}` does not compile: include file `{include}` was not found")]
    MissingInclude {
        /// Stored name of the header.
        name: String,
        /// The file as included.
        include: String,
        /// The include dirs that were searched, as written.
        searched: Vec<String>,
        /// The target, if it is not this machine's.
        foreign: Option<String>,
        /// Whether the target's system headers are not known.
        without_system: bool,
        /// Whether zig has them.
        is_in_zig: bool,
        /// All of clang's errors.
        diagnostics: Vec<Diagnostic>,
    },
    /// Clang reported errors.
    #[error("`{name}` does not compile")]
    Compile {
        /// Stored name of the header.
        name: String,
        /// All of clang's errors and warnings.
        diagnostics: Vec<Diagnostic>,
    },
    /// libclang crashed.
    #[error("libclang crashed ({how}): `{library}`, {version}")]
    Crashed {
        /// The file.
        library: String,
        /// Its version as it spells it.
        version: String,
        /// How the process ended, for people.
        how: String,
    },
    /// libclang does not take the arguments.
    #[error("libclang refused to parse `{name}` with the given arguments")]
    Refused {
        /// Stored name of the header.
        name: String,
        /// The arguments.
        arguments: Vec<String>,
    },
    /// The target is not one.
    #[error("`{target}` is not a target triple")]
    Target {
        /// The text.
        target: String,
    },
    /// A glob in `own` is invalid.
    #[error("glob `{glob}` in `own` is invalid: {reason}")]
    Glob {
        /// The glob.
        glob: String,
        /// What is wrong.
        reason: String,
    },
    /// A temporary directory could not be written.
    #[error("the builtin headers could not be written: {reason}")]
    BuiltinHeaders {
        /// What the system said.
        reason: String,
    },
}

/// A search for libclang that was in vain.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// Where it was looked for, in order.
    pub places: Vec<String>,
    /// The libraries that were found and cannot be used, each with the reason.
    pub unusable: Vec<String>,
}

impl Error {
    /// Clang's diagnostics, where the error has some.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Error::MissingInclude { diagnostics, .. } | Error::Compile { diagnostics, .. } => diagnostics,
            _ => &[],
        }
    }

    /// Where the file that was not found is included.
    fn inclusion(&self) -> Option<&Location> {
        let Error::MissingInclude { include, diagnostics, .. } = self else { return None };
        let opening = format!("'{include}' file not found");
        diagnostics.iter().find(|found| found.message.starts_with(&opening))?.location.as_ref()
    }
}

/// How to get a libclang of a version. While `LIBCLANG_PATH` names one, no other is looked for.
fn newer(version: u32) -> String {
    // What pip installs beside an isolated build is not seen by it.
    let package = "`headerkit-backend install-libclang`";
    if env::names_libclang() {
        format!("let `LIBCLANG_PATH` name version {version} or later, or unset it and use {package}")
    } else {
        format!("version {version} or later is needed: {package}")
    }
}

/// How to get a libclang of another version than one that crashed. The index has 19 and later.
fn another(version: &str) -> String {
    let package = match major(version) {
        Some(crashed) if crashed > 19 => format!("`python -m pip install \"libclang-ng<{crashed}\"`"),
        Some(crashed) => format!("`python -m pip install \"libclang-ng>{crashed}\"`"),
        None => "`python -m pip install libclang-ng`".to_owned(),
    };
    if env::names_libclang() {
        format!("let `LIBCLANG_PATH` name another version, or unset it and use {package}")
    } else {
        format!("use another version: {package}, or let `LIBCLANG_PATH` name one")
    }
}

/// The major version in `Debian clang version 19.1.7`.
pub(super) fn major(version: &str) -> Option<u32> {
    let number = version.split_once("version ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// What to do about a missing include.
const ADD_ITS_DIR: &str = "add the directory that holds it to `include_dirs`";

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::LibclangUnavailable(_) => vec![
                "install it with `python -m pip install libclang-ng`".into(),
                "or set `LIBCLANG_PATH` to the library or its directory".into(),
            ],
            Error::LibclangTooOldFor { needed, .. } => vec![newer(*needed)],
            Error::HeaderNotFound { .. } => {
                vec!["check the path under `[tool.headerkit.headers]`".into()]
            }
            Error::MissingInclude { include, foreign, without_system, is_in_zig, searched, .. } => {
                // It opens the message as well, but hundreds of errors may stand between that and here.
                let missing = match self.inclusion() {
                    Some(place) => format!("`{include}` is included at {place} and was not found"),
                    None => format!("`{include}` was not found"),
                };
                match foreign {
                    Some(target) if *without_system => {
                        let zig = if *is_in_zig {
                            "`python -m pip install ziglang` brings them, or"
                        } else {
                            "zig does not have them, so"
                        };
                        vec![format!(
                            "{missing}: system headers of `{target}` are not on this machine: {zig} name a directory \
                             that has them in `[tool.headerkit.sysroots]`"
                        )]
                    }
                    Some(target) => vec![format!(
                        "{missing}: it is no part of the C library of `{target}`, and this machine's own headers do \
                         not stand in: add a directory of the project that holds it to `include_dirs`, or name one \
                         with the target's headers in `[tool.headerkit.sysroots]`"
                    )],
                    None if searched.is_empty() => {
                        vec![format!("{missing}: no include dirs are configured; {ADD_ITS_DIR}")]
                    }
                    None => {
                        vec![format!("{missing}; searched: {}", searched.join(", ")), ADD_ITS_DIR.into()]
                    }
                }
            }
            Error::Refused { arguments, .. } => {
                vec![format!("check `backend_args`; the arguments were: {}", arguments.join(" "))]
            }
            Error::Crashed { version, .. } => vec![another(version)],
            Error::Target { .. } => vec!["write it as ARCH-OS-ENV, for example `aarch64-linux-gnu`".into()],
            Error::Compile { diagnostics, .. } => {
                let unknown = |found: &Diagnostic| {
                    let name = found.message.strip_prefix("unknown type name '")?;
                    Some(name.split('\'').next().unwrap_or_default().to_owned())
                };
                let hint = |name: String| {
                    format!(
                        "each header is read by itself: include what declares `{name}` in it, or name a header of your \
                         own that includes both"
                    )
                };
                diagnostics.iter().find_map(unknown).map(hint).into_iter().collect()
            }
            Error::Glob { .. } | Error::BuiltinHeaders { .. } => Vec::new(),
        }
    }
}

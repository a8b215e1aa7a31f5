//! The C library's headers of targets that are not this machine: where they lie, and what clang is told about
//! them.
//!
//! A directory that the configuration names for the target comes first, then the headers that zig carries for
//! every target it can compile for. Nothing of a sysroot enters a key: a build on the target itself must compute
//! the same one.

mod case;
mod directory;
mod headers;
mod zig;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::diagnostics::Hint;

pub use case::{any_case_is_meant, forwarder, in_other_case, missing};
pub use directory::directory;
pub use headers::{glibc_minor, is_in_zig};
pub use zig::{Places, Zig};

/// The headers of a target.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Sysroot {
    /// What clang is told to compile for.
    pub triple: String,
    /// Directories of the C library's headers, in order; clang's builtin headers come before them.
    pub dirs: Vec<PathBuf>,
    /// Further arguments of clang, such as `-D__GLIBC_MINOR__=17` and `--sysroot=DIR`.
    pub arguments: Vec<String>,
    /// Whether `arguments` make clang's driver search by itself, so that `dirs` only serve to name files.
    pub is_searched_by_driver: bool,
    /// The oldest major version of libclang that can read these headers.
    pub oldest_libclang: u32,
    /// What is told about them in the metadata of an entry.
    pub origin: Origin,
}

/// Where headers come from: information, which no look-up compares.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Version of zig.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zig: Option<String>,
    /// The directory as the configuration writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// Version of glibc that the headers are restricted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glibc: Option<String>,
    /// What clang compiled for.
    pub triple: String,
    /// Arguments without paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
}

/// Why there are no headers for a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no zig.
    #[error("the headers of other targets come with zig, which was not found")]
    ZigMissing {
        /// Where it was looked for, in order.
        searched: Vec<String>,
    },
    /// What was named is no zig, or does not answer.
    #[error("`{path}` is no usable zig: {problem}")]
    ZigUnusable {
        /// The program or directory.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// It is of a release that nobody has tried.
    #[error("zig {version} is too old: `{path}`")]
    ZigTooOld {
        /// The directory of its files.
        path: String,
        /// Its version.
        version: String,
    },
    /// It does not know the target.
    #[error("zig{} has no C headers for `{target}`", version.as_ref().map(|version| format!(" {version}")).unwrap_or_default())]
    NoHeaders {
        /// The canonical target.
        target: String,
        /// Version of zig; `None` where no version has them.
        version: Option<String>,
    },
    /// Microsoft's C++ lays out classes and names symbols in its own way, which mingw's does not.
    #[error("zig's headers for `{target}` do not serve C++")]
    NoCxx {
        /// The canonical target.
        target: String,
    },
    /// The configured directory is not there.
    #[error("the sysroot of `{target}`, `{path}`, is no directory")]
    NoDirectory {
        /// The canonical target.
        target: String,
        /// As configured.
        path: String,
    },
}

impl Error {
    /// Whether there simply is nothing, and nobody asked for what is not there.
    pub fn is_absence(&self) -> bool {
        !matches!(self, Error::ZigUnusable { .. } | Error::NoDirectory { .. })
    }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::ZigMissing { searched } => vec![
                format!(
                    "install it with `python -m pip install ziglang`; looked in: {}",
                    searched.join(", ")
                ),
                "or name the target's headers: `[tool.headerkit.sysroots]`, target = \"DIRECTORY\"".into(),
            ],
            Error::ZigUnusable { .. } => {
                vec![format!("set {} to the zig program, or unset it", crate::env::ZIG)]
            }
            Error::ZigTooOld { .. } => {
                vec![format!(
                    "zig {}.{} or later is needed: `python -m pip install --upgrade ziglang`",
                    zig::OLDEST.0,
                    zig::OLDEST.1
                )]
            }
            Error::NoHeaders { target, .. } | Error::NoCxx { target } => vec![format!(
                "name a directory with the target's headers: `[tool.headerkit.sysroots]`, {target} = \"DIRECTORY\""
            )],
            Error::NoDirectory { .. } => vec!["correct it in `[tool.headerkit.sysroots]`".into()],
        }
    }
}

#[cfg(test)]
mod tests;

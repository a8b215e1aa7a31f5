//! Finished wheels: names and tags, RECORD, adding files and retagging, and where a file of the
//! source tree belongs in one (PEP 427).
//!
//! Knows nothing of headers. Imports diagnostics, env, fsutil, roots and target only.

mod archive;
mod filename;
mod place;
mod record;
mod rewrite;
mod sbom;
mod tag;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

pub use archive::{Member, WheelArchive, extract_dist_info, read};
pub use filename::WheelFilename;
pub use place::{Nearest, Placement, Places};
pub use record::{Record, record_hash};
pub use rewrite::{Additions, Retag, rewrite};
pub use sbom::{LinkedLibrary, Sbom};
pub use tag::{TagSet, compiled_platform_tag, platform_tag};

use crate::diagnostics::Hint;

/// Why a wheel cannot be read or completed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not `name-version(-build)?-python-abi-platform.whl`.
    #[error("`{0}` is not the name of a wheel")]
    Filename(String),
    /// Not `python-abi-platform`.
    #[error("`{0}` is not a wheel tag")]
    Tag(String),
    /// The file itself.
    #[error("cannot read or write wheel `{0}`", path.display())]
    Io {
        /// The wheel.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not a zip file, or a damaged one.
    #[error("wheel `{0}` is not a sound zip file", path.display())]
    Zip {
        /// The wheel.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: zip::result::ZipError,
    },
    /// A member that would be unpacked outside the target directory.
    #[error("wheel `{0}` has a member with the unsafe name `{name}`", path.display())]
    UnsafeName {
        /// The wheel.
        path: PathBuf,
        /// The member.
        name: String,
    },
    /// Something that PEP 427 demands is not there, or twice.
    #[error("wheel `{0}` {problem}", path.display())]
    Invalid {
        /// The wheel.
        path: PathBuf,
        /// Completes the sentence "wheel x ...".
        problem: String,
    },
    /// A path that cannot be added.
    #[error("`{0}` cannot be the path of a file in a wheel")]
    BadPath(String),
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::BadPath(_) => vec!["write a relative path with `/`, such as `package/module.py`".into()],
            Error::UnsafeName { .. } | Error::Zip { .. } | Error::Invalid { .. } => {
                vec![
                    "the inner build backend wrote this file: try a newer version of it, or another with \
                      `inner_backend` in [tool.headerkit]"
                        .into(),
                ]
            }
            Error::Filename(_) | Error::Tag(_) | Error::Io { .. } => Vec::new(),
        }
    }
}

impl Error {
    fn io(path: &Path) -> impl Fn(io::Error) -> Error {
        move |source| Error::Io { path: path.to_owned(), source }
    }

    fn zip(path: &Path) -> impl Fn(zip::result::ZipError) -> Error {
        move |source| Error::Zip { path: path.to_owned(), source }
    }

    fn invalid(path: &Path, problem: impl Into<String>) -> Error {
        Error::Invalid { path: path.to_owned(), problem: problem.into() }
    }
}

/// Whether a member name stays below the directory that it is unpacked into, on every system.
fn is_safe_name(name: &str) -> bool {
    let name = name.strip_suffix('/').unwrap_or(name);
    !name.contains(['\\', '\0', ':'])
        && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

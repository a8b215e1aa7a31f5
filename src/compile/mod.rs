//! Extension modules: compiled from C, which cffi may write, C++ and Zig, with the system's compiler or with zig, and looked
//! at afterwards to know which systems can load them.
//!
//! Nothing is compiled again that has not changed: every object lies in a persistent directory with the digests of
//! all files that its compiler read, and what it was made with.

mod audit;
mod cffi;
mod cross;
mod dialect;
mod error;
mod extension;
mod fit;
mod identity;
mod library;
mod limited;
mod module;
mod msvc;
mod object;
mod own;
mod packages;
mod paths;
mod platform;
mod python;
mod resolve;
mod state;
#[cfg(test)]
mod tests;
mod toolchain;
mod undefined;
mod zig;

use std::path::{Path, PathBuf};

use crate::env;

pub use audit::{Audit, is_foreign};
pub use cffi::Cffi;
pub use error::Error;
pub use extension::{Compiler, Extension};
pub use identity::Identity;
pub use module::{Built, Setting, build};
pub use platform::Platform;
pub use python::Python;
pub use toolchain::{Toolchain, find, needs_zig, system_compiler};
pub use undefined::Undefined;

/// Where objects of a project stay between builds: [`env::BUILD_DIR`], else below the user's cache directory,
/// else below the system's directory for temporary files. Each project has a directory of its own.
pub fn build_dir(project: &Path) -> PathBuf {
    let base = env::path(env::BUILD_DIR)
        .or_else(|| env::cache_dir().map(|cache| cache.join("headerkit-backend").join("build")))
        .unwrap_or_else(|| std::env::temp_dir().join("headerkit-backend-build"));
    let digest = crate::fsutil::sha256(project.as_os_str().as_encoded_bytes());
    base.join(&digest[..16])
}

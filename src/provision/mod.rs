//! libclang from the package index: which package serves a machine, and the managed copy of it.
//!
//! The copy lies in the user's data directory ([`locate::managed_dir`]), as `pip install --target` unpacks the wheel.
//! pip or uv does the download, because they know the user's index, proxy and certificates. The index's own SHA-256 of
//! the wheel is asked for first, and nothing else is accepted. The tree appears by one rename.

mod index;
pub mod system;

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::diagnostics::Hint;
use crate::parse::libclang::{Parser, locate};
use crate::target::Target;

/// libclang from PyPI with its own builtin headers.
const LIBCLANG_NG: &str = "libclang-ng==22.1.4.2";
/// The last one for Python 3.9.
const LIBCLANG_NG_39: &str = "libclang-ng==19.1.7.2";
/// Older, without builtin headers, but with wheels for two more platforms.
const LIBCLANG: &str = "libclang==18.1.1";

/// Why there is no managed copy.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No wheel of libclang runs here.
    #[error("no libclang package exists for {0}")]
    NoPackage(Target),
    /// The environment names no data directory.
    #[error("there is no directory to install into: neither HOME nor XDG_DATA_HOME is set")]
    NoDirectory,
    /// Neither pip nor uv.
    #[error("`{}` has no pip, and there is no uv on PATH", python.display())]
    NoInstaller {
        /// The interpreter that was asked.
        python: PathBuf,
    },
    /// pip or uv failed.
    #[error("{installer} could not install {requirement}\n{said}")]
    Failed {
        /// `pip` or `uv`.
        installer: &'static str,
        /// What was asked for.
        requirement: String,
        /// The last lines that it said, indented.
        said: String,
    },
    /// The index does not say what the wheel must be.
    #[error("the package index gives no SHA-256 for {0}, so the download cannot be verified")]
    NoDigest(String),
    /// What was unpacked does not load.
    #[error("the libclang of {requirement} cannot be used here")]
    Unusable {
        /// What was installed.
        requirement: String,
        /// Why.
        #[source]
        source: Box<crate::parse::Error>,
    },
    /// No package manager of the system is known.
    #[error("no package manager was found: looked for {0}")]
    NoManager(String),
    /// The system's package manager failed.
    #[error("`{0}` failed")]
    Manager(String),
    /// A file.
    #[error("cannot write the managed libclang: {0}")]
    Io(#[from] io::Error),
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        let system = "`headerkit-backend install-libclang --system` asks the system's package manager";
        match self {
            Error::NoPackage(_) => vec![system.into()],
            Error::NoDirectory => vec!["set XDG_DATA_HOME to a directory that can be written".into()],
            Error::NoInstaller { .. } => vec![
                "install pip with `python3 -m ensurepip`, or uv from https://docs.astral.sh/uv".into(),
                system.into(),
            ],
            Error::Failed { installer, .. } => vec![
                format!(
                    "check the version, the network, and the index and proxy that {installer} is configured with"
                ),
                system.into(),
            ],
            Error::NoDigest(_) => {
                vec!["use an index that lists hashes, such as https://pypi.org/simple".into()]
            }
            Error::Unusable { .. } | Error::NoManager(_) | Error::Manager(_) => {
                vec!["set LIBCLANG_PATH to a libclang of version 14 or later".into()]
            }
            Error::Io(_) => vec!["check the directory's permissions and free space".into()],
        }
    }
}

/// The distribution and version that has a wheel for a machine, for an interpreter of a version.
pub fn requirement_for(machine: &Target, python: &[u32]) -> Option<&'static str> {
    let ng = if python < [3, 10].as_slice() { LIBCLANG_NG_39 } else { LIBCLANG_NG };
    match (machine.os(), machine.arch(), machine.is_musl()) {
        ("linux", "x86_64" | "aarch64", false) => Some(ng),
        ("macos" | "windows", "x86_64" | "aarch64", _) => Some(ng),
        ("linux", "x86_64", true) | ("linux", "armv7", false) => Some(LIBCLANG),
        _ => None,
    }
}

/// A managed copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Managed {
    /// Its directory.
    pub dir: PathBuf,
    /// Distribution and version, such as `libclang-ng==22.1.4.2`.
    pub requirement: String,
}

/// The managed copy, if there is one.
pub fn managed() -> Option<Managed> {
    let dir = locate::managed_dir()?;
    let requirement = distribution(&dir)?;
    Some(Managed { dir, requirement })
}

/// Installs the managed copy for a machine with `python`'s pip, or uv. Returns it, and `false` if it was there already.
pub fn install(
    machine: &Target,
    python: &Path,
    version: Option<&str>,
    force: bool,
) -> Result<(Managed, bool), Error> {
    // The wheel holds no Python that matters: the interpreter's version does not choose it.
    let newest = requirement_for(machine, &[u32::MAX]).ok_or_else(|| Error::NoPackage(machine.clone()))?;
    let requirement = match (version, newest.split_once("==")) {
        (Some(version), Some((name, _))) => format!("{name}=={version}"),
        _ => newest.to_owned(),
    };
    let dir = locate::managed_dir().ok_or(Error::NoDirectory)?;
    if !force && distribution(&dir).as_deref() == Some(&requirement) && check(&dir, &requirement).is_ok() {
        return Ok((Managed { dir, requirement }, false));
    }
    let parent = dir.parent().unwrap_or(&dir);
    fs::create_dir_all(parent)?;
    let temporary = tempfile::Builder::new().prefix(".libclang-").tempdir_in(parent)?;
    let tree = temporary.path().join("new");
    index::download(python, &requirement, &tree, temporary.path())?;
    check(&tree, &requirement)?;
    if dir.exists() {
        fs::rename(&dir, temporary.path().join("old"))?;
    }
    fs::rename(&tree, &dir)?;
    Ok((Managed { dir, requirement }, true))
}

/// Removes the managed copy; returns its directory if there was one.
pub fn uninstall() -> Result<Option<PathBuf>, Error> {
    let Some(dir) = locate::managed_dir().filter(|dir| dir.exists()) else { return Ok(None) };
    let parent = dir.parent().unwrap_or(&dir);
    // Renamed first, so that no process finds half of it.
    let temporary = tempfile::Builder::new().prefix(".libclang-").tempdir_in(parent)?;
    fs::rename(&dir, temporary.path().join("old"))?;
    temporary.close()?;
    Ok(Some(dir))
}

fn check(dir: &Path, requirement: &str) -> Result<(), Error> {
    let candidates = locate::Candidates {
        libraries: locate::managed_libraries(dir),
        searched: vec![dir.display().to_string()],
        sys_path: Vec::new(),
    };
    Parser::load(&candidates)
        .map(drop)
        .map_err(|source| Error::Unusable { requirement: requirement.to_owned(), source: Box::new(source) })
}

/// What `libclang_ng-22.1.4.2.dist-info` says.
fn distribution(dir: &Path) -> Option<String> {
    fs::read_dir(dir).ok()?.flatten().find_map(|entry| {
        let name = entry.file_name();
        let (name, version) = name.to_str()?.strip_suffix(".dist-info")?.split_once('-')?;
        name.starts_with("libclang").then(|| format!("{}=={version}", name.replace('_', "-")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_with_a_wheel_for_the_machine_are_asked_for() {
        let cases = [
            ("x86_64-linux-gnu", Some(LIBCLANG_NG)),
            ("aarch64-linux-gnu", Some(LIBCLANG_NG)),
            ("aarch64-apple-darwin", Some(LIBCLANG_NG)),
            ("x86_64-pc-windows-msvc", Some(LIBCLANG_NG)),
            ("x86_64-linux-musl", Some(LIBCLANG)),
            ("aarch64-linux-musl", None),
            ("i686-linux-gnu", None),
            ("s390x-linux-gnu", None),
        ];
        for (target, expected) in cases {
            assert_eq!(requirement_for(&Target::parse(target).unwrap(), &[3, 13, 0]), expected, "{target}");
        }
        let linux = Target::parse("x86_64-linux-gnu").unwrap();
        assert_eq!(requirement_for(&linux, &[3, 9, 18]), Some(LIBCLANG_NG_39));
    }

    #[test]
    fn the_distribution_of_a_tree_is_known_by_its_metadata() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(distribution(dir.path()), None);
        fs::create_dir(dir.path().join("libclang_ng-22.1.4.2.dist-info")).unwrap();
        assert_eq!(distribution(dir.path()).as_deref(), Some(LIBCLANG_NG));
    }
}

//! The interpreter that a module is for.

use std::path::PathBuf;

/// What the building interpreter says of its extension modules.
#[derive(Debug, Clone, Default)]
pub struct Python {
    /// Major and minor version.
    pub version: (u32, u32),
    /// `sys.implementation.name`, if it is known.
    pub implementation: Option<String>,
    /// `EXT_SUFFIX`, such as `.cpython-311-x86_64-linux-gnu.so`.
    pub ext_suffix: String,
    /// Directory of Python.h.
    pub include: String,
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys.path`.
    pub sys_path: Vec<String>,
}

/// Python and ABI tag of a wheel.
pub type AbiTag = (String, String);

impl Python {
    /// Whether it runs without the global interpreter lock, and so without the stable ABI (before 3.15).
    pub fn is_free_threaded(&self) -> bool {
        self.implementation().is_some_and(|(name, version)| name == "cpython" && version.ends_with('t'))
    }

    /// `cpython` and `313t` of `.cpython-313t-x86_64-linux-gnu.so`; Windows says `cp313t` in one.
    pub(super) fn implementation(&self) -> Option<(&str, &str)> {
        let mut parts = self.ext_suffix.trim_start_matches('.').split(['-', '.']);
        let first = parts.next()?;
        match first.strip_prefix("cp").filter(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit())) {
            Some(version) => Some(("cpython", version)),
            None => Some((first, parts.next()?)),
        }
    }

    /// Whether a module can use the stable ABI from this interpreter on.
    pub fn takes_limited_api(&self) -> bool {
        self.implementation().is_some_and(|(name, _)| name == "cpython") && !self.is_free_threaded()
    }

    /// The end of the file name of a module; those of the stable ABI load into later versions.
    pub fn suffix(&self, is_limited: bool) -> &str {
        match is_limited {
            false => &self.ext_suffix,
            true if self.ext_suffix.ends_with(".pyd") => ".pyd",
            true => ".abi3.so",
        }
    }

    /// The tags of a module for exactly this interpreter (PEP 425).
    pub fn tag(&self) -> AbiTag {
        let (major, minor) = self.version;
        // As `packaging.tags` reads `SOABI`, which stands between two dots.
        let soabi = self.ext_suffix.split('.').nth(1).filter(|_| self.ext_suffix.matches('.').count() > 1);
        let soabi = soabi.unwrap_or_default();
        let named = soabi.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        let name = match self.implementation.as_deref().unwrap_or(named) {
            "cpython" | "cp" | "" => "cp",
            "pypy" => "pp",
            other => other,
        };
        let words = |count: usize| soabi.split('-').take(count).collect::<Vec<_>>().join("_");
        let abi = match (self.implementation(), named) {
            (Some(("cpython", version)), _) if name == "cp" => format!("cp{version}"),
            (_, "pypy") => words(2),
            (_, "graalpy") => words(3),
            (_, "") if name == "cp" => format!("cp{major}{minor}"),
            (_, "") => "none".to_owned(),
            _ => words(usize::MAX),
        };
        (format!("{}{major}{minor}", name.replace(['-', ' '], "_")), abi.replace(' ', "_"))
    }
}

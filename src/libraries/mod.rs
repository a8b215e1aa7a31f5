//! Libraries that are there already: which functions and variables they define, and a header without
//! those that they do not. Reads files, runs the compiler to ask where libraries lie, writes nothing.

mod filter;
mod find;
mod read;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use crate::diagnostics::Hint;
use crate::target::Target;

pub use filter::{Filtered, filter};

/// Why the symbols of a library are not known.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such library.
    #[error("library `{name}` was not found")]
    Missing {
        /// As configured, expanded.
        name: String,
        /// Where it was looked for.
        searched: Vec<String>,
    },
    /// The file cannot be read.
    #[error("cannot read library `{name}`")]
    Unreadable {
        /// Its path.
        name: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// The file is no library that we know.
    #[error("`{name}` cannot be read as a library: {problem}")]
    Malformed {
        /// Its path.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Missing { name, searched } => vec![
                "name the file itself in `symbols`, relative to the project or with a variable \
                 (`${MYLIB_DIR}/libmylib.so`), install the library, or leave out `symbols` to bind everything"
                    .into(),
                match searched.as_slice() {
                    [] => format!("no directory is searched for `{name}` on this target"),
                    dirs => format!("looked for it in: {}", dirs.join(", ")),
                },
            ],
            Error::Unreadable { .. } => vec!["check the file's permissions".into()],
            Error::Malformed { .. } => vec![
                "`symbols` reads ELF, Mach-O and PE libraries, object files, `ar` archives, import libraries, \
                 linker scripts and text stubs (`.tbd`)"
                    .into(),
            ],
        }
    }
}

/// What libraries define.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Defined {
    /// Symbols as the files spell them.
    raw: FxHashSet<String>,
    /// The names that C has for them.
    names: FxHashSet<String>,
}

impl Defined {
    /// Reads the symbol tables of these files, following linker scripts; of a file for several
    /// architectures, that of the target.
    pub fn read(files: &[PathBuf], target: &Target) -> Result<Self, Error> {
        let mut defined = Defined::default();
        let mut reader = read::Reader::new(target, &mut defined);
        files.iter().try_for_each(|file| reader.file(file))?;
        Ok(defined)
    }

    /// Whether a function or variable has a definition; `symbol` is the name that the linker sees.
    pub fn defines(&self, symbol: &str) -> bool {
        match symbol.strip_prefix(LABEL) {
            Some(label) => self.raw.contains(label) || self.names.contains(label),
            None => self.names.contains(symbol),
        }
    }
}

/// Stands before symbols that are spelled as the file does; no name in C has a space.
const LABEL: &str = "asm ";

/// What to ask for a function or variable: its name, or what its `asm` label says, as clang passes that to the
/// assembler.
fn symbol(name: &str, label: Option<&str>) -> String {
    match label {
        Some(label) => format!("{LABEL}{}", label.trim_start_matches('\u{1}')),
        None => name.to_owned(),
    }
}

/// The file of a library by path (relative to `base`) or by name, as a linker would find it.
pub fn find(name: &str, base: &Path, target: &Target) -> Result<PathBuf, Error> {
    find::find(name, base, target)
}

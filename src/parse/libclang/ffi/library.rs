//! The shared library: loading, its version, and the environment that it would read.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use clang_sys::SharedLibrary;

use super::string;

/// Why a library cannot be used.
#[derive(Debug, Clone)]
pub enum LoadError {
    /// It does not open, or is no libclang.
    Unusable(String),
    /// It lacks a function that every supported version has.
    Incomplete,
}

/// A loaded libclang, installed on the thread that loaded it.
#[derive(Debug, Clone)]
pub struct Library {
    path: PathBuf,
    version: String,
    /// Keeps the type on its thread.
    _thread: Rc<Cell<()>>,
}

/// Libraries stay loaded until the process ends: unloading LLVM is not safe everywhere.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<SharedLibrary>>> = Mutex::new(BTreeMap::new());

impl Library {
    /// Loads the library file at `path` and makes it this thread's libclang.
    pub fn load(path: &Path) -> Result<Library, LoadError> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let library = match loaded.get(path) {
            Some(library) => library.clone(),
            None => {
                let library = Arc::new(open(path)?);
                loaded.insert(path.to_path_buf(), library.clone());
                library
            }
        };
        drop(loaded);
        clang_sys::set_library(Some(library));
        if !is_complete() {
            return Err(LoadError::Incomplete);
        }
        // SAFETY: the function is loaded (`is_complete`).
        let version = string::take(unsafe { clang_sys::clang_getClangVersion() });
        Ok(Library { path: path.to_path_buf(), version, _thread: Rc::default() })
    }

    /// The file that was loaded.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The version as clang spells it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Makes this library the thread's libclang again, in case another one was loaded meanwhile.
    pub(super) fn install(&self) {
        let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(library) = loaded.get(&self.path) {
            clang_sys::set_library(Some(library.clone()));
        }
    }
}

/// clang-sys takes the path from the environment only.
fn open(path: &Path) -> Result<SharedLibrary, LoadError> {
    if path.to_str().is_none() {
        return Err(LoadError::Unusable("its path is not UTF-8".into()));
    }
    let old = std::env::var_os(crate::env::LIBCLANG_PATH);
    set_variable(crate::env::LIBCLANG_PATH, Some(path.as_os_str().to_owned()));
    let library = clang_sys::load_manually();
    set_variable(crate::env::LIBCLANG_PATH, old);
    match library {
        Ok(library) if library.path() == path => Ok(library),
        Ok(other) => Err(LoadError::Unusable(format!("`{}` was found instead", other.path().display()))),
        Err(message) => Err(LoadError::Unusable(brief(&message, path))),
    }
}

/// clang-sys ends a long list of file names with `(invalid: [(PATH: REASON)])`: the reason is what counts here,
/// where one file was asked for.
fn brief(message: &str, path: &Path) -> String {
    let Some((_, detail)) = message.rsplit_once("(invalid: [") else { return message.to_owned() };
    // What the system says may end in a parenthesis of its own.
    let detail = detail.strip_suffix("])").unwrap_or(detail);
    let detail = detail.strip_prefix('(').and_then(|detail| detail.strip_suffix(')')).unwrap_or(detail);
    let reason = detail.strip_prefix(&format!("{}: ", path.display())).unwrap_or(detail);
    match reason {
        "" => "not the file name of a libclang".into(),
        // How the standard library says that a header of the format could not be read.
        "failed to fill whole buffer" => "the file is cut off".into(),
        reason => reason.to_owned(),
    }
}

fn set_variable(name: &str, value: Option<OsString>) {
    // SAFETY: a worker process runs a single thread when it loads libclang, and all changes of the
    // environment by this module happen below the lock in `Library::load` or before any thread exists.
    unsafe {
        match value {
            Some(value) => std::env::set_var(name, value),
            None => std::env::remove_var(name),
        }
    }
}

/// Removes variables from this process's environment and returns those that were set.
pub fn remove_variables(names: &[&str]) -> Vec<(String, OsString)> {
    let _lock = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let found: Vec<_> =
        names.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?))).collect();
    for (name, _) in &found {
        set_variable(name, None);
    }
    found
}

/// Whether every function that is called without asking is there. The names are those of libclang 14's
/// youngest functions in use; older ones come with them.
fn is_complete() -> bool {
    clang_sys::clang_getClangVersion::is_loaded()
        && clang_sys::clang_parseTranslationUnit2::is_loaded()
        && clang_sys::clang_Type_visitFields::is_loaded()
        && clang_sys::clang_Cursor_Evaluate::is_loaded()
        && clang_sys::clang_EvalResult_getAsUnsigned::is_loaded()
        && clang_sys::clang_getFileContents::is_loaded()
        && clang_sys::clang_Type_getModifiedType::is_loaded()
        && clang_sys::clang_Type_getValueType::is_loaded()
}

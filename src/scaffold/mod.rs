//! What `init` changes in a project: tables of pyproject.toml, `.gitattributes`, and a package where there is no
//! project yet. Text that is there keeps its formatting and comments; doing it twice changes nothing.

mod diff;
mod edit;
mod find;
mod pyproject;

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::diagnostics::Hint;
use crate::fsutil;

pub use diff::unified;
pub use find::{has_cffi_modules, in_package, suggested_headers};

/// Our configuration in a file of its own.
const OWN_FILE: &str = ".headerkit.toml";
const PYPROJECT: &str = "pyproject.toml";
const ATTRIBUTES: &str = ".gitattributes";
/// Keeps the store's bytes as they are and folds it in diffs.
const STORE_ATTRIBUTES: &str = ".headerkit/** linguist-generated=true -text";

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Paths or globs, relative to the project.
    pub headers: Vec<String>,
    /// Names of writers.
    pub writers: Vec<String>,
    /// Writer and template.
    pub outputs: Vec<(String, String)>,
    /// Distribution or import path of the inner backend.
    pub inner: Option<String>,
}

/// One file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Relative to the project, with `/`.
    pub path: String,
    /// `None` if it does not exist.
    pub old: Option<String>,
    /// What is written.
    pub new: String,
}

/// All that is to be done.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files that change, and no others.
    pub changes: Vec<Change>,
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Why a project cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// pyproject.toml is not TOML.
    #[error("{PYPROJECT} is not valid: {0}")]
    Malformed(String),
    /// What is there is written in a way that cannot be added to.
    #[error("{PYPROJECT} is written in a way that cannot be edited here: {problem}")]
    ByHand {
        /// What is in the way.
        problem: String,
        /// The lines to write.
        lines: String,
    },
    /// A header that is to be bound, but is not there.
    #[error("there is no header `{0}`")]
    NoHeader(String),
    /// `.headerkit.toml` has the configuration, and pyproject.toml must not have any.
    #[error("the configuration is in {OWN_FILE}, which is left alone")]
    OwnFile,
    /// A file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::ByHand { lines, .. } => vec![format!("write there by hand:\n{lines}")],
            Error::NoHeader(_) => vec!["paths start at the directory of pyproject.toml".into()],
            Error::OwnFile => vec![format!("add headers and writers to {OWN_FILE}")],
            Error::Malformed(_) | Error::Io(_) => Vec::new(),
        }
    }
}

/// Whether a project has our configuration already, in either file.
pub fn is_configured(project: &Path) -> Result<bool, Error> {
    let text = read(&project.join(PYPROJECT))?.unwrap_or_default();
    Ok(project.join(OWN_FILE).is_file() || pyproject::Pyproject::parse(&text)?.has_ours())
}

/// What is to be done to a project directory. Nothing is written.
pub fn plan(project: &Path, wanted: &Wanted) -> Result<Plan, Error> {
    let own_file = project.join(OWN_FILE).is_file();
    if own_file && !(wanted.headers.is_empty() && wanted.writers.is_empty() && wanted.outputs.is_empty()) {
        return Err(Error::OwnFile);
    }
    let mut plan = Plan::default();
    let old = read(&project.join(PYPROJECT))?;
    let has_setup_py = project.join("setup.py").is_file() || project.join("setup.cfg").is_file();
    let is_new = old.is_none() && !has_setup_py;
    let has_cffi_modules = has_cffi_modules(project);
    let mut start = pyproject::Start {
        is_new,
        has_setup_py,
        has_cffi_modules,
        has_own_file: own_file,
        ..pyproject::Start::default()
    };
    let mut text = old.clone().unwrap_or_default();
    if is_new {
        let (name, module) = find::names(project, &wanted.headers);
        let dir = project.file_name().map(|dir| dir.to_string_lossy()).unwrap_or_default();
        let package = find::package(project, &name);
        if *dir != name && *dir != module {
            plan.notes.push(match &package {
                Some(package) => format!("the project is called `{name}`, as its package `{package}` is"),
                None => format!(
                    "the project is called `{name}`, because `{dir}` cannot be its name: `name` in pyproject.toml, and \
                     the package's directory, say another"
                ),
            });
        }
        text = pyproject::minimal(&name);
        if let Some(package) = package.as_ref().filter(|package| !package.starts_with("src/")) {
            text.push_str(&pyproject::flat(package, wanted.inner.as_deref().unwrap_or_default()));
        }
        if package.is_none() {
            let package = format!("src/{module}");
            let path = format!("{package}/__init__.py");
            let new = format!("\"\"\"Bindings of {name}.\"\"\"\n");
            plan.changes.push(Change { path, old: None, new });
            start.package = Some(package);
        }
    }
    let new = pyproject::edit(project, &text, wanted, &start, &mut plan.notes)?;
    // A glob may find its headers later, and a variable may be set elsewhere.
    let is_missing =
        |header: &&String| !header.contains(['*', '?', '[', '$']) && !project.join(header).is_file();
    if let Some(header) = wanted.headers.iter().find(is_missing) {
        return Err(Error::NoHeader(header.clone()));
    }
    if old.as_deref() != Some(&new) {
        plan.changes.insert(0, Change { path: PYPROJECT.into(), old, new });
    }
    plan.changes.extend(attributes(project)?);
    let ignored = read(&project.join(".gitignore"))?.unwrap_or_default();
    if ignored.lines().any(|line| line.trim().trim_matches('/') == ".headerkit") {
        plan.notes
            .push("`.gitignore` names `.headerkit`: take it out, so that the store can be committed".into());
    }
    Ok(plan)
}

/// Writes the changes.
pub fn apply(project: &Path, plan: &Plan) -> Result<(), Error> {
    for change in &plan.changes {
        fsutil::write_atomic(&project.join(&change.path), change.new.as_bytes())?;
    }
    Ok(())
}

fn attributes(project: &Path) -> Result<Option<Change>, Error> {
    let old = read(&project.join(ATTRIBUTES))?;
    let mut new = old.clone().unwrap_or_default();
    if new.lines().any(|line| line.trim_start().starts_with(".headerkit/")) {
        return Ok(None);
    }
    if !new.is_empty() && !new.ends_with('\n') {
        new.push('\n');
    }
    let end = if new.contains("\r\n") { "\r\n" } else { "\n" };
    new.push_str(&format!("{STORE_ATTRIBUTES}{end}"));
    Ok(Some(Change { path: ATTRIBUTES.into(), old, new }))
}

fn read(path: &PathBuf) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;

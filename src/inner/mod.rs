//! The project's own (inner) build backend, run in a child process of the front end's interpreter.
//!
//! Knows the PEP 517/660 calling convention and nothing of headers or wheels. What to do when an
//! optional hook is missing is the caller's decision. Imports diagnostics, env and roots only.

mod outcome;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use fs_err as fs;
use serde_json::{Value, json};

pub use outcome::{HookOutcome, Warning};

use crate::{diagnostics::Hint, env};

const RUNNER: &str = include_str!("runner.py");

/// The front end's interpreter.
#[derive(Debug, Clone)]
pub struct Python {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys.path`; empty entries (the working directory) are ignored.
    pub sys_path: Vec<String>,
}

/// An inner backend and the project that it builds.
#[derive(Debug, Clone)]
pub struct InnerBackend {
    /// `module` or `module:object.attribute`, as in `[build-system] build-backend`.
    pub spec: String,
    /// `[build-system] backend-path`: directories relative to the project, inside of it.
    pub backend_path: Vec<PathBuf>,
    /// The interpreter to run it with.
    pub python: Python,
    /// The project directory, which becomes the working directory.
    pub project: PathBuf,
}

/// A finished call.
#[derive(Debug)]
pub struct Call {
    /// What came of it.
    pub outcome: HookOutcome,
    /// The control directory, if `HEADERKIT_KEEP_TEMP` is set.
    pub control_dir: Option<PathBuf>,
}

/// The hooks that a backend has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Names out of the eight of PEP 517 and PEP 660, in a fixed order.
    pub hooks: Vec<String>,
}

impl Capabilities {
    /// Whether the backend has this hook.
    pub fn has(&self, hook: &str) -> bool {
        self.hooks.iter().any(|name| name == hook)
    }
}

/// Why a hook could not even be tried, or the backend not be asked what it has.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// PEP 517: backend-path entries are relative and stay inside the source tree.
    #[error("backend-path entry `{0}` does not name a directory inside the project", path.display())]
    BackendPath {
        /// As configured.
        path: PathBuf,
    },
    /// A backend-path entry that is not there.
    #[error("backend-path entry `{0}` cannot be found", path.display())]
    BackendPathMissing {
        /// As configured.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The interpreter did not start.
    #[error("cannot start `{0}`", executable.display())]
    Start {
        /// The interpreter.
        executable: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The control directory cannot be made or read.
    #[error("cannot exchange files with the inner build backend")]
    Control(#[source] io::Error),
    /// The runner's answer is not what it writes.
    #[error("cannot read the answer for `{spec}`")]
    Answer {
        /// The backend.
        spec: String,
        /// What JSON said.
        #[source]
        source: serde_json::Error,
    },
    /// [`InnerBackend::capabilities`]: the backend cannot be imported.
    #[error("cannot import the inner build backend `{spec}`")]
    Import {
        /// The backend.
        spec: String,
        /// How the import ended.
        outcome: Box<HookOutcome>,
    },
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::BackendPath { .. } | Error::BackendPathMissing { .. } => {
                vec!["write `backend_path` relative to pyproject.toml, for example `[\"_build\"]`".into()]
            }
            Error::Import { outcome, .. } => outcome.hints(),
            Error::Start { .. } | Error::Control(_) | Error::Answer { .. } => Vec::new(),
        }
    }
}

impl InnerBackend {
    /// Calls a hook with arguments by position, in the order of PEP 517, and waits for its end.
    /// The backend's standard output and error both go to our standard error.
    pub fn call(&self, hook: &str, arguments: &[Value]) -> Result<HookOutcome, Error> {
        Ok(self.run(hook, arguments)?.outcome)
    }

    /// As [`InnerBackend::call`], and names the control directory if it is kept.
    pub fn run(&self, hook: &str, arguments: &[Value]) -> Result<Call, Error> {
        self.execute(Some(hook), arguments)
    }

    /// Finds out which hooks exist by importing the backend. Some decide by environment and project
    /// (hatchling by `PIP_BUILD_TRACKER`, scikit-build-core by pyproject.toml): nothing is assumed.
    pub fn capabilities(&self) -> Result<Capabilities, Error> {
        match self.execute(None, &[])?.outcome {
            HookOutcome::Returned { value: Value::Array(names), .. } => {
                let hooks = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                Ok(Capabilities { hooks })
            }
            other => Err(Error::Import { spec: self.spec.clone(), outcome: Box::new(other) }),
        }
    }

    fn execute(&self, hook: Option<&str>, arguments: &[Value]) -> Result<Call, Error> {
        let backend_path = self.backend_path()?;
        let control = tempfile::Builder::new().prefix("headerkit-").tempdir().map_err(Error::Control)?;
        let request = json!({
            "spec": self.spec,
            "hook": hook,
            "arguments": arguments,
            "sys_path": self.python.sys_path,
        });
        fs::write(control.path().join("input.json"), request.to_string()).map_err(Error::Control)?;
        let status = self.spawn(control.path(), &backend_path)?;
        let outcome = self.outcome(control.path(), status)?;
        let keep = env::get(env::KEEP_TEMP).is_some_and(|value| !value.is_empty() && value != "0");
        Ok(Call { outcome, control_dir: keep.then(|| control.keep()) })
    }

    fn spawn(&self, control: &Path, backend_path: &[PathBuf]) -> Result<ExitStatus, Error> {
        let mut command = Command::new(&self.python.executable);
        // Neither `-I` nor `-E`: pip isolates builds by PYTHONPATH. Paths travel as arguments, which
        // Python decodes with surrogateescape, so that they need not be UTF-8.
        command.arg("-c").arg(RUNNER).arg(control).args(backend_path);
        command.current_dir(&self.project).stdin(Stdio::null());
        command.stdout(own_stderr().map_err(Error::Control)?);
        for name in scrubbed(std::env::vars_os().map(|(name, _)| name)) {
            command.env_remove(name);
        }
        let failed = |source| Error::Start { executable: self.python.executable.clone(), source };
        command.status().map_err(failed)
    }

    fn outcome(&self, control: &Path, status: ExitStatus) -> Result<HookOutcome, Error> {
        let bytes = match fs::read(control.join("output.json")) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HookOutcome::died(status)),
            Err(error) => return Err(Error::Control(error)),
        };
        // Surrogates, Python's stand-ins for what is not UTF-8, become U+FFFD.
        let text = String::from_utf8_lossy(&bytes);
        serde_json::from_slice(text.as_bytes())
            .map_err(|source| Error::Answer { spec: self.spec.clone(), source })
    }

    /// Absolute backend-path entries, checked as PEP 517 demands: relative, and inside the project
    /// once symbolic links are resolved.
    fn backend_path(&self) -> Result<Vec<PathBuf>, Error> {
        if self.backend_path.is_empty() {
            return Ok(Vec::new());
        }
        let project = self.project.canonicalize().map_err(Error::Control)?;
        self.backend_path
            .iter()
            .map(|path| {
                let relative = path.components().all(|part| {
                    matches!(part, Component::Normal(_) | Component::CurDir | Component::ParentDir)
                });
                if !relative {
                    return Err(Error::BackendPath { path: path.clone() });
                }
                let missing = |source| Error::BackendPathMissing { path: path.clone(), source };
                let resolved = self.project.join(path).canonicalize().map_err(missing)?;
                if !resolved.starts_with(&project) {
                    return Err(Error::BackendPath { path: path.clone() });
                }
                std::path::absolute(self.project.join(path)).map_err(Error::Control)
            })
            .collect()
    }
}

/// The variables by which the front end's own hook runner talks to its child, which is not ours.
fn scrubbed(names: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let foreign = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.starts_with("_PYPROJECT_HOOKS_") || name.starts_with("PEP517_")
    };
    names.filter(|name| foreign(name)).collect()
}

#[cfg(unix)]
fn own_stderr() -> io::Result<Stdio> {
    use std::os::fd::AsFd;
    Ok(io::stderr().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn own_stderr() -> io::Result<Stdio> {
    use std::os::windows::io::AsHandle;
    Ok(io::stderr().as_handle().try_clone_to_owned()?.into())
}

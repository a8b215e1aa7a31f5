//! Front ends (PEP 517): the programs that install what a build requires and call its hooks.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::diagnostics::Hint;
use crate::env;
use crate::fsutil;

/// Name of the file for warnings of hooks.
const WARNINGS: &str = "warnings";

/// A front end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frontend {
    /// `uv build`.
    Uv,
    /// `python -m build`.
    Build,
    /// `python -m pip wheel`.
    Pip,
}

/// What is to be built.
#[derive(Debug)]
pub struct Request<'r> {
    /// The interpreter that builds.
    pub python: &'r Path,
    /// The project's directory.
    pub project: &'r Path,
    /// Whether what the build requires is installed into an environment of its own.
    pub is_isolated: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Built {
    /// The wheel's file name.
    pub wheel: String,
    /// What hooks warn of, each once.
    pub warnings: Vec<String>,
}

/// Why there is no wheel.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no front end.
    #[error("there is no front end: neither `uv` on PATH nor `build` or `pip` in `{0}`")]
    Missing(String),
    /// It could not be started.
    #[error("cannot start {frontend}")]
    Start {
        /// Its name.
        frontend: &'static str,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// It said no.
    #[error("{frontend} failed with {status}\n{output}")]
    Failed {
        /// Its name.
        frontend: &'static str,
        /// How it ended.
        status: String,
        /// What it wrote.
        output: String,
    },
    /// The wheel cannot be put where it belongs.
    #[error("cannot write `{path}`")]
    Write {
        /// The file or directory.
        path: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Missing(_) => vec!["install one: `python -m pip install build`".into()],
            Error::Start { .. } | Error::Failed { .. } | Error::Write { .. } => Vec::new(),
        }
    }
}

impl Frontend {
    /// The first of uv, build and pip that is there.
    pub fn find(python: &Path) -> Result<Self, Error> {
        if which::which("uv").is_ok() {
            return Ok(Frontend::Uv);
        }
        let has = |module: &str| {
            let asked = Command::new(python)
                .args(["-c", &format!("import {module}.__main__")])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            asked.is_ok_and(|status| status.success())
        };
        [(Frontend::Build, "build"), (Frontend::Pip, "pip")]
            .into_iter()
            .find(|(_, module)| has(module))
            .map(|(frontend, _)| frontend)
            .ok_or_else(|| Error::Missing(python.display().to_string()))
    }

    /// What it is called by.
    pub fn name(self) -> &'static str {
        match self {
            Frontend::Uv => "uv build",
            Frontend::Build => "python -m build",
            Frontend::Pip => "python -m pip wheel",
        }
    }

    /// Builds a wheel for a target, and puts it into `out`.
    pub fn build_wheel(self, request: &Request<'_>, target: &str, out: &Path) -> Result<Built, Error> {
        let write = |path: &Path| {
            let path = path.display().to_string();
            move |source| Error::Write { path, source }
        };
        let built = tempfile::tempdir().map_err(write(&std::env::temp_dir()))?;
        let output = self
            .command(request, built.path())
            .env(env::TARGET, target)
            .env(env::WARNINGS, built.path().join(WARNINGS))
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Error::Start { frontend: self.name(), source })?;
        let wheel = fs_err::read_dir(built.path())
            .map_err(write(built.path()))?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "whl"));
        let Some(wheel) = wheel.filter(|_| output.status.success()) else {
            return Err(Error::Failed {
                frontend: self.name(),
                status: output.status.to_string(),
                output: said(&output),
            });
        };
        let name = wheel.file_name().unwrap_or_default();
        let content = fs_err::read(&wheel).map_err(write(&wheel))?;
        fsutil::write_atomic(&out.join(name), &content).map_err(write(&out.join(name)))?;
        Ok(Built { wheel: name.to_string_lossy().into_owned(), warnings: warnings(built.path()) })
    }

    fn command(self, request: &Request<'_>, out: &Path) -> Command {
        let mut words: Vec<PathBuf> = match self {
            Frontend::Uv => ["uv", "build", "--wheel", "--python"].map(PathBuf::from).to_vec(),
            Frontend::Build => vec![request.python.into(), "-m".into(), "build".into(), "--wheel".into()],
            Frontend::Pip => {
                let pip = ["-m", "pip", "wheel", "--no-deps", "--disable-pip-version-check"];
                std::iter::once(request.python.into()).chain(pip.map(PathBuf::from)).collect()
            }
        };
        if self == Frontend::Uv {
            words.push(request.python.into());
        }
        let (directory, bare) = match self {
            Frontend::Uv => ("--out-dir", "--no-build-isolation"),
            Frontend::Build => ("--outdir", "--no-isolation"),
            Frontend::Pip => ("--wheel-dir", "--no-build-isolation"),
        };
        words.extend([directory.into(), out.into()]);
        if !request.is_isolated {
            words.push(bare.into());
        }
        words.push(request.project.into());
        let mut command = Command::new(words.remove(0));
        command.args(words);
        command
    }
}

/// What hooks have said in `directory`: front ends call several, which may say the same.
fn warnings(directory: &Path) -> Vec<String> {
    let text = fs_err::read_to_string(directory.join(WARNINGS)).unwrap_or_default();
    let mut warnings: Vec<String> = Vec::new();
    for warning in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}

/// Both streams; front ends disagree on which of them has the error.
fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|stream| String::from_utf8_lossy(stream).into_owned());
    text.concat().trim_end().to_owned()
}

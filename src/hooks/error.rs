//! Why a hook failed.

use crate::diagnostics::{Diagnostic, Hint};
use crate::generate::Generated;
use crate::wheel::{self, Nearest};
use crate::{compile, config, generate, inner, sdist, target};

/// Why a hook failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Shim and binary are of different releases.
    #[error("the Python package speaks protocol {shim}, the binary protocol {binary}")]
    Protocol {
        /// What the shim speaks.
        shim: u32,
        /// What the binary speaks.
        binary: u32,
    },
    /// The project directory does not exist.
    #[error("the project directory `{0}` does not exist")]
    NoProject(String),
    /// There is nothing to build.
    #[error("there is no pyproject.toml in `{0}`")]
    NoPyproject(String),
    /// No hook of that name.
    #[error("there is no hook `{0}`")]
    UnknownHook(String),
    /// An argument that the hook needs is missing.
    #[error("hook `{hook}` needs the argument `{argument}`")]
    MissingArgument {
        /// The hook.
        hook: String,
        /// The argument.
        argument: &'static str,
    },
    /// The configuration.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// Generating.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// Extension modules.
    #[error(transparent)]
    Compile(#[from] compile::Error),
    /// An extension module lies in no package of the wheel or the source tree.
    #[error("{place}: there is no package `{package}` for the extension module `{module}`")]
    NoPackage {
        /// Where the extension is configured.
        place: String,
        /// The module's path.
        module: String,
        /// The package.
        package: String,
    },
    /// An output that may belong into the wheel.
    #[error("no place in the wheel is certain for output `{output}`: {reason}")]
    Unplaced {
        /// Its path.
        output: String,
        /// Why.
        reason: String,
        /// How to say it.
        hints: Vec<String>,
    },
    /// An editable install for another machine.
    #[error(
        "an editable install is for this machine, {machine}, and cannot be for {target}, which {origin} says"
    )]
    EditableElsewhere {
        /// What it was asked for.
        target: String,
        /// Where.
        origin: String,
        /// The interpreter's own target.
        machine: String,
    },
    /// The inner backend has compiled for another machine than the wheel is for.
    #[error("`{module}`, which the inner backend has put into the wheel, is not for {target}")]
    OtherMachine {
        /// Its path in the wheel.
        module: String,
        /// What the wheel is for.
        target: String,
    },
    /// No platform tag is known for compiled modules.
    #[error("a wheel with extension modules for `{0}` cannot be tagged: {why}", why = untagged(.0))]
    NoTag(String),
    /// The interpreter's platform.
    #[error(transparent)]
    Target(#[from] target::Error),
    /// Running the inner backend at all.
    #[error(transparent)]
    Inner(#[from] inner::Error),
    /// A directory of the inner backend.
    #[error("{place}: {source}{}", place.snippet())]
    BackendPath {
        /// Where it is configured.
        place: Box<config::Place>,
        /// What is wrong with it.
        source: inner::Error,
    },
    /// The inner backend cannot be imported.
    #[error("the inner backend `{spec}` cannot be imported: {summary}\n{traceback}")]
    Unavailable {
        /// As configured.
        spec: String,
        /// Exception and message.
        summary: String,
        /// The module that is not installed, if that is why.
        missing: Option<String>,
        /// The distribution that it comes from, where the build requires that already.
        required: Option<&'static str>,
        /// Python's words.
        traceback: String,
    },
    /// The inner backend lacks a hook that cannot be replaced.
    #[error("the inner backend `{spec}` has no hook `{hook}`")]
    MissingHook {
        /// As configured.
        spec: String,
        /// The hook.
        hook: String,
    },
    /// The inner backend says that it cannot do this.
    #[error("the inner backend `{spec}` does not support `{hook}`: {message}")]
    Unsupported {
        /// As configured.
        spec: String,
        /// The hook.
        hook: String,
        /// Its words.
        message: String,
    },
    /// The inner backend raised.
    #[error("the inner backend `{spec}` failed in `{hook}`: {summary}\n{traceback}")]
    Raised {
        /// As configured.
        spec: String,
        /// The hook.
        hook: String,
        /// Exception and message.
        summary: String,
        /// Python's words.
        traceback: String,
        /// Whether it built for another target, whose outputs it cannot see.
        is_foreign: bool,
        /// Whether it was asked what it requires, before outputs were made that the store lacks.
        is_early: bool,
    },
    /// The inner backend's process ended without an answer.
    #[error("the inner backend `{spec}` ended in `{hook}` with {status}")]
    Died {
        /// As configured.
        spec: String,
        /// The hook.
        hook: String,
        /// Exit status or signal.
        status: String,
    },
    /// The finished wheel.
    #[error("cannot complete the wheel `{wheel}`")]
    Wheel {
        /// Its file name.
        wheel: String,
        /// What is wrong.
        #[source]
        source: wheel::Error,
    },
    /// The finished source distribution.
    #[error("cannot complete the source distribution `{sdist}`")]
    Sdist {
        /// Its file name.
        sdist: String,
        /// What is wrong.
        #[source]
        source: sdist::Error,
    },
    /// A file that `[tool.headerkit.wheel] files` names does not exist.
    #[error("`{file}` of [tool.headerkit.wheel] files does not exist")]
    WheelFile {
        /// As configured.
        file: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A file could not be read or written.
    #[error("cannot finish `{what}`")]
    Io {
        /// The object.
        what: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// An output whose place is not certain, perhaps the likely one.
    pub(super) fn unplaced(output: &Generated, likely: Option<String>, nearest: Option<Nearest>) -> Self {
        let (directory, name) = output.name.rsplit_once('/').unwrap_or(("", &output.name));
        let mut reason = match &likely {
            Some(path) => {
                let there = path.rsplit_once('/').map_or("", |(directory, _)| directory);
                format!("`{directory}` may be its `{there}`, but they share no file that shows it")
            }
            None => format!("`{directory}` has no other file that the inner backend could have put there"),
        };
        let mut hints = Vec::new();
        if let (None, Some(nearest)) = (&likely, &nearest) {
            reason.push_str(&format!("; the nearest directory that the wheel ships is {nearest}"));
            hints.extend(nearest.source.as_ref().map(|source| {
                format!(
                    "set its path into it: [tool.headerkit.output] {} = \"{source}/{name}\"",
                    output.writer
                )
            }));
        }
        let package = nearest.map_or_else(|| "package".to_owned(), |nearest| nearest.shipped);
        let likely = likely.unwrap_or_else(|| format!("{package}/{name}"));
        hints.push(format!(
            "say its place: [tool.headerkit.wheel] files = {{\"{}\" = \"{likely}\"}}, or `\"\"` to keep it out",
            output.name
        ));
        Error::Unplaced { output: output.name.clone(), reason, hints }
    }

    /// The name under which the error is reported.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Generate(error) => error.kind(),
            Error::Unsupported { .. } => "UnsupportedOperation",
            _ => "error",
        }
    }

    /// clang's findings that go with it.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Error::Generate(error) => error.diagnostics(),
            _ => &[],
        }
    }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Protocol { .. } => {
                vec!["reinstall with `pip install --force-reinstall headerkit-backend`".into()]
            }
            Error::UnknownHook(_) => vec![
                "hooks: build_wheel, build_sdist, build_editable, get_requires_for_build_{wheel,sdist,editable}, \
                 prepare_metadata_for_build_{wheel,editable}"
                    .into(),
            ],
            Error::MissingArgument { .. } => {
                vec!["by hand: `headerkit-backend hook NAME --project DIR --out DIR`".into()]
            }
            Error::Config(error) => error.hints(),
            Error::Generate(error) => error.hints(),
            Error::Compile(error) => error.hints(),
            Error::NoPackage { package, .. } => vec![format!(
                "the first parts of an extension's `name` are the packages it lies in: make `{package}` part of what \
                 the inner backend ships"
            )],
            Error::Unplaced { hints, .. } => hints.clone(),
            Error::EditableElsewhere { target, origin, .. } => vec![
                format!("leave the target out ({origin})"),
                format!("`headerkit-backend wheels --target {target}` builds a wheel for it"),
            ],
            Error::OtherMachine { .. } => vec![
                "have it compiled for that target, by options of the inner backend or by [[tool.headerkit.extensions]], \
                 or build the wheel there"
                    .into(),
            ],
            Error::Target(error) => error.hints(),
            Error::Inner(error) | Error::BackendPath { source: error, .. } => error.hints(),
            Error::NoPyproject(_) => {
                vec!["name the project's directory, or set one up with `headerkit-backend init`".into()]
            }
            Error::Unavailable { missing: Some(_), required: Some(name), .. } => vec![format!(
                "[build-system] requires `{name}`, but it is not installed here: without build isolation install it \
                 yourself, `pip install {name}`"
            )],
            Error::Unavailable { missing: Some(module), .. } => vec![format!(
                "add the distribution that provides `{module}` to [build-system] requires, or set `inner_backend` in \
                 [tool.headerkit]"
            )],
            Error::Unavailable { spec, .. } => {
                vec![format!("`{spec}` comes from `inner_backend` and `backend_path` in [tool.headerkit]: check both")]
            }
            Error::MissingHook { .. } => {
                vec!["choose another backend with `inner_backend` in [tool.headerkit]".into()]
            }
            Error::Raised { is_foreign: true, .. } => vec![
                "outputs for another target go into the wheel, not into the source tree: where the inner backend's own build \
                 needs them, build the wheel on that target"
                    .into(),
            ],
            Error::Raised { is_early: true, .. } => vec![
                "the store lacks outputs, which are made later, and this hook may read them: run `headerkit-backend generate` \
                 and commit `.headerkit/`"
                    .into(),
            ],
            Error::WheelFile { .. } => {
                vec!["correct the path, which is relative to pyproject.toml".into()]
            }
            Error::Wheel { source, .. } => source.hints(),
            Error::Sdist { source, .. } => source.hints(),
            Error::NoTag(_) => vec![
                "bindings that need no module (ctypes, or cffi in ABI mode) can be built for it; modules for Linux, macOS and \
                 Windows only"
                    .into(),
            ],
            // What a backend does not support is its own affair.
            Error::Unsupported { .. } | Error::NoProject(_) | Error::Raised { .. } | Error::Died { .. } | Error::Io { .. } => Vec::new(),
        }
    }
}

/// Why there is no tag for a target.
fn untagged(target: &str) -> &'static str {
    let is = |part: &str| target.split('-').any(|word| word.starts_with(part));
    if is("ios") || is("android") {
        "its tags name the oldest release of the system and the kind of device, which nothing tells here"
    } else if is("emscripten") {
        "its tags name the ABI of a release of Pyodide, which nothing tells here"
    } else {
        "no tag of the packaging standards is known for it"
    }
}

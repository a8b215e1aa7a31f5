//! The pipeline: configuration to headers to (store | parse) to (store | write) to files.
//!
//! [`Session::open`] resolves, [`Session::plan`] asks the store and touches nothing else,
//! [`Session::run`] does what the plan lacks. Only this module joins IR and store.

mod baseline;
mod explain;
mod foreign;
mod host;
mod inspect;
mod machine;
mod matrix;
mod plan;
mod program;
mod reading;
mod reparse;
mod report;
mod run;
mod source;
mod symbols;
mod unavailable;
mod usage;
pub mod worker;
mod writer;

pub use crate::write::UNUSED_PATTERN;
pub use explain::{Answer, Explanation};
pub use host::{Ask, Host};
pub use machine::{Machine, interpreter};
pub use matrix::{Cell, State};
pub use plan::{OutputPlan, Plan, UnitPlan};
pub use reparse::{Comparison, Reparsed};
pub use report::{Generated, Report, Skipped};
pub use run::{Files, Policy, Started};
pub use usage::{Pruned, Usage};
pub use writer::{Writer, writer_infos};

use std::path::{Path, PathBuf};

use crate::config::{self, Config};
use crate::diagnostics::{Diagnostic, Hint};
use crate::headers::{self, HeaderSet, HeaderUnit};
use crate::store::{self, Store};
use crate::sysroot;
use crate::target::{self, Target};
use writer::Writers;

/// Directory of the store beside pyproject.toml.
pub const DEFAULT_STORE: &str = ".headerkit";

/// Why nothing, or not everything, was generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The selection of headers and outputs.
    #[error(transparent)]
    Headers(#[from] headers::Error),
    /// A target of the configuration.
    #[error("{place}: {source}{}", place.snippet())]
    Target {
        /// Where it is set.
        place: Box<config::Place>,
        /// What is wrong with it.
        source: target::Error,
    },
    /// A target from elsewhere.
    #[error(transparent)]
    OtherTarget(#[from] target::Error),
    /// The system headers of a foreign target.
    #[error(transparent)]
    Sysroot(#[from] sysroot::Error),
    /// An option that a writer does not have, or not with this value.
    #[error("{place}: {source}{}", place.snippet())]
    Option {
        /// Where it is set.
        place: Box<config::Place>,
        /// What the writer says.
        source: crate::write::Error,
    },
    /// A writer's options.
    #[error(transparent)]
    Write(#[from] crate::write::Error),
    /// Outputs are missing from the store and there is no libclang to make them.
    #[error("{}", unavailable_message(*is_unusable, misses, targets))]
    LibclangUnavailable {
        /// Whether there is one that cannot be used.
        is_unusable: bool,
        /// Header, writer and reason of each miss.
        misses: Vec<String>,
        /// What they are missing for.
        targets: String,
        /// What to do next.
        remedies: Vec<String>,
    },
    /// A header could not be parsed.
    #[error("{}", parse_messages(header, failure, also))]
    Parse {
        /// Its name.
        header: String,
        /// What is said of the other headers that failed with it.
        also: Vec<String>,
        /// What the parser said.
        #[source]
        failure: Box<worker::Failure>,
    },
    /// A writer of the user's failed.
    #[error("writer `{writer}` failed: {problem}")]
    Writer {
        /// Its name.
        writer: String,
        /// What happened, and the last lines that it said.
        problem: String,
        /// What to do next.
        hint: Option<String>,
    },
    /// A configured header is neither on this machine nor in the store.
    #[error(
        "header `{header}` is not on this machine and not in the store for {target} ({reason}){}",
        elsewhere.as_ref().map(|path| format!("; did you mean `{path}`?")).unwrap_or_default()
    )]
    HeaderAbsent {
        /// Its name.
        header: String,
        /// Where an include of it is found.
        elsewhere: Option<String>,
        /// What it is wanted for.
        target: String,
        /// The command that stores it, in backquotes.
        command: String,
        /// Why the store did not serve it.
        reason: String,
    },
    /// A header cannot be read.
    #[error("the header `{header}` cannot be read: {source}")]
    HeaderUnreadable {
        /// Its name.
        header: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// The file that the writer `diff` compares with could not be read.
    #[error("cannot read the baseline `{path}` of the writer `diff`")]
    Baseline {
        /// Its path as configured.
        path: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A library of the option `symbols`.
    #[error("{place}: {source}{}", place.snippet())]
    Symbols {
        /// Where the option is set.
        place: Box<config::Place>,
        /// What is wrong with the library.
        source: crate::libraries::Error,
    },
    /// The user has pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The store could not be changed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// An output would replace a file that was not generated.
    #[error("output `{path}` of the {writer} writer would overwrite a file that was not generated")]
    OwnFile {
        /// Its path.
        path: String,
        /// The writer.
        writer: String,
    },
    /// An output could not be written.
    #[error("cannot write output `{path}`")]
    WriteOutput {
        /// Its path.
        path: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
}

fn unavailable_message(is_unusable: bool, misses: &[String], targets: &str) -> String {
    let found = if is_unusable { "no usable libclang was found" } else { "libclang was not found" };
    let number = match misses.len() {
        0 => return found.into(),
        1 => "1 output is".into(),
        number => format!("{number} outputs are"),
    };
    format!("{found}, and {number} not in the store for {targets}\n  {}", misses.join("\n  "))
}

fn parse_messages(header: &str, failure: &worker::Failure, also: &[String]) -> String {
    let first = parse_message(header, failure);
    also.iter().fold(first, |text, more| format!("{text}\n{more}"))
}

fn parse_message(header: &str, failure: &worker::Failure) -> String {
    let message = failure.to_string();
    if message.contains(header) { message } else { format!("cannot parse `{header}`: {message}") }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Config(error) => error.hints(),
            Error::Headers(error) => error.hints(),
            Error::Target { source, .. } | Error::OtherTarget(source) => source.hints(),
            Error::Sysroot(error) => error.hints(),
            Error::Option { source, .. } | Error::Write(source) => source.hints(),
            Error::Writer { hint, .. } => hint.iter().cloned().collect(),
            Error::LibclangUnavailable { remedies, .. } => remedies.clone(),
            Error::Parse { failure, .. } => failure.hints.clone(),
            Error::HeaderAbsent { command, .. } => vec![format!(
                "install the library's headers, or run {command} where they are and commit `.headerkit/`"
            )],
            Error::HeaderUnreadable { .. } => vec!["allow this user to read it".into()],
            Error::Baseline { .. } => vec![
                "name a file relative to the project that `headerkit-backend HEADER -w json` or `inspect ir` wrote"
                    .into(),
            ],
            Error::Symbols { source, .. } => source.hints(),
            Error::Interrupted => Vec::new(),
            Error::Store(error) => error.hints(),
            Error::OwnFile { path, writer } => vec![format!(
                "choose another path, as in [tool.headerkit.output] {writer} = \"...\", or remove `{path}` if it is not needed"
            )],
            Error::WriteOutput { .. } => vec!["check the directory's permissions and free space".into()],
        }
    }
}

impl Error {
    fn parse(header: &str, failure: worker::Failure) -> Self {
        Error::Parse { header: header.to_owned(), also: Vec::new(), failure: Box::new(failure) }
    }

    /// The name under which the error is reported.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::LibclangUnavailable { .. } => "LibclangUnavailableError",
            _ => "error",
        }
    }

    /// Adds what else failed: one run then tells of every header that needs work.
    fn join(mut self, others: impl Iterator<Item = Error>) -> Self {
        if let Error::Parse { header: first, failure, also } = &mut self {
            for other in others {
                if let Error::Parse { header, failure: more, .. } = other {
                    // In both readings a header mostly fails alike.
                    let (said, text) = (parse_message(first, failure), parse_message(&header, &more));
                    if said == text || also.contains(&text) {
                        continue;
                    }
                    also.push(text);
                    failure.diagnostics.extend(more.diagnostics);
                }
            }
        }
        self
    }

    /// The exception that the Python API raises.
    pub fn exception(&self) -> &'static str {
        match self {
            Error::LibclangUnavailable { .. } => "LibclangUnavailableError",
            Error::Config(config::Error::UnknownWriter { .. }) => "UnknownWriterError",
            Error::Writer { .. } => "WriterError",
            Error::Config(_) | Error::Headers(headers::Error::Config(_)) => "ConfigError",
            Error::Headers(headers::Error::Missing { .. })
            | Error::HeaderAbsent { .. }
            | Error::HeaderUnreadable { .. } => "HeaderNotFoundError",
            Error::Headers(_) => "SelectionError",
            Error::Target { .. } | Error::OtherTarget(_) | Error::Sysroot(_) => "TargetError",
            Error::Option { .. } | Error::Write(_) => "WriterOptionError",
            Error::Parse { .. } => "ParseError",
            Error::Interrupted | Error::Store(_) | Error::OwnFile { .. } | Error::WriteOutput { .. } => {
                "OutputError"
            }
            Error::Baseline { .. } => "BaselineError",
            Error::Symbols { .. } => "SymbolsError",
        }
    }

    /// Whether it is about what was typed, and not about what is configured or there.
    pub fn is_typed(&self) -> bool {
        match self {
            Error::Config(error) | Error::Headers(headers::Error::Config(error)) => error.is_typed(),
            Error::Option { place, .. } | Error::Target { place, .. } => place.is_typed(),
            _ => false,
        }
    }

    /// clang's findings that go with it.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Error::Parse { failure, .. } => &failure.diagnostics,
            _ => &[],
        }
    }
}

/// A configuration resolved for one machine and target.
pub struct Session {
    /// The configuration.
    pub config: Config,
    /// The headers and where things lie.
    pub set: HeaderSet,
    /// What is generated for.
    pub target: Target,
    machine: Machine,
    /// Whether this machine's own system headers are left alone even if it is the target.
    isolated: bool,
    /// Whether what only earlier releases have read is read again where there is a libclang.
    renews: bool,
    writers: Writers,
    /// The store, then the project's own one if configuration names another.
    stores: Vec<Store>,
    libraries: symbols::Known,
}

impl Session {
    /// Resolves target, headers and stores. `requested` are headers of the command line relative to
    /// `cwd`; none means those of the configuration.
    pub fn open(config: Config, requested: &[String], cwd: &Path, machine: Machine) -> Result<Self, Error> {
        let at = |text: &config::Text, triple: &str| {
            Target::parse(triple)
                .map_err(|source| Error::Target { place: Box::new(text.place.clone()), source })
        };
        let target = match (config.target()?, &config.target) {
            (Some(triple), Some(text)) => at(&text.value, &triple)?,
            _ => machine.target.clone(),
        };
        for text in config.headers.iter().filter_map(|rule| rule.target.as_ref()) {
            // A variable need not be set for a rule that is not used.
            if let Ok(triple) = config.expand(text) {
                at(text, &triple)?;
            }
        }
        options_exist(&config)?;
        let stores: Vec<Store> = stores(&config, cwd)?.iter().map(|dir| Store::open(dir)).collect();
        let writers = Writers::find(&config, &machine.host, &stores)?;
        let mut set = headers::select(&config, requested, cwd, &writers.infos())?;
        set.units = reading::split(set.units, &writers);
        baseline::identify(&mut set.units, &set.roots)?;
        for output in set.units.iter().flat_map(|unit| &unit.outputs) {
            if let Some(Writer::BuiltIn(kind)) = writers.get(&output.writer) {
                kind.check(&output.options).map_err(|error| bad_option(&config, *kind, error))?;
            }
        }
        let codes = set.units.iter().filter_map(|unit| Some((&unit.path, unit.code.as_ref()?)));
        let assuming = |store: Store| {
            codes.clone().fold(store, |store, (path, code)| store.assuming(path, code.as_bytes()))
        };
        let stores = stores.into_iter().map(assuming).collect();
        Ok(Session {
            config,
            set,
            target,
            machine,
            isolated: false,
            renews: false,
            writers,
            stores,
            libraries: symbols::Known::default(),
        })
    }

    /// Reads the system headers of every target, this machine's too, from a sysroot: the result then does not depend
    /// on the machine.
    #[must_use]
    pub fn isolated(self) -> Self {
        Session { isolated: true, ..self }
    }

    /// Reads again what only earlier releases have read, where there is a libclang; without this, their answers serve.
    #[must_use]
    pub fn renewing(self) -> Self {
        Session { renews: true, ..self }
    }

    /// Leaves one reading of headers that are read in two ways: the one without `Python.h`.
    #[must_use]
    pub fn reading_once(mut self) -> Self {
        self.set.units.dedup_by(|second, first| second.name == first.name);
        self
    }

    /// The number of headers.
    pub fn headers(&self) -> usize {
        self.set.units.chunk_by(|one, other| one.name == other.name).count()
    }

    /// The directory that new entries go to.
    pub fn store_dir(&self) -> &Path {
        self.stores[0].dir()
    }

    /// What a header is generated for: its own target if a rule sets one.
    fn target_of(&self, unit: &HeaderUnit) -> Result<Target, Error> {
        Ok(unit.target.as_deref().map_or_else(|| Ok(self.target.clone()), Target::parse)?)
    }

    /// Whether there is a libclang that can be used.
    pub fn has_libclang(&self) -> bool {
        self.machine.lacks_libclang(&self.config.project).is_none()
    }

    /// The libraries that were passed over where [`Session::has_libclang`] is false, each with the reason.
    pub fn unusable_libclang(&self) -> &[String] {
        self.machine.lacks_libclang(&self.config.project).map_or(&[], |search| &search.unusable)
    }
}

/// Fails for an option that a built-in writer does not have, whether it runs or not.
fn options_exist(config: &Config) -> Result<(), Error> {
    let rules = config.headers.iter().map(|rule| &rule.writer_options);
    for tables in std::iter::once(&config.writer_options).chain(rules) {
        for kind in crate::write::WriterKind::ALL {
            for (name, option) in tables.get(kind.name()).into_iter().flatten() {
                let place = || Box::new(option.place.clone());
                kind.check_name(name).map_err(|source| Error::Option { place: place(), source })?;
            }
        }
    }
    Ok(())
}

/// Fails for the name of a writer that there is not.
pub fn check_writers(config: &Config, machine: &Machine, cwd: &Path) -> Result<(), Error> {
    let stores: Vec<Store> = stores(config, cwd)?.iter().map(|dir| Store::open(dir)).collect();
    Writers::find(config, &machine.host, &stores).map(drop)
}

/// The error for a value that an option cannot have, with the place where that is set.
fn bad_option(config: &Config, kind: crate::write::WriterKind, error: crate::write::Error) -> Error {
    let crate::write::Error::BadOption { option, .. } = &error else { return error.into() };
    let rules = config.headers.iter().map(|rule| &rule.writer_options);
    let is_bad = |value: &serde_json::Value| kind.check(&[(option.clone(), value.clone())].into()).is_err();
    let mut set =
        rules.chain([&config.writer_options]).filter_map(|tables| tables.get(kind.name())?.get(option));
    match set.find(|set| is_bad(&set.value)) {
        Some(set) => Error::Option { place: Box::new(set.place.clone()), source: error },
        None => error.into(),
    }
}

/// The store directories of a configuration: where entries are written, and the project's own store
/// where that is another one, for reading only.
pub fn stores(config: &Config, cwd: &Path) -> Result<Vec<PathBuf>, config::Error> {
    let first = config.store_path(cwd)?;
    let own = config.project.join(DEFAULT_STORE);
    Ok(if first == own { vec![own] } else { vec![first, own] })
}

/// What is said of a number of outputs that come from what an earlier release stored; nothing of none.
pub fn older_note(number: usize) -> Option<String> {
    let outputs = if number == 1 { "1 output comes".into() } else { format!("{number} outputs come") };
    (number > 0).then(|| {
        format!(
            "{outputs} from what an earlier release stored, where some strings and the layout of some records are \
             wrong; `headerkit-backend generate` where libclang is (`cache populate` for other targets) makes them again"
        )
    })
}

fn store_error_text(error: &store::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

//! The writers of a run: built in, a program of the project's configuration, or a class in Python.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::host::{Host, Known, OPTIONS, chain};
use super::program::{Program, Said};
use super::{Error, Session};
use crate::config::{Companion, Config, CustomWriter, Text, WriterInfo};
use crate::fsutil;
use crate::roots;
use crate::store::{Layer, Store, WriterId};
use crate::write::{Options, WriterKind};

/// Word of a command that stands for the interpreter in use.
const PYTHON: &str = "{python}";

/// A writer that can be asked for.
#[derive(Debug, Clone)]
pub enum Writer {
    /// One of ours.
    BuiltIn(WriterKind),
    /// One of the user's.
    Custom(Custom),
}

/// A writer of the user's.
#[derive(Debug, Clone)]
pub struct Custom {
    name: String,
    runner: Runner,
    version: String,
    extension: String,
    pattern: String,
    stored: bool,
}

/// What runs a writer of the user's.
#[derive(Debug, Clone)]
enum Runner {
    /// A program of the project's configuration.
    Command(Command),
    /// A class of the Python in use.
    Python,
    /// Nothing here, but the store may have what it wrote elsewhere. Holds where it was looked for.
    Absent(String),
}

#[derive(Debug, Clone)]
struct Command {
    /// Program and arguments; [`PYTHON`] stands for the interpreter in use.
    words: Vec<Text>,
    /// Files of the project among the words.
    files: Vec<PathBuf>,
}

impl Writer {
    /// Extension of the stored artifact, without the dot.
    pub fn extension(&self) -> &str {
        match self {
            Writer::BuiltIn(kind) => kind.extension(),
            Writer::Custom(custom) => &custom.extension,
        }
    }

    /// Whether its outputs are stored.
    pub fn is_stored(&self) -> bool {
        match self {
            Writer::BuiltIn(_) => true,
            Writer::Custom(custom) => custom.stored,
        }
    }

    /// Whether any version of it will do, because there is none here.
    pub fn is_absent(&self) -> bool {
        matches!(self, Writer::Custom(Custom { runner: Runner::Absent(_), .. }))
    }

    /// The writer as it enters the key of an output.
    pub fn id(&self, options: &Options) -> WriterId {
        let (name, version) = match self {
            Writer::BuiltIn(kind) => (kind.name().to_owned(), kind.version().to_string()),
            Writer::Custom(custom) => (custom.name.clone(), custom.version.clone()),
        };
        WriterId { name, version, options: options.clone() }
    }

    /// Files of the project that it consists of.
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Writer::Custom(Custom { runner: Runner::Command(command), .. }) => &command.files,
            _ => &[],
        }
    }

    fn info(&self) -> WriterInfo {
        match self {
            Writer::BuiltIn(kind) => info(*kind),
            Writer::Custom(custom) => WriterInfo {
                name: custom.name.clone(),
                default_pattern: custom.pattern.clone(),
                by_default: false,
                companion: None,
            },
        }
    }
}

/// What configuration must know about the built-in writers.
pub fn writer_infos() -> Vec<WriterInfo> {
    WriterKind::ALL.into_iter().map(info).collect()
}

fn info(kind: WriterKind) -> WriterInfo {
    WriterInfo {
        name: kind.name().into(),
        default_pattern: kind.default_pattern().into(),
        // A comparison needs something to compare with, and a stub its module.
        by_default: !matches!(kind, WriterKind::Diff | WriterKind::CtypesStub),
        companion: kind.companion().map(|companion| Companion {
            writer: companion.name().into(),
            extension: kind.extension().into(),
            own_extension: companion.extension().into(),
            option: "stub".into(),
        }),
    }
}

/// All writers of a run by name.
#[derive(Debug)]
pub struct Writers(BTreeMap<String, Writer>);

impl Writers {
    /// Finds what every name of the configuration means. Names without a program are looked up in
    /// Python; one that is not there either must at least be in the store.
    pub fn find(config: &Config, host: &Host, stores: &[Store]) -> Result<Self, Error> {
        let mut found: BTreeMap<String, Writer> =
            WriterKind::ALL.into_iter().map(|kind| (kind.name().to_owned(), Writer::BuiltIn(kind))).collect();
        let mut unknown = Vec::new();
        for (name, written) in &config.custom_writers {
            match &written.command {
                Some(words) => {
                    let writer = Custom::of_command(name, written, config, words);
                    found.insert(name.clone(), Writer::Custom(writer));
                }
                None => unknown.push(name.as_str()),
            }
        }
        if !unknown.is_empty() {
            let plugins = config.expand_all(&config.plugins)?;
            let answer = host.describe(&unknown, &plugins, &config.project);
            let problem = answer.as_ref().err().cloned();
            let mut known = answer.unwrap_or_default();
            for name in unknown {
                let why = match (known.remove(name).flatten(), &problem) {
                    (Some(Known { error: Some(why), .. }), _) => {
                        format!("in {} it fails with {why}", host.name())
                    }
                    (Some(facts), _) => {
                        let writer = Custom::of_python(name, &config.custom_writers[name], facts);
                        found.insert(name.to_owned(), Writer::Custom(writer));
                        continue;
                    }
                    (None, Some(problem)) => format!("{} cannot be asked: {problem}", host.name()),
                    (None, None) => format!("{} has none of that name", host.name()),
                };
                if !is_in_store(name, stores) || !has_template(name, config) {
                    return Err(config.unknown_writer(name, &names(&found), &why).into());
                }
                let writer = Custom::absent(name, &config.custom_writers[name], why);
                found.insert(name.to_owned(), Writer::Custom(writer));
            }
        }
        Ok(Writers(found))
    }

    /// The writer of a name that configuration knows.
    pub fn get(&self, name: &str) -> Option<&Writer> {
        self.0.get(name)
    }

    /// What the selection of headers must know.
    pub fn infos(&self) -> Vec<WriterInfo> {
        self.0.values().map(Writer::info).collect()
    }
}

/// Ours first.
fn names(found: &BTreeMap<String, Writer>) -> Vec<&str> {
    let is_custom = |name: &&str| matches!(found[*name], Writer::Custom(_));
    let mut names: Vec<&str> = WriterKind::ALL.into_iter().map(WriterKind::name).collect();
    names.extend(found.keys().map(String::as_str).filter(is_custom));
    names
}

fn is_in_store(name: &str, stores: &[Store]) -> bool {
    stores.iter().any(|store| !store.versions(&Layer::output(name)).is_empty())
}

/// Whether it is said where the outputs go: the writer itself cannot be asked.
fn has_template(name: &str, config: &Config) -> bool {
    config.outputs.contains_key(name)
        || (!config.headers.is_empty() && config.headers.iter().all(|rule| rule.output.contains_key(name)))
}

impl Custom {
    fn new(name: &str, written: &CustomWriter, runner: Runner, version: String, known: Known) -> Self {
        let extension = written.output_extension.clone().or(known.output_extension);
        let extension =
            extension.map_or_else(|| "txt".into(), |text| text.trim_start_matches('.').to_owned());
        Custom {
            name: name.to_owned(),
            runner,
            version,
            pattern: known
                .default_output_pattern
                .unwrap_or_else(|| format!("{{dir}}/{{stem}}.{name}.{extension}")),
            extension,
            stored: written.cache_output.unwrap_or(known.cache_output),
        }
    }

    fn of_command(name: &str, written: &CustomWriter, config: &Config, words: &[Text]) -> Self {
        // What a variable brings in is not the project's, and need not be set for what the store has.
        let files: Vec<PathBuf> = words
            .iter()
            .filter(|word| !word.written.contains("${"))
            .filter_map(|word| project_file(&config.project, &word.written))
            .collect();
        let digests: Vec<_> = files
            .iter()
            .map(|path| fs_err::read(path).map(|text| fsutil::sha256(&text)).unwrap_or_default())
            .collect();
        let command: Vec<_> = words.iter().map(|word| &word.written).collect();
        let digest = fsutil::sha256(json!([command, digests]).to_string().as_bytes());
        let version = version([written.cache_version.as_deref(), Some(&digest[..16])]);
        let known = Known { cache_output: true, ..Known::default() };
        let command = Command { words: words.to_vec(), files };
        Custom::new(name, written, Runner::Command(command), version, known)
    }

    fn of_python(name: &str, written: &CustomWriter, known: Known) -> Self {
        let version = version([written.cache_version.as_deref(), known.version.as_deref()]);
        Custom::new(name, written, Runner::Python, version, known)
    }

    fn absent(name: &str, written: &CustomWriter, why: String) -> Self {
        let known = Known { cache_output: true, ..Known::default() };
        Custom::new(name, written, Runner::Absent(why), String::new(), known)
    }
}

fn version(parts: [Option<&str>; 2]) -> String {
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("+")
}

/// The file of the project that a word of a command names, if it does.
fn project_file(project: &Path, word: &str) -> Option<PathBuf> {
    let path = roots::normalize(&project.join(word));
    (path.starts_with(project) && path.is_file()).then_some(path)
}

impl Session {
    /// Runs a writer of the user's on a stored IR: its text, and what it said on standard error.
    pub(super) fn write_custom(
        &self,
        custom: &Custom,
        options: &Options,
        ir: &[u8],
    ) -> Result<(Vec<u8>, Vec<String>), Error> {
        let fail = |problem: String| Error::Writer { writer: custom.name.clone(), problem, hint: None };
        let project = &self.config.project;
        let said = match &custom.runner {
            Runner::Command(command) => self.run_command(&custom.name, command, options, ir)?,
            Runner::Python => {
                let plugins = self.config.expand_all(&self.config.plugins)?;
                self.machine.host.write(&custom.name, options, &plugins, project, ir).map_err(fail)?
            }
            Runner::Absent(why) => {
                return Err(self.config.unknown_writer(&custom.name, &names(&self.writers.0), why).into());
            }
        };
        let Said { output, errors } = said;
        if let Err(error) = std::str::from_utf8(&output) {
            return Err(fail(format!("its output is not UTF-8: byte {} is wrong", error.valid_up_to())));
        }
        let errors = errors.into_iter().map(|line| format!("{}: {line}", custom.name)).collect();
        Ok((output, errors))
    }

    fn run_command(
        &self,
        writer: &str,
        command: &Command,
        options: &Options,
        ir: &[u8],
    ) -> Result<Said, Error> {
        let mut words = self.config.expand_all(&command.words)?;
        for word in words.iter_mut().filter(|word| *word == PYTHON) {
            *word = self.machine.python.display().to_string();
        }
        let shown = words.join(" ");
        let first = words.remove(0);
        let program = Program {
            program: if first.contains(['/', '\\']) { self.config.project.join(first) } else { first.into() },
            arguments: words,
            directory: self.config.project.clone(),
            variables: vec![(OPTIONS, json!(options).to_string())],
        };
        program.run(ir).map_err(|failure| Error::Writer {
            writer: writer.to_owned(),
            problem: format!("`{shown}` {}", chain(&failure)),
            hint: failure.hint(writer),
        })
    }
}

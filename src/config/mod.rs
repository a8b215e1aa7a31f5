//! What the user asked for: `[tool.headerkit]`, environment, command line and config settings,
//! resolved into one [`Config`] whose values remember where they came from.
//!
//! May import L0 only. Looks at no header and no store.

mod cibuildwheel;
mod custom;
mod document;
mod error;
mod expand;
pub mod inner;
mod layers;
mod place;
mod read;
mod settings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub use cibuildwheel::Cibuildwheel;
pub use custom::CustomWriter;
pub use error::{Error, nearest};
pub use expand::{Piece, Variables};
pub use layers::load;
pub use place::{Caller, Origin, Place, Text, Valued};
pub use settings::take_ours;

/// Where a configuration is read from.
pub struct Sources<'a> {
    /// The project directory, absolute.
    pub project: &'a Path,
    /// Which file.
    pub file: FileChoice,
    /// Command line and config settings.
    pub overrides: Overrides,
    /// The environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// Which file to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FileChoice {
    /// `[tool.headerkit]` of pyproject.toml, or `.headerkit.toml` beside it, if there is one.
    #[default]
    Auto,
    /// This file (`--config`); absolute, or relative to the project.
    Path(PathBuf),
    /// None (`--no-config`).
    None,
}

/// What the command line or the config settings say. Lists come from the command line and are added
/// to those of the file, except `writers`, which replaces them.
#[derive(Debug, Clone, Default, PartialEq)]
#[allow(missing_docs, reason = "the fields are named after the keys they override")]
pub struct Overrides {
    pub target: Option<Valued<String>>,
    pub store_dir: Option<Valued<String>>,
    pub no_cache: Option<Valued<bool>>,
    pub no_ir_cache: Option<Valued<bool>>,
    pub no_output_cache: Option<Valued<bool>>,
    pub inner_backend: Option<Valued<String>>,
    pub scope: Option<Valued<String>>,
    pub language: Option<Valued<String>>,
    pub writers: Vec<String>,
    pub include_dirs: Vec<String>,
    pub defines: Vec<String>,
    pub arguments: Vec<String>,
    pub exclude: Vec<String>,
    /// Writer and template (`-o WRITER:TEMPLATE`).
    pub outputs: Vec<(String, String)>,
    /// Directory for the outputs that nobody names a path for.
    pub output_dir: Option<String>,
    /// Writer, key, value; a repeated key makes a list.
    pub writer_options: Vec<(String, String, Value)>,
    pub own: Vec<String>,
    /// Who says all this.
    pub caller: Caller,
    /// See [`Typed::words`].
    pub words: String,
    /// The text of the header that is named, which need not exist as a file.
    pub code: Option<String>,
}

/// A writer that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterInfo {
    /// Its name.
    pub name: String,
    /// Where its output goes if nobody says so, such as `{dir}/{stem}.json`.
    pub default_pattern: String,
    /// Whether it runs when no writer is named.
    pub by_default: bool,
    /// What comes with its output.
    pub companion: Option<Companion>,
}

/// An output that another writer makes beside one's own, from the same options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// The other writer.
    pub writer: String,
    /// Extension that one's own output must have.
    pub extension: String,
    /// Extension that takes its place.
    pub own_extension: String,
    /// The option that, if `false`, suppresses it.
    pub option: String,
}

/// Which declarations are bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the named header alone.
    Header,
    /// Those of the header and of the library it belongs to.
    Library,
    /// The same, and those of the headers that it includes itself and of their libraries.
    Umbrella,
    /// Everything that is read.
    All,
}

/// The language of the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// C.
    C,
    /// C++.
    Cxx,
}

/// Whether a build may ask the front end for libclang.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provision {
    /// When a header misses the store and no libclang is found.
    Auto,
    /// Always.
    Require,
    /// Not even then.
    Never,
}

impl Scope {
    /// As the key `scope` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Header => "header",
            Scope::Library => "library",
            Scope::Umbrella => "umbrella",
            Scope::All => "all",
        }
    }
}

impl Language {
    /// As the key `language` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Language::C => "c",
            Language::Cxx => "c++",
        }
    }
}

impl Provision {
    /// As the key `libclang` spells it.
    pub fn name(self) -> &'static str {
        match self {
            Provision::Auto => "auto",
            Provision::Require => "require",
            Provision::Never => "never",
        }
    }

    fn from_flag(on: bool) -> Self {
        if on { Provision::Auto } else { Provision::Never }
    }
}

/// Settings of the headers that a pattern selects.
#[derive(Debug, Clone, PartialEq)]
pub struct HeaderRule {
    /// A path or a glob; its place is the place of the rule.
    pub pattern: Text,
    /// Added to the global ones.
    pub defines: Vec<Text>,
    /// Added to the global ones.
    pub include_dirs: Vec<Text>,
    /// Added to the global ones (`backend_args`, also spelled `extra_args`).
    pub arguments: Vec<Text>,
    /// Writer to template.
    pub output: BTreeMap<String, Text>,
    /// Replaces the global target.
    pub target: Option<Text>,
    /// Writer to options; each key replaces the global one.
    pub writer_options: BTreeMap<String, WriterOptions>,
    option_places: Vec<(String, Place)>,
}

/// The option that every writer has: libraries, and what none of them defines is not bound. Its strings are not
/// expanded, because a library lies elsewhere on every machine.
pub const SYMBOLS: &str = "symbols";

/// Options of one writer.
pub type WriterOptions = BTreeMap<String, OptionValue>;

/// One option, its strings not yet expanded.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionValue {
    /// As written.
    pub value: Value,
    /// Where.
    pub place: Place,
}

/// `[tool.headerkit.cache]`, without `populate`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheConfig {
    /// Bypass the store.
    pub no_cache: Valued<bool>,
    /// Bypass stored IR.
    pub no_ir: Valued<bool>,
    /// Bypass stored outputs.
    pub no_output: Valued<bool>,
}

impl CacheConfig {
    /// Who has stored outputs bypassed, if they are; [`Origin::Default`] where there is no store at all.
    pub fn bypass(&self) -> Option<&Origin> {
        [&self.no_cache, &self.no_output].into_iter().find(|flag| flag.value).map(|flag| &flag.origin)
    }
}

/// `[tool.headerkit.cache.populate]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Populate {
    /// In Docker's spelling.
    pub platforms: Vec<Text>,
    /// Further targets, as triples.
    pub targets: Vec<Text>,
    /// Such as `3.12`.
    pub python_versions: Vec<Text>,
    /// Seconds per container.
    pub timeout: Option<u64>,
    /// Platform to image.
    pub images: BTreeMap<String, Text>,
    /// Further arguments of the container engine's `run`.
    pub container_args: Vec<Text>,
}

/// `[tool.headerkit.wheel]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelConfig {
    /// File of the project to path in the wheel.
    pub files: BTreeMap<String, Text>,
    /// What becomes of the tag.
    pub tag: WheelTag,
    /// Whether it says what its bindings and modules were made from (PEP 770).
    pub sbom: bool,
}

impl Default for WheelConfig {
    fn default() -> Self {
        WheelConfig { files: BTreeMap::new(), tag: WheelTag::default(), sbom: true }
    }
}

/// Who decides the tag of a wheel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WheelTag {
    /// What the outputs are true for.
    #[default]
    Auto,
    /// The inner backend.
    Inner,
    /// Always this platform.
    Platform,
}

/// One `[[tool.headerkit.extensions]]`: keys with underscores, types checked, `${VAR}` not expanded.
#[derive(Debug, Clone, PartialEq)]
pub struct ExtensionTable {
    /// The keys that are there.
    pub values: BTreeMap<String, Value>,
    /// Where the table starts.
    pub place: Place,
    /// Where `source` of `cffi` stands.
    pub source: Option<Place>,
}

/// The resolved configuration of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The project directory, absolute.
    pub project: PathBuf,
    /// The file that was read, absolute.
    pub file: Option<PathBuf>,
    /// The parser (key `backend`); always `libclang`.
    pub parser: String,
    /// In the order of the file.
    pub headers: Vec<HeaderRule>,
    /// Globs of headers to leave out: those of the file, then those typed.
    pub exclude: Vec<Text>,
    /// The writers to run, each once, in order.
    pub writers: Vec<String>,
    /// Those of the file, for all headers; they precede those of a rule.
    pub include_dirs: Vec<Text>,
    /// Those of the file, for all headers.
    pub defines: Vec<Text>,
    /// Those of the file, for all headers.
    pub arguments: Vec<Text>,
    /// Those typed on the command line; they follow those of a rule.
    pub typed: Typed,
    /// Globs of files that belong to the library (scope `library`).
    pub own: Vec<Text>,
    /// Libraries outside of which nothing is bound, for the writers that do not name their own ([`SYMBOLS`]).
    pub symbols: Vec<Text>,
    /// Which declarations are bound.
    pub scope: Valued<Scope>,
    /// The language of all headers; `None`: by the name of the file.
    pub language: Option<Valued<Language>>,
    /// The target triple as written, see [`Config::target`]; `None`: the building Python's.
    pub target: Option<Valued<Text>>,
    /// The store's directory as written, see [`Config::store_path`].
    pub store_dir: Valued<Text>,
    /// Which parts of the store to bypass.
    pub cache: CacheConfig,
    /// Defaults of `cache populate`.
    pub populate: Populate,
    /// Whether a build may ask for libclang.
    pub libclang: Valued<Provision>,
    /// The import path of the inner backend, if one is named; see [`inner::resolve`].
    pub inner_backend: Option<Valued<Text>>,
    /// In-tree directories of the inner backend.
    pub backend_path: Vec<Text>,
    /// Writer to output template: typed ones are marked by [`Text::is_typed`].
    pub outputs: BTreeMap<String, Text>,
    /// Writer to options, see [`Config::writer_options`].
    pub writer_options: BTreeMap<String, WriterOptions>,
    /// Every name of a writer that is not built in: it may exist or not.
    pub custom_writers: BTreeMap<String, CustomWriter>,
    /// `[tool.headerkit.wheel]`.
    pub wheel: WheelConfig,
    /// `[[tool.headerkit.extensions]]`.
    pub extensions: Vec<ExtensionTable>,
    /// Target to directory of that target's headers.
    pub sysroots: BTreeMap<String, Text>,
    /// Python modules that register writers.
    pub plugins: Vec<Text>,
    /// `[build-system] requires`.
    pub build_requires: Vec<String>,
    /// `[build-system] build-backend`.
    pub build_backend: Option<String>,
    variables: Variables,
}

/// Lists of the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// Who typed.
    pub caller: Caller,
    /// What was typed that decides what is made, each word after a space: a command to be typed next needs it too.
    pub words: String,
    /// `-I`, relative to the cwd.
    pub include_dirs: Vec<Text>,
    /// `-D`.
    pub defines: Vec<Text>,
    /// `--backend-arg`.
    pub arguments: Vec<Text>,
    /// The text of the header, in place of the file's.
    pub code: Option<String>,
    /// Directory for the outputs that nobody names a path for.
    pub output_dir: Option<Text>,
}

impl Config {
    /// Adds settings for the headers that a pattern selects, as a last rule of the file would.
    pub fn add_rule(
        &mut self,
        pattern: &str,
        include_dirs: &[String],
        defines: &[String],
        arguments: &[String],
    ) {
        let origin = Origin::Argument("header_overrides".into());
        let texts = |key: &str, values: &[String]| -> Vec<Text> {
            values.iter().map(|value| Text::of(key, value, origin.clone())).collect()
        };
        self.headers.push(HeaderRule {
            pattern: Text::of("headers", pattern, origin.clone()),
            defines: texts("defines", defines),
            include_dirs: texts("include_dirs", include_dirs),
            arguments: texts("backend_args", arguments),
            output: BTreeMap::new(),
            target: None,
            writer_options: BTreeMap::new(),
            option_places: Vec::new(),
        });
    }

    /// Generates for a target, whatever was configured, and into the store, whatever of it was to be bypassed.
    pub fn set_for_storing(&mut self, target: &str, origin: &Origin) {
        self.target = Some(Valued::new(Text::of("target", target, origin.clone()), origin.clone()));
        self.use_store(origin);
    }

    /// Uses the store, whatever of it was to be bypassed.
    pub fn use_store(&mut self, origin: &Origin) {
        for bypass in [&mut self.cache.no_cache, &mut self.cache.no_ir, &mut self.cache.no_output] {
            *bypass = Valued::new(false, origin.clone());
        }
    }

    /// The environment variables that the configuration mentions and that are set, with their values.
    pub fn variables(&self) -> impl Iterator<Item = (&String, &String)> {
        self.variables.iter().filter(|(name, _)| *name != expand::PROJECT_VERSION)
    }

    /// Looks up the variables of a further string, such as a header typed on the command line.
    pub fn look_up(&mut self, text: &str, environment: &dyn Fn(&str) -> Option<String>) {
        for name in expand::mentioned(text) {
            if let Some(value) = environment(name) {
                self.variables.entry(name.to_owned()).or_insert(value);
            }
        }
    }

    /// Expands `${VAR}`. Fails if a variable was not set when the configuration was read.
    pub fn expand(&self, text: &Text) -> Result<String, Error> {
        Ok(expand::join(&self.pieces(text)?))
    }

    /// Expands every string of a list.
    pub fn expand_all(&self, texts: &[Text]) -> Result<Vec<String>, Error> {
        texts.iter().map(|text| self.expand(text)).collect()
    }

    /// Expands, and tells what was written from what a variable brought in.
    pub fn pieces(&self, text: &Text) -> Result<Vec<Piece>, Error> {
        expand::pieces(text, &self.variables)
    }

    /// Expands all strings in a value, such as an extension's.
    pub fn expand_value(&self, value: &Value, place: &Place) -> Result<Value, Error> {
        Ok(match value {
            Value::String(written) => {
                let text = Text { written: written.clone(), place: place.clone() };
                Value::String(self.expand(&text)?)
            }
            Value::Array(items) => {
                items.iter().map(|item| self.expand_value(item, place)).collect::<Result<_, _>>()?
            }
            Value::Object(table) => table
                .iter()
                .map(|(key, item)| Ok((key.clone(), self.expand_value(item, place)?)))
                .collect::<Result<_, Error>>()?,
            other => other.clone(),
        })
    }

    /// The options of a writer for all headers, expanded.
    pub fn writer_options(&self, writer: &str) -> Result<BTreeMap<String, Value>, Error> {
        self.writer_options
            .get(writer)
            .map_or_else(|| Ok(BTreeMap::new()), |found| self.expand_options(found))
    }

    /// Options, expanded; [`SYMBOLS`] as written.
    pub fn expand_options(&self, options: &WriterOptions) -> Result<BTreeMap<String, Value>, Error> {
        options
            .iter()
            .map(|(key, option)| {
                let value = match key.as_str() {
                    SYMBOLS => option.value.clone(),
                    _ => self.expand_value(&option.value, &option.place)?,
                };
                Ok((key.clone(), value))
            })
            .collect()
    }

    /// The error for a writer that does not exist after all. `asked` says where it was looked for.
    pub fn unknown_writer(&self, name: &str, known: &[&str], asked: &str) -> Error {
        let default = Place::of("writers", Origin::Default);
        let place = self.custom_writers.get(name).map_or(default, |custom| custom.place.clone());
        Error::UnknownWriter {
            place: Box::new(place),
            name: name.to_owned(),
            nearest: nearest(name, known.iter().copied()),
            known: known.iter().map(|&known| known.to_owned()).collect(),
            asked: asked.to_owned(),
        }
    }

    /// The configured target triple, expanded. Set but empty counts as not set.
    pub fn target(&self) -> Result<Option<String>, Error> {
        let Some(target) = &self.target else { return Ok(None) };
        let triple = self.expand(&target.value)?;
        Ok(Some(triple).filter(|triple| !triple.is_empty()))
    }

    /// The store's directory, absolute. What is typed on the command line starts at `cwd`,
    /// everything else at the project.
    pub fn store_path(&self, cwd: &Path) -> Result<PathBuf, Error> {
        let text = &self.store_dir.value;
        let expanded = self.expand(text)?;
        if expanded.is_empty() {
            return Err(Error::bad_with(
                &text.place,
                "`store_dir` is empty",
                "name a directory, for example `store_dir = \".headerkit\"`",
            ));
        }
        let base = if text.is_typed() { cwd } else { &self.project };
        Ok(crate::roots::normalize(&base.join(expanded)))
    }
}

fn check_parser(text: &Text) -> Result<(), Error> {
    if text.written == "libclang" {
        return Ok(());
    }
    Err(Error::bad_with(
        &text.place,
        format!("`backend` must be `libclang`, not `{}`", text.written),
        "`backend` names the parser; the build backend to wrap is `inner_backend`",
    ))
}

#[cfg(test)]
mod tests;

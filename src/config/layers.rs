//! Command line and config settings > environment > file > default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use super::custom::{self, CustomWriter};
use super::document::{self, Document};
use super::error::Error;
use super::expand::{self, PROJECT_VERSION, Variables};
use super::place::{Origin, Place, Text, Valued};
use super::read::{FileLayer, check_defines, one_of};
use super::settings::boolean;
use super::{
    CacheConfig, Config, FileChoice, Language, OptionValue, Overrides, Provision, Scope, Sources, Typed,
    WriterInfo, WriterOptions,
};
use crate::env;

const PYPROJECT: &str = "pyproject.toml";
const OWN_FILE: &str = ".headerkit.toml";

/// Reads and resolves the configuration of a project. `writers` are those that exist.
pub fn load(sources: Sources<'_>, writers: &[WriterInfo]) -> Result<Config, Error> {
    let files = Files::read(&sources)?;
    let mut layer = FileLayer::default();
    let pyproject = files.pyproject.as_ref().map(Document::parse).transpose()?;
    let version =
        pyproject.as_ref().and_then(|tree| tree.get("project")?.get_ref().get("version")?.get_ref().as_str());
    let version = version.map(|version| (PROJECT_VERSION.to_owned(), version.to_owned()));
    let mut loader = Loader { sources: &sources, variables: version.into_iter().collect() };
    let mut build = BuildSystem::default();
    if let (Some(document), Some(tree)) = (&files.pyproject, &pyproject) {
        build = BuildSystem::read(document, tree)?;
    }
    let mut file = None;
    if let Some((document, path, only_tool)) = files.chosen(&sources, pyproject.as_ref())? {
        let parsed = document.parse()?;
        if let Some(table) = our_table(document, &parsed, only_tool)? {
            layer = FileLayer::read(document, table)?;
            loader.remember(table);
            file = Some(path);
        }
    }
    loader.remember_overrides();
    loader.resolve(layer, build, file, writers)
}

/// The documents that may be read.
struct Files {
    pyproject: Option<Document>,
    own: Option<Document>,
}

impl Files {
    fn read(sources: &Sources<'_>) -> Result<Self, Error> {
        let read = |name: &Path| Document::read(&sources.project.join(name), name);
        Ok(match &sources.file {
            FileChoice::None => Files { pyproject: None, own: None },
            FileChoice::Auto => Files { pyproject: read(PYPROJECT.as_ref())?, own: read(OWN_FILE.as_ref())? },
            FileChoice::Path(path) => {
                let shown = path.strip_prefix(sources.project).unwrap_or(path);
                let own = Document::read(&sources.project.join(path), shown)?;
                let own = own.ok_or_else(|| Error::Missing { path: path.clone() })?;
                Files { pyproject: read(PYPROJECT.as_ref())?, own: Some(own) }
            }
        })
    }

    /// The document that holds our keys, its path, and whether they must lie below `tool.headerkit`.
    fn chosen(
        &self,
        sources: &Sources<'_>,
        pyproject: Option<&DeTable<'_>>,
    ) -> Result<Option<(&Document, PathBuf, bool)>, Error> {
        let project = sources.project;
        if let (FileChoice::Path(path), Some(own)) = (&sources.file, &self.own) {
            return Ok(Some((own, project.join(path), path.ends_with(PYPROJECT))));
        }
        let ours = match (&self.pyproject, pyproject) {
            (Some(document), Some(tree)) => our_place(document, tree)?,
            _ => None,
        };
        match (&self.pyproject, &self.own, ours) {
            (_, Some(_), Some(place)) => Err(Error::TwoFiles {
                first: format!("[tool.headerkit] at {place}"),
                second: OWN_FILE.into(),
            }),
            (_, Some(own), None) => Ok(Some((own, project.join(OWN_FILE), false))),
            (Some(document), None, Some(_)) => Ok(Some((document, project.join(PYPROJECT), true))),
            _ => Ok(None),
        }
    }
}

fn our_place(document: &Document, tree: &DeTable<'_>) -> Result<Option<Place>, Error> {
    let Some(tool) = tree.get("tool") else { return Ok(None) };
    let table = as_table(document, "tool", tool.get_ref(), tool.span())?;
    Ok(table.get_key_value("headerkit").map(|(key, _)| document.place("tool.headerkit", key.span())))
}

/// Our table in a document: `tool.headerkit`, or the top level where that is allowed.
fn our_table<'a>(
    document: &Document,
    tree: &'a DeTable<'a>,
    only_tool: bool,
) -> Result<Option<&'a DeTable<'a>>, Error> {
    if let Some(ours) = tree.get("tool").and_then(|tool| tool.get_ref().get("headerkit")) {
        return as_table(document, "tool.headerkit", ours.get_ref(), ours.span()).map(Some);
    }
    Ok(if only_tool { None } else { Some(tree) })
}

fn as_table<'a>(
    document: &Document,
    key: &str,
    value: &'a DeValue<'a>,
    span: std::ops::Range<usize>,
) -> Result<&'a DeTable<'a>, Error> {
    value.as_table().ok_or_else(|| Error::WrongType {
        place: Box::new(document.place(key, span)),
        expected: "a table",
        found: value.type_str().into(),
    })
}

/// `[build-system]` (PEP 518), as far as the inner backend needs it.
#[derive(Default)]
struct BuildSystem {
    requires: Vec<String>,
    backend: Option<String>,
}

impl BuildSystem {
    fn read(document: &Document, tree: &DeTable<'_>) -> Result<Self, Error> {
        let Some(table) = tree.get("build-system") else { return Ok(BuildSystem::default()) };
        let table = as_table(document, "build-system", table.get_ref(), table.span())?;
        let wrong = |key: &str, expected, value: &toml::Spanned<DeValue<'_>>| Error::WrongType {
            place: Box::new(document.place(&format!("build-system.{key}"), value.span())),
            expected,
            found: value.get_ref().type_str().into(),
        };
        let mut result = BuildSystem::default();
        if let Some(value) = table.get("requires") {
            let fail = || wrong("requires", "a list of strings", value);
            for item in value.get_ref().as_array().ok_or_else(fail)? {
                result.requires.push(item.get_ref().as_str().ok_or_else(fail)?.to_owned());
            }
        }
        if let Some(value) = table.get("build-backend") {
            let backend =
                value.get_ref().as_str().ok_or_else(|| wrong("build-backend", "a string", value))?;
            result.backend = Some(backend.to_owned());
        }
        Ok(result)
    }
}

struct Loader<'a> {
    sources: &'a Sources<'a>,
    variables: Variables,
}

impl Loader<'_> {
    fn remember(&mut self, table: &DeTable<'_>) {
        let mut names = Vec::new();
        for (key, value) in table {
            // The names of header tables are patterns, which are values.
            names.extend(expand::mentioned(key.get_ref()).into_iter().map(str::to_owned));
            document::mentioned(value.get_ref(), &mut names);
        }
        if let Some(headers) = table.get("headers").and_then(|headers| headers.get_ref().as_table()) {
            for key in headers.keys() {
                names.extend(expand::mentioned(key.get_ref()).into_iter().map(str::to_owned));
            }
        }
        self.remember_names(names);
    }

    fn remember_overrides(&mut self) {
        let given = &self.sources.overrides;
        let scalars = [&given.target, &given.store_dir, &given.inner_backend];
        let mut strings: Vec<&str> =
            scalars.into_iter().flatten().map(|found| found.value.as_str()).collect();
        for list in [&given.include_dirs, &given.defines, &given.arguments, &given.exclude, &given.own] {
            strings.extend(list.iter().map(String::as_str));
        }
        strings.extend(given.outputs.iter().map(|(_, template)| template.as_str()));
        let mut names: Vec<String> =
            strings.into_iter().flat_map(expand::mentioned).map(str::to_owned).collect();
        for (_, _, value) in &given.writer_options {
            document::mentioned_in_json(value, &mut names);
        }
        self.remember_names(names);
    }

    fn remember_names(&mut self, names: Vec<String>) {
        for name in names {
            if let Some(value) = (self.sources.environment)(&name) {
                self.variables.entry(name).or_insert(value);
            }
        }
    }

    /// A variable's value; set but empty counts as not set.
    fn environment(&self, name: &str) -> Option<String> {
        (self.sources.environment)(name).filter(|value| !value.is_empty())
    }

    fn text(
        &self,
        key: &str,
        given: &Option<Valued<String>>,
        variable: Option<&str>,
        file: Option<Text>,
    ) -> Option<Valued<Text>> {
        if let Some(Valued { value, origin }) = given {
            return Some(Valued::new(Text::of(key, value, origin.clone()), origin.clone()));
        }
        if let Some((name, value)) = variable.and_then(|name| Some((name, self.environment(name)?))) {
            let origin = Origin::Environment(name.into());
            return Some(Valued::new(Text::of(key, value, origin.clone()), origin));
        }
        file.map(|text| Valued { origin: text.place.origin.clone(), value: text })
    }

    fn flag(
        &self,
        given: &Option<Valued<bool>>,
        variable: &str,
        file: Option<Valued<bool>>,
    ) -> Result<Valued<bool>, Error> {
        if let Some(given) = given {
            return Ok(given.clone());
        }
        if let Some(found) = self.environment_flag(variable)? {
            return Ok(found);
        }
        Ok(file.unwrap_or(Valued::new(false, Origin::Default)))
    }

    fn environment_flag(&self, variable: &str) -> Result<Option<Valued<bool>>, Error> {
        let Some(text) = self.environment(variable) else { return Ok(None) };
        let origin = Origin::Environment(variable.into());
        match boolean(&text) {
            Some(value) => Ok(Some(Valued::new(value, origin))),
            None => Err(Error::bad_with(
                &Place::of(variable, origin),
                format!("`{text}` is neither on nor off"),
                format!("set `{variable}` to `1` or `0` (also true, yes, on; false, no, off)"),
            )),
        }
    }

    fn libclang(&self, file: Option<Valued<Provision>>) -> Result<Valued<Provision>, Error> {
        if let Some(found) = self.environment_flag(env::AUTO_INSTALL_LIBCLANG)? {
            let file = file.filter(|file| file.value == Provision::Require && found.value);
            return Ok(file.unwrap_or(Valued::new(Provision::from_flag(found.value), found.origin)));
        }
        Ok(file.unwrap_or(Valued::new(Provision::Auto, Origin::Default)))
    }

    fn resolve(
        self,
        mut layer: FileLayer,
        build: BuildSystem,
        file: Option<PathBuf>,
        writers: &[WriterInfo],
    ) -> Result<Config, Error> {
        let given = &self.sources.overrides;
        if let Some(parser) = &layer.parser {
            super::check_parser(parser)?;
        }
        let typed = Typed {
            caller: given.caller,
            words: given.words.clone(),
            include_dirs: typed_list(
                "include_dirs",
                given.caller.origin("-I", "include_dirs"),
                &given.include_dirs,
            ),
            defines: typed_list("defines", given.caller.origin("-D", "defines"), &given.defines),
            arguments: typed_list(
                "backend_args",
                given.caller.origin("--backend-arg", "extra_args"),
                &given.arguments,
            ),
            code: given.code.clone(),
            output_dir: given
                .output_dir
                .as_ref()
                .map(|dir| Text::of("output", dir, Origin::Argument("output_dir".into()))),
        };
        check_defines(&typed.defines)?;
        let mut own = layer.own.clone();
        own.extend(typed_list("own", given.caller.origin("own", "project_prefixes"), &given.own));
        let names = Writers {
            variables: &self.variables,
            layer: &layer,
            given,
            built_in: writers,
            custom: BTreeMap::new(),
        };
        let (chosen, mut custom_writers) = names.resolve()?;
        let typed_options = writer_options(BTreeMap::new(), given);
        take_settings(&mut custom_writers, &mut layer, &typed_options)?;
        let mut exclude = layer.exclude.clone();
        exclude.extend(typed_list(
            "exclude",
            given.caller.origin("--exclude", "exclude_patterns"),
            &given.exclude,
        ));
        let default_store = Text::of("store_dir", ".headerkit", Origin::Default);
        let config = Config {
            project: crate::roots::normalize(self.sources.project),
            file,
            parser: "libclang".into(),
            writers: chosen,
            custom_writers,
            exclude,
            typed,
            scope: scope(self.text("scope", &given.scope, None, layer.scope.clone()))?,
            language: language(self.text("language", &given.language, None, layer.language.clone()))?,
            target: self.text("target", &given.target, Some(env::TARGET), layer.target.clone()),
            store_dir: self
                .text("store_dir", &given.store_dir, Some(env::STORE_DIR), layer.store_dir.clone())
                .unwrap_or(Valued::new(default_store, Origin::Default)),
            cache: CacheConfig {
                no_cache: self.flag(&given.no_cache, env::NO_CACHE, layer.no_cache.clone())?,
                no_ir: self.flag(&given.no_ir_cache, env::NO_IR_CACHE, layer.no_ir_cache.clone())?,
                no_output: self.flag(
                    &given.no_output_cache,
                    env::NO_OUTPUT_CACHE,
                    layer.no_output_cache.clone(),
                )?,
            },
            libclang: self.libclang(layer.libclang.clone())?,
            inner_backend: self.text(
                "inner_backend",
                &given.inner_backend,
                None,
                layer.inner_backend.clone(),
            ),
            outputs: outputs(&layer, given),
            writer_options: writer_options(layer.writer_options, given),
            headers: layer.headers,
            include_dirs: layer.include_dirs,
            defines: layer.defines,
            arguments: layer.arguments,
            own,
            symbols: layer.symbols,
            populate: layer.populate,
            backend_path: layer.backend_path,
            wheel: layer.wheel,
            extensions: layer.extensions,
            sysroots: layer.sysroots,
            plugins: layer.plugins,
            build_requires: build.requires,
            build_backend: build.backend,
            variables: self.variables,
        };
        Ok(config)
    }
}

fn typed_list(key: &str, origin: Origin, values: &[String]) -> Vec<Text> {
    values.iter().map(|value| Text::of(key, value, origin.clone())).collect()
}

fn scope(text: Option<Valued<Text>>) -> Result<Valued<Scope>, Error> {
    let Some(Valued { value: text, origin }) = text else {
        return Ok(Valued::new(Scope::Library, Origin::Default));
    };
    let value = match text.written.as_str() {
        "header" => Scope::Header,
        "library" => Scope::Library,
        "umbrella" => Scope::Umbrella,
        "all" => Scope::All,
        _ => return Err(one_of(&text, &["header", "library", "umbrella", "all"])),
    };
    Ok(Valued::new(value, origin))
}

fn language(text: Option<Valued<Text>>) -> Result<Option<Valued<Language>>, Error> {
    let Some(Valued { value: text, origin }) = text else { return Ok(None) };
    let value = match text.written.to_ascii_lowercase().as_str() {
        "c" => Language::C,
        "c++" | "cpp" | "cxx" => Language::Cxx,
        _ => return Err(one_of(&text, &["c", "c++"])),
    };
    Ok(Some(Valued::new(value, origin)))
}

fn outputs(layer: &FileLayer, given: &Overrides) -> BTreeMap<String, Text> {
    let mut outputs: BTreeMap<String, Text> = layer.outputs.iter().cloned().collect();
    for (writer, template) in &given.outputs {
        let origin = given.caller.origin("-o", "output_paths");
        outputs.insert(writer.clone(), Text::of(&format!("output.{writer}"), template, origin));
    }
    outputs
}

/// The options of the file, each key replaced by what was typed for it.
fn writer_options(
    mut options: BTreeMap<String, WriterOptions>,
    given: &Overrides,
) -> BTreeMap<String, WriterOptions> {
    let mut typed: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
    for (writer, key, value) in &given.writer_options {
        let slot = typed.entry((writer.clone(), key.replace('-', "_"))).or_default();
        slot.push(value.clone());
    }
    for ((writer, key), mut values) in typed {
        let place = Place::of(
            &format!("writer.{writer}.{key}"),
            given.caller.origin("--writer-opt", "writer_options"),
        );
        let value = if values.len() == 1 { values.remove(0) } else { Value::Array(values) };
        options.entry(writer).or_default().insert(key, OptionValue { value, place });
    }
    options
}

/// Finds the writers to run, and every name that is not that of a built-in one.
struct Writers<'a> {
    variables: &'a Variables,
    layer: &'a FileLayer,
    given: &'a Overrides,
    built_in: &'a [WriterInfo],
    custom: BTreeMap<String, CustomWriter>,
}

impl Writers<'_> {
    /// The names of the writers to run, each once, and the writers that are not built in.
    fn resolve(mut self) -> Result<(Vec<String>, BTreeMap<String, CustomWriter>), Error> {
        self.read_names()?;
        let layer = self.layer;
        let mut chosen: Vec<String> = self.given.writers.clone();
        chosen.extend(self.given.outputs.iter().map(|(writer, _)| writer.clone()));
        if chosen.is_empty() {
            if let Some(writers) = &layer.writers {
                for text in writers {
                    let name = expand::join(&expand::pieces(text, self.variables)?);
                    self.read_name(&name, &text.place)?;
                    chosen.push(name);
                }
            } else {
                chosen.extend(layer.outputs.iter().map(|(writer, _)| writer.clone()));
                chosen.extend(layer.headers.iter().flat_map(|rule| rule.output.keys().cloned()));
                if chosen.is_empty() {
                    let defaults = self.built_in.iter().filter(|writer| writer.by_default);
                    chosen.extend(defaults.map(|writer| writer.name.clone()));
                    // Whoever configures a program wants it to run.
                    let programs =
                        layer.writer_options.iter().filter(|(_, table)| table.contains_key("command"));
                    chosen.extend(programs.map(|(name, _)| name.clone()));
                }
            }
        }
        let mut unique = Vec::new();
        for name in chosen {
            if !unique.contains(&name) {
                unique.push(name);
            }
        }
        Ok((unique, self.custom))
    }

    fn read_names(&mut self) -> Result<(), Error> {
        let (layer, given) = (self.layer, self.given);
        for (name, place) in &layer.writer_places {
            self.read_name(name, place)?;
        }
        let typed = |flag: &str, argument: &str| Place::of("writers", given.caller.origin(flag, argument));
        for name in &given.writers {
            self.read_name(name, &typed("-w", "writers"))?;
        }
        for (name, _) in &given.outputs {
            self.read_name(name, &typed("-o", "output_paths"))?;
        }
        for (name, _, _) in &given.writer_options {
            self.read_name(name, &typed("--writer-opt", "writer_options"))?;
        }
        for (name, template) in &layer.outputs {
            self.read_name(name, &template.place)?;
        }
        for rule in &layer.headers {
            for (name, template) in &rule.output {
                self.read_name(name, &template.place)?;
            }
            for (name, place) in &rule.option_places {
                self.read_name(name, place)?;
            }
        }
        Ok(())
    }

    fn read_name(&mut self, name: &str, place: &Place) -> Result<(), Error> {
        if self.built_in.iter().any(|writer| writer.name == name) {
            return Ok(());
        }
        let plain = !name.is_empty()
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        if !plain {
            return Err(Error::bad_with(
                place,
                format!("`{name}` cannot be the name of a writer"),
                "use letters, digits, `_`, `-` and `.`",
            ));
        }
        self.custom.entry(name.to_owned()).or_insert_with(|| CustomWriter::named(place.clone()));
        Ok(())
    }
}

/// Takes the settings of the writers themselves out of their tables of options.
fn take_settings(
    custom: &mut BTreeMap<String, CustomWriter>,
    layer: &mut FileLayer,
    given: &BTreeMap<String, WriterOptions>,
) -> Result<(), Error> {
    for (name, writer) in custom {
        if let Some(table) = layer.writer_options.get_mut(name) {
            writer.take(table)?;
        }
        let rules = layer.headers.iter().filter_map(|rule| rule.writer_options.get(name));
        for options in rules.chain(given.get(name)) {
            custom::check_options(name, options)?;
        }
    }
    Ok(())
}

//! One `[[tool.headerkit.extensions]]` with its files found and its variables expanded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::error::ORDER;
use super::{Cffi, Error, library, paths, zig};
use crate::config::{Config, ExtensionTable, Origin, Place, Text};
use crate::env;
use crate::headers::{self, Pattern};
use crate::target::Target;

/// Files that sources include.
const HEADERS: &str = "*.{h,hh,hpp,hxx,inc,inl,ipp}";

/// Which compiler is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compiler {
    /// The system's if there is one, else zig.
    Auto,
    /// The system's.
    System,
    /// Zig, as the package `ziglang` has it.
    Zig,
}

/// The languages that are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    /// For the C compiler, in the syntax of gcc.
    Assembler,
    C,
    Cxx,
    Zig,
}

/// A file to compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Relative to the project where it lies inside.
    pub name: String,
    pub language: Language,
}

/// What an entry makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A module that Python imports.
    Module,
    /// A library that modules of the project link.
    StaticLibrary,
}

/// An extension module as it is to be built, or a static library for one.
#[derive(Debug, Clone)]
pub struct Extension {
    /// Import path, such as `package._module`; of a library what stands between `lib` and `.a`.
    pub name: String,
    pub(super) kind: Kind,
    /// Where it is configured.
    pub place: String,
    pub(super) sources: Vec<Source>,
    /// What sources in Zig import, relative to the project.
    pub(super) imported: Vec<String>,
    pub(super) include_dirs: Vec<String>,
    pub(super) defines: Vec<String>,
    pub(super) libraries: Vec<String>,
    pub(super) library_dirs: Vec<String>,
    pub(super) cflags: Vec<String>,
    pub(super) ldflags: Vec<String>,
    /// Names for pkg-config.
    pub(super) packages: Vec<String>,
    /// Program and arguments that compilations are handed to.
    pub(super) launcher: Vec<String>,
    /// The oldest Python of the stable ABI, as major and minor version.
    pub limited_api: Option<(u32, u32)>,
    /// Who compiles.
    pub compiler: Compiler,
    /// What cffi writes a source of.
    pub cffi: Option<Cffi>,
    /// Whether the project does without it where it cannot be built.
    pub is_optional: bool,
    /// The project's own libraries that the module is linked with, each before those that it uses itself.
    pub(super) archives: Vec<Extension>,
}

impl Extension {
    /// Reads the modules of a configuration, in its order. Names are import paths and unique, and every module has
    /// sources; each brings the libraries of the project that it links. What the tables `on` add is added for one target,
    /// or that of all targets without one.
    pub fn all(config: &Config, target: Option<&Target>) -> Result<Vec<Self>, Error> {
        let mut all: Vec<(&ExtensionTable, Extension)> = Vec::new();
        for table in &config.extensions {
            let extension = Reader { config, table, target }.read()?;
            if all.iter().any(|(_, other)| (other.kind, &other.name) == (extension.kind, &extension.name)) {
                let (what, each) = match extension.kind {
                    Kind::Module => ("extensions", "module"),
                    Kind::StaticLibrary => ("static libraries", "library"),
                };
                let problem = format!("there are two {what} called `{}`", extension.name);
                return Err(wrong(table, problem, &format!("give each {each} a name of its own")));
            }
            all.push((table, extension));
        }
        library::resolve(all, target.is_none())
    }

    /// The files with source code, those of its libraries included, relative to the project where they lie inside.
    pub fn sources(&self) -> Vec<&str> {
        let prelude = self.cffi.as_ref().and_then(|cffi| cffi.file.as_deref());
        let parts = || [self].into_iter().chain(&self.archives);
        let sources = parts().flat_map(|part| &part.sources).map(|source| source.name.as_str());
        let imported = parts().flat_map(|part| &part.imported).map(String::as_str);
        sources.chain(imported).chain(prelude).collect()
    }

    /// The libraries of the project that it links, with their source files.
    pub fn libraries(&self) -> impl Iterator<Item = (String, Vec<String>)> {
        let files = |library: &Extension| library.sources().into_iter().map(str::to_owned).collect();
        self.archives.iter().map(move |library| (library.name.clone(), files(library)))
    }

    /// The files of the project that a build elsewhere needs: sources, and the headers beside them and below the
    /// include directories, relative to the project.
    pub fn source_files(&self, config: &Config) -> Result<Vec<String>, Error> {
        let place = Place::of("extensions", Origin::Default);
        let mut files: Vec<String> = self.sources().into_iter().map(str::to_owned).collect();
        let beside = files.iter().map(|name| name.rsplit_once('/').map_or("", |(dir, _)| dir));
        let beside: BTreeSet<String> = beside.map(|dir| format!("{dir}/{HEADERS}")).collect();
        let dirs = self.archives.iter().chain([self]).flat_map(|part| &part.include_dirs);
        let below = dirs.map(|dir| format!("{}/**/{HEADERS}", dir.trim_end_matches('/')));
        for written in beside.into_iter().chain(below) {
            let written = written.trim_start_matches('/').to_owned();
            let pattern = Pattern::of(config, &Text { written, place: place.clone() }, &config.project)?;
            files.extend(pattern.files()?.into_iter().filter(|file| !file.outside).map(|file| file.name));
        }
        files.retain(|name| !is_outside(name));
        Ok(files)
    }

    /// The sources that are no files of the project.
    pub fn outside_sources(&self) -> Vec<&str> {
        self.sources().into_iter().filter(|name| is_outside(name)).collect()
    }

    /// The module without its packages.
    pub(super) fn last_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    /// The module with one more source, before the others.
    pub(super) fn with_first(&self, source: Source) -> Self {
        let mut extension = self.clone();
        extension.sources.insert(0, source);
        extension
    }

    /// Whether it is linked with any library.
    pub(super) fn links(&self) -> bool {
        let is_library = |flag: &String| {
            flag.starts_with("-l") || [".a", ".so", ".lib", ".dylib"].iter().any(|end| flag.ends_with(end))
        };
        !self.archives.is_empty() || !self.libraries.is_empty() || self.ldflags.iter().any(is_library)
    }

    /// Whether the module, or a library that it links, is to have debug information.
    pub(super) fn wants_debug_information(&self) -> bool {
        let variables = [env::CFLAGS, env::CXXFLAGS].map(|name| env::get(name).unwrap_or_default());
        let variables = variables.iter().flat_map(|text| text.split_whitespace());
        let own = self.archives.iter().chain([self]).flat_map(|part| &part.cflags).map(String::as_str);
        variables.chain(own).any(paths::asks_for_debug_information)
    }

    /// A source in assembler.
    pub(super) fn assembler(&self) -> Option<&str> {
        let mut sources = self.archives.iter().chain([self]).flat_map(|part| &part.sources);
        sources.find(|source| source.language == Language::Assembler).map(|source| source.name.as_str())
    }

    pub(super) fn is_cxx(&self) -> bool {
        let sources = self.archives.iter().chain([self]).flat_map(|part| &part.sources);
        sources.into_iter().any(|source| source.language == Language::Cxx)
    }
}

fn is_outside(name: &str) -> bool {
    Path::new(name).is_absolute() || name.starts_with("../")
}

struct Reader<'c> {
    config: &'c Config,
    table: &'c ExtensionTable,
    /// `None` for all of them.
    target: Option<&'c Target>,
}

impl Reader<'_> {
    fn read(&self) -> Result<Extension, Error> {
        let name = self.text("name")?.unwrap_or_default();
        let kind = self.kind(&name)?;
        let is_name = |part: &str| {
            !part.is_empty()
                && !part.starts_with(|first: char| first.is_ascii_digit())
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        };
        if kind == Kind::StaticLibrary {
            library::check(self.table, &name)?;
        } else if !name.split('.').all(is_name) {
            let hint = "write an import path, such as `package._module`";
            return Err(wrong(self.table, format!("`{name}` cannot be the name of a module"), hint));
        }
        self.check_targets(&name)?;
        let sources = self.sources(&name)?;
        let cffi = self.cffi(&name)?;
        let (own_dirs, own_defines) = (self.texts("include_dirs")?, self.texts("defines")?);
        let (dirs, defines) = self.inherited(&name, cffi.as_ref(), &own_defines)?;
        let in_zig = sources.iter().filter(|source| source.language == Language::Zig);
        Ok(Extension {
            imported: in_zig.flat_map(|source| zig::imports(&self.config.project, &source.name).0).collect(),
            sources,
            include_dirs: own_dirs.into_iter().chain(dirs).collect(),
            defines: defines.into_iter().chain(own_defines).collect(),
            libraries: self.texts("libraries")?,
            library_dirs: self.texts("library_dirs")?,
            cflags: self.texts("cflags")?,
            ldflags: self.texts("ldflags")?,
            packages: self.texts("pkg_config")?,
            launcher: self.launcher()?,
            limited_api: self.limited_api()?,
            compiler: self.compiler()?,
            cffi,
            is_optional: self.table.values.get("optional").and_then(Value::as_bool).unwrap_or_default(),
            archives: Vec::new(),
            kind,
            place: self.table.place.to_string(),
            name,
        })
    }

    /// The include directories and defines of the header that cffi binds, without macros that the extension defines.
    fn inherited(
        &self,
        name: &str,
        cffi: Option<&Cffi>,
        own: &[String],
    ) -> Result<(Vec<String>, Vec<String>), Error> {
        let inherits = self.table.values.get("inherit").and_then(Value::as_bool);
        let (Some(cffi), true) = (cffi, inherits.unwrap_or(true)) else {
            if cffi.is_none() && inherits.is_some() {
                let problem = format!("extension `{name}` has `inherit`, but no header to inherit from");
                return Err(wrong(self.table, problem, "remove `inherit`, which belongs to `cffi`"));
            }
            return Ok(Default::default());
        };
        let unit = headers::settings(self.config, &self.placed(&cffi.header))?;
        let dir = |path: &Path| match path.strip_prefix(&self.config.project) {
            Ok(inside) if inside.as_os_str().is_empty() => ".".to_owned(),
            Ok(inside) => inside.display().to_string(),
            Err(_) => path.display().to_string(),
        };
        let macro_name = |define: &str| define.split(['=', '(']).next().unwrap_or_default().to_owned();
        let is_own = |define: &String| own.iter().any(|own| macro_name(own) == macro_name(define));
        let dirs = unit.include_dirs.iter().map(|named| dir(&named.path)).collect();
        Ok((dirs, unit.defines.into_iter().filter(|define| !is_own(define)).collect()))
    }

    fn kind(&self, name: &str) -> Result<Kind, Error> {
        match self.text("kind")?.as_deref() {
            None | Some("module") => Ok(Kind::Module),
            Some("static-library") => Ok(Kind::StaticLibrary),
            Some(other) => {
                let problem = format!("extension `{name}`: there is no kind `{other}`");
                Err(wrong(self.table, problem, "write `module` or `static-library`"))
            }
        }
    }

    fn text(&self, key: &str) -> Result<Option<String>, Error> {
        let Some(written) = self.table.values.get(key).and_then(Value::as_str) else { return Ok(None) };
        Ok(Some(self.config.expand(&self.placed(written))?))
    }

    fn texts(&self, key: &str) -> Result<Vec<String>, Error> {
        let written = self.written(key).chain(self.added(key));
        written.map(|written| Ok(self.config.expand(&self.placed(written))?)).collect()
    }

    /// What stands in a list for every target.
    fn written(&self, key: &str) -> impl Iterator<Item = &str> {
        strings(self.table.values.get(key))
    }

    /// What the target adds to a list.
    fn added(&self, key: &str) -> impl Iterator<Item = &str> {
        let applies = |word: &str| self.target.is_none_or(|target| target.is_meant_by(word) == Some(true));
        self.tables()
            .filter(move |(word, _)| applies(word))
            .flat_map(move |(_, table)| strings(table.get(key)))
    }

    /// The tables `on` by the words that say when they count.
    fn tables(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.table.values.get("on").and_then(Value::as_object).into_iter().flatten()
    }

    fn check_targets(&self, name: &str) -> Result<(), Error> {
        let Some(target) = self.target else { return Ok(()) };
        match self.tables().find(|(word, _)| target.is_meant_by(word).is_none()) {
            Some((word, _)) => {
                let problem = format!("extension `{name}`: `{word}` of `on` means no target");
                let hint = "write a system (`windows`), an architecture (`arm64`), `musl`, or a platform (`linux/arm64`)";
                Err(wrong(self.table, problem, hint))
            }
            None => Ok(()),
        }
    }

    fn placed(&self, written: &str) -> Text {
        Text { written: written.to_owned(), place: self.table.place.clone() }
    }

    /// The files of all patterns, each once, in the order of the patterns.
    fn sources(&self, name: &str) -> Result<Vec<Source>, Error> {
        let forced = self.text("language")?;
        let mut sources: Vec<Source> = Vec::new();
        let pattern = |written| Pattern::of(self.config, &self.placed(written), &self.config.project);
        // What one target leaves out, another one may need.
        let leaving = self.written("sources").chain(self.added("sources").filter(|_| self.target.is_some()));
        let excluded: Vec<Pattern> =
            leaving.filter_map(|written| written.strip_prefix('!')).map(pattern).collect::<Result<_, _>>()?;
        for written in self.written("sources").chain(self.added("sources")) {
            if written.starts_with('!') {
                continue;
            }
            let found = pattern(written)?.files()?;
            if found.is_empty() {
                let problem = format!("extension `{name}`: `{written}` matches no file");
                return Err(wrong(
                    self.table,
                    problem,
                    &format!("patterns are relative to pyproject.toml; {ORDER}"),
                ));
            }
            for file in found {
                if !file.path.is_file() {
                    let problem = format!("extension `{name}`: there is no file `{}`", file.name);
                    return Err(wrong(
                        self.table,
                        problem,
                        &format!("paths are relative to pyproject.toml; {ORDER}"),
                    ));
                }
                if excluded.iter().any(|pattern| pattern.excludes(&file.path)) {
                    continue;
                }
                let language = self.language(name, &file.name, forced.as_deref())?;
                if !sources.iter().any(|source| source.name == file.name) {
                    sources.push(Source { name: file.name, language });
                }
            }
        }
        if sources.is_empty() && !self.table.values.contains_key("cffi") {
            let hint = "add `sources = [\"src/*.c\"]`";
            return Err(wrong(self.table, format!("extension `{name}` has no `sources`"), hint));
        }
        Ok(sources)
    }

    fn cffi(&self, name: &str) -> Result<Option<Cffi>, Error> {
        let Some(table) = self.table.values.get("cffi") else { return Ok(None) };
        let text = |key: &str| -> Result<Option<String>, Error> {
            let written = table.get(key).and_then(Value::as_str);
            Ok(written.map(|written| self.config.expand(&self.placed(written))).transpose()?)
        };
        let wrong = |problem: &str, hint: &str| {
            wrong(self.table, format!("extension `{name}`: `cffi` {problem}"), hint)
        };
        let header = text("header")?.ok_or_else(|| {
            wrong("has no `header`", "name a header that is configured under [tool.headerkit.headers]")
        })?;
        let (prelude, file) = match (text("source")?, text("source_file")?) {
            (Some(source), None) => (source, None),
            (None, Some(file)) => {
                let content = fs_err::read_to_string(self.config.project.join(&file));
                let content = content.map_err(|error| {
                    wrong(&format!("cannot read its source: {error}"), "paths are relative to pyproject.toml")
                })?;
                (content, Some(file))
            }
            _ => {
                let hint = format!(
                    "add `source = '#include \"{header}\"'`, or `source_file` with a file that has it"
                );
                return Err(wrong("needs either `source` or `source_file`", &hint));
            }
        };
        let header = header.trim_start_matches("./").to_owned();
        let language = self
            .text("language")?
            .map_or(Ok(Language::C), |forced| self.language(name, "", Some(&forced)))?;
        // What cffi writes is never Zig; the sources beside it may be.
        let language = if language == Language::Zig { Language::C } else { language };
        let origin = match &file {
            Some(file) => Some((file.clone(), 1)),
            None => self.table.source.as_ref().and_then(Place::of_text),
        };
        let place = self.table.place.to_string();
        Ok(Some(Cffi { header, prelude, file, language, place, origin, extra: self.extra_cdef() }))
    }

    /// The lines of `extra_cdef`, each with the place of the option.
    fn extra_cdef(&self) -> Vec<(String, Place)> {
        let tables = self.config.headers.iter().map(|rule| &rule.writer_options);
        let tables = tables.chain([&self.config.writer_options]);
        let options = tables.filter_map(|tables| tables.get("cffi")?.get("extra_cdef"));
        let lines = options.flat_map(|option| {
            let texts = option.value.as_array().into_iter().flatten().chain([&option.value]);
            let lines = texts.filter_map(Value::as_str).flat_map(str::lines);
            lines.map(|line| (line.to_owned(), option.place.clone()))
        });
        lines.collect()
    }

    fn language(&self, name: &str, file: &str, forced: Option<&str>) -> Result<Language, Error> {
        let extension = file.rsplit('.').next().unwrap_or_default();
        // C compilers tell it by the name.
        if let "s" | "S" = extension {
            return Ok(Language::Assembler);
        }
        match forced.unwrap_or(extension) {
            "c" => Ok(Language::C),
            "zig" => Ok(Language::Zig),
            "c++" | "cc" | "cpp" | "cxx" | "C" => Ok(Language::Cxx),
            other => {
                let problem = match forced {
                    Some(_) => format!("extension `{name}`: there is no language `{other}`"),
                    None => format!("extension `{name}`: the language of `{file}` is not known"),
                };
                Err(wrong(
                    self.table,
                    problem,
                    "set `language` to \"c\", \"c++\" or \"zig\"; assembler is in files `.s` and `.S`",
                ))
            }
        }
    }

    fn launcher(&self) -> Result<Vec<String>, Error> {
        let named = match self.text("launcher")? {
            Some(program) => vec![program],
            None => self.texts("launcher")?,
        };
        let typed = crate::env::get(crate::env::LAUNCHER).filter(|text| !text.is_empty());
        Ok(typed.map_or(named, |text| super::toolchain::words(&text)))
    }

    fn limited_api(&self) -> Result<Option<(u32, u32)>, Error> {
        let Some(text) = self.text("limited_api")? else { return Ok(None) };
        let version =
            text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
        match version {
            Some((3, minor)) if minor >= 2 => Ok(Some((3, minor))),
            _ => {
                let problem = format!("`limited_api` must be a version of Python, not `{text}`");
                Err(wrong(self.table, problem, "write the oldest one to support, such as \"3.9\""))
            }
        }
    }

    fn compiler(&self) -> Result<Compiler, Error> {
        match self.text("compiler")?.as_deref() {
            None | Some("auto") => Ok(Compiler::Auto),
            Some("system") => Ok(Compiler::System),
            Some("zig") => Ok(Compiler::Zig),
            Some(other) => {
                let problem = format!("there is no compiler `{other}`");
                Err(wrong(self.table, problem, "write `auto`, `system` or `zig`"))
            }
        }
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn wrong(table: &ExtensionTable, problem: String, hint: &str) -> Error {
    Error::Setting { place: table.place.to_string(), problem, hint: hint.into() }
}

/// Directories relative to the project as paths of this machine.
pub(super) fn resolved(project: &Path, dirs: &[String]) -> Vec<PathBuf> {
    dirs.iter().map(|dir| project.join(dir)).collect()
}

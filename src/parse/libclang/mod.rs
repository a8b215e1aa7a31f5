//! Parses with libclang, 14 or later, loaded at run time.

mod args;
mod constants;
mod dependencies;
mod enums;
mod ffi;
mod files;
pub mod locate;
mod lower;
mod report;
mod resource;
mod system;
#[cfg(test)]
mod tests;
mod umbrella;
mod undefined;

pub use self::system::are_given;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use self::args::CommandLine;
pub use self::args::HIDDEN_INPUTS;
use self::constants::Constants;
use self::ffi::{Library, LoadError, Unit, UnitError, Unsaved};
use self::files::Files;
use self::locate::Candidates;
use self::lower::Lowerer;
use self::resource::Resources;
use self::system::SystemHeaders;
use super::error::major;
use super::{Dependencies, Error, Language, ParseOutcome, ParseRequest, Search, macros};
use crate::diagnostics::Diagnostic;
use crate::ir::{Declaration, Header};
use crate::roots::{normalize, posix};
use crate::sysroot;
use crate::target::Target;

/// The oldest major version that works.
const OLDEST: u32 = 14;

/// A loaded libclang with its builtin headers.
///
/// It stays on the thread that loaded it. Loading removes the variables of `HIDDEN_INPUTS` from this
/// process's environment.
#[derive(Debug)]
pub struct Parser {
    library: Library,
    resources: Resources,
    environment: Vec<(String, OsString)>,
}

/// What one translation unit gives.
struct Lowered {
    declarations: Vec<Declaration>,
    diagnostics: Vec<Diagnostic>,
    defines: Vec<String>,
    dependencies: Dependencies,
}

impl Parser {
    /// Loads the first candidate that is a libclang of a supported version.
    pub fn load(candidates: &Candidates) -> Result<Parser, Error> {
        let mut unusable = Vec::new();
        for path in &candidates.libraries {
            match Library::load(path) {
                Ok(library) => match major(library.version()) {
                    Some(major) if major >= OLDEST => {
                        let resources = Resources::find(path, major, &candidates.sys_path)?;
                        let environment = ffi::remove_variables(HIDDEN_INPUTS);
                        return Ok(Parser { library, resources, environment });
                    }
                    _ => unusable.push(format!(
                        "{}: {} is too old, {OLDEST} or later is needed",
                        show(path),
                        library.version()
                    )),
                },
                Err(LoadError::Unusable(reason)) => unusable.push(format!("{}: {reason}", show(path))),
                Err(LoadError::Incomplete) => {
                    unusable.push(format!("{}: lacks functions of libclang {OLDEST}", show(path)));
                }
            }
        }
        Err(Error::LibclangUnavailable(Search { places: candidates.searched.clone(), unusable }))
    }

    /// The version as libclang spells it.
    pub fn version(&self) -> &str {
        self.library.version()
    }

    /// The library file.
    pub fn library(&self) -> &Path {
        self.library.path()
    }

    /// The directory whose `include` holds the builtin headers in use.
    pub fn resource_dir(&self) -> &Path {
        self.resources.hosted().dir()
    }

    /// Whether the builtin headers are our own minimal set.
    pub fn has_minimal_headers(&self) -> bool {
        self.resources.hosted().is_minimal()
    }

    /// Clang's arguments for a request, without the file.
    pub fn arguments(&self, request: &ParseRequest) -> Result<Vec<String>, Error> {
        Ok(self.command(request)?.arguments)
    }

    fn command(&self, request: &ParseRequest) -> Result<CommandLine, Error> {
        let command = CommandLine::new(request, &self.resources, &self.environment)?;
        let version = self.version();
        if major(version).is_some_and(|major| major < command.oldest_libclang) {
            return Err(Error::LibclangTooOldFor {
                target: request.target.clone(),
                library: show(self.library()),
                version: version.to_owned(),
                needed: command.oldest_libclang,
            });
        }
        Ok(command)
    }

    /// Parses a header.
    pub fn parse(&self, request: &ParseRequest) -> Result<ParseOutcome, Error> {
        if request.code.is_none() && !request.header.is_file() {
            return Err(Error::HeaderNotFound { name: request.name.clone() });
        }
        let mut command = self.command(request)?;
        let lowered = loop {
            match self.lower(request, &command) {
                Err(error) if command.forward(&request.target, &error) => {}
                lowered => break lowered?,
            }
        };
        let header = Header {
            path: request.name.clone(),
            target: request.target.clone(),
            include: include_path(&request.header, &command),
            defines: lowered.defines,
            declarations: lowered.declarations,
        };
        Ok(ParseOutcome { header, diagnostics: lowered.diagnostics, dependencies: lowered.dependencies })
    }

    fn unit(&self, request: &ParseRequest, command: &CommandLine, text: &str) -> Result<Unit, Error> {
        let main = umbrella::path(&request.header);
        let header = show(&request.header);
        let mut unsaved = vec![Unsaved { path: &main, text }];
        unsaved.extend(command.forwarders.iter().map(|(path, text)| Unsaved { path, text }));
        unsaved.extend(request.code.as_ref().map(|text| Unsaved { path: &header, text }));
        Unit::parse(&self.library, &main, &command.arguments, &unsaved).map_err(|error| match error {
            UnitError::Crashed => self.crashed("it recovered"),
            UnitError::Refused => {
                Error::Refused { name: request.name.clone(), arguments: command.arguments.clone() }
            }
        })
    }

    /// The error that this libclang crashed.
    fn crashed(&self, how: &str) -> Error {
        let (library, version) = (show(self.library()), self.version().to_owned());
        Error::Crashed { library, version, how: how.to_owned() }
    }

    fn lower(&self, request: &ParseRequest, command: &CommandLine) -> Result<Lowered, Error> {
        let text = umbrella::text(&request.header);
        let unit = self.unit(request, command, &text)?;
        let top_level = unit.top_level();
        let main = umbrella::path(&request.header);
        let files = Files::new(&unit, &top_level, request, command, &main)?;
        let report = report::report(&unit, &files, &request.header);
        if report.failed {
            return Err(failure(request, command, report));
        }
        // Without errors the umbrella's own declarations are complete.
        let Some(model) = umbrella::model(&top_level, command.enums_are_int) else {
            return Err(Error::Refused { name: request.name.clone(), arguments: command.arguments.clone() });
        };
        let top_level = match request.language {
            Language::C => top_level,
            Language::Cxx => lower::flatten(&top_level, &files),
        };
        let (declared, warnings) = Lowerer::new(&files, &top_level, &model, request.language).run();
        let mut constants = Constants::new(&unit, &files, &top_level, &declared, model);
        self.probe(request, command, &text, &mut constants);
        let (mut declarations, mut notes) = constants.finish(&files);
        declarations.extend(declared);
        if !notes.is_empty() {
            let counted = match notes.len() {
                1 => "1 macro has no value and is".to_owned(),
                number => format!("{number} macros have no value and are"),
            };
            let message = format!("`{}`: {counted} not bound", request.name);
            notes.push(Diagnostic::note(message, None));
        }
        Ok(Lowered {
            declarations,
            diagnostics: report.diagnostics.into_iter().chain(warnings).chain(notes).collect(),
            defines: defines(&files),
            dependencies: dependencies::collect(&files, request, command),
        })
    }

    /// Lets clang compute what is left; a macro that is no value makes an error there that means nothing.
    fn probe(
        &self,
        request: &ParseRequest,
        command: &CommandLine,
        text: &str,
        constants: &mut Constants<'_>,
    ) {
        if constants.unknown.is_empty() {
            return;
        }
        if let Ok(probe) = self.unit(request, command, &format!("{text}{}", constants.probe())) {
            constants.read_probe(&probe);
        }
    }
}

/// The include directories of a target's C library, as far as they are known here; they need not exist.
pub fn system_directories(target: &Target, native: bool) -> Vec<PathBuf> {
    SystemHeaders::of_machine(target, native, Language::C, &[]).directories(target)
}

/// The header's path below the nearest directory that `#include` lines are relative to.
fn include_path(header: &Path, command: &CommandLine) -> Option<String> {
    let header = normalize(header);
    let dirs = [&command.include_dirs, &command.isystem_dirs, &command.system_dirs].into_iter().flatten();
    let below = dirs.filter_map(|dir| header.strip_prefix(normalize(dir)).ok());
    below.min_by_key(|path| path.components().count()).map(posix)
}

/// The object-like macros in the text of the bound headers.
fn defines(files: &Files<'_>) -> Vec<String> {
    let bound = files.iter().filter(|(_, entry)| entry.in_scope);
    macros::defined_names(bound.map(|(file, _)| files.contents(file)))
}

fn failure(request: &ParseRequest, command: &CommandLine, report: report::Report) -> Error {
    let name = request.name.clone();
    let diagnostics = report.diagnostics;
    let Some(include) = report.missing else { return Error::Compile { name, diagnostics } };
    let roots = request.names();
    let written =
        |dir: &PathBuf| roots.name(dir).filter(|name| !name.is_empty()).unwrap_or_else(|| show(dir));
    Error::MissingInclude {
        name,
        include,
        searched: command.include_dirs.iter().map(written).collect(),
        foreign: (!request.native).then(|| request.target.clone()),
        without_system: command.without_system,
        is_in_zig: Target::parse(&request.target)
            .is_ok_and(|target| sysroot::is_in_zig(&target, request.language == Language::Cxx)),
        diagnostics,
    }
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

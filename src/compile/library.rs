//! Static libraries of the project: `kind = "static-library"`.

use std::path::{Path, PathBuf};

use super::extension::{Extension, Kind, wrong};
use super::module::{STATE, compile_all, locked, objects};
use super::object::Job;
use super::state::{Digests, Made, State};
use super::{Error, Python, Setting, Toolchain};
use crate::config::ExtensionTable;

/// Keys that only modules have: a library is none for any Python, and is compiled as the modules are that link it.
const OF_MODULES: [&str; 5] = ["cffi", "inherit", "limited_api", "compiler", "optional"];

/// A library that is built.
pub(super) struct Archive {
    pub path: PathBuf,
    /// Of its content.
    pub digest: String,
    /// How many sources were compiled now.
    pub compiled: usize,
}

/// Checks what libraries may not be called, and the keys that they do not have.
pub(super) fn check(table: &ExtensionTable, name: &str) -> Result<(), Error> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_-+.".contains(letter);
    if name.is_empty() || name.starts_with(['-', '.']) || !name.chars().all(is_letter) {
        let problem = format!("`{name}` cannot be the name of a static library");
        return Err(wrong(
            table,
            problem,
            "write what would stand between `lib` and `.a`, such as \"scale\"",
        ));
    }
    match OF_MODULES.into_iter().find(|key| table.values.contains_key(*key)) {
        Some(key) => {
            let problem = format!("the static library `{name}` cannot have `{key}`");
            Err(wrong(table, problem, &format!("set `{key}` for the modules that link it")))
        }
        None => Ok(()),
    }
}

/// Gives each module the libraries that it links, directly or through others, and returns the modules. The names that
/// remain in `libraries` are those of other libraries. One that no module links is a mistake only if these are the modules
/// as they are for all targets together.
pub(super) fn resolve(
    all: Vec<(&ExtensionTable, Extension)>,
    everywhere: bool,
) -> Result<Vec<Extension>, Error> {
    let (libraries, modules): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(_, extension)| extension.kind == Kind::StaticLibrary);
    let mut search = Search { libraries: &libraries, used: vec![false; libraries.len()] };
    let mut resolved = Vec::new();
    for (_, mut module) in modules {
        let mut found = Vec::new();
        search.follow(&mut module.libraries, &mut Vec::new(), &mut found)?;
        // What is used stands behind what uses it, as linkers want it.
        module.archives = found.into_iter().rev().map(|(_, archive)| archive).collect();
        resolved.push(module);
    }
    match search.used.iter().position(|used| !used && everywhere) {
        Some(index) => {
            let (table, library) = &libraries[index];
            let problem = format!("no module links the static library `{}`", library.name);
            Err(wrong(table, problem, "name it in `libraries` of an extension, or remove it"))
        }
        None => Ok(resolved),
    }
}

struct Search<'l> {
    libraries: &'l [(&'l ExtensionTable, Extension)],
    used: Vec<bool>,
}

impl Search<'_> {
    /// Takes our own libraries out of `names`, and adds them to `found` behind those that they use. `path` has those
    /// that lead here.
    fn follow(
        &mut self,
        names: &mut Vec<String>,
        path: &mut Vec<usize>,
        found: &mut Vec<(usize, Extension)>,
    ) -> Result<(), Error> {
        let place = |name: &String| self.libraries.iter().position(|(_, library)| library.name == *name);
        // The last one that is named is found first, because the order is turned around in the end.
        let own: Vec<usize> = names.iter().rev().filter_map(place).collect();
        names.retain(|name| place(name).is_none());
        for index in own {
            let (table, library) = &self.libraries[index];
            if path.contains(&index) {
                let problem = format!("the static library `{}` links itself", library.name);
                return Err(wrong(table, problem, "take one name out of the circle of `libraries`"));
            }
            self.used[index] = true;
            if found.iter().any(|(other, _)| *other == index) {
                continue;
            }
            let mut library = library.clone();
            path.push(index);
            self.follow(&mut library.libraries, path, found)?;
            path.pop();
            found.push((index, library));
        }
        Ok(())
    }
}

/// Builds the libraries of a module as far as they are not built already. Modules with one compiler share them, and so
/// do builds for several Pythons.
pub(super) fn build_all(
    module: &Extension,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
) -> Result<Vec<Archive>, Error> {
    let python = Python::default();
    let setting = Setting { python: &python, ..*setting };
    let build = |library| build(library, toolchain, &setting).map_err(|error| error.at(library));
    module.archives.iter().map(build).collect()
}

fn build(library: &Extension, toolchain: &Toolchain, setting: &Setting<'_>) -> Result<Archive, Error> {
    let directory =
        setting.build_dir.join(format!("lib{}.{}", library.name, toolchain.family(&setting.platform.target)));
    let _held = locked(&library.name, &directory)?;
    let state_file: &Path = &directory.join(STATE);
    let mut state = State::read(state_file);
    let digests = Digests::default();
    let job = Job {
        extension: &library.name,
        project: setting.project,
        directory: &directory,
        toolchain,
        digests: &digests,
        forwarders: &setting.forwarders(),
    };
    let compiled = compile_all(library, toolchain, setting, &job, &mut state, state_file)?;
    let objects = objects(library, &job, &state);
    let path = directory.join(toolchain.dialect.archive(&library.name));
    let archiver = toolchain.archiver(library)?;
    let command = |path: &str| [archiver.clone(), toolchain.dialect.archived(path)].concat();
    let fingerprint = toolchain.fingerprint(&command(""));
    let made = Made { fingerprint, inputs: objects.iter().cloned().collect(), output: String::new() };
    job.produce(&path, made, &mut state.linked, "making the library", &|unfinished| {
        command(unfinished).into_iter().chain(objects.iter().map(|(object, _)| object.clone())).collect()
    })?;
    state.write(state_file).map_err(|source| job.io(state_file, source))?;
    let digest = state.linked.map(|made| made.output).unwrap_or_default();
    Ok(Archive { path, digest, compiled })
}

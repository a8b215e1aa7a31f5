//! One module: its objects, the link, and a look at the result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cross::Imports;
use super::extension::{Extension, Language, Source, resolved};
use super::fit::Fit;
use super::library::{self, Archive};
use super::object::{self, Job};
use super::state::{Digests, Made, State};
use super::{Audit, Cffi, Error, Platform, Python, Toolchain, Undefined, limited, own, resolve, zig};
use crate::env;
use crate::fsutil;
use crate::progress;

/// File beside the objects that tells what they were made from.
pub(super) const STATE: &str = "state.json";
/// File that one build at a time holds.
const LOCK: &str = "lock";
/// What is being done when a module is linked.
pub(super) const LINKING: &str = "linking";

/// A module that is built.
#[derive(Debug)]
pub struct Built {
    /// Where it is configured.
    pub place: String,
    /// Where it belongs below the directory of packages, with `/`.
    pub path: String,
    /// The module.
    pub content: Vec<u8>,
    /// Whether it keeps to the stable ABI.
    pub is_limited: bool,
    /// What it needs.
    pub audit: Audit,
    /// How many sources were compiled now.
    pub compiled: usize,
    /// What it lacks of what was declared, and why.
    pub warning: Option<String>,
}

/// What modules are built for and where.
pub struct Setting<'s> {
    /// The project's directory.
    pub project: &'s Path,
    /// Directory of the project's objects, see [`super::build_dir`].
    pub build_dir: &'s Path,
    /// The interpreter, on the platform.
    pub python: &'s Python,
    /// What is compiled for.
    pub platform: &'s Platform,
}

impl Setting<'_> {
    /// Directory for headers of Windows by names in another case.
    pub(super) fn forwarders(&self) -> PathBuf {
        self.build_dir.join("any-case")
    }
}

/// Builds a module, as far as it is not built already. Interrupted at any moment, it leaves nothing that a later build
/// would take for finished. `cdef` has the declarations of what is a module of cffi.
pub fn build(
    extension: &Extension,
    cdef: Option<&str>,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
) -> Result<Built, Error> {
    let is_limited = extension.limited_api.is_some() && setting.python.takes_limited_api();
    let suffix = setting.python.suffix(is_limited);
    if let Some(limit) = extension.limited_api.filter(|limit| is_limited && *limit > setting.python.version) {
        let (ours, theirs) = (setting.python.version.1, limit.1);
        return Err(Error::Setting {
            place: extension.place.clone(),
            problem: format!("`limited_api = \"3.{theirs}\"` is newer than Python 3.{ours}, which builds"),
            hint: "set the oldest version to support, or build with a later Python".into(),
        });
    }
    let archives = library::build_all(extension, toolchain, setting)?;
    let mut directory = setting.build_dir.to_owned();
    if !setting.platform.is_native {
        directory.push(setting.platform.target.to_string());
    }
    directory.push(format!("{}{suffix}", extension.name));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io {
            extension: extension.name.clone(),
            path: path.display().to_string(),
            source,
        }
    };
    let _held = locked(&extension.name, &directory)?;
    let state_file = directory.join(STATE);
    let mut state = State::read(&state_file);
    let stored = state.clone();
    let digests = Digests::default();
    let job = Job {
        extension: &extension.name,
        project: setting.project,
        directory: &directory,
        toolchain,
        digests: &digests,
        forwarders: &setting.forwarders(),
    };
    let module = directory.join(format!("{}{suffix}", extension.last_name()));
    let making =
        Making { archives: &archives, job: &job, setting, state_file: &state_file, module: &module, cdef };
    let (compiled, audit) = match (&extension.cffi, cdef) {
        (Some(cffi), Some(cdef)) => making.fitted(extension, cffi, cdef, &mut state)?,
        _ => making.make(extension, &mut state)?,
    };
    let content = fs_err::read(&module).map_err(failed(&module))?;
    if state != stored {
        state.write(&state_file).map_err(failed(&state_file))?;
    }
    let path = format!("{}{suffix}", extension.name.replace('.', "/"));
    let compiled = compiled + archives.iter().map(|archive| archive.compiled).sum::<usize>();
    let place = extension.place.clone();
    let warning = extension.cffi.as_ref().and_then(|cffi| state.fit.warning(&extension.name, &cffi.header));
    Ok(Built { place, path, content, is_limited, audit, compiled, warning })
}

/// One module on its way.
#[derive(Clone, Copy)]
struct Making<'m> {
    archives: &'m [Archive],
    job: &'m Job<'m>,
    setting: &'m Setting<'m>,
    state_file: &'m Path,
    module: &'m Path,
    /// The declarations of a module of cffi.
    cdef: Option<&'m str>,
}

impl Making<'_> {
    /// Compiles, links and looks at the result; says how many sources were compiled.
    fn make(&self, extension: &Extension, state: &mut State) -> Result<(usize, Audit), Error> {
        let Making { archives, job, setting, state_file, module, cdef } = *self;
        let toolchain = job.toolchain;
        zig::translate(extension, toolchain, setting, job, state)?;
        let compiled = compile_all(extension, toolchain, setting, job, state, state_file)?;
        let unlinked = state.linked.clone();
        link(extension, archives, toolchain, setting, job, state, module)?;
        if state.linked != unlinked {
            state.write(state_file).map_err(|source| job.io(state_file, source))?;
        }
        let content = fs_err::read(module).map_err(|source| job.io(module, source))?;
        let audit = audited(extension, &content, toolchain, setting)
            .and_then(|audit| defined(extension, audit, &objects(extension, job, state), cdef))
            .and_then(|audit| {
                limited::check(extension, &audit, toolchain, setting, job, state).map(|()| audit)
            })
            .inspect_err(|_| drop(fs_err::remove_file(module)))?;
        Ok((compiled, audit))
    }

    /// Makes a module of cffi, if need be without the declarations that its compiler does not take and those that no
    /// library defines.
    fn fitted(
        &self,
        extension: &Extension,
        cffi: &Cffi,
        cdef: &str,
        state: &mut State,
    ) -> Result<(usize, Audit), Error> {
        let Making { archives, job, setting, .. } = *self;
        let source = cffi.source(extension, job.directory);
        let extension = &extension.with_first(source.clone());
        let toolchain = job.toolchain;
        let (_, fingerprint) = command(extension, &source, toolchain, setting, job);
        let made_with = [
            vec![cffi.fingerprint(extension, cdef, setting.python), fingerprint.clone()],
            toolchain.link(extension, setting.platform),
            toolchain.libraries(extension),
            library_digests(extension, archives, setting, job).into_values().collect(),
        ];
        let made_with = fsutil::sha256(made_with.concat().join("\0").as_bytes());
        let object = object::path(job.directory, &source.name);
        let is_known = state.fit.fingerprint == made_with
            && job.is_current(&object, &fingerprint, state.objects.get(&source.name));
        if !is_known {
            state.fit = Fit { fingerprint: made_with, ..Fit::default() };
        }
        loop {
            own::check(extension, cffi, &state.fit, setting.project)?;
            cffi.write(extension, cdef, setting.python, job.directory, state)?;
            // What was read of an earlier source must not be taken for this one's.
            let digests = Digests::default();
            let job = Job { digests: &digests, ..*job };
            let error = match (Making { job: &job, ..*self }).make(extension, state) {
                Err(error) => error,
                made => return made,
            };
            let text = fs_err::read_to_string(&source.name)
                .map_err(|error| job.io(Path::new(&source.name), error))?;
            if !state.fit.learn(&error, (&source.name, &text), &object, extension.links()) {
                return Err(error);
            }
        }
    }
}

/// Makes a directory of objects and waits until no other build uses it; this one does until the file is closed.
pub(super) fn locked(extension: &str, directory: &Path) -> Result<std::fs::File, Error> {
    let lock = directory.join(LOCK);
    let hold = || {
        fs_err::create_dir_all(directory)?;
        let held = std::fs::File::create(&lock)?;
        held.lock().map(|()| held)
    };
    hold().map_err(|source| Error::Io {
        extension: extension.to_owned(),
        path: lock.display().to_string(),
        source,
    })
}

/// Compiles the sources that have to be, and says how many those were.
pub(super) fn compile_all(
    extension: &Extension,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
    state: &mut State,
    state_file: &Path,
) -> Result<usize, Error> {
    let outdated = outdated(extension, toolchain, setting, job, state);
    if outdated.is_empty() {
        return Ok(0);
    }
    tell_of_zig(toolchain, setting);
    let notes = job.notes(toolchain.leading(extension))?;
    let results = in_parallel(&outdated, |(source, command, fingerprint)| {
        job.compile(source, command, fingerprint.clone(), notes.as_ref())
    });
    let mut failure = None;
    for ((source, ..), result) in outdated.iter().zip(results) {
        match result {
            Ok(made) => drop(state.objects.insert(source.name.clone(), made)),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    // What did compile is kept when something else did not.
    state.write(state_file).map_err(|source| job.io(state_file, source))?;
    failure.map_or(Ok(outdated.len()), Err)
}

/// Zig compiles the C library of Windows once, which takes a minute, and says nothing meanwhile.
fn tell_of_zig(toolchain: &Toolchain, setting: &Setting<'_>) {
    let target = &setting.platform.target;
    // Beside the directories of all projects: zig's libraries are for all of them.
    let told = setting.build_dir.with_file_name(format!("told-{target}"));
    if toolchain.is_zig && target.os() == "windows" && !told.exists() {
        progress::tell(&format!(
            "compiling for {target} with zig, which compiles its C library for that system first; this takes a minute, once"
        ));
        drop(fs_err::write(told, ""));
    }
}

type Step<'e> = (&'e Source, Vec<String>, String);

/// The sources to compile, with their commands. Forgets what is no longer a source.
fn outdated<'e>(
    extension: &'e Extension,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
    state: &mut State,
) -> Vec<Step<'e>> {
    state.objects.retain(|name, _| extension.sources.iter().any(|source| source.name == *name));
    let mut steps = Vec::new();
    for source in &extension.sources {
        let (command, fingerprint) = command(extension, source, toolchain, setting, job);
        let object = object::path(job.directory, &source.name);
        if !job.is_current(&object, &fingerprint, state.objects.get(&source.name)) {
            steps.push((source, command, fingerprint));
        }
    }
    steps
}

/// The command that compiles a source, and its fingerprint.
fn command(
    extension: &Extension,
    source: &Source,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
) -> (Vec<String>, String) {
    let mut command = toolchain.compile(extension, source, setting);
    let is_of_cffi = |cffi: &Cffi| cffi.source(extension, job.directory) == *source;
    if extension.cffi.as_ref().is_some_and(is_of_cffi) {
        if source.language == Language::C {
            // What the compiler does not know is to be told, and not called as if it returned an integer.
            command.push(toolchain.dialect.no_undeclared().into());
        }
        // Headers are read without it, and some declare less with it.
        if !extension.defines.iter().chain(&extension.cflags).any(|word| word.contains("NDEBUG")) {
            command.push("-UNDEBUG".into());
        }
    }
    let fingerprint = toolchain.fingerprint(&command);
    (command, fingerprint)
}

/// Runs a function for every item, on all processors, with the results in the order of the items.
fn in_parallel<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    let work = || {
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            let result = run(item);
            results.lock().unwrap_or_else(std::sync::PoisonError::into_inner)[index] = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.into_iter().flatten().collect()
}

/// Links, unless the module is made of the very same objects and libraries already.
fn link(
    extension: &Extension,
    archives: &[Archive],
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
    state: &mut State,
    module: &Path,
) -> Result<(), Error> {
    let mut command = toolchain.link(extension, setting.platform);
    let inputs = objects(extension, job, state);
    command.extend(inputs.iter().map(|(object, _)| object.clone()));
    command.extend(archives.iter().map(|archive| object::text(&archive.path)));
    // Libraries are compiled without Python.h: only objects take something from Python.
    if setting.platform.target.os() == "windows" {
        let library = import_library(extension, &inputs, toolchain, setting, job, &mut state.imported)?;
        command.push(object::text(&library));
    }
    let mut inputs: BTreeMap<String, String> = inputs.into_iter().collect();
    inputs.extend(library_digests(extension, archives, setting, job));
    let libraries = toolchain.libraries(extension);
    let fingerprint = toolchain.fingerprint(&[command.clone(), libraries.clone()].concat());
    let made = Made { fingerprint, inputs, output: String::new() };
    job.produce(module, made, &mut state.linked, LINKING, &|unfinished| {
        [command.clone(), toolchain.dialect.linked(unfinished), libraries.clone()].concat()
    })
}

/// The project's own libraries and those that lie in `library_dirs`, with their digests.
fn library_digests(
    extension: &Extension,
    archives: &[Archive],
    setting: &Setting<'_>,
    job: &Job<'_>,
) -> BTreeMap<String, String> {
    let own = archives.iter().map(|archive| (object::text(&archive.path), archive.digest.clone()));
    let found = own_libraries(extension, setting.project).into_iter().filter_map(|library| {
        let name = object::text(&library);
        Some((name.clone(), job.digests.of(setting.project, &name)?))
    });
    own.chain(found).collect()
}

/// The objects of all sources, in their order, with their digests.
pub(super) fn objects(extension: &Extension, job: &Job<'_>, state: &State) -> Vec<(String, String)> {
    let digest = |source: &Source| state.objects.get(&source.name).map(|made| made.output.clone());
    let object = |source: &Source| object::text(&object::path(job.directory, &source.name));
    extension.sources.iter().filter_map(|source| Some((object(source), digest(source)?))).collect()
}

/// Makes the library through which a module for Windows finds what its objects take from Python.
fn import_library(
    extension: &Extension,
    objects: &[(String, String)],
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
    known: &mut Option<Made>,
) -> Result<PathBuf, Error> {
    let is_limited = extension.limited_api.is_some() && setting.python.takes_limited_api();
    let objects = objects.iter().map(|(object, _)| Path::new(object));
    let imports = Imports::of(objects, setting.python, &setting.platform.target, is_limited)
        .map_err(|source| job.io(job.directory, source))?;
    let (text, definition) = (imports.definition(), job.directory.join("python.def"));
    fs_err::write(&definition, &text).map_err(|source| job.io(&definition, source))?;
    let library = job.directory.join("python.lib");
    let definition = object::text(&definition);
    let command =
        |path: &str| toolchain.import_library(&imports, &setting.platform.target, &definition, path);
    let fingerprint = toolchain.fingerprint(&[command(""), vec![text]].concat());
    let made = Made { fingerprint, ..Made::default() };
    job.produce(&library, made, known, "making Python's import library", &command)?;
    Ok(library)
}

/// The files of `libraries` that lie in `library_dirs`: the project's own may change.
fn own_libraries(extension: &Extension, project: &Path) -> Vec<PathBuf> {
    let dirs = resolved(project, &extension.library_dirs);
    let names = extension.libraries.iter().flat_map(|library| {
        let names = ["a", "so", "dylib", "dll.a"].map(|suffix| format!("lib{library}.{suffix}"));
        names.into_iter().chain([format!("{library}.lib")])
    });
    let names: Vec<String> = names.collect();
    dirs.iter()
        .flat_map(|dir| names.iter().map(|name| dir.join(name)))
        .filter(|path| path.is_file())
        .collect()
}

/// What the module needs; fails if Python could not load it.
fn audited(
    extension: &Extension,
    content: &[u8],
    toolchain: &Toolchain,
    setting: &Setting<'_>,
) -> Result<Audit, Error> {
    let target = &setting.platform.target;
    let mut audit = Audit::of(content, target).map_err(|error| Error::Io {
        extension: extension.name.clone(),
        path: "the linked module".into(),
        source: std::io::Error::other(error),
    })?;
    // PEP 489; names are ASCII.
    let init = format!("PyInit_{}", extension.last_name());
    if !audit.exports.contains(&init) {
        return Err(Error::NoInit { extension: extension.name.clone(), symbol: init });
    }
    if !audit.unversioned.is_empty() {
        let command = toolchain.libraries(extension);
        let typed = env::get(env::LIBRARY_PATH).unwrap_or_default();
        let dirs =
            command.iter().filter_map(|word| word.strip_prefix("-L")).map(|dir| setting.project.join(dir));
        let dirs: Vec<PathBuf> = dirs.chain(std::env::split_paths(&typed)).collect();
        let mut names = audit.unversioned.clone();
        let mut needed = audit.needed.clone();
        if let Some(musl) = toolchain.musl(target) {
            names.retain(|name| !musl.contains(name));
            needed.retain(|library| library != "libc.so");
        }
        let lacking = if names.is_empty() { None } else { resolve::lacking(&names, &needed, &dirs, target) };
        audit.undefined.extend(lacking.unwrap_or_default());
    }
    Ok(audit)
}

/// Makes an error of what nothing defines; `cdef` has the declarations of a module of cffi.
fn defined(
    extension: &Extension,
    audit: Audit,
    objects: &[(String, String)],
    cdef: Option<&str>,
) -> Result<Audit, Error> {
    if audit.undefined.is_empty() {
        return Ok(audit);
    }
    let symbols = Undefined::all(&audit.undefined, objects, cdef.unwrap_or_default());
    // One object is what cffi has written.
    let has_sources = objects.len() > usize::from(cdef.is_some());
    Err(Error::Undefined { extension: extension.name.clone(), symbols, has_sources })
}

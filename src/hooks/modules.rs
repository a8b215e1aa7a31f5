//! Extension modules in hooks: built, placed, tagged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::{Context, Error, sbom};
use crate::compile::{self, Built, Cffi, Extension, Identity, Platform, Python, Setting};
use crate::config::Config;
use crate::diagnostics::{Hint, closest};
use crate::env;
use crate::fsutil;
use crate::generate::{Generated, Machine, Report, Session};
use crate::target::Target;
use crate::wheel::{self, LinkedLibrary, Placement, Places, Retag, Sbom, WheelArchive};

/// What brings zig.
pub(super) const ZIGLANG: &str = "ziglang>=0.12";
/// What writes the C source of cffi modules; PyPy has its own.
const CFFI: &str = "cffi>=1.15; platform_python_implementation != 'PyPy'";
/// The writer whose output cffi reads.
const WRITER: &str = "cffi";
/// What setuptools lists the importable names in.
const TOP_LEVEL: &str = "top_level.txt";
/// Where packages lie in source trees, beside the project's directory itself.
const SOURCE_DIRS: [&str; 4] = ["src", "", "lib", "python"];

/// The modules of a build, and what they are made from.
#[derive(Default)]
pub(super) struct Modules {
    built: Vec<Built>,
    /// What they are for; `None` if there are none.
    platform: Option<Platform>,
    python: Python,
    /// Source files, relative to the project.
    sources: Vec<String>,
    /// The headers whose declarations are in modules of cffi.
    headers: BTreeSet<String>,
    compilers: BTreeSet<Identity>,
    /// The libraries of the project that are part of modules, with their source files.
    libraries: BTreeMap<String, Vec<String>>,
}

/// What the front end has to install so that the modules can be built.
pub(super) fn requirements(context: &Context) -> Result<Vec<&'static str>, Error> {
    let platform = context.platform()?;
    let extensions = Extension::all(&context.config, Some(&platform.target))?;
    let zig = extensions.iter().any(|extension| compile::needs_zig(extension, &platform))
        && env::get(env::ZIG).is_none();
    let cffi = extensions.iter().any(|extension| extension.cffi.is_some());
    Ok(zig.then_some(ZIGLANG).into_iter().chain(cffi.then_some(CFFI)).collect())
}

/// An extension that cannot be compiled with what is here.
#[derive(Debug)]
pub struct Uncompiled {
    /// What is missing, as a sentence without a final period.
    pub text: String,
    /// What to do.
    pub hints: Vec<String>,
    /// Whether builds help themselves: they ask the front end for zig.
    pub is_provided: bool,
}

/// What of the configuration's extensions cannot be compiled with what this machine has; nothing is compiled.
pub fn uncompiled(config: &Config, machine: &Machine) -> Result<Vec<Uncompiled>, Error> {
    let platform = Platform::new(&machine.target, config.target()?.as_deref())?;
    let zig = || machine.zig(&config.project).cloned();
    let mut found = Vec::new();
    for extension in Extension::all(config, Some(&platform.target))? {
        let is_provided = compile::needs_zig(&extension, &platform);
        if let Err(error) = compile::find(&extension, &platform, zig, &compile::build_dir(&config.project)) {
            found.push(Uncompiled { text: error.to_string(), hints: error.hints(), is_provided });
        }
    }
    Ok(found)
}

/// Builds all modules of the configuration. Those of cffi have the declarations that were generated.
pub(super) fn build(context: &mut Context, generated: Option<(&Session, &Report)>) -> Result<Modules, Error> {
    if context.config.extensions.is_empty() {
        return Ok(Modules::default());
    }
    let platform = context.platform()?;
    let everywhere = Extension::all(&context.config, None)?;
    let extensions = Extension::all(&context.config, Some(&platform.target))?;
    let machine = context.machine()?;
    let facts = &context.request.python;
    let python = Python {
        version: (
            facts.version.first().copied().unwrap_or(3),
            facts.version.get(1).copied().unwrap_or_default(),
        ),
        implementation: facts.implementation.clone(),
        ext_suffix: facts.ext_suffix.clone().unwrap_or_default(),
        include: facts.include.clone().unwrap_or_default(),
        executable: PathBuf::from(&facts.executable),
        sys_path: facts.path.clone(),
    };
    let project = context.config.project.clone();
    let build_dir = compile::build_dir(&project);
    let python = python.on(&platform, &build_dir)?;
    let setting = Setting { project: &project, build_dir: &build_dir, python: &python, platform: &platform };
    let mut built = Vec::new();
    let mut compilers = BTreeSet::new();
    for extension in &extensions {
        let cdef = extension.cffi.as_ref().map(|cffi| declarations(cffi, generated)).transpose()?;
        let cdef = cdef.map(|output| String::from_utf8_lossy(&output.text));
        let zig = || machine.zig(&project).cloned();
        let made = extension.with_packages(&project, &platform).and_then(|extension| {
            let toolchain = compile::find(&extension, &platform, zig, &build_dir)?;
            let module = compile::build(&extension, cdef.as_deref(), &toolchain, &setting)?;
            Ok((extension, toolchain, module))
        });
        let (extension, toolchain, module) = match made.map_err(|error| error.at(extension)) {
            Ok(made) => made,
            Err(error) if extension.is_optional => {
                let warning =
                    format!("headerkit: `{}`, which is optional, is not built: {error}", extension.name);
                context.messages.warnings.push(warning);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        context.messages.warnings.extend(module.warning.as_ref().map(|text| format!("headerkit: {text}")));
        if env::is_verbose() {
            let note = format!("{}: {} files compiled", extension.name, module.compiled);
            context.messages.notes.push(note);
        }
        if context.config.wheel.sbom {
            compilers.insert(toolchain.identify(&extension, &build_dir));
        }
        built.push(module);
    }
    // Sources for other targets are as needless in a wheel.
    let sources = everywhere.iter().flat_map(Extension::sources).map(str::to_owned).collect();
    let cffi = extensions.iter().filter_map(|extension| extension.cffi.as_ref());
    let headers = cffi.map(|cffi| cffi.header.clone()).collect();
    let libraries = extensions.iter().flat_map(Extension::libraries).collect();
    Ok(Modules { built, platform: Some(platform), python, sources, headers, compilers, libraries })
}

/// The output of the cffi writer for a module's header, in API mode.
fn declarations<'r>(
    cffi: &Cffi,
    generated: Option<(&Session, &'r Report)>,
) -> Result<&'r Generated, compile::Error> {
    let header = &cffi.header;
    let units = generated.iter().flat_map(|(session, _)| &session.set.units);
    let units: Vec<_> = units.filter(|unit| unit.name == *header).collect();
    if units.is_empty() {
        let hint = format!("add [tool.headerkit.headers.\"{header}\"]");
        let configured = generated.iter().flat_map(|(session, _)| &session.set.units);
        let near = closest(header, configured.map(|unit| unit.name.as_str()));
        let near = near.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        return Err(cffi.unavailable(format!("the header `{header}` is not configured{near}"), hint));
    }
    let outputs = units.iter().flat_map(|unit| &unit.outputs);
    let Some(output) = outputs.into_iter().find(|output| output.writer == WRITER) else {
        let problem = format!("no cffi output is configured for `{header}`");
        return Err(cffi.unavailable(problem, "add \"cffi\" to `writers` of [tool.headerkit]".into()));
    };
    if output.options.get("mode").and_then(Value::as_str) != Some("api") {
        let problem = format!("the cffi output of `{header}` is for ABI mode");
        return Err(cffi.unavailable(problem, "set `mode = \"api\"` in [tool.headerkit.writer.cffi]".into()));
    }
    let outputs = generated.iter().flat_map(|(_, report)| &report.generated);
    outputs.into_iter().find(|output| output.header == *header && output.writer == WRITER).ok_or_else(|| {
        let problem = format!("the cffi output of `{header}` is missing");
        cffi.unavailable(problem, format!("try `headerkit-backend generate {header} -w cffi`"))
    })
}

impl Modules {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.built.is_empty()
    }

    /// Whether an output is in a module already.
    pub fn contain(&self, output: &Generated) -> bool {
        output.writer == WRITER && self.headers.contains(&output.header)
    }

    /// The modules by their paths in a wheel.
    pub fn files(&self, archive: &WheelArchive) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let placed = |module: &Built| {
            let package = module.path.rsplit_once('/').map_or("", |(package, _)| package);
            let root = archive.package_root(package).ok_or_else(|| no_package(module, package))?;
            Ok((format!("{root}{}", module.path), module.content.clone()))
        };
        self.built.iter().map(placed).collect()
    }

    /// What an editable install of another interpreter or target has left in the source tree, and the inner backend
    /// took for a part of the package: modules of the same names as `files`, which this build has made.
    pub fn left_over(archive: &WheelArchive, files: &[(String, Vec<u8>)]) -> Vec<String> {
        let is_of = |path: &str, made: &str| path != made && stem(path) == stem(made);
        let is_module = |path: &str| path.ends_with(".so") || path.ends_with(".pyd");
        let found = archive.members().keys().filter(|path| is_module(path));
        found.filter(|path| files.iter().any(|(made, _)| is_of(path, made))).cloned().collect()
    }

    /// `top_level.txt` with the modules that lie in no package, where the inner backend has written that file:
    /// `importlib.metadata.packages_distributions` trusts it.
    pub fn top_level(&self, archive: &WheelArchive) -> Option<(String, Vec<u8>)> {
        let listed = archive.dist_info_text(TOP_LEVEL).ok()?;
        let modules = self.built.iter().filter(|module| !module.path.contains('/'));
        let modules = modules.filter_map(|module| module.path.split('.').next());
        let mut names: BTreeSet<&str> = listed.lines().filter(|line| !line.trim().is_empty()).collect();
        let before = names.len();
        names.extend(modules);
        let text = names.iter().map(|name| format!("{name}\n")).collect::<String>();
        (names.len() > before).then(|| (TOP_LEVEL.to_owned(), text.into_bytes()))
    }

    /// The source files that are in a wheel, where nobody needs them.
    pub fn shipped_sources(&self, places: &Places) -> Vec<String> {
        let shipped = |name: &String| match places.of_file(name) {
            Placement::InWheel(path) => Some(path),
            _ => None,
        };
        self.sources.iter().filter_map(shipped).collect()
    }

    /// The tags of a wheel that has them: the newest demands of all modules.
    pub fn tag(&self, context: &mut Context) -> Result<Option<Retag>, Error> {
        let Some(Platform { target, .. }) = self.platform.as_ref().filter(|_| !self.is_empty()) else {
            return Ok(None);
        };
        let outside: BTreeSet<&String> = self.built.iter().flat_map(|module| &module.audit.outside).collect();
        if !outside.is_empty() {
            let repair = match target.os() {
                "macos" => "delocate-wheel",
                "windows" => "delvewheel repair",
                _ => "auditwheel repair",
            };
            let names: Vec<&str> = outside.iter().map(|name| name.as_str()).collect();
            context.messages.warnings.push(format!(
                "headerkit: the wheel needs {}, which other systems may lack; `{repair}` puts it into the wheel",
                names.join(", "),
            ));
        }
        let glibc = self.built.iter().filter_map(|module| module.audit.glibc_minor).max();
        let macos = self.built.iter().filter_map(|module| module.audit.macos).max();
        let platform = wheel::compiled_platform_tag(target, glibc, macos, outside.is_empty());
        let platform = platform.ok_or_else(|| Error::NoTag(target.to_string()))?;
        // One module that needs this very interpreter is enough.
        let limited = self.built.iter().all(|module| module.is_limited);
        let limits = Extension::all(&context.config, Some(target))?
            .into_iter()
            .filter_map(|extension| extension.limited_api)
            .max();
        let abi = match limits {
            Some((major, minor)) if limited => (format!("cp{major}{minor}"), "abi3".to_owned()),
            _ => self.python.tag(),
        };
        Ok(Some(Retag { platform, abi: Some(abi) }))
    }

    /// Says what the modules were made from.
    pub fn describe(&self, sbom: &mut Sbom, context: &Context) -> Result<(), Error> {
        sbom.tools.extend(self.compilers.iter().cloned());
        sbom.dynamic.extend(self.built.iter().flat_map(|module| module.audit.needed.iter().cloned()));
        for (library, files) in &self.libraries {
            let mut sources = BTreeMap::new();
            for file in files {
                let content = fs_err::read(context.config.project.join(file))
                    .map_err(|source| Error::Io { what: file.clone(), source })?;
                sources.insert(sbom::shown(file), fsutil::sha256(&content));
            }
            sbom.linked.insert(library.clone(), LinkedLibrary { sources });
        }
        Ok(())
    }

    /// Puts the modules into the source tree, where an editable install finds them.
    pub fn put_in_place(&self, context: &Context) -> Result<(), Error> {
        for module in &self.built {
            let (package, name) = module.path.rsplit_once('/').unwrap_or(("", &module.path));
            let project = &context.config.project;
            let directories = SOURCE_DIRS.map(|source| project.join(source).join(package));
            let directory: &PathBuf = directories
                .iter()
                .find(|directory| directory.is_dir())
                .ok_or_else(|| no_package(module, package))?;
            let path = directory.join(name);
            fsutil::write_atomic(&path, &module.content)
                .map_err(|source| Error::Io { what: path.display().to_string(), source })?;
        }
        Ok(())
    }
}

/// Whether a wheel has modules or libraries that its inner backend has put there, but for those that are removed from it.
/// An error if one of them is not for the target.
pub(super) fn of_inner(archive: &WheelArchive, removed: &[String], target: &Target) -> Result<bool, Error> {
    let is_binary = |name: &&String| {
        [".so", ".pyd", ".dll", ".dylib"].iter().any(|end| name.ends_with(end)) || name.contains(".so.")
    };
    let mut found = false;
    for name in archive.members().keys().filter(is_binary).filter(|name| !removed.contains(name)) {
        let failed = |source| Error::Wheel { wheel: archive.filename().to_string(), source };
        if compile::is_foreign(&archive.read(name).map_err(failed)?, target) {
            return Err(Error::OtherMachine { module: name.clone(), target: target.to_string() });
        }
        found = true;
    }
    Ok(found)
}

/// Directory and first word of a module's path: `pkg` and `_native` of `pkg/_native.cpython-312-x86_64-linux-gnu.so`.
fn stem(path: &str) -> (&str, &str) {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    (directory, name.split('.').next().unwrap_or_default())
}

fn no_package(module: &Built, package: &str) -> Error {
    let (place, module) = (module.place.clone(), module.path.clone());
    Error::NoPackage { place, module, package: package.replace('/', ".") }
}

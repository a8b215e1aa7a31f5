//! `doctor`: what would be used here, why, and what is wrong with it.

mod report;

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::args::Common;
use super::{Failure, hook, render, settings};
use crate::config::{Config, Origin, Provision, inner};
use crate::diagnostics::Hint;
use crate::generate::{Machine, Session, State, stores, worker};
use crate::parse::libclang::{self, Parser, locate};
use crate::populate;
use crate::protocol::Python;
use crate::store::{Layer, Store};
use crate::target::Target;
use crate::{env, hooks, provision};
use report::Report;

/// What gets libclang without root.
const INSTALL: &str = "run `headerkit-backend install-libclang`";

/// `doctor`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status 1 if something that is configured cannot work here.

Examples:
  headerkit-backend doctor
  headerkit-backend doctor --json
  python -m headerkit_backend doctor        for this interpreter")]
pub struct Doctor {
    /// Report as JSON on standard output
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    common: Common,
}

/// The machine as commands see it, which look for packages beside the binary, and as builds with the interpreter do.
struct Machines {
    commands: Machine,
    builds: Machine,
}

pub(super) fn run(arguments: &Doctor) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    let mut report = Report::default();
    // First of all: libclang's loader takes variables out of the environment.
    let environment = environment();
    let python = report.program();
    let machines = report.machines(python.as_ref())?;
    match settings::load(&arguments.common, &cwd) {
        Ok(config) => report.project(&config, &machines, &cwd),
        Err(error) => {
            report.error(render::message(&error, &[]), Vec::new());
            report.libclang(&machines, &cwd);
        }
    }
    let zig = machines.builds.sys_path.iter().map(|entry| entry.join("ziglang"));
    let zig = zig.into_iter().find(|dir| dir.is_dir()).or_else(|| which::which("zig").ok());
    report.section("zig", json!(zig.map(|path| path.display().to_string())));
    report.section("compiler", json!(hooks::system_compiler(&machines.builds.target)));
    report.section("environment", environment);
    let has_errors = report.has_errors();
    let text = if arguments.json { report.json() } else { report.text() };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    if has_errors { Err(Failure::silent()) } else { Ok(()) }
}

fn environment() -> Value {
    let names = env::ALL.iter().chain(libclang::HIDDEN_INPUTS);
    let set = names.filter_map(|name| Some(((*name).to_owned(), Value::from(env::get(name)?))));
    Value::Object(set.collect())
}

impl Report {
    fn program(&mut self) -> Option<Python> {
        let binary = std::env::current_exe().unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        self.section("headerkit_backend", json!({"version": version, "binary": show(&binary)}));
        let origin = match env::get(env::PYTHON) {
            Some(_) => env::PYTHON,
            None if crate::generate::interpreter().is_absolute() => "beside the binary",
            None => "PATH",
        };
        match hook::facts(None) {
            Ok(python) => {
                let version = dotted(&python.version);
                self.section(
                    "interpreter",
                    json!({"executable": python.executable, "version": version, "origin": origin}),
                );
                if python.version < vec![3, 9] {
                    self.error(
                        format!("Python {version} is too old"),
                        vec!["use Python 3.9 or later".into()],
                    );
                }
                Some(python)
            }
            Err(failure) => {
                self.section("interpreter", Value::Null);
                let text = failure.text.trim().trim_start_matches("error: ").to_owned();
                self.warning(text, &["install Python 3.9 or later, or set HEADERKIT_PYTHON"]);
                None
            }
        }
    }

    fn machines(&mut self, python: Option<&Python>) -> Result<Machines, Failure> {
        let commands = Machine::of_binary().map_err(|error| Failure::new(&error))?;
        let Some(python) = python else { return Ok(Machines { builds: commands.clone(), commands }) };
        match hooks::machine(python) {
            Ok(machine) => {
                if machine.target != commands.target {
                    let text = format!(
                        "the interpreter is for {}, this binary for {}",
                        machine.target, commands.target
                    );
                    self.warning(text, &["commands take `--target`, builds follow the interpreter"]);
                }
                Ok(Machines { builds: machine, commands })
            }
            Err(error) => {
                self.warning(render::message(&error, &[]), &[]);
                Ok(Machines { builds: commands.clone(), commands })
            }
        }
    }

    fn project(&mut self, config: &Config, machines: &Machines, cwd: &Path) {
        let machine = &machines.builds;
        self.section(
            "project",
            json!({
                "directory": show(&config.project),
                "configuration": config.file.as_deref().map(show),
                "headers": config.headers.iter().map(|rule| &rule.pattern.written).collect::<Vec<_>>(),
                "writers": config.writers,
            }),
        );
        self.inner(config);
        let written = config.target().unwrap_or_default();
        let origin = match (&config.target, machine.python.is_absolute()) {
            (Some(target), _) => target.origin.to_string(),
            (None, true) => "the interpreter".into(),
            (None, false) => "this binary".into(),
        };
        let target = written.as_deref().map_or_else(|| Ok(machine.target.clone()), Target::parse);
        let native = target.as_ref().is_ok_and(|target| *target == machine.target);
        self.section(
            "target",
            json!({"triple": target.as_ref().map(Target::to_string).ok(), "origin": origin, "native": native}),
        );
        let has_libclang = self.libclang(machines, &config.project);
        if let Ok(target) = &target {
            self.includes(target, native);
        }
        let package = provision::requirement_for(&machine.target, &[u32::MAX]);
        self.section(
            "provisioning",
            json!({
                "libclang": config.libclang.value.name(),
                "origin": config.libclang.origin.to_string(),
                "package": package,
            }),
        );
        self.compilers(config, machine);
        // Beside a variable that names one, no other libclang counts.
        let is_asked_for = config.libclang.value != Provision::Never && !env::names_libclang();
        let provided = has_libclang || is_asked_for && package.is_some();
        self.store(config, machine, cwd, has_libclang, provided);
        if let Ok(session) = Session::open(config.clone(), &[], cwd, machine.clone()) {
            let remedy =
                "correct its path in [tool.headerkit.output], or place it with [tool.headerkit.wheel] files";
            super::check::misplaced(&session).into_iter().for_each(|text| self.warning(text, &[remedy]));
        }
    }

    fn inner(&mut self, config: &Config) {
        let Some(backend) = &config.build_backend else {
            self.section("build_backend", Value::Null);
            return;
        };
        if let Some(text) = inner::misspelled(backend) {
            self.section("build_backend", json!({"outer": backend}));
            return self.error(text, vec!["write `build-backend = \"headerkit_backend\"`".into()]);
        }
        if !inner::is_ours(backend) {
            self.section("build_backend", json!({"outer": backend}));
            let text = format!("`build-backend` is `{backend}`: builds of this project make no bindings");
            return self.warning(text, &["run `headerkit-backend init`"]);
        }
        match inner::resolve(config) {
            Ok(found) => {
                let origin = match &found.origin {
                    Origin::Default
                        if inner::from_requires(&config.build_requires).is_ok_and(|name| name.is_some()) =>
                    {
                        "named in [build-system] requires".to_owned()
                    }
                    origin => origin.to_string(),
                };
                self.section(
                    "build_backend",
                    json!({"outer": backend, "inner": found.spec, "origin": origin}),
                );
                if let Some(name) = inner::distribution_of(&found.spec)
                    && !inner::is_required(&config.build_requires, name)
                {
                    self.error(
                        format!("[build-system] requires lacks `{name}`, which the inner backend comes from"),
                        vec![format!("add \"{name}\" to `requires`")],
                    );
                }
            }
            Err(error) => {
                self.section("build_backend", json!({"outer": backend, "inner": null}));
                self.error(error.to_string(), error.hints());
            }
        }
    }

    /// Whether what is to be compiled can be.
    fn compilers(&mut self, config: &Config, machine: &Machine) {
        match hooks::uncompiled(config, machine) {
            Ok(found) => {
                for hooks::Uncompiled { text, hints, is_provided } in found {
                    if is_provided {
                        let hints: Vec<&str> = hints.iter().map(String::as_str).collect();
                        self.warning(format!("{text}; builds ask the front end for `ziglang`"), &hints);
                    } else {
                        self.error(text, hints);
                    }
                }
            }
            Err(error) => self.error(render::message(&error, &[]), Vec::new()),
        }
        let named = hooks::system_compiler(&machine.target);
        let program = named.as_deref().and_then(|command| command.split(' ').next());
        if !config.extensions.is_empty()
            && let Some(program) = program
            && which::which(program).is_err()
        {
            self.error(
                format!("`CC` names `{program}`, which is not here"),
                vec!["correct or unset CC".into()],
            );
        }
        // A build script compiles what cffi makes of these.
        let mode = config.writer_options.get("cffi").and_then(|options| options.get("mode"));
        let is_api = mode.is_some_and(|mode| mode.value == "api");
        if is_api && config.extensions.is_empty() && named.is_none() {
            let text = "there is no C compiler here, which modules of cffi's API mode need";
            self.warning(
                text.into(),
                &["install one, or let [[tool.headerkit.extensions]] compile them with zig"],
            );
        }
    }

    /// Tries the libraries in order up to the first that loads; returns whether one does.
    fn libclang(&mut self, machines: &Machines, project: &Path) -> bool {
        let candidates = machines.commands.libclang(project);
        let mut tried = Vec::new();
        let mut loaded = None;
        for library in &candidates.libraries {
            let one = locate::Candidates {
                libraries: vec![library.clone()],
                searched: Vec::new(),
                sys_path: candidates.sys_path.clone(),
            };
            // A library that crashes when it is loaded must not end this process.
            if let Err(unusable) = worker::probe(&one.clone().into()) {
                tried.extend(unusable);
                continue;
            }
            match Parser::load(&one) {
                Ok(parser) => {
                    loaded = Some(json!({
                        "library": show(parser.library()),
                        "version": parser.version(),
                        "builtin_headers": builtin(&parser),
                    }));
                    break;
                }
                Err(error) => tried.push(error.to_string()),
            }
        }
        let found = loaded.is_some();
        let mut section = loaded.unwrap_or_else(|| json!({"library": null}));
        section["looked_in"] = json!(candidates.searched);
        section["failed"] = json!(tried);
        let in_builds = machines.builds.libclang(project).libraries;
        if in_builds.first() != candidates.libraries.first() {
            section["in_builds"] = json!(in_builds.first().map(|library| show(library)));
        }
        section["managed"] = json!(provision::managed().map(|managed| managed.requirement));
        self.section("libclang", section);
        if let (false, Some(path)) = (found, env::get(env::LIBCLANG_PATH).filter(|path| !path.is_empty())) {
            let remedy = format!("correct or unset {}, or {INSTALL} and unset it", env::LIBCLANG_PATH);
            self.error(format!("{}={path} names no usable libclang", env::LIBCLANG_PATH), vec![remedy]);
        }
        found
    }

    fn includes(&mut self, target: &Target, native: bool) {
        let dirs = libclang::system_directories(target, native);
        let dirs: Vec<String> = dirs.iter().filter(|dir| dir.is_dir()).map(|dir| show(dir)).collect();
        if dirs.is_empty() && !cfg!(windows) {
            let remedy = if native {
                "install the C library's headers: `libc6-dev`, `glibc-devel`, `musl-dev`, or Xcode's command line tools"
            } else {
                "install a cross compiler for it, or set `backend_args = [\"--sysroot=DIR\"]`"
            };
            self.warning(format!("no system headers of {target} were found"), &[remedy]);
        }
        self.section("system_include_dirs", json!(dirs));
    }

    fn store(&mut self, config: &Config, machine: &Machine, cwd: &Path, parses: bool, provided: bool) {
        let dirs = match stores(config, cwd) {
            Ok(dirs) => dirs,
            Err(error) => return self.error(render::message(&error, &[]), Vec::new()),
        };
        if !settings::has_store(config) {
            return self.section("store", Value::Null);
        }
        let (targets, corrupt) = entries(&dirs[0]);
        let mut section = json!({"directory": show(&dirs[0]), "entries": targets, "corrupt": corrupt});
        if corrupt > 0 {
            let text = format!("{corrupt} entries of the store cannot be used");
            self.warning(text, &["`headerkit-backend store verify` names them; `generate` makes them anew"]);
        }
        match coverage(config, machine, cwd) {
            Ok((outputs, missing)) => {
                section["outputs"] = json!(outputs);
                section["missing"] = json!(missing);
                self.missing(missing.len(), outputs, parses, provided);
            }
            Err(error) => self.error(render::message(&error, &[]), Vec::new()),
        }
        match foreign(config, machine, cwd) {
            Ok((0, _)) => {}
            Ok((missing, outputs)) => self.warning(
                format!("{missing} of {outputs} outputs for other declared platforms are not in the store"),
                &["`headerkit-backend cache populate` stores them, `headerkit-backend check` names them"],
            ),
            Err(failure) => self.error(failure, Vec::new()),
        }
        section["origin"] = json!(config.store_dir.origin.to_string());
        self.section("store", section);
    }

    fn missing(&mut self, missing: usize, outputs: usize, parses: bool, provided: bool) {
        if missing == 0 {
            return;
        }
        let commit = "run `headerkit-backend generate` where libclang is, and commit the store";
        let text = format!("{missing} of {outputs} outputs are not in the store");
        match (parses, provided) {
            (true, _) => self.warning(text, &["run `headerkit-backend generate`, and commit the store"]),
            (false, true) => {
                let text = format!("{text}, and there is no libclang here; builds will ask for it");
                self.warning(text, &[INSTALL, commit]);
            }
            (false, false) => {
                let text = format!("{text}, and there is no libclang here");
                self.error(text, vec![INSTALL.into(), commit.into()]);
            }
        }
    }
}

/// The number of entries of each target, by layer, and of those that cannot be used.
fn entries(dir: &Path) -> (BTreeMap<String, BTreeMap<String, usize>>, usize) {
    let mut targets: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mut corrupt = 0;
    for entry in Store::open(dir).entries() {
        match entry.metadata {
            Ok(metadata) => {
                let layer = if entry.layer == Layer::Ir { "ir".to_owned() } else { entry.layer.path() };
                let layer = layer.trim_start_matches("output/").to_owned();
                *targets.entry(metadata.inputs.target).or_default().entry(layer).or_default() += 1;
            }
            Err(_) => corrupt += 1,
        }
    }
    (targets, corrupt)
}

/// The number of outputs that the configuration asks for, and those that the store lacks, with the reason.
fn coverage(
    config: &Config,
    machine: &Machine,
    cwd: &Path,
) -> Result<(usize, Vec<String>), crate::generate::Error> {
    let session = Session::open(config.clone(), &[], cwd, machine.clone())?;
    let plan = session.plan()?;
    let outputs = plan.units.iter().map(|unit| unit.outputs.len()).sum();
    let lines = session.describe(&plan).into_iter();
    Ok((outputs, lines.filter(|line| line.contains(": miss: ")).collect()))
}

/// Of the outputs for declared platforms other than this one, how many are missing, and how many there are.
fn foreign(config: &Config, machine: &Machine, cwd: &Path) -> Result<(usize, usize), String> {
    let mut targets = populate::declared(config).map_err(|error| render::message(&error, &[]))?;
    // What keeps the headers from being looked up is told with this machine's own outputs.
    let Ok(session) = Session::open(config.clone(), &[], cwd, machine.clone()) else { return Ok((0, 0)) };
    targets.retain(|target| *target != session.target);
    if targets.is_empty() {
        return Ok((0, 0));
    }
    let cells = session.matrix(&targets).map_err(|error| render::message(&error, &[]))?;
    Ok((cells.iter().filter(|cell| matches!(cell.state, State::Missing(_))).count(), cells.len()))
}

fn builtin(parser: &Parser) -> String {
    if parser.has_minimal_headers() {
        return "a minimal set of our own: the library came without".into();
    }
    show(parser.resource_dir())
}

fn show(path: &Path) -> String {
    path.display().to_string()
}

fn dotted(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

//! `report`: one HTML page about the project's bindings.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Common;
use super::render::{self, Level};
use super::{FAILED, Failure, settings};
use crate::config::{Config, Origin};
use crate::fsutil;
use crate::generate::{Machine, Session};
use crate::ir::{Header, schema};
use crate::populate;
use crate::report::{Cell, Interface, Report, State};
use crate::store::{Lookup, MissReason};
use crate::target::Target;

/// Options of `report`.
#[derive(Debug, Clone, Args)]
#[command(after_long_help = "\
The page has what the store has for every configured header, writer and target, what each header declares, and \
how its records lie in memory, with what differs between targets. It needs no network. A header that the store \
does not have for this machine is parsed, if libclang is here; the store is not changed.

Examples:
  headerkit-backend report
  headerkit-backend report -o build/bindings.html --target aarch64-linux-gnu --target x86_64-windows-gnu")]
pub struct ReportArguments {
    /// File to write
    #[arg(short, long, value_name = "PATH", default_value = "headerkit-report.html")]
    pub output: PathBuf,
    /// Target triple (repeatable); default: this machine and those of [tool.headerkit.cache.populate]
    #[arg(long = "target", value_name = "TRIPLE")]
    pub targets: Vec<String>,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

pub(super) fn run(arguments: &ReportArguments, level: Level) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    let config = settings::load(&arguments.common, &cwd)?;
    let machine = Machine::of_binary().map_err(|error| Failure::new(&error))?;
    let mut report = Report { project: title(&config), coverage: Vec::new(), interfaces: Vec::new() };
    for target in targets(arguments, &config, &machine)? {
        let own = target == machine.target;
        let mut config = config.clone();
        config.set_for_storing(&target.to_string(), &Origin::CommandLine("--target".into()));
        let session = Session::open(config, &[], &cwd, machine.clone())?;
        look(&session, own, &mut report)?;
    }
    if report.coverage.is_empty() {
        return Err(Failure {
            text: "error: no headers are configured under [tool.headerkit.headers]: there is nothing to report\n\
                   hint: run `headerkit-backend init`, or change to the project's directory\n"
                .into(),
            status: FAILED,
        });
    }
    let path = cwd.join(&arguments.output);
    fsutil::write_atomic(&path, report.to_html().as_bytes())
        .map_err(|error| Failure::io(&arguments.output.display().to_string(), &error))?;
    if level > Level::Quiet {
        render::talk(&format!("wrote {}", arguments.output.display()));
    }
    Ok(())
}

/// What is asked for, each once, in order.
fn targets(arguments: &ReportArguments, config: &Config, machine: &Machine) -> Result<Vec<Target>, Failure> {
    let parsed = |target: &String| Target::parse(target).map_err(|error| Failure::new(&error));
    let mut targets: Vec<Target> = arguments.targets.iter().map(parsed).collect::<Result<_, _>>()?;
    if targets.is_empty() {
        targets.push(machine.target.clone());
        for platform in config.expand_all(&config.populate.platforms)? {
            targets.push(populate::target(&platform).map_err(|error| Failure::new(&error))?);
        }
    }
    let mut each = Vec::new();
    for target in targets {
        if !each.contains(&target) {
            each.push(target);
        }
    }
    Ok(each)
}

/// Adds what there is for the target of the session; only for this machine's `own` is anything parsed.
fn look(session: &Session, own: bool, report: &mut Report) -> Result<(), Failure> {
    let plan = session.plan()?;
    for (unit, planned) in session.set.units.iter().zip(&plan.units) {
        for output in &planned.outputs {
            let state = match &output.lookup {
                Lookup::Hit(_) => State::Stored,
                Lookup::Miss(MissReason::NotKept) => State::NotKept,
                Lookup::Miss(reason) => State::Missing(reason.to_string()),
            };
            report.coverage.push(Cell {
                header: unit.name.clone(),
                writer: output.writer.name.clone(),
                target: planned.request.inputs.target.clone(),
                state,
            });
        }
    }
    // What cannot be read is what the matrix says; a page without it is still worth having.
    let texts = if own { session.ir().ok() } else { None };
    let texts = texts.unwrap_or_else(|| session.stored_ir(&plan));
    for (unit, text) in session.set.units.iter().zip(texts) {
        let Ok(header) = schema::from_json(&text) else { continue };
        add(&unit.name, header, &mut report.interfaces);
    }
    Ok(())
}

fn add(name: &str, header: Header, interfaces: &mut Vec<Interface>) {
    match interfaces.iter_mut().find(|interface| interface.name == name) {
        Some(interface) => interface.headers.push(header),
        None => interfaces.push(Interface { name: name.to_owned(), headers: vec![header] }),
    }
}

/// The name of the project, or of its directory.
fn title(config: &Config) -> String {
    let named = |project: &Path| -> Option<String> {
        let text = fs_err::read_to_string(project.join("pyproject.toml")).ok()?;
        let document: toml::Table = text.parse().ok()?;
        Some(document.get("project")?.get("name")?.as_str()?.to_owned())
    };
    named(&config.project)
        .or_else(|| Some(config.project.file_name()?.to_string_lossy().into_owned()))
        .unwrap_or_default()
}

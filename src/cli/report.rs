//! `report`: one HTML page about the project's bindings.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Common, Generate};
use super::check::{self, Project};
use super::render::{self, Level};
use super::{FAILED, Failure, cache, settings, status};
use crate::config::Config;
use crate::fsutil;
use crate::generate;
use crate::ir::{Header, schema};
use crate::report::{Cell, Interface, Report, State};

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
    /// Target triple (repeatable); default: this machine, those of [tool.headerkit.cache.populate] and of the store
    #[arg(long = "target", value_name = "TRIPLE")]
    pub targets: Vec<String>,
    /// Which configuration, which store.
    #[command(flatten)]
    pub common: Common,
}

pub(super) fn run(arguments: &ReportArguments, level: Level) -> Result<(), Failure> {
    let wanted = Generate { common: arguments.common.clone(), ..Generate::default() };
    let Project { session, mut targets, .. } = check::project(&wanted, &arguments.targets)?;
    if arguments.targets.is_empty() {
        // A page is worth having where there is no store yet.
        if let Ok(store) = cache::open_existing(&arguments.common) {
            targets = status::with_stored(targets, &store);
        }
    }
    let coverage: Vec<Cell> = session.matrix(&targets)?.into_iter().map(cell).collect();
    if coverage.is_empty() {
        return Err(Failure {
            text: "error: no headers are configured under [tool.headerkit.headers]: there is nothing to report\n\
                   hint: run `headerkit-backend init`, or change to the project's directory\n"
                .into(),
            status: FAILED,
        });
    }
    let mut report = Report { project: title(&session.config), coverage, interfaces: Vec::new() };
    let session = session.reading_once();
    for target in &targets {
        // What cannot be read is what the matrix says; a page without it is still worth having.
        let own = if *target == session.target { session.ir().ok() } else { None };
        let texts = own.map_or_else(|| session.stored_ir(target), Ok)?;
        for (unit, text) in session.set.units.iter().zip(texts) {
            if let Ok(header) = schema::from_json(&text) {
                add(&unit.name, header, &mut report.interfaces);
            }
        }
    }
    let path = settings::cwd()?.join(&arguments.output);
    fsutil::write_atomic(&path, report.to_html().as_bytes())
        .map_err(|error| Failure::io(&arguments.output.display().to_string(), &error))?;
    if level > Level::Quiet {
        render::talk(&format!("wrote {}", arguments.output.display()));
    }
    Ok(())
}

fn cell(cell: generate::Cell) -> Cell {
    let state = match &cell.state {
        generate::State::NotKept => State::NotKept,
        state => state.problem().map_or(State::Stored, State::Missing),
    };
    Cell { header: cell.header, writer: cell.writer, target: cell.target.to_string(), state }
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

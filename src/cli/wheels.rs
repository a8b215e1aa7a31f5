//! `wheels`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::args::Generate;
use super::render::{self, Level};
use super::{Failure, settings};
use crate::config::Config;
use crate::frontend::{Built, Error, Frontend, Request};
use crate::generate::interpreter;
use crate::populate;
use crate::target::{PLATFORMS, Target};

/// `wheels`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
A front end builds each wheel: uv if it is on PATH, else build or pip of the interpreter. Extension modules are compiled \
by zig for what is not this machine; bindings come from the store, or are generated with zig's headers. The wheels are \
for the version of Python that builds them, those with `limited_api` for later ones too.

Examples:
  headerkit-backend wheels --all
  headerkit-backend wheels --target aarch64-unknown-linux-gnu.2.28 --target macos/arm64 --out dist
  headerkit-backend wheels --target windows/amd64 --python python3.12")]
pub struct Wheels {
    /// Target triple, or platform in Docker's spelling (repeatable)
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    /// The platforms and targets of [tool.headerkit.cache.populate], or every known platform if there are none
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    /// Directory for the wheels
    #[arg(long, value_name = "DIR", default_value = "dist")]
    out: PathBuf,
    /// Interpreter to build with; default: python3
    #[arg(long, value_name = "PATH")]
    python: Option<PathBuf>,
    /// Build with what is installed, in no environment of its own
    #[arg(long)]
    no_isolation: bool,
    /// Report as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Wheels, level: Level) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    let config = settings::configuration(&Generate::default(), &cwd)?;
    if !config.project.join("pyproject.toml").is_file() {
        return Err(Failure::usage("there is no pyproject.toml here or in a directory above"));
    }
    let targets = targets(arguments, &config)?;
    let python = arguments.python.clone().unwrap_or_else(interpreter);
    let request = Request { python: &python, project: &config.project, is_isolated: !arguments.no_isolation };
    let frontend = Frontend::find(&python).map_err(|error| Failure::new(&error))?;
    let out = cwd.join(&arguments.out);
    let mut built: Vec<Row> = Vec::new();
    for target in &targets {
        if level >= Level::Normal {
            render::talk(&format!("{target}: {} ...", frontend.name()));
        }
        let wheel = frontend.build_wheel(&request, target, &out);
        match &wheel {
            Err(error) => render::error(&format!("{target}: {}", render::block("error", error, &[]))),
            Ok(built) => {
                built.warnings.iter().for_each(|text| render::talk(&format!("{target}: warning: {text}")))
            }
        }
        built.push((target, wheel));
    }
    let text = if arguments.json { as_json(&built) } else { table(&built) };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    if built.iter().any(|(_, wheel)| wheel.is_err()) { Err(Failure::silent()) } else { Ok(()) }
}

/// The targets as they were written: those of Linux and macOS may end with a version. Each is a known one.
fn targets(arguments: &Wheels, config: &Config) -> Result<Vec<String>, Failure> {
    let mut targets = arguments.targets.clone();
    if arguments.all {
        let declared = populate::declared(config).map_err(|error| Failure::new(&error))?;
        targets = declared.iter().map(Target::to_string).collect();
        if targets.is_empty() {
            targets = PLATFORMS.iter().map(|&platform| platform.to_owned()).collect();
        }
    }
    for target in &targets {
        Target::parse(target)?;
    }
    if targets.is_empty() {
        return Err(Failure::usage("no targets; name some with `--target`, or `--all`"));
    }
    Ok(targets)
}

/// A target, and what came of it.
type Row<'t> = (&'t String, Result<Built, Error>);

fn table(built: &[Row]) -> String {
    let width = built.iter().map(|(target, _)| target.chars().count()).max().unwrap_or_default();
    let line = |(target, built): &Row| {
        format!("{target:width$}  {}\n", built.as_ref().map_or("failed", |built| &built.wheel))
    };
    built.iter().map(line).collect()
}

fn as_json(built: &[Row]) -> String {
    let rows = built.iter().map(|(target, built)| {
        let error = built.as_ref().err().map(ToString::to_string);
        let (wheel, warnings) = built.as_ref().map(|built| (&built.wheel, &built.warnings)).ok().unzip();
        json!({"target": target, "wheel": wheel, "warnings": warnings, "error": error})
    });
    format!("{}\n", serde_json::Value::from_iter(rows))
}

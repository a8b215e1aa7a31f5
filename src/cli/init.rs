//! `init`.

use std::path::Path;

use clap::Args;

use super::render::{self, Level};
use super::{Failure, settings};
use crate::generate::writer_infos;
use crate::scaffold::{self, Plan, Wanted};

/// Needs no package to run and no compiler.
const DEFAULT_WRITER: &str = "ctypes";

/// `init`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Adds to pyproject.toml what is missing and leaves all else as it is: [build-system] with the present backend as the \
inner one, [tool.headerkit], and [tool.uv] cache-keys; and to .gitattributes the lines for the store. Doing it twice \
changes nothing.

Examples:
  headerkit-backend init                          asks on a terminal
  headerkit-backend init --yes                    the headers that are found, ctypes
  headerkit-backend init --header include/foo.h -w cffi -w ctypes --inner setuptools
  headerkit-backend init --yes --dry-run          shows the changes")]
pub struct Init {
    /// Header or glob to bind (repeatable)
    #[arg(long = "header", value_name = "HEADER")]
    headers: Vec<String>,
    /// Writer to run (repeatable): cffi, ctypes, cython, json, lua, prompt, diff, or one of your own
    #[arg(short, long = "writer", value_name = "NAME")]
    writers: Vec<String>,
    /// Output path of a writer; default: in the package (repeatable)
    #[arg(short, long = "output", value_name = "WRITER:PATH")]
    outputs: Vec<String>,
    /// Backend that builds the wheel, such as hatchling or setuptools; default: the present one
    #[arg(long, value_name = "BACKEND")]
    inner: Option<String>,
    /// Ask nothing, take defaults
    #[arg(short, long)]
    yes: bool,
    /// Show the changes as a diff, write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(arguments: &Init, level: Level) -> Result<(), Failure> {
    let project = settings::cwd()?;
    let failed = |error: scaffold::Error| Failure::new(&error);
    let mut wanted = Wanted {
        headers: arguments.headers.iter().map(|header| header.replace('\\', "/")).collect(),
        writers: arguments.writers.clone(),
        outputs: Vec::new(),
        inner: arguments.inner.clone(),
    };
    for text in &arguments.outputs {
        let (writer, template) = settings::output(text, &arguments.writers)?;
        if !wanted.writers.contains(&writer) {
            wanted.writers.push(writer.clone());
        }
        wanted.outputs.push((writer, template));
    }
    if !scaffold::is_configured(&project).map_err(failed)? {
        complete(&mut wanted, &project, arguments.yes)?;
    }
    check_writers(&wanted)?;
    let plan = scaffold::plan(&project, &wanted).map_err(failed)?;
    if arguments.dry_run {
        return render::data(shown(&plan).as_bytes()).map_err(|error| Failure::io("standard output", &error));
    }
    scaffold::apply(&project, &plan).map_err(failed)?;
    if level > Level::Quiet {
        for change in &plan.changes {
            let word = if change.old.is_some() { "changed" } else { "wrote" };
            render::talk(&format!("{word} {}", change.path));
        }
        plan.notes.iter().for_each(|note| render::talk(&format!("note: {note}")));
        render::talk(if plan.changes.is_empty() {
            "nothing to change"
        } else {
            "next: `headerkit-backend generate` if there are headers, and commit `.headerkit/`; then build"
        });
    }
    Ok(())
}

/// Fills in what no flag says: asks, or takes the defaults.
fn complete(wanted: &mut Wanted, project: &Path, yes: bool) -> Result<(), Failure> {
    let asks = !yes && render::is_interactive();
    if !yes && !asks && (wanted.headers.is_empty() || wanted.writers.is_empty()) {
        return Err(Failure::usage(
            "there is no terminal to ask on: give `--header` and `--writer`, or `--yes` for the defaults",
        ));
    }
    let ask = |question: &str, default: &str| -> Result<Vec<String>, Failure> {
        let line = if asks {
            render::ask(question, default).map_err(|error| Failure::io("standard input", &error))?
        } else {
            Some(default.to_owned())
        };
        let line = line.ok_or_else(|| Failure::usage("the input ended before all was answered"))?;
        Ok(line.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect())
    };
    if wanted.headers.is_empty() {
        wanted.headers = ask("Headers to bind", &scaffold::suggested_headers(project).join(", "))?;
    }
    if wanted.headers.is_empty() {
        return Err(Failure::usage(
            "no header was found in this directory and those below: name one with `--header`",
        ));
    }
    if wanted.writers.is_empty() {
        let known: Vec<String> =
            writer_infos().into_iter().filter(|info| info.by_default).map(|info| info.name).collect();
        let writer = if scaffold::has_cffi_modules(project) { "cffi" } else { DEFAULT_WRITER };
        wanted.writers = ask(&format!("Writers ({})", known.join(", ")), writer)?;
    }
    Ok(())
}

fn check_writers(wanted: &Wanted) -> Result<(), Failure> {
    let known: Vec<String> = writer_infos().into_iter().map(|info| info.name).collect();
    match wanted.writers.iter().find(|writer| !known.contains(writer)) {
        Some(writer) => Err(Failure::usage(&format!(
            "there is no writer `{writer}`; known are {}. One of your own is added to pyproject.toml by hand",
            known.join(", ")
        ))),
        None => Ok(()),
    }
}

fn shown(plan: &Plan) -> String {
    let one = |change: &scaffold::Change| {
        let old = change.old.as_ref().map_or("/dev/null".to_owned(), |_| format!("a/{}", change.path));
        let lines = scaffold::unified(change.old.as_deref().unwrap_or_default(), &change.new);
        format!("--- {old}\n+++ b/{}\n{lines}", change.path)
    };
    plan.changes.iter().map(one).collect()
}

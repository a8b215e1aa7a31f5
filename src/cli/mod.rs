//! The command line: one file per command; [`render`] alone prints.

mod api;
mod args;
mod cache;
mod check;
mod completions;
mod diff;
mod doctor;
mod explain;
mod generate;
mod github;
mod hook;
mod init;
mod inspect;
mod install;
mod interrupt;
mod populate;
mod prune;
pub mod render;
mod report;
mod revision;
mod settings;
mod status;
mod store;
mod verify;
mod wheels;

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::diagnostics::Hint;
use crate::generate::worker;
use crate::{config, env};
use args::{Cli, Command, Generate};
use render::Level;

/// Exit status of an expected failure.
const FAILED: u8 = 1;
/// Exit status of wrong usage, as clap has it.
const USAGE: u8 = 2;

/// Why a command failed: a finished block of text and the exit status.
pub(crate) struct Failure {
    text: String,
    status: u8,
}

impl Failure {
    /// An expected failure of a typed error.
    fn new(error: &(impl std::error::Error + Hint)) -> Self {
        Failure { text: render::block("error", error, &[]), status: FAILED }
    }

    /// A failure whose lines have been printed already.
    fn silent() -> Self {
        Failure { text: String::new(), status: FAILED }
    }

    /// Wrong usage.
    fn usage(message: &str) -> Self {
        Failure { text: format!("error: {message}\n"), status: USAGE }
    }

    /// A failed system call.
    fn io(what: &str, error: &std::io::Error) -> Self {
        Failure { text: format!("error: {what}: {error}\n"), status: FAILED }
    }
}

impl From<crate::generate::Error> for Failure {
    fn from(error: crate::generate::Error) -> Self {
        let status = if error.is_typed() { USAGE } else { FAILED };
        Failure { text: render::block(error.kind(), &error, error.diagnostics()), status }
    }
}

impl From<crate::config::Error> for Failure {
    fn from(error: crate::config::Error) -> Self {
        let status = if error.is_typed() { USAGE } else { FAILED };
        Failure { status, ..Failure::new(&error) }
    }
}

/// What is no target was typed.
impl From<crate::target::Error> for Failure {
    fn from(error: crate::target::Error) -> Self {
        Failure { status: USAGE, ..Failure::new(&error) }
    }
}

/// A first word that is no header, but almost a command.
fn mistyped(arguments: &Generate) -> Option<Failure> {
    let word =
        arguments.headers.first().filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))?;
    let command = Cli::command();
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let name = config::nearest(word, shown.map(clap::Command::get_name))?;
    let is_there = Path::new(word).exists();
    (!is_there).then(|| {
        Failure::usage(&format!("there is no command and no header `{word}`; did you mean `{name}`?"))
    })
}

/// Runs the command line; returns the exit status.
pub fn run() -> ExitCode {
    // Every header that is not in the store starts a parser process, which has no use for clap's tables.
    let result = if std::env::args_os().skip(1).eq([worker::COMMAND]) {
        worker::serve().map_err(|error| Failure::io("parser process", &error))
    } else {
        run_command(Cli::of_process())
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            render::error(&failure.text);
            ExitCode::from(failure.status)
        }
    }
}

fn run_command(cli: Cli) -> Result<(), Failure> {
    if cli.direct.verbose {
        env::set_verbose();
    }
    let level = match cli.direct.quiet {
        true => Level::Quiet,
        false if env::is_verbose() => Level::Verbose,
        false => Level::Normal,
    };
    match cli.command {
        None => mistyped(&cli.direct.generate)
            .map_or_else(|| generate::run(&cli.direct.generate, level, true), Err),
        Some(Command::Generate(arguments)) => generate::run(&arguments, level, false),
        Some(Command::Hook(arguments)) => hook::run(&arguments),
        Some(Command::Check(arguments)) => check::run(&arguments, level),
        Some(Command::Cache(command)) => cache::run(&command, level),
        Some(Command::Store(command)) => store::run(&command, level),
        Some(Command::Diff(arguments)) => diff::run(&arguments),
        Some(Command::Inspect(arguments)) => inspect::run(&arguments),
        Some(Command::Init(arguments)) => init::run(&arguments, level),
        Some(Command::Report(arguments)) => report::run(&arguments, level),
        Some(Command::Doctor(arguments)) => doctor::run(&arguments),
        Some(Command::InstallLibclang(arguments)) => install::run(&arguments),
        Some(Command::Wheels(arguments)) => wheels::run(&arguments, level),
        Some(Command::Completions(arguments)) => completions::run(&arguments),
        Some(Command::Complete(arguments)) => completions::complete(&arguments),
        Some(Command::Api) => api::run(),
    }
}

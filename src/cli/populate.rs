//! `cache populate`.

use serde_json::json;

use super::args::{Engine, Generate, Populate};
use super::generate::counted;
use super::render::{self, Level};
use super::{FAILED, Failure, interrupt, settings};
use crate::config::Config;
use crate::diagnostics::Severity;
use crate::env;
use crate::generate::Machine;
use crate::populate::{self, Filled, Outcome, PLATFORMS, Request};
use crate::target::Target;

pub(super) fn run(arguments: &Populate, level: Level) -> Result<(), Failure> {
    if arguments.engine == Engine::Docker {
        return Err(Failure {
            text: "error: the engine `docker` is not available in this release\nhint: `--engine clang` needs no \
                   container: `python -m pip install ziglang`\n"
                .into(),
            status: FAILED,
        });
    }
    let cwd = settings::cwd()?;
    let mut config = settings::configuration(&generate_arguments(arguments), &cwd)?;
    if !settings::has_store(&config) {
        return Err(Failure {
            text: "error: there is no project here, and so no store\nhint: name one with `--store-dir DIR`\n"
                .into(),
            status: FAILED,
        });
    }
    for header in &arguments.headers {
        config.look_up(header, &env::get);
    }
    let targets = targets(arguments, &config)?;
    if targets.is_empty() {
        return Err(Failure::usage(
            "no targets; name some with `--platform`, `--target` or `--all`, or as `platforms` in \
             [tool.headerkit.cache.populate]",
        ));
    }
    let machine = Machine::of_binary().map_err(|error| Failure::new(&error))?;
    interrupt::arm();
    let watch = render::watch(level, "header");
    let filled = populate::populate(&Request {
        config: &config,
        headers: &arguments.headers,
        cwd: &cwd,
        machine: &machine,
        targets: &targets,
        dry_run: arguments.dry_run,
    });
    drop(watch);
    interrupt::check()?;
    if filled.rows.is_empty() {
        render::talk("note: no headers are configured under [tool.headerkit.headers]; nothing to store");
        return Ok(());
    }
    talk(&filled, &machine.target.to_string(), level);
    let text = if arguments.json { as_json(&filled, arguments.dry_run) } else { table(&filled) };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    if filled.has_failed() { Err(Failure::silent()) } else { Ok(()) }
}

fn generate_arguments(arguments: &Populate) -> Generate {
    Generate {
        headers: arguments.headers.clone(),
        writers: arguments.writers.clone(),
        reading: arguments.reading.clone(),
        writer_options: arguments.writer_options.clone(),
        exclude: arguments.exclude.clone(),
        common: arguments.common.clone(),
        ..Generate::default()
    }
}

/// The targets asked for, each once; those of the configuration if none are typed.
fn targets(arguments: &Populate, config: &Config) -> Result<Vec<Target>, Failure> {
    if !arguments.all && arguments.platforms.is_empty() && arguments.targets.is_empty() {
        return populate::declared(config).map_err(|error| Failure::new(&error));
    }
    let platforms: Vec<String> = if arguments.all {
        PLATFORMS.iter().map(|&platform| platform.to_owned()).collect()
    } else {
        arguments.platforms.clone()
    };
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |target: Target| {
        if !targets.contains(&target) {
            targets.push(target);
        }
    };
    for platform in &platforms {
        add(populate::target(platform).map_err(|error| Failure::new(&error))?);
    }
    for target in &arguments.targets {
        add(Target::parse(target).map_err(|error| Failure::new(&error))?);
    }
    Ok(targets)
}

/// `own` is the machine's own target.
fn talk(filled: &Filled, own: &String, level: Level) {
    let mut said: Vec<String> = Vec::new();
    for (target, diagnostic) in &filled.diagnostics {
        // What is true of every target is said once, with the first.
        let text = render::finding(diagnostic);
        let least = match (diagnostic.severity, &diagnostic.location) {
            (Severity::Error, _) => Level::Quiet,
            (Severity::Note, _) => Level::Verbose,
            (Severity::Warning, _) => Level::Normal,
        };
        if level >= least && !said.contains(&text) {
            render::error(&format!("{target}: {text}"));
            said.push(text);
        }
    }
    filled.warnings.iter().for_each(|warning| render::talk(&format!("warning: {warning}")));
    for (targets, failure) in &filled.failures {
        render::talk(&format!("{}:", targets.join(", ")));
        render::error(&render::block(failure.kind(), failure, failure.diagnostics()));
        if targets.contains(own) {
            render::talk(&format!(
                "hint: `headerkit-backend generate` stores it for this machine, {own}, with this machine's own headers"
            ));
        }
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Stored => "stored",
        Outcome::Present => "already there",
        Outcome::Planned => "to be stored",
        Outcome::NotKept => "not kept",
        Outcome::Failed(_) => "failed",
    }
}

fn table(filled: &Filled) -> String {
    let width = |column: fn(&populate::Row) -> &str| {
        filled.rows.iter().map(|row| column(row).chars().count()).max().unwrap_or_default()
    };
    let (target, header, writer) =
        (width(|row| &row.target), width(|row| &row.header), width(|row| &row.writer));
    let mut text = String::new();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for row in &filled.rows {
        let word = word(&row.outcome);
        let reason = match &row.outcome {
            Outcome::Failed(reason) => format!(": {reason}"),
            _ => String::new(),
        };
        text.push_str(&format!(
            "{:target$}  {:header$}  {:writer$}  {word}{reason}\n",
            row.target, row.header, row.writer
        ));
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => counts.push((word, 1)),
        }
    }
    let totals: Vec<String> = counts.iter().map(|(word, number)| format!("{number} {word}")).collect();
    text.push_str(&format!("{}: {}\n", counted(filled.rows.len(), "output"), totals.join(", ")));
    text
}

fn as_json(filled: &Filled, dry_run: bool) -> String {
    let row = |row: &populate::Row| {
        let mut value = json!({
            "target": row.target,
            "header": row.header,
            "writer": row.writer,
            "outcome": word(&row.outcome),
        });
        if let Outcome::Failed(reason) = &row.outcome {
            value["reason"] = json!(reason);
        }
        value
    };
    let value = json!({
        "store": filled.store.display().to_string(),
        "dry_run": dry_run,
        "outputs": filled.rows.iter().map(row).collect::<Vec<_>>(),
        "warnings": filled.warnings,
    });
    format!("{value:#}\n")
}

//! `cache populate`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::args::{Engine, Generate, Populate};
use super::generate::counted;
use super::render::{self, Level};
use super::{FAILED, Failure, interrupt, settings};
use crate::config::{Cibuildwheel, Config};
use crate::diagnostics::Severity;
use crate::env;
use crate::generate::{self, Machine};
use crate::populate::container::{self, Choice, Containers};
use crate::populate::{self, Filled, Outcome, Request};
use crate::target::{PLATFORMS, Target};

pub(super) fn run(arguments: &Populate, level: Level) -> Result<(), Failure> {
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
    let machine = Machine::of_binary().map_err(|error| Failure::new(&error))?;
    let targets = targets(arguments, &config, &machine, level)?;
    if targets.is_empty() {
        return Err(Failure::usage(
            "no targets; name some with `--platform`, `--target`, `--cibuildwheel` or `--all`, or as `platforms` in \
             [tool.headerkit.cache.populate]",
        ));
    }
    generate::check_writers(&config, &machine, &cwd)?;
    let containers = containers(arguments, &config, &machine, &cwd, level)?;
    let engine = match (&containers, arguments.engine) {
        (Some(containers), _) => populate::Engine::Containers(containers),
        (None, Engine::Native) => populate::Engine::Native,
        (None, _) => populate::Engine::Clang,
    };
    interrupt::arm();
    let watch = render::watch(level, "header");
    let filled = populate::populate(&Request {
        config: &config,
        headers: &arguments.headers,
        cwd: &cwd,
        machine: &machine,
        targets: &targets,
        engine,
        dry_run: arguments.dry_run,
    });
    drop(watch);
    interrupt::check()?;
    if filled.rows.is_empty() {
        if level > Level::Quiet {
            render::talk("note: no headers are configured under [tool.headerkit.headers]; nothing to store");
        }
        return Ok(());
    }
    talk(&filled, &machine.target.to_string(), level);
    let text = match (arguments.json, level) {
        (true, _) => as_json(&filled, arguments.dry_run),
        (false, Level::Quiet) => String::new(),
        (false, _) => table(&filled),
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    if filled.has_failed() { Err(Failure::silent()) } else { Ok(()) }
}

/// How containers are run, if they are to be.
fn containers(
    arguments: &Populate,
    config: &Config,
    machine: &Machine,
    cwd: &Path,
    level: Level,
) -> Result<Option<Containers>, Failure> {
    let pythons = if arguments.pythons.is_empty() {
        config.expand_all(&config.populate.python_versions)?
    } else {
        arguments.pythons.clone()
    };
    if let Some(wrong) = pythons.iter().find(|version| !is_version(version)) {
        return Err(Failure::usage(&format!(
            "`{wrong}` is no version of Python; write `3.12` (`--python`, or `python_versions` in \
             [tool.headerkit.cache.populate])"
        )));
    }
    let choice = match arguments.engine {
        Engine::Docker => Choice::Any,
        Engine::Podman => Choice::Podman,
        Engine::Clang | Engine::Native => {
            if level > Level::Quiet {
                idle(arguments, config).iter().for_each(|note| render::talk(note));
            }
            return Ok(None);
        }
    };
    // What would be done can be told without one.
    let engine = match container::Engine::find(choice) {
        Err(_) if arguments.dry_run => container::Engine::unused(choice),
        found => found.map_err(|error| Failure::new(&error))?,
    };
    let mut images = BTreeMap::new();
    for (platform, image) in &config.populate.images {
        let target = populate::configured(platform, image).map_err(|error| Failure::new(&error))?;
        images.insert(target, config.expand(image)?);
    }
    let timeout = arguments.timeout.or(config.populate.timeout).unwrap_or(container::TIMEOUT);
    if timeout == 0 {
        return Err(Failure::usage("a `timeout` of 0 seconds leaves no time for a container"));
    }
    for folder in &arguments.wheels {
        if !cwd.join(folder).is_dir() {
            return Err(Failure::usage(&format!("`--wheel {}` is no folder", folder.display())));
        }
    }
    Ok(Some(Containers {
        engine,
        images,
        image: arguments.image.clone(),
        pythons,
        timeout: Duration::from_secs(timeout),
        run_arguments: config.expand_all(&config.populate.container_args)?,
        wheels: arguments.wheels.iter().map(|folder| cwd.join(folder)).collect(),
        python: machine.python.clone(),
        arguments: inner_arguments(arguments, cwd, level)?,
        cwd: cwd.to_owned(),
    }))
}

/// What is said of options and keys that are about containers where there is none.
fn idle(arguments: &Populate, config: &Config) -> Option<String> {
    let declared = &config.populate;
    let given = [
        ("`--python`", !arguments.pythons.is_empty()),
        ("`--docker-image`", arguments.image.is_some()),
        ("`--timeout`", arguments.timeout.is_some()),
        ("`--wheel`", !arguments.wheels.is_empty()),
        ("`python_versions`", !declared.python_versions.is_empty()),
        ("`images`", !declared.images.is_empty()),
        ("`timeout`", declared.timeout.is_some()),
        ("`container_args`", !declared.container_args.is_empty()),
    ];
    let names: Vec<&str> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
    let (verb, them) = if names.len() == 1 { ("does", "it") } else { ("do", "them") };
    (!names.is_empty()).then(|| {
        format!(
            "note: headers are parsed here, without a container or its Python, so {} {verb} not matter; `--engine \
             docker` takes {them} into account",
            names.join(", ")
        )
    })
}

/// Such as `3.12` or `3.14t`.
fn is_version(text: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let parts = text.strip_suffix('t').unwrap_or(text).split_once('.');
    parts.is_some_and(|(major, minor)| number(major) && number(minor))
}

/// What decides which headers are read and how, for `cache populate` in a container.
fn inner_arguments(arguments: &Populate, cwd: &Path, level: Level) -> Result<Vec<String>, Failure> {
    let mut words: Vec<String> = Vec::new();
    let mut add = |flag: &str, values: &[String]| {
        for value in values {
            words.extend([flag.to_owned(), value.clone()]);
        }
    };
    add("-w", &arguments.writers);
    add("-I", &arguments.reading.include_dirs);
    add("-D", &arguments.reading.defines);
    add("--writer-opt", &arguments.writer_options);
    add("--exclude", &arguments.exclude);
    add("--scope", arguments.reading.scope.as_slice());
    if let Some(config) = &arguments.common.config {
        add("--config", &[settings::utf8(&cwd.join(config))?.to_owned()]);
    }
    // Not two words: the value may begin with a hyphen.
    words.extend(arguments.reading.backend_args.iter().map(|value| format!("--backend-arg={value}")));
    if arguments.common.no_config {
        words.push("--no-config".into());
    }
    match level {
        Level::Quiet => words.push("--quiet".into()),
        Level::Normal => {}
        Level::Verbose => words.push("--verbose".into()),
    }
    words.push("--".into());
    words.extend(arguments.headers.iter().cloned());
    Ok(words)
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
fn targets(
    arguments: &Populate,
    config: &Config,
    machine: &Machine,
    level: Level,
) -> Result<Vec<Target>, Failure> {
    let mut targets: Vec<Target> = Vec::new();
    let mut add = |target: Target| {
        if !targets.contains(&target) {
            targets.push(target);
        }
    };
    let known = |target: Result<Target, populate::Error>| target.map_err(|error| Failure::new(&error));
    if arguments.all {
        let is_container = matches!(arguments.engine, Engine::Docker | Engine::Podman);
        for platform in PLATFORMS.iter().filter(|name| !is_container || name.starts_with("linux/")) {
            add(known(populate::target(platform))?);
        }
    }
    for platform in &arguments.platforms {
        add(known(populate::target(platform))?);
    }
    for target in &arguments.targets {
        add(Target::parse(target)?);
    }
    if arguments.cibuildwheel {
        let selection = cibuildwheel(arguments.engine, config, machine, level)?;
        selection.into_iter().for_each(&mut add);
    }
    if arguments.engine == Engine::Native {
        if let Some(other) = targets.iter().find(|target| **target != machine.target) {
            return Err(Failure::usage(&format!(
                "`--engine native` stores for this machine, {}, not for {other}",
                machine.target
            )));
        }
        return Ok(vec![machine.target.clone()]);
    }
    if targets.is_empty() && !arguments.cibuildwheel {
        return populate::declared(config).map_err(|error| Failure::new(&error));
    }
    Ok(targets)
}

/// The targets of cibuildwheel's configuration that an engine serves; what is left out is said.
pub(super) fn cibuildwheel(
    engine: Engine,
    config: &Config,
    machine: &Machine,
    level: Level,
) -> Result<Vec<Target>, Failure> {
    let options = Cibuildwheel::read(&config.project, &env::get)?.ok_or_else(|| Failure {
        text: "error: `--cibuildwheel` found no [tool.cibuildwheel] in pyproject.toml, and no CIBW_* variable\nhint: \
               name platforms with `--platform`, or add `[tool.cibuildwheel]` with `build = \"*\"`\n"
            .into(),
        status: FAILED,
    })?;
    let mut selection = populate::cibuildwheel::select(&options, &machine.target)?;
    if matches!(engine, Engine::Docker | Engine::Podman) {
        selection.targets.retain(|target| {
            let is_linux = target.os() == "linux";
            if !is_linux {
                let text = format!(
                    "cibuildwheel builds for {target}, which no container is: `--engine clang` serves it"
                );
                selection.warnings.push(text);
            }
            is_linux
        });
    }
    if level >= Level::Normal {
        selection.notes.iter().for_each(|note| render::talk(&format!("note: {note}")));
    }
    selection.warnings.iter().for_each(|warning| render::talk(&format!("warning: {warning}")));
    if selection.targets.is_empty() {
        return Err(Failure {
            text: "error: cibuildwheel's `build`, `skip`, `archs` and `requires-python` leave nothing to build for \
                   here\nhint: `cibuildwheel --print-build-identifiers --platform linux` says what it builds\n"
                .into(),
            status: FAILED,
        });
    }
    Ok(selection.targets)
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
    for (target, text) in filled.said.iter().filter(|_| level >= Level::Normal) {
        text.lines().for_each(|line| render::talk(&format!("{target}: {line}")));
    }
    for command in filled.commands.iter().filter(|_| level >= Level::Normal) {
        render::talk(&format!("would run: {command}"));
    }
    filled.warnings.iter().for_each(|warning| render::talk(&format!("warning: {warning}")));
    let has_kernel = level >= Level::Normal && own.contains("-linux-");
    if let Some(first) = filled.kernel_headers.first().filter(|_| has_kernel) {
        let more = match filled.kernel_headers.len() {
            1 => String::new(),
            2 => " and 1 more header of the kernel".into(),
            count => format!(" and {} more headers of the kernel", count - 1),
        };
        render::talk(&format!(
            "note: `<{first}>`{more}: bound as zig has them, but `generate` reads this machine's own for {own}; numbers \
             of two kernels may differ. A copy in one of `include_dirs` is the same for all"
        ));
    }
    for (targets, failure) in &filled.failures {
        render::talk(&format!("{}:", targets.join(", ")));
        render::error(&render::block(failure.kind(), failure, failure.diagnostics()));
        if targets.contains(own) && matches!(failure, populate::Failure::Generate(_)) {
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
        "commands": filled.commands,
        "warnings": filled.warnings,
    });
    format!("{value:#}\n")
}

//! `check`: are store and outputs current, for every target? Needs no libclang.

use std::path::Path;

use serde_json::json;

use super::args::{Check, Engine, Generate};
use super::generate::counted;
use super::prune::{self, entries};
use super::render::{self, Level};
use super::{FAILED, Failure, github, settings};
use crate::config::{Origin, inner};
use crate::diagnostics::Hint;
use crate::env;
use crate::generate::{self, Cell, Machine, Session, State, Usage};
use crate::populate;
use crate::scaffold;
use crate::store::{Examined, MissReason};
use crate::target::Target;

/// A project and the targets that its store is for.
pub(super) struct Project {
    pub(super) session: Session,
    /// The session's own target first.
    pub(super) targets: Vec<Target>,
    /// Those that `cache populate` fills the store for without being told.
    declared: Vec<Target>,
}

impl Project {
    fn add(&mut self, targets: Vec<Target>) {
        for target in targets {
            if !self.targets.contains(&target) {
                self.targets.push(target);
            }
        }
    }
}

/// The project here. `typed` targets take the place of its own and of the declared ones.
pub(super) fn project(arguments: &Generate, typed: &[String]) -> Result<Project, Failure> {
    let cwd = settings::cwd()?;
    let mut config = settings::configuration(arguments, &cwd)?;
    if !settings::has_store(&config) {
        return Err(Failure {
            text: "error: there is no project here, and so no store\nhint: change to a directory with a pyproject.toml, \
                   or name a store with `--store-dir DIR`\n"
                .into(),
            status: FAILED,
        });
    }
    // What is asked is what the store has, whether builds are told to bypass it or not.
    config.use_store(&Origin::Default);
    let declared = populate::declared(&config).map_err(|error| Failure::new(&error))?;
    let machine = Machine::of_binary().map_err(|error| Failure::new(&error))?;
    let session = settings::open(config, &arguments.headers, &cwd, machine)?;
    let mut project = Project { targets: Vec::new(), declared: declared.clone(), session };
    if typed.is_empty() {
        project.add(vec![project.session.target.clone()]);
        project.add(declared);
    }
    let typed: Result<Vec<Target>, _> = typed.iter().map(|text| Target::parse(text)).collect();
    project.add(typed?);
    Ok(project)
}

pub(super) fn run(arguments: &Check, level: Level) -> Result<(), Failure> {
    let wanted = Generate { common: arguments.common.clone(), ..Generate::default() };
    let mut project = project(&wanted, &arguments.targets)?;
    if arguments.cibuildwheel {
        let machine = Machine::of_binary().map_err(|error| Failure::new(&error))?;
        let built = super::populate::cibuildwheel(Engine::Clang, &project.session.config, &machine, level)?;
        project.add(built);
    }
    let session = &project.session;
    let cells = session.matrix(&project.targets)?;
    let checked = cells.iter().filter(|cell| cell.state != State::NotKept).count();
    let findings = group(&cells);
    let mut waste = if arguments.strict { session.usage() } else { Vec::new() };
    waste.retain(|(_, usage)| usage.is_waste());
    if arguments.json {
        let text = as_json(&project, &cells, checked, &waste);
        render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    }
    if level == Level::Verbose {
        for cell in &cells {
            let Cell { header, writer, target, state, .. } = cell;
            render::talk(&format!("{header} ({writer}) for {target}: {}", state.word()));
        }
    }
    let older = cells.iter().filter(|cell| cell.is_older).count();
    if let Some(note) = generate::older_note(older).filter(|_| level > Level::Quiet) {
        render::talk(&format!("warning: {note}"));
    }
    if let Some(text) = session.config.build_backend.as_deref().and_then(inner::misspelled) {
        render::talk(&format!("warning: {text}; write `headerkit_backend`"));
    }
    if level > Level::Quiet {
        misplaced(session).iter().for_each(|text| render::talk(&format!("warning: {text}")));
    }
    let scope = targets_text(&project.targets);
    if findings.is_empty() && waste.is_empty() {
        if level > Level::Quiet && session.set.units.is_empty() {
            render::talk("note: no headers are configured under [tool.headerkit.headers]; nothing to check");
        } else if level > Level::Quiet {
            render::talk(&format!("{} current for {scope}", counted(checked, "output")));
        }
        return Ok(());
    }
    if env::is_github() {
        annotate(&project, &findings);
    }
    let bad = cells.iter().filter(|cell| cell.state.problem().is_some()).count();
    let mut text = match bad {
        0 => format!("error: {} of the store needed by nothing\n", entries(waste.len())),
        _ => format!("error: {bad} of {} not current for {scope}\n", counted(checked, "output")),
    };
    text.push_str(&table(&findings, &project.targets));
    for (entry, usage) in &waste {
        let (layer, reason) = (entry.layer.path(), usage.reason().unwrap_or_default());
        text.push_str(&format!("  {layer}/{}  {}  {reason}\n", entry.slug, usage.word()));
    }
    for hint in remedies(&project, &findings, arguments) {
        text.push_str(&format!("hint: {hint}\n"));
    }
    if !waste.is_empty() {
        let options = settings::options(&arguments.common);
        text.push_str(&format!(
            "hint: `headerkit-backend cache prune{options}` removes what nothing needs\n"
        ));
    }
    Err(Failure { text, status: FAILED })
}

/// What can be told of the places of outputs without building a wheel.
pub(super) fn misplaced(session: &Session) -> Vec<String> {
    let config = &session.config;
    let outputs = session.set.units.iter().flat_map(|unit| &unit.outputs);
    let placed = outputs.filter(|output| !config.wheel.files.contains_key(&output.name));
    let told = placed.filter_map(|output| {
        let meant = scaffold::in_package(&config.project, &output.name)?;
        Some(format!(
            "output `{}` lies in no package, so wheels may lack it; did you mean `{meant}`?",
            output.name
        ))
    });
    told.collect()
}

/// One problem of one output, with the targets that have it.
struct Finding<'a> {
    header: &'a str,
    writer: &'a str,
    state: &'a State,
    problem: String,
    targets: Vec<&'a Target>,
}

fn group(cells: &[Cell]) -> Vec<Finding<'_>> {
    let mut findings: Vec<Finding<'_>> = Vec::new();
    for cell in cells {
        let Some(problem) = cell.state.problem() else { continue };
        let same = |found: &&mut Finding<'_>| {
            (found.header, found.writer) == (&cell.header, &cell.writer) && is_alike(found.state, &cell.state)
        };
        match findings.iter_mut().rev().find(same) {
            Some(found) => found.targets.push(&cell.target),
            None => findings.push(Finding {
                header: &cell.header,
                writer: &cell.writer,
                state: &cell.state,
                problem,
                targets: vec![&cell.target],
            }),
        }
    }
    findings
}

/// Whether two problems are one, although the entries of two targets have two names.
fn is_alike(one: &State, other: &State) -> bool {
    match (one, other) {
        (
            State::Missing(MissReason::Changed { file, how, .. }),
            State::Missing(MissReason::Changed { file: other, how: other_how, .. }),
        ) => (file, how) == (other, other_how),
        _ => one == other,
    }
}

fn targets_text(targets: &[Target]) -> String {
    match targets {
        [] => "no target".into(),
        [target] => target.to_string(),
        targets => format!("{} targets", targets.len()),
    }
}

fn list(targets: &[&Target], all: &[Target]) -> String {
    if targets.len() == all.len() && all.len() > 1 {
        return format!("all {} targets", all.len());
    }
    targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Characters of the longest text.
pub(super) fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.chars().count()).max().unwrap_or_default()
}

fn table(findings: &[Finding<'_>], all: &[Target]) -> String {
    let header = widest(findings.iter().map(|found| found.header));
    let writer = widest(findings.iter().map(|found| found.writer));
    let state = widest(findings.iter().map(|found| found.state.word()));
    let row = |found: &Finding<'_>| {
        let Finding { problem, targets, .. } = found;
        format!(
            "  {:header$}  {:writer$}  {:state$}  {problem} ({})\n",
            found.header,
            found.writer,
            found.state.word(),
            list(targets, all)
        )
    };
    findings.iter().map(row).collect()
}

fn as_json(project: &Project, cells: &[Cell], checked: usize, waste: &[(Examined, Usage)]) -> String {
    let row = |cell: &Cell| {
        let problem = cell.state.problem()?;
        Some(json!({
            "header": cell.header,
            "writer": cell.writer,
            "target": cell.target.to_string(),
            "state": cell.state.word(),
            "problem": problem,
        }))
    };
    let value = json!({
        "target": project.session.target.to_string(),
        "targets": project.targets.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "checked": checked,
        "problems": cells.iter().filter_map(row).collect::<Vec<_>>(),
        "unused": waste.iter().map(prune::row).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

/// What to run, word for word, so that the same check passes.
fn remedies(project: &Project, findings: &[Finding<'_>], arguments: &Check) -> Vec<String> {
    let mut here = false;
    let mut foreign: Vec<&Target> = Vec::new();
    let mut hints: Vec<String> = Vec::new();
    for found in findings {
        if let State::Missing(reason @ MissReason::Ambiguous { .. }) = found.state {
            hints.extend(reason.hints());
            continue;
        }
        for target in &found.targets {
            // A target that is none of the project's is that of a header's own rule.
            if **target == project.session.target || !project.targets.contains(target) {
                here = true;
            } else if !foreign.contains(target) {
                foreign.push(target);
            }
        }
    }
    let options = settings::options(&arguments.common);
    let mut commands = Vec::new();
    if here {
        commands.push(format!("headerkit-backend generate{options}"));
    }
    if !foreign.is_empty() {
        let are_declared = foreign.iter().all(|target| project.declared.contains(target));
        let named: String = foreign.iter().map(|target| format!(" --target {target}")).collect();
        let named = match (are_declared, arguments.cibuildwheel && project.declared.is_empty()) {
            (true, _) => String::new(),
            (false, true) => " --cibuildwheel".into(),
            (false, false) => named,
        };
        commands.push(format!("headerkit-backend cache populate{named}{options}"));
    }
    if !commands.is_empty() {
        let only_files = findings.iter().all(|found| matches!(found.state, State::Outdated { .. }));
        let place = if only_files { "" } else { " where libclang is, and commit the store" };
        hints.insert(0, format!("run `{}`{place}", commands.join(" && ")));
    }
    hints.dedup();
    hints
}

/// One annotation per header and problem, at the file that is to blame.
fn annotate(project: &Project, findings: &[Finding<'_>]) {
    let mut told: Vec<(String, &str, Vec<&str>, &Finding<'_>)> = Vec::new();
    for found in findings {
        let roots = &project.session.set.roots;
        let inside = |name: &&str| !roots.is_outside(name);
        let config = project.session.config.file.as_deref().and_then(Path::file_name);
        let config = config.and_then(|name| name.to_str()).unwrap_or("pyproject.toml");
        let file = found.state.culprit().filter(inside).or(Some(found.header).filter(inside));
        let file = file.unwrap_or(config).to_owned();
        match told.iter_mut().find(|(known, problem, ..)| (known, *problem) == (&file, &*found.problem)) {
            Some((_, _, writers, _)) => writers.push(found.writer),
            None => told.push((file, &found.problem, vec![found.writer], found)),
        }
    }
    for (file, problem, writers, found) in told {
        let place = github::path(&project.session.config.project.join(&file)).unwrap_or(file);
        let message = format!(
            "{} ({}) is not current: {problem} ({})",
            found.header,
            writers.join(", "),
            list(&found.targets, &project.targets)
        );
        render::talk(&github::error(&place, 1, &message));
    }
}

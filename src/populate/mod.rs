//! Fills the store for many targets on one machine: every header is parsed for every target, with the target's
//! own system headers. No file of the tree is written.

pub mod cibuildwheel;
pub mod container;
mod declared;
mod platform;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{Config, Origin, Place};
use crate::diagnostics::{Diagnostic, Hint};
use crate::generate::{self, Files, Machine, Plan, Policy, Report, Session, Started, UnitPlan, worker};
use crate::store::{Lookup, MissReason};
use crate::target::{PLATFORMS, Target};

use container::Containers;
pub use declared::{DeclaredError, declared};
pub use platform::{configured, target};

/// What cannot be done for any target.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A platform that there is not.
    #[error("{}there is no platform `{platform}`{}", at(place), place.as_ref().map(|place| place.snippet()).unwrap_or_default())]
    UnknownPlatform {
        /// As typed or configured.
        platform: String,
        /// The nearest that there is.
        nearest: Option<String>,
        /// Where it is configured.
        place: Option<Box<Place>>,
    },
}

fn at(place: &Option<Box<Place>>) -> String {
    place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default()
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        let Error::UnknownPlatform { nearest, .. } = self;
        let near = nearest.as_ref().map(|name| format!("did you mean `{name}`?"));
        near.into_iter().chain([format!("platforms: {}", PLATFORMS.join(", "))]).collect()
    }
}

/// Why something could not be done for a target.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Here.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// With a container.
    #[error(transparent)]
    Container(#[from] container::Error),
}

impl Failure {
    /// The word that opens the message.
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Generate(error) => error.kind(),
            Failure::Container(_) => "error",
        }
    }

    /// What clang found.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Failure::Generate(error) => error.diagnostics(),
            Failure::Container(_) => &[],
        }
    }
}

impl Hint for Failure {
    fn hints(&self) -> Vec<String> {
        match self {
            Failure::Generate(error) => error.hints(),
            Failure::Container(error) => error.hints(),
        }
    }
}

/// What parses.
#[derive(Clone, Copy)]
pub enum Engine<'a> {
    /// This machine's libclang, with the system headers of each target that zig or a sysroot has.
    Clang,
    /// This machine's libclang, for its own target with its own system headers.
    Native,
    /// A container per target.
    Containers(&'a Containers),
}

/// What to fill the store with.
pub struct Request<'a> {
    /// The configuration; its target does not count.
    pub config: &'a Config,
    /// Headers relative to `cwd`; none means those of the configuration.
    pub headers: &'a [String],
    /// The working directory.
    pub cwd: &'a Path,
    /// The machine that parses.
    pub machine: &'a Machine,
    /// The targets, in the order of the report.
    pub targets: &'a [Target],
    /// What parses.
    pub engine: Engine<'a>,
    /// Whether nothing is to be made.
    pub dry_run: bool,
}

/// One output for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Canonical target.
    pub target: String,
    /// Stored name of the header; empty if it is not known what would be made for the target.
    pub header: String,
    /// Name of the writer; empty likewise.
    pub writer: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was made and stored.
    Stored,
    /// The store had it.
    Present,
    /// It would be made.
    Planned,
    /// The writer's outputs are not to be stored.
    NotKept,
    /// It could not be made or stored.
    Failed(String),
}

/// What was done.
#[derive(Debug, Default)]
pub struct Filled {
    /// One per target, header and writer; what has an equal key, once.
    pub rows: Vec<Row>,
    /// Each failure with the targets that it happened for.
    pub failures: Vec<(Vec<String>, Failure)>,
    /// What was found about the headers, with the target.
    pub diagnostics: Vec<(String, Diagnostic)>,
    /// What containers said, with the target.
    pub said: Vec<(String, String)>,
    /// The command lines of containers that a dry run would start.
    pub commands: Vec<String>,
    /// Things the user should act on, each once.
    pub warnings: Vec<String>,
    /// Headers of the Linux kernel, as included, that zig's copies were bound of.
    pub kernel_headers: BTreeSet<String>,
    /// Directory of the store.
    pub store: PathBuf,
}

impl Filled {
    /// Whether something is not in the store that ought to be.
    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty() || self.rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_)))
    }

    fn fail(&mut self, target: &Target, failure: impl Into<Failure>) {
        let failure = failure.into();
        let (text, found) = (failure.to_string(), failure.diagnostics());
        let is_same = |other: &Failure| other.to_string() == text && other.diagnostics() == found;
        // What differs in nothing but the target is told once.
        match self.failures.iter_mut().find(|(_, other)| is_same(other)) {
            Some((targets, _)) if targets.contains(&target.to_string()) => {}
            Some((targets, _)) => targets.push(target.to_string()),
            None => self.failures.push((vec![target.to_string()], failure)),
        }
    }

    fn warn(&mut self, warnings: Vec<String>) {
        for warning in warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    fn fail_row(&mut self, target: &Target, failure: impl Into<Failure>) {
        let failure = failure.into();
        let outcome = Outcome::Failed(first_line(&failure));
        self.add(target, String::new(), String::new(), outcome);
        self.fail(target, failure);
    }

    fn add(&mut self, target: &Target, header: String, writer: String, outcome: Outcome) {
        self.rows.push(Row { target: target.to_string(), header, writer, outcome });
    }
}

const POLICY: Policy = Policy { tolerate_failures: true, files: Files::None, leaves_index: true };

/// A session, what the store had for it, and the outputs of it that a container has made meanwhile.
struct Opened {
    session: Session,
    plan: Plan,
    fresh: BTreeSet<(String, String)>,
}

/// Does it. A failure for one target does not stop the others.
pub fn populate(request: &Request<'_>) -> Filled {
    let mut filled = Filled::default();
    let mut seen = BTreeSet::new();
    let mut runs: Vec<(Opened, Started)> = Vec::new();
    for target in request.targets {
        match begin(request, target, &mut seen, &mut filled) {
            Ok(Some(run)) => runs.push(run),
            Ok(None) => {}
            Err(error) => filled.fail_row(target, error),
        }
    }
    let jobs: Vec<worker::Job> = runs.iter().flat_map(|(_, started)| started.jobs.iter().cloned()).collect();
    let setup = runs.iter().find(|(_, started)| !started.jobs.is_empty());
    let mut done =
        setup.map(|(_, started)| worker::run(&started.setup, &jobs)).unwrap_or_default().into_iter();
    let mut last = None;
    for (opened, started) in runs {
        let own = done.by_ref().take(started.jobs.len()).collect();
        match opened.session.complete(&opened.plan, started, own, POLICY) {
            Ok(report) => record(&opened, report, &mut filled),
            Err(error) => filled.fail_row(&opened.session.target, error),
        }
        last = Some(opened);
    }
    // All targets share the store, whose indexes list every entry: once at the end is enough.
    let is_new = |row: &Row| matches!(row.outcome, Outcome::Stored | Outcome::NotKept);
    if let Some(opened) = last.filter(|_| filled.rows.iter().any(is_new)) {
        let mut report = Report::default();
        opened.session.refresh_index(&mut report);
        filled.warn(report.warnings);
    }
    filled
}

/// Does all that this machine need not parse for: asks the store, and a container if there is one.
fn begin(
    request: &Request<'_>,
    target: &Target,
    seen: &mut BTreeSet<String>,
    filled: &mut Filled,
) -> Result<Option<(Opened, Started)>, Failure> {
    let mut opened = open(request, target, seen)?;
    filled.store = opened.session.store_dir().to_owned();
    if let Engine::Containers(containers) = request.engine
        && opened.to_parse().contains(&true)
    {
        if request.dry_run {
            filled.commands.push(containers.describe(&opened.session.config, target)?);
        } else {
            opened.fill(containers, filled)?;
        }
    }
    if request.dry_run {
        foresee(request, &opened, filled);
        return Ok(None);
    }
    let started = opened.session.start(&opened.plan, POLICY)?;
    Ok(Some((opened, started)))
}

/// The session for a target, without what an earlier one has.
fn open(
    request: &Request<'_>,
    target: &Target,
    seen: &mut BTreeSet<String>,
) -> Result<Opened, generate::Error> {
    let mut config = request.config.clone();
    config.set_for_storing(&target.to_string(), &Origin::CommandLine("--platform".into()));
    let session = Session::open(config, request.headers, request.cwd, request.machine.clone())?.renewing();
    let mut session = if matches!(request.engine, Engine::Native) { session } else { session.isolated() };
    // A header whose rule sets a target has the same key for all.
    let keys = session.request_keys()?;
    let mut is_new = keys.into_iter().map(|key| seen.insert(key));
    session.set.units.retain(|_| is_new.next().unwrap_or(true));
    let plan = session.plan()?;
    Ok(Opened { session, plan, fresh: BTreeSet::new() })
}

impl Opened {
    /// For each header whether it must be parsed for the session's own target; rules may name others.
    fn to_parse(&self) -> Vec<bool> {
        let target = self.session.target.to_string();
        let must = |unit: &UnitPlan| unit.request.inputs.target == target && self.session.needs_parse(unit);
        self.plan.units.iter().map(must).collect()
    }

    /// The outputs that the store lacks.
    fn missing(&self) -> BTreeSet<(String, String)> {
        let units = self.session.set.units.iter().zip(&self.plan.units);
        let missing = units.flat_map(|(unit, planned)| {
            let outputs = planned.outputs.iter().filter(|output| !matches!(output.lookup, Lookup::Hit(_)));
            outputs.map(|output| (unit.name.clone(), output.writer.name.clone()))
        });
        missing.collect()
    }

    /// Lets a container parse, and asks the store again. What it made and this machine cannot look up, because the
    /// entry depends on files of the image, is told from the container's own report.
    fn fill(&mut self, containers: &Containers, filled: &mut Filled) -> Result<(), Failure> {
        self.fresh = self.missing();
        let target = self.session.target.clone();
        let inside = containers.fill(&self.session.config, &target, self.session.store_dir())?;
        self.plan = self.session.plan()?;
        let is_left = self.to_parse();
        let session = &mut self.session;
        let mut has_failed = false;
        for (unit, _) in session.set.units.iter().zip(&is_left).filter(|(_, is_left)| **is_left) {
            for output in &unit.outputs {
                let is_told = |header: &str, writer: &str| {
                    // A failure of the whole target names neither.
                    header.is_empty() || (header == unit.name && writer == output.writer)
                };
                let told = inside.outputs.iter().find(|(header, writer, _)| is_told(header, writer));
                let outcome = match told {
                    Some((_, _, None)) => Outcome::Stored,
                    Some((_, _, Some(reason))) => Outcome::Failed(reason.clone()),
                    None => Outcome::Failed("the container did not make it".into()),
                };
                has_failed |= matches!(outcome, Outcome::Failed(_));
                filled.add(&target, unit.name.clone(), output.writer.clone(), outcome);
            }
        }
        let mut is_done = is_left.iter().map(|is_left| !is_left);
        session.set.units.retain(|_| is_done.next().unwrap_or(true));
        self.plan = session.plan()?;
        if has_failed {
            filled.fail(&target, inside.failure(&target));
        } else if !inside.said.trim().is_empty() {
            filled.said.push((target.to_string(), inside.said));
        }
        Ok(())
    }
}

/// What a run would do.
fn foresee(request: &Request<'_>, opened: &Opened, filled: &mut Filled) {
    let Opened { session, plan, .. } = opened;
    for (unit, planned) in session.set.units.iter().zip(&plan.units) {
        let mut failed = None;
        if !planned.is_complete()
            && matches!(request.engine, Engine::Clang)
            && let Err(error) = session.check_sysroot(unit)
        {
            failed = Some(first_line(&error));
            filled.fail(&session.target, error);
        }
        for output in &planned.outputs {
            let outcome = match (&output.lookup, &failed) {
                (Lookup::Hit(_), _) => Outcome::Present,
                (Lookup::Miss(MissReason::NotKept), _) => Outcome::NotKept,
                (_, Some(reason)) => Outcome::Failed(reason.clone()),
                _ => Outcome::Planned,
            };
            filled.rows.push(Row {
                target: planned.request.inputs.target.clone(),
                header: unit.name.clone(),
                writer: output.writer.name.clone(),
                outcome,
            });
        }
    }
}

fn record(opened: &Opened, report: Report, filled: &mut Filled) {
    let target = opened.session.target.to_string();
    for output in report.generated {
        let is_fresh = opened.fresh.contains(&(output.header.clone(), output.writer.clone()));
        let outcome = match (output.cached, output.is_kept) {
            (true, _) if is_fresh => Outcome::Stored,
            (true, _) => Outcome::Present,
            (false, true) if !report.is_unstored => Outcome::Stored,
            (false, true) => Outcome::Failed("the store was not updated".into()),
            (false, false) => Outcome::NotKept,
        };
        filled.rows.push(Row {
            target: target.clone(),
            header: output.header,
            writer: output.writer,
            outcome,
        });
    }
    for skipped in report.skipped {
        let outcome = Outcome::Failed(skipped.reason);
        filled.rows.push(Row {
            target: target.clone(),
            header: skipped.header,
            writer: skipped.writer,
            outcome,
        });
    }
    filled.diagnostics.extend(report.diagnostics.into_iter().map(|found| (target.clone(), found)));
    filled.warn(report.warnings);
    filled.kernel_headers.extend(report.kernel_headers);
    for (_, failure) in report.failures {
        filled.fail(&opened.session.target, failure);
    }
}

fn first_line(error: &dyn std::error::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

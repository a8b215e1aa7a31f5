//! Fills the store for many targets on one machine: every header is parsed for every target, with the target's
//! own system headers. No file of the tree is written.

mod declared;
mod platform;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::config::{Config, Origin};
use crate::diagnostics::{Diagnostic, Hint};
use crate::generate::{self, Files, Machine, Plan, Policy, Report, Session, Started, worker};
use crate::store::{Lookup, MissReason};
use crate::target::Target;

pub use declared::{DeclaredError, declared};
pub use platform::{PLATFORMS, target};

/// What cannot be done for any target.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A platform that there is not.
    #[error("there is no platform `{platform}`")]
    UnknownPlatform {
        /// As typed or configured.
        platform: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        let Error::UnknownPlatform { nearest, .. } = self;
        let near = nearest.as_ref().map(|name| format!("did you mean `{name}`?"));
        near.into_iter().chain([format!("platforms: {}", PLATFORMS.join(", "))]).collect()
    }
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
    pub failures: Vec<(Vec<String>, generate::Error)>,
    /// What was found about the headers, with the target.
    pub diagnostics: Vec<(String, Diagnostic)>,
    /// Things the user should act on, each once.
    pub warnings: Vec<String>,
    /// Directory of the store.
    pub store: PathBuf,
}

impl Filled {
    /// Whether something is not in the store that ought to be.
    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty() || self.rows.iter().any(|row| matches!(row.outcome, Outcome::Failed(_)))
    }

    fn fail(&mut self, target: &Target, failure: generate::Error) {
        let (text, found) = (failure.to_string(), failure.diagnostics());
        let is_same = |other: &generate::Error| other.to_string() == text && other.diagnostics() == found;
        // What differs in nothing but the target is told once.
        match self.failures.iter_mut().find(|(_, other)| is_same(other)) {
            Some((targets, _)) if targets.contains(&target.to_string()) => {}
            Some((targets, _)) => targets.push(target.to_string()),
            None => self.failures.push((vec![target.to_string()], failure)),
        }
    }

    fn fail_row(&mut self, target: &Target, failure: generate::Error) {
        let outcome = Outcome::Failed(first_line(&failure));
        self.rows.push(Row {
            target: target.to_string(),
            header: String::new(),
            writer: String::new(),
            outcome,
        });
        self.fail(target, failure);
    }
}

const POLICY: Policy = Policy { tolerate_failures: true, files: Files::None };

/// Does it. A failure for one target does not stop the others.
pub fn populate(request: &Request<'_>) -> Filled {
    let mut filled = Filled::default();
    let mut seen = BTreeSet::new();
    let mut runs: Vec<(Session, Plan, Started)> = Vec::new();
    for target in request.targets {
        let started = open(request, target, &mut seen).and_then(|(session, plan)| {
            filled.store = session.store_dir().to_owned();
            if request.dry_run {
                foresee(&session, &plan, &mut filled);
                return Ok(());
            }
            let started = session.start(&plan, POLICY)?;
            runs.push((session, plan, started));
            Ok(())
        });
        if let Err(error) = started {
            filled.fail_row(target, error);
        }
    }
    let jobs: Vec<worker::Job> =
        runs.iter().flat_map(|(_, _, started)| started.jobs.iter().cloned()).collect();
    let setup = runs.iter().find(|(_, _, started)| !started.jobs.is_empty());
    let mut done =
        setup.map(|(_, _, started)| worker::run(&started.setup, &jobs)).unwrap_or_default().into_iter();
    for (session, plan, started) in runs {
        let own = done.by_ref().take(started.jobs.len()).collect();
        match session.complete(&plan, started, own, POLICY) {
            Ok(report) => record(&session, report, &mut filled),
            Err(error) => filled.fail_row(&session.target, error),
        }
    }
    filled
}

/// The session for a target, without what an earlier one has.
fn open(
    request: &Request<'_>,
    target: &Target,
    seen: &mut BTreeSet<String>,
) -> Result<(Session, Plan), generate::Error> {
    let mut config = request.config.clone();
    config.set_for_storing(&target.to_string(), &Origin::CommandLine("--platform".into()));
    let session = Session::open(config, request.headers, request.cwd, request.machine.clone())?;
    let mut session = session.isolated();
    // A header whose rule sets a target has the same key for all.
    let keys = session.request_keys()?;
    let mut is_new = keys.into_iter().map(|key| seen.insert(key));
    session.set.units.retain(|_| is_new.next().unwrap_or(true));
    let plan = session.plan()?;
    Ok((session, plan))
}

/// What a run would do.
fn foresee(session: &Session, plan: &Plan, filled: &mut Filled) {
    for (unit, planned) in session.set.units.iter().zip(&plan.units) {
        let mut failed = None;
        if !planned.is_complete()
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

fn record(session: &Session, report: Report, filled: &mut Filled) {
    let target = session.target.to_string();
    for output in report.generated {
        let outcome = match (output.cached, output.is_kept) {
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
    for warning in report.warnings {
        if !filled.warnings.contains(&warning) {
            filled.warnings.push(warning);
        }
    }
    for (_, failure) in report.failures {
        filled.fail(&session.target, failure);
    }
}

fn first_line(error: &generate::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

//! Makes the entries of a store again and compares: for whoever has to trust what somebody else stored.

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::{Error, Files, Plan, Policy, Report, Session, Started, Usage, worker};
use crate::config::Origin;
use crate::store::{Dependencies, Examined, Layer, Metadata, Soundness, Store};
use crate::target::Target;

/// One entry and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reparsed {
    /// Where it lies.
    pub layer: Layer,
    /// Name of its directory.
    pub slug: String,
    /// What it is compared with what was made now.
    pub result: Comparison,
}

/// How a stored entry compares with the one that was made now. Reasons are one sentence without a final period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Equal to the last byte.
    Same,
    /// In what it differs.
    Different(String),
    /// It is damaged.
    Corrupt(String),
    /// Why it could not be made again here.
    Skipped(String),
}

impl Comparison {
    /// One word, or a few, for tables and scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Comparison::Same => "same",
            Comparison::Different(_) => "different",
            Comparison::Corrupt(_) => "corrupt",
            Comparison::Skipped(_) => "not reparsed",
        }
    }

    /// The reason, if there is one to give.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Comparison::Same => None,
            Comparison::Different(why) | Comparison::Corrupt(why) | Comparison::Skipped(why) => Some(why),
        }
    }
}

/// What is made in one go: the entries of one target, from one kind of system headers.
struct Group {
    target: Target,
    /// Whether the system headers are those of a sysroot, on whatever machine.
    isolated: bool,
    entries: Vec<(Examined, Metadata)>,
}

/// A group on its way.
struct Run {
    group: Group,
    session: Session,
    plan: Plan,
    started: Started,
    _folder: TempDir,
}

const POLICY: Policy = Policy { tolerate_failures: true, files: Files::None, leaves_index: false };

impl Session {
    /// Makes every entry of the store that the project needs again, in a store of its own, and compares the two.
    /// Neither the store nor the tree is changed. `cwd` is where the project was looked for.
    pub fn reparse(&self, cwd: &Path) -> Result<Vec<Reparsed>, Error> {
        let mut results = Vec::new();
        let mut groups: Vec<Group> = Vec::new();
        for (entry, usage) in self.usage() {
            match (usage, &entry.state) {
                (Usage::Needed, Soundness::Sound(metadata)) => {
                    let metadata = (**metadata).clone();
                    match Target::parse(&metadata.inputs.target) {
                        Ok(target) => join(&mut groups, target, entry, metadata),
                        Err(error) => results.push(row(&entry, Comparison::Skipped(error.to_string()))),
                    }
                }
                (Usage::Corrupt(why), _) => results.push(row(&entry, Comparison::Corrupt(why))),
                (usage, _) => {
                    let why = usage.reason().unwrap_or_default();
                    results.push(row(&entry, Comparison::Skipped(why)));
                }
            }
        }
        let mut runs = Vec::new();
        for group in groups {
            match self.begin(&group, cwd) {
                Ok((session, plan, started, folder)) => {
                    runs.push(Run { group, session, plan, started, _folder: folder });
                }
                Err(error) => {
                    let why = Comparison::Skipped(first_line(&error));
                    results.extend(group.entries.iter().map(|(entry, _)| row(entry, why.clone())));
                }
            }
        }
        let jobs: Vec<worker::Job> = runs.iter().flat_map(|run| run.started.jobs.iter().cloned()).collect();
        let setup = runs.iter().find(|run| !run.started.jobs.is_empty()).map(|run| run.started.setup.clone());
        let mut done = setup.map(|setup| worker::run(&setup, &jobs)).unwrap_or_default().into_iter();
        for Run { group, session, plan, started, _folder } in runs {
            let own = done.by_ref().take(started.jobs.len()).collect();
            let report = session.complete(&plan, started, own, POLICY)?;
            let fresh = session.stores[0].examine();
            results.extend(group.entries.iter().map(|(entry, metadata)| {
                row(entry, self.compare(entry, metadata, &session.stores[0], &fresh, &report))
            }));
        }
        results.sort_by(|one, other| (&one.layer, &one.slug).cmp(&(&other.layer, &other.slug)));
        Ok(results)
    }

    /// A session with an empty store, up to the point where headers are parsed.
    fn begin(&self, group: &Group, cwd: &Path) -> Result<(Session, Plan, Started, TempDir), Error> {
        let folder = tempfile::Builder::new()
            .prefix("headerkit-")
            .tempdir()
            .map_err(|source| Error::WriteOutput { path: "a temporary directory".into(), source })?;
        let mut config = self.config.clone();
        config.set_for_storing(&group.target.to_string(), &Origin::CommandLine("--reparse".into()));
        let mut session = Session::open(config, &[], cwd, self.machine.clone())?;
        session.isolated = group.isolated;
        session.stores = vec![Store::open(folder.path())];
        let is_wanted = |name: &str| group.entries.iter().any(|(_, metadata)| metadata.inputs.header == name);
        let target = &group.target;
        let of_target = |unit: &_| session.target_of(unit).is_ok_and(|own| own == *target);
        let keep: Vec<bool> =
            session.set.units.iter().map(|unit| is_wanted(&unit.name) && of_target(unit)).collect();
        let mut keep = keep.into_iter();
        session.set.units.retain(|_| keep.next().unwrap_or(false));
        let plan = session.plan()?;
        let started = session.start(&plan, POLICY)?;
        Ok((session, plan, started, folder))
    }

    fn compare(
        &self,
        entry: &Examined,
        stored: &Metadata,
        store: &Store,
        fresh: &[Examined],
        report: &Report,
    ) -> Comparison {
        let made = fresh.iter().find_map(|made| match &made.state {
            Soundness::Sound(metadata) if made.layer == entry.layer && metadata.key == stored.key => {
                Some((made, metadata))
            }
            _ => None,
        });
        let Some((made, metadata)) = made else { return Comparison::Skipped(failure(stored, report)) };
        if !metadata.same_entry(stored) {
            return Comparison::Different(dependencies(stored, metadata));
        }
        if metadata.artifact.sha256 == stored.artifact.sha256 {
            return Comparison::Same;
        }
        let old = self.stores[0].artifact(&entry.layer, &entry.slug).unwrap_or_default();
        let new = store.artifact(&made.layer, &made.slug).unwrap_or_default();
        let mut why = first_difference(&old, &new);
        if metadata.libclang_version != stored.libclang_version {
            why.push_str(&format!(" ({} made it, here is {})", stored.maker(), metadata.maker()));
        }
        let is_own = stored.inputs.target == self.machine.target.to_string();
        if metadata.sysroot != stored.sysroot || (stored.sysroot.is_null() && !is_own) {
            return Comparison::Skipped(format!(
                "it was made with {}, which are not here; with {} there is a difference: {why}",
                headers(&stored.sysroot, &stored.inputs.target),
                headers(&metadata.sysroot, &self.machine.target.to_string())
            ));
        }
        Comparison::Different(why)
    }
}

fn row(entry: &Examined, result: Comparison) -> Reparsed {
    Reparsed { layer: entry.layer.clone(), slug: entry.slug.clone(), result }
}

fn join(groups: &mut Vec<Group>, target: Target, entry: Examined, metadata: Metadata) {
    let isolated = !metadata.sysroot.is_null();
    match groups.iter_mut().find(|group| group.target == target && group.isolated == isolated) {
        Some(group) => group.entries.push((entry, metadata)),
        None => groups.push(Group { target, isolated, entries: vec![(entry, metadata)] }),
    }
}

/// Why nothing was made for an entry.
fn failure(stored: &Metadata, report: &Report) -> String {
    let header = &stored.inputs.header;
    let writer = stored.output.as_ref().map(|output| &output.writer);
    let skipped =
        report.skipped.iter().find(|found| found.header == *header && Some(&found.writer) == writer);
    let failed = report.failures.iter().find(|(name, _)| name == header);
    match (skipped, failed) {
        (Some(found), _) => found.reason.clone(),
        (None, Some((_, error))) => first_line(error),
        (None, None) => report.warnings.first().cloned().unwrap_or_else(|| "nothing was made for it".into()),
    }
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn headers(sysroot: &Value, target: &str) -> String {
    match (sysroot["zig"].as_str(), sysroot["directory"].as_str()) {
        (_, Some(directory)) => format!("the system headers in `{directory}`"),
        (Some(zig), None) => format!("the system headers of zig {zig}"),
        (None, None) => format!("the system headers of a machine ({target})"),
    }
}

fn dependencies(stored: &Metadata, made: &Metadata) -> String {
    let names = |metadata: &Metadata| -> Vec<String> {
        let Dependencies { files, bound, .. } = &metadata.dependencies;
        let files = files.iter().chain(bound).map(|file| file.name.clone());
        files.chain(metadata.dependencies.absent.iter().cloned()).collect()
    };
    let (old, new) = (names(stored), names(made));
    let odd: Vec<String> = (old.iter().filter(|name| !new.contains(name)))
        .chain(new.iter().filter(|name| !old.contains(name)))
        .map(|name| format!("`{name}`"))
        .collect();
    format!("the list of the files that it depends on is another one: {}", odd.join(", "))
}

/// Where two texts begin to differ, with a few characters of both.
fn first_difference(old: &[u8], new: &[u8]) -> String {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    let same = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
    let line = old.chars().take(same).filter(|c| *c == '\n').count() + 1;
    let around = |text: &str| {
        let before: Vec<char> = text.chars().take(same).collect();
        let start = before.iter().rev().take(20).take_while(|c| **c != '\n').count();
        let shown = text.chars().skip(same - start).take(start + 40);
        shown.take_while(|c| *c != '\n').collect::<String>()
    };
    format!("line {line}: `{}` is stored, `{}` was made", around(&old), around(&new))
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_difference_is_shown_with_what_is_around_it() {
        assert_eq!(
            first_difference(b"int a;\nint b(void);\n", b"int a;\nint c(void);\n"),
            "line 2: `int b(void);` is stored, `int c(void);` was made"
        );
        assert_eq!(first_difference(b"a\n", b"a\nb\n"), "line 2: `` is stored, `b` was made");
    }
}

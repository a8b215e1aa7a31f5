//! Which outputs the store has, for every header, writer and target. How that is shown is decided elsewhere.

use super::{Error, Session};
use crate::fsutil;
use crate::headers::{HeaderUnit, UnitOutput};
use crate::store::{Change, Hit, Lookup, MissReason};
use crate::target::Target;

/// One output for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Stored name of the header.
    pub header: String,
    /// Name of the writer.
    pub writer: String,
    /// What it is made for.
    pub target: Target,
    /// What there is of it.
    pub state: State,
    /// Whether an earlier release stored it.
    pub is_older: bool,
}

/// What there is of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The store has it as it has to be.
    Current,
    /// The store has it, but the file of this name in the tree is another one.
    Outdated {
        /// Project-relative name of the output.
        file: String,
    },
    /// The store cannot serve it.
    Missing(MissReason),
    /// Outputs of its writer are not stored.
    NotKept,
}

impl State {
    /// One word for tables and scripts.
    pub fn word(&self) -> &'static str {
        match self {
            State::Current => "current",
            State::Outdated { .. } => "outdated",
            State::Missing(
                MissReason::Unreadable { .. } | MissReason::Changed { how: Change::Unreadable, .. },
            ) => "unreadable",
            State::Missing(MissReason::Changed { .. }) => "stale",
            State::Missing(MissReason::Corrupt { .. }) => "corrupt",
            State::Missing(MissReason::Ambiguous { .. }) => "ambiguous",
            State::Missing(_) => "missing",
            State::NotKept => "not kept",
        }
    }

    /// What is wrong, as a sentence without a final period; `None` if nothing is.
    pub fn problem(&self) -> Option<String> {
        match self {
            State::Current | State::NotKept => None,
            State::Outdated { file } => Some(format!("`{file}` differs from the store")),
            State::Missing(reason) => Some(reason.to_string()),
        }
    }

    /// The file of the tree that is to blame, by stored name.
    pub fn culprit(&self) -> Option<&str> {
        match self {
            State::Outdated { file } => Some(file),
            State::Missing(MissReason::Changed { file, how: Change::Edited | Change::Appeared, .. }) => {
                Some(file)
            }
            _ => None,
        }
    }
}

impl Session {
    /// What the store has for these targets: headers in the order of the configuration, then writers, then targets
    /// as given. A header whose rule sets a target has that one alone. Output files count for the session's own
    /// target, because only its files lie in the tree; they need not be there.
    pub fn matrix(&self, targets: &[Target]) -> Result<Vec<Cell>, Error> {
        let mut cells = Vec::new();
        for unit in &self.set.units {
            let own = [self.target_of(unit)?];
            let targets = if unit.target.is_some() { &own[..] } else { targets };
            let mut columns = Vec::with_capacity(targets.len());
            for target in targets {
                columns.push(self.column(unit, target, *target == own[0])?.into_iter());
            }
            for output in &unit.outputs {
                for (target, column) in targets.iter().zip(&mut columns) {
                    cells.extend(column.next().map(|(state, is_older)| Cell {
                        header: unit.name.clone(),
                        writer: output.writer.clone(),
                        target: target.clone(),
                        state,
                        is_older,
                    }));
                }
            }
        }
        Ok(cells)
    }

    /// One state per output of a header, and whether an earlier release stored it; what the store has is not kept in
    /// memory.
    fn column(
        &self,
        unit: &HeaderUnit,
        target: &Target,
        has_files: bool,
    ) -> Result<Vec<(State, bool)>, Error> {
        let planned = self.plan_unit(unit, target)?;
        let states = unit.outputs.iter().zip(planned.outputs).map(|(output, planned)| match planned.lookup {
            Lookup::Hit(hit) if has_files && differs(output, &hit) => {
                (State::Outdated { file: output.name.clone() }, hit.is_older)
            }
            Lookup::Hit(hit) => (State::Current, hit.is_older),
            Lookup::Miss(MissReason::NotKept) => (State::NotKept, false),
            Lookup::Miss(reason) => (State::Missing(reason), false),
        });
        Ok(states.collect())
    }
}

fn differs(output: &UnitOutput, hit: &Hit) -> bool {
    let expected = &hit.metadata.artifact.sha256;
    fs_err::read(&output.path)
        .is_ok_and(|text| fsutil::sha256(&text) != *expected && fsutil::text_sha256(&text) != *expected)
}

//! What of the store a project still needs.

use super::{Error, Session, reading};
use crate::headers::HeaderUnit;
use crate::store::{Change, Difference, Examined, Inputs, Metadata, Output, Request, Soundness};

/// What an entry is to the project.
#[derive(Debug, Clone, PartialEq)]
pub enum Usage {
    /// A build for its target is served from it.
    Needed,
    /// Nothing that is configured asks for it, and why.
    Unused(String),
    /// It was made from another state of the tree.
    Stale {
        /// The first file that differs, by stored name.
        file: String,
        /// In which way.
        how: Change,
    },
    /// It was made from another state of files outside of the project, which may be what another machine has.
    Elsewhere {
        /// The first file that differs, by stored name.
        file: String,
    },
    /// It is damaged.
    Corrupt(String),
    /// It cannot be judged: it cannot be read now, or a later release wrote it.
    Unknown(String),
}

impl Usage {
    /// One sentence without a final period; `None` for what is needed.
    pub fn reason(&self) -> Option<String> {
        match self {
            Usage::Needed => None,
            Usage::Unused(why) | Usage::Unknown(why) => Some(why.clone()),
            Usage::Stale { file, how } => Some(format!("`{file}` {how} since it was stored")),
            Usage::Elsewhere { file } => {
                Some(format!("`{file}` is another one here, and a newer entry was made from it"))
            }
            Usage::Corrupt(why) => Some(format!("it is damaged: {why}")),
        }
    }

    /// One word for tables and scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Usage::Needed => "needed",
            Usage::Unused(_) => "unused",
            Usage::Stale { .. } | Usage::Elsewhere { .. } => "stale",
            Usage::Corrupt(_) => "corrupt",
            Usage::Unknown(_) => "unknown",
        }
    }

    /// Whether the entry can go without a loss.
    pub fn is_waste(&self) -> bool {
        !matches!(self, Usage::Needed | Usage::Unknown(_))
    }
}

/// What was removed, or would be.
#[derive(Debug, Default)]
pub struct Pruned {
    /// The entries, with the reason for each.
    pub removed: Vec<(Examined, Usage)>,
    /// What was left alone although nobody knows what for.
    pub unknown: Vec<(Examined, Usage)>,
    /// Number of entries that stay.
    pub kept: usize,
}

impl Session {
    /// Every entry of the store, with what it is to the project.
    pub fn usage(&self) -> Vec<(Examined, Usage)> {
        let entries = self.stores[0].examine();
        let mut found: Vec<(Examined, Usage)> = entries
            .into_iter()
            .map(|entry| {
                let usage = self.usage_of(&entry);
                (entry, usage)
            })
            .collect();
        // What only differs in files that every machine has its own of is needed until something better is there.
        let answered: Vec<(Inputs, Option<Output>)> = found
            .iter()
            .filter(|(_, usage)| *usage == Usage::Needed)
            .filter_map(|(entry, _)| question(entry))
            .collect();
        for (entry, usage) in &mut found {
            let is_answered = || question(entry).is_some_and(|asked| answered.contains(&asked));
            if matches!(usage, Usage::Elsewhere { .. }) && !is_answered() {
                *usage = Usage::Needed;
            }
            if *usage == Usage::Needed && self.is_renewed(entry, &answered) {
                *usage =
                    Usage::Unused("an earlier release stored it, and the header was read again since".into());
            }
        }
        found
    }

    /// Whether an entry answers what an earlier release asked, and one of `answered` what this one asks instead.
    fn is_renewed(&self, entry: &Examined, answered: &[(Inputs, Option<Output>)]) -> bool {
        let Some((inputs, output)) = question(entry) else { return false };
        let is_later = |(current, written): &&(Inputs, _)| {
            *written == output && reading::older(current).contains(&inputs)
        };
        answered.iter().any(|found| is_later(&found))
    }

    fn usage_of(&self, entry: &Examined) -> Usage {
        let metadata = match &entry.state {
            Soundness::Sound(metadata) => metadata,
            Soundness::Broken(why) => return Usage::Corrupt(why.clone()),
            Soundness::Closed(why) => return Usage::Unknown(why.clone()),
        };
        if let Err(why) = self.asks_for(metadata).and_then(|unit| self.symbols_hold(unit, metadata)) {
            return Usage::Unused(why);
        }
        let Err(changes) = self.stores[0].holds(metadata, &self.set.roots) else { return Usage::Needed };
        let inside = changes.iter().find(|(file, _)| !self.set.roots.is_outside(file));
        match (inside, changes.first()) {
            (Some((file, how)), _) => Usage::Stale { file: file.clone(), how: *how },
            (None, Some((file, _))) => Usage::Elsewhere { file: file.clone() },
            (None, None) => Usage::Needed,
        }
    }

    /// The header that asks for an entry, for the entry's target, whatever the state of the tree; or why none does.
    pub(super) fn asks_for(&self, metadata: &Metadata) -> Result<&HeaderUnit, String> {
        let stored = &metadata.inputs;
        let mut why = format!("no header `{}` is configured", stored.header);
        for unit in self.set.units.iter().filter(|unit| unit.name == stored.header) {
            let Ok(own) = self.inputs(unit) else { continue };
            let target = if unit.target.is_some() { &own.target } else { &stored.target };
            let inputs = Inputs { target: target.clone(), ..own.clone() };
            // Entries of earlier releases are read.
            let request = Request { older: reading::older(&inputs), inputs };
            let differences = request.nearest(stored).differences(stored);
            if !differences.is_empty() {
                why = format!("`{}` is configured with other {}", stored.header, differences.join(", "));
                continue;
            }
            match &metadata.output {
                None => return Ok(unit),
                Some(output) => match self.wants(unit, output) {
                    Ok(()) => return Ok(unit),
                    Err(reason) => why = reason,
                },
            }
        }
        Err(why)
    }

    fn wants(&self, unit: &HeaderUnit, stored: &Output) -> Result<(), String> {
        let configured = unit.outputs.iter().find(|output| output.writer == stored.writer);
        let (Some(output), Some(writer)) = (configured, self.writers.get(&stored.writer)) else {
            return Err(format!(
                "no output of the writer `{}` is configured for `{}`",
                stored.writer, unit.name
            ));
        };
        let (wanted, stored) = (writer.id(&output.options), stored.writer_id());
        // Any version will do of a writer that is not on this machine.
        if wanted.version != stored.version && !writer.is_absent() {
            let (stored, wanted) = (stored.version, wanted.version);
            return Err(Difference::Writer { stored, wanted }.to_string());
        }
        if wanted.options != stored.options {
            return Err(format!("the writer `{}` is configured with other options", stored.name));
        }
        Ok(())
    }

    /// Removes from the store what the project does not need: what nothing configured asks for, for any target, what is
    /// stale and what is damaged. With `dry_run` nothing is changed.
    pub fn prune(&self, dry_run: bool) -> Result<Pruned, Error> {
        let mut pruned = Pruned::default();
        for (entry, usage) in self.usage() {
            match &usage {
                usage if usage.is_waste() => pruned.removed.push((entry, usage.clone())),
                Usage::Unknown(_) => pruned.unknown.push((entry, usage)),
                _ => pruned.kept += 1,
            }
        }
        if !dry_run {
            let entries: Vec<&Examined> = pruned.removed.iter().map(|(entry, _)| entry).collect();
            let removed = self.stores[0].remove_all(&entries)?;
            let gone: Vec<_> =
                removed.iter().map(|entry| (entry.layer.clone(), entry.slug.clone())).collect();
            pruned.removed.retain(|(entry, _)| gone.contains(&(entry.layer.clone(), entry.slug.clone())));
        }
        Ok(pruned)
    }
}

/// What an entry is the answer to, whatever the state of the tree was.
fn question(entry: &Examined) -> Option<(Inputs, Option<Output>)> {
    let Soundness::Sound(metadata) = &entry.state else { return None };
    let output = metadata.output.clone().map(|output| Output { ir_key: String::new(), ..output });
    Some((metadata.inputs.clone(), output))
}

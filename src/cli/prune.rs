//! `cache prune`.

use serde_json::{Value, json};

use super::args::{Generate, Prune};
use super::check::{self, widest};
use super::generate::counted;
use super::render::{self, Level};
use super::{FAILED, Failure, settings};
use crate::generate::{Pruned, Usage};
use crate::store::Examined;

pub(super) fn run(arguments: &Prune, level: Level) -> Result<(), Failure> {
    let wanted = Generate { common: arguments.common.clone(), ..Generate::default() };
    let session = check::project(&wanted, &[])?.session;
    if session.set.units.is_empty() {
        return Err(Failure {
            text: format!(
                "error: no headers are configured under [tool.headerkit.headers], so that nothing tells what is needed; \
                 nothing was removed\nhint: `headerkit-backend cache clear{}` removes everything\n",
                settings::options(&arguments.common)
            ),
            status: FAILED,
        });
    }
    let pruned = session.prune(arguments.dry_run)?;
    for (entry, usage) in &pruned.unknown {
        let reason = usage.reason().unwrap_or_default();
        render::talk(&format!("warning: `{}` stays: {reason}", name(entry)));
    }
    let text = if arguments.json {
        as_json(&pruned, session.store_dir(), arguments.dry_run)
    } else {
        table(&pruned, arguments.dry_run, level)
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

fn name(entry: &Examined) -> String {
    format!("{}/{}", entry.layer.path(), entry.slug)
}

fn bytes(pruned: &Pruned) -> u64 {
    pruned.removed.iter().map(|(entry, _)| entry.bytes).sum()
}

fn table(pruned: &Pruned, dry_run: bool, level: Level) -> String {
    let names: Vec<String> = pruned.removed.iter().map(|(entry, _)| name(entry)).collect();
    let width = widest(names.iter().map(String::as_str));
    let row = |(name, (_, usage)): (&String, &(Examined, Usage))| {
        format!("{name:width$}  {:7}  {}\n", usage.word(), usage.reason().unwrap_or_default())
    };
    let mut text = String::new();
    if level > Level::Quiet {
        text.extend(names.iter().zip(&pruned.removed).map(row));
    }
    let verb = if dry_run { "Would remove" } else { "Removed" };
    let removed = entries(pruned.removed.len());
    text.push_str(&format!("{verb} {removed}, {}; {} kept\n", counted_bytes(bytes(pruned)), pruned.kept));
    text
}

/// `1 entry`, `2 entries`.
pub(super) fn entries(number: usize) -> String {
    if number == 1 { "1 entry".into() } else { format!("{number} entries") }
}

pub(super) fn counted_bytes(number: u64) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), "byte")
}

/// An entry and what it is to the project.
pub(super) fn row((entry, usage): &(Examined, Usage)) -> Value {
    json!({
        "layer": entry.layer.path(),
        "entry": entry.slug,
        "bytes": entry.bytes,
        "state": usage.word(),
        "reason": usage.reason(),
    })
}

fn as_json(pruned: &Pruned, store: &std::path::Path, dry_run: bool) -> String {
    let value = json!({
        "store": store.display().to_string(),
        "dry_run": dry_run,
        "removed": pruned.removed.iter().map(row).collect::<Vec<_>>(),
        "unknown": pruned.unknown.iter().map(row).collect::<Vec<_>>(),
        "bytes": bytes(pruned),
        "kept": pruned.kept,
    });
    format!("{value:#}\n")
}

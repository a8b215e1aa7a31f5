//! Clang's diagnostics in our words.

use std::collections::HashMap;
use std::path::Path;

use super::ffi::{File, Position, RawDiagnostic, Unit};
use super::files::Files;
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::Location;
use crate::roots::normalize;
use crate::sysroot;

/// From this severity on clang's result cannot be used.
const ERROR: u32 = 3;
const WARNING: u32 = 2;

/// What clang said about a unit.
pub struct Report {
    /// Errors with the warnings around them, or only warnings about bound headers.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether there are errors.
    pub failed: bool,
    /// The first include file that was not found, as included.
    pub missing: Option<String>,
}

/// Reads the diagnostics of a unit that was made of `header`.
pub fn report<'u>(unit: &'u Unit, files: &Files<'u>, header: &Path) -> Report {
    let raw = unit.diagnostics();
    let failed = raw.iter().any(|diagnostic| diagnostic.severity >= ERROR);
    let missing = raw
        .iter()
        .filter(|found| found.severity >= ERROR)
        .find_map(|found| sysroot::missing(&found.message).map(str::to_owned));
    let stacks: HashMap<File<'u>, Vec<Position<'u>>> = if raw.is_empty() {
        HashMap::new()
    } else {
        // The first inclusion of a file is the one that is not stopped by its guard.
        unit.inclusions().into_iter().rev().map(|found| (found.file, found.stack())).collect()
    };
    let is_ours =
        |found: &RawDiagnostic<'u>| found.position.file.is_some_and(|file| files.entry(file).is_none());
    // What the header leaves open is missed in front of our own declarations, and makes nonsense of them.
    let follows = |found: &RawDiagnostic<'u>| is_ours(found) && !found.message.starts_with("expected ");
    let all_follow = raw.iter().filter(|found| found.severity >= ERROR).all(follows);
    let wanted = |found: &&RawDiagnostic<'u>| match found.severity {
        ERROR.. => all_follow || !follows(found),
        WARNING => files.in_scope(found.position),
        _ => false,
    };
    let end = || {
        let header = normalize(header);
        let (file, entry) = files.iter().find(|(_, entry)| entry.path == header)?;
        Some(end_of(&entry.display, files.contents(file)))
    };
    let diagnostics = raw
        .iter()
        .filter(wanted)
        .map(|found| Diagnostic {
            severity: if found.severity >= ERROR { Severity::Error } else { Severity::Warning },
            message: found.message.clone(),
            // What stands in an argument has no place.
            location: match found.position.file {
                Some(_) if is_ours(found) => end(),
                Some(_) => Some(files.location(found.position)),
                None => None,
            },
            notes: notes(found, files, &stacks),
        })
        .collect();
    Report { diagnostics, failed, missing }
}

/// The place behind the last character of a header other than blanks.
fn end_of(name: &str, text: &[u8]) -> Location {
    let text = text.trim_ascii_end();
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).saturating_add(1);
    let last = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    let line = count(memchr::memchr_iter(b'\n', text).count());
    Location { file: name.to_owned(), line, column: count(text.len() - last) }
}

fn notes<'u>(
    found: &RawDiagnostic<'u>,
    files: &Files<'u>,
    stacks: &HashMap<File<'u>, Vec<Position<'u>>>,
) -> Vec<String> {
    let mut notes: Vec<String> =
        // Clang gives the chain of some diagnostics as notes too, with absolute paths.
        found
            .notes
            .iter()
            .filter(|(text, _)| !text.starts_with("in file included from"))
            .map(|(text, position)| at(text, *position, files))
            .collect();
    let stack = found.position.file.and_then(|file| stacks.get(&file));
    for position in stack.into_iter().flatten() {
        if position.file.is_some_and(|file| files.entry(file).is_some()) {
            let place = files.location(*position);
            notes.push(format!("included from {}:{}", place.file, place.line));
        }
    }
    notes
}

fn at<'u>(text: &str, position: Position<'u>, files: &Files<'u>) -> String {
    match position.file {
        Some(_) => format!("{}: {text}", files.location(position)),
        None => text.to_owned(),
    }
}

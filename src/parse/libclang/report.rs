//! Clang's diagnostics in our words.

use std::collections::HashMap;

use super::ffi::{File, Position, RawDiagnostic, Unit};
use super::files::Files;
use crate::diagnostics::{Diagnostic, Severity};

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

/// Reads the diagnostics of a unit.
pub fn report<'u>(unit: &'u Unit, files: &Files<'u>) -> Report {
    let raw = unit.diagnostics();
    let failed = raw.iter().any(|diagnostic| diagnostic.severity >= ERROR);
    let missing =
        raw.iter().filter(|found| found.severity >= ERROR).find_map(|found| missing(&found.message));
    let stacks: HashMap<File<'u>, Vec<Position<'u>>> = if raw.is_empty() {
        HashMap::new()
    } else {
        // The first inclusion of a file is the one that is not stopped by its guard.
        unit.inclusions().into_iter().rev().map(|found| (found.file, found.stack)).collect()
    };
    let wanted = |found: &&RawDiagnostic<'u>| {
        found.severity >= ERROR || (found.severity == WARNING && files.in_scope(found.position))
    };
    let diagnostics = raw
        .iter()
        .filter(wanted)
        .map(|found| Diagnostic {
            severity: if found.severity >= ERROR { Severity::Error } else { Severity::Warning },
            message: found.message.clone(),
            // What stands in an argument or behind the header's last line has no place of its own.
            location: found
                .position
                .file
                .filter(|file| files.entry(*file).is_some())
                .map(|_| files.location(found.position)),
            notes: notes(found, files, &stacks),
        })
        .collect();
    Report { diagnostics, failed, missing }
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

/// The name in clang's `'x.h' file not found`.
fn missing(message: &str) -> Option<String> {
    let name = message.strip_prefix('\'')?.split_once("' file not found")?.0;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn missing_files_are_recognised() {
        assert_eq!(missing("'a b/c.h' file not found").as_deref(), Some("a b/c.h"));
        let angled = "'x.h' file not found with <angled> include; use \"quotes\" instead";
        assert_eq!(missing(angled).as_deref(), Some("x.h"));
        assert_eq!(missing("unknown type name 'x'"), None);
    }
}

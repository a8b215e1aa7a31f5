//! Which macros are still in force at the end of a unit: `#undef` lines, compared with definitions in the order
//! in which the preprocessor met them.

use std::cell::{OnceCell, RefCell};

use super::ffi::{Cursor, File, Position, Unit};
use super::files::Files;
use crate::parse::macros;
use rustc_hash::{FxHashMap, FxHashSet};

/// What became of a macro's last definition; what is worse comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing took it back.
    InForce,
    /// Only the preprocessor knows.
    Unsure,
    /// An `#undef` came after it.
    Gone,
}

/// An `#undef` line.
struct Line<'u> {
    file: File<'u>,
    number: u32,
    offset: usize,
}

/// The `#undef` lines of all headers.
pub struct Undefined<'u> {
    unit: &'u Unit,
    lines: FxHashMap<&'u [u8], Vec<Line<'u>>>,
    /// What `#pragma pop_macro` names.
    popped: FxHashSet<&'u [u8]>,
    skipped: RefCell<FxHashMap<File<'u>, Vec<(u32, u32)>>>,
    directives: RefCell<FxHashMap<File<'u>, FxHashSet<usize>>>,
    /// The lines of the `#include`s that led to each file, outermost first, behind 0 for the files of `-include`, which
    /// come before all others, and 1 for those.
    chains: OnceCell<FxHashMap<File<'u>, Vec<u32>>>,
}

impl<'u> Undefined<'u> {
    /// Reads the lines of a unit's files, whatever their conditionals say.
    pub fn new(unit: &'u Unit, files: &Files<'u>) -> Self {
        let mut lines: FxHashMap<&[u8], Vec<Line<'u>>> = FxHashMap::default();
        for (file, _) in files.iter() {
            for found in macros::undef_lines(files.contents(file)) {
                let line = Line { file, number: found.line, offset: found.offset };
                lines.entry(found.name).or_default().push(line);
            }
        }
        let popped = files.iter().flat_map(|(file, _)| macros::popped_names(files.contents(file))).collect();
        let (skipped, directives) = (RefCell::default(), RefCell::default());
        Undefined { unit, lines, popped, skipped, directives, chains: OnceCell::new() }
    }

    /// The fate of the last definition of `name`, which is at `cursor`.
    pub fn fate(&self, files: &Files<'u>, name: &str, cursor: Cursor<'u>) -> Fate {
        if self.popped.contains(name.as_bytes()) {
            return Fate::Unsure;
        }
        let Some(lines) = self.lines.get(name.as_bytes()) else { return Fate::InForce };
        let position = cursor.position();
        lines.iter().map(|line| self.fate_by(line, files, position)).max().unwrap_or(Fate::InForce)
    }

    /// What one line makes of a definition.
    fn fate_by(&self, line: &Line<'u>, files: &Files<'u>, defined: Position<'u>) -> Fate {
        let Some(file) = defined.file else { return Fate::Unsure };
        // Of a file that was read twice, what was skipped or came first is true of one time only.
        if files.is_entered_again(line.file) || files.is_entered_again(file) {
            return Fate::Unsure;
        }
        let is_over = self.place(line.file, line.number) < self.place(file, defined.line);
        if is_over || self.is_skipped(line) || !self.is_directive(line, files) {
            return Fate::InForce;
        }
        Fate::Gone
    }

    fn is_directive(&self, line: &Line<'u>, files: &Files<'u>) -> bool {
        let mut known = self.directives.borrow_mut();
        let found = known.entry(line.file).or_insert_with(|| macros::directives(files.contents(line.file)));
        found.contains(&line.offset)
    }

    fn is_skipped(&self, line: &Line<'u>) -> bool {
        let mut skipped = self.skipped.borrow_mut();
        let groups = skipped.entry(line.file).or_insert_with(|| self.unit.skipped_lines(line.file));
        groups.iter().any(|(first, last)| (*first..=*last).contains(&line.number))
    }

    /// Compares like the order in which the preprocessor reads: line by line, from the outermost file inwards.
    fn place(&self, file: File<'u>, line: u32) -> Vec<u32> {
        let chains = self.chains.get_or_init(|| {
            let chain = |stack: Vec<Position<'u>>| {
                let is_included = stack.last().is_some_and(|outermost| outermost.file.is_some());
                std::iter::once(is_included.into()).chain(stack.iter().rev().map(|at| at.line)).collect()
            };
            // The first inclusion of a file is the one that is not stopped by its guard.
            self.unit.inclusions().iter().rev().map(|found| (found.file, chain(found.stack()))).collect()
        });
        let chain = chains.get(&file).into_iter().flatten();
        chain.copied().chain([line]).collect()
    }
}

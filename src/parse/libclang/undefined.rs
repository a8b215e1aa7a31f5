//! Which macros are still in force at the end of a unit: `#undef` lines, compared with definitions in the order
//! in which the preprocessor met them.

use std::cell::{OnceCell, RefCell};

use memchr::memmem;

use super::ffi::{Cursor, File, Position, Unit};
use super::files::Files;
use crate::parse::macros;
use rustc_hash::FxHashMap;

/// What became of a macro's last definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing took it back.
    InForce,
    /// An `#undef` came after it.
    Gone,
    /// Only the preprocessor knows.
    Unsure,
}

/// The `#undef` lines of all headers.
pub struct Undefined<'u> {
    unit: &'u Unit,
    lines: FxHashMap<&'u [u8], Vec<(File<'u>, u32)>>,
    skipped: RefCell<FxHashMap<File<'u>, Vec<(u32, u32)>>>,
    /// The lines of the `#include`s that led to each file, outermost first, behind 0 for the files of `-include`, which
    /// come before all others, and 1 for those.
    chains: OnceCell<FxHashMap<File<'u>, Vec<u32>>>,
    brings_back: OnceCell<bool>,
}

impl<'u> Undefined<'u> {
    /// Reads the lines of a unit's files, whatever their conditionals say.
    pub fn new(unit: &'u Unit, files: &Files<'u>) -> Self {
        let mut lines: FxHashMap<&[u8], Vec<(File<'u>, u32)>> = FxHashMap::default();
        for (file, _) in files.iter() {
            for (number, name) in macros::undefined_names(files.contents(file)) {
                lines.entry(name).or_default().push((file, number));
            }
        }
        let (skipped, chains, brings_back) = (RefCell::default(), OnceCell::new(), OnceCell::new());
        Undefined { unit, lines, skipped, chains, brings_back }
    }

    /// The fate of the last definition of `name`, which is at `cursor`.
    pub fn fate(&self, files: &Files<'u>, name: &str, cursor: Cursor<'u>) -> Fate {
        let Some(lines) = self.lines.get(name.as_bytes()) else { return Fate::InForce };
        let position = cursor.position();
        let defined = position.file.map(|file| (file, position.line));
        let fates = lines.iter().map(|line| match defined {
            // Of a file that was read twice, what was skipped or came first is true of one time only.
            Some(defined) if ![line.0, defined.0].iter().any(|file| files.is_entered_again(*file)) => {
                if self.is_skipped(*line) || self.place(*line) < self.place(defined) {
                    Fate::InForce
                } else if self.brings_back(files) {
                    Fate::Unsure
                } else {
                    Fate::Gone
                }
            }
            _ => Fate::Unsure,
        });
        fates.fold(Fate::InForce, |all, one| match (all, one) {
            (Fate::Gone, _) | (_, Fate::Gone) => Fate::Gone,
            (Fate::Unsure, _) | (_, Fate::Unsure) => Fate::Unsure,
            (Fate::InForce, Fate::InForce) => Fate::InForce,
        })
    }

    fn is_skipped(&self, (file, line): (File<'u>, u32)) -> bool {
        let mut skipped = self.skipped.borrow_mut();
        let groups = skipped.entry(file).or_insert_with(|| self.unit.skipped_lines(file));
        groups.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }

    /// Compares like the order in which the preprocessor reads: line by line, from the outermost file inwards.
    fn place(&self, (file, line): (File<'u>, u32)) -> Vec<u32> {
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

    /// Whether a `#pragma pop_macro` may bring definitions back.
    fn brings_back(&self, files: &Files<'u>) -> bool {
        let has_pop = |file| memmem::find(files.contents(file), b"pop_macro").is_some();
        *self.brings_back.get_or_init(|| files.iter().any(|(file, _)| has_pop(file)))
    }
}

//! What a run did.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::diagnostics::Diagnostic;

use super::Error;

/// What a run did.
#[derive(Debug, Default)]
pub struct Report {
    /// All outputs, in configuration order.
    pub generated: Vec<Generated>,
    /// Outputs that could not be made, if that was tolerated.
    pub skipped: Vec<Skipped>,
    /// The headers that outputs were made from and what they include, but for those of the system: digests (SHA-256,
    /// hexadecimal) by stored name.
    pub read: BTreeMap<String, String>,
    /// Findings of parser and writers about what was made now.
    pub diagnostics: Vec<Diagnostic>,
    /// The same about what came from the store.
    pub stored_diagnostics: Vec<Diagnostic>,
    /// Headers of the Linux kernel, as included, that zig's copies were bound of.
    pub kernel_headers: BTreeSet<String>,
    /// Things worth knowing.
    pub notes: Vec<String>,
    /// Things the user should act on.
    pub warnings: Vec<String>,
    /// Why outputs could not be made, by header, if that was tolerated.
    pub failures: Vec<(String, Error)>,
    /// Why no output was written, where failures are not tolerated.
    pub failure: Option<Error>,
    /// Outputs that come from what an earlier release stored.
    pub older: usize,
    /// Whether something was made that could not be stored; `warnings` tell why.
    pub is_unstored: bool,
    /// Whether that is because the store cannot be written.
    pub(super) is_unwritable: bool,
}

/// One output.
#[derive(Debug)]
pub struct Generated {
    /// Stored name of the header.
    pub header: String,
    /// Name of the writer.
    pub writer: String,
    /// Where it goes.
    pub path: PathBuf,
    /// Project-relative name of the path.
    pub name: String,
    /// Whether the caller named the path.
    pub named: bool,
    /// Its content.
    pub text: Vec<u8>,
    /// Whether it came from the store.
    pub cached: bool,
    /// Whether outputs of the writer are stored.
    pub is_kept: bool,
    /// Whether the file was written, and not equal already.
    pub written: bool,
    /// How many warnings of parser and writer say what it lacks of its header, or has otherwise.
    pub warnings: usize,
}

impl Report {
    /// The report of a run in which nothing has failed.
    pub fn checked(mut self) -> Result<Self, Error> {
        self.failure.take().map_or(Ok(self), Err)
    }

    /// Adds what the store says in detail, without what is there already.
    pub fn add_details(&mut self, details: Vec<Diagnostic>) {
        for found in details {
            if !self.diagnostics.contains(&found) && !self.stored_diagnostics.contains(&found) {
                self.stored_diagnostics.push(found);
            }
        }
    }
}

impl Generated {
    /// Whether it is what tells type checkers of another output, and lies beside it.
    pub fn is_stub_of(&self, module: &Generated) -> bool {
        self.name.strip_suffix('i') == Some(&module.name)
    }
}

/// An output that could not be made.
#[derive(Debug)]
pub struct Skipped {
    /// Stored name of the header.
    pub header: String,
    /// Name of the writer.
    pub writer: String,
    /// Why.
    pub reason: String,
}

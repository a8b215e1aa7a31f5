//! Diagnostics and hints as data; rendering is `cli::render`'s.

use serde::{Deserialize, Serialize};

use crate::ir::Location;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something was left out or looks wrong.
    Warning,
    /// The result cannot be used.
    Error,
}

/// A finding about a header.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a final period.
    pub message: String,
    /// Where, if it has a place.
    pub location: Option<Location>,
    /// Further lines, such as the include chain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Sorts diagnostics by what they are about, those about no place first; otherwise they keep their order.
pub fn in_source_order(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|one, other| one.location.cmp(&other.location));
}

impl Diagnostic {
    /// Something worth knowing. With a place it is a detail that is told only to who asks for more.
    pub fn note(message: impl Into<String>, location: Option<Location>) -> Self {
        Diagnostic { severity: Severity::Note, message: message.into(), location, notes: Vec::new() }
    }

    /// Whether it is a detail, which is told only to who asks for more.
    pub fn is_detail(&self) -> bool {
        self.severity == Severity::Note && self.location.is_some()
    }

    /// A warning at a place.
    pub fn warning(message: impl Into<String>, location: &Location) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            message: message.into(),
            location: Some(location.clone()),
            notes: Vec::new(),
        }
    }
}

/// The candidate that looks most like `word`, if one does.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    const ALIKE: f64 = 0.7;
    let score =
        |name: &str| strsim::normalized_damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase());
    let mut best: Option<(f64, &str)> = None;
    for name in candidates {
        let score = score(name);
        if score >= ALIKE && best.is_none_or(|(old, _)| score > old) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// Advice that goes with an error, kept apart from its message.
pub trait Hint {
    /// What to do next: one concrete command or key per entry.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }
}

//! A comparison as JSON and Markdown.

use serde::Serialize;
use serde_json::{Value, json};

use super::Format;

/// Version of the JSON document.
const SCHEMA_VERSION: &str = "1.0";

/// What a difference breaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaks {
    /// Programs that are compiled against the old state and meet a library of the new one.
    pub abi: bool,
    /// Sources that are compiled against the new state.
    pub api: bool,
}

impl Breaks {
    /// Nothing.
    pub const NOTHING: Breaks = Breaks { abi: false, api: false };
    /// Compiled programs only.
    pub const ABI: Breaks = Breaks { abi: true, api: false };
    /// Sources only.
    pub const API: Breaks = Breaks { abi: false, api: true };
    /// Both.
    pub const ALL: Breaks = Breaks { abi: true, api: true };

    /// Whether it breaks anything.
    pub fn any(self) -> bool {
        self.abi || self.api
    }

    /// What either of two breaks.
    pub fn or(self, other: Breaks) -> Breaks {
        Breaks { abi: self.abi || other.abi, api: self.api || other.api }
    }

    fn names(self) -> Vec<&'static str> {
        [("abi", self.abi), ("api", self.api)]
            .into_iter()
            .filter(|(_, on)| *on)
            .map(|(name, _)| name)
            .collect()
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Such as `function_removed`.
    pub kind: String,
    /// The declaration.
    pub name: String,
    /// What it breaks.
    pub breaks: Breaks,
    /// One sentence without a period.
    pub detail: String,
    /// What stood there, in C.
    pub baseline: Option<String>,
    /// What stands there now, in C.
    pub target: Option<String>,
    /// `file:line:column` of the declaration, in the baseline if it is only there.
    pub location: String,
}

/// All differences of two interfaces.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Name of the old state.
    pub baseline: String,
    /// Name of the new state.
    pub target: String,
    /// In the order of the old state; what is new follows.
    pub changes: Vec<Change>,
}

impl Comparison {
    /// Whether anything is broken.
    pub fn is_breaking(&self) -> bool {
        self.changes.iter().any(|change| change.breaks.any())
    }

    /// The text, ending in a newline.
    pub fn write(&self, format: Format) -> String {
        match format {
            Format::Json => self.json(),
            Format::Markdown => self.markdown(),
        }
    }

    fn counts(&self) -> [usize; 2] {
        let breaking = self.changes.iter().filter(|change| change.breaks.any()).count();
        [breaking, self.changes.len() - breaking]
    }

    fn json(&self) -> String {
        #[derive(Serialize)]
        struct Entry<'a> {
            kind: &'a str,
            severity: &'static str,
            breaks: Vec<&'static str>,
            name: &'a str,
            detail: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            baseline: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            target: Option<&'a str>,
            location: &'a str,
        }
        let entry = |change: &Change| {
            serde_json::to_value(Entry {
                kind: &change.kind,
                severity: if change.breaks.any() { "breaking" } else { "non_breaking" },
                breaks: change.breaks.names(),
                name: &change.name,
                detail: &change.detail,
                baseline: change.baseline.as_deref(),
                target: change.target.as_deref(),
                location: &change.location,
            })
            .unwrap_or_default()
        };
        let [breaking, non_breaking] = self.counts();
        let entries: Vec<Value> = self.changes.iter().map(entry).collect();
        let document = json!({
            "schema_version": SCHEMA_VERSION,
            "baseline": self.baseline,
            "target": self.target,
            "summary": {
                "total": self.changes.len(),
                "breaking": breaking,
                "non_breaking": non_breaking,
            },
            "entries": entries,
        });
        format!("{document:#}\n")
    }

    fn markdown(&self) -> String {
        let [breaking, non_breaking] = self.counts();
        let mut text = format!(
            "# {} compared with {}\n\n{breaking} breaking, {non_breaking} other differences.\n",
            code(&self.target),
            code(&self.baseline)
        );
        for (title, wanted) in [("Breaking", true), ("Not breaking", false)] {
            let mut kind = None;
            let mut changes: Vec<&Change> =
                self.changes.iter().filter(|change| change.breaks.any() == wanted).collect();
            changes.sort_by_key(|change| {
                // The kinds in the order of their first appearance, so that each has one list.
                self.changes.iter().position(|other| other.kind == change.kind)
            });
            if !changes.is_empty() {
                text.push_str(&format!("\n## {title}\n"));
            }
            for change in changes {
                if kind != Some(&change.kind) {
                    text.push_str(&format!("\n### {}\n\n", change.kind));
                    kind = Some(&change.kind);
                }
                text.push_str(&item(change));
            }
        }
        text
    }
}

fn item(change: &Change) -> String {
    let names = change.breaks.names().join(", ").to_uppercase();
    let breaks = if names.is_empty() { names } else { format!(" ({names})") };
    let mut text = format!("* {}{breaks}: {}\n", code(&change.name), change.detail);
    match (&change.baseline, &change.target) {
        (Some(old), Some(new)) => text.push_str(&format!("  {} → {}\n", code(old), code(new))),
        (Some(only), None) | (None, Some(only)) => text.push_str(&format!("  {}\n", code(only))),
        (None, None) => {}
    }
    text
}

/// A code span, fenced by more backticks than the text has in a row (CommonMark 6.1).
fn code(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = one_line.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if one_line.starts_with('`') || one_line.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{one_line}{pad}{fence}")
}

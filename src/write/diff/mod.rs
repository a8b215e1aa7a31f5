//! The differences between two states of an interface, each with what it breaks: programs compiled against
//! the old state (ABI), or their sources (API).
//!
//! Declarations are matched by kind and name, in C++ by qualified name and signature; those of C come first. A type that is declared in both states is compared once, where
//! it is declared; a use of it is no difference.

mod cxx;
mod declarations;
mod index;
mod records;
mod report;
mod types;

use serde_json::Value;

use super::{Error, Options, Output};
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::{Header, schema};

pub use report::{Breaks, Change, Comparison};

/// Version of the output: bump it with every change of the text.
pub(super) const VERSION: u32 = 1;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["baseline", "format"];

/// How a comparison is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// A JSON document.
    #[default]
    Json,
    /// A Markdown page.
    Markdown,
}

impl Format {
    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Format::Json),
            "markdown" => Some(Format::Markdown),
            _ => None,
        }
    }
}

/// What the new headers differ in from the old ones. Several headers of one side are one interface: a
/// declaration that moves from one to another is no difference. `names` are those of the two sides.
pub fn compare(names: [&str; 2], old: &[Header], new: &[Header]) -> Comparison {
    let changes = declarations::compare(old, new);
    let [baseline, target] = names.map(str::to_owned);
    Comparison { baseline, target, changes }
}

/// Resolved options.
pub(super) struct Settings {
    baseline: Baseline,
    format: Format,
}

/// The option `baseline`.
enum Baseline {
    /// A path that nobody has read.
    Path,
    Header(Box<Header>),
}

impl Settings {
    /// `baseline` is a path in configuration; for [`write()`] it has to be a table that holds the serialized IR
    /// under `ir`, because writers read no files.
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let bad = |option: &str, problem: String| Error::BadOption {
            writer: "diff",
            option: option.into(),
            problem,
        };
        let format = match options.get("format") {
            None => Format::default(),
            Some(value) => value
                .as_str()
                .and_then(Format::from_name)
                .ok_or_else(|| bad("format", "expected `json` or `markdown`".into()))?,
        };
        let baseline = match options.get("baseline") {
            None => {
                let problem = "is needed: the path of an IR or JSON output to compare with";
                return Err(bad("baseline", problem.into()));
            }
            Some(Value::String(_)) => Baseline::Path,
            Some(Value::Object(table)) => match table.get("ir").map(|ir| ir.as_str().unwrap_or_default()) {
                None => Baseline::Path,
                Some(text) => {
                    let header = schema::from_json(text.as_bytes())
                        .map_err(|error| bad("baseline", format!("{error}")))?;
                    Baseline::Header(Box::new(header))
                }
            },
            Some(_) => return Err(bad("baseline", "expected a path".into())),
        };
        Ok(Settings { baseline, format })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Result<Output, Error> {
    let Baseline::Header(baseline) = &settings.baseline else {
        let (writer, option) = ("diff", "baseline".into());
        return Err(Error::BadOption { writer, option, problem: "nobody has read the file".into() });
    };
    let comparison =
        compare([&baseline.path, &header.path], std::slice::from_ref(baseline), std::slice::from_ref(header));
    let diagnostics = other_target(baseline, header).into_iter().collect();
    Ok(Output { text: comparison.write(settings.format), diagnostics })
}

/// Sizes of another target differ without anybody having changed the header.
pub fn other_target(old: &Header, new: &Header) -> Option<Diagnostic> {
    let differ = !old.target.is_empty() && !new.target.is_empty() && old.target != new.target;
    differ.then(|| Diagnostic {
        severity: Severity::Warning,
        message: format!(
            "the baseline is for {}, `{}` for {}: differences of the targets count as changes",
            old.target, new.path, new.target
        ),
        location: None,
        notes: Vec::new(),
    })
}

//! `store merge`; its other commands have files of their own.

use serde_json::json;

use super::args::Store as Command;
use super::generate::counted;
use super::render::Level;
use super::{FAILED, Failure, explain, render, verify};
use crate::store;

pub(super) fn run(command: &Command, level: Level) -> Result<(), Failure> {
    let (sources, output, is_json) = match command {
        Command::Merge { sources, output, json } => (sources, output, *json),
        Command::Verify(arguments) => return verify::run(arguments, level),
        Command::Explain(arguments) => return explain::run(arguments),
    };
    let result = store::merge(sources, output);
    let text = if is_json {
        let value = json!({
            "store": output.display().to_string(),
            "new": result.new,
            "skipped": result.skipped,
            "overwritten": result.overwritten,
            "conflicts": result.conflicts,
            "errors": result.errors,
        });
        format!("{value:#}\n")
    } else {
        let mut text = format!(
            "Merged into {}:\n  New entries: {}\n  Skipped (duplicate): {}\n  Overwritten (conflict): {}\n",
            output.display(),
            result.new,
            result.skipped,
            result.overwritten
        );
        let left_out = result.errors.len() - result.conflicts;
        for (what, number) in [("Left as they are (conflict)", result.conflicts), ("Errors", left_out)] {
            if number > 0 {
                text.push_str(&format!("  {what}: {number}\n"));
            }
        }
        text
    };
    for path in result.empty.iter().filter(|_| level > Level::Quiet) {
        render::talk(&format!("warning: `{}` holds no entry: nothing was merged from it", path.display()));
    }
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    if result.errors.is_empty() {
        return Ok(());
    }
    let lines: String = result.errors.iter().map(|error| format!("  {error}\n")).collect();
    let hint = if result.conflicts > 0 {
        "hint: other libclangs or system headers made them: fill each target in one way, or name the store first whose \
         results are to stay\n"
    } else {
        ""
    };
    Err(Failure {
        text: format!("error: {} not merged\n{lines}{hint}", counted(result.errors.len(), "part")),
        status: FAILED,
    })
}

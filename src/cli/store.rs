//! `store merge|verify`.

use serde_json::json;

use super::args::Store as Command;
use super::{FAILED, Failure, cache, render};
use crate::store;

pub(super) fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Merge { sources, output } => {
            let result = store::merge(sources, output);
            let text = format!(
                "Merged into {}:\n  New entries: {}\n  Skipped (duplicate): {}\n  Overwritten (conflict): {}\n",
                output.display(),
                result.new,
                result.skipped,
                result.overwritten
            );
            render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
            if result.errors.is_empty() {
                return Ok(());
            }
            let lines: String = result.errors.iter().map(|error| format!("  {error}\n")).collect();
            Err(Failure {
                text: format!("error: {} not merged\n{lines}", result.errors.len()),
                status: FAILED,
            })
        }
        Command::Verify { json, common } => {
            let store = cache::open_existing(common)?;
            let findings = store.verify();
            if *json {
                let rows: Vec<_> = findings
                    .iter()
                    .map(|found| json!({"layer": found.layer.path(), "entry": found.slug, "problem": found.why}))
                    .collect();
                let text =
                    format!("{:#}\n", json!({"store": store.dir().display().to_string(), "problems": rows}));
                render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
            }
            if findings.is_empty() {
                if !json {
                    let text =
                        format!("{} is sound: {} entries\n", store.dir().display(), store.entries().len());
                    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
                }
                return Ok(());
            }
            let lines: String = findings
                .iter()
                .map(|found| format!("  {}/{}: {}\n", found.layer.path(), found.slug, found.why))
                .collect();
            let text = format!(
                "error: {} in {}\n{lines}hint: run `headerkit-backend generate` to repair entries, or restore them from \
                 version control\n",
                super::generate::counted(findings.len(), "problem"),
                store.dir().display()
            );
            Err(Failure { text, status: FAILED })
        }
    }
}

//! `check`: are store and outputs current? Needs no libclang.

use serde_json::json;

use super::args::{Check, Generate};
use super::generate::counted;
use super::render::{self, Level};
use super::{Failure, settings};
use crate::fsutil;
use crate::store::{Lookup, MissReason};

pub(super) fn run(arguments: &Check, level: Level) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    let wanted = Generate {
        target: arguments.target.clone(),
        common: arguments.common.clone(),
        ..Generate::default()
    };
    let session = settings::session(&wanted, &cwd)?;
    let plan = session.plan()?;
    let mut findings = Vec::new();
    let mut checked = 0;
    for (unit, planned) in session.set.units.iter().zip(&plan.units) {
        for (output, planned) in unit.outputs.iter().zip(&planned.outputs) {
            checked += 1;
            match &planned.lookup {
                Lookup::Miss(MissReason::NotKept) => checked -= 1,
                Lookup::Miss(reason) => {
                    findings.push((unit.name.clone(), output.writer.clone(), reason.to_string()));
                }
                // Outputs need not be committed: only one that is there and differs is stale.
                Lookup::Hit(hit) => match fs_err::read(&output.path) {
                    Ok(text) if fsutil::sha256(&text) != hit.metadata.artifact.sha256 => {
                        let problem = format!("`{}` differs from the store", output.name);
                        findings.push((unit.name.clone(), output.writer.clone(), problem));
                    }
                    _ => {}
                },
            }
        }
    }
    if arguments.json {
        let rows: Vec<_> = findings
            .iter()
            .map(|(header, writer, problem)| json!({"header": header, "writer": writer, "problem": problem}))
            .collect();
        let value = json!({"target": session.target.to_string(), "checked": checked, "problems": rows});
        render::data(format!("{value:#}\n").as_bytes())
            .map_err(|error| Failure::io("standard output", &error))?;
    }
    if findings.is_empty() {
        if level > Level::Quiet {
            render::talk(&format!("{} current for {}", counted(checked, "output"), session.target));
        }
        return Ok(());
    }
    let rows: String = findings
        .iter()
        .map(|(header, writer, problem)| format!("  {header} ({writer}): {problem}\n"))
        .collect();
    let text = format!(
        "error: {} of {} not current for {}\n{rows}hint: run `headerkit-backend generate` where libclang is, and commit \
         the store\n",
        findings.len(),
        counted(checked, "output"),
        session.target
    );
    Err(Failure { text, status: super::FAILED })
}

//! `generate`, which is also what headers without a command mean.

use std::time::Instant;

use serde_json::json;

use super::args::Generate;
use super::render::{self, Level};
use super::{FAILED, Failure, interrupt, settings};
use crate::diagnostics::Severity;
use crate::generate::{Files, Generated, Policy, Report, Session};

pub(super) fn run(arguments: &Generate, level: Level, bare: bool) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    if bare && arguments.headers.is_empty() {
        return Err(Failure::usage(
            "no headers given; try `headerkit-backend --help`, or `headerkit-backend generate` for those that the \
             configuration names",
        ));
    }
    let started = Instant::now();
    let session = settings::session(arguments, &cwd)?.renewing();
    if session.set.units.is_empty() {
        return nothing(&session, level);
    }
    let to_stdout = is_single(arguments, &session) && !arguments.json;
    let plan = session.plan()?;
    if level == Level::Verbose {
        session.describe(&plan).iter().for_each(|line| render::talk(line));
    }
    let files = if to_stdout { Files::None } else { Files::All };
    interrupt::arm();
    let watch = render::watch(level, "header");
    let report = session.attempt(&plan, Policy { tolerate_failures: false, files, leaves_index: false });
    drop(watch);
    // A signal that came too late to stop anything changes nothing.
    let mut report = report.or_else(|error| interrupt::check().and(Err(error.into())))?;
    if arguments.json || level == Level::Verbose {
        report.add_details(session.stored_details(&plan));
    }
    talk(&report, level);
    let report = report.checked()?;
    if to_stdout {
        let text = report.generated.first().map(|output| output.text.as_slice()).unwrap_or_default();
        return render::data(text).map_err(|error| Failure::io("standard output", &error));
    }
    if arguments.json {
        return render::data(as_json(&report, &session).as_bytes())
            .map_err(|error| Failure::io("standard output", &error));
    }
    if level > Level::Quiet {
        summary(&report, &session, level);
    }
    if level == Level::Verbose {
        render::talk(&format!("{:.1} ms", started.elapsed().as_secs_f64() * 1e3));
    }
    Ok(())
}

/// Why there is no header to generate anything for, and what to do. A project of extensions alone needs none.
fn nothing(session: &Session, level: Level) -> Result<(), Failure> {
    if !session.config.headers.is_empty() {
        let text = "error: `exclude` leaves none of the configured headers\n".into();
        return Err(Failure { text, status: FAILED });
    }
    if !session.config.extensions.is_empty() {
        if level > Level::Quiet {
            render::talk("note: the project has extensions and no headers; there is nothing to generate");
        }
        return Ok(());
    }
    Err(Failure::usage(
        "no headers are given, and none are configured under [tool.headerkit.headers]\n\
         hint: `headerkit-backend init` configures a project; `headerkit-backend generate HEADER -w WRITER` needs no \
         configuration",
    ))
}

/// One header, one writer and no path anywhere: the text itself is wanted.
fn is_single(arguments: &Generate, session: &Session) -> bool {
    let [unit] = session.set.units.as_slice() else { return false };
    // A stub comes after the module that it belongs to, which is what is wanted.
    let Some(output) = unit.outputs.first() else { return false };
    arguments.headers.len() == 1
        && arguments.outputs.is_empty()
        && arguments.writers.len() == 1
        && !session.config.outputs.contains_key(&output.writer)
        && session.config.headers.iter().all(|rule| !rule.output.contains_key(&output.writer))
}

fn talk(report: &Report, level: Level) {
    // What the store remembers was said when it was made.
    let stored = report.stored_diagnostics.iter().filter(|_| level == Level::Verbose);
    for diagnostic in report.diagnostics.iter().chain(stored) {
        let least = match diagnostic.severity {
            Severity::Error => Level::Quiet,
            _ if diagnostic.is_detail() => Level::Verbose,
            _ => Level::Normal,
        };
        if level >= least {
            render::error(&render::finding(diagnostic));
        }
    }
    if level > Level::Quiet {
        report.notes.iter().for_each(|note| render::talk(&format!("note: {note}")));
    }
    report.warnings.iter().for_each(|warning| render::talk(&format!("warning: {warning}")));
}

fn summary(report: &Report, session: &Session, level: Level) {
    render::talk(&format!(
        "headerkit-backend: processed {} for {}, {}",
        counted(session.headers(), "header"),
        session.target,
        counted(report.generated.len(), "output"),
    ));
    let is_told = |output: &&Generated| output.written || level == Level::Verbose;
    for output in report.generated.iter().filter(is_told) {
        let state = match (output.cached, output.written) {
            (true, true) => " (from the store)",
            (true, false) => " (from the store, unchanged)",
            (false, true) => "",
            (false, false) => " (unchanged)",
        };
        render::talk(&format!("  {}: {}{state}", output.writer, output.name));
    }
    let untold: Vec<_> = report.generated.iter().filter(|output| !is_told(output)).collect();
    if !untold.is_empty() {
        let is_stored = if untold.iter().all(|output| output.cached) { ", from the store" } else { "" };
        render::talk(&format!("  {} unchanged{is_stored}", counted(untold.len(), "output")));
    }
}

pub(super) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn as_json(report: &Report, session: &Session) -> String {
    let outputs: Vec<_> = report
        .generated
        .iter()
        .map(|output| {
            json!({
                "header": output.header,
                "writer": output.writer,
                "path": output.name,
                "cached": output.cached,
                "written": output.written,
            })
        })
        .collect();
    let value = json!({
        "target": session.target.to_string(),
        "outputs": outputs,
        "diagnostics": report.diagnostics.iter().chain(&report.stored_diagnostics).collect::<Vec<_>>(),
        "notes": report.notes,
        "warnings": report.warnings,
    });
    format!("{value:#}\n")
}

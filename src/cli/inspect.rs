//! `inspect config|args|ir|schema|warnings`.

use serde_json::{Value, json};

use super::args::{Inspect, Subject};
use super::{Failure, render, settings};
use crate::config::{Config, Text};
use crate::env;
use crate::generate::{Files, Policy, Session};

pub(super) fn run(arguments: &Inspect) -> Result<(), Failure> {
    if let Subject::Schema = arguments.what {
        return schema(&arguments.generate.headers);
    }
    let cwd = settings::cwd()?;
    let session = settings::session(&arguments.generate, &cwd)?;
    let text = match arguments.what {
        Subject::Config => format!("{:#}\n", config(&session)).into_bytes(),
        Subject::Args => {
            let lines: Vec<String> = session
                .clang_arguments()?
                .iter()
                .map(|(header, line)| format!("# {header}\n{line}\n"))
                .collect();
            lines.concat().into_bytes()
        }
        Subject::Ir => session.reading_once().ir()?.concat(),
        Subject::Schema => Vec::new(),
        Subject::Warnings => warnings(session, arguments.generate.json)?.into_bytes(),
    };
    render::data(&text).map_err(|error| Failure::io("standard output", &error))
}

/// The schemas that the wheel brings.
fn schema(names: &[String]) -> Result<(), Failure> {
    let text = match names {
        [name] if name == "ir" => include_str!("../../shim/headerkit_backend/schemas/ir.schema.json"),
        [name] if name == "config" => include_str!("../../shim/headerkit_backend/schemas/config.schema.json"),
        _ => return Err(Failure::usage("`inspect schema` takes `ir` or `config`")),
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

/// What parser and writers said of each output, now or when it was stored.
fn warnings(mut session: Session, as_json: bool) -> Result<String, Failure> {
    let plan = session.plan()?;
    let is_detailed = as_json || env::is_verbose();
    let details = if is_detailed { session.stored_details(&plan) } else { Vec::new() };
    // Who only asks changes nothing: what the store lacks is made and forgotten.
    session.config.cache.no_cache.value = true;
    let policy = Policy { tolerate_failures: false, files: Files::None, leaves_index: true };
    let mut report = session.run(&plan, policy)?;
    report.add_details(details);
    let found = report.diagnostics.iter().chain(&report.stored_diagnostics);
    let told = found.filter(|found| is_detailed || !found.is_detail());
    if as_json {
        return Ok(format!("{:#}\n", json!(told.collect::<Vec<_>>())));
    }
    Ok(told.map(|found| format!("{}\n", render::plain_finding(found))).collect())
}

fn config(session: &Session) -> Value {
    let Config { scope, store_dir, cache, libclang, .. } = &session.config;
    let with_origin = |value: Value, origin: String| json!({"value": value, "origin": origin});
    let texts = |list: &[Text]| list.iter().map(|text| text.written.clone()).collect::<Vec<_>>();
    let headers: Vec<Value> = session
        .set
        .units
        .chunk_by(|one, other| one.name == other.name)
        .filter_map(|readings| {
            let unit = readings.first()?;
            let outputs: Vec<_> = readings
                .iter()
                .flat_map(|unit| &unit.outputs)
                .map(|output| json!({"writer": output.writer, "path": output.name}))
                .collect();
            Some(json!({
                "header": unit.name,
                "exists": unit.exists,
                "include_dirs": unit.include_dirs.iter().map(|dir| &dir.written).collect::<Vec<_>>(),
                "defines": unit.defines,
                "backend_args": unit.arguments,
                "outputs": outputs,
            }))
        })
        .collect();
    json!({
        "project": session.config.project.display().to_string(),
        "file": session.config.file.as_ref().map(|path| path.display().to_string()),
        "target": with_origin(
            session.target.to_string().into(),
            session.config.target.as_ref().map_or("default".into(), |target| target.origin.to_string()),
        ),
        "store_dir": with_origin(session.store_dir().display().to_string().into(), store_dir.origin.to_string()),
        "scope": with_origin(scope.value.name().into(), scope.origin.to_string()),
        "libclang": with_origin(libclang.value.name().into(), libclang.origin.to_string()),
        "no_cache": with_origin(cache.no_cache.value.into(), cache.no_cache.origin.to_string()),
        "no_ir_cache": with_origin(cache.no_ir.value.into(), cache.no_ir.origin.to_string()),
        "no_output_cache": with_origin(cache.no_output.value.into(), cache.no_output.origin.to_string()),
        "writers": session.config.writers,
        "own": texts(&session.config.own),
        "symbols": texts(&session.config.symbols),
        "exclude": texts(&session.config.exclude),
        "headers": headers,
    })
}

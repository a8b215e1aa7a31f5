//! The hidden command behind the Python API: one [`Call`] on standard input, one [`Response`] on standard output,
//! a line of JSON each.

mod generate;
mod select;

use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Failure, render};
use crate::config::{self, Config, FileChoice, Overrides, Sources};
use crate::diagnostics::Hint;
use crate::env;
use crate::generate::{self as pipeline, writer_infos};
use crate::hooks::Messages;
use crate::ir::schema;
use crate::protocol::{Call, ErrorReport, PROTOCOL_VERSION, Response};
use crate::store;
use crate::write::{Options, WriterKind};

/// Serves one call.
pub(super) fn run() -> Result<(), Failure> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| Failure::io("standard input", &error))?;
    let mut messages = Messages::default();
    let result = serde_json::from_slice(line.as_bytes())
        .map_err(|error| usage(format!("the call is not valid: {error}")))
        .and_then(|call| perform(&call, &mut messages));
    let (result, error) = match result {
        Ok(value) => (value, None),
        Err(error) => (Value::Null, Some(error)),
    };
    let Messages { warnings, notes, .. } = messages;
    let response = Response { protocol: PROTOCOL_VERSION, result, warnings, notes, error };
    let mut text = serde_json::to_vec(&response).map_err(|error| Failure::io("response", &error.into()))?;
    text.push(b'\n');
    render::data(&text).map_err(|error| Failure::io("standard output", &error))
}

fn perform(call: &Call, messages: &mut Messages) -> Result<Value, ErrorReport> {
    if call.protocol != PROTOCOL_VERSION {
        return Err(usage(
            "the Python package and the binary are of different releases: reinstall them".into(),
        ));
    }
    match call.call.as_str() {
        "generate" => generate::run(arguments(call)?, &call.python, messages),
        "headers" => select::headers(&arguments(call)?),
        "output_path" => select::output_path(&arguments(call)?),
        "target" => target(&arguments(call)?, call),
        "process_target" => Ok(json!(machine(call)?.target.to_string())),
        "store_merge" => Ok(merge(&arguments(call)?)),
        "writers" => Ok(writers()),
        "write" => write(&arguments(call)?),
        unknown => Err(usage(format!("there is no call `{unknown}`"))),
    }
}

fn arguments<T: DeserializeOwned>(call: &Call) -> Result<T, ErrorReport> {
    serde_json::from_slice(call.arguments.to_string().as_bytes())
        .map_err(|error| ErrorReport { kind: "TypeError".into(), text: format!("bad arguments: {error}") })
}

/// A call that no released Python package makes.
fn usage(text: String) -> ErrorReport {
    ErrorReport { kind: "HeaderkitError".into(), text }
}

/// An error as the exception of this name.
fn raise(kind: &str, error: &(impl std::error::Error + Hint)) -> ErrorReport {
    ErrorReport { kind: kind.into(), text: render::message(error, &[]) }
}

impl From<pipeline::Error> for ErrorReport {
    fn from(error: pipeline::Error) -> Self {
        ErrorReport { kind: error.exception().into(), text: render::message(&error, error.diagnostics()) }
    }
}

impl From<config::Error> for ErrorReport {
    fn from(error: config::Error) -> Self {
        pipeline::Error::from(error).into()
    }
}

fn load(project: &Path, file: FileChoice, overrides: Overrides) -> Result<Config, config::Error> {
    config::load(Sources { project, file, overrides, environment: &env::get }, &writer_infos())
}

fn machine(call: &Call) -> Result<pipeline::Machine, ErrorReport> {
    crate::hooks::machine(&call.python).map_err(|error| raise("TargetError", &error))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    target: Option<String>,
    project: PathBuf,
}

/// The target of a run: the one given, else that of environment and configuration, else the interpreter's.
fn target(asked: &Target, call: &Call) -> Result<Value, ErrorReport> {
    let written = match &asked.target {
        Some(target) => Some(target.clone()),
        None => load(&asked.project, FileChoice::Auto, Overrides::default())?.target()?,
    };
    let resolved = match written {
        Some(text) => crate::target::Target::parse(&text).map_err(|error| raise("TargetError", &error))?,
        None => machine(call)?.target,
    };
    Ok(json!(resolved.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Merge {
    sources: Vec<PathBuf>,
    target: PathBuf,
}

fn merge(asked: &Merge) -> Value {
    let merged = store::merge(&asked.sources, &asked.target);
    json!({
        "new_entries": merged.new,
        "skipped_entries": merged.skipped,
        "overwritten_entries": merged.overwritten,
        "errors": merged.errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn writers() -> Value {
    let one = |kind: WriterKind| {
        json!({
            "name": kind.name(),
            "description": kind.description(),
            "output_extension": format!(".{}", kind.extension()),
            "default_output_pattern": kind.default_pattern(),
        })
    };
    WriterKind::ALL.into_iter().map(one).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    writer: String,
    options: Options,
    ir: String,
}

/// Runs one built-in writer on a stored IR.
fn write(asked: &Write) -> Result<Value, ErrorReport> {
    let Some(kind) = WriterKind::from_name(&asked.writer) else {
        return Err(ErrorReport {
            kind: "ValueError".into(),
            text: format!("there is no writer `{}`", asked.writer),
        });
    };
    let header = schema::from_json(asked.ir.as_bytes())
        .map_err(|error| ErrorReport { kind: "ValueError".into(), text: error.to_string() })?;
    let output = kind.write(&header, &asked.options).map_err(pipeline::Error::from)?;
    let diagnostics: Vec<String> = output.diagnostics.iter().map(render::plain_finding).collect();
    Ok(json!({"text": output.text, "diagnostics": diagnostics}))
}

//! `generate`, `generate_all` and `batch_generate`.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::{args, render, settings};
use super::{load, usage};
use crate::config::{Caller, FileChoice, Origin, Overrides, Valued};
use crate::diagnostics::Severity;
use crate::generate::{Files, Host, Policy, Report, Session};
use crate::hooks::{self, Messages};
use crate::protocol::{ErrorReport, Python};

/// What the caller says, on top of the project's configuration.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Generate {
    headers: Vec<String>,
    exclude: Vec<String>,
    /// Text in place of the one header's.
    code: Option<String>,
    writers: Vec<String>,
    backend: Option<String>,
    include_dirs: Vec<String>,
    defines: Vec<String>,
    extra_args: Vec<String>,
    own: Vec<String>,
    scope: Option<String>,
    language: Option<String>,
    writer_options: BTreeMap<String, Map<String, Value>>,
    /// Writer to path or template.
    outputs: BTreeMap<String, String>,
    /// Directory of the outputs that `outputs` does not name.
    output_dir: Option<String>,
    /// Pattern to what is added for the headers it matches.
    header_overrides: BTreeMap<String, Rule>,
    store_dir: Option<String>,
    no_cache: bool,
    no_ir_cache: bool,
    no_output_cache: bool,
    target: Option<String>,
    /// The project directory; default: the one of the working directory.
    project: Option<PathBuf>,
    /// Whether every output is written, and not only those whose path is named.
    write_all: bool,
}

/// Settings of the headers that a pattern matches.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rule {
    include_dirs: Vec<String>,
    defines: Vec<String>,
    #[serde(alias = "backend_args")]
    extra_args: Vec<String>,
}

pub(super) fn run(
    mut asked: Generate,
    python: &Python,
    messages: &mut Messages,
) -> Result<Value, ErrorReport> {
    let cwd = settings::cwd().map_err(|failure| usage(failure.text))?;
    let project = asked.project.as_ref().map_or_else(|| settings::project(&cwd), |path| cwd.join(path));
    let cwd = if asked.project.is_some() { project.clone() } else { cwd };
    let files = if asked.write_all { Files::All } else { Files::Named };
    let headers = asked.headers.clone();
    let rules = std::mem::take(&mut asked.header_overrides);
    let mut config = load(&project, FileChoice::Auto, overrides(asked)?)?;
    for (pattern, rule) in rules {
        config.add_rule(&pattern, &rule.include_dirs, &rule.defines, &rule.extra_args);
    }
    let mut machine = hooks::machine(python).map_err(|error| super::raise("TargetError", &error))?;
    machine.host = Host::Caller(Arc::new(ask));
    let session = settings::open(config, &headers, &cwd, machine)?.renewing();
    let plan = session.plan()?;
    let report = session.attempt(&plan, Policy { tolerate_failures: false, files, leaves_index: false })?;
    messages.notes.extend(report.notes.iter().cloned());
    messages.warnings.extend(report.warnings.iter().cloned());
    for found in &report.diagnostics {
        let is_note = found.severity == Severity::Note;
        let texts = if is_note { &mut messages.notes } else { &mut messages.warnings };
        texts.push(render::plain_finding(found));
    }
    Ok(answer(&report.checked()?, &session, files))
}

/// Puts a question to the calling process: a line of JSON out, a line of JSON in.
fn ask(question: &Value) -> std::io::Result<Value> {
    render::data(format!("{question}\n").as_bytes())?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(serde_json::from_slice(line.as_bytes())?)
}

fn overrides(asked: Generate) -> Result<Overrides, ErrorReport> {
    if let Some(name) = asked.backend.filter(|name| name != "libclang") {
        return Err(ErrorReport {
            kind: "ValueError".into(),
            text: format!("there is no parser `{name}`; `backend_name` takes `libclang`"),
        });
    }
    let flag = |on: bool, name: &str| on.then(|| typed(true, name));
    let reading = args::Reading {
        include_dirs: asked.include_dirs.clone(),
        defines: asked.defines.clone(),
        backend_args: asked.extra_args.clone(),
        scope: asked.scope.clone(),
    };
    let typed_alike = args::Generate { headers: asked.headers, reading, ..Default::default() };
    let words = settings::words(&typed_alike, &asked.writers);
    Ok(Overrides {
        target: asked.target.map(|target| typed(target, "target")),
        store_dir: asked.store_dir.map(|dir| typed(dir, "store_dir")),
        no_cache: flag(asked.no_cache, "no_cache"),
        no_ir_cache: flag(asked.no_ir_cache, "no_ir_cache"),
        no_output_cache: flag(asked.no_output_cache, "no_output_cache"),
        inner_backend: None,
        scope: asked.scope.map(|scope| typed(scope, "scope")),
        language: asked.language.map(|language| typed(language, "language")),
        writers: asked.writers,
        include_dirs: asked.include_dirs,
        defines: asked.defines,
        arguments: asked.extra_args,
        exclude: asked.exclude,
        outputs: asked.outputs.into_iter().collect(),
        output_dir: asked.output_dir,
        writer_options: asked
            .writer_options
            .into_iter()
            .flat_map(|(writer, options)| {
                options.into_iter().map(move |(key, value)| (writer.clone(), key, value))
            })
            .collect(),
        own: asked.own,
        caller: Caller::Python,
        words,
        code: asked.code,
    })
}

fn typed<T>(value: T, name: &str) -> Valued<T> {
    Valued { value, origin: Origin::Argument(name.into()) }
}

fn answer(report: &Report, session: &Session, files: Files) -> Value {
    let outputs: Vec<_> = report
        .generated
        .iter()
        // A batch lists every file; otherwise there is one result per writer, also where one writes two files.
        .filter(|output| files == Files::All || session.config.writers.contains(&output.writer))
        .map(|output| {
            let path = (files == Files::All || output.named).then(|| output.path.display().to_string());
            json!({
                "header": output.header,
                "writer": output.writer,
                "text": String::from_utf8_lossy(&output.text),
                "path": path,
                "cached": output.cached,
            })
        })
        .collect();
    json!({
        "target": session.target.to_string(),
        "outputs": outputs,
        "headers": session.headers(),
    })
}

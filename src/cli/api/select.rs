//! `resolve_headers` and `resolve_output_path`: what patterns and templates mean, without generating.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::settings;
use super::{load, usage};
use crate::config::{Caller, FileChoice, Overrides};
use crate::env;
use crate::generate::{Error, writer_infos};
use crate::headers::{self, HeaderSet};
use crate::protocol::ErrorReport;

/// A writer whose outputs need no thought here.
const ANY_WRITER: &str = "json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Headers {
    patterns: Vec<String>,
    exclude: Vec<String>,
    project: PathBuf,
}

/// The headers that patterns select, and the patterns that selected each.
pub(super) fn headers(asked: &Headers) -> Result<Value, ErrorReport> {
    let overrides = Overrides { exclude: asked.exclude.clone(), ..Overrides::default() };
    let project = absolute(&asked.project)?;
    let mut found: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for pattern in &asked.patterns {
        for unit in select(&project, pattern, overrides.clone())?.units {
            found.entry(unit.path.display().to_string()).or_default().push(pattern);
        }
    }
    Ok(json!(found))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputPath {
    template: String,
    header: String,
    project: PathBuf,
}

/// The path that a template gives for a header, which need not exist.
pub(super) fn output_path(asked: &OutputPath) -> Result<Value, ErrorReport> {
    let overrides = Overrides {
        outputs: vec![(ANY_WRITER.into(), asked.template.clone())],
        code: Some(String::new()),
        ..Overrides::default()
    };
    let set = select(&absolute(&asked.project)?, &asked.header, overrides)?;
    let output = set.units.first().and_then(|unit| unit.outputs.first());
    Ok(json!(output.map(|output| output.path.display().to_string())))
}

fn select(project: &Path, pattern: &str, overrides: Overrides) -> Result<HeaderSet, ErrorReport> {
    let overrides = Overrides { writers: vec![ANY_WRITER.into()], caller: Caller::Python, ..overrides };
    let mut config = load(project, FileChoice::None, overrides)?;
    config.look_up(pattern, &env::get);
    let selected = headers::select(&config, &[pattern.to_owned()], project, &writer_infos());
    Ok(selected.map_err(Error::from)?)
}

fn absolute(project: &Path) -> Result<PathBuf, ErrorReport> {
    Ok(settings::cwd().map_err(|failure| usage(failure.text))?.join(project))
}

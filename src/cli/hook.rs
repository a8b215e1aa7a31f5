//! `hook`: one JSON request on standard input and one response on standard output, or a call by hand.

use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use super::args::Hook;
use super::{FAILED, Failure, render, settings};
use crate::env;
use crate::generate::interpreter;
use crate::hooks::{self, Messages};
use crate::progress;
use crate::protocol::{Arguments, ErrorReport, PROTOCOL_VERSION, Python, Request, Response};

/// Asks an interpreter what the shim would say of it.
const FACTS: &str = "\
import json, os, sys, sysconfig
try: libc = os.confstr('CS_GNU_LIBC_VERSION')
except Exception: libc = None
print(json.dumps({'executable': sys.executable, 'path': [p for p in sys.path if p], 'version': sys.version_info[:3],
 'platform': sysconfig.get_platform(), 'implementation': sys.implementation.name, 'host_gnu_type': sysconfig.get_config_var('HOST_GNU_TYPE'), 'libc': libc,
 'ext_suffix': sysconfig.get_config_var('EXT_SUFFIX'), 'soabi': sysconfig.get_config_var('SOABI'),
 'include': sysconfig.get_path('include')}))";

pub(super) fn run(arguments: &Hook) -> Result<(), Failure> {
    progress::tell_by(|text| render::talk(&format!("headerkit: {text}")));
    if arguments.project.is_some() || arguments.out.is_some() {
        return by_hand(arguments);
    }
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).map_err(|error| Failure::io("standard input", &error))?;
    let mut messages = Messages::default();
    let result = match request(&text, &arguments.name) {
        Ok(request) => hooks::run(&request, &mut messages).map_err(|error| report(&error)),
        Err(error) => Err(error),
    };
    let (result, error) = match result {
        Ok(value) => (value, None),
        Err(error) => (Value::Null, Some(error)),
    };
    let Messages { warnings, mut notes, findings } = messages;
    notes.extend(findings.iter().map(render::plain_finding));
    if let Some(path) = env::path(env::WARNINGS) {
        remember(&path, &warnings).map_err(|error| Failure::io(&path.display().to_string(), &error))?;
    }
    let response = Response { protocol: PROTOCOL_VERSION, result, warnings, notes, error };
    let failed = response.error.is_some();
    let text = serde_json::to_vec(&response).map_err(|error| Failure::io("response", &error.into()))?;
    render::data(&text).map_err(|error| Failure::io("standard output", &error))?;
    // The text of the error is in the response: whoever reads that prints it.
    if failed { Err(Failure::silent()) } else { Ok(()) }
}

/// Appends warnings to a file, each as a line of JSON.
fn remember(path: &Path, warnings: &[String]) -> std::io::Result<()> {
    let mut file = fs_err::OpenOptions::new().append(true).create(true).open(path)?;
    warnings.iter().try_for_each(|text| writeln!(file, "{}", Value::from(text.as_str())))
}

fn report(error: &hooks::Error) -> ErrorReport {
    ErrorReport { kind: error.kind().into(), text: render::block(error.kind(), error, error.diagnostics()) }
}

fn request(text: &[u8], hook: &str) -> Result<Request, ErrorReport> {
    let fail = |problem: String, hint: &str| ErrorReport {
        kind: "error".into(),
        text: format!("error: hook `{hook}` got a request that is {problem}\nhint: {hint}\n"),
    };
    let by_hand = "call hooks by hand with `headerkit-backend hook NAME --project DIR --out DIR`";
    if let Err(error) = std::str::from_utf8(text) {
        let around = &text[error.valid_up_to().saturating_sub(40)..text.len().min(error.valid_up_to() + 20)];
        return Err(fail(
            format!("not UTF-8 near `{}`", String::from_utf8_lossy(around)),
            "rename the directory: paths that are not UTF-8 cannot be named in wheels and stores",
        ));
    }
    let request: Request =
        serde_json::from_slice(text).map_err(|error| fail(format!("not valid: {error}"), by_hand))?;
    if request.hook != hook {
        return Err(fail(format!("meant for hook `{}`", request.hook), by_hand));
    }
    Ok(request)
}

fn by_hand(arguments: &Hook) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    let project = match &arguments.project {
        Some(path) => cwd.join(path),
        None => settings::project(&cwd),
    };
    let project =
        project.canonicalize().map_err(|error| Failure::io(&project.display().to_string(), &error))?;
    let out = match &arguments.out {
        Some(path) => Some(settings::utf8(&cwd.join(path))?.to_owned()),
        None => None,
    };
    if let Some(out) = &out {
        fs_err::create_dir_all(out).map_err(|error| Failure::io("output directory", &error))?;
    }
    let takes = |suffix: &str| arguments.name.ends_with(suffix).then(|| out.clone()).flatten();
    let request = Request {
        protocol: PROTOCOL_VERSION,
        hook: arguments.name.clone(),
        project: settings::utf8(&project)?.to_owned(),
        arguments: Arguments {
            wheel_directory: takes("build_wheel").or_else(|| takes("build_editable")),
            sdist_directory: takes("build_sdist"),
            metadata_directory: if arguments.name.starts_with("prepare_metadata") {
                out.clone()
            } else {
                None
            },
            config_settings: config_settings(&arguments.config_settings),
        },
        python: facts(arguments.python.as_deref())?,
    };
    let mut messages = Messages::default();
    let result = hooks::run(&request, &mut messages);
    messages.notes.iter().for_each(|note| render::talk(&format!("note: {note}")));
    messages.findings.iter().for_each(|found| render::error(&render::finding(found)));
    messages.warnings.iter().for_each(|warning| render::talk(&format!("warning: {warning}")));
    match result {
        Ok(value) => {
            let text = value.as_str().map_or_else(|| format!("{value:#}"), str::to_owned);
            render::data(format!("{text}\n").as_bytes())
                .map_err(|error| Failure::io("standard output", &error))
        }
        Err(error) => Err(Failure { text: report(&error).text, status: FAILED }),
    }
}

/// As front ends read them: a repeated key makes a list.
fn config_settings(typed: &[String]) -> Option<Value> {
    let mut settings = Map::new();
    for text in typed {
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        let value = Value::from(value);
        match settings.get_mut(key) {
            None => {
                settings.insert(key.into(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    (!settings.is_empty()).then_some(Value::Object(settings))
}

/// Asks the interpreter about itself: the one given, the one of the binary's environment, or python3.
pub(super) fn facts(python: Option<&Path>) -> Result<Python, Failure> {
    let python = python.map_or_else(interpreter, Path::to_owned);
    let what = format!("cannot ask the interpreter `{}`", python.display());
    let output =
        Command::new(&python).args(["-c", FACTS]).output().map_err(|error| Failure::io(&what, &error))?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let stderr = String::from_utf8_lossy(&output.stderr);
        Failure { text: format!("error: {what}: {error}\n{stderr}"), status: FAILED }
    })
}

//! From arguments to a resolved configuration.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::args::{Common, Generate};
use super::{FAILED, Failure};
use crate::config::{self, Caller, Config, FileChoice, Origin, Overrides, Sources, Valued};
use crate::env;
use crate::generate::{self, DEFAULT_STORE, Machine, Session, writer_infos};

/// The working directory, which must exist and have a name that can be stored.
pub(super) fn cwd() -> Result<PathBuf, Failure> {
    let cwd = std::env::current_dir().map_err(|error| Failure::io("the working directory", &error))?;
    utf8(&cwd)?;
    Ok(cwd)
}

/// A path as text; paths that are not UTF-8 cannot be named in stores and wheels.
pub(super) fn utf8(path: &Path) -> Result<&str, Failure> {
    path.to_str().ok_or_else(|| Failure {
        text: format!("error: the path `{}` is not UTF-8\nhint: rename the directory\n", path.display()),
        status: FAILED,
    })
}

/// The project of the working directory: the nearest directory upwards with a configuration file, else
/// the working directory itself.
pub(super) fn project(cwd: &Path) -> PathBuf {
    let has =
        |folder: &&Path| folder.join("pyproject.toml").is_file() || folder.join(".headerkit.toml").is_file();
    cwd.ancestors().find(has).unwrap_or(cwd).to_owned()
}

/// The configuration for a command that takes no headers.
pub(super) fn load(common: &Common, cwd: &Path) -> Result<Config, config::Error> {
    load_with(common, cwd, Overrides::default())
}

fn load_with(common: &Common, cwd: &Path, overrides: Overrides) -> Result<Config, config::Error> {
    let file = match &common.config {
        Some(path) => FileChoice::Path(cwd.join(path)),
        None if common.no_config => FileChoice::None,
        None => FileChoice::Auto,
    };
    // A configuration file that is named is the project's, wherever the command runs.
    let project = match &file {
        FileChoice::Path(path) => path.parent().map_or_else(|| project(cwd), Path::to_owned),
        _ => project(cwd),
    };
    let overrides =
        Overrides { store_dir: common.store_dir.clone().map(|dir| typed(dir, "--store-dir")), ..overrides };
    config::load(Sources { project: &project, file, overrides, environment: &env::get }, &writer_infos())
}

/// The session for a command that takes headers.
pub(super) fn session(arguments: &Generate, cwd: &Path) -> Result<Session, Failure> {
    let config = configuration(arguments, cwd)?;
    let machine = Machine::of_binary().map_err(|error| Failure::new(&error))?;
    Ok(open(config, &arguments.headers, cwd, machine)?)
}

/// The configuration for a command that takes headers.
pub(super) fn configuration(arguments: &Generate, cwd: &Path) -> Result<Config, Failure> {
    Ok(load_with(&arguments.common, cwd, overrides(arguments)?)?)
}

/// Whether there is a place to store something: a project, or a store that is named. A command in just any
/// directory leaves nothing behind there.
pub(super) fn has_store(config: &Config) -> bool {
    let is_project = config.file.is_some() || config.project.join("pyproject.toml").is_file();
    let named = config.store_dir.origin != Origin::Default || config.project.join(DEFAULT_STORE).is_dir();
    is_project || named
}

/// The session for headers relative to `cwd`.
pub(super) fn open(
    mut config: Config,
    headers: &[String],
    cwd: &Path,
    machine: Machine,
) -> Result<Session, generate::Error> {
    for header in headers {
        config.look_up(header, &env::get);
    }
    if !has_store(&config) {
        config.cache.no_cache = Valued::new(true, Origin::Default);
    }
    Session::open(config, headers, cwd, machine)
}

fn typed<T>(value: T, flag: &str) -> Valued<T> {
    Valued { value, origin: Origin::CommandLine(flag.into()) }
}

fn overrides(arguments: &Generate) -> Result<Overrides, Failure> {
    if let Some(name) = arguments.backend.as_ref().filter(|name| *name != "libclang") {
        return Err(Failure::usage(&format!("there is no parser `{name}`; `--backend` takes `libclang`")));
    }
    let mut writers = arguments.writers.clone();
    let mut outputs = Vec::new();
    for text in &arguments.outputs {
        let (writer, template) = output(text, &arguments.writers)?;
        if !writers.contains(&writer) {
            writers.push(writer.clone());
        }
        outputs.push((writer, template));
    }
    let flag = |on: bool, name: &str| on.then(|| typed(true, name));
    let words = words(arguments, &writers);
    Ok(Overrides {
        target: arguments.target.clone().map(|target| typed(target, "--target")),
        store_dir: None,
        no_cache: flag(arguments.no_cache, "--no-cache"),
        no_ir_cache: flag(arguments.no_ir_cache, "--no-ir-cache"),
        no_output_cache: flag(arguments.no_output_cache, "--no-output-cache"),
        inner_backend: None,
        scope: arguments.reading.scope.clone().map(|scope| typed(scope, "--scope")),
        language: None,
        writers,
        include_dirs: arguments.reading.include_dirs.clone(),
        defines: arguments.reading.defines.clone(),
        arguments: arguments.reading.backend_args.clone(),
        exclude: arguments.exclude.clone(),
        outputs,
        output_dir: None,
        writer_options: arguments
            .writer_options
            .iter()
            .map(|text| writer_option(text))
            .collect::<Result<_, _>>()?,
        own: Vec::new(),
        caller: Caller::CommandLine,
        words,
        code: None,
    })
}

/// What was typed that decides what is made, but for the target: to be typed again in a command that is proposed.
pub(super) fn words(arguments: &Generate, writers: &[String]) -> String {
    let mut words = String::new();
    let mut add = |flag: &str, values: &[String]| {
        for value in values {
            words.push_str(&format!(" {flag}{}", quoted(value)));
        }
    };
    add("", &arguments.headers);
    add("-w ", writers);
    add("-I ", &arguments.reading.include_dirs);
    add("-D ", &arguments.reading.defines);
    add("--backend-arg=", &arguments.reading.backend_args);
    add("--scope ", arguments.reading.scope.as_slice());
    add("--writer-opt ", &arguments.writer_options);
    add("--exclude ", &arguments.exclude);
    words + &options(&arguments.common)
}

/// The typed options that choose configuration and store, to be typed again.
pub(super) fn options(common: &Common) -> String {
    let mut text = String::new();
    if let Some(path) = &common.config {
        text.push_str(&format!(" --config {}", quoted(&path.display().to_string())));
    }
    if let Some(dir) = &common.store_dir {
        text.push_str(&format!(" --store-dir {}", quoted(dir)));
    }
    if common.no_config {
        text.push_str(" --no-config");
    }
    text
}

/// A word as a shell reads it.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| c.is_alphanumeric() || "-_./=:+\\,".contains(c));
    if is_plain { text.to_owned() } else { format!("'{text}'") }
}

/// `WRITER:PATH`, or a bare path if one writer is named.
pub(super) fn output(text: &str, writers: &[String]) -> Result<(String, String), Failure> {
    // One letter before a colon is a drive.
    let is_name = |name: &str| name.len() > 1 && !name.contains(['/', '\\', '.', '{']);
    let named =
        text.split_once(':').filter(|(name, _)| is_name(name) || writers.iter().any(|known| known == name));
    match (named, writers) {
        (Some((writer, template)), _) if !template.is_empty() => Ok((writer.into(), template.into())),
        (None, [writer]) if !text.contains(':') => Ok((writer.clone(), text.into())),
        _ => {
            let names: Vec<_> = writer_infos().into_iter().map(|info| info.name).collect();
            Err(Failure::usage(&format!(
                "`-o {text}` does not say which writer's output it is; write `-o WRITER:PATH` with one of {}",
                names.join(", ")
            )))
        }
    }
}

fn writer_option(text: &str) -> Result<(String, String, Value), Failure> {
    let parts = text.split_once(':').and_then(|(writer, rest)| Some((writer, rest.split_once('=')?)));
    match parts {
        Some((writer, (key, value))) if !writer.is_empty() && !key.is_empty() => {
            Ok((writer.into(), key.into(), value.into()))
        }
        _ => Err(Failure::usage(&format!("`--writer-opt {text}` is not of the form WRITER:KEY=VALUE"))),
    }
}

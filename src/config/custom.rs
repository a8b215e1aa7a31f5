//! Writers that are not built in: what `[tool.headerkit.writer.NAME]` says of the writer itself.

use super::error::Error;
use super::place::{Place, Text};
use super::{OptionValue, WriterOptions};
use serde_json::Value;

/// Keys of a writer's table that are settings of the writer; all others are its options.
const SETTINGS: &[&str] = &["command", "output_extension", "cache_version", "cache_output"];

/// A writer that is not built in.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomWriter {
    /// Where its name stands first.
    pub place: Place,
    /// Program and arguments; without, it is an entry point of the building Python.
    pub command: Option<Vec<Text>>,
    /// Extension of its output, without the dot.
    pub output_extension: Option<String>,
    /// Part of the store's key.
    pub cache_version: Option<String>,
    /// Whether its outputs are stored.
    pub cache_output: Option<bool>,
}

impl CustomWriter {
    /// A writer that is only named.
    pub(super) fn named(place: Place) -> Self {
        CustomWriter { place, command: None, output_extension: None, cache_version: None, cache_output: None }
    }

    /// Takes the settings out of a writer's table.
    pub(super) fn take(&mut self, table: &mut WriterOptions) -> Result<(), Error> {
        if let Some(option) = table.remove("command") {
            self.command = Some(command(&option)?);
        }
        if let Some(option) = table.remove("output_extension") {
            self.output_extension = Some(extension(&option)?);
        }
        if let Some(option) = table.remove("cache_version") {
            self.cache_version = Some(match &option.value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                other => return Err(wrong(&option, "a string or an integer", other)),
            });
        }
        if let Some(option) = table.remove("cache_output") {
            let flag = option.value.as_bool();
            self.cache_output = Some(flag.ok_or_else(|| wrong(&option, "true or false", &option.value))?);
        }
        Ok(())
    }
}

/// Fails if options, of one header or typed, hold a setting of the writer: a program to run is only
/// ever named by the project's file, for all headers.
pub(super) fn check_options(writer: &str, options: &WriterOptions) -> Result<(), Error> {
    match options.iter().find(|(key, _)| SETTINGS.contains(&key.as_str())) {
        None => Ok(()),
        Some((key, option)) => Err(Error::bad_with(
            &option.place,
            format!("`{key}` is a setting of the writer itself, not an option"),
            format!("set it in [tool.headerkit.writer.{writer}]"),
        )),
    }
}

fn command(option: &OptionValue) -> Result<Vec<Text>, Error> {
    let fail = || wrong(option, "a list of strings", &option.value);
    let words = option.value.as_array().ok_or_else(fail)?.iter().map(|word| {
        let written = word.as_str().ok_or_else(fail)?.to_owned();
        Ok(Text { written, place: option.place.clone() })
    });
    let words: Vec<Text> = words.collect::<Result<_, Error>>()?;
    if words.first().is_none_or(|program| program.written.is_empty()) {
        return Err(Error::bad_with(
            &option.place,
            "`command` names no program",
            "write program and arguments, such as `command = [\"{python}\", \"tools/writer.py\"]`",
        ));
    }
    Ok(words)
}

fn extension(option: &OptionValue) -> Result<String, Error> {
    let written = option.value.as_str().ok_or_else(|| wrong(option, "a string", &option.value))?;
    let text = written.strip_prefix('.').unwrap_or(written);
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if text.len() <= 32 && text.split('.').all(part) {
        return Ok(text.to_owned());
    }
    Err(Error::bad_with(
        &option.place,
        format!("`{written}` is no file name extension"),
        "use letters and digits, such as `output_extension = \"tsv\"`",
    ))
}

fn wrong(option: &OptionValue, expected: &'static str, found: &Value) -> Error {
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "table",
    };
    Error::WrongType { place: Box::new(option.place.clone()), expected, found: found.into() }
}

//! The C source of a cffi module, which cffi itself writes from declarations.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::extension::{Extension, Language, Source};
use super::object;
use super::state::{Made, State};
use super::{Error, Python};
use crate::config::Place;
use crate::fsutil;

const SCRIPT: &str = include_str!("cffi.py");

/// `cffi` of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cffi {
    /// Header whose declarations the module has, relative to the project.
    pub header: String,
    /// What stands at the start of the C source.
    pub(super) prelude: String,
    /// The project's file that has it, if it is one.
    pub(super) file: Option<String>,
    pub(super) language: Language,
    /// Where the extension is configured.
    pub(super) place: String,
    /// The file and line where the start of the C source is written, if it is in one.
    pub(super) origin: Option<(String, usize)>,
    /// The user's own lines among the declarations, each with its option.
    pub(super) extra: Vec<(String, Place)>,
}

/// Stands where the text of the user's ends, until its line is known.
const RESUME: &str = "#line 1 \"\"";

impl Cffi {
    /// The error for a header whose declarations cannot be had, and what to do.
    pub fn unavailable(&self, problem: String, hint: String) -> Error {
        Error::Setting { place: self.place.clone(), problem, hint }
    }

    /// Digest of all that a source is written from.
    pub(super) fn fingerprint(&self, extension: &Extension, cdef: &str, python: &Python) -> String {
        let all = [SCRIPT, &extension.name, cdef, &self.prelude, &version(python)].join("\0");
        fsutil::sha256(all.as_bytes())
    }

    /// The C source.
    pub(super) fn source(&self, extension: &Extension, directory: &Path) -> Source {
        let suffix = if self.language == Language::Cxx { "cpp" } else { "c" };
        let path = directory.join(format!("{}.cffi.{suffix}", extension.last_name()));
        Source { name: object::text(&path), language: self.language }
    }

    /// Has the C source written, unless it is there already.
    pub(super) fn write(
        &self,
        extension: &Extension,
        cdef: &str,
        python: &Python,
        directory: &Path,
        state: &mut State,
    ) -> Result<(), Error> {
        let name = self.source(extension, directory).name;
        let path = PathBuf::from(&name);
        let fit = &state.fit;
        let prelude: String = fit.hiding.iter().fold(self.prelude.clone(), |text, name| {
            // What hides a declaration is needed no more behind the text that declares it.
            format!("{text}\n#undef {name}")
        });
        // Compilers then name the user's own lines.
        let prelude = match &self.origin {
            Some((file, line)) => format!("#line {line} {}\n{prelude}\n{RESUME}", quoted(file)),
            None => prelude,
        };
        let left_out: Vec<&str> = fit.left_out().map(String::as_str).collect();
        let fingerprint = self.fingerprint(extension, cdef, python);
        let fingerprint = fsutil::sha256(
            [&fingerprint, &prelude, &left_out.join(" ")].map(String::as_str).join("\0").as_bytes(),
        );
        let written = || fs_err::read(&path).map(|content| fsutil::sha256(&content));
        if let Some(made) = &state.written
            && made.fingerprint == fingerprint
            && written().is_ok_and(|digest| digest == made.output)
        {
            return Ok(());
        }
        let request = json!({
            "sys_path": python.sys_path,
            "module": extension.name,
            "cdef": cdef,
            "source": prelude,
            "left_out": left_out,
            "path": name,
        });
        let io = |path: &Path, source| Error::Io {
            extension: extension.name.clone(),
            path: path.display().to_string(),
            source,
        };
        run(python, directory, &request.to_string())
            .map_err(|source| io(&python.executable, source))?
            .map_err(|output| Error::Cffi {
                extension: extension.name.clone(),
                header: self.header.clone(),
                output: self.placed(&output, cdef),
            })?;
        resume(&path).map_err(|source| io(&path, source))?;
        let output = written().map_err(|source| io(&path, source))?;
        state.written = Some(Made { fingerprint, inputs: BTreeMap::new(), output });
        Ok(())
    }
}

impl Cffi {
    /// What cffi says, behind the place of the line that it is about, if the user has written that.
    fn placed(&self, output: &str, cdef: &str) -> String {
        let number = output.split_once("<cdef source string>:").and_then(|(_, rest)| {
            rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse::<usize>().ok()
        });
        let line = number.and_then(|number| cdef.lines().nth(number.checked_sub(1)?));
        let found = line.and_then(|line| self.extra.iter().find(|(own, _)| own.trim() == line.trim()));
        match found {
            Some((line, place)) => format!("{place}: `extra_cdef`: {}\n{output}", line.trim()),
            None => output.to_owned(),
        }
    }
}

/// A string of C.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Has compilers count the lines of a source again behind the user's text. The name has no directory: that is another on
/// each machine, and objects are shared.
fn resume(path: &Path) -> std::io::Result<()> {
    let text = fs_err::read_to_string(path)?;
    let Some(line) = text.lines().position(|line| line == RESUME) else { return Ok(()) };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let text = text.replacen(RESUME, &format!("#line {} {}", line + 2, quoted(&name)), 1);
    fsutil::write_atomic(path, text.as_bytes()).map(drop)
}

/// Runs the script; what it says if it fails is the inner error.
fn run(python: &Python, directory: &Path, request: &str) -> std::io::Result<Result<(), String>> {
    let mut child = Command::new(&python.executable)
        .args(["-c", SCRIPT])
        .env("PYTHONUTF8", "1")
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // An interpreter that ends before it has read all says why.
        drop(stdin.write_all(request.as_bytes()));
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    Ok(match output.status.success() {
        true => Ok(()),
        false if said.is_empty() => Err(output.status.to_string()),
        false => Err(said),
    })
}

/// The text that has cffi's version: another cffi may write another source.
fn version(python: &Python) -> String {
    let files = python.sys_path.iter().map(|entry| PathBuf::from(entry).join("cffi").join("__init__.py"));
    files.filter_map(|file| fs_err::read_to_string(file).ok()).next().unwrap_or_default()
}

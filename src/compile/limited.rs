//! `limited_api` is kept: every symbol of Python that a module uses is one that Python.h declares for that version.
//!
//! The compiler sees to that where sources call what the headers declare. What sources or libraries declare themselves
//! shows only in the finished module, so its symbols are looked up in the headers once more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::extension::{Extension, Language, Source};
use super::object::{self, Job};
use super::state::{Made, State};
use super::{Audit, Error, Setting, Toolchain};
use crate::fsutil;

/// Makes an error of the symbols that the limited API of the extension's version lacks. The compiler is started only
/// for a module that has other symbols than the last time.
pub(super) fn check(
    extension: &Extension,
    audit: &Audit,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
    state: &mut State,
) -> Result<(), Error> {
    let Some(wanted) = extension.limited_api.filter(|_| setting.python.takes_limited_api()) else {
        return Ok(());
    };
    let names: Vec<&str> = audit.python.iter().map(String::as_str).collect();
    let lookup = Lookup { extension, toolchain, setting, job };
    let command = lookup.command(&lookup.source(), wanted);
    let fingerprint = toolchain.fingerprint(&[command, vec![text(&names)]].concat());
    if state.limited.as_ref().is_some_and(|made| made.fingerprint == fingerprint) {
        return Ok(());
    }
    let mut missing = lookup.undeclared(&names, wanted)?;
    if missing.is_empty() {
        state.limited = Some(Made { fingerprint, ..Made::default() });
        return Ok(());
    }
    let mut since: BTreeMap<String, Option<u32>> =
        missing.iter().map(|name| ((*name).to_owned(), None)).collect();
    for minor in wanted.1 + 1..=setting.python.version.1 {
        let still = lookup.undeclared(&missing, (wanted.0, minor))?;
        for name in missing.iter().filter(|name| !still.contains(name)) {
            since.insert((*name).to_owned(), Some(minor));
        }
        missing = still;
    }
    Err(Error::Limited {
        extension: extension.name.clone(),
        version: wanted.1,
        newest: setting.python.version.1,
        symbols: since.into_iter().collect(),
    })
}

struct Lookup<'l> {
    extension: &'l Extension,
    toolchain: &'l Toolchain,
    setting: &'l Setting<'l>,
    job: &'l Job<'l>,
}

impl Lookup<'_> {
    /// The file that the compiler is given.
    fn source(&self) -> Source {
        let (suffix, language) =
            if self.extension.is_cxx() { ("cpp", Language::Cxx) } else { ("c", Language::C) };
        Source { name: object::text(&self.job.directory.join(format!("limited.{suffix}"))), language }
    }

    /// The extension's own flags are about its own sources.
    fn command(&self, source: &Source, version: (u32, u32)) -> Vec<String> {
        let bare = Extension {
            limited_api: Some(version),
            cflags: vec!["-w".to_owned()],
            launcher: Vec::new(),
            defines: Vec::new(),
            include_dirs: Vec::new(),
            ..self.extension.clone()
        };
        self.toolchain.compile(&bare, source, self.setting)
    }

    /// Those that Python.h does not declare for a version of the limited API.
    fn undeclared<'n>(&self, names: &[&'n str], version: (u32, u32)) -> Result<Vec<&'n str>, Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let source = self.source();
        let path = Path::new(&source.name);
        fsutil::write_atomic(path, text(names).as_bytes()).map_err(|error| self.job.io(path, error))?;
        let mut command = self.command(&source, version);
        let [output, listed] = ["part", "d"].map(|suffix| object::text(&path.with_extension(suffix)));
        command.extend(self.toolchain.dialect.source(&source, &output, &listed));
        let Err(error) = self.job.run(&command, "looking up the limited API") else { return Ok(Vec::new()) };
        let Error::Failed { output, .. } = &error else { return Err(error) };
        // The number stands behind a colon, or between parentheses.
        let start = path.file_name().unwrap_or_default().to_string_lossy();
        let number = |behind: &str| behind.get(1..)?.split([':', ',', ')']).next()?.parse().ok();
        let lines: BTreeSet<usize> = output
            .lines()
            .filter(|line| line.contains(": error"))
            .filter_map(|line| number(line.split_once(&*start)?.1))
            .collect();
        // A line of its own each, from the first on.
        let found: Vec<&str> =
            lines.into_iter().filter_map(|line| names.get(line.checked_sub(1)?)).copied().collect();
        if found.is_empty() { Err(error) } else { Ok(found) }
    }
}

/// A source that compiles if all names are declared; each stands on the line of its number.
fn text(names: &[&str]) -> String {
    // With this macro some functions have other names, and those without it are still known.
    let mut text =
        "#define PY_SSIZE_T_CLEAN\n#include <Python.h>\nvoid lookup(void); void lookup(void) {\n#line 1\n"
            .to_owned();
    for name in names {
        text.push_str(&format!("(void)&{name};\n"));
    }
    text + "}\n"
}

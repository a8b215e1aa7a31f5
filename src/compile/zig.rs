//! Sources in Zig. Each is the root of what it imports; `@import("python")` is Python.h, as zig translates it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::extension::{Extension, Language, Source};
use super::object::{self, Job};
use super::state::{Made, State};
use super::{Error, Python, Setting, Toolchain};
use crate::fsutil;

/// What sources import.
const MODULE: &str = "python";
/// The start of what names another file of the module.
const NAMES_FILES: [&str; 2] = ["@import(\"", "@embedFile(\""];

/// The files that a source imports or embeds, directly or through others, relative to the project as the source is;
/// those are not looked for that zig brings. Whether `python` is among the imports is the second value.
pub(super) fn imports(project: &Path, source: &str) -> (BTreeSet<String>, bool) {
    let mut found = BTreeSet::new();
    let mut has_python = false;
    let mut pending = vec![source.to_owned()];
    while let Some(file) = pending.pop() {
        // What cannot be read keeps zig from compiling, which says so.
        let text = fs_err::read(project.join(&file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        for start in NAMES_FILES {
            for part in text.split(start).skip(1) {
                let name = part.split('"').next().unwrap_or_default();
                has_python |= name == MODULE;
                // Names without a suffix are modules.
                if start == NAMES_FILES[0] && !name.ends_with(".zig") && !name.ends_with(".zon") {
                    continue;
                }
                let name = beside(&file, name);
                if name != source && found.insert(name.clone()) && name.ends_with(".zig") {
                    pending.push(name);
                }
            }
        }
    }
    (found, has_python)
}

/// A path that stands in a file, as a path from where the file's path starts.
fn beside(file: &str, name: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Has zig translate Python.h, if a source imports it and that is not done already.
pub(super) fn translate(
    extension: &Extension,
    toolchain: &Toolchain,
    setting: &Setting<'_>,
    job: &Job<'_>,
    state: &mut State,
) -> Result<(), Error> {
    let imports_python = |source: &Source| imports(setting.project, &source.name).1;
    if !extension.has_zig() || !extension.sources.iter().any(imports_python) {
        return Ok(());
    }
    let header = job.directory.join("python.h");
    let module = python_module(job.directory);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| job.io(&path, source)
    };
    let text = b"#define PY_SSIZE_T_CLEAN\n#include <Python.h>\n";
    fsutil::write_atomic(&header, text).map_err(failed(&header))?;
    let mut command = toolchain.zig("translate-c");
    // What is asserted names the header's path.
    command.extend(["-lc", "-DNDEBUG"].map(str::to_owned));
    command.extend(python_flags(extension, setting.python));
    let fingerprint = toolchain.fingerprint(&command);
    // These two change with every release and every way to build it.
    let headers = ["patchlevel.h", "pyconfig.h"].map(|name| format!("{}/{name}", setting.python.include));
    let digest = |name: String| Some((name.clone(), job.digests.of(setting.project, &name)?));
    let inputs: BTreeMap<String, String> = headers.into_iter().filter_map(digest).collect();
    let written = || fs_err::read(&module).map(|content| fsutil::sha256(&content));
    if let Some(made) = &state.translated
        && (&made.fingerprint, &made.inputs) == (&fingerprint, &inputs)
        && written().is_ok_and(|digest| digest == made.output)
    {
        return Ok(());
    }
    command.push(object::text(&header));
    let text = job.run(&command, "translating `Python.h`")?;
    fsutil::write_atomic(&module, &text).map_err(failed(&module))?;
    state.translated = Some(Made { fingerprint, inputs, output: fsutil::sha256(&text) });
    Ok(())
}

fn python_module(directory: &Path) -> std::path::PathBuf {
    directory.join("python.zig")
}

fn python_flags(extension: &Extension, python: &Python) -> Vec<String> {
    let mut flags = Vec::new();
    if let Some((major, minor)) = extension.limited_api.filter(|_| python.takes_limited_api()) {
        flags.push(format!("-DPy_LIMITED_API=0x{major:02x}{minor:02x}0000"));
    }
    if !python.include.is_empty() {
        flags.push(format!("-I{}", python.include));
    }
    flags
}

/// The command that compiles a source, without the files themselves.
pub(super) fn command(extension: &Extension, toolchain: &Toolchain, python: &Python) -> Vec<String> {
    let mut command = toolchain.zig("build-obj");
    // What zig writes for debuggers has the paths of this machine.
    command.extend(["-O", "ReleaseFast", "-fPIC", "-fstrip", "-lc"].map(str::to_owned));
    // For `@cImport`, which zig has had until 0.16.
    command.extend(extension.defines.iter().map(|define| format!("-D{define}")));
    command.extend(extension.include_dirs.iter().map(|dir| format!("-I{dir}")));
    command.extend(python_flags(extension, python));
    command.extend(extension.cflags.iter().cloned());
    command
}

/// Compiles. The object appears as a whole or not at all.
pub(super) fn compile(
    job: &Job<'_>,
    source: &Source,
    command: &[String],
    fingerprint: String,
) -> Result<Made, Error> {
    let (mut files, has_python) = imports(job.project, &source.name);
    files.insert(source.name.clone());
    let module = object::text(&python_module(job.directory));
    if has_python {
        files.insert(module.clone());
    }
    let digest = |name: String| {
        let digest = job.digests.of(job.project, &name).unwrap_or_default();
        (name, digest)
    };
    let wanted = Made { fingerprint, inputs: files.into_iter().map(digest).collect(), output: String::new() };
    let mut made = None;
    let step = format!("compiling `{}`", source.name);
    job.produce(&object::path(job.directory, &source.name), wanted, &mut made, &step, &|unfinished| {
        let mut command = command.to_vec();
        command.push(format!("-femit-bin={unfinished}"));
        if has_python {
            command.extend(["--dep".to_owned(), MODULE.to_owned()]);
        }
        command.push(format!("-Mroot={}", source.name));
        if has_python {
            command.push(format!("-M{MODULE}={module}"));
        }
        command
    })?;
    Ok(made.unwrap_or_default())
}

impl Extension {
    /// Whether zig has to compile it, or a library that it links.
    pub(super) fn has_zig(&self) -> bool {
        let mut sources = self.archives.iter().chain([self]).flat_map(|part| &part.sources);
        sources.any(|source| source.language == Language::Zig)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn imports_are_followed() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("src/root.zig", "const s = @import(\"std\"); const a = @import(\"sub/a.zig\");");
        write("src/sub/a.zig", "const d = @embedFile(\"../data.txt\"); const r = @import(\"../root.zig\");");
        let (files, has_python) = imports(directory.path(), "src/root.zig");
        assert_eq!(files.into_iter().collect::<Vec<_>>(), ["src/data.txt", "src/sub/a.zig"]);
        assert!(!has_python);
        write("src/sub/a.zig", "const py = @import(\"python\");");
        assert!(imports(directory.path(), "src/root.zig").1);
    }
}

//! What a module for another system needs of that system's Python: its pyconfig.h and, on Windows, the import library
//! of its DLL. Python's other headers are the same everywhere, so those of the building interpreter serve.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fs_err as fs;
use object::read::{Object, ObjectSymbol};

use super::{Error, Platform, Python};
use crate::fsutil;
use crate::target::Target;

const PYCONFIG: &str = include_str!("pyconfig.h");
/// What stands before it for interpreters without the global lock (PEP 703).
const FREE_THREADED: &str = "#define Py_GIL_DISABLED 1\n";
const NAME: &str = "pyconfig.h";

impl Python {
    /// This interpreter as it is on a platform; its headers are put below `directory`, if they are others.
    pub fn on(self, platform: &Platform, directory: &Path) -> Result<Self, Error> {
        let target = &platform.target;
        // On Windows pyconfig.h is for Microsoft's compiler only.
        if platform.is_native && target.os() != "windows" {
            return Ok(self);
        }
        let foreign = |problem: String| Error::ForeignPython { target: target.to_string(), problem };
        match self.implementation() {
            Some(("cpython", version)) if !version.ends_with('d') => {}
            _ => return Err(foreign("only ordinary builds of CPython are known on other systems".into())),
        }
        python_of(&self, target, directory).map_err(|error| foreign(error.to_string()))
    }
}

fn python_of(python: &Python, target: &Target, directory: &Path) -> std::io::Result<Python> {
    let flags = if python.is_free_threaded() { "t" } else { "" };
    let (major, minor) = python.version;
    let ext_suffix = match (target.os(), target.arch()) {
        ("windows", arch) => {
            let platform = match arch {
                "x86_64" => "win_amd64",
                "aarch64" => "win_arm64",
                _ => "win32",
            };
            format!(".cp{major}{minor}{flags}-{platform}.pyd")
        }
        ("macos", _) => format!(".cpython-{major}{minor}{flags}-darwin.so"),
        _ => {
            let platform = target.multiarch();
            // Python tells musl from glibc since 3.11.
            let platform = if minor < 11 { platform.replace("-musl", "-gnu") } else { platform };
            format!(".cpython-{major}{minor}{flags}-{platform}.so")
        }
    };
    let include = headers(python, directory)?.display().to_string();
    Ok(Python { ext_suffix, include, ..python.clone() })
}

/// The directory of the interpreter's headers with another pyconfig.h. Python.h includes it by a name in quotes, which
/// finds what lies beside Python.h before anything else: so the headers are copied.
fn headers(python: &Python, directory: &Path) -> std::io::Result<PathBuf> {
    let pyconfig = format!("{}{PYCONFIG}", if python.is_free_threaded() { FREE_THREADED } else { "" });
    let source = Path::new(&python.include);
    let version = fs::read_to_string(source.join("patchlevel.h"))?;
    let digest = fsutil::sha256([&python.include, "\0", &version, "\0", &pyconfig].concat().as_bytes());
    let headers = directory.join(format!("python-{}", &digest[..16]));
    if headers.join(NAME).is_file() {
        return Ok(headers);
    }
    fs::create_dir_all(directory)?;
    let unfinished = tempfile::tempdir_in(directory)?;
    copy(source, unfinished.path())?;
    fs::write(unfinished.path().join(NAME), pyconfig)?;
    match fs::rename(unfinished.path(), &headers) {
        // Another build was faster.
        Err(_) if headers.join(NAME).is_file() => Ok(headers),
        renamed => renamed.map(|()| headers),
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        if path.is_dir() {
            fs::create_dir_all(to.join(&name))?;
            copy(&path, &to.join(&name))?;
        } else if path.is_file() && name != NAME {
            fs::copy(&path, to.join(&name))?;
        }
    }
    Ok(())
}

/// What is to be imported from Python's DLL.
pub(super) struct Imports {
    /// Name of the DLL, such as `python311.dll`.
    pub dll: String,
    /// What dlltool calls the architecture.
    pub machine: &'static str,
    functions: BTreeSet<String>,
    /// What is referred to through `__imp_` only.
    data: BTreeSet<String>,
}

impl Imports {
    /// What objects of a target take from Python: every symbol that none of them defines and that is called as Python
    /// calls its own.
    pub fn of<'o>(
        objects: impl Iterator<Item = &'o Path>,
        python: &Python,
        target: &Target,
        is_limited: bool,
    ) -> std::io::Result<Self> {
        let (major, minor) = python.version;
        let dll = match (is_limited, python.is_free_threaded()) {
            (true, _) => format!("python{major}.dll"),
            (false, true) => format!("python{major}{minor}t.dll"),
            (false, false) => format!("python{major}{minor}.dll"),
        };
        let (machine, prefix) = match target.arch() {
            "x86_64" => ("i386:x86-64", ""),
            "aarch64" => ("arm64", ""),
            _ => ("i386", "_"),
        };
        let mut imports = Imports { dll, machine, functions: BTreeSet::new(), data: BTreeSet::new() };
        for path in objects {
            let content = fs::read(path)?;
            let object = object::File::parse(content.as_slice()).map_err(std::io::Error::other)?;
            for symbol in object.symbols().filter(|symbol| symbol.is_undefined()) {
                let Ok(name) = symbol.name() else { continue };
                let (set, name) = match name.strip_prefix("__imp_") {
                    Some(name) => (&mut imports.data, name),
                    None => (&mut imports.functions, name),
                };
                let name = name.strip_prefix(prefix).unwrap_or(name);
                if super::audit::is_python(name) {
                    set.insert(name.to_owned());
                }
            }
        }
        Ok(imports)
    }

    /// The module definition that dlltool reads.
    pub fn definition(&self) -> String {
        let mut text = format!("LIBRARY {}\nEXPORTS\n", self.dll);
        self.functions.iter().for_each(|name| text.push_str(&format!("{name}\n")));
        // `DATA` leaves out the jump that what is called directly needs besides `__imp_name`.
        let data = self.data.difference(&self.functions);
        data.for_each(|name| text.push_str(&format!("{name} DATA\n")));
        text
    }
}

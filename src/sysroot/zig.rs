//! Finds zig: the `ziglang` wheel of the building interpreter, or a program.
//!
//! As for libclang, nothing is taken from the project or the current directory.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fs_err as fs;

use super::{Error, Sysroot, headers};
use crate::env;
use crate::roots::normalize;
use crate::target::Target;

/// The oldest release whose headers are known to serve.
pub(super) const OLDEST: (u32, u32) = (0, 12);

/// Prints `sys.path` without the current directory, which `-c` puts first.
const SYS_PATH: &str = "import sys; print('\\n'.join(entry for entry in sys.path if entry))";

/// What the search starts from.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The building interpreter's `sys.path`.
    pub sys_path: Vec<PathBuf>,
    /// The interpreter that is asked for its `sys.path` if the given one has no zig.
    pub python: PathBuf,
    /// The project, where nothing is taken from.
    pub project: PathBuf,
}

/// An installed zig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zig {
    /// Its directory `lib`.
    lib: PathBuf,
    version: String,
}

impl Zig {
    /// The first that is found: the program that [`env::ZIG`] names and nothing else, the wheel `ziglang` of the
    /// building interpreter, a program `zig` on PATH, the wheel of the interpreter of the commands.
    pub fn find(places: &Places) -> Result<Zig, Error> {
        let named = env::get(env::ZIG).filter(|path| !path.is_empty()).map(PathBuf::from);
        let zig = match named {
            Some(path) if path.is_dir() => {
                Zig::ask(&path.join(format!("zig{}", std::env::consts::EXE_SUFFIX)))?
            }
            Some(path) => Zig::ask(&path)?,
            None => Zig::search(places)?,
        };
        match release(&zig.version) {
            Some(release) if release >= OLDEST => Ok(zig),
            _ => Err(Error::ZigTooOld { path: zig.lib.display().to_string(), version: zig.version }),
        }
    }

    fn search(places: &Places) -> Result<Zig, Error> {
        if let Some(zig) = installed(&places.sys_path, &places.project) {
            return Ok(zig);
        }
        if let Ok(program) = which::which("zig") {
            return Zig::ask(&program);
        }
        if let Some(zig) = sys_path_of(&places.python).and_then(|path| installed(&path, &places.project)) {
            return Ok(zig);
        }
        Err(Error::ZigMissing {
            searched: vec![
                env::ZIG.into(),
                "`ziglang` in the building Python".into(),
                "`zig` on PATH".into(),
                format!("`ziglang` in `{}`", places.python.display()),
            ],
        })
    }

    /// Asks a program where its files are.
    fn ask(program: &Path) -> Result<Zig, Error> {
        let unusable = |problem: String| Error::ZigUnusable { path: program.display().to_string(), problem };
        let output = Command::new(program)
            .arg("env")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| unusable(error.to_string()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        match (value_of(&text, "lib_dir"), value_of(&text, "version")) {
            (Some(lib), Some(version)) if output.status.success() => {
                let lib = program.parent().unwrap_or(Path::new("")).join(lib);
                Ok(Zig { lib, version: version.to_owned() })
            }
            _ => Err(unusable("`zig env` does not tell `lib_dir` and `version`".into())),
        }
    }

    /// The program.
    pub fn program(&self) -> PathBuf {
        let beside = self.lib.parent().unwrap_or(&self.lib);
        beside.join(format!("zig{}", std::env::consts::EXE_SUFFIX))
    }

    /// The directory of its headers and libraries.
    pub fn lib(&self) -> &Path {
        &self.lib
    }

    /// Its version, such as `0.15.2`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The headers of a target, for C or C++.
    pub fn sysroot(&self, target: &Target, is_cxx: bool) -> Result<Sysroot, Error> {
        if is_cxx && target.env() == "msvc" {
            return Err(Error::NoCxx { target: target.to_string() });
        }
        let version = Some(self.version.clone());
        headers::find(&self.lib, &self.version, target)
            .ok_or_else(|| Error::NoHeaders { target: target.to_string(), version })
    }
}

/// The first wheel of `ziglang` that is installed on a `sys.path`.
fn installed(sys_path: &[PathBuf], project: &Path) -> Option<Zig> {
    let project = normalize(project);
    let usable = |entry: &&PathBuf| entry.is_absolute() && normalize(entry) != project;
    sys_path.iter().filter(usable).find_map(|entry| {
        let lib = entry.join("ziglang").join("lib");
        let version = distribution_version(entry).filter(|_| lib.join("libc").is_dir())?;
        Some(Zig { lib, version })
    })
}

/// The version in `ziglang-0.17.0.dist-info`.
fn distribution_version(entry: &Path) -> Option<String> {
    let entries = fs::read_dir(entry).ok()?;
    entries.flatten().find_map(|item| {
        let name = item.file_name();
        Some(name.to_str()?.strip_prefix("ziglang-")?.strip_suffix(".dist-info")?.to_owned())
    })
}

fn sys_path_of(python: &Path) -> Option<Vec<PathBuf>> {
    let output = Command::new(python)
        .args(["-c", SYS_PATH])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.lines().map(PathBuf::from).collect())
}

/// The string of a key in what `zig env` prints: JSON (`"lib_dir": "..."`), since 0.15 ZON (`.lib_dir = "..."`).
fn value_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let line = line.trim_start().trim_start_matches(['{', '.', '"']);
        let rest = line.strip_prefix(key)?.trim_start_matches(['"', ' ', ':', '=']);
        rest.split('"')
            .next()
            .filter(|_| !line[key.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}

/// Major and minor version.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_of_zig_env_are_read() {
        let zon = ".{\n    .zig_exe = \"/z/zig\",\n    .lib_dir = \"/z/lib\",\n    .version = \"0.17.1\",\n}";
        let json = "{\n \"zig_exe\": \"/z/zig\",\n \"lib_dir\": \"/z/lib\",\n \"version\": \"0.12.0\"\n}";
        for (text, version) in [(zon, "0.17.1"), (json, "0.12.0")] {
            assert_eq!(
                (value_of(text, "lib_dir"), value_of(text, "version")),
                (Some("/z/lib"), Some(version))
            );
        }
        assert_eq!(value_of(zon, "lib"), None);
        assert!(release("0.11.0") < Some(OLDEST) && release("0.12.0-dev.1+a") == Some(OLDEST));
    }
}

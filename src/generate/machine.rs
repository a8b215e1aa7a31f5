//! The machine that builds: its native target, and where its libclang may be.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::{Host, worker};
use crate::env;
use crate::parse::Search;
use crate::parse::libclang::locate;
use crate::sysroot::{self, Places, Zig};
use crate::target::Target;

/// What the building machine is like.
#[derive(Debug, Clone)]
pub struct Machine {
    /// Its own target.
    pub target: Target,
    /// `sys.path` of the building interpreter, or a guess where there is none.
    pub sys_path: Vec<PathBuf>,
    /// The interpreter that builds, or that commands use.
    pub python: PathBuf,
    /// The Python whose writers can be used.
    pub host: Host,
    /// What was found when zig was looked for; clones share it.
    zig: Arc<OnceLock<Result<Zig, sysroot::Error>>>,
    /// What was found when libclang was tried; clones share it.
    no_libclang: Arc<OnceLock<Option<Search>>>,
}

impl Machine {
    /// This machine as the binary sees it: the target it was compiled for, and the packages installed
    /// beside it.
    pub fn of_binary() -> Result<Self, crate::target::Error> {
        let env = if cfg!(target_env = "musl") {
            "musl"
        } else if cfg!(target_os = "linux") {
            "gnu"
        } else {
            ""
        };
        let text = format!("{}-{}-{env}", std::env::consts::ARCH, std::env::consts::OS);
        Ok(Machine {
            target: Target::parse(text.trim_end_matches('-'))?,
            sys_path: packages_beside_binary(),
            python: interpreter(),
            host: Host::Interpreter { executable: interpreter(), sys_path: Vec::new() },
            zig: Arc::default(),
            no_libclang: Arc::default(),
        })
    }

    /// The building interpreter's machine. `host_gnu_type` wins over `platform`
    /// (`sysconfig.get_platform()`); a Linux without glibc's version is musl.
    pub fn of_python(
        host_gnu_type: Option<&str>,
        platform: &str,
        has_glibc: bool,
    ) -> Result<Self, crate::target::Error> {
        let text = match (host_gnu_type.filter(|text| !text.is_empty()), platform) {
            (_, "win-amd64") => "x86_64-windows-msvc".to_owned(),
            (_, "win32") => "i686-windows-msvc".to_owned(),
            (_, "win-arm64") => "aarch64-windows-msvc".to_owned(),
            (Some(triple), _) if !has_glibc && triple.ends_with("linux-gnu") => {
                triple.replace("linux-gnu", "linux-musl")
            }
            (Some(triple), _) => triple.to_owned(),
            (None, platform) => platform_triple(platform, has_glibc),
        };
        let host = Host::Interpreter { executable: interpreter(), sys_path: Vec::new() };
        Ok(Machine {
            target: Target::parse(&text)?,
            sys_path: Vec::new(),
            python: interpreter(),
            host,
            zig: Arc::default(),
            no_libclang: Arc::default(),
        })
    }

    /// The libraries to try, in order, and where they were looked for.
    pub fn libclang(&self, project: &Path) -> locate::Candidates {
        locate::candidates(&locate::Places {
            sys_path: self.sys_path.clone(),
            project: project.to_owned(),
            managed: locate::managed_dir(),
        })
    }

    /// The search for libclang if no library can be used, which is tried once. One that the user names is not tried: that it
    /// cannot be used is an error.
    pub fn lacks_libclang(&self, project: &Path) -> Option<&Search> {
        let search = || {
            let candidates = self.libclang(project);
            if candidates.libraries.is_empty() {
                return Some(candidates.search());
            }
            if env::names_libclang() {
                return None;
            }
            let search = candidates.search();
            let unusable = worker::probe(&candidates.into()).err()?;
            Some(Search { unusable, ..search })
        };
        self.no_libclang.get_or_init(search).as_ref()
    }

    /// The zig whose headers serve foreign targets, looked for once.
    pub fn zig(&self, project: &Path) -> Result<&Zig, sysroot::Error> {
        let find = || {
            let (sys_path, python) = (self.sys_path.clone(), self.python.clone());
            Zig::find(&Places { sys_path, python, project: project.to_owned() })
        };
        self.zig.get_or_init(find).as_ref().map_err(Clone::clone)
    }
}

/// `linux-x86_64` and `macosx-11.0-arm64` as triples.
fn platform_triple(platform: &str, has_glibc: bool) -> String {
    let mut parts = platform.split('-');
    let os = parts.next().unwrap_or_default();
    let arch = parts.next_back().unwrap_or_default();
    match os {
        "linux" => format!("{arch}-linux-{}", if has_glibc { "gnu" } else { "musl" }),
        "macosx" if arch == "universal2" => format!("{}-apple-darwin", std::env::consts::ARCH),
        "macosx" => format!("{arch}-apple-darwin"),
        os => format!("{arch}-{os}"),
    }
}

/// The interpreter of a command: the one that started it, that of the binary's environment, or python3.
pub fn interpreter() -> PathBuf {
    let name = if cfg!(windows) { "python.exe" } else { "python" };
    let beside = std::env::current_exe().ok().and_then(|path| Some(path.parent()?.join(name)));
    match env::get(env::PYTHON).filter(|path| !path.is_empty()) {
        Some(path) => path.into(),
        None => beside.filter(|path| path.exists()).unwrap_or_else(|| "python3".into()),
    }
}

/// `bin/headerkit-backend` of an environment lies beside its `lib/python3.x/site-packages`.
fn packages_beside_binary() -> Vec<PathBuf> {
    let Ok(binary) = std::env::current_exe() else { return Vec::new() };
    let Some(prefix) = binary.parent().and_then(Path::parent) else { return Vec::new() };
    let mut found = vec![prefix.join("Lib").join("site-packages")];
    for lib in ["lib", "lib64"] {
        let Ok(entries) = fs_err::read_dir(prefix.join(lib)) else { continue };
        let mut pythons: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("python3")))
            .collect();
        pythons.sort();
        for python in pythons.into_iter().rev() {
            found.push(python.join("site-packages"));
            found.push(python.join("dist-packages"));
        }
    }
    found.retain(|path| path.is_dir());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interpreter_says_what_is_built_for() {
        let cases = [
            (Some("x86_64-pc-linux-gnu"), "linux-x86_64", true, "x86_64-linux-gnu"),
            (Some("x86_64-pc-linux-gnu"), "linux-x86_64", false, "x86_64-linux-musl"),
            (Some("aarch64-apple-darwin24.4.0"), "macosx-11.0-arm64", false, "aarch64-macos"),
            (None, "linux-aarch64", true, "aarch64-linux-gnu"),
            (None, "macosx-10.9-x86_64", false, "x86_64-macos"),
            (None, "win-amd64", false, "x86_64-windows-msvc"),
            (None, "win32", false, "i686-windows-msvc"),
        ];
        for (triple, platform, glibc, expected) in cases {
            let machine = Machine::of_python(triple, platform, glibc).unwrap();
            assert_eq!(machine.target.to_string(), expected, "{platform}");
        }
    }
}

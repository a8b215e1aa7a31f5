//! System include directories of the target.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::parse::{Language, ParseRequest};
use crate::sysroot::Sysroot;
use crate::target::Target;

/// Where the libraries of this machine have their headers: on every Linux the same for all architectures, apart
/// from what lies in a directory named after one.
const SHARED_DIRS: [&str; 2] = ["/usr/local/include", "/usr/include"];

/// Whether arguments of the user's decide which system headers are read.
pub fn are_given(arguments: &[String]) -> bool {
    let given = ["-nostdinc", "-nostdlibinc", "-isysroot", "--sysroot"];
    arguments.iter().any(|argument| given.iter().any(|option| argument.starts_with(option)))
}

/// Where the target's system headers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SystemHeaders {
    /// Clang's driver knows them by itself.
    Driver,
    /// The arguments name them.
    Given,
    /// As the target's compiler reports them, in order.
    Directories(Vec<PathBuf>),
    /// An SDK of Apple's.
    Sdk(PathBuf),
    /// A foreign target's, with the directory of this machine's libraries that the header itself lies in.
    Sysroot(Sysroot, Option<PathBuf>),
    /// There are none for this target; the host's must not stand in.
    Unknown,
}

impl SystemHeaders {
    /// Decides for a target. Runs a compiler only where clang's driver would find nothing or the wrong thing.
    pub fn find(target: &Target, request: &ParseRequest, arguments: &[String]) -> SystemHeaders {
        if are_given(arguments) {
            return SystemHeaders::Given;
        }
        let language = request.language;
        if !request.native {
            if let Some(sysroot) = &request.sysroot {
                return SystemHeaders::Sysroot(sysroot.clone(), shared_dir(target, &request.header));
            }
            if let Some(dirs) = foreign_compilers(target).iter().find_map(|name| ask(name, language)) {
                return SystemHeaders::Directories(dirs);
            }
            let named = arguments
                .iter()
                .any(|option| option.starts_with("-isystem") || option.starts_with("-idirafter"));
            return if named { SystemHeaders::Directories(Vec::new()) } else { SystemHeaders::Unknown };
        }
        if cfg!(target_os = "macos") {
            return sdk().map_or(SystemHeaders::Driver, SystemHeaders::Sdk);
        }
        if cfg!(windows) || Path::new("/usr/include/stdio.h").exists() {
            return SystemHeaders::Driver;
        }
        ask("cc", language).map_or(SystemHeaders::Driver, SystemHeaders::Directories)
    }

    /// Clang's arguments for them.
    pub fn arguments(&self) -> Vec<String> {
        match self {
            SystemHeaders::Driver | SystemHeaders::Given => Vec::new(),
            SystemHeaders::Sdk(path) => vec!["-isysroot".into(), path.display().to_string()],
            SystemHeaders::Directories(dirs) => only(dirs),
            SystemHeaders::Sysroot(sysroot, _) if sysroot.is_searched_by_driver => Vec::new(),
            SystemHeaders::Sysroot(sysroot, shared) => only(sysroot.dirs.iter().chain(shared)),
            SystemHeaders::Unknown => vec!["-nostdlibinc".into(), "-ffreestanding".into()],
        }
    }

    /// Arguments that the user's come after, so that theirs win.
    pub fn first_arguments(&self) -> &[String] {
        match self {
            SystemHeaders::Sysroot(sysroot, _) => &sysroot.arguments,
            _ => &[],
        }
    }

    /// What clang is told to compile for.
    pub fn triple(&self, target: &Target) -> String {
        match self {
            SystemHeaders::Sysroot(sysroot, _) => sysroot.triple.clone(),
            _ => target.clang_triple(),
        }
    }

    /// The oldest major version of libclang that can read them.
    pub fn oldest_libclang(&self) -> u32 {
        match self {
            SystemHeaders::Sysroot(sysroot, _) => sysroot.oldest_libclang,
            _ => 0,
        }
    }

    /// The directories, as far as they are known here: files below them are named relative to them. A library's
    /// headers that lie among this machine's have the same names for every target.
    pub fn directories(&self, target: &Target) -> Vec<PathBuf> {
        match self {
            SystemHeaders::Sysroot(sysroot, _) => {
                sysroot.dirs.iter().cloned().chain(SHARED_DIRS.map(PathBuf::from)).collect()
            }
            SystemHeaders::Directories(dirs) => dirs.clone(),
            SystemHeaders::Sdk(path) => vec![path.join("usr/include")],
            SystemHeaders::Driver => {
                let multiarch = Path::new(SHARED_DIRS[1]).join(target.multiarch());
                SHARED_DIRS.iter().map(PathBuf::from).chain([multiarch]).collect()
            }
            SystemHeaders::Given | SystemHeaders::Unknown => Vec::new(),
        }
    }
}

/// `-idirafter` keeps clang's builtin headers in front of the C library's, as its driver does.
fn only<'a>(dirs: impl IntoIterator<Item = &'a PathBuf>) -> Vec<String> {
    let after = |dir: &PathBuf| ["-idirafter".to_owned(), dir.display().to_string()];
    std::iter::once("-nostdlibinc".to_owned()).chain(dirs.into_iter().flat_map(after)).collect()
}

/// The directory that a header among this machine's own was named in. It is searched after the target's where it
/// can only add other libraries: another glibc's headers hide all of this one's. For any other C library it might
/// answer where the target has nothing.
fn shared_dir(target: &Target, header: &Path) -> Option<PathBuf> {
    let is_glibc = target.os() == "linux" && target.env().starts_with("gnu");
    SHARED_DIRS.iter().map(PathBuf::from).find(|dir| is_glibc && header.starts_with(dir))
}

/// Names of cross compilers for a target.
fn foreign_compilers(target: &Target) -> Vec<String> {
    let canonical = target.to_string();
    match (target.arch(), target.os(), target.env()) {
        ("armv7" | "armv6", "linux", env) => vec![format!("arm-linux-{env}-gcc"), format!("{canonical}-gcc")],
        (arch, "windows", "gnu") => vec![format!("{arch}-w64-mingw32-gcc")],
        _ => vec![format!("{canonical}-gcc")],
    }
}

/// The include directories that a compiler searches, without its own builtin headers.
fn ask(compiler: &str, language: Language) -> Option<Vec<PathBuf>> {
    let program = which::which(compiler).ok()?;
    let language = if language == Language::Cxx { "c++" } else { "c" };
    let output = Command::new(program)
        .args(["-E", "-v", "-x", language, if cfg!(windows) { "NUL" } else { "/dev/null" }])
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .ok()?;
    let dirs = parse_search_list(&String::from_utf8_lossy(&output.stderr));
    (!dirs.is_empty()).then_some(dirs)
}

fn parse_search_list(text: &str) -> Vec<PathBuf> {
    text.lines()
        .skip_while(|line| !line.starts_with("#include <...> search starts here"))
        .skip(1)
        .take_while(|line| !line.starts_with("End of search list"))
        .map(|line| {
            crate::roots::normalize(Path::new(line.trim().trim_end_matches(" (framework directory)")))
        })
        .filter(|dir| !dir.join("stddef.h").exists())
        .collect()
}

fn sdk() -> Option<PathBuf> {
    let output =
        Command::new("xcrun").args(["--show-sdk-path"]).stdin(Stdio::null()).stderr(Stdio::null()).output();
    let path = PathBuf::from(String::from_utf8(output.ok()?.stdout).ok()?.trim());
    path.is_dir().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::super::tests::Project;
    use super::*;

    #[test]
    fn search_lists_are_read() {
        let text = "ignored\n#include \"...\" search starts here:\n#include <...> search starts here:\n \
                    /no/such/gcc/../include\n /no/such/two\nEnd of search list.\n /late\n";
        assert_eq!(parse_search_list(text), [Path::new("/no/such/include"), Path::new("/no/such/two")]);
    }

    #[test]
    fn the_host_never_stands_in_for_a_foreign_target() {
        let target = Target::parse("sparc64-linux-musl").unwrap();
        let request = ParseRequest { native: false, ..Project::new().request("a.h") };
        let headers = SystemHeaders::find(&target, &request, &[]);
        assert_eq!(headers, SystemHeaders::Unknown);
        assert!(
            headers.arguments().contains(&"-nostdlibinc".to_owned())
                && headers.directories(&target).is_empty()
        );
        let given = SystemHeaders::find(&target, &request, &["--sysroot=/x".into()]);
        assert_eq!(given, SystemHeaders::Given);
    }
}

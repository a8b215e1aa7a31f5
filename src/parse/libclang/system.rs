//! System include directories of the target.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::parse::Language;
use crate::target::Target;

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
    /// There are none for this target; the host's must not stand in.
    Unknown,
}

impl SystemHeaders {
    /// Decides for a target. Runs a compiler only where clang's driver would find nothing or the wrong thing.
    pub fn find(target: &Target, native: bool, language: Language, arguments: &[String]) -> SystemHeaders {
        let given = ["-nostdinc", "-nostdlibinc", "-isysroot", "--sysroot"];
        if arguments.iter().any(|argument| given.iter().any(|option| argument.starts_with(option))) {
            return SystemHeaders::Given;
        }
        if !native {
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
            // `-idirafter` keeps clang's builtin headers in front of the C library's, as its driver does.
            SystemHeaders::Directories(dirs) => std::iter::once("-nostdlibinc".to_owned())
                .chain(dirs.iter().flat_map(|dir| ["-idirafter".to_owned(), dir.display().to_string()]))
                .collect(),
            SystemHeaders::Unknown => vec!["-nostdlibinc".into(), "-ffreestanding".into()],
        }
    }

    /// The directories, as far as they are known here.
    pub fn directories(&self, target: &Target) -> Vec<PathBuf> {
        match self {
            SystemHeaders::Directories(dirs) => dirs.clone(),
            SystemHeaders::Sdk(path) => vec![path.join("usr/include")],
            SystemHeaders::Driver => {
                let multiarch = match target.arch() {
                    "i686" => format!("i386-{}-{}", target.os(), target.env()),
                    "armv7" | "armv6" => format!("arm-{}-{}", target.os(), target.env()),
                    _ => target.to_string(),
                };
                ["/usr/local/include", "/usr/include"]
                    .map(PathBuf::from)
                    .into_iter()
                    .chain([Path::new("/usr/include").join(multiarch)])
                    .collect()
            }
            SystemHeaders::Given | SystemHeaders::Unknown => Vec::new(),
        }
    }
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
        let headers = SystemHeaders::find(&target, false, Language::C, &[]);
        assert_eq!(headers, SystemHeaders::Unknown);
        assert!(
            headers.arguments().contains(&"-nostdlibinc".to_owned())
                && headers.directories(&target).is_empty()
        );
        let given = SystemHeaders::find(&target, false, Language::C, &["--sysroot=/x".into()]);
        assert_eq!(given, SystemHeaders::Given);
    }
}

//! Where libclang may lie, in the order of trying, with a list for the error message.
//!
//! Nothing is looked for in the current directory or the project: a build must not run code that the
//! sources bring along unless the person who builds names it.

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fs_err as fs;

use crate::env;
use crate::parse::Search;
use crate::roots::normalize;

/// What the search starts from.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The building interpreter's `sys.path`.
    pub sys_path: Vec<PathBuf>,
    /// The project, where nothing is loaded from unless an installed distribution put it there.
    pub project: PathBuf,
    /// Directory of the managed install, see [`managed_dir`].
    pub managed: Option<PathBuf>,
}

/// Libraries to try.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Library files in order.
    pub libraries: Vec<PathBuf>,
    /// What was searched, for people.
    pub searched: Vec<String>,
    /// Entries of `sys.path` that hold an installed libclang; builtin headers are looked for there.
    pub sys_path: Vec<PathBuf>,
}

impl Candidates {
    /// The search as it is told where it found nothing.
    pub fn search(&self) -> Search {
        Search { places: self.searched.clone(), unusable: Vec::new() }
    }
}

/// Finds the libraries to try. Touches the file system; runs `llvm-config` only if nothing else exists.
pub fn candidates(places: &Places) -> Candidates {
    find(places, std::env::var_os(env::LIBCLANG_PATH).map(PathBuf::from))
}

/// Where the managed copy of libclang lies, see [`env::data_dir`].
pub fn managed_dir() -> Option<PathBuf> {
    env::data_dir().map(|data| data.join("headerkit-backend").join("libclang"))
}

/// The libraries of a managed copy, which is laid out as the wheel is.
pub fn managed_libraries(managed: &Path) -> Vec<PathBuf> {
    existing(managed.join("clang").join("native").join(library_name()))
}

fn find(places: &Places, variable: Option<PathBuf>) -> Candidates {
    let mut found = Candidates { sys_path: installed(places), ..Candidates::default() };
    if let Some(path) = variable.filter(|path| !path.as_os_str().is_empty()) {
        found.searched.push(format!("{}={}", env::LIBCLANG_PATH, path.display()));
        if path.is_absolute() {
            found.libraries = if path.is_dir() { libraries_in(&path) } else { existing(path) };
        }
        return found;
    }
    for entry in &found.sys_path {
        let library = entry.join("clang").join("native").join(library_name());
        found.searched.push(library.display().to_string());
        found.libraries.extend(existing(library));
    }
    if found.sys_path.is_empty() {
        found.searched.push("`libclang-ng` or `libclang` in the building Python".into());
    }
    if let Some(managed) = &places.managed {
        found.searched.push(managed.display().to_string());
        found.libraries.extend(managed_libraries(managed));
    }
    system(&mut found);
    if found.libraries.is_empty() {
        found.searched.push("`llvm-config --libdir`".into());
        found.libraries.extend(llvm_config().map(|dir| libraries_in(&dir)).unwrap_or_default());
    }
    found
}

/// Entries of `sys.path` with an installed distribution of libclang: a bare `clang/native` directory
/// could be part of the sources.
fn installed(places: &Places) -> Vec<PathBuf> {
    let project = normalize(&places.project);
    let has_distribution = |entry: &PathBuf| {
        let Ok(entries) = fs::read_dir(entry) else { return false };
        entries.flatten().any(|item| {
            let name = item.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libclang") && name.ends_with(".dist-info")
        })
    };
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in &places.sys_path {
        let usable = entry.is_absolute() && normalize(entry) != project && !found.contains(entry);
        if usable && entry.join("clang").join("native").is_dir() && has_distribution(entry) {
            found.push(entry.clone());
        }
    }
    found
}

fn library_name() -> &'static str {
    if cfg!(windows) {
        "libclang.dll"
    } else if cfg!(target_os = "macos") {
        "libclang.dylib"
    } else {
        "libclang.so"
    }
}

fn existing(path: PathBuf) -> Vec<PathBuf> {
    if path.is_file() { vec![path] } else { Vec::new() }
}

/// The libclang libraries directly in a directory, newest first; `libclang-cpp` is another library.
fn libraries_in(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.file_name().is_some_and(|name| is_library(&name.to_string_lossy())))
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    newest_first(&mut found);
    found
}

/// Libraries of the same version keep their order.
fn newest_first(libraries: &mut [PathBuf]) {
    libraries.sort_by_key(|path| Reverse(version_in(path)));
}

/// `libclang.so`, `libclang.so.19`, `libclang-19.so.1`, `libclang.dylib`, `libclang.dll`.
fn is_library(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("libclang") else { return false };
    if matches!(rest, ".dylib" | ".dll") {
        return true;
    }
    let (version, tail) = match rest.split_once(".so") {
        Some((version, tail)) => (version, tail),
        None => return false,
    };
    let numeric = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '.');
    (version.is_empty() || version.strip_prefix('-').is_some_and(numeric))
        && (tail.is_empty() || (tail.starts_with('.') && numeric(tail)))
}

/// The numbers of a library's file name, or of the `llvm-N` directory that it lies in.
fn version_in(path: &Path) -> Vec<u32> {
    let numbers = |text: &str| -> Vec<u32> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
    };
    let name = path.file_name().map(|name| numbers(&name.to_string_lossy())).unwrap_or_default();
    let dir = path.parent().map(|dir| numbers(&dir.to_string_lossy())).unwrap_or_default();
    // `libclang-14.so.1` has 14 first, `libclang.so.1` of `llvm-14` has it in the directory.
    let major = |list: &[u32]| list.iter().copied().find(|number| *number > 8);
    match (major(&name), major(&dir)) {
        (Some(number), _) | (None, Some(number)) => {
            let mut version = vec![number];
            version.extend(name);
            version
        }
        _ => name,
    }
}

fn system(found: &mut Candidates) {
    let mut libraries = Vec::new();
    for pattern in system_directories() {
        found.searched.push(pattern.0.clone());
        for dir in pattern.1 {
            libraries.extend(libraries_in(&dir));
        }
    }
    newest_first(&mut libraries);
    let mut seen = Vec::new();
    for library in libraries {
        let real = fs::canonicalize(&library).unwrap_or_else(|_| library.clone());
        if !seen.contains(&real) {
            seen.push(real);
            found.libraries.push(library);
        }
    }
}

/// What to show people, and the directories that it means here.
fn system_directories() -> Vec<(String, Vec<PathBuf>)> {
    let plain: &[&str] = if cfg!(windows) {
        &["C:\\Program Files\\LLVM\\bin"]
    } else if cfg!(target_os = "macos") {
        &[
            "/opt/homebrew/opt/llvm/lib",
            "/usr/local/opt/llvm/lib",
            "/usr/local/lib",
            "/Library/Developer/CommandLineTools/usr/lib",
            "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
        ]
    } else {
        &["/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt/homebrew/opt/llvm/lib"]
    };
    let mut list: Vec<(String, Vec<PathBuf>)> = Vec::new();
    if cfg!(target_os = "linux") {
        list.push((
            "/usr/lib/llvm-*/lib".into(),
            below("/usr/lib", |name| name.starts_with("llvm")).map(|dir| dir.join("lib")).collect(),
        ));
        list.push((
            "/usr/lib64/llvm*/lib".into(),
            below("/usr/lib64", |name| name.starts_with("llvm"))
                .flat_map(|dir| [dir.join("lib"), dir.join("lib64")])
                .collect(),
        ));
        list.push((
            "/usr/lib/*-linux-gnu".into(),
            below("/usr/lib", |name| name.contains("-linux-")).collect(),
        ));
    }
    list.extend(plain.iter().map(|dir| ((*dir).to_owned(), vec![PathBuf::from(dir)])));
    list
}

fn below(dir: &str, matches: impl Fn(&str) -> bool) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let mut dirs: Vec<PathBuf> = entries
        .into_iter()
        .filter(|entry| matches(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    dirs.sort();
    dirs.into_iter()
}

fn llvm_config() -> Option<PathBuf> {
    let program = which::which("llvm-config").ok()?;
    let output = Command::new(program).arg("--libdir").stdin(Stdio::null()).output().ok()?;
    let dir = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    (output.status.success() && dir.is_absolute()).then_some(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }

    #[test]
    fn library_names() {
        for name in
            ["libclang.so", "libclang.so.1", "libclang-14.so.1", "libclang-19.so.19", "libclang.so.14.0.6"]
        {
            assert!(is_library(name), "{name}");
        }
        for name in ["libclang-cpp.so.14", "libclangAST.so", "libclang.so.debug", "clang.so", "libclang.a"] {
            assert!(!is_library(name), "{name}");
        }
    }

    #[test]
    fn newest_first() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["libclang-14.so.1", "libclang-19.so.1", "libclang-9.so", "libclang-cpp.so.19"] {
            touch(&dir.path().join(name));
        }
        let names: Vec<_> = libraries_in(dir.path())
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["libclang-19.so.1", "libclang-14.so.1", "libclang-9.so"]);
    }

    #[test]
    fn the_variable_is_final() {
        let dir = tempfile::tempdir().unwrap();
        let library = dir.path().join(library_name());
        touch(&library);
        let places = Places::default();
        assert_eq!(find(&places, Some(library.clone())).libraries, std::slice::from_ref(&library));
        assert_eq!(find(&places, Some(dir.path().into())).libraries, [library]);
        let missing = find(&places, Some(dir.path().join("none")));
        assert!(missing.libraries.is_empty() && missing.searched.len() == 1);
        assert!(find(&places, Some("relative".into())).libraries.is_empty());
    }

    #[test]
    fn only_installed_distributions_count() {
        let dir = tempfile::tempdir().unwrap();
        let (site, project) = (dir.path().join("site"), dir.path().join("project"));
        for root in [&site, &project] {
            touch(&root.join("clang/native").join(library_name()));
        }
        let places = Places {
            sys_path: vec![PathBuf::new(), project.clone(), site.clone()],
            project: project.clone(),
            managed: None,
        };
        let first = |places: &Places| {
            find(places, None).libraries.into_iter().find(|path| path.starts_with(dir.path()))
        };
        assert_eq!(first(&places), None, "no dist-info yet");
        touch(&site.join("libclang_ng-22.dist-info/METADATA"));
        touch(&project.join("libclang_ng-22.dist-info/METADATA"));
        assert_eq!(first(&places), Some(site.join("clang/native").join(library_name())));
        assert_eq!(find(&places, None).sys_path, [site]);
    }
}

//! Clang's command line for a request, and the directories that it searches.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::resource::Resources;
use super::system::SystemHeaders;
use crate::parse::{Error, Language, ParseRequest};
use crate::sysroot;
use crate::target::Target;

/// Variables that would be hidden inputs of a parse.
pub const HIDDEN_INPUTS: &[&str] = &["CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "CCC_OVERRIDE_OPTIONS"];

/// Options whose argument is a path, alone or glued on.
const PATH_OPTIONS: &[&str] = &[
    "-I",
    "-isystem",
    "-iquote",
    "-idirafter",
    "-isysroot",
    "--sysroot=",
    "--sysroot",
    "-include",
    "-imacros",
    "-F",
];

/// Clang's arguments and what they mean for finding files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The arguments, without the file.
    pub arguments: Vec<String>,
    /// Directories of quote includes only (`-iquote`), in order.
    pub quote_dirs: Vec<PathBuf>,
    /// Directories of ordinary includes (`-I`), in order.
    pub include_dirs: Vec<PathBuf>,
    /// Directories that the arguments name as system directories, in order.
    pub isystem_dirs: Vec<PathBuf>,
    /// All directories of system headers, the builtin ones included.
    pub system_dirs: Vec<PathBuf>,
    /// Directory of clang's builtin headers.
    pub builtin_dir: PathBuf,
    /// Whether the target's system headers are unknown.
    pub without_system: bool,
    /// Whether every enum is an `int` for the target's compiler, as it is not for the one that clang stands in for.
    pub enums_are_int: bool,
    /// The oldest major version of libclang that can read the system headers.
    pub oldest_libclang: u32,
    /// Files that stand for headers of Windows whose names are written in another case, with their text.
    pub forwarders: Vec<(String, String)>,
}

impl CommandLine {
    /// Puts the command line of a request together. `environment` holds the removed [`HIDDEN_INPUTS`].
    pub fn new(
        request: &ParseRequest,
        resources: &Resources,
        environment: &[(String, OsString)],
    ) -> Result<CommandLine, Error> {
        let target =
            Target::parse(&request.target).map_err(|_| Error::Target { target: request.target.clone() })?;
        let raw = absolute(&request.arguments, &request.project);
        let system = SystemHeaders::find(&target, request, &raw);
        let resource = match system {
            SystemHeaders::Unknown => resources.freestanding(),
            _ => resources.hosted(),
        };
        let (language, standard) = match request.language {
            Language::C => ("c", "-std=gnu17"),
            Language::Cxx => ("c++", "-std=gnu++17"),
        };
        let mut arguments =
            vec![format!("--target={}", system.triple(&target)), "-x".into(), language.into()];
        if !raw.iter().any(|argument| argument.starts_with("-std=") || argument.starts_with("--std")) {
            arguments.push(standard.into());
        }
        // Some builds of clang prefer a library that does not fit the system's C headers.
        let names_library = |argument: &String| argument.starts_with("-stdlib") || argument == "-nostdinc++";
        if request.language == Language::Cxx && target.os() == "linux" && !raw.iter().any(names_library) {
            arguments.push("-stdlib=libstdc++".into());
        }
        arguments.extend(["-resource-dir".into(), resource.dir().display().to_string()]);
        arguments.push("-ferror-limit=0".into());
        arguments.extend_from_slice(system.first_arguments());
        arguments.extend(request.include_dirs.iter().map(|dir| format!("-I{}", dir.display())));
        arguments.extend(request.defines.iter().map(|define| format!("-D{define}")));
        arguments.extend(raw.iter().cloned());
        let inherited =
            if request.native { environment_dirs(environment, request.language) } else { Vec::new() };
        for dir in &inherited {
            arguments.extend(["-isystem".into(), dir.display().to_string()]);
        }
        arguments.extend(system.arguments());

        let mut include_dirs = request.include_dirs.clone();
        include_dirs.extend(values_of(&raw, "-I"));
        let mut isystem_dirs = values_of(&raw, "-isystem");
        isystem_dirs.extend(values_of(&raw, "-idirafter"));
        let mut system_dirs = isystem_dirs.clone();
        system_dirs.extend(inherited);
        system_dirs.push(resource.dir().join("include"));
        for root in values_of(&raw, "-isysroot").iter().chain(&values_of(&raw, "--sysroot")) {
            system_dirs.extend([root.join("usr/include"), root.join("include")]);
        }
        system_dirs.extend(system.directories(&target));
        Ok(CommandLine {
            arguments,
            quote_dirs: values_of(&raw, "-iquote"),
            include_dirs,
            isystem_dirs,
            builtin_dir: resource.dir().join("include"),
            without_system: system == SystemHeaders::Unknown,
            enums_are_int: target.env() == "msvc" && system.triple(&target) != target.clang_triple(),
            oldest_libclang: system.oldest_libclang(),
            system_dirs,
            forwarders: Vec::new(),
        })
    }

    /// Adds forwarders for the headers that an error misses; whether there are new ones.
    pub fn forward(&mut self, target: &str, error: &Error) -> bool {
        let Error::MissingInclude { diagnostics, .. } = error else { return false };
        if !Target::parse(target).is_ok_and(|target| sysroot::any_case_is_meant(&target)) {
            return false;
        }
        let before = self.forwarders.len();
        for name in diagnostics.iter().filter_map(|found| sysroot::missing(&found.message)) {
            let Some((dir, own)) = sysroot::in_other_case(&self.system_dirs, name) else { continue };
            let forwarder = (dir.join(name).display().to_string(), sysroot::forwarder(&own));
            if !self.forwarders.contains(&forwarder) {
                self.forwarders.push(forwarder);
            }
        }
        self.forwarders.len() > before
    }
}

/// Directories of CPATH and its kin; relative ones depend on the current directory and are left out.
fn environment_dirs(environment: &[(String, OsString)], language: Language) -> Vec<PathBuf> {
    let own = match language {
        Language::C => "C_INCLUDE_PATH",
        Language::Cxx => "CPLUS_INCLUDE_PATH",
    };
    environment
        .iter()
        .filter(|(name, _)| name == "CPATH" || name == own)
        .flat_map(|(_, value)| std::env::split_paths(value).collect::<Vec<_>>())
        .filter(|dir| dir.is_absolute())
        .collect()
}

/// Makes relative paths in arguments absolute: the current directory must not matter.
fn absolute(arguments: &[String], project: &Path) -> Vec<String> {
    let join = |path: &str| crate::roots::normalize(&project.join(path)).display().to_string();
    let mut result = Vec::with_capacity(arguments.len());
    let mut expecting = None;
    for argument in arguments {
        if let Some(option) = expecting.take() {
            // What is no file of the project is looked for on the include path.
            let is_searched = matches!(option, "-include" | "-imacros") && !project.join(argument).is_file();
            result.push(if is_searched { argument.clone() } else { join(argument) });
            continue;
        }
        let is_option = PATH_OPTIONS.contains(&argument.as_str()) && !argument.ends_with('=');
        expecting = is_option.then_some(argument.as_str());
        let glued = PATH_OPTIONS
            .iter()
            .filter(|option| !matches!(**option, "-include" | "-imacros" | "--sysroot"))
            .find_map(|option| Some((option, argument.strip_prefix(option)?)));
        match glued {
            Some((option, path)) if !path.is_empty() && !path.starts_with('=') => {
                result.push(format!("{option}{}", join(path)));
            }
            _ => result.push(argument.clone()),
        }
    }
    result
}

/// The values of a path option, glued or separate.
fn values_of(arguments: &[String], option: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.strip_prefix(option) {
            Some("") => found.extend(arguments.next().map(PathBuf::from)),
            Some(path) => found.push(PathBuf::from(path.strip_prefix('=').unwrap_or(path))),
            None => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn relative_paths_become_absolute() {
        let given =
            strings(&["-Iinc", "-isystem", "sys", "-DA=-Ix", "-include", "/p/a.h", "--sysroot=root", "-I/x"]);
        let made = absolute(&given, Path::new("/p"));
        let expected =
            ["-I/p/inc", "-isystem", "/p/sys", "-DA=-Ix", "-include", "/p/a.h", "--sysroot=/p/root", "-I/x"];
        assert_eq!(made, strings(&expected));
        assert_eq!(values_of(&made, "-I"), [Path::new("/p/inc"), Path::new("/x")]);
        assert_eq!(values_of(&made, "-isystem"), [Path::new("/p/sys")]);
        assert_eq!(values_of(&made, "--sysroot"), [Path::new("/p/root")]);
    }

    #[test]
    fn a_file_to_include_first_may_lie_on_the_include_path() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let made = absolute(&strings(&["-include", "stdio.h", "-include", "Cargo.toml"]), project);
        let own = project.join("Cargo.toml").display().to_string();
        assert_eq!(made, strings(&["-include", "stdio.h", "-include", &own]));
    }

    #[test]
    fn environment_is_split() {
        let value = std::env::join_paths(["/a", "rel", "/b"]).unwrap();
        let given = [("CPATH".into(), value), ("CPLUS_INCLUDE_PATH".into(), "/c".into())];
        let dirs = |language| environment_dirs(&given, language);
        assert_eq!(dirs(Language::C), [Path::new("/a"), Path::new("/b")]);
        assert_eq!(dirs(Language::Cxx), [Path::new("/a"), Path::new("/b"), Path::new("/c")]);
    }
}

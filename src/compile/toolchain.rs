//! Compilers: where they are and how they are called.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::cross::Imports;
use super::dialect::{self, Dialect};
use super::extension::{Compiler, Extension, Language, Source};
use super::{Error, Platform, Setting, msvc, paths, zig};
use crate::env;
use crate::fsutil;
use crate::sysroot::{self, Zig};
use crate::target::Target;

/// Parts of the C library, which zig has for every target, and Microsoft's C runtime in one.
pub(super) const OF_LIBC: &[&str] = &["c", "dl", "m", "pthread", "rt", "util"];

/// Where zig has the headers of Windows.
const MINGW: &str = "libc/include/any-windows-any";

/// A compiler for C and C++, and what links and makes libraries of its objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    pub(super) dialect: Dialect,
    c: Vec<String>,
    cxx: Vec<String>,
    /// Links; empty where the compilers do.
    linker: Vec<String>,
    /// Makes static libraries; empty if there is none.
    archiver: Vec<String>,
    /// Set for the child processes.
    pub(super) variables: Vec<(String, String)>,
    pub(super) is_zig: bool,
    /// Where zig has its headers and libraries.
    zig_lib: Option<String>,
    /// Whether the compiler can be told to write other paths than those it reads.
    takes_maps: bool,
    /// Where headers of Windows are looked for by names in another case.
    pub(super) any_case: Vec<PathBuf>,
    /// Changes when the programs do.
    pub(super) identity: String,
}

/// The C compiler of this system.
pub(super) struct System {
    /// Program and arguments.
    pub c: Vec<String>,
    /// What the program needs in its environment.
    pub variables: Vec<(String, String)>,
}

impl System {
    /// [`env::CC`]; for Windows Microsoft's where it is installed; else the first on PATH.
    fn find(target: &Target) -> Option<Self> {
        named(env::CC)
            .map(|c| System { c, variables: Vec::new() })
            .or_else(|| msvc::find(target))
            .or_else(|| Some(System { c: first(&["cc", "gcc", "clang"])?, variables: Vec::new() }))
    }

    /// The word that is the compiler and not what it is handed to, with its dialect.
    fn program(&self) -> (&str, Dialect) {
        let words = self.c.iter().take(2).map(|word| (word.as_str(), Dialect::of(word)));
        words.into_iter().find(|(_, dialect)| *dialect != Dialect::Gnu).unwrap_or(("", Dialect::Gnu))
    }

    /// Whether it compiles for a platform. Apple's does for all of Apple's; which glibc is needed at least, only zig can
    /// be told.
    fn serves(&self, platform: &Platform) -> bool {
        let (os, arch) = (platform.target.os(), platform.target.arch());
        match (self.program().1, os) {
            (Dialect::Cl | Dialect::ClangCl, _) => os == "windows",
            (_, "macos") => cfg!(target_os = "macos"),
            (_, "linux") => platform.is_native && platform.oldest.is_none(),
            // cibuildwheel may have an interpreter for x86_64 build for arm64.
            (_, "windows") => platform.is_native && (arch == std::env::consts::ARCH || arch != "aarch64"),
            _ => platform.is_native,
        }
    }
}

/// The C compiler of this system, for people; `None` where there is none but zig.
pub fn system_compiler(target: &Target) -> Option<String> {
    System::find(target).map(|system| system.c.join(" "))
}

impl Toolchain {
    /// What the C library of zig defines for a target with musl, in whose text on it every symbol is a label; `None` for
    /// other targets and compilers.
    pub(super) fn musl(&self, target: &Target) -> Option<BTreeSet<String>> {
        let lib = self.zig_lib.as_ref().filter(|_| target.is_musl())?;
        let text = fs_err::read_to_string(Path::new(lib).join("libc/musl/libc.S")).ok()?;
        Some(text.lines().filter_map(|line| line.strip_suffix(':')).map(str::to_owned).collect())
    }
}

/// Whether zig compiles an extension here.
pub fn needs_zig(extension: &Extension, platform: &Platform) -> bool {
    match extension.compiler {
        _ if extension.has_zig() => true,
        Compiler::Zig => true,
        Compiler::System => false,
        Compiler::Auto => System::find(&platform.target).is_none_or(|system| !system.serves(platform)),
    }
}

/// The compiler of an extension. `zig` is asked for only if it is needed.
pub fn find(
    extension: &Extension,
    platform: &Platform,
    zig: impl FnOnce() -> Result<Zig, sysroot::Error>,
    cache: &Path,
) -> Result<Toolchain, Error> {
    let missing = |problem: String| Error::NoCompiler { extension: extension.name.clone(), problem };
    let target = &platform.target;
    let usual = if cfg!(windows) { "Visual Studio's, nor `cc`" } else { "`cc`" };
    let nowhere = format!("there is no C compiler: neither `CC` nor {usual}, `gcc` or `clang` on PATH");
    if extension.has_zig() && extension.compiler == Compiler::System {
        return Err(missing("`compiler = \"system\"` cannot compile Zig".into()));
    }
    if needs_zig(extension, platform) {
        let is_chosen = extension.compiler == Compiler::Zig && !extension.has_zig();
        let no_zig = |problem| Error::NoZig { extension: extension.name.clone(), problem, is_chosen };
        let zig = zig().map_err(|error| match error {
            // Nobody has asked for zig: it is the last of what could do.
            sysroot::Error::ZigMissing { .. }
                if extension.compiler == Compiler::Auto
                    && platform.is_native
                    && !extension.has_zig()
                    && System::find(target).is_none() =>
            {
                Error::NoCompilerAtAll { extension: extension.name.clone(), problem: nowhere.clone() }
            }
            sysroot::Error::ZigMissing { .. } => no_zig("zig was not found".into()),
            error => no_zig(error.to_string()),
        })?;
        zig.sysroot(target, false).map_err(|error| no_zig(error.to_string()))?;
        return Ok(with_zig(extension, platform, &zig, cache));
    }
    let system = System::find(target).ok_or_else(|| missing(nowhere))?;
    let serves = system.serves(platform);
    let is_foreign = !platform.is_native || target.os() == "windows";
    if is_foreign && !serves && env::get(env::CC).is_none() {
        return Err(missing(format!("the compiler of this system does not compile for `{target}`")));
    }
    let (program, dialect) = system.program();
    if dialect != Dialect::Gnu {
        if !serves {
            return Err(missing(format!("`{program}` compiles for Windows, not for `{target}`")));
        }
        let assembler = extension.assembler().filter(|_| dialect == Dialect::Cl);
        if let Some(file) = assembler {
            return Err(missing(format!(
                "`{program}` cannot read `{file}`, which is assembler for gcc, clang and zig"
            )));
        }
        let linker = named(env::LD).or_else(|| msvc::linker(program, dialect));
        let linker = linker.ok_or_else(|| {
            let linker = dialect.linker(program);
            missing(format!("there is no `{linker}` for `{program}`, and `LD` names none"))
        })?;
        // It makes libraries as well.
        let librarian = || linker.iter().cloned().chain(["-lib".to_owned()]).collect();
        let archiver = named(env::AR).unwrap_or_else(librarian);
        let cxx = named(env::CXX).unwrap_or_else(|| system.c.clone());
        let stamps = [&system.c, &cxx, &linker].map(|words| stamp(words));
        // What the programs read besides their arguments.
        let inputs = msvc::INPUTS.map(|name| env::get(name).unwrap_or_default());
        let identity = format!("{} {}", stamps.join(" "), inputs.join("\0"));
        let System { c, variables } = system;
        return Ok(Toolchain {
            dialect,
            c,
            cxx,
            linker,
            archiver,
            variables,
            is_zig: false,
            zig_lib: None,
            takes_maps: dialect == Dialect::ClangCl,
            any_case: any_case(target, &env::get(msvc::INPUTS[0]).unwrap_or_default()),
            identity,
        });
    }
    let cxx = named(env::CXX).or_else(|| first(&["c++", "g++", "clang++"]));
    if extension.is_cxx() && cxx.is_none() {
        let problem = "there is no C++ compiler: neither `CXX` nor `c++`, `g++` or `clang++` on PATH";
        return Err(missing(problem.into()));
    }
    let System { c, variables } = system;
    let cxx = cxx.unwrap_or_else(|| c.clone());
    let identity = format!("{} {}", stamp(&c), stamp(&cxx));
    let archiver = named(env::AR).or_else(|| first(&["ar", "gcc-ar", "llvm-ar"])).unwrap_or_default();
    let mut toolchain = Toolchain {
        dialect,
        c,
        cxx,
        linker: Vec::new(),
        archiver,
        variables,
        is_zig: false,
        zig_lib: None,
        takes_maps: false,
        any_case: Vec::new(),
        identity,
    };
    if target.os() == "macos" {
        // Otherwise libraries, and modules with debug information, have the times of the objects.
        toolchain.variables.push(("ZERO_AR_DATE".into(), "1".into()));
    }
    toolchain.takes_maps = paths::are_mapped_by(&toolchain.identify(extension, cache));
    Ok(toolchain)
}

/// Words separated by blanks, as `CC` and `CFLAGS` have them; quotes keep blanks together.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in text.chars() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// The words of a variable; a path with blanks may stand for itself.
fn named(variable: &str) -> Option<Vec<String>> {
    let text = env::get(variable)?;
    let words = if Path::new(&text).is_file() { vec![text] } else { words(&text) };
    Some(words).filter(|words| !words.is_empty())
}

/// The first program that there is.
fn first(names: &[&str]) -> Option<Vec<String>> {
    let found = names.iter().find_map(|name| which::which(name).ok())?;
    Some(vec![found.to_str()?.to_owned()])
}

/// The directories of a list as Windows writes it, if headers are found there in any case.
fn any_case(target: &Target, list: &str) -> Vec<PathBuf> {
    let dirs = list.split(';').filter(|dir| !dir.is_empty() && sysroot::any_case_is_meant(target));
    dirs.map(PathBuf::from).collect()
}

fn with_zig(extension: &Extension, platform: &Platform, zig: &Zig, cache: &Path) -> Toolchain {
    let program = zig.program().display().to_string();
    // What links with libraries of this system needs this system's glibc and directories.
    let is_of_here = platform.is_native
        && platform.oldest.is_none()
        && extension.libraries.iter().any(|library| !OF_LIBC.contains(&library.as_str()));
    let triple = platform.zig_triple(env::get(env::MACOSX_DEPLOYMENT_TARGET).as_deref());
    let target = triple.filter(|_| !is_of_here).map(|triple| ["-target".to_owned(), triple]);
    let driver = |name: &str| {
        // Without a target zig would compile for this very processor.
        let target = target.clone().map_or_else(|| vec!["-mcpu=baseline".to_owned()], Vec::from);
        [program.clone(), name.to_owned()].into_iter().chain(target).collect()
    };
    let cache = env::path(env::ZIG_CACHE).unwrap_or_else(|| cache.parent().unwrap_or(cache).join("zig"));
    let cache = cache.display().to_string();
    let variables = [env::ZIG_CACHE, "ZIG_LOCAL_CACHE_DIR"].map(|name| (name.to_owned(), cache.clone()));
    let (c, cxx) = (driver("cc"), driver("c++"));
    let identity = format!("zig {}", zig.version());
    let archiver = vec![program, "ar".to_owned()];
    Toolchain {
        dialect: Dialect::Gnu,
        c,
        cxx,
        linker: Vec::new(),
        archiver,
        variables: variables.to_vec(),
        is_zig: true,
        zig_lib: Some(zig.lib().display().to_string()),
        takes_maps: true,
        any_case: any_case(&platform.target, &zig.lib().join(MINGW).display().to_string()),
        identity,
    }
}

/// Path, size and time of a program: asking it for its version would start it.
fn stamp(words: &[String]) -> String {
    let program = words.first().map(String::as_str).unwrap_or_default();
    let path = which::which(program).unwrap_or_else(|_| PathBuf::from(program));
    let path = path.canonicalize().unwrap_or(path);
    let metadata = fs_err::metadata(&path).ok();
    let time = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
    let time = time.and_then(|time| Some(time.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos()));
    format!("{} {:?} {time:?}", path.display(), metadata.map(|metadata| metadata.len()))
}

impl Toolchain {
    fn driver(&self, language: Language) -> &[String] {
        match language {
            Language::Assembler | Language::C | Language::Zig => &self.c,
            Language::Cxx => &self.cxx,
        }
    }

    /// The compiler that an extension is known by, and that links it where it links at all.
    pub(super) fn leading(&self, extension: &Extension) -> &[String] {
        self.driver(if extension.is_cxx() { Language::Cxx } else { Language::C })
    }

    /// The command that compiles a source, without the files themselves. It runs in the project's directory, so that
    /// no absolute path of the project need be in it.
    pub(super) fn compile(
        &self,
        extension: &Extension,
        source: &Source,
        setting: &Setting<'_>,
    ) -> Vec<String> {
        let &Source { language, .. } = source;
        let &Setting { python, platform, .. } = setting;
        if language == Language::Zig {
            return zig::command(extension, self, python);
        }
        let mut command = extension.launcher.clone();
        command.extend(self.driver(language).iter().cloned());
        command.extend(self.dialect.compile(language, platform, self.is_zig));
        command.extend(self.architecture(platform));
        if self.dialect != Dialect::Gnu && python.is_free_threaded() {
            // What cffi writes asks for it before pyconfig.h, and only there.
            command.push("-DPy_GIL_DISABLED=1".into());
        }
        if let Some((major, minor)) = extension.limited_api.filter(|_| python.takes_limited_api()) {
            command.push(format!("-DPy_LIMITED_API=0x{major:02x}{minor:02x}0000"));
            if language == Language::C {
                // What the limited API lacks is not declared.
                command.push(self.dialect.no_undeclared().into());
            }
        }
        command.extend(extension.defines.iter().map(|define| format!("-D{define}")));
        command.extend(extension.include_dirs.iter().map(|dir| format!("-I{dir}")));
        if !python.include.is_empty() {
            command.push(format!("-I{}", python.include));
        }
        let variable = if language == Language::Cxx { env::CXXFLAGS } else { env::CFLAGS };
        let own = env::get(variable).map(|text| words(&text)).unwrap_or_default();
        let own: Vec<String> = own.into_iter().chain(extension.cflags.iter().cloned()).collect();
        if self.is_zig && own.iter().any(|option| paths::asks_for_debug_information(option)) {
            // Zig takes no notice of a `-g` behind it.
            command.retain(|word| word != "-g0");
        }
        // Caches of objects take other paths in options of clang-cl for other options.
        if self.takes_maps && (self.dialect == Dialect::Gnu || extension.launcher.is_empty()) {
            let lib = self.zig_lib.as_deref();
            let maps = paths::maps(source, setting, lib, &[command.as_slice(), &own].concat());
            command.extend(maps.iter().map(|(from, to)| self.dialect.map(from, to)));
        }
        command.extend(own);
        if !self.any_case.is_empty() {
            command.extend(self.dialect.last_directory(&setting.forwarders()));
        }
        command
    }

    /// The command that links a module, without the files and the libraries.
    pub(super) fn link(&self, extension: &Extension, platform: &Platform) -> Vec<String> {
        if self.dialect != Dialect::Gnu {
            return self.linker.iter().cloned().chain(Dialect::link(&platform.target)).collect();
        }
        let mut command = self.leading(extension).to_vec();
        command.extend(self.architecture(platform));
        match (platform.target.os(), self.is_zig) {
            // zig crashes on -bundle; Python loads the other kind of library as well.
            ("macos", true) => {
                command.extend(["-shared", "-Wl,-undefined,dynamic_lookup"].map(str::to_owned));
                // Otherwise the path where it is linked.
                command.push(format!("-Wl,-install_name,{}", extension.last_name()));
            }
            ("macos", false) => {
                command.extend(["-bundle", "-undefined", "dynamic_lookup"].map(str::to_owned));
            }
            // Otherwise there are the time, and an address that depends on the path of the result.
            ("windows", false) => {
                let flags = ["-shared", "-Wl,--no-insert-timestamp", "-Wl,--disable-auto-image-base"];
                command.extend(flags.map(str::to_owned));
            }
            _ => command.push("-shared".into()),
        }
        // Zig's own libraries have debug information with the paths of zig and its cache. That of modules lies in other
        // files on macOS and Windows.
        // The names of symbols in import libraries of GNU's are made of their paths.
        let (os, wants_debug) = (platform.target.os(), extension.wants_debug_information());
        if (self.is_zig && os != "linux") || ((self.is_zig || os == "windows") && !wants_debug) {
            command.push("-s".into());
        }
        command
    }

    /// What makes Apple's compiler compile for another of Apple's architectures.
    fn architecture(&self, platform: &Platform) -> Vec<String> {
        let target = &platform.target;
        if self.is_zig || target.os() != "macos" || target.arch() == std::env::consts::ARCH {
            return Vec::new();
        }
        let arch = if target.arch() == "aarch64" { "arm64" } else { target.arch() };
        vec!["-arch".into(), arch.into()]
    }

    /// The command that makes the import library `path` of what is imported, as the file `definition` says it.
    pub(super) fn import_library(
        &self,
        imports: &Imports,
        target: &Target,
        definition: &str,
        path: &str,
    ) -> Vec<String> {
        if self.dialect != Dialect::Gnu {
            let definition = format!("-def:{definition}");
            let machine = format!("-machine:{}", dialect::machine(target));
            let words = self.dialect.archived(path).into_iter().chain([definition, machine]);
            return self.archiver.iter().cloned().chain(words).collect();
        }
        let program = if self.is_zig { self.c.first().cloned() } else { None };
        let words = ["dlltool", "-m", imports.machine, "-d", definition, "-D", &imports.dll, "-l", path];
        program.into_iter().chain(words.map(str::to_owned)).collect()
    }

    /// A command of zig's for the same target.
    pub(super) fn zig(&self, command: &str) -> Vec<String> {
        let mut words = self.c.clone();
        if let Some(word) = words.get_mut(1) {
            *word = command.to_owned();
        }
        words
    }

    /// The program that makes static libraries, with its arguments.
    pub(super) fn archiver(&self, library: &Extension) -> Result<Vec<String>, Error> {
        if self.archiver.is_empty() {
            let problem = "there is no `ar` on PATH, and `AR` names none".to_owned();
            return Err(Error::NoCompiler { extension: library.name.clone(), problem });
        }
        Ok(self.archiver.clone())
    }

    /// Tells objects apart that no module can hold together: those of another compiler or target.
    pub(super) fn family(&self, target: &Target) -> String {
        let programs = [&self.c, &self.cxx].map(|words| words.get(usize::from(self.is_zig)..));
        fsutil::sha256(format!("{} {target} {programs:?}", self.is_zig).as_bytes())[..8].to_owned()
    }

    /// The libraries and what else stands behind the objects.
    pub(super) fn libraries(&self, extension: &Extension) -> Vec<String> {
        // Relative to the project, as all commands are: zig writes these paths into modules.
        let dirs = extension.library_dirs.iter();
        let mut command: Vec<String> = dirs.map(|dir| self.dialect.directory(dir)).collect();
        command.extend(extension.libraries.iter().filter_map(|library| self.dialect.library(library)));
        command.extend(env::get(env::LDFLAGS).map(|text| words(&text)).unwrap_or_default());
        command.extend(extension.ldflags.iter().cloned());
        command
    }

    /// A digest of everything that a command's result depends on besides its input files.
    pub(super) fn fingerprint(&self, command: &[String]) -> String {
        // Isolated builds have their zig in a new directory each; the identity says which zig it is.
        let program = self.c.first().filter(|_| self.is_zig);
        let lib = self.zig_lib.as_deref().unwrap_or("\0");
        let words = command
            .iter()
            .map(|word| if Some(word) == program { "zig".into() } else { word.replace(lib, "zig") });
        let words: Vec<String> = words.collect();
        // An isolated build has a PATH of its own.
        let variables: Vec<_> = self.variables.iter().filter(|(name, _)| name != "PATH").collect();
        fsutil::sha256(format!("{}\0{}\0{variables:?}", self.identity, words.join("\0")).as_bytes())
    }
}

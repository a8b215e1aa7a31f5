//! Why an extension module cannot be built.

use super::{Extension, Undefined, msvc};
use crate::config;
use crate::diagnostics::Hint;
use crate::env;
use crate::headers;

/// How many names a message tells before it counts.
const FEW: usize = 5;

/// What to do about what nothing defines.
const UNDEFINED: &str = "name the library in `libraries`, or the source file that defines it in `sources`";

/// What helps a module of cffi, which uses all that is declared.
const UNDECLARE: &str = "`exclude_patterns`, or `symbols` with the library whose functions alone are wanted, both of \
                         [tool.headerkit.writer.cffi], leave declarations out that nothing defines";

/// Functions of C's mathematical library that compilers do not always replace.
const MATH: [&str; 45] = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fdim",
    "floor",
    "fma",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "hypot",
    "ldexp",
    "lgamma",
    "log",
    "log10",
    "log1p",
    "log2",
    "logb",
    "modf",
    "nearbyint",
    "nextafter",
    "pow",
    "remainder",
    "rint",
    "round",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "tgamma",
    "trunc",
];

/// Why an extension module cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The source files.
    #[error(transparent)]
    Sources(#[from] headers::Error),
    /// A setting that cannot be used.
    #[error("{place}: {problem}")]
    Setting {
        /// Where it stands.
        place: String,
        /// What is wrong.
        problem: String,
        /// What to do.
        hint: String,
    },
    /// What is wrong with one extension, and where that is configured.
    #[error("{place}: {error}{}", caused(error))]
    In {
        /// Where the extension stands.
        place: String,
        /// What is wrong.
        error: Box<Error>,
    },
    /// There is no zig that can be used.
    #[error("extension `{extension}` cannot be compiled: {problem}")]
    NoZig {
        /// The module.
        extension: String,
        /// What was found.
        problem: String,
        /// Whether another compiler would do as well.
        is_chosen: bool,
    },
    /// There is neither a compiler of this system nor zig.
    #[error("extension `{extension}` cannot be compiled: {problem}, nor zig")]
    NoCompilerAtAll {
        /// The module.
        extension: String,
        /// What was looked for besides zig.
        problem: String,
    },
    /// There is no compiler for what is wanted.
    #[error("extension `{extension}` cannot be compiled: {problem}")]
    NoCompiler {
        /// The module.
        extension: String,
        /// What was looked for.
        problem: String,
    },
    /// Python on another system is not known well enough.
    #[error("cannot compile for `{target}`: {problem}")]
    ForeignPython {
        /// The target.
        target: String,
        /// What is missing.
        problem: String,
    },
    /// A compiler, launcher or archiver cannot be started.
    #[error("extension `{extension}`: cannot run `{program}`")]
    NoProgram {
        /// The module.
        extension: String,
        /// What was to be run.
        program: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A compiler or linker said no.
    #[error("extension `{extension}`: {step} failed\n{output}")]
    Failed {
        /// The module.
        extension: String,
        /// What was being done, such as ``compiling `src/a.c` ``.
        step: String,
        /// What the program wrote, without a newline at the end.
        output: String,
        /// The command line.
        command: String,
    },
    /// cffi said no.
    #[error("extension `{extension}`: cffi cannot use the declarations of `{header}`\n{output}")]
    Cffi {
        /// The module.
        extension: String,
        /// The header.
        header: String,
        /// What cffi said.
        output: String,
    },
    /// pkg-config knows this system only.
    #[error(
        "extension `{extension}`: `pkg_config` tells of the libraries of this system, not of those for `{target}`"
    )]
    ForeignPackages {
        /// The module.
        extension: String,
        /// The target.
        target: String,
    },
    /// pkg-config does not know what is asked for, or is not there.
    #[error("extension `{extension}`: `{program}` {}: {problem}", if *is_missing { "cannot be started" } else { "failed" })]
    Packages {
        /// The module.
        extension: String,
        /// The program.
        program: String,
        /// What it said, or the system.
        problem: String,
        /// Whether it could not be started.
        is_missing: bool,
    },
    /// The module needs what nothing defines.
    #[error("extension `{extension}` uses {}, which no library that it is linked with defines", few(symbols.iter().map(Undefined::shown)))]
    Undefined {
        /// The module.
        extension: String,
        /// The names, sorted.
        symbols: Vec<Undefined>,
        /// Whether the module has sources of the user's.
        has_sources: bool,
    },
    /// The module uses what the limited API lacks.
    #[error(
        "extension `{extension}` uses {}, which the limited API of Python 3.{version} does not have",
        listed(symbols)
    )]
    Limited {
        /// The module.
        extension: String,
        /// Minor version of the limited API.
        version: u32,
        /// Minor version of the interpreter that builds.
        newest: u32,
        /// The names, each with the minor version that has it.
        symbols: Vec<(String, Option<u32>)>,
    },
    /// The module does not define what Python looks for.
    #[error("extension `{extension}` does not define `{symbol}`")]
    NoInit {
        /// The module.
        extension: String,
        /// The function.
        symbol: String,
    },
    /// The file system.
    #[error("cannot build extension `{extension}`: `{path}`")]
    Io {
        /// The module.
        extension: String,
        /// The file, or the program.
        path: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// The error with the place where its extension stands, if it does not say it itself.
    pub fn at(self, extension: &Extension) -> Error {
        match self {
            Error::Config(_) | Error::Sources(_) | Error::Setting { .. } | Error::In { .. } => self,
            error => Error::In { place: extension.place.clone(), error: Box::new(error) },
        }
    }
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Config(error) => error.hints(),
            Error::Sources(error) => error.hints(),
            Error::Setting { hint, .. } => vec![hint.clone()],
            Error::In { error, .. } => error.hints(),
            Error::NoZig { is_chosen, .. } => {
                let otherwise = if *is_chosen { "; `compiler = \"system\"` needs none" } else { "" };
                vec![format!(
                    "install zig 0.12 or later (`pip install ziglang`), or name one in HEADERKIT_ZIG{otherwise}"
                )]
            }
            Error::NoCompilerAtAll { .. } => {
                vec!["install a C compiler, or zig: `pip install ziglang`".into()]
            }
            Error::NoCompiler { .. } => vec![
                "install a C compiler, or set `compiler = \"zig\"`, which builds take from the package index"
                    .into(),
            ],
            Error::ForeignPython { .. } => {
                vec!["build on that system itself, or with another Python: its headers are used".into()]
            }
            Error::Failed { output, command, .. } => failure(output, command),
            Error::Cffi { output, .. } if output.starts_with("cffi cannot be imported") => {
                vec!["without build isolation, install cffi into the environment that builds".into()]
            }
            Error::Cffi { header, .. } => vec![format!(
                "`headerkit-backend generate {header} -w cffi` shows the declarations; `exclude_patterns` of \
                 [tool.headerkit.writer.cffi] leaves some out, `extra_cdef` adds others"
            )],
            Error::Packages { is_missing: true, .. } => {
                vec![
                    "install pkg-config, or write `libraries` and `include_dirs` in place of `pkg_config`"
                        .into(),
                ]
            }
            Error::Packages { .. } => {
                vec!["install the library's development files, or name the directory of its .pc file in PKG_CONFIG_PATH".into()]
            }
            Error::ForeignPackages { target, .. } => vec![format!(
                "set PKG_CONFIG_LIBDIR to the .pc files for `{target}`, or PKG_CONFIG to a pkg-config that knows them"
            )],
            Error::Undefined { symbols, has_sources, .. } => undefined(symbols, *has_sources),
            Error::Limited { symbols, newest, .. } => limits(symbols, *newest),
            Error::NoInit { .. } => {
                vec!["the last part of `name` must be the module's name as its source says it".into()]
            }
            Error::NoProgram { .. } => vec![
                "install it, or correct what names it: `launcher`, HEADERKIT_LAUNCHER, or the variables CC, CXX and AR"
                    .into(),
            ],
            Error::Io { .. } => Vec::new(),
        }
    }
}

/// What the system said, for an error that stands inside another one.
fn caused(error: &Error) -> String {
    std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default()
}

/// What to do about what nothing defines, the likelier first.
fn undefined(symbols: &[Undefined], has_sources: bool) -> Vec<String> {
    let (math, other): (Vec<_>, Vec<_>) = symbols.iter().partition(|symbol| is_of_math(&symbol.name));
    let mut hints = Vec::new();
    if let Some(Undefined { name, .. }) = math.first() {
        hints.push(format!("`{name}` is a function of <math.h>: add `libraries = [\"m\"]`"));
    }
    let mut declared: Vec<&str> = other.iter().filter_map(|symbol| symbol.declared.as_deref()).collect();
    declared.dedup();
    if !other.is_empty() {
        hints.push(UNDEFINED.into());
    }
    if !declared.is_empty() {
        let names = few(declared.into_iter().map(|name| format!("`{name}`")));
        let at = if has_sources { 0 } else { hints.len() };
        hints.insert(at, format!("the bindings declare {names}: {UNDECLARE}"));
    }
    hints
}

/// The first of many names, and how many more there are.
fn few(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(FEW);
    let shown = names.take(FEW).collect::<Vec<_>>().join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// Whether C's mathematical library has a function of this name, for `double`, `float` or `long double`.
fn is_of_math(name: &str) -> bool {
    let base = name.strip_suffix(['f', 'l']).unwrap_or(name);
    [name, base].iter().any(|name| MATH.contains(name))
}

/// Why a file may be missing that a finished build has.
pub(super) const ORDER: &str =
    "what the inner backend's build makes is not there yet: extensions are compiled before it runs";

/// What to do where a compiler or linker has said why it failed.
fn failure(output: &str, command: &str) -> Vec<String> {
    let says = |words: &[&str]| words.iter().any(|word| output.contains(word));
    let mut hints = Vec::new();
    // GNU ld and gold, lld, zig; lld-link and link.
    if says(&[
        "skipping incompatible",
        "is incompatible with",
        "file in wrong format",
        "incompatible target",
        "machine type ",
        "LNK1112",
    ]) {
        hints.push(
            "a directory of `library_dirs` has a library for another processor: name the one for this target"
                .into(),
        );
    } else if says(&[
        "cannot find -l",
        "unable to find library",
        "unable to find dynamic system library",
        "library not found for -l",
        "could not open '",
        "LNK1181",
        "LNK1104",
    ]) {
        hints.push(
            "install the development files of the library, name its directory in `library_dirs`, or correct `libraries`".into(),
        );
        hints.push(ORDER.into());
    } else if says(&["No such file or directory", "file not found", "Cannot open include file", "C1083"]) {
        hints.push("name the directory of the header in `include_dirs`".into());
        hints.push(ORDER.into());
    }
    let is_unset = msvc::INPUTS[..2].iter().any(|name| env::get(name).is_none());
    if command.contains(" -nologo ") && is_unset && !cfg!(windows) {
        hints.push("set INCLUDE and LIB to the directories of Microsoft's headers and libraries, with `;` between them".into());
    }
    if says(&["error: undefined symbol", "LNK2001", "LNK2019"]) {
        hints.push(UNDEFINED.into());
        if says(&["_cffi_f_", "_cffi_d_"]) {
            hints.push(UNDECLARE.into());
        }
    }
    if command.contains("-DPy_LIMITED_API=")
        && says(&["Py"])
        && says(&["implicit declaration", "not declared", "undeclared", "C4013", "C2065", "C3861"])
    {
        hints.push(
            "`limited_api` hides what the limited API of that version lacks: set a later version, or do without it".into(),
        );
    }
    hints.push(match env::is_verbose() {
        true => format!("the command was: {command}"),
        false => format!("{}=debug shows the command", env::LOG),
    });
    hints
}

fn listed(symbols: &[(String, Option<u32>)]) -> String {
    let names: Vec<String> = symbols.iter().map(|(name, _)| format!("`{name}`")).collect();
    names.join(", ")
}

/// What to do about symbols that a limited API lacks.
fn limits(symbols: &[(String, Option<u32>)], newest: u32) -> Vec<String> {
    let nowhere: Vec<_> = symbols.iter().filter(|(_, since)| since.is_none()).cloned().collect();
    if !nowhere.is_empty() {
        let names = listed(&nowhere);
        return vec![format!(
            "no limited API up to that of Python 3.{newest} has {names}: do without it, or remove `limited_api`"
        )];
    }
    let since = symbols.iter().filter_map(|(_, since)| *since).max().unwrap_or(newest);
    vec![format!("set `limited_api = \"3.{since}\"`, or do without it")]
}

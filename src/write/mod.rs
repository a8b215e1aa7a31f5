//! Writers: a header in, text out. No file system, no configuration, no clang.
//!
//! Imports: `ir` and `diagnostics` only.

mod aliases;
mod c_part;
mod cffi;
mod ctypes;
mod cxx;
mod cython;
mod declarator;
pub mod diff;
mod json;
mod lua;
mod order;
mod prompt;
pub mod source;
mod symbols;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::diagnostics::{Diagnostic, Hint};
use crate::ir::{Declaration, DeclarationKind, Header};

/// The option that every writer has, and that takes effect before one runs: the header is without what
/// none of these libraries defines.
const COMMON_OPTION: &str = "symbols";

/// How a note begins on a pattern that nothing of a header matches. It is true for a project only if it is true for each
/// of its headers.
pub const UNUSED_PATTERN: &str = "nothing matches the pattern of `exclude_patterns`";

/// How many names of a kind are told to everyone.
const FEW: usize = 5;

/// A note about what a writer leaves out of one kind, of which the first few are named, and a detail that names all if
/// there are more; nothing for none. `what` is the kind's name for one and for more.
fn left_out(header: &Header, names: &[&str], what: (&str, &str)) -> Vec<Diagnostic> {
    if names.is_empty() {
        return Vec::new();
    }
    let what = if names.len() == 1 { what.0 } else { what.1 };
    let message = format!("left out {} {what}", names.len());
    let more = if names.len() > FEW { ", ..." } else { "" };
    let few = Diagnostic::note(format!("{message}: {}{more}", quoted(&names[..names.len().min(FEW)])), None);
    std::iter::once(few).chain(every(header, names, &message)).collect()
}

/// The detail that goes with a message of the first few names.
fn every(header: &Header, names: &[&str], message: &str) -> Option<Diagnostic> {
    let is_first = |declaration: &&Declaration| declaration.name() == names.first().copied();
    let first = header.declarations.iter().find(is_first).or(header.declarations.first())?;
    let message = format!("{message}, all of them: {}", quoted(names));
    (names.len() > FEW).then(|| Diagnostic::note(message, Some(first.location.clone())))
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The function-like macros of a header that are bound, which few writers have words for.
fn macro_functions(header: &Header) -> Vec<&str> {
    let of_macro = |declaration: &&Declaration| {
        declaration.bound && matches!(declaration.kind, DeclarationKind::MacroFunction(_))
    };
    header.declarations.iter().filter(of_macro).filter_map(Declaration::name).collect()
}

/// Kinds of [`left_out`] that several writers have.
const MACRO_FUNCTIONS: (&str, &str) = ("function-like macro", "function-like macros");
const IN_HEADER: (&str, &str) =
    ("inline or static function or variable", "inline and static functions and variables");

/// Options of one writer as configured, `${VAR}` expanded.
pub type Options = BTreeMap<String, Value>;

/// The built-in writers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WriterKind {
    /// Declarations for `cffi.FFI().cdef`.
    Cffi,
    /// A Python module over `ctypes`.
    Ctypes,
    /// The stub (`.pyi`) of the module that the one before makes.
    CtypesStub,
    /// Declarations for Cython.
    Cython,
    /// The IR as documented JSON.
    Json,
    /// A module over LuaJIT's `ffi`.
    Lua,
    /// A summary for language models.
    Prompt,
    /// The differences from a baseline.
    Diff,
}

/// What a writer produced.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The text, ending in a newline.
    pub text: String,
    /// What was left out or made opaque, and why.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a writer produced nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No option of that name.
    #[error("writer `{writer}` has no option `{option}`")]
    UnknownOption {
        /// The writer.
        writer: &'static str,
        /// The option as written.
        option: String,
        /// Options it has.
        known: &'static [&'static str],
    },
    /// The header has nothing for a writer whose consumer knows C only.
    #[error("writer `{writer}` can bind nothing of `{header}`: all of it is C++, and nothing `extern \"C\"`")]
    OnlyCxx {
        /// The writer.
        writer: &'static str,
        /// The header as configured.
        header: String,
    },
    /// An option's value is of the wrong type or does not work.
    #[error("option `{option}` of writer `{writer}`: {problem}")]
    BadOption {
        /// The writer.
        writer: &'static str,
        /// The option.
        option: String,
        /// What is wrong with the value.
        problem: String,
    },
}

impl Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::UnknownOption { writer, known: [], .. } => {
                vec![format!("writer `{writer}` takes no options but `{COMMON_OPTION}`")]
            }
            Error::UnknownOption { writer, known, .. } => {
                vec![format!("options of `{writer}`: {}, {COMMON_OPTION}", known.join(", "))]
            }
            Error::OnlyCxx { .. } => vec!["writers `cython`, `json`, `prompt` and `diff` know C++".into()],
            Error::BadOption { writer, .. } => vec![format!("set it under [tool.headerkit.writer.{writer}]")],
        }
    }
}

impl WriterKind {
    /// Whether what it makes of a header is for C code that includes `Python.h` before the header.
    pub fn is_compiled_with_python(self, options: &Options) -> bool {
        match self {
            WriterKind::Cffi => cffi::is_api(options),
            WriterKind::Cython => true,
            _ => false,
        }
    }

    /// All writers, in the order in which they run.
    pub const ALL: [WriterKind; 8] = [
        WriterKind::Cffi,
        WriterKind::Ctypes,
        WriterKind::CtypesStub,
        WriterKind::Cython,
        WriterKind::Json,
        WriterKind::Lua,
        WriterKind::Prompt,
        WriterKind::Diff,
    ];

    /// The writer of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its name in configuration and store.
    pub fn name(self) -> &'static str {
        match self {
            WriterKind::Cffi => "cffi",
            WriterKind::Ctypes => "ctypes",
            WriterKind::CtypesStub => "ctypes-stub",
            WriterKind::Json => "json",
            WriterKind::Cython => "cython",
            WriterKind::Lua => "lua",
            WriterKind::Prompt => "prompt",
            WriterKind::Diff => "diff",
        }
    }

    /// What it makes, in one line.
    pub fn description(self) -> &'static str {
        match self {
            WriterKind::Cffi => "Declarations for cffi.FFI().cdef",
            WriterKind::Ctypes => "A Python module over ctypes",
            WriterKind::CtypesStub => "The types of the ctypes module, for type checkers",
            WriterKind::Json => "The parsed header as documented JSON",
            WriterKind::Cython => "Declarations for Cython",
            WriterKind::Lua => "A module over LuaJIT's ffi",
            WriterKind::Prompt => "A summary for language models",
            WriterKind::Diff => "The differences from a baseline",
        }
    }

    /// Version of its output; part of the store's key. Bump it with every change of the text.
    pub fn version(self) -> u32 {
        match self {
            WriterKind::Cffi => cffi::VERSION,
            WriterKind::Ctypes => ctypes::VERSION,
            WriterKind::CtypesStub => ctypes::STUB_VERSION,
            WriterKind::Json => json::VERSION,
            WriterKind::Cython => cython::VERSION,
            WriterKind::Lua => lua::VERSION,
            WriterKind::Prompt => prompt::VERSION,
            WriterKind::Diff => diff::VERSION,
        }
    }

    /// Extension of the stored artifact, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            WriterKind::Cffi => "txt",
            WriterKind::Ctypes => "py",
            WriterKind::CtypesStub => "pyi",
            WriterKind::Json => "json",
            WriterKind::Cython => "pxd",
            WriterKind::Lua => "lua",
            WriterKind::Prompt => "txt",
            WriterKind::Diff => "json",
        }
    }

    /// Where the output goes if configuration does not say.
    pub fn default_pattern(self) -> &'static str {
        match self {
            WriterKind::Cffi => "{dir}/{stem}.cdef.txt",
            WriterKind::Ctypes => "{dir}/{stem}_ctypes.py",
            WriterKind::CtypesStub => "{dir}/{stem}_ctypes.pyi",
            WriterKind::Json => "{dir}/{stem}.json",
            WriterKind::Cython => "{dir}/{stem}.pxd",
            WriterKind::Lua => "{dir}/{stem}_ffi.lua",
            WriterKind::Prompt => "{dir}/{stem}_prompt.txt",
            WriterKind::Diff => "{dir}/{stem}_diff.json",
        }
    }

    /// The writer whose output belongs beside this one's, by the same name with that one's extension.
    pub fn companion(self) -> Option<Self> {
        (self == WriterKind::Ctypes).then_some(WriterKind::CtypesStub)
    }

    /// Names of the options it takes.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            WriterKind::Cffi => cffi::OPTIONS,
            WriterKind::Ctypes | WriterKind::CtypesStub => ctypes::OPTIONS,
            WriterKind::Json => json::OPTIONS,
            WriterKind::Cython => cython::OPTIONS,
            WriterKind::Lua => lua::OPTIONS,
            WriterKind::Prompt => prompt::OPTIONS,
            WriterKind::Diff => diff::OPTIONS,
        }
    }

    /// Fails if there is no option of that name.
    pub fn check_name(self, option: &str) -> Result<(), Error> {
        if option == COMMON_OPTION || self.options().contains(&option) {
            return Ok(());
        }
        Err(Error::UnknownOption { writer: self.name(), option: option.to_owned(), known: self.options() })
    }

    /// Checks option names and values without a header.
    pub fn check(self, options: &Options) -> Result<(), Error> {
        strings(self.name(), options, COMMON_OPTION)?;
        options.keys().try_for_each(|name| self.check_name(name))?;
        let told = |error| match error {
            Error::BadOption { writer, option, problem } if problem.starts_with("expected ") => {
                let problem = format!("{problem}, not {}", options.get(&option).unwrap_or(&Value::Null));
                Error::BadOption { writer, option, problem }
            }
            error => error,
        };
        self.check_values(options).map_err(told)
    }

    fn check_values(self, options: &Options) -> Result<(), Error> {
        match self {
            WriterKind::Cffi => cffi::Settings::read(options).map(drop),
            WriterKind::Ctypes | WriterKind::CtypesStub => ctypes::Settings::read(options).map(drop),
            WriterKind::Json => json::Settings::read(options).map(drop),
            WriterKind::Cython => cython::Settings::read(options).map(drop),
            WriterKind::Lua => lua::Settings::read(options).map(drop),
            WriterKind::Prompt => prompt::Settings::read(options).map(drop),
            WriterKind::Diff => diff::Settings::read(options).map(drop),
        }
    }

    /// Writes the header.
    pub fn write(self, header: &Header, options: &Options) -> Result<Output, Error> {
        self.check(options)?;
        match self {
            WriterKind::Cffi => {
                let settings = cffi::Settings::read(options)?;
                self.write_c(header, |header| cffi::write(header, &settings))
            }
            WriterKind::Ctypes => {
                let settings = ctypes::Settings::read(options)?;
                self.write_c(header, |header| ctypes::write(header, &settings))
            }
            WriterKind::CtypesStub => {
                let settings = ctypes::Settings::read(options)?;
                let output = self.write_c(header, |header| ctypes::write_stub(header, &settings))?;
                // Its module has said it all.
                Ok(Output { diagnostics: Vec::new(), ..output })
            }
            WriterKind::Json => Ok(json::write(header, &json::Settings::read(options)?)),
            WriterKind::Cython => Ok(cython::write(header, &cython::Settings::read(options)?)),
            WriterKind::Lua => {
                let settings = lua::Settings::read(options)?;
                self.write_c(header, |header| lua::write(header, &settings))
            }
            WriterKind::Prompt => Ok(prompt::write(header, &prompt::Settings::read(options)?)),
            WriterKind::Diff => diff::write(header, &diff::Settings::read(options)?),
        }
    }
}

impl WriterKind {
    /// Writes the part of a header that C can use.
    fn write_c(self, header: &Header, write: impl FnOnce(&Header) -> Output) -> Result<Output, Error> {
        let part = c_part::c_part(header);
        if part.is_empty {
            return Err(Error::OnlyCxx { writer: self.name(), header: header.path.clone() });
        }
        let mut output = write(&part.header);
        output.diagnostics.splice(0..0, part.diagnostics);
        Ok(output)
    }
}

/// A string or a list of strings, as command line and configuration both spell lists.
fn strings(writer: &'static str, options: &Options, option: &str) -> Result<Vec<String>, Error> {
    let bad = || Error::BadOption {
        writer,
        option: option.to_owned(),
        problem: "expected a string or a list of strings".into(),
    };
    match options.get(option) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![text.clone()]),
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(bad)).collect()
        }
        Some(_) => Err(bad()),
    }
}

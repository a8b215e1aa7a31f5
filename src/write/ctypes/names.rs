//! Python names of everything that C names.
//!
//! C keeps tags apart from other identifiers and knows no Python keywords; a module has one name space.

use super::super::symbols::enum_constants;
use crate::ir::{DeclarationKind, Header, RecordKind, Type};
use rustc_hash::{FxHashMap, FxHashSet};

/// Python's keywords, sorted.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Module attributes that mean something to Python or to the module itself, sorted.
const SPECIAL: &[&str] = &[
    "__all__",
    "__annotations__",
    "__builtins__",
    "__cached__",
    "__class__",
    "__debug__",
    "__dict__",
    "__dir__",
    "__doc__",
    "__file__",
    "__getattr__",
    "__import__",
    "__loader__",
    "__missing__",
    "__name__",
    "__package__",
    "__path__",
    "__spec__",
    "__verify__",
];

/// Class attributes that `ctypes` reads.
const FIELD_SPECIAL: &[&str] =
    &["_align_", "_anonymous_", "_fields_", "_layout_", "_pack_", "_swappedbytes_"];

/// Whether a name can be given to a variable of the generated module by its user.
pub(super) fn is_free_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !is_ours(name)
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.binary_search(&name).is_ok()
}

fn is_ours(name: &str) -> bool {
    name == "_ct" || name.starts_with("_hk_") || is_keyword(name) || SPECIAL.binary_search(&name).is_ok()
}

/// The name of a field. Keywords stay: `getattr` reaches them.
pub(super) fn field(name: &str) -> String {
    let dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    if dunder || FIELD_SPECIAL.contains(&name) || name.starts_with("_hk_") {
        format!("{name}_")
    } else {
        name.to_owned()
    }
}

/// Another name for a field that is a keyword.
pub(super) fn field_alias(name: &str) -> Option<String> {
    is_keyword(name).then(|| format!("{name}_"))
}

/// The name of a parameter in the stub, where it only documents.
pub(super) fn parameter(name: &str) -> String {
    let mut name: String =
        name.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if is_keyword(&name) {
        name.push('_');
    }
    name
}

/// Whether a name is one of Python's builtins.
pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.binary_search(&name).is_ok()
}

/// Python's builtins, sorted.
const BUILTINS: &[&str] = &[
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "BaseExceptionGroup",
    "BlockingIOError",
    "BrokenPipeError",
    "BufferError",
    "BytesWarning",
    "ChildProcessError",
    "ConnectionAbortedError",
    "ConnectionError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "DeprecationWarning",
    "EOFError",
    "Ellipsis",
    "EncodingWarning",
    "EnvironmentError",
    "Exception",
    "ExceptionGroup",
    "FileExistsError",
    "FileNotFoundError",
    "FloatingPointError",
    "FutureWarning",
    "GeneratorExit",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "IndexError",
    "InterruptedError",
    "IsADirectoryError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "ModuleNotFoundError",
    "NameError",
    "NotADirectoryError",
    "NotImplemented",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PendingDeprecationWarning",
    "PermissionError",
    "ProcessLookupError",
    "PythonFinalizationError",
    "RecursionError",
    "ReferenceError",
    "ResourceWarning",
    "RuntimeError",
    "RuntimeWarning",
    "StopAsyncIteration",
    "StopIteration",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "SystemExit",
    "TabError",
    "TimeoutError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "ValueError",
    "Warning",
    "WindowsError",
    "ZeroDivisionError",
    "abs",
    "aiter",
    "all",
    "anext",
    "any",
    "ascii",
    "bin",
    "bool",
    "breakpoint",
    "bytearray",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "compile",
    "complex",
    "copyright",
    "credits",
    "delattr",
    "dict",
    "dir",
    "divmod",
    "enumerate",
    "eval",
    "exec",
    "exit",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "help",
    "hex",
    "id",
    "input",
    "int",
    "isinstance",
    "issubclass",
    "iter",
    "len",
    "license",
    "list",
    "locals",
    "map",
    "max",
    "memoryview",
    "min",
    "next",
    "object",
    "oct",
    "open",
    "ord",
    "pow",
    "print",
    "property",
    "quit",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "slice",
    "sorted",
    "staticmethod",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

/// Builtins that the stub names.
const USED_BUILTINS: &[&str] =
    &["bool", "bytearray", "bytes", "complex", "float", "int", "list", "memoryview", "str", "tuple", "type"];

/// Python names of one header.
pub(super) struct Names<'a> {
    ordinary: FxHashMap<&'a str, String>,
    tags: FxHashMap<&'a str, String>,
    taken: FxHashSet<String>,
}

impl<'a> Names<'a> {
    /// Names all that the header declares; `lib_name` is taken by the library.
    pub fn new(header: &'a Header, lib_name: &str) -> Self {
        let mut names = Names {
            ordinary: FxHashMap::default(),
            tags: FxHashMap::default(),
            taken: FxHashSet::from_iter([lib_name.to_owned()]),
        };
        let ordinary = ordinary_names(header);
        let (kept, changed): (Vec<&str>, Vec<&str>) =
            ordinary.into_iter().partition(|name| is_free_identifier(name) && *name != lib_name);
        for name in kept.into_iter().chain(changed) {
            if !names.ordinary.contains_key(name) {
                let unique = names.unique(name);
                names.ordinary.insert(name, unique);
            }
        }
        names.add_tags(header);
        names
    }

    fn add_tags(&mut self, header: &'a Header) {
        let aliases: FxHashSet<&str> = header
            .declarations
            .iter()
            .filter_map(|declaration| match &declaration.kind {
                DeclarationKind::Typedef(typedef) => match &typedef.ty.ty {
                    Type::Record { name, .. } | Type::Enum { name } if *name == typedef.name => {
                        Some(typedef.name.as_str())
                    }
                    _ => None,
                },
                _ => None,
            })
            .collect();
        for declaration in &header.declarations {
            let (keyword, tag) = match &declaration.kind {
                DeclarationKind::Record(record) => (record.record.keyword(), record.name.as_deref()),
                DeclarationKind::Enum(definition) => ("enum", definition.name.as_deref()),
                _ => continue,
            };
            let Some(tag) = tag.filter(|tag| !self.tags.contains_key(tag)) else { continue };
            let name = match self.ordinary.get(tag) {
                Some(name) if aliases.contains(tag) => name.clone(),
                Some(_) => self.unique(&format!("{keyword}_{tag}")),
                None => self.unique(tag),
            };
            self.tags.insert(tag, name);
        }
    }

    /// Whether the header takes the name of a builtin that the stub needs.
    pub fn hide_builtins(&self) -> bool {
        USED_BUILTINS.iter().any(|name| self.taken.contains(*name))
    }

    /// The name of a function, variable, typedef or constant.
    pub fn ordinary(&self, name: &str) -> String {
        self.ordinary.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The name of a record's class.
    pub fn record(&self, kind: RecordKind, tag: &str) -> String {
        self.tags.get(tag).cloned().unwrap_or_else(|| format!("{}_{tag}", kind.keyword()))
    }

    /// The name of an enum's integer type.
    pub fn enumeration(&self, tag: &str) -> String {
        self.tags.get(tag).cloned().unwrap_or_else(|| format!("enum_{tag}"))
    }

    /// Takes a name that nothing has yet, as close to the wish as Python allows.
    pub fn unique(&mut self, wish: &str) -> String {
        let mut name: String =
            wish.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
        while is_ours(&name) || self.taken.contains(&name) {
            if name.starts_with("_hk_") {
                name.insert(0, '_');
            } else {
                name.push('_');
            }
        }
        self.taken.insert(name.clone());
        name
    }
}

fn ordinary_names(header: &Header) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for declaration in &header.declarations {
        match &declaration.kind {
            DeclarationKind::Typedef(typedef) => names.push(&typedef.name),
            DeclarationKind::Function(function) => names.push(&function.name),
            DeclarationKind::Variable(variable) => names.push(&variable.name),
            DeclarationKind::Constant(constant) => names.push(&constant.name),
            DeclarationKind::Record(_)
            | DeclarationKind::Enum(_)
            | DeclarationKind::MacroFunction(_)
            | DeclarationKind::Cxx(_) => {}
        }
    }
    names.extend(enum_constants(header).into_iter().map(|(name, _)| name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(KEYWORDS.is_sorted() && SPECIAL.is_sorted() && BUILTINS.is_sorted());
    }
}

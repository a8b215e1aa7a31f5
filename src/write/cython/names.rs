//! Cython names of everything that C names.
//!
//! C keeps tags apart from other identifiers and knows no keywords of Python; a `.pxd` has one name space.
//! What has to change its name keeps its C name in quotes behind the new one.

use crate::ir::{DeclarationKind, Header, Type, Typedef};
use crate::write::symbols::enum_constants;
use rustc_hash::{FxHashMap, FxHashSet};

/// Words that Cython's grammar takes for itself, in some place at least. Sorted.
const WORDS: &[&str] = &[
    "DEF", "ELIF", "ELSE", "False", "IF", "NULL", "None", "True", "and", "as", "assert", "async", "await",
    "break", "by", "cdef", "cimport", "class", "complex", "const", "continue", "cpdef", "ctypedef", "def",
    "del", "elif", "else", "except", "exec", "finally", "for", "from", "gil", "global", "if", "import", "in",
    "include", "is", "lambda", "noexcept", "nogil", "nonlocal", "not", "operator", "or", "pass", "print",
    "raise", "return", "sizeof", "try", "typeid", "while", "with", "yield",
];

/// Names of types that Cython or Python defines; nothing else may take them where types stand. Sorted.
const TYPES: &[&str] = &[
    "Exception",
    "api",
    "bint",
    "bool",
    "bytearray",
    "bytes",
    "char",
    "cppclass",
    "dict",
    "double",
    "enum",
    "extern",
    "float",
    "frozenset",
    "fused",
    "inline",
    "int",
    "list",
    "long",
    "memoryview",
    "object",
    "packed",
    "property",
    "public",
    "range",
    "readonly",
    "set",
    "short",
    "signed",
    "slice",
    "str",
    "struct",
    "tuple",
    "type",
    "unicode",
    "union",
    "unsigned",
    "void",
    "volatile",
];

/// Whether Cython could not read the name, wherever it stands.
fn is_word(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
    !plain || WORDS.binary_search(&name).is_ok()
}

fn is_type(name: &str) -> bool {
    TYPES.binary_search(&name).is_ok()
}

/// The name as close to C's as Cython allows, `_` added until it is free.
fn escaped(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut escaped: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    while is_word(&escaped) || is_taken(&escaped) {
        escaped.push('_');
    }
    escaped
}

/// The name of a parameter.
pub(super) fn parameter(name: &str) -> String {
    escaped(name, is_type)
}

/// The name of a field with its C name where that differs. `others` are its siblings, and the names that those have
/// in place of their own; a new one joins them.
pub(super) fn field(name: &str, others: &mut FxHashSet<String>) -> String {
    if !is_word(name) {
        return name.to_owned();
    }
    let escaped = escaped(name, |wish| others.contains(wish));
    others.insert(escaped.clone());
    with_c_name(&escaped, name)
}

/// A name as a declaration introduces it.
pub(super) fn with_c_name(name: &str, c_name: &str) -> String {
    if name == c_name { name.to_owned() } else { format!("{name} \"{c_name}\"") }
}

/// Cython names of one header.
pub(super) struct Names<'a> {
    ordinary: FxHashMap<&'a str, String>,
    tags: FxHashMap<&'a str, String>,
    /// Typedefs that only repeat the tag of a record or enum.
    aliases: FxHashSet<&'a str>,
    taken: FxHashSet<String>,
}

impl<'a> Names<'a> {
    /// Names all that the header declares.
    pub(super) fn new(header: &'a Header) -> Self {
        let mut names = Names {
            ordinary: FxHashMap::default(),
            tags: FxHashMap::default(),
            aliases: header.declarations.iter().filter_map(|item| alias(&item.kind)).collect(),
            taken: FxHashSet::default(),
        };
        let (kept, changed): (Vec<Ordinary>, Vec<Ordinary>) = ordinary(header)
            .into_iter()
            .partition(|item| !(is_word(item.name) || item.is_type && is_type(item.name)));
        for item in kept.into_iter().chain(changed) {
            if !names.ordinary.contains_key(item.name) {
                let unique = names.unique(item.name, item.is_type);
                names.ordinary.insert(item.name, unique);
            }
        }
        names.add_tags(header);
        names
    }

    fn add_tags(&mut self, header: &'a Header) {
        for declaration in &header.declarations {
            let (keyword, tag) = match &declaration.kind {
                DeclarationKind::Record(record) => (record.record.keyword(), record.name.as_deref()),
                DeclarationKind::Enum(definition) => ("enum", definition.name.as_deref()),
                _ => continue,
            };
            let Some(tag) = tag.filter(|tag| !self.tags.contains_key(tag)) else { continue };
            let name = match self.ordinary.get(tag) {
                Some(name) if self.is_alias(tag) => name.clone(),
                Some(_) => self.unique(&format!("{keyword}_{tag}"), true),
                None => self.unique(tag, true),
            };
            self.tags.insert(tag, name);
        }
    }

    /// Whether the typedef only repeats the tag of a record or enum.
    pub(super) fn is_alias(&self, typedef: &str) -> bool {
        self.aliases.contains(typedef)
    }

    /// The name of a function, variable, typedef or constant.
    pub(super) fn ordinary(&self, name: &str) -> String {
        self.ordinary.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// That with its C name where it differs.
    pub(super) fn declared(&self, name: &str) -> String {
        with_c_name(&self.ordinary(name), name)
    }

    /// The name of a record or enum.
    pub(super) fn tag(&self, tag: &str) -> String {
        self.tags.get(tag).cloned().unwrap_or_else(|| tag.to_owned())
    }

    /// What introduces a record or enum: `ctypedef` where C knows it without its keyword.
    pub(super) fn introduced(&self, keyword: &str, tag: &str) -> String {
        let introducer = if self.is_alias(tag) { "ctypedef" } else { "cdef" };
        format!("{introducer} {keyword} {}", with_c_name(&self.tag(tag), tag))
    }

    /// Whether nothing has the name yet, or what it becomes where Cython cannot take it.
    pub(super) fn is_free(&self, name: &str, of_type: bool) -> bool {
        !self.taken.contains(&escaped(name, |name| of_type && is_type(name)))
    }

    /// Takes a name that nothing has yet.
    pub(super) fn unique(&mut self, wish: &str, of_type: bool) -> String {
        let name = escaped(wish, |name| self.taken.contains(name) || (of_type && is_type(name)));
        self.taken.insert(name.clone());
        name
    }
}

/// The typedef's name, if it is that of the tag that it stands for and adds nothing.
fn alias(kind: &DeclarationKind) -> Option<&str> {
    let DeclarationKind::Typedef(Typedef { name, ty, align: None }) = kind else { return None };
    match &ty.ty {
        Type::Record { name: tag, .. } | Type::Enum { name: tag }
            if tag == name && !ty.is_const && !ty.is_volatile =>
        {
            Some(name)
        }
        _ => None,
    }
}

struct Ordinary<'a> {
    name: &'a str,
    is_type: bool,
}

fn ordinary(header: &Header) -> Vec<Ordinary<'_>> {
    let declared = header.declarations.iter().filter_map(|declaration| match &declaration.kind {
        DeclarationKind::Typedef(typedef) => Some(Ordinary { name: &typedef.name, is_type: true }),
        DeclarationKind::Function(function) => Some(Ordinary { name: &function.name, is_type: false }),
        DeclarationKind::Variable(variable) => Some(Ordinary { name: &variable.name, is_type: false }),
        DeclarationKind::Constant(constant) => Some(Ordinary { name: &constant.name, is_type: false }),
        DeclarationKind::Record(_)
        | DeclarationKind::Enum(_)
        | DeclarationKind::MacroFunction(_)
        | DeclarationKind::Cxx(_) => None,
    });
    let constants = enum_constants(header).into_iter().map(|(name, _)| Ordinary { name, is_type: false });
    declared.chain(constants).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_can_be_searched() {
        assert!(WORDS.is_sorted() && TYPES.is_sorted());
        assert_eq!(parameter("in"), "in_");
        assert_eq!(parameter("object"), "object_");
        let mut others = FxHashSet::from_iter(["from_".to_owned()]);
        assert_eq!(field("from", &mut others), "from__ \"from\"");
        assert_eq!(field("object", &mut others), "object");
        assert_eq!(field("a$b", &mut others), "a_b \"a$b\"");
        assert_eq!(field("a€b", &mut others), "a_b_ \"a€b\"");
    }
}

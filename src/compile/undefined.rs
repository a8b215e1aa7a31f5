//! What a module uses and nothing defines: who asks for it, and whether bindings declare it.

use std::collections::{BTreeMap, BTreeSet};

use object::BinaryFormat;
use object::read::{Object, ObjectSection, ObjectSymbol, RelocationTarget, SymbolKind};

/// What cffi puts before the names of what it wraps.
const OF_CFFI: [&str; 3] = ["_cffi_f_", "_cffi_d_", "_cffi_const_"];

/// A symbol that nothing defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undefined {
    /// Its name in C.
    pub name: String,
    /// The function that uses it, if that is another one than what bindings declare by this name.
    pub user: Option<String>,
    /// The name of the two that the bindings of the module declare.
    pub declared: Option<String>,
}

impl Undefined {
    /// Looks for who uses symbols in the objects of a module, which has these declarations.
    pub(super) fn all(names: &[String], objects: &[(String, String)], cdef: &str) -> Vec<Self> {
        let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        let contents = objects.iter().filter_map(|(path, _)| fs_err::read(path).ok());
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for User { name, symbol } in contents.flat_map(|content| users(&content, &wanted)) {
            found.entry(symbol).or_insert(name);
        }
        // Linkers tell them in an order of their own.
        let names: BTreeSet<&String> = names.iter().collect();
        names.into_iter().map(|name| Undefined::new(name, found.get(name), cdef)).collect()
    }

    fn new(name: &str, user: Option<&String>, cdef: &str) -> Self {
        let plain = |user: &String| {
            let plain = OF_CFFI.iter().find_map(|start| user.strip_prefix(start));
            plain.unwrap_or(user).to_owned()
        };
        let user = user.map(plain);
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_declared = |name: &&str| cdef.split(|letter| !is_letter(letter)).any(|word| word == *name);
        let declared =
            [Some(name), user.as_deref()].into_iter().flatten().find(is_declared).map(str::to_owned);
        Undefined { name: name.to_owned(), user: user.filter(|user| user != name), declared }
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        match &self.user {
            Some(user) => format!("`{}` (in `{user}`)", self.name),
            None => format!("`{}`", self.name),
        }
    }
}

/// A function or datum of an object that uses an undefined symbol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct User {
    /// Its name in C.
    pub name: String,
    /// That of the symbol.
    pub symbol: String,
}

/// Who uses undefined symbols of these names in C, in the order of the object; nothing of what is no object.
pub(super) fn users(object: &[u8], undefined: &BTreeSet<&str>) -> Vec<User> {
    let Ok(file) = object::File::parse(object) else { return Vec::new() };
    let has_prefix = file.format() == BinaryFormat::MachO;
    let mut starts: BTreeMap<(usize, u64), &str> = BTreeMap::new();
    for symbol in file.symbols() {
        if let (Some(section), SymbolKind::Text | SymbolKind::Data, Ok(name)) =
            (symbol.section_index(), symbol.kind(), symbol.name())
        {
            starts.insert((section.0, symbol.address()), name);
        }
    }
    let mut found = Vec::new();
    for section in file.sections() {
        for (offset, relocation) in section.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let Some(symbol) = file.symbol_by_index(index).ok().filter(ObjectSymbol::is_undefined) else {
                continue;
            };
            let name = symbol.name().unwrap_or_default();
            // C's names start with `_` on macOS and 32-bit Windows.
            let names = [Some(name), name.strip_prefix('_')];
            let Some(symbol) = names.into_iter().flatten().find(|name| undefined.contains(name)) else {
                continue;
            };
            let at = (section.index().0, section.address() + offset);
            let holder = starts.range(..=at).next_back().filter(|((section, _), _)| *section == at.0);
            found.extend(holder.map(|(_, holder)| User {
                name: holder.strip_prefix('_').filter(|_| has_prefix).unwrap_or(holder).to_owned(),
                symbol: symbol.to_owned(),
            }));
        }
    }
    found
}

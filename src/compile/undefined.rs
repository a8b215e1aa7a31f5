//! What a module uses and nothing defines: who asks for it, and whether bindings declare it.

use std::path::Path;

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
    /// Looks for who uses a symbol in the objects of a module, which has these declarations.
    pub(super) fn new(name: &str, objects: &[(String, String)], cdef: &str) -> Self {
        let files = objects.iter().map(|(path, _)| Path::new(path));
        let user = files.filter_map(|path| user(&fs_err::read(path).ok()?, name)).next();
        let user = user.map(|user| {
            let plain = OF_CFFI.iter().find_map(|start| user.strip_prefix(start));
            plain.unwrap_or(&user).to_owned()
        });
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

/// The function of an object that uses a symbol.
fn user(object: &[u8], name: &str) -> Option<String> {
    let file = object::File::parse(object).ok()?;
    // C's names start with `_` on macOS and 32-bit Windows.
    let plain =
        |symbol: &str| symbol.strip_prefix('_').filter(|_| symbol != name).unwrap_or(symbol).to_owned();
    let is_wanted = |symbol: &object::Symbol<'_, '_>| {
        symbol.is_undefined() && symbol.name().is_ok_and(|found| found == name || plain(found) == name)
    };
    let wanted = file.symbols().find(is_wanted)?.index();
    for section in file.sections() {
        let uses = section
            .relocations()
            .find(|(_, relocation)| relocation.target() == RelocationTarget::Symbol(wanted));
        let Some((offset, _)) = uses else { continue };
        let address = section.address() + offset;
        let is_before = |symbol: &object::Symbol<'_, '_>| {
            symbol.section_index() == Some(section.index())
                && matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data)
                && symbol.address() <= address
        };
        let holder = file.symbols().filter(is_before).max_by_key(ObjectSymbol::address)?;
        let found = holder.name().ok()?;
        let has_prefix = file.format() == object::BinaryFormat::MachO;
        return Some(found.strip_prefix('_').filter(|_| has_prefix).unwrap_or(found).to_owned());
    }
    None
}

//! What a header declares, over all targets.

use rustc_hash::FxHashMap;

use super::Interface;
use super::layout::{self, Shape};
use crate::ir::{CxxItem, Declaration, DeclarationKind};
use crate::write::source;

/// The parts of the page, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Category {
    Functions,
    Records,
    Enums,
    Types,
    Variables,
    Constants,
    Macros,
}

impl Category {
    pub(super) const ALL: [Category; 7] = [
        Category::Functions,
        Category::Records,
        Category::Enums,
        Category::Types,
        Category::Variables,
        Category::Constants,
        Category::Macros,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Category::Functions => "Functions",
            Category::Records => "Structs, unions and classes",
            Category::Enums => "Enums",
            Category::Types => "Types",
            Category::Variables => "Variables",
            Category::Constants => "Constants",
            Category::Macros => "Function-like macros",
        }
    }

    fn of(kind: &DeclarationKind) -> Self {
        match kind {
            DeclarationKind::Record(_) => Category::Records,
            DeclarationKind::Enum(_) => Category::Enums,
            // A typedef that is the only name of a record is that record to its users.
            DeclarationKind::Typedef(_) if layout::of(kind).is_some() => Category::Records,
            DeclarationKind::Typedef(_) => Category::Types,
            DeclarationKind::Function(_) => Category::Functions,
            DeclarationKind::Variable(_) => Category::Variables,
            DeclarationKind::Constant(_) => Category::Constants,
            DeclarationKind::MacroFunction(_) => Category::Macros,
            DeclarationKind::Cxx(cxx) => match &cxx.item {
                CxxItem::Class(_) => Category::Records,
                CxxItem::Enum(_) => Category::Enums,
                CxxItem::Typedef(_) | CxxItem::Using(_) => Category::Types,
                CxxItem::Function(_) => Category::Functions,
                CxxItem::Variable(_) | CxxItem::Field(_) => Category::Variables,
            },
        }
    }
}

/// Something and the targets that it holds for, by their positions.
pub(super) struct For<T> {
    pub what: T,
    pub targets: Vec<usize>,
}

/// What goes by one name.
pub(super) struct Entry<'h> {
    pub category: Category,
    pub name: String,
    /// As source: several where targets differ, and for overloads.
    pub texts: Vec<For<String>>,
    /// The layouts, and the name that they go by.
    pub shapes: Vec<For<(String, Shape)>>,
    /// One of the declarations.
    pub declaration: &'h Declaration,
}

impl Entry<'_> {
    /// The targets that have it at all.
    pub(super) fn targets(&self) -> Vec<usize> {
        let mut targets: Vec<usize> =
            self.texts.iter().flat_map(|text| text.targets.iter().copied()).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }
}

/// What the header declares, by category and then in source order.
pub(super) fn entries(interface: &Interface) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut known: FxHashMap<(Category, String), usize> = FxHashMap::default();
    for (target, header) in interface.headers.iter().enumerate() {
        for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
            let text = source::declaration(&declaration.kind);
            let category = Category::of(&declaration.kind);
            // Enums without a name have only their text.
            let name = name(declaration).unwrap_or_else(|| text.clone());
            let position = *known.entry((category, name.clone())).or_insert_with(|| {
                entries.push(Entry { category, name, texts: Vec::new(), shapes: Vec::new(), declaration });
                entries.len() - 1
            });
            let entry = &mut entries[position];
            add(&mut entry.texts, text, target);
            if let Some(shape) = layout::of(&declaration.kind) {
                add(&mut entry.shapes, shape, target);
            }
        }
    }
    entries.sort_by_key(|entry| entry.category);
    entries
}

fn add<T: PartialEq>(variants: &mut Vec<For<T>>, what: T, target: usize) {
    match variants.iter_mut().find(|variant| variant.what == what) {
        // A header may repeat a declaration.
        Some(variant) if variant.targets.last() == Some(&target) => {}
        Some(variant) => variant.targets.push(target),
        None => variants.push(For { what, targets: vec![target] }),
    }
}

fn name(declaration: &Declaration) -> Option<String> {
    match &declaration.kind {
        DeclarationKind::Cxx(cxx) => cxx.qualified_name(),
        DeclarationKind::Record(record) => {
            Some(format!("{} {}", record.record.keyword(), record.name.as_deref()?))
        }
        _ => declaration.name().map(str::to_owned),
    }
}

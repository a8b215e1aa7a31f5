//! One state of an interface: its declarations by kind and name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cxx::{Category, identity};
use crate::ir::{
    CxxItem, CxxType, Declaration, DeclarationKind, Enum, EnumConstant, Header, Named, NamedType, QualType,
    Record, RecordKind, Template, Type, Typedef,
};
use crate::write::symbols::walk;

/// The kinds of declarations that names are unique in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Space {
    Struct,
    Union,
    Enum,
    Typedef,
    Function,
    Variable,
    Constant,
    Macro,
}

impl Space {
    /// As in the kinds of changes, and in sentences.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Space::Struct => "struct",
            Space::Union => "union",
            Space::Enum => "enum",
            Space::Typedef => "typedef",
            Space::Function => "function",
            Space::Variable => "variable",
            Space::Constant => "constant",
            Space::Macro => "macro",
        }
    }
}

impl From<RecordKind> for Space {
    fn from(kind: RecordKind) -> Self {
        match kind {
            RecordKind::Struct => Space::Struct,
            RecordKind::Union => Space::Union,
        }
    }
}

/// What a declaration is found by.
pub(super) type Key<'a> = (Space, &'a str);

/// The key of a declaration; `None` for an unnamed enum and for C++.
pub(super) fn key(declaration: &Declaration) -> Option<Key<'_>> {
    let space = match &declaration.kind {
        DeclarationKind::Record(record) => record.record.into(),
        DeclarationKind::Enum(_) => Space::Enum,
        DeclarationKind::Typedef(_) => Space::Typedef,
        DeclarationKind::Function(_) => Space::Function,
        DeclarationKind::Variable(_) => Space::Variable,
        DeclarationKind::Constant(_) => Space::Constant,
        DeclarationKind::MacroFunction(_) => Space::Macro,
        DeclarationKind::Cxx(_) => return None,
    };
    Some((space, declaration.name()?))
}

/// One state of an interface.
pub(super) struct Side<'a> {
    /// In source order; a declaration that several headers have stands where it comes first.
    pub declarations: Vec<&'a Declaration>,
    positions: FxHashMap<Key<'a>, usize>,
    /// C++ declarations by what tells them apart.
    identities: FxHashMap<(Category, String, String), usize>,
    /// What C++ typedefs stand for, those of classes included.
    aliases: FxHashMap<String, &'a QualType>,
    /// Constants of all enums: C has one name space for them.
    enumerators: FxHashMap<&'a str, &'a EnumConstant>,
}

impl<'a> Side<'a> {
    pub(super) fn new(headers: &'a [Header]) -> Self {
        let mut side = Side {
            declarations: Vec::new(),
            positions: FxHashMap::default(),
            identities: FxHashMap::default(),
            aliases: FxHashMap::default(),
            enumerators: FxHashMap::default(),
        };
        for declaration in headers.iter().flat_map(|header| &header.declarations) {
            side.add(declaration);
            if let DeclarationKind::Cxx(cxx) = &declaration.kind {
                let scope: String = cxx.namespace.iter().map(|part| format!("{part}::")).collect();
                push_aliases(&scope, &cxx.item, cxx.template.as_ref(), &mut side.aliases);
            }
            let constants = enumerators(declaration);
            side.enumerators.extend(constants.into_iter().map(|one| (one.name.as_str(), one)));
        }
        side
    }

    fn add(&mut self, declaration: &'a Declaration) {
        let next = self.declarations.len();
        let position = match key(declaration) {
            Some(key) => *self.positions.entry(key).or_insert(next),
            None if let Some(identity) = identity(declaration) => {
                *self.identities.entry(identity).or_insert(next)
            }
            // The same unnamed enum seen through two headers is one.
            None => self.declarations.iter().position(|known| *known == declaration).unwrap_or(next),
        };
        match self.declarations.get_mut(position) {
            None => self.declarations.push(declaration),
            Some(known) if rank(declaration) > rank(known) => *known = declaration,
            Some(_) => {}
        }
    }

    pub(super) fn find(&self, key: Key) -> Option<&'a Declaration> {
        self.positions.get(&key).map(|position| self.declarations[*position])
    }

    pub(super) fn record(&self, kind: RecordKind, name: &str) -> Option<&'a Record> {
        match &self.find((kind.into(), name))?.kind {
            DeclarationKind::Record(record) => Some(record),
            _ => None,
        }
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&'a Enum> {
        match &self.find((Space::Enum, name))?.kind {
            DeclarationKind::Enum(definition) => Some(definition),
            _ => None,
        }
    }

    fn typedef(&self, name: &str) -> Option<&'a Typedef> {
        match &self.find((Space::Typedef, name))?.kind {
            DeclarationKind::Typedef(typedef) => Some(typedef),
            _ => None,
        }
    }

    pub(super) fn enumerator(&self, name: &str) -> Option<&'a EnumConstant> {
        self.enumerators.get(name).copied()
    }

    /// The type behind typedefs, with the qualifiers of all of them.
    pub(super) fn resolve(&self, ty: &QualType) -> QualType {
        let mut ty = ty.clone();
        // A header cannot hold a cycle of typedefs; stored IR is not trusted to know that.
        for _ in 0..64 {
            let Some(behind) = self.behind(&ty.ty) else { return ty };
            ty = QualType {
                ty: behind.ty.clone(),
                is_const: ty.is_const || behind.is_const,
                is_volatile: ty.is_volatile || behind.is_volatile,
                is_restrict: ty.is_restrict || behind.is_restrict,
            };
        }
        ty
    }

    pub(super) fn is_cxx_typedef(&self, name: &str) -> bool {
        self.aliases.contains_key(name)
    }

    /// What a typedef of either language stands for.
    pub(super) fn behind(&self, ty: &Type) -> Option<&'a QualType> {
        let name = typedef_name(ty)?;
        self.typedef(name).map(|typedef| &typedef.ty).or_else(|| self.aliases.get(name).copied())
    }

    /// Records and typedefs of records that declarations of the interface use by value.
    pub(super) fn used_by_value(&self) -> FxHashSet<Key<'a>> {
        let mut used = FxHashSet::default();
        for declaration in &self.declarations {
            match &declaration.kind {
                DeclarationKind::Record(record) => self.note_fields(record, &mut used),
                DeclarationKind::Function(function) => {
                    self.note(&function.ty.result.ty, &mut used);
                    function.ty.parameters.iter().for_each(|one| self.note(&one.ty.ty, &mut used));
                }
                DeclarationKind::Variable(variable) => self.note(&variable.ty.ty, &mut used),
                DeclarationKind::Typedef(typedef) => {
                    if let Type::InlineRecord { definition } = &typedef.ty.ty {
                        self.note_fields(definition, &mut used);
                    }
                }
                _ => {}
            }
        }
        used
    }

    fn note_fields(&self, record: &'a Record, used: &mut FxHashSet<Key<'a>>) {
        record.fields.iter().for_each(|field| self.note(&field.ty.ty, used));
    }

    fn note(&self, ty: &'a Type, used: &mut FxHashSet<Key<'a>>) {
        match ty {
            Type::Array { of, .. } | Type::Atomic { of } => self.note(&of.ty, used),
            Type::Record { record, name } => drop(used.insert(((*record).into(), name))),
            Type::InlineRecord { definition } => self.note_fields(definition, used),
            Type::Typedef { name } => {
                // What is noted already has been followed: a cycle ends here.
                if used.insert((Space::Typedef, name))
                    && let Some(typedef) = self.typedef(name)
                {
                    self.note(&typedef.ty.ty, used);
                }
            }
            _ => {}
        }
    }
}

/// The name of a typedef that is no template and no member of one.
pub(super) fn typedef_name(ty: &Type) -> Option<&str> {
    match ty {
        Type::Typedef { name } => Some(name),
        Type::Cxx { ty } => match &**ty {
            CxxType::Named(NamedType { name, what: Named::Typedef, arguments, within: None, .. })
                if arguments.is_empty() =>
            {
                Some(name)
            }
            _ => None,
        },
        _ => None,
    }
}

fn push_aliases<'a>(
    scope: &str,
    item: &'a CxxItem,
    template: Option<&Template>,
    all: &mut FxHashMap<String, &'a QualType>,
) {
    match item {
        _ if template.is_some() => {}
        CxxItem::Typedef(typedef) => drop(all.insert(format!("{scope}{}", typedef.name), &typedef.ty)),
        CxxItem::Class(class) => class.members.iter().for_each(|member| {
            let scope = format!("{scope}{}::", class.name);
            push_aliases(&scope, &member.item, member.template.as_ref(), all);
        }),
        _ => {}
    }
}

/// Which of several declarations of one thing says most.
fn rank(declaration: &Declaration) -> (bool, bool) {
    let complete = match &declaration.kind {
        DeclarationKind::Record(record) => record.layout.is_some(),
        DeclarationKind::Enum(definition) => !definition.incomplete,
        DeclarationKind::Cxx(cxx) => match &cxx.item {
            CxxItem::Class(class) => !class.incomplete,
            CxxItem::Enum(definition) => !definition.definition.incomplete,
            _ => true,
        },
        _ => true,
    };
    (complete, declaration.bound)
}

/// The constants of all enums that a declaration defines, in order.
pub(super) fn enumerators(declaration: &Declaration) -> Vec<&EnumConstant> {
    let mut all = Vec::new();
    match &declaration.kind {
        DeclarationKind::Enum(definition) => all.extend(&definition.constants),
        DeclarationKind::Record(record) => {
            record.fields.iter().for_each(|field| push_inline(&field.ty, &mut all));
        }
        DeclarationKind::Typedef(typedef) => push_inline(&typedef.ty, &mut all),
        DeclarationKind::Variable(variable) => push_inline(&variable.ty, &mut all),
        _ => {}
    }
    all
}

fn push_inline<'a>(ty: &'a QualType, all: &mut Vec<&'a EnumConstant>) {
    walk(ty, &mut |ty| {
        if let Type::InlineEnum { definition } = &ty.ty {
            all.extend(&definition.constants);
        }
    });
}

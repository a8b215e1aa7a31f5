//! Lookups by name over one header, shared by the writers.

use crate::ir::{
    Declaration, DeclarationKind, Enum, FloatKind, Header, Integer, Layout, QualType, Record, RecordKind,
    Type, Typedef,
};
use rustc_hash::FxHashMap;

/// A name in one of the name spaces of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name<'a> {
    /// A struct or union tag.
    Record(RecordKind, &'a str),
    /// An enum tag.
    Enum(&'a str),
    /// A typedef.
    Typedef(&'a str),
}

impl<'a> Name<'a> {
    /// The name that a declaration defines.
    fn of(declaration: &'a Declaration) -> Option<Self> {
        match &declaration.kind {
            DeclarationKind::Record(record) => Some(Name::Record(record.record, record.name.as_deref()?)),
            DeclarationKind::Enum(definition) => Some(Name::Enum(definition.name.as_deref()?)),
            DeclarationKind::Typedef(typedef) => Some(Name::Typedef(&typedef.name)),
            _ => None,
        }
    }
}

/// The declarations of a header by name space: tags and typedefs.
pub(super) struct Symbols<'a> {
    declarations: &'a [Declaration],
    positions: FxHashMap<Name<'a>, usize>,
}

impl<'a> Symbols<'a> {
    pub(super) fn new(header: &'a Header) -> Self {
        let declarations = &header.declarations;
        let mut positions = FxHashMap::with_capacity_and_hasher(declarations.len(), Default::default());
        let named = declarations.iter().enumerate();
        positions.extend(named.filter_map(|(index, declaration)| Some((Name::of(declaration)?, index))));
        Symbols { declarations, positions }
    }

    /// Which declaration of the header defines the name.
    pub(super) fn position(&self, name: Name) -> Option<usize> {
        self.positions.get(&name).copied()
    }

    fn declaration(&self, name: Name) -> Option<&'a Declaration> {
        self.declarations.get(self.position(name)?)
    }

    pub(super) fn record_declaration(&self, kind: RecordKind, name: &str) -> Option<&'a Declaration> {
        self.declaration(Name::Record(kind, name))
    }

    pub(super) fn record(&self, kind: RecordKind, name: &str) -> Option<&'a Record> {
        match &self.record_declaration(kind, name)?.kind {
            DeclarationKind::Record(record) => Some(record),
            _ => None,
        }
    }

    pub(super) fn enumeration(&self, name: &str) -> Option<&'a Enum> {
        match &self.declaration(Name::Enum(name))?.kind {
            DeclarationKind::Enum(definition) => Some(definition),
            _ => None,
        }
    }

    pub(super) fn typedef_declaration(&self, name: &str) -> Option<&'a Declaration> {
        self.declaration(Name::Typedef(name))
    }

    pub(super) fn typedef(&self, name: &str) -> Option<&'a Typedef> {
        match &self.typedef_declaration(name)?.kind {
            DeclarationKind::Typedef(typedef) => Some(typedef),
            _ => None,
        }
    }

    /// The type behind typedefs and `_Atomic`, qualifiers of the outermost level dropped.
    pub(super) fn canonical<'t>(&self, ty: &'t Type) -> &'t Type
    where
        'a: 't,
    {
        let mut ty = ty;
        // A header cannot hold a cycle of typedefs; stored IR is not trusted to know that.
        for _ in 0..64 {
            match ty {
                Type::Typedef { name } => match self.typedef(name) {
                    Some(typedef) => ty = &typedef.ty.ty,
                    None => return ty,
                },
                Type::Atomic { of } => ty = &of.ty,
                _ => return ty,
            }
        }
        ty
    }

    /// Whether a struct holds one `long double` of sixteen bytes and nothing else. By the System V ABI of x86-64
    /// (3.2.3) such a result is in a register of the x87, where libffi does not look for it.
    pub(super) fn is_lone_long_double(&self, record: &Record) -> bool {
        let mut record = record;
        // As with typedefs: stored IR may hold a record that holds itself.
        for _ in 0..64 {
            let ([field], Some(Layout { size: 16, .. })) = (record.fields.as_slice(), record.layout) else {
                return false;
            };
            let mut ty = self.canonical(&field.ty.ty);
            while let Type::Array { of, length: Some(1) } = ty {
                ty = self.canonical(&of.ty);
            }
            match (ty, self.as_record(ty)) {
                (Type::Float { float: FloatKind::LongDouble, .. }, _) => return true,
                (_, Some(inner)) => record = inner,
                _ => return false,
            }
        }
        false
    }

    /// The record behind typedefs, if the type is one.
    pub(super) fn as_record<'t>(&self, ty: &'t Type) -> Option<&'t Record>
    where
        'a: 't,
    {
        match self.canonical(ty) {
            Type::Record { record, name } => self.record(*record, name),
            Type::InlineRecord { definition } => Some(definition),
            _ => None,
        }
    }
}

/// Calls `visit` on every type inside `ty`, itself included, outermost first.
pub(super) fn walk<'t>(ty: &'t QualType, visit: &mut dyn FnMut(&'t QualType)) {
    visit(ty);
    match &ty.ty {
        Type::Pointer { to } => walk(to, visit),
        Type::Array { of, .. } | Type::Vector { of, .. } | Type::Atomic { of } => walk(of, visit),
        Type::Function(function) => {
            walk(&function.result, visit);
            function.parameters.iter().for_each(|parameter| walk(&parameter.ty, visit));
        }
        Type::InlineRecord { definition } => {
            definition.fields.iter().for_each(|field| walk(&field.ty, visit))
        }
        Type::Cxx { ty } => ty.parts().into_iter().for_each(|part| walk(part, visit)),
        _ => {}
    }
}

/// The constants of all enums of the header, wherever they are defined, in order.
pub(super) fn enum_constants(header: &Header) -> Vec<(&str, Integer)> {
    fn push<'a>(definition: &'a Enum, all: &mut Vec<(&'a str, Integer)>) {
        all.extend(definition.constants.iter().map(|constant| (constant.name.as_str(), constant.value)));
    }
    let mut all = Vec::new();
    for declaration in &header.declarations {
        match &declaration.kind {
            DeclarationKind::Enum(definition) => push(definition, &mut all),
            DeclarationKind::Record(record) => record.fields.iter().for_each(|field| {
                walk(&field.ty, &mut |ty| {
                    if let Type::InlineEnum { definition } = &ty.ty {
                        push(definition, &mut all);
                    }
                });
            }),
            DeclarationKind::Typedef(Typedef { ty, .. }) => walk(ty, &mut |ty| {
                if let Type::InlineEnum { definition } = &ty.ty {
                    push(definition, &mut all);
                }
            }),
            _ => {}
        }
    }
    all
}

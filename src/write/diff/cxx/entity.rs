//! Declarations of namespaces and classes in one form.

use std::borrow::Cow;

use crate::ir::{
    Access, Class, ClassKind, Cxx, CxxEnum, CxxFunction, CxxItem, CxxVariable, Declaration, DeclarationKind,
    FunctionRole, Location, Member, Record, RecordKind, Template,
};
use crate::write::cxx::{self, Members};

/// What names are unique in; functions are overloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::write::diff) enum Category {
    /// `class` or `struct`.
    Class,
    Union,
    Enum,
    Typedef,
    Function,
    Variable,
    Using,
}

impl Category {
    /// Fields have none: they are compared with their class.
    pub(super) fn of(item: &CxxItem) -> Option<Self> {
        Some(match item {
            CxxItem::Class(class) if class.class == ClassKind::Union => Category::Union,
            CxxItem::Class(_) => Category::Class,
            CxxItem::Enum(_) => Category::Enum,
            CxxItem::Typedef(_) => Category::Typedef,
            CxxItem::Function(_) => Category::Function,
            CxxItem::Variable(_) => Category::Variable,
            CxxItem::Using(_) => Category::Using,
            CxxItem::Field(_) => return None,
        })
    }
}

/// Where an entity stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Described {
    Namespace,
    Member { in_template: bool },
}

/// A declaration of a namespace or a class.
pub(in crate::write::diff) struct Entity<'a> {
    pub(super) category: Category,
    /// Qualified, with the arguments of a specialization; ends in `::` if the entity has no name.
    pub(super) name: String,
    pub(super) item: Cow<'a, CxxItem>,
    pub(super) template: Option<&'a Template>,
    pub(super) access: Access,
    pub(super) deprecated: bool,
    pub(super) location: &'a Location,
    pub(super) bound: bool,
    pub(super) described: Described,
    /// In C++, without members.
    pub(super) text: String,
}

impl<'a> Entity<'a> {
    /// A C++ declaration of a namespace.
    pub(in crate::write::diff) fn new(declaration: &'a Declaration) -> Option<Self> {
        let DeclarationKind::Cxx(cxx) = &declaration.kind else { return None };
        Self::of(declaration, cxx, Cow::Borrowed(&cxx.item), cxx.template.as_ref())
    }

    /// A C declaration as the C++ one that it is for C++.
    pub(in crate::write::diff) fn from_c(declaration: &'a Declaration) -> Option<Self> {
        let cxx = converted(declaration)?;
        Self::of(declaration, &cxx, Cow::Owned(cxx.item.clone()), None)
    }

    fn of(
        declaration: &'a Declaration,
        cxx: &Cxx,
        item: Cow<'a, CxxItem>,
        template: Option<&'a Template>,
    ) -> Option<Self> {
        let scope = || cxx.namespace.iter().map(|part| format!("{part}::")).collect();
        let name =
            cxx.qualified_name().map_or_else(scope, |name| cxx::with_arguments(&name, cxx.template.as_ref()));
        Some(Entity {
            category: Category::of(&item)?,
            text: cxx::declaration(cxx, &cxx.qualified_name().unwrap_or_default(), Members::None),
            name,
            item,
            template,
            access: Access::Public,
            deprecated: declaration.deprecated,
            location: &declaration.location,
            bound: declaration.bound,
            described: Described::Namespace,
        })
    }

    /// What it is found by, overloads aside.
    pub(in crate::write::diff) fn key(&self) -> (Category, String) {
        (self.category, self.name.clone())
    }

    /// As in the kinds of changes.
    pub(super) fn noun(&self) -> &'static str {
        match (&*self.item, self.described) {
            (CxxItem::Function(_), Described::Member { .. }) => "method",
            (CxxItem::Function(_), Described::Namespace) => "function",
            (CxxItem::Using(_), _) => "using",
            (item, _) => item.noun(),
        }
    }

    /// Whether its constants are all that it has.
    pub(super) fn is_unnamed_enum(&self) -> bool {
        self.category == Category::Enum && self.item.name().is_none()
    }

    /// As in sentences.
    pub(super) fn described(&self) -> &'static str {
        self.item.noun()
    }

    /// Whether it or what it is a member of is a template, so that no symbol stands behind it.
    pub(super) fn is_template(&self) -> bool {
        let is_own = self.template.is_some_and(|template| !template.parameters.is_empty());
        is_own || self.described == Described::Member { in_template: true }
    }

    /// What tells it from others of its name, as the header spells it.
    pub(super) fn written(&self) -> String {
        match &*self.item {
            CxxItem::Function(function) => {
                let types = function.ty.parameters.iter();
                let types: Vec<_> =
                    types.map(|parameter| crate::write::declarator::spelling(&parameter.ty)).collect();
                format!("{} {}", types.join(", "), qualifiers(function))
            }
            CxxItem::Using(using) => using.target.clone(),
            _ => String::new(),
        }
    }
}

/// What a member function says of its object, and whether it takes further arguments.
pub(super) fn qualifiers(function: &CxxFunction) -> String {
    format!(
        "{} {} {:?} {}",
        function.is_const, function.is_volatile, function.ref_qualifier, function.ty.variadic
    )
}

/// What tells a C++ declaration of a header from all others of it; `None` for an unnamed enum.
pub(in crate::write::diff) fn identity(declaration: &Declaration) -> Option<(Category, String, String)> {
    let entity = Entity::new(declaration)?;
    let template = entity.template.map(|template| format!("{:?}", template.parameters)).unwrap_or_default();
    let result = match &*entity.item {
        CxxItem::Enum(definition) if definition.definition.name.is_none() => return None,
        // Function templates differ in their headers and results as well.
        CxxItem::Function(function) if entity.is_template() => {
            format!("{template} {}", crate::write::declarator::spelling(&function.ty.result))
        }
        _ => String::new(),
    };
    let written = entity.written();
    Some((entity.category, entity.name, format!("{written} {result}")))
}

/// A declaration of C as C++ holds it; `None` for macros and what is C++ already.
pub(in crate::write::diff) fn converted(declaration: &Declaration) -> Option<Cxx> {
    let item = match &declaration.kind {
        DeclarationKind::Record(record) => CxxItem::Class(Box::new(class(record, &declaration.location)?)),
        DeclarationKind::Enum(definition) => {
            definition.name.as_ref()?;
            CxxItem::Enum(CxxEnum { scoped: false, definition: definition.clone() })
        }
        DeclarationKind::Typedef(typedef) => CxxItem::Typedef(typedef.clone()),
        DeclarationKind::Function(function) => CxxItem::Function(Box::new(CxxFunction {
            name: function.name.clone(),
            role: FunctionRole::Function,
            ty: function.ty.clone(),
            defaults: 0,
            symbol: Some(function.symbol.clone().unwrap_or_else(|| function.name.clone())),
            extern_c: true,
            inline: function.inline,
            is_static: false,
            is_const: false,
            is_volatile: false,
            is_virtual: false,
            is_pure: false,
            is_override: false,
            is_final: false,
            constexpr: false,
            consteval: false,
            noexcept: false,
            is_explicit: false,
            is_deleted: false,
            is_defaulted: false,
            ref_qualifier: None,
        })),
        DeclarationKind::Variable(variable) => CxxItem::Variable(CxxVariable {
            name: variable.name.clone(),
            ty: variable.ty.clone(),
            inline: variable.is_static,
            constexpr: false,
            extern_c: true,
            symbol: variable.symbol.clone(),
            value: variable.value.clone(),
        }),
        DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) | DeclarationKind::Cxx(_) => {
            return None;
        }
    };
    Some(Cxx { namespace: Vec::new(), template: None, item })
}

fn class(record: &Record, location: &Location) -> Option<Class> {
    let member = |field: &crate::ir::Field| Member {
        access: Access::Public,
        template: None,
        item: CxxItem::Field(field.clone()),
        location: location.clone(),
        deprecated: false,
        doc: None,
    };
    Some(Class {
        class: match record.record {
            RecordKind::Struct => ClassKind::Struct,
            RecordKind::Union => ClassKind::Union,
        },
        name: record.name.clone()?,
        layout: record.layout,
        incomplete: record.layout.is_none(),
        packed: record.packed,
        is_abstract: false,
        is_final: false,
        is_pod: true,
        bases: Vec::new(),
        members: record.fields.iter().map(member).collect(),
    })
}

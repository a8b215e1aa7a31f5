//! What only C++ has.
//!
//! A declaration that C could hold as well stays what it is in C, also in a C++ header: records, unscoped
//! enums and typedefs of the global namespace that C understands, and whatever is `extern "C"` there.
//! Everything else is a [`Cxx`].

use serde::{Deserialize, Serialize};

use super::decl::{ConstantValue, Location, Typedef};
use super::ty::{Enum, Field, FunctionType, Integer, Layout, QualType, is_false};

/// A declaration that only C++ has, with where it belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Cxx {
    /// The enclosing namespaces, outermost first; inline and unnamed ones are transparent and left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub namespace: Vec<String>,
    /// Its template header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// What is declared.
    #[serde(flatten)]
    pub item: CxxItem,
}

impl Cxx {
    /// The declared name without qualification; `None` for an unnamed enum.
    pub fn name(&self) -> Option<&str> {
        self.item.name()
    }

    /// The name with its namespaces, as `a::b::Name`.
    pub fn qualified_name(&self) -> Option<String> {
        let name = self.name()?;
        let parts = self.namespace.iter().map(String::as_str).chain([name]);
        Some(parts.collect::<Vec<_>>().join("::"))
    }
}

/// The kinds of declarations that only C++ has, in a namespace or in a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "cxx", rename_all = "snake_case")]
pub enum CxxItem {
    /// A class, struct or union, or the pattern of a class template.
    Class(Box<Class>),
    /// An enum.
    Enum(CxxEnum),
    /// A typedef, an alias or the pattern of an alias template.
    Typedef(Typedef),
    /// A function, whatever its role; each overload is one.
    Function(Box<CxxFunction>),
    /// A variable or a static data member.
    Variable(CxxVariable),
    /// A data member; only in a class. In a template its offset, size and alignment are 0.
    Field(Field),
    /// A name that `using` brings in from elsewhere.
    Using(Using),
}

impl CxxItem {
    /// The declared name without qualification; `None` for unnamed enums and fields.
    pub fn name(&self) -> Option<&str> {
        match self {
            CxxItem::Class(class) => Some(&class.name),
            CxxItem::Enum(definition) => definition.definition.name.as_deref(),
            CxxItem::Typedef(typedef) => Some(&typedef.name),
            CxxItem::Function(function) => Some(&function.name),
            CxxItem::Variable(variable) => Some(&variable.name),
            CxxItem::Field(field) => field.name.as_deref(),
            CxxItem::Using(using) => Some(&using.name),
        }
    }
}

impl CxxItem {
    /// Calls `visit` on every type that the declaration and its members mention, outermost only.
    pub fn types<'a>(&'a self, visit: &mut dyn FnMut(&'a QualType)) {
        match self {
            CxxItem::Class(class) => {
                class.bases.iter().for_each(|base| visit(&base.ty));
                class.members.iter().for_each(|member| member.item.types(visit));
            }
            CxxItem::Typedef(typedef) => visit(&typedef.ty),
            CxxItem::Function(function) => {
                visit(&function.ty.result);
                function.ty.parameters.iter().for_each(|parameter| visit(&parameter.ty));
            }
            CxxItem::Variable(variable) => visit(&variable.ty),
            CxxItem::Field(field) => visit(&field.ty),
            CxxItem::Enum(_) | CxxItem::Using(_) => {}
        }
    }

    /// What it is, for people.
    pub fn noun(&self) -> &'static str {
        match self {
            CxxItem::Class(class) => class.class.keyword(),
            CxxItem::Enum(_) => "enum",
            CxxItem::Typedef(_) => "typedef",
            CxxItem::Function(function) => match function.role {
                FunctionRole::Function => "function",
                FunctionRole::Method => "method",
                FunctionRole::Constructor => "constructor",
                FunctionRole::Destructor => "destructor",
                FunctionRole::Conversion => "conversion function",
            },
            CxxItem::Variable(_) => "variable",
            CxxItem::Field(_) => "field",
            CxxItem::Using(_) => "using declaration",
        }
    }
}

/// The key of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClassKind {
    /// `class`.
    Class,
    /// `struct`.
    Struct,
    /// `union`.
    Union,
}

impl ClassKind {
    /// The C++ keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            ClassKind::Class => "class",
            ClassKind::Struct => "struct",
            ClassKind::Union => "union",
        }
    }
}

/// Who may use a member or a base, least strict first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// The class, its friends and what derives from it.
    Protected,
    /// The class and its friends.
    Private,
}

impl Access {
    fn is_public(&self) -> bool {
        *self == Access::Public
    }
}

/// A class, struct or union.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Class {
    /// `class`, `struct` or `union`.
    pub class: ClassKind,
    /// Its name without qualification.
    pub name: String,
    /// Size and alignment; `None` for an incomplete class and for a template.
    #[serde(flatten)]
    pub layout: Option<Layout>,
    /// Whether this is only `class name;`, or nothing but the name is known because it belongs to
    /// another library.
    #[serde(default, skip_serializing_if = "is_false")]
    pub incomplete: bool,
    /// `__attribute__((packed))`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub packed: bool,
    /// Has a pure virtual function, own or inherited.
    #[serde(default, rename = "abstract", skip_serializing_if = "is_false")]
    pub is_abstract: bool,
    /// `final`: nothing derives from it.
    #[serde(default, rename = "final", skip_serializing_if = "is_false")]
    pub is_final: bool,
    /// A plain old data type (C++ `std::is_pod`): C passes it the same way.
    #[serde(default, rename = "pod", skip_serializing_if = "is_false")]
    pub is_pod: bool,
    /// Its bases in source order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<Base>,
    /// Its members in source order, whatever their access. Friends are not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// A base of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Base {
    /// The base.
    #[serde(rename = "type")]
    pub ty: QualType,
    /// Who sees the inheritance.
    #[serde(default, skip_serializing_if = "Access::is_public")]
    pub access: Access,
    /// `virtual`.
    #[serde(default, rename = "virtual", skip_serializing_if = "is_false")]
    pub is_virtual: bool,
}

/// A member of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Member {
    /// Who may use it.
    #[serde(default, skip_serializing_if = "Access::is_public")]
    pub access: Access,
    /// Its template header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// What it is.
    #[serde(flatten)]
    pub item: CxxItem,
    /// Where.
    pub location: Location,
    /// Marked as deprecated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
    /// The doc comment, for headers of the project itself only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
}

/// An enum in a namespace or a class, or a scoped one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CxxEnum {
    /// `enum class`: its constants are reached through its name only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub scoped: bool,
    /// The enum.
    #[serde(flatten)]
    pub definition: Enum,
}

/// What a function is to its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FunctionRole {
    /// A function of a namespace, or a static member function.
    #[default]
    Function,
    /// A member function that is called on an object.
    Method,
    /// A constructor; its name is that of the class and its result `void`.
    Constructor,
    /// The destructor; its name is `~` and that of the class.
    Destructor,
    /// A conversion function; its result is the type it converts to.
    Conversion,
}

/// `&` or `&&` after a member function's parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefQualifier {
    /// `&`.
    Lvalue,
    /// `&&`.
    Rvalue,
}

/// A function with what C++ adds. Flags that a class implies are not set: a function is `noexcept` only
/// where it says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CxxFunction {
    /// Its name; an operator's is `operator` and the token, without a space between them except before
    /// a word.
    pub name: String,
    /// What it is to its class.
    pub role: FunctionRole,
    /// Its type, the object excluded.
    #[serde(rename = "type")]
    pub ty: FunctionType,
    /// How many parameters at the end have default arguments.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub defaults: u32,
    /// The linker symbol of a function that is not a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// `extern "C"`: C can call it by its symbol.
    #[serde(default, skip_serializing_if = "is_false")]
    pub extern_c: bool,
    /// Has a body in the header, or is `static` in a namespace: no symbol of a library stands behind it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inline: bool,
    /// A static member function.
    #[serde(default, rename = "static", skip_serializing_if = "is_false")]
    pub is_static: bool,
    /// `const` after the parameters.
    #[serde(default, rename = "const", skip_serializing_if = "is_false")]
    pub is_const: bool,
    /// `volatile` after the parameters.
    #[serde(default, rename = "volatile", skip_serializing_if = "is_false")]
    pub is_volatile: bool,
    /// `virtual`, said or inherited.
    #[serde(default, rename = "virtual", skip_serializing_if = "is_false")]
    pub is_virtual: bool,
    /// `= 0`.
    #[serde(default, rename = "pure", skip_serializing_if = "is_false")]
    pub is_pure: bool,
    /// Overrides a function of a base.
    #[serde(default, rename = "override", skip_serializing_if = "is_false")]
    pub is_override: bool,
    /// `final`: nothing overrides it.
    #[serde(default, rename = "final", skip_serializing_if = "is_false")]
    pub is_final: bool,
    /// `constexpr` or `consteval`: has a value in constant expressions.
    #[serde(default, skip_serializing_if = "is_false")]
    pub constexpr: bool,
    /// `consteval`: has a value nowhere else, so that nothing calls it at run time.
    #[serde(default, skip_serializing_if = "is_false")]
    pub consteval: bool,
    /// `noexcept` or `throw()`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub noexcept: bool,
    /// `explicit`.
    #[serde(default, rename = "explicit", skip_serializing_if = "is_false")]
    pub is_explicit: bool,
    /// `= delete`.
    #[serde(default, rename = "deleted", skip_serializing_if = "is_false")]
    pub is_deleted: bool,
    /// `= default`.
    #[serde(default, rename = "defaulted", skip_serializing_if = "is_false")]
    pub is_defaulted: bool,
    /// `&` or `&&` after the parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ref_qualifier: Option<RefQualifier>,
}

impl CxxFunction {
    /// The token of an operator, for example `+=`, `()` or `new[]`.
    pub fn operator(&self) -> Option<&str> {
        let token = self.name.strip_prefix("operator")?;
        let is_operator = self.role != FunctionRole::Conversion
            && !token.is_empty()
            && !token.starts_with(|c: char| c == '_' || c.is_alphanumeric());
        is_operator.then(|| token.trim_start())
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// A variable of a namespace or a static data member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CxxVariable {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: QualType,
    /// `static` or `const` in a namespace, `constexpr` or `inline`: the header defines it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inline: bool,
    /// `constexpr`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub constexpr: bool,
    /// C can reach it by its name: `extern "C"`, or the target does not mangle it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub extern_c: bool,
    /// The linker symbol, where an `asm` label makes it differ from that of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The value of a constant initializer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<ConstantValue>,
}

/// `using name;` in a namespace or class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Using {
    /// The name that is brought in.
    pub name: String,
    /// Where it comes from, qualified.
    pub target: String,
}

/// The header of a template, or the arguments of a specialization.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Template {
    /// Its parameters; none for an explicit specialization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<TemplateParameter>,
    /// The arguments that a specialization is for; none for the primary template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<TemplateArgument>,
}

/// A template parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct TemplateParameter {
    /// Its name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What may stand for it.
    #[serde(flatten)]
    pub kind: TemplateParameterKind,
    /// `...`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub pack: bool,
    /// Has a default argument.
    #[serde(default, skip_serializing_if = "is_false")]
    pub default: bool,
}

/// The kinds of template parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "parameter", rename_all = "snake_case")]
pub enum TemplateParameterKind {
    /// `typename T`.
    Type,
    /// `int N`.
    Value {
        /// The type of the value.
        #[serde(rename = "type")]
        ty: QualType,
    },
    /// `template <...> class T`.
    Template,
}

/// A template argument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TemplateArgument {
    /// A type.
    Type(QualType),
    /// An integer.
    Value(Integer),
    /// Anything else, as clang spells it.
    Other(String),
}

/// A type that only C++ has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CxxType {
    /// A reference.
    Reference {
        /// What it refers to.
        to: QualType,
        /// `&&`.
        #[serde(default, skip_serializing_if = "is_false")]
        rvalue: bool,
    },
    /// A pointer to a member.
    MemberPointer {
        /// The class.
        class: QualType,
        /// The member's type; a function type for a member function.
        to: QualType,
    },
    /// A class, enum, typedef or alias by name, or an instance of a template.
    Named(NamedType),
    /// A type parameter of an enclosing template.
    Parameter {
        /// Its name.
        name: String,
    },
    /// `std::nullptr_t`.
    NullPtr,
}

impl CxxType {
    /// The types inside it.
    pub fn parts(&self) -> Vec<&QualType> {
        match self {
            CxxType::Reference { to, .. } => vec![to],
            CxxType::MemberPointer { class, to } => vec![class, to],
            CxxType::Named(named) => {
                let arguments = named.arguments.iter().filter_map(|argument| match argument {
                    TemplateArgument::Type(ty) => Some(ty),
                    TemplateArgument::Value(_) | TemplateArgument::Other(_) => None,
                });
                named.within.iter().chain(arguments).collect()
            }
            CxxType::Parameter { .. } | CxxType::NullPtr => Vec::new(),
        }
    }
}

/// A C++ type by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct NamedType {
    /// The name with all namespaces and classes around it, `a::b::Class::Nested`, without arguments.
    /// Below an instance of a template (`within`) the rest of the name.
    pub name: String,
    /// What the name stands for.
    pub what: Named,
    /// The arguments of a template instance, as many as were written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<TemplateArgument>,
    /// The instance of a template that it is a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<QualType>,
    /// Has no declaration in this IR: it belongs to the C++ standard library.
    #[serde(default, skip_serializing_if = "is_false")]
    pub external: bool,
    /// Size and alignment, where the type is complete and external.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<Layout>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// A class, struct or union, or an instance of a class template.
    Class,
    /// An enum.
    Enum,
    /// A typedef or alias.
    Typedef,
}

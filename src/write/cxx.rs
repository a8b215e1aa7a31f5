//! C++ declarations as C++, on one line each, for every writer that shows them.
//!
//! What a program may say only once (default arguments, initializers) stands in comments, so that the text
//! of a function, a variable or an alias compiles as a redeclaration in its namespace.

use super::declarator::{Text, convention, spelling};
use crate::ir::{
    Access, Class, ClassKind, ConstantValue, Cxx, CxxEnum, CxxFunction, CxxItem, CxxVariable, Field,
    FunctionRole, IntKind, Member, RefQualifier, Template, TemplateParameter, TemplateParameterKind, Typedef,
};

/// What a default argument stands as: its text is not known.
const DEFAULT: &str = " /* = ... */";

/// Which members of classes and whether constants of enums are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Members {
    /// None, without braces.
    None,
    /// Those that everybody may use.
    Public,
}

/// The declaration under `name`, which is qualified or not, without a semicolon.
pub(super) fn declaration(cxx: &Cxx, name: &str, members: Members) -> String {
    Printer { members, in_class: false }.item(&cxx.item, cxx.template.as_ref(), name, false)
}

/// The declaration of a member as it stands in its class, without a semicolon.
pub(super) fn member(member: &Member, members: Members) -> String {
    Printer { members, in_class: true }.member(member)
}

/// The name of a declaration with its namespaces and the arguments that a specialization is for; in those of a
/// partial specialization parameters have their names.
pub(super) fn full_name(cxx: &Cxx) -> Option<String> {
    Some(named(&cxx.qualified_name()?, cxx.template.as_ref()))
}

/// A name with the arguments that a specialization is for, in which parameters are numbered.
pub(super) fn with_arguments(name: &str, template: Option<&Template>) -> String {
    let mut text = Text::for_cxx();
    text.text.push_str(name);
    text.arguments(template.map_or(&[], |template| &template.arguments));
    text.text
}

/// The same as the header says it: clang numbers template parameters in arguments of partial specializations.
fn named(name: &str, template: Option<&Template>) -> String {
    let mut text = with_arguments(name, template);
    let parameters = template.map_or(&[][..], |template| &template.parameters);
    for (index, parameter) in parameters.iter().enumerate().rev() {
        for depth in 0..2 {
            let own = parameter.name.as_deref().unwrap_or("typename");
            text = text.replace(&format!("type-parameter-{depth}-{index}"), own);
        }
    }
    text
}

/// A value as a C++ literal.
pub(super) fn value(value: &ConstantValue) -> String {
    match value {
        ConstantValue::Int(value) => value.to_string(),
        ConstantValue::Float(value) => format!("{value:?}"),
        ConstantValue::String(text) => format!("{text:?}"),
        ConstantValue::Bytes(bytes) => format!("\"{}\"", bytes.escape_ascii()),
        ConstantValue::Wide(text) => format!("L{text:?}"),
        ConstantValue::Address(address) => format!("(void *){address:#x}"),
        ConstantValue::Name(name) => name.clone(),
        ConstantValue::AddressOf(name) => format!("&{name}"),
    }
}

/// The C++ keyword of an access.
pub(super) fn access(access: Access) -> &'static str {
    match access {
        Access::Public => "public",
        Access::Protected => "protected",
        Access::Private => "private",
    }
}

#[derive(Clone, Copy)]
struct Printer {
    members: Members,
    /// Whether the declaration is a member.
    in_class: bool,
}

impl Printer {
    fn member(self, member: &Member) -> String {
        let name = member.item.name().unwrap_or_default();
        self.item(&member.item, member.template.as_ref(), name, member.deprecated)
    }

    fn item(self, item: &CxxItem, template: Option<&Template>, name: &str, deprecated: bool) -> String {
        let name = named(name, template);
        let attribute = if deprecated { " [[deprecated]]" } else { "" };
        let text = match item {
            CxxItem::Class(class) => self.class(class, &format!("{attribute} {name}")),
            CxxItem::Enum(definition) => self.enumeration(definition, &format!("{attribute} {name}")),
            CxxItem::Typedef(typedef) => alias(typedef, &format!("{name}{attribute}")),
            CxxItem::Using(using) => format!("using {}", using.target),
            CxxItem::Function(declared) => prefixed(attribute, &self.function(declared, &name)),
            CxxItem::Variable(declared) => prefixed(attribute, &self.variable(declared, &name)),
            CxxItem::Field(declared) => prefixed(attribute, &field(declared)),
        };
        let text = format!("{}{text}", template.map(header).unwrap_or_default());
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn class(self, class: &Class, name: &str) -> String {
        let packed = if class.packed { " __attribute__((packed))" } else { "" };
        let last = if class.is_final { " final" } else { "" };
        let mut text = format!("{}{packed}{name}{last}", class.class.keyword());
        for (index, base) in class.bases.iter().enumerate() {
            text.push_str(if index == 0 { " : " } else { ", " });
            text.push_str(access(base.access));
            text.push_str(if base.is_virtual { " virtual " } else { " " });
            text.push_str(&spelling(&base.ty));
        }
        if class.incomplete || self.members == Members::None {
            return text;
        }
        text.push_str(" {");
        let inside = Printer { in_class: true, ..self };
        let mut seen = if class.class == ClassKind::Class { Access::Private } else { Access::Public };
        for member in class.members.iter().filter(|member| member.access == Access::Public) {
            if std::mem::replace(&mut seen, member.access) != member.access {
                text.push_str(&format!(" {}:", access(member.access)));
            }
            text.push_str(&format!(" {};", inside.member(member)));
        }
        text.push_str(" }");
        text
    }

    fn enumeration(self, definition: &CxxEnum, name: &str) -> String {
        let scoped = if definition.scoped { " class" } else { "" };
        let Some(underlying) = underlying(definition) else {
            return format!("enum{scoped}{name}{}", self.constants(definition));
        };
        format!("enum{scoped}{name} : {}{}", underlying.spelling(), self.constants(definition))
    }

    fn constants(self, definition: &CxxEnum) -> String {
        if definition.definition.incomplete || self.members == Members::None {
            return String::new();
        }
        let constants = definition.definition.constants.iter();
        let texts: Vec<String> =
            constants.map(|constant| format!("{} = {}", constant.name, constant.value)).collect();
        format!(" {{ {} }}", texts.join(", "))
    }

    fn function(self, function: &CxxFunction, name: &str) -> String {
        let mut declarator = convention(function.ty.call_conv).to_owned();
        match function.role {
            // Its name says the type, and as clang spells it.
            FunctionRole::Conversion => {
                declarator.push_str(&name[..name.rfind("operator").unwrap_or_default()]);
                declarator.push_str(&format!("operator {}", spelling(&function.ty.result)));
            }
            _ => declarator.push_str(name),
        }
        declarator.push_str(&parameters(function));
        let flags = [
            (" const", function.is_const),
            (" volatile", function.is_volatile),
            (" &", function.ref_qualifier == Some(RefQualifier::Lvalue)),
            (" &&", function.ref_qualifier == Some(RefQualifier::Rvalue)),
            (" noexcept", function.noexcept),
        ];
        flags.into_iter().filter(|(_, on)| *on).for_each(|(word, _)| declarator.push_str(word));
        let declared = match function.role {
            FunctionRole::Function | FunctionRole::Method => {
                let mut text = Text::for_cxx();
                text.declare(&function.ty.result, &declarator);
                text.text
            }
            FunctionRole::Constructor | FunctionRole::Destructor | FunctionRole::Conversion => declarator,
        };
        let before = [
            ("extern \"C\" ", function.extern_c && !self.in_class),
            ("static ", function.is_static),
            ("constexpr ", function.constexpr && !function.consteval),
            ("consteval ", function.consteval),
            ("virtual ", function.is_virtual && !function.is_override),
            ("explicit ", function.is_explicit),
        ];
        let after = [
            (" override", function.is_override),
            (" final", function.is_final),
            (" = 0", function.is_pure),
            (" = delete", function.is_deleted),
            (" = default", function.is_defaulted),
        ];
        let chosen =
            |words: &[(&str, bool)]| words.iter().filter(|(_, on)| *on).map(|(word, _)| *word).collect();
        let (before, after): (String, String) = (chosen(&before), chosen(&after));
        format!("{before}{declared}{after}")
    }

    fn variable(self, variable: &CxxVariable, name: &str) -> String {
        let mut text = Text::for_cxx();
        text.text.push_str(match (self.in_class, variable.extern_c) {
            (true, _) => "static ",
            (false, true) => "extern \"C\" ",
            (false, false) => "extern ",
        });
        // The word wants an initializer.
        if variable.constexpr {
            text.text.push_str("/* constexpr */ ");
        }
        text.declare(&variable.ty, name);
        if let Some(known) = &variable.value {
            // A string may hold what ends a comment.
            let known = value(known).replace("*/", "*\\/");
            text.text.push_str(&format!(" /* = {known} */"));
        }
        text.text
    }
}

/// `(int a, int b /* = ... */, ...)`
fn parameters(function: &CxxFunction) -> String {
    let count = function.ty.parameters.len();
    let first_default = count.saturating_sub(usize::try_from(function.defaults).unwrap_or(count));
    let mut texts: Vec<String> = Vec::new();
    for (index, parameter) in function.ty.parameters.iter().enumerate() {
        let mut text = Text::for_cxx();
        text.declare(&parameter.ty, parameter.name.as_deref().unwrap_or_default());
        if index >= first_default {
            text.text.push_str(DEFAULT);
        }
        texts.push(text.text);
    }
    if function.ty.variadic {
        texts.push("...".into());
    }
    format!("({})", texts.join(", "))
}

/// The underlying type where the declaration has to say it; without one, a scoped enum has `int` (C++
/// `[dcl.enum]`) and any other one what the compiler chose.
fn underlying(definition: &CxxEnum) -> Option<IntKind> {
    let implied = match definition.definition.underlying {
        IntKind::Int => definition.scoped || !definition.definition.incomplete,
        IntKind::UInt => !definition.scoped && !definition.definition.incomplete,
        _ => false,
    };
    (!implied).then_some(definition.definition.underlying)
}

fn alias(typedef: &Typedef, name: &str) -> String {
    let align = typedef.align.map(|align| format!(" __attribute__((aligned({align})))")).unwrap_or_default();
    format!("using {name}{align} = {}", spelling(&typedef.ty))
}

fn field(field: &Field) -> String {
    let mut text = Text::for_cxx();
    text.text.push_str(if field.is_mutable { "mutable " } else { "" });
    text.declare(&field.ty, field.name.as_deref().unwrap_or_default());
    let width = field.bit_width.map(|width| format!(" : {width}")).unwrap_or_default();
    format!("{}{width}", text.text)
}

fn prefixed(attribute: &str, text: &str) -> String {
    format!("{attribute} {text}")
}

/// `template <...>`
fn header(template: &Template) -> String {
    let texts: Vec<String> = template.parameters.iter().map(parameter).collect();
    format!("template <{}> ", texts.join(", "))
}

fn parameter(parameter: &TemplateParameter) -> String {
    let dots = if parameter.pack { "..." } else { "" };
    let name = parameter.name.as_deref().unwrap_or_default();
    let text = match &parameter.kind {
        TemplateParameterKind::Type => format!("typename{dots} {name}"),
        TemplateParameterKind::Template => format!("template <typename...> class{dots} {name}"),
        TemplateParameterKind::Value { ty } => {
            let mut text = Text::for_cxx();
            text.declare(ty, &format!("{dots}{name}"));
            text.text
        }
    };
    format!("{}{}", text.trim_end(), if parameter.default { DEFAULT } else { "" })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(item: serde_json::Value, name: &str) -> String {
        declaration(&serde_json::from_value(item).unwrap(), name, Members::Public)
    }

    fn int() -> serde_json::Value {
        json!({"kind": "int", "int": "int", "size": 4})
    }

    #[test]
    fn what_follows_a_parameter_list_stands_inside_of_the_declarator() {
        let callback =
            json!({"kind": "pointer", "to": {"kind": "function", "result": int(), "parameters": []}});
        let function = json!({
            "cxx": "function", "name": "f", "role": "function", "noexcept": true, "defaults": 1,
            "type": {"result": callback, "parameters": [{"name": "a", "type": int()}, {"type": int()}]},
        });
        assert_eq!(printed(function, "n::f"), "int (*n::f(int a, int /* = ... */) noexcept)()");
    }

    #[test]
    fn a_class_shows_its_bases_and_public_members() {
        let base = json!({"kind": "cxx", "type": {"kind": "named", "name": "n::A", "what": "class"}});
        let place = json!({"file": "a.hpp", "line": 1, "column": 1});
        let method = json!({
            "cxx": "function", "name": "m", "role": "method", "virtual": true, "pure": true, "const": true,
            "type": {"result": int(), "parameters": []}, "location": place, "deprecated": true,
        });
        let hidden = json!({
            "access": "private", "cxx": "field", "name": "x", "type": int(), "offset_bits": 0, "size": 4,
            "align": 4, "location": place,
        });
        let class = json!({
            "cxx": "class", "class": "class", "name": "B", "members": [method, hidden],
            "bases": [{"type": base, "virtual": true}],
            "template": {"parameters": [{"name": "T", "parameter": "type", "default": true}]},
        });
        assert_eq!(
            printed(class, "n::B"),
            "template <typename T /* = ... */> class n::B : public virtual n::A \
             { public: [[deprecated]] virtual int m() const = 0; }"
        );
    }

    #[test]
    fn a_string_cannot_end_the_comment_that_it_stands_in() {
        let variable =
            json!({"cxx": "variable", "name": "v", "type": int(), "value": {"string": "*/ int x;"}});
        assert_eq!(printed(variable, "v"), "extern int v /* = \"*\\/ int x;\" */");
    }
}

//! What only C++ has, as `cppclass` declarations.
//!
//! Cython sees the public part. Default arguments become overloads, and a type that Cython has no syntax
//! for becomes a class without members that C++ knows by its whole name.

use super::names::with_c_name;
use super::overloads::{Line, brief, distinct, line, needless_member};
use super::types::{Unsayable, block};
use super::{Draft, Written, records};
use crate::diagnostics::Diagnostic;
use crate::ir::{
    Access, Class, Cxx, CxxEnum, CxxFunction, CxxItem, CxxType, Field, FunctionRole, Location, Member,
    QualType, Template, TemplateParameterKind, Type,
};
use crate::write::declarator::Text;
use rustc_hash::FxHashSet;

/// Operators that Cython can overload.
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "++", "--", "~", "|", "&", "^", "<<", ">>", ",", "==", "!=", ">=", ">", "<=",
    "<", "[]", "()", "!", "=",
];

impl<'a> Draft<'a> {
    /// Announces the classes of the header: they may mention each other in any order.
    pub(super) fn announce_classes(&mut self) {
        let header = self.header;
        for declaration in &header.declarations {
            let crate::ir::DeclarationKind::Cxx(cxx) = &declaration.kind else { continue };
            let CxxItem::Class(class) = &cxx.item else { continue };
            if let Ok(head) = self.class_head(cxx, class) {
                let namespace = self.block_of(cxx);
                self.push(namespace, head);
            }
        }
    }

    /// The namespace of the block that a declaration goes to. Cython puts that of its block before the C++
    /// name of a type, also where that name is given.
    pub(super) fn block_of<'c>(&self, cxx: &'c Cxx) -> &'c [String] {
        let qualified = cxx.qualified_name().unwrap_or_default();
        let is_type = matches!(cxx.item, CxxItem::Class(_) | CxxItem::Enum(_) | CxxItem::Typedef(_));
        let is_renamed = cxx.name().is_some_and(|own| self.types.cxx.name(&qualified) != own);
        if is_type && is_renamed { &[] } else { &cxx.namespace }
    }

    /// A C++ declaration of a namespace.
    pub(super) fn cxx(&mut self, cxx: &'a Cxx, location: &Location) -> Written {
        let Some(qualified) = cxx.qualified_name() else { return Ok(self.unnamed_enum(cxx, location)) };
        match &cxx.item {
            CxxItem::Class(class) => {
                let head = self.class_head(cxx, class)?;
                let parameters = template_parameters(cxx.template.as_ref())?;
                self.types.cxx.parameters.push(parameters);
                let name = self.types.cxx.name(&qualified);
                let written = self.class(class, &head, &name, &qualified, location);
                self.types.cxx.parameters.pop();
                written
            }
            CxxItem::Enum(definition) => {
                let name = self.types.cxx.name(&qualified);
                let around = cxx.namespace.join("::");
                Ok(Some(self.enum_text(definition, &name, &qualified, (&around, ""), location)))
            }
            CxxItem::Typedef(_) if cxx.template.is_some() => {
                Err(Unsayable("Cython has no templates of aliases".into()))
            }
            CxxItem::Typedef(typedef) if is_named(&typedef.ty, &qualified) => Ok(None),
            CxxItem::Typedef(typedef) => {
                let name = with_full_name(&self.types.cxx.name(&qualified), &qualified);
                Ok(Some(self.cxx_typedef(&typedef.ty, &name, &qualified)))
            }
            CxxItem::Function(function) => {
                if cxx.template.as_ref().is_some_and(|template| template.parameters.is_empty()) {
                    return Err(Unsayable("Cython sees the template that it specializes".into()));
                }
                let name = self.types.cxx.name(&qualified);
                if function.is_deleted {
                    return Err(Unsayable("it is deleted".into()));
                }
                let lines = self.functions(function, cxx.template.as_ref(), &name, &qualified)?;
                let fresh = |line: &Line| {
                    let signature = format!("{qualified} {}", line.signature.as_deref().unwrap_or_default());
                    self.types.cxx.signatures.insert(signature)
                };
                let lines: Vec<String> = lines.into_iter().filter(fresh).map(|line| line.text).collect();
                if lines.is_empty() {
                    return Err(Unsayable("it is the same to Cython as another one".into()));
                }
                Ok(Some(lines.join("\n")))
            }
            CxxItem::Variable(variable) => {
                let said = self.types.say(&variable.ty, None)?;
                let name = self.types.cxx.name(&qualified);
                let mut text = Text::suffixed();
                text.declare(&said, &with_full_name(&name, &qualified));
                Ok(Some(text.text))
            }
            CxxItem::Using(using) => Err(Unsayable(format!("use it by its own name, `{}`", using.target))),
            CxxItem::Field(_) => Ok(None),
        }
    }

    /// `cdef cppclass name[T]`, without bases.
    fn class_head(&mut self, cxx: &Cxx, class: &Class) -> Result<String, Unsayable> {
        if cxx.template.as_ref().is_some_and(|template| !template.arguments.is_empty()) {
            return Err(Unsayable("Cython sees the template that it specializes".into()));
        }
        let qualified = cxx.qualified_name().unwrap_or_else(|| class.name.clone());
        let parameters = bracketed(cxx.template.as_ref())?;
        let name = self.types.cxx.name(&qualified);
        Ok(format!("cdef cppclass {}{parameters}", renamed(&name, &class.name, &qualified)))
    }

    fn class(
        &mut self,
        class: &'a Class,
        head: &str,
        name: &str,
        qualified: &str,
        location: &Location,
    ) -> Written {
        let mut bases = Vec::new();
        for base in class.bases.iter().filter(|base| base.access == Access::Public) {
            match self.base(&base.ty) {
                Ok(said) => bases.push(said),
                Err(Unsayable(reason)) => self.leave_out(location, "a base", qualified, &reason),
            }
        }
        let bases = if bases.is_empty() { String::new() } else { format!("({})", bases.join(", ")) };
        self.types.cxx.open.push(name.to_owned());
        let mut lines: Vec<Line> = Vec::new();
        let mut needless = Vec::new();
        let mut declares_constructor = false;
        // Cython wants types before they are mentioned; C++ lets functions mention those that follow.
        let is_type =
            |item: &CxxItem| matches!(item, CxxItem::Class(_) | CxxItem::Enum(_) | CxxItem::Typedef(_));
        let types = class.members.iter().filter(|member| is_type(&member.item));
        let others = class.members.iter().filter(|member| !is_type(&member.item));
        for member in types.chain(others) {
            if let CxxItem::Function(function) = &member.item {
                declares_constructor |= function.role == FunctionRole::Constructor;
            }
            if member.access != Access::Public {
                continue;
            }
            if let CxxItem::Function(function) = &member.item
                && let Some(reason) = needless_member(function, class)
            {
                needless.push((reason, brief(function)));
                continue;
            }
            match self.member(member, class, name, qualified) {
                Ok(found) => lines.extend(found),
                Err(Unsayable(reason)) => {
                    let what = member.item.name().unwrap_or_default();
                    self.types.cxx.forget(&format!("{qualified}::{what}"));
                    let what = format!("{} `{qualified}::{what}`", member.item.noun());
                    let message = format!("{what} is left out: {reason}");
                    self.diagnostics.push(Diagnostic::warning(message, &member.location));
                }
            }
        }
        self.types.cxx.open.pop();
        self.types.cxx.close(qualified);
        if name.contains('.') && !declares_constructor && !class.incomplete && !has_reference(class) {
            // Cython assumes a constructor of the outermost classes only.
            let name = name.rsplit('.').next().unwrap_or_default();
            lines.insert(0, line(format!("{name}() except +")));
        }
        let lines = distinct(lines, &mut needless);
        self.note_needless(class, qualified, location, needless);
        Ok(Some(block(&format!("{head}{bases}"), &lines)))
    }

    fn base(&mut self, ty: &'a QualType) -> Result<String, Unsayable> {
        if matches!(&ty.ty, Type::Cxx { ty } if matches!(**ty, CxxType::Parameter { .. })) {
            return Err(Unsayable("Cython has no bases that are template parameters".into()));
        }
        let said = plain(&self.types.say(ty, None)?);
        let is_name = |c: char| c.is_alphanumeric() || "_.[], ".contains(c);
        if said.chars().all(is_name) && !said.contains("const ") {
            Ok(said)
        } else {
            Err(Unsayable(format!("Cython cannot read `{said}` there")))
        }
    }

    fn leave_out(&mut self, location: &Location, what: &str, of: &str, reason: &str) {
        let message = format!("{what} of `{of}` is left out: {reason}");
        self.diagnostics.push(Diagnostic::warning(message, location));
    }

    /// The lines for a public member.
    fn member(
        &mut self,
        member: &'a Member,
        class: &'a Class,
        name: &str,
        qualified: &str,
    ) -> Result<Vec<Line>, Unsayable> {
        let full = |own: &str| format!("{qualified}::{own}");
        match &member.item {
            CxxItem::Field(field) => self.cxx_field(field, name, qualified),
            CxxItem::Function(function) => {
                let own = name.rsplit('.').next().unwrap_or(name);
                self.functions(function, member.template.as_ref(), own, qualified)
            }
            CxxItem::Variable(variable) => {
                let said = self.types.say(&variable.ty, None)?;
                let mut text = Text::suffixed();
                text.declare(&said, &member_name(&variable.name));
                if self.types.cxx.parameters.iter().all(Vec::is_empty) {
                    // An object is not needed to reach it.
                    let wish = format!("{}_{}", flat(name), variable.name);
                    let outside = self.types.names.unique(&wish, false);
                    let open = std::mem::take(&mut self.types.cxx.open);
                    let said = self.types.say(&variable.ty, None);
                    self.types.cxx.open = open;
                    let mut text = Text::suffixed();
                    text.declare(&said?, &with_c_name(&outside, &full(&variable.name)));
                    self.after.push(text.text);
                }
                Ok(vec![line(text.text)])
            }
            CxxItem::Typedef(_) if member.template.is_some() => {
                Err(Unsayable("Cython has no templates of aliases".into()))
            }
            CxxItem::Typedef(typedef) if is_named(&typedef.ty, &full(&typedef.name)) => Ok(Vec::new()),
            CxxItem::Typedef(typedef) => {
                let said = self.types.say(&typedef.ty, None)?;
                let mut text = Text::suffixed();
                text.text.push_str("ctypedef ");
                text.declare(&said, &member_name(&typedef.name));
                Ok(vec![line(text.text)])
            }
            CxxItem::Enum(definition) => match &definition.definition.name {
                _ if !self.types.cxx.parameters.iter().all(Vec::is_empty) => {
                    Err(Unsayable("Cython cannot reach an enum of a template".into()))
                }
                // Cython would name the constants of an enum in a class without that class.
                own => {
                    let outside = own
                        .as_ref()
                        .map(|own| self.types.names.unique(&format!("{}_{own}", flat(name)), true));
                    let alias = own
                        .iter()
                        .zip(&outside)
                        .map(|(own, outside)| line(format!("ctypedef {outside} {own}")));
                    let alias = alias.collect();
                    let qualified_own = own.as_deref().map(full).unwrap_or_default();
                    let around = (qualified, &*format!("{}_", flat(name)));
                    let head = outside.unwrap_or_default();
                    let text = self.enum_text(definition, &head, &qualified_own, around, &member.location);
                    self.types.pending.push(text);
                    Ok(alias)
                }
            },
            CxxItem::Class(nested) => {
                if member.template.as_ref().is_some_and(|template| !template.arguments.is_empty()) {
                    return Err(Unsayable("Cython sees the template that it specializes".into()));
                }
                let parameters = template_parameters(member.template.as_ref())?;
                let head = format!("cppclass {}{}", nested.name, bracketed(member.template.as_ref())?);
                self.types.cxx.parameters.push(parameters);
                let inner = format!("{name}.{}", nested.name);
                let written = self.class(nested, &head, &inner, &full(&nested.name), &member.location);
                self.types.cxx.parameters.pop();
                Ok(written?.map(line).into_iter().collect())
            }
            CxxItem::Using(using) => {
                let is_constructor = class.bases.iter().any(|base| {
                    let base = plain(&base.ty);
                    base.split('<').next().and_then(|base| base.rsplit("::").next()) == Some(&*using.name)
                });
                if is_constructor {
                    Err(Unsayable("Cython has no inherited constructors".into()))
                } else if class.bases.iter().all(|base| base.access == Access::Public) {
                    Ok(Vec::new()) // Cython finds inherited members by itself.
                } else {
                    Err(Unsayable("Cython cannot see into a base that is not public".into()))
                }
            }
        }
    }

    fn cxx_field(&mut self, field: &'a Field, name: &str, qualified: &str) -> Result<Vec<Line>, Unsayable> {
        let mut fields = Vec::new();
        match (&field.ty.ty, &field.name) {
            (Type::InlineRecord { definition }, None) => records::collect(definition, &mut fields),
            (_, Some(_)) => fields.push(field),
            (_, None) => {}
        }
        let mut lines = Vec::new();
        for field in fields {
            let Some(own) = field.name.as_deref() else { continue };
            let site = super::types::Site {
                wish: format!("{}_{own}", flat(name)),
                expression: format!("(({qualified} *)0)->{own}"),
            };
            let said = self.types.say(&field.ty, Some(&site))?;
            let mut text = Text::suffixed();
            text.declare(&said, &member_name(own));
            lines.push(line(text.text));
        }
        Ok(lines)
    }

    /// A function as one line for each number of arguments.
    fn functions(
        &mut self,
        function: &'a CxxFunction,
        template: Option<&Template>,
        name: &str,
        qualified: &str,
    ) -> Result<Vec<Line>, Unsayable> {
        if function.role == FunctionRole::Destructor {
            return Ok(Vec::new()); // `del` is enough.
        }
        if function.consteval {
            return Err(Unsayable("it is `consteval`, and nothing can call it at run time".into()));
        }
        let parameters = template_parameters(template)?;
        let brackets =
            if parameters.is_empty() { String::new() } else { format!("[{}]", parameters.join(", ")) };
        if function.role == FunctionRole::Constructor && !parameters.is_empty() {
            return Err(Unsayable("Cython has no templates of constructors".into()));
        }
        self.types.cxx.parameters.push(parameters);
        let said = self.types.say_function(&function.ty);
        self.types.cxx.parameters.pop();
        let said = said?;
        let is_outside = matches!(function.role, FunctionRole::Function) && !function.is_static;
        let declared = match function.role {
            FunctionRole::Constructor => name.to_owned(),
            FunctionRole::Conversion => {
                if !matches!(function.ty.result.ty, Type::Bool) {
                    return Err(Unsayable("Cython converts to `bool` only".into()));
                }
                "operator bool".to_owned()
            }
            _ if function.name.starts_with("operator\"\"") => {
                return Err(Unsayable("Cython has no literals of C++".into()));
            }
            _ => match function.operator() {
                Some(token) if OPERATORS.contains(&token) => format!("operator{token}"),
                Some(token) => return Err(Unsayable(format!("Cython has no operator `{token}`"))),
                None if function.name.starts_with("operator ") => {
                    return Err(Unsayable("Cython has no such operator".into()));
                }
                None if is_outside => with_full_name(name, qualified),
                None => member_name(&function.name),
            },
        };
        let throws =
            if function.noexcept || self.is_unguarded(function, qualified) { "" } else { " except +" };
        let count = said.parameters.len();
        let least = count.saturating_sub(usize::try_from(function.defaults).unwrap_or(0));
        let mut lines = Vec::new();
        for taken in (least..=count).rev() {
            let mut ty = said.clone();
            ty.parameters.truncate(taken);
            ty.unprototyped = ty.parameters.is_empty() && !ty.variadic;
            let mut text = Text::suffixed();
            if function.is_static && function.role == FunctionRole::Function {
                text.text.push_str("@staticmethod\n");
            }
            let head = format!("{declared}{brackets}");
            if function.role == FunctionRole::Constructor {
                let mut whole = Text::suffixed();
                whole.declare_function(&head, &ty);
                text.text.push_str(whole.text.strip_prefix("void ").unwrap_or(&whole.text));
            } else if function.role == FunctionRole::Conversion {
                *ty.result = Type::Void.into();
                let mut whole = Text::suffixed();
                whole.declare_function(&head, &ty);
                text.text.push_str("bint ");
                text.text.push_str(whole.text.strip_prefix("void ").unwrap_or(&whole.text));
            } else {
                text.declare_function(&head, &ty);
            }
            text.text.push_str(throws);
            let types: Vec<String> = ty.parameters.iter().map(|parameter| plain(&parameter.ty)).collect();
            let signature = Some(format!("{declared}{brackets}({})", types.join(", ")));
            let whole = (taken == count).then(|| brief(function));
            lines.push(Line { text: text.text, signature, whole, is_const: function.is_const });
        }
        Ok(lines)
    }

    /// Whether Cython gets an operator that is `except +` wrong: it goes on with a copy of what a reference refers to,
    /// and calls the prefix operator for the postfix one. A call gives it the reference itself, as methods do, and of
    /// an assignment it takes no result.
    fn is_unguarded(&mut self, function: &'a CxxFunction, qualified: &str) -> bool {
        let Some(token) = function.operator() else { return false };
        let is_member = function.role == FunctionRole::Method;
        let is_postfix =
            matches!(token, "++" | "--") && function.ty.parameters.len() + usize::from(is_member) == 2;
        let result = self.types.symbols.canonical(&function.ty.result.ty);
        let is_copied = !matches!(token, "()" | "=") && self.types.cxx.is_reference(result);
        if is_postfix || is_copied {
            self.unguarded.push(if is_member {
                format!("{qualified}::{}", function.name)
            } else {
                qualified.into()
            });
        }
        is_postfix || is_copied
    }

    /// The constants of an enum without name in a namespace.
    fn unnamed_enum(&mut self, cxx: &Cxx, location: &Location) -> Option<String> {
        let CxxItem::Enum(definition) = &cxx.item else { return None };
        Some(self.enum_text(definition, "", "", (&cxx.namespace.join("::"), ""), location))
    }

    /// An enum that is called `qualified`, or has no name, and whose constants are found in `around` unless
    /// it is scoped; `prefix` makes the constants' names those of a class.
    fn enum_text(
        &mut self,
        definition: &CxxEnum,
        name: &str,
        qualified: &str,
        (around, prefix): (&str, &str),
        location: &Location,
    ) -> String {
        let body = &definition.definition;
        if definition.scoped {
            let mut underlying = Text::suffixed();
            underlying.declare(&Type::Int { int: body.underlying, size: body.size }.into(), "");
            let mut constants = Vec::new();
            for constant in &body.constants {
                if parameter_is_free(&constant.name) {
                    constants.push(constant.name.clone());
                } else {
                    // Cython gives such constants no other name.
                    let what = format!("constant `{}`", constant.name);
                    self.leave_out(location, &what, qualified, "its name is a word of Python");
                }
            }
            let name = with_full_name(name, qualified);
            return block(&format!("cdef enum class {name}({})", underlying.text), &constants);
        }
        let constants: Vec<String> = body
            .constants
            .iter()
            .map(|constant| {
                let own = &constant.name;
                let full = if around.is_empty() { own.clone() } else { format!("{around}::{own}") };
                let here = self.types.names.unique(&format!("{prefix}{own}"), false);
                with_c_name(&here, &full)
            })
            .collect();
        let head = if qualified.is_empty() {
            "cdef enum".to_owned()
        } else {
            // C++ has no `enum` in front of what only a typedef names, and needs none anywhere.
            format!("ctypedef enum {}", with_full_name(name, qualified))
        };
        block(&head, &constants)
    }

    fn cxx_typedef(&mut self, ty: &'a QualType, name: &str, qualified: &str) -> String {
        match self.types.say(ty, None) {
            Ok(said) => {
                let mut text = Text::suffixed();
                text.text.push_str("ctypedef ");
                text.declare(&said, name);
                text.text
            }
            Err(_) => {
                let own = name.split(' ').next().unwrap_or(name);
                format!("cdef cppclass {own} \"{qualified}\":\n    pass")
            }
        }
    }
}

fn has_reference(class: &Class) -> bool {
    class.members.iter().any(|member| match &member.item {
        CxxItem::Field(field) => {
            matches!(&field.ty.ty, Type::Cxx { ty } if matches!(**ty, CxxType::Reference { .. }))
        }
        _ => false,
    })
}

/// Whether a type is the one of that qualified name.
fn is_named(ty: &QualType, qualified: &str) -> bool {
    let Type::Cxx { ty } = &ty.ty else { return false };
    matches!(&**ty, CxxType::Named(named) if named.name == qualified && named.within.is_none())
}

/// Whether Cython takes a name as it is.
fn parameter_is_free(name: &str) -> bool {
    member_name(name) == name
}

/// A type as text.
fn plain(ty: &QualType) -> String {
    let mut text = Text::suffixed();
    text.declare(ty, "");
    text.text
}

/// A dotted name as part of another one.
fn flat(name: &str) -> String {
    name.replace('.', "_")
}

fn member_name(name: &str) -> String {
    super::names::field(name, &mut FxHashSet::default())
}

/// A name of a namespace with its C++ name where Cython would not find it by itself.
fn renamed(name: &str, own: &str, qualified: &str) -> String {
    if name == own { name.to_owned() } else { format!("{name} \"{qualified}\"") }
}

/// A name with its whole C++ name, if that differs.
fn with_full_name(name: &str, qualified: &str) -> String {
    renamed(name, qualified.rsplit("::").next().unwrap_or(qualified), qualified)
}

/// The names of a template's parameters, if Cython knows such templates.
fn template_parameters(template: Option<&Template>) -> Result<Vec<String>, Unsayable> {
    let parameters = template.map(|template| template.parameters.as_slice()).unwrap_or_default();
    parameters
        .iter()
        .enumerate()
        .map(|(index, item)| match item.kind {
            _ if item.pack => Err(Unsayable("Cython has no template parameter packs".into())),
            TemplateParameterKind::Type => Ok(item.name.clone().unwrap_or_else(|| format!("T{index}"))),
            _ => Err(Unsayable("Cython has no template parameters but types".into())),
        })
        .collect()
}

/// `[T, U=*]`, or nothing.
fn bracketed(template: Option<&Template>) -> Result<String, Unsayable> {
    let names = template_parameters(template)?;
    if names.is_empty() {
        return Ok(String::new());
    }
    let parameters = template.map(|template| template.parameters.as_slice()).unwrap_or_default();
    let written = names.iter().zip(parameters).map(|(name, parameter)| match parameter.default {
        true => format!("{name}=*"),
        false => name.clone(),
    });
    Ok(format!("[{}]", written.collect::<Vec<_>>().join(", ")))
}

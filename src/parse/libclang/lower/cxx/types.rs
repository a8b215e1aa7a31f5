//! Types that only C++ has.

use super::super::Lowerer;
use crate::ir::{CxxType, Integer, Named, QualType, TemplateArgument, TemplateParameterKind, Type};
use crate::parse::libclang::ffi::{CursorKind, Tag, Type as ClangType, TypeKind};

/// Templates of the standard library, and how many arguments come before those that have defaults.
const DEFAULTED: &[(&str, usize)] = &[
    ("basic_string", 1),
    ("basic_string_view", 1),
    ("deque", 1),
    ("forward_list", 1),
    ("list", 1),
    ("map", 2),
    ("multimap", 2),
    ("multiset", 1),
    ("priority_queue", 1),
    ("queue", 1),
    ("set", 1),
    ("stack", 1),
    ("unique_ptr", 1),
    ("unordered_map", 2),
    ("unordered_multimap", 2),
    ("unordered_multiset", 1),
    ("unordered_set", 1),
    ("vector", 1),
];

/// What those defaults are instances of.
const DEFAULTS: &[&str] =
    &["allocator", "less", "equal_to", "hash", "default_delete", "char_traits", "deque", "vector"];

impl<'u> Lowerer<'_, 'u> {
    /// A class or enum that C cannot say; `None` for one that goes C's way.
    pub(in crate::parse::libclang::lower) fn cxx_tag_type(&mut self, ty: ClangType<'u>) -> Option<Type> {
        let declaration = ty.declaration();
        let definition = declaration.definition().unwrap_or(declaration);
        if definition.file().is_none() || self.tag_of(definition) == Tag::Unnamed || self.is_c(definition) {
            return None;
        }
        if definition.kind() == CursorKind::Enum {
            return Some(self.named_type(definition, Named::Enum, Vec::new()));
        }
        let arguments = self.arguments(ty);
        Some(self.named_type(definition, Named::Class, arguments))
    }

    /// A typedef of a namespace or class; `None` for one that goes C's way.
    pub(in crate::parse::libclang::lower) fn cxx_typedef_type(
        &mut self,
        ty: ClangType<'u>,
        depth: u32,
    ) -> Option<QualType> {
        let declaration = ty.declaration();
        if self.class_named_by(declaration).is_some() {
            return Some(self.nested(declaration.typedef_underlying(), depth));
        }
        if self.is_global(declaration) {
            return None;
        }
        let is_member = self.is_member(declaration);
        let canonical = ty.canonical();
        let is_scalar = matches!(canonical.kind(), TypeKind::Int(_) | TypeKind::Float(_) | TypeKind::Bool);
        if is_scalar && !is_member && self.is_standard(declaration) {
            // `std::size_t` is as good as `size_t`, which other languages know.
            return Some(match self.typedef_named(&declaration.spelling()) {
                Some(global) => {
                    self.require(global);
                    Type::Typedef { name: declaration.spelling() }.into()
                }
                None => self.nested(canonical, depth),
            });
        }
        let named = self.named_type(declaration, Named::Typedef, Vec::new());
        // Of a class of another library only the name is known.
        let is_known = !is_member || self.files.binds(declaration.file()) || is_external(&named);
        if is_known { Some(named.into()) } else { Some(self.nested(ty.canonical(), depth)) }
    }

    pub(in crate::parse::libclang::lower) fn reference(
        &mut self,
        ty: ClangType<'u>,
        rvalue: bool,
        depth: u32,
    ) -> Type {
        let to = self.nested(ty.pointee(), depth);
        Type::Cxx { ty: Box::new(CxxType::Reference { to, rvalue }) }
    }

    pub(in crate::parse::libclang::lower) fn member_pointer(
        &mut self,
        ty: ClangType<'u>,
        depth: u32,
    ) -> Type {
        let class = match self.dependent_class(ty) {
            Some(class) => class.into(),
            None => self.nested(ty.class(), depth),
        };
        let to = self.nested(ty.pointee(), depth);
        Type::Cxx { ty: Box::new(CxxType::MemberPointer { class, to }) }
    }

    /// The class of a pointer to a member where it depends on template parameters: libclang 21 and 22 crash when they
    /// are asked for that. `None` for any other class.
    fn dependent_class(&mut self, ty: ClangType<'u>) -> Option<Type> {
        if self.parameters.is_empty() {
            return None;
        }
        let class_of =
            |ty: ClangType<'u>| class_in(&ty.spelling(), &ty.pointee().spelling()).map(str::to_owned);
        // Clang numbers the types and templates among the parameters there, but not what a template calls itself.
        let canonical = class_of(ty.canonical())?;
        if !canonical.contains("-parameter-") && !self.mentions_value(&canonical) {
            return None;
        }
        let written = class_of(ty).unwrap_or(canonical);
        if self.parameters.iter().flatten().any(|parameter| parameter.name.as_ref() == Some(&written)) {
            return Some(Type::Cxx { ty: Box::new(CxxType::Parameter { name: written }) });
        }
        self.warn(format!("type `{written}` cannot be expressed and becomes opaque"));
        Some(Type::Opaque { spelling: written, layout: None })
    }

    /// Whether a spelling mentions a parameter that is no type.
    fn mentions_value(&self, spelling: &str) -> bool {
        let mut words = spelling.split(|c: char| !c.is_alphanumeric() && c != '_');
        let is_value = |word| {
            let mut all = self.parameters.iter().flatten();
            all.any(|known| known.kind != TemplateParameterKind::Type && known.name.as_deref() == Some(word))
        };
        words.any(is_value)
    }

    /// What libclang has no kind for: template instances as written, template parameters, injected
    /// class names. `None` for anything else.
    pub(in crate::parse::libclang::lower) fn unexposed(&mut self, ty: ClangType<'u>) -> Option<Type> {
        let spelling = ty.spelling();
        let bare = unqualified(&spelling);
        if self.parameters.iter().flatten().any(|parameter| parameter.name.as_deref() == Some(bare)) {
            return Some(Type::Cxx { ty: Box::new(CxxType::Parameter { name: bare.to_owned() }) });
        }
        let declaration = ty.declaration();
        match declaration.kind() {
            CursorKind::ClassTemplate => {}
            CursorKind::Class | CursorKind::Struct | CursorKind::Union => {}
            _ => return None,
        }
        let is_instance = ty.template_arguments().is_some();
        let written = bare.split('<').next().unwrap_or_default();
        let written = written.rsplit("::").next().unwrap_or_default().trim();
        if bare.starts_with("typename ") || (is_instance && written != declaration.spelling()) {
            return None; // A dependent name, or an instance of an alias template.
        }
        let arguments = if is_instance { self.arguments(ty) } else { self.own_arguments() };
        Some(self.named_type(declaration, Named::Class, arguments))
    }

    /// The arguments of an instance, without those at the end that the standard library's templates have
    /// by default.
    pub(super) fn arguments(&mut self, ty: ClangType<'u>) -> Vec<TemplateArgument> {
        let Some(mut list) = ty.template_arguments() else { return Vec::new() };
        let declaration = ty.declaration();
        let name = declaration.spelling();
        let defaulted = DEFAULTED.iter().find(|(template, _)| *template == name);
        if let Some((_, least)) = defaulted.filter(|_| self.is_standard(declaration)) {
            while list.len() > *least && list.last().is_some_and(|last| last.is_some_and(is_default)) {
                list.pop();
            }
        }
        let spelling = ty.spelling();
        let texts = split_arguments(&spelling);
        let mut arguments = Vec::with_capacity(list.len());
        for (index, argument) in list.into_iter().enumerate() {
            let text = texts.get(index).copied().unwrap_or_default().trim();
            arguments.push(match argument {
                Some(_) if text.ends_with("...") => TemplateArgument::Other(text.to_owned()),
                Some(ty) => TemplateArgument::Type(self.ty(ty)),
                None => value_argument(text),
            });
        }
        arguments
    }

    /// The parameters of the innermost template as arguments: what its name stands for inside it.
    fn own_arguments(&self) -> Vec<TemplateArgument> {
        let parameters = self.parameters.last().into_iter().flatten();
        let argument = |name: String, is_type: bool| match is_type {
            true => TemplateArgument::Type(Type::Cxx { ty: Box::new(CxxType::Parameter { name }) }.into()),
            false => TemplateArgument::Other(name),
        };
        parameters
            .map(|parameter| {
                let is_type = parameter.kind == TemplateParameterKind::Type && !parameter.pack;
                let name = parameter.name.clone().unwrap_or_default();
                argument(if parameter.pack { format!("{name}...") } else { name }, is_type)
            })
            .collect()
    }
}

/// Whether an argument is an instance of what the standard library's defaults are instances of.
fn is_default(ty: ClangType<'_>) -> bool {
    let canonical = ty.canonical();
    canonical.template_arguments().is_some()
        && DEFAULTS.contains(&canonical.declaration().spelling().as_str())
        && canonical.spelling().starts_with("std::")
}

fn is_external(ty: &Type) -> bool {
    matches!(ty, Type::Cxx { ty } if matches!(&**ty, CxxType::Named(named) if named.external))
}

fn value_argument(text: &str) -> TemplateArgument {
    match text.parse::<i64>() {
        Ok(value) => TemplateArgument::Value(Integer::from(value)),
        Err(_) => TemplateArgument::Other(text.to_owned()),
    }
}

/// A spelling without the qualifiers in front.
fn unqualified(spelling: &str) -> &str {
    let mut text = spelling;
    while let Some(rest) = ["const ", "volatile "].iter().find_map(|word| text.strip_prefix(word)) {
        text = rest;
    }
    text
}

/// The class in the spelling of a pointer to a member, which is that of what it points to with `class::*` put in.
fn class_in<'s>(whole: &'s str, pointee: &str) -> Option<&'s str> {
    let length = whole.len().checked_sub(pointee.len())?;
    (0..=pointee.len()).find_map(|start| {
        let (before, after) = (pointee.get(..start)?, pointee.get(start..)?);
        let inserted = whole.strip_prefix(before)?.strip_suffix(after).filter(|text| text.len() == length)?;
        let mut text = inserted.trim_start_matches([' ', '(']).trim_end_matches(')');
        while let Some(rest) =
            ["const", "volatile", "__restrict"].iter().find_map(|word| text.strip_suffix(word))
        {
            text = rest.trim_end();
        }
        text.strip_suffix("::*").filter(|class| !class.is_empty())
    })
}

/// The arguments in the last angle brackets of a spelling such as `a<b>::c<d, e<f>>`.
fn split_arguments(spelling: &str) -> Vec<&str> {
    let Some(text) = spelling.trim_end().strip_suffix('>') else { return Vec::new() };
    let mut depth = 1_usize;
    let mut commas = Vec::new();
    for (index, byte) in text.bytes().enumerate().rev() {
        match byte {
            b'>' | b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' => depth = depth.saturating_sub(1),
            b'<' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    let mut start = index + 1;
                    let mut parts = Vec::new();
                    for comma in commas.into_iter().rev() {
                        parts.push(&text[start..comma]);
                        start = comma + 1;
                    }
                    parts.push(&text[start..]);
                    return parts;
                }
            }
            b',' if depth == 1 => commas.push(index),
            _ => {}
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::{class_in, split_arguments};

    #[test]
    fn the_class_of_a_pointer_to_a_member_is_found_in_its_spelling() {
        for (whole, pointee, class) in [
            ("int C::*", "int", "C"),
            ("int *Box<C *>::*const", "int *", "Box<C *>"),
            ("void (C::*)()", "void ()", "C"),
            ("R (C::*const volatile)(int K::*) const", "R (int K::*) const", "C"),
            ("void (*(ns::C::*)(int))(char)", "void (*(int))(char)", "ns::C"),
            ("void (*typename C::In::*)(int)", "void (*)(int)", "typename C::In"),
            ("int (C::*)[3]", "int[3]", "C"),
            ("int D::*C::*", "int D::*", "C"),
        ] {
            assert_eq!(class_in(whole, pointee), Some(class), "{whole}");
        }
        assert_eq!(class_in("int", "int"), None);
    }

    #[test]
    fn arguments_are_split_at_their_own_commas() {
        assert_eq!(split_arguments("a<b, c>::d<e, f<g, h>, 4>"), ["e", " f<g, h>", " 4"]);
        assert_eq!(split_arguments("f<void (int, int)>"), ["void (int, int)"]);
        assert!(split_arguments("plain").is_empty());
    }
}

//! Functions of namespaces and classes.

use super::super::types::parameter_name;
use super::super::{Key, Lowerer};
use super::{is_c_symbol, text};
use crate::ir::{CxxFunction, CxxItem, DeclarationKind, FunctionRole, Template};
use crate::parse::libclang::ffi::{Cursor, CursorKind, Linkage, TypeKind};

impl<'u> Lowerer<'_, 'u> {
    /// A function or function template of a namespace; its first declaration counts.
    pub(super) fn namespace_function(&mut self, cursor: Cursor<'u>) {
        let is_template = cursor.kind() == CursorKind::FunctionTemplate;
        let is_guide = cursor.spelling().starts_with('<');
        if is_guide
            || self.is_member(cursor)
            || (is_template && cursor.templated_kind() != CursorKind::Function)
        {
            return;
        }
        let is_specialization = !is_template && cursor.specialized().is_some();
        let is_c = !is_template && !is_specialization && is_extern_c(cursor);
        if is_c && self.is_global(cursor) {
            return self.function(cursor);
        }
        let key = Key::Cxx(cursor.canonical().id());
        let defaults = self.defaults(&parameters(cursor));
        if let Some(known) = self.lowered.get_mut(&key) {
            if let DeclarationKind::Cxx(declared) = &mut known.kind
                && let CxxItem::Function(known) = &mut declared.item
            {
                known.defaults = known.defaults.max(defaults);
            }
            return;
        }
        let (template, mut function) = self.cxx_function(cursor, None);
        function.extern_c = is_c;
        function.inline |= cursor.linkage() == Linkage::Static;
        let specialized = || Template::default();
        let template = template.or_else(|| is_specialization.then(specialized));
        self.store_cxx(cursor, CxxItem::Function(Box::new(function)), template, true);
    }

    /// A function, function template or member function of the class of that name.
    pub(super) fn cxx_function(
        &mut self,
        cursor: Cursor<'u>,
        class: Option<&str>,
    ) -> (Option<Template>, CxxFunction) {
        let is_template = cursor.kind() == CursorKind::FunctionTemplate;
        let kind = if is_template { cursor.templated_kind() } else { cursor.kind() };
        let template = is_template.then(|| self.open_template(cursor));
        let arguments = parameters(cursor);
        let mut ty = self.function_type(cursor.ty());
        if ty.parameters.len() == arguments.len() {
            for (parameter, argument) in ty.parameters.iter_mut().zip(&arguments) {
                parameter.name = parameter_name(*argument);
                let written = argument.ty();
                if !matches!(written.kind(), TypeKind::ConstantArray | TypeKind::IncompleteArray) {
                    let ty = &mut parameter.ty;
                    (ty.is_const, ty.is_volatile, ty.is_restrict) = written.qualifiers();
                }
            }
        }
        let is_static = class.is_some() && cursor.is_static_method();
        let role = match kind {
            CursorKind::Constructor => FunctionRole::Constructor,
            CursorKind::Destructor => FunctionRole::Destructor,
            CursorKind::Conversion => FunctionRole::Conversion,
            CursorKind::Method if !is_static => FunctionRole::Method,
            _ => FunctionRole::Function,
        };
        let name = match (role, class) {
            (FunctionRole::Constructor, Some(class)) => class.to_owned(),
            (FunctionRole::Destructor, Some(class)) => format!("~{class}"),
            _ => cursor.spelling(),
        };
        let says_noexcept = || cursor.ty().canonical().spelling().contains("noexcept");
        let is_pattern = !self.parameters.is_empty();
        // It implies `inline`, of which libclang does not tell for templates.
        let (constexpr, consteval) =
            if is_template || cursor.is_inline() { cursor.constant_specifier() } else { (false, false) };
        let function = CxxFunction {
            name,
            role,
            ty,
            defaults: self.defaults(&arguments),
            symbol: if is_pattern || cursor.is_unavailable() { None } else { cursor.mangled() },
            extern_c: false,
            inline: cursor.is_inline() || cursor.definition().is_some(),
            is_static,
            is_const: cursor.is_const_method(),
            is_volatile: false,
            is_virtual: cursor.is_virtual(),
            is_pure: cursor.is_pure(),
            is_override: cursor.overrides(),
            is_final: cursor.is_virtual()
                && cursor.children().iter().any(|child| child.kind() == CursorKind::FinalAttribute),
            constexpr,
            consteval,
            noexcept: cursor.is_noexcept().unwrap_or_else(says_noexcept),
            is_explicit: self.is_explicit(cursor, role),
            is_deleted: cursor.is_unavailable(),
            is_defaulted: cursor.is_defaulted(),
            ref_qualifier: cursor.ty().ref_qualifier(),
        };
        if is_template {
            self.close_template();
        }
        (template, function)
    }

    /// How many parameters at the end have a default argument.
    fn defaults(&self, parameters: &[Cursor<'u>]) -> u32 {
        let has_default = |parameter: &&Cursor<'u>| assigns(text(self.files, **parameter));
        let count = parameters.iter().rev().take_while(has_default).count();
        u32::try_from(count).unwrap_or(0)
    }

    fn is_explicit(&self, cursor: Cursor<'u>, role: FunctionRole) -> bool {
        if !matches!(role, FunctionRole::Constructor | FunctionRole::Conversion) {
            return false;
        }
        let text = text(self.files, cursor);
        let before = text.split('(').next().unwrap_or_default();
        before.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "explicit")
    }
}

fn is_extern_c(cursor: Cursor<'_>) -> bool {
    cursor.mangled().is_some_and(|symbol| is_c_symbol(&symbol))
}

fn parameters(cursor: Cursor<'_>) -> Vec<Cursor<'_>> {
    let is_parameter = |child: &Cursor<'_>| child.kind() == CursorKind::Parameter;
    cursor.children().into_iter().filter(is_parameter).collect()
}

/// Whether the text of a parameter has a `=` of its own.
fn assigns(text: &str) -> bool {
    let mut depth = 0_i32;
    let mut previous = b' ';
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' | b']' | b'}' | b'>' => depth -= 1,
            b'=' if depth <= 0 => {
                let next = text.as_bytes().get(index + 1);
                return next != Some(&b'=') && !matches!(previous, b'!' | b'<' | b'>' | b'=');
            }
            _ => {}
        }
        previous = byte;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::assigns;

    #[test]
    fn defaults_are_told_from_comparisons() {
        assert!(assigns("int a = 3") && assigns("std::function<bool(int)> f = nullptr"));
        assert!(!assigns("int a") && !assigns("std::enable_if_t<(N == 3)> *p"));
    }
}

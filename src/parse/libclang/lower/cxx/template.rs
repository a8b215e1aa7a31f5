//! Template headers.

use super::super::Lowerer;
use super::text;
use crate::ir::{Template, TemplateArgument, TemplateParameter, TemplateParameterKind};
use crate::parse::libclang::ffi::{Cursor, CursorKind};

impl<'u> Lowerer<'_, 'u> {
    /// Lowers the header of a template; its parameters are known until [`Lowerer::close_template`].
    pub(super) fn open_template(&mut self, cursor: Cursor<'u>) -> Template {
        self.parameters.push(Vec::new());
        for child in cursor.children() {
            let kind = match child.kind() {
                CursorKind::TemplateType => TemplateParameterKind::Type,
                CursorKind::TemplateValue => TemplateParameterKind::Value { ty: self.ty(child.ty()) },
                CursorKind::TemplateTemplate => TemplateParameterKind::Template,
                _ => continue,
            };
            let written = text(self.files, child);
            let parameter = TemplateParameter {
                name: Some(child.spelling()).filter(|name| !name.is_empty()),
                kind,
                pack: written.contains("..."),
                default: written.contains('='),
            };
            if let Some(parameters) = self.parameters.last_mut() {
                parameters.push(parameter);
            }
        }
        Template { parameters: self.parameters.last().cloned().unwrap_or_default(), arguments: Vec::new() }
    }

    /// Ends what [`Lowerer::open_template`] began.
    pub(super) fn close_template(&mut self) {
        self.parameters.pop();
    }

    /// The arguments that a specialization is for.
    pub(super) fn specialized_for(&mut self, cursor: Cursor<'u>) -> Vec<TemplateArgument> {
        let ty = cursor.ty();
        if ty.template_arguments().is_some() {
            return self.arguments(ty);
        }
        let spelling = ty.spelling();
        let arguments = spelling.split_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
        arguments.map(|text| TemplateArgument::Other(text.to_owned())).into_iter().collect()
    }
}

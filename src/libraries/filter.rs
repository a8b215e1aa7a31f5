//! A header without what no library defines.

use super::Defined;
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::{DeclarationKind, Header};

/// With more names than this there is one warning for all of them.
const MAX_SINGLE: usize = 5;

/// The header without the functions and variables that are defined nowhere, and a warning about them.
/// What the header itself defines, and types and constants, stay. `libraries` are named in the warning.
pub fn filter(header: &Header, defined: &Defined, libraries: &[String]) -> (Header, Vec<Diagnostic>) {
    let libraries: Vec<String> = libraries.iter().map(|name| format!("`{name}`")).collect();
    let libraries = libraries.join(", ");
    let mut dropped = Vec::new();
    let mut kept = Header {
        declarations: Vec::with_capacity(header.declarations.len()),
        path: header.path.clone(),
        target: header.target.clone(),
        include: header.include.clone(),
        defines: header.defines.clone(),
    };
    for declaration in &header.declarations {
        let missing = match &declaration.kind {
            DeclarationKind::Function(function) if !function.inline => {
                !defined.has(&function.name, function.symbol.as_deref())
            }
            DeclarationKind::Variable(variable) if !variable.is_static => {
                !defined.has(&variable.name, variable.symbol.as_deref())
            }
            _ => false,
        };
        if !missing {
            kept.declarations.push(declaration.clone());
        } else if declaration.bound {
            dropped.push(declaration);
        }
    }
    let name = |index: usize| dropped[index].name().unwrap_or_default();
    let diagnostics = if dropped.len() <= MAX_SINGLE {
        let single = |index: usize| {
            let what = match &dropped[index].kind {
                DeclarationKind::Variable(_) => "variable",
                _ => "function",
            };
            let message = format!("{what} `{}` is left out: no symbol in {libraries}", name(index));
            Diagnostic::warning(message, &dropped[index].location)
        };
        (0..dropped.len()).map(single).collect()
    } else {
        let names: Vec<&str> = (0..dropped.len()).map(name).collect();
        vec![Diagnostic {
            severity: Severity::Warning,
            message: format!(
                "{} functions and variables are left out: no symbols in {libraries}",
                names.len()
            ),
            location: None,
            notes: vec![names.join(", ")],
        }]
    };
    (kept, diagnostics)
}

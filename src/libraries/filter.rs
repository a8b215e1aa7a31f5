//! A header without what no library defines.

use std::collections::BTreeSet;

use super::{Defined, symbol};
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::{DeclarationKind, Header};

/// With more names than this there is one warning for all of them.
const MAX_SINGLE: usize = 5;

/// A header that libraries were asked about.
#[derive(Debug)]
pub struct Filtered {
    /// It without the functions and variables that are defined nowhere.
    pub header: Header,
    /// A warning about them.
    pub diagnostics: Vec<Diagnostic>,
    /// Symbols of what is bound and defined, sorted, as [`Defined::defines`] takes them.
    pub defined: Vec<String>,
    /// Symbols of what would be bound and is not defined, likewise.
    pub undefined: Vec<String>,
}

/// Leaves out the functions and variables that are defined nowhere. What the header itself defines, and
/// types and constants, stay. `libraries` are named in the warning.
pub fn filter(header: &Header, defined: &Defined, libraries: &[String]) -> Filtered {
    let libraries: Vec<String> = libraries.iter().map(|name| format!("`{name}`")).collect();
    let libraries = libraries.join(", ");
    let mut dropped = Vec::new();
    let mut symbols = [BTreeSet::new(), BTreeSet::new()];
    let mut kept = Header {
        declarations: Vec::with_capacity(header.declarations.len()),
        path: header.path.clone(),
        target: header.target.clone(),
        include: header.include.clone(),
        defines: header.defines.clone(),
    };
    for declaration in &header.declarations {
        let symbol = match &declaration.kind {
            DeclarationKind::Function(function) if !function.inline => {
                Some(symbol(&function.name, function.symbol.as_deref()))
            }
            DeclarationKind::Variable(variable) if !variable.is_static => {
                Some(symbol(&variable.name, variable.symbol.as_deref()))
            }
            _ => None,
        };
        let missing = symbol.as_ref().is_some_and(|symbol| !defined.defines(symbol));
        if declaration.bound {
            symbols[usize::from(missing)].extend(symbol);
        }
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
    let [defined, undefined] = symbols.map(|symbols| symbols.into_iter().collect());
    Filtered { header: kept, diagnostics, defined, undefined }
}

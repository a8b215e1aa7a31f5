//! Declarations for `cffi.FFI().cdef(text)`, written for ABI mode such that API mode compiles them too.
//!
//! What is left out or changed gets a diagnostic; the consumer is cffi 1.15 or later.

mod layout;
mod names;
mod pattern;
mod records;
#[cfg(test)]
mod tests;
mod types;

use std::collections::{BTreeMap, HashMap, HashSet};

use self::pattern::Pattern;
use self::types::{Types, Unsayable};
use super::declarator;
use super::order::{self, Name};
use super::{Error, Options, Output, strings};
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::{
    ConstantValue, Declaration, DeclarationKind, Enum, Function, Header, QualType, Record, Type, Typedef,
    Variable,
};

/// Version of the output.
pub(super) const VERSION: u32 = 1;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["exclude_patterns", "define_patterns", "extra_cdef"];

/// Resolved options.
pub(super) struct Settings {
    /// Declarations with such names are not bound for their own sake.
    exclude: Vec<Pattern>,
    /// Macros with such names are written as `#define NAME ...`.
    define: Vec<Pattern>,
    /// Lines for the end of the text.
    extra: Vec<String>,
}

impl Settings {
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let patterns = |option: &str| -> Result<Vec<Pattern>, Error> {
            strings("cffi", options, option)?
                .iter()
                .map(|pattern| {
                    Pattern::new(pattern).map_err(|problem| Error::BadOption {
                        writer: "cffi",
                        option: option.to_owned(),
                        problem,
                    })
                })
                .collect()
        };
        Ok(Settings {
            exclude: patterns("exclude_patterns")?,
            define: patterns("define_patterns")?,
            extra: strings("cffi", options, "extra_cdef")?,
        })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let mut draft = Draft::new(header, settings);
    draft.choose();
    draft.finish()
}

/// A cdef in the making.
struct Draft<'a> {
    header: &'a Header,
    settings: &'a Settings,
    types: Types<'a>,
    positions: HashMap<Name<'a>, usize>,
    /// Positions that were looked at.
    visited: HashSet<usize>,
    /// What is written, by position in the header.
    chosen: BTreeMap<usize, Declaration>,
    diagnostics: Vec<Diagnostic>,
    /// Functions and variables that no library holds.
    in_header: Vec<&'a str>,
    /// Macros that are no integers.
    unsayable_macros: Vec<&'a str>,
}

impl<'a> Draft<'a> {
    fn new(header: &'a Header, settings: &'a Settings) -> Self {
        let positions = header
            .declarations
            .iter()
            .enumerate()
            .filter_map(|(index, declaration)| Some((Name::of(declaration)?, index)))
            .collect();
        Draft {
            header,
            settings,
            types: Types::new(header),
            positions,
            visited: HashSet::new(),
            chosen: BTreeMap::new(),
            diagnostics: Vec::new(),
            in_header: Vec::new(),
            unsayable_macros: Vec::new(),
        }
    }

    fn is_excluded(&self, declaration: &Declaration) -> bool {
        let name = declaration.name().unwrap_or_default();
        !name.is_empty() && self.settings.exclude.iter().any(|pattern| pattern.search(name))
    }

    /// Picks what is bound and everything it mentions.
    fn choose(&mut self) {
        let header = self.header;
        let mut pending: Vec<usize> = (0..header.declarations.len())
            .rev()
            .filter(|index| {
                let declaration = &header.declarations[*index];
                declaration.bound && !self.is_excluded(declaration)
            })
            .collect();
        while let Some(index) = pending.pop() {
            if !self.visited.insert(index) {
                continue;
            }
            let Some(written) = self.rewrite(&header.declarations[index]) else { continue };
            for (name, by_value) in order::mentions(&written) {
                let Some(&position) = self.positions.get(&name) else { continue };
                // An excluded record that is only pointed to stays opaque.
                let needed = by_value
                    || !matches!(name, Name::Record(..))
                    || !self.is_excluded(&header.declarations[position]);
                if needed {
                    pending.push(position);
                }
            }
            self.chosen.insert(index, written);
        }
        self.diagnostics.sort_by_key(|diagnostic| {
            diagnostic.location.as_ref().map(|at| (at.file.clone(), at.line, at.column))
        });
    }

    /// The declaration as cffi can say it; `None` if it needs no text or cannot be said.
    fn rewrite(&mut self, declaration: &'a Declaration) -> Option<Declaration> {
        let (what, kind) = match &declaration.kind {
            DeclarationKind::Record(record) => (record.record.keyword(), self.rewrite_record(record)),
            DeclarationKind::Enum(definition) => ("enum", self.rewrite_enum(definition, declaration)),
            DeclarationKind::Typedef(typedef) => ("typedef", self.rewrite_typedef(typedef)),
            DeclarationKind::Function(function) => ("function", self.rewrite_function(function)),
            DeclarationKind::Variable(variable) => ("variable", self.rewrite_variable(variable)),
            DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => return None,
        };
        let name = declaration.name().unwrap_or_default();
        for note in std::mem::take(&mut self.types.notes) {
            let message = format!("{what} `{name}`: {note}");
            self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
        }
        match kind {
            Ok(kind) => Some(Declaration { kind: kind?, ..declaration.clone() }),
            Err(Unsayable(reason)) => {
                let message = format!("{what} `{name}` is left out: {reason}");
                self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
                None
            }
        }
    }

    fn rewrite_record(&mut self, record: &Record) -> Result<Option<DeclarationKind>, Unsayable> {
        let Some(name) = record.name.as_deref() else { return Ok(None) };
        if record.layout.is_none() || self.types.is_file(record.record, name) {
            return Ok(None);
        }
        readable(name)?;
        let written = self
            .types
            .record(record.record, name)
            .ok_or_else(|| Unsayable("cffi cannot reproduce its layout; it stays opaque".into()))?;
        self.types.notes = written.notes;
        Ok(Some(DeclarationKind::Record(written.what)))
    }

    fn rewrite_enum(
        &mut self,
        definition: &Enum,
        declaration: &Declaration,
    ) -> Result<Option<DeclarationKind>, Unsayable> {
        if definition.constants.is_empty() {
            return Ok(None);
        }
        let readable = definition.name.as_deref().is_none_or(|name| readable(name).is_ok());
        if readable && self.types.is_plain_enum(definition) {
            return Ok(Some(DeclarationKind::Enum(definition.clone())));
        }
        self.types.loosen(definition);
        let message = format!(
            "enum `{}` is written as its integer type, its constants as macros: cffi would give it another size \
             than {} bytes",
            definition.name.as_deref().unwrap_or_default(),
            definition.size
        );
        self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
        Ok(None)
    }

    fn rewrite_typedef(&mut self, typedef: &Typedef) -> Result<Option<DeclarationKind>, Unsayable> {
        if self.types.is_known(&typedef.name) {
            return Ok(None);
        }
        readable(&typedef.name)?;
        let ty = self.types.typedef(&typedef.name)?;
        self.types.notes = self.types.typedef_notes(&typedef.name);
        Ok(Some(DeclarationKind::Typedef(Typedef { ty, align: None, ..typedef.clone() })))
    }

    fn rewrite_function(&mut self, function: &'a Function) -> Result<Option<DeclarationKind>, Unsayable> {
        if function.inline {
            self.in_header.push(&function.name);
            return Ok(None);
        }
        readable(&function.name)?;
        let ty = self.types.say_called(&function.ty)?;
        Ok(Some(DeclarationKind::Function(Function { ty, ..function.clone() })))
    }

    fn rewrite_variable(&mut self, variable: &'a Variable) -> Result<Option<DeclarationKind>, Unsayable> {
        if variable.is_static {
            self.in_header.push(&variable.name);
            return Ok(None);
        }
        readable(&variable.name)?;
        let said = self.types.say(&variable.ty, false)?;
        // What is `const` is a constant to cffi, and those cannot be read in ABI mode.
        let is_const = said.is_const && matches!(said.ty, Type::Array { .. });
        let ty = QualType { is_const, ..said };
        Ok(Some(DeclarationKind::Variable(Variable { ty, ..variable.clone() })))
    }

    fn finish(mut self) -> Output {
        let written = Header {
            path: self.header.path.clone(),
            target: self.header.target.clone(),
            defines: Vec::new(),
            declarations: std::mem::take(&mut self.chosen).into_values().collect(),
        };
        let mut taken = ordinary_names(&written);
        let (constants, defines) = self.macros(&mut taken);
        let mut text =
            format!("/* Generated by headerkit from {}; do not edit. */\n", in_comment(&self.header.path));
        let extra =
            self.settings.extra.iter().map(|line| format!("{}\n", line.trim_end_matches('\n'))).collect();
        for section in [constants, body(&written.declarations), defines, extra] {
            if !section.is_empty() {
                text.push('\n');
                text.push_str(&section);
            }
        }
        self.summarize();
        Output { text, diagnostics: self.diagnostics }
    }

    /// Macros with values, and those whose values API mode asks the compiler for.
    fn macros(&mut self, taken: &mut HashSet<String>) -> (String, String) {
        let header = self.header;
        let patterns = &self.settings.define;
        let asked = |name: &str| patterns.iter().any(|pattern| pattern.search(name));
        let mut constants = String::new();
        for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
            let DeclarationKind::Constant(constant) = &declaration.kind else { continue };
            let name = constant.name.as_str();
            if asked(name) || self.is_excluded(declaration) || !is_identifier(name) || taken.contains(name) {
                continue;
            }
            match &constant.value {
                ConstantValue::Int(value) => {
                    constants.push_str(&format!("#define {name} {value}\n"));
                    taken.insert(name.to_owned());
                }
                _ => self.unsayable_macros.push(name),
            }
        }
        for constant in self.types.loose_constants.values() {
            if is_identifier(&constant.name) && taken.insert(constant.name.clone()) {
                constants.push_str(&format!("#define {} {}\n", constant.name, constant.value));
            }
        }
        let mut defines = String::new();
        for name in header.defines.iter().filter(|name| is_identifier(name) && asked(name)) {
            if taken.insert(name.clone()) {
                defines.push_str(&format!("#define {name} ...\n"));
            }
        }
        (constants, defines)
    }

    /// One note for each kind of thing that no cdef can hold.
    fn summarize(&mut self) {
        let header = self.header;
        let macro_functions: Vec<&str> = header
            .declarations
            .iter()
            .filter(|declaration| declaration.bound && !self.is_excluded(declaration))
            .filter_map(|declaration| match &declaration.kind {
                DeclarationKind::MacroFunction(function) => Some(function.name.as_str()),
                _ => None,
            })
            .collect();
        let groups = [
            (std::mem::take(&mut self.unsayable_macros), "macros that are not integers"),
            (macro_functions, "function-like macros"),
            (std::mem::take(&mut self.in_header), "inline and static functions and variables"),
        ];
        for (names, what) in groups {
            if names.is_empty() {
                continue;
            }
            let more = if names.len() > 5 { ", ..." } else { "" };
            let first: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
            self.diagnostics.push(Diagnostic {
                severity: Severity::Note,
                message: format!("left out {} {what}: {}{more}", names.len(), first.join(", ")),
                location: None,
                notes: Vec::new(),
            });
        }
    }
}

/// The declarations in an order that cffi accepts, one per line or block.
fn body(declarations: &[Declaration]) -> String {
    let mut text = String::new();
    let mut functions = HashSet::new();
    let mut after_block = false;
    for index in order::dependency_order(declarations) {
        let declaration = &declarations[index];
        if let DeclarationKind::Function(function) = &declaration.kind
            && !functions.insert(function.name.as_str())
        {
            continue;
        }
        let Some(line) = statement(&declaration.kind) else { continue };
        let is_block = line.contains('\n');
        if !text.is_empty() && (is_block || after_block) {
            text.push('\n');
        }
        text.push_str(&line);
        text.push_str(";\n");
        after_block = is_block;
    }
    text
}

fn statement(kind: &DeclarationKind) -> Option<String> {
    Some(match kind {
        DeclarationKind::Record(record) => declarator::record(record, 0),
        DeclarationKind::Enum(definition) => declarator::enumeration(definition, 0),
        DeclarationKind::Typedef(typedef) => {
            format!("typedef {}", declarator::declare(&typedef.ty, &typedef.name, 0))
        }
        DeclarationKind::Function(function) => declarator::declare_function(&function.name, &function.ty, 0),
        DeclarationKind::Variable(variable) => {
            format!("extern {}", declarator::declare(&variable.ty, &variable.name, 0))
        }
        DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => return None,
    })
}

/// Names in C's ordinary name space, which macros must not repeat.
fn ordinary_names(written: &Header) -> HashSet<String> {
    let mut names: HashSet<String> = written
        .declarations
        .iter()
        .filter(|declaration| {
            !matches!(declaration.kind, DeclarationKind::Record(_) | DeclarationKind::Enum(_))
        })
        .filter_map(|declaration| declaration.name().map(str::to_owned))
        .collect();
    let constants = super::symbols::enum_constants(written);
    names.extend(constants.into_iter().map(|(name, _)| name.to_owned()));
    names
}

fn readable(name: &str) -> Result<(), Unsayable> {
    if names::is_reserved(name) { Err(Unsayable::reserved(name)) } else { Ok(()) }
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// Text that cannot end the comment it stands in.
fn in_comment(text: &str) -> String {
    text.replace("*/", "* /").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

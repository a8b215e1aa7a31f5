//! Declarations for `cffi.FFI().cdef(text)`, written for ABI mode such that API mode compiles them too.
//!
//! What is left out or changed gets a diagnostic; the consumer is cffi 1.15 or later.

mod layout;
mod names;
mod pattern;
mod records;
mod statement;
#[cfg(test)]
mod tests;
mod types;

use std::fmt::Write;

use self::pattern::Pattern;
use self::statement::Statement;
use self::types::{Types, Unsayable};
use super::order::Mentions;
use super::{Error, Options, Output, strings};
use crate::diagnostics::{Diagnostic, Severity};
use crate::ir::{
    ConstantValue, Declaration, DeclarationKind, Enum, Function, Header, Record, Type, Typedef, Variable,
};
use rustc_hash::FxHashSet;

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
    /// What is written, by position in the header.
    chosen: Vec<Option<Statement<'a>>>,
    /// What that mentions.
    mentions: Vec<Option<Mentions>>,
    diagnostics: Vec<Diagnostic>,
    /// Functions and variables that no library holds.
    in_header: Vec<&'a str>,
    /// Macros that are no integers.
    unsayable_macros: Vec<&'a str>,
}

/// What there is to write for a declaration: nothing where cffi has or needs none.
type Rewritten<'a> = Result<Option<Statement<'a>>, Unsayable>;

impl<'a> Draft<'a> {
    fn new(header: &'a Header, settings: &'a Settings) -> Self {
        Draft {
            header,
            settings,
            types: Types::new(header),
            chosen: header.declarations.iter().map(|_| None).collect(),
            mentions: header.declarations.iter().map(|_| None).collect(),
            diagnostics: Vec::new(),
            in_header: Vec::new(),
            unsayable_macros: Vec::new(),
        }
    }

    fn is_excluded(&self, declaration: &Declaration) -> bool {
        let named = |pattern: &Pattern| {
            declaration.name().is_some_and(|name| !name.is_empty() && pattern.search(name))
        };
        self.settings.exclude.iter().any(named)
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
        let mut visited = vec![false; header.declarations.len()];
        while let Some(index) = pending.pop() {
            if std::mem::replace(&mut visited[index], true) {
                continue;
            }
            let Some(written) = self.rewrite(&header.declarations[index]) else { continue };
            let mentions = written.mentions(&self.types.symbols);
            for mention in &mentions.all {
                // An excluded record that is only pointed to stays opaque.
                let needed = mention.complete
                    || !mention.is_record
                    || !self.is_excluded(&header.declarations[mention.position]);
                if needed {
                    pending.push(mention.position);
                }
            }
            self.chosen[index] = Some(written);
            self.mentions[index] = Some(mentions);
        }
        self.diagnostics.sort_by_cached_key(|diagnostic| {
            diagnostic.location.as_ref().map(|at| (at.file.clone(), at.line, at.column))
        });
    }

    /// The declaration as cffi can say it; `None` if it needs no text or cannot be said.
    fn rewrite(&mut self, declaration: &'a Declaration) -> Option<Statement<'a>> {
        let (what, written) = match &declaration.kind {
            DeclarationKind::Record(record) => (record.record.keyword(), self.rewrite_record(record)),
            DeclarationKind::Enum(definition) => ("enum", self.rewrite_enum(definition, declaration)),
            DeclarationKind::Typedef(typedef) => ("typedef", self.rewrite_typedef(typedef)),
            DeclarationKind::Function(function) => ("function", self.rewrite_function(function)),
            DeclarationKind::Variable(variable) => ("variable", self.rewrite_variable(variable)),
            DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) | DeclarationKind::Cxx(_) => {
                return None;
            }
        };
        let name = declaration.name().unwrap_or_default();
        for note in std::mem::take(&mut self.types.notes) {
            let message = format!("{what} `{name}`: {note}");
            self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
        }
        match written {
            Ok(written) => written,
            Err(Unsayable(reason)) => {
                let message = format!("{what} `{name}` is left out: {reason}");
                self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
                None
            }
        }
    }

    fn rewrite_record(&mut self, record: &'a Record) -> Rewritten<'a> {
        let Some(name) = record.name.as_deref() else { return Ok(None) };
        if record.layout.is_none() || self.types.is_file(record.record, name) {
            return Ok(None);
        }
        readable(name)?;
        let written = self
            .types
            .record(record.record, name)
            .ok_or_else(|| Unsayable("cffi cannot reproduce its layout; it stays opaque".into()))?
            .clone();
        self.types.notes = written.notes;
        Ok(Some(Statement::Record(written.what)))
    }

    fn rewrite_enum(&mut self, definition: &'a Enum, declaration: &Declaration) -> Rewritten<'a> {
        if definition.constants.is_empty() {
            return Ok(None);
        }
        let readable = definition.name.as_deref().is_none_or(|name| readable(name).is_ok());
        if readable && self.types.is_plain_enum(definition) {
            return Ok(Some(Statement::Enum(definition)));
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

    fn rewrite_typedef(&mut self, typedef: &'a Typedef) -> Rewritten<'a> {
        if self.types.is_known(&typedef.name) {
            return Ok(None);
        }
        let ty = self.types.typedef(&typedef.name)?;
        self.types.notes = self.types.typedef_notes(&typedef.name);
        Ok(Some(Statement::Typedef(&typedef.name, ty)))
    }

    fn rewrite_function(&mut self, function: &'a Function) -> Rewritten<'a> {
        if function.inline {
            self.in_header.push(&function.name);
            return Ok(None);
        }
        readable(&function.name)?;
        let ty = self.types.say_called(&function.ty)?;
        Ok(Some(Statement::Function(&function.name, ty)))
    }

    fn rewrite_variable(&mut self, variable: &'a Variable) -> Rewritten<'a> {
        if variable.is_static {
            self.in_header.push(&variable.name);
            return Ok(None);
        }
        readable(&variable.name)?;
        let mut ty = self.types.say(&variable.ty, false)?;
        // What is `const` is a constant to cffi, and those cannot be read in ABI mode.
        if ty.is_const && !matches!(ty.ty, Type::Array { .. }) {
            ty.to_mut().is_const = false;
        }
        Ok(Some(Statement::Variable(&variable.name, ty)))
    }

    fn finish(mut self) -> Output {
        let chosen = std::mem::take(&mut self.chosen);
        let mut taken = statement::ordinary_names(&chosen);
        let (constants, defines) = self.macros(&mut taken);
        let mut text =
            format!("/* Generated by headerkit from {}; do not edit. */\n", in_comment(&self.header.path));
        let extra =
            self.settings.extra.iter().map(|line| format!("{}\n", line.trim_end_matches('\n'))).collect();
        let body = statement::body(&chosen, &self.mentions);
        for section in [constants, body, defines, extra] {
            if !section.is_empty() {
                text.push('\n');
                text.push_str(&section);
            }
        }
        self.summarize();
        Output { text, diagnostics: self.diagnostics }
    }

    /// Macros with values, and those whose values API mode asks the compiler for.
    fn macros<'t>(&mut self, taken: &mut FxHashSet<&'t str>) -> (String, String)
    where
        'a: 't,
    {
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
                    // Writing to a string cannot fail.
                    let _ = writeln!(constants, "#define {name} {value}");
                    taken.insert(name);
                }
                _ => self.unsayable_macros.push(name),
            }
        }
        for (name, value) in &self.types.loose_constants {
            if is_identifier(name) && taken.insert(name) {
                let _ = writeln!(constants, "#define {name} {value}");
            }
        }
        let mut defines = String::new();
        for name in header.defines.iter().filter(|name| is_identifier(name) && asked(name)) {
            if taken.insert(name) {
                let _ = writeln!(defines, "#define {name} ...");
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

//! Declarations for `cffi.FFI().cdef(text)`. Without options they are for ABI mode; the option `mode = "api"`
//! leaves to the C compiler what a cdef cannot say: layouts, sizes of enums, values of constants.
//!
//! What is left out or changed gets a diagnostic; the consumer is cffi 1.15 or later.

mod layout;
mod names;
mod open;
mod own;
mod pattern;
mod records;
mod statement;
#[cfg(test)]
mod tests;
mod types;

use std::fmt::Write;

use self::own::Own;
use self::pattern::Pattern;
use self::statement::Statement;
use self::types::{Types, Unsayable};
use super::aliases::{self, Reach};
use super::order::{self, Mention, Mentions};
use super::symbols::{Name, walk};
use super::{Error, IN_HEADER, MACRO_FUNCTIONS, Options, Output, UNUSED_PATTERN, left_out, strings};
use crate::diagnostics::{self, Diagnostic};
use crate::ir::{
    ConstantValue, Declaration, DeclarationKind, Enum, Function, Header, QualType, Record, Type, Typedef,
    Variable,
};
use rustc_hash::FxHashSet;
use serde_json::Value;

/// Version of the output.
pub(super) const VERSION: u32 = 3;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["mode", "exclude_patterns", "define_patterns", "extra_cdef"];

/// What becomes of the declarations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// `ffi.dlopen`: cffi itself computes layouts, and functions are looked up by name.
    Abi,
    /// `ffi.set_source`: cffi generates C, and the compiler fills in what the text leaves open.
    Api,
}

impl Mode {
    fn read(options: &Options) -> Result<Self, Error> {
        match options.get("mode") {
            None => Ok(Mode::Abi),
            Some(Value::String(mode)) if mode == "abi" => Ok(Mode::Abi),
            Some(Value::String(mode)) if mode == "api" => Ok(Mode::Api),
            Some(_) => Err(Error::BadOption {
                writer: "cffi",
                option: "mode".into(),
                problem: "expected \"abi\" or \"api\"".into(),
            }),
        }
    }
}

/// Whether the options ask for API mode.
pub(super) fn is_api(options: &Options) -> bool {
    matches!(Mode::read(options), Ok(Mode::Api))
}

/// Resolved options.
pub(super) struct Settings {
    mode: Mode,
    /// Declarations with such names are not bound for their own sake, nor if `extra` declares them.
    exclude: Vec<Pattern>,
    /// The same as written.
    excluded: Vec<String>,
    /// Macros with such names are written as `#define NAME ...`.
    define: Vec<Pattern>,
    /// Lines of the user's own.
    extra: String,
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
            mode: Mode::read(options)?,
            exclude: patterns("exclude_patterns")?,
            excluded: strings("cffi", options, "exclude_patterns")?,
            define: patterns("define_patterns")?,
            extra: strings("cffi", options, "extra_cdef")?
                .iter()
                .map(|line| format!("{}\n", line.trim_end_matches('\n')))
                .collect(),
        })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let reach = if settings.mode == Mode::Api { Reach::Macros } else { Reach::Types };
    let header = aliases::declared(header, reach);
    let mut draft = Draft::new(&header, settings);
    draft.choose();
    draft.finish()
}

/// A cdef in the making.
struct Draft<'a> {
    header: &'a Header,
    settings: &'a Settings,
    types: Types<'a>,
    own: Own<'a>,
    /// What is written, by position in the header.
    chosen: Vec<Option<Statement<'a>>>,
    /// What that mentions.
    mentions: Vec<Option<Mentions>>,
    diagnostics: Vec<Diagnostic>,
    /// Functions and variables that no library holds.
    in_header: Vec<&'a str>,
    /// Macros that are no integers.
    unsayable_macros: Vec<&'a str>,
    /// Macros that are other names, each with what it stands for.
    other_names: Vec<String>,
}

/// What there is to write for a declaration: nothing where cffi has or needs none.
type Rewritten<'a> = Result<Option<Statement<'a>>, Unsayable>;

impl<'a> Draft<'a> {
    fn new(header: &'a Header, settings: &'a Settings) -> Self {
        Draft {
            header,
            settings,
            types: Types::new(header, settings.mode == Mode::Api),
            own: Own::new(&settings.extra),
            chosen: header.declarations.iter().map(|_| None).collect(),
            mentions: header.declarations.iter().map(|_| None).collect(),
            diagnostics: Vec::new(),
            in_header: Vec::new(),
            unsayable_macros: Vec::new(),
            other_names: Vec::new(),
        }
    }

    fn is_api(&self) -> bool {
        self.settings.mode == Mode::Api
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
        let count = header.declarations.len();
        let first: Vec<usize> = (0..count)
            .filter(|index| {
                let declaration = &header.declarations[*index];
                declaration.bound && !self.is_excluded(declaration)
            })
            .collect();
        order::closure(count, first.into_iter(), |index| {
            let Some(written) = self.rewrite_or_replace(&header.declarations[index]) else {
                return Vec::new();
            };
            let mentions = written.mentions(&self.types.symbols);
            let needed = mentions.all.iter().flat_map(|mention| self.needed(*mention)).collect();
            self.chosen[index] = Some(written);
            self.mentions[index] = Some(mentions);
            needed
        });
        diagnostics::in_source_order(&mut self.diagnostics);
    }

    /// What a mention makes necessary: what is mentioned, and by value the record behind a typedef. An excluded record
    /// that is only pointed to stays opaque.
    fn needed(&self, mention: Mention) -> Vec<usize> {
        let declaration = &self.header.declarations[mention.position];
        if mention.is_record && !mention.complete && self.is_excluded(declaration) {
            return Vec::new();
        }
        let behind = match &declaration.kind {
            DeclarationKind::Typedef(typedef) if mention.complete => {
                match self.types.symbols.canonical(&typedef.ty.ty) {
                    Type::Record { record, name } => self.types.symbols.position(Name::Record(*record, name)),
                    _ => None,
                }
            }
            _ => None,
        };
        [mention.position].into_iter().chain(behind).collect()
    }

    /// The declaration, or what `extra_cdef` has in place of an excluded type.
    fn rewrite_or_replace(&mut self, declaration: &'a Declaration) -> Option<Statement<'a>> {
        if !self.is_excluded(declaration) {
            return self.rewrite(declaration);
        }
        let what = match &declaration.kind {
            DeclarationKind::Record(record) => record.record.keyword(),
            DeclarationKind::Enum(_) => "enum",
            DeclarationKind::Typedef(_) => "typedef",
            _ => return self.rewrite(declaration),
        };
        let name = declaration.name().unwrap_or_default();
        if let Some(text) = self.own.take(what, name) {
            return Some(Statement::Own(text));
        }
        let written = self.rewrite(declaration)?;
        if declaration.bound {
            let message = format!(
                "{what} `{name}` is written though `exclude_patterns` names it: other declarations need it, and \
                 `extra_cdef` has none of its own"
            );
            self.diagnostics.push(Diagnostic::note(message, Some(declaration.location.clone())));
        }
        Some(written)
    }

    /// The declaration as cffi can say it; `None` if it needs no text or cannot be said.
    fn rewrite(&mut self, declaration: &'a Declaration) -> Option<Statement<'a>> {
        let (what, written) = match &declaration.kind {
            DeclarationKind::Record(record) => {
                (record.record.keyword(), self.rewrite_record(record, declaration.bound))
            }
            DeclarationKind::Enum(definition) => ("enum", self.rewrite_enum(definition, declaration)),
            DeclarationKind::Typedef(typedef) => ("typedef", self.rewrite_typedef(typedef)),
            DeclarationKind::Function(function) => ("function", self.rewrite_function(function)),
            DeclarationKind::Variable(variable) => ("variable", self.rewrite_variable(variable)),
            DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) | DeclarationKind::Cxx(_) => {
                return None;
            }
        };
        let name = declaration.name().unwrap_or_default();
        if matches!(written, Ok(Some(_))) && has_atomic(&declaration.kind) {
            self.types.notes.push("`_Atomic` is lost: cffi reads and writes plainly".into());
        }
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

    fn rewrite_record(&mut self, record: &'a Record, is_bound: bool) -> Rewritten<'a> {
        let Some(name) = record.name.as_deref() else { return Ok(None) };
        if record.layout.is_none() {
            return Ok(None);
        }
        if self.types.is_file(record.record, name) {
            let note = "its members are left out: cffi declares `FILE` itself, as an opaque type";
            self.types.notes.extend(is_bound.then(|| note.into()));
            return Ok(None);
        }
        readable(name)?;
        let written = self
            .types
            .record(record.record, name)
            .ok_or_else(|| Unsayable("cffi cannot reproduce its layout; it stays opaque".into()))?
            .clone();
        self.types.notes = written.notes;
        Ok(Some(Statement::Record(written.what, written.partial)))
    }

    fn rewrite_enum(&mut self, definition: &'a Enum, declaration: &Declaration) -> Rewritten<'a> {
        if definition.constants.is_empty() {
            return Ok(None);
        }
        let readable = definition.name.as_deref().is_none_or(|name| readable(name).is_ok());
        if readable && self.types.is_plain_enum(definition) {
            return Ok(Some(Statement::Enum(definition, self.is_api() && definition.name.is_some())));
        }
        self.types.loosen(definition);
        if self.is_api() {
            // An unnamed enum has no size that matters.
            return Ok(None);
        }
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
        let written = self.types.typedef_written(&typedef.name)?;
        self.types.notes = written.notes;
        let aligned = typedef.align.filter(|_| !written.partial);
        if let Some(align) = aligned {
            self.types.notes.push(format!("its alignment of {align} bytes is lost: a cdef cannot say it"));
        }
        Ok(Some(Statement::Typedef(&typedef.name, written.what, written.partial)))
    }

    fn rewrite_function(&mut self, function: &'a Function) -> Rewritten<'a> {
        if function.inline && !self.is_api() {
            self.in_header.push(&function.name);
            return Ok(None);
        }
        let name = self.looked_up(&function.name, function.symbol.as_deref())?;
        readable(name)?;
        let ty = self.types.say_called(&function.ty)?;
        Ok(Some(Statement::Function(name, ty)))
    }

    /// The name by which cffi finds a function or variable. ABI mode looks for the linker symbol, as a library may
    /// hold another one under the name.
    fn looked_up(&mut self, name: &'a str, symbol: Option<&'a str>) -> Result<&'a str, Unsayable> {
        let Some(symbol) = symbol.filter(|_| !self.is_api()) else { return Ok(name) };
        // Symbols of macOS begin with an underscore that names do not have.
        let macos = self.header.target.contains("macos");
        let found = if macos { symbol.strip_prefix('_').unwrap_or(symbol) } else { symbol };
        if found == name {
            return Ok(name);
        }
        if !is_identifier(found) {
            return Err(Unsayable(format!(
                "its linker symbol `{symbol}` is no name that ABI mode can look up"
            )));
        }
        self.types
            .notes
            .push(format!("ABI mode finds it by its linker symbol, so it is written as `{found}`"));
        Ok(found)
    }

    fn rewrite_variable(&mut self, variable: &'a Variable) -> Rewritten<'a> {
        if variable.is_static && !self.is_api() {
            match variable.value {
                Some(ConstantValue::Int(value)) => {
                    self.types.loose_constants.insert(&variable.name, value);
                }
                _ => self.in_header.push(&variable.name),
            }
            return Ok(None);
        }
        let name = self.looked_up(&variable.name, variable.symbol.as_deref())?;
        readable(name)?;
        let mut ty = self.types.say(&variable.ty, false)?;
        self.types.check_names(&ty)?;
        if ty.is_const && !self.is_api() && !matches!(ty.ty, Type::Array { .. }) {
            ty.to_mut().is_const = false;
            let note = "it is written without `const`: ABI mode cannot read what cffi takes for a constant";
            self.types.notes.push(note.into());
        }
        // API mode copies what is const into a variable of its own, which takes a complete type without const members.
        // Of others it has the address.
        if ty.is_const
            && self.is_api()
            && let Some(record) = self.types.symbols.as_record(&variable.ty.ty)
            && (record.layout.is_none() || record.fields.iter().any(|field| field.ty.is_const))
        {
            ty.to_mut().is_const = false;
        }
        Ok(Some(Statement::Variable(name, ty)))
    }

    fn finish(mut self) -> Output {
        let mut chosen = std::mem::take(&mut self.chosen);
        statement::name_enums(&mut chosen, &self.mentions, |tag| self.own.mentions(tag));
        let mut taken = statement::ordinary_names(&chosen);
        let (constants, defines) = self.macros(&mut taken);
        let mut text =
            format!("/* Generated by headerkit from {}; do not edit. */\n", in_comment(&self.header.path));
        let body = statement::body(&chosen, &self.mentions);
        for section in [constants, body, defines, self.own.rest()] {
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
            if self.is_api() && names::is_undefined_by_python(name) && header.target.contains("linux") {
                let message = format!("macro `{name}` is left out: the headers of `Python.h` undefine it");
                self.diagnostics.push(Diagnostic::note(message, Some(declaration.location.clone())));
                continue;
            }
            // Writing to a string cannot fail.
            let _ = match &constant.value {
                ConstantValue::Int(_) if self.is_api() => writeln!(constants, "#define {name} ..."),
                ConstantValue::Int(value) => writeln!(constants, "#define {name} {value}"),
                ConstantValue::Float(_) if self.is_api() => {
                    writeln!(constants, "static const double {name};")
                }
                // cffi has no other way to a pointer that is a constant.
                ConstantValue::String(_) | ConstantValue::Bytes(_) if self.is_api() => {
                    writeln!(constants, "static char *const {name};")
                }
                ConstantValue::Name(target) => {
                    self.other_names.push(format!("{name}` for `{target}"));
                    continue;
                }
                _ => {
                    self.unsayable_macros.push(name);
                    continue;
                }
            };
            taken.insert(name);
        }
        for (name, value) in &self.types.loose_constants {
            if is_identifier(name) && taken.insert(name) {
                let _ = if self.is_api() {
                    writeln!(constants, "#define {name} ...")
                } else {
                    writeln!(constants, "#define {name} {value}")
                };
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
        for (pattern, written) in self.settings.exclude.iter().zip(&self.settings.excluded) {
            let mut names =
                header.declarations.iter().filter_map(Declaration::name).filter(|name| !name.is_empty());
            let is_used = names.any(|name| pattern.search(name))
                || header.defines.iter().any(|name| pattern.search(name));
            if !is_used {
                self.diagnostics.push(Diagnostic::note(format!("{UNUSED_PATTERN} `{written}`"), None));
            }
        }
        let unsayable = ("macro that is not an integer", "macros that are not integers");
        self.diagnostics.extend(left_out(header, &self.unsayable_macros, unsayable));
        let other_names: Vec<&str> = self.other_names.iter().map(String::as_str).collect();
        let what = ("macro that is another name", "macros that are other names");
        self.diagnostics.extend(left_out(header, &other_names, what));
        self.diagnostics.extend(left_out(header, &macro_functions, MACRO_FUNCTIONS));
        self.diagnostics.extend(left_out(header, &self.in_header, IN_HEADER));
    }
}

/// Whether `_Atomic` is part of a type that the declaration mentions.
fn has_atomic(declaration: &DeclarationKind) -> bool {
    let mut found = false;
    let mut look = |ty: &QualType| walk(ty, &mut |ty| found |= matches!(ty.ty, Type::Atomic { .. }));
    match declaration {
        DeclarationKind::Record(record) => record.fields.iter().for_each(|field| look(&field.ty)),
        DeclarationKind::Typedef(typedef) => look(&typedef.ty),
        DeclarationKind::Variable(variable) => look(&variable.ty),
        DeclarationKind::Function(Function { ty, .. }) => {
            look(&ty.result);
            ty.parameters.iter().for_each(|parameter| look(&parameter.ty));
        }
        _ => {}
    }
    found
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

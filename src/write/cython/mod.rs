//! The header as declarations for Cython (`.pxd`), written for Cython 3.
//!
//! Everything is `extern`: the C compiler that reads Cython's output sees the header itself and knows
//! layouts and values better than we do. What is left out gets a diagnostic.

mod cxx;
mod cxx_order;
mod cxx_types;
mod known;
mod names;
mod overloads;
mod records;
#[cfg(test)]
mod tests;
mod types;

use std::fmt::Write;

use serde_json::Value;

use self::known::KnownTypes;
use self::names::with_c_name;
use self::types::{Site, Types, Unsayable, block, wide_type};
use super::aliases::{self, Reach};
use super::declarator::Text;
use super::order::{self, Mentions};
use super::{Error, MACRO_FUNCTIONS, Options, Output, every, left_out, macro_functions};
use crate::diagnostics::{self, Diagnostic};
use crate::ir::{
    ConstantValue, Declaration, DeclarationKind, Enum, Function, Header, QualType, Record, Type, Typedef,
    Variable,
};
use rustc_hash::FxHashSet;

/// Version of the output: bump it with every change of the text.
pub(super) const VERSION: u32 = 2;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["header_path", "stub_cimport_prefix"];

/// Resolved options.
pub(super) struct Settings {
    /// The header as `#include` lines name it.
    header_path: Option<String>,
    /// A package with declarations of system types that Cython lacks.
    stub_cimport_prefix: Option<String>,
}

impl Settings {
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let bad = |option: &str, problem: &str| Error::BadOption {
            writer: "cython",
            option: option.to_owned(),
            problem: problem.to_owned(),
        };
        let string = |option: &str| match options.get(option) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(bad(option, "expected a string that is not empty")),
        };
        let header_path = string("header_path")?;
        if header_path.as_deref().is_some_and(|path| path.contains(['"', '\n', '\\'])) {
            return Err(bad("header_path", "expected a path as in an `#include` line, without quotes"));
        }
        let stub_cimport_prefix = string("stub_cimport_prefix")?;
        let is_module = |name: &str| {
            name.split('.').all(|part| {
                !part.starts_with(|c: char| c.is_ascii_digit())
                    && !part.is_empty()
                    && part.chars().all(|c| c == '_' || c.is_alphanumeric())
            })
        };
        if stub_cimport_prefix.as_deref().is_some_and(|prefix| !is_module(prefix)) {
            return Err(bad("stub_cimport_prefix", "expected the name of a package, such as `mylib.stubs`"));
        }
        Ok(Settings { header_path, stub_cimport_prefix })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let header = aliases::declared(header, Reach::Macros);
    let mut draft = Draft::new(&header, settings);
    draft.choose();
    draft.constants();
    draft.declarations();
    draft.finish(settings)
}

/// A `.pxd` in the making.
struct Draft<'a> {
    header: &'a Header,
    types: Types<'a>,
    /// What each chosen declaration mentions, by position in the header.
    mentions: Vec<Option<Mentions>>,
    /// Records and enums that are introduced, by position.
    introduced: Vec<bool>,
    /// Functions and variables that are written.
    written: FxHashSet<&'a str>,
    /// The lines of the `extern` blocks, not yet indented, each with its namespace.
    body: Vec<(String, String)>,
    /// Typedefs that are no `extern` ones: Cython knows the type by itself.
    aliases: Vec<String>,
    /// What follows the declaration in work, outside of namespaces.
    after: Vec<String>,
    /// Operators that may throw and are not `except +`.
    unguarded: Vec<String>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Draft<'a> {
    fn new(header: &'a Header, settings: &Settings) -> Self {
        let known = KnownTypes {
            posix: !header.target.contains("windows") && !header.target.contains("mingw"),
            stubs: settings.stub_cimport_prefix.clone(),
        };
        Draft {
            header,
            types: Types::new(header, known),
            mentions: header.declarations.iter().map(|_| None).collect(),
            introduced: vec![false; header.declarations.len()],
            written: FxHashSet::default(),
            body: Vec::new(),
            aliases: Vec::new(),
            after: Vec::new(),
            unguarded: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Picks what is bound and everything it mentions that Cython does not have already.
    fn choose(&mut self) {
        let header = self.header;
        // What only C++ has and is not bound is there because something needs it.
        let bound = |index: &usize| {
            let declaration = &header.declarations[*index];
            declaration.bound || matches!(declaration.kind, DeclarationKind::Cxx(_))
        };
        let first = (0..header.declarations.len()).filter(bound);
        order::closure(header.declarations.len(), first, |index| {
            let Some(mentions) = self.mentions_of(&header.declarations[index]) else { return Vec::new() };
            let needed = mentions.all.iter().map(|mention| mention.position).collect();
            self.mentions[index] = Some(mentions);
            needed
        });
    }

    fn push(&mut self, namespace: &[String], text: String) {
        self.body.push((namespace.join("::"), text));
    }

    /// What the declaration mentions; `None` if it is not written among the others.
    fn mentions_of(&mut self, declaration: &'a Declaration) -> Option<Mentions> {
        let symbols = &self.types.symbols;
        match &declaration.kind {
            DeclarationKind::Record(record) => {
                let tag = record.name.as_deref()?;
                if self.types.known_record(record.record, tag).is_some() {
                    return None;
                }
                Some(Mentions::of_values(record.fields.iter().map(|field| &field.ty), symbols))
            }
            DeclarationKind::Enum(_) => Some(Mentions::default()),
            DeclarationKind::Typedef(typedef) => {
                if let Some(known) = self.types.known_typedef(&typedef.name) {
                    self.types.use_known(&known, &typedef.name, &typedef.name);
                    return None;
                }
                Some(Mentions::of_typedef(&typedef.ty, symbols))
            }
            DeclarationKind::Function(function) => {
                let parameters = function.ty.parameters.iter().map(|parameter| &parameter.ty);
                Some(Mentions::of_values(std::iter::once(&*function.ty.result).chain(parameters), symbols))
            }
            DeclarationKind::Variable(variable) => Some(Mentions::of_values([&variable.ty], symbols)),
            DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => None,
            DeclarationKind::Cxx(cxx) => {
                let mut types = Vec::new();
                cxx.item.types(&mut |ty| types.push(ty));
                Some(Mentions::of_values(types, symbols))
            }
        }
    }

    /// Macros that stand for values.
    fn constants(&mut self) {
        let header = self.header;
        let others: FxHashSet<&str> = header
            .declarations
            .iter()
            .filter(|item| matches!(item.kind, DeclarationKind::Function(_) | DeclarationKind::Variable(_)))
            .filter_map(Declaration::name)
            .chain(super::symbols::enum_constants(header).into_iter().map(|(name, _)| name))
            .collect();
        let mut small = Vec::new();
        let mut others_lines = Vec::new();
        for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
            let DeclarationKind::Constant(constant) = &declaration.kind else { continue };
            if others.contains(constant.name.as_str()) || !self.written.insert(&constant.name) {
                continue;
            }
            let name = self.types.names.declared(&constant.name);
            match &constant.value {
                ConstantValue::Int(value) => match wide_type(value.value()) {
                    None => small.push(name),
                    Some(ty) => others_lines.push(format!("const {ty} {name}")),
                },
                ConstantValue::Float(_) => others_lines.push(format!("const double {name}")),
                ConstantValue::String(_) | ConstantValue::Bytes(_) => {
                    others_lines.push(format!("const char *{name}"));
                }
                ConstantValue::Wide(_)
                | ConstantValue::Address(_)
                | ConstantValue::AddressOf(_)
                | ConstantValue::Name(_) => {
                    let what = match &constant.value {
                        ConstantValue::Wide(_) => "a wide string",
                        ConstantValue::Name(_) => "another name",
                        _ => "a pointer",
                    };
                    let message = format!("macro `{}` is left out: it is {what}", constant.name);
                    self.diagnostics.push(Diagnostic::note(message, Some(declaration.location.clone())));
                }
            }
        }
        if !small.is_empty() {
            self.push(&[], block("enum", &small));
        }
        others_lines.into_iter().for_each(|line| self.push(&[], line));
    }

    /// All but the macros, in an order that Cython accepts.
    fn declarations(&mut self) {
        let header = self.header;
        self.announce_classes();
        let order = match self.types.cxx.is_cxx {
            true => cxx_order::order(header, &self.mentions),
            false => order::dependency_order(&self.mentions),
        };
        for index in order {
            let declaration = &header.declarations[index];
            let mut namespace: &[String] = &[];
            self.types.is_system = !declaration.bound && declaration.location.file.starts_with('<');
            let (what, written) = match &declaration.kind {
                DeclarationKind::Cxx(cxx) => {
                    namespace = self.block_of(cxx);
                    self.introduce_mentioned(index);
                    (cxx.item.noun(), self.cxx(cxx, &declaration.location))
                }
                DeclarationKind::Record(record) => (record.record.keyword(), self.record(index, record)),
                DeclarationKind::Enum(definition) => ("enum", self.enumeration(definition)),
                DeclarationKind::Typedef(typedef) => ("typedef", self.typedef(index, typedef)),
                DeclarationKind::Function(function) => ("function", self.function(index, function)),
                DeclarationKind::Variable(variable) => ("variable", self.variable(index, variable)),
                DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => continue,
            };
            let name = declaration.name().unwrap_or_default();
            for note in std::mem::take(&mut self.types.notes) {
                let message = format!("{what} `{name}`: {note}");
                self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
            }
            for helper in std::mem::take(&mut self.types.pending) {
                self.push(&[], helper);
            }
            match written {
                Ok(None) => {}
                Ok(Some(lines)) => {
                    self.push(namespace, format!("{}{lines}", comment(declaration.doc.as_deref())));
                    for line in std::mem::take(&mut self.after) {
                        self.push(&[], line);
                    }
                }
                Err(Unsayable(reason)) => {
                    let message = format!("{what} `{name}` is left out: {reason}");
                    self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
                }
            }
        }
        diagnostics::in_source_order(&mut self.diagnostics);
        self.note_unguarded();
        self.note_macro_functions();
    }

    /// Introduces the records that a declaration mentions before they are defined.
    fn introduce_mentioned(&mut self, index: usize) {
        let mentioned: Vec<usize> =
            self.mentions[index].iter().flat_map(|own| &own.all).map(|mention| mention.position).collect();
        mentioned.into_iter().for_each(|position| self.introduce(position));
    }

    fn introduce(&mut self, position: usize) {
        let DeclarationKind::Record(record) = &self.header.declarations[position].kind else { return };
        let Some(tag) = record.name.as_deref().filter(|_| self.mentions[position].is_some()) else { return };
        if !std::mem::replace(&mut self.introduced[position], true) {
            let introduced = self.types.names.introduced(record.record.keyword(), tag);
            self.push(&[], introduced);
        }
    }

    fn record(&mut self, index: usize, record: &'a Record) -> Written {
        let Some(tag) = record.name.as_deref() else { return Ok(None) };
        if record.layout.is_none() {
            self.introduce(index);
            return Ok(None);
        }
        self.introduce_mentioned(index);
        let access = format!("(({} {tag} *)0)->", record.record.keyword());
        let name = self.types.names.tag(tag);
        let body = self.types.body(record, &name, &access);
        if self.types.pending.is_empty() {
            self.introduced[index] = true;
        } else {
            // The helpers may mention it.
            self.introduce(index);
        }
        Ok(Some(block(&self.types.names.introduced(record.record.keyword(), tag), &body)))
    }

    fn enumeration(&mut self, definition: &'a Enum) -> Written {
        match definition.name.as_deref() {
            // What is never defined can only be pointed to, as with records.
            Some(tag) if definition.incomplete => {
                let c_name = if self.types.names.is_alias(tag) { tag.into() } else { format!("enum {tag}") };
                Ok(Some(format!("ctypedef struct {}", with_c_name(&self.types.names.tag(tag), &c_name))))
            }
            Some(tag) => Ok(Some(self.enum_block(&self.types.names.introduced("enum", tag), definition))),
            None => {
                self.types.declare_constants(definition);
                Ok(None)
            }
        }
    }

    fn enum_block(&self, introduced: &str, definition: &Enum) -> String {
        let constants = definition.constants.iter();
        let lines: Vec<String> =
            constants.map(|constant| self.types.names.declared(&constant.name)).collect();
        block(introduced, &lines)
    }

    fn typedef(&mut self, index: usize, typedef: &'a Typedef) -> Written {
        let c_name = typedef.name.as_str();
        self.introduce_mentioned(index);
        if self.types.names.is_alias(c_name) {
            return Ok(None);
        }
        if let Some(problem) = self.types.typedef_problem(c_name) {
            return Err(Unsayable(problem));
        }
        let name = self.types.names.ordinary(c_name);
        if !self.types.is_opaque_typedef(&typedef.ty.ty)
            && matches!(self.types.symbols.canonical(&typedef.ty.ty), Type::Complex { .. })
        {
            // Cython refuses `extern` typedefs of its complex types.
            let said = self.types.say(&typedef.ty, None)?;
            let mut text = Text::suffixed();
            text.declare(&QualType::from(said.ty), &name);
            self.aliases.push(format!("ctypedef {}", text.text));
            return Ok(None);
        }
        let declared = self.types.names.declared(c_name);
        let is_plain = !typedef.ty.is_const && !typedef.ty.is_volatile;
        match &typedef.ty.ty {
            Type::InlineRecord { definition } if is_plain => {
                let body = self.types.body(definition, &name, &format!("(({c_name} *)0)->"));
                Ok(Some(block(&format!("ctypedef {} {declared}", definition.record.keyword()), &body)))
            }
            Type::InlineEnum { definition } if is_plain => {
                Ok(Some(self.enum_block(&format!("ctypedef enum {declared}"), definition)))
            }
            ty if self.types.is_opaque_typedef(ty) => {
                Ok(Some(block(&format!("ctypedef struct {declared}"), &[])))
            }
            ty => {
                // What C calls atomic behaves as its value does once it has a name.
                let ty = match ty {
                    Type::Atomic { of } => of,
                    _ => &typedef.ty,
                };
                let site = Site { wish: format!("{name}_target"), expression: format!("(*({c_name} *)0)") };
                let said = self.types.say(ty, Some(&site))?;
                let mut text = Text::suffixed();
                text.text.push_str("ctypedef ");
                text.declare(&said, &declared);
                Ok(Some(text.text))
            }
        }
    }

    fn function(&mut self, index: usize, function: &'a Function) -> Written {
        if !self.written.insert(&function.name) {
            return Ok(None);
        }
        let said = self.types.say_function(&function.ty)?;
        self.introduce_mentioned(index);
        let mut text = Text::suffixed();
        text.declare_function(&self.types.names.declared(&function.name), &said);
        Ok(Some(text.text))
    }

    fn variable(&mut self, index: usize, variable: &'a Variable) -> Written {
        if !self.written.insert(&variable.name) {
            return Ok(None);
        }
        if self.types.symbols.as_record(&variable.ty.ty).is_some_and(|record| record.layout.is_none()) {
            return Err(Unsayable("its type is never completed".into()));
        }
        let site = Site { wish: format!("{}_type", variable.name), expression: variable.name.clone() };
        let said = self.types.say(&variable.ty, Some(&site))?;
        self.introduce_mentioned(index);
        let mut text = Text::suffixed();
        text.declare(&said, &self.types.names.declared(&variable.name));
        Ok(Some(text.text))
    }

    fn note_unguarded(&mut self) {
        if let [first, others @ ..] = &*self.unguarded {
            let subject = match others.len() {
                0 => format!("operator `{first}` is"),
                count => format!("operator `{first}` and {count} more are"),
            };
            let message = format!(
                "{subject} not `except +`: Cython would work on copies of what they refer to, or call `++x` for `x++`. \
                 An exception thrown there ends the program"
            );
            self.diagnostics.push(Diagnostic::note(message, None));
            let names: Vec<&str> = self.unguarded.iter().map(String::as_str).collect();
            self.diagnostics.extend(every(self.header, &names, "operators that are not `except +`"));
        }
    }

    fn note_macro_functions(&mut self) {
        let names = macro_functions(self.header);
        self.diagnostics.extend(left_out(self.header, &names, MACRO_FUNCTIONS));
    }

    fn finish(self, settings: &Settings) -> Output {
        // Writing to a string cannot fail.
        let mut text =
            format!("# Generated by headerkit from {}; do not edit.\n", one_line(&self.header.path));
        if !self.types.cimports.is_empty() {
            text.push('\n');
        }
        for (module, names) in &self.types.cimports {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let _ = writeln!(text, "from {module} cimport {}", names.join(", "));
        }
        if self.types.needs_va_list {
            text.push_str(
                "\ncdef extern from \"<stdarg.h>\" nogil:\n    ctypedef struct va_list:\n        pass\n",
            );
        }
        if !self.aliases.is_empty() {
            let _ = writeln!(text, "\n{}", self.aliases.join("\n"));
        }
        let path = settings.header_path.clone().unwrap_or_else(|| include_path(self.header));
        let mut after_block = true;
        let mut current = None;
        for (namespace, item) in &self.body {
            let is_block = item.contains('\n');
            let is_first = current != Some(namespace);
            if is_first {
                let clause =
                    if namespace.is_empty() { String::new() } else { format!(" namespace \"{namespace}\"") };
                let _ = writeln!(text, "\ncdef extern from \"{path}\"{clause} nogil:");
                current = Some(namespace);
            }
            if !is_first && (is_block || after_block) {
                text.push('\n');
            }
            after_block = is_block;
            for line in item.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
        if self.body.is_empty() {
            let _ = writeln!(text, "\ncdef extern from \"{path}\" nogil:\n    pass");
        }
        Output { text, diagnostics: self.diagnostics }
    }
}

/// The text for a declaration, if it needs one.
type Written = Result<Option<String>, Unsayable>;

/// How users include the header. IR of releases that did not record it only has the path to guess from.
fn include_path(header: &Header) -> String {
    if let Some(include) = &header.include {
        return one_line(include).replace('"', "");
    }
    let path = header.path.replace('\\', "/");
    let below =
        path.rsplit_once("/include/").map(|(_, below)| below).or_else(|| path.strip_prefix("include/"));
    let name = below.or_else(|| path.rsplit('/').next()).unwrap_or_default();
    one_line(name).replace('"', "")
}

/// Documentation as comment lines.
fn comment(doc: Option<&str>) -> String {
    let lines = doc.unwrap_or_default().lines();
    lines.map(|line| format!("# {}", one_line(line)).trim_end().to_owned() + "\n").collect()
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

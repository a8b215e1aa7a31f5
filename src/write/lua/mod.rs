//! A Lua module over LuaJIT's `ffi`: declarations for `ffi.cdef`, constants, and a table that resolves
//! functions on first use.
//!
//! What is left out or changed gets a diagnostic; the consumer is LuaJIT 2.0 or later. Types are global to
//! LuaJIT's state, so the module takes over what another one has declared with the same size.

mod layout;
mod literals;
mod module;
mod names;
mod records;
mod statement;
#[cfg(test)]
mod tests;
mod types;

use self::statement::Statement;
use self::types::{Types, Unsayable, is_plain_enum};
use super::aliases::{self, Reach};
use super::order::{self, Mentions};
use super::{Error, IN_HEADER, MACRO_FUNCTIONS, Options, Output, left_out, macro_functions, strings};
use crate::diagnostics::{self, Diagnostic};
use crate::ir::{
    ConstantValue, Declaration, DeclarationKind, Enum, Function, Header, Record, Type, Typedef, Variable,
};

/// Version of the output: bump it with every change of the text.
pub(super) const VERSION: u32 = 2;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["library"];

/// Resolved options.
pub(super) struct Settings {
    /// Libraries to try, in order; the process itself if none loads.
    library: Vec<String>,
}

impl Settings {
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let library = strings("lua", options, "library")?;
        if library.iter().any(|name| name.is_empty() || name.contains('\0')) {
            return Err(Error::BadOption {
                writer: "lua",
                option: "library".into(),
                problem: "a library needs a name".into(),
            });
        }
        Ok(Settings { library })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let header = aliases::declared(header, Reach::Symbols);
    let mut draft = Draft::new(&header);
    draft.choose();
    let text = module::write(&draft, settings);
    Output { text, diagnostics: draft.summarized() }
}

/// A module in the making.
struct Draft<'a> {
    header: &'a Header,
    types: Types<'a>,
    /// What is written, by position in the header.
    chosen: Vec<Option<Statement<'a>>>,
    /// What that mentions.
    mentions: Vec<Option<Mentions>>,
    /// Names and values for the table that are no statements.
    constants: Vec<(&'a str, ConstantValue)>,
    diagnostics: Vec<Diagnostic>,
    /// Functions and variables that no library holds.
    in_header: Vec<&'a str>,
    /// Macros of values that Lua has no literals for.
    unsayable_macros: Vec<&'a str>,
}

/// What there is to write for a declaration: nothing where LuaJIT has or needs none.
type Rewritten<'a> = Result<Option<Statement<'a>>, Unsayable>;

impl<'a> Draft<'a> {
    fn new(header: &'a Header) -> Self {
        Draft {
            header,
            types: Types::new(header),
            chosen: header.declarations.iter().map(|_| None).collect(),
            mentions: header.declarations.iter().map(|_| None).collect(),
            constants: Vec::new(),
            diagnostics: Vec::new(),
            in_header: Vec::new(),
            unsayable_macros: Vec::new(),
        }
    }

    /// Picks what is bound and everything it mentions.
    fn choose(&mut self) {
        let declarations = &self.header.declarations;
        let bound = (0..declarations.len()).filter(|index| declarations[*index].bound);
        order::closure(declarations.len(), bound, |index| {
            let Some(written) = self.rewrite(&declarations[index]) else { return Vec::new() };
            let mentions = written.mentions(&self.types.symbols);
            let needed = mentions.all.iter().map(|mention| mention.position).collect();
            self.chosen[index] = Some(written);
            self.mentions[index] = Some(mentions);
            needed
        });
        diagnostics::in_source_order(&mut self.diagnostics);
    }

    /// The declaration as LuaJIT can say it; `None` if it needs no text or cannot be said.
    fn rewrite(&mut self, declaration: &'a Declaration) -> Option<Statement<'a>> {
        let (what, written) = match &declaration.kind {
            DeclarationKind::Record(record) => (record.record.keyword(), self.rewrite_record(record)),
            DeclarationKind::Enum(definition) => ("enum", self.rewrite_enum(definition, declaration)),
            DeclarationKind::Typedef(typedef) => ("typedef", self.rewrite_typedef(typedef)),
            DeclarationKind::Function(function) => ("function", self.rewrite_function(function)),
            DeclarationKind::Variable(variable) => ("variable", self.rewrite_variable(variable)),
            DeclarationKind::Constant(constant) if !literals::can_say(&constant.value) => {
                self.unsayable_macros.push(&constant.name);
                return None;
            }
            DeclarationKind::Constant(constant) => {
                self.constants.push((&constant.name, constant.value.clone()));
                return None;
            }
            DeclarationKind::Cxx(cxx) => (cxx.item.noun(), Err(Unsayable("it is C++".into()))),
            DeclarationKind::MacroFunction(_) => return None,
        };
        let name = declaration.name().unwrap_or_default();
        for note in std::mem::take(&mut self.types.notes) {
            let message = format!("{what} `{name}`: {note}");
            self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
        }
        written.unwrap_or_else(|Unsayable(reason)| {
            let message = format!("{what} `{name}` is left out: {reason}");
            self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
            None
        })
    }

    fn rewrite_record(&mut self, record: &'a Record) -> Rewritten<'a> {
        let Some(name) = record.name.as_deref() else { return Ok(None) };
        if !names::is_identifier(name) {
            return Err(Unsayable(format!("LuaJIT cannot read the name `{name}`")));
        }
        match self.types.record(record.record, name) {
            Some(written) => {
                let written = written.clone();
                self.types.notes = written.notes;
                Ok(Some(Statement::Record(written.record)))
            }
            None => {
                if record.layout.is_some() {
                    self.types.notes.push("its members are left out: LuaJIT cannot lay it out".into());
                }
                let name = Some(names::readable(name).into_owned());
                Ok(Some(Statement::Record(Record {
                    name,
                    layout: None,
                    fields: Vec::new(),
                    ..record.clone()
                })))
            }
        }
    }

    fn rewrite_enum(&mut self, definition: &'a Enum, declaration: &Declaration) -> Rewritten<'a> {
        if is_plain_enum(definition) {
            let name = definition.name.as_deref().map(|name| names::readable(name).into_owned());
            return Ok(Some(Statement::Enum(Enum { name, ..definition.clone() })));
        }
        if !definition.constants.is_empty() {
            let message = format!(
                "enum `{}` is written as its integer type, its constants in the table only: LuaJIT's enums \
                 have 32 bits",
                definition.name.as_deref().unwrap_or_default()
            );
            self.diagnostics.push(Diagnostic::warning(message, &declaration.location));
            self.loosen(definition);
        }
        Ok(None)
    }

    /// Keeps the constants of an enum that is written as an integer.
    fn loosen(&mut self, definition: &'a Enum) {
        let constants = definition.constants.iter();
        self.constants
            .extend(constants.map(|constant| (constant.name.as_str(), ConstantValue::Int(constant.value))));
    }

    fn rewrite_typedef(&mut self, typedef: &'a Typedef) -> Rewritten<'a> {
        let name = typedef.name.as_str();
        if self.types.is_known(name) {
            return Ok(None);
        }
        let ty = self.types.typedef(name)?;
        // Said once more for the notes, which belong to this declaration.
        if !matches!(ty.ty, Type::InlineEnum { .. }) {
            self.types.say(&typedef.ty)?;
        }
        Ok(Some(Statement::Typedef { name: types::typedef_name(name), ty, align: typedef.align }))
    }

    fn rewrite_function(&mut self, function: &'a Function) -> Rewritten<'a> {
        if function.inline {
            self.in_header.push(&function.name);
            return Ok(None);
        }
        let ty = self.types.say_function(&function.ty)?;
        let symbol = self.label(&function.name, function.symbol.as_deref())?;
        Ok(Some(Statement::Function { name: &function.name, symbol, ty }))
    }

    fn rewrite_variable(&mut self, variable: &'a Variable) -> Rewritten<'a> {
        if variable.is_static {
            match &variable.value {
                Some(value) if literals::can_say(value) => {
                    self.constants.push((&variable.name, value.clone()));
                }
                _ => self.in_header.push(&variable.name),
            }
            return Ok(None);
        }
        let ty = self.types.say(&variable.ty)?;
        let symbol = self.label(&variable.name, variable.symbol.as_deref())?;
        Ok(Some(Statement::Variable { name: &variable.name, symbol, ty }))
    }

    /// The symbol to name in an `asm` label, where it is not the name that LuaJIT reads.
    fn label(&self, name: &str, symbol: Option<&str>) -> Result<Option<String>, Unsayable> {
        if !names::is_identifier(name) {
            return Err(Unsayable(format!("LuaJIT cannot read the name `{name}`")));
        }
        let symbol = symbol.map(|symbol| match symbol.strip_prefix('_') {
            Some(rest) if self.types.platform.underscore => rest,
            _ => symbol,
        });
        Ok(match symbol {
            Some(symbol) if symbol != names::readable(name) => Some(symbol.to_owned()),
            None if names::is_keyword(name) => Some(name.to_owned()),
            _ => None,
        })
    }

    /// The diagnostics with one note for each kind of thing that no module can hold.
    fn summarized(mut self) -> Vec<Diagnostic> {
        let unsayable =
            ("macro that is a pointer or a wide string", "macros that are pointers or wide strings");
        self.diagnostics.extend(left_out(self.header, &self.unsayable_macros, unsayable));
        self.diagnostics.extend(left_out(self.header, &macro_functions(self.header), MACRO_FUNCTIONS));
        self.diagnostics.extend(left_out(self.header, &self.in_header, IN_HEADER));
        self.diagnostics
    }
}

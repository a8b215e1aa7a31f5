//! Macros of bound headers: constants with their values, and the names of macro functions.
//!
//! Most values come from `parse::macros` without a compiler. What it cannot tell is asked in one more
//! parse (`probe`), in which a variable per macro makes clang compute value and type.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use super::enums::Representation;
use super::ffi::{Cursor, CursorKind, Type, TypeKind, Unit};
use super::files::Files;
use super::lower::{is_declaration, value_of};
use super::umbrella::Model;
use super::undefined::{Fate, Undefined};
use crate::diagnostics::Diagnostic;
use crate::ir::{
    Constant, ConstantValue, Declaration, DeclarationKind, Integer, MacroFunction, Type as IrType,
};
use crate::parse::macros::{self, Body, DataModel, Evaluation, Expansion, Scope as _, TypeLookup};
use rustc_hash::{FxHashMap, FxHashSet};

/// Prefix of everything that we declare in clang's sight.
pub const PREFIX: &str = "__hk_";

/// A macro that needs a compiler.
pub struct Unknown {
    /// Its name.
    pub name: String,
    index: usize,
    question: Question,
}

/// What the compiler is asked about a macro.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    /// Its value.
    Value,
    /// Whether it is defined at the end.
    IsDefined,
}

/// Collects macros in two steps: what is known at once, and after the probe the rest.
pub struct Constants<'u> {
    /// One per macro in source order.
    found: Vec<Found<'u>>,
    /// The macros to probe.
    pub unknown: Vec<Unknown>,
}

/// A macro of a bound header.
struct Found<'u> {
    cursor: Cursor<'u>,
    /// `None` until its value is known.
    kind: Option<DeclarationKind>,
    /// Why it has no value; `None` if it needs none.
    reason: Option<String>,
}

impl<'u> Constants<'u> {
    /// Evaluates the macros that stand in files in scope.
    pub fn new(
        unit: &'u Unit,
        files: &Files<'u>,
        top_level: &[Cursor<'u>],
        declarations: &[Declaration],
        model: Model,
    ) -> Constants<'u> {
        let mut all: Vec<(String, Cursor<'u>)> = top_level
            .iter()
            .filter(|cursor| cursor.kind() == CursorKind::MacroDefinition)
            .skip_while(|cursor| !files.binds(cursor.file()))
            .map(|cursor| (cursor.spelling(), *cursor))
            .collect();
        // The last definition of a name counts, at the place of that definition, which may be another header.
        let mut seen = FxHashSet::default();
        let last: Vec<bool> = all.iter().rev().map(|(name, _)| seen.insert(name.as_str())).collect();
        let mut last = last.into_iter().rev();
        all.retain(|(_, cursor)| last.next().unwrap_or(true) && files.binds(cursor.file()));

        let scope = UnitScope::new(unit, files, top_level, declarations, model, &all);
        let mut constants = Constants { found: Vec::with_capacity(all.len()), unknown: Vec::new() };
        for (name, cursor) in &all {
            let index = constants.found.len();
            let (mut kind, mut reason) = (None, None);
            let mut ask = |question| constants.unknown.push(Unknown { name: name.clone(), index, question });
            scope.is_doubtful.set(false);
            if scope.undefined.fate(files, name, *cursor) == Fate::Gone {
                // It was for the header's own use.
            } else if cursor.is_macro_function() {
                let parameters = scope.macro_body(name).and_then(|body| body.parameters).unwrap_or_default();
                let parameters = parameters.to_vec();
                kind = Some(DeclarationKind::MacroFunction(MacroFunction { name: name.clone(), parameters }));
                if scope.is_doubtful.get() {
                    ask(Question::IsDefined);
                }
            } else {
                let expansion = Expansion::new(&scope, name);
                match expansion.value() {
                    // What only the definition says cannot be asked for.
                    Evaluation::Value(value @ (ConstantValue::Wide(_) | ConstantValue::Address(_))) => {
                        kind = Some(constant(name, value));
                        if scope.is_doubtful.get() {
                            ask(Question::IsDefined);
                        }
                    }
                    Evaluation::Value(_) if scope.is_doubtful.get() => ask(Question::Value),
                    Evaluation::Value(value) => kind = Some(constant(name, value)),
                    evaluation => {
                        let name_of = expansion.alias().filter(|target| scope.binds(target));
                        let pointee = || expansion.pointee().filter(|target| scope.binds_variable(target));
                        let target = name_of.map(ConstantValue::Name);
                        if let Some(target) = target.or_else(|| pointee().map(ConstantValue::AddressOf)) {
                            kind = Some(constant(name, target));
                            if scope.is_doubtful.get() {
                                ask(Question::IsDefined);
                            }
                        } else {
                            reason = expansion.reason();
                            if evaluation == Evaluation::Unknown && expansion.may_be_value() {
                                ask(Question::Value);
                            }
                        }
                    }
                }
            }
            constants.found.push(Found { cursor: *cursor, kind, reason });
        }
        constants.unknown.retain(|unknown| {
            let Found { cursor, .. } = &constants.found[unknown.index];
            unknown.question == Question::IsDefined
                || body(unit, files, *cursor, &unknown.name).is_some_and(|body| is_closed(&body.text))
        });
        constants
    }

    /// The lines of the probe.
    pub fn probe(&self) -> String {
        // libclang before 15 sees no string behind parentheses.
        let line = |unknown: &Unknown| {
            let name = &unknown.name;
            match unknown.question {
                Question::Value => format!(
                    "static const __typeof__(({name})) {PREFIX}v_{name} = ({name});\n\
                     static const char *const {PREFIX}s_{name} = {name};\n"
                ),
                Question::IsDefined => {
                    format!("#ifdef {name}\nstatic const int {PREFIX}d_{name} = 1;\n#endif\n")
                }
            }
        };
        self.unknown.iter().map(line).collect()
    }

    /// Takes the probe's values.
    pub fn read_probe(&mut self, probe: &Unit) {
        let values: FxHashMap<String, Cursor<'_>> = probe
            .top_level()
            .into_iter()
            .filter(|cursor| cursor.kind() == CursorKind::Variable)
            .filter_map(|cursor| Some((cursor.spelling().strip_prefix(PREFIX)?.to_owned(), cursor)))
            .collect();
        for unknown in &self.unknown {
            let found = &mut self.found[unknown.index].kind;
            let value = |kind: &str| value_of(*values.get(&format!("{kind}_{}", unknown.name))?);
            if unknown.question == Question::IsDefined {
                if value("d").is_none() {
                    *found = None;
                }
                continue;
            }
            let text = || value("s").filter(|value| !matches!(value, ConstantValue::Int(_)));
            let value = value("v").or_else(text);
            *found = value.map(|value| constant(&unknown.name, value));
        }
    }

    /// The declarations in source order, and a note for each macro that has no value.
    pub fn finish(self, files: &Files<'u>) -> (Vec<Declaration>, Vec<Diagnostic>) {
        let mut declarations = Vec::with_capacity(self.found.len());
        let mut notes = Vec::new();
        for Found { cursor, kind, reason } in self.found {
            let location = || files.location(cursor.position());
            match (kind, reason) {
                (Some(kind), _) => declarations.push(Declaration {
                    kind,
                    location: location(),
                    bound: true,
                    deprecated: false,
                    doc: None,
                }),
                (None, Some(reason)) => notes.push(Diagnostic::note(
                    format!("macro `{}` is not bound: {reason}", cursor.spelling()),
                    Some(location()),
                )),
                (None, None) => {}
            }
        }
        (declarations, notes)
    }
}

fn constant(name: &str, value: ConstantValue) -> DeclarationKind {
    DeclarationKind::Constant(Constant { name: name.to_owned(), value })
}

/// A macro's definition as the file holds it, or as clang spells it where there is no file.
fn body<'u>(unit: &'u Unit, files: &Files<'u>, cursor: Cursor<'u>, name: &str) -> Option<Body<'u>> {
    let Some(span) = cursor.span() else {
        let tokens = unit.tokens(cursor);
        // An empty answer would make the macro empty; better no macro at all.
        let (first, rest) = tokens.split_first()?;
        let parameters = cursor.is_macro_function().then(Rc::default);
        return (first == name && parameters.is_none()).then(|| Body {
            text: Cow::Owned(rest.join(" ").into_bytes()),
            parameters,
            is_spelled: false,
        });
    };
    let text = files.contents(span.file).get(span.start..span.end)?.strip_prefix(name.as_bytes())?;
    if !cursor.is_macro_function() {
        return Some(Body { text: Cow::Borrowed(text), parameters: None, is_spelled: true });
    }
    let text = text.strip_prefix(b"(")?;
    let close = text.iter().position(|byte| *byte == b')')?;
    let parameters = String::from_utf8_lossy(&text[..close])
        .split(',')
        .map(|parameter| parameter.replace("\\\n", "").replace("\\\r\n", "").trim().to_owned())
        .filter(|parameter| !parameter.is_empty())
        .collect();
    Some(Body { text: Cow::Borrowed(&text[close + 1..]), parameters: Some(parameters), is_spelled: true })
}

/// A brace makes no value outside functions, and nothing that is left open may swallow the lines after it.
fn is_closed(text: &[u8]) -> bool {
    let count = |wanted: u8| text.iter().filter(|byte| **byte == wanted).count();
    count(b'{') + count(b'}') == 0 && count(b'(') == count(b')') && count(b'[') == count(b']')
}

/// What macros may refer to; everything outside the bound headers is only looked at when asked for.
struct UnitScope<'a, 'u> {
    unit: &'u Unit,
    files: &'a Files<'u>,
    top_level: &'a [Cursor<'u>],
    model: Model,
    own: FxHashMap<&'a str, Cursor<'u>>,
    constants: FxHashMap<&'a str, Integer>,
    macros: OnceCell<FxHashMap<String, Cursor<'u>>>,
    names: OnceCell<FxHashMap<String, Cursor<'u>>>,
    enums: OnceCell<FxHashMap<String, Integer>>,
    undefined: Undefined<'u>,
    /// Definitions that were asked for, by macro.
    bodies: RefCell<FxHashMap<usize, Option<Body<'u>>>>,
    /// Whether a definition was looked at that may not be in force at the end.
    is_doubtful: Cell<bool>,
    /// The functions, variables and typedefs in scope, and whether each is a variable.
    bound: FxHashMap<&'a str, bool>,
}

impl<'a, 'u> UnitScope<'a, 'u> {
    fn new(
        unit: &'u Unit,
        files: &'a Files<'u>,
        top_level: &'a [Cursor<'u>],
        declarations: &'a [Declaration],
        model: Model,
        own: &'a [(String, Cursor<'u>)],
    ) -> Self {
        let mut constants = FxHashMap::default();
        for declaration in declarations {
            match &declaration.kind {
                DeclarationKind::Enum(found) => add_constants(found, &mut constants),
                DeclarationKind::Typedef(found) => inline_constants(&found.ty.ty, &mut constants),
                DeclarationKind::Variable(found) => inline_constants(&found.ty.ty, &mut constants),
                DeclarationKind::Record(found) => {
                    found.fields.iter().for_each(|field| inline_constants(&field.ty.ty, &mut constants));
                }
                _ => {}
            }
        }
        UnitScope {
            unit,
            files,
            top_level,
            model,
            own: own.iter().map(|(name, cursor)| (name.as_str(), *cursor)).collect(),
            constants,
            macros: OnceCell::new(),
            names: OnceCell::new(),
            enums: OnceCell::new(),
            undefined: Undefined::new(unit, files),
            bodies: RefCell::default(),
            is_doubtful: Cell::new(false),
            bound: declarations
                .iter()
                .filter(|declaration| declaration.bound && is_alias_target(&declaration.kind))
                .filter_map(|declaration| {
                    Some((declaration.name()?, matches!(declaration.kind, DeclarationKind::Variable(_))))
                })
                .collect(),
        }
    }

    fn body(&self, cursor: Cursor<'u>, name: &str) -> Option<Body<'u>> {
        let mut bodies = self.bodies.borrow_mut();
        bodies.entry(cursor.id()).or_insert_with(|| body(self.unit, self.files, cursor, name)).clone()
    }

    /// Whether a function, variable or typedef of that name is bound.
    fn binds(&self, name: &str) -> bool {
        self.bound.contains_key(name)
    }

    /// Whether a variable of that name is bound.
    fn binds_variable(&self, name: &str) -> bool {
        self.bound.get(name) == Some(&true)
    }

    /// Typedefs, functions and variables by name, tags as `struct name`.
    fn named(&self, name: &str) -> Option<Cursor<'u>> {
        let names = self.names.get_or_init(|| {
            let declared = self.top_level.iter().filter(|cursor| is_declaration(cursor.kind()));
            let mut names = FxHashMap::default();
            for cursor in declared {
                let name = cursor.spelling();
                match cursor.kind() {
                    CursorKind::Struct => names.insert(format!("struct {name}"), *cursor),
                    CursorKind::Union => names.insert(format!("union {name}"), *cursor),
                    CursorKind::Enum => names.insert(format!("enum {name}"), *cursor),
                    _ => names.insert(name, *cursor),
                };
            }
            names
        });
        names.get(name).copied()
    }
}

fn is_alias_target(kind: &DeclarationKind) -> bool {
    matches!(kind, DeclarationKind::Function(_) | DeclarationKind::Variable(_) | DeclarationKind::Typedef(_))
}

fn add_constants<'a>(found: &'a crate::ir::Enum, constants: &mut FxHashMap<&'a str, Integer>) {
    constants.extend(found.constants.iter().map(|constant| (constant.name.as_str(), constant.value)));
}

fn inline_constants<'a>(ty: &'a IrType, constants: &mut FxHashMap<&'a str, Integer>) {
    match ty {
        IrType::InlineEnum { definition } => add_constants(definition, constants),
        IrType::InlineRecord { definition } => {
            definition.fields.iter().for_each(|field| inline_constants(&field.ty.ty, constants));
        }
        IrType::Pointer { to } => inline_constants(&to.ty, constants),
        IrType::Array { of, .. } => inline_constants(&of.ty, constants),
        _ => {}
    }
}

impl macros::Scope for UnitScope<'_, '_> {
    fn macro_body(&self, name: &str) -> Option<Body<'_>> {
        if let Some(cursor) = self.own.get(name) {
            return match self.undefined.fate(self.files, name, *cursor) {
                Fate::Gone => None,
                fate => {
                    self.is_doubtful.set(self.is_doubtful.get() || fate == Fate::Unsure);
                    self.body(*cursor, name)
                }
            };
        }
        let all = self.macros.get_or_init(|| {
            let macros = self.top_level.iter().filter(|cursor| cursor.kind() == CursorKind::MacroDefinition);
            macros.map(|cursor| (cursor.spelling(), *cursor)).collect()
        });
        self.body(*all.get(name)?, name)
    }

    fn enum_constant(&self, name: &str) -> Option<Integer> {
        if let Some(value) = self.constants.get(name) {
            return Some(*value);
        }
        let all = self.enums.get_or_init(|| {
            let mut values = FxHashMap::default();
            for cursor in self.top_level.iter().filter(|cursor| cursor.kind() == CursorKind::Enum) {
                let representation = Representation::of(*cursor, self.model.enums_are_int);
                values.extend(
                    cursor
                        .children()
                        .into_iter()
                        .map(|child| (child.spelling(), representation.value(child))),
                );
            }
            values
        });
        all.get(name).copied()
    }

    fn type_named(&self, name: &str) -> TypeLookup {
        let Some(cursor) = self.named(name) else { return TypeLookup::NotAType };
        match cursor.kind() {
            CursorKind::Function | CursorKind::Variable => TypeLookup::NotAType,
            _ => type_lookup(cursor.ty(), self.model.enums_are_int),
        }
    }

    fn is_declared(&self, name: &str) -> bool {
        self.named(name)
            .is_some_and(|cursor| matches!(cursor.kind(), CursorKind::Function | CursorKind::Variable))
    }

    fn model(&self) -> DataModel {
        self.model.data
    }
}

fn type_lookup(ty: Type<'_>, enums_are_int: bool) -> TypeLookup {
    let canonical = ty.canonical();
    let size = canonical.size();
    let small = size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
    match canonical.kind() {
        TypeKind::Bool => TypeLookup::Bool,
        TypeKind::Int(kind) => TypeLookup::Int { size: small, signed: kind.is_signed() },
        TypeKind::Float(_) => TypeLookup::Float { size: small },
        TypeKind::Enum => {
            let representation = Representation::of(canonical.declaration(), enums_are_int);
            TypeLookup::Int { size: small, signed: representation.kind.is_signed() }
        }
        TypeKind::Pointer => TypeLookup::Pointer,
        _ => TypeLookup::Other { size },
    }
}

//! Which types cffi can say, and how: every type that is printed passes through [`Types`], which keeps
//! what has to be written differently and why. Records are in `records`.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::layout::Platform;
use super::names::{self, has_complex, has_float, has_int};
use crate::ir::{
    CallConv, Enum, EnumConstant, FunctionType, Header, Layout, Parameter, QualType, Record, RecordKind, Type,
};
use crate::write::symbols::Symbols;

/// Why something cannot be said: the end of a sentence about a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsayable(pub String);

impl Unsayable {
    fn no_type(spelling: impl std::fmt::Display) -> Self {
        Unsayable(format!("cffi has no type `{spelling}`"))
    }

    pub(super) fn reserved(name: &str) -> Self {
        Unsayable(format!("cffi cannot read the name `{name}`"))
    }
}

type Said<T> = Result<T, Unsayable>;

/// Deeper nesting of types than this is no header's.
const MAX_DEPTH: u32 = 100;

/// How something is written, with notes on what it lost.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    pub what: T,
    pub notes: Vec<String>,
}

/// Rewrites the types of one header into what cffi can say.
pub(super) struct Types<'a> {
    pub(super) symbols: Symbols<'a>,
    pub(super) platform: Platform,
    pub(super) records: HashMap<(RecordKind, String), Option<Written<Record>>>,
    typedefs: HashMap<String, Said<Written<QualType>>>,
    /// Names that a parameter cannot have.
    type_names: HashSet<&'a str>,
    /// What the record or typedef at hand loses.
    pub(super) notes: Vec<String>,
    /// Constants of enums that are written as integers.
    pub(super) loose_constants: BTreeMap<String, EnumConstant>,
    depth: u32,
}

impl<'a> Types<'a> {
    pub(super) fn new(header: &'a Header) -> Self {
        let type_names = header
            .declarations
            .iter()
            .filter_map(|declaration| match &declaration.kind {
                crate::ir::DeclarationKind::Typedef(typedef) => Some(typedef.name.as_str()),
                _ => None,
            })
            .collect();
        Types {
            symbols: Symbols::new(header),
            platform: Platform::of(&header.target),
            records: HashMap::new(),
            typedefs: HashMap::new(),
            type_names,
            notes: Vec::new(),
            loose_constants: BTreeMap::new(),
            depth: 0,
        }
    }

    /// The type as cffi can say it; `by_value` where its size must be known.
    pub(super) fn say(&mut self, ty: &QualType, by_value: bool) -> Said<QualType> {
        if self.depth >= MAX_DEPTH {
            return Err(Unsayable("its type is nested too deeply".into()));
        }
        self.depth += 1;
        let said = self.say_type(&ty.ty, by_value);
        self.depth -= 1;
        said.map(|said| QualType {
            is_const: ty.is_const || said.is_const,
            is_volatile: ty.is_volatile || said.is_volatile,
            is_restrict: ty.is_restrict || said.is_restrict,
            ty: said.ty,
        })
    }

    fn say_type(&mut self, ty: &Type, by_value: bool) -> Said<QualType> {
        let same = || Ok(QualType::from(ty.clone()));
        match ty {
            Type::Void | Type::Bool => same(),
            Type::Int { int, .. } if has_int(*int) => same(),
            Type::Int { int, .. } => Err(Unsayable::no_type(int.spelling())),
            Type::Float { float, .. } if has_float(*float) => same(),
            Type::Float { float, .. } => Err(Unsayable::no_type(float.spelling())),
            Type::Complex { float, .. } if has_complex(*float) => same(),
            Type::Complex { float, .. } => Err(Unsayable::no_type(format!("{} _Complex", float.spelling()))),
            Type::Pointer { to } => Ok(Type::Pointer { to: Box::new(self.say(to, false)?) }.into()),
            Type::Array { of, length } => {
                Ok(Type::Array { of: Box::new(self.say(of, true)?), length: *length }.into())
            }
            Type::Function(function) => Ok(Type::Function(self.say_function_type(function)?).into()),
            Type::Record { record, name } => self.say_record(*record, name, by_value),
            Type::Enum { name } => self.say_enum(name),
            Type::Typedef { name } => self.say_typedef(name, by_value),
            Type::InlineRecord { definition } => {
                let record = self.layout_record(definition).ok_or_else(|| {
                    Unsayable(format!("cffi cannot lay out its unnamed {}", definition.record.keyword()))
                })?;
                Ok(Type::InlineRecord { definition: Box::new(record) }.into())
            }
            Type::InlineEnum { definition } => {
                if self.is_plain_enum(definition) {
                    return same();
                }
                self.loosen(definition);
                Ok(integer_of(definition))
            }
            Type::Atomic { of } => self.say(of, by_value),
            Type::Vector { of, length, .. } => {
                let element = crate::write::declarator::declare(of, "", 0);
                Err(Unsayable(format!("cffi has no vector types (here {length} times `{element}`)")))
            }
            Type::VaList { .. } => Err(Unsayable::no_type("va_list")),
            Type::Opaque { spelling, .. } => Err(Unsayable::no_type(spelling)),
        }
    }

    fn say_record(&mut self, record: RecordKind, name: &str, by_value: bool) -> Said<QualType> {
        if self.is_file(record, name) {
            return Ok(Type::Typedef { name: "FILE".into() }.into());
        }
        if names::is_reserved(name) {
            return Err(Unsayable::reserved(name));
        }
        if by_value && self.record(record, name).is_none() {
            return Err(Unsayable(format!(
                "`{} {name}` has no definition that cffi can use here",
                record.keyword()
            )));
        }
        Ok(Type::Record { record, name: name.into() }.into())
    }

    /// Whether it is the record behind `FILE`, which cffi declares itself.
    pub(super) fn is_file(&self, record: RecordKind, name: &str) -> bool {
        self.symbols.typedef("FILE").is_some_and(
            |file| matches!(&file.ty.ty, Type::Record { record: r, name: n } if *r == record && n == name),
        )
    }

    fn say_enum(&mut self, name: &str) -> Said<QualType> {
        match self.symbols.enumeration(name) {
            Some(definition) if self.is_plain_enum(definition) && !names::is_reserved(name) => {
                Ok(Type::Enum { name: name.into() }.into())
            }
            Some(definition) if !definition.incomplete => Ok(integer_of(definition)),
            _ => Err(Unsayable::no_type(format!("enum {name}"))),
        }
    }

    fn say_typedef(&mut self, name: &str, by_value: bool) -> Said<QualType> {
        let same = QualType::from(Type::Typedef { name: name.into() });
        if self.is_known(name) {
            return Ok(same);
        }
        if names::is_reserved(name) {
            return Err(Unsayable::reserved(name));
        }
        let written = self.typedef(name)?;
        // The size of a typedef hangs on what it stands for, however many names lie between.
        if by_value {
            match &written.ty {
                Type::Record { record, name } => drop(self.say_record(*record, name, true)?),
                Type::Typedef { name } => drop(self.say_typedef(name, true)?),
                _ => {}
            }
        }
        Ok(same)
    }

    /// Whether cffi declares the typedef itself.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let ty = Type::Typedef { name: name.into() };
        names::is_known_typedef(name, self.symbols.canonical(&ty))
    }

    /// What the typedef of that name is written as.
    pub(super) fn typedef(&mut self, name: &str) -> Said<QualType> {
        if let Some(known) = self.typedefs.get(name) {
            return known.clone().map(|written| written.what);
        }
        let Some(typedef) = self.symbols.typedef(name) else {
            return Err(Unsayable::no_type(name));
        };
        self.typedefs.insert(name.into(), Err(Unsayable(format!("`{name}` stands for itself"))));
        let outer = std::mem::take(&mut self.notes);
        let said = self.say(&typedef.ty, false);
        let notes = std::mem::replace(&mut self.notes, outer);
        self.typedefs.insert(name.into(), said.clone().map(|what| Written { what, notes }));
        said
    }

    /// What writing the typedef lost.
    pub(super) fn typedef_notes(&self, name: &str) -> Vec<String> {
        match self.typedefs.get(name) {
            Some(Ok(written)) => written.notes.clone(),
            _ => Vec::new(),
        }
    }

    /// A function type behind a pointer or typedef. cffi lays out records that it takes by value
    /// together with whatever holds the pointer, so it must be able to.
    fn say_function_type(&mut self, function: &FunctionType) -> Said<FunctionType> {
        self.check_call(function)?;
        let result = Box::new(self.say(&function.result, true)?);
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for parameter in &function.parameters {
            let ty = self.say(&parameter.ty, true)?;
            parameters.push(Parameter { name: self.parameter_name(parameter), ty });
        }
        Ok(FunctionType { result, parameters, ..function.clone() })
    }

    /// A function that is called: a pointer to what cffi cannot say becomes `void *`, which C converts
    /// silently; `notes` tells of each.
    pub(super) fn say_called(&mut self, function: &FunctionType) -> Said<FunctionType> {
        self.check_call(function)?;
        let result = Box::new(self.say_converted(&function.result, "its result")?);
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for (index, parameter) in function.parameters.iter().enumerate() {
            let place = match &parameter.name {
                Some(name) => format!("parameter `{name}`"),
                None => format!("parameter {}", index + 1),
            };
            let ty = self.say_converted(&parameter.ty, &place)?;
            parameters.push(Parameter { name: self.parameter_name(parameter), ty });
        }
        Ok(FunctionType { result, parameters, ..function.clone() })
    }

    fn say_converted(&mut self, ty: &QualType, place: &str) -> Said<QualType> {
        let problem = match self.say(ty, true) {
            Ok(said) => return Ok(said),
            Err(problem) => problem,
        };
        let Type::Pointer { to } = self.symbols.canonical(&ty.ty) else { return Err(problem) };
        let to = QualType { ty: Type::Void, is_restrict: false, ..(**to).clone() };
        self.notes.push(format!("{place} is written as `void *`: {}", problem.0));
        Ok(QualType { ty: Type::Pointer { to: Box::new(to) }, ..ty.clone() })
    }

    fn check_call(&self, function: &FunctionType) -> Said<()> {
        match function.call_conv {
            CallConv::C | CallConv::Stdcall => {}
            CallConv::Fastcall => return Err(Unsayable("cffi has no `__fastcall`".into())),
            CallConv::Other => return Err(Unsayable("cffi does not have its calling convention".into())),
        }
        if function.variadic && function.parameters.is_empty() {
            return Err(Unsayable("cffi wants a parameter before `...`".into()));
        }
        Ok(())
    }

    fn parameter_name(&self, parameter: &Parameter) -> Option<String> {
        let name = parameter.name.as_deref()?;
        let clash = names::is_reserved(name) || names::reads_as_type(name) || self.type_names.contains(name);
        (!clash).then(|| name.to_owned())
    }

    /// Whether cffi would give the enum the size it has.
    pub(super) fn is_plain_enum(&self, definition: &Enum) -> bool {
        let values = || definition.constants.iter().map(|constant| constant.value.value());
        let (Some(low), Some(high)) = (values().min(), values().max()) else { return false };
        if definition.constants.iter().any(|constant| names::is_reserved(&constant.name)) {
            return false;
        }
        let fits = |bytes: u64| {
            let bits = 8 * bytes - u64::from(low < 0);
            high < 1i128 << bits && low >= -(1i128 << (8 * bytes - 1))
        };
        let size = [4, self.platform.long].into_iter().find(|bytes| fits(*bytes));
        size == Some(definition.size.into())
    }

    /// Keeps the constants of an enum that is written as an integer.
    pub(super) fn loosen(&mut self, definition: &Enum) {
        for constant in &definition.constants {
            self.loose_constants.insert(constant.name.clone(), constant.clone());
        }
    }

    /// Layout in cffi's eyes of a type that [`Types::say`] returned; a flexible array has no size.
    pub(super) fn layout(&mut self, ty: &Type) -> Option<Layout> {
        let scalar = |size: u32| Some(self.platform.scalar(size.into()));
        match ty {
            Type::Bool => scalar(1),
            Type::Int { size, .. } | Type::Float { size, .. } => scalar(*size),
            Type::Complex { size, .. } => {
                Some(Layout { size: (*size).into(), align: scalar(size / 2)?.align })
            }
            Type::Pointer { .. } => Some(self.platform.scalar(self.platform.pointer)),
            Type::Array { of, length } => {
                let element = self.layout(&of.ty)?;
                let size = element.size.checked_mul(length.unwrap_or(0))?;
                Some(Layout { size, align: element.align })
            }
            Type::Record { record, name } => self.record(*record, name)?.what.layout,
            Type::InlineRecord { definition } => definition.layout,
            Type::Enum { name } => scalar(self.symbols.enumeration(name)?.size),
            Type::InlineEnum { definition } => scalar(definition.size),
            Type::Typedef { name } if self.is_known(name) => match self.symbols.canonical(ty).clone() {
                Type::Typedef { .. } | Type::Record { .. } => None,
                known => self.layout(&known),
            },
            Type::Typedef { name } => {
                let written = self.typedef(name).ok()?;
                self.layout(&written.ty)
            }
            _ => None,
        }
    }
}

/// The integer that stands for an enum which cffi would size differently.
fn integer_of(definition: &Enum) -> QualType {
    Type::Int { int: definition.underlying, size: definition.size }.into()
}
